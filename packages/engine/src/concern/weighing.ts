import { bitOf } from './lexicon.ts'
import type { Hit, PassageReading } from './matcher.ts'
import type { Model } from './model.ts'
import type { Passage } from './passage.ts'
import { findPersonal } from './personal.ts'
import {
  type Concern,
  type ConcernResult,
  type ConcernSpan,
  type ConcernText,
  concerns,
  coreConcerns,
  parentOf,
} from './types.ts'

/*
 * Rules and model together. A rule brings its strength, less what speaks against it in the passage; the model brings how far
 * its score lies beyond the one from which it flags alone, and longer texts a little more, for a few words are a topic more
 * often than a concern. From 0.5 a concern is flagged.
 *
 *     strong rule 0.90   lowers what the model must say by three tenths of that
 *     rule        0.62
 *     weak rule   0.34
 *     a school's  1.40   holds in quotation marks, on a page and against the model: two people decided so
 *
 * What holds by itself is the core, a school's phrases and finds by their shape: the model can take only so much from them.
 * The constants were fitted on authors whom the model had not learnt from (docs/detection.md).
 */

const strengths = [0.16, 0.34, 0.62, 0.9, 1.4] as const
const moreRules = 0.14
/** What the strength of rules is worth in the model's scores, and beyond which it brings no more. */
const ruleWorth = 0.3
const mostRules = 1.2
/** What the model's word is worth for and against what holds by itself. */
const modelOnHeld = 0.36
const mostAgainstHeld = 0.36
/** What a text of 1, 2 … 7 words or more brings: 0.37 of the natural logarithm of its words over 7. */
const lengthWorth = [-0.72, -0.464, -0.313, -0.207, -0.124, -0.057, 0] as const
/** Self-harm is told at length, and the model's score thins out over many words. */
const toldAtLength = 30
const toldWorth = 0.65
/** Of what rules bring, what is listed whatever the model says: never as much as a flag. */
const listedShare = 0.4
/** A score of the model that it never reaches alone. */
const never = 2
/** Asking is not doing: what a search must say more. */
const searchDoubt = 0.32
/** What it must say more where the text speaks of a lesson, a story or the like. */
const contextDoubt = 0.3
/** What is left of the model's word for a concern where the words are another's. */
const modelOnPage = 0.5
export const flagFrom = 0.5
/** Scores are told with three decimals, so this much is flagged. */
const nearly = flagFrom - 0.0005
/** A rule that brings no more than this only mentions a topic. */
const mention = 0.2
const listedFrom = 0.06
const mostSpans = 200

export interface Found {
  /** Sum of what rules bring, in the passage where they bring most. */
  rules: number
  /** The model's score over where it flags alone: 1 = just there; below 0 the score itself. */
  model: number
  score: number
  severity: number
  /** The rules that brought it. */
  readonly hits: SeenHit[]
  /** Where the model alone decided: the words that weighed most, as they stand in the text. */
  readonly heard: readonly string[]
  /** Ids of what decided, where it is flagged. */
  readonly decided: readonly string[]
}
export interface SeenHit {
  readonly id: string
  readonly words: string
  readonly isNegated: boolean
  readonly isQuoted: boolean
  readonly isDisguised: boolean
  readonly wantsFirst: boolean
}

/** What a school has switched off beside rules of words: finds by their shape, and the model where it decides alone. */
export interface Silenced {
  readonly shapes: ReadonlySet<string>
  readonly alone: ReadonlySet<Concern>
}

export interface Evidence {
  readonly question: ConcernText
  readonly silenced: Silenced
  readonly found: Map<Concern, Found>
  readonly spans: ConcernSpan[]
  contexts: number
  contextWords: number
  hasFirst: boolean
  hasSecond: boolean
}

export const newEvidence = (question: ConcernText, silenced: Silenced): Evidence => ({
  question,
  silenced,
  found: new Map(),
  spans: [],
  contexts: 0,
  contextWords: 0,
  hasFirst: false,
  hasSecond: false,
})

