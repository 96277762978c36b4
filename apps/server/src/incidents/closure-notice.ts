import { formatDay, plural } from '../platform/format.ts'

/*
 * What the community is told about incidents: numbers, small ones suppressed, and only of a time long enough ago that
 * nobody is known by the date (clause A-14-02; a notice about one case names a child in a small school).
 */

/** Numbers below this are not told. */
export const smallest = 5
/** School weeks are not counted here: plain days from the end of the period to the first day of a notice. */
export const delayDays = 28
/** A period is at least this long. */
export const shortestDays = 28

export interface ClosedCount {
  readonly category: string
  readonly count: number
}

/** “12”, or “fewer than 5”. Nought is told: it names nobody. */
const told = (count: number): string =>
  count === 0 ? 'no' : count < smallest ? `fewer than ${smallest}` : String(count)

/**
 * The sentences of a notice. A category is told only when every category told is large enough, so that no small number
 * follows from the total by subtraction.
 */
export function noticeSentences(
  period: { from: string; to: string },
  counts: readonly ClosedCount[],
  now: Date,
): string[] {
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const first = `Between ${formatDay(period.from, now)} and ${formatDay(period.to, now)} the school dealt with and closed ${total >= smallest ? plural(total, 'online-safety concern') : `${told(total)} online-safety concerns`}.`
  const present = counts.filter(({ count }) => count > 0)
  const byCategory = total >= smallest && present.length > 1 && present.every(({ count }) => count >= smallest)
  return [
    first,
    ...(byCategory ? present.map(({ category, count }) => `${category}: ${count}.`) : []),
    'Each was looked into by a named member of staff, and what we learnt was acted on.',
    'If something worries you, tell us: every report is read.',
  ]
}

/** Why a notice for this period cannot be published today, or null. Dates are `YYYY-MM-DD`, `to` the first day after it. */
export function whyNotPublish(
  period: { from: string; to: string },
  today: string,
  lastTo: string | null,
): string | null {
  const days = (from: string, to: string): number =>
    Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
  if (days(period.from, period.to) < shortestDays)
    return `The period must be at least ${shortestDays} days, so that no single case can be told from it`
  if (days(period.to, today) < delayDays) return `A notice comes at least ${delayDays} days after the end of its period`
  if (lastTo !== null && period.from < lastTo)
    return 'Periods may not overlap: the difference of two notices would tell a small number'
  return null
}
