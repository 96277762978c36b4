import { createDictionary, type Dictionary } from './dictionary.ts'
import {
  LexiconError,
  type LexiconFiles,
  type PatternPart,
  type PatternReading,
  parseLexicon,
  readPattern,
  type RuleLine,
} from './lexicon-format.ts'
import { alone, begins, createPlaceTable, type PlaceTable } from './places.ts'
import type { SchoolPhrase } from './school-rules.ts'
import type { Concern } from './types.ts'
import { createWordReader, indexSpellings, type WordReader } from './word-reading.ts'

/*
 * The lexicon made ready: every word a number of the dictionary, every place of a pattern a set of those numbers, and for
 * each word the rules that turn on it, so that a passage is asked only about words it holds.
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

/** One place of a rule: its number in the table of places, and longer wordings by their first word. */
export interface CompiledPart {
  readonly place: number
  readonly longer: ReadonlyMap<number, readonly (readonly number[])[]> | null
  readonly isOptional: boolean
  readonly gap: number
}

/** What a place of a pattern means, however many rules it stands in. */
interface Place extends Pick<CompiledPart, 'place' | 'longer'> {
  /** Of each wording, the word to turn on. */
  readonly turning: readonly number[]
  /** How common those are together. */
  readonly commonness: number
  /** Words of the longest wording. */
  readonly longest: number
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

/** What a word speaks of beside the contexts, whose bits are the lower ones. */
export const about = {
  first: 1 << 20,
  second: 1 << 21,
  negation: 1 << 22,
  notNegating: 1 << 23,
  /** Phrases of a context begin with it. */
  phrase: 1 << 24,
} as const

export interface Lexicon {
  readonly version: string
  readonly dictionary: Dictionary
  readonly words: WordReader
  readonly isDelicate: Uint8Array
  readonly pictures: ReadonlyMap<number, number>
  readonly rules: readonly CompiledRule[]
  /** Word → where its rules begin in `ruleOf`; one longer than the words. */
  readonly rulesFrom: Int32Array
  readonly ruleOf: Int32Array
  readonly places: PlaceTable
  /** Word → bits of the contexts that it speaks of, and of {@link about}. */
  readonly aboutOf: Int32Array
  /** Word → its class of meaning, for the model; 0 = none. */
  readonly meaningOf: Uint16Array
  readonly contextPhrases: readonly { readonly words: Int32Array; readonly bit: number }[]
  readonly phrasesOf: ReadonlyMap<number, readonly number[]>
}

export interface LexiconChanges {
  /** Ids of rules that the school has switched off, `model.<concern>` too. Those of the core stay on. */
  readonly off?: readonly string[]
  readonly added?: readonly SchoolPhrase[]
}

/** @throws {LexiconError} where a file or an added phrase cannot be read. */
export function compileLexicon(files: LexiconFiles, { off = [], added = [] }: LexiconChanges = {}): Lexicon {
  const text = parseLexicon(files)
  const isOff = new Set(off)
  const lines: RuleLine[] = [
    ...text.rules.filter(({ id, conditions }) => !isOff.has(id) || conditions.includes('core')),
    ...added.map(addedLine),
  ]
  const builder = createDictionary()
  const number = (word: string): number => builder.add(word, 0, word.length)
  /** Word → its place among the common ones, which were numbered first. */
  const rank: number[] = []
  let commons = 0
  for (const [from, to] of linesOf(text.common)) rank[builder.add(text.common, from, to)] = commons++

  const commonness = (word: number): number => {
    const at = rank[word]
    return at === undefined ? 1 : 1 + 40_000 / (at + 4)
  }
  /** Of the words of a wording, the least common one. */
  const rarest = (words: readonly number[]): number =>
    words.reduce((best, word) => (commonness(word) < commonness(best) ? word : best))

  // Places that are written alike share a number.
  const pairs: number[] = []
  const places = new Map<string, Place>()
  const placeOf = ({ body, wordings }: PatternPart<number>): Place => {
    const known = places.get(body)
    if (known !== undefined) return known
    const number = places.size
    const longer = new Map<number, (readonly number[])[]>()
    const turning: number[] = []
    let sum = 0
    let longest = 1
    for (const words of wordings) {
      const first = words[0] ?? 0
      const least = words.length === 1 ? first : rarest(words)
      turning.push(least)
      sum += commonness(least)
      longest = Math.max(longest, words.length)
      pairs.push(number, first, words.length === 1 ? alone : begins)
      if (words.length === 1) continue
      const there = longer.get(first)
      if (there) there.push(words)
      else longer.set(first, [words])
    }
    const place = { place: number, longer: longer.size > 0 ? longer : null, turning, commonness: sum, longest }
    places.set(body, place)
    return place
  }
  const reading: PatternReading<number> = { sets: text.sets, known: new Map(), wordOf: builder.add }

  const rules: CompiledRule[] = []
  /** Words and the rules that turn on them, two numbers each. */
  const turned: number[] = []
  for (const line of lines) {
    const parts = readPattern(line.pattern, reading)
    const found = parts.map(placeOf)
    let anchor = parts.findIndex(({ isTurning }) => isTurning)
    if (anchor < 0) {
      let least = Number.POSITIVE_INFINITY
      found.forEach(({ commonness: value }, n) => {
        if (parts[n]?.isOptional === false && value < least) {
          least = value
          anchor = n
        }
      })
    }
    const chosen = found[anchor]
    if (chosen === undefined || parts[anchor]?.isOptional !== false)
      throw new LexiconError(`the rule ${line.id} turns on a word that may be left out`)
    const rule = rules.length
    for (const word of new Set(chosen.turning)) turned.push(word, rule)
    const has = (condition: string): boolean => line.conditions.includes(condition)
    rules.push({
      id: line.id,
      concern: line.concern,
      severity: line.severity,
      strength: line.strength,
      parts: parts.map(({ isOptional, gap }, n) => ({
        place: found[n]?.place ?? 0,
        longer: found[n]?.longer ?? null,
        isOptional,
        gap,
      })),
      reach: found.slice(0, anchor + 1).reduce((sum, { longest }, n) => sum + longest + (parts[n]?.gap ?? 0), 0) - 1,
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
    for (const part of readPattern(`(${alternatives})`, reading))
      for (const ids of part.wordings) {
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
  const named = Object.entries(namedSets).flatMap(([name, bit]) => {
    const set = text.sets.get(name)
    if (set === undefined) throw new LexiconError(`words.tsv needs the set ${name}`)
    return set.split('|').map(word => [number(word), bit] as const)
  })

  /** Words and their classes, two numbers each. */
  const meant: number[] = []
  for (const [from, to, meaning] of meaningsOf(text.meanings)) meant.push(builder.add(text.meanings, from, to), meaning)

  const dictionary = builder.build()
  const count = dictionary.words + 1
  const isDelicate = new Uint8Array(count)
  const rulesFrom = new Int32Array(count + 1)
  const ruleOf = new Int32Array(turned.length / 2)
  for (let n = 0; n < turned.length; n += 2) {
    const word = turned[n] ?? 0
    rulesFrom[word + 1] = (rulesFrom[word + 1] ?? 0) + 1
    if ((rank[word] ?? 9999) > 400) isDelicate[word] = 1
  }
  for (let word = 0; word < count; word++) rulesFrom[word + 1] = (rulesFrom[word + 1] ?? 0) + (rulesFrom[word] ?? 0)
  const filled = rulesFrom.slice()
  // Slurs and slang are too near to common words; what is spelled out at length is not.
  const isSpelled = new Uint8Array(count)
  for (let n = 0; n < turned.length; n += 2) {
    const word = turned[n] ?? 0
    const number = turned[n + 1] ?? 0
    const at = filled[word] ?? 0
    filled[word] = at + 1
    ruleOf[at] = number
    const rule = rules[number]
    if (rule !== undefined && rule.strength >= 1 && !slang.has(rule.concern)) isSpelled[word] = 1
  }
  const { letterFrom } = dictionary
  const misspellable: number[] = []
  for (let word = 1; word < count; word++) {
    const length = (letterFrom[word + 1] ?? 0) - (letterFrom[word] ?? 0)
    if (isDelicate[word] === 1 && length >= 7 && isSpelled[word] === 1) misspellable.push(word)
  }
  const aboutOf = new Int32Array(count)
  for (const [word, bit] of [...contextWords, ...named]) aboutOf[word] = (aboutOf[word] ?? 0) | bit
  for (const word of phrasesOf.keys()) aboutOf[word] = (aboutOf[word] ?? 0) | about.phrase
  const meaningOf = new Uint16Array(count)
  for (let n = 0; n < meant.length; n += 2) meaningOf[meant[n] ?? 0] ||= meant[n + 1] ?? 0
  return {
    version: text.version,
    dictionary,
    words: createWordReader(dictionary, isDelicate, indexSpellings(dictionary, misspellable)),
    isDelicate,
    pictures,
    rules,
    rulesFrom,
    ruleOf,
    places: createPlaceTable(pairs, count),
    aboutOf,
    meaningOf,
    contextPhrases,
    phrasesOf,
  }
}

/** Sets of words.tsv that are asked for by name. */
const namedSets = {
  first: about.first,
  second: about.second,
  negation: about.negation,
  'not-negating': about.notNegating,
} as const

/** Concerns of insults and coarse words: of their rules only the telling word is shown. */
const slang: ReadonlySet<Concern> = new Set<Concern>(['hate', 'misogyny', 'bullying', 'profanity', 'sexual'])

const shownOf = (parts: readonly PatternPart<number>[], anchor: number, concern: Concern): number => {
  const marked = parts.findIndex(({ isShown }) => isShown)
  return marked >= 0 || !slang.has(concern) ? marked : anchor
}

/** Where the lines of a list stand, without empty ones and remarks. */
function* linesOf(text: string): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const to = end < 0 ? text.length : end
    if (to > from && text[from] !== '#' && text[from] !== '\r') yield [from, to]
    from = to + 1
  }
}

/** Where each word of `meanings.tsv` stands, and the number of its class, from 1. */
function* meaningsOf(text: string): Generator<readonly [from: number, to: number, meaning: number]> {
  let meaning = 0
  for (const [from, to] of linesOf(text)) {
    const tab = text.indexOf('\t', from)
    if (tab < 0 || tab + 1 >= to)
      throw new LexiconError(`meanings.tsv: expected a class, a tab and its words, found “${text.slice(from, to)}”`)
    meaning++
    for (let at = tab + 1; at < to; ) {
      const space = text.indexOf(' ', at)
      const end = space < 0 || space > to ? to : space
      if (end > at) yield [at, end, meaning]
      at = end + 1
    }
  }
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
function addedLine({ id, concern, severity, phrase, where }: SchoolPhrase): RuleLine {
  const words = phrase.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 || words.length > 12 || words.some(word => !/[\p{L}\p{N}]/u.test(word)))
    throw new LexiconError(`an added phrase must be 1 to 12 words, not “${phrase}”`)
  const plain = words.map(word => word.replace(/[^\p{L}\p{N}'’-]/gu, ''))
  const conditions = ['any', 'core', 'neg', ...(where === 'searches' ? ['q'] : where === 'texts' ? ['nq'] : [])]
  return { id, concern, severity, strength: schoolStrength, conditions, pattern: plain.join(' ') }
}
