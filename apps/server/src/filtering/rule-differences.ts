import type { HostRule, RuleSet } from '@gatehouse/engine'
import { settableCategories } from './change-content.ts'
import { windowWords } from './change-facts.ts'
import { levelNames, technologyNames } from './technology-names.ts'
import { actionFor } from './filter-openings.ts'
import type { SchoolFilter } from './filter-rules.ts'

/*
 * What differs between two filters, a sentence each: for drift, and for showing what a change does. A sentence says what was
 * found, and what was approved instead.
 */

/** The places, devices and list rule too, which are not among the rules. */
export function filterDifferences(approved: SchoolFilter, found: SchoolFilter): string[] {
  const network = [
    ...named(
      approved.places,
      found.places,
      ({ name }) => `network “${name}”`,
      place => `${place.subnets.join(' ')}${place.group === null ? '' : `, ${place.group}`}`,
    ),
    ...named(
      approved.devices.map(device => ({ id: device.address, ...device })),
      found.devices.map(device => ({ id: device.address, ...device })),
      ({ address }) => `device at ${address}`,
      ({ personId }) => `of ${personId.slice(0, 8)}`,
    ),
    ...(approved.listsNeedTwo === found.listsNeedTwo
      ? []
      : [said('two people for new lists', found.listsNeedTwo ? 'yes' : 'no', approved.listsNeedTwo ? 'yes' : 'no')]),
  ]
  const rules = differences(approved.rules, found.rules)
  // The number alone is no difference where something else explains it.
  return network.length > 0 ? [...rules.filter(each => !each.startsWith('the rules are version')), ...network] : rules
}

/** Between two rule sets. */
export function differences(approved: RuleSet, found: RuleSet): string[] {
  const all = [
    ...groupDifferences(approved, found),
    ...siteDifferences(approved, found),
    ...named(
      approved.searchRules ?? [],
      found.searchRules ?? [],
      ({ phrase }) => `search for “${phrase}”`,
      rule => `${rule.action} as ${rule.category} for ${groupsOf(rule.groups)}`,
    ),
    ...named(approved.adjustments ?? [], found.adjustments ?? [], ({ id }) => `adjustment ${id.slice(0, 8)}`, rest),
    ...named(approved.passes ?? [], found.passes ?? [], ({ id }) => `pass ${id.slice(0, 8)}`, rest),
    ...named(
      (approved.matrix?.cells ?? []).map(withKey),
      (found.matrix?.cells ?? []).map(withKey),
      ({ technology, side }) => `cell ${technologyNames[technology]} for ${side}`,
      ({ level, window, people }) =>
        `${levelNames[level].toLowerCase()}${window === undefined ? '' : ` (${window})`}${people?.length ? ` (${people.length})` : ''}${people?.length ? ` ${people.map(id => id.slice(-6)).join(' ')}` : ''}`,
    ),
    ...named(
      approved.matrix?.services ?? [],
      found.matrix?.services ?? [],
      ({ name }) => `service ${name}`,
      service => rest(service),
    ),
    ...named(
      approved.times?.windows ?? [],
      found.times?.windows ?? [],
      ({ name }) => `times “${name}”`,
      window => windowWords({ isOpenOnOtherDays: false, ...window }),
    ),
    ...named(
      approved.times?.bells ?? [],
      found.times?.bells ?? [],
      ({ name }) => `bell “${name}”`,
      ({ from, to, name }) => `${name} ${from} to ${to}`,
    ),
    ...(plain(approved.times?.terms) === plain(found.times?.terms) &&
    plain(approved.times?.closures) === plain(found.times?.closures)
      ? []
      : ['the term dates are not as they stand in the calendar']),
    ...(approved.illegal.source === found.illegal.source && approved.illegal.hosts.join() === found.illegal.hosts.join()
      ? []
      : ['the slot for illegal lists is not as it was']),
  ]
  if (all.length === 0 && approved.version !== found.version)
    return [`the rules are version ${found.version}, and ${approved.version} is approved`]
  return all
}

const said = (what: string, is: string, was: string): string => `${what} is “${is}”, and “${was}” was approved`
const plain = (value: unknown): string => JSON.stringify(value ?? null)
const rest = ({ id: _, ...value }: { readonly id: string }): string => JSON.stringify(value)
const withKey = <T extends { technology: string; side: string }>(cell: T): T & { id: string } => ({
  ...cell,
  id: `${cell.technology} ${cell.side}`,
})
const groupsOf = (groups: readonly string[] | 'all'): string => (groups === 'all' ? 'everybody' : groups.join(', '))

/** Things with an id: what is missing, what was not approved, and what is otherwise. */
function named<T extends { readonly id: string }>(
  approved: readonly T[],
  found: readonly T[],
  name: (item: T) => string,
  state: (item: T) => string,
): string[] {
  const [was, is] = [new Map(approved.map(each => [each.id, each])), new Map(found.map(each => [each.id, each]))]
  return [
    ...found.filter(({ id }) => !was.has(id)).map(each => `the ${name(each)} was not approved`),
    ...approved.filter(({ id }) => !is.has(id)).map(each => `the approved ${name(each)} is missing`),
    ...approved.flatMap(each => {
      const other = is.get(each.id)
      if (!other || plain(each) === plain(other)) return []
      const [wanted, seen] = [state(each), state(other)]
      return [wanted === seen ? `the ${name(each)} is not as it was approved` : said(`the ${name(each)}`, seen, wanted)]
    }),
  ]
}

function groupDifferences(approved: RuleSet, found: RuleSet): string[] {
  const all: string[] = []
  for (const group of approved.groups) {
    const other = found.groups.find(({ id }) => id === group.id)
    if (!other) {
      all.push(`the group ${group.name} is missing`)
      continue
    }
    for (const category of settableCategories) {
      const [was, is] = [actionFor(group, category), actionFor(other, category)]
      if (was !== is) all.push(said(`${category} for ${group.name}`, is, was))
    }
    if (group.sourcesNeeded !== other.sourcesNeeded)
      all.push(`${group.name} needs ${other.sourcesNeeded} sources, and ${group.sourcesNeeded} was approved`)
    if (group.audience !== other.audience)
      all.push(`${group.name} is treated as “${other.audience}”, and “${group.audience}” was approved`)
    if (group.side !== other.side || group.isUnder13 !== other.isUnder13)
      all.push(`${group.name} is not on the side of the technology matrix, or of the age, that was approved`)
  }
  for (const group of found.groups)
    if (!approved.groups.some(({ id }) => id === group.id))
      all.push(`there is a group ${group.id} that nobody approved`)
  return all
}

function siteDifferences(approved: RuleSet, found: RuleSet): string[] {
  const key = ({ id, action, host, path, groups, until, embeddedIn }: HostRule): string =>
    JSON.stringify([id, action, host, path ?? null, groups, until ?? null, embeddedIn ?? null])
  const words = (rule: HostRule): string =>
    `“${rule.action} ${rule.host}${rule.path ?? ''} for ${groupsOf(rule.groups)}${rule.embeddedIn ? `, on the pages of ${rule.embeddedIn.join(', ')}` : ''}”`
  const [approvedKeys, foundKeys] = [new Set(approved.hostRules.map(key)), new Set(found.hostRules.map(key))]
  return [
    ...found.hostRules
      .filter(rule => !approvedKeys.has(key(rule)))
      .map(rule => `the rule ${words(rule)} was not approved`),
    ...approved.hostRules
      .filter(rule => !foundKeys.has(key(rule)))
      .map(rule => `the approved rule ${words(rule)} is missing`),
  ]
}
