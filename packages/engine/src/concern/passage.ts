/*
 * A passage is as much of a text as is judged together: at most `passageTokens` words, cut at the end of a sentence where
 * there is one. Its arrays are made once and filled again for every passage, so that memory does not grow with the text.
 */

export const passageTokens = 512
/** From here on a passage ends with the next sentence. */
export const passageEnough = 400
/** A longer word is read as several. */
export const longestWord = 40

export const marks = {
  /** A sentence or line ends before this word. */
  afterBreak: 1,
  quoted: 2,
  /** Its letters were disguised. */
  disguised: 4,
  number: 8,
  /** Begins with @. */
  mention: 16,
  /** Stands in its text letter by letter as in the dictionary. */
  asListed: 32,
} as const

/** How a word is parted from the one before it. */
export const gaps = { none: 0, oneSpace: 1, wide: 2, oneSign: 3 } as const

export interface Passage {
  count: number
  /** Number in the dictionary, 0 = not there. */
  readonly word: Int32Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly marks: Uint8Array
  readonly gap: Uint8Array
  /** Where its letters begin in `letters`; they end where `letterEnd` says. */
  readonly letterFrom: Int32Array
  readonly letterEnd: Int32Array
  /** Letters as read, disguises undone: classes 1–36. */
  readonly letters: Uint8Array
  letterCount: number
  /** Ends in a question mark somewhere. */
  hasQuestion: boolean
  /** Whether there is a digit or an @ in it: without either nothing in it is personal by its shape. */
  hasDigit: boolean
  hasAt: boolean
  /** Work done, for proving that it grows in line with the text. */
  steps: number
}

export const createPassage = (): Passage => ({
  count: 0,
  word: new Int32Array(passageTokens + 8),
  from: new Int32Array(passageTokens + 8),
  to: new Int32Array(passageTokens + 8),
  marks: new Uint8Array(passageTokens + 8),
  gap: new Uint8Array(passageTokens + 8),
  letterFrom: new Int32Array(passageTokens + 8),
  letterEnd: new Int32Array(passageTokens + 8),
  letters: new Uint8Array((passageTokens + 8) * longestWord * 3),
  letterCount: 0,
  hasQuestion: false,
  hasDigit: false,
  hasAt: false,
  steps: 0,
})
