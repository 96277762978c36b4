import { addCalendarDays, type CalendarDate, isSchoolDay, londonDate, londonInstant } from '@gatehouse/engine/calendar'
import type { App } from '../compose.ts'
import { englandBankHolidayFile } from '../duties/data/bank-holidays.ts'
import type { PersonActor } from '../platform/actor.ts'
import { schoolYearOf, typicalTerms } from './term-dates.ts'

/** The sample school as its story sees it: the real services of an app whose clock the story walks forward. */
export interface World {
  readonly app: App
  readonly schoolId: string
  /** Where the clock stands. */
  now(): Date
  /** The id of a person of the sample, by key. */
  id(key: string): string
  /** Somebody of the sample, with the roles held at this moment. */
  as(key: string): Promise<PersonActor>
}

/** Something that happens in the sample school at one instant, done by the same service that a page would use. */
export interface Scene {
  readonly at: Date
  readonly play: (world: World) => Promise<unknown>
}

/** How much of the past a sample school has, in days: about a term. */
export const lookBackDays = 84

export interface TermWindow {
  readonly from: Date
  readonly until: Date
  readonly schoolDays: readonly CalendarDate[]
  /** A time on the school day that stands `share` (0 to 1) of the way through the window, or so many school days later. */
  on(share: number, time: string, daysLater?: number): Date
  /** A time on the n-th school day from the end; 0 is the last. Never in the future. */
  before(days: number, time: string): Date
  /** So many hours before the end, whatever day that is. */
  ago(hours: number): Date
}

/** The last weeks before `until`, with the school days that typical term dates give. */
export function termWindow(until: Date): TermWindow {
  const today = londonDate(until)
  const first = addCalendarDays(today, -lookBackDays)
  const year = schoolYearOf(today)
  const calendar = {
    bankHolidays: englandBankHolidayFile().holidays.map(({ date }) => date),
    terms: [year - 1, year, year + 1].flatMap(each => typicalTerms(each)),
    closures: [],
  }
  const schoolDays: CalendarDate[] = []
  // The day before the first is left for the making of the school itself.
  for (let day = addCalendarDays(first, 1); day <= today; day = addCalendarDays(day, 1))
    if (isSchoolDay(day, calendar)) schoolDays.push(day)
  const last = new Date(until.getTime() - 60_000)
  const notAfterEnd = (at: Date): Date => (at > last ? last : at)
  const day = (index: number): CalendarDate => {
    const found = schoolDays[Math.min(schoolDays.length - 1, Math.max(0, index))]
    if (found === undefined) throw new Error('a look back of twelve weeks holds no school day')
    return found
  }
  return {
    from: londonInstant(first, '07:00'),
    until,
    schoolDays,
    on: (share, time, daysLater = 0) =>
      notAfterEnd(londonInstant(day(Math.round(share * (schoolDays.length - 1)) + daysLater), time)),
    before: (days, time) => notAfterEnd(londonInstant(day(schoolDays.length - 1 - days), time)),
    ago: hours => new Date(until.getTime() - hours * 3_600_000),
  }
}
