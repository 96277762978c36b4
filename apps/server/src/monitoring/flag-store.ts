import type { Concern } from '@gatehouse/engine/concern/types'
import { type Selectable, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import type { Actor } from '../platform/actor.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { londonDate } from '@gatehouse/engine/calendar'
import {
  audiences as everyAudience,
  countedFlags,
  type FlagAudience,
  type FlagSource,
  type FlagState,
  maySeeThread,
  pagingSeverity,
  type Severity,
  threadDays,
  threadSeverity,
} from './flag.ts'
import type { FlagTables } from './flag-tables.ts'
import { answerPages, type Paged, pagesOf } from './paged-store.ts'

export interface FlagThread {
  readonly id: string
  readonly personId: string | null
  readonly whose: string
  readonly concern: Concern
  readonly audience: FlagAudience
  readonly openedAt: Date
  readonly lastAt: Date
  readonly count: number
  readonly days: number
  readonly severity: Severity
  readonly state: FlagState
  readonly whyNot: string | null
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly seenAt: Date | null
  readonly seenBy: string | null
  readonly caseId: string | null
  readonly keyId: string
  readonly erasedAt: Date | null
}

/** What was seen, and what the detector said of it. Null once it was erased. */
export interface FlagContent {
  /** The words with their surroundings, as they came. */
  readonly text: string
  /** Half-open UTF-16 offsets into `text`. */
  readonly spans: readonly (readonly [number, number, string])[]
  readonly why: string
  /** A page's address without its query, and its title; '' where none is known. */
  readonly page: string
  readonly title: string
}
export interface Flag {
  readonly id: string
  readonly source: FlagSource
  readonly kind: string
  readonly at: Date
  readonly receivedAt: Date
  readonly severity: Severity
  readonly concerns: readonly { readonly name: Concern; readonly score: number }[]
  readonly rules: readonly string[]
  readonly detector: string
  readonly host: string
  readonly content: FlagContent | null
}
export interface NewFlag extends Omit<Flag, 'id' | 'receivedAt' | 'content'> {
  /** Who sent it, such as `device:<id>` or `activity`, and the sender's own id of it. */
  readonly sender: string
  readonly senderId: string
  readonly content: FlagContent
}

const dayMs = 86_400_000

export type FlagReads = ReturnType<typeof flagReads>
export function flagReads({ db, schoolId, now, seal }: ReadContext) {
  const threads = () => db.selectFrom('flag_thread').selectAll().where('school_id', '=', schoolId)
  const thread = async (id: string): Promise<FlagThread> => {
    const row = isId(id) ? await threads().where('id', '=', id).executeTakeFirst() : undefined
    if (!row) throw new Refusal('not-found', 'There is no such flag at this school.')
    return threadOf(row)
  }
  return {
    now,
    thread,
    /** Whether its eyes are this actor's. @throws {Refusal} `not-found`. */
    mayOpen: async (actor: Actor, id: string): Promise<boolean> => maySeeThread(actor, await thread(id)),
    /** Waiting or watched, the worst first; at most `limit`. */
    waiting: async (audiences: readonly FlagAudience[], limit: number, except: string | null): Promise<FlagThread[]> =>
      audiences.length === 0
        ? []
        : (
            await threads()
              .where('state', 'in', ['waiting', 'watch'])
              .where('audience', 'in', audiences)
              .$if(except !== null, query =>
                query.where(({ eb, or }) => or([eb('person_id', 'is', null), eb('person_id', '!=', except)])),
              )
              .orderBy('severity', 'desc')
              .orderBy('opened_at')
              .limit(limit)
              .execute()
          ).map(threadOf),
    /** How many wait, by severity, the worst first: up to `countedFlags` and one more, which says that there are others. */
    countWaiting: async (audiences: readonly FlagAudience[]): Promise<ReadonlyMap<Severity, number>> => {
      if (audiences.length === 0) return new Map()
      const rows = await db
        .selectFrom(
          db
            .selectFrom('flag_thread')
            .select('severity')
            .where('school_id', '=', schoolId)
            .where('state', '=', 'waiting')
            .where('audience', 'in', audiences)
            .orderBy('severity', 'desc')
            .orderBy('opened_at')
            .limit(countedFlags + 1)
            .as('found'),
        )
        .select(({ fn }) => ['severity', fn.countAll<number>().as('count')])
        .groupBy('severity')
        .execute()
      return new Map(rows.map(({ severity, count }) => [severity as Severity, Number(count)]))
    },
    /** Opened since an instant, whoever looks at them: for figures and controls, which name nobody. */
    openedSince: async (from: Date, limit = 2000): Promise<FlagThread[]> =>
      (await threads().where('opened_at', '>=', from).orderBy('opened_at', 'desc').limit(limit).execute()).map(
        threadOf,
      ),
    /** Decided ones, newest first. */
    decided: async (audiences: readonly FlagAudience[], limit: number): Promise<FlagThread[]> =>
      audiences.length === 0
        ? []
        : (
            await threads()
              .where('state', 'in', ['real', 'not-a-concern'])
              .where('audience', 'in', audiences)
              .orderBy('decided_at', 'desc')
              .limit(limit)
              .execute()
          ).map(threadOf),
    /** A thread's flags, newest first, with what they held. */
    flagsOf: async (of: FlagThread, limit = 50): Promise<Flag[]> => {
      const rows = await db
        .selectFrom('flag')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('thread_id', '=', of.id)
        .orderBy('at', 'desc')
        .limit(limit)
        .execute()
      return Promise.all(
        rows.map(async row => ({
          id: row.id,
          source: row.source,
          kind: row.kind,
          at: row.at,
          receivedAt: row.received_at,
          severity: row.severity as Severity,
          // Only `add` writes these columns, from their types.
          concerns: row.concerns as Flag['concerns'],
          rules: row.rules,
          detector: row.detector,
          host: row.host,
          content:
            row.content === null || of.erasedAt !== null
              ? null
              : (JSON.parse(await seal.open(of.keyId, row.content)) as FlagContent),
        })),
      )
    },
    /** Other threads of the same person for these eyes, newest first; none where nobody was known. */
    history: async (of: FlagThread, audiences: readonly FlagAudience[], limit = 20): Promise<FlagThread[]> =>
      of.personId === null || audiences.length === 0
        ? []
        : (
            await threads()
              .where('whose', '=', of.whose)
              .where('id', '!=', of.id)
              .where('audience', 'in', audiences)
              .orderBy('last_at', 'desc')
              .limit(limit)
              .execute()
          ).map(threadOf),
    note: async (of: FlagThread): Promise<string | null> => {
      const row = await threads().where('id', '=', of.id).executeTakeFirstOrThrow()
      return row.note && of.erasedAt === null ? seal.open(of.keyId, row.note) : null
    },
    pages: (id: string): Promise<readonly Paged[]> => pagesOf({ db, schoolId }, { kind: 'flag', id }),
    /** Grave threads that wait, where nobody has said of the last round of pages that they have it. */
    unanswered: async (): Promise<FlagThread[]> =>
      (
        await threads()
          .where('state', '=', 'waiting')
          .where('severity', '=', pagingSeverity)
          .where(
            sql<boolean>`not exists (
              select from flag_page p where p.school_id = flag_thread.school_id and p.thread_id = flag_thread.id and p.acknowledged_at is not null
                 and p.round = (select max(l.round) from flag_page l where l.school_id = flag_thread.school_id and l.thread_id = flag_thread.id))`,
          )
          .execute()
      ).map(threadOf),
    /** Verdicts by one person since an instant. */
    verdictsSince: async (personId: string, since: Date): Promise<number> =>
      Number(
        (
          await db
            .selectFrom('flag_thread')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('school_id', '=', schoolId)
            .where('decided_by', '=', personId)
            .where('decided_at', '>', since)
            .executeTakeFirstOrThrow()
        ).count,
      ),
    /** By concern: how many were decided, how many were real, and the median minutes until somebody looked. No names. */
    figures: async (from: Date, to: Date, audiences: readonly FlagAudience[] = everyAudience) =>
      (
        await sql<{
          concern: string
          flags: number
          decided: number
          real: number
          seen: number
          minutes: number | null
        }>`
          select concern, count(*)::int as flags, count(decided_at)::int as decided,
                 count(*) filter (where state = 'real')::int as real, count(seen_at)::int as seen,
                 percentile_cont(0.5) within group (order by extract(epoch from seen_at - opened_at) / 60)
                   filter (where seen_at is not null) as minutes
            from flag_thread
           where school_id = ${schoolId} and opened_at >= ${from} and opened_at < ${to}
             and audience = any(${[...audiences]})
           group by concern order by count(*) desc, concern`.execute(db)
      ).rows,
    /** How often each rule spoke, and how often a person found it real; a verdict counts once a thread. */
    rules: async (from: Date, to: Date) =>
      (
        await sql<{ rule: string; flags: number; decided: number; real: number }>`
          select rule, count(*)::int as flags,
                 count(distinct t.id) filter (where t.decided_at is not null)::int as decided,
                 count(distinct t.id) filter (where t.state = 'real')::int as real
            from flag f join flag_thread t on t.school_id = f.school_id and t.id = f.thread_id
            cross join lateral unnest(f.rules) as rule
           where f.school_id = ${schoolId} and f.received_at >= ${from} and f.received_at < ${to}
           group by rule order by count(*) desc limit 200`.execute(db)
      ).rows,
    /** Which of these flags are here already, by the sender's own ids of them. Without a sender: ids that are nobody else's. */
    known: async (senderIds: readonly string[], sender?: string): Promise<string[]> =>
      senderIds.length === 0
        ? []
        : (
            await db
              .selectFrom('flag')
              .select('sender_id')
              .where('school_id', '=', schoolId)
              .where('sender_id', 'in', senderIds)
              .$if(sender !== undefined, query => query.where('sender', '=', sender ?? ''))
              .execute()
          ).map(row => row.sender_id),
    /** How many threads were no concern, were decided before this, and are not erased yet. */
    toErase: async (before: Date): Promise<number> =>
      Number(
        (
          await db
            .selectFrom('flag_thread')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('school_id', '=', schoolId)
            .where('state', '=', 'not-a-concern')
            .where('erased_at', 'is', null)
            .where('decided_at', '<', before)
            .executeTakeFirstOrThrow()
        ).count,
      ),
    latest: async (): Promise<Date | null> =>
      (
        await db
          .selectFrom('flag')
          .select('received_at')
          .where('school_id', '=', schoolId)
          .orderBy('received_at', 'desc')
          .limit(1)
          .executeTakeFirst()
      )?.received_at ?? null,
  }
}

export type FlagWrites = ReturnType<typeof flagWrites>
export function flagWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  const reads = flagReads({ db: tx, schoolId, now, seal })
  const set = (id: string, values: Partial<Omit<FlagTables['flag_thread'], 'school_id' | 'id'>>) =>
    tx.updateTable('flag_thread').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  return {
    ...reads,
    /** Holds the thread until the change ends. */
    lock: async (id: string): Promise<FlagThread> => {
      const row = isId(id)
        ? await tx
            .selectFrom('flag_thread')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where('id', '=', id)
            .forUpdate()
            .executeTakeFirst()
        : undefined
      if (!row) throw new Refusal('not-found', 'There is no such flag at this school.')
      return threadOf(row)
    },
    /** How many this sender sent since an instant. */
    sentSince: async (sender: string, since: Date): Promise<number> =>
      Number(
        (
          await tx
            .selectFrom('flag')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('school_id', '=', schoolId)
            .where('sender', '=', sender)
            .where('received_at', '>', since)
            .executeTakeFirstOrThrow()
        ).count,
      ),
    /** Puts a flag with those that it belongs to, or begins a thread. @returns the thread as it is now, and whether it is new. */
    add: async (
      flag: NewFlag,
      belongs: { personId: string | null; whose: string; concern: Concern; audience: FlagAudience },
    ): Promise<{ thread: FlagThread; isNew: boolean; was: Severity | null }> => {
      // Two flags of one child at once: the second waits here and finds the thread of the first.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`flag ${schoolId} ${belongs.whose} ${belongs.concern}`}, 0))`.execute(
        tx,
      )
      const row = await tx
        .selectFrom('flag_thread')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('whose', '=', belongs.whose)
        .where('concern', '=', belongs.concern)
        .where('state', 'in', ['waiting', 'watch'])
        .where('last_at', '>', new Date(now.getTime() - threadDays * dayMs))
        .orderBy('last_at', 'desc')
        .limit(1)
        .forUpdate()
        .executeTakeFirst()
      const known = row ? threadOf(row) : null
      const id = known?.id ?? newId(now.getTime())
      const keyId = known?.keyId ?? (await seal.newKey())
      if (!known)
        await tx
          .insertInto('flag_thread')
          .values({
            school_id: schoolId,
            id,
            person_id: belongs.personId,
            whose: belongs.whose,
            concern: belongs.concern,
            audience: belongs.audience,
            opened_at: now,
            last_at: now,
            count: 1,
            days: 1,
            severity: flag.severity,
            state: 'waiting',
            why_not: null,
            decided_by: null,
            decided_at: null,
            seen_at: null,
            seen_by: null,
            case_id: null,
            key_id: keyId,
            note: null,
            erased_at: null,
          })
          .execute()
      await tx
        .insertInto('flag')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          thread_id: id,
          sender: flag.sender,
          sender_id: flag.senderId,
          source: flag.source,
          kind: flag.kind,
          at: flag.at,
          received_at: now,
          severity: flag.severity,
          concerns: JSON.stringify(flag.concerns),
          rules: [...flag.rules],
          detector: flag.detector,
          host: flag.host,
          content: await seal.seal(keyId, JSON.stringify(flag.content)),
        })
        .execute()
      if (known) {
        const all = await tx
          .selectFrom('flag')
          .select(['at', 'severity'])
          .where('school_id', '=', schoolId)
          .where('thread_id', '=', id)
          .execute()
        const days = new Set(all.map(({ at }) => londonDate(at))).size
        const worst = Math.max(...all.map(({ severity }) => severity)) as Severity
        await set(id, {
          last_at: now,
          count: all.length,
          days,
          severity: threadSeverity(worst, days),
          // What somebody only watches asks to be looked at again when there is more of it.
          state: 'waiting',
        })
      }
      return { thread: await reads.thread(id), isNew: !known, was: known?.severity ?? null }
    },
    seen: (id: string, personId: string) => set(id, { seen_at: now, seen_by: personId }),
    /** Somebody has it now: every page about it that is open is answered. @returns whether there was one. */
    acknowledge: (id: string, personId: string): Promise<boolean> =>
      answerPages(context, { kind: 'flag', id }, personId),
    watch: (id: string) => set(id, { state: 'watch' }),
    decide: async (
      of: FlagThread,
      verdict: {
        state: 'real' | 'not-a-concern'
        whyNot: string | null
        by: string
        caseId: string | null
        note: string
      },
    ) =>
      set(of.id, {
        state: verdict.state,
        why_not: verdict.whyNot,
        decided_by: verdict.by,
        decided_at: now,
        case_id: verdict.caseId,
        note: verdict.note === '' ? null : await seal.seal(of.keyId, verdict.note),
      }),
    /** Erases what the threads held that were no concern and were decided before this. @returns how many. */
    erase: async (before: Date): Promise<number> => {
      const rows = await tx
        .selectFrom('flag_thread')
        .select(['id', 'key_id'])
        .where('school_id', '=', schoolId)
        .where('state', '=', 'not-a-concern')
        .where('erased_at', 'is', null)
        .where('decided_at', '<', before)
        .limit(500)
        .execute()
      for (const { id, key_id } of rows) {
        await seal.erase(key_id)
        await tx
          .updateTable('flag')
          .set(({ ref, cast }) => ({
            content: null,
            sender: 'erased',
            sender_id: cast<string>(ref('flag.id'), 'text'),
          }))
          .where('school_id', '=', schoolId)
          .where('thread_id', '=', id)
          .execute()
        await set(id, { erased_at: now, note: null, person_id: null, whose: `erased:${id}` })
      }
      return rows.length
    },
  }
}

const threadOf = (row: Selectable<FlagTables['flag_thread']>): FlagThread => ({
  id: row.id,
  personId: row.person_id,
  whose: row.whose,
  concern: row.concern as Concern,
  audience: row.audience,
  openedAt: row.opened_at,
  lastAt: row.last_at,
  count: row.count,
  days: row.days,
  severity: row.severity as Severity,
  state: row.state,
  whyNot: row.why_not,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at,
  seenAt: row.seen_at,
  seenBy: row.seen_by,
  caseId: row.case_id,
  keyId: row.key_id,
  erasedAt: row.erased_at,
})
