import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  cachedResolve,
  createAddressGuard,
  isProhibitedAddress,
  machineAddresses,
  type ResolvedAddress,
} from './address-guard.ts'
import { createWorld, webSite } from './gateway-world.ts'

const prohibited = [
  ['0.0.0.0', '0.255.255.255', '::'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255', '100.100.100.200'],
  ['127.0.0.1', '127.255.255.255', '::1'],
  ['168.63.129.16'],
  ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.1', '192.0.0.192', '192.0.2.1', '192.88.99.1'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255', '198.51.100.7', '203.0.113.7'],
  ['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '::ffff:0:127.0.0.1'],
  ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1'],
  ['2002:7f00:1::', '2002:c0a8:101::1', '2001::1', '2001:0:53aa:64c::1', '2001:10::1', '2001:20::1', '2001:1ff::1'],
  ['2001:db8::1', '3fff::1', '100::1', '5f00::1', '4000::1', 'e000::1'],
  ['fc00::1', 'fd00:ec2::254', 'fdff::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'ff02::1', 'ff0e::1'],
  ['', 'localhost', '127.1', '0x7f000001', '2130706433', '127.0.0.1 ', '[::1]'],
].flat()

const open = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4009::200e',
  '2001:200::1',
  '2003::1',
  '2001:4860:4860::8888',
]

const guardOf = (
  names: Record<string, readonly string[]>,
  allowPrivate: readonly string[] = [],
  own: readonly string[] = [],
) =>
  createAddressGuard({
    resolve: async host =>
      (names[host] ?? []).map((address): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    resolveTimeoutMs: 1000,
    allowPrivate: () => new Set(allowPrivate),
    ownSockets: () => new Set(own),
    ownAddresses: machineAddresses,
  })

describe('Addresses that nobody reaches through the proxy', () => {
  it('every private and special range is refused, in every spelling', () => {
    for (const address of prohibited) assert.equal(isProhibitedAddress(address), true, address)
  })

  it('their public neighbours are let through', () => {
    for (const address of open) assert.equal(isProhibitedAddress(address), false, address)
  })

  it('no IPv6 form that holds a private IPv4 address is ever let through', () => {
    const prefixes = ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::']
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), fc.ipV4(), (prefix, address) =>
        isProhibitedAddress(`${prefix}${address}`),
      ),
    )
  })

  it('one private address among public ones refuses the whole name', async () => {
    const guard = guardOf({
      'mixed.example': ['93.184.216.34', '192.168.1.1'],
      'six.example': ['93.184.216.34', '::1'],
    })
    for (const host of ['mixed.example', 'six.example']) {
      assert.deepEqual(await guard.check(host, 80), { ok: false, error: 'destination_ip_prohibited' })
    }
  })

  it('a place opened on purpose is open on its own port only', async () => {
    const guard = guardOf({ 'printer.example': ['192.168.1.9'] }, ['printer.example:8000'])
    assert.equal((await guard.check('printer.example', 8000)).ok, true)
    assert.equal((await guard.check('printer.example', 80)).ok, false)
    assert.equal((await guard.check('192.168.1.9', 8000)).ok, false)
  })

  it("no setting opens the product's own sockets", async () => {
    const guard = guardOf({ 'me.example': ['127.0.0.1'] }, ['me.example:8080', '127.0.0.1:8080'], ['127.0.0.1:8080'])
    assert.equal((await guard.check('me.example', 8080)).ok, false)
    assert.equal((await guard.check('127.0.0.1', 8080)).ok, false)
  })

  it('a name that is not found and one that never answers are told apart', async () => {
    const slow = createAddressGuard({
      resolve: () => new Promise(() => undefined),
      resolveTimeoutMs: 20,
      allowPrivate: () => new Set(),
      ownSockets: () => new Set(),
      ownAddresses: () => new Set(),
    })
    assert.deepEqual(await slow.check('slow.example', 80), { ok: false, error: 'dns_timeout' })
    assert.deepEqual(await guardOf({}).check('gone.example', 80), { ok: false, error: 'dns_error' })
  })

  it('an answer is remembered for a few seconds, and a failure is not', async () => {
    let asked = 0
    let now = 0
    const resolve = cachedResolve(
      async host => {
        asked += 1
        if (host === 'gone.example') throw new Error('not found')
        return [{ address: '93.184.216.34', family: 4 }]
      },
      10_000,
      () => now,
    )
    for (let count = 0; count < 5; count++) await resolve('news.example')
    assert.equal(asked, 1)
    now = 10_001
    await resolve('news.example')
    assert.equal(asked, 2)
    assert.deepEqual(
      resolve('news.example'),
      [{ address: '93.184.216.34', family: 4 }],
      'known answers need no waiting',
    )
    for (let count = 0; count < 2; count++) await assert.rejects(async () => await resolve('gone.example'))
    assert.equal(asked, 4)
  })
})

