/** HTTP itself: what is passed on, what is not, and what garbage gets. */
import assert from 'node:assert/strict'
import { request as httpRequest, Agent } from 'node:http'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { basic, createWorld, passwordOf, sendRaw, until, webSite, type World } from './gateway-world.ts'

const openWorld = (t: Parameters<typeof createWorld>[0], port: number, more = {}): Promise<World> =>
  createWorld(t, { names: { '*': ['127.0.0.1'] }, allowPrivate: [`news.example:${port}`], ...more })
const sams = basic('sam', passwordOf('sam'))

describe('What is passed on', () => {
  it('credentials, hop-by-hop fields and whatever tells who asks end at the proxy', async t => {
    let seen: readonly string[] = []
    const port = await webSite(t, (request, response) => {
      seen = request.rawHeaders
      response
        .writeHead(200, { Connection: 'close, X-Hop', 'X-Hop': '1', 'Keep-Alive': 'timeout=9', 'X-Stays': 'yes' })
        .end('ok')
    })
    const world = await openWorld(t, port)
    const page = await world.get(`http://news.example:${port}/`, {
      headers: {
        Connection: 'keep-alive, X-Secret-Hop, Content-Length',
        'X-Secret-Hop': '1',
        'Proxy-Connection': 'keep-alive',
        'Keep-Alive': 'timeout=5',
        TE: 'trailers',
        Upgrade: 'websocket',
        'X-Forwarded-For': '10.1.2.3',
        Forwarded: 'for=10.1.2.3',
        Host: 'bets.example',
        'X-Stays': 'yes',
      },
    })
    assert.equal(page.status, 200)
    const fields = new Map(
      seen.map((name, index) => [name.toLowerCase(), seen[index + 1]]).filter((_, index) => index % 2 === 0) as [
        string,
        string,
      ][],
    )
    assert.deepEqual(Object.fromEntries(fields), {
      host: `news.example:${port}`,
      'x-stays': 'yes',
      via: '1.1 gatehouse',
      connection: 'keep-alive',
    })
    assert.equal(page.headers['x-hop'], undefined)
    assert.equal(page.headers['x-stays'], 'yes')
  })

  it('bodies go both ways whole, with a length or in chunks, with any method', async t => {
    const port = await webSite(t, (request, response) => {
      response.setHeader('X-Method', request.method ?? '')
      request.pipe(response)
    })
    const world = await openWorld(t, port)
    const body = Buffer.alloc(3_000_000, 'a school day ')
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      for (const headers of [{ 'Content-Length': String(body.length) }, { 'Transfer-Encoding': 'chunked' }]) {
        const page = await world.get(`http://news.example:${port}/`, { method, headers, body })
        assert.equal(page.headers['x-method'], method)
        assert.ok(page.body === body.toString(), `${method} ${JSON.stringify(headers)}`)
      }
    }
    assert.equal(
      (await world.get(`http://news.example:${port}/`, { method: 'POST', headers: { 'Content-Length': '0' } })).status,
      200,
    )
    assert.equal((await world.get(`http://news.example:${port}/`, { method: 'HEAD' })).status, 200)
  })

  it('one connection serves many requests, of the browser and to the site', async t => {
    const sockets = new Set<unknown>()
    const port = await webSite(t, (request, response) => {
      sockets.add(request.socket)
      response.end('ok')
    })
    const world = await openWorld(t, port)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    for (let count = 0; count < 20; count++) {
      const body = await new Promise<string>((done, failed) => {
        httpRequest(
          {
            host: '127.0.0.1',
            port: world.gateway.port,
            agent,
            path: `http://news.example:${port}/`,
            headers: { 'Proxy-Authorization': sams },
          },
          response => {
            let text = ''
            response.on('data', part => {
              text += part
            })
            response.once('end', () => done(text))
          },
        )
          .once('error', failed)
          .end()
      })
      assert.equal(body, 'ok')
    }
    assert.equal(sockets.size, 1)
    assert.equal(world.gateway.status().connections, 1)
  })

  it('a kept connection that the site has closed is replaced without the person noticing', async t => {
    const port = await webSite(t, (request, response) => {
      response.end('ok')
      // Closes without a word after each answer.
      response.once('finish', () => setTimeout(() => request.socket.destroy(), 5))
    })
    const world = await openWorld(t, port)
    for (let count = 0; count < 30; count++) {
      assert.equal((await world.get(`http://news.example:${port}/`)).status, 200)
      await new Promise(done => setTimeout(done, count % 10))
    }
  })

  it('a browser that goes away takes its request to the site with it', async t => {
    let isAborted = false
    const port = await webSite(t, (_, response) => {
      response.write('slow')
      response.once('close', () => {
        isAborted = true
      })
    })
    const world = await openWorld(t, port)
    const asked = httpRequest({
      host: '127.0.0.1',
      port: world.gateway.port,
      agent: false,
      path: `http://news.example:${port}/`,
      headers: { 'Proxy-Authorization': sams },
    })
    asked.on('error', () => undefined)
    asked.once('response', () => asked.destroy())
    asked.end()
    await until(() => isAborted)
    await until(() => world.gateway.status().open === 0)
  })

  it('a site that sends faster than its reader does not fill the memory', async t => {
    let sent = 0
    const chunk = Buffer.alloc(65_536)
    const port = await webSite(t, (_, response) => {
      const more = (): void => {
        while (sent < 4000 * chunk.length) {
          sent += chunk.length
          if (!response.write(chunk)) {
            response.once('drain', more)
            return
          }
        }
        response.end()
      }
      more()
    })
    const world = await openWorld(t, port)
    const asked = httpRequest({
      host: '127.0.0.1',
      port: world.gateway.port,
      agent: false,
      path: `http://news.example:${port}/`,
      headers: { 'Proxy-Authorization': sams },
    })
    asked.on('error', () => undefined)
    await new Promise(done => asked.once('response', done).end())
    let last = -1
    while (sent !== last) {
      last = sent
      await new Promise(done => setTimeout(done, 100))
    }
    assert.ok(sent < 60_000_000, `the site had sent ${sent} bytes to a reader that reads nothing`)
    asked.destroy()
  })

  it('three hundred people at once are all served', async t => {
    const port = await webSite(t, (request, response) => void setTimeout(() => response.end(request.url), 50))
    const world = await openWorld(t, port)
    const pages = await Promise.all(
      Array.from({ length: 300 }, (_, count) =>
        world.get(`http://news.example:${port}/${count}`, { as: count % 2 ? 'jun' : 'sam' }),
      ),
    )
    assert.deepEqual(
      pages.map(page => page.body),
      pages.map((_, count) => `/${count}`),
    )
    assert.equal((await world.logged(300)).length, 300)
  })
})

