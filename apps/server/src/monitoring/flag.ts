import { type Concern, concerns, parentOf } from '@gatehouse/engine/concern/types'
import type { Role } from '../permissions.ts'
import { type Actor, hasRole } from '../platform/actor.ts'
import { plural } from '../platform/format.ts'
import type { LadderOrder, MonitoringSettings } from './monitoring-settings.ts'

/*
 * What becomes of a flag (clauses A-5-19, A-3.6-03 to -07). A flag only asks somebody to look. Flags of one person about one
 * concern are one thread, which a person decides once. Pure.
 */

export type FlagSource = 'extension' | 'activity' | 'report'
export type FlagState = 'waiting' | 'watch' | 'real' | 'not-a-concern'
/** Whose eyes it is for. */
export const audiences = ['safeguarding', 'headteacher', 'chair'] as const
export type FlagAudience = (typeof audiences)[number]
export type Severity = 1 | 2 | 3 | 4 | 5

/** Why it is nothing. `name`: somebody's name, or a place's. */
export const whyNots = ['lesson', 'name', 'joke', 'quotation', 'other'] as const
export type WhyNot = (typeof whyNots)[number]
export const whyNotNames: Readonly<Record<WhyNot, string>> = {
  lesson: 'It was a lesson or homework',
  name: 'It was a name or a place',
  joke: 'It was a joke between friends',
  quotation: 'It was quoted from something read or heard',
  other: 'Something else',
}

export const concernNames: Readonly<Record<Concern, string>> = {
  selfharm: 'Self-harm and suicide',
  eating: 'Eating disorders',
  bullying: 'Bullying and abuse',
  hate: 'Hate',
  misogyny: 'Misogyny',
  sexual: 'Sexual content',
  nudes: 'Nude images and sextortion',
  grooming: 'Grooming and unsafe contact',
  violence: 'Violence',
  weapons: 'Weapons',
  drugs: 'Drugs, alcohol and vaping',
  extremism: 'Extremism',
  gambling: 'Gambling',
  crime: 'Crime and fraud',
  circumvention: 'Getting round the filter',
  personal: 'Sharing personal data',
  profanity: 'Bad language',
}
export const severityNames: Readonly<Record<Severity, string>> = {
  5: 'At once',
  4: 'Within the hour',
  3: 'Today',
  2: 'This week',
  1: 'For the record',
}

/** What a thread is about: the concern's parent where it has one, so that one child's one trouble is one thread. */
export const threadConcern = (concern: Concern): Concern => parentOf[concern] ?? concern
export const isConcern = (name: string): name is Concern => (concerns as readonly string[]).includes(name)

/** Flags join a thread that was added to within this time; a later one begins another. */
export const threadDays = 7
/** From so many London days on the pattern counts more than any single word. */
const patternDays = 3

/** A thread's severity: its worst flag, and one more where they came on several days. */
export const threadSeverity = (worst: Severity, days: number): Severity =>
  days >= patternDays && worst >= 2 && worst < 5 ? ((worst + 1) as Severity) : worst

/** Flags of this severity page somebody. */
export const pagingSeverity = 5
/** Whoever opened a thread this lately still has it before them: another grave flag in it pages nobody anew. */
export const freshMinutes = 5

/** Whose eyes a flag is for: a flag about staff goes to the head, about the head to the chair (KCSIE Part 4). */
export function audienceFor(roles: readonly Role[], staff: readonly Role[]): FlagAudience {
  if (roles.includes('headteacher')) return 'chair'
  return roles.some(role => staff.includes(role)) ? 'headteacher' : 'safeguarding'
}

const eyes: Readonly<Record<FlagAudience, readonly Role[]>> = {
  safeguarding: ['dsl', 'deputy-dsl'],
  headteacher: ['headteacher'],
  chair: ['chair'],
}

/** The audiences to which this person belongs. */
export const audiencesOf = (actor: Actor): FlagAudience[] =>
  audiences.filter(audience => eyes[audience].some(role => hasRole(actor, role)))

/** Whether this person may open the thread: its audience, and never whom it is about. A page that reached them opens it too. */
export function maySeeThread(
  actor: Actor,
  thread: { readonly personId: string | null; readonly audience: FlagAudience },
  paged: readonly string[] = [],
): boolean {
  if (actor.kind !== 'person' || actor.personId === thread.personId) return false
  return audiencesOf(actor).includes(thread.audience) || paged.includes(actor.personId)
}

/** One step of the ladder: who is paged, once the step before has gone unanswered for so many minutes. */
export interface Rung {
  readonly role: Role
  readonly afterMinutes: number
}
const orderOf: Readonly<Record<LadderOrder, readonly Role[]>> = {
  'deputy-then-head': ['deputy-dsl', 'headteacher'],
  'head-then-deputy': ['headteacher', 'deputy-dsl'],
  head: ['headteacher'],
}

/** Who is paged first, at once, at whatever hour. */
export const firstPaged: Readonly<Record<FlagAudience, Role>> = {
  safeguarding: 'dsl',
  headteacher: 'headteacher',
  chair: 'chair',
}
/** Who is paged one after the other while nobody says that they have it, as the school has set it. */
export function ladderFor(audience: FlagAudience, settings: MonitoringSettings, inHours: boolean): readonly Rung[] {
  const minutes = inHours ? settings.inHours : settings.outOfHours
  const first = { role: firstPaged[audience], afterMinutes: 0 }
  if (audience === 'chair') return [first]
  if (audience === 'headteacher') return [first, { role: 'chair', afterMinutes: minutes.third }]
  return [
    first,
    ...orderOf[settings.order].map((role, index) => ({
      role,
      afterMinutes: index === 0 ? minutes.second : minutes.third,
    })),
  ]
}

/** Minutes that a look takes, until this lead's own times are known. */
const usualMinutes: Readonly<Record<Severity, number>> = { 5: 10, 4: 6, 3: 4, 2: 2, 1: 1 }

/** As many are counted; a longer queue is “more than” that. Counting all 100,000 of one would take longer than the rest of the page. */
export const countedFlags = 2_000

/** “14 flags, about 35 minutes”, from how many wait of each severity: rounded up to five beyond ten. `flags` may be one too many to count. */
export function lookingTime(counts: ReadonlyMap<Severity, number>): {
  readonly flags: number
  readonly minutes: number
} {
  const all = [...counts]
  const sum = all.reduce((total, [severity, count]) => total + count * usualMinutes[severity], 0)
  return {
    flags: all.reduce((total, [, count]) => total + count, 0),
    minutes: sum <= 10 ? sum : Math.ceil(sum / 5) * 5,
  }
}

/** The same in words. */
export function lookingWords(counts: ReadonlyMap<Severity, number>): string {
  const { flags, minutes } = lookingTime(counts)
  if (flags > countedFlags) return `More than ${countedFlags.toLocaleString('en-GB')} flags, many hours of looking`
  return `${plural(flags, 'flag')}, about ${plural(minutes, 'minute')}`
}

/** Hours that a thread may wait before it counts as a severity higher in the order of the queue. */
const patience: Readonly<Record<Severity, number>> = { 5: 0.25, 4: 1, 3: 8, 2: 24 * 7, 1: 24 * 14 }

/** Order of the queue: risk, raised by the time it has waited past what its severity allows. Higher is sooner. */
export const rank = (severity: Severity, waitedHours: number): number =>
  severity + Math.min(1.5, waitedHours / patience[severity] / 4)

/** So many verdicts in a minute by one person cannot have been looks. */
export const bulkVerdicts = 50
/** Days after which a thread that was no concern is erased. */
export const keptDaysIfNone = 30
