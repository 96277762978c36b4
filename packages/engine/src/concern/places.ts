/*
 * Which words may stand at a place of a pattern: the pairs of a place and a word that belong together, in one table with open
 * addressing. There are about 20,000 pairs among the 16 million that could be, so that the table is some 200 kB, where rows of
 * bits would be 2 MB that no cache keeps.
 */

/** The word alone is a wording of the place. */
export const alone = 1
/** A wording of several words begins with it. */
export const begins = 2

export interface PlaceTable {
  /** {@link alone} and {@link begins} as bits; 0 where the word has no business there. */
  at(place: number, word: number): number
}

/** `pairs`: a place, a word of it and what it is there, three numbers each. `words` is more than the highest word. */
export function createPlaceTable(pairs: readonly number[], words: number): PlaceTable {
  let shift = 22
  while (1 << (32 - shift) < (pairs.length / 3) * 2) shift--
  const mask = (1 << (32 - shift)) - 1
  /** The pair's number times four, and its bits; 0 = empty. */
  const slots = new Int32Array(mask + 1)
  /** Two bits for each slot that a search may begin at: of most pairs that are asked for, this small table says that they are none. */
  const begun = new Uint8Array((mask + 1) >> 2)
  for (let n = 0; n < pairs.length; n += 3) {
    const pair = (pairs[n] ?? 0) * words + (pairs[n + 1] ?? 0)
    const bit = slotOf(pair, shift - 1)
    begun[bit >> 3] = (begun[bit >> 3] ?? 0) | (1 << (bit & 7))
    let slot = bit >>> 1
    while (slots[slot] !== 0 && (slots[slot] ?? 0) >>> 2 !== pair) slot = (slot + 1) & mask
    slots[slot] = (pair * 4) | (slots[slot] ?? 0) | (pairs[n + 2] ?? 0)
  }
  return {
    at: (place, word) => {
      const pair = place * words + word
      const bit = slotOf(pair, shift - 1)
      if (((begun[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return 0
      for (let slot = bit >>> 1; ; slot = (slot + 1) & mask) {
        const held = slots[slot] ?? 0
        if (held >>> 2 === pair) return held & 3
        if (held === 0) return 0
      }
    },
  }
}

const slotOf = (pair: number, shift: number): number => Math.imul(pair, 0x9e3779b1) >>> shift
