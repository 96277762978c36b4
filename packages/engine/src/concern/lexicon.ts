import { lettersOf } from './letters.ts'
import {
  type KnownBodies,
  LexiconError,
  type LexiconFiles,
  type PatternPart,
  parseLexicon,
  parsePattern,
  type RuleLine,
} from './lexicon-format.ts'
import type { Concern } from './types.ts'
import { createTrieBuilder, type WordTrie } from './word-trie.ts'
import { createWordReader, indexSpellings, type WordReader } from './word-reading.ts'

/*
 * The lexicon made ready: every word a number of the dictionary, every place of a pattern a row of bits over those numbers,
 * and for each word the rules that turn on it, so that a passage is asked only about words it holds.
 */

export const contextNames = [
  'lesson',
  'game',
  'sport',
  'cook',
  'tech',
  'fiction',
  'news',
  'help',
  'joke',
  'past',
  'animal',
  'health',
  'plan',
  'means',
  'child',
] as const
export type ContextName = (typeof contextNames)[number]

/** One place of a rule. `set` is a row of bits; longer wordings by their first word. */
export interface CompiledPart {
  readonly set: number
  readonly longer: ReadonlyMap<number, readonly Int32Array[]> | null
  readonly isOptional: boolean
  readonly gap: number
}

export interface CompiledRule {
  readonly id: string
  readonly concern: Concern
  readonly severity: number
  readonly strength: number
  readonly parts: readonly CompiledPart[]
  /** How far before the word that it turns on it may begin. */
  readonly reach: number
  /** The part to show, or -1 for the whole. */
  readonly shown: number
  readonly isCore: boolean
  readonly ignoresNegation: boolean
  readonly wantsFirst: boolean
  readonly wantsSecond: boolean
  readonly onlySearch: boolean
  readonly notSearch: boolean
  readonly ignoresContext: boolean
  /** Bits of contexts. */
  readonly wants: number
  readonly refuses: number
}

/** Word sets that the matcher asks for by name. */
export interface KnownSets {
  readonly first: Uint8Array
  readonly second: Uint8Array
  readonly negation: Uint8Array
  readonly notNegating: Uint8Array
}

export interface Lexicon {
  readonly version: string
  readonly trie: WordTrie
  readonly words: WordReader
  readonly isDelicate: Uint8Array
  readonly lettersOf: readonly (readonly number[] | undefined)[]
  readonly pictures: ReadonlyMap<number, number>
  readonly rules: readonly CompiledRule[]
  /** Word → where its rules begin in `ruleOf`; one longer than the words. */
  readonly rulesFrom: Int32Array
  readonly ruleOf: Int32Array
  /** Row-major bits: set × words. */
  readonly bits: Uint8Array
  readonly stride: number
  /** Word → bits of the contexts that it speaks of. */
  readonly contextOf: Int32Array
  readonly contextPhrases: readonly { readonly words: Int32Array; readonly bit: number }[]
  readonly phrasesOf: ReadonlyMap<number, readonly number[]>
  readonly sets: KnownSets
}

/** A phrase that a school adds: plain words. */
export interface AddedPhrase {
  readonly id: string
  readonly concern: Concern
  readonly severity: 1 | 2 | 3 | 4 | 5
  readonly phrase: string
  /** Only in searches, questions to an AI and titles, or only in what is written or read; in every text where it is left out. */
  readonly where?: 'searches' | 'texts'
}

export interface LexiconChanges {
  /** Ids of rules that the school has switched off; rules of the core stay on. */
  readonly off?: readonly string[]
  readonly added?: readonly AddedPhrase[]
}

