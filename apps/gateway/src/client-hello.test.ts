import assert from 'node:assert/strict'
import { connect as tlsConnect } from 'node:tls'
import { createServer, type AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { maxHelloBytes, readFirstBytes } from './client-hello.ts'
import { clientHello, extension, helloBody, inRecords, serverNameOf } from './client-hello-fixture.ts'

const helloOf = (bytes: Buffer) => {
  const found = readFirstBytes(bytes)
  assert.equal(found.kind, 'hello', JSON.stringify(found))
  return found.kind === 'hello' ? found.hello : undefined
}
const why = (bytes: Buffer): string => {
  const found = readFirstBytes(bytes)
  return found.kind === 'other' ? found.why : found.kind
}

describe('What a tunnel begins with', () => {
  it('a real TLS client names the host that it wants', async t => {
    const bytes = await new Promise<Buffer>((done, failed) => {
      const server = createServer(socket =>
        socket.once('data', part => {
          done(part)
          socket.destroy()
        }),
      )
      t.after(() => void server.close())
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo
        tlsConnect({ port, host: '127.0.0.1', servername: 'News.Example' }).on('error', () => undefined)
      })
      server.once('error', failed)
    })
    assert.deepEqual(helloOf(bytes), { serverName: 'news.example', hasEncrypted: false })
  })

  it('the name is found however the hello is cut into records and packets, and nothing is told before it is whole', () => {
    for (const recordBytes of [1, 2, 3, 4, 5, 40, 16_384]) {
      const bytes = clientHello({ name: 'bets.example', recordBytes })
      assert.equal(helloOf(bytes)?.serverName, 'bets.example')
      for (let length = 0; length < bytes.length; length++) {
        assert.deepEqual(readFirstBytes(bytes.subarray(0, length)), { kind: 'more' }, `${recordBytes}: ${length}`)
      }
    }
  })

  it('bytes behind the hello change nothing', () => {
    const bytes = Buffer.concat([clientHello({}), Buffer.from([20, 3, 3, 0, 1, 1]), Buffer.alloc(50_000)])
    assert.equal(helloOf(bytes)?.serverName, 'news.example')
  })

  it('no name, an encrypted hello, and no extensions at all are told apart', () => {
    assert.deepEqual(helloOf(clientHello({ name: null })), { serverName: null, hasEncrypted: false })
    assert.deepEqual(helloOf(clientHello({ extensions: [extension(0xfe0d, Buffer.alloc(200))] })), {
      serverName: 'news.example',
      hasEncrypted: true,
    })
    const withExtensions = helloBody({ name: null })
    assert.deepEqual(helloOf(inRecords(withExtensions.subarray(0, withExtensions.length - 2))), {
      serverName: null,
      hasEncrypted: false,
    })
  })

  it('a hello that two servers could read differently is broken', () => {
    const second = serverNameOf('bets.example')
    const body = helloBody()
    for (const [about, bytes] of [
      ['two names', clientHello({ extensions: [second] })],
      [
        'one extension twice',
        clientHello({ extensions: [extension(16, Buffer.alloc(2)), extension(16, Buffer.alloc(2))] }),
      ],
      ['bytes after the extensions', inRecords(Buffer.concat([body, Buffer.from([0])]))],
      ['extensions cut short', inRecords(body.subarray(0, body.length - 1))],
      ['a name with a NUL in it', clientHello({ name: 'news.example\u0000.bets.example' })],
      ['a name with an end of line', clientHello({ name: 'news.example\r\nX: y' })],
      ['an empty name', clientHello({ name: '' })],
      ['a name that is no host', clientHello({ name: '999.999.1.1' })],
      ['an empty list of names', clientHello({ name: null, extensions: [extension(0, Buffer.from([0, 0]))] })],
      ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
      ['an endless record', Buffer.from([22, 3, 1, 0xff, 0xff])],
      ['another message first', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ] as const) {
      assert.equal(why(bytes), 'broken-hello', about)
    }
    const split = clientHello({ recordBytes: 10 })
    split[15] = 23
    assert.equal(why(split), 'broken-hello', 'another record in the middle')
  })

  it('one that never ends is given up', () => {
    assert.equal(why(Buffer.concat([Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])])), 'long-hello')
    const dribble = Buffer.concat(Array.from({ length: 6000 }, () => Buffer.from([22, 3, 1, 0, 1, 1])))
    // Says that it is 0x010101 bytes long.
    assert.equal(why(dribble), 'long-hello')
    const patient = Buffer.concat([Buffer.from([22, 3, 1, 0x40, 0, 1, 0, 0x80, 0]), Buffer.alloc(maxHelloBytes)])
    assert.notEqual(why(patient), 'hello')
  })

  it('HTTP is told from TLS, and both from everything else', () => {
    assert.equal(why(Buffer.from('GET / HTTP/1.1\r\n')), 'http')
    for (const bytes of [
      Buffer.from('get /'),
      Buffer.from([0x80, 0x2e, 1]),
      Buffer.from([23, 3, 3]),
      Buffer.from([22, 2, 0, 0, 1]),
    ])
      assert.equal(why(bytes), 'not-tls')
  })

  it('any bytes get an answer, and the same when a whole hello was changed in one place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        readFirstBytes(Buffer.from(bytes))
        readFirstBytes(Buffer.concat([Buffer.from([22, 3, 1]), Buffer.from(bytes)]))
      }),
    )
    const good = clientHello({ extensions: [extension(0xfe0d, Buffer.alloc(20))], recordBytes: 60 })
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(good)
        changed[at] = value
        const found = readFirstBytes(changed)
        if (found.kind === 'hello') assert.match(found.hello.serverName ?? 'x', /^[a-z0-9._-]+$/)
      }),
      { numRuns: 3000 },
    )
  })
})
