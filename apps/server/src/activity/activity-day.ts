import { type CalendarDate, londonDate, startOfLondonDay, addCalendarDays } from '@gatehouse/engine/calendar'

/** The London days of some instants. */
export function londonDaysOf(rows: readonly { readonly at: Date }[]): CalendarDate[] {
  // London's day begins on the hour, so one answer holds for the whole of it.
  const hours = new Set(rows.map(({ at }) => Math.floor(at.getTime() / 3_600_000)))
  return [...new Set([...hours].map(hour => londonDate(new Date(hour * 3_600_000))))].sort()
}

/** A London day as instants, half-open. */
export const rangeOfDay = (day: CalendarDate): { readonly from: Date; readonly to: Date } => ({
  from: startOfLondonDay(day),
  to: startOfLondonDay(addCalendarDays(day, 1)),
})

/** Days that stay as rows in the database, today included; older ones are sealed into files. A month and a few, for attempts are looked back over so far. */
export const recentDays = 35
