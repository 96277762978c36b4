import {
  type Action,
  actions,
  alikeBy,
  type CategoryLists,
  decide,
  type FilterRequest,
  isSchoolDayOf,
  isWindowOpen,
  nextBoundary,
  type RuleSet,
} from '@gatehouse/engine'
import { londonDate, londonTime } from '@gatehouse/engine/calendar'
import type { AskerAttributes } from '@gatehouse/engine'

/*
 * A change replayed: real requests of the last days, decided once by the rules as they are and once as they would be. It
 * names no child: people are counted, classes and lessons are named where at least three people were behind them.
 *
 * Deciding each of ten million requests twice would take minutes, and most are alike. What bears on a verdict is made into
 * three small numbers: who it is (a persona: the groups, and the classes, year and age as far as any rule asks for them), when
 * (a slot: all stretches with the same windows and passes open are one), and what the lists say of the address, where no rule
 * names it. Each combination is decided once; addresses that a rule names are decided once each.
 */

/** What the web log says of one request, or of several alike. Probers are left out. */
export interface LoggedRequest {
  readonly at: Date
  /** null where nobody was known. */
  readonly personId: string | null
  readonly groups: readonly string[]
  readonly host: string
  /** Without the query. */
  readonly path: string
  readonly kind: FilterRequest['kind']
  readonly count: number
}

export interface ReplaySide {
  readonly requests: number
  /** Different people; requests of nobody known are not among them. */
  readonly people: number
  /** Most asked for first, at most ten. */
  readonly hosts: readonly { readonly host: string; readonly requests: number }[]
  /** A class in a period of a day, with at least three people; most people first, at most ten. */
  readonly lessons: readonly {
    readonly classId: string
    readonly period: string
    readonly on: string
    readonly requests: number
    readonly people: number
  }[]
  /** How many lessons there were in all. */
  readonly lessonCount: number
}

export interface ReplayResult {
  /** Half-open. */
  readonly from: Date
  readonly to: Date
  readonly requests: number
  /** Blocked as it would be, and not as it is. */
  readonly newlyBlocked: ReplaySide
  /** Anything milder than it is. */
  readonly newlyOpen: ReplaySide
  /** Open as it is, with a warning as it would be. */
  readonly newlyWarned: number
}

export interface ReplayOptions {
  readonly before: RuleSet
  readonly after: RuleSet
  readonly lists: CategoryLists
  /** Where the change is about the lists themselves: those that would take their place. */
  readonly listsAfter?: CategoryLists
  /** In batches, in any order. */
  readonly requests: AsyncIterable<readonly LoggedRequest[]>
  readonly people: ReadonlyMap<string, AskerAttributes>
  readonly from: Date
  readonly to: Date
  /** After each batch: requests so far. */
  readonly onProgress?: (requests: number) => void
}

/** Fewer people than this behind a lesson, and the lesson is only counted. */
const fewest = 3
const mostShown = 10
/** Hosts and addresses remembered at a time: beyond it they are forgotten and looked at again, so that memory stays small. */
const mostHosts = 200_000
const mostAddresses = 300_000

export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { from, to, onProgress } = options
  const personaOf = createPersonas(options)
  const slots = createSlots(options)
  const changeOf = createChanges(options, slots.count)
  const blocked = createSide(options)
  const opened = createSide(options)
  let requests = 0
  let warned = 0
  for await (const batch of options.requests) {
    for (const row of batch) {
      requests += row.count
      const change = changeOf(row, personaOf(row), slots.at(row.at))
      if (change === 'same') continue
      if (change === 'warned') warned += row.count
      else (change === 'blocked' ? blocked : opened).add(row)
    }
    onProgress?.(requests)
    // Lets pages be served between two batches.
    await new Promise(done => setImmediate(done))
  }
  return {
    from,
    to,
    requests,
    newlyBlocked: blocked.sum(),
    newlyOpen: opened.sum(),
    newlyWarned: warned,
  }
}

