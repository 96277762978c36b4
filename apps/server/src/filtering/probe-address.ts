import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/**
 * An address of this machine inside one of the subnets (`10.0.9.0/24`, `fd00:9::/64`), from which the filter can be asked as
 * a device there would ask it. The loopback network is all this machine's on Linux, so a part of it has its first address.
 * @returns null where this machine has no foot in any of them.
 */
export function probeAddressIn(
  subnets: readonly string[],
  own: readonly string[] = Object.values(networkInterfaces()).flatMap(each =>
    (each ?? []).map(({ address }) => address),
  ),
  platform: NodeJS.Platform = process.platform,
): string | null {
  for (const subnet of subnets) {
    const [network = '', bits = ''] = subnet.split('/')
    const version = isIP(network)
    if (version === 0) continue
    const length = bits === '' ? (version === 4 ? 32 : 128) : Number(bits)
    if (!Number.isInteger(length) || length < 0 || length > (version === 4 ? 32 : 128)) continue
    const family = version === 4 ? 'ipv4' : 'ipv6'
    const inside = new BlockList()
    inside.addSubnet(network, length, family)
    const found = own.find(address => isIP(address) === version && inside.check(address, family))
    if (found !== undefined) return found
    if (platform === 'linux' && version === 4 && network.startsWith('127.') && length >= 8)
      return length === 32
        ? network
        : `${network.slice(0, network.lastIndexOf('.'))}.${Number(network.slice(network.lastIndexOf('.') + 1)) + 1}`
  }
  return null
}
