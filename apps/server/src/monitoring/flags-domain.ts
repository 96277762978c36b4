import type { PeopleReads } from '../people/people-store.ts'
import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import type { RequestReads, RequestWrites } from '../platform/requests.ts'
import { flagPages } from './flag-pages.ts'
import { createFlagService, type FlagServiceWrites, type Pager } from './flag-service.ts'
import { type FlagReads, flagReads, flagWrites } from './flag-store.ts'
import { scopePages } from './scope-pages.ts'
import { createScopeService } from './scope-service.ts'
import { type ScopeReads, scopeReads, scopeWrites, type ScopeWrites } from './scope-store.ts'
import { createWeekService, weekPages } from './week-pages.ts'
import { type WeekReads, weekReads, weekWrites, type WeekWrites } from './week-store.ts'

/* Flags and triage, joined: the paperwork, the queue, paging, the week's report. */

export const flagDomainReads = (context: ReadContext) => ({
  flags: flagReads(context),
  scopes: scopeReads(context),
  weeks: weekReads(context),
})
export const flagDomainWrites = (context: WriteContext) => ({
  flags: flagWrites(context),
  scopes: scopeWrites(context),
  weeks: weekWrites(context),
})

interface Reads {
  readonly flags: FlagReads
  readonly scopes: ScopeReads
  readonly weeks: WeekReads
  readonly people: PeopleReads
  readonly requests: RequestReads
}
type Writes = FlagServiceWrites & {
  readonly scopes: ScopeWrites
  readonly weeks: WeekWrites
  readonly requests: RequestWrites
}

export function joinFlags(parts: { change: Change<Writes>; read: Read<Reads>; clock: Clock; pager: Pager | null }) {
  const { change, read, clock, pager } = parts
  const flags = createFlagService({ change, read, pager })
  const scopes = createScopeService(change)
  const weeks = createWeekService(change)
  // The week's report first: its path is one of the single flags' otherwise.
  const pages: readonly Page<Reads>[] = [...weekPages(weeks), ...flagPages(flags), ...scopePages(scopes)]
  const jobs: readonly SchoolJob[] = [
    { name: 'monitoring.paging', everySeconds: 5, run: id => flags.climb(id) },
    { name: 'monitoring.retention', everySeconds: 6 * 3600, run: async id => void (await flags.forget(id, clock())) },
  ]
  return { services: { flags, scopes, weeks }, pages, jobs }
}
