import type { PeopleReads } from '../people/people-store.ts'
import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import type { RequestReads, RequestWrites } from '../platform/requests.ts'
import type { MachineRoute } from '../platform/page.ts'
import { devicePages } from './device-pages.ts'
import { deviceRoutes } from './device-routes.ts'
import type { DeviceRules } from './device-rules.ts'
import { extensionRoutes } from './extension-files.ts'
import { createDeviceService } from './device-service.ts'
import { type DeviceReads, deviceReads, deviceWrites, type DeviceWrites } from './device-store.ts'
import { flagPages } from './flag-pages.ts'
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
})
export const flagDomainWrites = (context: WriteContext) => ({
  flags: flagWrites(context),
  scopes: scopeWrites(context),
  weeks: weekWrites(context),
  devices: deviceWrites(context),
})

interface Reads {
  readonly flags: FlagReads
  readonly scopes: ScopeReads
  readonly weeks: WeekReads
  readonly devices: DeviceReads
  readonly people: PeopleReads
  readonly requests: RequestReads
}
type Writes = FlagServiceWrites & {
  readonly scopes: ScopeWrites
  readonly weeks: WeekWrites
  readonly devices: DeviceWrites
  readonly requests: RequestWrites
}

export function joinFlags(parts: {
  change: Change<Writes>
  read: Read<Reads>
  schools: () => Promise<readonly { readonly id: string }[]>
  clock: Clock
  rules: DeviceRules
  /** Where the packed extension lies. */
  extension: string
}) {
  const { change, read, schools, clock, rules, extension } = parts
  const flags = createFlagService({ change, read })
  const scopes = createScopeService(change)
  const weeks = createWeekService(change)
  const devices = createDeviceService({ change, read, schools })
  // The week's report first: its path is one of the single flags' otherwise.
  const pages: readonly Page<Reads>[] = [
    ...weekPages(weeks),
    ...flagPages(flags),
    ...scopePages(scopes),
    ...devicePages(devices, rules.publicKey),
  ]
  const jobs: readonly SchoolJob[] = [
    { name: 'monitoring.paging', everySeconds: 5, run: id => flags.climb(id) },
    { name: 'monitoring.retention', everySeconds: 6 * 3600, run: async id => void (await flags.forget(id, clock())) },
    { name: 'monitoring.silence', everySeconds: 600, run: async id => void (await devices.raiseSilent(id, clock())) },
  ]
  const machineRoutes: readonly MachineRoute[] = [
    ...extensionRoutes(extension),
    ...deviceRoutes({
      devices,
      flags,
      rules,
      covered: id => read(id, reads => reads.scopes.coveredGroups()),
      clock,
    }),
  ]
  return { services: { flags, scopes, weeks, devices }, pages, jobs, machineRoutes }
}
