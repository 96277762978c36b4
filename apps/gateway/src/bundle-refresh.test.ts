import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type BundlePayload, parseBundlePayload, parseSignedBundle } from '@gatehouse/engine/bundle'
import fc from 'fast-check'
import { readSignedBundle, signBundle } from './bundle-file.ts'
import { startGateway } from './gateway.ts'
import { createWorld, fetchThrough, secret, until, webSite } from './gateway-world.ts'
import { readKeys } from './settings.ts'

const stranger = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const statusOf = async (world: Awaited<ReturnType<typeof createWorld>>, as: string): Promise<string> =>
  String((await world.get('http://news.example/', { as })).headers['proxy-status'])
const open = 'Gatehouse; error=dns_error'

describe('A bundle', () => {
  it('says what it said when it was signed, for whoever has the public key', async t => {
    const world = await createWorld(t)
    const reading = readSignedBundle(world.sign(world.payload), world.keys.bundlePublicKey)
    assert.deepEqual(reading, { ok: true, payload: world.payload })
  })

  it('is refused when a single byte of it is changed, whichever it is', async t => {
    const world = await createWorld(t)
    const text = world.sign(world.payload)
    const good = JSON.parse(text) as Record<string, string>
    fc.assert(
      fc.property(
        fc.constantFrom('payload', 'signature'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (field, at, change) => {
          const bytes = Buffer.from(good[field] ?? '', 'base64')
          const index = at % bytes.length
          bytes.writeUInt8(bytes.readUInt8(index) ^ change, index)
          const forged = JSON.stringify({ ...good, [field]: bytes.toString('base64') })
          return !readSignedBundle(forged, world.keys.bundlePublicKey).ok
        },
      ),
    )
  })

  it('any text at all is answered with what is wrong with it', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        text => !parseSignedBundle(text).ok && !parseBundlePayload(text).ok,
      ),
    )
  })

  it('each broken part is named by its place', async t => {
    const { payload } = await createWorld(t)
    const [school] = payload.schools
    const [person] = school?.people ?? []
    assert.ok(school && person)
    const withSchool = (change: object): object => ({ ...payload, schools: [{ ...school, ...change }] })
    const broken: readonly (readonly [object, RegExp])[] = [
      [{ ...payload, format: 'other' }, /^format must be "gatehouse-bundle"$/],
      [{ ...payload, v: 2 }, /^v must be 1/],
      [{ ...payload, serial: 1.5 }, /^serial must be a whole number/],
      [{ ...payload, issuedAt: 'yesterday' }, /^issuedAt must be a date and time/],
      [{ ...payload, listsFile: '../../etc/passwd' }, /^listsFile must be the bare name/],
      [{ ...payload, listsSha256: 'abc' }, /^listsSha256 must be/],
      [{ ...payload, blockPageBase: 'javascript:alert(1)' }, /^blockPageBase must be/],
      [{ ...payload, allowPrivate: ['everything'] }, /^allowPrivate\[0\] must be host:port$/],
      [
        { ...payload, testSite: { host: 'bank.example', address: '127.0.0.1', port: 1 } },
        /^testSite\.host must be a name under/,
      ],
      [{ ...payload, schools: [school, school] }, /^schools must be a list in which no school id comes twice$/],
      [withSchool({ id: '../x' }), /^schools\[0\]\.id must be a school id/],
      [
        withSchool({ people: [{ ...person, proxyHash: 'plain' }] }),
        /^schools\[0\]\.people\[0\]\.proxyHash must be an Argon2id hash$/,
      ],
      [withSchool({ people: [{ ...person, username: 'a:b' }] }), /^schools\[0\]\.people\[0\]\.username must be/],
      [
        withSchool({ people: [{ ...person, suspended: 'no' }] }),
        /^schools\[0\]\.people\[0\]\.suspended must be true or false$/,
      ],
      [
        withSchool({ rules: { ...school.rules, groups: [{ id: 'g' }] } }),
        /^schools\[0\]\.rules\.groups\[0\]\.categories must be/,
      ],
    ]
    for (const [value, expected] of broken) {
      const parsed = parseBundlePayload(JSON.stringify(value))
      assert.ok(!parsed.ok)
      assert.match(parsed.errors[0] ?? '', expected)
    }
  })

  it('fields that nobody knows are dropped', async t => {
    const { payload } = await createWorld(t)
    const parsed = parseBundlePayload(
      JSON.stringify({ ...payload, mystery: 1, schools: payload.schools.map(one => ({ ...one, x: 2 })) }),
    )
    assert.deepEqual(parsed, { ok: true, payload })
  })
})

