/**
 * Everything that rules say of hosts by name, in one table: asked once a verdict, for the longest name that covers a host.
 *
 * 'www.tube.example' is looked for from the right: the hash of each name on the way ('example', 'tube.example', …) is one bit in
 * a field of 65,536. Only where the bit is set is the name itself looked up, so a host of which no rule speaks, as
 * nearly all, costs no substring and no look-up. A second field says whether any known name ends in the last two labels;
 * where none does, as for nearly all, the rest is not looked at.
 */
import { normaliseHost, normaliseUrl } from './address.ts'
import { type Carrier, carriers, hostWriters } from './carriers.ts'
import { wellKnownDomains } from './look-alike.ts'
import { isOpenToAnybody } from './public-suffix.ts'
import { type SearchEngine, searchEngines } from './search-engines.ts'
import type { HostRule, Pass, RuleSet, Service } from './types.ts'

export interface ReadyRule {
  readonly rule: HostRule
  /** Normalised; null covers the whole host. */
  readonly path: string | null
  /** Milliseconds since 1970, exclusive. */
  readonly until: number
  /** Normalised; null where it may stand in any page. */
  readonly embeddedIn: readonly string[] | null
}

export interface PassSite {
  readonly pass: Pass
  readonly path: string | null
}

/** What the rules say of a host by its name. What is said of its parents is reached by `parent`, or joined already. */
export interface Site {
  readonly host: string
  readonly parent: Site | undefined
  /** In the illegal slot, it or a parent. */
  readonly isIllegal: boolean
  /** Of this very host. */
  readonly rules: readonly ReadyRule[]
  readonly passes: readonly PassSite[]
  /** Its own, or the nearest parent's. */
  readonly service: Service | undefined
  readonly engine: { readonly engine: SearchEngine; readonly engineHost: string } | undefined
  readonly carriers: readonly Carrier[]
  /** A service, or a name that thieves imitate, or beneath one. */
  readonly isImitated: boolean
  /** True if there are rules or passes for it or a parent. */
  readonly isDecided: boolean
}

export type SiteTable = (host: string) => Site | undefined

type Draft = { -readonly [K in 'isIllegal' | 'isImitated' | 'service' | 'engine']: Site[K] } & {
  rules: readonly ReadyRule[]
  passes: readonly PassSite[]
  carriers: readonly Carrier[]
}

/** What a host of which nothing is said starts from. Shared, so that thousands of hosts cost no thousands of empty lists. */
const blank: Draft = {
  isIllegal: false,
  isImitated: false,
  rules: [],
  passes: [],
  service: undefined,
  engine: undefined,
  carriers: [],
}

type Drafts = Map<string, Draft>

/** The draft of a host, begun from what stands in every table. Undefined for what is no host. */
function draftAt(drafts: Drafts, raw: string, base?: Base): Draft | undefined {
  const host = normaliseHost(raw)
  if (host === null) return undefined
  const known = drafts.get(host)
  if (known) return known
  const draft = { ...(base?.drafts.get(host) ?? blank) }
  drafts.set(host, draft)
  return draft
}

/** What stands in every table: search engines, carriers and names that thieves imitate. Made once, when first needed. */
interface Base {
  readonly drafts: Drafts
  readonly sites: ReadonlyMap<string, Site>
  /** Of each host the names above it. */
  readonly above: ReadonlyMap<string, readonly string[]>
  readonly bits: Uint32Array
  readonly ends: Uint32Array
}

let made: Base | undefined
function baseOf(): Base {
  if (made) return made
  const drafts: Drafts = new Map()
  for (const engine of searchEngines)
    for (const engineHost of engine.hosts) {
      const draft = draftAt(drafts, engineHost)
      if (draft) draft.engine = { engine, engineHost }
    }
  for (const name of wellKnownDomains) {
    const draft = draftAt(drafts, name)
    if (draft) draft.isImitated = true
  }
  for (const carrier of carriers) {
    const draft = draftAt(drafts, carrier.host)
    if (draft) draft.carriers = [...draft.carriers, carrier]
  }
  const bits = new Uint32Array(2048)
  const ends = new Uint32Array(2048)
  const sites = new Map<string, Site>()
  for (const host of drafts.keys()) finish(host, sites, each => drafts.get(each), bits, ends)
  made = { drafts, sites, above: new Map([...drafts.keys()].map(host => [host, namesAbove(host)])), bits, ends }
  return made
}

function namesAbove(host: string): string[] {
  const names: string[] = []
  for (let at = host.indexOf('.'); at >= 0; at = host.indexOf('.', at + 1)) names.push(host.slice(at + 1))
  return names
}

export function siteTable(rules: RuleSet): SiteTable {
  const base = baseOf()
  const drafts: Drafts = new Map()
  const at = (raw: string): Draft | undefined => draftAt(drafts, raw, base)
  for (const service of rules.matrix?.services ?? [])
    for (const host of service.hosts) {
      const draft = at(host)
      // Of two services that name one host the stricter in age is kept, then the first by id.
      if (draft && (!draft.service || outranks(service, draft.service))) draft.service = service
    }
  for (const rule of rules.hostRules) {
    if (rule.action === 'allow' && opensTooMuch(rule.host)) continue
    const draft = at(rule.host)
    if (!draft) continue
    const embeddedIn =
      rule.action === 'block' || rule.embeddedIn === undefined
        ? null
        : rule.embeddedIn.map(normaliseHost).filter(host => host !== null)
    draft.rules = [...draft.rules, { rule, path: pathOf(rule.path), until: untilOf(rule), embeddedIn }]
  }
  for (const pass of rules.passes ?? [])
    for (const { host, path } of pass.sites) {
      const draft = opensTooMuch(host) ? undefined : at(host)
      if (draft) draft.passes = [...draft.passes, { pass, path: pathOf(path) }]
    }
  for (const host of rules.illegal.hosts) {
    const draft = at(host)
    if (draft) draft.isIllegal = true
  }
  return tableOf(drafts, base)
}