/** What the rules brought in one passage. */
interface Brought {
  worth: number
  more: number
  severity: number
  /** Something of it holds against the model. */
  holds: boolean
  readonly hits: SeenHit[]
  /** Ids of rules that counted for more than a mention. */
  readonly decisive: string[]
}

/** What a concern is worth where only the model found it: it cannot tell teasing from a child who is hit at home, nor a crude word from an assault, so both are looked at today. */
const modelSeverity: Readonly<Record<Concern, number>> = {
  selfharm: 4,
  grooming: 3,
  nudes: 3,
  extremism: 3,
  weapons: 3,
  violence: 3,
  eating: 3,
  sexual: 3,
  bullying: 3,
  hate: 2,
  misogyny: 2,
  drugs: 2,
  crime: 2,
  gambling: 1,
  personal: 1,
  circumvention: 1,
  profanity: 1,
}

const distracting = {
  lesson: 0.62,
  fiction: 0.62,
  news: 0.7,
  game: 0.55,
  sport: 0.6,
  cook: 0.55,
  tech: 0.55,
  joke: 0.8,
  help: 0.75,
  health: 0.85,
  animal: 0.75,
} as const
const distractions = Object.entries(distracting).map(([name, worth]) => ({ bit: bitOf(name), worth }))
const planBit = bitOf('plan')
const meansBit = bitOf('means')

export function gather(evidence: Evidence, passage: Passage, reading: PassageReading, model: Model): void {
  const { question, silenced } = evidence
  const { header } = model
  const scores = model.score(passage)
  evidence.contexts |= reading.contexts
  evidence.contextWords += reading.contextWords
  evidence.hasFirst ||= reading.hasFirst
  evidence.hasSecond ||= reading.hasSecond
  const here = new Map<Concern, Brought>()
  for (const hit of reading.hits) {
    const { rule } = hit
    const worth = worthOf(hit, reading, question)
    const known = here.get(rule.concern)
    const seen = seenOf(hit, passage, question.text)
    addSpan(evidence, passage, hit)
    const severity = worth < 0.3 ? 1 : severityOf(hit, reading, question)
    if (known === undefined)
      here.set(rule.concern, {
        worth,
        more: 0,
        severity,
        holds: rule.isCore,
        hits: [seen],
        decisive: worth > mention ? [rule.id] : [],
      })
    else {
      if (worth > mention && !known.decisive.includes(rule.id)) known.decisive.push(rule.id)
      const isOther = known.hits.every(({ id }) => id !== seen.id)
      if (isOther) known.more += Math.min(known.worth, worth) > mention ? 1 : 0
      known.worth = Math.max(known.worth, worth)
      known.holds ||= rule.isCore
      known.severity = Math.max(known.severity, severity)
      if (known.hits.length < 8) known.hits.push(seen)
    }
  }
  for (const { from, to, severity, worth, id } of findPersonal(passage, question.text)) {
    if (silenced.shapes.has(id)) continue
    const seen: SeenHit = { id, words: '', isNegated: false, isQuoted: false, isDisguised: false, wantsFirst: false }
    const known = here.get('personal') ?? { worth: 0, more: 0, severity: 0, holds: true, hits: [], decisive: [] }
    if (!known.decisive.includes(id)) known.decisive.push(id)
    if (known.hits.length > 0) known.more++
    known.holds = true
    known.worth = Math.max(known.worth, reading.hasFirst || reading.hasSecond ? worth : worth * 0.7)
    known.severity = Math.max(known.severity, question.age === 'primary' ? severity + 1 : severity)
    known.hits.push(seen)
    here.set('personal', known)
    if (evidence.spans.length < mostSpans) evidence.spans.push([from, to, 'personal'])
  }
  header.concerns.forEach((concern, output) => {
    const brought = here.get(concern)
    // What no rule brought and the model speaks against is not listed.
    if (brought === undefined && (scores[output] ?? 0) <= 0) return
    const alone = header.alone[output]
    const stands = alone === null || alone === undefined ? 0 : standing(scores[output] ?? 0, alone)
    const rules =
      brought === undefined
        ? 0
        : brought.worth + Math.min(2, brought.more) * moreRules * (brought.worth > mention ? 1 : 0)
    const mayAlone = !silenced.alone.has(concern)
    if (rules <= mention && !mayAlone) return
    const doubt = reading.contextWords === 0 ? 0 : concern === 'selfharm' ? contextDoubt / 5 : contextDoubt
    const beyond = beyondAlone(concern, scores[output] ?? 0, alone ?? never, passage.count, question) - doubt
    const margin = beyond + ruleWorth * Math.min(rules, mostRules)
    const held = brought?.holds === true ? rules + Math.max(modelOnHeld * stands, -mostAgainstHeld) : 0
    const score = Math.max(flagFrom + margin / 2, held, listedShare * Math.min(rules, 1))
    if (brought === undefined && score < listedFrom) return
    const known = evidence.found.get(concern)
    if (known !== undefined && known.score >= score && known.severity >= (brought?.severity ?? 0)) return
    const byWords = brought?.decisive ?? []
    const decidedHere = byWords.length === 0 || (beyond >= 0 && mayAlone) ? [...byWords, `model.${concern}`] : byWords
    const byModel = rules > 0.55 ? 0 : modelSeverity[concern]
    const heard =
      byWords.length === 0 && score >= nearly ? heardOf(evidence, passage, model.shares(passage, concern), concern) : []
    const severity = Math.max(byModel, rules > 0.3 ? (brought?.severity ?? 0) : 0)
    evidence.found.set(concern, {
      rules,
      model: stands,
      score: Math.max(score, known?.score ?? -1),
      severity: Math.max(score >= flagFrom ? severity : 0, known?.severity ?? 0),
      hits: [...(known?.hits ?? []), ...(brought?.hits ?? [])].slice(0, 8),
      heard: [...(known?.heard ?? []), ...heard].slice(0, mostHeard),
      decided: score < nearly ? (known?.decided ?? []) : [...new Set([...(known?.decided ?? []), ...decidedHere])],
    })
  })
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))
const isPage = ({ kind }: Pick<ConcernText, 'kind'>): boolean =>
  kind === 'read' || kind === 'title' || kind === 'answer'

