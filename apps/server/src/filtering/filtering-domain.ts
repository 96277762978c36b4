import type { ActivityService } from '../activity/activity-service.ts'
import type { Config } from '../config.ts'
import type { Change, Read } from '../platform/change.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import type { Clock } from '../platform/clock.ts'
import type { Keys } from '../platform/keys.ts'
import { blockedLandingPages } from './blocked-landing-pages.ts'
import { openBundleFile } from './bundle-publisher.ts'
import { changePages } from './change-pages.ts'
import { checkPages } from './check-page.ts'
import { createFilterChangeService, draftsEnd, type FilterChangeWrites } from './filter-change-service.ts'
import { createFilterLogReview } from './filter-log-review.ts'
import type { FilteringParts, FilteringReads, FilteringWrites } from './filtering-parts.ts'
import { type FilteringWork, startFiltering } from './filtering-work.ts'
import { heartbeatPages } from './heartbeat-pages.ts'
import { internetPages } from './internet-pages.ts'
import { openGatewayKeys } from './gateway-keys.ts'
import { gatewayRoutes } from './gateway-routes.ts'
import { logPages, type LogPageReads } from './log-pages.ts'
import { openListsFolder } from './lists-folder.ts'
import { createProbers } from './probers.ts'
import { settingPages } from './setting-pages.ts'
import { technologyPages } from './technology-pages.ts'
import { createReplays, type ReplayReads } from './replay-service.ts'
import { createWarningContinue } from './warning-continue.ts'

export type Filtering = ReturnType<typeof createFiltering>

/** The web filter of an installation, joined: what pages use, what gateways ask for, and what `serve` starts. */
export function createFiltering(parts: {
  config: Config
  keys: Keys
  read: Read<FilteringReads & ReplayReads>
  change: Change<FilterChangeWrites & FilteringWrites>
  schools: FilteringParts['schools']
  pausedPeople: FilteringParts['pausedPeople']
  watchedOf: FilteringParts['watchedOf']
  afterTurn: NonNullable<FilteringParts['afterTurn']>
  activity: ActivityService
  clock: Clock
  log: (line: string) => void
}) {
  const { config, keys, change, activity } = parts
  const lists = openListsFolder(config.dataFolder)
  const bundle = openBundleFile(config.dataFolder, keys.bundle)
  const gatewayKeys = openGatewayKeys(keys)
  const changes = createFilterChangeService(change)
  const logReview = createFilterLogReview(change, parts.read)
  const replays = createReplays({ read: parts.read, change, lists, clock: parts.clock, log: parts.log })
  const pages: readonly Page<LogPageReads>[] = [
    ...internetPages({ service: changes, lists, points: config.filterPoints }),
    ...logPages(logReview),
    ...changePages({ service: changes, replays, lists }),
    ...blockedLandingPages(createWarningContinue({ ...parts, bundle, lists, gatewayKeys })),
    ...heartbeatPages({ lists, points: config.filterPoints }),
    ...settingPages(lists),
    ...technologyPages(),
    ...checkPages({ lists }),
  ]
  const jobs: readonly SchoolJob[] = [
    {
      name: 'filter.drafts',
      everySeconds: 6 * 3600,
      run: async id => {
        const now = parts.clock()
        if (await parts.read(id, ({ filtering }) => filtering.hasDraftBefore(draftsEnd(now))))
          await changes.forgetDrafts(id, now)
      },
    },
  ]
  return {
    pages,
    jobs,
    lists,
    bundle,
    gatewayKeys,
    changes,
    logReview,
    replays,
    machineRoutes: gatewayRoutes({ keys: gatewayKeys, bundle, lists, takeSegment: activity.takeSegment }),
    /** Starts the gateway and everything about it; only in the process that serves. `serverUrl` is where the gateway finds us. */
    start: (serverUrl: string): Promise<FilteringWork> =>
      startFiltering({ ...parts, lists, bundle, gatewayKeys, probers: createProbers(keys) }, serverUrl),
  }
}
