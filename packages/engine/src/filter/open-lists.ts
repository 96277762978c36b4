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
import { blockPlaces, hostsBeneath, type Metadata, moreMark, pagesBeneath, rareMark } from './lists-file.ts'
import { readSections, type Sections } from './lists-sections.ts'
import { createSetBook } from './set-book.ts'
import type { Category, CategoryLists, ListCount } from './types.ts'

/**
 * Opens what `compileLists` made, without copying it (unless it lies on an odd address). The bytes must not change
 * afterwards.
 * @param isChecked somebody has just compared the SHA-256 of these bytes with one that was signed, so that the file's own
 *   checksum, which takes as long again, has nothing to add.
 * @throws {ListsFileError} if the file is cut short, damaged, of another kind or of another version.
 */
export function openLists(bytes: Uint8Array, isChecked = false): CategoryLists {
  const sections = readSections(bytes, isChecked)
  const { metadata, seed, setStarts, setBeneath: beneathOf } = sections
  const book = createSetBook(sections)
  const find = finder(sections)

  /** Walks down from the right while there is something beneath; along the path as well, if one is given. */
  function walk(host: string, path: string | null): number {
    let found = 0
    let high = startHigh(seed)
    let low = startLow(seed)
    let index = host.length - 1
    const last = host.charCodeAt(index)
    const isAddress = last >= 48 && last <= 57 && isIpAddress(host)
    for (; index >= 0; index -= 1) {
      const code = host.charCodeAt(index)
      if (code === dot && !isAddress) break
      high = stepHigh(high, code)
      low = stepLow(low, code)
    }
    // What has no dot is a top level, which no list can name, or an IP address, which has no parents.
    if (index < 0) return at(find(high, low), high, low, path, 0)
    while (index >= 0) {
      high = stepHigh(high, dot)
      low = stepLow(low, dot)
      for (index -= 1; index >= 0; index -= 1) {
        const code = host.charCodeAt(index)
        if (code === dot) break
        high = stepHigh(high, code)
        low = stepLow(low, code)
      }
      const set = find(high, low)
      if (set < 0) return found
      found = at(set, high, low, path, found)
      if (((beneathOf[set] ?? 0) & hostsBeneath) === 0) return found
    }
    return found
  }

  /** What was found before, what is said of this host, and of a page of it. */
  function at(set: number, high: number, low: number, path: string | null, before: number): number {
    if (set < 0) return before
    const found = setStarts[set] === setStarts[set + 1] ? before : book.join(before, set + 1)
    return path !== null && (beneathOf[set] ?? 0) >= pagesBeneath ? walkPath(high, low, path, found) : found
  }

  function walkPath(hostHigh: number, hostLow: number, path: string, foundBefore: number): number {
    let found = foundBefore
    let high = hostHigh
    let low = hostLow
    for (let index = 0; index < path.length; ) {
      high = stepHigh(high, slash)
      low = stepLow(low, slash)
      for (index += 1; index < path.length; index += 1) {
        const code = lowerCase(path.charCodeAt(index))
        if (code === slash) break
        high = stepHigh(high, code)
        low = stepLow(low, code)
      }
      const set = find(high, low)
      if (set < 0) return found
      found = book.join(found, book.idOfPage(set))
      if (((beneathOf[set] ?? 0) & pagesBeneath) === 0) return found
    }
    return found
  }

  const lookupSet = (host: string): number => walk(host, null)
  const lookupPathSet = (host: string, path: string): number => walk(host, path)
  // What is asked seldom is counted when it is: opening is to take no longer than reading the file.
  let known: { counts: readonly ListCount[]; sources: ReadonlyMap<Category, number> } | undefined
  const counted = () => {
    known ??= countsOf(metadata)
    return known
  }
  return {
    lookup: host => book.listings(lookupSet(host)),
    lookupSet,
    lookupPath: (host, path) => book.listings(lookupPathSet(host, path)),
    lookupPathSet,
    listingsOf: book.listings,
    counts: () => counted().counts,
    sourcesOf: category => counted().sources.get(category) ?? 0,
    sources: metadata.sources,
    domains: sections.domains,
    pages: sections.pages,
    checksum: sections.checksum,
  }
}

function countsOf(metadata: Metadata) {
  const counts: ListCount[] = []
  const hosts = new Map<Category, number>()
  const pagesOnly = new Map<Category, number>()
  for (const [index, from, domains, pages] of metadata.counts) {
    const category = metadata.categories[index] ?? 'unlisted'
    const source = metadata.sources[from]?.id ?? ''
    counts.push(pages > 0 ? { category, source, domains, pages } : { category, source, domains })
    const sums = domains > 0 ? hosts : pagesOnly
    sums.set(category, (sums.get(category) ?? 0) + 1)
  }
  return { counts, sources: new Map([...pagesOnly, ...hosts]) }
}

/** The set of the node with this fingerprint, or -1. Takes the lanes unfinished. */
function finder(sections: Sections): (high: number, low: number) => number {
  const { blocks, fingerprints, marks, morePlaces, moreFingers, moreSets, rareSlots, rareSets, sizes } = sections
  const blockCount = sizes.blocks

  /** The rest of it, for a place that is taken: one in eight of what is asked in vain. */
  function findInSlot(block: number, inBlock: number, word: number, high: number, low: number): number {
    let slot = blocks[block * 8] ?? 0
    for (let before = block * 8 + 1; before < block * 8 + 1 + (inBlock >>> 5); before += 1)
      slot += bitsIn(blocks[before] ?? 0)
    slot += bitsIn(word & ((1 << (inBlock & 31)) - 1))
    const finger = finishLow(high, low)
    const mark = marks[slot] ?? 0
    if (fingerprints[slot] === finger) {
      const set = mark & rareMark
      return set === rareMark ? (rareSets[firstAt(rareSlots, slot)] ?? -1) : set
    }
    if (mark < moreMark) return -1
    const place = block * blockPlaces + inBlock
    for (let index = firstAt(morePlaces, place); morePlaces[index] === place; index += 1)
      if (moreFingers[index] === finger) return moreSets[index] ?? -1
    return -1
  }

  return (unfinishedHigh, low) => {
    const high = finishHigh(unfinishedHigh, low)
    const block = blockOf(high, blockCount)
    const inBlock = placeInBlock(high)
    const word = blocks[block * 8 + 1 + (inBlock >>> 5)] ?? 0
    return ((word >>> (inBlock & 31)) & 1) === 0 ? -1 : findInSlot(block, inBlock, word, high, low)
  }
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Index of the first of the ascending `values` that is not less than `wanted`. */
function firstAt(values: Uint32Array, wanted: number): number {
  let from = 0
  let to = values.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((values[middle] ?? 0) < wanted) from = middle + 1
    else to = middle
  }
  return from
}
