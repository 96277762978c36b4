/** Builds a gateway from its settings and keys, and runs it. The one place of this workspace where things are joined. */
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { decide } from '@gatehouse/engine/filter/decide'
import { openLists } from '@gatehouse/engine/filter/open-lists'
import { nextBoundary } from '@gatehouse/engine/filter/windows'
import { activityLine } from './activity-event.ts'
import { cachedResolve, createAddressGuard, hostAndPort, type Resolve } from './address-guard.ts'
import { createAnnouncer } from './announcer.ts'
import { bundleRound, repeat, uploadRound } from './background-work.ts'
import { createBundleHolder } from './bundle-holder.ts'
import { type ContinueSubject, createContinuePasses } from './continue-passes.ts'
import { faultReply, sendRawReply } from './gateway-replies.ts'
import { createHeardSearches } from './heard-searches.ts'
import { createIdentification } from './identification.ts'
import { createJudge } from './judge.ts'
import { createListsKeeper, writeWhole } from './lists-keeper.ts'
import { theNeighbours } from './neighbours.ts'
import { addressesIn, createNetworkMap, plainAddress } from './network-map.ts'
import { createOpenExchanges } from './open-exchanges.ts'
import { createOwnPages } from './own-pages.ts'
import { createOwnSockets } from './own-sockets.ts'
import { createPeopleDirectory } from './people-directory.ts'
import { createProxyCredentials } from './proxy-credentials.ts'
import type { Limits, ProxyContext } from './proxy-context.ts'
import { createProxyServer } from './proxy-server.ts'
import { recheckOpen, startRechecks } from './recheck.ts'
import { createSearches } from './searches.ts'
import { createServerClient } from './server-client.ts'
import type { Keys, Settings } from './settings.ts'
import { createContinued } from './squid/continued.ts'
import { openSpool, type Spool } from './spool.ts'
import { answerCheck } from './verdict-check.ts'

export interface GatewayOutside {
  readonly resolve: Resolve
  readonly now: () => number
  /** IP address to hardware address, of the machines on our own network segment. */
  readonly neighbours: () => Promise<ReadonlyMap<string, string>>
  /** Where the gateway speaks to its operator, a line at a time. */
  readonly write: (line: string) => void
  readonly limits: Limits
  readonly pollMs: number
  readonly uploadMs: number
  readonly recheckMs: number
}

export const usualLimits: Limits = {
  connectMs: 10_000,
  readMs: 60_000,
  tunnelIdleMs: 15 * 60_000,
  headersMs: 20_000,
  checkMs: 5000,
  helloMs: 10_000,
  maxConnections: 10_000,
  // A browser holds some thirty; a room full of devices may share one address behind a router.
  maxPerAddress: 2000,
}

/** How often to ask for a newer bundle, to send the log, and to decide again about what is open. */
export const usualPace = { pollMs: 2000, uploadMs: 1000, recheckMs: 2000 }

/** The real network and clock. */
export const theOutside = (): GatewayOutside => ({
  resolve: async host =>
    (await lookup(host, { all: true })).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })),
  now: Date.now,
  neighbours: theNeighbours,
  write: line => console.error(line),
  limits: usualLimits,
  ...usualPace,
})

export interface Gateway {
  readonly port: number
  /** "Filtering on 127.0.0.1:3128, bundle 12, 210 people". */
  readonly summary: string
  status(): GatewayStatus
  close(): Promise<void>
}

/** What `GET /gatehouse-status` tells the bearer. */
export interface GatewayStatus {
  /** Null until there is a good bundle. */
  readonly serial: number | null
  readonly issuedAt: string | null
  readonly stale: boolean
  readonly people: number
  readonly uptimeSeconds: number
  readonly connections: number
  readonly open: number
  readonly queued: number
  readonly queuedBytes: number
  readonly dropped: number
  readonly rejected: number
  /** Verdicts given without traffic since the start. */
  readonly checked: number
  readonly pid: number
}

