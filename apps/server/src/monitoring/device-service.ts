import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import type { Device, DeviceReads, DeviceSays, DeviceWrites } from './device-store.ts'

/** How a device is known: school, its id and its key, as the managed settings of its browser hold them. */
export interface DeviceClaim {
  readonly schoolId: string
  readonly deviceId: string
  readonly key: string
}

/** A device that said nothing for this long on a day on which it spoke before is raised as unknown. */
const silentMs = 24 * 3_600_000

const writtenMs = 3_600_000

const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex')

/** Reads `Bearer <school>.<device>.<key>`. */
export function deviceClaim(authorization: string | undefined): DeviceClaim | null {
  const found = /^Bearer ([a-z0-9-]{1,40})\.([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/.exec(authorization ?? '')
  return found ? { schoolId: found[1] ?? '', deviceId: found[2] ?? '', key: found[3] ?? '' } : null
}

interface Writes {
  readonly devices: DeviceWrites
  readonly people: PeopleReads
  readonly messages: MessageWrites
}

export type DeviceService = ReturnType<typeof createDeviceService>
export function createDeviceService(parts: {
  change: Change<Writes>
  read: Read<{ readonly devices: DeviceReads; readonly people: PeopleReads }>
  schools: () => Promise<readonly { readonly id: string }[]>
}) {
  const { change, read, schools } = parts
  return {
    /** @returns the device's token, shown now and never again. */
    enrol: (actor: Actor, device: { name: string; place: string }): Promise<{ id: string; token: string }> =>
      change(actor, async ({ devices }) => {
        mustBeAllowed(actor, 'device.manage')
        const { personId, schoolId } = personOf(actor)
        const key = randomBytes(32).toString('base64url')
        const id = await devices.add({ ...device, keyDigest: digestOf(key), by: personId })
        return changed(
          { id, token: `${schoolId}.${id}.${key}` },
          { type: 'device.enrolled', subject: `device:${id}`, detail: { place: device.place } },
        )
      }),
    /** Its key counts no more from this moment. */
    revoke: (actor: Actor, id: string): Promise<void> =>
      change(actor, async ({ devices }) => {
        mustBeAllowed(actor, 'device.manage')
        const { personId } = personOf(actor)
        await devices.device(id)
        await devices.revoke(id, personId)
        return changed(undefined, { type: 'device.revoked', subject: `device:${id}` })
      }),
    /** The device behind a claim, or null: unknown, revoked, or not its key. */
    known: async (claim: DeviceClaim): Promise<Device | null> => {
      // Without this an unknown school's name would reach the database.
      if (!(await schools()).some(({ id }) => id === claim.schoolId)) return null
      const device = await read(claim.schoolId, ({ devices }) => devices.device(claim.deviceId)).catch(() => null)
      if (!device || device.revokedAt) return null
      const [one, other] = [Buffer.from(digestOf(claim.key)), Buffer.from(device.keyDigest)]
      return one.length === other.length && timingSafeEqual(one, other) ? device : null
    },
    /** Whom the device's user is at this school: by school mail address, else by username. Null where it is nobody. */
    userOf: (schoolId: string, user: string): Promise<{ personId: string; groups: readonly string[] } | null> =>
      read(schoolId, async ({ people }) => {
        const typed = user.trim().toLowerCase()
        // PostgreSQL takes no text with a null in it.
        if (typed === '' || typed.length > 320 || typed.includes('\0')) return null
        const byMail = await people.personByEmail(typed)
        const account = byMail ? null : await people.accountByUsername(typed.split('@')[0] ?? '')
        const personId = byMail ?? account?.personId ?? null
        if (personId === null) return null
        return { personId, groups: await people.filterGroupsOf(personId) }
      }),
    /** A sign of life: written down once an hour, and at once where something changed. */
    beat: async (schoolId: string, device: Device, said: DeviceSays, now: Date): Promise<void> => {
      const isSame =
        device.version === said.version &&
        device.userId === said.userId &&
        device.userUnknown === said.userUnknown &&
        device.monitored === said.monitored
      const isFresh = device.seenAt !== null && now.getTime() - device.seenAt.getTime() < writtenMs
      if (isSame && isFresh && !device.silentSince) return
      await change(systemActor(schoolId, 'monitoring'), async ({ devices, people, messages }) => {
        await devices.seen(device.id, said)
        const events: LedgerEvent[] = []
        if (said.userUnknown && !device.userUnknown) {
          const acting = await people.whoActsAs('network-manager')
          if (acting) await messages.tell([acting.personId], 'device.unknown-user', '/monitoring/devices')
          events.push({ type: 'device.user-unknown', subject: `device:${device.id}` })
        }
        return changed(
          undefined,
          {
            type: device.silentSince ? 'device.speaks-again' : 'device.seen',
            subject: `device:${device.id}`,
            detail: { version: said.version },
          },
          ...events,
        )
      })
    },
    /** How a device's detector did on the texts on which each is tried. Once told of a fault, the network manager is not told again until it was well. */
    checked: (
      schoolId: string,
      device: Device,
      result: { detector: string; missed: readonly string[] },
    ): Promise<void> =>
      change(systemActor(schoolId, 'monitoring'), async ({ devices, people, messages }) => {
        await devices.checked(device.id, result.detector, result.missed)
        if (result.missed.length > 0 && (device.check?.missed.length ?? 0) === 0) {
          const acting = await people.whoActsAs('network-manager')
          if (acting) await messages.tell([acting.personId], 'device.check-failed', '/monitoring/devices')
        }
        return changed(undefined, {
          type: result.missed.length === 0 ? 'device.check-passed' : 'device.check-failed',
          subject: `device:${device.id}`,
          detail: { detector: result.detector, missed: [...result.missed] },
        })
      }),
    /** Raises devices that have fallen silent. @returns how many; 0 writes nothing. */
    raiseSilent: async (schoolId: string, now: Date): Promise<number> => {
      const silent = await read(schoolId, ({ devices }) => devices.newlySilent(new Date(now.getTime() - silentMs)))
      if (silent.length === 0) return 0
      return change(systemActor(schoolId, 'worker'), async ({ devices, people, messages }) => {
        for (const { id } of silent) await devices.silent(id)
        const acting = await people.whoActsAs('network-manager')
        if (acting) await messages.tell([acting.personId], 'device.silent', '/monitoring/devices')
        return changed(silent.length, {
          type: 'device.silent',
          subject: 'device:silence',
          detail: { devices: silent.length, ids: silent.slice(0, 50).map(({ id }) => id) },
        })
      })
    },
  }
}
