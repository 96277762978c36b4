import { type RawBuilder, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import type { PagedThing } from './paging-channel.ts'

/* Who was paged, and who has it by now: of a flag in `flag_page`, of a report in `report_page`, row for row the same. */

export interface Paged {
  /** Which time of paging about this thing: from 1. */
  readonly round: number
  /** Which step of the ladder, from 0. */
  readonly rung: number
  readonly personId: string
  readonly at: Date
  readonly acknowledgedAt: Date | null
  /** Who opened it: the one who was paged, or another who may. */
  readonly acknowledgedBy: string | null
}

const rows: Readonly<Record<PagedThing['kind'], RawBuilder<unknown>>> = {
  flag: sql.table('flag_page'),
  report: sql.table('report_page'),
}
const thing: Readonly<Record<PagedThing['kind'], RawBuilder<unknown>>> = {
  flag: sql.ref('thread_id'),
  report: sql.ref('report_id'),
}

/** Round by round, and in each step by step. */
export const pagesOf = async (
  { db, schoolId }: Pick<ReadContext, 'db' | 'schoolId'>,
  { kind, id }: PagedThing,
): Promise<readonly Paged[]> =>
  (
    await sql<Paged>`
      select round, rung, person_id as "personId", at, acknowledged_at as "acknowledgedAt", acknowledged_by as "acknowledgedBy"
        from ${rows[kind]} where school_id = ${schoolId} and ${thing[kind]} = ${id} order by round, rung`.execute(db)
  ).rows

export async function addPage(
  { tx, schoolId, now }: WriteContext,
  { kind, id }: PagedThing,
  { round, rung, personId }: Pick<Paged, 'round' | 'rung' | 'personId'>,
): Promise<void> {
  await sql`
    insert into ${rows[kind]} (school_id, ${thing[kind]}, round, rung, person_id, at)
    values (${schoolId}, ${id}, ${round}, ${rung}, ${personId}, ${now}) on conflict do nothing`.execute(tx)
}

/** Somebody has it now: every page about it that is open is answered. @returns whether there was one. */
export async function answerPages(
  { tx, schoolId, now }: WriteContext,
  { kind, id }: PagedThing,
  personId: string,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update ${rows[kind]} set acknowledged_at = ${now}, acknowledged_by = ${personId}
     where school_id = ${schoolId} and ${thing[kind]} = ${id} and acknowledged_at is null`.execute(tx)
  return (numAffectedRows ?? 0n) > 0n
}
