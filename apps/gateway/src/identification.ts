/**
 * Who is asking, in this order; the first that has an answer counts:
 *
 * | | what | then |
 * |---|---|---|
 * | 1 | name and password (Proxy-Authorization) | the person; a wrong password is asked for again and never passed over |
 * | 2 | the device's address in the device map | the person whom the device stands for |
 * | 3 | the smallest network around the address that has a group of its own | that group, and nobody by name |
 * | 4 | none of these | asked to sign in |
 *
 * The address is that of the connection. `X-Forwarded-For` says nothing, unless the connection comes from a front that
 * the operator named: then it is the last address in it that is not itself a front, which the front wrote and not the client.
 */
import type { Socket } from 'node:net'
import { type NetworkMap, plainAddress } from './network-map.ts'
import type { PeopleDirectory } from './people-directory.ts'
import type { ProxyCredentials } from './proxy-credentials.ts'
import { type Visitor, visitorOf, visitorOfGroup } from './visitor.ts'

export type Identified =
  | { readonly kind: 'known'; readonly visitor: Visitor }
  | { readonly kind: 'unknown' }
  /** Guessed too often, or too many are asking at once. */
  | { readonly kind: 'wait'; readonly seconds: number }

/** What of a request says who asks. All attacker-controlled, save what a front wrote. */
export interface Claims {
  readonly proxyAuthorization: string | undefined
  readonly forwardedFor: string | readonly string[] | undefined
}

export interface Identification {
  identify(claims: Claims, socket: Socket): Identified | Promise<Identified>
  /** The same visitor by the bundle that is in force now; undefined if they would not be let in as that any more. */
  renewed(visitor: Visitor): Visitor | undefined
}

export interface IdentificationOptions {
  readonly credentials: ProxyCredentials
  readonly people: () => PeopleDirectory
  readonly networks: () => NetworkMap
  readonly isFront: (address: string) => boolean
  /** Hardware address of a machine on our own network segment. */
  readonly hardwareAddress: (address: string) => string | undefined
}

/** What was found for a connection, as long as nothing that it rests on changes. */
interface Remembered {
  readonly networks: NetworkMap
  readonly person: Visitor['person']
  readonly visitor: Visitor
}

/** Addresses whose visitors are remembered; more than any school has devices. */
const maxRemembered = 20_000

export function createIdentification(options: IdentificationOptions): Identification {
  const { credentials, people, networks, isFront } = options
  const addresses = new WeakMap<object, string>()
  const remembered = new WeakMap<object, Remembered>()

  const addressOf = (socket: Socket, forwardedFor: Claims['forwardedFor']): string => {
    let own = addresses.get(socket)
    if (own === undefined) {
      own = plainAddress(socket.remoteAddress ?? '')
      addresses.set(socket, own)
    }
    if (forwardedFor === undefined || !isFront(own)) return own
    const said = [forwardedFor].flat().join(',').split(',')
    for (const part of said.reverse()) {
      const address = plainAddress(part)
      if (address === '') return own
      if (!isFront(address)) return address
    }
    return own
  }

  let atAddresses = { map: networks(), found: new Map<string, Visitor | undefined>() }
  /** One visitor for an address as long as the networks are the same, as one browser's hundred requests are. */
  const byAddress = (address: string): Visitor | undefined => {
    const map = networks()
    // Who has a hardware address can change without them.
    if (map.usesHardwareAddresses) return foundAt(map, address)
    if (atAddresses.map !== map || atAddresses.found.size >= maxRemembered) atAddresses = { map, found: new Map() }
    const { found } = atAddresses
    if (!found.has(address)) found.set(address, foundAt(map, address))
    return found.get(address)
  }
  const foundAt = (map: NetworkMap, address: string): Visitor | undefined => {
    const owner = map.deviceOwner(address, map.usesHardwareAddresses ? options.hardwareAddress(address) : undefined)
    if (owner) return visitorOf(owner, 'device', address, map.placeOf(owner.school, address))
    const own = map.ownGroupAt(address)
    return own?.place.group ? visitorOfGroup(own.school, own.place.group, address, own.place) : undefined
  }

  return {
    identify({ proxyAuthorization, forwardedFor }, socket) {
      const address = addressOf(socket, forwardedFor)
      if (proxyAuthorization === undefined) {
        const visitor = byAddress(address)
        return visitor ? { kind: 'known', visitor } : { kind: 'unknown' }
      }
      const answer = credentials.identify(proxyAuthorization, address, socket)
      const known = (found: Awaited<typeof answer>): Identified => {
        if (found.kind !== 'known') return found
        const { member } = found
        const before = remembered.get(socket)
        const map = networks()
        if (before?.person === member.person && before.networks === map && before.visitor.address === address) {
          return { kind: 'known', visitor: before.visitor }
        }
        const visitor = visitorOf(member, 'password', address, map.placeOf(member.school, address))
        remembered.set(socket, { networks: map, person: member.person, visitor })
        return { kind: 'known', visitor }
      }
      return answer instanceof Promise ? answer.then(known) : known(answer)
    },
    renewed(visitor) {
      const { school, person, address, by } = visitor
      if (by !== 'password' || !person) {
        const now = byAddress(address)
        return now?.school.id === school.id && now.person?.id === person?.id && now.by === by ? now : undefined
      }
      const member = people().byId(school.id, person.id)
      if (!member || member.person.proxyHash !== person.proxyHash) return undefined
      return member.person === person
        ? visitor
        : visitorOf(member, by, address, networks().placeOf(member.school, address))
    },
  }
}
