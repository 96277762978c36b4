/** Many at once, slow ones, rude ones, and the other Internet Protocol. */
import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { clientHello } from './client-hello-fixture.ts'
import { basic, type Cleanup, createWorld, passwordOf, sendRaw, until, webSite, type World } from './gateway-world.ts'

const juns = basic('jun', passwordOf('jun'))

/** A connection that says what it is told and remembers what it hears. */
function raw(world: World, t: Cleanup): Promise<{ socket: Socket; text: () => string; isClosed: () => boolean }> {
  return new Promise((done, failed) => {
    let text = ''
    let isClosed = false
    const socket = connect({ port: world.gateway.port, host: '127.0.0.1', allowHalfOpen: true }, () =>
      done({ socket, text: () => text, isClosed: () => isClosed }),
    )
    t.after(() => void socket.destroy())
    socket.on('data', part => {
      text += part.toString('latin1')
    })
    for (const event of ['end', 'close']) {
      socket.once(event, () => {
        isClosed = true
      })
    }
    socket.once('error', failed)
  })
}

describe('A thousand people at once', () => {
  it('each have their page, and a tunnel each besides, and all is given back afterwards', async t => {
    const port = await webSite(t, (request, response) => void setTimeout(() => response.end(request.url), 100))
    const echo = createServer(socket => socket.on('error', () => undefined).pipe(socket))
    await new Promise<void>(done => echo.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, done))
    t.after(() => void echo.close())
    const tunnelPort = (echo.address() as AddressInfo).port
    const world = await createWorld(t, {
      names: { '*': ['127.0.0.1'] },
      allowPrivate: [`news.example:${port}`, `news.example:${tunnelPort}`],
    })
    await world.get(`http://news.example:${port}/`, { as: 'jun' })
    const pages = Array.from({ length: 1000 }, async (_, count) => {
      const page = await world.get(`http://news.example:${port}/${count}`, { as: 'jun' })
      assert.deepEqual([page.status, page.body], [200, `/${count}`])
    })
    await Promise.all(pages)
    const sockets = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const tunnel = await world.tunnel(`news.example:${tunnelPort}`, { as: 'jun' })
        assert.equal(tunnel.status, 200)
        tunnel.socket.write(clientHello())
        await new Promise(done => tunnel.socket.once('data', done))
        return tunnel.socket
      }),
    )
    assert.equal(world.gateway.status().open, 1000)
    await world.publish(
      world.withRules([{ id: 'shut', action: 'block', host: 'news.example', groups: 'all', reason: 'x' }]),
    )
    await until(() => sockets.every(socket => socket.destroyed))
    await until(() => world.gateway.status().open === 0 && world.gateway.status().connections === 0)
    assert.equal((await world.logged(1000, event => event.kind === 'cut')).length, 1000)
  })

  it('one address can hold no more than its share, and says why', async t => {
    const world = await createWorld(t, { limits: { maxPerAddress: 5 } })
    const held = []
    for (let count = 0; count < 5; count++) held.push(await raw(world, t))
    const sixth = await raw(world, t)
    await until(sixth.isClosed)
    assert.match(sixth.text(), /^HTTP\/1\.1 503 .*connection_limit_reached/s)
    held[0]?.socket.destroy()
    await until(() => world.gateway.status().connections === 4)
    assert.equal((await world.get('http://bets.example/', { as: 'jun' })).status, 403)
    assert.ok(world.said.some(line => line.startsWith('ONE ADDRESS HOLDS 5 CONNECTIONS')))
  })

  it('a front, which stands for many, is not counted as one address', async t => {
    const world = await createWorld(t, { limits: { maxPerAddress: 2 }, fronts: ['127.0.0.1'] })
    const pages = await Promise.all(Array.from({ length: 20 }, () => world.get('http://bets.example/', { as: 'jun' })))
    assert.ok(pages.every(({ status }) => status === 403))
  })
})

