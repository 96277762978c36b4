import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Files beneath these folders that hold a word, as UTF-8 or UTF-16, as it stands or percent-encoded. What the database had to
 * write must have been written: `checkpoint` first.
 */
export function filesHolding(folders: readonly string[], word: string): string[] {
  const needles = [Buffer.from(word), Buffer.from(word, 'utf16le'), Buffer.from(encodeURIComponent(word))]
  return folders.flatMap(everyFile).filter(path => {
    // Files come and go while a server runs.
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
    const bytes = readFileSync(path)
    return needles.some(needle => bytes.includes(needle))
  })
}

const everyFile = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