describe('Through the proxy', () => {
  it('loopback and private places are refused by name and by number, on pages and tunnels', async t => {
    const names = { 'inside.example': ['127.0.0.1'], localhost: ['127.0.0.1'], 'mapped.example': ['::ffff:10.0.0.1'] }
    const world = await createWorld(t, { names })
    const hosts = [
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '2130706433',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
    ]
    for (const host of [...hosts, ...Object.keys(names)]) {
      const page = await world.get(`http://${host}/`)
      assert.equal(page.headers['proxy-status'], 'Gatehouse; error=destination_ip_prohibited', host)
      assert.equal(page.status, 403)
      assert.ok(!page.body.includes('127'), 'the answer does not repeat the address')
      const tunnel = await world.tunnel(`${host}:443`)
      assert.equal(tunnel.headers['proxy-status'], 'Gatehouse; error=destination_ip_prohibited', host)
    }
    const events = await world.logged(2 * (hosts.length + 3))
    assert.ok(events.every(event => event.rule === 'gateway:address' && event.verdict === 'block'))
  })

  it('a name that changes its address between the check and the connection reaches nothing inside', async t => {
    let reached = 0
    const inside = await webSite(t, (_, response) => {
      reached += 1
      response.end('inside')
    })
    let asked = 0
    const world = await createWorld(t, {
      // A public address when it is checked, loopback ever after; and the system's own resolver says loopback too.
      resolve: async () => [{ address: asked++ === 0 ? '198.41.0.4' : '127.0.0.1', family: 4 }],
      limits: { connectMs: 300 },
      httpPorts: [inside],
    })
    const page = await world.get(`http://localhost:${inside}/`)
    assert.equal(asked, 1, 'the name is asked for once a request')
    assert.match(String(page.headers['proxy-status']), /error=connection_/)
    world.clock.ms += 60_000
    const again = await world.get(`http://localhost:${inside}/`)
    assert.equal(again.headers['proxy-status'], 'Gatehouse; error=destination_ip_prohibited')
    assert.equal(reached, 0)
  })

  it("the product's own web pages and the proxy itself are not reached through the proxy", async t => {
    const world = await createWorld(t, { names: { 'product.example': ['127.0.0.1'] } })
    const own = [world.server.port, world.gateway.port]
    await world.publish({ allowPrivate: own.flatMap(port => [`127.0.0.1:${port}`, `product.example:${port}`]) })
    for (const port of own) {
      for (const host of ['127.0.0.1', 'product.example']) {
        const page = await world.get(`http://${host}:${port}/gatehouse-status`)
        assert.equal(page.headers['proxy-status'], 'Gatehouse; error=destination_ip_prohibited', `${host}:${port}`)
      }
    }
  })

  it('names under gatehouse.invalid lead to the check page, whatever a resolver says, or nowhere', async t => {
    const port = await webSite(t, (request, response) => response.end(`check page for ${request.headers.host}`))
    const site = { host: 'check.gatehouse.invalid', address: '127.0.0.1', port }
    const world = await createWorld(t, { names: { '*': ['93.184.216.34'] }, payload: { testSite: site } })
    assert.equal((await world.get('http://check.gatehouse.invalid/')).body, 'check page for check.gatehouse.invalid')
    assert.equal((await world.get('http://games.gatehouse.invalid/')).body, 'check page for games.gatehouse.invalid')
    assert.equal(
      (await world.get(`http://check.gatehouse.invalid:${port}/`)).headers['proxy-status'],
      'Gatehouse; error=http_request_denied; details="port"',
    )
    await world.publish({ testSite: null })
    assert.equal(
      (await world.get('http://check.gatehouse.invalid/')).headers['proxy-status'],
      'Gatehouse; error=dns_error',
    )
  })
})