describe('When a site fails', () => {
  it('each fault has its own word, so that an outage is not taken for a block', async t => {
    const garbage = createServer(socket => {
      socket.on('error', () => undefined)
      socket.end('this is not HTTP\r\n\r\n')
    })
    await new Promise<void>(done => garbage.listen(0, '127.0.0.1', done))
    t.after(() => void garbage.close())
    const slams = createServer(socket => socket.once('data', () => socket.destroy()).on('error', () => undefined))
    await new Promise<void>(done => slams.listen(0, '127.0.0.1', done))
    t.after(() => void slams.close())
    const silent = await webSite(t, () => undefined)
    const port = (server: typeof slams): number => (server.address() as { port: number }).port
    const places = [
      [`garbage.example:${port(garbage)}`, 502, 'http_protocol_error'],
      [`slams.example:${port(slams)}`, 502, 'connection_terminated'],
      [`silent.example:${silent}`, 504, 'connection_read_timeout'],
      ['closed.example:1', 502, 'connection_refused'],
    ] as const
    const world = await createWorld(t, {
      names: { '*': ['127.0.0.1'] },
      allowPrivate: places.map(([place]) => place),
      limits: { readMs: 200 },
    })
    for (const [place, status, error] of places) {
      const page = await world.get(`http://${place}/?secret`)
      assert.deepEqual([page.status, page.headers['proxy-status']], [status, `Gatehouse; error=${error}`], place)
      assert.ok(!page.body.includes('example') && !page.body.includes('secret') && !page.body.includes('sam'))
    }
    const refused = await world.tunnel('closed.example:1')
    assert.deepEqual([refused.status, refused.headers['proxy-status']], [502, 'Gatehouse; error=connection_refused'])
  })

  it('a page that breaks off in the middle does not look like a whole one', async t => {
    const port = await webSite(t, (request, response) => {
      response.write('half a page')
      setTimeout(() => request.socket.destroy(), 20)
    })
    const world = await openWorld(t, port)
    await assert.rejects(world.get(`http://news.example:${port}/`))
  })
})

