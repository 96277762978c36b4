import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import type { FlagWrites } from './flag-store.ts'
import type { ScopeWrites } from './scope-store.ts'
import { isWeek, mondayOf, weekDigest, weekReport } from './week.ts'
import type { WeekWrites } from './week-store.ts'

export type WeekService = ReturnType<typeof createWeekService>
export const createWeekService = (
  change: Change<{ readonly flags: FlagWrites; readonly scopes: ScopeWrites; readonly weeks: WeekWrites }>,
) => ({
  /** Signs a week's report as it was shown. @throws {Refusal} `conflict` when it says something else by now. */
  sign: (actor: Actor, week: string, digest: string, note: string): Promise<void> =>
    change(actor, async ({ flags, scopes, weeks }) => {
      mustBeAllowed(actor, 'monitoring.sign-week')
      const { personId } = personOf(actor)
      if (!isWeek(week, weeks.now)) throw new Refusal('invalid', 'Open the report again, and sign that one.')
      if (week === mondayOf(weeks.now))
        throw new Refusal('conflict', 'The week is not over. Sign its report afterwards.')
      const report = await weekReport({ flags, scopes }, week)
      if (weekDigest(report) !== digest)
        throw new Refusal(
          'conflict',
          'The figures have changed since you opened the report. Read it again before you sign.',
        )
      await weeks.sign({ week, by: personId, digest, note })
      return changed(undefined, {
        type: 'monitoring-week.signed',
        subject: `monitoring-week:${week}`,
        detail: { digest, flags: report.concerns.reduce((sum, row) => sum + row.flags, 0) },
      })
    }),
})
