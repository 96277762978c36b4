import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Category,
  type CategoryLists,
  categories,
  compileLists,
  type ListCount,
  type ListEntry,
  type ListSource,
  openLists,
} from '@gatehouse/engine'

/*
 * The compiled category lists of an installation: `<data>/lists/<sha256>.lists`, and `active.json`, which names the one in
 * force. Files are written whole and never changed; the pointer is replaced in one step.
 */

export interface ActiveLists {
  readonly sha256: string
  readonly at: string
  readonly domains: number
  readonly sources: readonly ListSource[]
  readonly counts: readonly ListCount[]
}

export interface ListsFolder {
  readonly folder: string
  path(sha256: string): string
  /** What the pointer says, or null before the first compilation. Read afresh each time: other processes may change it. */
  active(): ActiveLists | null
  /** The lists in force, opened once a version. @throws {Error} when there are none, or the file is not what its name says. */
  open(): { readonly sha256: string; readonly lists: CategoryLists }
  /** Keeps the compiled bytes and makes them the ones in force. @throws {ListsRefused} and the old ones stay in force. */
  activate(bytes: Uint8Array, now: Date): ActiveLists
  /** Makes sure that there is something to filter by: the starter lists that ship with the product, on the first start. */
  ensure(now: Date): ActiveLists
}

/** New lists that would leave a school with much less than it has. */
export class ListsRefused extends Error {
  override readonly name = 'ListsRefused'
}

/** A result this much smaller than what is in force is taken for a broken download. */
const smallestShare = 0.7

const shippedFolder = join(import.meta.dirname, '../../../../packages/engine/data')
const sourceDate = '2026-11-22'

/** Sources of our own writing; curated, so one of them is enough. */
export const shippedSources: readonly ListSource[] = [
  { id: 'starter', name: 'Gatehouse starter lists', licence: 'MIT', date: sourceDate, isCurated: true },
  { id: 'must-allow', name: 'Gatehouse must-allow list', licence: 'MIT', date: sourceDate, isCurated: true },
]

/** The lists that ship with the product: `data/starter/<category>.txt` and `data/must-allow.tsv`. */
export function shippedEntries(folder = shippedFolder): ListEntry[] {
  const entries: ListEntry[] = []
  for (const category of categories) {
    const path = join(folder, 'starter', `${category}.txt`)
    if (!existsSync(path)) continue
    for (const domain of lines(readFileSync(path, 'utf8'))) entries.push({ domain, category, source: 'starter' })
  }
  for (const line of lines(readFileSync(join(folder, 'must-allow.tsv'), 'utf8'))) {
    const domain = line.split('\t')[0] ?? ''
    entries.push({ domain, category: 'must-allow', source: 'must-allow' })
  }
  return entries
}
/** Every host of the shipped must-allow list: what must be open to everybody, below the illegal floor. */
export const mustAllowHosts = (folder = shippedFolder): readonly string[] =>
  lines(readFileSync(join(folder, 'must-allow.tsv'), 'utf8')).map(line => line.split('\t')[0] ?? '')

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Domains a category, whichever source named them. */
export function domainsBy(counts: readonly ListCount[]): ReadonlyMap<Category, number> {
  const sums = new Map<Category, number>()
  for (const { category, domains } of counts) sums.set(category, (sums.get(category) ?? 0) + domains)
  return sums
}

export function openListsFolder(dataFolder: string): ListsFolder {
  const folder = join(dataFolder, 'lists')
  const pointer = join(folder, 'active.json')
  const path = (digest: string): string => join(folder, `${digest}.lists`)
  let opened: { sha256: string; lists: CategoryLists } | null = null
  let known: { modified: number; active: ActiveLists } | null = null

  const active = (): ActiveLists | null => {
    if (!existsSync(pointer)) return null
    const modified = statSync(pointer).mtimeMs
    if (known?.modified === modified) return known.active
    const found = JSON.parse(readFileSync(pointer, 'utf8')) as ActiveLists
    if (!/^[0-9a-f]{64}$/.test(found.sha256)) throw new Error(`${pointer} must name a list file by its SHA-256`)
    known = { modified, active: found }
    return found
  }
  const writeWhole = (file: string, content: Uint8Array | string): void => {
    const draft = join(folder, `.${randomBytes(6).toString('hex')}`)
    writeFileSync(draft, content, { mode: 0o600, flush: true })
    renameSync(draft, file)
  }

  const activate = (bytes: Uint8Array, now: Date): ActiveLists => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lists = openLists(bytes)
    if (lists.domains === 0) throw new ListsRefused('the lists that were compiled are empty, so the ones in force stay')
    const before = active()
    if (before && lists.domains < before.domains * smallestShare) {
      throw new ListsRefused(
        `the lists that were compiled hold ${lists.domains} domains and the ones in force ${before.domains}: more than 30 per cent fewer, so the ones in force stay`,
      )
    }
    const digest = sha256(bytes)
    if (!existsSync(path(digest))) writeWhole(path(digest), bytes)
    const next: ActiveLists = {
      sha256: digest,
      at: now.toISOString(),
      domains: lists.domains,
      sources: lists.sources,
      counts: lists.counts(),
    }
    // Written even when nothing differs: that the lists were compiled today is news too.
    writeWhole(pointer, JSON.stringify(next))
    return active() ?? next
  }

  return {
    folder,
    path,
    active,
    activate,
    open: () => {
      const now = active()
      if (!now) throw new Error('No filter lists have been compiled yet')
      if (opened?.sha256 === now.sha256) return opened
      const bytes = readFileSync(path(now.sha256))
      if (sha256(bytes) !== now.sha256) throw new Error(`${path(now.sha256)} is not the list file that its name says`)
      opened = { sha256: now.sha256, lists: openLists(bytes) }
      return opened
    },
    ensure: now => {
      const found = active()
      if (found && existsSync(path(found.sha256))) return found
      return activate(compileLists(shippedEntries(), shippedSources), now)
    },
  }
}
