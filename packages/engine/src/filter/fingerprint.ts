import { blockPlaces } from './lists-file.ts'

/**
 * 64-bit fingerprints of domain names and pages, two 32-bit lanes, taken from the last character of the host to the first,
 * so that one pass gives the fingerprint of each of its parent domains on the way; then, for a page, along its path.
 *
 * Not cryptographic. Each installation has a seed of its own, so nobody can find a name in advance that is taken for
 * another one.
 */
export const startHigh = (seed: number): number => (seed ^ 0x9e3779b9) | 0
export const startLow = (seed: number): number => (Math.imul(seed, 0x85ebca6b) ^ 0x27d4eb2f) | 0

export const stepHigh = (high: number, code: number): number =>
  Math.imul(((high << 5) | (high >>> 27)) ^ code, 0x9e3779b1)
export const stepLow = (low: number, code: number): number => Math.imul(((low << 13) | (low >>> 19)) ^ code, 0x85ebca77)

/** The finish of MurmurHash3, by Austin Appleby (public domain), each lane taking from the other. */
const spread = (value: number): number => {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
export const finishHigh = (high: number, low: number): number => spread(high ^ ((low << 16) | (low >>> 16))) >>> 0
/** Takes the finished high lane, so that different pairs of lanes stay different. */
export const finishLow = (finishedHigh: number, low: number): number =>
  spread(low ^ Math.imul(finishedHigh, 0x27d4eb2f)) >>> 0

/** Where the finished high lane belongs: a block, by its high bits, and a place in the block, by its low ones. */
export const blockOf = (finishedHigh: number, blocks: number): number => Math.floor((finishedHigh * blocks) / 2 ** 32)
export const placeInBlock = (finishedHigh: number): number => ((finishedHigh & 0x3fff) * blockPlaces) >>> 14

/** Paths are the same in any case of letters, since many servers do not tell them apart. */
export const lowerCase = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code)

export const dot = 46
export const slash = 47
