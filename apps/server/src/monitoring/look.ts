import { type CalendarDate, daysBetween, startOfLondonDay, addCalendarDays } from '@gatehouse/engine/calendar'
import type { Role } from '../permissions.ts'

/*
 * Leave to look at one named person's log, device or mail (Policy B, Monitoring; row 19 of the systems): asked for by one
 * person, given by another, for a purpose of the policy's list, within a scope, until an end. Pure.
 */

/** What may be looked at. A domain that holds such a thing asks `services.looks.open` before it shows any of it. */
export const targets = ['log', 'device', 'mail'] as const
export type Target = (typeof targets)[number]
export const targetNames: Record<Target, string> = { log: 'Web log', device: 'Device', mail: 'School mail' }

/** The policy's list (B-monitoring-03), whole: there is no “other”. */
export const purposes = [
  'business',
  'compliance',
  'operation',
  'quality',
  'training',
  'subject-access',
  'crime',
] as const
export type Purpose = (typeof purposes)[number]
export const purposeNames: Record<Purpose, string> = {
  business: 'To establish a fact of the school’s own business',
  compliance: 'To see that the law and the school’s rules are kept, safeguarding first among them',
  operation: 'To keep the systems working and safe',
  quality: 'To check the quality of a service',
  training: 'To train staff',
  'subject-access': 'To answer a request of the person for their own data',
  crime: 'To prevent or detect a crime',
}
export const isPurpose = (text: string): text is Purpose => (purposes as readonly string[]).includes(text)

/** How much of the log: all of it, or what the filter did not simply allow. */
export const extents = ['everything', 'not-allowed'] as const
export type Extent = (typeof extents)[number]
export const extentNames: Record<Extent, string> = {
  everything: 'Everything that was asked for',
  'not-allowed': 'Only what was blocked or warned about',
}

export type LookState = 'waiting' | 'approved' | 'refused' | 'withdrawn' | 'ended'
export type Decider = 'headteacher' | 'chair'

export interface LookAuthority {
  readonly id: string
  readonly requestId: string
  readonly target: Target
  readonly purpose: Purpose
  readonly personId: string
  /** Asked for from one entry of the log: who it was stays closed to the asker until somebody gave leave. */
  readonly isByEntry: boolean
  readonly askedBy: string
  readonly askedAt: Date
  /** Both inclusive. */
  readonly fromDay: CalendarDate
  readonly toDay: CalendarDate
  readonly what: Extent
  readonly urgent: boolean
  /** Of an urgent one: until when somebody must have decided. */
  readonly authorityDue: Date | null
  readonly decider: Decider
  readonly state: LookState
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  /** Exclusive. */
  readonly endsAt: Date
}

/** School days that leave lasts, unless the asker says fewer or more. */
export const usualDays = 5
export const mostDays = 10
/** Days of the log that one leave may cover. More is fishing. */
export const mostScopeDays = 31
/** School days within which somebody decides; for an urgent look this is also when it closes by itself. */
export const decideDays = { ordinary: 2, urgent: 1 } as const

/** Why these days cannot be asked for, or null. */
export function whyNotScope(fromDay: CalendarDate, toDay: CalendarDate): string | null {
  if (toDay < fromDay) return 'The last day must not be before the first'
  if (daysBetween(fromDay, toDay) >= mostScopeDays) return `At most ${mostScopeDays} days: ask for what you need`
  return null
}

/** Whoever decides: the headteacher, but about or for the headteacher the chair of governors. */
export const deciderOf = (askerRoles: readonly Role[], personRoles: readonly Role[]): Decider =>
  askerRoles.includes('headteacher') || personRoles.includes('headteacher') ? 'chair' : 'headteacher'

/**
 * Why this person may not decide now, or null. The page and the decision ask the same question.
 * @param acting who answers for the decider's post now, the holder or who stands in.
 */
