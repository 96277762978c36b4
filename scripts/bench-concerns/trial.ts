import { existsSync, readFileSync } from 'node:fs'
import {
  type AgeBand,
  type Concern,
  concerns,
  type Detector,
  type TextKind,
} from '../../packages/engine/src/concern/index.ts'
import { seedLines } from '../concerns/seeds.ts'
import type { Peer } from './peers.ts'

/*
 * Totals over the trial set, which was written apart from the lexicon. Only sums leave this file: no text, no id.
 */

export interface TrialTotals {
  readonly name: string
  readonly of: number
  readonly found: number
  /** Flagged with the right concern first. */
  readonly right: number
}

const folder = new URL('../../packages/engine/trial/', import.meta.url)

const concernOf = (label: string): Concern | null => concerns.find(concern => concern === label) ?? null

interface Row {
  readonly concern: Concern | null
  readonly kind: TextKind
  readonly age: AgeBand
  readonly text: string
}

function rowsOf(name: string): Row[] {
  const url = new URL(name, folder)
  if (!existsSync(url)) return []
  const [head, ...lines] = readFileSync(url, 'utf8')
    .split('\n')
    .filter(line => line !== '')
  const columns = head?.split('\t') ?? []
  const cell = (cells: readonly string[], column: string): string => cells[columns.indexOf(column)] ?? ''
  return lines.map(line => {
    const cells = line.split('\t')
    return {
      concern: concernOf(cell(cells, 'category')),
      kind: (cell(cells, 'kind') || 'typed') as TextKind,
      age: (cell(cells, 'age') || 'secondary') as AgeBand,
      text: cell(cells, 'text'),
    }
  })
}

/** By concern, then in all. */
export function trialTotals(detector: Detector, file: 'concerns.tsv' | 'disguised.tsv'): TrialTotals[] {
  const judged = judge(detector, rowsOf(file))
  const named = Map.groupBy(judged, ({ concern }) => concern ?? 'unknown')
  return [...[...named].map(([name, own]) => totalOf(name, own)), totalOf('all', judged)]
}

export const lookAlikes = (detector: Detector): TrialTotals =>
  totalOf('look-alikes', judge(detector, rowsOf('look-alikes.tsv')))

/** The author whose lines nothing is learnt from (`probe.tsv`): what is found of the concerns, and of the harmless lines. */
export function probeTotals(detector: Detector): { readonly found: TrialTotals; readonly alike: TrialTotals } {
  const lines = seedLines(readFileSync(new URL('../data/concerns/probe.tsv', folder), 'utf8'))
  const judged = judge(
    detector,
    lines.map(({ label, text }) => ({ concern: concernOf(label), kind: 'typed', age: 'secondary', text })),
  )
  return {
    found: totalOf(
      'concerns',
      judged.filter(({ concern }) => concern !== null),
    ),
    alike: totalOf(
      'harmless',
      judged.filter(({ concern }) => concern === null),
    ),
  }
}

/** What a detector says of a row. */
interface JudgedRow {
  readonly concern: Concern | null
  readonly flag: boolean
  /** The concern that stands first. */
  readonly best: Concern | undefined
}

const judge = (detector: Detector, rows: readonly Row[]): JudgedRow[] =>
  rows.map(({ concern, kind, age, text }) => {
    const { flag, categories } = detector.detect({ text, kind, age })
    return { concern, flag, best: categories[0]?.name }
  })

const totalOf = (name: string, rows: readonly JudgedRow[]): TrialTotals => ({
  name,
  of: rows.length,
  found: rows.filter(({ flag }) => flag).length,
  right: rows.filter(({ flag, best, concern }) => flag && best === concern).length,
})

export function peerTrial(peer: Peer): {
  readonly lookAlikes: number
  readonly found: number
  readonly disguised: number
} {
  const share = (name: string): number => {
    const rows = rowsOf(name)
    return rows.length === 0 ? 0 : rows.filter(({ text }) => peer.flags(text)).length / rows.length
  }
  return { lookAlikes: share('look-alikes.tsv'), found: share('concerns.tsv'), disguised: share('disguised.tsv') }
}
