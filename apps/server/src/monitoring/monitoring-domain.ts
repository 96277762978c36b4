import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import { createInspectionService, inspectionReads, type InspectionWrites, inspectionWrites } from './inspection.ts'
import { type InspectionPageReads, inspectionPages } from './inspection-pages.ts'
import { type LookPageReads, lookPages, type PersonOfEntry } from './look-pages.ts'
import { createLookService, type LookServiceWrites } from './look-service.ts'
import { lookReads, lookWrites } from './look-store.ts'
import { type UseNoticePageReads, useNoticePages } from './use-notice-pages.ts'
import { createUseNoticeService } from './use-notice-service.ts'
import { useNoticeReads, useNoticeWrites, type UseNoticeWrites } from './use-notice-store.ts'
import type { ClassReads } from '../people/class-store.ts'
import { watcherPages } from './watcher-pages.ts'
import { createWatcherService, type WatcherServiceReads } from './watcher-service.ts'
import { watcherReads, type WatcherWrites, watcherWrites } from './watcher-store.ts'

export const monitoringReads = (context: ReadContext) => ({
  looks: lookReads(context),
  inspections: inspectionReads(context),
  watchers: watcherReads(context),
  useNotices: useNoticeReads(context),
})
export const monitoringWrites = (context: WriteContext) => ({
  looks: lookWrites(context),
  inspections: inspectionWrites(context),
  watchers: watcherWrites(context),
  useNotices: useNoticeWrites(context),
})

/** Looking at a named person, and the review of those who do; joined. */
export function joinMonitoring<
  R extends LookPageReads & WatcherServiceReads & InspectionPageReads & UseNoticePageReads,
  W extends LookServiceWrites & { readonly watchers: WatcherWrites; readonly inspections: InspectionWrites } & {
    readonly useNotices: UseNoticeWrites
    readonly classes: ClassReads
  },
>(parts: {
  readonly change: Change<W>
  readonly read: Read<R>
  readonly clock: Clock
  readonly personOfEntry: PersonOfEntry
}) {
  const looks = createLookService(parts.change, parts.read)
  const watchers = createWatcherService(parts.change, parts.read, parts.clock)
  const inspections = createInspectionService(parts.change)
  const useNotices = createUseNoticeService(parts.change)
  const pages: readonly Page<R>[] = [
    ...useNoticePages(useNotices),
    ...inspectionPages(inspections),
    ...lookPages(looks, parts.personOfEntry),
    ...watcherPages(watchers),
  ]
  const jobs: readonly SchoolJob[] = [{ name: 'monitoring.watchers', everySeconds: 3600, run: watchers.plan }]
  return { services: { looks, watchers, inspections, useNotices }, pages, jobs }
}
