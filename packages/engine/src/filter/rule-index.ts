import { normaliseHost } from './address.ts'
import { type SearchRuleIndex, searchRuleIndex } from './search-words.ts'
import { opensTooMuch, type SiteTable, siteTable } from './site-table.ts'
import { createStandings, type Standings } from './standing.ts'
import type { GroupRules, RuleSet } from './types.ts'

/** A rule set made quick to ask. */
export interface RuleIndex {
  readonly sites: SiteTable
  readonly searchRules: SearchRuleIndex
  readonly standingOf: Standings
}

/** Rule sets are never changed in place, so what was built for one stays right as long as it lives. */
const built = new WeakMap<RuleSet, RuleIndex>()
let last: { readonly rules: RuleSet; readonly index: RuleIndex } | undefined

export function indexOf(rules: RuleSet): RuleIndex {
  if (last?.rules === rules) return last.index
  const index = built.get(rules) ?? build(rules)
  built.set(rules, index)
  last = { rules, index }
  return index
}

function build(rules: RuleSet): RuleIndex {
  // Of two groups with one id the strictest cannot be told in general: the id then counts as unknown, which blocks.
  const ids = rules.groups.map(group => group.id)
  const groups: ReadonlyMap<string, GroupRules> = new Map(
    rules.groups.filter(group => ids.indexOf(group.id) === ids.lastIndexOf(group.id)).map(group => [group.id, group]),
  )
  return {
    sites: siteTable(rules),
    searchRules: searchRuleIndex(rules.searchRules ?? []),
    standingOf: createStandings(rules, groups),
  }
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
  problems.push(...siteRuleProblems(rules, ids), ...passProblems(rules), ...timeProblems(rules, ids))
  for (const { id, phrase } of rules.searchRules ?? []) {
    if (!/[\p{L}\p{N}]/u.test(phrase)) problems.push(`Search rule ${id}: “${phrase}” holds no word`)
  }
  for (const host of rules.illegal.hosts) {
    if (normaliseHost(host) === null) problems.push('An entry of the illegal list is not a host')
  }
  return problems
}

function siteRuleProblems(rules: RuleSet, groups: ReadonlySet<string>): string[] {
  const problems: string[] = []
  const ruleIds = new Set<string>()
  for (const rule of rules.hostRules) {
    const name = `Site rule ${rule.id}`
    if (ruleIds.has(rule.id)) problems.push(`There are two site rules with the id ${rule.id}`)
    ruleIds.add(rule.id)
    if (normaliseHost(rule.host) === null) problems.push(`${name}: ${rule.host} is not a host`)
    else if (rule.action === 'allow' && opensTooMuch(rule.host))
      problems.push(`${name}: anybody can have a site beneath ${rule.host}, so opening it as a whole opens nothing`)
    if (rule.path !== undefined && !rule.path.startsWith('/')) problems.push(`${name}: a path starts with /`)
    if (rule.until !== undefined && Number.isNaN(Date.parse(rule.until)))
      problems.push(`${name}: ${rule.until} is not a time`)
    if (rule.embeddedIn !== undefined && rule.action === 'block')
      problems.push(`${name}: a block covers every page, whatever it stands in`)
    for (const host of rule.embeddedIn ?? [])
      if (normaliseHost(host) === null) problems.push(`${name}: ${host} is not a host`)
    for (const group of rule.groups === 'all' ? [] : rule.groups)
      if (!groups.has(group)) problems.push(`${name}: there is no group ${group}`)
  }
  return problems
}

function passProblems({ passes = [] }: RuleSet): string[] {
  const problems: string[] = []
  for (const { id, who, sites, from, until } of passes) {
    if ((who.classes ?? []).length + (who.people ?? []).length === 0) problems.push(`Pass ${id} is for nobody`)
    if (!(Date.parse(from) < Date.parse(until))) problems.push(`Pass ${id} is at no time`)
    for (const { host } of sites) {
      if (normaliseHost(host) === null) problems.push(`Pass ${id}: ${host} is not a host`)
      else if (opensTooMuch(host))
        problems.push(`Pass ${id}: anybody can have a site beneath ${host}, so a pass for it opens nothing`)
    }
  }
  return problems
}

/** Windows, bells and groups that are named and are not there. */
function timeProblems(rules: RuleSet, groups: ReadonlySet<string>): string[] {
  const { times, adjustments = [], matrix, passes = [] } = rules
  const problems: string[] = []
  const windows = new Set(times?.windows.map(({ id }) => id))
  const needs = (what: string, window: string | undefined): void => {
    if (window !== undefined && !windows.has(window)) problems.push(`${what}: there is no window ${window}`)
  }
  for (const { id, window, who } of adjustments) {
    needs(`Adjustment ${id}`, window)
    for (const group of who.groups ?? [])
      if (!groups.has(group)) problems.push(`Adjustment ${id}: there is no group ${group}`)
  }
  for (const { technology, side, level, window } of matrix?.cells ?? []) {
    if (level === 'certain-times' && window === undefined) problems.push(`${technology} for ${side}: at which times?`)
    needs(`${technology} for ${side}`, window)
  }
  for (const { id, window } of passes) needs(`Pass ${id}`, window)
  for (const { id, spans } of times?.windows ?? [])
    for (const span of spans)
      if ('bell' in span && !times?.bells.some(bell => bell.id === span.bell))
        problems.push(`Window ${id}: there is no bell ${span.bell}`)
  return problems
}
