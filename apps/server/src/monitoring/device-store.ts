import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'

/** Row types of `migrations/0018-devices.sql` and `0021-detector-check.sql`. */
export interface DeviceTables {
  device: {
    school_id: string
    id: string
    name: string
    place: string
    key_digest: string
    made_at: Date
    made_by: string
    revoked_at: Date | null
    revoked_by: string | null
    seen_at: Date | null
    version: string | null
    user_id: string | null
    user_unknown: boolean
    silent_since: Date | null
    monitored: boolean
    checked_at: Date | null
    check_detector: string | null
    check_missed: string[]
  }
}

export interface Device {
  readonly id: string
  readonly name: string
  readonly place: string
  readonly keyDigest: string
  readonly madeAt: Date
  readonly revokedAt: Date | null
  readonly seenAt: Date | null
  readonly version: string | null
  readonly userId: string | null
  readonly userUnknown: boolean
  readonly silentSince: Date | null
  /** Whether its user was monitored when it last spoke: what it was told. */
  readonly monitored: boolean
  /** How its detector did when it was last tried. */
  readonly check: { readonly at: Date; readonly detector: string; readonly missed: readonly string[] } | null
}

/** What a sign of life says. */
export interface DeviceSays {
  readonly version: string
  readonly userId: string | null
  readonly userUnknown: boolean
  readonly monitored: boolean
}

export type DeviceReads = ReturnType<typeof deviceReads>
export function deviceReads({ db, schoolId, now }: ReadContext) {
  const rows = () => db.selectFrom('device').selectAll().where('school_id', '=', schoolId)
  return {
    now,
    device: async (id: string): Promise<Device> => {
      const row = isId(id) ? await rows().where('id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', 'There is no such device at this school.')
      return deviceOf(row)
    },
    /** Those with a key that counts, by name. */
    devices: async (limit = 2000): Promise<Device[]> =>
      (await rows().where('revoked_at', 'is', null).orderBy('name').limit(limit).execute()).map(deviceOf),
    /** Spoke once, and have not since an instant; not raised yet. */
    newlySilent: async (since: Date): Promise<Device[]> =>
      (
        await rows()
          .where('revoked_at', 'is', null)
          .where('silent_since', 'is', null)
          .where('seen_at', '<', since)
          .limit(500)
          .execute()
      ).map(deviceOf),
  }
}

export type DeviceWrites = ReturnType<typeof deviceWrites>
export function deviceWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  const set = (id: string, values: Partial<Omit<DeviceTables['device'], 'school_id' | 'id'>>) =>
    tx.updateTable('device').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  return {
    ...deviceReads({ ...context, db: tx }),
    add: async (device: { name: string; place: string; keyDigest: string; by: string }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('device')
        .values({
          school_id: schoolId,
          id,
          name: device.name,
          place: device.place,
          key_digest: device.keyDigest,
          made_at: now,
          made_by: device.by,
          revoked_at: null,
          revoked_by: null,
          seen_at: null,
          version: null,
          user_id: null,
          user_unknown: false,
          silent_since: null,
          monitored: false,
          checked_at: null,
          check_detector: null,
          check_missed: [],
        })
        .execute()
      return id
    },
    revoke: (id: string, by: string) => set(id, { revoked_at: now, revoked_by: by }),
    seen: (id: string, said: DeviceSays) =>
      set(id, {
        seen_at: now,
        version: said.version,
        user_id: said.userId,
        user_unknown: said.userUnknown,
        monitored: said.monitored,
        silent_since: null,
      }),
    silent: (id: string) => set(id, { silent_since: now }),
    checked: (id: string, detector: string, missed: readonly string[]) =>
      set(id, { checked_at: now, check_detector: detector, check_missed: [...missed] }),
  }
}

const deviceOf = (row: Selectable<DeviceTables['device']>): Device => ({
  id: row.id,
  name: row.name,
  place: row.place,
  keyDigest: row.key_digest,
  madeAt: row.made_at,
  revokedAt: row.revoked_at,
  seenAt: row.seen_at,
  version: row.version,
  userId: row.user_id,
  userUnknown: row.user_unknown,
  silentSince: row.silent_since,
  monitored: row.monitored,
  check: row.checked_at ? { at: row.checked_at, detector: row.check_detector ?? '', missed: row.check_missed } : null,
})
