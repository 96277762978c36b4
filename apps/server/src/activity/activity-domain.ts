import { join } from 'node:path'
import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import { createActivityArchive } from './activity-archive.ts'
import { activityDayReads, activityDayWrites } from './activity-day-store.ts'
import { holdReads, holdWrites } from './activity-hold-store.ts'
import type { RuleSet } from '@gatehouse/engine'
import { type ActivityPageReads, activityPages } from './activity-pages.ts'
import { createActivityRetention, type RetentionReads, type RetentionWrites } from './activity-retention.ts'
import type { ActivityRow } from './activity-line.ts'
import type { Searched } from './log-import.ts'
import { createActivityService, type ActivityServiceReads, type ActivityServiceWrites } from './activity-service.ts'
import { activityReads, activityWrites } from './activity-store.ts'
import { classWatchReads, classWatchWrites, type ClassWatchWrites } from './class-watch-store.ts'
import { createClassWatchService } from './class-watch-service.ts'
import { type ClassWatchPageReads, classWatchPages } from './class-watch-pages.ts'
import type { ClassReads } from '../people/class-store.ts'
import { type KeptPageReads, keptPages } from './kept-pages.ts'
import { type ReviewPageReads, reviewPages } from './review-pages.ts'
import { openParquetDays } from './sealed-parquet.ts'

export const activityDomainReads = (context: ReadContext) => ({
  activity: activityReads(context),
  activityDays: activityDayReads(context),
  activityHolds: holdReads(context),
  classWatches: classWatchReads(context),
})
export const activityDomainWrites = (context: WriteContext) => ({
  activity: activityWrites(context),
  activityDays: activityDayWrites(context),
  activityHolds: holdWrites(context),
  classWatches: classWatchWrites(context),
})

/** The web log, joined: taken in, kept, sealed, shown and forgotten. */
export function joinActivity<
  R extends ActivityServiceReads &
    RetentionReads &
    ActivityPageReads &
    KeptPageReads &
    ReviewPageReads &
    ClassWatchPageReads,
  W extends ActivityServiceWrites &
    RetentionWrites & { readonly classWatches: ClassWatchWrites; readonly classes: ClassReads },
>(parts: {
  readonly change: Change<W>
  readonly read: Read<R>
  readonly schools: () => Promise<readonly { readonly id: string }[]>
  readonly clock: Clock
  readonly dataFolder: string
  readonly isProber: (personId: string) => boolean
  readonly personOfId: (id: string) => string
  readonly nameOfCategory: (category: string) => string
  /** Told of what a segment stored, once it is stored. */
  readonly onTaken: (schoolId: string, rows: readonly ActivityRow[], searched: readonly Searched[]) => Promise<void>
  /** The rules in force, for searches in other programs’ logs. */
  readonly rulesOf: (schoolId: string) => Promise<RuleSet>
}) {
  const parquet = openParquetDays(join(parts.dataFolder, 'run'))
  const activity = createActivityService(parts)
  const activityArchive = createActivityArchive({ ...parts, parquet })
  const activityRetention = createActivityRetention({ ...parts, archive: activityArchive })
  const classWatch = createClassWatchService(parts.change)
  const pages: readonly Page<R>[] = [
    ...activityPages(activityArchive, parts.nameOfCategory),
    ...reviewPages(activity, activityArchive, parts.nameOfCategory),
    ...classWatchPages(classWatch, parts.nameOfCategory),
    ...keptPages(activityRetention),
  ]
  const jobs: readonly SchoolJob[] = [
    { name: 'activity.retention', everySeconds: 6 * 3600, run: async id => void (await activityRetention.forget(id)) },
    {
      name: 'activity.days',
      everySeconds: 1800,
      run: async id => {
        await activityArchive.count(id)
        await activityArchive.seal(id)
        await activityArchive.tidy(id)
      },
    },
  ]
  return {
    services: { activity, activityArchive, activityRetention, classWatch },
    pages,
    jobs,
    close: () => parquet.close(),
  }
}
