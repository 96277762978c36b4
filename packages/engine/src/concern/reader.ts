import { type Dictionary, hashFrom, hashOn } from './dictionary.ts'
import { kindOf, kinds, leetFirst, letterOfPair } from './letters.ts'
import { gaps, longestWord, marks, type Passage, passageEnough, passageTokens } from './passage.ts'
import { mailReach } from './personal.ts'
import type { WordReader } from './word-reading.ts'

/** What the reader must know of the lexicon. */
export interface ReadingTables {
  readonly dictionary: Dictionary
  readonly words: WordReader
  /** Word number → 1 if a rule turns on it. */
  readonly isDelicate: Uint8Array
  /** Code point of a picture → number of the word it stands for. */
  readonly pictures: ReadonlyMap<number, number>
}

export interface Reader {
  /** Reads a passage of `text` from offset `from`. @returns where the next one begins. */
  read(text: string, from: number, passage: Passage): number
}

export function createReader({ dictionary, words, isDelicate, pictures }: ReadingTables): Reader {
  const raw = new Uint8Array(longestWord + 8)
  const joined = new Uint8Array(72)
  const ends = new Uint8Array(72)

  let length = 0
  let start = 0
  let end = 0
  let hasSign = false
  let hasDigit = false
  let hasLetter = false
  let hasMask = false
  let hasDouble = false
  let run = 0
  let isMention = false
  let hash: number = hashFrom
  let gap: number = gaps.wide
  let pending = 0
  let inQuotes = false
  /** How many words of one letter stand in a row, and whether any are to be joined. */
  let singles = 0
  let mayJoin = false

  const pushLetters = (passage: Passage, letters: ArrayLike<number>, from: number, to: number): void => {
    for (let at = from; at < to; at++) {
      const kind = letters[at] ?? 0
      const letter = kind <= 36 ? kind : (leetFirst[kind] ?? 0)
      if (letter !== 0) passage.letters[passage.letterCount++] = letter
    }
    const last = passage.count - 1
    passage.letterEnd[last] = passage.letterCount
    singles = passage.letterCount - (passage.letterFrom[last] ?? 0) === 1 ? singles + 1 : 0
    if (singles >= 3) mayJoin = true
  }
  const push = (passage: Passage, word: number, from: number, to: number, mark: number): void => {
    const at = passage.count++
    passage.word[at] = word
    passage.from[at] = from
    passage.to[at] = to
    passage.marks[at] = mark | pending | (inQuotes ? marks.quoted : 0)
    passage.gap[at] = gap
    if (gap === gaps.oneSign) mayJoin = true
    passage.letterFrom[at] = passage.letterCount
    pending = 0
    gap = gaps.none
  }
  /** The same, with the letters that the dictionary has. */
  const pushWord = (passage: Passage, word: number, from: number, to: number, mark: number): void => {
    push(passage, word, from, to, mark | marks.asListed)
    pushLetters(passage, dictionary.letters, dictionary.letterFrom[word] ?? 0, dictionary.letterFrom[word + 1] ?? 0)
  }

  const finish = (passage: Passage): void => {
    if (length === 0) return
    const listed = hasSign ? 0 : dictionary.findHashed(hash, raw, 0, length)
    if (listed !== 0) {
      push(passage, listed, start, end, hasLetter ? marks.asListed : marks.asListed | marks.number)
      pushLetters(passage, raw, 0, length)
      clear()
      return
    }
    // Signs at the end are punctuation.
    while (length > 0 && (raw[length - 1] ?? 0) > 36 && raw[length - 1] !== kinds.mask) length--
    if (length > 0 && (hasLetter || hasDigit)) {
      let word = 0
      let mark = isMention ? marks.mention : 0
      if (!hasLetter && !hasSign) mark |= marks.number
      else if (hasSign || hasDouble || hasDigit) {
        word = words.undisguise(raw, length)
        if (word !== 0) mark |= marks.disguised
      }
      if (word === 0 && hasMask) {
        // Stars round a word are emphasis.
        let from = 0
        let to = length
        while (from < to && raw[from] === kinds.mask) from++
        while (to > from && raw[to - 1] === kinds.mask) to--
        if (from > 0 || to < length) {
          raw.copyWithin(0, from, to)
          length = to - from
          word = words.undisguise(raw, length)
        }
      }
      if (word === 0 && !hasSign && hasLetter && !hasDigit) {
        const parts = length >= 7 ? words.part(raw, length, ends, 5, 4) : 0
        if (parts > 1) {
          let from = 0
          for (let part = 0; part < parts; part++) {
            const to = ends[part] ?? 0
            // Offsets inside a word that was run together are those of the whole word.
            const listed = dictionary.find(raw, from, to)
            push(passage, listed, start, end, mark | marks.disguised | (listed === 0 ? 0 : marks.asListed))
            pushLetters(passage, raw, from, to)
            from = to
            if (passage.count >= passageTokens) break
          }
          clear()
          return
        }
        if (length >= 5 && !isMention) {
          word = words.misspelt(raw, length)
          if (word !== 0) mark |= marks.disguised
        }
      }
      if (word !== 0 && (mark & marks.disguised) !== 0) pushWord(passage, word, start, end, mark)
      else {
        push(passage, word, start, end, mark)
        pushLetters(passage, raw, 0, length)
      }
    }
    clear()
  }
  const clear = (): void => {
    length = 0
    hasSign = false
    hasDigit = false
    hasLetter = false
    hasMask = false
    hasDouble = false
    run = 0
    isMention = false
    hash = hashFrom
  }
  const add = (kind: number, from: number, to: number): void => {
    if (length === 0) start = from
    end = to
    if (kind <= 36) {
      if (length > 0 && raw[length - 1] === kind) {
        run++
        hasDouble = true
        if (run > 2 && kind <= 26) return
      } else run = 1
      if (kind <= 26) hasLetter = true
      else hasDigit = true
      hash = hashOn(hash, kind)
    } else {
      run = 0
      hasSign = true
      if (kind === kinds.mask) hasMask = true
    }
    raw[length++] = kind
  }

  /** Adds the letter at `at`, of class `first`, and all letters that follow it at once. @returns the offset of the last. */
  const addRun = (text: string, at: number, first: number): number => {
    const size = text.length
    let kind = first
    let code = hash
    let many = length
    let same = run
    let before = many > 0 ? (raw[many - 1] ?? 0) : 0
    let here = at
    if (many === 0) start = at
    for (;;) {
      if (kind === before) {
        same++
        hasDouble = true
      } else same = 1
      // A letter that is stretched beyond two is read twice.
      if (same <= 2) {
        code = hashOn(code, kind)
        raw[many++] = kind
        before = kind
      }
      if (++here >= size || many >= longestWord) break
      kind = kindOf[text.charCodeAt(here)] ?? kinds.foreign
      if (kind > 26) break
    }
    hasLetter = true
    hash = code
    length = many
    run = same
    end = here
    return here - 1
  }

  /** What a letter or a sign that may stand for one follows: 1–36, or the kind of the next unit that counts. */
  const kindAfter = (text: string, at: number): number => {
    for (let n = at + 1; n < text.length && n < at + 6; n++) {
      const kind = kindOf[text.charCodeAt(n)] ?? 0
      if (kind === kinds.nothing) continue
      if (kind === kinds.high) {
        const point = text.codePointAt(n) ?? 0
        return letterOfPair(point) || kinds.high
      }
      return kind
    }
    return kinds.space
  }

  const breakHere = (): void => {
    pending |= marks.afterBreak
    gap = gaps.wide
  }

  const read = (text: string, from: number, passage: Passage): number => {
    passage.count = 0
    passage.letterCount = 0
    passage.hasQuestion = false
    passage.hasDigit = false
    passage.hasAt = false
    singles = 0
    mayJoin = false
    clear()
    if (from === 0) inQuotes = false
    gap = gaps.wide
    pending = marks.afterBreak
    let at = from
    const size = text.length
    for (; at < size; at++) {
      const code = text.charCodeAt(at)
      const kind = kindOf[code] ?? kinds.foreign
      if (kind <= 36) {
        if (length >= longestWord) {
          finish(passage)
          if (passage.count >= passageTokens - 8) break
        }
        if (kind <= 26) at = addRun(text, at, kind)
        else {
          passage.hasDigit = true
          add(kind, at, at + 1)
        }
        continue
      }
      if (kind === kinds.nothing) {
        if (length > 0) end = at + 1
        continue
      }
      if (kind === kinds.space) {
        if (length > 0) {
          finish(passage)
          gap = gaps.oneSpace
        } else gap = gap === gaps.none ? gaps.oneSpace : gaps.wide
      } else if (kind === kinds.high || kind === kinds.low) {
        const point = text.codePointAt(at) ?? 0
        const units = point > 0xffff ? 2 : 1
        const letter = letterOfPair(point)
        if (letter !== 0) {
          if (length >= longestWord) {
            finish(passage)
            if (passage.count >= passageTokens - 8) break
          }
          if (letter > 26) passage.hasDigit = true
          add(letter, at, at + units)
        } else if (point >= 0xe0000) {
          if (length > 0) end = at + units
        } else {
          finish(passage)
          const word = pictures.get(point) ?? 0
          if (word !== 0) pushWord(passage, word, at, at + units, 0)
          gap = gaps.wide
        }
        at += units - 1
      } else if (
        kind === kinds.mask ||
        kind === kinds.at ||
        kind === kinds.dollar ||
        kind === kinds.bang ||
        kind === kinds.sign
      ) {
        if (kind === kinds.at) passage.hasAt = true
        const after = kindAfter(text, at)
        const goesOn = after <= 26 || (after <= 36 && length > 0)
        const covers = kind === kinds.mask && length > 0 && (goesOn || after === kinds.mask)
        const starts = length === 0 && after <= 26 && (kind === kinds.dollar || kind === kinds.at || code === 0x2a)
        const holds = length > 0 && kind !== kinds.mask && (goesOn || after === kind)
        if (length < longestWord && (covers || starts || holds)) {
          if (starts && kind === kinds.at) isMention = true
          add(kind, at, at + 1)
        } else if (kind === kinds.mask && length > 0 && raw[length - 1] === kinds.mask && length < longestWord) {
          add(kind, at, at + 1)
        } else {
          finish(passage)
          if (kind === kinds.bang) breakHere()
          else gap = gap === gaps.none ? gaps.oneSign : gaps.wide
        }
      } else if (kind === kinds.dot) {
        const after = kindAfter(text, at)
        finish(passage)
        const before = at > 0 ? text.charCodeAt(at - 1) : 0
        if (after <= 36) gap = gap === gaps.none ? gaps.oneSign : gaps.wide
        else if (after !== kinds.dot && before !== 0x2e) breakHere()
        else gap = gaps.wide
      } else if (kind === kinds.end) {
        finish(passage)
        if (code === 0x3f) passage.hasQuestion = true
        breakHere()
      } else if (kind === kinds.quote) {
        finish(passage)
        inQuotes =
          code === 0x201c || code === 0x201e || code === 0xab
            ? true
            : code === 0x201d || code === 0xbb
              ? false
              : !inQuotes
        gap = gaps.wide
      } else if (kind === kinds.separator) {
        finish(passage)
        gap = gap === gaps.none ? gaps.oneSign : gaps.wide
      } else {
        // A letter of a script that is not read, or a sign: parts words; some signs are pictures.
        finish(passage)
        const word = pictures.get(code) ?? 0
        if (word !== 0) pushWord(passage, word, at, at + 1, 0)
        gap = gaps.wide
      }
      if (
        length === 0 &&
        (passage.count >= passageTokens - 8 || (passage.count >= passageEnough && (pending & marks.afterBreak) !== 0))
      ) {
        at++
        break
      }
    }
    if (at >= size) finish(passage)
    // An address that this passage begins may have its @ beyond.
    for (let n = at; n < size && n < at + mailReach; n++) if (text.charCodeAt(n) === 0x40) passage.hasAt = true
    if (mayJoin) joinSpelled(passage)
    passage.steps += at - from
    return at
  }

  /** Letters spelled out one by one ("k i l l", "s.e.x") become the words they spell. */
  const joinSpelled = (passage: Passage): void => {
    const { count, gap: gapAt, letterFrom, letterEnd } = passage
    const isOne = (n: number): boolean => (letterEnd[n] ?? 0) - (letterFrom[n] ?? 0) === 1
    let write = 0
    let readAt = 0
    const keep = (n: number): void => {
      if (write !== n) copyToken(passage, n, write)
      write++
    }
    while (readAt < count) {
      let stop = readAt
      if (isOne(readAt)) {
        const sep = gapAt[readAt + 1] ?? 0
        stop = readAt + 1
        if (sep === gaps.oneSpace || sep === gaps.oneSign)
          while (stop < count && isOne(stop) && gapAt[stop] === sep && stop - readAt < 60) stop++
      }
      if (stop - readAt >= 3) {
        const size = stop - readAt
        for (let n = 0; n < size; n++) joined[n] = passage.letters[letterFrom[readAt + n] ?? 0] ?? 0
        let parts = words.part(joined, size, ends, 20, 0)
        if (parts === 0) {
          const word = size >= 3 ? words.undisguise(joined, size) : 0
          if (word !== 0) {
            parts = 1
            ends[0] = size
          } else if (size >= 4) {
            // Spelled out, but no word that matters: one word for the model.
            parts = 1
            ends[0] = size
          }
        }
        if (parts > 0) {
          let from = 0
          for (let part = 0; part < parts; part++) {
            const to = ends[part] ?? 0
            const first = readAt + from
            const mark = ((passage.marks[first] ?? 0) & ~marks.asListed) | marks.disguised
            const begin = passage.from[first] ?? 0
            const finishAt = passage.to[readAt + to - 1] ?? 0
            const letters = passage.letterCount
            let word = dictionary.find(joined, from, to)
            const listed = word === 0 ? 0 : marks.asListed
            if (word === 0 && parts === 1) word = words.undisguise(joined, size)
            for (let n = from; n < to; n++) passage.letters[passage.letterCount++] = joined[n] ?? 0
            passage.word[write] = word
            passage.from[write] = begin
            passage.to[write] = finishAt
            passage.marks[write] = (mark & ~marks.number) | listed
            passage.gap[write] = gaps.oneSpace
            letterFrom[write] = letters
            letterEnd[write] = passage.letterCount
            write++
            from = to
          }
          readAt = stop
          continue
        }
      }
      // A word cut by a sign ("su-icide", "kil.ling").
      let cut = 0
      if (
        readAt + 1 < count &&
        gapAt[readAt + 1] === gaps.oneSign &&
        (passage.word[readAt] === 0 || passage.word[readAt + 1] === 0)
      ) {
        let size = 0
        for (let n = readAt; n < count && n < readAt + 4; n++) {
          if (n > readAt && gapAt[n] !== gaps.oneSign) break
          const long = (letterEnd[n] ?? 0) - (letterFrom[n] ?? 0)
          if (size + long > 24) break
          for (let k = 0; k < long; k++) joined[size++] = passage.letters[(letterFrom[n] ?? 0) + k] ?? 0
          if (n > readAt && size >= 4) {
            const word = dictionary.find(joined, 0, size)
            if (word !== 0 && isDelicate[word] === 1) {
              passage.word[n] = word
              passage.from[n] = passage.from[readAt] ?? 0
              passage.marks[n] = (passage.marks[readAt] ?? 0) | marks.disguised | marks.asListed
              passage.gap[n] = passage.gap[readAt] ?? 0
              const letters = passage.letterCount
              for (let k = 0; k < size; k++) passage.letters[passage.letterCount++] = joined[k] ?? 0
              letterFrom[n] = letters
              letterEnd[n] = passage.letterCount
              cut = n
            }
          }
        }
      }
      if (cut > 0) readAt = cut
      keep(readAt)
      readAt++
    }
    passage.count = write
  }

  return { read }
}

function copyToken(passage: Passage, from: number, to: number): void {
  passage.word[to] = passage.word[from] ?? 0
  passage.from[to] = passage.from[from] ?? 0
  passage.to[to] = passage.to[from] ?? 0
  passage.marks[to] = passage.marks[from] ?? 0
  passage.gap[to] = passage.gap[from] ?? 0
  passage.letterFrom[to] = passage.letterFrom[from] ?? 0
  passage.letterEnd[to] = passage.letterEnd[from] ?? 0
}
