/*
 * Small numbers are not shown, and neither is what would give them away: in a small school “1 case of conduct” is a child.
 * The usual threshold of five (ONS and DfE practice for counts of people); nought is shown, since it picks nobody out.
 */

export const smallest = 5

export interface Suppressed {
  /** null where the number is not shown. */
  readonly cells: readonly (number | null)[]
  readonly total: number | null
}

const isSmall = (count: number): boolean => count > 0 && count < smallest

/**
 * Hides every count from 1 to 4, and the total too wherever it would give one of them away: where only one is hidden, and
 * where the total leaves the hidden ones no choice (all 1 or all 4). To hide a larger count beside a small one, as is often
 * done, would tell those who know the rule which of the two is the small one; the total never does.
 */
export function suppress(counts: readonly number[]): Suppressed {
  const sum = counts.reduce((total, count) => total + count, 0)
  const small = counts.filter(isSmall)
  const between = small.reduce((total, count) => total + count, 0)
  const leavesChoice = small.length >= 2 && between > small.length && between < (smallest - 1) * small.length
  return {
    cells: counts.map(suppressOne),
    total: (small.length === 0 || leavesChoice) && !isSmall(sum) ? sum : null,
  }
}
/** One count that stands by itself. */
export function suppressOne(count: number): number | null {
  return isSmall(count) ? null : count
}

/** What can be said where the total is hidden: no more than the shown counts and one for each hidden one. */
export const atLeast = ({ cells }: Suppressed): number => cells.reduce<number>((total, cell) => total + (cell ?? 1), 0)
