/** What a tunnel's first bytes are held back for, seen from the browser and from the site. */
import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { connect as tlsConnect, createServer as createTlsServer } from 'node:tls'
import { clientHello, extension } from './client-hello-fixture.ts'
import { type Cleanup, createWorld, type Tunnel, until, webSite, type WorldOptions } from './gateway-world.ts'

interface Site {
  readonly port: number
  readonly sockets: Socket[]
  /** Everything that reached it. */
  readonly got: () => string
}

/** Sends back what it gets, and remembers it. */
async function echoSite(t: Cleanup): Promise<Site> {
  const sockets: Socket[] = []
  const parts: Buffer[] = []
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', part => parts.push(part))
    socket.pipe(socket)
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, sockets, got: () => Buffer.concat(parts).toString('latin1') }
}

const hosts = ['news.example', 'bets.example', 'elsewhere.example', '127.0.0.1', 'cloudflare-ech.com']
const worldWith = (t: Cleanup, port: number, more: WorldOptions = {}) =>
  createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: hosts.map(host => `${host}:${port}`), ...more })

/** What comes back until the tunnel closes. */
async function restOf({ socket }: Tunnel): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of socket) parts.push(part)
  return Buffer.concat(parts)
}
const alert = Buffer.from([21, 3, 3, 0, 2, 2, 49])

