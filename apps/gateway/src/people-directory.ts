/** Who may use the proxy, found by the name that they type. Built anew from each bundle. */
import type { BundlePayload, BundlePerson, BundleSchool } from '@gatehouse/engine/bundle'

export interface Member {
  readonly school: BundleSchool
  readonly person: BundlePerson
  /** True unless every group of theirs is known and for adults: who is not known to be grown up is a child. */
  readonly isChild: boolean
}

/** Nobody's groups, and a group that the school does not have, are a child's. */
export const isChildOf = ({ rules }: BundleSchool, groups: readonly string[]): boolean =>
  groups.length === 0 || groups.some(id => rules.groups.find(group => group.id === id)?.audience !== 'adult')

export interface PeopleDirectory {
  readonly size: number
  /** Some person's hash, to tell what verifying costs in this bundle. */
  readonly typicalHash: string | undefined
  /**
   * The one person who goes by this name: `user`, or `user@school` (the school's id or name) where several schools
   * have such a user. Undefined when nobody does or when the name alone does not tell which.
   */
  find(name: string): Member | undefined
  byId(schoolId: string, personId: string): Member | undefined
}

/** Names are compared without regard to case, in Unicode's composed form. */
export const plainName = (name: string): string => name.normalize('NFC').toLowerCase()

export function createPeopleDirectory(payload: BundlePayload | undefined): PeopleDirectory {
  const byName = new Map<string, Member[]>()
  const byIds = new Map<string, Member>()
  for (const school of payload?.schools ?? []) {
    for (const person of school.people) {
      const member = { school, person, isChild: isChildOf(school, person.groups) }
      const name = plainName(person.username)
      const namesakes = byName.get(name)
      if (namesakes) namesakes.push(member)
      else byName.set(name, [member])
      byIds.set(`${school.id}\n${person.id}`, member)
    }
  }
  const only = (members: readonly Member[] | undefined): Member | undefined =>
    members?.length === 1 ? members[0] : undefined
  return {
    size: byIds.size,
    typicalHash: payload?.schools.find(school => school.people.length > 0)?.people[0]?.proxyHash,
    byId: (schoolId, personId) => byIds.get(`${schoolId}\n${personId}`),
    find(name) {
      const whole = plainName(name)
      const direct = byName.get(whole)
      if (direct) return only(direct)
      const at = whole.lastIndexOf('@')
      if (at < 1) return undefined
      const wanted = whole.slice(at + 1)
      const there = (byName.get(whole.slice(0, at)) ?? []).filter(
        ({ school }) => school.id === wanted || plainName(school.name) === wanted,
      )
      return only(there)
    },
  }
}
