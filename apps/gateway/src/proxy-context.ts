/** What the proxy works with, passed in whole: rules, people, clock, network and log. */
import type { Agent } from 'node:http'
import type { Visit } from './activity-event.ts'
import { type AddressAnswer, type AddressGuard, hostAndPort } from './address-guard.ts'
import type { ContinuePasses } from './continue-passes.ts'
import type { HeardSearches } from './heard-searches.ts'
import type { Identification } from './identification.ts'
import type { Decision, Judge } from './judge.ts'
import type { OpenExchanges } from './open-exchanges.ts'
import type { OwnPages } from './own-pages.ts'
import type { Searches } from './searches.ts'
import type { Visitor } from './visitor.ts'

export interface TestSite {
  readonly address: string
  readonly port: number
}

export interface Limits {
  readonly connectMs: number
  /** Without a byte of the answer. */
  readonly readMs: number
  readonly tunnelIdleMs: number
  /** For the whole head of a request. */
  readonly headersMs: number
  /** How often slow heads are looked for. */
  readonly checkMs: number
  /** Until a tunnel's first bytes have said what it is for. */
  readonly helloMs: number
  readonly maxConnections: number
  /** From one address that is no front. */
  readonly maxPerAddress: number
}

export interface ProxyContext {
  readonly identification: Identification
  readonly judge: Judge
  readonly passes: ContinuePasses
  readonly guard: AddressGuard
  readonly exchanges: OpenExchanges
  readonly searches: Searches
  readonly heard: HeardSearches
  readonly agent: Agent
  /** Puts a decision on record; gives its id. */
  readonly record: (visitor: Visitor, visit: Visit, decision: Decision) => string
  /** False until the first bundle: nothing is let through. */
  readonly isReady: () => boolean
  readonly testSite: () => TestSite | null
  readonly blockPageBase: () => string
  readonly allowPrivate: () => ReadonlySet<string>
  readonly httpPorts: ReadonlySet<number>
  readonly connectPorts: ReadonlySet<number>
  /** Answers requests to the gateway itself, such as its status. */
  readonly ownPage: OwnPages
  readonly limits: Limits
  readonly now: () => number
}

export const isTestName = (host: string): boolean => host === 'gatehouse.invalid' || host.endsWith('.gatehouse.invalid')

/** A place opened on purpose is opened with its port; so is the check page. */
export const isPortOpen = (context: ProxyContext, ports: ReadonlySet<number>, host: string, port: number): boolean =>
  ports.has(port) || context.allowPrivate().has(hostAndPort(host, port))

export type Destination = AddressAnswer & { readonly port: number }

/**
 * Where to connect for `host`. Names under gatehouse.invalid (a name that no resolver knows, RFC 6761 §6.4) lead to the
 * product's own check page and nowhere else.
 */
export function destinationOf(context: ProxyContext, host: string, port: number): Destination | Promise<Destination> {
  if (isTestName(host)) {
    const site = context.testSite()
    if (!site) return { ok: false, error: 'dns_error', port }
    const family = site.address.includes(':') ? 6 : 4
    return { ok: true, addresses: [{ address: site.address, family }], port: site.port }
  }
  const answer = context.guard.check(host, port)
  return answer instanceof Promise ? answer.then(later => ({ ...later, port })) : { ...answer, port }
}
