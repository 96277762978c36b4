import {
  type Action,
  actions,
  type Category,
  type GroupRules,
  type HostRule,
  type RuleSet,
  type SearchRule,
  type Service,
  type TechnologyCell,
} from '@gatehouse/engine'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import { settableCategories } from './change-content.ts'
import type { SchoolFilter } from './filter-rules.ts'

/*
 * Whether a change opens anything, which decides who may approve it. Asked of the two filters and not of the change, so that
 * it holds for whatever a later decision had covered. Where it cannot be told, it opens.
 */

/** What a group gets for a category under these rules. */
export const actionFor = (group: GroupRules, category: Category): Action =>
  category === 'unlisted' ? group.unlisted : (group.categories[category] ?? group.unlisted)

const strictness = (action: Action): number => actions.indexOf(action)

/** Whether anything at all becomes more open from `before` to `after`, for anybody, anywhere, at any time. */
export const opensSomething = (before: SchoolFilter, after: SchoolFilter): boolean =>
  groupsOpen(before.rules, after.rules) ||
  sitesOpen(before.rules, after.rules) ||
  searchesOpen(before.rules, after.rules) ||
  adjustmentsOpen(before.rules, after.rules) ||
  matrixOpens(before.rules, after.rules) ||
  timesOpen(before.rules, after.rules) ||
  // Whose traffic is taken for whose: which of two people gets more cannot be told here.
  !same([before.places, before.devices], [after.places, after.devices]) ||
  (before.listsNeedTwo && !after.listsNeedTwo)

const same = (one: unknown, other: unknown): boolean => plain(one) === plain(other)
const plain = (value: unknown): string => canonicalJson(JSON.parse(JSON.stringify(value ?? null)))

function groupsOpen(before: RuleSet, after: RuleSet): boolean {
  return after.groups.some(group => {
    const was = before.groups.find(({ id }) => id === group.id)
    return (
      !was ||
      group.sourcesNeeded > was.sourcesNeeded ||
      settableCategories.some(category => strictness(actionFor(group, category)) < strictness(actionFor(was, category)))
    )
  })
}

const forGroups = (rules: RuleSet, groups: readonly string[] | 'all'): readonly string[] =>
  groups === 'all' ? rules.groups.map(({ id }) => id) : groups

function sitesOpen(before: RuleSet, after: RuleSet): boolean {
  const sites = (rules: RuleSet, action: HostRule['action']): Set<string> =>
    new Set(
      rules.hostRules
        .filter(rule => rule.action === action)
        .flatMap(rule =>
          forGroups(rules, rule.groups).map(group =>
            JSON.stringify([group, rule.host, rule.path ?? '/', rule.embeddedIn ?? null, rule.until ?? null]),
          ),
        ),
    )
  return (
    !isWithin(sites(after, 'allow'), sites(before, 'allow')) || !isWithin(sites(before, 'block'), sites(after, 'block'))
  )
}
const isWithin = (some: ReadonlySet<string>, all: ReadonlySet<string>): boolean => [...some].every(one => all.has(one))

/** A rule for a phrase may stand in the way of a stricter answer, so only one that blocks is sure to open nothing. */
function searchesOpen(before: RuleSet, after: RuleSet): boolean {
  const phrases = (rules: RuleSet, wanted: (rule: SearchRule) => boolean): Set<string> =>
    new Set(
      (rules.searchRules ?? [])
        .filter(wanted)
        .flatMap(rule => forGroups(rules, rule.groups).map(group => `${group} ${rule.phrase} ${rule.action}`)),
    )
  const blocks = ({ action }: SearchRule): boolean => action === 'block'
  const isMild = (rule: SearchRule): boolean => !blocks(rule)
  const blockedAfter = phrases(after, blocks)
  const isCovered = (key: string): boolean => blockedAfter.has(key.replace(/ warn$/, ' block'))
  const [mildBefore, mildAfter] = [phrases(before, isMild), phrases(after, isMild)]
  return (
    !isWithin(phrases(before, blocks), blockedAfter) ||
    !isWithin(mildAfter, mildBefore) ||
    [...mildBefore].some(key => key.endsWith(' warn') && !mildAfter.has(key) && !isCovered(key))
  )
}

