import {
  type Category,
  type CategoryLists,
  categories,
  decide,
  normaliseHost,
  type Pass as EnginePass,
  type RuleSet,
  type Technology,
  technologies,
} from '@gatehouse/engine'
import { addCalendarDays, isSchoolDay, londonInstant, type SchoolCalendar, weekdayOf } from '@gatehouse/engine/calendar'
import * as z from 'zod'
import { type Actor, hasRole, may } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'

/*
 * A pass: some sites, or a row of the technology matrix, for one class or person and for some lessons, with a reason and an
 * end. What is asked for is written down whole, with the very instants; what is approved is that and nothing else, and what the
 * gateways get is made of it here. No pass is for a group, an address or the school, and none is without an end.
 */

export type PassState = 'waiting' | 'granted' | 'refused' | 'withdrawn' | 'ended'

/** A pass reaches no further ahead than half a term, in days from its first to its last. */
export const longestPassDays = 42
export const mostLessons = 60
export const mostSites = 20
/** A lesson may begin this long ahead, in days. */
export const furthestAheadDays = 120

/** No teacher opens these alone, whatever the headteacher allows; `illegal` nobody opens at all. */
export const neverAlone: readonly Category[] = [
  'illegal',
  'pornography',
  'adult',
  'violence',
  'hate',
  'extremism',
  'selfharm',
  'eating',
  'misogyny',
  'weapons',
  'drugs',
  'phishing',
  'malware',
  'fraud',
  'hacking',
  'piracy',
  'vpn',
  'proxy',
  'doh',
  'tor',
  'remote-control',
  'dynamic-dns',
]
/** What only the safeguarding lead or a deputy named for it decides: a nominee for ordinary sites does not. */
export const safeguardingOnly: readonly Category[] = [
  'pornography',
  'adult',
  'violence',
  'hate',
  'extremism',
  'selfharm',
  'eating',
  'misogyny',
]
/** What the headteacher may let teachers open alone. */
export const mayBeAlone: readonly Category[] = categories.filter(
  name => !neverAlone.includes(name) && name !== 'must-allow',
)
/** Rows of the matrix whose services set a least age: never for a pupil under 13 (D14). */
export const ageLimitedRows: readonly Technology[] = ['social-media', 'messaging', 'blogs']

const host = z.string().refine(name => normaliseHost(name) === name && /[.:]/.test(name))
const instant = z.iso.datetime({ offset: true })
const passContent = z.object({
  kind: z.enum(['sites', 'technology', 'lesson']),
  /** `asked` is the address as the teacher gave it. */
  sites: z
    .array(z.object({ host, path: z.string().startsWith('/').nullable(), asked: z.string() }).readonly())
    .max(mostSites)
    .readonly(),
  technology: z.enum(technologies).nullable(),
  classId: z.string().min(1).nullable(),
  /** Person ids: one pupil, or the member of staff who asks. Empty where it is for a class. */
  people: z.array(z.string().min(1)).max(1).readonly(),
  /** Whoever asked, who leads the lesson and gets the sites too. */
  teacherId: z.string().min(1),
  topic: z.string().min(1).max(200),
  /** In order of time; each half-open. */
  lessons: z
    .array(z.object({ from: instant, until: instant }).readonly())
    .min(1)
    .max(mostLessons)
    .readonly(),
  /** For the length of it nothing else is open to the class. */
  isOnly: z.boolean(),
})
export type PassContent = z.infer<typeof passContent>
export type PassSite = PassContent['sites'][number]
export type LessonTime = PassContent['lessons'][number]

/** What stands in a request. null where it is no pass: somebody has altered it. */
export function passContentOf(value: unknown): PassContent | null {
  const parsed = passContent.safeParse(value)
  if (!parsed.success) return null
  const { kind, sites, technology, classId, people } = parsed.data
  const isForSomebody = classId !== null || people.length > 0
  const opensSomething = kind === 'technology' ? technology !== null && sites.length === 0 : sites.length > 0
  return isForSomebody && opensSomething ? parsed.data : null
}

export const firstOf = ({ lessons }: PassContent): Date =>
  new Date(Math.min(...lessons.map(each => Date.parse(each.from))))
export const lastOf = ({ lessons }: PassContent): Date =>
  new Date(Math.max(...lessons.map(each => Date.parse(each.until))))

/** Days (ISO weekdays, 1 is Monday) from the first to the last, and the time of each on London's clock. */
export interface LessonPlan {
  readonly firstDay: string
  readonly lastDay: string
  readonly weekdays: readonly number[]
  readonly from: string
  readonly to: string
}

