/**
 * The compiled category lists: one file, used where it lies in memory.
 *
 * What is listed is a tree: 'bet.example' hangs beneath 'example', 'play.bet.example' beneath that, and the page
 * 'bet.example/slots/one' beneath the host by way of '/slots'. Every node from the second label on is kept, those that no
 * list names as well (one in seventeen, in the public lists), so that a look-up walks down from the right and stops at the
 * first name that is not there: for most hosts that is the first one asked. A node says who lists it and whether there is
 * anything beneath it. A node is found by its fingerprint alone; no text is kept.
 *
 *     header       16 words of 32 bits, little-endian: see `word`
 *     blocks       8 words each: how many slots are used before this block, then 224 bits, one a place
 *     fingerprint  a word a slot: one lane of the node's fingerprint
 *     morePlace    \ a word each, for the nodes whose place was taken by another with a smaller fingerprint (one in
 *     moreFinger   / sixteen): sorted by place, then fingerprint
 *     rareSlot     a word each: slots whose set is not among the first 127, in order
 *     mark         a byte a slot: its set, 127 for a rare one; + 128 if others of its place are among the `more`
 *     moreSet      16 bits each
 *     rareSet      16 bits each
 *     setStart     setCount + 1 words: where each set begins in setItem
 *     setItem      16 bits: category << 8 | source, both as indexes of the lists in the metadata
 *     setBeneath   a byte a set: 1 if hosts lie beneath such a node, 2 if pages do
 *     metadata     JSON in ASCII: categories, sources, counts
 *
 * Each section begins on a whole word. The other lane of the fingerprint names the place: a block by its high bits, one of
 * 224 places in it by its low ones. With eight places a node, seven names in eight that are not listed find their place
 * empty, which costs one cache line; otherwise the bits set before it in its block give its slot.
 *
 * A name that is not in the file is taken for one that is if a node of its place has its fingerprint: 1/8 × 2^-32, once in
 * 3.4 × 10^10 (1/6 × 2^-32 at worst, where a table kept its size while the lists grew). A look-up asks one name more than there
 * are listed names above it, one or two as a rule, so that less than one verdict in 10^10 is wrong; only a host with more
 * than 25 listed names above it would reach one in 10^9, and nobody can make one without the lists saying so. It never happens
 * the other way: what is listed is found. Two listed names that share place and fingerprint (at a million names, once in
 * 68,000 compilations) are both listed as either is.
 *
 * Measured on the public lists: 7.2 bytes a domain, their 21,000 pages included.
 */
import type { Category, ListSource } from './types.ts'

/** 'GHCL' as bytes. Read as one word, so that a machine of the other byte order refuses the file as well. */
export const magic = 0x4c434847
export const formatVersion = 2
export const headerWords = 16
/** Index of each word of the header; those not named are 0. */
export const word = {
  magic: 0,
  version: 1,
  bytes: 2,
  checksumHigh: 3,
  checksumLow: 4,
  seed: 5,
  blocks: 6,
  slots: 7,
  more: 8,
  rare: 9,
  sets: 10,
  setItems: 11,
  metadataBytes: 12,
  domains: 13,
  pages: 14,
} as const

/** Words of a block, and places in it: a bit each of all words but the first. */
export const blockWords = 8
export const blockPlaces = 224
/** The set number of a mark that means: see `rareSlot`. */
export const rareMark = 127
export const moreMark = 128
export const hostsBeneath = 1
export const pagesBeneath = 2

export interface Metadata {
  readonly categories: readonly Category[]
  readonly sources: readonly ListSource[]
  /** Index of category, index of source, domains, pages. */
  readonly counts: readonly (readonly [number, number, number, number])[]
}

export interface Sizes {
  readonly blocks: number
  readonly slots: number
  readonly more: number
  readonly rare: number
  readonly sets: number
  readonly setItems: number
  readonly metadataBytes: number
}

const wholeWords = (bytes: number): number => Math.ceil(bytes / 4) * 4

/** Byte offset of each section, and of the end. */
export function sectionOffsets({ blocks, slots, more, rare, sets, setItems, metadataBytes }: Sizes) {
  const block = headerWords * 4
  const fingerprint = block + blocks * blockWords * 4
  const morePlace = fingerprint + slots * 4
  const moreFinger = morePlace + more * 4
  const rareSlot = moreFinger + more * 4
  const mark = rareSlot + rare * 4
  const moreSet = mark + wholeWords(slots)
  const rareSet = moreSet + wholeWords(more * 2)
  const setStart = rareSet + wholeWords(rare * 2)
  const setItem = setStart + (sets + 1) * 4
  const setBeneath = setItem + wholeWords(setItems * 2)
  const metadata = setBeneath + wholeWords(sets)
  const end = metadata + wholeWords(metadataBytes)
  return {
    ...{ block, fingerprint, morePlace, moreFinger, rareSlot, mark, moreSet, rareSet },
    ...{ setStart, setItem, setBeneath, metadata, end },
  }
}

/**
 * 64 bits over every word but the checksum's own, in four lanes that do not wait for one another: a millisecond for a
 * million domains. A change of one word is always seen. Finds damage, not forgery: the SHA-256 of the file stands in the
 * signed bundle of rules, and whoever takes a file compares it first.
 */
export function checksumOf(file: Uint32Array): { high: number; low: number } {
  // Signed words are small integers even before the compiler has looked at the loop: twice as fast in a fresh process.
  const words = new Int32Array(file.buffer, file.byteOffset, file.length)
  let [one, two, three, four] = [0x1e3779b9, 0x35ebca6b, 0x42b2ae35, 0x27d4eb2f]
  for (let index = 0; index < headerWords; index += 1)
    if (index !== word.checksumHigh && index !== word.checksumLow) one = Math.imul(one ^ (words[index] ?? 0), prime)
  const whole = words.length & ~3
  for (let index = headerWords; index < whole; index += 4) {
    one = Math.imul(one ^ (words[index] ?? 0), prime)
    two = Math.imul(two ^ (words[index + 1] ?? 0), prime)
    three = Math.imul(three ^ (words[index + 2] ?? 0), prime)
    four = Math.imul(four ^ (words[index + 3] ?? 0), prime)
  }
  for (let index = Math.max(whole, headerWords); index < words.length; index += 1)
    one = Math.imul(one ^ (words[index] ?? 0), prime)
  return { high: (Math.imul(one, prime) ^ two) >>> 0, low: (Math.imul(three, prime) ^ four) >>> 0 }
}
const prime = 0x9e3779b1
