/** Who asks, from what Squid knows of them: the name they signed in with, or the address they come from. */
import type { BundlePayload, BundleSchool } from '@gatehouse/engine/bundle'
import { createNetworkMap, plainAddress } from '../network-map.ts'
import type { PeopleDirectory } from '../people-directory.ts'
import { type Visitor, visitorOf, visitorOfGroup } from '../visitor.ts'

export interface Requesters {
  /**
   * The person of this name, else the person whose device it is, else whoever is on this network, else the group for
   * everybody unknown. Undefined when none of these is anybody.
   */
  find(login: string, source: string): Visitor | undefined
}

/** A school has some hundreds of people and devices at work at once. */
const maxRemembered = 20_000

/**
 * @param schoolId undefined for all schools of the bundle
 * @param group for everybody without a known person
 */
export function createRequesters(
  payload: BundlePayload,
  people: PeopleDirectory,
  schoolId: string | undefined,
  group: string | undefined,
): Requesters {
  const schools = payload.schools.filter(({ id }) => schoolId === undefined || id === schoolId)
  const networks = createNetworkMap({ ...payload, schools }, people)
  const isOwn = (school: BundleSchool): boolean => schools.some(({ id }) => id === school.id)
  const known = new Map<string, Visitor | undefined>()

  const byLogin = (login: string, address: string): Visitor | undefined => {
    const member = people.find(login) ?? (schoolId === undefined ? undefined : people.find(`${login}@${schoolId}`))
    if (!member || !isOwn(member.school)) return undefined
    return visitorOf(member, 'password', address, networks.placeOf(member.school, address))
  }
  const byAddress = (address: string): Visitor | undefined => {
    const owner = networks.deviceOwner(address, undefined)
    if (owner) return visitorOf(owner, 'device', address, networks.placeOf(owner.school, address))
    const own = networks.ownGroupAt(address)
    return own?.place.group ? visitorOfGroup(own.school, own.place.group, address, own.place) : undefined
  }
  const byGroup = (address: string): Visitor | undefined => {
    const [school, second] = schools
    if (group === undefined || !school || second) return undefined
    return visitorOfGroup(school, group, address, networks.placeOf(school, address))
  }

  return {
    find(login, source) {
      const key = `${source} ${login}`
      const before = known.get(key)
      if (before || known.has(key)) return before
      const address = plainAddress(source)
      const found = (login === '' ? undefined : byLogin(login, address)) ?? byAddress(address) ?? byGroup(address)
      if (known.size >= maxRemembered) known.clear()
      known.set(key, found)
      return found
    },
  }
}