/**
 * The lessons of a plan, as instants. Days on which the school is closed are left out, unless the plan is for that one day.
 * @throws {Refusal} `invalid`, saying what is wrong with the dates or times.
 */
export function lessonsOf(plan: LessonPlan, calendar: SchoolCalendar, now: Date): LessonTime[] {
  const { firstDay, lastDay, weekdays, from, to } = plan
  const wrong = (sentence: string): never => {
    throw new Refusal('invalid', sentence)
  }
  if (lastDay < firstDay) wrong('The last day must not be before the first')
  if (lastDay > addCalendarDays(firstDay, longestPassDays - 1))
    wrong(`A pass is for at most ${longestPassDays / 7} weeks. Ask again when they are over`)
  if (to <= from) wrong('The lesson must end after it begins')
  const lessons: LessonTime[] = []
  for (let day = firstDay; day <= lastDay; day = addCalendarDays(day, 1)) {
    if (firstDay !== lastDay && !(weekdays.includes(weekdayOf(day)) && isOpen(day, calendar))) continue
    const span = { from: londonInstant(day, from), until: londonInstant(day, to) }
    if (span.until > now) lessons.push({ from: span.from.toISOString(), until: span.until.toISOString() })
  }
  const [first] = lessons
  if (!first) return wrong('There is no lesson in these days that is not over already')
  if (Date.parse(first.from) > now.getTime() + furthestAheadDays * 86_400_000)
    wrong('That is too far ahead. Ask nearer the time, when the sites can be looked at as they are then')
  if (lessons.length > mostLessons) wrong(`A pass is for at most ${mostLessons} lessons`)
  return lessons
}
/** A school that has not entered its terms has school on weekdays. */
function isOpen(day: string, calendar: SchoolCalendar): boolean {
  const reaches = calendar.terms.some(term => term.to > day) && calendar.terms.some(term => term.from <= day)
  if (!reaches) return weekdayOf(day) >= 1 && weekdayOf(day) <= 5
  try {
    return isSchoolDay(day, calendar)
  } catch {
    return weekdayOf(day) >= 1 && weekdayOf(day) <= 5
  }
}

/**
 * What gateways are given: one engine pass a lesson, each with its own end, so that it shuts at that minute whatever runs or
 * does not. The teacher is named too, since the lesson is led from their screen; where nothing else is open to the class, that
 * is for the class alone.
 */
export function enginePasses(
  id: string,
  content: PassContent,
  sites: readonly PassSite[] = content.sites,
): EnginePass[] {
  const { kind, technology, classId, people, teacherId, lessons, isOnly } = content
  if (kind === 'technology' ? technology === null : sites.length === 0 && !isOnly) return []
  const opened = sites.map(site => ({ host: site.host, ...(site.path === null ? {} : { path: site.path }) }))
  const members = { ...(classId === null || people.length > 0 ? {} : { classes: [classId] }) }
  const own = kind === 'technology' ? people : [...people, teacherId]
  return lessons.flatMap(({ from, until }, n): EnginePass[] => {
    const times = { from, until, sites: opened, ...(technology === null ? {} : { technology }) }
    if (!isOnly)
      return [{ id: `${id}.${n + 1}`, who: { ...members, ...(own.length > 0 ? { people: own } : {}) }, ...times }]
    return [
      { id: `${id}.${n + 1}`, who: { ...members, ...(people.length > 0 ? { people } : {}) }, ...times, isOnly },
      ...(opened.length > 0 ? [{ id: `${id}.${n + 1}.teacher`, who: { people: [teacherId] }, ...times }] : []),
    ]
  })
}
/** The pass behind the rule of a verdict (`pass:<id>.<lesson>`, `lesson-only:<id>.<lesson>`), or null. */
export const passOfRule = (rule: string): string | null =>
  /^(?:pass|lesson-only):([0-9a-f-]{36})/.exec(rule)?.[1] ?? null

/** How a site is listed, and what the filter makes of it for those who would get the pass. */
export interface Sighting {
  readonly site: PassSite
  readonly categories: readonly {
    readonly category: Category
    readonly sources: readonly { readonly name: string; readonly licence: string; readonly date: string }[]
  }[]
  /** The school's own block of it, where there is one: its rule id. */
  readonly blockedBy: string | null
  /** True where everybody who would get it has it already. */
  readonly isOpen: boolean
  readonly isIllegal: boolean
}