/** What becomes of a request, each kind of request decided once by each of the two rule sets. */
function createChanges({ before, after, lists, listsAfter = lists }: ReplayOptions, slotCount: number) {
  /** By what the lists say of an address, where nothing else bears on it. */
  const alike: Map<number, Change>[] = []
  /** By address, where it does. */
  const known = new Map<string, Map<number, Change>>()
  /** Of hosts whose path cannot be seen, or is plain: what they are alike by; null where they are decided by themselves. */
  const hosts = new Map<string, number | null>()
  const decided = (row: LoggedRequest, persona: Persona, slot: Slot): Change => {
    const request = { ...persona.as, url: addressOf(row), at: slot.sample, kind: row.kind }
    return changeFrom(decide(before, lists, request).verdict, decide(after, listsAfter, request).verdict)
  }
  const alikeness = (host: string, path: string | null): number | null => {
    // Rules differ in which hosts they name: both must name none.
    const one = alikeBy(before, lists, host, path)
    const other = alikeBy(after, listsAfter, host, path)
    return one === null || other === null ? null : bothSets(one, other)
  }
  /** One number for what two sets of lists say. Ids of sets are small and given in order. */
  const bothSets = (one: number, other: number): number => (listsAfter === lists ? one : one * 2 ** 24 + other)
  const plainSet = (host: string, path: string): number =>
    bothSets(lists.lookupPathSet(host, path), listsAfter === lists ? 0 : listsAfter.lookupPathSet(host, path))
  return (row: LoggedRequest, persona: Persona, slot: Slot): Change => {
    const kind = kinds.indexOf(row.kind)
    let group = hosts.get(row.host)
    if (group === undefined) {
      if (hosts.size >= mostHosts) hosts.clear()
      group = alikeness(row.host, null)
      hosts.set(row.host, group)
    }
    if (group !== null && row.kind === 'page' && row.path !== '/')
      group = isPlain.test(row.path) ? plainSet(row.host, row.path) : alikeness(row.host, row.path)
    const asked = (persona.index * slotCount + slot.index) * kinds.length + kind
    if (group !== null) {
      alike[asked] ??= new Map()
      const found = alike[asked].get(group)
      if (found !== undefined) return found
      const change = decided(row, persona, slot)
      alike[asked].set(group, change)
      return change
    }
    const address = row.kind === 'page' ? `${row.host}${row.path}` : row.host
    let changes = known.get(address)
    if (changes === undefined) {
      if (known.size >= mostAddresses) known.clear()
      changes = new Map()
      known.set(address, changes)
    }
    const found = changes.get(asked)
    if (found !== undefined) return found
    const change = decided(row, persona, slot)
    changes.set(asked, change)
    return change
  }
}

/** A path without a dot, a colon or an escape names no file and holds no address. */
const isPlain = /^[\w/~+-]*$/

const kinds: readonly FilterRequest['kind'][] = ['page', 'connect', 'dns']
type Change = 'same' | 'blocked' | 'opened' | 'warned'

const strictness = (action: Action): number => actions.indexOf(action)
const changeFrom = (was: Action, is: Action): Change =>
  was === is ? 'same' : strictness(is) < strictness(was) ? 'opened' : is === 'block' ? 'blocked' : 'warned'

function addressOf({ host, path, kind }: LoggedRequest): string {
  const name = host.includes(':') ? `[${host}]` : host
  return kind === 'page' ? `http://${name}${path}` : kind === 'connect' ? `${name}:443` : name
}

interface Persona {
  readonly index: number
  readonly as: Omit<FilterRequest, 'url' | 'at' | 'kind'>
}

/** Who it is, as far as any rule asks. */
function createPersonas({ before, after, people, from, to }: ReplayOptions): (row: LoggedRequest) => Persona {
  const asked = { people: new Set<string>(), classes: new Set<string>(), years: new Set<string>() }
  for (const rules of [before, after]) {
    for (const who of [
      ...(rules.adjustments ?? []).map(each => each.who),
      ...(rules.passes ?? []).map(each => each.who),
      ...(rules.matrix?.cells ?? []).map(each => ({ people: each.people ?? [] })),
    ] as { people?: readonly string[]; classes?: readonly string[]; years?: readonly string[] }[])
      for (const key of ['people', 'classes', 'years'] as const) for (const id of who[key] ?? []) asked[key].add(id)
  }
  const [firstDay, lastDay] = [londonDate(from), londonDate(to)]
  /** A birthday before or after all of it is as good as any other. */
  const ageOf = (turns13On: string | null): string | null =>
    turns13On === null ? null : turns13On <= firstDay ? firstDay : turns13On > lastDay ? '9999-12-31' : turns13On
  const personas = new Map<string, Persona>()
  /** The last persona of each person, which is nearly always the next as well. */
  const cached = new Map<string | null, Persona>()
  return ({ personId, groups }) => {
    const found = cached.get(personId)
    if (found && isSame(found.as.groups, groups)) return found
    const person = personId === null ? undefined : people.get(personId)
    const as = {
      groups,
      ...(personId !== null && asked.people.has(personId) ? { personId } : {}),
      ...(person ? { classes: person.classes.filter(id => asked.classes.has(id)) } : {}),
      ...(person?.year != null && asked.years.has(person.year) ? { year: person.year } : {}),
      ...(person && ageOf(person.turns13On) !== null ? { turns13On: ageOf(person.turns13On) ?? '' } : {}),
    }
    const key = JSON.stringify(as)
    const persona = personas.get(key) ?? { index: personas.size, as }
    personas.set(key, persona)
    cached.set(personId, persona)
    return persona
  }
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((each, at) => each === other[at]))

