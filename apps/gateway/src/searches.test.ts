/** Searches and files through the proxy. Names of search engines lead to loopback here. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { BundleSchool } from '@gatehouse/engine/bundle'
import type { SchoolRules } from '@gatehouse/engine/concern/school-rules'
import { createAnnouncer } from './announcer.ts'
import { clientHello } from './client-hello-fixture.ts'
import { createHeardSearches } from './heard-searches.ts'
import type { Visitor } from './visitor.ts'
import { type Cleanup, createWorld, until, webSite, type World } from './gateway-world.ts'

const engines = [
  'www.google.com',
  'www.bing.com',
  'www.youtube.com',
  'forcesafesearch.google.com',
  'restrict.youtube.com',
]
const safe = ['restrictmoderate.youtube.com', 'strict.bing.com', 'files.example']
const openTo = (port: number): string[] => [...engines, ...safe].map(host => `${host}:${port}`)
const withSearchRules = (world: World, rules: World['payload']['schools'][number]['rules']['searchRules'] = []) => ({
  schools: world.payload.schools.map(school => ({ ...school, rules: { ...school.rules, searchRules: rules } })),
})

/** Says what it was asked, and with which fields. */
const mirror = (t: Cleanup): Promise<number> =>
  webSite(t, (request, response) => response.end(JSON.stringify({ url: request.url, headers: request.headers })))

describe('Searches over plain HTTP', () => {
  it('are made safe for everybody, whatever the browser says', async t => {
    const port = await mirror(t)
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: openTo(port) })
    const ask = async (url: string, as: string, headers = {}) =>
      JSON.parse((await world.get(url, { as, headers })).body)
    const google = `http://www.google.com:${port}/search?q=river&safe=off`
    for (const as of ['jun', 'sam']) assert.equal((await ask(google, as)).url, '/search?q=river&safe=active')
    assert.equal((await ask(`http://www.bing.com:${port}/search?q=river`, 'jun')).url, '/search?q=river&adlt=strict')
    const level = { 'YouTube-Restrict': 'None', 'youtube-restrict': 'Off' }
    const youTube = `http://www.youtube.com:${port}/watch?v=1`
    assert.equal((await ask(youTube, 'jun', level)).headers['youtube-restrict'], 'Strict')
    assert.equal((await ask(youTube, 'sam', level)).headers['youtube-restrict'], 'Moderate')
    assert.equal(
      (await ask(`http://files.example:${port}/?q=river`, 'jun')).url,
      '/?q=river',
      'other sites are left alone',
    )
    assert.ok(!JSON.stringify(world.server.events).includes('river'))
  })

  it('for a name that its engine keeps safe, the safe name’s address is asked, in tunnels and out of them', async t => {
    const reached: string[] = []
    const server = createServer(socket => {
      reached.push(socket.localAddress ?? '')
      socket.on('error', () => undefined).pipe(socket)
    })
    await new Promise<void>(done => server.listen(0, '0.0.0.0', done))
    t.after(() => void server.close())
    const { port } = server.address() as AddressInfo
    const asked: string[] = []
    const world = await createWorld(t, {
      resolve: async host => {
        asked.push(host)
        const last = { 'forcesafesearch.google.com': 2, 'restrict.youtube.com': 3, 'restrictmoderate.youtube.com': 4 }[
          host
        ]
        return [{ address: `127.0.0.${last ?? 9}`, family: 4 }]
      },
      allowPrivate: openTo(port),
    })
    const through = async (host: string, as: string): Promise<void> => {
      const tunnel = await world.tunnel(`${host}:${port}`, { as })
      assert.equal(tunnel.status, 200)
      tunnel.socket.write(clientHello({ name: host }))
      await new Promise(done => tunnel.socket.once('data', done))
      tunnel.socket.destroy()
    }
    await through('www.google.com', 'jun')
    await through('www.youtube.com', 'jun')
    await through('www.youtube.com', 'sam')
    await through('files.example', 'jun')
    assert.deepEqual(reached, ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.9'])
    assert.ok(!asked.includes('www.google.com'), 'nothing leads to the engine’s own address')
    // A tunnel to the engine's address itself, with its name in the hello, leads to the safe one too.
    const byAddress = await world.tunnel(`127.0.0.9:${port}`, { as: 'jun' })
    assert.equal(byAddress.status, 403)
    await world.publish({ allowPrivate: [...openTo(port), `127.0.0.9:${port}`] })
    const open = await world.tunnel(`127.0.0.9:${port}`, { as: 'jun' })
    open.socket.write(clientHello({ name: 'www.google.com' }))
    await new Promise(done => open.socket.once('data', done))
    open.socket.destroy()
    assert.equal(reached.at(-1), '127.0.0.2')
  })

  it('for what the school does not want searched are stopped, and only then is the term kept', async t => {
    const port = await mirror(t)
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: openTo(port) })
    await world.publish(
      withSearchRules(world, [
        { id: 's1', phrase: 'poker tips', action: 'block', category: 'gambling', groups: ['juniors'] },
        { id: 's2', phrase: 'chess', action: 'warn', category: 'games', groups: ['juniors'] },
      ]),
    )
    const ask = async (query: string, as = 'jun') =>
      (await world.get(`http://www.google.com:${port}/search?q=${query}&from=secret`, { as })).status
    assert.deepEqual([await ask('POKER+tips'), await ask('chess'), await ask('rivers')], [403, 403, 200])
    assert.equal(await ask('poker%20tips', 'sam'), 200)
    const events = await world.logged(4)
    assert.deepEqual(
      events.map(({ verdict, rule, term, path }) => ({ verdict, rule, term, path })),
      [
        { verdict: 'block', rule: 'search:s1', term: 'POKER tips', path: '/search' },
        { verdict: 'warn', rule: 'search:s2', term: 'chess', path: '/search' },
        { verdict: 'allow', rule: events[2]?.rule, term: undefined, path: '/search' },
        { verdict: 'allow', rule: events[3]?.rule, term: undefined, path: '/search' },
      ],
    )
    await ask(`poker%20tips%0A%0D${'x'.repeat(400)}`)
    const last = (await world.logged(5)).at(-1)
    assert.equal(last?.term?.length, 200)
    assert.ok(!/[\r\n]/.test(last?.term ?? ''))
    const said = world.said.join() + JSON.stringify(world.server.events)
    for (const word of ['rivers', 'secret']) assert.ok(!said.includes(word), word)
  })
})

