import { addCalendarDays, type CalendarDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { FiguresOf } from '../duties/review-figures.ts'
import { lastDay, termAt, termName, wholeTerms } from '../duties/school-terms.ts'
import type { FlagReads } from '../monitoring/flag-store.ts'
import type { Read } from '../platform/change.ts'
import { formatDay } from '../platform/format.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import type { ActivityDayReads } from './activity-day-store.ts'

export interface TermFigureReads {
  readonly activityDays: ActivityDayReads
  readonly flags: FlagReads
  readonly ledger: LedgerReads
  readonly deadlines: DeadlineReads
}

const topCategories = 5
const topSites = 5
/** Where no terms are entered: about a term. */
const fallbackDays = 90

const number = (value: number): string => value.toLocaleString('en-GB')
/** Makes two stretches of unequal length comparable. */
const perThousand = (part: number, whole: number): string => (whole === 0 ? '–' : ((1000 * part) / whole).toFixed(1))

/** Both ends inclusive. Every figure is counted from what the log, the flags and the ledger hold; none names anybody. */
async function figures({ activityDays, flags, ledger }: TermFigureReads, from: CalendarDate, to: CalendarDate) {
  const range = { from: startOfLondonDay(from), to: startOfLondonDay(addCalendarDays(to, 1)) }
  const days = await activityDays.perDay(from, to)
  const sum = (verdict?: string): number =>
    days.filter(day => verdict === undefined || day.verdict === verdict).reduce((total, day) => total + day.requests, 0)
  const categories = new Map<string, number>()
  for (const { category, verdict, requests } of await activityDays.byCategory(from, to))
    if (verdict !== 'allow') categories.set(category, (categories.get(category) ?? 0) + requests)
  const sites = await activityDays.sites(from, to, { verdicts: ['allow'] }, topSites)
  const concerns = await flags.figures(range.from, range.to)
  const flagged = concerns.reduce((total, each) => total + each.flags, 0)
  const real = concerns.reduce((total, each) => total + each.real, 0)
  const count = (...types: string[]): Promise<number> => ledger.count({ types, ...range })
  const stopped = sum('block') + sum('warn')
  return {
    requests: sum(),
    rows: [
      ['Requests', number(sum())],
      ['Blocked', number(sum('block'))],
      ['Warned about', number(sum('warn'))],
      ['Stopped of each thousand requests', perThousand(stopped, sum())],
      ['Visited most', sites.map(({ host }) => host).join(', ') || 'none'],
      ['Asked to be opened, for oneself or for a lesson', number(await count('site.asked-for', 'pass.asked'))],
      ['Said to be open and that should not be', number(await count('contest.close-asked'))],
      ['Attempts at misuse that were reported', number(await count('attempt.reported'))],
      ['Flagged by monitoring', `${number(flagged)}, ${number(real)} found real`],
    ] as const,
    top: [...categories].sort((one, other) => other[1] - one[1]).slice(0, topCategories),
    stoppedAs: (category: string): string => number(categories.get(category) ?? 0),
  }
}

/** The figures by which the policy's effect is judged each term (clause A-1-08), of the term's days before the one that is given. */
export const createTermFigures =
  (read: Read<TermFigureReads>, nameOfCategory: (category: string) => string): FiguresOf =>
  (schoolId, day) =>
    read(schoolId, async reads => {
      const terms = wholeTerms(await reads.deadlines.terms())
      const term = termAt(terms, day)
      const from = term?.from ?? addCalendarDays(day, 1 - fallbackDays)
      // A day is counted once it is over.
      const yesterday = addCalendarDays(day, -1)
      const to = term && lastDay(term) < yesterday ? lastDay(term) : yesterday
      const last = term ? (terms[terms.indexOf(term) - 1] ?? null) : null
      const now = await figures(reads, from, to)
      const before = last ? await figures(reads, last.from, lastDay(last)) : null
      const hadLog = before !== null && before.requests > 0
      const held = (value: string | undefined): string => (before === null ? '' : hadLog ? (value ?? '') : 'no log')
      const noon = new Date(startOfLondonDay(to).getTime() + 12 * 3_600_000)
      return {
        period: `${term ? termName(term) : `The ${fallbackDays} days`} up to ${formatDay(to, noon)}`,
        before: last ? termName(last) : null,
        isEmpty: now.requests === 0,
        rows: [
          ...now.rows.map(([label, value], n) => ({ label, now: value, before: held(before?.rows[n]?.[1]) })),
          ...now.top.map(([category, value]) => ({
            label: `Stopped as ${nameOfCategory(category).toLowerCase()}`,
            now: number(value),
            before: held(before?.stoppedAs(category)),
          })),
        ],
      }
    })
