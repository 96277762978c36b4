import { blockOf, placeInBlock } from './fingerprint.ts'
import { aboveHost, abovePage, createGatherer, type Gathered, type ListEntry } from './gather-entries.ts'
import { blockPlaces, hostsBeneath, type Metadata, pagesBeneath, rareMark } from './lists-file.ts'
import { type NodeSet, type Nodes, readSets, setKey, writeNodes } from './lists-nodes.ts'
import { readSections } from './lists-sections.ts'
import { categories, type ListSource } from './types.ts'

export type { ListEntry } from './gather-entries.ts'

export interface CompileOptions {
  /**
   * A file that went before: seed, size of the table and numbers of the sets stay as they were there, as far as they fit, so
   * that `listsDelta` has little to say.
   */
  readonly previous?: Uint8Array
  /** 32 bits of chance, once an installation, so that nobody can make a name that is taken for another. Not with `previous`. */
  readonly seed?: number
}

export interface ListCompiler {
  /**
   * @throws {RangeError} for a domain that is no host or has no dot (one label would shut a whole top level), for a path that
   *   is none, and for a category or source that is not known.
   */
  add(entry: ListEntry): void
  /** The compiled file. @throws {RangeError} for more than 65,535 different combinations of categories and sources. */
  finish(): Uint8Array
}

/** `listCompiler`, for entries that are at hand. */
export function compileLists(
  entries: Iterable<ListEntry>,
  sources: Iterable<ListSource>,
  options: CompileOptions = {},
): Uint8Array {
  const compiler = listCompiler(sources, options)
  for (const entry of entries) compiler.add(entry)
  return compiler.finish()
}

/**
 * Builds the file that `openLists` reads. The same entries and options give the same bytes, in whatever order they come, and
 * repeated ones count once. Keeps 11 bytes an entry in memory, no text.
 * @throws {RangeError} for two sources with one id, and for more than 255 sources.
 * @throws {ListsFileError} if `previous` is not a list file of this version.
 */
export function listCompiler(
  sources: Iterable<ListSource>,
  { previous, seed: wanted = 1 }: CompileOptions = {},
): ListCompiler {
  const inOrder = [...sources].sort((one, other) => (one.id < other.id ? -1 : 1))
  const sourceIndex = new Map(inOrder.map((source, index) => [source.id, index]))
  if (sourceIndex.size !== inOrder.length) throw new RangeError('Two list sources have the same id')
  if (inOrder.length > 255) throw new RangeError(`At most 255 list sources, not ${inOrder.length}`)
  const before = previous && readSections(previous)
  const seed = before ? before.seed : wanted >>> 0
  // Numbers of sets stay only if they mean the same.
  const isSameBefore =
    before !== undefined &&
    before.metadata.categories.join() === categories.join() &&
    before.metadata.sources.map(source => source.id).join() === [...sourceIndex.keys()].join()
  const gatherer = createGatherer(sourceIndex, seed)
  return {
    add: gatherer.add,
    finish() {
      const gathered = gatherer.gathered()
      const grouped = group(gathered, blocksFor(gathered, before?.sizes.blocks))
      return writeNodes({ ...numbered(grouped, isSameBefore ? readSets(before) : []), seed, ...said(grouped, inOrder) })
    },
  }
}

/** Eight places a node; between six and twelve a table stays as large as the one before. */
function blocksFor({ count, high, low }: Gathered, before: number | undefined): number {
  // Repeated entries must not make the table larger: the same nodes are the same file.
  const distinct = distinctOf(count, high, low)
  const density = before === undefined ? 0 : (before * blockPlaces) / Math.max(1, distinct)
  return before !== undefined && density >= 6 && density <= 12
    ? before
    : Math.max(1, Math.ceil((distinct * 8) / blockPlaces))
}

function distinctOf(count: number, high: Uint32Array, low: Uint32Array): number {
  let bits = 4
  while (2 ** bits < count * 2) bits += 1
  const mask = 2 ** bits - 1
  const seen = new Uint32Array(2 ** bits)
  let distinct = 0
  for (let index = 0; index < count; index += 1) {
    let at = (high[index] ?? 0) & mask
    for (; seen[at] !== 0; at = (at + 1) & mask) {
      const other = (seen[at] ?? 0) - 1
      if (high[other] === high[index] && low[other] === low[index]) break
    }
    if (seen[at] === 0) {
      seen[at] = index + 1
      distinct += 1
    }
  }
  return distinct
}

interface Grouped {
  readonly blocks: number
  readonly count: number
  readonly place: Uint32Array
  readonly finger: Uint32Array
  /** Index in `sets`, in the order in which they were met. */
  readonly set: Uint32Array
  readonly sets: readonly NodeSet[]
  /** Nodes of each set, hosts and pages. */
  readonly hosts: readonly number[]
  readonly pages: readonly number[]
}

