import {
  type Adjustment,
  type GroupRules,
  type HostRule,
  type Pass,
  type RuleSet,
  type SchoolTimes,
  type SearchRule,
  type Service,
  shippedGroups,
  shippedMatrix,
  shippedTimes,
  type TechnologyCell,
  type TimeWindow,
} from '@gatehouse/engine'
import type { RuleContent, WindowState } from './change-content.ts'
import { technologyNames } from './technology-names.ts'

/*
 * A school's filter, built: the shipped profiles, matrix and times, with the changes in force laid on top in the order in
 * which they were approved. There is no other copy of it. Whatever takes a change off the pile brings back what it covered.
 */

/** A change that is in force, as the rules are built from it. */
export interface ChangeInForce {
  readonly id: string
  readonly version: number
  readonly content: RuleContent
}

export interface Place {
  readonly id: string
  readonly name: string
  readonly subnets: readonly string[]
  readonly group: string | null
}
export interface Device {
  readonly address: string
  readonly personId: string
}

/** Everything about the filter that takes two people. */
export interface SchoolFilter {
  readonly rules: RuleSet
  readonly places: readonly Place[]
  readonly devices: readonly Device[]
  /** Newly compiled lists wait for two people. */
  readonly listsNeedTwo: boolean
}

/** What bears on the rules and is decided elsewhere: passes by their own two people, terms and closures in the calendar. */
export interface RuleSurroundings {
  readonly passes?: readonly Pass[]
  /** Both ends inclusive. */
  readonly terms?: SchoolTimes['terms']
  readonly closures?: SchoolTimes['closures']
}

/** Our own check page must be reachable by everybody, or an outage could not be told from a block. It leads nowhere else. */
export const checkHost = 'check.gatehouse.invalid'
const checkRule: HostRule = {
  id: 'check-page',
  action: 'allow',
  host: checkHost,
  groups: 'all',
  reason: 'The filter’s own check page',
}

/** `version` counts decisions, so that two filters are never taken for one. */
export function filterOf(
  changes: readonly ChangeInForce[],
  version: number,
  surroundings: RuleSurroundings = {},
): SchoolFilter {
  const pile = [...changes].sort((one, other) => one.version - other.version)
  const draft: Draft = {
    groups: shippedGroups.map(group => ({ ...group, categories: { ...group.categories } })),
    sites: new Map(),
    searches: new Map(),
    adjustments: [],
    cells: new Map(shippedMatrix.cells.map(cell => [cellKey(cell), cell])),
    services: new Map(shippedMatrix.services.map(service => [service.id, service])),
    windows: new Map(shippedTimes.windows.map(window => [window.id, window])),
    bells: shippedTimes.bells,
    places: new Map(),
    devices: new Map(),
    listsNeedTwo: false,
  }
  for (const change of pile) lay(draft, change)
  const { passes = [], terms = [], closures = [] } = surroundings
  return {
    rules: {
      version,
      groups: draft.groups,
      hostRules: [checkRule, ...siteRules(draft.sites)],
      ...(passes.length > 0 ? { passes } : {}),
      adjustments: draft.adjustments,
      matrix: { cells: [...draft.cells.values()], services: [...draft.services.values()] },
      searchRules: searchRules(draft.searches),
      times: { bells: draft.bells, terms, closures, windows: [...draft.windows.values()] },
      // No change reaches the slot: it is empty until a member's licensed list is loaded, which this version cannot do.
      illegal: { source: 'empty', hosts: [] },
    },
    places: [...draft.places.values()].sort(byId),
    devices: [...draft.devices].sort().map(([address, personId]) => ({ address, personId })),
    listsNeedTwo: draft.listsNeedTwo,
  }
}

/** The rules alone: what is asked of the engine. */
export const rulesOf = (
  changes: readonly ChangeInForce[],
  version: number,
  surroundings: RuleSurroundings = {},
): RuleSet => filterOf(changes, version, surroundings).rules

const byId = (one: { id: string }, other: { id: string }): number => (one.id < other.id ? -1 : 1)
const cellKey = ({ technology, side }: Pick<TechnologyCell, 'technology' | 'side'>): string => `${technology} ${side}`

type Of<K extends RuleContent['kind']> = Extract<RuleContent, { kind: K }>
interface Held<K extends RuleContent['kind']> {
  readonly change: string
  readonly group: string
  readonly content: Of<K>
}
interface Draft {
  readonly groups: GroupRules[]
  /** By what is decided about, and group: the last decision stands. */
  readonly sites: Map<string, Held<'host'>>
  readonly searches: Map<string, Held<'search'>>
  readonly adjustments: Adjustment[]
  readonly cells: Map<string, TechnologyCell>
  readonly services: Map<string, Service>
  readonly windows: Map<string, TimeWindow>
  bells: SchoolTimes['bells']
  readonly places: Map<string, Place>
  readonly devices: Map<string, string>
  listsNeedTwo: boolean
}

