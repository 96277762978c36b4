import { addCalendarDays, type CalendarDate, dayNumber } from './calendar-date.ts'

const dayMs = 86_400_000

/** The runtime's own time-zone data decides when the clocks change, so a change of law arrives with its update. */
const london = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  calendar: 'gregory',
  numberingSystem: 'latn',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** What a clock on the wall in London shows at `instant`, as milliseconds since 1970 had the wall been in UTC. */
function wallClockMs(instant: number): number {
  const part: Record<string, number> = {}
  for (const { type, value } of london.formatToParts(instant)) part[type] = Number(value)
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part
  const wall = Date.UTC(year, month - 1, day, hour, minute, second)
  return wall + (((instant % 1000) + 1000) % 1000)
}

const offsetMs = (instant: number): number => wallClockMs(instant) - instant

/** The date on the wall in London at `instant`. */
export const londonDate = (instant: Date): CalendarDate =>
  new Date(wallClockMs(instant.getTime())).toISOString().slice(0, 10)

/** The time on the wall in London at `instant`, 'HH:MM', 24 hours. */
export const londonTime = (instant: Date): string =>
  new Date(wallClockMs(instant.getTime())).toISOString().slice(11, 16)

/**
 * The instant at which a London clock shows `time` ('HH:MM', 24 hours) on `date`.
 * - The hour that is missing when summer time begins (01:00 to 01:59) is read as if the clocks had not yet changed:
 *   '01:30' is the instant shown as 02:30.
 * - The hour that comes twice when summer time ends (01:00 to 01:59) is its first coming, still in summer time.
 * @throws {RangeError} if the date or the time does not exist.
 */
export function londonInstant(date: CalendarDate, time: string): Date {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time)
  if (!parts) throw new RangeError(`A time must be written HH:MM, from 00:00 to 23:59, not ${JSON.stringify(time)}`)
  const wall = dayNumber(date) * dayMs + (Number(parts[1]) * 60 + Number(parts[2])) * 60_000
  const before = wall - offsetMs(wall - dayMs)
  const after = wall - offsetMs(wall + dayMs)
  const shown = [before, after].filter(instant => wallClockMs(instant) === wall)
  return new Date(shown.length > 0 ? Math.min(...shown) : before)
}

/** The first instant of a London day. */
export const startOfLondonDay = (date: CalendarDate): Date => londonInstant(date, '00:00')

/** The last instant (a millisecond before midnight) of a London day. */
export const endOfLondonDay = (date: CalendarDate): Date =>
  new Date(startOfLondonDay(addCalendarDays(date, 1)).getTime() - 1)
