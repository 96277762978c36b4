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

/** `rows`: of each place, its words with their bits. `words` is one more than the highest number of a word. */
export function createPlaceTable(rows: readonly ReadonlyMap<number, number>[], words: number): PlaceTable {
  let shift = 22
  const wanted = rows.reduce((sum, row) => sum + row.size, 0) * 2
  while (1 << (32 - shift) < wanted) shift--
  const mask = (1 << (32 - shift)) - 1
  /** The pair's number times four, and its bits; 0 = empty. */
  const pairs = new Int32Array(mask + 1)
  rows.forEach((row, place) => {
    for (const [word, bits] of row) {
      const pair = place * words + word
      let slot = slotOf(pair, shift)
      while (pairs[slot] !== 0) slot = (slot + 1) & mask
      pairs[slot] = pair * 4 + bits
    }
  })
  return {
    at: (place, word) => {
      const pair = place * words + word
      for (let slot = slotOf(pair, shift); ; slot = (slot + 1) & mask) {
        const held = pairs[slot] ?? 0
        if (held >>> 2 === pair) return held & 3
        if (held === 0) return 0
      }
    },
  }
}

const slotOf = (pair: number, shift: number): number => Math.imul(pair, 0x9e3779b1) >>> shift
