import { suppress } from '../assurance/suppression.ts'
import { concernNames, isConcern } from './flag.ts'

/*
 * What monitoring did in one term, as governors get it: how often the software was right and how soon somebody looked, by category.
 * No names, and no number from 1 to 4 nor any that gives one away: each flag's fate is counted once, as real, no concern or undecided.
 */

/** Looks below this many say more about one child than about the school. */
export const fewestLooks = 5

export interface ConcernFigures {
  readonly concern: string
  /** null where it would give away a number that is hidden. */
  readonly flags: number | null
  readonly real: number | null
  readonly noConcern: number | null
  readonly undecided: number | null
  /** Of a hundred that were decided, how many were real; null where that gives a small number away, or nothing was decided. */
  readonly precision: number | null
  /** Median minutes until somebody looked; null where fewer than five were looked at. */
  readonly minutes: number | null
}
export interface TermFigures {
  readonly concerns: readonly ConcernFigures[]
  /** Of all categories together; null where it would give one of them away. */
  readonly flags: number | null
  readonly precision: number | null
}

export interface Counted {
  readonly concern: string
  readonly flags: number
  readonly decided: number
  readonly real: number
  readonly seen: number
  readonly minutes: number | null
}

export function termFigures(rows: readonly Counted[]): TermFigures {
  const concerns = rows.map((row): ConcernFigures => {
    const fates = suppress([row.real, row.decided - row.real, row.flags - row.decided])
    const [real = null, noConcern = null, undecided = null] = fates.cells
    return {
      concern: isConcern(row.concern) ? concernNames[row.concern] : row.concern,
      flags: fates.total,
      real,
      noConcern,
      undecided,
      precision: shareOf(real, noConcern),
      minutes: row.minutes === null || row.seen < fewestLooks ? null : Math.round(row.minutes),
    }
  })
  const isWhole = concerns.every(({ flags, real, noConcern }) => flags !== null && real !== null && noConcern !== null)
  const sum = (pick: (row: ConcernFigures) => number | null): number =>
    concerns.reduce((total, row) => total + (pick(row) ?? 0), 0)
  return {
    concerns,
    // A sum over all beside all but one of its parts would tell that one.
    flags: isWhole ? sum(({ flags }) => flags) : null,
    precision: isWhole
      ? shareOf(
          sum(({ real }) => real),
          sum(({ noConcern }) => noConcern),
        )
      : null,
  }
}

const shareOf = (real: number | null, noConcern: number | null): number | null =>
  real === null || noConcern === null || real + noConcern === 0 ? null : Math.round((100 * real) / (real + noConcern))
