import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  type CompileOptions,
  detectFormat,
  importFile,
  type KnownFile,
  knownFile,
  type ListEntry,
  type ListSource,
  listCompiler,
  openLists,
  publicSources,
} from '@gatehouse/engine'
import { asKnownFile, type RegistryLine, readRegistry, registryName } from './list-registry.ts'
import { shippedEntries, shippedSources } from './lists-folder.ts'

/** What became of one file of the folder. */
export interface FileReport {
  readonly path: string
  readonly status: 'used' | 'unused' | 'unmapped' | 'unreadable'
  readonly source: string
  readonly entries: number
  /** Lines that named nothing that can be listed, and the first few of them. */
  readonly rejected: number
  readonly rejectedExamples: readonly string[]
  readonly why: string
}

export interface Compilation {
  readonly bytes: Uint8Array
  readonly files: readonly FileReport[]
}

/** Longest file that is read, unpacked: a list of every domain there is would not be larger. */
const maxFileBytes = 512 * 1024 * 1024

/**
 * Compiles every file of `folder` that a known publisher offers or that its `SOURCES.tsv` explains (plain or gz), together
 * with the shipped lists. Files that nobody knows are reported and not used.
 * @param onName is given each domain as it comes, repeats and all
 * @throws {Error} when the folder cannot be read.
 * @throws {RangeError} for what is wrong in `SOURCES.tsv`.
 */
export function compileFolder(
  folder: string | null,
  options: CompileOptions = {},
  onName: (name: string) => void = () => undefined,
): Compilation {
  if (folder === null) {
    const compiler = listCompiler(shippedSources, options)
    for (const entry of shippedEntries()) compiler.add(entry)
    for (const { domain } of shippedEntries()) onName(domain)
    return { bytes: compiler.finish(), files: [] }
  }
  const registry = readRegistry(folder)
  const found = filesIn(folder).map(name => ({
    name,
    line: registry.get(name),
    file: whatIs(name, registry.get(name)),
  }))
  const compiler = listCompiler(sourcesOf(found), options)
  const add = (entry: ListEntry): void => {
    // What is listed for one of its pages is not listed.
    if (entry.path === undefined) onName(entry.domain)
    compiler.add(entry)
  }
  for (const entry of shippedEntries()) add(entry)
  // One file after the other, so that no more than one is held in memory as text.
  const files = found.map(({ name, line, file }) => readOne(folder, name, line, file, add))
  return { bytes: compiler.finish(), files }
}

interface Found {
  readonly name: string
  readonly line: RegistryLine | undefined
  readonly file: KnownFile | 'ask' | undefined
}

/** 'ask' for a file of the operator's own whose format is yet to be told from its text. */
const whatIs = (name: string, line: RegistryLine | undefined): Found['file'] =>
  knownFile(name) ?? (line?.own ? 'ask' : undefined)

/** Every source that a file may be of, with its licence and the newest date that its files have. */
function sourcesOf(found: readonly Found[]): ListSource[] {
  const sources = new Map(shippedSources.map(source => [source.id, source]))
  for (const { line, file } of found) {
    const id = file === 'ask' ? line?.own?.source : file?.use === 'category' ? file.source : undefined
    if (id === undefined) continue
    const known = publicSources.find(source => source.id === id)
    const before = sources.get(id)
    if (before?.isCurated) throw new RangeError(`${registryName}: no list may call itself “${id}”, as our own do`)
    const date = [before?.date ?? '', line?.date ?? ''].sort().at(-1) ?? ''
    const licence = known?.licence ?? before?.licence ?? line?.licence ?? ''
    sources.set(id, { id, name: known?.name ?? id, licence, date, isCurated: false })
  }
  return [...sources.values()]
}

function readOne(
  folder: string,
  name: string,
  line: RegistryLine | undefined,
  file: Found['file'],
  take: (entry: ListEntry) => void,
): FileReport {
  const report = { path: name, source: '', entries: 0, rejected: 0, rejectedExamples: [] }
  if (name === registryName) return { ...report, status: 'unused', why: 'says where the lists come from' }
  if (file === undefined)
    return {
      ...report,
      status: 'unmapped',
      why: `no publisher that we know has such a file, nor does ${registryName} say what it is`,
    }
  if (file !== 'ask' && file.use === 'none') return { ...report, status: 'unused', source: file.source, why: file.why }
  try {
    const text = textOf(join(folder, name))
    const format = file === 'ask' ? (line?.own?.format ?? detectFormat(text)) : file.format
    if (file === 'ask' && (format === null || format === 'services'))
      return { ...report, status: 'unreadable', why: 'its format cannot be told; name it in the column “format”' }
    const known = file === 'ask' && line?.own && format ? asKnownFile(line.own, format) : file
    const used = known === 'ask' ? undefined : importFile(name, text, take, known)
    if (used?.status !== 'used')
      return { ...report, status: 'unmapped', why: 'no publisher that we know has such a file' }
    const { source, entries, rejected, rejectedExamples } = used
    return { ...report, status: 'used', source, entries, rejected, rejectedExamples, why: '' }
  } catch (error) {
    return { ...report, status: 'unreadable', why: error instanceof Error ? error.message : 'cannot be read' }
  }
}

function textOf(path: string): string {
  const raw = readFileSync(path)
  const isPacked = raw[0] === 0x1f && raw[1] === 0x8b
  return (isPacked ? gunzipSync(raw, { maxOutputLength: maxFileBytes }) : raw).toString('utf8')
}

/** Paths within the folder, with '/'. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** A table for people: domains a category and source, then what happened to each file that was not used. */
export function describeCompilation({ bytes, files }: Compilation): string[] {
  const lists = openLists(bytes)
  const row = (what: string, from: string, domains: number, pages: number) =>
    `${what.padEnd(16)} ${from.padEnd(18)} ${String(domains).padStart(9)}${pages > 0 ? ` and ${pages} pages` : ''}`
  const said = lists.counts().map(({ category, source, domains, pages = 0 }) => row(category, source, domains, pages))
  said.push(row('all together', '', lists.domains, lists.pages), '')
  for (const { id, name, licence, date } of lists.sources)
    said.push(`${id.padEnd(18)} ${name}, ${licence}${date ? `, ${date}` : ', date not known'}`)
  if (files.length === 0) return said
  const used = files.filter(({ status }) => status === 'used')
  const rejected = used.reduce((sum, file) => sum + file.rejected, 0)
  said.push(
    '',
    `${files.length} files: ${used.length} used, ${files.length - used.length} not; ${rejected} lines were no domain`,
  )
  for (const file of files)
    if (file.status !== 'used')
      said.push(`  ${file.status.padEnd(10)} ${file.path}${file.source ? ` (${file.source})` : ''}: ${file.why}`)
    else if (file.entries === 0) said.push(`  empty      ${file.path} (${file.source}): nothing in it is a domain`)
    else if (file.rejected > 0)
      said.push(
        `  ${`${file.rejected} lines`.padEnd(10)} ${file.path} (${file.source}), such as ${file.rejectedExamples[0]}`,
      )
  return said
}
