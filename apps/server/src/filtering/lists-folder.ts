import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Category,
  type CategoryLists,
  categories,
  compileLists,
  type ListCount,
  type ListEntry,
  ListsFileError,
  type ListSource,
  listsDelta,
  openLists,
} from '@gatehouse/engine'
import { type Accepted, refusals } from './list-refresh.ts'

/*
 * The compiled category lists of an installation: `<data>/lists/<sha256>.lists`, and `active.json`, which names the one in
 * force. Files are written whole and never changed; the pointer is replaced in one step. Beside them
 * `<sha256>.<sha256>.delta`, from files that were in force lately to the one that is: a gateway that has one of them needs no
 * more. The SHA-256 of the file in force stands in the signed bundle, so neither a list nor what a delta makes of one is
 * taken by a gateway unless the server signed it.
 *
 * Where a school wants two people for new lists, `hold` is there: they are then kept as `waiting.json` until released.
 */

export interface ActiveLists {
  readonly sha256: string
  readonly at: string
  readonly domains: number
  readonly sources: readonly ListSource[]
  readonly counts: readonly ListCount[]
  /** Digests of those in force before, the latest first; their files are still there. */
  readonly earlier?: readonly string[]
}

export interface ListsFolder {
  readonly folder: string
  path(sha256: string): string
  /** Where the delta between two lists is, or null if there is none. */
  deltaPath(from: string, to: string): string | null
  /** What the pointer says, or null before the first compilation. Read afresh each time: other processes may change it. */
  active(): ActiveLists | null
  /** The lists in force, opened once a version. @throws {Error} when there are none, or the file is not what its name says. */
  open(): { readonly sha256: string; readonly lists: CategoryLists }
  /** The file in force, for the next to be compiled after; null if there is none that this version can read. */
  previous(): Uint8Array | null
  /** Keeps the compiled bytes and makes them the ones in force. @throws {ListsRefused} and the old ones stay in force. */
  activate(bytes: Uint8Array, now: Date, accepted?: Accepted): ActiveLists
  /** True where new lists wait to be released. */
  isHeld(): boolean
  /** Written by the serving process, read by whatever compiles. */
  hold(held: boolean): void
  /** As `activate`, but leaves them waiting. @throws {ListsRefused} and what waits stays as it is. */
  keep(bytes: Uint8Array, now: Date, accepted?: Accepted): ActiveLists
  /** What waits, or null: nothing does, or its file is gone. */
  waiting(): ActiveLists | null
  /** Puts those that wait in force. @throws {ListsRefused} if others wait by now, or none. */
  activateWaiting(sha256: string, now: Date): ActiveLists
  /**
   * Makes sure that there is something to filter by: the starter lists that ship with the product, on the first start, and
   * after an update that reads another version of the file, until the lists are compiled again.
   */
  ensure(now: Date): ActiveLists
}

/** New lists that would leave a school with much less than it has. */
export class ListsRefused extends Error {
  override readonly name = 'ListsRefused'
}

/** Deltas are made from so many of the lists before, and so many are kept. */
const deltasFrom = 3
const listsKept = 20

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

