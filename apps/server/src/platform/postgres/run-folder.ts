import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CannotStart } from './cannot-start.ts'

/** `<data>/run`, made if missing, the data folder too: locks and notes that mean nothing once every process has ended. Not for backups. */
export function runFolder(dataFolder: string): string {
  const folder = join(dataFolder, 'run')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new CannotStart(
      `Expected to be allowed to write in the data folder ${dataFolder}, found: ${(cause as Error).message}: run as its owner, or set GATEHOUSE_DATA`,
      { cause },
    )
  }
  return folder
}