/** @throws {LexiconError} where a file or an added phrase cannot be read. */
export function compileLexicon(files: LexiconFiles, { off = [], added = [] }: LexiconChanges = {}): Lexicon {
  const text = parseLexicon(files)
  const isOff = new Set(off)
  const lines: RuleLine[] = [
    ...text.rules.filter(({ id, conditions }) => !isOff.has(id) || conditions.includes('core')),
    ...added.map(addedLine),
  ]
  const builder = createTrieBuilder()
  const rank = new Map<string, number>()
  text.common.forEach((word, n) => {
    builder.add(word)
    rank.set(word, n)
  })
  const names: string[] = []
  const number = (word: string): number => {
    const id = builder.add(word)
    names[id] ??= word
    return id
  }
  text.common.forEach(number)

  // Places that are written alike share a row of bits.
  const rows: number[][] = []
  const rowOf = new Map<string, { readonly set: number; readonly longer: CompiledPart['longer'] }>()
  const placeOf = ({
    body,
    wordings,
  }: PatternPart): {
    readonly set: number
    readonly longer: CompiledPart['longer']
  } => {
    const known = rowOf.get(body)
    if (known !== undefined) return known
    const row: number[] = []
    const longer = new Map<number, Int32Array[]>()
    for (const words of wordings) {
      const ids = words.map(number)
      const [only, ...rest] = ids
      if (only === undefined) continue
      if (rest.length === 0) row.push(only)
      else {
        const there = longer.get(only)
        if (there) there.push(Int32Array.from(ids))
        else longer.set(only, [Int32Array.from(ids)])
      }
    }
    rows.push(row)
    const place = { set: rows.length - 1, longer: longer.size > 0 ? longer : null }
    rowOf.set(body, place)
    return place
  }

  const commonness = (word: string): number => {
    const at = rank.get(word)
    return at === undefined ? 1 : 1 + 40_000 / (at + 4)
  }
  const wordingCommonness = (words: readonly string[]): number => Math.min(...words.map(commonness))
  const commonnessOf = new Map<string, number>()
  const partCommonness = ({ body, wordings }: PatternPart): number => {
    const known = commonnessOf.get(body)
    if (known !== undefined) return known
    const sum = wordings.reduce((total, words) => total + wordingCommonness(words), 0)
    commonnessOf.set(body, sum)
    return sum
  }
  const bodies: KnownBodies = new Map()

  const rules: CompiledRule[] = []
  const turning: number[][] = []
  for (const line of lines) {
    const parts = parsePattern(line.pattern, text.sets, bodies)
    let anchor = parts.findIndex(({ isTurning }) => isTurning)
    if (anchor < 0) {
      let least = Number.POSITIVE_INFINITY
      parts.forEach((part, n) => {
        const value = partCommonness(part)
        if (!part.isOptional && value < least) {
          least = value
          anchor = n
        }
      })
    }
    const chosen = parts[anchor]
    if (chosen === undefined || chosen.isOptional)
      throw new LexiconError(`the rule ${line.id} turns on a word that may be left out`)
    const words: number[] = []
    for (const wording of chosen.wordings) {
      let best = wording[0] ?? ''
      for (const word of wording) if (commonness(word) < commonness(best)) best = word
      words.push(number(best))
    }
    const rule = rules.length
    for (const word of new Set(words)) {
      turning[word] ??= []
      turning[word].push(rule)
    }
    const lengthOf = ({ wordings, gap }: PatternPart): number => gap + Math.max(...wordings.map(({ length }) => length))
    const has = (condition: string): boolean => line.conditions.includes(condition)
    rules.push({
      id: line.id,
      concern: line.concern,
      severity: line.severity,
      strength: line.strength,
      parts: parts.map(part => ({ ...placeOf(part), isOptional: part.isOptional, gap: part.gap })),
      reach: parts.slice(0, anchor + 1).reduce((sum, part) => sum + lengthOf(part), 0) - 1,
      shown: shownOf(parts, anchor, line.concern),
      isCore: has('core'),
      ignoresNegation: has('neg'),
      wantsFirst: has('i'),
      wantsSecond: has('u'),
      onlySearch: has('q'),
      notSearch: has('nq'),
      ignoresContext: has('any') || line.strength === 3,
      wants: contextBits(line, '+'),
      refuses: contextBits(line, '-'),
    })
  }

  const contextWords: [number, number][] = []
  const contextPhrases: { words: Int32Array; bit: number }[] = []
  const phrasesOf = new Map<number, number[]>()
  for (const { context, alternatives } of text.contexts) {
    const bit = bitOf(context)
    for (const part of parsePattern(`(${alternatives})`, text.sets))
      for (const wording of part.wordings) {
        const ids = wording.map(number)
        const first = ids[0] ?? 0
        if (ids.length === 1) contextWords.push([first, bit])
        else {
          phrasesOf.set(first, [...(phrasesOf.get(first) ?? []), contextPhrases.length])
          contextPhrases.push({ words: Int32Array.from(ids), bit })
        }
      }
  }
  const pictures = new Map<number, number>()
  for (const { picture, word } of text.pictures) {
    const point = picture.codePointAt(0)
    if (point !== undefined) pictures.set(point, number(word))
  }
  const named = (name: string): number[] => {
    const set = text.sets.get(name)
    if (set === undefined) throw new LexiconError(`words.tsv needs the set ${name}`)
    return set.split('|').map(number)
  }
  const [first, second, negation, notNegating] = ['first', 'second', 'negation', 'not-negating'].map(named)

  const trie = builder.build()
  const count = trie.words + 1
  const flags = (words: readonly number[] | undefined): Uint8Array => {
    const row = new Uint8Array(count)
    for (const word of words ?? []) row[word] = 1
    return row
  }
  const stride = (count + 7) >> 3
  const bits = new Uint8Array(stride * rows.length)
  rows.forEach((row, set) => {
    for (const word of row) {
      const at = set * stride + (word >> 3)
      bits[at] = (bits[at] ?? 0) | (1 << (word & 7))
    }
  })
  const isDelicate = new Uint8Array(count)
  const rulesFrom = new Int32Array(count + 1)
  const ruleOf: number[] = []
  for (let word = 0; word < count; word++) {
    rulesFrom[word] = ruleOf.length
    const turned = turning[word]
    if (turned === undefined) continue
    if ((rank.get(names[word] ?? '') ?? 9999) > 400) isDelicate[word] = 1
    ruleOf.push(...turned)
  }
  rulesFrom[count] = ruleOf.length
  const letters = names.map(name => (name === undefined ? undefined : lettersOf(name)))
  // Slurs and slang are too near to common words; what is spelled out at length is not.
  const isSpelled = (word: number): boolean =>
    (turning[word] ?? []).some(rule => {
      const own = rules[rule]
      return own !== undefined && own.strength >= 1 && !slang.has(own.concern)
    })
  const misspellable = names.flatMap((name, word) => {
    const own = letters[word]
    return name !== undefined && isDelicate[word] === 1 && own !== undefined && own.length >= 7 && isSpelled(word)
      ? [{ word, letters: own }]
      : []
  })
  const spellings = indexSpellings(
    misspellable,
    own =>
      trie.idOf(own.map(letter => (letter <= 26 ? String.fromCharCode(96 + letter) : String(letter - 27))).join('')) !==
      0,
  )
  const contextOf = new Int32Array(count)
  for (const [word, bit] of contextWords) contextOf[word] = (contextOf[word] ?? 0) | bit
  return {
    version: text.version,
    trie,
    words: createWordReader(trie, isDelicate, spellings),
    isDelicate,
    lettersOf: letters,
    pictures,
    rules,
    rulesFrom,
    ruleOf: Int32Array.from(ruleOf),
    bits,
    stride,
    contextOf,
    contextPhrases,
    phrasesOf,
    sets: { first: flags(first), second: flags(second), negation: flags(negation), notNegating: flags(notNegating) },
  }
}