/** Sites that no list ought to name; see list-refresh.ts. */
export const wellKnownHosts = (folder = shippedFolder): readonly string[] =>
  lines(readFileSync(join(folder, 'well-known.txt'), 'utf8'))

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
  const waitingPointer = join(folder, 'waiting.json')
  const holdFile = join(folder, 'hold')
  const path = (digest: string): string => join(folder, `${digest}.lists`)
  const pathOfDelta = (from: string, to: string): string => join(folder, `${from}.${to}.delta`)
  let opened: { sha256: string; lists: CategoryLists } | null = null
  let usable = ''
  let known: { modified: number; active: ActiveLists } | null = null

  const read = (file: string): ActiveLists => {
    const found = JSON.parse(readFileSync(file, 'utf8')) as ActiveLists
    if (!isDigest(found.sha256)) throw new Error(`${file} must name a list file by its SHA-256`)
    return found
  }
  const active = (): ActiveLists | null => {
    if (!existsSync(pointer)) return null
    const modified = statSync(pointer).mtimeMs
    if (known?.modified === modified) return known.active
    known = { modified, active: read(pointer) }
    return known.active
  }
  const waiting = (): ActiveLists | null => {
    const found = existsSync(waitingPointer) ? read(waitingPointer) : null
    return found && existsSync(path(found.sha256)) ? found : null
  }
  const writeWhole = (file: string, content: Uint8Array | string): void => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const draft = join(folder, `.${randomBytes(6).toString('hex')}`)
    writeFileSync(draft, content, { mode: 0o600, flush: true })
    renameSync(draft, file)
  }

  /** False for a file that is gone or of another version. One that was altered is left for `open` to refuse. */
  const isUsable = (digest: string): boolean => {
    if (usable === digest && existsSync(path(digest))) return true
    if (!existsSync(path(digest))) return false
    const bytes = readFileSync(path(digest))
    if (sha256(bytes) === digest && !canOpen(bytes)) return false
    usable = digest
    return true
  }

  /** Keeps the file; what it says of itself is returned. */
  const store = (bytes: Uint8Array, now: Date): ActiveLists => {
    const lists = openLists(bytes)
    const digest = sha256(bytes)
    if (!existsSync(path(digest))) writeWhole(path(digest), bytes)
    return {
      sha256: digest,
      at: now.toISOString(),
      domains: lists.domains,
      sources: lists.sources,
      counts: lists.counts(),
    }
  }
  const check = (bytes: Uint8Array, accepted: Accepted | undefined): void => {
    const said = refusals(active(), countedOf(openLists(bytes)), accepted)
    if (said.length > 0) throw new ListsRefused(`${said.join('; ')}. So the lists in force stay`)
  }
  const put = (next: ActiveLists): ActiveLists => {
    const before = active()
    const earlier = before ? [before.sha256, ...(before.earlier ?? [])].filter(digest => digest !== next.sha256) : []
    const pointed = { ...next, earlier: earlier.slice(0, listsKept) }
    writeDeltas(pointed)
    // Written even when nothing differs: that the lists were compiled today is news too.
    writeWhole(pointer, JSON.stringify(pointed))
    tidy(pointed)
    return active() ?? pointed
  }
  const writeDeltas = ({ sha256: to, earlier = [] }: ActiveLists): void => {
    const after = readFileSync(path(to))
    for (const from of earlier.slice(0, deltasFrom)) {
      if (existsSync(pathOfDelta(from, to)) || !existsSync(path(from))) continue
      try {
        const delta = listsDelta(readFileSync(path(from)), after)
        if (delta) writeWhole(pathOfDelta(from, to), delta)
      } catch (error) {
        // A file of an earlier version, or one that is damaged: gateways that have it fetch the whole.
        if (!(error instanceof ListsFileError)) throw error
      }
    }
  }
  const tidy = ({ sha256: current, earlier = [] }: ActiveLists): void => {
    const kept = new Set([current, ...earlier, waiting()?.sha256])
    for (const name of readdirSync(folder)) {
      const [one = '', other = ''] = name.split('.')
      const isOld = name.endsWith('.delta') ? other !== current : name.endsWith('.lists') && !kept.has(one)
      if (isOld) rmSync(join(folder, name), { force: true })
    }
  }

  return {
    folder,
    path,
    deltaPath: (from, to) =>
      isDigest(from) && isDigest(to) && existsSync(pathOfDelta(from, to)) ? pathOfDelta(from, to) : null,
    active,
    waiting,
    activate: (bytes, now, accepted) => {
      check(bytes, accepted)
      return put(store(bytes, now))
    },
    isHeld: () => existsSync(holdFile),
    hold: held => {
      if (held === existsSync(holdFile)) return
      if (held) writeWhole(holdFile, 'New lists wait for two people.\n')
      else rmSync(holdFile, { force: true })
    },
    keep: (bytes, now, accepted) => {
      check(bytes, accepted)
      const kept = store(bytes, now)
      writeWhole(waitingPointer, JSON.stringify(kept))
      return kept
    },
    activateWaiting: (digest, now) => {
      const found = waiting()
      if (found?.sha256 !== digest) throw new ListsRefused('other lists are waiting by now, or none')
      if (sha256(readFileSync(path(digest))) !== digest)
        throw new ListsRefused('the lists that were waiting are not what they were: compile them again')
      const activated = put({ ...found, at: now.toISOString() })
      rmSync(waitingPointer, { force: true })
      return activated
    },
    previous: () => {
      const found = active()
      if (!found || !existsSync(path(found.sha256))) return null
      const bytes = readFileSync(path(found.sha256))
      return sha256(bytes) === found.sha256 && canOpen(bytes) ? bytes : null
    },
    open: () => {
      const now = active()
      if (!now) throw new Error('No filter lists have been compiled yet')
      if (opened?.sha256 === now.sha256) return opened
      const bytes = readFileSync(path(now.sha256))
      if (sha256(bytes) !== now.sha256) throw new Error(`${path(now.sha256)} is not the list file that its name says`)
      opened = { sha256: now.sha256, lists: openLists(bytes, true) }
      return opened
    },
    ensure: now => {
      const found = active()
      if (found && isUsable(found.sha256)) return found
      return put(store(compileLists(shippedEntries(), shippedSources, { seed: newSeed() }), now))
    },
  }
}

/** 32 bits that nobody can know in advance. */
export const newSeed = (): number => randomBytes(4).readUInt32LE()
const isDigest = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)
const countedOf = (lists: CategoryLists) => ({ domains: lists.domains, counts: lists.counts() })

function canOpen(bytes: Uint8Array): boolean {
  try {
    openLists(bytes)
    return true
  } catch (error) {
    if (error instanceof ListsFileError) return false
    throw error
  }
}
