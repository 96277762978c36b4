import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Concern, concerns, type TextKind } from '../../packages/engine/src/concern/index.ts'

/** A line of a labelled set: `id TAB source TAB labels TAB orig TAB text`. */
export interface LabelledLine {
  readonly id: string
  readonly source: string
  readonly labels: readonly Concern[]
  readonly orig: string
  readonly text: string
}

/** What a set was read from, for the data card. */
export interface InputDigest {
  readonly name: string
  readonly rows: number
  readonly sha256: string
}

const known = new Set<string>(concerns)
const isConcern = (label: string): label is Concern => known.has(label)

/** Every `NAME.tsv.gz` of a folder, in the order of their names. @throws {Error} where there is none. */
export function readLabelled(folder: string): { readonly lines: LabelledLine[]; readonly digests: InputDigest[] } {
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter(name => name.endsWith('.tsv.gz'))
        .sort()
    : []
  if (names.length === 0) throw new Error(`expected labelled sets (NAME.tsv.gz) in ${folder}, found none`)
  const lines: LabelledLine[] = []
  const digests: InputDigest[] = []
  for (const name of names) {
    const bytes = readFileSync(join(folder, name))
    const before = lines.length
    for (const row of gunzipSync(bytes).toString('utf8').split('\n')) {
      const [id, source, labels, orig, ...text] = row.split('\t')
      if (id === undefined || source === undefined || labels === undefined || orig === undefined || text.length === 0)
        continue
      lines.push({ id, source, labels: labels.split(',').filter(isConcern), orig, text: text.join('\t') })
    }
    digests.push({ name, rows: lines.length - before, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  return { lines, digests }
}

/** Sets whose every line is harmless for every concern. */
export const benignSources: readonly string[] = [
  'headlines',
  'literature-train',
  'oak-train',
  'openstax-train',
  'queries-wellformed',
  'sms-ham',
  'taskmaster',
]

/** How each set is met in a school. */
const kindOfSource: Readonly<Record<string, TextKind>> = {
  headlines: 'title',
  'literature-train': 'read',
  'oak-train': 'read',
  'openstax-train': 'read',
  'queries-wellformed': 'search',
  'ailuminate-demo': 'prompt',
  convabuse: 'prompt',
}
export const kindOf = (source: string): TextKind => kindOfSource[source] ?? 'typed'