/** @param groups filter groups of those who would get it; each asked by itself. */
export function sightingOf(
  site: PassSite,
  rules: RuleSet,
  lists: CategoryLists,
  groups: readonly string[],
  at: Date,
): Sighting {
  const known = new Map(lists.sources.map(source => [source.id, source]))
  const listings = site.path === null ? lists.lookup(site.host) : lists.lookupPath(site.host, site.path)
  const verdicts = groups.map(group =>
    decide({ ...rules, passes: [] }, lists, {
      url: `http://${site.host.includes(':') ? `[${site.host}]` : site.host}${site.path ?? '/'}`,
      groups: [group],
      at,
      kind: 'page',
    }),
  )
  const own = verdicts.find(({ verdict, rule }) => verdict === 'block' && rule.startsWith('host:'))
  return {
    site,
    categories: listings.map(({ category, sources }) => ({
      category,
      sources: sources.map(id => {
        const source = known.get(id)
        return { name: source?.name ?? id, licence: source?.licence ?? '', date: source?.date ?? '' }
      }),
    })),
    blockedBy: own ? own.rule.slice(5) : null,
    isOpen: verdicts.length > 0 && verdicts.every(({ verdict }) => verdict === 'allow'),
    isIllegal:
      listings.some(({ category }) => category === 'illegal') || verdicts.some(({ rule }) => rule === 'illegal'),
  }
}

/** What the headteacher lets teachers open alone. */
export interface PassLimits {
  readonly categories: readonly string[]
  /** Of one lesson, in minutes. */
  readonly minutes: number
  /** Of one teacher, from Monday. */
  readonly perWeek: number
  readonly setBy: string
  readonly setAt: Date
  readonly reason: string
}

/**
 * Why a teacher may not open this alone, or null. With no limits set nobody may: that is how a school starts.
 * @param usedThisWeek passes that this teacher opened alone since Monday.
 */
export function whyNotAlone(
  limits: PassLimits | null,
  content: PassContent,
  sightings: readonly Sighting[],
  usedThisWeek: number,
): string | null {
  if (!limits || limits.minutes === 0 || limits.perWeek === 0 || limits.categories.length === 0)
    return 'The headteacher has not said that teachers may open anything alone. Ask the safeguarding lead'
  if (content.kind !== 'sites') return 'Only sites can be opened alone. Ask the safeguarding lead'
  if (content.lessons.length > 1) return 'Only one lesson can be opened alone. Ask the safeguarding lead for more'
  const [lesson] = content.lessons
  const minutes = lesson ? (Date.parse(lesson.until) - Date.parse(lesson.from)) / 60_000 : Number.POSITIVE_INFINITY
  if (minutes > limits.minutes)
    return `Alone you may open a site for ${limits.minutes} minutes. Make it shorter, or ask the safeguarding lead`
  if (usedThisWeek >= limits.perWeek)
    return `You have opened ${usedThisWeek} this week, which is as many as the headteacher allows. Ask the safeguarding lead`
  for (const { site, categories: found, blockedBy, isIllegal } of sightings) {
    const grave = isIllegal ? 'illegal' : found.find(({ category }) => neverAlone.includes(category))?.category
    if (grave !== undefined)
      return `Nobody opens ${site.host} alone, because of what it is listed as. Ask the safeguarding lead`
    if (blockedBy !== null)
      return `The school has decided itself to block ${site.host}, so you cannot open it alone. Ask the safeguarding lead`
    const names: readonly string[] = found.length === 0 ? ['unlisted'] : found.map(({ category }) => category)
    if (names.some(name => !limits.categories.includes(name)))
      return `${site.host} is not of a kind that you may open alone. Ask the safeguarding lead`
  }
  return null
}

/** Why this actor may not decide, apart from whose request it is, or null. */
export function whyNotDecidePass(actor: Actor, sightings: readonly Sighting[]): string | null {
  if (!may(actor, 'pass.decide')) return 'The safeguarding lead, or somebody named for it, must decide this.'
  const isGrave = sightings.some(({ categories: found }) =>
    found.some(({ category }) => safeguardingOnly.includes(category)),
  )
  return isGrave && !hasRole(actor, 'dsl', 'deputy-dsl')
    ? 'Because of what these sites are listed as, only the safeguarding lead or their deputy may decide.'
    : null
}

/** Compared so that last year’s words, sent again with other capitals or spaces, are still last year’s. */
export const sameWords = (one: string, other: string): boolean => plainWords(one) === plainWords(other)
const plainWords = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
