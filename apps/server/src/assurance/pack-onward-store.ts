import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { AssuranceTables } from './assurance-tables.ts'
import type { Onward, OnwardReport, OnwardWay } from './pack-onward.ts'

type Row = Selectable<AssuranceTables['pack_onward']>

/** What of the packs goes on to the directors. */
export function onwardReads({ db, schoolId, seal }: ReadContext) {
  const reportOf = async (row: Row): Promise<OnwardReport | null> =>
    row.reported_by && row.reported_at && row.reported_on && row.reported_to && row.how && row.digest
      ? {
          by: row.reported_by,
          at: row.reported_at,
          on: row.reported_on,
          to: await seal.open(row.key_id, row.reported_to),
          // Only `reportOnward` writes the column, from the type.
          how: row.how as OnwardWay,
          digest: row.digest,
        }
      : null
  return {
    /** Of one pack, the first asked for first. */
    onward: async (packId: string): Promise<Onward[]> => {
      const found = await db
        .selectFrom('pack_onward')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('pack_id', '=', packId)
        .orderBy('asked_at')
        .execute()
      return Promise.all(
        found.map(async row => ({
          id: row.id,
          packId: row.pack_id,
          askedBy: row.asked_by,
          askedAt: row.asked_at,
          reason: await seal.open(row.key_id, row.reason),
          report: await reportOf(row),
        })),
      )
    },
  }
}

export function onwardWrites({ tx, schoolId, now, seal }: WriteContext) {
  return {
    /** @returns the new one’s id. @throws {Refusal} `conflict` while another of this pack waits. */
    askOnward: async (packId: string, personId: string, reason: string): Promise<string> => {
      const id = newId(now.getTime())
      const keyId = await seal.newKey()
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('pack_onward')
        .values({
          school_id: schoolId,
          id,
          pack_id: packId,
          key_id: keyId,
          asked_by: personId,
          asked_at: now,
          reason: await seal.seal(keyId, reason),
          reported_by: null,
          reported_at: null,
          reported_on: null,
          reported_to: null,
          how: null,
          digest: null,
        })
        .onConflict(conflict => conflict.columns(['school_id', 'pack_id']).where('reported_at', 'is', null).doNothing())
        .executeTakeFirst()
      if (!Number(numInsertedOrUpdatedRows))
        throw new Refusal(
          'conflict',
          'This pack is to be reported onward already. Record that report first; another can be asked for then.',
        )
      return id
    },
    /** @throws {Refusal} `not-found`, or `conflict` when it was recorded meanwhile. */
    reportOnward: async (packId: string, id: string, report: Omit<OnwardReport, 'at'>): Promise<void> => {
      const row = isId(id)
        ? await tx
            .selectFrom('pack_onward')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where('pack_id', '=', packId)
            .where('id', '=', id)
            .forUpdate()
            .executeTakeFirst()
        : undefined
      if (!row) throw new Refusal('not-found', 'There is no such report to pass on.')
      if (row.reported_at)
        throw new Refusal('conflict', 'This report was recorded a moment ago. Open the pack to see who recorded it.')
      await tx
        .updateTable('pack_onward')
        .set({
          reported_by: report.by,
          reported_at: now,
          reported_on: report.on,
          reported_to: await seal.seal(row.key_id, report.to),
          how: report.how,
          digest: report.digest,
        })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute()
    },
  }
}
