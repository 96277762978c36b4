import { createHmac, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The filter's own check page, on loopback unless gateways on other machines must reach it. It answers every name under gatehouse.invalid, so a canary that is not blocked shows itself. */
export interface TestSite {
  readonly address: string
  readonly port: number
  /** A path that nobody could have asked for before, and the answer that only this process can give to it. */
  challenge(): { readonly path: string; readonly answer: string }
  close(): Promise<void>
}

/** @param at where it listens; a port of this machine's own loopback if absent */
export async function startTestSite(at: { readonly address: string; readonly port: number } | null): Promise<TestSite> {
  const { address, port: wanted } = at ?? { address: '127.0.0.1', port: 0 }
  const secret = randomBytes(32)
  const answerTo = (nonce: string): string => createHmac('sha256', secret).update(nonce).digest('hex')
  const server = createServer((request, response) => {
    const nonce = /^\/check\/([0-9a-f]{32})$/.exec(request.url ?? '')?.[1]
    response.writeHead(nonce ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    response.end(
      nonce
        ? answerTo(nonce)
        : 'This is the check page of the web filter. If you can read this, this address is not blocked.\n',
    )
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(wanted, address, listening)
  })
  // It outlives nothing: the server that made it holds it.
  const { port } = server.address() as AddressInfo
  return {
    address,
    port,
    challenge: () => {
      const nonce = randomBytes(16).toString('hex')
      return { path: `/check/${nonce}`, answer: answerTo(nonce) }
    },
    close: () =>
      new Promise(done => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}
