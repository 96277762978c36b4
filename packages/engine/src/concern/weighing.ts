import { bitOf } from './lexicon.ts'
import type { Hit, PassageReading } from './matcher.ts'
import type { ModelHeader } from './model.ts'
import type { Passage } from './passage.ts'
import { findPersonal } from './personal.ts'
import { type Concern, type ConcernResult, type ConcernSpan, type ConcernText, concerns, parentOf } from './types.ts'

/*
 * Rules and model together. A rule brings its strength, less what speaks against it in the passage; the model brings how far
 * its score lies from where it would flag alone. Their sum is the concern's score: from 0.5 it is flagged.
 *
 *     strong rule 0.90   holds unless the model is sure that it is harmless; one of the core holds always
 *     rule        0.62   needs the model not to speak against it
 *     weak rule   0.34   needs a model that is nearly sure by itself
 *     no rule     –      flagged where the model alone is sure
 *     a school's  1.40   holds in quotation marks, on a page and against the model: two people decided so
 */

const strengths = [0.16, 0.34, 0.62, 0.9, 1.4] as const
const moreRules = 0.14
const modelFor = 0.36
/** A weak rule is a topic, not a concern: the model must be nearly sure by itself. */
const modelForWeak = 0.13
const modelAgainst = 0.36
/** The model can hold back a rule of the core by no more than this. */
const mostAgainstCore = 0.36
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
  /** The model's score over where it flags alone; 1 = just there. */
  model: number
  score: number
  severity: number
  /** The rules that brought it. */
  readonly hits: SeenHit[]
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
  isCore: boolean
  readonly hits: SeenHit[]
  /** Ids of rules that counted for more than a mention. */
  readonly decisive: string[]
}

/** What a concern is worth where only the model found it. */
const modelSeverity: Readonly<Record<Concern, number>> = {
  selfharm: 4,
  grooming: 3,
  nudes: 3,
  extremism: 3,
  weapons: 3,
  violence: 3,
  eating: 3,
  sexual: 2,
  bullying: 2,
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

export function gather(
  evidence: Evidence,
  passage: Passage,
  reading: PassageReading,
  scores: Float64Array,
  header: ModelHeader,
): void {
  const { question, silenced } = evidence
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
        isCore: rule.isCore,
        hits: [seen],
        decisive: worth > mention ? [rule.id] : [],
      })
    else {
      if (worth > mention && !known.decisive.includes(rule.id)) known.decisive.push(rule.id)
      const isOther = known.hits.every(({ id }) => id !== seen.id)
      if (isOther) known.more += Math.min(known.worth, worth) > mention ? 1 : 0
      known.worth = Math.max(known.worth, worth)
      known.isCore ||= rule.isCore
      known.severity = Math.max(known.severity, severity)
      if (known.hits.length < 8) known.hits.push(seen)
    }
  }
  for (const { from, to, severity, worth, id } of findPersonal(passage, question.text)) {
    if (silenced.shapes.has(id)) continue
    const seen: SeenHit = { id, words: '', isNegated: false, isQuoted: false, isDisguised: false, wantsFirst: false }
    const known = here.get('personal') ?? { worth: 0, more: 0, severity: 0, isCore: false, hits: [], decisive: [] }
    if (!known.decisive.includes(id)) known.decisive.push(id)
    if (known.hits.length > 0) known.more++
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
    const model = alone === null || alone === undefined ? 0 : standing(scores[output] ?? 0, alone)
    const rules =
      brought === undefined
        ? 0
        : brought.worth + Math.min(2, brought.more) * moreRules * (brought.worth > mention ? 1 : 0)
    const isCore = brought?.isCore === true
    const swing =
      model >= 0
        ? (rules < 0.45 ? doubtOf(concern, question, reading) * modelForWeak : modelFor) * model
        : Math.max(modelAgainst * model, isCore ? -mostAgainstCore : -1)
    const mayAlone = !silenced.alone.has(concern)
    const byModel = mayAlone ? modelAlone(concern, passage.count) * model * doubtOf(concern, question, reading) : 0
    const byRules = rules > mention || mayAlone ? rules + swing : rules
    const score = rules > 0.02 ? Math.max(byRules, byModel) : byModel
    if (brought === undefined && score < listedFrom) return
    const known = evidence.found.get(concern)
    if (known !== undefined && known.score >= score && known.severity >= (brought?.severity ?? 0)) return
    const byWords = byRules >= nearly ? (brought?.decisive ?? []) : []
    const decidedHere = byWords.length > 0 ? byWords : [`model.${concern}`]
    const severity = brought !== undefined && rules > 0.3 ? brought.severity : modelSeverity[concern]
    evidence.found.set(concern, {
      rules,
      model,
      score: Math.max(score, known?.score ?? -1),
      severity: Math.max(score >= flagFrom ? severity : 0, known?.severity ?? 0),
      hits: [...(known?.hits ?? []), ...(brought?.hits ?? [])].slice(0, 8),
      decided: score < nearly ? (known?.decided ?? []) : [...new Set([...(known?.decided ?? []), ...decidedHere])],
    })
  })
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))
const isPage = ({ kind }: ConcernText): boolean => kind === 'read' || kind === 'title' || kind === 'answer'

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

