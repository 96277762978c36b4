import type { AddressInfo } from 'node:net'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleWrites } from '../people/people-store.ts'
import type { Change, Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { MessageWrites } from '../platform/messages.ts'
import type { RequestWrites } from '../platform/requests.ts'
import { createClauseDecisions } from './clause-decisions.ts'
import { createClauseService } from './clause-service.ts'
import { childRulesPages } from './child-rules-pages.ts'
import type { Control, ControlReads } from './control.ts'
import { createPolicyWatch, policyJobs } from './policy-jobs.ts'
import { type PolicyPageReads, policyPages } from './policy-pages.ts'
import { createPolicyService } from './policy-service.ts'
import type { PolicyWrites } from './policy-store.ts'
import { setAsidePages } from './set-aside-pages.ts'
import { versionPages } from './version-pages.ts'

interface Used {
  readonly policies: PolicyWrites
  readonly requests: RequestWrites
  readonly deadlines: DeadlineWrites
  readonly people: PeopleWrites
  readonly messages: MessageWrites
}

/** The domain as `compose` joins it. */
export function joinPolicies<R extends PolicyPageReads & ControlReads, W extends Used>(parts: {
  readonly change: Change<W>
  readonly read: Read<R>
  /** Those of every domain. */
  readonly controls: readonly Control<R>[]
  readonly clock: Clock
  readonly log: (line: string) => void
  readonly origin: () => string
}) {
  const { change, read, controls, clock, log, origin } = parts
  const clauses = createClauseService({ read, controls, clock, log })
  const policies = createPolicyService(change, clock)
  const clauseDecisions = createClauseDecisions(change, clock)
  const policyWatch = createPolicyWatch({ read, change, clauses, clock, origin })
  return {
    services: { clauses, policies, clauseDecisions, policyWatch },
    pages: [
      ...policyPages(clauses),
      ...versionPages(policies),
      ...setAsidePages(clauseDecisions),
      ...childRulesPages(),
    ],
    jobs: policyJobs(policyWatch),
  }
}

/**
 * Where the public finds the pages: the address that the operator set, or this process's own port where that is loopback
 * (the port may be any free one).
 */
export function publicOrigin(baseUrl: string, address: AddressInfo | string | null): string {
  const { hostname } = new URL(baseUrl)
  const loopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  return loopback && typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : baseUrl
}
