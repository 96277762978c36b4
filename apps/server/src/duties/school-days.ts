import { CalendarGap, type DeadlineRule, dueAt, type SchoolCalendar } from '@gatehouse/engine/calendar'

/**
 * The end of the school day so many after `from`. A school that has entered no term dates that reach so far has working days
 * counted instead, and where not even bank holidays are known, five days are a week: somebody always answers by a day.
 */
export function schoolDaysAfter(from: Date, days: number, calendar: SchoolCalendar): Date {
  const rules: readonly DeadlineRule[] = [
    { basis: 'school-days', days },
    { basis: 'working-days', days },
  ]
  for (const rule of rules) {
    try {
      return dueAt(from, rule, calendar)
    } catch (error) {
      if (!(error instanceof CalendarGap)) throw error
    }
  }
  return dueAt(from, { basis: 'calendar-days', days: Math.ceil((days * 7) / 5) }, calendar)
}
