import type { PeopleReads } from '../people/people-store.ts'
import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import type { MessageReads } from '../platform/messages.ts'
import type { RequestReads, RequestWrites } from '../platform/requests.ts'
import type { MachineRoute } from '../platform/page.ts'
import { devicePages } from './device-pages.ts'
import { deviceRoutes } from './device-routes.ts'
import type { DeviceRules } from './device-rules.ts'
import { extensionRoutes } from './extension-files.ts'
import { createDeviceService } from './device-service.ts'
import { type DeviceReads, deviceReads, deviceWrites, type DeviceWrites } from './device-store.ts'
import type { Keys } from '../platform/keys.ts'
import { createOutsidePost } from '../platform/outside-post.ts'
import type { SchoolReads, SchoolWrites } from '../school/school-store.ts'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { CaseReads } from '../incidents/case-store.ts'
import { flagPages } from './flag-pages.ts'
import { createMonitoringSettings, monitoringSettings } from './monitoring-settings.ts'
import { governorPages } from './governor-pages.ts'
import { monitoringSettingsPages } from './monitoring-settings-pages.ts'
import { pagingPages } from './paging-pages.ts'
import { createPagingService } from './paging-service.ts'
import { type PagingReads, pagingReads, type PagingWrites, pagingWrites } from './paging-store.ts'
import { createFlagService, type FlagServiceWrites } from './flag-service.ts'
import { type FlagReads, flagReads, flagWrites } from './flag-store.ts'
import { scopePages } from './scope-pages.ts'
import { createScopeService } from './scope-service.ts'
import { type ScopeReads, scopeReads, scopeWrites, type ScopeWrites } from './scope-store.ts'
import { weekPages } from './week-pages.ts'
import { createWeekService } from './week-service.ts'
import { type WeekReads, weekReads, weekWrites, type WeekWrites } from './week-store.ts'

/* Flags and triage, joined: the paperwork, the queue, paging, the week's report. */

export const flagDomainReads = (context: ReadContext) => ({
  flags: flagReads(context),
  scopes: scopeReads(context),
  weeks: weekReads(context),
  devices: deviceReads(context),
  paging: pagingReads(context),
})
export const flagDomainWrites = (context: WriteContext) => ({
  flags: flagWrites(context),
  scopes: scopeWrites(context),
  weeks: weekWrites(context),
  devices: deviceWrites(context),
  paging: pagingWrites(context),
})

interface Reads {
  readonly flags: FlagReads
  readonly scopes: ScopeReads
  readonly weeks: WeekReads
  readonly devices: DeviceReads
  readonly people: PeopleReads
  readonly requests: RequestReads
  readonly paging: PagingReads
  readonly messages: MessageReads
  readonly school: SchoolReads
  readonly deadlines: Pick<DeadlineReads, 'calendar' | 'terms'>
  readonly cases: CaseReads
}
type Writes = FlagServiceWrites & {
  readonly scopes: ScopeWrites
  readonly weeks: WeekWrites
  readonly devices: DeviceWrites
  readonly requests: RequestWrites
  readonly paging: PagingWrites
  readonly school: SchoolWrites
}

export function joinFlags(parts: {
  change: Change<Writes>
  read: Read<Reads>
  schools: () => Promise<readonly { readonly id: string }[]>
  clock: Clock
  rules: DeviceRules
  /** Where the packed extension lies. */
  extension: string
  keys: Pick<Keys, 'secret'>
  baseUrl: string
  mailConfigured: boolean
  /** `host:port` pairs that pages may be sent to although they are private or without TLS. */
  pagingAllow: readonly string[]
}) {
  const { change, read, schools, clock, rules, extension, pagingAllow } = parts
  const flags = createFlagService({ change, read })
  const scopes = createScopeService(change)
  const weeks = createWeekService(change)
  const devices = createDeviceService({ change, read, schools })
  const settings = createMonitoringSettings(change)
  const paging = createPagingService({
    ...parts,
    post: createOutsidePost({ allowed: pagingAllow }),
    allowed: pagingAllow,
  })
  // The week's report first: its path is one of the single flags' otherwise.
  const pages: readonly Page<Reads>[] = [
    ...weekPages(weeks),
    ...governorPages,
    ...flagPages(flags),
    ...scopePages(scopes),
    ...pagingPages({ service: paging, mailConfigured: parts.mailConfigured, allowed: pagingAllow }),
    ...monitoringSettingsPages(settings),
    ...devicePages(devices, rules.publicKey),
  ]
  const jobs: readonly SchoolJob[] = [
    { name: 'monitoring.paging', everySeconds: 5, urgent: true, run: id => flags.climb(id) },
    { name: 'monitoring.pages-out', everySeconds: 3, urgent: true, run: id => paging.deliver(id) },
    {
      name: 'monitoring.retention',
      everySeconds: 6 * 3600,
      run: async id => {
        await flags.forget(id, clock())
        await paging.forget(id)
      },
    },
    { name: 'monitoring.silence', everySeconds: 600, run: async id => void (await devices.raiseSilent(id, clock())) },
  ]
  const machineRoutes: readonly MachineRoute[] = [
    ...extensionRoutes(extension),
    ...deviceRoutes({
      devices,
      flags,
      rules,
      watched: id =>
        read(id, async ({ scopes, school }) => ({
          covered: await scopes.coveredGroups(),
          context: monitoringSettings((await school.own()).settings).context,
        })),
      clock,
    }),
  ]
  return {
    services: { flags, scopes, weeks, devices, paging, monitoringSettings: settings },
    pages,
    jobs,
    machineRoutes,
  }
}
