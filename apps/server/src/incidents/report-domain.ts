import type { PeopleReads, PeopleWrites } from '../people/people-store.ts'
import type { Change, Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { Keys } from '../platform/keys.ts'
import { createReportCodes } from './report-code.ts'
import { createReportDrill } from './report-drill.ts'
import type { ReceivingWrites } from './report-receive.ts'
import { createReportService } from './report-service.ts'
import type { ReportReads } from './report-store.ts'

/** The services of the front door, joined: one key, one set of codes. */
export function createReportServices(parts: {
  change: Change<ReceivingWrites & { people: PeopleWrites }>
  read: Read<{ reports: ReportReads; people: PeopleReads }>
  keys: Pick<Keys, 'secret'>
  clock: Clock
}) {
  const { change, read, keys, clock } = parts
  const codes = createReportCodes(purpose => keys.secret(purpose))
  return {
    reports: createReportService(change, read, codes, clock),
    reportDrill: createReportDrill(change, read, codes, clock),
  }
}
