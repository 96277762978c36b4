/**
 * The one calendar. Everything that has a deadline counts its days here: clock hours, calendar days and months,
 * working days and school days, in Europe/London.
 */
import { addCalendarDays, addCalendarMonths, type CalendarDate, daysBetween, weekdayOf } from './calendar-date.ts'
import { endOfLondonDay, londonDate } from './london-time.ts'

export {
  addCalendarDays,
  addCalendarMonths,
  type CalendarDate,
  daysBetween,
  isCalendarDate,
  weekdayOf,
} from './calendar-date.ts'
export { endOfLondonDay, londonDate, londonInstant, londonTime, startOfLondonDay } from './london-time.ts'

/** What a school has told us about its year. Ranges are half-open: `to` is the first day after the term. */
export interface SchoolCalendar {
  /** Of England and Wales, whole years, substitutes included. Always given: the engine knows none. */
  readonly bankHolidays: readonly CalendarDate[]
  /** Half-terms are two terms with a gap between them. */
  readonly terms: readonly { readonly from: CalendarDate; readonly to: CalendarDate }[]
  /** Training days, snow days, election days: days in term without pupils. */
  readonly closures?: readonly CalendarDate[]
}

/** The calendar does not reach far enough to count this: terms or bank holidays must be entered first. */
export class CalendarGap extends Error {
  override readonly name = 'CalendarGap'
  readonly missing: 'terms' | 'bank-holidays'
  /** The first day about which the calendar says nothing. */
  readonly date: CalendarDate
  constructor(missing: 'terms' | 'bank-holidays', date: CalendarDate) {
    super(
      missing === 'terms'
        ? `The school calendar has no term near ${date}: enter the term dates`
        : `The calendar has no bank holidays for ${date.slice(0, 4)}: they must be added before days in it are counted`,
    )
    this.missing = missing
    this.date = date
  }
}

/**
 * More days than this with no term are a hole in the calendar, not a holiday: the longest school holiday in England
 * is the summer's six or seven weeks.
 */
const longestHolidayDays = 63

/**
 * Monday to Friday and no bank holiday.
 * @throws {CalendarGap} for a weekday of a year for which no bank holiday is listed, since every year has some.
 */
export function isWorkingDay(date: CalendarDate, calendar: SchoolCalendar): boolean {
  const weekday = weekdayOf(date)
  if (weekday === 0 || weekday === 6) return false
  if (calendar.bankHolidays.includes(date)) return false
  const year = date.slice(0, 5)
  if (!calendar.bankHolidays.some(holiday => holiday.startsWith(year))) throw new CalendarGap('bank-holidays', date)
  return true
}

const isInTerm = (date: CalendarDate, { terms }: SchoolCalendar): boolean =>
  terms.some(term => term.from <= date && date < term.to)

/**
 * A working day in term that is not a closure. A day in no term is no school day, however little the calendar knows.
 * @throws {CalendarGap} as {@link isWorkingDay}, for a day in term.
 */
export const isSchoolDay = (date: CalendarDate, calendar: SchoolCalendar): boolean =>
  isInTerm(date, calendar) && !calendar.closures?.includes(date) && isWorkingDay(date, calendar)

const uncounted = (_date: CalendarDate): boolean => false

/** `isLeftOut` names days that do not count because the clock stood still. */
function countWorkingDays(date: CalendarDate, days: number, calendar: SchoolCalendar, isLeftOut = uncounted) {
  requireWhole(days)
  let day = date
  for (let left = days; left > 0; ) {
    day = addCalendarDays(day, 1)
    if (!isLeftOut(day) && isWorkingDay(day, calendar)) left -= 1
  }
  return day
}

function countSchoolDays(date: CalendarDate, days: number, calendar: SchoolCalendar, isLeftOut = uncounted) {
  requireWhole(days)
  let day = date
  let holiday = 0
  for (let left = days; left > 0; ) {
    day = addCalendarDays(day, 1)
    holiday = isInTerm(day, calendar) ? 0 : holiday + 1
    if (holiday > longestHolidayDays) throw new CalendarGap('terms', addCalendarDays(day, -longestHolidayDays))
    if (!isLeftOut(day) && isSchoolDay(day, calendar)) left -= 1
  }
  return day
}

function requireWhole(days: number) {
  if (!Number.isSafeInteger(days) || days < 0) throw new RangeError(`Days must be a whole number, not ${days}`)
}

/**
 * The `days`-th working day after `date`, which itself is never counted; `date` if `days` is 0.
 * @throws {CalendarGap} if bank holidays are not known that far ahead.
 */
export const addWorkingDays = (date: CalendarDate, days: number, calendar: SchoolCalendar): CalendarDate =>
  countWorkingDays(date, days, calendar)

/**
 * The `days`-th school day after `date`, which itself is never counted; `date` if `days` is 0.
 * @throws {CalendarGap} if terms or bank holidays are not known that far ahead.
 */
export const addSchoolDays = (date: CalendarDate, days: number, calendar: SchoolCalendar): CalendarDate =>
  countSchoolDays(date, days, calendar)

/** `date` if it is a working day, otherwise the next one. @throws {CalendarGap} */
export function nextWorkingDay(date: CalendarDate, calendar: SchoolCalendar): CalendarDate {
  let day = date
  while (!isWorkingDay(day, calendar)) day = addCalendarDays(day, 1)
  return day
}