describe('A new bundle', () => {
  it('that is unsigned, foreign, broken, older or without its lists changes nothing, and is said aloud', async t => {
    const world = await createWorld(t, { names: {} })
    await world.publish({})
    const shut: Partial<BundlePayload> = world.withRules([
      { id: 'r', action: 'block', host: 'news.example', groups: 'all', reason: 'x' },
    ])
    const next: BundlePayload = { ...world.payload, ...shut, serial: 50, issuedAt: new Date().toISOString() }
    const bad: readonly (readonly [string, RegExp])[] = [
      [
        JSON.stringify(signBundle(next, stranger.privateKey)),
        /REFUSED the bundle from the server: its signature is not by the key/,
      ],
      [
        JSON.stringify({ payload: Buffer.from(JSON.stringify(next)).toString('base64') }),
        /REFUSED .* signature must be base64; keyId/,
      ],
      ['<html>', /REFUSED .* the bundle is not JSON/],
      [world.sign({ ...next, serial: 1 }), /REFUSED an older bundle from the server; still filtering from bundle 2/],
      [world.sign({ ...next, listsSha256: '0'.repeat(64) }), /REFUSED .* its category lists lists.bin cannot be had/],
      [world.sign({ ...next, maxAgeMinutes: -1 }), /REFUSED .* maxAgeMinutes must be a whole number/],
    ]
    for (const [text, expected] of bad) {
      world.server.bundle = text
      await until(() => world.said.some(line => expected.test(line)))
      assert.equal(world.gateway.status().serial, 2)
      assert.equal(await statusOf(world, 'sam'), open)
    }
    world.server.bundle = world.sign(next)
    await until(() => world.gateway.status().serial === 50)
    assert.match(await statusOf(world, 'sam'), /block:none/)
    assert.ok(world.said.some(line => line === 'Bundle 50 is good and in force'))
  })

  it('too old a bundle shuts the internet to children, not to adults, until a fresh one comes', async t => {
    const world = await createWorld(t, { names: {}, payload: { maxAgeMinutes: 60 } })
    world.server.isDown = true
    assert.equal(await statusOf(world, 'jun'), open)
    world.clock.ms += 61 * 60_000
    assert.match(await statusOf(world, 'jun'), /block:none/)
    assert.equal(await statusOf(world, 'sam'), open)
    assert.equal(world.gateway.status().stale, true)
    await until(() => world.said.some(line => line.startsWith('THE BUNDLE IS OLDER THAN ITS LIMIT')))
    world.server.isDown = false
    await world.publish({})
    assert.equal(await statusOf(world, 'jun'), open)
    const [event] = await world.logged(1, one => one.rule === 'gateway:stale-bundle')
    assert.equal(event?.personId, 'id-of-jun')
  })

  it('setting the clock back does not make an old bundle young again', async t => {
    const world = await createWorld(t, {
      names: {},
      payload: { issuedAt: new Date(Date.now() - 120 * 60_000).toISOString() },
    })
    assert.match(await statusOf(world, 'jun'), /block:none/)
    world.clock.ms -= 100 * 60_000
    assert.match(await statusOf(world, 'jun'), /block:none/)
  })
})

describe('Starting', () => {
  it('with no bundle lets nothing through, and begins to filter when the server has one', async t => {
    const world = await createWorld(t, { names: {}, isWithoutBundle: true })
    assert.match(world.gateway.summary, /bundle none: nothing is let through, 0 people$/)
    const page = await world.get('http://news.example/')
    assert.deepEqual(
      [page.status, page.headers['proxy-status']],
      [503, 'Gatehouse; error=proxy_configuration_error; details="no-rules"'],
    )
    assert.equal((await world.tunnel('news.example:443')).status, 503)
    world.server.bundle = world.sign(world.payload)
    await until(() => world.gateway.status().serial === 1)
    assert.equal(await statusOf(world, 'sam'), open)
  })

  it('again while the server is down goes on from the newest bundle it ever had', async t => {
    const world = await createWorld(t, { names: {} })
    await world.publish(
      world.withRules([{ id: 'r', action: 'block', host: 'news.example', groups: 'all', reason: 'x' }]),
    )
    await until(() => world.gateway.status().serial === 2)
    await world.gateway.close()
    world.server.isDown = true
    const again = await startGateway(world.settings, world.keys, world.outside)
    t.after(() => again.close())
    assert.equal(again.status().serial, 2)
    const page = await fetchThrough(again.port, 'http://news.example/')
    assert.match(String(page.headers['proxy-status']), /block:none/)
  })

  it('tells its status to the bearer and to nobody else', async t => {
    const world = await createWorld(t)
    const ask = (headers: Record<string, string>) => world.get('/gatehouse-status', { as: null, headers })
    assert.equal((await ask({})).status, 401)
    assert.equal((await ask({ Authorization: 'Bearer guess' })).status, 401)
    const page = await ask({ Authorization: `Bearer ${world.keys.bearer}` })
    const status = JSON.parse(page.body) as Record<string, unknown>
    assert.deepEqual(
      [page.status, status.serial, status.issuedAt, status.people, status.stale],
      [200, 1, world.payload.issuedAt, 3, false],
    )
    for (const field of ['uptimeSeconds', 'connections', 'queued', 'dropped', 'pid'])
      assert.equal(typeof status[field], 'number', field)
  })

  it('a key file that is not one is refused with what it should be', () => {
    for (const text of ['', '{}', '{"token":"short"}', JSON.stringify({ token: secret, bundlePublicKey: 'x' })])
      assert.equal(readKeys(text).ok, false)
    assert.equal(readKeys(JSON.stringify({ token: secret, bundlePublicKey: stranger.publicKey })).ok, true)
  })
})

