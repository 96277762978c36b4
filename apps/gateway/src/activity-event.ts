/** One line of the activity log: what was decided for whom. Never a query string, never anything a person typed. */
import { normaliseUrl } from '@gatehouse/engine/filter/address'
import { newId } from './identifiers.ts'
import type { Decision } from './judge.ts'
import type { KnownBy, Visitor } from './visitor.ts'

/**
 * `page`: a plain HTTP request. `websocket`: a WebSocket asked for over plain HTTP. `connect`: a tunnel asked for. `cut`:
 * an open tunnel, download or WebSocket that a later decision ended, or a tunnel whose first bytes said something else
 * than its request. `continue`: the person chose to go on past a warning.
 */
export type ActivityKind = 'page' | 'websocket' | 'connect' | 'cut' | 'continue'

export interface ActivityEvent {
  readonly v: 1
  /** Version 7 UUID; also the decision id on the block page. */
  readonly id: string
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly school: string
  /** Null where only the network is known. */
  readonly personId: string | null
  /** How they are known. */
  readonly by: KnownBy
  /** IP address of the device. */
  readonly address: string
  /** Id of the school's network that the device is in, if it is in one. */
  readonly place?: string
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
  /** Host of the page that asked for this, without its path; only where the verdict is not `allow`. */
  readonly referrerHost?: string
  /** What was searched for, at most 200 characters; only where a rule for search terms warned or blocked. */
  readonly term?: string
}

export interface Visit {
  readonly kind: ActivityKind
  readonly method: string
  readonly host: string
  readonly port: number
  readonly path: string
  /** As it came. */
  readonly referrer?: string | undefined
  /** What was searched for; kept only if a rule for search terms stopped it. */
  readonly searched?: string | undefined
}

export function activityEvent(visitor: Visitor, visit: Visit, decision: Decision, now: number): ActivityEvent {
  const { kind, method, host, port, path } = visit
  const isStopped = decision.verdict !== 'allow'
  const referrerHost = isStopped && visit.referrer !== undefined ? hostOf(visit.referrer) : ''
  const term = isStopped && decision.rule.startsWith('search:') ? oneLine(visit.searched ?? '').slice(0, 200) : ''
  return {
    v: 1,
    id: newId(now),
    at: new Date(now).toISOString(),
    school: visitor.school.id,
    personId: visitor.person?.id ?? null,
    by: visitor.by,
    address: visitor.address,
    ...(visitor.place === undefined ? {} : { place: visitor.place }),
    groups: visitor.groups,
    kind,
    method: oneLine(method).slice(0, 32),
    host: oneLine(host).slice(0, 253),
    port,
    path: oneLine(path).slice(0, 1000),
    category: decision.category,
    verdict: decision.verdict,
    rule: decision.rule,
    continued: decision.continued,
    ...(referrerHost === '' ? {} : { referrerHost: referrerHost.slice(0, 253) }),
    ...(term === '' ? {} : { term }),
  }
}

/** JSON escapes what would end a line; whoever prints the field later may not. */
const oneLine = (text: string): string =>
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
    ? text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd')
    : text

const hostOf = (referrer: string): string => {
  const address = normaliseUrl(referrer)
  return address.ok ? address.host : ''
}
