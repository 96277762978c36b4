/** What the words of a search call for: the school's own rules first, then the shipped phrases. */
import { openPhrases, phrasesByCategory } from './search-phrases.ts'
import type { Action, Category, SearchRule } from './types.ts'

/** Longer than anybody types; what lies beyond is not looked at. */
const longestQuery = 2000

/**
 * Words in lower case with one space between, before and after: ' cafe au lait '. Accents, apostrophes and what hides
 * between letters are gone, and letters of other scripts that pass for Latin ones in full width are Latin ones.
 */
export const plainWords = (text: string): string =>
  ` ${text
    .slice(0, longestQuery)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\p{Cf}'’‘`]+/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `

/** A phrase by its words: { words: ' pro ana ', … }. */
interface Phrase<T> {
  readonly words: string
  readonly value: T
}

/** Phrases by their first word, so that a query is compared with a handful. */
type PhraseIndex<T> = ReadonlyMap<string, readonly Phrase<T>[]>

const firstWord = (words: string): string => words.slice(1, words.indexOf(' ', 1))

function phraseIndex<T>(phrases: Iterable<readonly [string, T]>): PhraseIndex<T> {
  const index = new Map<string, Phrase<T>[]>()
  for (const [text, value] of phrases) {
    const words = plainWords(text)
    if (words.trim() === '') continue
    const first = firstWord(words)
    index.set(first, [...(index.get(first) ?? []), { words, value }])
  }
  return index
}

/** Every phrase that the words hold, where it begins. */
function* met<T>(words: string, index: PhraseIndex<T>): Generator<readonly [number, Phrase<T>]> {
  for (let at = 0; at < words.length - 1; at = words.indexOf(' ', at + 1)) {
    const end = words.indexOf(' ', at + 1)
    for (const phrase of index.get(words.slice(at + 1, end)) ?? [])
      if (words.startsWith(phrase.words, at)) yield [at, phrase]
  }
}

let shipped: { readonly closed: PhraseIndex<Category>; readonly open: PhraseIndex<true> } | undefined
const shippedPhrases = () => {
  shipped ??= {
    closed: phraseIndex(
      Object.entries(phrasesByCategory).flatMap(([category, phrases]) =>
        // The keys are categories by the type of the table.
        phrases.split('|').map(phrase => [phrase, category as Category] as const),
      ),
    ),
    open: phraseIndex(openPhrases.split('|').map(phrase => [phrase, true] as const)),
  }
  return shipped
}

/** The categories whose shipped phrases the words hold, those apart that lie within a phrase that must be open. */
export function categoriesOfWords(words: string): ReadonlySet<Category> {
  const { closed, open } = shippedPhrases()
  let rest = words
  for (const [at, { words: phrase }] of met(words, open))
    rest = `${rest.slice(0, at + 1)}${'·'.repeat(phrase.length - 2)}${rest.slice(at + phrase.length - 1)}`
  const found = new Set<Category>()
  for (const [, { value }] of met(rest, closed)) found.add(value)
  return found
}

export type SearchRuleIndex = PhraseIndex<SearchRule>
export const searchRuleIndex = (rules: readonly SearchRule[]): SearchRuleIndex =>
  phraseIndex(rules.map(rule => [rule.phrase, rule] as const))

const actionOrder: Readonly<Record<Action, number>> = { allow: 0, warn: 1, block: 2 }

/** The school's rule for these words and a group: the longest phrase, the strictest of equals, then the first by id. */
export function schoolSearchRule(words: string, index: SearchRuleIndex, group: string): SearchRule | undefined {
  let best: Phrase<SearchRule> | undefined
  for (const [, phrase] of met(words, index)) {
    if (phrase.value.groups !== 'all' && !phrase.value.groups.includes(group)) continue
    const difference = best
      ? phrase.words.length - best.words.length ||
        actionOrder[phrase.value.action] - actionOrder[best.value.action] ||
        (phrase.value.id < best.value.id ? 1 : -1)
      : 1
    if (difference > 0) best = phrase
  }
  return best?.value
}
