/**
 * Whether a window of the school's week is open. A span is half-open and lies between two instants: 22:00 to 06:00 begins
 * on its day and ends on the next, whatever the clocks do in that night, so a window opens once for each of its days even
 * where an hour comes twice.
 */
import { addCalendarDays, type CalendarDate, weekdayOf } from '../calendar-date.ts'
import { londonDate, londonInstant } from '../london-time.ts'
import type { RuleSet, SchoolTimes, TimeSpan, TimeWindow } from './types.ts'

/** Monday to Friday in a term and outside closures; with no terms entered, every Monday to Friday outside closures. */
export function isSchoolDayOf({ terms, closures }: SchoolTimes, date: CalendarDate): boolean {
  const weekday = weekdayOf(date)
  if (weekday === 0 || weekday === 6) return false
  const isIn = (ranges: readonly { readonly from: string; readonly to: string }[]): boolean =>
    ranges.some(({ from, to }) => from <= date && date <= to)
  return (terms.length === 0 || isIn(terms)) && !isIn(closures)
}

/** False for a window that does not exist: nothing opens by it. */
export function isWindowOpen(times: SchoolTimes, windowId: string, at: Date): boolean {
  const window = times.windows.find(({ id }) => id === windowId)
  if (!window || Number.isNaN(at.getTime())) return false
  const today = londonDate(at)
  const instant = at.getTime()
  const clock = createClock()
  return [addCalendarDays(today, -1), today].some(date =>
    spansOn(times, window, date, clock).some(({ from, to }) => from <= instant && instant < to),
  )
}

/** Milliseconds since 1970, half-open. */
interface Span {
  readonly from: number
  readonly to: number
}

/** The spans that begin on a day. A bell that does not exist has no times. */
function spansOn(times: SchoolTimes, window: TimeWindow, date: CalendarDate, clock: Clock): Span[] {
  if (!isOneOfItsDays(times, window, date)) {
    return window.isOpenOnOtherDays ? [spanOf({ from: '00:00', to: '00:00' }, date, clock)] : []
  }
  return window.spans.flatMap(span => {
    const hours = 'bell' in span ? times.bells.find(({ id }) => id === span.bell) : span
    return hours && isClock(hours) ? [spanOf(hours, date, clock)] : []
  })
}

const isClock = ({ from, to }: TimeSpan): boolean => [from, to].every(time => /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time))

function isOneOfItsDays(times: SchoolTimes, { days }: TimeWindow, date: CalendarDate): boolean {
  if (days === 'every-day') return true
  if (days === 'school-days') return isSchoolDayOf(times, date)
  return days.includes(weekdayOf(date) || 7)
}

const spanOf = ({ from, to }: TimeSpan, date: CalendarDate, clock: Clock): Span => ({
  from: clock(date, from),
  to: clock(to > from ? date : addCalendarDays(date, 1), to),
})

/** The instant of a time on a London day. */
type Clock = (date: CalendarDate, time: string) => number

const dayMs = 86_400_000

/** Asks for the midnights of a day and counts from there, unless the clocks change in it: a twentieth of the work. */
function createClock(): Clock {
  const midnights = new Map<CalendarDate, number>()
  const midnight = (date: CalendarDate): number => {
    const known = midnights.get(date) ?? londonInstant(date, '00:00').getTime()
    midnights.set(date, known)
    return known
  }
  return (date, time) => {
    const start = midnight(date)
    if (time === '00:00') return start
    if (midnight(addCalendarDays(date, 1)) - start !== dayMs) return londonInstant(date, time).getTime()
    return start + (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * 60_000
  }
}

/** A stretch of time in which no verdict changes by the clock alone, half-open, in milliseconds since 1970. */
export interface Period {
  readonly from: number
  readonly until: number
}

/** The stretch in which an instant lies. */
export function periodOf(edges: readonly number[], instant: number): Period {
  let from = Number.NEGATIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (const edge of edges) {
    if (edge <= instant && edge > from) from = edge
    if (edge > instant && edge < until) until = edge
  }
  return { from, until }
}

/**
 * Every instant of a London day, both its midnights included, at which a verdict may change by the clock alone: an edge of
 * a window, the beginning or end of a pass, the end of a site rule. Terms and thirteenth birthdays begin at midnight. May hold
 * instants of other days, and the same one twice.
 */
export function edgesOfDay({ times, passes = [], hostRules }: RuleSet, date: CalendarDate): number[] {
  const clock = createClock()
  const edges = [clock(date, '00:00'), clock(addCalendarDays(date, 1), '00:00')]
  for (const window of times?.windows ?? [])
    for (const day of [addCalendarDays(date, -1), date])
      for (const { from, to } of times ? spansOn(times, window, day, clock) : []) edges.push(from, to)
  for (const { from, until } of passes) edges.push(Date.parse(from), Date.parse(until))
  for (const { until } of hostRules) if (until !== undefined) edges.push(Date.parse(until))
  return edges
}

/** The first instant after `at` at which any verdict may change by the clock alone. Never more than a day away. */
export const nextBoundary = (rules: RuleSet, at: Date): Date =>
  new Date(periodOf(edgesOfDay(rules, londonDate(at)), at.getTime()).until)
