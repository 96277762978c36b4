import { CalendarGap, type DeadlineRule } from '@gatehouse/engine/calendar'
import type { Deadline, NewDeadline } from './deadline.ts'
import type { DeadlineWrites } from './deadline-store.ts'

/**
 * Starts a clock of so many school days. Where no term dates are entered working days are counted instead, and where not
 * even bank holidays are known, five days are a week: nothing that somebody must answer waits for a calendar.
 */
export async function startSchoolDays(
  deadlines: Pick<DeadlineWrites, 'start'>,
  days: number,
  clock: Omit<NewDeadline, 'rule'>,
): Promise<Deadline> {
  const rules: readonly DeadlineRule[] = [
    { basis: 'school-days', days },
    { basis: 'working-days', days },
  ]
  for (const rule of rules) {
    try {
      return await deadlines.start({ ...clock, rule })
    } catch (error) {
      // Thrown before anything is written.
      if (!(error instanceof CalendarGap)) throw error
    }
  }
  return deadlines.start({ ...clock, rule: { basis: 'calendar-days', days: Math.ceil((days * 7) / 5) } })
}