describe('Slow and rude clients', () => {
  it('a head that drips in is given up, without holding up anybody else', async t => {
    const world = await createWorld(t, { limits: { headersMs: 300, checkMs: 50 } })
    const slow = await raw(world, t)
    slow.socket.write('GET http://bets.example/ HTTP/1.1\r\n')
    const drip = setInterval(() => slow.socket.write('X: y\r\n'), 30)
    assert.equal((await world.get('http://bets.example/', { as: 'jun' })).status, 403)
    await until(slow.isClosed)
    clearInterval(drip)
    assert.match(slow.text(), /^HTTP\/1\.1 408 /)
  })

  it('a head of more than 32 kB is refused, in one line or in many', async t => {
    const world = await createWorld(t)
    for (const fields of [`X: ${'y'.repeat(40_000)}\r\n`, 'X: yyyyyyyyyy\r\n'.repeat(4000)]) {
      const answer = await sendRaw(world.gateway.port, `GET http://bets.example/ HTTP/1.1\r\n${fields}\r\n`)
      assert.match(answer, /^HTTP\/1\.1 431 /)
    }
  })

  it('a head of more fields than anybody needs is refused, and not cut to those that fit', async t => {
    let seen = 0
    const port = await webSite(t, (_, response) => {
      seen += 1
      response.end()
    })
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    await world.get(`http://news.example:${port}/`, { as: 'jun' })
    const many = `GET http://news.example:${port}/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${juns}\r\n${'A: b\r\n'.repeat(3000)}`
    await sendRaw(world.gateway.port, `${many}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)
    assert.equal(seen, 1)
  })

  it('a side that has said all it has to say still hears the other', async t => {
    const server = createServer({ allowHalfOpen: true }, socket => {
      socket.on('error', () => undefined)
      socket.resume().once('end', () => void setTimeout(() => socket.end('the answer'), 100))
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as AddressInfo
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const client = await raw(world, t)
    client.socket.write(`CONNECT news.example:${port} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${juns}\r\n\r\n`)
    await until(() => client.text().endsWith('\r\n\r\n'))
    client.socket.end(clientHello())
    await until(client.isClosed)
    assert.match(client.text(), /the answer$/)
    await until(() => world.gateway.status().open === 0)
  })

  it('a tunnel whose reader stops does not fill the memory', async t => {
    let sent = 0
    const chunk = Buffer.alloc(65_536)
    const server = createServer(socket => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        const more = (): void => {
          while (sent < 4000 * chunk.length) {
            sent += chunk.length
            if (!socket.write(chunk)) {
              socket.once('drain', more)
              return
            }
          }
        }
        more()
      })
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close())
    const { port } = server.address() as AddressInfo
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    const tunnel = await world.tunnel(`news.example:${port}`, { as: 'jun' })
    tunnel.socket.pause()
    tunnel.socket.write(clientHello())
    let last = -1
    while (sent !== last || sent === 0) {
      last = sent
      await new Promise(done => setTimeout(done, 100))
    }
    assert.ok(sent < 60_000_000, `the site had sent ${sent} bytes to a reader that reads nothing`)
    tunnel.socket.destroy()
    await until(() => world.gateway.status().open === 0)
  })

  it('TLS on the port of the proxy, and clients that vanish at any moment, leave nothing behind', async t => {
    const world = await createWorld(t, { names: {} })
    assert.match(await sendRaw(world.gateway.port, clientHello()), /^HTTP\/1\.1 400 /)
    const whole = `CONNECT news.example:443 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${juns}\r\n\r\n`
    for (let length = 1; length < whole.length; length += 7) {
      const client = await raw(world, t)
      client.socket.write(whole.slice(0, length))
      client.socket.resetAndDestroy()
    }
    await until(() => world.gateway.status().connections === 0)
    assert.deepEqual(
      world.said.filter(line => line.startsWith('A request failed')),
      [],
    )
  })
})

describe('What goes into the log', () => {
  it('no line of it can be made to look like two, whatever is asked for', async t => {
    const world = await createWorld(t, { names: {} })
    const targets = [
      'http://bets.example/%0A%0d%00{"v":1}',
      'http://bets.example/\u00a0\u0085',
      'http://bets.example/\u0001\u001b[31m',
      'http://bets.example/a\u0009b',
    ]
    for (const target of targets) {
      const bytes = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${juns}\r\n\r\n`, 'latin1')
      await sendRaw(world.gateway.port, bytes)
    }
    await world.get('http://bets.example/last', { as: 'jun', headers: { Referer: 'http://a.example/\u0085' } })
    await world.logged(1, event => event.path === '/last')
    for (const event of world.server.events) {
      for (const value of Object.values(event)) assert.ok(!/[\u0000-\u001f\u007f-\u009f\u2028]/.test(String(value)))
    }
  })
})

describe('IPv6', () => {
  it('is listened on and led to, for pages and tunnels', async t => {
    const site = createHttpServer((request, response) => response.end(request.headers.host))
    const echo = createServer(socket => socket.on('error', () => undefined).pipe(socket))
    for (const server of [site, echo]) await new Promise<void>(done => server.listen(0, '::1', done))
    t.after(() => {
      site.closeAllConnections()
      site.close()
      echo.close()
    })
    const [port, tunnelPort] = [site, echo].map(server => (server.address() as AddressInfo).port)
    const world = await createWorld(t, {
      host: '::',
      names: { 'six.example': ['::1'] },
      allowPrivate: [`six.example:${port}`, `[::1]:${port}`, `six.example:${tunnelPort}`, `[::1]:${tunnelPort}`],
    })
    for (const proxyHost of ['::1', '127.0.0.1']) {
      const page = await world.get(`http://six.example:${port}/`, { as: 'jun', proxyHost })
      assert.equal(page.body, `six.example:${port}`)
      const literal = await world.get(`http://[0:0::1]:${port}/`, { as: 'jun', proxyHost })
      assert.equal(literal.body, `[::1]:${port}`)
      for (const authority of [`six.example:${tunnelPort}`, `[::1]:${tunnelPort}`]) {
        const tunnel = await world.tunnel(authority, { as: 'jun', proxyHost })
        assert.equal(tunnel.status, 200, authority)
        const hello = clientHello({ name: authority.startsWith('[') ? null : 'six.example' })
        tunnel.socket.end(hello)
        const parts: Buffer[] = []
        for await (const part of tunnel.socket) parts.push(part)
        assert.deepEqual(Buffer.concat(parts), hello)
      }
    }
    const addresses = new Set((await world.logged(8)).map(({ address }) => address))
    assert.deepEqual([...addresses].sort(), ['127.0.0.1', '::1'])
  })
})

describe('A browser that keeps its connection', () => {
  it('gets each answer to its own question, in order, allowed and blocked alike', async t => {
    const port = await webSite(t, (request, response) => response.end(request.url))
    const world = await createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`] })
    await world.get(`http://news.example:${port}/`, { as: 'jun' })
    const client = await raw(world, t)
    const get = (url: string, last = ''): string =>
      `GET ${url} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${juns}\r\n${last}\r\n`
    client.socket.write(
      get(`http://news.example:${port}/1`) +
        get('http://bets.example/2') +
        get(`http://news.example:${port}/3`, 'Connection: close\r\n'),
    )
    await until(client.isClosed)
    const statuses = [...client.text().matchAll(/HTTP\/1\.1 (\d+)/g)].map(match => match[1])
    assert.deepEqual(statuses, ['200', '403', '200'])
    assert.ok(client.text().indexOf('/1') < client.text().indexOf('/3'))
  })
})
