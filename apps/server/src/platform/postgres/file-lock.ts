import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { CannotStart } from './cannot-start.ts'

/** `exclusive`: nobody else holds the file in either way. `shared`: any number hold it so. */
export type LockMode = 'exclusive' | 'shared'

export interface FileLock {
  release(): void
}

/** SQLite's result code for "another connection holds a conflicting lock". https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5

/**
 * A lock of the operating system on `file` (made if missing), which ends with the process however that ends. Node has no
 * flock; SQLite, which comes with Node, takes the system's byte-range locks on every platform, between containers that
 * share a folder as well, and inside one process too. The file stays empty.
 *
 * POSIX drops such a lock when this process opens and closes the same file by other means, so nothing else may read it.
 *
 * @returns undefined when somebody else holds a conflicting lock.
 */
export function tryLock(file: string, mode: LockMode): FileLock | undefined {
  let database: DatabaseSync
  try {
    database = new DatabaseSync(file, { timeout: 0 })
  } catch (cause) {
    throw new CannotStart(`Expected to be allowed to write ${file}, found: ${reason(cause)}`, { cause })
  }
  try {
    // A read transaction holds SQLite's SHARED lock until it ends.
    database.exec(mode === 'exclusive' ? 'begin exclusive' : 'begin; select count(*) from sqlite_schema')
  } catch (cause) {
    database.close()
    if ((cause as { errcode?: unknown }).errcode === sqliteBusy) return undefined
    throw new CannotStart(`Expected to lock ${file}, found: ${reason(cause)}`, { cause })
  }
  held.add(database)
  return {
    release: () => {
      held.delete(database)
      if (database.isOpen) database.close()
    },
  }
}

/** What is held stays reachable: a connection that is thrown away as garbage lets go of its lock. */
const held = new Set<DatabaseSync>()

/** @throws {CannotStart} when the lock is not to be had within `timeoutMs`. */
export async function waitForLock(file: string, mode: LockMode, timeoutMs: number): Promise<FileLock> {
  for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += pollMs) {
    const lock = tryLock(file, mode)
    if (lock) return lock
    await sleep(pollMs)
  }
  throw new CannotStart(
    `Another Gatehouse process has held ${file} for ${timeoutMs / 1000} seconds: wait for it, or end it`,
  )
}

const pollMs = 20

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
