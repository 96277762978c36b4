import type { ReadContext, WriteContext } from './change.ts'
import { newId } from './identifiers.ts'

/*
 * The outbox: a message is a kind and a link. Its words are the same for everything (“something needs you”), so that no
 * subject line or body can say anything about a child. It is always visible in the product, and sent when SMTP is set.
 */

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
export function messageReads({ db, schoolId }: ReadContext) {
  return {
    of: async (personId: string, limit = 50): Promise<Message[]> =>
      (await db.selectFrom('outbox').selectAll().where('school_id', '=', schoolId).where('person_id', '=', personId).orderBy('made_at', 'desc').limit(limit).execute()).map(messageOf),
    about: async (link: string): Promise<Message[]> =>
      (await db.selectFrom('outbox').selectAll().where('school_id', '=', schoolId).where('link', '=', link).orderBy('made_at').execute()).map(messageOf),
  }
}

export type MessageWrites = ReturnType<typeof messageWrites>
export function messageWrites({ tx, schoolId, now }: WriteContext) {
  return {
    /** Tells people that something needs them; each once. `kind` is for statistics and holds no names, `link` a path of the product. */
    tell: async (personIds: readonly string[], kind: string, link: string): Promise<void> => {
      const values = [...new Set(personIds)].map(personId => ({ school_id: schoolId, id: newId(now.getTime()), person_id: personId, kind, link, made_at: now, read_at: null, sent_at: null, failure: null }))
      if (values.length > 0) await tx.insertInto('outbox').values(values).execute()
    },
    unsent: async (limit = 50): Promise<Message[]> =>
      (await tx.selectFrom('outbox').selectAll().where('school_id', '=', schoolId).where('sent_at', 'is', null).where('attempts', '<', 10).orderBy('made_at').limit(limit).forUpdate().skipLocked().execute()).map(messageOf),
    markSent: (id: string) => tx.updateTable('outbox').set({ sent_at: now, failure: null }).where('school_id', '=', schoolId).where('id', '=', id).execute(),
    markFailed: (id: string, failure: string) =>
      tx.updateTable('outbox').set(({ eb, ref }) => ({ failure: failure.slice(0, 200), attempts: eb(ref('attempts'), '+', 1) })).where('school_id', '=', schoolId).where('id', '=', id).execute(),
    markRead: (personId: string, link: string) => tx.updateTable('outbox').set({ read_at: now }).where('school_id', '=', schoolId).where('person_id', '=', personId).where('link', '=', link).where('read_at', 'is', null).execute(),
  }
}

const messageOf = (row: { id: string; person_id: string; kind: string; link: string; made_at: Date; read_at: Date | null; sent_at: Date | null; failure: string | null }): Message => ({
  id: row.id,
  personId: row.person_id,
  kind: row.kind,
  link: row.link,
  madeAt: row.made_at,
  readAt: row.read_at,
  sentAt: row.sent_at,
  failure: row.failure,
})
