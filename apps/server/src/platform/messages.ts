import { sql } from 'kysely'
import type { ReadContext, WriteContext } from './change.ts'
import { newId } from './identifiers.ts'

/*
 * The outbox: a message is a kind and a link. Its words are the same for everything (“something needs you”), so that no
 * subject line or body can say anything about a child. It is always visible in the product, and sent when SMTP is set.
 */

/** After this many a message is not mailed any more; it stays in the product. */
const attemptsAllowed = 10
/** An older message is not mailed: a server that is set up late does not send a term's worth at once. */
const mailedDays = 7
/** How far back the messages of one kind are looked for. */
const shownDays = 90
/** Longer than any mail takes to go out or fail. */
const takenMs = 60_000

export interface Message {
  readonly id: string
  readonly personId: string
  readonly kind: string
  readonly link: string
  readonly madeAt: Date
  readonly readAt: Date | null
  readonly sentAt: Date | null
  readonly failure: string | null
}

export type MessageReads = ReturnType<typeof messageReads>
export function messageReads({ db, schoolId, now }: ReadContext) {
  return {
    of: async (personId: string, limit = 50): Promise<Message[]> =>
      (
        await db
          .selectFrom('outbox')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('person_id', '=', personId)
          .orderBy('made_at', 'desc')
          .limit(limit)
          .execute()
      ).map(messageOf),
    /** Of how many things there is something unread: messages that lead to one place are read as one. */
    countUnread: async (personId: string): Promise<number> =>
      (
        await db
          .selectFrom('outbox')
          .select(({ fn }) => fn.count<number>('link').distinct().as('count'))
          .where('school_id', '=', schoolId)
          .where('person_id', '=', personId)
          .where('read_at', 'is', null)
          .executeTakeFirstOrThrow()
      ).count,
    get: async (id: string): Promise<Message | null> => {
      const row = await db
        .selectFrom('outbox')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .executeTakeFirst()
      return row ? messageOf(row) : null
    },
    /** To be sent by mail now: oldest first, those that failed lately left out, and none from before the last week. */
    unsent: async (limit = 50): Promise<Message[]> =>
      (
        await db
          .selectFrom('outbox')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('sent_at', 'is', null)
          .where('attempts', '<', attemptsAllowed)
          .where(eb => eb.or([eb('next_attempt_at', 'is', null), eb('next_attempt_at', '<=', now)]))
          .where('made_at', '>', new Date(now.getTime() - mailedDays * 86_400_000))
          .orderBy('made_at')
          .limit(limit)
          .execute()
      ).map(messageOf),
    /** How sending by mail stands: messages that failed and are tried again or given up, and when one last went out. */
    sending: async (): Promise<{ failing: number; lastSentAt: Date | null }> => {
      const row = await db
        .selectFrom('outbox')
        .select(({ fn }) => fn.max('sent_at').as('last'))
        .select(({ fn }) =>
          fn.countAll<number>().filterWhere('failure', 'is not', null).filterWhere('sent_at', 'is', null).as('failing'),
        )
        .where('school_id', '=', schoolId)
        .where('made_at', '>', new Date(now.getTime() - mailedDays * 86_400_000))
        .executeTakeFirstOrThrow()
      return { failing: row.failing, lastSentAt: row.last }
    },
    /** The newest of these kinds, to whomever. */
    ofKinds: async (kinds: readonly string[], limit: number): Promise<Message[]> =>
      (
        await db
          .selectFrom('outbox')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('kind', 'in', kinds)
          .where('made_at', '>', new Date(now.getTime() - shownDays * 86_400_000))
          .orderBy('made_at', 'desc')
          .limit(limit)
          .execute()
      ).map(messageOf),
    about: async (link: string): Promise<Message[]> =>
      (
        await db
          .selectFrom('outbox')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('link', '=', link)
          .orderBy('made_at')
          .execute()
      ).map(messageOf),
  }
}

export type MessageWrites = ReturnType<typeof messageWrites>
export function messageWrites({ tx, schoolId, now }: WriteContext) {
  return {
    /** Tells people that something needs them; each once. `kind` is for statistics and holds no names, `link` a path of the product. */
    tell: async (personIds: readonly string[], kind: string, link: string): Promise<void> => {
      const values = [...new Set(personIds)].map(personId => ({
        school_id: schoolId,
        id: newId(now.getTime()),
        person_id: personId,
        kind,
        link,
        made_at: now,
        read_at: null,
        sent_at: null,
        failure: null,
        next_attempt_at: null,
      }))
      if (values.length > 0) await tx.insertInto('outbox').values(values).execute()
    },
    /** Takes those of these that are still to be sent, for a minute: nobody else sends them meanwhile. @returns their ids. */
    take: async (ids: readonly string[]): Promise<string[]> =>
      ids.length === 0
        ? []
        : (
            await tx
              .updateTable('outbox')
              .set({ next_attempt_at: new Date(now.getTime() + takenMs) })
              .where('school_id', '=', schoolId)
              .where('id', 'in', ids)
              .where('sent_at', 'is', null)
              .where(eb => eb.or([eb('next_attempt_at', 'is', null), eb('next_attempt_at', '<=', now)]))
              .returning('id')
              .execute()
          ).map(({ id }) => id),
    markSent: (id: string) =>
      tx
        .updateTable('outbox')
        .set({ sent_at: now, failure: null })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
    /** @param why without names or addresses. @param forGood no further attempt can help. The next one waits twice as long as the last, up to six hours. */
    markFailed: (id: string, why: string, forGood: boolean) =>
      tx
        .updateTable('outbox')
        .set(({ eb, ref }) => ({
          failure: why.slice(0, 200),
          attempts: forGood ? attemptsAllowed : eb(ref('attempts'), '+', 1),
          next_attempt_at: sql<Date>`${now}::timestamptz + least(interval '6 hours', interval '1 minute' * power(2, attempts))`,
        }))
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
    markAllRead: async (personId: string): Promise<number> =>
      Number(
        (
          await tx
            .updateTable('outbox')
            .set({ read_at: now })
            .where('school_id', '=', schoolId)
            .where('person_id', '=', personId)
            .where('read_at', 'is', null)
            .executeTakeFirst()
        ).numUpdatedRows,
      ),
    markRead: (personId: string, link: string) =>
      tx
        .updateTable('outbox')
        .set({ read_at: now })
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .where('link', '=', link)
        .where('read_at', 'is', null)
        .execute(),
  }
}

const messageOf = (row: {
  id: string
  person_id: string
  kind: string
  link: string
  made_at: Date
  read_at: Date | null
  sent_at: Date | null
  failure: string | null
}): Message => ({
  id: row.id,
  personId: row.person_id,
  kind: row.kind,
  link: row.link,
  madeAt: row.made_at,
  readAt: row.read_at,
  sentAt: row.sent_at,
  failure: row.failure,
})