interface Slot {
  readonly index: number
  /** An instant of it: between any two of them no verdict differs. */
  readonly sample: Date
}

/** When it is, as far as any verdict depends on it. */
function createSlots({ before, after, people, from, to }: ReplayOptions) {
  const [firstDay, lastDay] = [londonDate(from), londonDate(to)]
  const birthdays = [...people.values()]
    .flatMap(({ turns13On }) => (turns13On !== null && turns13On > firstDay && turns13On <= lastDay ? [turns13On] : []))
    .sort()
  /** Everything that the clock alone decides, at one instant. */
  const stateAt = (at: Date): string => {
    const day = londonDate(at)
    const of = ({ times, passes = [], hostRules }: RuleSet): unknown[] => [
      (times?.windows ?? []).map(({ id }) => (times && isWindowOpen(times, id, at) ? 1 : 0)),
      passes.map(pass => (Date.parse(pass.from) <= at.getTime() && at.getTime() < Date.parse(pass.until) ? 1 : 0)),
      hostRules.map(({ until }) => (until !== undefined && Date.parse(until) <= at.getTime() ? 1 : 0)),
    ]
    return JSON.stringify([of(before), of(after), birthdays.filter(date => date <= day).length])
  }
  const slots = new Map<string, Slot>()
  const stretches: { readonly to: number; readonly slot: Slot }[] = []
  const end = Math.max(to.getTime(), from.getTime() + 1)
  for (let at = from.getTime(); at < end; ) {
    const sample = new Date(at)
    const state = stateAt(sample)
    const slot = slots.get(state) ?? { index: slots.size, sample }
    slots.set(state, slot)
    at = Math.max(at + 1, Math.min(nextBoundary(before, sample).getTime(), nextBoundary(after, sample).getTime()))
    stretches.push({ to: at, slot })
  }
  const last = stretches.at(-1)
  if (!last) throw new Error('a replay needs a time')
  let current = { from: 0, to: 0, slot: last.slot }
  return {
    count: slots.size,
    at: (time: Date): Slot => {
      const instant = time.getTime()
      if (instant >= current.from && instant < current.to) return current.slot
      let low = 0
      let high = stretches.length - 1
      while (low < high) {
        const middle = (low + high) >> 1
        if (instant < (stretches[middle]?.to ?? 0)) high = middle
        else low = middle + 1
      }
      const found = stretches[low] ?? last
      current = { from: stretches[low - 1]?.to ?? 0, to: found.to, slot: found.slot }
      return found.slot
    },
  }
}

/** Sums up what goes one way. */
function createSide({ after, people }: ReplayOptions) {
  let requests = 0
  const who = new Set<string>()
  const hosts = new Map<string, number>()
  const lessons = new Map<string, { requests: number; who: Set<string> }>()
  const { times } = after
  const periodAt = (at: Date): { day: string; period: string } | null => {
    if (!times) return null
    const day = londonDate(at)
    if (!isSchoolDayOf(times, day)) return null
    const clock = londonTime(at)
    const bell = times.bells.find(({ from, to }) => from <= clock && clock < to)
    return bell ? { day, period: bell.name } : null
  }
  const minutes = new Map<number, ReturnType<typeof periodAt>>()
  const bellAt = (at: Date): ReturnType<typeof periodAt> => {
    const minute = Math.floor(at.getTime() / 60_000)
    const found = minutes.get(minute)
    if (found !== undefined) return found
    const period = periodAt(at)
    minutes.set(minute, period)
    return period
  }
  return {
    add: ({ at, personId, host, count }: LoggedRequest): void => {
      requests += count
      hosts.set(host, (hosts.get(host) ?? 0) + count)
      if (personId === null) return
      who.add(personId)
      const bell = bellAt(at)
      if (!bell) return
      for (const classId of people.get(personId)?.classes ?? []) {
        const key = JSON.stringify([classId, bell.day, bell.period])
        const lesson = lessons.get(key) ?? { requests: 0, who: new Set() }
        lesson.requests += count
        lesson.who.add(personId)
        lessons.set(key, lesson)
      }
    },
    sum: (): ReplaySide => ({
      requests,
      people: who.size,
      hosts: [...hosts]
        .map(([host, count]) => ({ host, requests: count }))
        .sort((one, other) => other.requests - one.requests || (one.host < other.host ? -1 : 1))
        .slice(0, mostShown),
      lessons: [...lessons]
        .filter(([, lesson]) => lesson.who.size >= fewest)
        .map(([key, lesson]) => {
          // The key is our own, made above.
          const [classId, on, period] = JSON.parse(key) as [string, string, string]
          return { classId, on, period, requests: lesson.requests, people: lesson.who.size }
        })
        .sort((one, other) => other.people - one.people || other.requests - one.requests)
        .slice(0, mostShown),
      lessonCount: lessons.size,
    }),
  }
}