export function whyNotDecideLook(
  look: Pick<LookAuthority, 'state' | 'askedBy' | 'personId' | 'decider'>,
  person: { readonly personId: string; readonly roles: readonly Role[] },
  acting: string | null,
): string | null {
  if (look.state !== 'waiting') return `This was already ${look.state}.`
  if (person.personId === look.askedBy) return 'You asked for this, so somebody else must decide it.'
  if (person.personId === look.personId) return 'This is about you, so somebody else must decide it.'
  if (look.decider === 'chair')
    return person.roles.includes('chair') || acting === person.personId
      ? null
      : 'This is about the headteacher, or the headteacher asked for it, so only the chair of governors decides it.'
  return person.roles.includes('headteacher') || person.roles.includes('chair') || acting === person.personId
    ? null
    : 'Only the headteacher decides this, or the chair of governors.'
}

/** Whom a safeguarding lead may look at before anybody gave leave: a pupil, who holds no other post. */
export const mayBeUrgent = (askerRoles: readonly Role[], personRoles: readonly Role[]): boolean =>
  askerRoles.some(role => role === 'dsl' || role === 'deputy-dsl') &&
  personRoles.length > 0 &&
  personRoles.every(role => role === 'pupil')

/** Why a look is refused; part of the record. */
export type RefusedWhy =
  | 'no-authority'
  | 'not-yours'
  | 'waiting'
  | 'refused'
  | 'withdrawn'
  | 'ended'
  | 'expired'
  | 'not-followed'
  | 'out-of-scope'
  | 'about-yourself'
export const refusedWords: Record<RefusedWhy, string> = {
  'no-authority': 'Nobody has given you leave to look at this person. Ask for it, with a purpose.',
  'not-yours': 'This leave was given to somebody else. Ask for your own, with a purpose.',
  waiting: 'Nobody has decided yet. You will get a message.',
  refused: 'Leave to look was refused.',
  withdrawn: 'This was withdrawn before anybody decided.',
  ended: 'This leave was ended.',
  expired: 'This leave has run out. Ask again if you still need to look.',
  'not-followed':
    'You looked at once because it was urgent, and nobody has given leave since. It is closed until somebody does.',
  'out-of-scope': 'Leave was given for other days, or for something else. Ask for these if you need them.',
  'about-yourself': 'This is about you. To see what the school keeps about you, ask the data protection officer.',
}

/** Whether `personId` may look at this now, or why not. Asked before anything of it is read. */
export function whyNotLook(
  look: LookAuthority,
  asked: {
    readonly personId: string
    readonly target: Target
    /** Half-open instants of what is to be shown. */
    readonly from: Date
    readonly to: Date
    readonly now: Date
  },
): RefusedWhy | null {
  if (look.askedBy !== asked.personId) return 'not-yours'
  if (look.personId === asked.personId) return 'about-yourself'
  if (look.state === 'refused' || look.state === 'withdrawn' || look.state === 'ended') return look.state
  if (look.state === 'waiting') {
    if (!look.urgent || look.authorityDue === null) return 'waiting'
    if (asked.now >= look.authorityDue) return 'not-followed'
  }
  if (asked.now >= look.endsAt) return 'expired'
  const inScope =
    look.target === asked.target &&
    asked.from >= startOfLondonDay(look.fromDay) &&
    asked.to <= startOfLondonDay(addCalendarDays(look.toDay, 1))
  return inScope ? null : 'out-of-scope'
}

/** How it stands, in a word for a tag. */
export function lookStanding(look: LookAuthority, now: Date): { readonly text: string; readonly kind: string } {
  switch (look.state) {
    case 'refused':
      return { text: 'Refused', kind: 'bad' }
    case 'withdrawn':
      return { text: 'Withdrawn', kind: 'quiet' }
    case 'ended':
      return { text: 'Ended', kind: 'quiet' }
    case 'waiting':
      if (!look.urgent) return { text: 'Waits for a decision', kind: 'soon' }
      return look.authorityDue !== null && now >= look.authorityDue
        ? { text: 'Opened at once, and nobody gave leave', kind: 'bad' }
        : { text: 'Opened at once, leave must follow', kind: 'soon' }
    case 'approved':
      return now >= look.endsAt ? { text: 'Run out', kind: 'quiet' } : { text: 'Open', kind: 'good' }
  }
}
