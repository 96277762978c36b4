import type { Role } from '../permissions.ts'
import type { CaseCategory, Seriousness } from './case.ts'
import type { ConcernKind } from './data/concern-categories.ts'
import type { FoundSeverity } from './report-reading.ts'
import type { About } from './report-routing.ts'

/* What a report is, and what the person who makes one is told at once. Pure. */

export const reporters = ['pupil', 'parent', 'staff', 'visitor'] as const
export type Reporter = (typeof reporters)[number]
export const reporterNames: Record<Reporter, string> = {
  pupil: 'A pupil',
  parent: 'A parent or carer',
  staff: 'A member of staff',
  visitor: 'A visitor, or somebody who did not say',
}

export const whens = ['now', 'today', 'yesterday', 'week', 'before', 'unknown', 'exact'] as const
export type When = (typeof whens)[number]
export const whenNames: Record<When, string> = {
  now: 'It is happening now',
  today: 'Today',
  yesterday: 'Yesterday',
  week: 'In the last week',
  before: 'Longer ago',
  unknown: 'Not known',
  exact: 'At a known time',
}
export const places = ['school', 'elsewhere', 'unknown'] as const
export type Place = (typeof places)[number]
export const placeNames: Record<Place, string> = {
  school: 'At school',
  elsewhere: 'Somewhere else',
  unknown: 'Not known',
}

/** A report without its sealed words. */
export interface Report {
  readonly id: string
  readonly kind: string
  readonly category: CaseCategory
  readonly seriousness: Seriousness
  readonly who: Reporter
  /** The member of staff who was signed in; never shown to somebody it is about. */
  readonly madeBy: string | null
  readonly about: About
  readonly danger: boolean
  readonly keyId: string
  readonly happenedAt: Date | null
  readonly happenedWhen: When
  readonly place: Place
  readonly receivedAt: Date
  readonly acknowledgedAt: Date | null
  readonly acknowledgedBy: string | null
  /** Staff: reported more than 24 hours after the event. null where the time of the event is not known. */
  readonly madeLate: boolean | null
  readonly outsideAdvice: boolean
  readonly guidance: readonly Guidance[]
  readonly clicked: boolean
  readonly caseId: string | null
  readonly digestOn: string | null
  readonly hasCode: boolean
  /** The gravest that the detector found in what its reporter wrote; 0 nothing, null where nothing was read. Only ever raises it. */
  readonly severity: FoundSeverity | null
  /** Since when it may not wait, so that somebody is paged until it is opened. */
  readonly urgentAt: Date | null
  /** When somebody who receives its words last opened it while it might not wait. */
  readonly seenAt: Date | null
}

export interface NewReport {
  readonly kind: ConcernKind
  readonly who: Reporter
  /** Only of a signed-in member of staff on the staff form. */
  readonly madeBy: string | null
  readonly about: About
  readonly danger: boolean
  readonly words: string
  readonly names: string | null
  readonly happenedWhen: When
  /** With `happenedWhen` `exact` only. */
  readonly happenedAt: Date | null
  readonly place: Place
  readonly wantsReply: boolean
  readonly clicked: boolean
  readonly message: { readonly form: 'pasted' | 'file'; readonly content: Buffer } | null
  /** People known by something else than its words to be those whom it is about, where they might receive it. */
  readonly aboutPeople?: readonly string[]
  /** What it was made from, as `<kind>:<id>`: an entry of the web log. */
  readonly source?: string
  /** The token of the form, so that the second post of it finds the first. */
  readonly formToken: string | null
}

export const guidances = [
  'call-999',
  'do-not-look',
  'do-not-reply',
  'keep-it',
  'leave-device',
  'change-password',
] as const
export type Guidance = (typeof guidances)[number]

/** In these somebody got, or may still get, messages that must not be answered (A-9-27). */
const answered: ReadonlySet<string> = new Set([
  'offensive-message',
  'cyberbullying',
  'offence-bullying',
  'hate',
  'grooming',
  'stranger-contact',
  'sexual-extortion',
  'radicalisation',
  'scam',
  'unsolicited-mail',
  'ai-companion',
  'staff-private-contact',
  'drugs-for-sale',
])

/** What the reporter is told at once, most urgent first. */
export function guidanceFor(kind: Pick<ConcernKind, 'id' | 'path'>, danger: boolean): Guidance[] {
  const illegal = kind.path === 'illegal-content'
  const said: Readonly<Record<Guidance, boolean>> = {
    'call-999': danger,
    'do-not-look': illegal,
    'do-not-reply': answered.has(kind.id),
    'keep-it': answered.has(kind.id) && !illegal,
    'leave-device': kind.id === 'virus-warning' || kind.id === 'cyber-attack',
    'change-password': kind.id === 'password-known',
  }
  return guidances.filter(each => said[each])
}

/** The policies' limit for staff, and the school's for a person to acknowledge: hours. */
export const lateAfterHours = 24

/** Short enough for a telephone; says nothing. */
export const reportReference = (id: string): string => id.replaceAll('-', '').slice(-6).toUpperCase()

/** Roles whose holders are looked for by name in every report: whoever might receive one. */
export const receivingRoles: readonly Role[] = [
  'headteacher',
  'deputy',
  'dsl',
  'deputy-dsl',
  'dpo',
  'senior-leader',
  'network-manager',
  'technician',
  'chair',
  'link-governor',
]
