import { bitOf, type CompiledRule, type Lexicon } from './lexicon.ts'
import { marks, type Passage } from './passage.ts'

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

const mostHits = 256
/** A rule that holds again and again in one passage says no more. */
const mostOfOneRule = 4
const nearby = 14
/** Places looked at in one attempt of one rule: bounds what gaps within gaps could cost. */
const mostTries = 200

export function createMatcher(lexicon: Lexicon): (passage: Passage, isSearch: boolean) => PassageReading {
  const { rules, rulesFrom, ruleOf, bits, stride, contextOf, contextPhrases, phrasesOf, sets } = lexicon
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
        if (((bits[place.set * stride + (id >> 3)] ?? 0) & (1 << (id & 7))) !== 0) {
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
        const longer = place.longer?.get(id)
        if (longer !== undefined)
          for (const words of longer) {
            const size = words.length
            if (here + size > count) continue
            let fits = true
            for (let n = 1; n < size && fits; n++) {
              steps++
              fits = word[here + n] === words[n] && ((mark[here + n] ?? 0) & marks.afterBreak) === 0
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
        if (sets.negation[id] === 1) isNegatedHere = true
      }
    }
    return place.isOptional ? follow(rule, part + 1, at) : -1
  }

  // What is asked of every rule of every word lies in flat rows: whether it may begin with a word, where it is asked at all.
  const startRow = new Int32Array(rules.length).fill(-1)
  const wants = Int32Array.from(rules, rule => rule.wants)
  const refuses = Int32Array.from(rules, rule => rule.refuses)
  const reaches = Int32Array.from(rules, rule => rule.reach)
  const where = Uint8Array.from(rules, rule => (rule.onlySearch ? 1 : 0) + (rule.notSearch ? 2 : 0))
  const rowOfPlace = new Map<number, number>()
  const startRows: Uint8Array[] = []
  rules.forEach(({ parts: [first] }, number) => {
    if (first === undefined || first.isOptional) return
    let row = rowOfPlace.get(first.set)
    if (row === undefined) {
      const own = bits.slice(first.set * stride, (first.set + 1) * stride)
      for (const id of first.longer?.keys() ?? []) own[id >> 3] = (own[id >> 3] ?? 0) | (1 << (id & 7))
      row = startRows.push(own) - 1
      rowOfPlace.set(first.set, row)
    }
    startRow[number] = row
  })
  const startBits = new Uint8Array(stride * startRows.length)
  startRows.forEach((own, row) => {
    startBits.set(own, row * stride)
  })

  const isNegatedBefore = (at: number): boolean => {
    if (((passage.marks[at] ?? 0) & marks.afterBreak) !== 0) return false
    for (let n = at - 1; n >= 0 && n >= at - 3; n--) {
      const id = passage.word[n] ?? 0
      if (sets.notNegating[id] === 1) return false
      if (sets.negation[id] === 1) return true
      if (((passage.marks[n] ?? 0) & marks.afterBreak) !== 0) return false
    }
    return false
  }
  const hasNear = (set: Uint8Array, from: number, to: number): boolean => {
    const end = Math.min(passage.count - 1, to + nearby)
    for (let n = Math.max(0, from - nearby); n <= end; n++) if (set[passage.word[n] ?? 0] === 1) return true
    return false
  }

  return (read, isSearch) => {
    passage = read
    steps = 0
    const { word, count } = passage
    let contexts = 0
    let contextWords = 0
    let hasFirst = false
    let hasSecond = false
    for (let at = 0; at < count; at++) {
      const id = word[at] ?? 0
      if (id === 0) continue
      let speaks = contextOf[id] ?? 0
      if (sets.first[id] === 1) hasFirst = true
      if (sets.second[id] === 1) hasSecond = true
      const phrases = phrasesOf.get(id)
      if (phrases !== undefined)
        for (const phrase of phrases) {
          const found = contextPhrases[phrase]
          if (found === undefined) continue
          let fits = at + found.words.length <= count
          for (let n = 1; n < found.words.length && fits; n++) fits = word[at + n] === found.words[n]
          steps += found.words.length
          if (fits) speaks |= found.bit
        }
      contexts |= speaks
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
        if (((wants[number] ?? 0) & ~contexts) !== 0 || ((refuses[number] ?? 0) & contexts) !== 0) continue
        if ((matchedTo[number] ?? -1) >= at || (timesOf[number] ?? 0) >= mostOfOneRule) continue
        const row = startRow[number] ?? -1
        for (let start = Math.max(0, at - (reaches[number] ?? 0)); start <= at; start++) {
          const begins = word[start] ?? 0
          if (row >= 0 && ((startBits[row * stride + (begins >> 3)] ?? 0) & (1 << (begins & 7))) === 0) continue
          const rule = rules[number]
          if (rule === undefined) break
          gapNegated = false
          tries = mostTries
          shownFrom = -1
          const last = follow(rule, 0, start)
          if (last < at) continue
          if (rule.wantsFirst && !hasNear(sets.first, start, last)) continue
          if (rule.wantsSecond && !hasNear(sets.second, start, last)) continue
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
    return { hits, contexts, contextWords, hasFirst, hasSecond }
  }
}
