import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { clientHello } from './client-hello-fixture.ts'
import { createWorld, passwordOf, until, webSite } from './gateway-world.ts'

const base = 'http://gatehouse.school.example:8080'

describe('Who is let in', () => {
  it('a browser with no credentials is asked for them, on pages and tunnels alike', async t => {
    const world = await createWorld(t)
    const page = await world.get('http://news.example/', { as: null })
    assert.equal(page.status, 407)
    assert.equal(page.headers['proxy-authenticate'], 'Basic realm="Gatehouse", charset="UTF-8"')
    assert.equal(page.headers['proxy-status'], 'Gatehouse; error=http_request_denied; details="sign-in"')
    const tunnel = await world.tunnel('news.example:443', { as: null })
    assert.equal(tunnel.status, 407)
    assert.equal(tunnel.headers['proxy-authenticate'], 'Basic realm="Gatehouse", charset="UTF-8"')
  })

  it('a wrong password and an unknown user get the same answer', async t => {
    const world = await createWorld(t)
    const wrong = await world.get('http://news.example/', { as: 'jun', password: 'guess' })
    const unknown = await world.get('http://news.example/', { as: 'nobody', password: 'guess' })
    for (const page of [wrong, unknown]) delete page.headers.date
    assert.deepEqual(wrong, unknown)
    assert.equal(wrong.status, 407)
  })

  it('after ten wrong guesses a name must wait, even with the right password, and other people need not', async t => {
    const port = await webSite(t, (_, response) => response.end('news'))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const guesses = Array.from({ length: 10 }, (_, count) => `guess ${count}`)
    for (const password of guesses) {
      assert.equal(
        (await world.get(`http://news.example:${port}/`, { as: 'jun', password })).headers['retry-after'],
        undefined,
      )
    }
    const shut = await world.get(`http://news.example:${port}/`, { as: 'jun' })
    assert.equal(shut.status, 407)
    const seconds = Number(shut.headers['retry-after'])
    assert.ok(seconds > 0 && seconds <= 300, `Retry-After was ${shut.headers['retry-after']}`)
    assert.equal((await world.get(`http://news.example:${port}/`, { as: 'sam' })).status, 200)
    world.clock.ms += 5 * 60_000 + 1000
    assert.equal((await world.get(`http://news.example:${port}/`, { as: 'jun' })).status, 200)
  })

  it('a flood of different guesses at once is cut off at ten too', async t => {
    const world = await createWorld(t)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, count) =>
        world.get('http://news.example/', { as: 'jun', password: `guess ${count}` }),
      ),
    )
    const verified = answers.filter(page => page.headers['retry-after'] === undefined).length
    assert.ok(verified >= 10 && verified <= 12, `${verified} guesses were verified`)
  })

  it('an address that guesses at many names must wait as well, while a known password goes on working from it', async t => {
    const world = await createWorld(t, { names: {} })
    assert.equal((await world.get('http://news.example/', { as: 'sam' })).status, 502)
    for (let count = 0; count < 100; count++)
      await world.get('http://news.example/', { as: `made-up-${count}`, password: 'x' })
    const next = await world.get('http://news.example/', { as: 'made-up-more', password: 'x' })
    assert.deepEqual(
      [next.status, next.headers['proxy-status']],
      [407, 'Gatehouse; error=http_request_denied; details="sign-in-wait"'],
    )
    assert.equal((await world.get('http://news.example/', { as: 'sam' })).status, 502)
  })

  it('a browser that repeats one wrong password does not lock its person out', async t => {
    const world = await createWorld(t, { names: {} })
    for (let count = 0; count < 30; count++) await world.get('http://news.example/', { as: 'jun', password: 'old' })
    assert.equal((await world.get('http://news.example/', { as: 'jun' })).status, 502)
  })

  it('two schools may have the same username, told apart by user@school', async t => {
    const world = await createWorld(t, { names: {} })
    const [oak] = world.payload.schools
    assert.ok(oak)
    const elm = {
      ...oak,
      id: 'elm',
      name: 'Elm School',
      people: oak.people.map(one => ({ ...one, id: `elm-${one.id}` })),
    }
    await world.publish({ schools: [oak, elm] })
    const password = passwordOf('jun')
    assert.equal((await world.get('http://bets.example/', { as: 'jun', password })).status, 407)
    assert.equal((await world.get('http://bets.example/', { as: 'jun@elm', password })).status, 403)
    assert.equal((await world.get('http://bets.example/', { as: 'JUN@Oak Primary School', password })).status, 403)
    const events = await world.logged(2)
    assert.deepEqual(
      events.map(event => event.school),
      ['elm', 'oak'],
    )
  })

  it('a suspension reaches the next request and cuts what is open, though the password was right a second ago', async t => {
    const server = createServer(socket => socket.on('error', () => undefined).write('hello'))
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as { port: number }
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const tunnel = await world.tunnel(`news.example:${port}`, { as: 'jun' })
    assert.equal(tunnel.status, 200)
    let isCut = false
    tunnel.socket.resume().once('close', () => {
      isCut = true
    })
    await world.publish(world.withPeople(one => (one.username === 'jun' ? { ...one, suspended: true } : one)))
    await until(() => isCut)
    const page = await world.get(`http://news.example:${port}/`, { as: 'jun' })
    assert.equal(page.status, 403)
    assert.match(page.body, /Your internet use is paused/)
    const [cut] = await world.logged(1, event => event.kind === 'cut')
    assert.equal(cut?.rule, 'gateway:suspended')
  })

  it('a changed proxy password works at once, and the old one does not', async t => {
    const world = await createWorld(t, { names: {} })
    assert.equal((await world.get('http://bets.example/', { as: 'jun' })).status, 403)
    const sams = world.payload.schools[0]?.people.find(one => one.username === 'sam')?.proxyHash ?? ''
    await world.publish(world.withPeople(one => (one.username === 'jun' ? { ...one, proxyHash: sams } : one)))
    assert.equal((await world.get('http://bets.example/', { as: 'jun' })).status, 407)
    assert.equal((await world.get('http://bets.example/', { as: 'jun', password: passwordOf('sam') })).status, 403)
  })
})

