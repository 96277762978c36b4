import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { compileLists, importFile, type ListEntry, type ListSource, openLists, publicSources } from '@gatehouse/engine'
import { shippedEntries, shippedSources } from './lists-folder.ts'

/** What became of one file of the folder. */
export interface FileReport {
  readonly path: string
  readonly status: 'used' | 'unused' | 'unmapped' | 'unreadable'
  readonly source: string
  readonly entries: number
  readonly rejected: number
  readonly why: string
}

export interface Compilation {
  readonly bytes: Uint8Array
  readonly files: readonly FileReport[]
}

/** Longest file that is read, unpacked: a list of every domain there is would not be larger. */
const maxFileBytes = 512 * 1024 * 1024

/**
 * Compiles every file of `folder` that a known publisher offers (plain or gz), together with the shipped lists. Files that
 * nobody knows are reported and not used.
 * @throws {Error} when the folder cannot be read.
 */
export function compileFolder(folder: string | null): Compilation {
  const files: FileReport[] = []
  const sources = new Map<string, ListSource>(shippedSources.map(source => [source.id, source]))
  // One file after the other, so that no more than one is held in memory as text.
  function* entries(): Generator<ListEntry> {
    yield* shippedEntries()
    for (const path of folder === null ? [] : filesIn(folder)) {
      const name = relative(folder ?? '', path)
        .split(sep)
        .join('/')
      const report = { path: name, source: '', entries: 0, rejected: 0, why: '' }
      let text: string
      try {
        const raw = readFileSync(path)
        text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw, { maxOutputLength: maxFileBytes }) : raw).toString(
          'utf8',
        )
      } catch (error) {
        files.push({ ...report, status: 'unreadable', why: error instanceof Error ? error.message : 'cannot be read' })
        continue
      }
      try {
        const found = importFile(name, text)
        if (found.status === 'unmapped')
          files.push({ ...report, status: 'unmapped', why: 'no publisher that we know has such a file' })
        else if (found.status === 'unused')
          files.push({ ...report, status: 'unused', source: found.source, why: found.why })
        else {
          files.push({
            ...report,
            status: 'used',
            source: found.source,
            entries: found.entries.length,
            rejected: found.rejected,
          })
          yield* found.entries
        }
      } catch (error) {
        files.push({ ...report, status: 'unreadable', why: error instanceof Error ? error.message : 'cannot be read' })
      }
    }
  }
  // Which sources are needed is known only at the end; naming one that holds nothing does no harm but says so in the counts.
  for (const { id, name, licence } of publicSources) sources.set(id, { id, name, licence, date: '', isCurated: false })
  const bytes = compileLists(entries(), sources.values())
  return { bytes, files }
}

function filesIn(folder: string): string[] {
  const found = readdirSync(folder, { withFileTypes: true, recursive: true })
  return found
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}

/** A table for people: domains a category and source, then what happened to each file that was not used. */
export function describeCompilation({ bytes, files }: Compilation): string[] {
  const lists = openLists(bytes)
  const said = lists
    .counts()
    .map(
      ({ category, source, domains }) => `${category.padEnd(16)} ${source.padEnd(18)} ${String(domains).padStart(9)}`,
    )
  said.push(`${'all together'.padEnd(16)} ${''.padEnd(18)} ${String(lists.domains).padStart(9)}`)
  const used = files.filter(({ status }) => status === 'used')
  if (files.length > 0)
    said.push(
      '',
      `${files.length} files: ${used.length} used, ${files.length - used.length} not; ${used.reduce((sum, file) => sum + file.rejected, 0)} lines were no domain`,
    )
  for (const file of files)
    if (file.status !== 'used')
      said.push(`  ${file.status.padEnd(10)} ${file.path}${file.source ? ` (${file.source})` : ''}: ${file.why}`)
  return said
}
