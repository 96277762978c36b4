import type { RuleSet } from '@gatehouse/engine'
import { addCalendarDays } from '@gatehouse/engine/calendar'
import { type Selectable, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { storedPayload } from '../platform/requests.ts'
import { calendarReads } from '../duties/calendar-store.ts'
import { type ChangeContent, contentOf, isRule } from './change-content.ts'
import type { ChangeState } from './filter-change.ts'
import { filterHistoryReads, filterHistoryWrites } from './filter-history-store.ts'
import { type ChangeInForce, filterOf, type RuleSurroundings, type SchoolFilter } from './filter-rules.ts'
import type { TestResult } from './filter-proof.ts'
import { filterWatchReads, filterWatchWrites } from './filter-watch-store.ts'
import { overblockReads, overblockWrites } from './overblock-store.ts'
import { passReads } from './pass-store.ts'
import type { FilteringTables } from './filtering-tables.ts'

export interface FilterChange {
  readonly id: string
  readonly requestId: string
  readonly digest: string
  /** null where what is stored is no change at all: somebody has altered it. */
  readonly content: ChangeContent | null
  readonly reason: string
  readonly state: ChangeState
  readonly decision: 'waiting' | 'approved' | 'refused' | 'withdrawn'
  readonly emergency: boolean
  readonly caseId: string | null
  readonly reviewOn: string | null
  readonly proposedBy: string
  readonly proposedAt: Date
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly decisionReason: string | null
  readonly inForceAt: Date | null
  readonly version: number | null
  readonly endedAt: Date | null
  readonly endedBy: string | null
  readonly testedAt: Date | null
  readonly testResult: TestResult | null
}

/** What puts a change in force, and what ends it, as the ledger says it. */
const putting = ['filter-change.approved', 'filter-change.applied-at-once', 'filter-change.reinstated'] as const
const ending = ['filter-change.rolled-back', 'filter-change.refused', 'filter-change.ended'] as const

export type FilterReads = ReturnType<typeof filterReads>
export function filterReads(context: ReadContext) {
  const { db, schoolId } = context
  const changes = () =>
    db
      .selectFrom('filter_change as c')
      .innerJoin('request as r', join =>
        join.onRef('r.school_id', '=', 'c.school_id').onRef('r.id', '=', 'c.request_id'),
      )
      .select([
        'c.id',
        'c.request_id',
        'c.digest',
        'c.state',
        'c.emergency',
        'c.case_id',
        'c.review_on',
        'c.made_at',
        'c.in_force_at',
        'c.version',
        'c.ended_at',
        'c.ended_by',
        'c.tested_at',
        'c.test_result',
      ])
      .select([
        'r.payload',
        'r.digest as request_digest',
        'r.reason',
        'r.proposed_by',
        'r.state as decision',
        'r.decided_by',
        'r.decided_at',
        'r.decision_reason',
      ])
      .where('c.school_id', '=', schoolId)
  /**
   * The ledger says that this very digest was put in force, and that it was not ended since: a row that somebody wrote by
   * hand, or set back to what it had been, is nobody's decision.
   */
  const lastSaid = sql<string | null>`(select e.type from ledger_entry e where e.school_id = c.school_id
    and e.subject = 'filter-change:' || c.id and e.type in (${sql.join([...putting, ...ending])})
    and (e.type <> 'filter-change.refused' or e.detail like '%"lifted":true%') order by e.seq desc limit 1)`
  const isInLedger = sql<boolean>`(exists (
    select from ledger_entry e where e.school_id = c.school_id and e.subject = 'filter-change:' || c.id
    and e.type in ('filter-change.approved', 'filter-change.applied-at-once') and e.detail like '%"digest":"' || c.digest || '"%')
    and ${lastSaid} in (${sql.join([...putting])}))`

  const pileOf = (rows: readonly ChangeRow[]): ChangeInForce[] =>
    rows.flatMap(row => {
      const { content, id, version } = changeOf(row)
      return content && isRule(content) && version !== null ? [{ id, version, content }] : []
    })
  const inForce = async (): Promise<ChangeInForce[]> =>
    pileOf(await changes().where('c.state', '=', 'in-force').where(isInLedger).orderBy('c.version').execute())
  const surroundings = async (): Promise<RuleSurroundings> => {
    const calendar = calendarReads(context)
    return {
      // Half-open in the calendar, both ends inclusive for the filter.
      terms: (await calendar.halfTerms()).map(({ from, to }) => ({ from, to: addCalendarDays(to, -1) })),
      closures: (await calendar.closures()).map(({ on }) => ({ from: on, to: on })),
      passes: await passReads(context).inForce(),
    }
  }
  const state = async () =>
    (await db.selectFrom('filter_state').selectAll().where('school_id', '=', schoolId).executeTakeFirst()) ?? null

  return {
    ...filterWatchReads(context),
    ...filterHistoryReads(context),
    ...overblockReads(context),
    change: async (id: string): Promise<FilterChange> => {
      const row = await changes().where('c.id', '=', id).executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such change of the filter at this school.')
      return changeOf(row)
    },
    /** Newest first. */
    changes: async (
      where: { states?: readonly ChangeState[]; caseId?: string; from?: Date; to?: Date; limit?: number } = {},
    ): Promise<FilterChange[]> =>
      (
        await changes()
          .$if(where.states !== undefined, query => query.where('c.state', 'in', where.states ?? []))
          .$if(where.caseId !== undefined, query => query.where('c.case_id', '=', where.caseId ?? ''))
          .$if(where.from !== undefined, query => query.where('c.made_at', '>=', where.from ?? new Date(0)))
          .$if(where.to !== undefined, query => query.where('c.made_at', '<', where.to ?? new Date(0)))
          .orderBy('c.made_at', 'desc')
          .orderBy('c.id', 'desc')
          .limit(where.limit ?? 100)
          .execute()
      ).map(changeOf),
    /** In force, or waiting to be decided: what an approver has to look at. Emergency blocks stand here until they are decided. */
    undecided: async (): Promise<FilterChange[]> =>
      (await changes().where('r.state', '=', 'waiting').orderBy('c.made_at').execute()).map(changeOf),
    /** In force and never yet proved, or not since the bundle changed under them. Oldest first. */
    unproved: async (limit = 20): Promise<FilterChange[]> =>
      (
        await changes()
          .where(eb =>
            eb.or([
              eb.and([eb('c.state', '=', 'in-force'), eb('c.tested_at', 'is', null)]),
              eb.and([eb('c.state', '=', 'in-force'), eb('c.test_result', '!=', 'passed')]),
            ]),
          )
          .orderBy('c.in_force_at')
          .limit(limit)
          .execute()
      ).map(changeOf),
    inForce,
    unfoundedPasses: () => passReads(context).unfoundedPasses(),
    /** Stands as in force, and the ledger knows nothing of it, or its content is not what was decided. */
    unfounded: async (): Promise<FilterChange[]> => {
      const rows = await changes().where('c.state', '=', 'in-force').execute()
      const founded = new Set(
        (await changes().where('c.state', '=', 'in-force').where(isInLedger).execute()).map(({ id }) => id),
      )
      return rows.map(changeOf).filter(change => !founded.has(change.id) || change.content === null)
    },
    state,
    /** An approval that the ledger knows and no decision ended, and that does not stand any more: somebody switched it off by hand. */
    missing: async (): Promise<FilterChange[]> =>
      (
        await changes()
          .where('c.state', '!=', 'in-force')
          .where(sql<boolean>`coalesce(${lastSaid} in (${sql.join([...putting])}), false)`)
          .execute()
      ).map(changeOf),
    /** What of those ids can be put in force again, whatever their state. */
    pile: async (ids: readonly string[]): Promise<ChangeInForce[]> =>
      ids.length === 0
        ? []
        : pileOf(
            await changes()
              .where('c.id', 'in', [...ids])
              .execute(),
          ),
    surroundings,
    /** Everything that two people decided, as it is in force now. */
    filter: async (): Promise<SchoolFilter> =>
      filterOf(await inForce(), (await state())?.version ?? 0, await surroundings()),
    rules: async (): Promise<RuleSet> =>
      filterOf(await inForce(), (await state())?.version ?? 0, await surroundings()).rules,
  }
}

export type FilterWrites = ReturnType<typeof filterWrites>
export function filterWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  const reads = { ...filterReads({ ...context, db: tx }), ...filterHistoryWrites(context) }
  const set = (id: string, values: Partial<Selectable<FilteringTables['filter_change']>>) =>
    tx.updateTable('filter_change').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  return {
    ...reads,
    ...filterWatchWrites(context),
    ...overblockWrites(context),
    /** Takes the school's filter for this transaction: decisions follow one another. @returns the version of the rules. */
    take: async (): Promise<number> => {
      await tx
        .insertInto('filter_state')
        .values({
          school_id: schoolId,
          published_serial: null,
          published_rules: null,
          published_lists: null,
          published_network: null,
          published_at: null,
        })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      const row = await tx
        .selectFrom('filter_state')
        .select('version')
        .where('school_id', '=', schoolId)
        .forUpdate()
        .executeTakeFirstOrThrow()
      return row.version
    },
    /** @returns the new version. Only after `take`. */
    countDecision: async (): Promise<number> =>
      (
        await tx
          .updateTable('filter_state')
          .set(({ eb, ref }) => ({ version: eb(ref('version'), '+', 1) }))
          .where('school_id', '=', schoolId)
          .returning('version')
          .executeTakeFirstOrThrow()
      ).version,
    add: async (change: {
      requestId: string
      digest: string
      emergency: boolean
      caseId: string | null
      reviewOn: string | null
    }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('filter_change')
        .values({
          school_id: schoolId,
          id,
          request_id: change.requestId,
          digest: change.digest,
          state: 'waiting',
          emergency: change.emergency,
          case_id: change.caseId,
          review_on: change.reviewOn,
          made_at: now,
          in_force_at: null,
          version: null,
          ended_at: null,
          ended_by: null,
          tested_at: null,
          test_result: null,
        })
        .execute()
      return id
    },
    putInForce: async (id: string, version: number, digest: string): Promise<void> => {
      await set(id, { state: 'in-force', in_force_at: now, version, digest })
      await reads.beginSpan(id)
    },
    /** Puts what was taken back in force again, in its old place in the order. */
    reinstate: async (id: string): Promise<void> => {
      await set(id, { state: 'in-force', ended_at: null, ended_by: null, tested_at: null, test_result: null })
      await reads.beginSpan(id)
    },
    end: async (id: string, by: string | null): Promise<void> => {
      await set(id, { state: 'ended', ended_at: now, ended_by: by })
      await reads.endSpan(id, by)
    },
    close: (id: string, state: 'refused' | 'withdrawn') => set(id, { state }),
    published: (bundle: { serial: number; rules: string; network: string; lists: string }) =>
      tx
        .updateTable('filter_state')
        .set({
          published_serial: bundle.serial,
          published_rules: bundle.rules,
          published_lists: bundle.lists,
          published_network: bundle.network,
          published_at: now,
        })
        .where('school_id', '=', schoolId)
        .execute(),
  }
}

