import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { TestResult } from './filter-proof.ts'
import type { FilteringTables } from './filtering-tables.ts'
import type { MatrixCheck } from './matrix-round.ts'
import type { ReplayResult } from './replay.ts'

/*
 * When each change was in force, proposals that are still being looked at, what contents would have done to real requests,
 * and what the running filter said about the technology matrix.
 */

export interface Draft {
  readonly id: string
  /** Canonical JSON. */
  readonly payload: string
  readonly digest: string
  readonly reason: string
  readonly byId: string
  readonly madeAt: Date
  readonly sentAt: Date | null
  readonly changeId: string | null
}

export interface StoredReplay {
  readonly digest: string
  readonly rulesVersion: number
  readonly madeAt: Date
  readonly result: ReplayResult
}

export interface MatrixRound {
  readonly at: Date
  readonly serial: number
  readonly result: TestResult
  readonly checks: readonly MatrixCheck[]
}

export type FilterHistoryReads = ReturnType<typeof filterHistoryReads>
export function filterHistoryReads({ db, schoolId }: ReadContext) {
  return {
    /** Ids of the changes that were in force at an instant. */
    inForceAt: async (at: Date): Promise<string[]> =>
      (
        await db
          .selectFrom('filter_span')
          .select('change_id')
          .where('school_id', '=', schoolId)
          .where('from_at', '<=', at)
          .where(eb => eb.or([eb('to_at', 'is', null), eb('to_at', '>', at)]))
          .execute()
      ).map(row => row.change_id),
    spansOf: async (changeId: string): Promise<{ from: Date; to: Date | null; endedBy: string | null }[]> =>
      (
        await db
          .selectFrom('filter_span')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('change_id', '=', changeId)
          .orderBy('from_at')
          .execute()
      ).map(row => ({ from: row.from_at, to: row.to_at, endedBy: row.ended_by })),
    /** Only its author's; nobody else may see it. */
    draft: async (id: string, byId: string): Promise<Draft> => {
      const row = await db
        .selectFrom('filter_draft')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .where('by_id', '=', byId)
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such proposal of yours. It may have been sent already.')
      return draftOf(row)
    },
    hasDraftBefore: async (before: Date): Promise<boolean> =>
      (await db
        .selectFrom('filter_draft')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('made_at', '<', before)
        .limit(1)
        .executeTakeFirst()) !== undefined,
    /** The newest replay of a content. */
    replayOf: async (digest: string): Promise<StoredReplay | null> => {
      const row = await db
        .selectFrom('filter_replay')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('digest', '=', digest)
        .orderBy('made_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      // Only addReplay writes this column.
      return row
        ? {
            digest: row.digest,
            rulesVersion: row.rules_version,
            madeAt: row.made_at,
            result: { ...(row.detail as ReplayResult), from: row.from_at, to: row.to_at },
          }
        : null
    },
    matrixRound: async (): Promise<MatrixRound | null> => {
      const row = await db
        .selectFrom('filter_matrix_round')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst()
      // Only addMatrixRound writes this column.
      return row
        ? { at: row.at, serial: row.serial, result: row.result, checks: row.detail as readonly MatrixCheck[] }
        : null
    },
  }
}

export function filterHistoryWrites({ tx, schoolId, now }: WriteContext) {
  return {
    beginSpan: async (changeId: string): Promise<void> => {
      await tx
        .insertInto('filter_span')
        .values({ school_id: schoolId, change_id: changeId, from_at: now, to_at: null, ended_by: null })
        // Ended and put back within one instant: it was never off.
        .onConflict(conflict =>
          conflict.columns(['school_id', 'change_id', 'from_at']).doUpdateSet({ to_at: null, ended_by: null }),
        )
        .execute()
    },
    endSpan: async (changeId: string, by: string | null): Promise<void> => {
      await tx
        .updateTable('filter_span')
        .set({ to_at: now, ended_by: by })
        .where('school_id', '=', schoolId)
        .where('change_id', '=', changeId)
        .where('to_at', 'is', null)
        .execute()
    },
    addDraft: async (draft: { payload: string; digest: string; reason: string; byId: string }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('filter_draft')
        .values({
          school_id: schoolId,
          id,
          payload: draft.payload,
          digest: draft.digest,
          reason: draft.reason,
          by_id: draft.byId,
          made_at: now,
          sent_at: null,
          change_id: null,
        })
        .execute()
      return id
    },
    /** @returns false when it was sent before. */
    draftSent: async (id: string, changeId: string): Promise<boolean> => {
      const { numUpdatedRows } = await tx
        .updateTable('filter_draft')
        .set({ sent_at: now, change_id: changeId })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .where('sent_at', 'is', null)
        .executeTakeFirst()
      return Number(numUpdatedRows) > 0
    },
    /** What was sent stands in its request. @returns how many there were. */
    forgetDrafts: async (before: Date): Promise<number> =>
      Number(
        (
          await tx
            .deleteFrom('filter_draft')
            .where('school_id', '=', schoolId)
            .where('made_at', '<', before)
            .executeTakeFirst()
        ).numDeletedRows,
      ),
    addReplay: async (replay: { digest: string; rulesVersion: number; result: ReplayResult }): Promise<void> => {
      const { from, to, ...detail } = replay.result
      await tx
        .insertInto('filter_replay')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          digest: replay.digest,
          rules_version: replay.rulesVersion,
          from_at: from,
          to_at: to,
          made_at: now,
          requests: detail.requests,
          newly_blocked: detail.newlyBlocked.requests,
          newly_open: detail.newlyOpen.requests,
          detail: JSON.stringify(detail),
        })
        .execute()
    },
    addMatrixRound: async (round: Omit<MatrixRound, 'at'>): Promise<void> => {
      await tx
        .insertInto('filter_matrix_round')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          at: now,
          serial: round.serial,
          result: round.result,
          detail: JSON.stringify(round.checks),
        })
        .execute()
    },
    forgetMatrixRounds: (before: Date) =>
      tx.deleteFrom('filter_matrix_round').where('school_id', '=', schoolId).where('at', '<', before).execute(),
  }
}

const draftOf = (row: Selectable<FilteringTables['filter_draft']>): Draft => ({
  id: row.id,
  payload: row.payload,
  digest: row.digest,
  reason: row.reason,
  byId: row.by_id,
  madeAt: row.made_at,
  sentAt: row.sent_at,
  changeId: row.change_id,
})
