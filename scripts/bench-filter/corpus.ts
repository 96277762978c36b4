/**
 * What the bench of the lists works on: a folder of lists as their publishers offer them. It is not part of the project
 * (licences, size); `docs/performance.md` says which files the published figures come from. Names of lists that are not for
 * blocking (newspapers, banks, shops, jobs) are the traffic that no list names: real names of real sites.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { importFile, knownFile, type ListEntry, parseList } from '../../packages/engine/src/filter/index.ts'

export interface Corpus {
  readonly folder: string
  /** Files made of it: one name or address a line. */
  readonly domains: string
  readonly hosts: string
  readonly urls: string
  readonly domainCount: number
  /** Entries that the lists have, each name as often as a list names it. */
  readonly entryCount: number
}

/** The folder of lists, from GATEHOUSE_BENCH_LISTS; null, with a word on it, if there is none. */
export function listsFolder(): string | null {
  const folder = process.env.GATEHOUSE_BENCH_LISTS
  if (folder && statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder
  console.log(
    '\nNot measured: there is no folder of published lists; name one with --lists DIR or GATEHOUSE_BENCH_LISTS',
  )
  return null
}

/** Same numbers in each run, so that each run asks the same. */
export function chance(start: number): () => number {
  let state = start
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    return (state >>> 0) / 2 ** 32
  }
}

/** Every entry that the folder's lists give, file by file. */
export function eachEntry(folder: string, take: (entry: ListEntry) => void): void {
  for (const { name, text } of files(folder)) if (knownFile(name)?.use === 'category') importFile(name, text(), take)
}

function* files(folder: string): Generator<{ name: string; text: () => string }> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const text = () => {
      const raw = readFileSync(path)
      return (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8')
    }
    yield { name: relative(folder, path).split(sep).join('/'), text }
  }
}

const asked = 100_000
/** One request in eight is for something listed: more than a school sees, so that hits weigh. */
const listedShare = 1 / 8

/** Writes what the bench needs into `into`. */
export function prepareCorpus(folder: string, into: string): Corpus {
  mkdirSync(into, { recursive: true })
  const random = chance(7)
  const listed = new Set<string>()
  const paths: string[] = []
  let entryCount = 0
  eachEntry(folder, ({ domain, path }) => {
    entryCount += 1
    if (path === undefined) listed.add(flat(domain))
    else if (random() < 0.5) paths.push(flat(path))
  })
  const harmless = new Set<string>()
  for (const { name, text } of files(folder)) {
    const known = knownFile(name)
    if (known?.use !== 'none' || !/\.domains\.gz$|disposable/.test(name)) continue
    for (const domain of parseList(text(), 'plain').domains) if (!/[\d:]$/.test(domain)) harmless.add(flat(domain))
  }
  const names = [...listed].filter(name => !/[\d:]$/.test(name))
  const others = [...harmless]
  const one = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? 'site.example'
  const beneath = ['', '', 'www.', 'www.', 'cdn-7.static.', 'api.', 'images.']
  const hosts = Array.from({ length: asked }, () => one(beneath) + one(random() < listedShare ? names : others))
  const urls = hosts.map(
    host => `https://${host}${random() < 0.3 ? '/' : one(paths)}${random() < 0.3 ? '?id=4711&lang=en' : ''}`,
  )
  const at = (name: string) => join(into, name)
  writeFileSync(at('domains.txt'), [...listed].join('\n'))
  writeFileSync(at('hosts.txt'), hosts.join('\n'))
  writeFileSync(at('urls.txt'), urls.join('\n'))
  return {
    ...{ folder, domains: at('domains.txt'), hosts: at('hosts.txt'), urls: at('urls.txt') },
    ...{ domainCount: listed.size, entryCount },
  }
}

/** A text of its own: no part of a larger one, and not put together from several, either of which is slower to read. */
export const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

/** Made-up names, for size alone: as long as real ones are. */
export function* madeUpNames(count: number): Generator<string> {
  const random = chance(11)
  const ends = ['.com', '.net', '.org', '.co.uk', '.info', '.xyz']
  for (let index = 0; index < count; index += 1) {
    const word = Math.floor(random() * 2 ** 32).toString(36)
    yield `${word}-${index.toString(36)}${ends[index % ends.length]}`
  }
}

export const linesOfFile = (path: string): string[] => readFileSync(path, 'latin1').split('\n')