describe('The name that TLS asks for', () => {
  it('is the tunnel’s own: everything held goes on as it was sent, though it came in pieces', async t => {
    const site = await echoSite(t)
    const world = await worldWith(t, site.port)
    const tunnel = await world.tunnel(`news.example:${site.port}`, { as: 'jun' })
    assert.equal(tunnel.status, 200)
    const bytes = Buffer.concat([clientHello({ name: 'NEWS.example', recordBytes: 50 }), Buffer.from('early data')])
    for (let at = 0; at < bytes.length; at += 40) {
      tunnel.socket.write(bytes.subarray(at, at + 40))
      await new Promise(done => setTimeout(done, 1))
      if (at < 80) assert.equal(site.got(), '', 'nothing goes on before it is decided')
    }
    tunnel.socket.end()
    assert.deepEqual(await restOf(tunnel), bytes)
  })

  it('a real TLS session runs through', async t => {
    const psk = { psk: Buffer.from('00112233445566778899aabbccddeeff', 'hex'), identity: 'a test' }
    const options = { ciphers: 'PSK', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const
    const server = createTlsServer({ ...options, pskCallback: () => psk.psk }, socket => {
      socket.on('error', () => undefined)
      socket.end('over TLS')
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as AddressInfo
    const world = await worldWith(t, port)
    const { socket } = await world.tunnel(`news.example:${port}`, { as: 'jun' })
    const secure = tlsConnect({
      socket,
      ...options,
      servername: 'news.example',
      pskCallback: () => psk,
      checkServerIdentity: () => undefined,
    })
    let text = ''
    for await (const part of secure) text += part
    assert.equal(text, 'over TLS')
  })

  it('is another host’s: refused, with nothing sent on, and a blocked one is on record under its own name', async t => {
    const site = await echoSite(t)
    const world = await worldWith(t, site.port)
    for (const name of ['bets.example', 'elsewhere.example', 'news.example.elsewhere.example']) {
      const tunnel = await world.tunnel(`news.example:${site.port}`, { as: 'jun' })
      tunnel.socket.write(clientHello({ name }))
      assert.deepEqual(await restOf(tunnel), alert, name)
    }
    assert.equal(site.got(), '')
    const cuts = await world.logged(3, event => event.kind === 'cut')
    assert.deepEqual(
      cuts.map(({ host, rule, category, verdict }) => [host, rule, category, verdict]),
      [
        ['bets.example', 'group:juniors:gambling', 'gambling', 'block'],
        ['elsewhere.example', 'gateway:server-name', 'none', 'block'],
        ['news.example.elsewhere.example', 'gateway:server-name', 'none', 'block'],
      ],
    )
    await until(() => world.gateway.status().open === 0)
  })

  it('is missing: the tunnel’s own host counts', async t => {
    const site = await echoSite(t)
    const world = await worldWith(t, site.port)
    const tunnel = await world.tunnel(`news.example:${site.port}`, { as: 'jun' })
    tunnel.socket.end(clientHello({ name: null }))
    assert.deepEqual(await restOf(tunnel), clientHello({ name: null }))
  })

  it('decides where the tunnel was asked for by address, and leads where the name leads', async t => {
    const site = await echoSite(t)
    const world = await worldWith(t, site.port)
    const shut = await world.tunnel(`127.0.0.1:${site.port}`, { as: 'jun' })
    assert.equal(shut.status, 200)
    shut.socket.write(clientHello({ name: 'bets.example' }))
    assert.deepEqual(await restOf(shut), alert)
    assert.equal(site.sockets.length, 0, 'nobody was connected to')
    // 127.0.0.2 is nowhere; the name is at 127.0.0.1.
    await world.publish({ allowPrivate: [...hosts.map(host => `${host}:${site.port}`), `127.0.0.2:${site.port}`] })
    const open = await world.tunnel(`127.0.0.2:${site.port}`, { as: 'jun' })
    open.socket.end(clientHello({ name: 'news.example' }))
    assert.deepEqual(await restOf(open), clientHello({ name: 'news.example' }))
    const names = await world.logged(4)
    assert.deepEqual(
      names.map(({ kind, host, verdict }) => [kind, host, verdict]),
      [
        ['connect', '127.0.0.1', 'allow'],
        ['cut', 'bets.example', 'block'],
        ['connect', '127.0.0.2', 'allow'],
        ['connect', 'news.example', 'allow'],
      ],
    )
    const bare = await world.tunnel(`127.0.0.1:${site.port}`, { as: 'jun' })
    bare.socket.end(clientHello({ name: null }))
    assert.deepEqual(await restOf(bare), clientHello({ name: null }), 'without a name the address counts')
  })

  it('that was decided by is decided again with the rest', async t => {
    const site = await echoSite(t)
    const world = await worldWith(t, site.port)
    const tunnel = await world.tunnel(`127.0.0.1:${site.port}`, { as: 'jun' })
    tunnel.socket.write(clientHello({ name: 'news.example' }))
    await until(() => site.got() !== '')
    const closed = restOf(tunnel)
    await world.publish(
      world.withRules([{ id: 'shut', action: 'block', host: 'news.example', groups: 'all', reason: 'x' }]),
    )
    await closed
    const [cut] = await world.logged(1, event => event.kind === 'cut')
    assert.equal(cut?.rule, 'host:shut')
  })

  it('is hidden: what browsers send to everybody goes on, an outer name that hides another does not', async t => {
    const site = await echoSite(t)
    const world = await worldWith(t, site.port)
    const hidden = (name: string) => clientHello({ name, extensions: [extension(0xfe0d, Buffer.alloc(186, 5))] })
    const same = await world.tunnel(`news.example:${site.port}`, { as: 'jun' })
    same.socket.end(hidden('news.example'))
    assert.deepEqual(await restOf(same), hidden('news.example'))
    for (const [asked, name] of [
      ['news.example', 'cloudflare-ech.com'],
      ['cloudflare-ech.com', 'cloudflare-ech.com'],
      ['news.example', 'elsewhere.example'],
    ]) {
      const tunnel = await world.tunnel(`${asked}:${site.port}`, { as: 'jun' })
      tunnel.socket.write(hidden(name ?? ''))
      assert.deepEqual(await restOf(tunnel), alert, `${asked} ${name}`)
    }
    const cuts = await world.logged(3, event => event.kind === 'cut')
    assert.deepEqual(new Set(cuts.map(({ rule }) => rule)), new Set(['gateway:encrypted-hello']))
  })
})

describe('What is no TLS', () => {
  it('another protocol, a broken hello and an endless one get no further', async t => {
    const site = await echoSite(t)
    const world = await worldWith(t, site.port)
    const broken = clientHello({ extensions: [extension(16, Buffer.alloc(2)), extension(16, Buffer.alloc(2))] })
    const cases = [
      [Buffer.from([5, 1, 0]), 'gateway:not-tls'],
      [Buffer.from('\u0000\u0001garbage'), 'gateway:not-tls'],
      [broken, 'gateway:broken-hello'],
      [Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]), 'gateway:long-hello'],
    ] as const
    for (const [bytes, rule] of cases) {
      const tunnel = await world.tunnel(`news.example:${site.port}`, { as: 'jun' })
      tunnel.socket.write(bytes)
      assert.deepEqual(await restOf(tunnel), alert, rule)
    }
    const ssh = await world.tunnel(`news.example:${site.port}`, { as: 'jun' })
    ssh.socket.write('SSH-2.0-OpenSSH_9.2\r\n')
    assert.match((await restOf(ssh)).toString(), /^HTTP\/1\.1 400 /)
    assert.equal(site.got(), '')
    const cuts = await world.logged(cases.length, event => event.kind === 'cut')
    assert.deepEqual(
      cuts.map(({ rule }) => rule),
      cases.map(([, rule]) => rule),
    )
  })

  it('a site that speaks first is not heard, and silence is closed', async t => {
    const server = createServer(socket => socket.on('error', () => undefined).write('220 mail\r\n'))
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as AddressInfo
    const world = await worldWith(t, port, { limits: { helloMs: 150 } })
    const tunnel = await world.tunnel(`news.example:${port}`, { as: 'jun' })
    assert.deepEqual(await restOf(tunnel), alert)
    assert.equal((await world.logged(1, event => event.kind === 'cut'))[0]?.rule, 'gateway:no-hello')
    const dribble = await world.tunnel(`news.example:${port}`, { as: 'jun' })
    const drip = setInterval(() => dribble.socket.write(Buffer.from([22, 3, 1, 0, 1, 1])), 20)
    await restOf(dribble)
    clearInterval(drip)
    await until(() => world.gateway.status().open === 0 && world.gateway.status().connections === 0)
  })

  it('plain HTTP inside a tunnel is filtered like any other: path, page, log and all', async t => {
    const port = await webSite(t, (request, response) => response.end(`${request.headers.host}${request.url}`))
    const world = await worldWith(t, port)
    await world.publish(
      world.withRules([
        { id: 'forum', action: 'block', host: 'news.example', path: '/forum', groups: 'all', reason: 'x' },
      ]),
    )
    const ask = async (target: string, headers = ''): Promise<string> => {
      const tunnel = await world.tunnel(`news.example:${port}`, { as: 'jun' })
      assert.equal(tunnel.status, 200)
      tunnel.socket.write(`GET ${target} HTTP/1.1\r\nHost: bets.example\r\nConnection: close\r\n${headers}\r\n`)
      return (await restOf(tunnel)).toString()
    }
    assert.match(await ask('/sport?q=1'), new RegExp(`^HTTP/1.1 200 .*news.example:${port}/sport\\?q=1`, 's'))
    const blocked = await ask('/forum/a')
    assert.match(blocked, /^HTTP\/1\.1 403 /)
    assert.match(blocked, /You cannot open this page/)
    assert.match(await ask(`http://news.example:${port}/forum/a`), /^HTTP\/1\.1 403 /)
    assert.match(await ask('http://bets.example/'), /^HTTP\/1\.1 400 /, 'a tunnel leads to one place')
    assert.match(await ask('/gatehouse-status'), /news.example/, 'the gateway’s own pages are not in there')
    const pages = await world.logged(4, event => event.kind === 'page')
    assert.deepEqual(
      pages.map(({ host, path, verdict }) => [host, path, verdict]),
      [
        ['news.example', '/sport', 'allow'],
        ['news.example', '/forum/a', 'block'],
        ['news.example', '/forum/a', 'block'],
        ['news.example', '/gatehouse-status', 'allow'],
      ],
    )
  })

  it('one tunnel serves many requests, and each is decided by the rules of its minute', async t => {
    const port = await webSite(t, (request, response) => response.end(request.url))
    const world = await worldWith(t, port)
    const { socket } = await world.tunnel(`news.example:${port}`, { as: 'jun' })
    let text = ''
    socket.on('data', part => {
      text += part
    })
    const ask = async (path: string): Promise<string> => {
      text = ''
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await until(() => text.includes('\r\n\r\n'))
      return text.slice(0, 12)
    }
    assert.deepEqual([await ask('/a'), await ask('/b')], ['HTTP/1.1 200', 'HTTP/1.1 200'])
    await world.publish(
      world.withRules([{ id: 'shut', action: 'block', host: 'news.example', groups: 'all', reason: 'x' }]),
    )
    assert.equal(await ask('/a'), 'HTTP/1.1 403')
    await world.publish({
      schools: world.payload.schools.map(school => ({
        ...school,
        people: school.people.filter(({ username }) => username !== 'jun'),
      })),
    })
    assert.equal(await ask('/a'), 'HTTP/1.1 407', 'somebody who left the register is nobody inside a tunnel too')
    socket.destroy()
  })

  it('there is no tunnel inside a tunnel', async t => {
    const site = await echoSite(t)
    const world = await worldWith(t, site.port)
    const tunnel = await world.tunnel(`news.example:${site.port}`, { as: 'jun' })
    tunnel.socket.write(`CONNECT bets.example:${site.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.equal((await restOf(tunnel)).toString(), '')
    assert.equal(site.got(), '')
  })

  it('a tunnel to port 80 takes plain HTTP and no TLS', async t => {
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] } })
    const secure = await world.tunnel('news.example:80', { as: 'jun' })
    assert.equal(secure.status, 200)
    secure.socket.write(clientHello())
    assert.deepEqual(await restOf(secure), alert)
    const [cut] = await world.logged(1, event => event.kind === 'cut')
    assert.equal(cut?.rule, 'gateway:port')
    const plain = await world.tunnel('news.example:80', { as: 'jun' })
    plain.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    assert.match((await restOf(plain)).toString(), /destination_ip_prohibited/, 'which decides as for any page')
  })
})
