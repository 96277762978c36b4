import type { LedgerEntry } from '@gatehouse/ledger/entry'
import type { Cell, Figures, Group } from './figures.ts'
import { isClosed, sentenceOf } from './ledger-words.ts'
import { suppressOne } from './suppression.ts'

/* Figures and their evidence as the pages for governors show them. */

/** The figures as the macros take them. */
export function shownOf({ term, groups, ledger }: Figures) {
  return {
    term,
    ledger,
    groups: groups.map(largeFigure),
    bars: groups
      .filter(({ cells }) => cells.length > 0)
      .map(each => ({ id: each.id, caption: each.title, rows: each.cells.map(barOf) })),
    asks: groups.map(({ title, ask }) => ({ title, ask })),
  }
}
const toneOf = (tone: string): string | undefined => (tone === 'quiet' ? undefined : tone)
const states: Readonly<Record<string, string | undefined>> = {
  good: 'In order',
  soon: 'Worth asking',
  bad: 'Not in order',
}
/**
 * What the figure leads with where its bare total would not say how the school stands. Worked out from what a pack froze, so
 * that a pack that was issued shows it too and keeps its digest.
 */
function headline({ id, total, cells }: Group): string | null {
  const of = (cell: string): number => cells.find(each => each.id === cell)?.value ?? 0
  const number = (value: number): string => value.toLocaleString('en-GB')
  if (total === null || total === 0) return null
  if (id === 'clauses') return `${number(of('met'))} of ${number(total)} met`
  if (id !== 'time') return null
  for (const cell of ['missed', 'late'] as const)
    if (of(cell) > 0) return `${number(of(cell))} ${cell} of ${number(total)}`
  return total === 1 ? 'The only one kept' : `All ${number(total)} kept`
}

function largeFigure(group: Group) {
  const { id, title, total, least, before, says, tone, cells } = group
  const lead = headline(group)
  const trend =
    before !== null && total !== null && (id === 'reports' || id === 'cases') ? ` The term before: ${before}.` : ''
  return {
    id,
    label: title,
    value: total,
    // With cells of its own a hidden total says what can be said; alone it is a small number.
    ...(total === null ? (cells.length > 0 ? { words: `At least ${least}` } : { suppressed: true }) : {}),
    ...(lead ? { words: lead } : {}),
    note: `${says}${trend}`,
    tone: toneOf(tone),
    state: states[tone],
    href: `/governors/evidence/${id}`,
    evidence: 'Where it comes from',
  }
}
const barOf = ({ label, value, tone }: Cell) => ({
  label,
  value: value ?? 0,
  suppressed: value === null,
  tone: toneOf(tone),
})
export const figureOf = (label: string, count: number) => ({ label, value: count, suppressed: count > 0 && count < 5 })

/** An entry that stands alone in its list. Of a case or report, no more than that it is there: its day may be known to somebody. */
export const evidenceRow = (entry: LedgerEntry, closed: boolean) => ({
  seq: entry.seq,
  hash: entry.hash,
  at: closed ? null : entry.at,
  month: null as string | null,
  sentence: closed ? null : sentenceOf(entry.type),
})

/** Whether no kind of the list has from 1 to 4 entries, so that naming each entry's kind gives no small number away. */
const noSmallKind = (kinds: readonly string[]): boolean =>
  [...new Set(kinds)].every(kind => suppressOne(kinds.filter(each => each === kind).length) !== null)
/** “October 2026”, by London's calendar. */
const monthOf = (at: string): string =>
  new Date(at).toLocaleDateString('en-GB', { timeZone: 'Europe/London', month: 'long', year: 'numeric' })

/**
 * The entries of one figure. A list with entries of cases or reports in it tells no days, and treats all its entries alike, as a
 * difference would count the closed ones: each has its sentence where no type is rare, and its month where no month is.
 */
export function evidenceRows(entries: readonly LedgerEntry[]) {
  if (!entries.some(isClosed)) return entries.map(entry => evidenceRow(entry, false))
  const types = noSmallKind(entries.map(({ type }) => type))
  const months = noSmallKind(entries.map(({ type, at }) => `${type} ${monthOf(at)}`))
  return entries.map(entry => ({
    ...evidenceRow(entry, true),
    sentence: types ? sentenceOf(entry.type) : null,
    month: types && months ? monthOf(entry.at) : null,
  }))
}