describe('Files over plain HTTP', () => {
  it('a program is stopped by what the site says it is, whatever its address looks like', async t => {
    let sent = 0
    const port = await webSite(t, (request, response) => {
      const url = new URL(request.url ?? '', 'http://x')
      for (const [name, value] of url.searchParams) response.setHeader(name, value)
      response.on('close', () => {
        sent += 1
      })
      response.end('MZ these are its bytes')
    })
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: openTo(port) })
    // Whoever may not have downloads may not have programs.
    await world.publish({
      schools: world.payload.schools.map(school => ({
        ...school,
        rules: {
          ...school.rules,
          groups: school.rules.groups.map(group =>
            group.id === 'juniors'
              ? { ...group, categories: { ...group.categories, downloads: 'block' as const } }
              : { ...group, categories: { ...group.categories, downloads: 'allow' as const } },
          ),
        },
      })),
    })
    const get = (query: string, as: string) => world.get(`http://files.example:${port}/report?${query}`, { as })
    const type = 'Content-Type=application%2Fx-msdownload'
    const name = 'Content-Disposition=attachment%3B%20filename%3D%22game.exe%22'
    for (const query of [type, name]) {
      const page = await get(query, 'jun')
      assert.equal(page.status, 403, query)
      assert.ok(!page.body.includes('its bytes'))
      assert.match(page.body, /You cannot open this page/)
      assert.equal((await get(query, 'sam')).body, 'MZ these are its bytes')
    }
    assert.equal((await get('Content-Type=text%2Fplain', 'jun')).status, 200)
    await until(() => sent === 5)
    const [stopped] = await world.logged(2, event => event.verdict === 'block')
    assert.match(stopped?.rule ?? '', /^file:/)
    assert.equal(stopped?.path, '/report')
  })
})

describe('The page that led to a blocked one', () => {
  it('is named by its host alone, and only where something was stopped', async t => {
    const port = await mirror(t)
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: openTo(port) })
    const headers = { Referer: 'https://Lesson.Example:8443/secret/page?q=secret' }
    await world.get('http://bets.example/', { as: 'jun', headers })
    await world.get(`http://files.example:${port}/`, { as: 'jun', headers })
    await world.get('http://bets.example/', { as: 'jun', headers: { Referer: 'not an address at all \u00e9' } })
    const events = await world.logged(3)
    assert.deepEqual(
      events.map(({ referrerHost }) => referrerHost),
      ['lesson.example', undefined, undefined],
    )
    assert.ok(!JSON.stringify(events).includes('secret'))
  })
})

