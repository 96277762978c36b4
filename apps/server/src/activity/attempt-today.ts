import type { TodaySources } from '../assurance/today.ts'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import { schoolDaysAfter } from '../duties/school-days.ts'
import { hasRole, may } from '../platform/actor.ts'
import { attemptDays, attemptSchoolDays } from './attempt.ts'
import type { AttemptReads } from './attempt-store.ts'

/** On the first page of those who keep the network: attempts in the web log that nobody has reported or settled. */
export const attemptSources: TodaySources<{ readonly attempts: AttemptReads; readonly deadlines: DeadlineReads }> = {
  needs: [
    async ({ attempts, deadlines }, actor, now) => {
      if (!may(actor, 'attempt.settle') || !hasRole(actor, 'network-manager', 'technician')) return []
      const waiting = (await attempts.between(new Date(now.getTime() - attemptDays * 86_400_000), now)).filter(
        ({ outcome, whose }) => outcome === null && whose !== actor.personId,
      )
      const first = waiting.at(-1)
      if (!first) return []
      return [
        {
          text:
            waiting.length === 1
              ? 'Report or settle an attempt at misuse in the web log'
              : `Report or settle ${waiting.length} attempts at misuse in the web log`,
          href: '/activity/attempts',
          due: schoolDaysAfter(first.firstAt, attemptSchoolDays, await deadlines.calendar()),
          since: first.firstAt,
        },
      ]
    },
  ],
}
