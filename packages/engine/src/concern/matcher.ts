import { about, bitOf, type CompiledRule, contextNames, type Lexicon } from './lexicon.ts'
import { marks, type Passage } from './passage.ts'
import { alone } from './places.ts'

/*
 * Finds the rules that hold in a passage. Every word that a rule turns on is asked for its rules; each is tried from the few
 * places where it could begin. A rule has at most 12 places and its gaps at most five words, so a word costs a constant.
 */

export interface Hit {
  readonly rule: CompiledRule
  /** First and last word of the whole match. */
  readonly from: number
  readonly to: number
  /** First and last word to show. */
  readonly shownFrom: number
  readonly shownTo: number
  readonly isNegated: boolean
  readonly isQuoted: boolean
  readonly isDisguised: boolean
}

export interface PassageReading {
  readonly hits: readonly Hit[]
  /** Bits of the contexts that the passage speaks of. */
  readonly contexts: number
  /** How many words spoke of a lesson, a story, news or the like. */
  readonly contextWords: number
  readonly hasFirst: boolean
  readonly hasSecond: boolean
}

const allContexts = (1 << contextNames.length) - 1
const mostHits = 256
/** A rule that holds again and again in one passage says no more. */
const mostOfOneRule = 4
const nearby = 14
/** Places looked at in one attempt of one rule: bounds what gaps within gaps could cost. */
const mostTries = 200