export type Judged = Omit<ConcernResult, 'why'>

/** The answer: what is listed, in which order, and how grave it is. */
export function judge({ found, spans, hasSecond }: Evidence): Judged {
  if (found.size === 0) return { flag: false, severity: 0, categories: [], rules: [], spans: [] }
  const score = new Map<Concern, number>()
  for (const [concern, { score: value }] of found) if (value >= listedFrom) score.set(concern, value)
  // A finer concern stands only where it is no weaker than what it belongs to, and brings that with it.
  for (const concern of concerns) {
    const parent = parentOf[concern]
    const own = score.get(concern)
    if (parent === undefined || own === undefined) continue
    const above = score.get(parent) ?? 0
    const rules = found.get(concern)?.rules ?? 0
    if (own + (rules > 0.5 ? 0.3 : 0.25) < above) score.delete(concern)
    else {
      score.set(concern, Math.max(own, above))
      score.set(parent, Math.min(Math.max(own, above), Math.max(above, own * 0.95)))
    }
  }
  settleCoarse(score, found, hasSecond)
  const categories = [...score]
    .map(([name, value]) => ({ name, score: Math.round(Math.min(value, 1) * 1000) / 1000 }))
    .sort(
      (a, b) =>
        b.score - a.score ||
        (parentOf[a.name] === b.name ? -1 : parentOf[b.name] === a.name ? 1 : 0) ||
        namedFirst.indexOf(a.name) - namedFirst.indexOf(b.name),
    )
  const flag = (categories[0]?.score ?? 0) >= flagFrom
  let severity = 0
  if (flag)
    for (const { name, score: value } of categories)
      if (value >= flagFrom) severity = Math.max(severity, found.get(name)?.severity ?? 0, 1)
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

/** The model alone is believed less of a few words; it was trained on thousands of posts about self-harm told at length. */
const modelAlone = (concern: Concern, words: number): number => {
  if (concern === 'profanity') return 0.28
  if (words < 4 || (concern === 'eating' && words < 8)) return 0.22
  if (concern === 'selfharm') return words < 8 ? 0.5 : words < 30 ? 0.6 : 1.1
  if (concern === 'bullying' && words < 30) return words < 8 ? 0.5 : 0.7
  if (concern === 'hate' || concern === 'misogyny' || concern === 'sexual') return words < 8 ? 0.34 : 0.5
  return words < 8 ? 0.28 : 0.4
}

/** What is left of the model's word where the text is a page, or speaks of a lesson, a story or the like. */
const doubtOf = (concern: Concern, question: ConcernText, { contextWords }: PassageReading): number =>
  (isPage(question) ? 0.5 : 1) * (contextWords === 0 ? 1 : concern === 'selfharm' ? 0.85 : 0.6)

/** For: how far the score is on the way to flagging alone. Against: the score itself, -1 being a clear no. */
const standing = (score: number, alone: number): number =>
  score >= 0 ? Math.min(score / alone, 2) : Math.max(score, -2)
