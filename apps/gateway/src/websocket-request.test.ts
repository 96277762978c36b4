import assert from 'node:assert/strict'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { basic, type Cleanup, createWorld, listenOn, passwordOf, sendRaw, until, type World } from './gateway-world.ts'

interface ChatSite {
  readonly port: number
  readonly asked: IncomingMessage[]
  readonly sockets: Socket[]
}

/** Takes WebSockets, except at /full, and sends back every byte. */
async function chatSite(t: Cleanup): Promise<ChatSite> {
  const asked: IncomingMessage[] = []
  const sockets: Socket[] = []
  const server = createServer((request, response) => response.end(`a page of ${request.url}`))
  server.on('upgrade', (request, socket: Socket, head) => {
    asked.push(request)
    sockets.push(socket)
    socket.on('error', () => undefined)
    if (request.url === '/full') {
      socket.end('HTTP/1.1 503 Full\r\nContent-Length: 4\r\nProxy-Status: Gatehouse; error=fake\r\n\r\nfull')
      return
    }
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Site: yes\r\n\r\nhi ',
    )
    if (head.length > 0) socket.write(head)
    socket.pipe(socket)
  })
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  return { port: await listenOn(server, t), asked, sockets }
}

const upgrade = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** Asks for a WebSocket as a browser that speaks to a proxy; gives the answer, and the socket if it became one. */
function webSocket(world: World, url: string, headers: Readonly<Record<string, string>> = upgrade) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; socket?: Socket; text: () => string }>(
    (done, failed) => {
      let text = ''
      const asked = httpRequest({
        host: '127.0.0.1',
        port: world.gateway.port,
        agent: false,
        path: url,
        headers: { ...headers, 'Proxy-Authorization': basic('jun', passwordOf('jun')) },
      })
      asked.once('error', failed)
      asked.once('upgrade', (answer, socket, head) => {
        text += head
        socket.on('error', () => undefined)
        socket.on('data', part => {
          text += part
        })
        done({ status: 101, headers: answer.headers, socket: socket as Socket, text: () => text })
      })
      asked.once('response', answer => {
        answer.on('data', part => {
          text += part
        })
        answer.once('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text: () => text }))
      })
      asked.end()
    },
  )
}

const chatWorld = (t: Cleanup, port: number) =>
  createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`, `bets.example:${port}`] })

describe('WebSockets over plain HTTP', () => {
  it('an allowed one is joined, counted as open, and on record as what it is', async t => {
    const site = await chatSite(t)
    const world = await chatWorld(t, site.port)
    const chat = await webSocket(world, `http://news.example:${site.port}/chat?room=secret`)
    assert.equal(chat.status, 101)
    assert.equal(chat.headers['x-site'], 'yes')
    assert.equal(chat.headers['proxy-status'], 'Gatehouse; received-status=101')
    chat.socket?.write('hello')
    await until(() => chat.text() === 'hi hello')
    const [seen] = site.asked
    assert.equal(seen?.url, '/chat?room=secret')
    assert.equal(seen?.headers.host, `news.example:${site.port}`)
    assert.equal(seen?.headers['sec-websocket-key'], upgrade['Sec-WebSocket-Key'])
    assert.equal(seen?.headers['proxy-authorization'], undefined)
    assert.equal(world.gateway.status().open, 1)
    chat.socket?.end()
    await until(() => world.gateway.status().open === 0)
    const [event] = await world.logged(1)
    assert.deepEqual(
      [event?.kind, event?.host, event?.path, event?.verdict],
      ['websocket', 'news.example', '/chat', 'allow'],
    )
  })

  it('a blocked one is refused with the page, and nothing reaches the site', async t => {
    const site = await chatSite(t)
    const world = await chatWorld(t, site.port)
    const chat = await webSocket(world, `http://bets.example:${site.port}/`)
    assert.equal(chat.status, 403)
    assert.equal(chat.headers['proxy-status'], 'Gatehouse; error=http_request_denied; details="block:gambling"')
    assert.equal(site.asked.length, 0)
  })

  it('an open one is cut by a new rule', async t => {
    const site = await chatSite(t)
    const world = await chatWorld(t, site.port)
    const chat = await webSocket(world, `http://news.example:${site.port}/chat`)
    let isCut = false
    chat.socket?.once('close', () => {
      isCut = true
    })
    const rule = {
      id: 'shut',
      action: 'block',
      host: 'news.example',
      path: '/chat',
      groups: 'all',
      reason: 'x',
    } as const
    await world.publish(world.withRules([rule]))
    await until(() => isCut && site.sockets.every(socket => socket.destroyed))
    const [cut] = await world.logged(1, event => event.kind === 'cut')
    assert.deepEqual([cut?.rule, cut?.path], ['host:shut', '/chat'])
  })

  it('inside a tunnel, as browsers ask for it, it is decided and cut in the same way', async t => {
    const site = await chatSite(t)
    const world = await chatWorld(t, site.port)
    const { socket } = await world.tunnel(`news.example:${site.port}`, { as: 'jun' })
    let text = ''
    let isCut = false
    socket.on('data', part => {
      text += part
    })
    socket.once('close', () => {
      isCut = true
    })
    const fields = Object.entries(upgrade).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`GET /chat HTTP/1.1\r\nHost: news.example:${site.port}\r\n${fields.join('')}\r\nfirst`)
    await until(() => text.endsWith('hi first'))
    assert.match(text, /^HTTP\/1\.1 101 /)
    await world.publish(
      world.withRules([{ id: 'shut', action: 'block', host: 'news.example', groups: 'all', reason: 'x' }]),
    )
    await until(() => isCut)
    const kinds = (await world.logged(3)).map(({ kind, verdict }) => `${kind} ${verdict}`)
    assert.deepEqual(kinds, ['connect allow', 'websocket allow', 'cut block'])
  })

  it('a site that would rather not is heard, and cannot pass for the filter', async t => {
    const site = await chatSite(t)
    const world = await chatWorld(t, site.port)
    const chat = await webSocket(world, `http://news.example:${site.port}/full`)
    assert.deepEqual([chat.status, chat.text()], [503, 'full'])
    assert.equal(chat.headers['proxy-status'], 'Gatehouse; received-status=503')
    const gone = await webSocket(world, 'http://news.example/')
    assert.equal(gone.headers['proxy-status'], 'Gatehouse; error=destination_ip_prohibited')
  })

  it('a request to become anything else is served as the page that it is', async t => {
    const site = await chatSite(t)
    const world = await chatWorld(t, site.port)
    for (const headers of [
      { Connection: 'Upgrade', Upgrade: 'h2c' },
      { Connection: 'Upgrade', Upgrade: 'websocket, h2c' },
    ]) {
      const page = await webSocket(world, `http://news.example:${site.port}/x`, headers)
      assert.deepEqual([page.status, page.text()], [200, 'a page of /x'])
    }
    const asked = await sendRaw(
      world.gateway.port,
      'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nHost: x\r\n\r\n',
    )
    assert.match(asked, /^HTTP\/1\.1 400 /, 'the gateway itself has none')
  })
})
