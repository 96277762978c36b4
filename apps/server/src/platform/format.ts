/**
 * Dates, times and numbers as people at a school say them. Pure: "now" always comes in as an argument.
 *
 * An `Instant` is a Date or an ISO 8601 string with an offset; a plain date, `2026-03-03`, is a school day and has no
 * time of day, so it never moves with the time zone. Everything is shown in Europe/London.
 */
export type Instant = Date | string

/** What proves a statement, as the glossary says: measured, attested, assumed or unknown. */
export type EvidenceKind = 'measured' | 'attested' | 'assumed' | 'unknown'

export interface SealModel {
  readonly evidence: EvidenceKind
  /** When it was measured, attested or assumed. */
  readonly at?: Instant | null
  /** Who attested it, as a role or a name: "the site manager". */
  readonly by?: string | null
  /** Until when an attestation counts. */
  readonly until?: Instant | null
  /** False when no control carries the clause at all. */
  readonly carried?: boolean
}

const zone = 'Europe/London'
const plainDate = /^\d{4}-\d{2}-\d{2}$/
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Past this many days a date is easier to place than "so many days ago". */
const agoLimitDays = 14

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone,
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

interface LondonTime {
  readonly weekday: string
  readonly day: string
  readonly month: string
  readonly year: string
  readonly hour: number
  readonly minute: string
}

const isPlainDate = (value: Instant): value is string => typeof value === 'string' && plainDate.test(value)

/** @throws {RangeError} when `value` is not a date. A plain date is read as noon UTC, which is the same day in London. */
export function toDate(value: Instant): Date {
  const date = value instanceof Date ? value : new Date(isPlainDate(value) ? `${value}T12:00:00Z` : value)
  if (Number.isNaN(date.getTime())) throw new RangeError(`Expected a date, found ${JSON.stringify(value)}`)
  return date
}

function inLondon(value: Instant): LondonTime {
  const found: Record<string, string> = {}
  for (const { type, value: text } of parts.formatToParts(toDate(value))) found[type] = text
  const { weekday = '', day = '', month = '', year = '', hour = '0', minute = '00' } = found
  return { weekday, day, month, year, hour: Number(hour), minute }
}

/** "Tuesday 3 March 2026" */
export function formatDate(value: Instant): string {
  const { weekday, day, month, year } = inLondon(value)
  return `${weekday} ${day} ${month} ${year}`
}

/** "3 March", or "3 March 2025" when the year is not the year of `now`. */
export function formatDay(value: Instant, now: Instant): string {
  const { day, month, year } = inLondon(value)
  return year === inLondon(now).year ? `${day} ${month}` : `${day} ${month} ${year}`
}

/** "2:40pm", "9am", "midday", "midnight" */
export function formatTime(value: Instant): string {
  const { hour, minute } = inLondon(value)
  if (minute === '00' && hour === 0) return 'midnight'
  if (minute === '00' && hour === 12) return 'midday'
  const twelve = hour % 12 === 0 ? 12 : hour % 12
  return `${twelve}${minute === '00' ? '' : `:${minute}`}${hour < 12 ? 'am' : 'pm'}`
}

/** "Tuesday 3 March, 2:40pm"; with the year when it is not the year of `now`. A plain date has no time. */
export function formatDateTime(value: Instant, now: Instant): string {
  const { weekday, day, month, year } = inLondon(value)
  const date = `${weekday} ${day} ${month}${year === inLondon(now).year ? '' : ` ${year}`}`
  return isPlainDate(value) ? date : `${date}, ${formatTime(value)}`
}

/**
 * When something is due: "Tuesday 3 March, 2:40pm", and for the last minute of a day only the day, as people say it. The
 * clock still runs to the end of that day.
 */
export function formatDue(value: Instant, now: Instant): string {
  const { hour, minute, weekday, day, month, year } = inLondon(value)
  if (isPlainDate(value) || hour !== 23 || minute !== '59') return formatDateTime(value, now)
  return `${weekday} ${day} ${month}${year === inLondon(now).year ? '' : ` ${year}`}`
}

/** For `<time datetime>`: a plain date stays as it is, an instant becomes UTC. */
export const isoTime = (value: Instant): string => (isPlainDate(value) ? value : toDate(value).toISOString())

