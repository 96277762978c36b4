import type { ReportService } from '../incidents/report-service.ts'
import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Page } from '../platform/page.ts'
import { blockedPages } from './blocked-pages.ts'
import { contestPages, type ContestPageReads } from './contest-pages.ts'
import { createContestService, type ContestServiceWrites } from './contest-service.ts'
import { contestReads, contestWrites } from './contest-store.ts'
import type { FilterChangeService } from './filter-change-service.ts'
import type { ListsFolder } from './lists-folder.ts'

/* What people say about sites, joined, so that compose needs a line for each kind of thing. */

export const contestDomainReads = (context: ReadContext) => ({ contests: contestReads(context) })
export const contestDomainWrites = (context: WriteContext) => ({ contests: contestWrites(context) })

export function joinContests<W extends ContestServiceWrites>(parts: {
  readonly change: Change<W>
  readonly read: Read<ContestPageReads>
  readonly lists: ListsFolder
  readonly reports: ReportService
  readonly filterChanges: FilterChangeService
}) {
  const service = createContestService(parts)
  const pages: readonly Page<ContestPageReads>[] = [
    ...blockedPages(parts.filterChanges, service),
    ...contestPages(service),
  ]
  return { services: { contests: service }, pages }
}