/** What a hit brings, less what speaks against it. */
function worthOf({ rule, isNegated, isQuoted }: Hit, reading: PassageReading, { kind, age }: ConcernText): number {
  let worth = strengths[rule.strength] ?? 0
  if (isNegated) worth *= 0.3
  if (isQuoted && !rule.wantsFirst) worth *= 0.75
  if (!rule.ignoresContext) {
    let least = 1
    for (const { bit, worth: left } of distractions)
      if ((reading.contexts & bit) !== 0 && (rule.wants & bit) === 0) least = Math.min(least, left)
    worth *= least
    if (reading.contextWords >= 3) worth *= 0.8
  }
  // Pages are other people's words.
  if (kind === 'read' || kind === 'title') worth *= rule.strength < 3 ? 0.7 : 0.85
  if (rule.concern === 'profanity' && (age === 'adult' || kind === 'read' || kind === 'title')) worth *= 0.45
  return worth
}

/** First person, plan and means raise self-harm; a quotation, a lesson or somebody else's page lowers. */
function severityOf({ rule, isQuoted }: Hit, reading: PassageReading, { kind, age }: ConcernText): number {
  let severity = rule.severity
  if (rule.concern === 'selfharm' && rule.severity >= 3 && reading.hasFirst) {
    const isPlanned = (reading.contexts & planBit) !== 0
    const hasMeans = (reading.contexts & meansBit) !== 0
    if (severity === 4 && (isPlanned || hasMeans)) severity = 5
    if (severity === 3 && isPlanned && hasMeans) severity = 4
  }
  if (
    age === 'primary' &&
    severity === 2 &&
    ['sexual', 'nudes', 'grooming', 'drugs', 'gambling'].includes(rule.concern)
  )
    severity = 3
  if (isQuoted) severity -= 1
  if (!rule.ignoresContext && reading.contextWords >= 2) severity -= 1
  if (kind === 'read' || kind === 'title' || kind === 'answer') severity -= 1
  return clamp(severity, 1, 5)
}