/** "3 reports", "1 report" */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`

/** The longest month and year, so that a span rounded down to them never holds more than there is. */
const monthDays = 31
const yearDays = 366

/**
 * A whole number of the largest unit that says it well, rounded down: minutes to 2 hours, hours to 2 days, days to
 * 3 months, months to 2 years, then years.
 */
function span(ms: number): string {
  if (ms < 2 * hourMs && ms % hourMs !== 0) return plural(Math.floor(ms / minuteMs), 'minute')
  if (ms < 2 * dayMs) return plural(Math.floor(ms / hourMs), 'hour')
  const days = Math.floor(ms / dayMs)
  if (days < 3 * monthDays) return plural(days, 'day')
  return days < 2 * yearDays
    ? plural(Math.floor(days / monthDays), 'month')
    : plural(Math.floor(days / yearDays), 'year')
}

/**
 * "5 hours left", "2 days late", "due now" within a minute either way. Rounded down, so that it never promises more
 * time than there is. A plain date is due at the end of that day in London.
 */
export function timeLeft(due: Instant, now: Instant): string {
  const at = isPlainDate(due) ? endOfLondonDay(due) : toDate(due)
  const ms = at.getTime() - toDate(now).getTime()
  if (Math.abs(ms) < minuteMs) return 'due now'
  return ms > 0 ? `${span(ms)} left` : `${span(-ms)} late`
}

/** True from the moment that `due` has passed. */
export const isLate = (due: Instant, now: Instant): boolean =>
  (isPlainDate(due) ? endOfLondonDay(due) : toDate(due)).getTime() < toDate(now).getTime()

function endOfLondonDay(day: string): Date {
  const midnightUtc = new Date(`${day}T00:00:00Z`).getTime() + dayMs
  // London is at UTC or one hour ahead; midnight there is the earlier candidate that reads as hour 0.
  const summer = new Date(midnightUtc - hourMs)
  return inLondon(summer).hour === 0 ? summer : new Date(midnightUtc)
}

/** "just now", "3 hours ago", then "on 4 November". An instant still to come is given in full, never as past. */
export function timeAgo(value: Instant, now: Instant): string {
  if (isPlainDate(value)) return `on ${formatDay(value, now)}`
  const ms = toDate(now).getTime() - toDate(value).getTime()
  if (ms <= -minuteMs) return `on ${formatDateTime(value, now)}`
  if (ms < minuteMs) return 'just now'
  return ms < agoLimitDays * dayMs ? `${span(ms)} ago` : `on ${formatDay(value, now)}`
}

/** "12,345" */
export const formatNumber = (value: number): string => new Intl.NumberFormat('en-GB').format(value)

/** "13%"; "under 1%" and "over 99%" rather than a false none or all. `part` of 0 of 0 is "none yet". */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return 'none yet'
  const share = (100 * part) / whole
  if (share > 0 && share < 1) return 'under 1%'
  if (share > 99 && share < 100) return 'over 99%'
  return `${Math.round(share)}%`
}

/** "3.4 MB", in units of 1,000 bytes as people's telephones show them. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return plural(bytes, 'byte')
  if (bytes < 1_000_000) return `${formatNumber(Math.round(bytes / 1000))} kB`
  return `${formatNumber(Math.round(bytes / 100_000) / 10)} MB`
}

/** "Ana, Ben and Cy" */
export function formatList(items: readonly string[], joiner = 'and'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${joiner} ${items.at(-1)}`
}

/** What a seal says: "measured 3 hours ago", "attested by the site manager on 4 November, until 1 February". */
export function sealText({ evidence, at, by, until, carried }: SealModel, now: Instant): string {
  if (carried === false) return 'nobody carries this yet'
  if (evidence === 'measured') return at ? `measured ${timeAgo(at, now)}` : 'measured, time not known'
  if (evidence === 'attested') {
    const who = by ? ` by ${by}` : ''
    const when = at ? ` on ${formatDay(at, now)}` : ''
    if (!until) return `attested${who}${when}`
    return isLate(until, now)
      ? `attested${who}${when}, ran out on ${formatDay(until, now)}`
      : `attested${who}${when}, until ${formatDay(until, now)}`
  }
  if (evidence === 'assumed') return 'assumed, not checked'
  return 'no evidence yet'
}

/** Dates as the Ministry of Justice components ask for them: "3 March 2026 at 2:40pm". */
export function mojDate(value: Instant, type = 'datetime'): string {
  const { day, month, year } = inLondon(value)
  const name = type.startsWith('short') ? month.slice(0, 3) : month
  if (type === 'time') return formatTime(value)
  if (type === 'date' || type === 'shortdate' || isPlainDate(value)) return `${day} ${name} ${year}`
  return `${day} ${name} ${year} at ${formatTime(value)}`
}
