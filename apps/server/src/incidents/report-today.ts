import type { TodaySources } from '../assurance/today.ts'
import { may } from '../platform/actor.ts'
import type { ReportReads } from './report-store.ts'

const hour = 3_600_000

/** The front door on the heartbeat strip: whether last night's practice reports arrived. What waits is there as deadlines. */
export const reportSources: TodaySources<{ readonly reports: ReportReads }> = {
  working: [
    async ({ reports }, actor, now) => {
      if (!may(actor, 'report.view')) return []
      const drill = await reports.lastDrill('nightly')
      const item = { id: 'reports', name: 'Reports', href: '/reports' }
      if (!drill) return [{ ...item, state: 'unknown', says: 'no practice report has been sent yet' }]
      if (drill.failed.length > 0)
        return [{ ...item, state: 'failing', says: 'a practice report did not reach the right person' }]
      if (now.getTime() - drill.at.getTime() > 36 * hour)
        return [{ ...item, state: 'late', says: 'no practice report for more than a night' }]
      return [{ ...item, state: 'working', says: 'last night’s practice reports all arrived' }]
    },
  ],
}
