/** A school's network in small, for tests and the bench: a gateway, web sites, a server, and people who browse. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BundlePayload, BundlePerson } from '@gatehouse/engine/bundle'
import { compileLists } from '@gatehouse/engine/filter/compile-lists'
import type { GroupRules, HostRule } from '@gatehouse/engine/filter/types'
import { hash } from '@node-rs/argon2'
import type { ActivityEvent } from './activity-event.ts'
import type { ResolvedAddress } from './address-guard.ts'
import { sha256, signBundle } from './bundle-file.ts'
import { type Gateway, type GatewayOutside, startGateway, usualLimits, usualPace } from './gateway.ts'
import { type Keys, readKeys, type Settings } from './settings.ts'

export const secret = 'a secret of the tests and of nobody else'

/** Groups of a small school: infants see only what is opened for them, staff are warned about games. */
export const schoolGroups: readonly GroupRules[] = [
  { id: 'infants', name: 'Infants', audience: 'young-child', categories: {}, unlisted: 'block', sourcesNeeded: 1 },
  {
    id: 'juniors',
    name: 'Juniors',
    audience: 'child',
    categories: { gambling: 'block', games: 'warn' },
    unlisted: 'allow',
    sourcesNeeded: 1,
  },
  {
    id: 'staff',
    name: 'Staff',
    audience: 'adult',
    categories: { gambling: 'block', games: 'warn' },
    unlisted: 'allow',
    sourcesNeeded: 1,
  },
]

export const testLists = compileLists(
  [
    { domain: 'bets.example', category: 'gambling', source: 'school' },
    { domain: 'games.example', category: 'games', source: 'school' },
  ],
  [{ id: 'school', name: 'Written for the tests', licence: 'MIT', date: '2026-09-01', isCurated: true }],
)

/** Passwords are `<username>'s password`. Cheap to verify, so that a test takes no longer than it must. */
export const passwordOf = (username: string): string => `${username}'s password`
const person = async (username: string, groups: readonly string[]): Promise<BundlePerson> => ({
  id: `id-of-${username}`,
  username,
  groups,
  proxyHash: await hash(passwordOf(username), { memoryCost: 512, timeCost: 1, parallelism: 1 }),
  suspended: false,
  classes: [],
  year: null,
  turns13On: null,
})
export const testPeople: Promise<readonly BundlePerson[]> = Promise.all([
  person('ivy', ['infants']),
  person('jun', ['juniors']),
  person('sam', ['staff']),
])

/** Anything with a `node:test` context's clean-up. */
export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