describe('What happens to a page', () => {
  it('an allowed page comes through with its status, fields and body, and the log has it without its query', async t => {
    const port = await webSite(t, (request, response) => {
      response.writeHead(201, 'Made', [
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'Proxy-Status',
        'Gatehouse; error=http_request_denied',
      ])
      response.end(`${request.method} ${request.url} ${request.headers.host}`)
    })
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const page = await world.get(`http://news.example:${port}/a/b?secret=word`, { as: 'jun' })
    assert.equal(page.status, 201)
    assert.equal(page.body, `GET /a/b?secret=word news.example:${port}`)
    assert.deepEqual(page.headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(page.headers['proxy-status'], 'Gatehouse; received-status=201')
    const [event] = await world.logged(1)
    assert.ok(event)
    const { id, at, ...rest } = event
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000)
    assert.deepEqual(rest, {
      v: 1,
      school: 'oak',
      personId: 'id-of-jun',
      by: 'password',
      address: '127.0.0.1',
      groups: ['juniors'],
      kind: 'page',
      method: 'GET',
      host: 'news.example',
      port,
      path: '/a/b',
      category: 'none',
      verdict: 'allow',
      rule: 'group:juniors:unlisted',
      continued: false,
    })
    assert.ok(!JSON.stringify(world.server.events).includes('secret'))
  })

  it('a blocked page shows a child what happened and where to turn, and names nobody', async t => {
    const world = await createWorld(t)
    const page = await world.get('http://bets.example/win?name=secret', { as: 'jun' })
    assert.equal(page.status, 403)
    assert.equal(page.headers['proxy-status'], 'Gatehouse; error=http_request_denied; details="block:gambling"')
    assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; style-src 'sha256-/)
    assert.match(page.body, /<h1>You cannot open this page<\/h1>/)
    const [event] = await world.logged(1)
    const query = `?host=bets.example&amp;category=gambling&amp;decision=${event?.id}`
    for (const path of ['why', 'ask', 'worried'])
      assert.ok(page.body.includes(`href="${base}/blocked/${path}${query}"`), path)
    for (const secret of ['jun', 'secret', 'oak', 'juniors']) assert.ok(!page.body.includes(secret), secret)
    assert.match((await world.get('http://bets.example/', { as: 'sam' })).body, /<h1>This page is blocked<\/h1>/)
  })

  it('a blocked page cannot smuggle markup into the block page', async t => {
    const world = await createWorld(t)
    const page = await world.get(`http://bets.example/"><script>alert(1)</script>`, { as: 'jun' })
    assert.equal(page.status, 403)
    assert.ok(!page.body.includes('<script'))
  })

  it('a rule of the school opens and shuts a site, path by path, from the next request on', async t => {
    const port = await webSite(t, (_, response) => response.end('open'))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const ask = async (path: string): Promise<number> =>
      (await world.get(`http://news.example:${port}${path}`, { as: 'jun' })).status
    assert.equal(await ask('/forum/a'), 200)
    const rule = {
      id: 'r1',
      action: 'block',
      host: 'news.example',
      path: '/forum',
      groups: ['juniors'],
      reason: 'case 7',
    } as const
    await world.publish(world.withRules([rule]))
    assert.deepEqual(
      [await ask('/forum/a'), await ask('/f%6frum/a'), await ask('/x/../forum/a'), await ask('/sport')],
      [403, 403, 403, 200],
    )
    assert.equal((await world.get(`http://news.example:${port}/forum/a`, { as: 'sam' })).status, 200)
  })

  it('a warning can be gone past by its own person for ten minutes, on record', async t => {
    const port = await webSite(t, (_, response) => response.end('chess'))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`games.example:${port}`] })
    const url = `http://games.example:${port}/chess`
    const warning = await world.get(url, { as: 'jun' })
    assert.equal(warning.status, 403)
    assert.equal(warning.headers['proxy-status'], 'Gatehouse; error=http_request_denied; details="warn:games"')
    assert.match(warning.body, /<h1>Stop and think first<\/h1>/)
    const field = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(warning.body)?.[1] ?? ''
    const body = new URLSearchParams({ url: field('url'), token: field('token') }).toString()
    const press = (as: string) => world.get('http://continue.gatehouse.invalid/', { as, method: 'POST', body })

    assert.equal((await press('sam')).status, 403, "another person's token opens nothing")
    assert.equal((await world.get(url, { as: 'sam' })).status, 403)
    const pressed = await press('jun')
    assert.equal(pressed.status, 303)
    assert.equal(pressed.headers.location, url)
    assert.equal((await world.get(url, { as: 'jun' })).body, 'chess')
    const [chosen] = await world.logged(1, event => event.kind === 'continue')
    assert.equal(chosen?.personId, 'id-of-jun')
    const [visit] = await world.logged(1, event => event.kind === 'page' && event.continued)
    assert.equal(visit?.verdict, 'warn')

    world.clock.ms += 10 * 60_000 + 1000
    assert.equal((await world.get(url, { as: 'jun' })).status, 403)
    assert.equal((await press('jun')).status, 403, 'an old button does nothing')
  })

  it('the button of a warning opens nothing that has been blocked since', async t => {
    const port = await webSite(t, (_, response) => response.end('chess'))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`games.example:${port}`] })
    const url = `http://games.example:${port}/`
    const warning = await world.get(url, { as: 'jun' })
    const token = /name="token" value="([^"]*)"/.exec(warning.body)?.[1] ?? ''
    await world.publish(
      world.withRules([{ id: 'r2', action: 'block', host: 'games.example', groups: 'all', reason: 'now' }]),
    )
    await world.get('http://continue.gatehouse.invalid/', {
      as: 'jun',
      method: 'POST',
      body: new URLSearchParams({ url, token }).toString(),
    })
    const page = await world.get(url, { as: 'jun' })
    assert.equal(page.headers['proxy-status'], 'Gatehouse; error=http_request_denied; details="block:games"')
  })
})

