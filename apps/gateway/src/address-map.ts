/**
 * Who, or where, a client address is: devices that stand for one person, and the networks of the school with the group
 * of whoever is there and cannot be asked. Addresses come from the traffic, and a device's may be forged on a network
 * without port security: a school maps devices only where nobody can be asked.
 */
import { BlockList, isIP } from 'node:net'
import type { BundlePlace, BundleSchool } from '@gatehouse/engine/bundle'

export interface AddressMap {
  /** Id of the person whom the device at this address stands for. */
  personAt(address: string): string | undefined
  /** The narrowest network that holds this address. */
  placeOf(address: string): BundlePlace | undefined
}

/** An IPv4 client of a socket that listens on both families is `::ffff:10.1.2.3`; lower case, no zone, no brackets. */
export const plainAddress = (address: string): string =>
  address
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')

export function createAddressMap({ places, devices }: Pick<BundleSchool, 'places' | 'devices'>): AddressMap {
  const persons = new Map(devices.map(({ address, personId }) => [plainAddress(address), personId]))
  const networks: { readonly bits: number; readonly list: BlockList; readonly place: BundlePlace }[] = []
  for (const place of places) {
    for (const subnet of place.subnets) {
      const [network = '', length] = subnet.split('/')
      const family = isIP(network)
      if (family === 0) continue
      const bits = length === undefined ? (family === 4 ? 32 : 128) : Number(length)
      if (!(Number.isInteger(bits) && bits >= 0 && bits <= (family === 4 ? 32 : 128))) continue
      const list = new BlockList()
      list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6')
      // 32 bits of IPv4 are as narrow as 128 of IPv6, and an address is only ever compared within its family.
      networks.push({ bits, list, place })
    }
  }
  networks.sort((one, other) => other.bits - one.bits || (one.place.id < other.place.id ? -1 : 1))
  return {
    personAt: address => persons.get(plainAddress(address)),
    placeOf(address) {
      const plain = plainAddress(address)
      const family = isIP(plain)
      if (family === 0) return undefined
      return networks.find(({ list }) => list.check(plain, family === 4 ? 'ipv4' : 'ipv6'))?.place
    },
  }
}
