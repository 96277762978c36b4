/**
 * Where one owner's names end and a registry's begin, by the Public Suffix List (https://publicsuffix.org/list/, MPL-2.0; the
 * algorithm is its own): `bbc.co.uk` is registered under `co.uk`, `alex.github.io` under `github.io`.
 */
import { isIpAddress } from './ip-address.ts'
import { publicSuffixRules } from './public-suffix.generated.ts'

interface SuffixRules {
  readonly plain: ReadonlySet<string>
  /** Of '*.ck', 'ck'. */
  readonly wild: ReadonlySet<string>
  /** Of '!www.ck', 'www.ck'. */
  readonly exceptions: ReadonlySet<string>
}

/** Read when it is first asked for, in about 2 ms: most verdicts need none of it. */
let read: SuffixRules | undefined
function suffixRules(): SuffixRules {
  if (read) return read
  const plain = new Set<string>()
  const wild = new Set<string>()
  const exceptions = new Set<string>()
  for (const rule of publicSuffixRules.split(' ')) {
    if (rule.startsWith('!')) exceptions.add(rule.slice(1))
    else if (rule.startsWith('*.')) wild.add(rule.slice(2))
    else plain.add(rule)
  }
  read = { plain, wild, exceptions }
  return read
}

/** The public suffix that a rule of the list names, of a normalised host; null if none does, and for an IP address. */
export function listedSuffix(host: string): string | null {
  if (isIpAddress(host)) return null
  const { plain, wild, exceptions } = suffixRules()
  for (let start = 0; start >= 0; ) {
    const name = start === 0 ? host : host.slice(start)
    const dot = host.indexOf('.', start)
    const parent = dot < 0 ? '' : host.slice(dot + 1)
    if (exceptions.has(name)) return parent
    if (plain.has(name) || wild.has(parent)) return name
    start = dot < 0 ? -1 : dot + 1
  }
  return null
}

/**
 * The part of a normalised host that one owner registered: 'bbc.co.uk' of 'www.bbc.co.uk'. Null for an IP address, for a public
 * suffix itself and for a single label. A name under no suffix of the list is registered under its last label.
 */
export function registrableDomain(host: string): string | null {
  if (isIpAddress(host)) return null
  const suffix = listedSuffix(host) ?? host.slice(host.lastIndexOf('.') + 1)
  if (suffix.length >= host.length) return null
  const dot = host.lastIndexOf('.', host.length - suffix.length - 2)
  return host.slice(dot + 1)
}

/** Public suffixes under which only those get a name whom a register admits: one of them may be opened as a whole. */
const closedRegistries: ReadonlySet<string> = new Set([
  'ac.uk',
  'gov.uk',
  'mil',
  'mod.uk',
  'nhs.uk',
  'police.uk',
  'sch.uk',
  'edu',
  'gov',
  'int',
])

/** True where opening a host would open the sites of everybody who cares to register one beneath it. */
export const isOpenToAnybody = (host: string): boolean => listedSuffix(host) === host && !closedRegistries.has(host)
