import type { ActivityService } from '../activity/activity-service.ts'
import type { Config } from '../config.ts'
import type { Change, Read } from '../platform/change.ts'
import type { Page } from '../platform/page.ts'
import type { Clock } from '../platform/clock.ts'
import type { Keys } from '../platform/keys.ts'
import { blockedPages } from './blocked-pages.ts'
import { openBundleFile } from './bundle-publisher.ts'
import type { ChangePageReads } from './change-page.ts'
import { changePages } from './change-pages.ts'
import { createFilterChangeService, type FilterChangeWrites } from './filter-change-service.ts'
import { createFilterLogReview } from './filter-log-review.ts'
import type { FilteringParts, FilteringReads, FilteringWrites } from './filtering-parts.ts'
import { type FilteringWork, startFiltering } from './filtering-work.ts'
import { heartbeatPages } from './heartbeat-pages.ts'
import { internetPages } from './internet-pages.ts'
import { openGatewayKeys } from './gateway-keys.ts'
import { gatewayRoutes } from './gateway-routes.ts'
import { openListsFolder } from './lists-folder.ts'
import { createProbers } from './probers.ts'

export type Filtering = ReturnType<typeof createFiltering>

/** The web filter of an installation, joined: what pages use, what gateways ask for, and what `serve` starts. */
export function createFiltering(parts: {
  config: Config
  keys: Keys
  read: Read<FilteringReads>
  change: Change<FilterChangeWrites & FilteringWrites>
  schools: FilteringParts['schools']
  pausedPeople: FilteringParts['pausedPeople']
  activity: ActivityService
  clock: Clock
  log: (line: string) => void
}) {
  afterTurn: NonNullable<FilteringParts['afterTurn']>
  const { config, keys, change, activity } = parts
  const lists = openListsFolder(config.dataFolder)
  const bundle = openBundleFile(config.dataFolder, keys.bundle)
  const gatewayKeys = openGatewayKeys(keys)
  const changes = createFilterChangeService(change)
  const logReview = createFilterLogReview(change)
  const pages: readonly Page<ChangePageReads>[] = [
    ...internetPages({ service: changes, logReview, lists }),
    ...changePages(changes),
    ...blockedPages(changes),
    ...heartbeatPages({ lists }),
  ]
  return {
    pages,
    lists,
    bundle,
    gatewayKeys,
    changes,
    logReview,
    machineRoutes: gatewayRoutes({ keys: gatewayKeys, bundle, lists, takeSegment: activity.takeSegment }),
    /** Starts the gateway and everything about it; only in the process that serves. `serverUrl` is where the gateway finds us. */
    start: (serverUrl: string): Promise<FilteringWork> =>
      startFiltering({ ...parts, lists, bundle, gatewayKeys, probers: createProbers(keys) }, serverUrl),
  }
}
