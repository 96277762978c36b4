/**
 * One proxy in a process of its own, for the bench: the gateway as it runs, or the same proxy with nothing in it that
 * filters. Told what to be by its parent's first message; answers `usage` with what it has used so far.
 *
 * What "off" leaves out: reading who asks and checking the password, the verdict, making searches safe, looking at the
 * type of the answer, the line of the log and its way to disk and server, and asking for bundles. What it still does is
 * everything that makes it a proxy: HTTP, connections kept on both sides, header fields, the address guard with its
 * cached names, the list of what is open, time limits.
 */
import { Agent } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cachedResolve, createAddressGuard, type Resolve } from './address-guard.ts'
import { createContinuePasses } from './continue-passes.ts'
import { startGateway, theOutside, usualLimits } from './gateway.ts'
import { faultReply } from './gateway-replies.ts'
import { createOpenExchanges } from './open-exchanges.ts'
import type { ProxyContext } from './proxy-context.ts'
import { createProxyServer } from './proxy-server.ts'
import { readKeys, type Settings } from './settings.ts'
import { visitorOf } from './visitor.ts'

/** Sets and URLs do not survive the way between processes. */
export interface ProxyOrder {
  readonly isFiltering: boolean
  /** `host:port` of the one place that is visited; every name leads to 127.0.0.1. */
  readonly place: string
  readonly bundleFile: string
  readonly server: string
  readonly keyText: string
  readonly spool: string
}

/** User and system time of the whole process in microseconds, and its memory. */
export interface Usage {
  readonly cpuMicroseconds: number
  readonly rssBytes: number
}

const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }]

async function filtering(order: ProxyOrder): Promise<number> {
  const keys = readKeys(order.keyText)
  if (!keys.ok) throw new Error(keys.errors.join())
  const settings: Settings = {
    bundleFile: order.bundleFile,
    server: new URL(order.server),
    host: '127.0.0.1',
    port: 0,
    keyFile: '',
    spool: order.spool,
    allowPrivate: [order.place],
    httpPorts: new Set([80, 443]),
    connectPorts: new Set([443]),
    fronts: [],
    proxyAddress: undefined,
  }
  const gateway = await startGateway(settings, keys.value, { ...theOutside(), resolve, write: () => undefined })
  return gateway.port
}

async function unfiltered({ place }: ProxyOrder): Promise<number> {
  const person = {
    id: 'p',
    username: 'p',
    groups: [],
    proxyHash: '',
    suspended: false,
    classes: [],
    year: null,
    turns13On: null,
  }
  const rules = { version: 1, groups: [], hostRules: [], illegal: { source: 'empty' as const, hosts: [] } }
  const school = { id: 'oak', name: 'Oak', rules, people: [person], places: [], devices: [] }
  const visitor = visitorOf({ school, person, isChild: true }, 'password', '127.0.0.1', undefined)
  const host = place.slice(0, place.lastIndexOf(':'))
  const decision = { verdict: 'allow', category: 'none', rule: '', reason: '', host, continued: false } as const
  const allowPrivate = new Set([place])
  const nothing = {}
  const none = new Set<string>()
  const context: ProxyContext = {
    identification: { identify: () => ({ kind: 'known', visitor }), renewed: () => visitor },
    judge: { decide: () => decision, decideAnswer: () => undefined },
    searches: { forced: () => nothing, safeNameOf: () => undefined, queryOf: () => undefined },
    heard: { flagged: () => undefined },
    passes: createContinuePasses(Buffer.alloc(32), Date.now),
    guard: createAddressGuard({
      resolve: cachedResolve(resolve, 10_000, Date.now),
      resolveTimeoutMs: 1000,
      allowPrivate: () => allowPrivate,
      ownSockets: () => none,
      ownAddresses: () => none,
    }),
    exchanges: createOpenExchanges(),
    agent: new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 32, scheduling: 'lifo', timeout: 60_000 }),
    record: () => '',
    isReady: () => true,
    testSite: () => null,
    blockPageBase: () => '',
    allowPrivate: () => allowPrivate,
    httpPorts: new Set(),
    connectPorts: new Set(),
    ownPage: () => faultReply('http_request_error'),
    limits: usualLimits,
    now: Date.now,
  }
  const server = createProxyServer(context, () => undefined)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  // A TCP server's address is always an AddressInfo.
  return (server.address() as AddressInfo).port
}

process.on('message', (message: ProxyOrder | 'usage') => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpuMicroseconds: user + system, rssBytes: process.memoryUsage.rss() } satisfies Usage)
    return
  }
  const starting = message.isFiltering ? filtering(message) : unfiltered(message)
  starting.then(port => process.send?.(port))
})
process.on('disconnect', () => process.exit(0))