describe('The log', () => {
  it('waits on disk while the server is away, and then arrives once and whole', async t => {
    const port = await webSite(t, (_, response) => response.end('ok'))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    world.server.isDown = true
    for (let count = 0; count < 20; count++)
      assert.equal((await world.get(`http://news.example:${port}/${count}`)).status, 200)
    await until(() => world.gateway.status().queued === 20)
    assert.equal(world.server.events.length, 0)
    world.server.isDown = false
    const events = await world.logged(20)
    assert.deepEqual(
      events.map(event => event.path),
      Array.from({ length: 20 }, (_, count) => `/${count}`),
    )
    await until(() => world.gateway.status().queued === 0)
    const left = (await readdir(world.settings.spool)).filter(name => name.endsWith('.ndjson'))
    assert.deepEqual(left, [])
  })

  it('a segment whose receipt was lost is sent again under the same name, so that it counts once', async t => {
    const world = await createWorld(t, { names: {} })
    world.server.activityStatus = 500
    await world.get('http://news.example/')
    await until(() => world.said.some(line => line.startsWith('The server does not take the activity log')))
    assert.equal(world.gateway.status().queued, 1)
    world.server.activityStatus = 204
    await until(() => world.gateway.status().queued === 0)
    assert.equal(world.server.events.length, 1)
    assert.equal(world.server.segments.length, 1)
  })

  it('what the server will never take is set aside and does not hold up the rest', async t => {
    const world = await createWorld(t, { names: {} })
    world.server.activityStatus = 400
    await world.get('http://news.example/')
    await until(() => world.gateway.status().rejected === 1)
    world.server.activityStatus = 204
    await world.get('http://other.example/')
    assert.deepEqual(
      (await world.logged(1)).map(event => event.host),
      ['other.example'],
    )
  })

  it('what a crash left behind is sent after the restart, without the line it cut', async t => {
    const world = await createWorld(t, { names: {} })
    world.server.activityStatus = 503
    await world.get('http://news.example/')
    await world.get('http://other.example/')
    await until(() => world.gateway.status().queued === 2)
    await world.gateway.close()
    const folder = world.settings.spool
    const names = (await readdir(folder)).filter(name => name.endsWith('.ndjson'))
    const text = (await Promise.all(names.sort().map(name => readFile(join(folder, name), 'utf8')))).join('')
    await Promise.all(names.map(name => rm(join(folder, name))))
    const left = join(folder, '01900000-0000-7000-8000-000000000000.open')
    await writeFile(left, text)
    await truncate(left, text.length - 20)
    world.server.activityStatus = 204
    const again = await startGateway(world.settings, world.keys, world.outside)
    t.after(() => again.close())
    assert.deepEqual(
      (await world.logged(1)).map(event => event.host),
      ['news.example'],
    )
    assert.deepEqual(world.server.segments, ['01900000-0000-7000-8000-000000000000'])
  })

  it('a second gateway on the same port stops before it touches the log of the first', async t => {
    const world = await createWorld(t)
    const spool = await mkdtemp(join(tmpdir(), 'gatehouse-spool-'))
    t.after(() => rm(spool, { recursive: true, force: true }))
    const second = startGateway({ ...world.settings, port: world.gateway.port, spool }, world.keys, world.outside)
    await assert.rejects(second, { code: 'EADDRINUSE' })
    assert.deepEqual(await readdir(spool), [])
  })
})
