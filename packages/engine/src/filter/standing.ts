/**
 * How somebody stands at some time: what their groups, class, year, age and place, the adjustments, passes and the rows of the
 * matrix come to, before any address is looked at. Worked out once for a stretch of time in which nothing changes by the clock,
 * and kept, so that a verdict is a look-up of what the lists say of the host.
 */
import { londonDate } from '../london-time.ts'
import { type FilterTechnology, filterTechnologies } from './matrix.ts'
import { type Outcome, outcomeOf, strictness } from './outcome.ts'
import type {
  Action,
  Adjustment,
  Audience,
  Category,
  CategoryLists,
  FilterRequest,
  GroupRules,
  Pass,
  RuleSet,
  Service,
  Side,
  TechnologyCell,
  Who,
} from './types.ts'
import { edgesOfDay, isWindowOpen, type Period, periodOf } from './windows.ts'

export interface GroupStanding {
  readonly rules: GroupRules
  /** What this group gets of a category, adjustments included. */
  of(category: Category | 'unlisted'): Outcome
  /** What the matrix says of a row for this group; undefined where it says nothing. */
  row(technology: FilterTechnology): Outcome | undefined
}

/** Without holes: an array with holes is a dictionary, and three times as slow. */
export type Answers = (Outcome | undefined)[]

export interface Standing {
  /** False with no group, or one that does not exist. */
  readonly isKnown: boolean
  /** Of a sentence that is not one group's: the youngest reader that it may have. */
  readonly audience: Audience
  readonly groups: readonly GroupStanding[]
  /** A pupil under 13, or of whom it is not known. */
  readonly isUnder13: boolean
  /** Open now for this person; in a lesson with sites of its own, only those passes that are for it. */
  readonly passes: ReadonlySet<Pass>
  /** The pass of a lesson in which nothing else is open. */
  readonly only: Pass | undefined
  /** Answers by what the lists say (index: id of the set), for `lists`; begun afresh when they change. */
  answers: Answers
  serviceAnswers: Map<Service, Answers>
  lists: CategoryLists | undefined
}

export type Standings = (request: FilterRequest) => Standing

interface Kept {
  readonly who: Circumstances
  readonly moment: Moment
  readonly standing: Standing
}

/** What of a request the standing depends on: names that no rule holds are left out, so that most pupils of a group are as one. */
interface Circumstances {
  readonly groups: readonly string[]
  readonly personId: string | undefined
  readonly classes: readonly string[]
  readonly year: string | undefined
  readonly hasTurned13: boolean
  readonly place: string | undefined
}

/** Of people and times together; more than a school has at one time. */
const mostKept = 4_000
/** Days of which the edges are kept: a replay goes over some weeks. */
const mostDays = 100

interface Moment {
  readonly period: Period
  /** London, 'YYYY-MM-DD'; '' at a time that is none. */
  readonly date: string
  isOpen(window: string): boolean | undefined
}

export function createStandings(rules: RuleSet, groups: ReadonlyMap<string, GroupRules>): Standings {
  const momentOf = createMoments(rules)
  const named = whoIsNamed(rules)
  /** The last of each first group, and all of them by everything that bears on them. */
  const recent = new Map<string, Kept>()
  const kept = new Map<string, Kept>()

  const isFor = ({ who, moment }: Kept, request: FilterRequest, instant: number): boolean =>
    instant >= moment.period.from &&
    instant < moment.period.until &&
    isSame(who.groups, request.groups) &&
    who.hasTurned13 === hasTurned13(request.turns13On, moment.date) &&
    who.place === (named.hasPlaces ? request.place : undefined) &&
    who.personId === onlyIf(named.people, request.personId) &&
    who.year === onlyIf(named.years, request.year) &&
    isSameOfNamed(who.classes, request.classes, named.classes)

  return request => {
    const instant = request.at.getTime()
    const first = request.groups[0] ?? ''
    const near = recent.get(first)
    if (near && isFor(near, request, instant)) return near.standing
    const moment = momentOf(instant)
    const who: Circumstances = {
      groups: request.groups,
      personId: onlyIf(named.people, request.personId),
      classes: (request.classes ?? nobody).filter(each => named.classes.has(each)),
      year: onlyIf(named.years, request.year),
      hasTurned13: hasTurned13(request.turns13On, moment.date),
      place: named.hasPlaces ? request.place : undefined,
    }
    const key = JSON.stringify([moment.period.from, who])
    const far = kept.get(key)
    const found =
      far && isFor(far, request, instant)
        ? far
        : { who, moment, standing: standingAt(rules, groups, who, moment, instant) }
    if (kept.size >= mostKept) kept.clear()
    kept.set(key, found)
    if (recent.size >= mostKept) recent.clear()
    recent.set(first, found)
    return found.standing
  }
}

const nobody: readonly string[] = []

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((each, index) => each === other[index]))

