import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Category, categories, type KnownFile, type ListFormat, listFormats } from '@gatehouse/engine'

/**
 * `SOURCES.tsv` in a folder of lists: where each file came from, in a table with tabs and a first line of names. `file`,
 * `licence` and `date` are read for every file; a file of a publisher that we do not know is used if its line also says
 * `source` (a short id), `category` and, where it cannot be told from the file, `format`. Other columns are not looked at.
 */
export interface RegistryLine {
  readonly licence: string
  /** 'YYYY-MM-DD', or ''. */
  readonly date: string
  /** What the operator says of a file that nobody else knows. */
  readonly own: { readonly source: string; readonly category: Category; readonly format: ListFormat | null } | null
}

export const registryName = 'SOURCES.tsv'

/**
 * @returns lines by file; empty if the folder has no such table.
 * @throws {RangeError} naming the line, for a category or format that there is not, or a list without a licence.
 */
export function readRegistry(folder: string): ReadonlyMap<string, RegistryLine> {
  const path = join(folder, registryName)
  const lines = new Map<string, RegistryLine>()
  if (!existsSync(path)) return lines
  const [head = '', ...rows] = readFileSync(path, 'utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
  const columns = head.split('\t').map(name => name.trim())
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue
    const cells = row.split('\t').map(cell => cell.trim())
    const cell = (name: string): string => (columns.includes(name) ? (cells[columns.indexOf(name)] ?? '') : '')
    const wrong = (what: string): RangeError => new RangeError(`line ${index + 2} of ${registryName}: ${what}`)
    const [file, licence, date] = [cell('file'), cell('licence'), cell('date')]
    if (file === '') throw wrong('there is no file')
    if (date !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(date)) throw wrong(`${date} is no date such as 2026-11-22`)
    lines.set(file, { licence, date, own: ownList(cell, licence, wrong) })
  }
  return lines
}

function ownList(
  cell: (name: string) => string,
  licence: string,
  wrong: (what: string) => RangeError,
): RegistryLine['own'] {
  const [source, named, as] = [cell('source'), cell('category'), cell('format')]
  if (source === '' && named === '') return null
  const category = categories.find(each => each === named && each !== 'unlisted')
  const format = listFormats.find(each => each === as && each !== 'services')
  if (!/^[a-z0-9][\w-]{0,39}$/.test(source)) throw wrong('a source is a short name of letters, digits and hyphens')
  if (!category) throw wrong(`there is no category “${named}”`)
  if (as !== '' && !format) throw wrong(`there is no format “${as}”`)
  if (licence === '') throw wrong('a list of your own choice must have a licence')
  return { source, category, format: format ?? null }
}

/** The operator's own description of a file, as the importer wants it. `format` is what the file itself looks like. */
export const asKnownFile = (own: NonNullable<RegistryLine['own']>, format: ListFormat): KnownFile => ({
  use: 'category',
  source: own.source,
  format: own.format ?? format,
  lists: [{ category: own.category }],
})
