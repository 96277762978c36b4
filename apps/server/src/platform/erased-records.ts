import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isId, isSchoolId } from './identifiers.ts'

/*
 * The list of destroyed record keys, `<keys>/erased`: a line `<school> <key>` each. It stands with the keys and outside every
 * backup, so that restoring an older one erases again what was erased since. It holds nothing that could be decrypted.
 */

export interface ErasedRecord {
  readonly schoolId: string
  readonly keyId: string
}
export interface ErasedRecords {
  add(records: readonly ErasedRecord[]): void
  all(): ErasedRecord[]
}

export function openErasedRecords(keysFolder: string): ErasedRecords {
  const path = join(keysFolder, 'erased')
  const text = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  return {
    add: records => {
      if (records.length === 0) return
      const before = text()
      // A line that a crash cut short is closed first, so that the next one is read.
      const lines = records.map(({ schoolId, keyId }) => `${schoolId} ${keyId}\n`).join('')
      appendFileSync(path, before === '' || before.endsWith('\n') ? lines : `\n${lines}`, { mode: 0o600, flush: true })
    },
    all: () =>
      text()
        .split('\n')
        .flatMap(line => {
          const [schoolId = '', keyId = '', ...rest] = line.split(' ')
          return isSchoolId(schoolId) && isId(keyId) && rest.length === 0 ? [{ schoolId, keyId }] : []
        }),
  }
}
