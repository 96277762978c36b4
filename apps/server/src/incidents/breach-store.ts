import type { Selectable } from 'kysely'
import type { Actor } from '../platform/actor.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import type { Loss, Risk } from './breach.ts'
import { idOr } from './case-parts-store.ts'
import { type Case, caseVisibleTo } from './case-store.ts'
import type { BreachEntryKind, CaseTables } from './incidents-tables.ts'

export interface Breach {
  readonly caseId: string
  /** Written once; what is known later stands beside it as an annotation. */
  readonly awareAt: Date
  readonly recordedAt: Date
  readonly loss: Loss
  readonly risk: Risk | null
  readonly notify: boolean | null
  readonly decidedAt: Date | null
  readonly decidedBy: string | null
  readonly notifiedAt: Date | null
  readonly peopleToldAt: Date | null
}
export interface BreachEntry {
  readonly id: string
  readonly kind: BreachEntryKind
  readonly version: number
  readonly at: Date
  readonly byId: string
  /** What was said then, by name of item. */
  readonly content: Readonly<Record<string, string>>
}

export type BreachReads = ReturnType<typeof breachReads>
export function breachReads({ db, schoolId, seal }: ReadContext) {
  return {
    of: async (caseId: string): Promise<Breach | null> => {
      const row = await db
        .selectFrom('data_breach')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('case_id', '=', idOr(caseId))
        .executeTakeFirst()
      return row ? breachOf(row) : null
    },
    /** Everything said about a breach, oldest first. */
    entries: async (file: Case): Promise<BreachEntry[]> =>
      Promise.all(
        (
          await db
            .selectFrom('breach_entry')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where('case_id', '=', file.id)
            .orderBy('at')
            .orderBy('version')
            .execute()
        ).map(async row => ({
          id: row.id,
          kind: row.kind,
          version: row.version,
          at: row.at,
          byId: row.by_id,
          // Sealed by `addEntry` alone, from a record of strings.
          content: JSON.parse(await seal.open(file.keyId, row.content)) as Record<string, string>,
        })),
      ),
    /** The register: every breach of a case this actor may see, newest first. */
    register: async (actor: Actor, limit = 200) =>
      (
        await db
          .selectFrom('data_breach')
          .innerJoin('case_file', join =>
            join
              .onRef('case_file.school_id', '=', 'data_breach.school_id')
              .onRef('case_file.id', '=', 'data_breach.case_id'),
          )
          .selectAll('data_breach')
          .select(['case_file.status', 'case_file.kind', 'case_file.seriousness'])
          .where('data_breach.school_id', '=', schoolId)
          .where(caseVisibleTo(actor))
          .orderBy('aware_at', 'desc')
          .limit(limit)
          .execute()
      ).map(row => ({ ...breachOf(row), status: row.status, kind: row.kind, seriousness: row.seriousness })),
    /** For controls: times and decisions, no content. */
    latest: async (limit = 50): Promise<Breach[]> =>
      (
        await db
          .selectFrom('data_breach')
          .selectAll()
          .where('school_id', '=', schoolId)
          .orderBy('aware_at', 'desc')
          .limit(limit)
          .execute()
      ).map(breachOf),
  }
}

export type BreachWrites = ReturnType<typeof breachWrites>
export function breachWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...breachReads({ ...context, db: tx }),
    /** Adds what was said now as the next version of its kind; nothing said before is touched. @returns the version. */
    addEntry: async (
      file: Case,
      byId: string,
      kind: BreachEntryKind,
      content: Readonly<Record<string, string>>,
    ): Promise<number> => {
      const last = await tx
        .selectFrom('breach_entry')
        .select(({ fn }) => fn.max('version').as('version'))
        .where('school_id', '=', schoolId)
        .where('case_id', '=', file.id)
        .where('kind', '=', kind)
        .executeTakeFirst()
      const version = (last?.version ?? 0) + 1
      await tx
        .insertInto('breach_entry')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          case_id: file.id,
          kind,
          version,
          at: now,
          by_id: byId,
          content: await seal.seal(file.keyId, JSON.stringify(content)),
        })
        .execute()
      return version
    },
    set: (
      caseId: string,
      values: Partial<
        Pick<
          Selectable<CaseTables['data_breach']>,
          'risk' | 'loss' | 'notify' | 'decided_at' | 'decided_by' | 'reasons' | 'notified_at' | 'people_told_at'
        >
      >,
    ) =>
      tx
        .updateTable('data_breach')
        .set(values)
        .where('school_id', '=', schoolId)
        .where('case_id', '=', caseId)
        .execute(),
  }
}

const breachOf = (row: Selectable<CaseTables['data_breach']>): Breach => ({
  caseId: row.case_id,
  awareAt: row.aware_at,
  recordedAt: row.recorded_at,
  loss: row.loss,
  risk: row.risk,
  notify: row.notify,
  decidedAt: row.decided_at,
  decidedBy: row.decided_by,
  notifiedAt: row.notified_at,
  peopleToldAt: row.people_told_at,
})
