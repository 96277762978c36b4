import { kindOf } from './letters.ts'

/*
 * Every word that is known, by a number from 1. A word is found in two ways: whole, by its hash; and letter by letter, from
 * state to state, where a disguise leaves several readings open.
 *
 * The letters of all words lie one after another: those of word n from `letterFrom[n]` to `letterFrom[n + 1]`.
 *
 * A state is four numbers: which letters go on (a bit each), where the first of the states behind them is, which digits go on,
 * and the word that ends here. The states behind one state lie side by side, letters before digits, so that counting the bits
 * below a letter's finds the one behind it. Example: "die", "dies" and "diet" share "die", whose state has the word "die", the
 * bits of s and t, and two states behind it. Small tables are what makes this fast: 16 bytes a state, against 148 for a row of
 * all 37 classes, keep all of it in the processor's second cache.
 */

export interface Dictionary {
  /** How many words there are; they are numbered from 1 to this. */
  readonly words: number
  readonly letters: Uint8Array
  readonly letterFrom: Int32Array
  readonly states: Int32Array
  /** The number of the word in `letters[from..to)`, 0 = none. */
  find(letters: ArrayLike<number>, from: number, to: number): number
  /** The same, of a word whose hash is known: {@link hashFrom} and {@link hashOn}. */
  findHashed(hash: number, letters: ArrayLike<number>, from: number, to: number): number
}

export interface DictionaryBuilder {
  /** The number of the word `text[from..to)`, given now if it has none. What is no letter or digit is left out. */
  add(text: string, from: number, to: number): number
  build(): Dictionary
}

export const hashFrom = 0x2545f491
export const hashOn = (hash: number, letter: number): number => Math.imul(hash ^ letter, 0x01000193)

export const root = 4

/** The state behind `state` by a letter or digit (class 1–36), 0 = none. */
export function stateAfter(states: Int32Array, state: number, kind: number): number {
  if (kind <= 26) {
    const letters = states[state] ?? 0
    if (((letters >>> kind) & 1) === 0) return 0
    return (states[state + 1] ?? 0) + 4 * ones(letters & ((1 << kind) - 1))
  }
  const digits = states[state + 2] ?? 0
  if (((digits >>> (kind - 26)) & 1) === 0) return 0
  return (states[state + 1] ?? 0) + 4 * (ones(states[state] ?? 0) + ones(digits & ((1 << (kind - 26)) - 1)))
}

/** How many bits are set. */
function ones(bits: number): number {
  const twos = bits - ((bits >>> 1) & 0x55555555)
  const fours = (twos & 0x33333333) + ((twos >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

export function createDictionary(): DictionaryBuilder {
  let letters = new Uint8Array(1 << 17)
  let letterFrom = new Int32Array(1 << 14)
  /** Two numbers a slot: a word's hash and the word. */
  let slots = new Int32Array(1 << 16)
  let words = 0
  let used = 0

  const findHashed = (hash: number, own: ArrayLike<number>, from: number, to: number): number => {
    const mask = slots.length - 1
    for (let slot = slotOf(hash) & mask; ; slot = (slot + 2) & mask) {
      const word = slots[slot + 1] ?? 0
      if (word === 0) return 0
      if (slots[slot] !== hash) continue
      const start = letterFrom[word] ?? 0
      if ((letterFrom[word + 1] ?? 0) - start !== to - from) continue
      let same = from
      while (same < to && letters[start + same - from] === own[same]) same++
      if (same === to) return word
    }
  }
  const put = (hash: number, word: number): void => {
    const mask = slots.length - 1
    let slot = slotOf(hash) & mask
    while (slots[slot + 1] !== 0) slot = (slot + 2) & mask
    slots[slot] = hash
    slots[slot + 1] = word
  }
  const grow = (): void => {
    letterFrom = longer(letterFrom)
    const before = slots
    slots = new Int32Array(before.length * 2)
    for (let slot = 0; slot < before.length; slot += 2) {
      const word = before[slot + 1] ?? 0
      if (word !== 0) put(before[slot] ?? 0, word)
    }
  }
  return {
    add: (text, from, to) => {
      while (used + to - from > letters.length) letters = longer(letters)
      // Written behind the last word, where it stays if it is new.
      let end = used
      let hash = hashFrom
      for (let at = from; at < to; at++) {
        const kind = kindOf[text.charCodeAt(at)] ?? 0
        if (kind > 36) continue
        letters[end++] = kind
        hash = hashOn(hash, kind)
      }
      const known = end > used ? findHashed(hash, letters, used, end) : 0
      if (known !== 0) return known
      words++
      if (words + 2 > letterFrom.length) grow()
      letterFrom[words] = used
      letterFrom[words + 1] = end
      if (end > used) put(hash, words)
      used = end
      return words
    },
    build: () => ({
      words,
      letters,
      letterFrom,
      states: statesOf(letters, letterFrom, words),
      find: (own, from, to) => {
        let hash = hashFrom
        for (let at = from; at < to; at++) hash = hashOn(hash, own[at] ?? 0)
        return findHashed(hash, own, from, to)
      },
      findHashed,
    }),
  }
}

/** An even number: where the search for a hash begins. */
const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) << 1

function longer<T extends Uint8Array | Int32Array>(array: T): T {
  const twice = array instanceof Uint8Array ? new Uint8Array(array.length * 2) : new Int32Array(array.length * 2)
  twice.set(array)
  return twice as T
}

/** The words as states, numbered breadth first. */
function statesOf(letters: Uint8Array, letterFrom: Int32Array, words: number): Int32Array {
  // First a tree in which a state knows its first child and its next sibling, in the order of the letters.
  const most = (letterFrom[words + 1] ?? 0) + 2
  const child = new Int32Array(most)
  const sibling = new Int32Array(most)
  const letterOf = new Uint8Array(most)
  const wordAt = new Int32Array(most)
  let count = 2
  for (let word = 1; word <= words; word++) {
    const end = letterFrom[word + 1] ?? 0
    let state = 1
    for (let at = letterFrom[word] ?? 0; at < end; at++) {
      const letter = letters[at] ?? 0
      let before = 0
      let here = child[state] ?? 0
      while (here !== 0 && (letterOf[here] ?? 0) < letter) {
        before = here
        here = sibling[here] ?? 0
      }
      if (here === 0 || letterOf[here] !== letter) {
        const made = count++
        letterOf[made] = letter
        sibling[made] = here
        if (before === 0) child[state] = made
        else sibling[before] = made
        here = made
      }
      state = here
    }
    if (state > 1) wordAt[state] = word
  }
  const states = new Int32Array(count * 4)
  const order = new Int32Array(count)
  order[1] = 1
  let placed = 2
  for (let n = 1; n < placed; n++) {
    const from = order[n] ?? 0
    states[n * 4 + 1] = placed * 4
    states[n * 4 + 3] = wordAt[from] ?? 0
    for (let here = child[from] ?? 0; here !== 0; here = sibling[here] ?? 0) {
      const letter = letterOf[here] ?? 0
      if (letter <= 26) states[n * 4] = (states[n * 4] ?? 0) | (1 << letter)
      else states[n * 4 + 2] = (states[n * 4 + 2] ?? 0) | (1 << (letter - 26))
      order[placed++] = here
    }
  }
  return states
}
