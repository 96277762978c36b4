/**
 * What an address says: in which of a school's networks it lies, and for whom a device stands. Built anew from each
 * bundle. Longest prefix first, so that a classroom's own network outranks the school's.
 */
import { BlockList, isIP } from 'node:net'
import type { BundlePayload, BundlePlace, BundleSchool } from '@gatehouse/engine/bundle'
import type { Member, PeopleDirectory } from './people-directory.ts'

export interface NetworkMap {
  /** The school's smallest network that holds this address. */
  placeOf(school: BundleSchool, address: string): BundlePlace | undefined
  /**
   * The network whose own group counts for an address of which nobody knows who it is. Undefined where no network has
   * a group, and where networks of two schools fit equally well: then nobody can tell which rules are meant.
   */
  ownGroupAt(address: string): { readonly school: BundleSchool; readonly place: BundlePlace } | undefined
  /** The person that a device stands for. Undefined where two schools say different things of it. */
  deviceOwner(address: string, hardwareAddress: string | undefined): Member | undefined
  /** True if any device is named by its hardware address, so that the neighbours need reading. */
  readonly usesHardwareAddresses: boolean
}

/** One spelling: IPv4 dressed as IPv6 as IPv4, no zone, lower case, IPv6 as RFC 5952 writes it. '' if no IP address. */
export function plainAddress(text: string): string {
  const [bare = ''] = text.trim().split('%')
  const kind = isIP(bare)
  if (kind === 4) return bare
  if (kind === 0) return ''
  const inBrackets = URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1) ?? ''
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(inBrackets)
  if (!mapped?.[1] || !mapped[2]) return inBrackets
  const [high, low] = [Number.parseInt(mapped[1], 16), Number.parseInt(mapped[2], 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** Which addresses a list of networks ('10.4.0.0/16') and single addresses covers. What is neither covers nothing. */
export function addressesIn(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of networks) {
    const [network = '', bits] = text.split('/')
    const kind = isIP(network)
    if (kind === 0) continue
    const most = kind === 4 ? 32 : 128
    const prefix = bits === undefined ? most : Number(bits)
    if (prefix >= 0 && prefix <= most) list.addSubnet(network, prefix, kind === 4 ? 'ipv4' : 'ipv6')
  }
  return address => {
    const kind = isIP(address)
    return kind !== 0 && list.check(address, kind === 4 ? 'ipv4' : 'ipv6')
  }
}

interface Subnet {
  readonly school: BundleSchool
  readonly place: BundlePlace
  readonly bits: number
  readonly covers: (address: string) => boolean
}

/** Addresses whose networks are remembered; more than any school has devices. */
const maxRemembered = 20_000

export function createNetworkMap(payload: BundlePayload | undefined, people: PeopleDirectory): NetworkMap {
  const subnets: Subnet[] = []
  const devices = new Map<string, Member | undefined>()
  for (const school of payload?.schools ?? []) {
    for (const place of school.places) {
      for (const text of place.subnets) {
        subnets.push({ school, place, bits: Number(text.split('/')[1]), covers: addressesIn([text]) })
      }
    }
    for (const { address, personId } of school.devices) {
      const key = plainAddress(address) || address.toLowerCase()
      // Two schools that both claim a device: it stands for nobody.
      devices.set(key, devices.has(key) ? undefined : people.byId(school.id, personId))
    }
  }
  // A prefix of IPv4 is compared with one of IPv6 never: an address has one family.
  subnets.sort((one, other) => other.bits - one.bits)
  const known = new Map<string, readonly Subnet[]>()
  const around = (address: string): readonly Subnet[] => {
    const found = known.get(address)
    if (found) return found
    if (known.size >= maxRemembered) known.clear()
    const made = subnets.filter(subnet => subnet.covers(address))
    known.set(address, made)
    return made
  }
  return {
    usesHardwareAddresses: [...devices.keys()].some(key => isIP(key) === 0),
    placeOf: (school, address) => around(address).find(subnet => subnet.school === school)?.place,
    ownGroupAt(address) {
      const withGroup = around(address).filter(({ place }) => place.group !== null)
      const [first] = withGroup
      if (!first) return undefined
      const rivals = withGroup.filter(({ bits }) => bits === first.bits)
      return rivals.every(({ place, school }) => school === first.school && place.group === first.place.group)
        ? first
        : undefined
    },
    deviceOwner: (address, hardwareAddress) =>
      devices.get(address) ?? (hardwareAddress === undefined ? undefined : devices.get(hardwareAddress)),
  }
}