/** True if those of `asked` that are named are `known`, in the same order. */
function isSameOfNamed(
  known: readonly string[],
  asked: readonly string[] | undefined,
  named: ReadonlySet<string>,
): boolean {
  let met = 0
  for (const each of asked ?? nobody) {
    if (!named.has(each)) continue
    if (known[met] !== each) return false
    met += 1
  }
  return met === known.length
}

const onlyIf = (named: ReadonlySet<string>, id: string | undefined): string | undefined =>
  id !== undefined && named.size > 0 && named.has(id) ? id : undefined

/** 'YYYY-MM-DD' both; false for what is no date, and at a time that is none. */
const hasTurned13 = (turns13On: string | undefined, today: string): boolean =>
  turns13On !== undefined && turns13On.length === 10 && turns13On >= '1900-01-01' && turns13On <= today

/** Everybody whom any rule names otherwise than by group. */
function whoIsNamed({ adjustments = [], passes = [], matrix }: RuleSet) {
  const all = [...adjustments, ...passes].map(({ who }): Who => who)
  return {
    people: new Set([
      ...all.flatMap(({ people = [] }) => people),
      ...(matrix?.cells.flatMap(({ people = [] }) => people) ?? []),
    ]),
    classes: new Set(all.flatMap(({ classes = [] }) => classes)),
    years: new Set(all.flatMap(({ years = [] }) => years)),
    hasPlaces: adjustments.some(({ places }) => places !== undefined),
  }
}

const hourMs = 3_600_000
/** Hours of which the moments are kept: a replay goes over some weeks, and not always in order. */
const mostHours = 5_000

function createMoments(rules: RuleSet): (instant: number) => Moment {
  const byHour = new Map<number, Moment[]>()
  const edges = new Map<string, readonly number[]>()
  let last: Moment | undefined
  const isIn = ({ period }: Moment, instant: number): boolean => instant >= period.from && instant < period.until
  return instant => {
    if (last && isIn(last, instant)) return last
    // A time that is none, or that no calendar reaches: nothing is open then that depends on the time.
    if (!(instant > Date.UTC(1900, 0) && instant < Date.UTC(9000, 0)))
      return { period: { from: instant, until: instant }, date: '', isOpen: () => false }
    const hour = Math.floor(instant / hourMs)
    const ofHour = byHour.get(hour) ?? []
    const found = ofHour.find(moment => isIn(moment, instant)) ?? momentAt(rules, instant, edges)
    if (!ofHour.includes(found)) ofHour.push(found)
    if (byHour.size >= mostHours) byHour.clear()
    byHour.set(hour, ofHour)
    last = found
    return found
  }
}

function momentAt(rules: RuleSet, instant: number, edges: Map<string, readonly number[]>): Moment {
  const date = londonDate(new Date(instant))
  const known = edges.get(date) ?? edgesOfDay(rules, date)
  if (edges.size >= mostDays) edges.clear()
  edges.set(date, known)
  const states = new Map<string, boolean | undefined>()
  return {
    period: periodOf(known, instant),
    date,
    isOpen: window => {
      if (states.has(window)) return states.get(window)
      const { times } = rules
      const state = times?.windows.some(({ id }) => id === window)
        ? isWindowOpen(times, window, new Date(instant))
        : undefined
      states.set(window, state)
      return state
    },
  }
}

function standingAt(
  rules: RuleSet,
  groups: ReadonlyMap<string, GroupRules>,
  who: Circumstances,
  moment: Moment,
  instant: number,
): Standing {
  const own = who.groups.map(id => groups.get(id))
  const known = own.filter(group => group !== undefined)
  const open = (rules.passes ?? []).filter(pass => isPassOpen(pass, who, moment, instant))
  const only = open.filter(pass => pass.isOnly).sort((one, other) => (one.id < other.id ? -1 : 1))
  const passes = new Set(only.length > 0 ? only : open)
  const adjustments = (rules.adjustments ?? []).filter(({ places }) => places?.includes(who.place ?? 'school') ?? true)
  return {
    isKnown: own.length > 0 && known.length === own.length,
    audience: youngest(own),
    groups: [...new Set(known)]
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .map(group => groupStanding(rules, group, who, moment, adjustments, passes)),
    isUnder13: known.some(group => mayBeUnder13(group, who.hasTurned13)),
    passes,
    only: only[0],
    answers: [],
    serviceAnswers: new Map(),
    lists: undefined,
  }
}

function youngest(groups: readonly (GroupRules | undefined)[]): Audience {
  if (groups.some(group => group?.audience === 'young-child')) return 'young-child'
  return groups.length > 0 && groups.every(group => group?.audience === 'adult') ? 'adult' : 'child'
}

/** Everybody of a group for under-13s; and a pupil, or whoever may be a child, of whom it is not known that they are 13. */
function mayBeUnder13({ isUnder13, side, audience }: GroupRules, hasTurned: boolean): boolean {
  if (isUnder13) return true
  if (side === 'staff' || (side !== 'pupils' && audience === 'adult')) return false
  return !hasTurned
}