interface ChangeRow {
  id: string
  request_id: string
  digest: string
  state: ChangeState
  emergency: boolean
  case_id: string | null
  review_on: string | null
  made_at: Date
  in_force_at: Date | null
  version: number | null
  ended_at: Date | null
  ended_by: string | null
  tested_at: Date | null
  test_result: TestResult | null
  payload: string
  request_digest: string
  reason: string
  proposed_by: string
  decision: FilterChange['decision']
  decided_by: string | null
  decided_at: Date | null
  decision_reason: string | null
}
const changeOf = (row: ChangeRow): FilterChange => {
  const stored = storedPayload(row.payload)
  // Content whose digest is not the one that was decided on is nobody's decision.
  const isWhole = stored?.digest === row.digest && row.request_digest === row.digest
  return {
    id: row.id,
    requestId: row.request_id,
    digest: row.digest,
    content: isWhole ? contentOf(stored.payload) : null,
    reason: row.reason,
    state: row.state,
    decision: row.decision,
    emergency: row.emergency,
    caseId: row.case_id,
    reviewOn: row.review_on,
    proposedBy: row.proposed_by,
    proposedAt: row.made_at,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    decisionReason: row.decision_reason,
    inForceAt: row.in_force_at,
    version: row.version,
    endedAt: row.ended_at,
    endedBy: row.ended_by,
    testedAt: row.tested_at,
    testResult: row.test_result,
  }
}