const seenOf = ({ rule, from, to, isNegated, isQuoted, isDisguised }: Hit, passage: Passage, text: string): SeenHit => {
  const start = passage.from[from] ?? 0
  const words = text.slice(start, Math.min(passage.to[to] ?? start, start + 60))
  return { id: rule.id, words, isNegated, isQuoted, isDisguised, wantsFirst: rule.wantsFirst }
}

function addSpan({ spans }: Evidence, passage: Passage, { rule, shownFrom, shownTo }: Hit): void {
  if (spans.length >= mostSpans) return
  const from = passage.from[shownFrom] ?? 0
  const to = passage.to[shownTo] ?? from
  if (!spans.some(([a, b, concern]) => a === from && b === to && concern === rule.concern))
    spans.push([from, to, rule.concern])
}

/** Words that bring this share of what the weightiest brings are told. */
const heardFrom = 0.6
const mostHeard = 2

/** Shows, where no rule did, the words of a passage that weighed most with the model for a concern. @returns the weightiest runs of them. */
function heardOf(evidence: Evidence, passage: Passage, shares: Float64Array, concern: Concern): string[] {
  const { question, spans } = evidence
  const isShown = spans.some(([, , name]) => name === concern)
  const least = heardFrom * Math.max(...shares)
  if (!(least > 0)) return []
  const runs: { from: number; to: number; weight: number }[] = []
  for (const [token, share] of shares.entries()) {
    if (share < least) continue
    const run = runs.at(-1)
    if (run !== undefined && token - run.to <= 1) {
      run.to = token
      run.weight += share
    } else runs.push({ from: token, to: token, weight: share })
  }
  return runs
    .sort((a, b) => b.weight - a.weight || a.from - b.from)
    .slice(0, mostHeard)
    .map(run => {
      const from = passage.from[run.from] ?? 0
      const to = passage.to[run.to] ?? from
      if (!isShown && spans.length < mostSpans) spans.push([from, to, concern])
      return question.text.slice(from, Math.min(to, from + 60))
    })
}

export type Judged = Omit<ConcernResult, 'why'>

/** The answer: what is listed, in which order, and how grave it is. */
export function judge({ found, spans, hasSecond }: Evidence): Judged {
  if (found.size === 0) return { flag: false, severity: 0, categories: [], rules: [], spans: [] }
  const score = new Map<Concern, number>()
  for (const [concern, { score: value }] of found) if (value >= listedFrom) score.set(concern, value)
  /** Wider concerns that only come with a finer one, whose gravity is what counts. */
  const brought = new Set<Concern>()
  // A finer concern stands only where it is no weaker than what it belongs to, and brings that with it.
  for (const concern of concerns) {
    const parent = parentOf[concern]
    const own = score.get(concern)
    if (parent === undefined || own === undefined) continue
    const above = score.get(parent) ?? 0
    const rules = found.get(concern)?.rules ?? 0
    if (own + (rules > 0.5 ? 0.3 : 0.25) < above) score.delete(concern)
    else {
      if (own >= above && (found.get(parent)?.rules ?? 0) <= mention) brought.add(parent)
      score.set(concern, Math.max(own, above))
      score.set(parent, Math.min(Math.max(own, above), Math.max(above, own * 0.95)))
    }
  }
  settleCoarse(score, found, hasSecond)
  const categories = [...score]
    .map(([name, value]) => ({ name, value, score: Math.round(Math.min(value, 1) * 1000) / 1000 }))
    .sort(
      (a, b) =>
        b.score - a.score ||
        (parentOf[a.name] === b.name ? -1 : parentOf[b.name] === a.name ? 1 : 0) ||
        b.value - a.value ||
        namedFirst.indexOf(a.name) - namedFirst.indexOf(b.name),
    )
    .map(({ name, score }) => ({ name, score }))
  const flag = (categories[0]?.score ?? 0) >= flagFrom
  let severity = 0
  if (flag)
    for (const { name, score: value } of categories)
      if (value >= flagFrom && !brought.has(name)) severity = Math.max(severity, found.get(name)?.severity ?? 0, 1)
  const listed = new Set(categories.map(({ name }) => name))
  return {
    flag,
    severity: clamp(severity, 0, 5) as ConcernResult['severity'],
    categories,
    rules: flag ? decidedBy(found, categories) : [],
    spans: spans
      .filter(([, , concern]) => listed.has(concern))
      .sort((a, b) => a[0] - b[0] || a[1] - b[1] || concerns.indexOf(a[2]) - concerns.indexOf(b[2])),
  }
}

