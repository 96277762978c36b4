import type { PeopleReads, PeopleWrites } from '../people/people-store.ts'
import type { Change, Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { LadderReads, LadderWrites } from '../monitoring/paging-ladder.ts'
import type { Keys } from '../platform/keys.ts'
import { briefingPages } from './briefing-pages.ts'
import { createBriefingService } from './briefing-service.ts'
import type { BriefingWrites } from './briefing-store.ts'
import { createReportCodes } from './report-code.ts'
import { createHelpService } from './help-service.ts'
import type { HelpReads, HelpWrites } from './help-store.ts'
import { createReportDrill, type HelpPage } from './report-drill.ts'
import type { ReceivingWrites } from './report-receive.ts'
import { helpPages } from './help-pages.ts'
import { reportInboxPages } from './report-inbox-pages.ts'
import { reportPages } from './report-pages.ts'
import { threadPages } from './thread-pages.ts'
import { createReportPaging } from './report-paging.ts'
import type { ReadWords } from './report-reading.ts'
import { createReportService } from './report-service.ts'
import type { ReportReads } from './report-store.ts'

/** The front door, joined: its services, its pages and its nightly practice, with one set of codes. */
export function joinReporting(parts: {
  change: Change<
    ReceivingWrites & { people: PeopleWrites; help: HelpWrites; briefings: BriefingWrites } & LadderReads & LadderWrites
  >
  read: Read<{ reports: ReportReads; people: PeopleReads; help: HelpReads } & LadderReads>
  keys: Pick<Keys, 'secret'>
  clock: Clock
  helpPage: HelpPage
  readWords: ReadWords
}) {
  const { change, read, keys, clock, helpPage, readWords } = parts
  const codes = createReportCodes(purpose => keys.secret(purpose))
  const reports = createReportService(change, read, codes, clock, readWords)
  const reportDrill = createReportDrill(change, read, codes, clock, helpPage)
  const reportPaging = createReportPaging(change, read, clock)
  const help = createHelpService(change)
  const briefings = createBriefingService(change)
  const pages = [
    ...reportPages(reports, reportDrill),
    ...threadPages(reports),
    ...reportInboxPages(reports),
    ...helpPages(help),
    ...briefingPages(briefings),
  ] as const
  const jobs: readonly SchoolJob[] = [
    reportDrill.job(),
    { name: 'incidents.report-paging', everySeconds: 3, urgent: true, run: id => reportPaging.climb(id) },
  ]
  return { services: { reports, reportDrill, reportPaging, help, briefings }, pages, jobs }
}
