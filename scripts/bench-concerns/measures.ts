import { type AgeBand, type Concern, concerns, type Detector } from '../../packages/engine/src/concern/index.ts'
import { benignSources, kindOf, type LabelledLine } from '../concerns/labelled.ts'

export interface Share {
  readonly name: string
  readonly hits: number
  readonly of: number
}

/** What a detector says of a line, worked out once. */
export interface Judged {
  readonly line: LabelledLine
  readonly flag: boolean
  readonly named: ReadonlySet<Concern>
  readonly best: Concern | null
  readonly spans: readonly (readonly [number, number, string])[]
}

export function judgeAll(
  detector: Detector,
  lines: readonly LabelledLine[],
  age: AgeBand = 'secondary',
  asTyped = false,
): Judged[] {
  return lines.map(line => {
    const { flag, categories, spans } = detector.detect({
      text: line.text,
      kind: asTyped ? 'typed' : kindOf(line.source),
      age,
    })
    const named = new Set(categories.filter(({ score }) => score >= 0.5).map(({ name }) => name))
    return { line, flag, named, best: flag ? (categories[0]?.name ?? null) : null, spans }
  })
}

/** Flags among harmless lines, a set at a time. */
export const falseAlarms = (judged: readonly Judged[]): Share[] =>
  benignSources.map(name => {
    const own = judged.filter(({ line }) => line.source === name)
    return { name, hits: own.filter(({ flag }) => flag).length, of: own.length }
  })

export interface Quality {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly accuracy: number
  readonly macroF1: number
  readonly of: number
}

/** How well lines of one concern are told from the others of the same set. */
export function qualityOf(judged: readonly Judged[], sources: readonly string[], concern: Concern): Quality {
  let hit = 0
  let missed = 0
  let wrong = 0
  let right = 0
  for (const { line, named } of judged) {
    if (!sources.includes(line.source)) continue
    const is = line.labels.includes(concern)
    const said = named.has(concern)
    if (is && said) hit++
    else if (is) missed++
    else if (said) wrong++
    else right++
  }
  const f1 = ratio(2 * hit, 2 * hit + missed + wrong)
  const f1Other = ratio(2 * right, 2 * right + missed + wrong)
  return {
    precision: ratio(hit, hit + wrong),
    recall: ratio(hit, hit + missed),
    f1,
    accuracy: ratio(hit + right, hit + right + wrong + missed),
    macroF1: (f1 + f1Other) / 2,
    of: hit + missed + wrong + right,
  }
}

/** Found and flagged lines of each concern, a set at a time. */
export function recallBySet(judged: readonly Judged[]): {
  readonly source: string
  readonly concern: Concern
  readonly flagged: number
  readonly named: number
  readonly of: number
}[] {
  const sources = [...new Set(judged.map(({ line }) => line.source))]
  return sources.flatMap(source =>
    concerns.flatMap(concern => {
      const own = judged.filter(({ line }) => line.source === source && line.labels.includes(concern))
      if (own.length === 0) return []
      return [
        {
          source,
          concern,
          flagged: own.filter(({ flag }) => flag).length,
          named: own.filter(({ named }) => named.has(concern)).length,
          of: own.length,
        },
      ]
    }),
  )
}

/** Mean character-F1 of the shown places against `spans=a-b;c-d` of toxicspans (SemEval 2021 task 5). */
export function spanF1(judged: readonly Judged[]): { readonly f1: number; readonly of: number } {
  let sum = 0
  let of = 0
  for (const { line, spans } of judged) {
    if (line.source !== 'toxicspans') continue
    const truth = new Set<number>()
    for (const piece of /spans=([\d;-]+)/.exec(line.orig)?.[1]?.split(';') ?? []) {
      const [from, to] = piece.split('-').map(Number)
      for (let at = from ?? 0; at < (to ?? 0); at++) truth.add(at)
    }
    const points = pointToUnit(line.text)
    const said = new Set<number>()
    for (const [from, to] of spans) for (let at = from; at < to; at++) said.add(points[at] ?? at)
    let both = 0
    for (const at of said) if (truth.has(at)) both++
    sum += truth.size + said.size === 0 ? 1 : (2 * both) / (truth.size + said.size)
    of++
  }
  return { f1: ratio(sum, of), of }
}

/** UTF-16 offset → code-point offset: the set counts in code points. */
function pointToUnit(text: string): number[] {
  const points: number[] = []
  let point = 0
  for (const char of text) {
    for (let unit = 0; unit < char.length; unit++) points.push(point)
    point++
  }
  return points
}

export const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
