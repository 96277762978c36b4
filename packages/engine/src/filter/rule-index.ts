import { normaliseHost, normaliseUrl } from './address.ts'
import { isIpAddress } from './ip-address.ts'
import type { GroupRules, HostRule, RuleSet } from './types.ts'

/** A rule set made quick to ask. */
export interface RuleIndex {
  readonly groups: ReadonlyMap<string, GroupRules>
  readonly illegalHosts: ReadonlySet<string>
  readonly hostRules: ReadonlyMap<string, readonly ReadyRule[]>
}

export interface ReadyRule {
  readonly rule: HostRule
  /** Normalised; null covers the whole host. */
  readonly path: string | null
  /** Milliseconds since 1970, exclusive. */
  readonly until: number
}

/** Rule sets are never changed in place, so what was built for one stays right as long as it lives. */
const built = new WeakMap<RuleSet, RuleIndex>()

export function indexOf(rules: RuleSet): RuleIndex {
  const known = built.get(rules)
  if (known) return known
  const index = build(rules)
  built.set(rules, index)
  return index
}

function build(rules: RuleSet): RuleIndex {
  const hostRules = new Map<string, ReadyRule[]>()
  for (const rule of rules.hostRules) {
    const host = normaliseHost(rule.host)
    if (host === null) continue
    const ready = { rule, path: pathOf(rule), until: untilOf(rule) }
    hostRules.set(host, [...(hostRules.get(host) ?? []), ready])
  }
  // Of two groups with one id the strictest cannot be told in general: the id then counts as unknown, which blocks.
  const ids = rules.groups.map(group => group.id)
  const groups = rules.groups.filter(group => ids.indexOf(group.id) === ids.lastIndexOf(group.id))
  return {
    groups: new Map(groups.map(group => [group.id, group])),
    illegalHosts: new Set(rules.illegal.hosts.map(normaliseHost).filter(host => host !== null)),
    hostRules,
  }
}

function pathOf({ path }: HostRule): string | null {
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

/** The host itself and each of its parents, the longest first. An IP address has none. */
export function* hostAndParents(host: string): Generator<string> {
  yield host
  if (isIpAddress(host)) return
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) yield host.slice(dot + 1)
}

/**
 * What in a rule set would not do what it seems to, in sentences for whoever edits it; empty if all is well. `decide`
 * copes with every one of these, on the safe side.
 */
export function ruleSetProblems(rules: RuleSet): string[] {
  const problems: string[] = []
  const ids = new Set<string>()
  for (const { id, sourcesNeeded } of rules.groups) {
    if (ids.has(id)) problems.push(`There are two groups with the id ${id}: both are blocked everything`)
    ids.add(id)
    if (!Number.isInteger(sourcesNeeded) || sourcesNeeded < 1) {
      problems.push(`Group ${id} must need a whole number of sources, 1 or more, not ${sourcesNeeded}`)
    }
  }
  const ruleIds = new Set<string>()
  for (const rule of rules.hostRules) {
    if (ruleIds.has(rule.id)) problems.push(`There are two site rules with the id ${rule.id}`)
    ruleIds.add(rule.id)
    if (normaliseHost(rule.host) === null) problems.push(`Site rule ${rule.id}: ${rule.host} is not a host`)
    if (rule.path !== undefined && !rule.path.startsWith('/'))
      problems.push(`Site rule ${rule.id}: a path starts with /`)
    if (rule.until !== undefined && Number.isNaN(Date.parse(rule.until))) {
      problems.push(`Site rule ${rule.id}: ${rule.until} is not a time`)
    }
    for (const group of rule.groups === 'all' ? [] : rule.groups) {
      if (!ids.has(group)) problems.push(`Site rule ${rule.id}: there is no group ${group}`)
    }
  }
  for (const host of rules.illegal.hosts) {
    if (normaliseHost(host) === null) problems.push('An entry of the illegal list is not a host')
  }
  return problems
}
