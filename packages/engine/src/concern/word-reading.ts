import { type Dictionary, root, stateAfter } from './dictionary.ts'
import { kinds, leetFirst, leetSecond } from './letters.ts'
import { longestWord } from './passage.ts'

/*
 * Which word of the dictionary a run of letters, digits and signs may be meant for. Every search here has a fixed budget, so
 * a word costs at most a constant, whatever it is made of.
 */

const budget = 96

export interface WordReader {
  /**
   * The number of the word that `raw[0..length)` may disguise: leet, covered letters, stretched letters, in any mixture;
   * 0 = none. Covered letters are filled in with delicate words only.
   */
  undisguise(raw: Uint8Array, length: number): number
  /**
   * Parts a run of letters into words of the dictionary, at least one of them delicate; the ends of the parts go to `ends`;
   * where there are two, neither is shorter than `least`.
   * @returns how many parts, 0 where it cannot be done.
   */
  part(raw: Uint8Array, length: number, ends: Uint8Array, mostParts: number, least: number): number
  /** The delicate word one slip of the keyboard away (a letter more, less, swapped or wrong), 0 = none. */
  misspelt(raw: Uint8Array, length: number): number
  /** Work done so far, in steps of the automaton. */
  steps(): number
}

/** A delicate word is one that a rule turns on. */
export function createWordReader(
  { states, letters, letterFrom }: Dictionary,
  isDelicate: Uint8Array,
  spellings: SpellingIndex,
): WordReader {
  let steps = 0
  let left = 0
  let needsDelicate = false

  const search = (raw: Uint8Array, length: number, at: number, state: number, last: number): number => {
    if (--left < 0) return 0
    if (at === length) {
      const word = states[state + 3] ?? 0
      return word !== 0 && (!needsDelicate || isDelicate[word] === 1) ? word : 0
    }
    const kind = raw[at] ?? 0
    if (kind <= 36) {
      const to = stateAfter(states, state, kind)
      if (to !== 0) {
        const found = search(raw, length, at + 1, to, kind)
        if (found !== 0) return found
      }
      if (kind === last) {
        const found = search(raw, length, at + 1, state, last)
        if (found !== 0) return found
      }
    }
    if (kind === kinds.mask) {
      let to = states[state + 1] ?? 0
      for (let onward = states[state] ?? 0; onward !== 0; onward &= onward - 1) {
        const found = search(raw, length, at + 1, to, 0)
        if (found !== 0) return found
        to += 4
      }
      return 0
    }
    if (kind <= 26) return 0
    const first = leetFirst[kind] ?? 0
    const second = leetSecond[kind] ?? 0
    if (first !== 0) {
      const to = stateAfter(states, state, first)
      if (to !== 0) {
        const found = search(raw, length, at + 1, to, first)
        if (found !== 0) return found
      }
      if (first === last) {
        const found = search(raw, length, at + 1, state, last)
        if (found !== 0) return found
      }
    }
    if (second !== 0 && second !== first) {
      const to = stateAfter(states, state, second)
      if (to !== 0) return search(raw, length, at + 1, to, second)
    }
    return 0
  }

  // How the delicate words begin that a word run together may hold, as hashes of four letters.
  const beginnings = new Uint8Array(1 << 12)
  for (let word = 1; word < isDelicate.length; word++) {
    const from = letterFrom[word] ?? 0
    if (isDelicate[word] !== 1 || (letterFrom[word + 1] ?? 0) - from < 4) continue
    const bit = hashOfFour(letters, from)
    beginnings[bit >> 3] = (beginnings[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
  const mayHoldDelicate = (raw: Uint8Array, length: number): boolean => {
    for (let at = 0; at + 4 <= length; at++) {
      const bit = hashOfFour(raw, at)
      if (((beginnings[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0) return true
    }
    return false
  }

  const fewest = new Uint8Array(64 + 1)
  const cameFrom = new Uint8Array(64 + 1)
  const delicateOnWay = new Uint8Array(64 + 1)

  return {
    undisguise: (raw, length) => {
      left = budget
      needsDelicate = false
      for (let at = 0; at < length; at++) if (raw[at] === kinds.mask) needsDelicate = true
      const found = search(raw, length, 0, root, 0)
      steps += budget - Math.max(left, 0)
      return found
    },
    part: (raw, length, ends, mostParts, least) => {
      if (length > 64 || (least > 0 && !mayHoldDelicate(raw, length))) return 0
      fewest.fill(255, 0, length + 1)
      delicateOnWay.fill(0, 0, length + 1)
      fewest[0] = 0
      for (let from = 0; from < length; from++) {
        const parts = fewest[from] ?? 255
        if (parts >= mostParts) continue
        let state: number = root
        const end = Math.min(length, from + 16)
        for (let at = from; at < end; at++) {
          steps++
          const kind = raw[at] ?? 0
          if (kind > 36) break
          state = stateAfter(states, state, kind)
          if (state === 0) break
          const word = states[state + 3] ?? 0
          if (word === 0) continue
          const size = at + 1 - from
          // One letter is a word only where it is one: a, i, u; in a word run together only an i at its start.
          if (size === 1 && (least > 0 ? kind !== 9 || from > 0 : kind !== 1 && kind !== 9 && kind !== 21)) continue
          const isGrave = isDelicate[word] === 1 && size >= (least > 0 ? 4 : 3) ? 1 : 0
          const delicate = Math.max(delicateOnWay[from] ?? 0, isGrave)
          const known = fewest[at + 1] ?? 255
          if (parts + 1 < known || (parts + 1 === known && delicate > (delicateOnWay[at + 1] ?? 0))) {
            fewest[at + 1] = parts + 1
            cameFrom[at + 1] = from
            delicateOnWay[at + 1] = delicate
          }
        }
      }
      const parts = fewest[length] ?? 255
      if (parts > mostParts || delicateOnWay[length] !== 1) return 0
      // Two words run together are both long ones: "Simpson" is no "simps on".
      if (parts === 2 && least > 0) {
        const cut = cameFrom[length] ?? 0
        if (cut < least || length - cut < least) return 0
      }
      let at = length
      for (let part = parts - 1; part >= 0; part--) {
        ends[part] = at
        at = cameFrom[at] ?? 0
      }
      return parts
    },
    misspelt: (raw, length) => {
      steps += length
      return spellings.near(raw, length)
    },
    steps: () => steps,
  }
}

/** Fifteen bits of four letters. */
function hashOfFour(letters: Uint8Array, at: number): number {
  const two = ((letters[at] ?? 0) << 6) | (letters[at + 1] ?? 0)
  return Math.imul((two << 12) | ((letters[at + 2] ?? 0) << 6) | (letters[at + 3] ?? 0), 0x9e3779b1) >>> 17
}

export interface SpellingIndex {
  near(raw: Uint8Array, length: number): number
}

/**
 * Finds words one slip away by the hashes of all their shortenings by one letter (the symmetric-delete method): a slip in the
 * text and the word itself share one. Candidates are then compared letter by letter.
 */
export function indexSpellings(dictionary: Dictionary, entries: readonly number[]): SpellingIndex {
  const { letters, letterFrom } = dictionary
  const lengthOf = (word: number): number => (letterFrom[word + 1] ?? 0) - (letterFrom[word] ?? 0)
  let size = 1024
  const wanted = entries.reduce((sum, word) => sum + lengthOf(word) + 1, 0) * 3
  while (size < wanted) size *= 2
  const keys = new Int32Array(size)
  const holders = new Int32Array(size)
  const mask = size - 1
  /** A bit for each hash that is held: most words are no slip of any, and this small table says so. */
  const held = new Uint8Array(1 << 14)
  const put = (hash: number, word: number): void => {
    let slot = hash & mask
    while (holders[slot] !== 0) slot = (slot + 1) & mask
    keys[slot] = hash
    holders[slot] = word
    const bit = hash >>> 15
    held[bit >> 3] = (held[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
  const prefix = new Int32Array(longestWord + 2)
  const suffix = new Int32Array(longestWord + 2)
  const power = new Int32Array(longestWord + 2)
  power[0] = 1
  for (let at = 1; at < power.length; at++) power[at] = Math.imul(power[at - 1] ?? 0, 31_415_821)
  // Polynomial hashes, so that leaving a letter out is one multiplication.
  const prepare = (own: Uint8Array, from: number, length: number): void => {
    prefix[0] = 0
    for (let at = 0; at < length; at++)
      prefix[at + 1] = (Math.imul(prefix[at] ?? 0, 31_415_821) + (own[from + at] ?? 0) + 7) | 0
    suffix[length] = 0
    for (let at = length - 1; at >= 0; at--)
      suffix[at] = ((suffix[at + 1] ?? 0) + Math.imul((own[from + at] ?? 0) + 7, power[length - 1 - at] ?? 0)) | 0
  }
  const without = (at: number, length: number): number => {
    const hash = (Math.imul(prefix[at] ?? 0, power[length - 1 - at] ?? 0) + (suffix[at + 1] ?? 0)) | 0
    return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  }
  const whole = (length: number): number => {
    const hash = prefix[length] ?? 0
    return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  }
  const shorter = new Uint8Array(longestWord)
  for (const word of entries) {
    const from = letterFrom[word] ?? 0
    const length = lengthOf(word)
    prepare(letters, from, length)
    put(whole(length), word)
    for (let at = 1; at < length; at++) shorter[at - 1] = letters[from + at] ?? 0
    for (let at = 0; at < length; at++) {
      // A shortening that is a word of its own is no slip ("rape" of "grape").
      if (dictionary.find(shorter, 0, length - 1) === 0) put(without(at, length), word)
      shorter[at] = letters[from + at] ?? 0
    }
  }
  const lookUp = (hash: number, raw: Uint8Array, length: number): number => {
    const bit = hash >>> 15
    if (((held[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return 0
    let slot = hash & mask
    for (let tries = 0; tries < 8; tries++) {
      const word = holders[slot] ?? 0
      if (word === 0) return 0
      if (keys[slot] === hash && isOneSlip(letters, letterFrom[word] ?? 0, lengthOf(word), raw, length)) return word
      slot = (slot + 1) & mask
    }
    return 0
  }
  return {
    near: (raw, length) => {
      if (length > longestWord) return 0
      prepare(raw, 0, length)
      let found = lookUp(whole(length), raw, length)
      for (let at = 0; found === 0 && at < length; at++) found = lookUp(without(at, length), raw, length)
      return found
    },
  }
}

/** One letter more, one less, two neighbours swapped, or one wrong one that is not the first. */
function isOneSlip(letters: Uint8Array, from: number, size: number, raw: Uint8Array, length: number): boolean {
  let start = 0
  while (start < size && start < length && letters[from + start] === raw[start]) start++
  let endA = size - 1
  let endB = length - 1
  while (endA >= start && endB >= start && letters[from + endA] === raw[endB]) {
    endA--
    endB--
  }
  const a = endA - start + 1
  const b = endB - start + 1
  if (a <= 1 && b <= 1) {
    if (start === 0) return false
    return a + b > 0
  }
  return a === 2 && b === 2 && letters[from + start] === raw[start + 1] && letters[from + start + 1] === raw[start]
}
