import {
  blockPlaces,
  blockWords,
  checksumOf,
  formatVersion,
  type Metadata,
  magic,
  moreMark,
  rareMark,
  sectionOffsets,
  word,
} from './lists-file.ts'
import type { Sections } from './lists-sections.ts'

/** What a list file holds, in the order that makes its bytes: the same nodes are the same file. */
export interface Nodes {
  readonly seed: number
  readonly blocks: number
  readonly count: number
  /** Ascending; block × 224 + place in the block. */
  readonly place: Uint32Array
  /** Ascending among nodes of one place, never equal there. */
  readonly finger: Uint32Array
  /** Index in `sets`. */
  readonly set: Uint16Array
  readonly sets: readonly NodeSet[]
  readonly metadata: Metadata
  readonly domains: number
  readonly pages: number
}

export interface NodeSet {
  /** category << 8 | source, ascending; empty for a node that is only on the way to others. */
  readonly items: readonly number[]
  /** `hostsBeneath` and `pagesBeneath`, together or alone, or 0. */
  readonly beneath: number
}

export const setKey = ({ items, beneath }: NodeSet): string => `${beneath}:${items.join()}`

/** The file that these nodes are. */
export function writeNodes(nodes: Nodes): Uint8Array {
  const { place, set, sets, blocks, count } = nodes
  const metadata = asciiJson(nodes.metadata)
  const items = sets.flatMap(each => each.items)
  let slots = 0
  let rare = 0
  for (let index = 0; index < count; index += 1) {
    if (index > 0 && place[index] === place[index - 1]) continue
    slots += 1
    if ((set[index] ?? 0) >= rareMark) rare += 1
  }
  const sizes = {
    ...{ blocks, slots, more: count - slots, rare },
    ...{ sets: sets.length, setItems: items.length, metadataBytes: metadata.length },
  }
  const at = sectionOffsets(sizes)
  const buffer = new ArrayBuffer(at.end)
  const words = new Uint32Array(buffer)
  words[word.magic] = magic
  words[word.version] = formatVersion
  words[word.bytes] = at.end
  words[word.seed] = nodes.seed
  words[word.blocks] = blocks
  words[word.slots] = slots
  words[word.more] = sizes.more
  words[word.rare] = rare
  words[word.sets] = sets.length
  words[word.setItems] = items.length
  words[word.metadataBytes] = metadata.length
  words[word.domains] = nodes.domains
  words[word.pages] = nodes.pages
  writeTable(nodes, buffer, at)
  let start = 0
  sets.forEach((each, index) => {
    words[at.setStart / 4 + index] = start
    start += each.items.length
  })
  words[at.setStart / 4 + sets.length] = start
  new Uint16Array(buffer, at.setItem, items.length).set(items)
  const bytes = new Uint8Array(buffer)
  bytes.set(
    sets.map(each => each.beneath),
    at.setBeneath,
  )
  for (let index = 0; index < metadata.length; index += 1) bytes[at.metadata + index] = metadata.charCodeAt(index)
  const checksum = checksumOf(words)
  words[word.checksumHigh] = checksum.high
  words[word.checksumLow] = checksum.low
  return bytes
}

function writeTable(
  { place, finger, set, blocks, count }: Nodes,
  buffer: ArrayBuffer,
  at: ReturnType<typeof sectionOffsets>,
): void {
  const words = new Uint32Array(buffer)
  const marks = new Uint8Array(buffer, at.mark)
  const moreSets = new Uint16Array(buffer, at.moreSet)
  const rareSets = new Uint16Array(buffer, at.rareSet)
  const base = at.block / 4
  let slot = 0
  let more = 0
  let rare = 0
  let nextBlock = 0
  for (let index = 0; index < count; index += 1) {
    const where = place[index] ?? 0
    const number = set[index] ?? 0
    if (index > 0 && where === place[index - 1]) {
      marks[slot - 1] = (marks[slot - 1] ?? 0) | moreMark
      words[at.morePlace / 4 + more] = where
      words[at.moreFinger / 4 + more] = finger[index] ?? 0
      moreSets[more] = number
      more += 1
      continue
    }
    const block = Math.floor(where / blockPlaces)
    const inBlock = where - block * blockPlaces
    for (; nextBlock <= block; nextBlock += 1) words[base + nextBlock * blockWords] = slot
    const bitWord = base + block * blockWords + 1 + (inBlock >>> 5)
    words[bitWord] = (words[bitWord] ?? 0) | (1 << (inBlock & 31))
    words[at.fingerprint / 4 + slot] = finger[index] ?? 0
    if (number < rareMark) marks[slot] = number
    else {
      marks[slot] = rareMark
      words[at.rareSlot / 4 + rare] = slot
      rareSets[rare] = number
      rare += 1
    }
    slot += 1
  }
  for (; nextBlock < blocks; nextBlock += 1) words[base + nextBlock * blockWords] = slot
}

/** The nodes of a file: `writeNodes` turned round. */
export function readNodes(sections: Sections): Nodes {
  const { blocks, fingerprints, marks, morePlaces, moreFingers, moreSets, rareSets, sizes } = sections
  const count = sizes.slots + sizes.more
  const place = new Uint32Array(count)
  const finger = new Uint32Array(count)
  const set = new Uint16Array(count)
  let slot = 0
  let more = 0
  let rare = 0
  let index = 0
  for (let block = 0; block < sizes.blocks; block += 1) {
    for (let bitWord = 0; bitWord < blockWords - 1; bitWord += 1) {
      let bits = blocks[block * blockWords + 1 + bitWord] ?? 0
      while (bits !== 0) {
        const lowest = bits & -bits
        bits ^= lowest
        const where = block * blockPlaces + bitWord * 32 + 31 - Math.clz32(lowest)
        const mark = marks[slot] ?? 0
        place[index] = where
        finger[index] = fingerprints[slot] ?? 0
        set[index] = (mark & rareMark) === rareMark ? (rareSets[rare++] ?? 0) : mark & rareMark
        slot += 1
        index += 1
        for (; more < sizes.more && morePlaces[more] === where; more += 1) {
          place[index] = where
          finger[index] = moreFingers[more] ?? 0
          set[index] = moreSets[more] ?? 0
          index += 1
        }
      }
    }
  }
  const { seed, metadata, domains, pages } = sections
  return {
    seed,
    blocks: sizes.blocks,
    count: index,
    place,
    finger,
    set,
    sets: readSets(sections),
    metadata,
    domains,
    pages,
  }
}

export const readSets = ({ sizes, setStarts, setItems, setBeneath }: Sections): NodeSet[] =>
  Array.from({ length: sizes.sets }, (_, index) => ({
    items: [...setItems.subarray(setStarts[index], setStarts[index + 1])],
    beneath: setBeneath[index] ?? 0,
  }))

export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