/**
 * How a deadline is counted, as data. Rules of days and months end with the London day on which they fall: the last
 * millisecond of it. Clock hours end to the millisecond, and run through nights, weekends and holidays (UK GDPR
 * Article 33: 72 hours).
 */
export type DeadlineRule =
  | { readonly basis: 'clock-hours'; readonly hours: number }
  | { readonly basis: 'calendar-days'; readonly days: number }
  | { readonly basis: 'calendar-months'; readonly months: number; readonly rollToWorkingDay: boolean }
  | { readonly basis: 'school-days'; readonly days: number }
  | { readonly basis: 'working-days'; readonly days: number }
  /** Whichever ends first: freedom of information is 20 school days or 60 working days (SI 2004/3364, SI 2009/1369). */
  | { readonly basis: 'first-of'; readonly rules: readonly DeadlineRule[] }

/** A time in which the clock stands still, half-open; `to` is null while it still does. */
export interface Pause {
  readonly from: Date
  readonly to: Date | null
}
export interface EndedPause extends Pause {
  readonly to: Date
}

/**
 * When a deadline that began to run at `from` ends; null while a pause that began before that end has not ended itself.
 *
 * A pause puts clock hours off by its own length. For rules of days and months it puts them off by the days between
 * the London date on which it began and the one on which it ended: one that begins and ends on one day changes nothing.
 * What pauses share counts once, and what lies before `from` or after the end counts not at all.
 * @throws {CalendarGap} if the calendar does not reach far enough to say. It never guesses.
 * @throws {RangeError} for a rule with a length that is negative or (days, months) not whole, or a rule of no rules.
 */
export function dueAt(from: Date, rule: DeadlineRule, calendar: SchoolCalendar, pauses?: readonly EndedPause[]): Date
export function dueAt(from: Date, rule: DeadlineRule, calendar: SchoolCalendar, pauses?: readonly Pause[]): Date | null
export function dueAt(
  from: Date,
  rule: DeadlineRule,
  calendar: SchoolCalendar,
  pauses: readonly Pause[] = [],
): Date | null {
  if (rule.basis === 'first-of') {
    const ends = rule.rules.map(each => dueAt(from, each, calendar, pauses))
    if (ends.length === 0) throw new RangeError('A first-of rule needs at least one rule')
    return ends.reduce((first, end) => (first && end ? (end < first ? end : first) : null))
  }
  const ended: EndedPause[] = []
  for (const pause of unite(pauses, from)) {
    const end = dueWithPauses(from, rule, calendar, ended)
    if (pause.from > end) return end
    if (pause.to === null) return null
    ended.push({ from: pause.from, to: pause.to })
  }
  return dueWithPauses(from, rule, calendar, ended)
}

/** In order of time, cut off at `from`, with no overlaps. */
function unite(pauses: readonly Pause[], from: Date): Pause[] {
  const united: Pause[] = []
  const inOrder = pauses
    .filter(pause => pause.to === null || (pause.to > from && pause.to > pause.from))
    .map(pause => (pause.from < from ? { from, to: pause.to } : pause))
    .sort((one, other) => one.from.getTime() - other.from.getTime())
  for (const pause of inOrder) {
    const last = united.at(-1)
    if (!last || (last.to !== null && last.to < pause.from)) united.push(pause)
    else united[united.length - 1] = { from: last.from, to: later(last.to, pause.to) }
  }
  return united
}

const later = (one: Date | null, other: Date | null): Date | null =>
  one === null || other === null ? null : one > other ? one : other

function dueWithPauses(
  from: Date,
  rule: Exclude<DeadlineRule, { basis: 'first-of' }>,
  calendar: SchoolCalendar,
  pauses: readonly EndedPause[],
): Date {
  if (rule.basis === 'clock-hours') {
    if (!(Number.isFinite(rule.hours) && rule.hours >= 0))
      throw new RangeError(`Hours must be 0 or more: ${rule.hours}`)
    const paused = pauses.reduce((sum, pause) => sum + (pause.to.getTime() - pause.from.getTime()), 0)
    return new Date(from.getTime() + rule.hours * 3_600_000 + paused)
  }
  const start = londonDate(from)
  const stood = pauses.map(pause => ({ from: londonDate(pause.from), to: londonDate(pause.to) }))
  const stoodDays = stood.reduce((sum, days) => sum + daysBetween(days.from, days.to), 0)
  const isLeftOut = (date: CalendarDate) => stood.some(days => days.from <= date && date < days.to)
  switch (rule.basis) {
    case 'calendar-days':
      requireWhole(rule.days)
      return endOfLondonDay(addCalendarDays(start, rule.days + stoodDays))
    case 'calendar-months': {
      requireWhole(rule.months)
      const day = addCalendarDays(addCalendarMonths(start, rule.months), stoodDays)
      return endOfLondonDay(rule.rollToWorkingDay ? nextWorkingDay(day, calendar) : day)
    }
    case 'school-days':
      return endOfLondonDay(countSchoolDays(start, rule.days, calendar, isLeftOut))
    case 'working-days':
      return endOfLondonDay(countWorkingDays(start, rule.days, calendar, isLeftOut))
  }
}
