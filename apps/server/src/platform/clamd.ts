import { createConnection, type Socket } from 'node:net'

/*
 * A client for the ClamAV daemon's INSTREAM command (clamd(8)): `zINSTREAM\0`, then chunks each led by their length as four
 * bytes big-endian, then a length of zero; the answer is one line ended by NUL, such as `stream: OK`.
 * Only a whole line that says OK is “clean”. Anything else, a cut connection and a “size limit exceeded” too, is an error.
 */

export type ScanResult =
  | { readonly verdict: 'clean' }
  | { readonly verdict: 'infected'; readonly name: string }
  | { readonly verdict: 'failed'; readonly why: string }

/** A scanner at this address: a socket's path, or `host:port`. */
export function clamdScanner(address: string, timeoutMs = 30_000) {
  const connect = (): Socket => {
    const [, host, port] = /^(?:tcp:\/\/)?(\[[^\]]+\]|[^/:]+):(\d+)$/.exec(address) ?? []
    return host && port
      ? createConnection({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) })
      : createConnection({ path: address })
  }
  return {
    scan: (content: Buffer): Promise<ScanResult> =>
      new Promise(resolve => {
        const socket = connect()
        let answer = ''
        let settled = false
        const settle = (result: ScanResult): void => {
          if (settled) return
          settled = true
          clearTimeout(timer)
          socket.destroy()
          resolve(result)
        }
        const timer = setTimeout(
          () => settle({ verdict: 'failed', why: 'the scanner did not answer in time' }),
          timeoutMs,
        )
        socket.on('error', error =>
          settle(verdictOf(answer) ?? { verdict: 'failed', why: `the scanner could not be reached: ${error.message}` }),
        )
        socket.on('data', data => {
          answer += data.toString('utf8')
          const verdict = verdictOf(answer)
          if (verdict) settle(verdict)
        })
        socket.on('close', () =>
          settle({ verdict: 'failed', why: 'the scanner closed the connection without an answer' }),
        )
        socket.on('connect', () => {
          socket.write('zINSTREAM\0')
          for (let from = 0; from < content.length; from += chunkBytes) {
            const chunk = content.subarray(from, from + chunkBytes)
            socket.write(lengthOf(chunk.length))
            socket.write(chunk)
          }
          socket.write(lengthOf(0))
        })
      }),
  }
}
export type Scanner = ReturnType<typeof clamdScanner>

const chunkBytes = 65_536
const lengthOf = (length: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  return bytes
}

/** The verdict of a whole line, or null while it is not whole. */
function verdictOf(answer: string): ScanResult | null {
  const end = answer.search(/[\0\n]/)
  if (end < 0) return null
  const line = answer.slice(0, end).trim()
  if (line === 'stream: OK') return { verdict: 'clean' }
  const found = /^stream: (.+) FOUND$/.exec(line)?.[1]
  if (found) return { verdict: 'infected', name: found.slice(0, 100) }
  return { verdict: 'failed', why: `the scanner answered “${line.slice(0, 100)}”` }
}
