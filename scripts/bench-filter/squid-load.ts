/** The ends of the Squid bench, in a thread of their own: a web site with tiny pages, and browsers that ask for them. */
import { type AddressInfo, connect, createServer } from 'node:net'
import { parentPort } from 'node:worker_threads'

export interface LoadOrder {
  readonly proxyPort: number
  readonly connections: number
  readonly durationMs: number
  /** Different addresses to ask for, over and over. */
  readonly addresses: readonly string[]
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  /** Answers other than 200. */
  readonly failures: number
}

const answer = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nquiet'.slice(0, -1)
const end = '\r\n\r\n'

const site = createServer({ noDelay: true }, socket => {
  let rest = ''
  socket.on('error', () => undefined)
  socket.on('data', part => {
    const parts = (rest + part.toString('latin1')).split(end)
    rest = parts.pop() ?? ''
    if (parts.length > 0) socket.write(answer.repeat(parts.length))
  })
})

function load({ proxyPort, connections, durationMs, addresses }: LoadOrder): Promise<LoadResult> {
  const times: number[] = []
  let failures = 0
  let asked = 0
  const startedAt = performance.now()
  const browse = (): Promise<void> =>
    new Promise((done, failed) => {
      const socket = connect({ port: proxyPort, host: '127.0.0.1', noDelay: true })
      let got = ''
      let askedAt = 0
      const ask = (): void => {
        const address = addresses[asked++ % addresses.length] ?? ''
        askedAt = performance.now()
        socket.write(`GET ${address} HTTP/1.1\r\nHost: ${new URL(address).host}\r\n\r\n`)
      }
      socket.once('connect', ask)
      socket.once('error', failed)
      socket.once('close', () => done())
      socket.on('data', part => {
        got += part.toString('latin1')
        const at = got.indexOf(end)
        if (at < 0) return
        const length = Number(/content-length: (\d+)/i.exec(got)?.[1] ?? 0)
        if (got.length < at + end.length + length) return
        if (!got.startsWith('HTTP/1.1 200')) failures += 1
        got = ''
        const now = performance.now()
        times.push(now - askedAt)
        if (now - startedAt < durationMs) ask()
        else socket.destroy()
      })
    })
  return Promise.all(Array.from({ length: connections }, browse)).then(() => {
    const seconds = (performance.now() - startedAt) / 1000
    times.sort((one, other) => one - other)
    return { requestsPerSecond: times.length / seconds, p50Ms: times[times.length >> 1] ?? Number.NaN, failures }
  })
}

site.listen(0, '127.0.0.1', () => parentPort?.postMessage((site.address() as AddressInfo).port))
parentPort?.on('message', (order: LoadOrder) => {
  load(order).then(
    result => parentPort?.postMessage(result),
    () => parentPort?.postMessage({ requestsPerSecond: 0, p50Ms: Number.NaN, failures: 1 }),
  )
})
