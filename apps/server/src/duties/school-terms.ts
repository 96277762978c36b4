import { addCalendarDays, type CalendarDate } from '@gatehouse/engine/calendar'

/** Half a term as the school enters it: half-open, `to` is the first day after it. */
export interface HalfTerm {
  readonly from: CalendarDate
  readonly to: CalendarDate
  readonly name: string
}
export const seasons = ['autumn', 'spring', 'summer'] as const
export type Season = (typeof seasons)[number]

/** One of a school year's three terms, its halves and the half-term holiday included; half-open. */
export interface WholeTerm {
  readonly season: Season
  /** The year in which it begins. */
  readonly year: number
  readonly from: CalendarDate
  readonly to: CalendarDate
}

/** By the month in which a half begins: August to December autumn, January to March spring, April to July summer. */
const seasonOf = (from: CalendarDate): Season => {
  const month = Number(from.slice(5, 7))
  return month >= 8 ? 'autumn' : month <= 3 ? 'spring' : 'summer'
}

/** The terms that the halves make up, in order of time. */
export function wholeTerms(halves: readonly HalfTerm[]): WholeTerm[] {
  const terms: WholeTerm[] = []
  for (const half of [...halves].sort((one, other) => (one.from < other.from ? -1 : 1))) {
    const season = seasonOf(half.from)
    const year = Number(half.from.slice(0, 4))
    const last = terms.at(-1)
    if (last && last.season === season && last.year === year)
      terms[terms.length - 1] = { ...last, to: half.to > last.to ? half.to : last.to }
    else terms.push({ season, year, from: half.from, to: half.to })
  }
  return terms
}

export const termName = ({ season, year }: Pick<WholeTerm, 'season' | 'year'>): string =>
  `${season[0]?.toUpperCase()}${season.slice(1)} term ${year}`
/** The last day that belongs to it. */
export const lastDay = ({ to }: Pick<WholeTerm, 'to'>): CalendarDate => addCalendarDays(to, -1)

/** The term in which `date` lies; between two terms, the one before. Null before the first that is known. */
export const termAt = (terms: readonly WholeTerm[], date: CalendarDate): WholeTerm | null =>
  terms.filter(({ from }) => from <= date).at(-1) ?? null
/** The term after the one in which `date` lies, where it is known. */
export const termAfter = (terms: readonly WholeTerm[], date: CalendarDate): WholeTerm | null =>
  terms.find(({ from }) => from > date) ?? null

/**
 * Until when something done once a term on `heldOn` counts: the end of the next term; where the next term is not entered,
 * `fallbackDays` after it was done.
 */
export function countsUntil(terms: readonly WholeTerm[], heldOn: CalendarDate, fallbackDays = 120): CalendarDate {
  const next = termAfter(terms, heldOn)
  return next ? lastDay(next) : addCalendarDays(heldOn, fallbackDays)
}

/** Why a half term cannot be entered beside those there are, or null. */
export function whyNotTerm(existing: readonly HalfTerm[], { from, to }: Pick<HalfTerm, 'from' | 'to'>): string | null {
  if (to <= from) return 'The last day must not be before the first'
  if (to > addCalendarDays(from, 130)) return 'A term is not longer than 18 weeks: check the year'
  const overlap = existing.find(each => each.from < to && from < each.to)
  return overlap ? `These dates overlap with ${overlap.name}` : null
}
