/** What is open when the clock, and not a change, shuts it. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import type { Pass } from '@gatehouse/engine/filter/types'
import { clientHello } from './client-hello-fixture.ts'
import { createContinuePasses } from './continue-passes.ts'
import { type Cleanup, createWorld, until, type World } from './gateway-world.ts'
import { startRechecks } from './recheck.ts'

describe('Deciding again by the clock', () => {
  it('happens at every round, and at the very instant at which the rules say that something changes', t => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 0 })
    const at: number[] = []
    const boundaries = [700, 5300, 7500, 90_000]
    const rechecks = startRechecks({
      recheck: () => at.push(Date.now()),
      nextBoundary: after => boundaries.find(boundary => boundary > after) ?? Number.POSITIVE_INFINITY,
      everyMs: 2000,
      now: Date.now,
    })
    rechecks.now()
    for (let ms = 0; ms < 7000; ms += 100) t.mock.timers.tick(100)
    assert.deepEqual(at, [0, 700, 2000, 4000, 5300, 6000])
    // The next is due before the next round, and must not outlive the gateway.
    rechecks.stop()
    t.mock.timers.tick(100_000)
    assert.equal(at.length, 6)
  })

  it('looks for the next boundary when one has passed or the rules are new, and not at each round', t => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 0 })
    let looked = 0
    const rechecks = startRechecks({
      recheck: () => undefined,
      nextBoundary(after) {
        looked += 1
        return after + 60_000
      },
      everyMs: 2000,
      now: Date.now,
    })
    rechecks.now()
    t.mock.timers.tick(59_000)
    assert.equal(looked, 1)
    t.mock.timers.tick(2000)
    assert.equal(looked, 2)
    rechecks.now()
    assert.equal(looked, 3)
    rechecks.stop()
  })
})

/** A site that takes tunnels and says nothing. */
async function quietSite(t: Cleanup): Promise<number> {
  const server = createServer(socket => socket.on('error', () => undefined).resume())
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.after(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A tunnel past its first bytes. Gives a look at whether it is still open. */
async function openTunnel(world: World, port: number, host: string, as: string): Promise<() => boolean> {
  const tunnel = await world.tunnel(`${host}:${port}`, { as })
  assert.equal(tunnel.status, 200, `${as} to ${host}`)
  tunnel.socket.write(clientHello({ name: host }))
  let isOpen = true
  tunnel.socket.resume().once('close', () => {
    isOpen = false
  })
  return () => isOpen
}

const withRules = (world: World, more: object) => ({
  schools: world.payload.schools.map(school => ({
    ...school,
    people: school.people.map(one => (one.username === 'jun' ? { ...one, classes: ['4b'] } : one)),
    rules: { ...school.rules, ...more },
  })),
})
const at = (ms: number): string => new Date(ms).toISOString()

describe('What is open when its time ends', () => {
  it('a pass shuts at its own end, to the second and with nobody doing anything, for tunnels too', async t => {
    const port = await quietSite(t)
    // As often as in a school: it is the boundary that cuts.
    const world = await createWorld(t, {
      names: { '*': ['127.0.0.1'] },
      allowPrivate: [`bets.example:${port}`, `news.example:${port}`],
      isAtSchoolPace: true,
    })
    const ends = world.outside.now() + 4000
    const pass: Pass = {
      id: 'maths',
      who: { classes: ['4b'] },
      sites: [{ host: 'bets.example' }],
      from: at(ends - 60_000),
      until: at(ends),
    }
    await world.publish(withRules(world, { passes: [pass] }))
    const bets = await openTunnel(world, port, 'bets.example', 'jun')
    const news = await openTunnel(world, port, 'news.example', 'jun')
    assert.equal(
      (await world.tunnel(`bets.example:${port}`, { as: 'sam' })).status,
      403,
      'another class does not have it',
    )
    await until(() => !bets())
    const late = world.outside.now() - ends
    assert.ok(late >= 0 && late < 5000, `cut ${late} ms after the end of the pass`)
    assert.equal(news(), true)
    assert.equal((await world.tunnel(`bets.example:${port}`, { as: 'jun' })).status, 403)
    const [cut] = await world.logged(1, event => event.kind === 'cut')
    assert.equal(cut?.rule, 'group:juniors:gambling')
  })

  it('a window that ends, ends what it opened', async t => {
    const port = await quietSite(t)
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`bets.example:${port}`] })
    // The world's clock is set to a Monday lunch of a term, in winter, when London's time is UTC.
    world.clock.ms = Date.parse('2027-01-11T12:30:00Z') - Date.now()
    const times = {
      bells: [{ id: 'lunch', name: 'Lunch', from: '12:00', to: '13:00' }],
      terms: [{ from: '2027-01-04', to: '2027-03-26' }],
      closures: [],
      windows: [{ id: 'lunch', name: 'Lunch', days: 'school-days', spans: [{ bell: 'lunch' }] }],
    }
    const adjustments = [
      { id: 'lunch', who: { groups: ['juniors'] }, window: 'lunch', categories: { gambling: 'allow' } },
    ]
    await world.publish(withRules(world, { times, adjustments }))
    const bets = await openTunnel(world, port, 'bets.example', 'jun')
    world.clock.ms += 29 * 60_000
    await new Promise(done => setTimeout(done, 300))
    assert.equal(bets(), true)
    world.clock.ms += 60_000
    await until(() => !bets())
  })

  it('rules that are too old shut what children have open, and leave adults’ alone', async t => {
    const port = await quietSite(t)
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const jun = await openTunnel(world, port, 'news.example', 'jun')
    const sam = await openTunnel(world, port, 'news.example', 'sam')
    world.clock.ms += 61 * 60_000
    await until(() => !jun())
    await new Promise(done => setTimeout(done, 300))
    assert.equal(sam(), true)
    const [cut] = await world.logged(1, event => event.kind === 'cut')
    assert.deepEqual([cut?.rule, cut?.personId], ['gateway:stale-bundle', 'id-of-jun'])
  })

  it('ten minutes past a warning are over for what is open as well', async t => {
    const port = await quietSite(t)
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`games.example:${port}`] })
    const warning = await world.get(`http://games.example:${port}/`, { as: 'jun' })
    const token = /name="token" value="([^"]*)"/.exec(warning.body)?.[1] ?? ''
    const body = new URLSearchParams({ url: `https://games.example:${port}/`, token }).toString()
    await world.get('http://continue.gatehouse.invalid/', { as: 'jun', method: 'POST', body })
    const games = await openTunnel(world, port, 'games.example', 'jun')
    world.clock.ms += 10 * 60_000
    await until(() => !games())
  })
  it('a warning about an https site is gone past on the product’s own page', async t => {
    const port = await quietSite(t)
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`games.example:${port}`] })
    assert.equal((await world.tunnel(`games.example:${port}`, { as: 'jun' })).status, 403)
    const subject = { schoolId: 'oak', personId: 'id-of-jun', host: 'games.example', category: 'games' }
    const line = (key: Buffer): string =>
      JSON.stringify({ ...subject, token: createContinuePasses(key, world.outside.now).token(subject) })
    const file = join(dirname(world.settings.bundleFile), 'continued.ndjson')
    await writeFile(file, `${line(Buffer.alloc(32))}\n`)
    assert.equal((await world.tunnel(`games.example:${port}`, { as: 'jun' })).status, 403, 'not by anybody’s word')
    await writeFile(file, `${line(world.keys.continueKey)}\n`)
    const games = await openTunnel(world, port, 'games.example', 'jun')
    assert.equal((await world.tunnel(`games.example:${port}`, { as: 'sam' })).status, 403)
    world.clock.ms += 10 * 60_000
    await until(() => !games())
  })
})
