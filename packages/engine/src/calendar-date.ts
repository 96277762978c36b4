/** A day in the school's life, 'YYYY-MM-DD' in the Gregorian calendar, years 0001 to 9999. It has no time and no zone. */
export type CalendarDate = string

const dayMs = 86_400_000

/**
 * Days since 1 January 1970 of a calendar date.
 * @throws {RangeError} if the text is not a day that exists ('2026-02-29' does not).
 */
export function dayNumber(date: CalendarDate): number {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date)
  const ms = parts ? Date.parse(`${date}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) {
    throw new RangeError(`A date must be a real day written YYYY-MM-DD, not ${JSON.stringify(date)}`)
  }
  return ms / dayMs
}

/** The inverse of {@link dayNumber}. */
export const dateOfDay = (day: number): CalendarDate => new Date(day * dayMs).toISOString().slice(0, 10)

/** True of 'YYYY-MM-DD' texts that name a day that exists. */
export function isCalendarDate(text: string): text is CalendarDate {
  try {
    dayNumber(text)
    return true
  } catch {
    return false
  }
}

export const addCalendarDays = (date: CalendarDate, days: number): CalendarDate => dateOfDay(dayNumber(date) + days)

/** Whole days from `from` to `to`; negative if `to` is earlier. */
export const daysBetween = (from: CalendarDate, to: CalendarDate): number => dayNumber(to) - dayNumber(from)

/** 0 is Sunday, 6 is Saturday. Day 0 of the epoch was a Thursday. */
export const weekdayOf = (date: CalendarDate): number => (((dayNumber(date) + 4) % 7) + 7) % 7

/**
 * The corresponding day `months` later (or earlier, if negative); where that month has no such day, its last day:
 * 31 January and one month is 28 February. This is how the ICO counts a month for a subject access request.
 */
export function addCalendarMonths(date: CalendarDate, months: number): CalendarDate {
  const start = new Date(dayNumber(date) * dayMs)
  const year = start.getUTCFullYear()
  const month = start.getUTCMonth() + months
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return dateOfDay(Date.UTC(year, month, Math.min(start.getUTCDate(), lastDay)) / dayMs)
}