const resolveTimeoutMs = 5000
const resolveCacheMs = 10_000

/**
 * Starts filtering. Listens first, so that a second gateway on the same port fails before it touches the first one's
 * spool; until the rules are read nothing is let through.
 * @throws {Error} with code `EADDRINUSE` when the port is taken.
 */
export async function startGateway(settings: Settings, keys: Keys, outside = theOutside()): Promise<Gateway> {
  const { now } = outside
  const startedAt = performance.now()
  const announcer = createAnnouncer(outside.write, now)
  const stop = new AbortController()
  const client = createServerClient(settings.server, keys.bearer, stop.signal)
  const own = createOwnSockets(settings, outside.resolve, now)
  let spool: Spool | undefined
  let allowPrivate: ReadonlySet<string> = new Set(settings.allowPrivate)
  let networks = createNetworkMap(undefined, createPeopleDirectory(undefined))
  let neighbours: ReadonlyMap<string, string> = new Map()
  let recheckNow: () => void = () => undefined
  const isFront = addressesIn(settings.fronts)

  const holder = createBundleHolder({
    publicKey: keys.bundlePublicKey,
    // Their SHA-256 was compared with the one in the signed bundle.
    openLists: bytes => openLists(bytes, true),
    fetchLists: createListsKeeper({ bundleFolder: dirname(settings.bundleFile), keepIn: settings.spool, client }).fetch,
    now,
    monotonicMs: () => performance.now(),
    announcer,
    onChange: rules => {
      const before = [...allowPrivate].join()
      allowPrivate = new Set([
        ...settings.allowPrivate,
        ...rules.payload.allowPrivate.map(place => place.toLowerCase()),
      ])
      const after = [...allowPrivate]
      if (after.join() !== before && after.length > 0) announcer.say(`OPENED PRIVATE ADDRESSES: ${after.join(', ')}`)
      networks = createNetworkMap(rules.payload, rules.people)
      recheckNow()
    },
  })
  const passes = createContinuePasses(keys.continueKey, now)
  // Warnings gone past on the product's own page, where the server shares this machine's disk.
  const continued = createContinued(join(dirname(settings.bundleFile), 'continued.ndjson'), keys.continueKey, now)
  const isOpen = (subject: ContinueSubject): boolean => {
    if (passes.isOpen(subject)) return true
    continued.refresh()
    return continued.isOpen(subject)
  }
  const judge = createJudge(holder, { isOpen }, decide, now)
  const searches = createSearches()
  const context: ProxyContext = {
    identification: createIdentification({
      credentials: createProxyCredentials(holder.people, now),
      people: holder.people,
      networks: () => networks,
      isFront,
      hardwareAddress: address => neighbours.get(address),
    }),
    judge,
    searches,
    heard: createHeardSearches(searches.queryOf, announcer),
    passes,
    guard: createAddressGuard({
      resolve: cachedResolve(outside.resolve, resolveCacheMs, now),
      resolveTimeoutMs,
      allowPrivate: () => allowPrivate,
      ownSockets: own.sockets,
      ownAddresses: own.addresses,
    }),
    exchanges: createOpenExchanges(),
    agent: new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 32, scheduling: 'lifo', timeout: 60_000 }),
    record(visitor, visit, decision) {
      const { id, line } = activityLine(visitor, visit, decision, now())
      spool?.append(line)
      return id
    },
    isReady: () => spool !== undefined && holder.current() !== undefined,
    testSite: () => holder.current()?.payload.testSite ?? null,
    blockPageBase: () => holder.current()?.payload.blockPageBase ?? '',
    allowPrivate: () => allowPrivate,
    httpPorts: settings.httpPorts,
    connectPorts: settings.connectPorts,
    ownPage: createOwnPages({
      bearer: keys.bearer,
      status,
      check: question => {
        const answer = answerCheck(question, holder, judge)
        if (answer.ok) checked += answer.verdicts.length
        return answer
      },
      proxyAddress: settings.proxyAddress,
      ownOrigins: () => [settings.server.origin, ...(holder.current() ? [context.blockPageBase()] : [])],
      now,
    }),
    limits: outside.limits,
    now,
  }
  const server = createProxyServer(context, error =>
    announcer.say(`A request failed: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown fault'}`),
  )

  function status(): GatewayStatus {
    const rules = holder.current()
    const counts = spool?.counts()
    return {
      serial: rules?.payload.serial ?? null,
      issuedAt: rules?.payload.issuedAt ?? null,
      stale: holder.isStale(),
      people: holder.people().size,
      uptimeSeconds: Math.round((performance.now() - startedAt) / 1000),
      connections: connections.size,
      open: context.exchanges.size,
      queued: counts?.queuedEvents ?? 0,
      queuedBytes: counts?.queuedBytes ?? 0,
      dropped: counts?.droppedEvents ?? 0,
      rejected: counts?.rejectedEvents ?? 0,
      checked,
      pid: process.pid,
    }
  }
  let checked = 0
  const connections = new Set<Socket>()
  const perAddress = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    // One that speaks HTTP inside a tunnel comes by here a second time.
    if (connections.has(socket)) return
    connections.add(socket)
    const address = plainAddress(socket.remoteAddress ?? '')
    const count = (perAddress.get(address) ?? 0) + 1
    perAddress.set(address, count)
    socket.once('close', () => {
      connections.delete(socket)
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
    if (count <= outside.limits.maxPerAddress || isFront(address)) return
    announcer.sayState(
      'limit',
      `ONE ADDRESS HOLDS ${outside.limits.maxPerAddress} CONNECTIONS: more from it are refused`,
    )
    sendRawReply(socket, faultReply('connection_limit_reached', 'address'))
  })

  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen({ host: settings.host, port: settings.port, backlog: 1024 }, () => listening())
  })
  server.removeAllListeners('error')
  // A TCP server's address is always an AddressInfo.
  const { port } = server.address() as AddressInfo
  own.listeningOn(port)
  await own.refresh()

  if (settings.allowPrivate.length > 0) {
    announcer.say(`OPENED PRIVATE ADDRESSES (PROXY_ALLOW_PRIVATE): ${settings.allowPrivate.join(', ')}`)
  }
  spool = await openSpool({ folder: settings.spool, announcer })
  const lastGood = join(settings.spool, 'last-good-bundle.json')
  for (const file of [settings.bundleFile, lastGood]) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) {
      if (file === settings.bundleFile) announcer.say(`There is no bundle at ${file} yet`)
    } else await holder.offer(text, file)
  }
  const keep = (text: string): Promise<void> => writeWhole(lastGood, text)
  const rounds = [
    repeat(bundleRound(client, holder, announcer, keep, outside.pollMs)),
    repeat(uploadRound(client, spool, announcer, outside.uploadMs)),
  ]
  const rechecks = startRechecks({
    recheck() {
      recheckOpen(context)
      void own.refresh()
      if (networks.usesHardwareAddresses) {
        void outside.neighbours().then(found => {
          neighbours = found
        })
      }
    },
    nextBoundary: after =>
      (holder.current()?.payload.schools ?? []).reduce(
        (next, { rules }) => Math.min(next, nextBoundary(rules, new Date(after)).getTime()),
        Number.POSITIVE_INFINITY,
      ),
    everyMs: outside.recheckMs,
    now,
  })
  recheckNow = rechecks.now

  const serial = holder.current()?.payload.serial
  const people = holder.people().size
  return {
    port,
    summary: `Filtering on ${hostAndPort(settings.host, port)}, bundle ${serial ?? 'none: nothing is let through'}, ${people} people`,
    status,
    async close() {
      rechecks.stop()
      stop.abort()
      const closed = new Promise<void>(done => server.close(() => done()))
      for (const socket of connections) socket.destroy()
      await closed
      context.agent.destroy()
      await Promise.all(rounds.map(round => round.stop()))
      await spool?.close()
    },
  }
}