export function createMatcher(lexicon: Lexicon): (passage: Passage, isSearch: boolean) => PassageReading {
  const { rules, rulesFrom, ruleOf, places, aboutOf, contextPhrases, phrasesOf } = lexicon
  const matchedTo = new Int32Array(rules.length).fill(-1)
  const timesOf = new Uint8Array(rules.length)
  const distracting = ['lesson', 'fiction', 'news', 'game', 'sport', 'cook', 'tech'].reduce(
    (sum, name) => sum | bitOf(name),
    0,
  )
  let passage: Passage
  let steps = 0
  let shownFrom = -1
  let shownTo = -1
  let gapNegated = false
  let tries = 0

  /** Last word of the match of `rule` from part `part` at word `at`, or -1. */
  const follow = (rule: CompiledRule, part: number, at: number): number => {
    const place = rule.parts[part]
    if (place === undefined) return at - 1
    if (--tries < 0) return -1
    const { word, count, marks: mark } = passage
    let isNegatedHere = false
    for (let skip = 0; skip <= place.gap; skip++) {
      const here = at + skip
      if (here >= count) break
      steps++
      if (part > 0 && ((mark[here] ?? 0) & marks.afterBreak) !== 0) break
      const id = word[here] ?? 0
      if (id !== 0) {
        const stands = places.at(place.place, id)
        if ((stands & alone) !== 0) {
          const end = follow(rule, part + 1, here + 1)
          if (end >= 0) {
            if (rule.shown === part) {
              shownFrom = here
              shownTo = here
            }
            if (isNegatedHere) gapNegated = true
            return end
          }
        }
        const longer = stands > alone ? place.longer?.get(id) : undefined
        if (longer !== undefined)
          for (let n = 0; n < longer.length; n++) {
            const words = longer[n] ?? []
            const size = words.length
            if (here + size > count) continue
            let fits = true
            for (let k = 1; k < size && fits; k++) {
              steps++
              fits = word[here + k] === words[k] && ((mark[here + k] ?? 0) & marks.afterBreak) === 0
            }
            if (!fits) continue
            const end = follow(rule, part + 1, here + size)
            if (end >= 0) {
              if (rule.shown === part) {
                shownFrom = here
                shownTo = here + size - 1
              }
              if (isNegatedHere) gapNegated = true
              return end
            }
          }
        if (((aboutOf[id] ?? 0) & about.negation) !== 0) isNegatedHere = true
      }
    }
    return place.isOptional ? follow(rule, part + 1, at) : -1
  }

  // What is asked of every rule of every word lies flat: what the passage must speak of, and at which place the rule begins.
  const firstPlace = Int32Array.from(rules, ({ parts: [first] }) =>
    first === undefined || first.isOptional ? -1 : first.place,
  )
  const wants = Int32Array.from(
    rules,
    rule => rule.wants | (rule.wantsFirst ? about.first : 0) | (rule.wantsSecond ? about.second : 0),
  )
  const refuses = Int32Array.from(rules, rule => rule.refuses)
  const reaches = Int32Array.from(rules, rule => rule.reach)
  const where = Uint8Array.from(rules, rule => (rule.onlySearch ? 1 : 0) + (rule.notSearch ? 2 : 0))

  const isNegatedBefore = (at: number): boolean => {
    if (((passage.marks[at] ?? 0) & marks.afterBreak) !== 0) return false
    for (let n = at - 1; n >= 0 && n >= at - 3; n--) {
      const speaks = aboutOf[passage.word[n] ?? 0] ?? 0
      if ((speaks & about.notNegating) !== 0) return false
      if ((speaks & about.negation) !== 0) return true
      if (((passage.marks[n] ?? 0) & marks.afterBreak) !== 0) return false
    }
    return false
  }
  const hasNear = (bit: number, from: number, to: number): boolean => {
    const end = Math.min(passage.count - 1, to + nearby)
    for (let n = Math.max(0, from - nearby); n <= end; n++)
      if (((aboutOf[passage.word[n] ?? 0] ?? 0) & bit) !== 0) return true
    return false
  }

  return (read, isSearch) => {
    passage = read
    steps = 0
    const { word, count } = passage
    let speaksOf = 0
    let contextWords = 0
    for (let at = 0; at < count; at++) {
      const id = word[at] ?? 0
      let speaks = aboutOf[id] ?? 0
      if (speaks === 0) continue
      if ((speaks & about.phrase) !== 0)
        for (const phrase of phrasesOf.get(id) ?? []) {
          const found = contextPhrases[phrase]
          if (found === undefined) continue
          let fits = at + found.words.length <= count
          for (let n = 1; n < found.words.length && fits; n++) fits = word[at + n] === found.words[n]
          steps += found.words.length
          if (fits) speaks |= found.bit
        }
      speaksOf |= speaks
      if ((speaks & distracting) !== 0) contextWords++
    }
    const hits: Hit[] = []
    const touched: number[] = []
    for (let at = 0; at < count && hits.length < mostHits; at++) {
      const id = word[at] ?? 0
      if (id === 0) continue
      const end = rulesFrom[id + 1] ?? 0
      for (let n = rulesFrom[id] ?? 0; n < end; n++) {
        const number = ruleOf[n] ?? 0
        steps++
        if (((where[number] ?? 0) & (isSearch ? 2 : 1)) !== 0) continue
        if (((wants[number] ?? 0) & ~speaksOf) !== 0 || ((refuses[number] ?? 0) & speaksOf) !== 0) continue
        if ((matchedTo[number] ?? -1) >= at || (timesOf[number] ?? 0) >= mostOfOneRule) continue
        const first = firstPlace[number] ?? -1
        for (let start = Math.max(0, at - (reaches[number] ?? 0)); start <= at; start++) {
          if (first >= 0 && places.at(first, word[start] ?? 0) === 0) continue
          const rule = rules[number]
          if (rule === undefined) break
          gapNegated = false
          tries = mostTries
          shownFrom = -1
          const last = follow(rule, 0, start)
          if (last < at) continue
          if (rule.wantsFirst && !hasNear(about.first, start, last)) continue
          if (rule.wantsSecond && !hasNear(about.second, start, last)) continue
          matchedTo[number] = last
          touched.push(number)
          timesOf[number] = (timesOf[number] ?? 0) + 1
          let disguised = false
          for (let k = start; k <= last; k++) if (((passage.marks[k] ?? 0) & marks.disguised) !== 0) disguised = true
          hits.push({
            rule,
            from: start,
            to: last,
            shownFrom: shownFrom >= 0 ? shownFrom : start,
            shownTo: shownFrom >= 0 ? shownTo : last,
            isNegated: !rule.ignoresNegation && (gapNegated || isNegatedBefore(start)),
            isQuoted: ((passage.marks[start] ?? 0) & marks.quoted) !== 0,
            isDisguised: disguised,
          })
          break
        }
      }
    }
    for (const number of touched) {
      matchedTo[number] = -1
      timesOf[number] = 0
    }
    passage.steps += steps
    return {
      hits,
      contexts: speaksOf & allContexts,
      contextWords,
      hasFirst: (speaksOf & about.first) !== 0,
      hasSecond: (speaksOf & about.second) !== 0,
    }
  }
}
