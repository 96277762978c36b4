import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type ReadContext, type WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Purpose } from './look.ts'

/*
 * Looking into a device unannounced (B-monitoring-01): a power over what the school owns or leases, and over nothing else
 *. A pupil's device is searched, if at all, within a case, under the Education Act.
 */

export const owners = ['school', 'leased', 'pupil', 'staff', 'other'] as const
export type Owner = (typeof owners)[number]
export const ownerNames: Record<Owner, string> = {
  school: 'The school',
  leased: 'It is leased by the school',
  pupil: 'A pupil',
  staff: 'A member of staff, personally',
  other: 'Somebody else, or nobody knows',
}
/** null where an inspection may go on; otherwise why it stops. */
export const whyNotInspect = (owner: Owner): string | null =>
  owner === 'school' || owner === 'leased'
    ? null
    : owner === 'pupil'
      ? 'This device is a pupil’s. Do not look into it. If there is a reason to search it, that happens in a case, by staff whom the headteacher has authorised, with a witness.'
      : 'There is no power to inspect this device, since it is not the school’s. Do not look into it, and tell the headteacher why you wanted to.'

export interface Inspection {
  readonly id: string
  readonly byId: string
  readonly at: Date
  readonly owner: Owner
  readonly purpose: string
  readonly outcome: 'inspected' | 'refused'
}
export interface NewInspection {
  readonly owner: Owner
  readonly purpose: Purpose
  readonly device: string
  readonly why: string
  readonly found: string
}

export type InspectionReads = ReturnType<typeof inspectionReads>
export function inspectionReads({ db, schoolId, seal }: ReadContext) {
  const rows = () => db.selectFrom('device_inspection').selectAll().where('school_id', '=', schoolId)
  return {
    /** Newest first. */
    list: async (limit = 50): Promise<Inspection[]> =>
      (await rows().orderBy('at', 'desc').limit(limit).execute()).map(row => ({
        id: row.id,
        byId: row.by_id,
        at: row.at,
        owner: owners.find(each => each === row.owner) ?? 'other',
        purpose: row.purpose,
        outcome: row.outcome,
      })),
    /** The device, why, and what was found: a line each. */
    words: async (id: string): Promise<string> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such inspection.')
      return seal.open(row.key_id, row.words)
    },
  }
}

export type InspectionWrites = ReturnType<typeof inspectionWrites>
export const inspectionWrites = ({ tx, schoolId, now, seal }: WriteContext) => ({
  add: async (inspection: NewInspection, byId: string): Promise<string> => {
    const id = newId(now.getTime())
    const keyId = await seal.newKey()
    await tx
      .insertInto('device_inspection')
      .values({
        school_id: schoolId,
        id,
        by_id: byId,
        at: now,
        owner: inspection.owner,
        purpose: inspection.purpose,
        outcome: whyNotInspect(inspection.owner) === null ? 'inspected' : 'refused',
        key_id: keyId,
        words: await seal.seal(keyId, [inspection.device, inspection.why, inspection.found].join('\n')),
      })
      .execute()
    return id
  },
})

export type InspectionService = ReturnType<typeof createInspectionService>
export const createInspectionService = (change: Change<{ readonly inspections: InspectionWrites }>) => ({
  /** Writes an inspection down. @throws {Refusal} `forbidden`, which is written down too, for a device that is not the school's. */
  record: async (actor: Actor, inspection: NewInspection): Promise<string> => {
    mustBeAllowed(actor, 'device.inspect')
    const { personId } = personOf(actor)
    const why = whyNotInspect(inspection.owner)
    const id = await change(actor, async ({ inspections }) => {
      const added = await inspections.add(inspection, personId)
      return changed(added, {
        type: why === null ? 'device.inspected' : 'device.inspection-refused',
        subject: `inspection:${added}`,
        detail: { owner: inspection.owner, purpose: inspection.purpose },
      })
    })
    if (why !== null) throw new Refusal('forbidden', why)
    return id
  },
})
