import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { type BundlePayload, deviceRulesFormat } from '@gatehouse/engine/bundle'
import type { SchoolRules } from '@gatehouse/engine/concern/school-rules'
import { type BundleFile, maxAgeMinutes } from '../filtering/bundle-publisher.ts'
import { type FilterPeopleReads, filterPeople } from '../filtering/filter-people.ts'
import type { ListsFolder } from '../filtering/lists-folder.ts'
import type { Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'

/**
 * The school's rules for one device: what the gateways hold, with nobody in it but the device's own user. Signed by the same
 * key as the gateways' bundle, under a name of its own, so that neither can be played to the other.
 */
export function createDeviceRules(parts: {
  read: Read<{ readonly people: FilterPeopleReads }>
  bundle: BundleFile
  lists: ListsFolder
  key: KeyObject
  pausedPeople: (schoolId: string) => Promise<ReadonlySet<string>>
  /** What the school changed about the rules for concerns. */
  concernRules: (schoolId: string) => Promise<SchoolRules>
  clock: Clock
}) {
  const { read, bundle, lists, key, pausedPeople, concernRules, clock } = parts
  return {
    /** By which a device checks its rules: base64 of the 32 bytes of the Ed25519 key (RFC 8032). */
    publicKey: Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64'),
    /** The signed rules, and a tag that changes when they do; null while nothing has been published. */
    rulesFor: async (
      schoolId: string,
      user: { readonly personId: string; readonly groups: readonly string[] } | null,
    ): Promise<{ text: string; etag: string } | null> => {
      const published = bundle.current()
      const school = published.ok ? published.bundle.payload.schools.find(({ id }) => id === schoolId) : undefined
      if (!published.ok || !school) return null
      const { payload } = published.bundle
      const found = user
        ? await read(schoolId, async ({ people }) =>
            (await filterPeople(people, clock(), [user.personId])).get(user.personId),
          )
        : undefined
      const suspended = user ? (await pausedPeople(schoolId)).has(user.personId) : false
      const people = user
        ? [
            {
              id: user.personId,
              username: 'user',
              groups: [...user.groups].sort(),
              // A device needs no password; the form asks for one.
              proxyHash: `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(11)}$${'A'.repeat(22)}`,
              suspended,
              classes: found?.classes ?? [],
              year: found?.year ?? null,
              turns13On: found?.turns13On ?? null,
            },
          ]
        : []
      const said = {
        format: deviceRulesFormat,
        v: 1,
        serial: payload.serial,
        maxAgeMinutes,
        listsFile: payload.listsFile,
        listsSha256: payload.listsSha256,
        testSite: null,
        allowPrivate: [],
        blockPageBase: payload.blockPageBase,
        schools: [{ ...school, people, devices: [], concerns: await concernRules(schoolId) }],
      } as const
      const etag = createHash('sha256').update(JSON.stringify(said)).digest('hex')
      const bytes = Buffer.from(JSON.stringify({ ...said, issuedAt: payload.issuedAt } satisfies BundlePayload), 'utf8')
      return {
        etag,
        text: JSON.stringify({
          payload: bytes.toString('base64'),
          signature: sign(null, bytes, key).toString('base64'),
          keyId: 'device-rules',
        }),
      }
    },
    /** The compiled lists of this digest; null where there are none. */
    lists: (sha256: string): Buffer | null =>
      /^[0-9a-f]{64}$/.test(sha256) && existsSync(lists.path(sha256)) ? readFileSync(lists.path(sha256)) : null,
  }
}
export type DeviceRules = ReturnType<typeof createDeviceRules>