function lay(draft: Draft, { id: change, content }: ChangeInForce): void {
  switch (content.kind) {
    case 'host':
      for (const group of content.groups)
        draft.sites.set(JSON.stringify([content.host, content.path, group]), { change, group, content })
      return
    case 'search':
      for (const group of content.groups)
        draft.searches.set(JSON.stringify([content.phrase.toLowerCase(), group]), { change, group, content })
      return
    case 'category':
    case 'agreement':
      for (const [at, group] of draft.groups.entries())
        if (content.groups.includes(group.id)) draft.groups[at] = { ...group, ...groupChange(group, content) }
      return
    case 'cell':
      draft.cells.set(cellKey(content), {
        technology: content.technology,
        side: content.side,
        level: content.level,
        ...(content.window === null ? {} : { window: content.window }),
        ...(content.people.length === 0 ? {} : { people: content.people }),
      })
      return
    case 'adjustment':
      draft.adjustments.push({
        id: change,
        who: content.who,
        ...(content.places === null ? {} : { places: content.places }),
        ...(content.window === null ? {} : { window: content.window }),
        categories: content.categories,
        ...(content.unlisted === null ? {} : { unlisted: content.unlisted }),
      })
      return
    case 'window':
      if (content.window) draft.windows.set(content.id, windowOf(content.id, content.window))
      else draft.windows.delete(content.id)
      return
    case 'bells':
      draft.bells = content.bells
      return
    case 'service': {
      if (!content.service) {
        draft.services.delete(content.id)
        return
      }
      const { technology, ageIsForAccountsOnly, ...service } = content.service
      draft.services.set(content.id, {
        id: content.id,
        ...service,
        ...(technology === null ? {} : { technology }),
        ...(ageIsForAccountsOnly ? { ageIsForAccountsOnly } : {}),
      })
      return
    }
    case 'place':
      if (content.place) draft.places.set(content.id, { id: content.id, ...content.place })
      else draft.places.delete(content.id)
      return
    case 'devices':
      for (const { address, personId } of content.devices)
        if (personId === null) draft.devices.delete(address)
        else draft.devices.set(address, personId)
      return
    case 'list-rule':
      draft.listsNeedTwo = content.needsTwo
      return
    case 'lists':
      // Which lists are in force is the installation's: see lists-folder.ts.
      return
  }
}

const windowOf = (id: string, { isOpenOnOtherDays, ...window }: WindowState): TimeWindow => ({
  id,
  ...window,
  ...(isOpenOnOtherDays ? { isOpenOnOtherDays } : {}),
})

const groupChange = (group: GroupRules, content: Of<'category'> | Of<'agreement'>): Partial<GroupRules> =>
  content.kind === 'agreement'
    ? { sourcesNeeded: content.sourcesNeeded }
    : content.category === 'unlisted'
      ? { unlisted: content.action }
      : { categories: { ...group.categories, [content.category]: content.action } }

/** One rule a change, for the groups for which it is still the last decision. */
function gathered<K extends 'host' | 'search'>(held: Iterable<Held<K>>): [string, Of<K>, string[]][] {
  const found = new Map<string, [string, Of<K>, string[]]>()
  for (const { change, group, content } of held) {
    const rule = found.get(change) ?? [change, content, []]
    rule[2].push(group)
    found.set(change, rule)
  }
  return [...found.values()].sort(([one], [other]) => (one < other ? -1 : 1))
}

const siteRules = (sites: Draft['sites']): HostRule[] =>
  gathered(sites.values()).map(([id, { action, host, path, embeddedIn }, groups]) => ({
    id,
    action,
    host,
    ...(path === null ? {} : { path }),
    groups: groups.sort(),
    reason: `Change ${id}`,
    ...(embeddedIn ? { embeddedIn } : {}),
  }))

const searchRules = (searches: Draft['searches']): SearchRule[] =>
  gathered(searches.values()).map(([id, { phrase, action, category }, groups]) => ({
    id,
    phrase,
    action,
    category,
    groups: groups.sort(),
  }))

/**
 * What in a filter leads nowhere, in sentences: a window, bell, place or group that is named and is not there. A change that
 * would leave any is refused, so taking off a window that a rule still needs is.
 */
export function looseEnds({ rules, places }: SchoolFilter): string[] {
  const windows = new Map((rules.times?.windows ?? []).map(window => [window.id, window]))
  const bells = new Set((rules.times?.bells ?? []).map(({ id }) => id))
  const groups = new Set(rules.groups.map(({ id }) => id))
  const known = new Set(places.map(({ id }) => id))
  const found: string[] = []
  for (const { technology, window } of rules.matrix?.cells ?? [])
    if (window !== undefined && !windows.has(window))
      found.push(`The row “${technologyNames[technology]}” needs the times “${window}”, which are not there.`)
  for (const { window, places: where = [], who } of rules.adjustments ?? []) {
    if (window !== undefined && !windows.has(window))
      found.push(`An adjustment needs the times “${window}”, which are not there.`)
    for (const place of where)
      if (place !== anywhereInSchool && !known.has(place))
        found.push(`An adjustment needs the place “${place}”, which is not there.`)
    for (const group of who.groups ?? [])
      if (!groups.has(group)) found.push(`An adjustment is for the group “${group}”, which is not there.`)
  }
  for (const { name, spans } of windows.values())
    for (const span of spans)
      if ('bell' in span && !bells.has(span.bell))
        found.push(`The times “${name}” need the bell “${span.bell}”, which is not there.`)
  for (const { name, group } of places)
    if (group !== null && !groups.has(group)) found.push(`The place “${name}” needs the group “${group}”.`)
  return found
}

/** The place of whoever is at none that is named. */
export const anywhereInSchool = 'school'
