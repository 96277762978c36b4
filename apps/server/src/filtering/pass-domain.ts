import type { PersonActor } from '../platform/actor.ts'
import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import type { ListsFolder } from './lists-folder.ts'
import { createPassProof } from './pass-proof.ts'
import { passPages, type PassPageReads } from './pass-pages.ts'
import { createPassService, type PassServiceWrites } from './pass-service.ts'
import { passReads, passWrites } from './pass-store.ts'

/* Passes, joined, so that compose needs a line for each kind of thing. */

export const passDomainReads = (context: ReadContext) => ({ passes: passReads(context) })
export const passDomainWrites = (context: WriteContext) => ({ passes: passWrites(context) })

export function joinPasses<W extends PassServiceWrites>(parts: {
  readonly change: Change<W>
  readonly read: Read<PassPageReads>
  readonly schools: () => Promise<readonly { readonly id: string }[]>
  readonly clock: Clock
  readonly lists: ListsFolder
  readonly confirms: (actor: PersonActor, password: string | null) => Promise<boolean | null>
}) {
  const service = createPassService(parts)
  const pages: readonly Page<PassPageReads>[] = passPages({ service, confirms: parts.confirms })
  const jobs: readonly SchoolJob[] = [{ name: 'filtering.passes', everySeconds: 60, run: service.tidy }]
  /** What the serving process does after each look at the gateway. */
  const proof = createPassProof({ ...parts, service })
  return { services: { passes: service }, pages, jobs, proof }
}
