/** Zones as resolvers read them: response-policy zones (draft-vixie-dnsop-dns-rpz) and Unbound's local zones. */
import type { Zone } from './zone-entries.ts'

/** Mozilla asks for this name, and leaves DNS over HTTPS off where it does not exist (support.mozilla.org, "Canary domain"). */
export const dohCanary = 'use-application-dns.net'

export interface ZoneHead {
  readonly group: string
  readonly at: Date
  /** When a verdict may change by the clock alone. */
  readonly until: Date | null
}

/** Names as DNS text: what stands in a zone was normalised to letters, digits, hyphens, underscores and dots. */
const plainName = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

/**
 * An RPZ as a master file (RFC 1035 §5), names relative to whatever the resolver calls the zone. Within one zone the most
 * specific name decides, so the order is for readers.
 * @param safeNames names to answer with another's address, such as a search engine's safe one
 */
export function* rpzText(zone: Zone, head: ZoneHead, safeNames: ReadonlyMap<string, string>): Generator<string> {
  const serial = Math.floor(head.at.getTime() / 1000)
  yield `; Gatehouse: what the group ${head.group} may not look up, as of ${head.at.toISOString()}`
  yield head.until
    ? `; Right until ${head.until.toISOString()}: then write it again.`
    : '; Right until something is changed.'
  if (zone.tooLong > 0) yield `; ${zone.tooLong} names are too long for a zone and stand in none.`
  yield '$TTL 60'
  yield `@ IN SOA localhost. hostmaster.localhost. ${serial} 60 60 86400 60`
  yield '@ IN NS localhost.'
  const both = (name: string, target: string): string => `${name} CNAME ${target}\n*.${name} CNAME ${target}`
  const open = opennessOf(zone)
  const written = new Set<string>()
  for (const { name, outcome } of zone.entries) {
    if (!plainName.test(name)) continue
    written.add(name)
    const safe = outcome === 'open' ? safeNames.get(name) : undefined
    if (safe === undefined) yield both(name, outcome === 'open' ? 'rpz-passthru.' : '.')
    else yield `${name} CNAME ${safe}.\n*.${name} CNAME rpz-passthru.`
  }
  const openSafe = [...safeNames].filter(([name]) => open(name))
  for (const [name, target] of openSafe) {
    if (written.has(name)) continue
    written.add(name)
    yield `${name} CNAME ${target}.`
  }
  // What the safe names lead to is what they were made for.
  for (const target of new Set(openSafe.map(([, to]) => to))) {
    if (written.has(target) || open(target)) continue
    written.add(target)
    yield `${target} CNAME rpz-passthru.`
  }
  if (!written.has(dohCanary)) yield both(dohCanary, '.')
  written.add(dohCanary)
  // A wildcard does not reach past a name that has something beneath it (RFC 4592 §3.3.1): each of those needs its own.
  for (const name of closedBetween(written, open)) yield both(name, '.')
  if (zone.otherwise === 'blocked') yield '* CNAME .'
}

/** What is closed and stands above one of these names without being one of them. */
function closedBetween(names: ReadonlySet<string>, open: (name: string) => boolean): ReadonlySet<string> {
  const found = new Set<string>()
  for (const name of names) {
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const above = name.slice(dot + 1)
      if (found.has(above)) break
      if (!names.has(above) && !open(above)) found.add(above)
    }
  }
  return found
}

/** Whether a name is open by these entries, or by what stands above it. */
export function opennessOf(zone: Zone): (name: string) => boolean {
  const outcomes = new Map(zone.entries.map(({ name, outcome }) => [name, outcome]))
  return name => {
    for (let rest = name; rest !== ''; rest = rest.includes('.') ? rest.slice(rest.indexOf('.') + 1) : '') {
      const outcome = outcomes.get(rest)
      if (outcome !== undefined) return outcome === 'open'
    }
    return zone.otherwise === 'open'
  }
}

/** A group's zone, and the networks where it counts. */
export interface TaggedZone {
  readonly tag: string
  readonly zone: Zone
  readonly networks: readonly string[]
}

/**
 * Unbound's local zones for several groups at once: a third of the memory of RPZ. Each name stands once, with the tags of
 * the groups that it is for; a group without the tag falls back to what stands above the name, as in its own zone.
 */
export function* localZoneText(
  tagged: readonly TaggedZone[],
  safeNames: ReadonlyMap<string, string>,
): Generator<string> {
  yield 'server:'
  if (tagged.length > 1) yield `define-tag: "${tagged.map(({ tag }) => tag).join(' ')}"`
  const single = tagged.length === 1
  for (const { tag, networks } of single ? [] : tagged)
    for (const network of networks) yield `access-control-tag: ${network} "${tag}"`
  const names = new Map<string, { readonly closed: string[]; readonly open: string[] }>()
  const at = (name: string) => {
    const known = names.get(name)
    if (known) return known
    const made = { closed: [], open: [] }
    names.set(name, made)
    return made
  }
  for (const { tag, zone } of tagged) {
    if (zone.otherwise === 'blocked') at('.').closed.push(tag)
    for (const { name, outcome } of zone.entries)
      if (plainName.test(name)) at(name)[outcome === 'open' ? 'open' : 'closed'].push(tag)
  }
  const networksOf = new Map(tagged.map(({ tag, networks }) => [tag, networks]))
  const zoneLines = (name: string, closed: readonly string[], open: readonly string[]): string[] => {
    const absolute = name === '.' ? '.' : `${name}.`
    const lines = [`local-zone: "${absolute}" ${closed.length > 0 ? 'always_nxdomain' : 'always_transparent'}`]
    if (!single) lines.push(`local-zone-tag: "${absolute}" "${[...closed, ...open].join(' ')}"`)
    // A name stands once: for those of the other opinion their networks say so.
    if (closed.length > 0)
      for (const tag of open)
        for (const network of networksOf.get(tag) ?? [])
          lines.push(`local-zone-override: "${absolute}" ${network} always_transparent`)
    return lines
  }
  const safeFor = new Map<string, string[]>()
  for (const { tag, zone } of tagged) {
    const open = opennessOf(zone)
    for (const name of safeNames.keys()) if (open(name)) safeFor.set(name, [...(safeFor.get(name) ?? []), tag])
  }
  for (const [name, { closed, open }] of names) if (!safeFor.has(name)) yield* zoneLines(name, closed, open)
  for (const [name, tags] of safeFor) {
    // `redirect` answers for what lies beneath too, such as www.www.google.com, which nobody misses.
    yield `local-zone: "${name}." redirect`
    yield `local-data: "${name}. 60 IN CNAME ${safeNames.get(name)}."`
    const others = tagged.filter(({ tag }) => !tags.includes(tag))
    if (!single) yield `local-zone-tag: "${name}." "${tagged.map(({ tag }) => tag).join(' ')}"`
    for (const { networks } of others)
      for (const network of networks) yield `local-zone-override: "${name}." ${network} always_nxdomain`
  }
  for (const target of new Set(safeNames.values())) {
    const closedElse = tagged.filter(({ zone }) => zone.otherwise === 'blocked').map(({ tag }) => tag)
    if (closedElse.length > 0 && !names.has(target)) yield* zoneLines(target, [], closedElse)
  }
  yield `local-zone: "${dohCanary}." always_nxdomain`
}