/**
 * Coarse words beside something worse are part of it. Said to nobody, where the model alone heard contempt in them, they are
 * what was found.
 */
function settleCoarse(score: Map<Concern, number>, found: Evidence['found'], hasSecond: boolean): void {
  const coarse = score.get('profanity')
  if (coarse === undefined) return
  if (coarse >= flagFrom && !hasSecond)
    for (const concern of contempt) {
      const value = score.get(concern)
      if (value !== undefined && value >= coarse && (found.get(concern)?.rules ?? 0) < 0.5)
        score.set(concern, Math.max(Math.min(value, flagFrom), coarse - 0.05))
    }
  let best = 0
  for (const [concern, value] of score) if (concern !== 'profanity') best = Math.max(best, value)
  if (best >= flagFrom && best >= coarse) score.set('profanity', Math.min(coarse, best - 0.05))
}
const contempt: readonly Concern[] = ['bullying', 'misogyny', 'hate', 'sexual']

/** Of equally sure concerns: the graver, pictures before what they were asked for with, contempt and coarse words last. */
const namedLate: readonly Concern[] = ['bullying', 'profanity']
const namedFirst: readonly Concern[] = [
  'selfharm',
  'nudes',
  ...concerns.filter(concern => concern !== 'selfharm' && concern !== 'nudes' && !namedLate.includes(concern)),
  ...namedLate,
]

/** Each flagged concern's, the best concern's first. */
const decidedBy = (found: Evidence['found'], categories: Judged['categories']): string[] => [
  ...new Set(
    categories
      .filter(({ score }) => score >= flagFrom)
      .flatMap(({ name }) => {
        const known = found.get(name)
        return known !== undefined && known.score >= nearly ? known.decided : []
      }),
  ),
]

/** How far the model's score for a text of so many words lies beyond where it flags alone: 0 = just there. */
export function beyondAlone(
  concern: Concern,
  score: number,
  alone: number,
  words: number,
  question: Pick<ConcernText, 'kind' | 'age'>,
): number {
  const told = concern === 'selfharm' && words >= toldAtLength ? toldWorth : 0
  const length = told + (lengthWorth[clamp(words, 1, lengthWorth.length) - 1] ?? 0)
  const least = concern === 'profanity' && question.age === 'adult' ? alone + 0.5 : alone
  if (!isPage(question))
    return score + length - least - (question.kind === 'search' && !coreConcerns.includes(concern) ? searchDoubt : 0)
  // Other people's sentences are long: that says nothing.
  return (score > 0 ? modelOnPage * score : score) + Math.min(length, 0) - least
}

/** For: how far the score is on the way to flagging alone. Against: the score itself, -1 being a clear no. */
const standing = (score: number, alone: number): number =>
  score >= 0 ? Math.min(score / alone, 2) : Math.max(score, -2)
