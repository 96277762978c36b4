/**
 * Where the gateway may connect to. Judged by address, after name resolution, because a name says nothing: anybody may
 * point a name of theirs at 127.0.0.1 or at a school's printer.
 *
 * Refused are the special-purpose ranges of IANA's two registries (RFC 6890 as amended), the addresses at which clouds
 * hand out machine credentials, every form that hides an IPv4 address in an IPv6 one, this machine's own addresses, and
 * the product's own two sockets.
 */
import { BlockList, isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** Every address of a name. Rejects as `dns.lookup` does. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>

/** The same, at once where the answer is known. */
export type QuickResolve = (host: string) => readonly ResolvedAddress[] | Promise<readonly ResolvedAddress[]>

const refusedIPv4: readonly (readonly [string, number, string])[] = [
  ['0.0.0.0', 8, 'this network, unspecified'],
  ['10.0.0.0', 8, 'private, RFC 1918'],
  ['100.64.0.0', 10, 'shared address space, RFC 6598'],
  ['127.0.0.0', 8, 'loopback'],
  ['168.63.129.16', 32, 'Azure platform address'],
  ['169.254.0.0', 16, 'link-local, and the metadata services in it'],
  ['172.16.0.0', 12, 'private, RFC 1918'],
  ['192.0.0.0', 24, 'IETF protocol assignments'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, '6to4 relays'],
  ['192.168.0.0', 16, 'private, RFC 1918'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved, and broadcast'],
]

/** Only global unicast, 2000::/3, is let through at all; these parts of it are refused again. */
const refusedIPv6: readonly (readonly [string, number, string])[] = [
  ['2001::', 23, 'IETF protocol assignments: Teredo, benchmarking, ORCHID'],
  ['2001:db8::', 32, 'documentation'],
  ['2002::', 16, '6to4'],
  ['3fff::', 20, 'documentation'],
]

const blocked4 = new BlockList()
for (const [network, bits] of refusedIPv4) blocked4.addSubnet(network, bits, 'ipv4')
const blocked6 = new BlockList()
for (const [network, bits] of refusedIPv6) blocked6.addSubnet(network, bits, 'ipv6')
const globalUnicast6 = new BlockList()
globalUnicast6.addSubnet('2000::', 3, 'ipv6')

/** True for every address that is no public host's, and for what is no address at all. */
export function isProhibitedAddress(address: string): boolean {
  if (isIPv4(address)) return blocked4.check(address, 'ipv4')
  // A zone (fe80::1%eth0) belongs to this machine's own links.
  if (isIP(address) !== 6 || address.includes('%')) return true
  return !globalUnicast6.check(address, 'ipv6') || blocked6.check(address, 'ipv6')
}

/** Addresses of this machine's interfaces. Read anew by the caller now and then: they change. */
export function machineAddresses(): ReadonlySet<string> {
  const found = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return new Set(found.map(one => one.address.toLowerCase()))
}

export interface AddressGuard {
  /**
   * The addresses of `host` that may be connected to, which is all of them or none.
   * `host` is a bare name or IP address (no square brackets) as the URL parser gives it.
   */
  check(host: string, port: number): Promise<AddressAnswer> | AddressAnswer
}

export type AddressAnswer =
  | { readonly ok: true; readonly addresses: readonly ResolvedAddress[] }
  | { readonly ok: false; readonly error: 'dns_error' | 'dns_timeout' | 'destination_ip_prohibited' }

export interface AddressGuardOptions {
  readonly resolve: QuickResolve
  readonly resolveTimeoutMs: number
  /** `host:port` in lower case, of what may be reached though it is private. */
  readonly allowPrivate: () => ReadonlySet<string>
  /** `address:port` of the product's own sockets. No setting opens these. */
  readonly ownSockets: () => ReadonlySet<string>
  readonly ownAddresses: () => ReadonlySet<string>
}

export const hostAndPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

export const createAddressGuard = (options: AddressGuardOptions): AddressGuard => {
  const judge = (host: string, port: number, addresses: readonly ResolvedAddress[]): AddressAnswer => {
    if (addresses.length === 0) return { ok: false, error: 'dns_error' }
    const own = options.ownSockets()
    const opened = options.allowPrivate().has(hostAndPort(host, port))
    const machine = options.ownAddresses()
    for (const { address } of addresses) {
      const plain = address.toLowerCase()
      if (own.has(hostAndPort(plain, port))) return { ok: false, error: 'destination_ip_prohibited' }
      if (!opened && (isProhibitedAddress(plain) || machine.has(plain))) {
        return { ok: false, error: 'destination_ip_prohibited' }
      }
    }
    return { ok: true, addresses }
  }
  const judgeLater = async (
    host: string,
    port: number,
    asked: Promise<readonly ResolvedAddress[]>,
  ): Promise<AddressAnswer> => {
    const found = await within(asked, options.resolveTimeoutMs)
    if (found === 'timeout') return { ok: false, error: 'dns_timeout' }
    return found === 'failed' ? { ok: false, error: 'dns_error' } : judge(host, port, found)
  }
  return {
    check(host, port) {
      const literal = isIP(host)
      if (literal !== 0) return judge(host, port, [{ address: host, family: literal === 4 ? 4 : 6 }])
      const found = options.resolve(host)
      return found instanceof Promise ? judgeLater(host, port, found) : judge(host, port, found)
    },
  }
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T | 'timeout' | 'failed'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'timeout'>(done => {
    timer = setTimeout(done, timeoutMs, 'timeout')
  })
  try {
    return await Promise.race([work, late])
  } catch {
    return 'failed'
  } finally {
    clearTimeout(timer)
  }
}

/** Keeps answers for a short while, so that a page of eighty pictures asks once; at most `max` names. */
export function cachedResolve(resolve: Resolve, ttlMs: number, now: () => number, max = 5000): QuickResolve {
  type Answer = readonly ResolvedAddress[] | Promise<readonly ResolvedAddress[]>
  const known = new Map<string, { readonly until: number; answer: Answer }>()
  return host => {
    const hit = known.get(host)
    if (hit && hit.until > now()) return hit.answer
    if (known.size >= max) known.clear()
    const asked = resolve(host)
    const entry = { until: now() + ttlMs, answer: asked as Answer }
    known.set(host, entry)
    asked.then(
      addresses => {
        entry.answer = addresses
      },
      () => known.delete(host),
    )
    return asked
  }
}
