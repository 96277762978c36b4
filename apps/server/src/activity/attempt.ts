import { type Category, categories } from '@gatehouse/engine'
import { londonDate } from '@gatehouse/engine/calendar'
import type { ActivityRow } from './activity-line.ts'

/*
 * Attempts at misuse in the web log (clause A-3.4-10): which entries somebody must look at, what makes several requests one
 * attempt, and what kind of concern it is reported as. Pure. The software only points; a person says what it was.
 */

/** Categories of which a blocked request is looked at, each with the kind of concern that its report begins as. */
const kinds = {
  illegal: 'other-illegal-content',
  pornography: 'deliberate-access',
  drugs: 'deliberate-access',
  weapons: 'deliberate-access',
  violence: 'deliberate-access',
  hate: 'deliberate-access',
  extremism: 'radicalisation',
  selfharm: 'self-harm-content',
  hacking: 'filter-bypass',
  vpn: 'filter-bypass',
  proxy: 'filter-bypass',
  doh: 'filter-bypass',
  tor: 'filter-bypass',
  'remote-control': 'filter-bypass',
} as const satisfies Partial<Record<Category, string>>

export const seriousCategories: readonly Category[] = categories.filter(each => each in kinds)
/** The kind of concern for a category; null for one of which nobody is asked to look. */
export const concernOf = (category: string): string | null =>
  Object.entries(kinds).find(([name]) => name === category)?.[1] ?? null

/** Blocked, or warned about and gone on with, in one of those categories. */
export const isAttempt = ({ verdict, continued, category }: ActivityRow): boolean =>
  (verdict === 'block' || (verdict === 'warn' && continued)) && concernOf(category) !== null

/** School days in which an attempt is reported or settled. Ours; the clause says “on detection”. */
export const attemptSchoolDays = 1
/** Days that are looked back over. */
export const attemptDays = 30

/** What is one attempt: a page asks for a dozen addresses, and a child tries the same site five times. */
export interface AttemptKey {
  /** The London day. */
  readonly day: string
  readonly category: string
  /** A person's id, or `site:<host>` where nobody was known. Never shown. */
  readonly whose: string
}
export const attemptKey = ({ at, category, personId, host }: ActivityRow): AttemptKey => ({
  day: londonDate(at),
  category,
  whose: personId ?? `site:${host}`,
})

export interface AttemptOutcome {
  readonly id: string
  readonly outcome: 'reported' | 'no-misuse'
  readonly reportId: string | null
  readonly byId: string
  readonly at: Date
  readonly dueAt: Date
}
export interface Attempt extends AttemptKey {
  /** Its first entry in the log. */
  readonly id: string
  readonly firstAt: Date
  readonly lastAt: Date
  readonly count: number
  readonly hosts: readonly string[]
  readonly groups: readonly string[]
  readonly outcome: AttemptOutcome | null
}