describe('Garbage', () => {
  it('requests that two readers could read differently are refused', async t => {
    let reached = 0
    const port = await webSite(t, (_, response) => {
      reached += 1
      response.end('ok')
    })
    const world = await openWorld(t, port)
    const line = `http://news.example:${port}/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${sams}\r\n`
    const bad = [
      `POST ${line}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `POST ${line}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
      `POST ${line}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`,
      `POST ${line}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      `POST ${line}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      `POST ${line}Content-Length: +4\r\n\r\nabcd`,
      `GET ${line}Bad Name: x\r\n\r\n`,
      `GET ${line} folded: x\r\n\r\n`,
      `GET ${line}X: a\u0000b\r\n\r\n`,
      `GET ${line}X: ${'a'.repeat(40_000)}\r\n\r\n`,
      `GET http://news.example:${port}/a b HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${sams}\r\n\r\n`,
      `GET https://news.example:${port}/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${sams}\r\n\r\n`,
      `GET ftp://news.example/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${sams}\r\n\r\n`,
      `TRACE ${line}\r\n`,
      `CONNECT news.example HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${sams}\r\n\r\n`,
      `CONNECT a@news.example:${port} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${sams}\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
    ]
    // A client that has said all it has to say and closes its side is answered only if its password is known already.
    await world.get(`http://news.example:${port}/`)
    reached = 0
    for (const request of bad) {
      const answer = await sendRaw(world.gateway.port, request)
      assert.match(answer, /^HTTP\/1\.1 4\d\d /, request.split('Proxy-Authorization').join().slice(0, 300))
      assert.match(answer, /\r\nProxy-Status: Gatehouse; error=http_request_(error|denied)/, request.slice(0, 300))
    }
    assert.equal(reached, 0)
    assert.equal((await world.get(`http://news.example:${port}/`)).status, 200)
  })

  it('a tunnel asked for behind an unanswered request is not written into its answer', async t => {
    const port = await webSite(t, (_, response) => void setTimeout(() => response.end('ok'), 50))
    const world = await openWorld(t, port)
    await world.get(`http://news.example:${port}/`)
    const get = `GET http://news.example:${port}/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${sams}\r\n\r\n`
    const answer = await sendRaw(
      world.gateway.port,
      `${get}CONNECT bets.example:443 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${sams}\r\n\r\n`,
    )
    assert.equal(answer, '')
  })

  it('any bytes at all leave the gateway filtering', async t => {
    const world = await openWorld(t, 1)
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
        fc
          .constantFrom(
            'GET ',
            'CONNECT ',
            'POST ',
            'http://',
            'bets.example',
            ':443',
            ' HTTP/1.1\r\n',
            '\r\n',
            '\r\n\r\n',
            'Host: ',
            `Proxy-Authorization: ${sams}\r\n`,
            'Transfer-Encoding: chunked\r\n',
            'Content-Length: 5\r\n',
            '0\r\n\r\n',
            '\u0000',
            '%',
            '[::1]',
            '@',
          )
          .map(text => Buffer.from(text, 'latin1')),
      ),
      { maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(pieces, async parts => {
        const answer = await sendRaw(world.gateway.port, Buffer.concat(parts))
        assert.ok(answer === '' || answer.startsWith('HTTP/1.1 '), answer.slice(0, 100))
      }),
      { numRuns: 300 },
    )
    assert.equal((await world.get('http://bets.example/')).status, 403)
    assert.deepEqual(
      world.said.filter(line => line.startsWith('A request failed')),
      [],
    )
  })

  it('what is no Basic credential is nobody', async t => {
    const world = await createWorld(t)
    for (const value of [
      '',
      'Basic',
      'Basic !!!',
      'Basic Og==',
      `Bearer ${sams}`,
      'Digest x',
      `Basic ${'A'.repeat(3000)}`,
      'Basic c2FtCjp4',
    ]) {
      assert.equal(
        (await world.get('http://news.example/', { as: null, headers: { 'Proxy-Authorization': value } })).status,
        407,
        value,
      )
    }
  })
})
