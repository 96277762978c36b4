import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gatewayEnvironment, gatewayFlags } from '../../../gateway/src/process-flags.ts'
import type { GatewayKeys } from './gateway-keys.ts'
import type { GatewayVerdict } from './overblock.ts'

/*
 * The gateway runs as a process of its own, so that it goes on filtering when this one is killed. It is started by path and
 * never imported; one that outlived an earlier server is taken over.
 */

export interface GatewayStatus {
  readonly serial: number | null
  readonly stale: boolean
  readonly people: number
  readonly queued: number
  readonly dropped: number
  readonly rejected: number
  readonly pid: number
}

/** Asks for verdicts alone: nothing is visited and nothing logged. See the gateway's `/gatehouse-check`. */
export interface GatewayQuestion {
  readonly school: string
  readonly who: { readonly group: string } | { readonly personId: string }
  readonly place?: string
  /** ISO 8601; now if absent. */
  readonly at?: string
  /** At most 2,000. */
  readonly urls: readonly string[]
  readonly kind?: 'page' | 'connect'
}
export interface GatewayAnswer {
  /** Of the bundle that it decided by. */
  readonly serial: number
  /** In the order of `urls`. */
  readonly verdicts: readonly GatewayVerdict[]
}

export interface GatewayProcess {
  readonly port: number
  /** What the running gateway would decide, by the rules that it really holds; null when it gives no answer. */
  check(question: GatewayQuestion): Promise<GatewayAnswer | null>
  /** null when nothing answers there. */
  status(): Promise<GatewayStatus | null>
  /** Ends the gateway, which ends filtering: nobody gets to the internet through it any more. */
  stop(): Promise<void>
  /** Lets go of it and leaves it running. */
  leave(): void
}

export interface GatewaySettings {
  readonly bundlePath: string
  /** Where the gateway finds this server. */
  readonly serverUrl: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly dataFolder: string
}

const program = join(import.meta.dirname, '../../../gateway/src/main.ts')
const longestWaitMs = 30_000
/** Its log is started afresh beyond this, in bytes; one old one is kept. */
const longestLog = 5 * 1024 * 1024