function isPassOpen(
  { who, from, until, window }: Pass,
  asked: Circumstances,
  moment: Moment,
  instant: number,
): boolean {
  const isTheirs =
    (asked.personId !== undefined && (who.people?.includes(asked.personId) ?? false)) ||
    asked.classes.some(each => who.classes?.includes(each))
  if (!isTheirs || !(Date.parse(from) <= instant && instant < Date.parse(until))) return false
  return window === undefined || moment.isOpen(window) === true
}

/** How closely an adjustment names somebody: 3 person, 2 class, 1 year, 0 group, -1 not at all. */
function closeness({ who }: Adjustment, asked: Circumstances, group: GroupRules): number {
  if (asked.personId !== undefined && who.people?.includes(asked.personId)) return 3
  if (asked.classes.some(each => who.classes?.includes(each))) return 2
  if (asked.year !== undefined && who.years?.includes(asked.year)) return 1
  return who.groups?.includes(group.id) ? 0 : -1
}

interface Applying {
  readonly adjustment: Adjustment
  readonly closeness: number
  /** Its window does not exist: what it blocks is blocked, what it opens is not open. */
  readonly isLost: boolean
}

function groupStanding(
  rules: RuleSet,
  group: GroupRules,
  who: Circumstances,
  moment: Moment,
  adjustments: readonly Adjustment[],
  passes: ReadonlySet<Pass>,
): GroupStanding {
  const applying: Applying[] = []
  for (const adjustment of adjustments) {
    const near = closeness(adjustment, who, group)
    const isOpen = adjustment.window === undefined ? true : moment.isOpen(adjustment.window)
    if (near >= 0 && isOpen !== false) applying.push({ adjustment, closeness: near, isLost: isOpen === undefined })
  }
  /** The closest that speaks of this, the strictest of equals, then the first by id. */
  const adjusted = (category: Category | 'unlisted'): { readonly id: string; readonly action: Action } | undefined => {
    let best: { id: string; action: Action; closeness: number } | undefined
    for (const { adjustment, closeness: near, isLost } of applying) {
      const action = category === 'unlisted' ? adjustment.unlisted : adjustment.categories[category]
      if (action === undefined || (isLost && action !== 'block')) continue
      const difference = best
        ? near - best.closeness || strictness(action) - strictness(best.action) || (adjustment.id < best.id ? 1 : -1)
        : 1
      if (difference > 0) best = { id: adjustment.id, action, closeness: near }
    }
    return best
  }
  const outcomes = new Map<Category | 'unlisted', Outcome>()
  const rows = new Map<FilterTechnology, Outcome | undefined>()
  for (const technology of filterTechnologies)
    rows.set(technology, rowOutcome(rules, technology, group, who, moment, passes))
  const unlisted = () => adjusted('unlisted')?.action ?? group.unlisted
  return {
    rules: group,
    row: technology => rows.get(technology),
    of: category => {
      const known = outcomes.get(category)
      if (known) return known
      const change = adjusted(category)
      const verdict = change?.action ?? (category === 'unlisted' ? undefined : group.categories[category]) ?? unlisted()
      const outcome = outcomeOf(
        'categories',
        verdict,
        category === 'unlisted' && verdict === 'allow' ? 'none' : category,
        change ? `adjustment:${change.id}:${category}` : `group:${group.id}:${category}`,
        group.audience,
      )
      outcomes.set(category, outcome)
      return outcome
    },
  }
}

function rowOutcome(
  rules: RuleSet,
  technology: FilterTechnology,
  group: GroupRules,
  who: Circumstances,
  moment: Moment,
  passes: ReadonlySet<Pass>,
): Outcome | undefined {
  const { side } = group
  const cell = rules.matrix?.cells.find(each => each.technology === technology && each.side === side)
  if (!side || !cell) return undefined
  const pass = cell.level === 'not-allowed' ? undefined : [...passes].find(each => each.technology === technology)
  const isOpen = pass !== undefined || isCellOpen(cell, who, moment)
  const window = rules.times?.windows.find(({ id }) => id === cell.window)
  return outcomeOf(
    'matrix',
    isOpen ? 'allow' : 'block',
    'none',
    pass ? `pass:${pass.id}` : `technology:${technology}`,
    group.audience,
    rowDetail(cell, side, window?.name),
  )
}

function isCellOpen({ level, window, people }: TechnologyCell, who: Circumstances, moment: Moment): boolean {
  switch (level) {
    case 'allowed':
      return true
    case 'certain-times':
      return window !== undefined && moment.isOpen(window) === true
    case 'selected-people':
      return who.personId !== undefined && (people?.includes(who.personId) ?? false)
    case 'with-permission':
    case 'not-allowed':
      return false
  }
}

/** 'level, side, name of the window', for the sentence. */
const rowDetail = ({ level }: TechnologyCell, side: Side, window: string | undefined): string =>
  [level, side, window ?? ''].join('|')
