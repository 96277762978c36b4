import { createHmac } from 'node:crypto'
import type { BundlePerson } from '@gatehouse/engine/bundle'
import { type Algorithm, hash } from '@node-rs/argon2'
import type { Keys } from '../platform/keys.ts'

/*
 * Accounts that are nobody's: one a group, through which the filter is asked what it does for that group. Their passwords are
 * 256 bits derived from the installation's secret, so every process of it knows them and no file or table holds them.
 */

export interface Probers {
  /** Username and password of a group's prober at a school. */
  of(schoolId: string, group: string): { readonly username: string; readonly password: string }
  /** Their rows in the bundle; the same bytes each time. */
  people(schoolId: string, groups: readonly string[]): Promise<readonly BundlePerson[]>
}

/** How the person's id of an activity event starts when it was a prober. */
const prefix = 'probe:'
export const isProber = (personId: string): boolean => personId.startsWith(prefix)

/** The password has 256 random bits: nothing is gained by making it slow to try. 2 is Argon2id, see people/passwords.ts. */
const cost = { algorithm: 2 as Algorithm, memoryCost: 64, timeCost: 1, parallelism: 1 }

export function createProbers(keys: Keys): Probers {
  const secret = keys.secret('filter probers')
  const derive = (words: string): Buffer => createHmac('sha256', secret).update(words).digest()
  const made = new Map<string, Promise<BundlePerson>>()
  const of: Probers['of'] = (schoolId, group) => ({
    username: `probe-${group}@${schoolId}`,
    password: derive(`${schoolId}\n${group}`).toString('hex'),
  })
  const person = async (schoolId: string, group: string): Promise<BundlePerson> => {
    const { username, password } = of(schoolId, group)
    const salt = derive(`salt\n${schoolId}\n${group}`).subarray(0, 16)
    return {
      id: `${prefix}${group}`,
      username,
      groups: [group],
      proxyHash: await hash(password, { ...cost, salt }),
      suspended: false,
      classes: [],
      year: null,
      turns13On: null,
    }
  }
  return {
    of,
    people: (schoolId, groups) =>
      Promise.all(
        groups.map(group => {
          const key = `${schoolId}\n${group}`
          const found = made.get(key) ?? person(schoolId, group)
          made.set(key, found)
          return found
        }),
      ),
  }
}
