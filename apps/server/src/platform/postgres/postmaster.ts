import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { CannotStart } from './cannot-start.ts'
import type { ClusterPlace } from './cluster-place.ts'
import { type PostgresPrograms, programPath } from './postgres-programs.ts'
import { type ServerAddress, serverSettings } from './server-settings.ts'

/** What a running server writes about itself: https://www.postgresql.org/docs/15/storage-file-layout.html (postmaster.pid). */
interface PidFile {
  readonly pid: number
  readonly port: number
  readonly socketFolder: string
  readonly status: string
}

const pidFilePath = (cluster: string): string => path.join(cluster, 'postmaster.pid')

/** @returns undefined where there is none, or one that is not finished yet. */
function readPidFile(cluster: string): PidFile | undefined {
  try {
    const [pid, , , port, socketFolder = '', , , status = ''] = readFileSync(pidFilePath(cluster), 'utf8').split('\n')
    return Number(pid) > 0 ? { pid: Number(pid), port: Number(port), socketFolder, status: status.trim() } : undefined
  } catch {
    return undefined
  }
}

/** Whether process `pid` is the server of `cluster`, and not another program that was given the number since. */
function servesCluster(pid: number, cluster: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster)
    } catch {
      // A dead one whose parent has not asked for its status yet, or another account's: neither is ours.
      return false
    }
  }
  if (process.platform === 'win32')
    return spawnSync('tasklist', ['/FI', `PID eq ${pid}`, '/NH'], { encoding: 'utf8' }).stdout.includes('postgres')
  return spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).stdout.includes(cluster)
}

export interface RunningServer {
  readonly url: string
  readonly pid: number
  /** e.g. `15.18`. */
  readonly version: string
  /** Folder of the programs it was started from. */
  readonly programsFolder: string
}

const patienceMs = 60_000
const pollMs = 25

/**
 * The server of `place.cluster`: the one that runs, or else a new one. One that is starting, stopping or still clearing up
 * after its postmaster was killed is waited for. Call under a lock: two callers at once would both start one.
 *
 * @throws {CannotStart} when the password is not the cluster's, or the server ends at once; with PostgreSQL's own last words.
 */
export async function ensureServer(
  place: ClusterPlace,
  programs: PostgresPrograms,
  password: string,
): Promise<RunningServer & { readonly started: boolean }> {
  const until = Date.now() + patienceMs
  let started: StartedServer | undefined
  for (;;) {
    const found = readPidFile(place.cluster)
    if (found && servesCluster(found.pid, place.cluster)) {
      const server =
        found.port > 0 && (found.status === 'ready' || !started) ? await connect(found, place, password) : undefined
      if (server) return { ...server, started: started !== undefined }
    } else if (!started || started.ended()) {
      const words = started?.words() ?? ''
      if (started && !/shared memory block .* is still in use|lock file "postmaster.pid" already exists/.test(words)) {
        throw new CannotStart(
          `PostgreSQL ${programs.version} did not start on ${place.cluster}: ${words.trim().split('\n').slice(-3).join(' ') || 'it said nothing'}`,
        )
      }
      if (started) await sleep(200)
      if (found) disown(place.cluster, found.pid)
      started = startServer(place, programs, await serverAddress(place))
    }
    if (Date.now() > until) {
      throw new CannotStart(
        `PostgreSQL did not answer within ${patienceMs / 1000} seconds on ${place.cluster}: read ${path.join(place.folder, 'postgres.log')}`,
      )
    }
    await sleep(pollMs)
  }
}

/**
 * `postmaster.pid` names a process that now is another program: PostgreSQL would refuse to start. Its first line is set to
 * our own number, which PostgreSQL passes over as its parent's; the rest stays, so that it still looks for backends that
 * outlived their postmaster.
 */
function disown(cluster: string, strangerPid: number): void {
  try {
    process.kill(strangerPid, 0)
  } catch {
    return
  }
  const rest = readFileSync(pidFilePath(cluster), 'utf8').split('\n').slice(1)
  // The folder belongs to the server's account, so as root follow no link out of it.
  const file = openSync(pidFilePath(cluster), constants.O_WRONLY | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0))
  writeSync(file, [process.pid, ...rest].join('\n'))
  closeSync(file)
}

