import type { BundleSchool } from '@gatehouse/engine/bundle'
import type { Config } from '../config.ts'
import type { PeopleReads, PeopleWrites } from '../people/people-store.ts'
import type { Change, Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import type { MessageWrites } from '../platform/messages.ts'
import type { BundleFile } from './bundle-publisher.ts'
import type { FilterReads, FilterWrites } from './filter-store.ts'
import type { GatewayKeys } from './gateway-keys.ts'
import type { GatewayProcess } from './gateway-process.ts'
import type { ListsFolder } from './lists-folder.ts'
import type { Probers } from './probers.ts'

export interface FilteringReads {
  readonly filtering: FilterReads
  readonly people: PeopleReads
  readonly ledger: LedgerReads
}
export interface FilteringWrites {
  readonly filtering: FilterWrites
  readonly people: PeopleWrites
  readonly messages: MessageWrites
}

export interface FilteringParts {
  readonly config: Config
  readonly read: Read<FilteringReads>
  readonly change: Change<FilteringWrites>
  readonly schools: () => Promise<readonly { readonly id: string; readonly name: string }[]>
  readonly clock: Clock
  readonly log: (line: string) => void
  readonly lists: ListsFolder
  readonly bundle: BundleFile
  readonly gatewayKeys: GatewayKeys
  readonly probers: Probers
  /** People whose internet use is paused for a while though their account is not suspended: a sanction. */
  readonly pausedPeople: (schoolId: string) => Promise<ReadonlySet<string>>
  /** The groups whose searches may be read for concerns, and the school's own rules for that; null where there are none. */
  readonly watchedOf: (schoolId: string) => Promise<Required<Pick<BundleSchool, 'watched' | 'concerns'>> | null>
  /** What else is asked of the running gateway, at most once a second; must be quick when there is nothing to ask. */
  readonly afterTurn?: (gateway: Pick<GatewayProcess, 'check'>) => Promise<void>
}

/** The network manager and the safeguarding lead, or whoever acts for them. */
export async function tellOf(people: PeopleWrites, messages: MessageWrites, kind: string, link: string): Promise<void> {
  const acting = [await people.whoActsAs('network-manager'), await people.whoActsAs('dsl')]
  await messages.tell(
    acting.flatMap(each => (each ? [each.personId] : [])),
    kind,
    link,
  )
}
