/**
 * What filtering costs: the gateway as it runs against the same proxy with nothing in it that filters, each in a process of
 * its own (`bench-proxy.ts` says what "off" leaves out). The rounds of the two alternate, and the ratio is the middle of the
 * ratios of neighbouring rounds, because a shared machine is never the same for long.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { BundlePayload } from '@gatehouse/engine/bundle'
import { shippedRules } from '@gatehouse/engine/filter/profiles'
import type { HostRule } from '@gatehouse/engine/filter/types'
import type { LoadOrder, LoadResult } from './bench-load.ts'
import type { ProxyOrder, Usage } from './bench-proxy.ts'
import { sha256, signBundle } from './bundle-file.ts'
import { clientHello } from './client-hello-fixture.ts'
import {
  basic,
  type Cleanup,
  fetchThrough,
  passwordOf,
  schoolServer,
  secret,
  testLists,
  testPeople,
} from './gateway-world.ts'
import { gatewayEnvironment, gatewayFlags } from './process-flags.ts'

export interface BenchFigure {
  readonly name: string
  readonly value: number
  readonly unit: string
}

export interface GatewayFigures {
  /** Middle of the ratios of neighbouring rounds, on against off: pages of 1 kB and of 32 kB, 32 connections. */
  readonly smallPages: number
  readonly largePages: number
  readonly onPerSecond: number
  readonly offPerSecond: number
  /** Processor time a request, of the whole process, in microseconds: what a loaded machine changes least. */
  readonly onMicroseconds: number
  readonly offMicroseconds: number
  /** Milliseconds that the filter adds, one connection, nothing else going on. */
  readonly addedP50Ms: number
  readonly addedP99Ms: number
  /** Resident memory of the gateway while it holds 1,000 tunnels, and before. */
  readonly heldBytes: number
  readonly idleBytes: number
  /** Seconds from a bundle's being published until a request is decided by it: one gateway, and the last of ten. */
  readonly oneGatewaySeconds: number
  readonly tenGatewaysSeconds: number
}

const rounds = 9
const roundMs = 700
const busyConnections = 32

/** Takes a minute. @param lists compiled lists to filter by; two names of the tests if absent */
export async function measureGateway(lists: Uint8Array = testLists): Promise<GatewayFigures> {
  const endings: (() => Promise<void> | void)[] = []
  const t: Cleanup = { after: work => void endings.unshift(work) }
  try {
    return await measure(t, lists)
  } finally {
    for (const end of endings) await end()
  }
}

interface Proxy {
  readonly port: number
  usage(): Promise<Usage>
}

async function measure(t: Cleanup, lists: Uint8Array): Promise<GatewayFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-gateway-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))
  const worker = new Worker(new URL('bench-load.ts', import.meta.url))
  t.after(async () => void (await worker.terminate()))
  const [sitePort] = (await once(worker, 'message')) as [number]
  const place = `news.example:${sitePort}`

  const school = await benchSchool(t, folder, lists)
  let started = 0
  const start = async (isFiltering: boolean): Promise<Proxy> => {
    const child = fork(new URL('bench-proxy.ts', import.meta.url), {
      execArgv: [...gatewayFlags],
      env: { ...process.env, ...gatewayEnvironment },
    })
    t.after(async () => {
      child.disconnect()
      await once(child, 'exit')
    })
    started += 1
    const port = await asked<number>(child, {
      isFiltering,
      place,
      bundleFile: join(folder, 'bundle.json'),
      server: school.url,
      keyText: school.keyText,
      spool: join(folder, `spool-${started}`),
    } satisfies ProxyOrder)
    return { port, usage: () => asked<Usage>(child, 'usage') }
  }

  const credentials = basic('jun', passwordOf('jun'))
  const run = async (proxy: Proxy, order: Omit<LoadOrder, 'proxyPort'>): Promise<LoadResult & { micros: number }> => {
    const before = await proxy.usage()
    worker.postMessage({ ...order, proxyPort: proxy.port } satisfies LoadOrder)
    const [result] = (await once(worker, 'message')) as [LoadResult]
    if (result.failures > 0) throw new Error(`${result.failures} answers were not the page`)
    const used = (await proxy.usage()).cpuMicroseconds - before.cpuMicroseconds
    return { ...result, micros: used / result.requests }
  }
  const page = (size: number): string =>
    `GET http://${place}/lesson/${size} HTTP/1.1\r\nHost: ${place}\r\nProxy-Authorization: ${credentials}\r\nAccept: */*\r\n\r\n`

  const [off, on] = [await start(false), await start(true)]
  const pairs = async (size: number, connections: number, count = rounds) => {
    const order = { request: page(size), connections, durationMs: roundMs }
    const found: { on: Awaited<ReturnType<typeof run>>; off: Awaited<ReturnType<typeof run>> }[] = []
    for (let round = 0; round < count; round++) found.push({ off: await run(off, order), on: await run(on, order) })
    return found
  }
  // The first requests meet cold code and a password that has never been checked.
  for (const proxy of [off, on, off, on])
    await run(proxy, { request: page(1024), connections: busyConnections, durationMs: 1500 })
  const small = await pairs(1024, busyConnections)
  const large = await pairs(32_768, busyConnections, 5)
  const alone = await pairs(1024, 1)

  const idle = await on.usage()
  await run(on, {
    request: `CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\nProxy-Authorization: ${credentials}\r\n\r\n`,
    connections: 1000,
    durationMs: 0,
    isHeld: true,
    first: clientHello().toString('base64'),
  })
  const holding = await on.usage()
  worker.postMessage('let-go')

  const effect = (proxies: readonly Proxy[]) =>
    school.secondsToEffect(
      proxies.map(({ port }) => port),
      `http://${place}/`,
    )
  const one = await effect([on])
  const others: Proxy[] = []
  for (let count = 0; count < 9; count++) others.push(await start(true))
  const ten = await effect([on, ...others])

  type Pair = (typeof small)[number]
  const ratio = (found: readonly Pair[]): number =>
    middle(found.map(pair => pair.on.requestsPerSecond / pair.off.requestsPerSecond))
  const added = (pick: (result: LoadResult) => number): number =>
    middle(alone.map(pair => pick(pair.on) - pick(pair.off)))
  return {
    smallPages: ratio(small),
    largePages: ratio(large),
    onPerSecond: middle(small.map(pair => pair.on.requestsPerSecond)),
    offPerSecond: middle(small.map(pair => pair.off.requestsPerSecond)),
    onMicroseconds: middle(small.map(pair => pair.on.micros)),
    offMicroseconds: middle(small.map(pair => pair.off.micros)),
    addedP50Ms: added(result => result.p50Ms),
    addedP99Ms: added(result => result.p99Ms),
    heldBytes: holding.rssBytes,
    idleBytes: idle.rssBytes,
    oneGatewaySeconds: one,
    tenGatewaysSeconds: ten,
  }
}

