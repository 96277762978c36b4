import type { CalendarDate } from '@gatehouse/engine/calendar'

/** What stands beside a record while it is written, worked out by the software and kept with its words: a term's real figures. */
export interface ReviewFigures {
  /** “Autumn term 2026, until 24 November”. */
  readonly period: string
  /** The term that it is held against; null where none is known. */
  readonly before: string | null
  readonly rows: readonly { readonly label: string; readonly now: string; readonly before: string }[]
  /** Nothing was counted, so there is nothing to judge by. */
  readonly isEmpty: boolean
}
/** Of the term in which a day lies, up to the day before it, against the term before. */
export type FiguresOf = (schoolId: string, day: CalendarDate) => Promise<ReviewFigures>

/** As the record keeps them. */
export const figuresText = ({ period, before, rows }: ReviewFigures): string =>
  [
    before ? `${period}, and in brackets ${before}` : period,
    ...rows.map(row => `${row.label}: ${row.now}${before ? ` (${row.before})` : ''}`),
  ].join('\n')
