/**
 * What filtering costs: the gateway as it runs (sign-in, verdict, address check, log on disk) against the same proxy
 * code that lets everything through, decides nothing and logs nothing. Rounds alternate, and the middle one counts; the ratio is the middle
 * of the ratios of neighbouring rounds.
 */
import { once } from 'node:events'
import { Agent } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { cachedResolve, createAddressGuard } from './address-guard.ts'
import type { LoadOrder, LoadResult } from './bench-load.ts'
import { createContinuePasses } from './continue-passes.ts'
import { usualLimits } from './gateway.ts'
import { basic, type Cleanup, createWorld, passwordOf } from './gateway-world.ts'
import { faultReply } from './gateway-replies.ts'
import { createOpenExchanges } from './open-exchanges.ts'
import { createPeopleDirectory } from './people-directory.ts'
import type { ProxyContext } from './proxy-context.ts'
import { createProxyServer } from './proxy-server.ts'
import { visitorOf } from './visitor.ts'

export interface BenchFigure {
  readonly name: string
  readonly value: number
  readonly unit: string
}

const rounds = 7
const roundMs = 1000
const busyConnections = 32

/** Takes about half a minute. @throws {Error} if any answer was not the page that was asked for. */
export async function benchGateway(): Promise<BenchFigure[]> {
  const endings: (() => Promise<void> | void)[] = []
  const t: Cleanup = { after: work => void endings.unshift(work) }
  try {
    return await measure(t)
  } finally {
    for (const end of endings) await end()
  }
}

async function measure(t: Cleanup): Promise<BenchFigure[]> {
  const worker = new Worker(new URL('bench-load.ts', import.meta.url))
  t.after(async () => void (await worker.terminate()))
  const [sitePort] = (await once(worker, 'message')) as [number]
  const place = `news.example:${sitePort}`
  const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [place], isAtSchoolPace: true })
  const openPort = await unfilteredProxy(t, world.payload, place)
  const request = `GET http://${place}/lesson HTTP/1.1\r\nHost: ${place}\r\nProxy-Authorization: ${basic('jun', passwordOf('jun'))}\r\nAccept: */*\r\n\r\n`
  const run = async (proxyPort: number, connections: number, durationMs = roundMs): Promise<LoadResult> => {
    const order: LoadOrder = { proxyPort, request, connections, durationMs }
    worker.postMessage(order)
    const [result] = (await once(worker, 'message')) as [LoadResult]
    if (result.failures > 0) throw new Error(`${result.failures} answers were not the page`)
    return result
  }
  const pairs = async (connections: number): Promise<{ on: LoadResult[]; off: LoadResult[] }> => {
    const on: LoadResult[] = []
    const off: LoadResult[] = []
    for (let round = 0; round < rounds; round++) {
      off.push(await run(openPort, connections))
      on.push(await run(world.gateway.port, connections))
    }
    return { on, off }
  }
  for (const port of [openPort, world.gateway.port]) await run(port, busyConnections, 2000)
  const busy = await pairs(busyConnections)
  const alone = await pairs(1)
  const onRate = middle(busy.on.map(one => one.requestsPerSecond))
  const offRate = middle(busy.off.map(one => one.requestsPerSecond))
  const added = (of: typeof busy, pick: (one: LoadResult) => number): number =>
    middle(of.on.map(pick)) - middle(of.off.map(pick))
  return [
    { name: 'proxy, filter on, 32 connections', value: onRate, unit: 'requests/s' },
    { name: 'proxy, filter off, 32 connections', value: offRate, unit: 'requests/s' },
    {
      name: 'proxy, filter on against off',
      value: middle(
        busy.on.map((one, round) => one.requestsPerSecond / (busy.off[round]?.requestsPerSecond ?? Number.NaN)),
      ),
      unit: 'ratio',
    },
    {
      name: 'proxy, latency added by the filter, one connection, p50',
      value: added(alone, one => one.p50Ms),
      unit: 'ms',
    },
    {
      name: 'proxy, latency added by the filter, one connection, p99',
      value: added(alone, one => one.p99Ms),
      unit: 'ms',
    },
    {
      name: 'proxy, latency added by the filter, 32 connections, p50',
      value: added(busy, one => one.p50Ms),
      unit: 'ms',
    },
    {
      name: 'proxy, latency added by the filter, 32 connections, p99',
      value: added(busy, one => one.p99Ms),
      unit: 'ms',
    },
  ]
}

const middle = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN

/** The proxy with nothing in it that filters. Exists only here: no setting of the gateway makes one. */
async function unfilteredProxy(
  t: Cleanup,
  payload: Parameters<typeof createPeopleDirectory>[0],
  place: string,
): Promise<number> {
  const member = createPeopleDirectory(payload).find('jun')
  if (!member) throw new Error('The bench needs its pupil')
  const visitor = visitorOf(member, 'password', '127.0.0.1', undefined)
  const allowPrivate = new Set([place])
  const context: ProxyContext = {
    identification: { identify: () => ({ kind: 'known', visitor }), renewed: () => visitor },
    searches: { forced: () => ({}), safeNameOf: () => undefined, queryOf: () => undefined },
    judge: {
      decide: () => ({
        verdict: 'allow',
        category: 'none',
        rule: '',
        reason: '',
        host: 'news.example',
        continued: false,
      }),
      decideAnswer: () => undefined,
    },
    passes: createContinuePasses(Buffer.alloc(32), Date.now),
    guard: createAddressGuard({
      resolve: cachedResolve(async () => [{ address: '127.0.0.1', family: 4 }], 10_000, Date.now),
      resolveTimeoutMs: 1000,
      allowPrivate: () => allowPrivate,
      ownSockets: () => new Set(),
      ownAddresses: () => new Set(),
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
  t.after(() => {
    context.agent.destroy()
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

if (import.meta.main) console.table(await benchGateway())