async function asked<T>(child: ChildProcess, message: ProxyOrder | 'usage'): Promise<T> {
  child.send(message)
  // Whatever comes back is of bench-proxy.ts's making.
  const [answer] = (await once(child, 'message')) as [T]
  return answer
}

/** A school with the rules that ship, and the server that its gateways ask. */
async function benchSchool(t: Cleanup, folder: string, lists: Uint8Array) {
  const pair = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const server = await schoolServer(t)
  server.isForgetful = true
  const people = await testPeople
  const rules = shippedRules()
  let serial = 0
  const publish = (hostRules: readonly HostRule[]): string => {
    serial += 1
    const payload: BundlePayload = {
      format: 'gatehouse-bundle',
      v: 1,
      issuedAt: new Date().toISOString(),
      serial,
      maxAgeMinutes: 60,
      listsFile: 'lists.bin',
      listsSha256: sha256(lists),
      testSite: null,
      allowPrivate: [],
      blockPageBase: 'http://gatehouse.school.example:8080',
      schools: [
        { id: 'oak', name: 'Oak Primary School', rules: { ...rules, hostRules }, people, places: [], devices: [] },
      ],
    }
    server.bundle = JSON.stringify(signBundle(payload, pair.privateKey))
    return server.bundle
  }
  await writeFile(join(folder, 'lists.bin'), lists)
  await writeFile(join(folder, 'bundle.json'), publish([]))
  return {
    url: `http://127.0.0.1:${server.port}`,
    keyText: JSON.stringify({ bundlePublicKey: pair.publicKey, token: secret }),
    /** Blocks the site, and asks each gateway for it until all of them block it; then opens it again. */
    async secondsToEffect(ports: readonly number[], url: string): Promise<number> {
      // One that was under way when the rules changed is cut, and gives no status at all.
      const statusOf = (port: number): Promise<number> =>
        fetchThrough(port, url, { as: 'jun' }).then(
          page => page.status,
          () => 0,
        )
      const until = async (port: number, status: number): Promise<void> => {
        while ((await statusOf(port)) !== status) await new Promise(done => setTimeout(done, 25))
      }
      await Promise.all(ports.map(port => until(port, 200)))
      const startedAt = performance.now()
      publish([{ id: 'shut', action: 'block', host: 'news.example', groups: 'all', reason: 'bench' }])
      await Promise.all(ports.map(port => until(port, 403)))
      const seconds = (performance.now() - startedAt) / 1000
      publish([])
      return seconds
    },
  }
}

const middle = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN

/** The same as lines for `npm run bench`. */
export async function benchGateway(): Promise<BenchFigure[]> {
  const found = await measureGateway()
  return [
    { name: 'proxy, filter on, 32 connections', value: found.onPerSecond, unit: 'requests/s' },
    { name: 'proxy, filter off, 32 connections', value: found.offPerSecond, unit: 'requests/s' },
    { name: 'proxy, filter on against off', value: found.smallPages, unit: 'ratio' },
    { name: 'proxy, latency added by the filter, one connection, p50', value: found.addedP50Ms, unit: 'ms' },
    { name: 'proxy, latency added by the filter, one connection, p99', value: found.addedP99Ms, unit: 'ms' },
    { name: 'proxy, memory with 1,000 tunnels', value: found.heldBytes / 2 ** 20, unit: 'MiB' },
  ]
}

if (import.meta.main) console.table(await measureGateway())
