import { existsSync, readFileSync } from 'node:fs'
import {
  type AgeBand,
  type Concern,
  concerns,
  type Detector,
  type TextKind,
} from '../../packages/engine/src/concern/index.ts'
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
    const asked = cell(cells, 'category')
    return {
      concern: concerns.find(concern => concern === asked) ?? null,
      kind: (cell(cells, 'kind') || 'typed') as TextKind,
      age: (cell(cells, 'age') || 'secondary') as AgeBand,
      text: cell(cells, 'text'),
    }
  })
}

/** The author whose lines nothing is learnt from (`probe.tsv`): what is found of the concerns, and flagged of the harmless lines. */
export function probeTotals(detector: Detector): { readonly found: TrialTotals; readonly alike: TrialTotals } {
  const url = new URL('../../packages/engine/data/concerns/probe.tsv', import.meta.url)
  const found = { name: 'concerns', of: 0, found: 0, right: 0 }
  const alike = { name: 'harmless', of: 0, found: 0, right: 0 }
  for (const line of readFileSync(url, 'utf8').split('\n')) {
    const [label, text] = line.split('\t')
    if (label === undefined || text === undefined || label.startsWith('#')) continue
    const { flag, categories } = detector.detect({ text, kind: 'typed', age: 'secondary' })
    const total = label === 'none' ? alike : found
    total.of++
    if (flag) total.found++
    if (flag && categories[0]?.name === label) total.right++
  }
  return { found, alike }
}

/** By concern, then in all. */
export function trialTotals(detector: Detector, file: 'concerns.tsv' | 'disguised.tsv'): TrialTotals[] {
  const totals = new Map<string, { of: number; found: number; right: number }>()
  for (const { concern, kind, age, text } of rowsOf(file)) {
    const { flag, categories } = detector.detect({ text, kind, age })
    for (const name of [concern ?? 'unknown', 'all']) {
      const total = totals.get(name) ?? { of: 0, found: 0, right: 0 }
      total.of++
      if (flag) total.found++
      if (flag && categories[0]?.name === concern) total.right++
      totals.set(name, total)
    }
  }
  return [...totals].map(([name, total]) => ({ name, ...total }))
}

export function lookAlikes(detector: Detector): { readonly flagged: number; readonly of: number } {
  const rows = rowsOf('look-alikes.tsv')
  return {
    flagged: rows.filter(({ text, kind, age }) => detector.detect({ text, kind, age }).flag).length,
    of: rows.length,
  }
}

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