const outranks = (one: Service, other: Service): boolean =>
  one.minimumAge > other.minimumAge || (one.minimumAge === other.minimumAge && one.id < other.id)

/**
 * True where a rule for the host would open the sites of everybody who registers one beneath it. Not so for translators that
 * write the page's host into their own: what they show is judged for itself.
 */
export function opensTooMuch(raw: string): boolean {
  const host = normaliseHost(raw)
  return host !== null && isOpenToAnybody(host) && !hostWriters.includes(host)
}

function tableOf(drafts: Drafts, base: Base): SiteTable {
  const sites = new Map(base.sites)
  const bits = base.bits.slice()
  const ends = base.ends.slice()
  // What lies at or beneath a host of these rules is made afresh, so that it takes on what is said there.
  for (const [host, above] of base.above)
    if (drafts.has(host) || above.some(name => drafts.has(name))) sites.delete(host)
  const draftOf = (host: string): Draft | undefined => drafts.get(host) ?? base.drafts.get(host)
  for (const host of drafts.keys()) finish(host, sites, draftOf, bits, ends)
  for (const host of base.drafts.keys()) finish(host, sites, draftOf, bits, ends)
  return host => {
    let found: Site | undefined
    let hash = 0
    let dots = 0
    for (let index = host.length - 1; index >= 0; index -= 1) {
      const character = host.charCodeAt(index)
      if (character === dot) {
        if (isSet(bits, hash)) found = sites.get(host.slice(index + 1)) ?? found
        dots += 1
        if (dots === 2 && !isSet(ends, hash)) return found
      }
      hash = step(hash, character)
    }
    return isSet(bits, hash) ? (sites.get(host) ?? found) : found
  }
}

/** Makes the site of a host that has a draft, after those above it. */
function finish(
  host: string,
  sites: Map<string, Site>,
  draftOf: (host: string) => Draft | undefined,
  bits: Uint32Array,
  ends: Uint32Array,
): Site | undefined {
  const known = sites.get(host)
  const draft = known ? undefined : draftOf(host)
  if (!draft) return known
  let parent: Site | undefined
  for (let at = host.indexOf('.'); at >= 0 && !parent; at = host.indexOf('.', at + 1))
    parent = finish(host.slice(at + 1), sites, draftOf, bits, ends)
  const site: Site = {
    host,
    parent,
    isIllegal: draft.isIllegal || (parent?.isIllegal ?? false),
    rules: draft.rules.length > 1 ? [...draft.rules].sort(byPrecedence) : draft.rules,
    passes: draft.passes,
    service: draft.service ?? parent?.service,
    isImitated: draft.isImitated || draft.service !== undefined || (parent?.isImitated ?? false),
    engine: draft.engine ?? parent?.engine,
    carriers: joined(draft.carriers, parent?.carriers ?? blank.carriers),
    isDecided: draft.rules.length + draft.passes.length > 0 || (parent?.isDecided ?? false),
  }
  sites.set(host, site)
  let hash = 0
  let dots = 0
  for (let index = host.length - 1; index >= 0; index -= 1) {
    const character = host.charCodeAt(index)
    if (character === dot) {
      dots += 1
      if (dots === 2) setBit(ends, hash)
    }
    hash = step(hash, character)
  }
  if (dots < 2) setBit(ends, hash)
  setBit(bits, hash)
  return site
}

const joined = <T>(one: readonly T[], other: readonly T[]): readonly T[] =>
  other.length === 0 ? one : one.length === 0 ? other : [...one, ...other]

const dot = 46
const step = (hash: number, code: number): number => Math.imul(((hash << 5) | (hash >>> 27)) ^ code, 0x9e3779b1)
const setBit = (bits: Uint32Array, hash: number): void => {
  const bit = hash >>> 16
  bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31))
}
const isSet = (bits: Uint32Array, hash: number): boolean => {
  const bit = hash >>> 16
  return (((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1
}

/** Sorting needs no more than this: equal rules do equal things. */
const byPrecedence = (one: ReadyRule, other: ReadyRule): number =>
  (other.path?.length ?? 0) - (one.path?.length ?? 0) ||
  (one.rule.action === other.rule.action ? 0 : one.rule.action === 'block' ? -1 : 1) ||
  (one.rule.id < other.rule.id ? -1 : 1)

function pathOf(path: string | undefined): string | null {
  if (path === undefined || path === '' || path === '/') return null
  const address = normaliseUrl(`http://host/${path}`)
  return address.ok && address.path !== '/' ? address.path : null
}

/** An end that cannot be read ends an opening at once and a block never. */
function untilOf({ until, action }: HostRule): number {
  if (until === undefined) return Number.POSITIVE_INFINITY
  const end = Date.parse(until)
  if (Number.isNaN(end)) return action === 'allow' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return end
}

/** A block covers its path in any case of letters, since many servers do not tell them apart; an opening only as written. */
export function coversPath(covered: string | null, path: string | null, action: 'allow' | 'block'): boolean {
  if (covered === null) return true
  if (path === null) return false
  const [asked, known] = action === 'block' ? [path.toLowerCase(), covered.toLowerCase()] : [path, covered]
  return asked === known || asked.startsWith(known.endsWith('/') ? known : `${known}/`)
}
