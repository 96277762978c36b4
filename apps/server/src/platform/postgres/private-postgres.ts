import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { CannotStart } from './cannot-start.ts'
import { abandonedPlaces, type ClusterPlace, clusterPlace } from './cluster-place.ts'
import { tryLock, waitForLock } from './file-lock.ts'
import {
  embeddedPackage,
  embeddedPrograms,
  machinePrograms,
  type PostgresPrograms,
  type ProgramsKind,
  programPath,
} from './postgres-programs.ts'
import { cleanEnvironment, ensureServer, stopServer } from './postmaster.ts'
import { runFolder } from './run-folder.ts'
import { isRoot } from './server-user.ts'

export interface PrivatePostgresOptions {
  readonly dataFolder: string
  /** Gets `postgres-superuser`, the superuser's password, 0600. */
  readonly keysFolder: string
  readonly log: (line: string) => void
  /** Which programs may be used; both, the machine's first, unless told. `GATEHOUSE_POSTGRES` in the environment. */
  readonly programs?: ProgramsKind | undefined
  /** Where the cluster and the programs go when root's account for PostgreSQL cannot reach the data folder or the checkout. */
  readonly outsideFolder?: string
  /** The embedded programs; the installed npm package's unless told. */
  readonly embeddedFolder?: string
}

export interface PrivatePostgres {
  /** Of the superuser `postgres` and the database `postgres`, with the password: never log it. Unix socket, loopback on Windows. */
  readonly url: string
  readonly kind: ProgramsKind
  /** e.g. `15.18`. */
  readonly version: string
  /** Of the server process. */
  readonly pid: number
  /** Whether this call started the server, rather than finding it running. */
  readonly started: boolean
  /**
   * Ends this use. The last user of the data folder stops the server; until then it runs on, so `serve` and the verbs of
   * the command line may come and go in any order. Close your own connections first. Again does nothing.
   */
  stop(): Promise<void>
}

/** Long enough for another process that is making a cluster, or recovering one. */
const lockPatienceMs = 120_000

/**
 * The data folder's own PostgreSQL: found running (started by `serve`, by a verb, or left behind by a killed process),
 * or else started, and first made where there is none.
 *
 * @throws {CannotStart}
 */
export async function startPrivatePostgres(options: PrivatePostgresOptions): Promise<PrivatePostgres> {
  const { dataFolder, log } = options
  const run = runFolder(dataFolder)
  const startLock = path.join(run, 'postgres-start.lock')
  /** Held shared by everybody who uses the server, so that whoever can get it alone is the last. */
  const usersLock = path.join(run, 'postgres-users.lock')

  const turn = await waitForLock(startLock, 'exclusive', lockPatienceMs)
  const use = await waitForLock(usersLock, 'shared', lockPatienceMs).catch(error => {
    turn.release()
    throw error
  })
  const endUse = async (place: ClusterPlace, programs: PostgresPrograms): Promise<void> => {
    use.release()
    const alone = tryLock(usersLock, 'exclusive')
    if (!alone) return
    try {
      await stopServer(place, programs, log)
    } finally {
      alone.release()
    }
  }

  try {
    const outsideFolder = options.outsideFolder ?? '/var/lib/gatehouse'
    const place = clusterPlace(dataFolder, outsideFolder, log)
    const programs = choosePrograms(place, options, outsideFolder)
    const password = superuserPassword(options.keysFolder, place.cluster)
    if (!existsSync(place.cluster)) {
      log(`Making a database in ${place.cluster} with ${nameOf(programs)}`)
      makeCluster(place, programs, password)
      for (const folder of abandonedPlaces(dataFolder, outsideFolder, place.folder)) {
        log(`An earlier database of this data folder is still in ${folder}: remove it when nobody needs it`)
      }
    }
    const server = await ensureServer(place, programs, password).catch(async error => {
      await endUse(place, programs)
      throw error
    })
    const kind = server.programsFolder === programs.folder ? programs.kind : kindOf(server.programsFolder)
    const name = nameOf({ kind, version: server.version })
    log(`${server.started ? 'Started' : 'Found running:'} ${name}, process ${server.pid}`)
    let stopping: Promise<void> | undefined
    const stop = async (): Promise<void> => {
      const lastTurn = await waitForLock(startLock, 'exclusive', lockPatienceMs)
      try {
        await endUse(place, programs)
      } finally {
        lastTurn.release()
      }
    }
    return {
      url: server.url,
      kind,
      version: server.version,
      pid: server.pid,
      started: server.started,
      stop: () => {
        stopping ??= stop()
        return stopping
      },
    }
  } catch (error) {
    use.release()
    throw error
  } finally {
    turn.release()
  }
}

const nameOf = ({ kind, version }: { readonly kind: ProgramsKind; readonly version: string }): string =>
  `PostgreSQL ${version} (${kind === 'machine' ? "the machine's own" : 'from npm'})`