describe('Searches over plain HTTP of people whom an assessment covers', () => {
  const grave = 'nobody would miss me if i was dead'
  const watching = (world: World, watched: readonly string[] | undefined, concerns?: SchoolRules) => ({
    schools: world.payload.schools.map(school => ({
      ...school,
      ...(watched ? { watched } : {}),
      ...(concerns ? { concerns } : {}),
    })),
  })
  /** What lies in the gateway's folder, file by file. */
  const spooled = ({ settings }: World): string =>
    readdirSync(settings.spool)
      .map(name => readFileSync(join(settings.spool, name), 'utf8'))
      .join('\n')
  const start = async (t: Cleanup) => {
    const port = await mirror(t)
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: openTo(port) })
    const ask = async (words: string, as = 'jun', host = 'www.google.com') =>
      (await world.get(`http://${host}:${port}/search?q=${encodeURIComponent(words)}&from=secret`, { as })).status
    return { world, ask }
  }

  it('are read in memory: one that flags goes with the line of its request, and of every other nothing is kept or sent', async t => {
    const { world, ask } = await start(t)
    await world.publish(watching(world, ['juniors']))
    // What waits for the server lies on the disk.
    world.server.isDown = true
    const asked = [grave, 'how do volcanoes erupt', `${grave} filesonly`] as const
    assert.equal(await ask(asked[0]), 200, 'it is let through')
    assert.equal(await ask(asked[1]), 200)
    assert.equal(await ask(asked[2], 'jun', 'files.example'), 200)
    assert.equal(await ask(`${grave} grownup`, 'sam'), 200)
    await until(() => world.gateway.status().queued === 4)
    await until(() => spooled(world).includes('miss me'))
    for (const word of ['volcanoes', 'filesonly', 'grownup', 'secret']) assert.ok(!spooled(world).includes(word), word)
    world.server.isDown = false
    const events = await world.logged(4)
    assert.deepEqual(
      events.map(({ verdict, path, term, heard }) => ({ verdict, path, term, heard })),
      [grave, undefined, undefined, undefined].map(heard => ({
        verdict: 'allow',
        path: '/search',
        term: undefined,
        heard,
      })),
    )
    const said = world.said.join() + JSON.stringify(events)
    for (const word of ['volcanoes', 'filesonly', 'grownup', 'secret']) assert.ok(!said.includes(word), word)
  })

  it('are read of nobody else: where no assessment is in force, of those whom it does not cover, and where only the network is known', async t => {
    const { world, ask } = await start(t)
    await ask(grave)
    await world.publish(watching(world, ['infants']))
    await ask(grave)
    await world.publish({
      schools: world.payload.schools.map(school => ({
        ...school,
        watched: ['juniors'],
        places: [{ id: 'hall', name: 'Hall', subnets: ['127.0.0.0/8'], group: 'juniors' }],
      })),
    })
    const nobody = await world.get(`http://www.google.com/search?q=${encodeURIComponent(grave)}`)
    assert.notEqual(nobody.status, 407)
    const events = await world.logged(3)
    assert.deepEqual(
      events.map(({ heard }) => heard),
      [undefined, undefined, undefined],
    )
    assert.ok(!JSON.stringify(events).includes('miss me'))
  })

  it('are read by the school’s own rules', async t => {
    const { world, ask } = await start(t)
    const phrase = { id: 'school.p1', concern: 'drugs', severity: 3, phrase: 'purple lanterns' } as const
    await world.publish(watching(world, ['juniors'], { version: 1, off: [], added: [phrase] }))
    await ask('where are purple lanterns')
    const [event] = await world.logged(1)
    assert.equal(event?.heard, 'where are purple lanterns')
  })

  it('are let through though the detector cannot be built, and the operator is told once', () => {
    const said: string[] = []
    const heard = createHeardSearches(
      () => grave,
      createAnnouncer(line => said.push(line), Date.now),
      () => assert.fail('no files'),
    )
    const school = { id: 'oak', name: 'Oak', rules: { groups: [] }, watched: ['juniors'] } as unknown as BundleSchool
    const visitor = { school, person: { id: 'jun' }, groups: ['juniors'] } as unknown as Visitor
    for (let times = 0; times < 3; times++)
      assert.equal(heard.flagged(visitor, new URL('http://www.google.com/search?q=x'), 'www.google.com'), undefined)
    assert.deepEqual(said, ['SEARCHES ARE NOT READ FOR CONCERNS: the detector cannot be built (AssertionError)'])
  })
})
