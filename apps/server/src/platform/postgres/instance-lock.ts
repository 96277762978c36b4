import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CannotStart } from './cannot-start.ts'
import { tryLock } from './file-lock.ts'
import { runFolder } from './run-folder.ts'

export interface InstanceLock {
  release(): void
}

/**
 * Makes this process the only `serve` of the data folder until it releases or ends, `kill -9` included. Of two that start
 * together exactly one gets it.
 *
 * @throws {CannotStart} naming the process that has it.
 */
export function takeInstanceLock(dataFolder: string, now: Date): InstanceLock {
  const folder = runFolder(dataFolder)
  const note = join(folder, 'serve.txt')
  const lock = tryLock(join(folder, 'serve.lock'), 'exclusive')
  if (!lock) {
    throw new CannotStart(
      `Gatehouse already runs on the data folder ${dataFolder}${holder(note)}: stop it first, or set GATEHOUSE_DATA to another folder`,
    )
  }
  writeFileSync(note, `process ${process.pid} since ${now.toISOString()}`, { mode: 0o600 })
  return lock
}

/** The note says who; it is never what decides, for it outlives its writer. */
function holder(note: string): string {
  try {
    return ` (${readFileSync(note, 'utf8').slice(0, 100)})`
  } catch {
    return ''
  }
}
