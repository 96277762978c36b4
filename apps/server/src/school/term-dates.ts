import { addCalendarDays, type CalendarDate, weekdayOf } from '@gatehouse/engine/calendar'

/** Half-open: `to` is the first day after the term's last. */
export interface TermDates {
  readonly name: string
  readonly from: CalendarDate
  readonly to: CalendarDate
}

const day = (year: number, month: number, date: number): CalendarDate =>
  new Date(Date.UTC(year, month - 1, date)).toISOString().slice(0, 10)
/** The Monday of the week that holds `date`. */
const mondayOf = (date: CalendarDate): CalendarDate => addCalendarDays(date, -((weekdayOf(date) + 6) % 7))
/** `date`, or the Monday after where it falls on a weekend. */
const weekdayFrom = (date: CalendarDate): CalendarDate => {
  const weekday = weekdayOf(date)
  return weekday === 6 ? addCalendarDays(date, 2) : weekday === 0 ? addCalendarDays(date, 1) : date
}

/** Easter Sunday (Gregorian; the anonymous algorithm as printed by Meeus, Astronomical Algorithms, chapter 8). */
export function easterSunday(year: number): CalendarDate {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const sum = h + l - 7 * m + 114
  return day(year, Math.floor(sum / 31), (sum % 31) + 1)
}

/** The school year (by its first calendar year) that a day belongs to: it turns on 1 September. */
export const schoolYearOf = (date: CalendarDate): number =>
  date.slice(5) >= '09-01' ? Number(date.slice(0, 4)) : Number(date.slice(0, 4)) - 1

/**
 * Six half-terms as an English maintained school typically has them: an offer for set-up, which the school corrects to its
 * own published dates. Half-term holidays are the weeks of 28 October, 15 February and the late May bank holiday; two weeks
 * at Christmas and at Easter.
 */
export function typicalTerms(firstYear: number): readonly TermDates[] {
  const next = firstYear + 1
  const autumnBreak = mondayOf(day(firstYear, 10, 28))
  const christmas = mondayOf(day(firstYear, 12, 21))
  const springStart = weekdayFrom(day(next, 1, 4))
  const springBreak = mondayOf(day(next, 2, 15))
  // The Easter fortnight begins on the Monday before Good Friday's week ends: Good Friday is in its first week.
  const easterBreak = mondayOf(addCalendarDays(easterSunday(next), -2))
  const summerBreak = mondayOf(day(next, 5, 31))
  return [
    { name: 'Autumn 1', from: weekdayFrom(day(firstYear, 9, 2)), to: autumnBreak },
    { name: 'Autumn 2', from: addCalendarDays(autumnBreak, 7), to: christmas },
    { name: 'Spring 1', from: springStart, to: springBreak },
    { name: 'Spring 2', from: addCalendarDays(springBreak, 7), to: easterBreak },
    { name: 'Summer 1', from: addCalendarDays(easterBreak, 14), to: summerBreak },
    { name: 'Summer 2', from: addCalendarDays(summerBreak, 7), to: addCalendarDays(mondayOf(day(next, 7, 21)), 2) },
  ]
}