/** @returns undefined while the server does not take connections. */
async function connect(
  { pid, port, socketFolder }: PidFile,
  place: ClusterPlace,
  password: string,
): Promise<RunningServer | undefined> {
  const host =
    process.platform === 'win32'
      ? `127.0.0.1:${port}/postgres`
      : `localhost:${port}/postgres?host=${encodeURIComponent(socketFolder)}`
  const url = `postgresql://postgres:${password}@${host}`
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; folder: string }>(
      `select split_part(current_setting('server_version'), ' ', 1) as version, setting as folder from pg_config where name = 'BINDIR'`,
    )
    return { url, pid, version: rows[0]?.version ?? '', programsFolder: rows[0]?.folder ?? '' }
  } catch (cause) {
    // 28P01: invalid_password, https://www.postgresql.org/docs/15/errcodes-appendix.html
    if ((cause as { code?: unknown }).code === '28P01') {
      throw new CannotStart(
        `The password in the keys folder is not that of the database ${place.cluster}: set GATEHOUSE_KEYS to the folder that belongs to it`,
        { cause },
      )
    }
    return undefined
  } finally {
    await client.end().catch(() => {})
  }
}

interface StartedServer {
  ended(): boolean
  /** What it has written to its log. */
  words(): string
}

/** Detached, so that Ctrl-C in a terminal does not stop the database before the program that still writes to it. */
function startServer(place: ClusterPlace, programs: PostgresPrograms, address: ServerAddress): StartedServer {
  const logPath = path.join(place.folder, 'postgres.log')
  const oldSizeBytes = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0
  if (oldSizeBytes > 1_000_000) renameSync(logPath, `${logPath}.1`)
  const from = oldSizeBytes > 1_000_000 ? 0 : oldSizeBytes
  const log = openSync(logPath, 'a', 0o600)
  const settings = Object.entries(serverSettings(address)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const environment = cleanEnvironment()
  const child =
    process.platform === 'win32'
      ? // Only pg_ctl can shed an administrator's rights, without which PostgreSQL refuses to run.
        spawn(
          programPath(programs, 'pg_ctl'),
          ['start', '-D', place.cluster, '-l', logPath, '-o', settings.join(' ')],
          { stdio: 'ignore', env: environment },
        )
      : spawn(programPath(programs, 'postgres'), ['-D', place.cluster, ...settings], {
          ...place.user,
          cwd: '/',
          detached: true,
          stdio: ['ignore', log, log],
          env: environment,
        })
  closeSync(log)
  child.unref()
  let isOver = false
  // pg_ctl's own success is not the server's end.
  child.on('exit', status => {
    isOver = process.platform !== 'win32' || status !== 0
  })
  child.on('error', () => {
    isOver = true
  })
  return { ended: () => isOver, words: () => readFileSync(logPath).subarray(from).toString() }
}

/** Our environment without what would steer PostgreSQL's programs, and with messages in English, which we read. */
export const cleanEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_')),
  ),
  LC_ALL: 'C',
})

/** A socket's whole path has at most 107 bytes on Linux and 103 on macOS: unix(7), and sys/un.h there. */
const longestSocketPathBytes = 100
const spareSocketFolder = '/tmp/gatehouse-'

/** Of a socket in a folder that only the server's account (and root) can enter: the place's own, or, where that path is too long or has odd characters, a new one in /tmp. */
async function serverAddress({ folder, user }: ClusterPlace): Promise<ServerAddress> {
  if (process.platform === 'win32') return { port: await freePort() }
  const own = path.join(folder, 'postgres-socket')
  const isFit = Buffer.byteLength(path.join(own, '.s.PGSQL.5432')) <= longestSocketPathBytes && /^[\w/.-]+$/.test(own)
  if (isFit) mkdirSync(own, { recursive: true })
  const socketFolder = isFit ? own : mkdtempSync(spareSocketFolder)
  chmodSync(socketFolder, 0o700)
  if (user) chownSync(socketFolder, user.uid, user.gid)
  return { socketFolder, port: 5432 }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}

/**
 * Stops the server, whoever started it: open transactions are rolled back, everything committed is on disk.
 * Does nothing where none runs.
 */
export async function stopServer(
  place: ClusterPlace,
  programs: PostgresPrograms,
  log: (line: string) => void,
): Promise<void> {
  const found = readPidFile(place.cluster)
  if (!found || !servesCluster(found.pid, place.cluster)) return
  const runs = (): boolean => servesCluster(found.pid, place.cluster)
  if (process.platform === 'win32')
    spawnSync(programPath(programs, 'pg_ctl'), ['stop', '-D', place.cluster, '-m', 'fast', '-w'])
  // Fast shutdown: https://www.postgresql.org/docs/15/server-shutdown.html
  else process.kill(found.pid, 'SIGINT')
  for (let waitedMs = 0; runs() && waitedMs < patienceMs; waitedMs += pollMs) await sleep(pollMs)
  if (runs()) {
    log(
      `PostgreSQL did not stop within ${patienceMs / 1000} seconds: ending it at once; it repairs itself at the next start`,
    )
    process.kill(found.pid, 'SIGQUIT')
    while (runs()) await sleep(pollMs)
  }
  if (found.socketFolder.startsWith(spareSocketFolder)) rmSync(found.socketFolder, { recursive: true, force: true })
}
