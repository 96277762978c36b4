/** The other side of the bench, in a thread of its own: a web site, and browsers that ask for it through a proxy. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { parentPort } from 'node:worker_threads'

export interface LoadOrder {
  readonly proxyPort: number
  /** Whole request, to be sent again and again; begins a tunnel where it is a CONNECT. */
  readonly request: string
  readonly connections: number
  readonly durationMs: number
  /** Leaves the connections open when it is done, tunnels with their first bytes through. */
  readonly isHeld?: boolean
  /** What goes through a tunnel first, in base64; comes back from the site. */
  readonly first?: string
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers other than 200. */
  readonly failures: number
}

const end = '\r\n\r\n'
const answerOf = (sizeBytes: number): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${sizeBytes}\r\n\r\n${'x'.repeat(sizeBytes)}`
/** A page's size is in its address: `/lesson/32768`. */
const answers = new Map<number, string>()
const answerTo = (head: string): string => {
  const size = Number(/^GET \S*\/(\d+) /.exec(head)?.[1] ?? 1024)
  const found = answers.get(size) ?? answerOf(size)
  answers.set(size, found)
  return found
}

/** Answers each request (none has a body) with a page; sends back what is no HTTP. */
const site = createServer({ noDelay: true }, socket => {
  let rest = ''
  socket.on('error', () => undefined)
  socket.on('data', part => {
    if (part[0] === 22) {
      socket.write(part)
      return
    }
    const parts = (rest + part.toString('latin1')).split(end)
    rest = parts.pop() ?? ''
    for (const head of parts) socket.write(answerTo(head))
  })
})

const held: Socket[] = []

function load({ proxyPort, request, connections, durationMs, isHeld, first }: LoadOrder): Promise<LoadResult> {
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
      const finish = (): void => {
        if (isHeld) held.push(socket)
        else socket.destroy()
        done()
      }
      socket.once('connect', ask)
      socket.once('error', failed)
      socket.on('data', part => {
        got += part.toString('latin1')
        const at = got.indexOf(end)
        if (at < 0) return
        const length = first === undefined ? Number(/content-length: (\d+)/i.exec(got)?.[1] ?? 0) : 0
        if (got.length < at + end.length + length) return
        if (!got.startsWith('HTTP/1.1 200')) failures += 1
        const now = performance.now()
        times.push(now - askedAt)
        got = ''
        if (first !== undefined) {
          socket.removeAllListeners('data')
          socket.once('data', finish)
          socket.write(Buffer.from(first, 'base64'))
        } else if (now - startedAt < durationMs) ask()
        else finish()
      })
    })
  return Promise.all(Array.from({ length: connections }, browse)).then(() => {
    const seconds = (performance.now() - startedAt) / 1000
    times.sort((one, other) => one - other)
    const at = (share: number): number =>
      times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
    return {
      requestsPerSecond: times.length / seconds,
      requests: times.length,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      failures,
    }
  })
}

site.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
  // A TCP server's address is always an AddressInfo.
  parentPort?.postMessage((site.address() as AddressInfo).port),
)
parentPort?.on('message', (order: LoadOrder | 'let-go') => {
  if (order === 'let-go') {
    for (const socket of held.splice(0)) socket.destroy()
    return
  }
  load(order).then(
    result => parentPort?.postMessage(result),
    () =>
      parentPort?.postMessage({
        requestsPerSecond: 0,
        requests: 0,
        p50Ms: Number.NaN,
        p99Ms: Number.NaN,
        failures: 1,
      } satisfies LoadResult),
  )
})