/** One that only blocks closes, and one that only allows closes when it goes; whatever else comes or goes may open. */
function adjustmentsOpen(before: RuleSet, after: RuleSet): boolean {
  const keyed = (rules: RuleSet) => new Map((rules.adjustments ?? []).map(each => [plain(each), each]))
  const [was, is] = [keyed(before), keyed(after)]
  const answers = (each: NonNullable<RuleSet['adjustments']>[number]): (Action | undefined)[] => [
    ...Object.values(each.categories),
    ...(each.unlisted === undefined ? [] : [each.unlisted]),
  ]
  return (
    [...is].some(([key, each]) => !was.has(key) && answers(each).some(action => action !== 'block')) ||
    [...was].some(([key, each]) => !is.has(key) && answers(each).some(action => action !== 'allow'))
  )
}

const cellOf = (rules: RuleSet, { technology, side }: TechnologyCell): TechnologyCell | undefined =>
  rules.matrix?.cells.find(cell => cell.technology === technology && cell.side === side)

function cellOpens(was: TechnologyCell | undefined, is: TechnologyCell): boolean {
  if (same(was, is) || is.level === 'not-allowed' || was?.level === 'allowed') return false
  if (was?.level !== 'selected-people' || is.level !== 'selected-people') return true
  return (is.people ?? []).some(person => !(was.people ?? []).includes(person))
}

function matrixOpens(before: RuleSet, after: RuleSet): boolean {
  const cells = after.matrix?.cells ?? []
  if (cells.some(cell => cellOpens(cellOf(before, cell), cell))) return true
  if ((before.matrix?.cells ?? []).some(cell => cell.level !== 'allowed' && !cellOf(after, cell))) return true
  const byId = (rules: RuleSet) => new Map((rules.matrix?.services ?? []).map(service => [service.id, service]))
  const [was, is] = [byId(before), byId(after)]
  return [...new Set([...was.keys(), ...is.keys()])].some(id => serviceOpens(was.get(id), is.get(id), before, after))
}

/** Sites that come under a row get what the row says, and those that leave it what their categories say. */
function serviceOpens(was: Service | undefined, is: Service | undefined, before: RuleSet, after: RuleSet): boolean {
  if (same(was, is)) return false
  if (was && is && (is.technology !== was.technology || is.minimumAge < was.minimumAge)) return true
  if (is?.ageIsForAccountsOnly && was && !was.ageIsForAccountsOnly) return true
  const [had, has] = [new Set(was?.hosts ?? []), new Set(is?.hosts ?? [])]
  const levels = (rules: RuleSet, service: Service | undefined): string[] =>
    (rules.matrix?.cells ?? []).filter(cell => cell.technology === service?.technology).map(({ level }) => level)
  // Without a row a service only sets an age, which closes; when it goes, so does the age.
  if (!is) return (was?.minimumAge ?? 0) > 0 || levels(before, was).some(level => level !== 'allowed')
  // A site that a service names is no longer under the row of its category; in no row, only its categories are left.
  const isAdded = [...has].some(host => !had.has(host))
  if (isAdded && (is.technology === undefined || levels(after, is).some(level => level !== 'not-allowed'))) return true
  return (
    [...had].some(host => !has.has(host)) &&
    ((was?.minimumAge ?? 0) > 0 || levels(before, was).some(level => level !== 'allowed'))
  )
}

/** Times that some rule is bound to before and after; a rule that comes with its times is judged for itself. */
function timesOpen(before: RuleSet, after: RuleSet): boolean {
  const used = (rules: RuleSet): Set<string | undefined> =>
    new Set([
      ...(rules.adjustments ?? []).map(({ window }) => window),
      ...(rules.matrix?.cells ?? []).map(({ window }) => window),
      ...(rules.passes ?? []).map(({ window }) => window),
    ])
  const times = ({ times: all }: RuleSet, id: string) => {
    const window = all?.windows.find(each => each.id === id)
    return (
      window && {
        ...window,
        name: '',
        spans: window.spans.map(span =>
          'bell' in span ? (all?.bells.find(({ id }) => id === span.bell) ?? null) : span,
        ),
      }
    )
  }
  const both = used(before).intersection(used(after))
  return [...both].some(id => id !== undefined && !same(times(before, id), times(after, id)))
}
