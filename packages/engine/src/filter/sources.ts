/**
 * The public lists that we know: which file holds what, in which format, under which licence. An operator switches
 * them on; nothing of them ships with the project. A file that is not here is reported and not used, and neither is a
 * known file that is no block list: several of UT1's folders are lists of harmless or allowed sites.
 */
import type { ListEntry } from './compile-lists.ts'
import { type ListFormat, parseServices, readList, readService, type TakeEntry } from './formats.ts'
import {
  blockListProject,
  type FileMap,
  nextDnsLists,
  shadowWhisperer,
  sinfonietta,
  ut1,
  v2flyLists,
} from './public-lists.ts'
import type { Category } from './types.ts'

/** What a file is to us. */
export type KnownFile =
  | {
      readonly use: 'category'
      readonly source: string
      readonly format: ListFormat
      /** `key` names a list within a `services` file. */
      readonly lists: readonly { readonly category: Category; readonly key?: string }[]
    }
  | { readonly use: 'none'; readonly source: string; readonly why: string }

const listsOf = (byCategory: Readonly<Partial<Record<Category, readonly string[]>>>) =>
  Object.entries(byCategory).flatMap(([category, keys]) =>
    // Object.entries forgets that the keys of a record of categories are categories.
    keys.map(key => ({ category: category as Category, key })),
  )

function known(source: string, format: ListFormat, files: FileMap, name: string): KnownFile | undefined {
  const what = Object.hasOwn(files, name) ? files[name] : undefined
  if (what === undefined) return undefined
  if (typeof what === 'object') return { use: 'none', source, why: what.why }
  return { use: 'category', source, format, lists: [{ category: what }] }
}

/** `path` with '/', relative to the folder of lists or as the publisher has it; '.gz' at the end is ignored. */
const rules: readonly (readonly [RegExp, (name: string) => KnownFile | undefined])[] = [
  [/(?:^|\/)(?:ut1|blacklists)\/([\w-]+)[./]domains$/, name => known('ut1', 'plain', ut1, name)],
  [/(?:^|\/)(?:ut1|blacklists)\/([\w-]+)[./]urls$/, name => known('ut1', 'urls', ut1, name)],
  [
    /(?:^|\/)(?:shadowwhisperer|RAW)\/(\w+)$/,
    name => known('shadowwhisperer', 'plain', shadowWhisperer, name.toLowerCase()),
  ],
  [/(?:^|\/)sinfonietta\/(\w+)-hosts$/, name => known('sinfonietta', 'hosts', sinfonietta, name)],
  [/(?:^|\/)4skin\/(HOSTS)\.txt$/, () => known('4skin', 'hosts', { HOSTS: 'pornography' }, 'HOSTS')],
  [
    /(?:^|\/)(?:blocklistproject|alt-version)\/(\w+?)(?:-nl)?\.txt$/,
    name =>
      // 108,563 of the 108,685 names in this file are UT1's redirector list: a copy does not agree with its original.
      known(name === 'redirect' ? 'ut1' : 'blocklistproject', 'plain', blockListProject, name),
  ],
  [
    /(?:^|\/)v2fly\/(services)\.json$/,
    () => ({ use: 'category', source: 'v2fly', format: 'services', lists: listsOf(v2flyLists) }),
  ],
  [
    /(?:^|\/)nextdns\/nextdns-(services|bypass)\.json$/,
    name => ({
      use: 'category',
      source: 'nextdns',
      format: 'services',
      lists: listsOf(nextDnsLists).filter(({ key }) => key.startsWith('services/') === (name === 'services')),
    }),
  ],
  [
    /(?:^|\/)x4bnet\/(.+)\.txt$/,
    () => ({ use: 'none', source: 'x4bnet', why: 'address ranges, which the compiled lists do not hold' }),
  ],
  [
    /(?:^|\/)disposable\/(.+)$/,
    () => ({ use: 'none', source: 'disposable', why: 'domains of mail addresses, not of sites' }),
  ],
  [
    /(?:^|\/)publicsuffix\/(.+)$/,
    () => ({ use: 'none', source: 'publicsuffix', why: 'where names are registered, not a list of sites' }),
  ],
]

/** What the file at `path` is, or undefined if no source that we know has such a file. */
export function knownFile(path: string): KnownFile | undefined {
  const name = path.replaceAll('\\', '/').replace(/\.gz$/, '')
  for (const [pattern, file] of rules) {
    const match = pattern.exec(name)
    if (match) return file(match[1] ?? '')
  }
  return undefined
}

export type ListImport =
  | { readonly status: 'unmapped'; readonly path: string }
  | { readonly status: 'unused'; readonly path: string; readonly source: string; readonly why: string }
  | {
      readonly status: 'used'
      readonly path: string
      readonly source: string
      readonly format: ListFormat
      /** How many were handed on. */
      readonly entries: number
      readonly rejected: number
      readonly rejectedExamples: readonly string[]
    }

/**
 * Reads one file of a known source and hands on its entries. Lists that a `services` file no longer has are left out.
 * @throws {SyntaxError} if a `services` file is not what it should be.
 */
export function importFile(
  path: string,
  text: string,
  take: (entry: ListEntry) => void,
  file: KnownFile | undefined = knownFile(path),
): ListImport {
  if (!file) return { status: 'unmapped', path }
  const { source } = file
  if (file.use === 'none') return { status: 'unused', path, source, why: file.why }
  const rejectedExamples: string[] = []
  let entries = 0
  let rejected = 0
  const services = file.format === 'services' ? parseServices(text) : null
  for (const { category, key = '' } of file.lists) {
    if (services && !services.has(key)) continue
    const takeOne: TakeEntry = (domain, page) => {
      entries += 1
      take(page === undefined ? { domain, category, source } : { domain, path: page, category, source })
    }
    const reading = services
      ? readService(services, key, takeOne)
      : readList(text, file.format === 'services' ? 'v2fly' : file.format, takeOne)
    rejected += reading.rejected
    rejectedExamples.push(...reading.rejectedExamples)
  }
  return {
    status: 'used',
    path,
    source,
    format: file.format,
    entries,
    rejected,
    rejectedExamples: rejectedExamples.slice(0, 5),
  }
}