/** Of a server that other programs than we would choose started, and that we found running. */
const kindOf = (folder: string): ProgramsKind =>
  machinePrograms(undefined).some(programs => programs.folder === folder) ? 'machine' : 'embedded'

/**
 * A new cluster gets the machine's newest programs, else the embedded ones. An existing one is opened by its own major
 * version only: another refuses its files, and changing them is `pg_upgrade`'s work, not ours.
 */
function choosePrograms(place: ClusterPlace, options: PrivatePostgresOptions, outsideFolder: string): PostgresPrograms {
  const kind = options.programs ?? switchedKind(process.env.GATEHOUSE_POSTGRES)
  const major = existsSync(place.cluster) ? clusterMajor(place.cluster) : undefined
  const isFit = (programs: PostgresPrograms): boolean => major === undefined || programs.major === major
  const machine = kind === 'embedded' ? [] : machinePrograms(place.user)
  const chosen = machine.find(isFit)
  if (chosen) return chosen

  const native = options.embeddedFolder ?? embeddedPackage()
  const embedded: PostgresPrograms[] = []
  if (kind !== 'machine' && native !== undefined) {
    const privateFolder = isRoot() ? outsideFolder : options.dataFolder
    embedded.push(embeddedPrograms(native, privateFolder, place.user, options.log))
  }
  const fallback = embedded.find(isFit)
  if (fallback) return fallback

  const found =
    [...machine, ...embedded]
      .map(programs => `${programs.version} (${programs.kind === 'machine' ? programs.folder : 'from npm'})`)
      .join(' and ') || 'none'
  throw new CannotStart(
    major === undefined
      ? `Expected PostgreSQL 15 or newer, found ${found}: type "npm ci", install PostgreSQL, or set DATABASE_URL`
      : `The database ${place.cluster} was made by PostgreSQL ${major}, and only that version may open it; found ${found}: install PostgreSQL ${major} (Debian and Ubuntu: postgresql-${major})`,
  )
}

function switchedKind(value: string | undefined): ProgramsKind | undefined {
  if (value === undefined || value === '') return undefined
  if (value === 'machine' || value === 'embedded') return value
  throw new CannotStart(`GATEHOUSE_POSTGRES must be "machine" or "embedded", not "${value}"`)
}

function clusterMajor(cluster: string): number {
  const file = path.join(cluster, 'PG_VERSION')
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'no file PG_VERSION'
  if (!/^\d+$/.test(found))
    throw new CannotStart(
      `Expected a PostgreSQL database in ${cluster}, found ${found}: move that folder away, or put the database back`,
    )
  return Number(found)
}

/** @throws {CannotStart} when there is a database, but no password for it. */
function superuserPassword(keysFolder: string, cluster: string): string {
  const file = path.join(keysFolder, 'postgres-superuser')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  if (existsSync(cluster)) {
    throw new CannotStart(
      `Expected the password of the database ${cluster} in ${file}, found no such file: set GATEHOUSE_KEYS to the folder that belongs to it`,
    )
  }
  mkdirSync(keysFolder, { recursive: true, mode: 0o700 })
  const password = randomBytes(32).toString('base64url')
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, `${password}\n`, { mode: 0o600, flush: true })
  renameSync(unfinished, file)
  return password
}

/**
 * Made under another name and renamed when complete, so that a process killed in between leaves no half cluster.
 * UTF-8; sorted by code point, which no update of the system's C library changes; letters by Unicode where it can.
 */
function makeCluster({ folder, cluster, user }: ClusterPlace, programs: PostgresPrograms, password: string): void {
  const unfinished = `${cluster}.unfinished`
  const passwordFile = path.join(folder, `postgres-password.${process.pid}`)
  const own = (file: string): void => user && chownSync(file, user.uid, user.gid)
  const attempt = (characters: string) => {
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { mode: 0o700 })
    own(unfinished)
    return spawnSync(
      programPath(programs, 'initdb'),
      [
        '-D',
        unfinished,
        '-U',
        'postgres',
        '--encoding=UTF8',
        '--locale=C',
        `--lc-ctype=${characters}`,
        '--data-checksums',
        '--auth=scram-sha-256',
        `--pwfile=${passwordFile}`,
      ],
      { ...user, cwd: path.parse(folder).root, encoding: 'utf8', env: cleanEnvironment() },
    )
  }
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
    own(passwordFile)
    const unicode = attempt('C.UTF-8')
    const { status, stderr } = unicode.status === 0 ? unicode : attempt('C')
    if (status !== 0)
      throw new CannotStart(
        `PostgreSQL ${programs.version} could not make a database in ${cluster}: ${stderr.trim().split('\n').slice(-3).join(' ')}`,
      )
    renameSync(unfinished, cluster)
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(unfinished, { recursive: true, force: true })
  }
}
