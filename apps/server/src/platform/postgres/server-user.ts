import { spawnSync } from 'node:child_process'
import { CannotStart } from './cannot-start.ts'

/** The account PostgreSQL runs as when we are root; absent when we run as an ordinary user, and on Windows. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

export const isRoot = (): boolean => process.getuid?.() === 0

/**
 * The account `postgres`, made if the machine has none: PostgreSQL refuses to run as root.
 *
 * @throws {CannotStart} when it is missing and cannot be made.
 */
export function postgresAccount(log: (line: string) => void): ServerUser {
  const found = lookUp()
  if (found) return found
  log('PostgreSQL refuses to run as root: making the system account "postgres" for it')
  const attempts = [
    [
      'useradd',
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ],
    // Alpine's busybox.
    ['adduser', '-S', '-D', '-H', '-s', '/sbin/nologin', 'postgres'],
  ]
  for (const [program = '', ...args] of attempts) {
    spawnSync(program, args, { stdio: 'ignore' })
    const made = lookUp()
    if (made) return made
  }
  throw new CannotStart(
    'PostgreSQL refuses to run as root, and the account "postgres" could not be made: type "useradd --system postgres", or run as an ordinary user',
  )
}

function lookUp(): ServerUser | undefined {
  const id = (flag: string): number | undefined => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' })
    return status === 0 ? Number(stdout) : undefined
  }
  const uid = id('-u')
  const gid = id('-g')
  return uid && gid !== undefined ? { uid, gid } : undefined
}

/** Whether `user` can enter `folder`: tried, not worked out, so that access lists and mounts count too. */
export const canEnter = (folder: string, user: ServerUser | undefined): boolean =>
  process.platform === 'win32' ||
  spawnSync('/bin/sh', ['-c', 'cd -- "$0"', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0