describe('Tunnels', () => {
  it('an allowed host is connected, both ways, and a blocked one is refused with its category', async t => {
    const server = createServer(socket => socket.pipe(socket))
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as { port: number }
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const open = await world.tunnel(`news.example:${port}`, { as: 'jun' })
    assert.equal(open.status, 200)
    open.socket.end(clientHello())
    const back: Buffer[] = []
    for await (const part of open.socket) back.push(part)
    assert.deepEqual(Buffer.concat(back), clientHello())
    const shut = await world.tunnel('bets.example:443', { as: 'jun' })
    assert.equal(shut.status, 403)
    assert.equal(shut.headers['proxy-status'], 'Gatehouse; error=http_request_denied; details="block:gambling"')
    const events = await world.logged(2)
    assert.deepEqual(
      events.map(({ kind, host, path, verdict }) => [kind, host, path, verdict]),
      [
        ['connect', 'news.example', '', 'allow'],
        ['connect', 'bets.example', '', 'block'],
      ],
    )
  })

  it('only port 443 takes TLS, and only ports 80 and 443 take plain HTTP', async t => {
    const world = await createWorld(t, { names: { '*': ['93.184.216.34'] } })
    for (const authority of ['news.example:22', 'news.example:8443', 'news.example:25']) {
      const tunnel = await world.tunnel(authority)
      assert.deepEqual(
        [tunnel.status, tunnel.headers['proxy-status']],
        [403, 'Gatehouse; error=http_request_denied; details="port"'],
      )
    }
    const page = await world.get('http://news.example:8080/')
    assert.equal(page.headers['proxy-status'], 'Gatehouse; error=http_request_denied; details="port"')
    const [event] = await world.logged(1)
    assert.deepEqual([event?.verdict, event?.rule], ['block', 'gateway:port'])
  })

  it('a warned-about host is refused until its person has gone on past the warning', async t => {
    const server = createServer(socket => socket.pipe(socket))
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as { port: number }
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`games.example:${port}`] })
    const refused = await world.tunnel(`games.example:${port}`, { as: 'jun' })
    assert.equal(refused.headers['proxy-status'], 'Gatehouse; error=http_request_denied; details="warn:games"')
    const warning = await world.get(`http://games.example:${port}/`, { as: 'jun' })
    const token = /name="token" value="([^"]*)"/.exec(warning.body)?.[1] ?? ''
    const body = new URLSearchParams({ url: `https://games.example:${port}/`, token }).toString()
    const pressed = await world.get('http://continue.gatehouse.invalid/', { as: 'jun', method: 'POST', body })
    assert.equal(pressed.headers.location, `https://games.example:${port}/`)
    const open = await world.tunnel(`games.example:${port}`, { as: 'jun' })
    assert.equal(open.status, 200)
    open.socket.destroy()
  })

  it('an open tunnel is cut when its host is blocked, and when the rule that opened it ends', async t => {
    const server = createServer(socket => socket.on('error', () => undefined).write('hello'))
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as { port: number }
    const world = await createWorld(t, {
      names: { '*': ['127.0.0.1'] },
      allowPrivate: [`news.example:${port}`, `bets.example:${port}`],
    })
    const open = async (host: string): Promise<() => boolean> => {
      const tunnel = await world.tunnel(`${host}:${port}`, { as: 'jun' })
      assert.equal(tunnel.status, 200)
      let isCut = false
      tunnel.socket.resume().once('close', () => {
        isCut = true
      })
      return () => isCut
    }
    const untilThen = new Date(world.outside.now() + 3_600_000).toISOString()
    const pass = {
      id: 'pass',
      action: 'allow',
      host: 'bets.example',
      groups: 'all',
      reason: 'maths',
      until: untilThen,
    } as const
    await world.publish(world.withRules([pass]))
    const [news, bets] = [await open('news.example'), await open('bets.example')]
    await world.publish(
      world.withRules([pass, { id: 'shut', action: 'block', host: 'news.example', groups: 'all', reason: 'x' }]),
    )
    await until(news)
    assert.equal(bets(), false)
    world.clock.ms += 3_600_000
    await until(bets)
    const cuts = await world.logged(2, event => event.kind === 'cut')
    assert.deepEqual(
      cuts.map(({ host, rule }) => [host, rule]),
      [
        ['news.example', 'host:shut'],
        ['bets.example', 'group:juniors:gambling'],
      ],
    )
  })

  it('an open tunnel is cut when its person leaves the register or gets a new password', async t => {
    const server = createServer(socket => socket.on('error', () => undefined).write('hello'))
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as { port: number }
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const closed = new Set<string>()
    for (const as of ['jun', 'sam']) {
      const tunnel = await world.tunnel(`news.example:${port}`, { as })
      assert.equal(tunnel.status, 200)
      tunnel.socket.resume().once('close', () => closed.add(as))
    }
    const ivys = world.payload.schools[0]?.people.find(one => one.username === 'ivy')?.proxyHash ?? ''
    await world.publish(world.withPeople(one => (one.username === 'jun' ? { ...one, proxyHash: ivys } : one)))
    await until(() => closed.has('jun'))
    assert.equal(closed.has('sam'), false)
    const without = world.payload.schools.map(school => ({
      ...school,
      people: school.people.filter(one => one.username !== 'sam'),
    }))
    await world.publish({ schools: without })
    await until(() => closed.has('sam'))
    const cuts = await world.logged(2, event => event.kind === 'cut')
    assert.deepEqual(
      cuts.map(({ personId, rule }) => [personId, rule]),
      [
        ['id-of-jun', 'gateway:signed-out'],
        ['id-of-sam', 'gateway:signed-out'],
      ],
    )
  })

  it('a long plain download is cut by a new rule as well', async t => {
    const port = await webSite(t, (_, response) => void response.write('for ever'))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const page = world.get(`http://news.example:${port}/film`, { as: 'jun' })
    page.catch(() => undefined)
    await world.logged(1)
    await world.publish(
      world.withRules([{ id: 'shut', action: 'block', host: 'news.example', groups: 'all', reason: 'x' }]),
    )
    await assert.rejects(page)
  })
})