export async function startGateway(
  settings: GatewaySettings,
  keys: GatewayKeys,
  log: (line: string) => void,
): Promise<GatewayProcess> {
  const folder = join(settings.dataFolder, 'gateway')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const port = settings.port === 0 ? await freePort(settings.host) : settings.port
  const words = [
    '--bundle',
    settings.bundlePath,
    '--server',
    settings.serverUrl,
    '--host',
    settings.host,
    '--port',
    String(port),
    '--key-file',
    keys.file,
    '--spool',
    join(folder, 'spool'),
  ]
  const runningFile = join(folder, 'running.json')
  const wanted = JSON.stringify({
    words,
    flags: gatewayFlags,
    node: process.version,
    allow: process.env.PROXY_ALLOW_PRIVATE ?? '',
  })
  const reachAt = settings.host === '0.0.0.0' || settings.host === '::' ? '127.0.0.1' : settings.host
  let stopped = false
  let pid: number | null = null
  let wake: () => void = () => undefined

  const own = `http://${reachAt.includes(':') ? `[${reachAt}]` : reachAt}:${port}`
  const ask = async <T>(path: string, init: RequestInit, limitMs: number): Promise<T | null> => {
    try {
      const answer = await fetch(`${own}${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${keys.bearer}` },
        signal: AbortSignal.timeout(limitMs),
      })
      // Only a gateway of ours knows the secret, and its answers are of our own making.
      return answer.status === 200 ? ((await answer.json()) as T) : null
    } catch {
      return null
    }
  }
  const status = (): Promise<GatewayStatus | null> => ask<GatewayStatus>('/gatehouse-status', {}, 2_000)
  const check = (question: GatewayQuestion): Promise<GatewayAnswer | null> =>
    ask<GatewayAnswer>(
      '/gatehouse-check',
      { method: 'POST', body: JSON.stringify(question), headers: { 'content-type': 'application/json' } },
      20_000,
    )
  const pause = (ms: number): Promise<void> =>
    new Promise(done => {
      const timer = setTimeout(done, ms)
      wake = () => {
        clearTimeout(timer)
        done()
      }
    })

  /** One that answers to our secret is ours, whoever started it; it stays if it was started as we would start it now. */
  const adopt = async (): Promise<boolean> => {
    const found = await status()
    if (!found) return false
    if (existsSync(runningFile) && readFileSync(runningFile, 'utf8') === wanted) {
      pid = found.pid
      log(`Filtering goes on in the gateway that was running (process ${found.pid})`)
      return true
    }
    log('A gateway of ours is running with other settings; it is started again')
    await end(found.pid)
    return false
  }

  const launch = (): Promise<number | null> => {
    const logFile = join(folder, 'gateway.log')
    if (existsSync(logFile) && statSync(logFile).size > longestLog) renameSync(logFile, `${logFile}.1`)
    const out = openSync(logFile, 'a', 0o600)
    // Files instead of pipes, and a session of its own: nothing of ours that ends can take it along. No secret of ours goes with it.
    const known = [
      'PATH',
      'TZ',
      'LANG',
      'HOME',
      'SystemRoot',
      'PROXY_ALLOW_PRIVATE',
      'PROXY_HTTP_PORTS',
      'PROXY_CONNECT_PORTS',
      'PROXY_FRONTS',
      'PROXY_ADDRESS',
      'NODE_EXTRA_CA_CERTS',
    ]
    const environment = Object.fromEntries(
      known.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    )
    const child = spawn(process.execPath, [...gatewayFlags, program, ...words], {
      detached: true,
      stdio: ['ignore', out, out],
      env: { ...environment, ...gatewayEnvironment },
    })
    closeSync(out)
    child.unref()
    pid = child.pid ?? null
    writeFileSync(runningFile, wanted, { mode: 0o600 })
    return new Promise(done => {
      child.once('exit', code => done(code))
      child.once('error', () => done(1))
    })
  }

  const watchAdopted = async (): Promise<void> => {
    while (!stopped && pid !== null && isAlive(pid)) await pause(1_000)
  }

  const run = async (): Promise<void> => {
    let waitMs = 500
    while (!stopped) {
      const startedAt = performance.now()
      if (await adopt()) await watchAdopted()
      else if (!stopped) {
        const code = await launch()
        if (stopped) return
        if (code === 3)
          log(`THE INTERNET FILTER CANNOT START: port ${port} on ${settings.host} is taken by another program`)
        else
          log(
            `THE INTERNET FILTER STOPPED (${code === null ? 'killed' : `exit status ${code}`}); see ${join(folder, 'gateway.log')}. It is started again`,
          )
      }
      if (stopped) return
      waitMs = performance.now() - startedAt > 60_000 ? 500 : Math.min(longestWaitMs, waitMs * 2)
      await pause(waitMs)
    }
  }

  const running = run()
  for (let tries = 0; tries < 100 && !stopped; tries += 1) {
    if (await status()) break
    await new Promise(done => setTimeout(done, 100))
  }
  return {
    port,
    status,
    check,
    stop: async () => {
      stopped = true
      const found = (await status())?.pid ?? pid
      if (found !== null) await end(found)
      wake()
      await running
    },
    leave: () => {
      stopped = true
      wake()
    },
  }
}

async function end(pid: number): Promise<void> {
  kill(pid, 'SIGTERM')
  for (let tries = 0; tries < 60 && isAlive(pid); tries += 1) await new Promise(done => setTimeout(done, 100))
  if (isAlive(pid)) kill(pid, 'SIGKILL')
}
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A port of this address that nobody has now. */
export async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(0, host, listening)
  })
  const address = server.address()
  await new Promise(done => server.close(done))
  return typeof address === 'object' && address ? address.port : 0
}
