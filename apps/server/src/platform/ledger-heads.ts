import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * After each commit the head of the school's chain is appended to a file outside the database, `<data>/ledger-heads/<school>`,
 * one line `<sequence> <hash>`. Cutting the tail of the table is found against it. Lines of several processes may stand out
 * of order; a line torn by a kill is passed over by the reader.
 */
export interface LedgerHeads {
  /**
   * Never throws: the change is committed by now, and a full disk must not make it look undone. A line that could not be
   * written is told to `onFault`; the page about the ledger shows that the file has fallen behind until the next one can.
   */
  append(schoolId: string, head: { seq: number; hash: string }): void
  /** The file's text, empty where there is none. */
  read(schoolId: string): string
  close(): void
}

export function openLedgerHeads(dataFolder: string, onFault: (line: string) => void = () => undefined): LedgerHeads {
  const folder = join(dataFolder, 'ledger-heads')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = new Map<string, number>()
  /** Schools whose file may end in half a line. */
  const torn = new Set<string>()
  return {
    append(schoolId, { seq, hash }) {
      try {
        let file = files.get(schoolId)
        if (file === undefined) {
          const path = join(folder, schoolId)
          const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
          file = openSync(path, 'a', 0o600)
          files.set(schoolId, file)
          if (before !== '' && !before.endsWith('\n')) torn.add(schoolId)
        }
        // A line that a crash or a full disk cut short is closed, so that this one does not run on from it.
        appendFileSync(file, `${torn.has(schoolId) ? '\n' : ''}${seq} ${hash}\n`)
        torn.delete(schoolId)
      } catch (error) {
        torn.add(schoolId)
        onFault(
          `THE HEAD OF ENTRY ${seq} OF ${schoolId} COULD NOT BE NOTED OUTSIDE THE DATABASE: ${error instanceof Error ? error.message : 'unknown fault'}. The entry itself is kept; make room on the disk.`,
        )
      }
    },
    read: schoolId => (existsSync(join(folder, schoolId)) ? readFileSync(join(folder, schoolId), 'utf8') : ''),
    close() {
      for (const file of files.values()) closeSync(file)
      files.clear()
    },
  }
}
