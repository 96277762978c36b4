import {
  type Action,
  type Category,
  type CategoryLists,
  decide,
  filterTechnologies,
  type GroupRules,
  type RuleSet,
  rowOfCategory,
  shippedGroups,
  type Technology,
} from '@gatehouse/engine'
import { groupsOf, type RuleContent, settableCategories } from './change-content.ts'
import { actionFor } from './filter-openings.ts'
import { levelOfCell } from './matrix-table.ts'

/*
 * What a pupil and a member of staff should see through the filter once a change is in force. Where the change itself says
 * it, that is what is expected; everywhere else it is what the rules say, asked of the engine and not of the gateway.
 */

/** One request to make, and what should come of it. */
export interface Expectation {
  readonly group: string
  readonly host: string
  readonly path: string
  readonly expected: Action
  /** The change opens it, so the site itself may be asked for; else nothing leaves the gateway. */
  readonly opens: boolean
}

/** Groups from whose side a test always looks: a pupil's and an adult's. */
export const controlGroups: readonly string[] = ['juniors', 'staff']

export const canaryOf = (category: Category): string =>
  category === 'unlisted' ? 'not-in-any-list.gatehouse.invalid' : `${category}.canary.gatehouse.invalid`

const mostProbes = 60

/**
 * @param about the content that was put in force; of a change that takes others off or puts them back, those.
 * @param claims false for what was taken off: then only the rules say what should be.
 */
export function expectations(
  about: readonly RuleContent[],
  claims: boolean,
  rules: RuleSet,
  lists: CategoryLists,
  at: Date,
): Expectation[] {
  const found = new Map<string, Expectation>()
  for (const content of about) {
    const groups = [...new Set([...groupsOf(content), ...controlGroups])]
    for (const { host, path } of addressesOf(content, rules))
      for (const group of groups) {
        const now = decide(rules, lists, { url: `http://${host}${path}`, groups: [group], at, kind: 'page' }).verdict
        const claimed = claims ? claimOf(content, group, rules, at) : undefined
        // A canary leads to our own test site; every other site is asked for only where the change opens it.
        const isCanary = content.kind !== 'host' && host.endsWith('.gatehouse.invalid')
        const opens = isCanary || (claims && content.kind === 'host' && claimed === 'allow')
        found.set(`${group} ${host}${path}`, { group, host, path, expected: claimed ?? now, opens })
      }
  }
  return [...found.values()].slice(0, mostProbes)
}

/** What the change itself says that a group gets; undefined where only the rules can say. */
function claimOf(content: RuleContent, group: string, rules: RuleSet, at: Date): Action | undefined {
  const isCovered = groupsOf(content).includes(group)
  switch (content.kind) {
    case 'host':
      return isCovered && content.embeddedIn === null ? content.action : undefined
    case 'category':
      // Where a row of the matrix speaks of the category, the row decides for staff and pupils.
      return isCovered && rowOfCategory[content.category] === undefined && (rules.adjustments ?? []).length === 0
        ? content.action
        : undefined
    case 'cell': {
      const known = shippedGroups.find(({ id }) => id === group)
      const wanted = levelOfCell(rules, content, at)
      // Under 13 an age still closes what the table opens, and the rules know which.
      return known?.side === content.side && !(known.isUnder13 && wanted === 'allow') ? wanted : undefined
    }
    default:
      return undefined
  }
}

/** Addresses that show what a change does. */
function addressesOf(content: RuleContent, rules: RuleSet): { host: string; path: string }[] {
  const at = (host: string, path = '/') => ({ host, path })
  const canaries = (categories: readonly Category[]) => categories.map(category => at(canaryOf(category)))
  const ofRow = (technology: Technology) => canariesOfRow(technology).map(host => at(host))
  const ofWindow = (id: string) =>
    (rules.matrix?.cells ?? []).filter(cell => cell.window === id).flatMap(({ technology }) => ofRow(technology))
  switch (content.kind) {
    case 'host':
      return [at(content.host, content.path ?? '/')]
    case 'category':
      return canaries([content.category])
    case 'adjustment':
      return [
        ...canaries(settableCategories.filter(category => content.categories[category] !== undefined)),
        ...(content.unlisted === null ? [] : canaries(['unlisted'])),
      ]
    case 'cell':
      return ofRow(content.technology)
    case 'window':
      return [...ofWindow(content.id), ...canaries(['pornography'])]
    case 'bells':
      return [
        ...(rules.times?.windows ?? [])
          .filter(({ spans }) => spans.some(span => 'bell' in span))
          .flatMap(({ id }) => ofWindow(id)),
        ...canaries(['pornography']),
      ]
    case 'service':
      return (content.service ?? content.before)?.hosts.slice(0, 5).map(host => at(host)) ?? []
    case 'search':
      return [at('www.google.com', `/search?q=${encodeURIComponent(content.phrase)}`)]
    case 'agreement':
    case 'place':
    case 'devices':
    case 'list-rule':
    case 'lists':
      // That nothing else has changed: a category that is closed to everybody, and one that pupils do not get.
      return canaries(['pornography', 'games'])
  }
}

/** What a group should get for a category's canary now. */
export function expectedCanary(
  rules: RuleSet,
  lists: CategoryLists,
  group: GroupRules,
  category: Category,
  at: Date,
): Action {
  // A row of the matrix stands in for its category, and an adjustment for a group's own: then only the engine can say.
  const isPlain =
    (group.side === undefined || rowOfCategory[category] === undefined) && (rules.adjustments ?? []).length === 0
  return isPlain
    ? actionFor(group, category)
    : decide(rules, lists, { url: `http://${canaryOf(category)}/`, groups: [group.id], at, kind: 'page' }).verdict
}

/** Hosts of our own that fall under a row: canaries of the categories that it decides about. */
export const canariesOfRow = (technology: Technology): string[] =>
  filterTechnologies.some(each => each === technology)
    ? settableCategories.filter(category => rowOfCategory[category] === technology).map(canaryOf)
    : []
