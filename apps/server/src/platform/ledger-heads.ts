import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * After each commit the head of the school's chain is appended to a file outside the database, `<data>/ledger-heads/<school>`,
 * one line `<sequence> <hash>`. Cutting the tail of the table is found against it. Lines of several processes may stand out
 * of order; a line torn by a kill is passed over by the reader.
 */
export interface LedgerHeads {
  append(schoolId: string, head: { seq: number; hash: string }): void
  /** The file's text, empty where there is none. */
  read(schoolId: string): string
  close(): void
}

export function openLedgerHeads(dataFolder: string): LedgerHeads {
  const folder = join(dataFolder, 'ledger-heads')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = new Map<string, number>()
  return {
    append(schoolId, { seq, hash }) {
      let file = files.get(schoolId)
      if (file === undefined) {
        const path = join(folder, schoolId)
        const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
        file = openSync(path, 'a', 0o600)
        files.set(schoolId, file)
        // A line that a crash cut short is closed, so that this one does not run on from it.
        if (before !== '' && !before.endsWith('\n')) appendFileSync(file, '\n')
      }
      appendFileSync(file, `${seq} ${hash}\n`)
    },
    read: schoolId => (existsSync(join(folder, schoolId)) ? readFileSync(join(folder, schoolId), 'utf8') : ''),
    close() {
      for (const file of files.values()) closeSync(file)
      files.clear()
    },
  }
}
