import { normaliseHost, normaliseUrl } from './address.ts'
import {
  blockOf,
  dot,
  finishHigh,
  finishLow,
  lowerCase,
  placeInBlock,
  slash,
  startHigh,
  startLow,
  stepHigh,
  stepLow,
} from './fingerprint.ts'
import { isIpAddress } from './ip-address.ts'
import { blockPlaces, hostsBeneath, type Metadata, pagesBeneath, rareMark } from './lists-file.ts'
import { type NodeSet, type Nodes, readSets, setKey, writeNodes } from './lists-nodes.ts'
import { readSections } from './lists-sections.ts'
import { type Category, categories, type ListSource } from './types.ts'

export interface ListEntry {
  readonly domain: string
  /** This page of the domain and what lies beneath it, instead of the whole domain. Starts with '/', and is more than that. */
  readonly path?: string
  readonly category: Category
  /** Id of a source. */
  readonly source: string
}

export interface CompileOptions {
  /**
   * A file that went before: seed, size of the table and numbers of the sets stay as they were there, as far as they fit, so
   * that `listsDelta` has little to say.
   */
  readonly previous?: Uint8Array
  /** 32 bits of chance, once an installation, so that nobody can make a name that is taken for another. Not with `previous`. */
  readonly seed?: number
}

/**
 * Builds the file that `openLists` reads. The same entries and options give the same bytes, in whatever order they come, and
 * repeated ones count once. Keeps 11 bytes an entry in memory, no text.
 * @throws {RangeError} for a domain that is no host or has no dot (one label would shut a whole top level), for a path that
 *   is none, for a category or source that is not known, for two sources with one id, for more than 255 sources, and for more
 *   than 65,535 different combinations of categories and sources.
 * @throws {ListsFileError} if `previous` is not a list file of this version.
 */
export function compileLists(
  input: Iterable<ListEntry>,
  sources: Iterable<ListSource>,
  { previous, seed: wanted = 1 }: CompileOptions = {},
): Uint8Array {
  const inOrder = [...sources].sort((one, other) => (one.id < other.id ? -1 : 1))
  const sourceIndex = new Map(inOrder.map((source, index) => [source.id, index]))
  if (sourceIndex.size !== inOrder.length) throw new RangeError('Two list sources have the same id')
  if (inOrder.length > 255) throw new RangeError(`At most 255 list sources, not ${inOrder.length}`)
  const before = previous && readSections(previous)
  const seed = before ? before.seed : wanted >>> 0
  const gathered = gather(input, sourceIndex, seed)
  const grouped = group(gathered, blocksFor(gathered, before?.sizes.blocks))
  // Numbers stay only while the common sets are the common ones: their categories and sources must be the same as well.
  const isSameBefore =
    before !== undefined &&
    before.metadata.categories.join() === categories.join() &&
    before.metadata.sources.map(source => source.id).join() === [...sourceIndex.keys()].join()
  return writeNodes({ ...numbered(grouped, isSameBefore ? readSets(before) : []), seed, ...said(grouped, inOrder) })
}

const categoryIndex = new Map(categories.map((category, index) => [category, index]))

/** An item that names no category: the node is on the way to a listed host, or to a listed page. */
const aboveHost = 0xfffe
const abovePage = 0xffff
/** Bit of a gathered kind: the node is a page. */
const pageItem = 1

interface Gathered {
  readonly count: number
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** category << 8 | source, or one of the two above. */
  readonly item: Uint16Array
  /** 1 for a page, 0 for a host. */
  readonly kind: Uint8Array
}

function gather(input: Iterable<ListEntry>, sourceIndex: ReadonlyMap<string, number>, seed: number): Gathered {
  let room = 1024
  let high = new Uint32Array(room)
  let low = new Uint32Array(room)
  let item = new Uint16Array(room)
  let kind = new Uint8Array(room)
  let count = 0
  const add = (h: number, l: number, value: number, isPage: number) => {
    if (count === room) {
      room *= 2
      high = grown(high, new Uint32Array(room))
      low = grown(low, new Uint32Array(room))
      item = grown(item, new Uint16Array(room))
      kind = grown(kind, new Uint8Array(room))
    }
    high[count] = finishHigh(h, l)
    low[count] = finishLow(finishHigh(h, l), l)
    item[count] = value
    kind[count] = isPage
    count += 1
  }
  for (const { domain, path, category, source } of input) {
    const value = itemOf(category, source, sourceIndex)
    const host = normaliseHost(domain)
    if (host === null || !/[.:]/.test(host)) throw new RangeError(`${JSON.stringify(domain)} is not a domain to list`)
    let h = startHigh(seed)
    let l = startLow(seed)
    let labels = isIpAddress(host) ? Number.NaN : 1
    for (let at = host.length - 1; at >= 0; at -= 1) {
      const code = host.charCodeAt(at)
      if (code === dot) {
        if (labels >= 2) add(h, l, aboveHost, 0)
        labels += 1
      }
      h = stepHigh(h, code)
      l = stepLow(l, code)
    }
    if (path === undefined) {
      add(h, l, value, 0)
      continue
    }
    const page = listedPath(host, path)
    if (page === null) throw new RangeError(`${JSON.stringify(path)} is not a page to list`)
    add(h, l, abovePage, 0)
    for (let at = 0; at < page.length; at += 1) {
      const code = lowerCase(page.charCodeAt(at))
      if (code === slash && at > 0) add(h, l, abovePage, pageItem)
      h = stepHigh(h, code)
      l = stepLow(l, code)
    }
    add(h, l, value, pageItem)
  }
  return { count, high, low, item, kind }
}

function itemOf(category: Category, source: string, sourceIndex: ReadonlyMap<string, number>): number {
  const categoryAt = categoryIndex.get(category)
  if (categoryAt === undefined || category === 'unlisted')
    throw new RangeError(`No list can have the category ${JSON.stringify(category)}`)
  const sourceAt = sourceIndex.get(source)
  if (sourceAt === undefined) throw new RangeError(`There is no list source ${JSON.stringify(source)}`)
  return (categoryAt << 8) | sourceAt
}

/** Normalised, without a slash at the end: '/a/' and '/a' are one page. Null if it would be the whole site. */
function listedPath(host: string, path: string): string | null {
  if (!path.startsWith('/')) return null
  const address = normaliseUrl(`http://${host.includes(':') ? `[${host}]` : host}${path}`)
  const page = address.ok ? address.path.replace(/\/$/, '') : ''
  return page === '' ? null : page
}

function grown<T extends Uint32Array | Uint16Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
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
