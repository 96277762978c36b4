/** The other side of the bench, in a thread of its own: a web site, and browsers that ask for it through a proxy. */
import { connect, createServer, type AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'

export interface LoadOrder {
  readonly proxyPort: number
  /** Whole request, to be sent again and again. */
  readonly request: string
  readonly connections: number
  readonly durationMs: number
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers other than 200. */
  readonly failures: number
}

const body = 'x'.repeat(1024)
const answer = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const end = '\r\n\r\n'

/** Answers each request (none has a body) with the same kilobyte. */
const site = createServer({ noDelay: true }, socket => {
  let rest = ''
  socket.on('error', () => undefined)
  socket.on('data', part => {
    const parts = (rest + part.toString('latin1')).split(end)
    rest = parts.pop() ?? ''
    if (parts.length > 0) socket.write(answer.repeat(parts.length))
  })
})

function load({ proxyPort, request, connections, durationMs }: LoadOrder): Promise<LoadResult> {
  const times: number[] = []
  let failures = 0
  const startedAt = performance.now()
  const browse = (): Promise<void> =>
    new Promise((done, failed) => {
      const socket = connect({ port: proxyPort, host: '127.0.0.1', noDelay: true })
      let got = ''
      let askedAt = 0
      const ask = (): void => {
        askedAt = performance.now()
        socket.write(request)
      }
      socket.once('connect', ask)
      socket.once('error', failed)
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
        else {
          socket.destroy()
          done()
        }
      })
    })
  return Promise.all(Array.from({ length: connections }, browse)).then(() => {
    const seconds = (performance.now() - startedAt) / 1000
    times.sort((one, other) => one - other)
    const at = (share: number): number =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
    return { requestsPerSecond: times.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), failures }
  })
}

site.listen(0, '127.0.0.1', () => parentPort?.postMessage((site.address() as AddressInfo).port))
parentPort?.on('message', (order: LoadOrder) => {
  load(order).then(
    result => parentPort?.postMessage(result),
    () => parentPort?.postMessage({ requestsPerSecond: 0, p50Ms: Number.NaN, p99Ms: Number.NaN, failures: 1 }),
  )
})