/** Concerns of insults and coarse words: of their rules only the telling word is shown. */
const slang: ReadonlySet<Concern> = new Set<Concern>(['hate', 'misogyny', 'bullying', 'profanity', 'sexual'])

const shownOf = (parts: readonly PatternPart[], anchor: number, concern: Concern): number => {
  const marked = parts.findIndex(({ isShown }) => isShown)
  return marked >= 0 || !slang.has(concern) ? marked : anchor
}

export const bitOf = (context: string): number => {
  const at = contextNames.indexOf(context as ContextName)
  if (at < 0) throw new LexiconError(`there is no context “${context}”; there are: ${contextNames.join(', ')}`)
  return 1 << at
}

const contextBits = ({ conditions }: RuleLine, sign: string): number =>
  conditions
    .filter(condition => condition.startsWith(sign))
    .reduce((sum, condition) => sum | bitOf(condition.slice(1)), 0)

/** Beyond the strengths that a file may give: what two people of the school decided to look for holds in quotation marks and on pages too. */
const schoolStrength = 4

/** A school's phrase may hold words only: no sets, gaps or alternatives, so that what was decided is what is looked for. */
function addedLine({ id, concern, severity, phrase, where }: AddedPhrase): RuleLine {
  const words = phrase.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 || words.length > 12 || words.some(word => !/[\p{L}\p{N}]/u.test(word)))
    throw new LexiconError(`an added phrase must be 1 to 12 words, not “${phrase}”`)
  const plain = words.map(word => word.replace(/[^\p{L}\p{N}'’-]/gu, ''))
  const conditions = ['any', 'core', 'neg', ...(where === 'searches' ? ['q'] : where === 'texts' ? ['nq'] : [])]
  return { id, concern, severity, strength: schoolStrength, conditions, pattern: plain.join(' ') }
}
