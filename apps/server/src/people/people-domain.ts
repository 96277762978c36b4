import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import { accountPages } from './account-pages.ts'
import { classReads } from './class-store.ts'
import { groupPages } from './group-pages.ts'
import type { PasswordHasher } from './passwords.ts'
import { peoplePages, type PeoplePageReads } from './people-pages.ts'
import { createPeopleService, type PeopleService, type PeopleServiceWrites } from './people-service.ts'
import { peopleReads, peopleWrites } from './people-store.ts'
import { registerReads, registerWrites } from './register-store.ts'

/* The domain's own joining, so that compose needs a line for each kind of thing. */

export const peopleDomainReads = (context: ReadContext) => ({
  people: peopleReads(context),
  register: registerReads(context),
  classes: classReads(context),
})
export const peopleDomainWrites = (context: WriteContext) => ({
  people: peopleWrites(context),
  register: registerWrites(context),
  classes: classReads({ ...context, db: context.tx }),
})

export function joinPeople<W extends PeopleServiceWrites>(parts: {
  readonly change: Change<W>
  readonly read: Read<PeoplePageReads>
  readonly hasher: PasswordHasher
  readonly clock: Clock
  readonly release: Parameters<typeof createPeopleService<W>>[0]['release']
}): {
  readonly service: PeopleService
  readonly pages: readonly Page<PeoplePageReads>[]
  readonly jobs: readonly SchoolJob[]
} {
  const service = createPeopleService<W>(parts)
  return {
    service,
    pages: [...peoplePages(service), ...groupPages(service), ...accountPages(service)],
    jobs: [{ name: 'people.leavers', everySeconds: 300, run: service.shutOutLeavers }],
  }
}
