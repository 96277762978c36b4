import { CalendarGap, type DeadlineRule } from '@gatehouse/engine/calendar'
import { legalClock } from '../duties/data/legal-clocks.ts'
import type { Deadline, NewDeadline } from '../duties/deadline.ts'
import type { DeadlineWrites } from '../duties/deadline-store.ts'

/** The clocks of a case that no law sets: the school's own defaults, each with its reason. */
export const caseClocks = {
  /** The policies say “immediately”; an hour is what a person away from the screen can keep. */
  seriousAlert: { basis: 'clock-hours', hours: 1 },
  /** Triage on the day of the report, whatever day that is. */
  triage: { basis: 'school-days', days: 0 },
  /** An open case is looked at again at least once a school week. */
  followUp: { basis: 'school-days', days: 5 },
} as const satisfies Record<string, DeadlineRule>

/** UK GDPR Article 33(1): 72 clock hours from awareness. The number is the rule pack's. @throws {Error} if the pack lost it. */
export function breachRule(): DeadlineRule {
  const { limit } = legalClock('breach-to-regulator')
  if (limit.kind !== 'deadline') throw new Error('the clock breach-to-regulator must be a deadline')
  return limit.rule
}

/** Starts a clock of school days; where the term dates do not reach that far, of as many weeks in calendar days. */
export async function startSchoolClock(
  deadlines: DeadlineWrites,
  deadline: NewDeadline & { readonly rule: { basis: 'school-days'; days: number } },
): Promise<Deadline> {
  try {
    return await deadlines.start(deadline)
  } catch (error) {
    if (!(error instanceof CalendarGap)) throw error
    return deadlines.start({
      ...deadline,
      rule: { basis: 'calendar-days', days: Math.ceil((deadline.rule.days * 7) / 5) },
    })
  }
}
