import { lettersOf } from './letters.ts'

/*
 * The dictionary: a dense automaton over 37 classes (a–z, 0–9, end), one Int32 a state and class, so that reading a word
 * costs one load a letter. Example: after "die", `next[state * 37 + s]` is the state of "dies", and `wordAt[state]` its number.
 *
 * A second table holds the words with every run of a letter squeezed to one ("kil" for "kill"), asked only where a letter
 * was stretched in the text.
 */

export const width = 37

export interface WordTrie {
  /** state × 37 + class → state; 0 = no such word. The root is state 1. */
  readonly next: Int32Array
  /** state → word number; 0 = none. */
  readonly wordAt: Int32Array
  readonly words: number
  idOf(word: string): number
}

export interface TrieBuilder {
  /** The number of a word, given now if it has none. Words are numbered from 1. */
  add(word: string): number
  /** Another spelling of a numbered word; the first to claim a spelling keeps it. */
  alias(spelling: readonly number[], word: number): void
  build(): WordTrie
}

export function createTrieBuilder(): TrieBuilder {
  let next = new Int32Array(width * 65536)
  let wordAt = new Int32Array(65536)
  let states = 2
  let words = 0
  const numbered = new Map<string, number>()
  const stateOf = (letters: readonly number[]): number => {
    let state = 1
    for (const letter of letters) {
      const slot = state * width + letter
      let to = next[slot] ?? 0
      if (to === 0) {
        to = states++
        if (states * width > next.length) {
          const wider = new Int32Array(next.length * 2)
          wider.set(next)
          next = wider
          const longer = new Int32Array(wordAt.length * 2)
          longer.set(wordAt)
          wordAt = longer
        }
        next[slot] = to
      }
      state = to
    }
    return state
  }
  return {
    add: word => {
      const known = numbered.get(word)
      if (known !== undefined) return known
      const state = stateOf(lettersOf(word))
      const there = wordAt[state] ?? 0
      const id = there === 0 ? ++words : there
      if (state > 1) wordAt[state] = id
      numbered.set(word, id)
      return id
    },
    alias: (spelling, word) => {
      const state = stateOf(spelling)
      if (state > 1 && wordAt[state] === 0) wordAt[state] = word
    },
    build: () => {
      const tight = next.slice(0, states * width)
      const at = wordAt.slice(0, states)
      return { next: tight, wordAt: at, words, idOf: word => find(tight, at, lettersOf(word)) }
    },
  }
}

const find = (next: Int32Array, wordAt: Int32Array, letters: readonly number[]): number => {
  let state = 1
  for (const letter of letters) {
    state = next[state * width + letter] ?? 0
    if (state === 0) return 0
  }
  return wordAt[state] ?? 0
}
