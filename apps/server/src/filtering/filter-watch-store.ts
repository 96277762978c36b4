import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { isSilence, type ProbeResult, type TestResult } from './filter-proof.ts'
import type { FilteringTables } from './filtering-tables.ts'

/*
 * What was seen of the filter from outside its rules: proofs, drift, wishes for sites, governors' reviews, and the lists
 * that became active.
 */

export interface FilterTest {
  readonly id: string
  readonly changeId: string | null
  /** Where the requests went through: `gateway`, or the name of a point that the operator has set. */
  readonly point: string
  readonly at: Date
  readonly serial: number
  readonly result: TestResult
  readonly checks: number
  readonly failures: number
  readonly results: readonly ProbeResult[]
  readonly controls: readonly ProbeResult[]
  /** Group → [checks, failures]; of a heartbeat. */
  readonly byGroup: Readonly<Record<string, readonly [number, number]>>
  /** Category → what each group gets, as seen; of a heartbeat. */
  readonly seen: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface Drift {
  readonly id: string
  readonly foundAt: Date
  readonly place: 'bundle' | 'lists' | 'database'
  readonly differences: readonly string[]
  readonly mendedAt: Date | null
}

export interface SiteRequest {
  readonly host: string
  readonly category: string
  readonly purpose: FilteringTables['site_request']['purpose']
  readonly times: number
  readonly firstAt: Date
  readonly lastAt: Date
}

/** The filter is asked every hour: of one that was not asked for longer than this nobody knows what it does. */
export const freshMs = 2 * 3_600_000

/** The point that every installation has: the proxy that `serve` starts. */
export const embeddedPoint = 'gateway'
/** Another proxy that works by the same rules, by its name in FILTER_PROXIES. */
export const proxyPoint = (name: string): string => `proxy:${name}`
export const isProxyPoint = (point: string): boolean => point.startsWith(proxyPoint(''))
export const proxyNameOf = (point: string): string => point.slice(proxyPoint('').length)
/** The same proxy, asked from an address of one of the school's networks. */
export const placePoint = (placeId: string): string => `place:${placeId}`
export const isPlacePoint = (point: string): boolean => point.startsWith(placePoint(''))

/** Whether a round found nobody there: no group’s first question was answered. */
export const isDead = ({ controls }: FilterTest): boolean =>
  controls.length > 0 && controls.every(({ outcome }) => isSilence(outcome))

/** "12 of 320 requests through the proxy “library” did not come out as decided." */
export function failureElsewhere({ point, failures, checks }: FilterTest): string {
  const where = isProxyPoint(point) ? `through the proxy “${proxyNameOf(point)}”` : 'from one of the school’s networks'
  return `${failures} of ${checks} requests ${where} did not come out as decided.`
}

export type FilterWatchReads = ReturnType<typeof filterWatchReads>
export function filterWatchReads({ db, schoolId, now }: ReadContext) {
  const tests = () => db.selectFrom('filter_test').selectAll().where('school_id', '=', schoolId)
  return {
    /** The newest proofs of one change. */
    testsOf: async (changeId: string, limit = 10): Promise<FilterTest[]> =>
      (await tests().where('change_id', '=', changeId).orderBy('at', 'desc').limit(limit).execute()).map(testOf),
    /** The newest rounds of one point, newest first. */
    heartbeats: async (limit: number, point = embeddedPoint): Promise<FilterTest[]> =>
      (
        await tests()
          .where('change_id', 'is', null)
          .where('point', '=', point)
          .orderBy('at', 'desc')
          .limit(limit)
          .execute()
      ).map(testOf),
    /** Every point that was asked in the last weeks, the embedded one first. */
    points: async (): Promise<string[]> =>
      (
        await db
          .selectFrom('filter_test')
          .select('point')
          .distinct()
          .where('school_id', '=', schoolId)
          .where('change_id', 'is', null)
          .execute()
      )
        .map(({ point }) => point)
        .sort(
          (one, other) => Number(other === embeddedPoint) - Number(one === embeddedPoint) || (one < other ? -1 : 1),
        ),
    /** Of each other point that was asked lately: its newest round, where that one was not as decided. */
    failingElsewhere: async (): Promise<FilterTest[]> =>
      (
        await tests()
          .distinctOn('point')
          .where('change_id', 'is', null)
          .where('point', '!=', embeddedPoint)
          .where('at', '>=', new Date(now.getTime() - freshMs))
          .orderBy('point')
          .orderBy('at', 'desc')
          .execute()
      )
        .map(testOf)
        .filter(({ result }) => result !== 'passed'),
    testsBetween: async (from: Date, to: Date): Promise<{ passed: number; failed: number; inconclusive: number }> => {
      const rows = await db
        .selectFrom('filter_test')
        .select(({ fn }) => ['result', fn.countAll<number>().as('count')])
        .where('school_id', '=', schoolId)
        .where('change_id', 'is not', null)
        .where('at', '>=', from)
        .where('at', '<', to)
        .groupBy('result')
        .execute()
      const count = (result: TestResult): number => rows.find(row => row.result === result)?.count ?? 0
      return { passed: count('passed'), failed: count('failed'), inconclusive: count('inconclusive') }
    },
    openDrift: async (): Promise<Drift[]> =>
      (
        await db
          .selectFrom('filter_drift')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('mended_at', 'is', null)
          .orderBy('found_at')
          .execute()
      ).map(driftOf),
    latestDrift: async (limit: number): Promise<Drift[]> =>
      (
        await db
          .selectFrom('filter_drift')
          .selectAll()
          .where('school_id', '=', schoolId)
          .orderBy('found_at', 'desc')
          .limit(limit)
          .execute()
      ).map(driftOf),
    /** Sites that somebody asked for and nobody has answered yet, most asked first. */
    siteRequests: async (limit = 50): Promise<SiteRequest[]> =>
      (
        await db
          .selectFrom('site_request')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('settled_at', 'is', null)
          .orderBy('times', 'desc')
          .orderBy('last_at', 'desc')
          .limit(limit)
          .execute()
      ).map(row => ({
        host: row.host,
        category: row.category,
        purpose: row.purpose,
        times: row.times,
        firstAt: row.first_at,
        lastAt: row.last_at,
      })),
    reviews: async (limit: number) =>
      db
        .selectFrom('filter_log_review')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('at', 'desc')
        .limit(limit)
        .execute(),
    activeLists: async () =>
      (await db
        .selectFrom('filter_lists')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('active_at', 'desc')
        .limit(1)
        .executeTakeFirst()) ?? null,
  }
}

export function filterWatchWrites({ tx, schoolId, now }: WriteContext) {
  return {
    addTest: async (test: Omit<FilterTest, 'id' | 'at'>): Promise<string> => {
      const id = newId(now.getTime())
      const { results, controls, byGroup, seen } = test
      await tx
        .insertInto('filter_test')
        .values({
          school_id: schoolId,
          id,
          change_id: test.changeId,
          point: test.point,
          at: now,
          serial: test.serial,
          result: test.result,
          checks: test.checks,
          failures: test.failures,
          detail: JSON.stringify({ results, controls, byGroup, seen }),
        })
        .execute()
      if (test.changeId)
        await tx
          .updateTable('filter_change')
          .set({ tested_at: now, test_result: test.result })
          .where('school_id', '=', schoolId)
          .where('id', '=', test.changeId)
          .execute()
      return id
    },
    addDrift: async (drift: {
      place: Drift['place']
      differences: readonly string[]
      digest: string
    }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('filter_drift')
        .values({
          school_id: schoolId,
          id,
          found_at: now,
          place: drift.place,
          differences: [...drift.differences],
          digest: drift.digest,
          mended_at: null,
        })
        .execute()
      return id
    },
    mendDrift: (id: string) =>
      tx
        .updateTable('filter_drift')
        .set({ mended_at: now })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
    /** Counts one more wish for a site. @returns how often it has been asked for. */
    askForSite: async (host: string, category: string, purpose: SiteRequest['purpose']): Promise<number> =>
      (
        await tx
          .insertInto('site_request')
          .values({
            school_id: schoolId,
            host,
            category,
            purpose,
            first_at: now,
            last_at: now,
            settled_at: null,
            settled_by: null,
          })
          .onConflict(conflict =>
            conflict
              .columns(['school_id', 'host'])
              .where('settled_at', 'is', null)
              .doUpdateSet(({ eb, ref }) => ({ times: eb(ref('site_request.times'), '+', 1), last_at: now, purpose })),
          )
          .returning('times')
          .executeTakeFirstOrThrow()
      ).times,
    settleSite: async (host: string, by: string): Promise<number> => {
      const { numUpdatedRows } = await tx
        .updateTable('site_request')
        .set({ settled_at: now, settled_by: by })
        .where('school_id', '=', schoolId)
        .where('host', '=', host)
        .where('settled_at', 'is', null)
        .executeTakeFirst()
      return Number(numUpdatedRows)
    },
    addReview: async (review: {
      reviewedBy: string
      from: Date
      to: Date
      changes: number
      digest: string
      note: string
    }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('filter_log_review')
        .values({
          school_id: schoolId,
          id,
          reviewed_by: review.reviewedBy,
          at: now,
          from_at: review.from,
          to_at: review.to,
          changes: review.changes,
          digest: review.digest,
          note: review.note,
        })
        .execute()
      return id
    },
    addLists: (lists: { sha256: string; domains: number; sources: unknown }) =>
      tx
        .insertInto('filter_lists')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          sha256: lists.sha256,
          active_at: now,
          domains: lists.domains,
          sources: JSON.stringify(lists.sources),
        })
        .execute(),
    /** Heartbeats older than this are summed up in the ledger already. @returns how many rows went. */
    forgetHeartbeats: async (before: Date): Promise<number> =>
      Number(
        (
          await tx
            .deleteFrom('filter_test')
            .where('school_id', '=', schoolId)
            .where('change_id', 'is', null)
            .where('at', '<', before)
            .executeTakeFirst()
        ).numDeletedRows,
      ),
  }
}

const testOf = (row: Selectable<FilteringTables['filter_test']>): FilterTest => {
  // Only addTest writes this column.
  const detail = row.detail as Pick<FilterTest, 'results' | 'controls' | 'byGroup' | 'seen'>
  return {
    id: row.id,
    changeId: row.change_id,
    point: row.point,
    at: row.at,
    serial: row.serial,
    result: row.result,
    checks: row.checks,
    failures: row.failures,
    ...detail,
  }
}
const driftOf = (row: Selectable<FilteringTables['filter_drift']>): Drift => ({
  id: row.id,
  foundAt: row.found_at,
  place: row.place,
  differences: row.differences,
  mendedAt: row.mended_at,
})
