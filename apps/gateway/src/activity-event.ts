/** One line of the activity log: what was decided for whom. Never a query string, never anything a person typed. */
import { newId } from './identifiers.ts'
import type { Decision } from './judge.ts'
import type { Member } from './people-directory.ts'

/**
 * `page`: a plain HTTP request. `connect`: a tunnel asked for. `cut`: an open tunnel or download that a later decision
 * ended. `continue`: the person chose to go on past a warning.
 */
export type ActivityKind = 'page' | 'connect' | 'cut' | 'continue'

export interface ActivityEvent {
  readonly v: 1
  /** Version 7 UUID; also the decision id on the block page. */
  readonly id: string
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly school: string
  readonly personId: string
  readonly groups: readonly string[]
  readonly kind: ActivityKind
  readonly method: string
  readonly host: string
  readonly port: number
  /** Without the query, at most 1,000 characters; '' where none is seen. */
  readonly path: string
  readonly category: string
  readonly verdict: 'allow' | 'warn' | 'block'
  readonly rule: string
  /** True when `verdict` is `warn` and the person had chosen to go on. */
  readonly continued: boolean
}

export interface Visit {
  readonly kind: ActivityKind
  readonly method: string
  readonly host: string
  readonly port: number
  readonly path: string
}

export function activityEvent(member: Member, visit: Visit, decision: Decision, now: number): ActivityEvent {
  const { kind, method, host, port, path } = visit
  return {
    v: 1,
    id: newId(now),
    at: new Date(now).toISOString(),
    school: member.school.id,
    personId: member.person.id,
    groups: member.person.groups,
    kind,
    method: method.slice(0, 32),
    host: host.slice(0, 253),
    port,
    path: path.slice(0, 1000),
    category: decision.category,
    verdict: decision.verdict,
    rule: decision.rule,
    continued: decision.continued,
  }
}
