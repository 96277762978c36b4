import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { idOr } from './case-parts-store.ts'
import type { Case } from './case-store.ts'
import { defanged, type IllegalStep } from './illegal.ts'

export interface IllegalPath {
  readonly caseId: string
  readonly suspicion: string
  readonly begunAt: Date
  readonly begunBy: string | null
  readonly hasAddress: boolean
  readonly finishedAt: Date | null
  readonly steps: readonly {
    readonly step: IllegalStep
    readonly at: Date
    readonly recordedAt: Date
    readonly byId: string
  }[]
}

export type IllegalReads = ReturnType<typeof illegalReads>
export function illegalReads({ db, schoolId, seal }: ReadContext) {
  const pathRow = (caseId: string) =>
    db
      .selectFrom('illegal_path')
      .selectAll()
      .where('school_id', '=', schoolId)
      .where('case_id', '=', idOr(caseId))
      .executeTakeFirst()
  const stepsOf = (caseId: string) =>
    db
      .selectFrom('illegal_step')
      .selectAll()
      .where('school_id', '=', schoolId)
      .where('case_id', '=', caseId)
      .orderBy('at')
      .execute()
  return {
    /** Whether a case takes no file, ever. True also for what is no case: nothing is taken where nothing is known. */
    refusesFiles: async (caseId: string): Promise<boolean> => !isId(caseId) || (await pathRow(caseId)) !== undefined,
    path: async (caseId: string): Promise<IllegalPath | null> => {
      const row = await pathRow(caseId)
      if (!row) return null
      const steps = await stepsOf(caseId)
      return {
        caseId: row.case_id,
        suspicion: row.suspicion,
        begunAt: row.begun_at,
        begunBy: row.begun_by,
        hasAddress: row.address !== null,
        finishedAt: row.finished_at,
        // Only `addStep` writes a step, from the type.
        steps: steps.map(step => ({
          step: step.step as IllegalStep,
          at: step.at,
          recordedAt: step.recorded_at,
          byId: step.by_id,
        })),
      }
    },
    /** The address, broken up so that nothing takes it for one; and the words of each step. */
    words: async (file: Case): Promise<{ address: string | null; steps: ReadonlyMap<string, string> }> => {
      const row = await pathRow(file.id)
      const steps = await stepsOf(file.id)
      const words = await Promise.all(
        steps
          .filter(step => step.words !== null)
          .map(
            async (step): Promise<[string, string]> => [
              step.step,
              await seal.open(file.keyId, step.words ?? Buffer.alloc(0)),
            ],
          ),
      )
      return {
        address: row?.address ? defanged(await seal.open(file.keyId, row.address)) : null,
        steps: new Map(words),
      }
    },
    latestPaths: (limit = 50) =>
      db
        .selectFrom('illegal_path')
        .select(['case_id', 'suspicion', 'begun_at', 'finished_at'])
        .where('school_id', '=', schoolId)
        .orderBy('begun_at', 'desc')
        .limit(limit)
        .execute(),
    stepTimes: async (caseId: string): Promise<ReadonlyMap<string, Date>> =>
      new Map((await stepsOf(caseId)).map(step => [step.step, step.at])),
  }
}

export type IllegalWrites = ReturnType<typeof illegalWrites>
export function illegalWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...illegalReads({ ...context, db: tx }),
    addStep: async (file: Case, byId: string, step: IllegalStep, at: Date, words: string | null): Promise<void> => {
      await tx
        .insertInto('illegal_step')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          case_id: file.id,
          step,
          at,
          recorded_at: now,
          by_id: byId,
          words: words === null ? null : await seal.seal(file.keyId, words),
        })
        .execute()
    },
    setAddress: async (file: Case, address: string): Promise<void> => {
      await tx
        .updateTable('illegal_path')
        .set({ address: await seal.seal(file.keyId, address), finished_at: null })
        .where('school_id', '=', schoolId)
        .where('case_id', '=', file.id)
        .execute()
    },
    finish: (caseId: string) =>
      tx
        .updateTable('illegal_path')
        .set({ finished_at: now })
        .where('school_id', '=', schoolId)
        .where('case_id', '=', caseId)
        .execute(),
  }
}
