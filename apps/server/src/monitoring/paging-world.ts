/** For tests: the other end of a webhook or an SMS gateway, on loopback, that does what it is told. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
export type Behaviour = 'ok' | 'refuse' | 'slow' | 'redirect' | 'break' | 'silent' | 'long'

export async function otherEnd() {
  const received: Received[] = []
  const state: { does: Behaviour; says: string; onArrival: () => void } = {
    does: 'ok',
    says: '{"status":"0"}',
    onArrival: () => undefined,
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('error', () => undefined)
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts).toString('utf8'),
      })
      state.onArrival()
      if (state.does === 'ok') response.writeHead(200).end(state.says)
      else if (state.does === 'refuse') response.writeHead(500).end('Amira Child is unknown here')
      else if (state.does === 'redirect') response.writeHead(302, { location: '/elsewhere' }).end()
      else if (state.does === 'break') request.socket.destroy()
      else if (state.does === 'long') response.writeHead(200).end('x'.repeat(1_000_000))
      // A byte now and then would keep a plain idle limit waiting for ever.
      else if (state.does === 'slow') {
        response.writeHead(200)
        const timer = setInterval(() => response.write('.'), 500)
        response.on('close', () => clearInterval(timer))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    received,
    state,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
