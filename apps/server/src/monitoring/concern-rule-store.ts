import { type Selectable, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { storedPayload } from '../platform/requests.ts'
import {
  type RuleChangeContent,
  type RuleChangeInForce,
  type RuleChangeState,
  type RuleFigures,
  ruleContentOf,
} from './concern-rule.ts'
import type { FlagContent } from './flag-store.ts'
import type { FlagSource, FlagState } from './flag.ts'

/** Row types of `migrations/0024-concern-rules.sql`. */
export interface ConcernRuleTables {
  concern_rule_change: {
    school_id: string
    id: string
    request_id: string
    digest: string
    about: string
    state: RuleChangeState
    made_at: Date
    version: number | null
    in_force_at: Date | null
    ended_at: Date | null
    ended_by: string | null
  }
}

export interface RuleChange {
  readonly id: string
  readonly requestId: string
  readonly digest: string
  /** null where what is stored is not what was proposed: somebody has altered it. */
  readonly content: RuleChangeContent | null
  readonly state: RuleChangeState
  readonly reason: string
  readonly proposedBy: string
  readonly proposedAt: Date
  readonly decision: 'waiting' | 'approved' | 'refused' | 'withdrawn'
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly decisionReason: string | null
  readonly version: number | null
  readonly endedBy: string | null
}

/** A flag whose words are still held, and what was said of it. */
export interface HeldFlag {
  readonly source: FlagSource
  readonly kind: string
  readonly rules: readonly string[]
  readonly text: string
  readonly state: FlagState
}

export type ConcernRuleReads = ReturnType<typeof concernRuleReads>
export function concernRuleReads(context: ReadContext) {
  const { db, schoolId, now, seal } = context
  const changes = () =>
    db
      .selectFrom('concern_rule_change as c')
      .innerJoin('request as r', join =>
        join.onRef('r.school_id', '=', 'c.school_id').onRef('r.id', '=', 'c.request_id'),
      )
      .selectAll('c')
      .select([
        'r.payload',
        'r.reason',
        'r.proposed_by',
        'r.proposed_at',
        'r.state as decision',
        'r.decided_by',
        'r.decided_at',
        'r.decision_reason',
      ])
      .where('c.school_id', '=', schoolId)
  /** The ledger says that this very digest was approved, and that it was not taken back since: a row written by hand is nobody's decision. */
  const isDecided = sql<boolean>`(exists (
    select from ledger_entry e where e.school_id = c.school_id and e.subject = 'concern-rule:' || c.id
    and e.type = 'concern-rule.approved' and e.detail like '%"digest":"' || c.digest || '"%')
    and not exists (
    select from ledger_entry e where e.school_id = c.school_id and e.subject = 'concern-rule:' || c.id
    and e.type = 'concern-rule.taken-back'))`
  /** Of the last change that was put in force; 0 where none ever was. */
  const lastVersion = async (): Promise<number> => {
    const { version } = await db
      .selectFrom('concern_rule_change')
      .select(({ fn }) => fn.max<number | null>('version').as('version'))
      .where('school_id', '=', schoolId)
      .executeTakeFirstOrThrow()
    return version ?? 0
  }
  return {
    now,
    lastVersion,
    change: async (id: string): Promise<RuleChange> => {
      const row = isId(id) ? await changes().where('c.id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', 'There is no such change of the rules at this school.')
      return changeOf(row)
    },
    /** Newest first. */
    changes: async (where: { states?: readonly RuleChangeState[]; limit?: number } = {}): Promise<RuleChange[]> =>
      (
        await changes()
          .$if(where.states !== undefined, query => query.where('c.state', 'in', where.states ?? []))
          .orderBy('c.made_at', 'desc')
          .orderBy('c.id', 'desc')
          .limit(where.limit ?? 200)
          .execute()
      ).map(changeOf),
    /** Whether a change about this waits for its decision. */
    waitsAbout: async (about: string): Promise<boolean> =>
      (await changes().where('c.about', '=', about).where('c.state', '=', 'waiting').executeTakeFirst()) !== undefined,
    /** The pile of changes in force, in the order of their approval, and the version that they make. */
    inForce: async (): Promise<{ readonly version: number; readonly changes: readonly RuleChangeInForce[] }> => {
      const version = await lastVersion()
      // Most schools change nothing, and this is asked by every device.
      if (version === 0) return { version, changes: [] }
      const rows = await changes().where('c.state', '=', 'in-force').where(isDecided).orderBy('c.version').execute()
      return {
        version,
        changes: rows.flatMap(row => {
          const { id, content } = changeOf(row)
          return content && content.kind !== 'back' ? [{ id, content }] : []
        }),
      }
    },
    /** How often each of these rules spoke since an instant, and what people said of the threads that they stand in. */
    spoke: async (since: Date, among: readonly string[]): Promise<RuleFigures[]> =>
      (
        await sql<RuleFigures>`
          select rule, count(*)::int as flags,
                 count(distinct t.id) filter (where t.decided_at is not null)::int as decided,
                 count(distinct t.id) filter (where t.state = 'real')::int as real
            from flag f join flag_thread t on t.school_id = f.school_id and t.id = f.thread_id
            cross join lateral unnest(f.rules) as rule
           where f.school_id = ${schoolId} and f.received_at >= ${since} and rule = any(${[...among]}::text[])
           group by rule order by count(*) desc, rule`.execute(db)
      ).rows,
    /** Flags since an instant that name a rule which is none of these: of an older program, or forged by a device. */
    spokeOtherwise: async (since: Date, known: readonly string[]): Promise<number> =>
      Number(
        (
          await sql<{ count: number }>`
            select count(*)::int as count from flag f
             where f.school_id = ${schoolId} and f.received_at >= ${since}
               and not f.rules <@ ${[...known]}::text[]`.execute(db)
        ).rows[0]?.count ?? 0,
      ),
    /** Flags since an instant whose words are held, the newest first, at most `limit`; and how many there are. */
    held: async (
      since: Date,
      limit: number,
    ): Promise<{ readonly flags: readonly HeldFlag[]; readonly all: number }> => {
      const there = () =>
        db
          .selectFrom('flag as f')
          .innerJoin('flag_thread as t', join =>
            join.onRef('t.school_id', '=', 'f.school_id').onRef('t.id', '=', 'f.thread_id'),
          )
          .where('f.school_id', '=', schoolId)
          .where('f.received_at', '>=', since)
          .where('f.content', 'is not', null)
          .where('t.erased_at', 'is', null)
      const rows = await there()
        .select(['f.source', 'f.kind', 'f.rules', 'f.content', 't.key_id', 't.state'])
        .orderBy('f.received_at', 'desc')
        .limit(limit)
        .execute()
      const { count } = await there()
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      const flags: HeldFlag[] = []
      for (const { content, key_id, ...row } of rows)
        if (content !== null) {
          // Only `add` of the flags writes it, from its type.
          const { text } = JSON.parse(await seal.open(key_id, content)) as FlagContent
          flags.push({ ...row, text })
        }
      return { flags, all: Number(count) }
    },
  }
}

export type ConcernRuleWrites = ReturnType<typeof concernRuleWrites>
export function concernRuleWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  const set = (id: string, values: Partial<ConcernRuleTables['concern_rule_change']>) =>
    tx.updateTable('concern_rule_change').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  const reads = concernRuleReads({ ...context, db: tx })
  return {
    ...reads,
    /** Takes the school's rules for this transaction: what is proposed and decided about them follows one another. */
    take: async (): Promise<void> => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`concern rules ${schoolId}`}, 0))`.execute(tx)
    },
    add: async (change: { requestId: string; digest: string; about: string }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('concern_rule_change')
        .values({
          school_id: schoolId,
          id,
          request_id: change.requestId,
          digest: change.digest,
          about: change.about,
          state: 'waiting',
          made_at: now,
          version: null,
          in_force_at: null,
          ended_at: null,
          ended_by: null,
        })
        .execute()
      return id
    },
    /** Only after `take`. @returns the version from now on. */
    putInForce: async (id: string): Promise<number> => {
      const next = (await reads.lastVersion()) + 1
      await set(id, { state: 'in-force', version: next, in_force_at: now })
      return next
    },
    close: (id: string, state: 'refused' | 'withdrawn') => set(id, { state }),
    end: (id: string, by: string) => set(id, { state: 'ended', ended_at: now, ended_by: by }),
  }
}

type Row = Selectable<ConcernRuleTables['concern_rule_change']> & {
  payload: string
  reason: string
  proposed_by: string
  proposed_at: Date
  decision: RuleChange['decision']
  decided_by: string | null
  decided_at: Date | null
  decision_reason: string | null
}

function changeOf(row: Row): RuleChange {
  const content = proposed(row)
  return {
    id: row.id,
    requestId: row.request_id,
    digest: row.digest,
    content,
    state: row.state,
    reason: row.reason,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    decision: row.decision,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    decisionReason: row.decision_reason,
    version: row.version,
    endedBy: row.ended_by,
  }
}

/** The payload, where it is still the one whose digest was written down beside it. */
function proposed({ payload, digest }: Row): RuleChangeContent | null {
  const stored = storedPayload(payload)
  return stored?.digest === digest ? ruleContentOf(stored.payload) : null
}
