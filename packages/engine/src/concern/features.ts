import type { Passage } from './passage.ts'

/*
 * What the trained model looks at: each word, each pair of neighbours, and every three, four and five letters running of a
 * word with its edges; of a word whose meaning is known, its class too, and that class with the one before it, other words
 * left out. Each is hashed to a bucket; what is hashed is never kept.
 */

export interface Features {
  /** Buckets, with repeats; only the first `count` count. */
  readonly buckets: Int32Array
  count: number
}

/** Most features of a passage: beyond, the rest of it is not looked at by the model. */
export const mostFeatures = 8192

export const createFeatures = (): Features => ({ buckets: new Int32Array(mostFeatures + 256), count: 0 })

const mixed = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return once ^ (once >>> 15)
}

/** What stands before the first word of a passage, for its pair. */
export const beforeFirst = 0x1f3d5b79

/**
 * Adds what a word brings wherever it stands: its class of meaning, if it has one (0 = none), its letters' runs and itself.
 *
 * @returns its hash, of which pairs are made.
 */
export function addWord(
  features: Features,
  letters: Uint8Array,
  from: number,
  end: number,
  meaning: number,
  mask: number,
): number {
  const { buckets } = features
  let n = features.count
  let whole = 0x2545f491
  if (meaning !== 0) buckets[n++] = mixed(Math.imul(meaning, 0x7feb352d) + 77) & mask
  // The last five letters, five bits each would not hold 37 classes: six bits each, 0 = edge.
  let window = 0
  let seen = 1
  for (let at = from; at <= end; at++) {
    const letter = at < end ? (letters[at] ?? 0) : 0
    if (at < end) whole = Math.imul(whole ^ letter, 0x01000193)
    window = ((window << 6) | letter) & 0x3fffffff
    seen++
    if (seen >= 3) buckets[n++] = mixed(Math.imul(window & 0x3ffff, 0x9e3779b1) + 3) & mask
    if (seen >= 4) buckets[n++] = mixed(Math.imul(window & 0xffffff, 0x85ebca6b) + 4) & mask
    if (seen >= 5) buckets[n++] = mixed(Math.imul(window, 0xc2b2ae35) + 5) & mask
  }
  buckets[n++] = mixed(whole + 1) & mask
  features.count = n
  return whole
}

/** The bucket of two neighbours, by their hashes. */
export const pairBucket = (before: number, whole: number, mask: number): number =>
  mixed(Math.imul(before, 0x27d4eb2f) ^ whole) & mask

/** The bucket of a class of meaning and the one before it; 0 = none before. */
export const meaningPairBucket = (before: number, meaning: number, mask: number): number =>
  mixed(Math.imul(meaning, 0x7feb352d) ^ Math.imul(before + 1, 0x846ca68b)) & mask

/** Fills `features` from a passage; `bits` is the base-2 logarithm of the number of buckets, `meaningOf` gives a word's class. */
export function readFeatures(passage: Passage, bits: number, meaningOf: Uint16Array, features: Features): void {
  const { word, letters, letterFrom, letterEnd, count } = passage
  const { buckets } = features
  const mask = (1 << bits) - 1
  features.count = 0
  let before = beforeFirst
  let last = 0
  for (let token = 0; token < count && features.count < mostFeatures; token++) {
    const meaning = meaningOf[word[token] ?? 0] ?? 0
    const whole = addWord(features, letters, letterFrom[token] ?? 0, letterEnd[token] ?? 0, meaning, mask)
    buckets[features.count++] = pairBucket(before, whole, mask)
    before = whole
    if (meaning === 0) continue
    buckets[features.count++] = meaningPairBucket(last, meaning, mask)
    last = meaning
  }
}
