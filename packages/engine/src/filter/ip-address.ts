/**
 * IP addresses in every spelling that browsers accept (WHATWG URL Standard, sections 3.5 "host parsing"), in one form:
 * IPv4 as four decimal numbers, IPv6 as RFC 5952 writes it, without brackets, and an IPv4 address dressed as IPv6 as IPv4.
 */

const isNumber = (part: string): boolean => /^(?:\d+|0[xX][0-9a-fA-F]*)$/.test(part)

/** A host whose last label is a number is an IPv4 address or nothing. */
export const looksLikeIpv4 = (host: string): boolean => isNumber(host.slice(host.lastIndexOf('.') + 1))

/** True of a normalised host that is an IP address: no parent domains. */
export function isIpAddress(host: string): boolean {
  let at = host.length - 1
  for (; at >= 0; at -= 1) {
    const code = host.charCodeAt(at)
    if (code < 48 || code > 57) break
  }
  return (at < host.length - 1 && (at < 0 || host.charCodeAt(at) === 46)) || host.includes(':')
}

function ipv4Number(part: string): number {
  if (/^0[xX]/.test(part)) return part.length === 2 ? 0 : Number.parseInt(part.slice(2), 16)
  if (!/^\d+$/.test(part)) return Number.NaN
  if (part.length > 1 && part.startsWith('0')) return /^[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number.NaN
  return Number(part)
}

/** '0x7f.1', '2130706433' and '0177.0.0.1' are all '127.0.0.1'. Null if no such address exists. */
export function normaliseIpv4(host: string): string | null {
  const parts = host.split('.')
  if (parts.length > 4 || !parts.every(isNumber)) return null
  const numbers = parts.map(ipv4Number)
  const last = numbers.pop() ?? Number.NaN
  if (numbers.some(number => !(number <= 255)) || !(last < 256 ** (4 - numbers.length))) return null
  const value = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last)
  return dotted(value)
}

const dotted = (value: number): string =>
  [value / 0x1000000, (value / 0x10000) % 256, (value / 0x100) % 256, value % 256].map(Math.floor).join('.')

/** The text between the brackets of a URL's IPv6 host; a zone ('%eth0') is no part of a URL. Null if malformed. */
export function normaliseIpv6(text: string): string | null {
  const groups = ipv6Groups(text)
  if (groups === null) return null
  const embedded = (groups[6] ?? 0) * 0x10000 + (groups[7] ?? 0)
  const high = groups.slice(0, 6).join(',')
  // RFC 4291 2.5.5 (mapped, and the old compatible form apart from :: and ::1) and RFC 6052 (64:ff9b::/96).
  if (high === '0,0,0,0,0,65535' || high === '100,65435,0,0,0,0') return dotted(embedded)
  if (high === '0,0,0,0,0,0' && embedded > 1) return dotted(embedded)
  return writeIpv6(groups)
}

function ipv6Groups(text: string): number[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1))
  if (!head) return null
  if (tail === undefined) return head.length === 8 ? head : null
  if (tail === null || head.length + tail.length > 7) return null
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function groupsOf(half: string, mayEndInIpv4: boolean): number[] | null {
  if (half === '') return []
  const groups: number[] = []
  const parts = half.split(':')
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else if (mayEndInIpv4 && index === parts.length - 1 && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(part)) {
      const bytes = part.split('.').map(Number)
      const [a = 0, b = 0, c = 0, d = 0] = bytes
      if (bytes.some(byte => byte > 255)) return null
      groups.push(a * 256 + b, c * 256 + d)
    } else return null
  }
  return groups
}

/** RFC 5952: lower case, the first longest run of two or more zero groups as '::'. */
function writeIpv6(groups: readonly number[]): string {
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8; at += 1) {
    let length = 0
    while (at + length < 8 && groups[at + length] === 0) length += 1
    if (length > best.length) best = { at, length }
  }
  const hex = groups.map(group => group.toString(16))
  if (best.at < 0) return hex.join(':')
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`
}
