import { createHash } from 'node:crypto'
import { addCalendarDays, isCalendarDate, londonDate, startOfLondonDay, weekdayOf } from '@gatehouse/engine/calendar'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import { isNoisy } from './concern-rule.ts'
import { isConcern, concernNames } from './flag.ts'
import type { FlagReads } from './flag-store.ts'
import type { ScopeReads } from './scope-store.ts'

/* What monitoring did in one week, without a name: the standard asks for a report at least weekly (DfE 25), and somebody to read it. */

export interface WeekReport {
  /** Its Monday, 'YYYY-MM-DD'. */
  readonly week: string
  readonly covered: readonly string[]
  readonly concerns: readonly {
    readonly concern: string
    readonly flags: number
    readonly decided: number
    readonly real: number
    /** Median minutes until somebody looked; null where nobody has. */
    readonly minutes: number | null
  }[]
  readonly noisy: readonly { readonly rule: string; readonly flags: number; readonly real: number }[]
}

/** The Monday of an instant's week in London. */
export function mondayOf(at: Date): string {
  const day = londonDate(at)
  return addCalendarDays(day, -((weekdayOf(day) + 6) % 7))
}

/** Whether this names a week that has begun, by its Monday. */
export const isWeek = (typed: string, now: Date): boolean =>
  isCalendarDate(typed) && weekdayOf(typed) === 1 && typed <= mondayOf(now)

export async function weekReport(reads: { flags: FlagReads; scopes: ScopeReads }, week: string): Promise<WeekReport> {
  const from = startOfLondonDay(week)
  const to = startOfLondonDay(addCalendarDays(week, 7))
  // Its readers are colleagues: of a flag about staff even a count of one would tell them. Those are the head's and the chair's.
  const concerns = await reads.flags.figures(from, to, ['safeguarding'])
  // Twelve weeks: a rule is judged by more than one week's luck.
  const rules = await reads.flags.rules(startOfLondonDay(addCalendarDays(week, -77)), to)
  return {
    week,
    covered: await reads.scopes.coveredGroups(),
    concerns: concerns.map(row => ({
      concern: isConcern(row.concern) ? concernNames[row.concern] : row.concern,
      flags: row.flags,
      decided: row.decided,
      real: row.real,
      minutes: row.minutes === null ? null : Math.round(row.minutes),
    })),
    noisy: rules.filter(isNoisy).map(({ rule, decided, real }) => ({ rule, flags: decided, real })),
  }
}

export const weekDigest = (report: WeekReport): string =>
  createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(report))))
    .digest('hex')