export async function listenOn(server: Server, t: Cleanup): Promise<number> {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A web site on loopback; gives its port. */
export const webSite = (t: Cleanup, answer: RequestListener): Promise<number> =>
  listenOn(createServer({ maxHeaderSize: 64 * 1024 }, answer), t)

/** What the server keeps of a gateway, and how to break it. */
export interface SchoolServer {
  readonly port: number
  readonly events: ActivityEvent[]
  /** Segment ids in the order they came. */
  readonly segments: string[]
  /** What POST /gateway/activity answers; 500 is said after the segment was stored, as when a receipt is lost. */
  activityStatus: number
  bundle: string
  isDown: boolean
  /** Takes the log and keeps none of it, as the bench wants it. */
  isForgetful: boolean
}

export interface World {
  readonly gateway: Gateway
  readonly server: SchoolServer
  readonly settings: Settings
  readonly keys: Keys
  readonly outside: GatewayOutside
  readonly payload: BundlePayload
  /** What the gateway said. */
  readonly said: readonly string[]
  readonly clock: { ms: number }
  /** Signs a changed bundle with the next serial, gives it to the server, and waits until it is in force. */
  publish(change: Partial<BundlePayload>): Promise<BundlePayload>
  sign(payload: BundlePayload): string
  withRules(hostRules: readonly HostRule[]): Pick<BundlePayload, 'schools'>
  withPeople(change: (person: BundlePerson) => BundlePerson): Pick<BundlePayload, 'schools'>
  /** Events the server has, once it has at least `count` that `match`. */
  logged(count: number, match?: (event: ActivityEvent) => boolean): Promise<readonly ActivityEvent[]>
  get(url: string, options?: BrowseOptions): Promise<Page>
  tunnel(authority: string, options?: BrowseOptions): Promise<Tunnel>
}

export interface WorldOptions {
  /** Names and where they lead; `*` for all others. */
  readonly names?: Readonly<Record<string, readonly string[]>>
  readonly resolve?: GatewayOutside['resolve']
  readonly allowPrivate?: readonly string[]
  readonly payload?: Partial<BundlePayload>
  readonly limits?: Partial<GatewayOutside['limits']>
  readonly httpPorts?: readonly number[]
  readonly fronts?: readonly string[]
  readonly proxyAddress?: string
  /** IP address to hardware address. */
  readonly neighbours?: Readonly<Record<string, string>>
  /** Address that the gateway listens on; 127.0.0.1 if absent. */
  readonly host?: string
  /** Polls, uploads and looks again as often as in a school, not as often as tests want it. */
  readonly isAtSchoolPace?: boolean
  /** Starts with no bundle file and no bundle on the server. */
  readonly isWithoutBundle?: boolean
}

/** Stands in for the product's server: hands out a bundle and takes the log. */
export const schoolServer = async (t: Cleanup): Promise<SchoolServer> => {
  const state = {
    port: 0,
    events: [] as ActivityEvent[],
    segments: [] as string[],
    activityStatus: 204,
    bundle: '',
    isDown: false,
    isForgetful: false,
  }
  const handle = async (request: IncomingMessage): Promise<readonly [number, string]> => {
    const keys = readKeys(JSON.stringify({ bundlePublicKey: anyPublicKey, token: secret }))
    if (!keys.ok || request.headers.authorization !== `Bearer ${keys.value.bearer}`) return [401, '']
    if (request.method === 'GET' && request.url === '/gateway/bundle') {
      if (state.bundle === '') return [404, '']
      return request.headers['if-none-match'] === etagOf(state.bundle) ? [304, ''] : [200, state.bundle]
    }
    if (request.method !== 'POST' || request.url !== '/gateway/activity') return [404, '']
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    if (state.activityStatus >= 300 && state.activityStatus !== 500) return [state.activityStatus, '']
    if (state.isForgetful) return [state.activityStatus, '']
    const segment = String(request.headers['x-segment'])
    if (state.segments.includes(segment)) return [state.activityStatus, '']
    state.segments.push(segment)
    for (const line of Buffer.concat(parts).toString('utf8').split('\n')) {
      if (line !== '') state.events.push(JSON.parse(line) as ActivityEvent)
    }
    return [state.activityStatus, '']
  }
  const server = createServer((request, response) => {
    if (state.isDown) {
      request.socket.destroy()
      return
    }
    handle(request).then(
      ([status, body]) => {
        response.writeHead(status, body === '' ? {} : { etag: etagOf(body) }).end(status === 304 ? '' : body)
      },
      () => response.destroy(),
    )
  })
  state.port = await listenOn(server, t)
  return state
}
const etagOf = (text: string): string => `"${sha256(Buffer.from(text))}"`

const anyPublicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })

export async function createWorld(t: Cleanup, options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'))
  const pair = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const keys = readKeys(JSON.stringify({ bundlePublicKey: pair.publicKey, token: secret }))
  if (!keys.ok) throw new Error(keys.errors.join())
  const server = await schoolServer(t)
  const sign = (payload: BundlePayload): string => JSON.stringify(signBundle(payload, pair.privateKey))
  let payload: BundlePayload = {
    format: 'gatehouse-bundle',
    v: 1,
    issuedAt: new Date().toISOString(),
    serial: 1,
    maxAgeMinutes: 60,
    listsFile: 'lists.bin',
    listsSha256: sha256(testLists),
    testSite: null,
    allowPrivate: options.allowPrivate ?? [],
    blockPageBase: 'http://gatehouse.school.example:8080',
    schools: [
      {
        id: 'oak',
        name: 'Oak Primary School',
        rules: { version: 1, groups: schoolGroups, hostRules: [], illegal: { source: 'empty', hosts: [] } },
        people: await testPeople,
        places: [],
        devices: [],
      },
    ],
    ...options.payload,
  }
  await writeFile(join(folder, 'lists.bin'), testLists)
  if (!options.isWithoutBundle) {
    server.bundle = sign(payload)
    await writeFile(join(folder, 'bundle.json'), server.bundle)
  }
  const said: string[] = []
  const clock = { ms: 0 }
  const outside: GatewayOutside = {
    resolve:
      options.resolve ??
      (async host => {
        const found = options.names?.[host] ?? options.names?.['*']
        if (!found) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
        return found.map((address): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 }))
      }),
    now: () => Date.now() + clock.ms,
    neighbours: async () => new Map(Object.entries(options.neighbours ?? {})),
    write: line => said.push(line),
    limits: { ...usualLimits, ...options.limits },
    ...(options.isAtSchoolPace ? usualPace : { pollMs: 50, uploadMs: 50, recheckMs: 100 }),
  }
  const settings: Settings = {
    bundleFile: join(folder, 'bundle.json'),
    server: new URL(`http://127.0.0.1:${server.port}`),
    host: options.host ?? '127.0.0.1',
    port: 0,
    keyFile: '',
    spool: join(folder, 'spool'),
    allowPrivate: [],
    httpPorts: new Set(options.httpPorts ?? [80, 443]),
    connectPorts: new Set([443]),
    fronts: options.fronts ?? [],
    proxyAddress: options.proxyAddress,
  }
  const gateway = await startGateway(settings, keys.value, outside)
  t.after(async () => {
    await gateway.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  return {
    gateway,
    server,
    settings,
    keys: keys.value,
    outside,
    payload,
    said,
    clock,
    sign,
    async publish(change) {
      payload = { ...payload, ...change, serial: payload.serial + 1, issuedAt: new Date(outside.now()).toISOString() }
      server.bundle = sign(payload)
      await until(() => gateway.status().serial === payload.serial)
      return payload
    },
    withRules: hostRules => ({
      schools: payload.schools.map(school => ({ ...school, rules: { ...school.rules, hostRules } })),
    }),
    withPeople: change => ({
      schools: payload.schools.map(school => ({ ...school, people: school.people.map(change) })),
    }),
    async logged(count, match = () => true) {
      await until(() => server.events.filter(match).length >= count)
      return server.events.filter(match)
    },
    get: (url, browse) => fetchThrough(gateway.port, url, browse),
    tunnel: (authority, browse) => tunnelThrough(gateway.port, authority, browse),
  }
}

/** Waits for something that other parts do in their own time; gives up after ten seconds. */
export async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (isTrue()) return
    await new Promise(done => setTimeout(done, 10))
  }
  throw new Error(`Waited ten seconds for: ${isTrue}`)
}

export interface BrowseOptions {
  /** Username; null browses without credentials. */
  readonly as?: string | null
  readonly password?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer
  /** Where the gateway listens; 127.0.0.1 if absent. */
  readonly proxyHost?: string
}

export interface Page {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

const credentials = ({ as = 'sam', password }: BrowseOptions): Record<string, string> =>
  as === null ? {} : { 'Proxy-Authorization': basic(as, password ?? passwordOf(as)) }

export function fetchThrough(proxyPort: number, url: string, options: BrowseOptions = {}): Promise<Page> {
  return new Promise((done, failed) => {
    const asked = request({
      host: options.proxyHost ?? '127.0.0.1',
      port: proxyPort,
      agent: false,
      path: url,
      method: options.method ?? 'GET',
      headers: { Host: URL.parse(url)?.host ?? 'gateway', ...credentials(options), ...options.headers },
    })
    asked.once('error', failed)
    asked.once('response', response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.once('error', failed)
      response.once('end', () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString('utf8'),
        }),
      )
    })
    asked.end(options.body)
  })
}

export interface Tunnel {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly socket: Socket
}

export function tunnelThrough(proxyPort: number, authority: string, options: BrowseOptions = {}): Promise<Tunnel> {
  return new Promise((done, failed) => {
    const asked = request({
      host: options.proxyHost ?? '127.0.0.1',
      port: proxyPort,
      agent: false,
      path: authority,
      method: 'CONNECT',
      headers: { Host: authority, ...credentials(options), ...options.headers },
    })
    asked.once('error', failed)
    asked.once('connect', (response, socket) => {
      socket.on('error', () => undefined)
      done({ status: response.statusCode ?? 0, headers: response.headers, socket: socket as Socket })
    })
    asked.end()
  })
}

/** Sends bytes as they are and gives everything that comes back until the other side closes. */
export function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise(done => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    socket.on('data', part => parts.push(part))
    socket.on('error', () => undefined)
    socket.once('close', () => done(Buffer.concat(parts).toString('latin1')))
  })
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise(done => server.close(done))
  return port
}