/** Sorts entries by place and fingerprint, joins those of one node, and numbers the sets that occur. */
function group({ count, high, low, item, kind }: Gathered, blocks: number): Grouped {
  const starts = new Uint32Array(blocks + 1)
  for (let index = 0; index < count; index += 1) {
    const next = blockOf(high[index] ?? 0, blocks) + 1
    starts[next] = (starts[next] ?? 0) + 1
  }
  for (let block = 1; block <= blocks; block += 1) starts[block] = (starts[block] ?? 0) + (starts[block - 1] ?? 0)
  const order = new Uint32Array(count)
  const fill = starts.slice()
  for (let index = 0; index < count; index += 1) {
    const block = blockOf(high[index] ?? 0, blocks)
    const at = fill[block] ?? 0
    order[at] = index
    fill[block] = at + 1
  }
  const place = new Uint32Array(count)
  const finger = new Uint32Array(count)
  const set = new Uint32Array(count)
  const numbers = new Map<string, number>()
  const sets: NodeSet[] = []
  const hosts: number[] = []
  const pages: number[] = []
  let nodes = 0
  const compare = (one: number, other: number) =>
    placeInBlock(high[one] ?? 0) - placeInBlock(high[other] ?? 0) ||
    (low[one] ?? 0) - (low[other] ?? 0) ||
    (item[one] ?? 0) - (item[other] ?? 0)
  for (let block = 0; block < blocks; block += 1) {
    const members = order.subarray(starts[block], starts[block + 1]).sort(compare)
    for (let at = 0; at < members.length; ) {
      const first = members[at] ?? 0
      const inBlock = placeInBlock(high[first] ?? 0)
      const items: number[] = []
      let beneath = 0
      let isPage = 0
      for (; at < members.length; at += 1) {
        const member = members[at] ?? 0
        if (placeInBlock(high[member] ?? 0) !== inBlock || low[member] !== low[first]) break
        const value = item[member] ?? 0
        if (value === aboveHost) beneath |= hostsBeneath
        else if (value === abovePage) beneath |= pagesBeneath
        else if (items.at(-1) !== value) items.push(value)
        isPage |= kind[member] ?? 0
      }
      const key = setKey({ items, beneath })
      let number = numbers.get(key)
      if (number === undefined) {
        number = sets.push({ items, beneath }) - 1
        numbers.set(key, number)
      }
      place[nodes] = block * blockPlaces + inBlock
      finger[nodes] = low[first] ?? 0
      set[nodes] = number
      nodes += 1
      const sums = isPage ? pages : hosts
      sums[number] = (sums[number] ?? 0) + 1
    }
  }
  return { blocks, count: nodes, place, finger, set, sets, hosts, pages }
}

/** Sets by how common they are; those of `before` keep their numbers while the common ones stay so. */
function numbered(
  { blocks, count, place, finger, set, sets, hosts, pages }: Grouped,
  before: readonly NodeSet[],
): Pick<Nodes, 'blocks' | 'count' | 'place' | 'finger' | 'set' | 'sets'> {
  const nodesOf = (index: number): number => (hosts[index] ?? 0) + (pages[index] ?? 0)
  const keys = sets.map(setKey)
  const byCount = sets
    .map((_, index) => index)
    .sort((one, other) => nodesOf(other) - nodesOf(one) || ((keys[one] ?? '') < (keys[other] ?? '') ? -1 : 1))
  const indexOfKey = new Map(keys.map((key, index) => [key, index]))
  const kept = before.map(each => indexOfKey.get(setKey(each)))
  const rareNodes = (order: readonly (number | undefined)[]): number =>
    order.slice(rareMark).reduce<number>((sum, index) => sum + (index === undefined ? 0 : nodesOf(index)), 0)
  const known = new Set(kept)
  const stable: (number | undefined)[] = [...kept, ...byCount.filter(index => !known.has(index))]
  // A set that nothing is in any more keeps its number; too many of those, or of rare ones that are not rare: start anew.
  const isWorthIt = before.length > 0 && stable.length < sets.length * 2 && rareNodes(stable) * 50 < count + 5_000
  const order = isWorthIt ? stable : byCount
  if (order.length > 0xffff) throw new RangeError(`At most 65,535 combinations of lists, not ${order.length}`)
  const numberOf = new Uint16Array(sets.length)
  order.forEach((index, number) => {
    if (index !== undefined) numberOf[index] = number
  })
  const finalSets = order.map((index, number) => (index === undefined ? before[number] : sets[index]) ?? nothing)
  const renumbered = new Uint16Array(count)
  for (let index = 0; index < count; index += 1) renumbered[index] = numberOf[set[index] ?? 0] ?? 0
  return { blocks, count, place, finger, set: renumbered, sets: finalSets }
}
const nothing: NodeSet = { items: [], beneath: 0 }

function said(
  { sets, hosts, pages }: Grouped,
  sources: readonly ListSource[],
): Pick<Nodes, 'metadata' | 'domains' | 'pages'> {
  const domainsOf = new Map<number, number>()
  const pagesOf = new Map<number, number>()
  const total = { domains: 0, pages: 0 }
  const count = (sums: Map<number, number>, items: readonly number[], nodes: number): number => {
    for (const item of items) sums.set(item, (sums.get(item) ?? 0) + nodes)
    return items.length > 0 ? nodes : 0
  }
  sets.forEach(({ items }, index) => {
    if (hosts[index]) total.domains += count(domainsOf, items, hosts[index])
    if (pages[index]) total.pages += count(pagesOf, items, pages[index])
  })
  const counts = [...new Set([...domainsOf.keys(), ...pagesOf.keys()])]
    .sort((one, other) => one - other)
    .map(item => [item >> 8, item & 0xff, domainsOf.get(item) ?? 0, pagesOf.get(item) ?? 0] as const)
  return { ...total, metadata: { categories, sources, counts } satisfies Metadata }
}
