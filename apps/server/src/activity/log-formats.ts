import { normaliseHost, normaliseUrl } from '@gatehouse/engine'
import { londonInstant } from '@gatehouse/engine/calendar'
import { clean, isInstant } from './activity-line.ts'

/*
 * The logs of other programs, a line at a time. What is in them was chosen by whoever browsed: attacker-controlled. A line
 * is one record and ends at a line feed; a reader gives null for what it cannot read whole, and never guesses.
 */

export const logFormats = ['squid', 'squid-json', 'unbound', 'csv'] as const
export type LogFormat = (typeof logFormats)[number]

/** One request as a log tells it. */
export interface LoggedLine {
  readonly atMs: number
  readonly user: string | null
  readonly device: string | null
  readonly kind: 'page' | 'connect' | 'dns'
  readonly method: string
  readonly host: string
  /** Without the query; '' where none is seen. */
  readonly path: string
  readonly verdict: 'allow' | 'warn' | 'block'
  /** What the other program says decided, such as `squid:TCP_DENIED`. */
  readonly rule: string
  /** As the other program names it; null where it does not. */
  readonly category: string | null
  readonly referrerHost: string | null
  /** The whole address with its query: for examining in memory, never for keeping. */
  readonly url: string
}
/** `own`: a message of the program itself, which is no request. */
export type LineReading = LoggedLine | 'own' | null
export type LineReader = (text: string, now: Date) => LineReading

/** Squid's result codes for what its rules refused. */
const isDenied = (code: string): boolean => /(^|_)DENIED/.test(code)
const named = (text: string | undefined, max = 200): string | null => {
  if (text === undefined || text === '' || text === '-') return null
  if (!text.includes('%')) return clean(text, max)
  try {
    return clean(decodeURIComponent(text), max)
  } catch {
    return clean(text, max)
  }
}
const addressOf = (method: string, url: string): { kind: 'page' | 'connect'; host: string; path: string } | null => {
  const address = normaliseUrl(url)
  if (!address.ok) return null
  return method === 'CONNECT'
    ? { kind: 'connect', host: address.host, path: '' }
    : { kind: 'page', host: address.host, path: clean(address.path, 1000) }
}
const hostOf = (referrer: string | null): string | null => {
  if (referrer === null) return null
  const address = normaliseUrl(referrer)
  return address.ok ? address.host : null
}

/**
 * Squid's native access log (`logformat squid`): `time.ms elapsed client code/status bytes method URL user peer/host type`.
 * A line with fewer fields was cut short.
 */
export const squidLine: LineReader = (text, now) => {
  let fields = text.trim().split(' ')
  // Squid pads the time that it took with blanks. An expression that takes them at once reads a line at half the speed.
  if (fields.includes('')) fields = fields.filter(field => field !== '')
  const [time = '', elapsed = '', client = '', code = '', bytes = '', method = '', url = '', user] = fields
  if (
    fields.length < 10 ||
    !/^\d{9,11}\.\d{1,6}$/.test(time) ||
    !/^-?\d+$/.test(elapsed) ||
    !/^[A-Z_]+\/\d{3}$/.test(code) ||
    !/^\d+$/.test(bytes) ||
    !/^[A-Z]+$/.test(method)
  )
    return null
  const atMs = Math.round(Number(time) * 1000)
  const address = isInstant(atMs, now) ? addressOf(method, url) : null
  if (!address) return null
  const verdict = isDenied(code)
  return {
    atMs,
    user: named(user),
    device: named(client, 64),
    ...address,
    method,
    verdict: verdict ? 'block' : 'allow',
    rule: `squid:${code.slice(0, code.indexOf('/'))}`,
    category: null,
    referrerHost: null,
    url,
  }
}

/** The names under which `logformat` recipes give each value; the first that is there counts. */
const jsonNames = {
  time: ['time', 'timestamp', 'ts', '@timestamp', 'tg', 'tl'],
  client: ['client', 'client_ip', 'src', 'src_ip', 'clientip', 'remote_addr', 'client_address', '>a'],
  user: ['user', 'username', 'un', 'ul', 'login', 'user_name'],
  method: ['method', 'rm', 'request_method', 'http_method'],
  url: ['url', 'ru', 'uri', 'request_url', 'request_uri'],
  code: ['result', 'code', 'squid_status', 'result_code', 'Ss', 'squid_request_status', 'action', 'status', 'cache'],
  referrer: ['referer', 'referrer', 'http_referer'],
} as const

/** Squid's access log as one JSON object a line; `docs/operator.md` has the `logformat` line that we recommend. */
export const squidJsonLine: LineReader = (text, now) => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const given = value as Record<string, unknown>
  const first = (names: readonly string[]): string | undefined => {
    for (const name of names) {
      const found = given[name]
      if (typeof found === 'string' || typeof found === 'number') return String(found)
    }
    return undefined
  }
  const atMs = instantOf(first(jsonNames.time) ?? '')
  const method = first(jsonNames.method) ?? ''
  const url = first(jsonNames.url) ?? ''
  const code =
    jsonNames.code.map(name => given[name]).find(each => typeof each === 'string' && /^[A-Z_]{3,}/.test(each)) ?? ''
  if (!isInstant(atMs, now) || !/^[A-Z]+$/.test(method) || url === '') return null
  const address = addressOf(method, url)
  if (!address) return null
  const result = String(code).split('/')[0] ?? ''
  const denied = isDenied(result)
  return {
    atMs,
    user: named(first(jsonNames.user)),
    device: named(first(jsonNames.client), 64),
    ...address,
    method,
    verdict: denied ? 'block' : 'allow',
    rule: `squid:${clean(result, 40)}`,
    category: null,
    referrerHost: denied ? hostOf(named(first(jsonNames.referrer), 4000)) : null,
    url,
  }
}

/** ISO 8601 (without offset: London), Squid's `%tl` (`22/Nov/2026:10:15:00 +0000`), or seconds or milliseconds since 1970. */
export function instantOf(text: string): number {
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  if (/^\d{12,14}$/.test(text)) return Number(text)
  const common = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/.exec(text)
  if (common) {
    const [, day, month = '', year, clock, hours, minutes] = common
    return Date.parse(
      `${year}-${String(months.indexOf(month) + 1).padStart(2, '0')}-${day}T${clock}${hours}:${minutes}`,
    )
  }
  const local = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?$/.exec(text)
  if (local) return londonMs(local[1] ?? '', local[2] ?? '', Number((local[3] ?? ':0').slice(1)))
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)
    ? Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
    : Number.NaN
}
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
function londonMs(day: string, clock: string, seconds: number): number {
  try {
    return londonInstant(day, clock).getTime() + seconds * 1000
  } catch {
    return Number.NaN
  }
}

/**
 * Unbound's query log (`log-queries: yes`), with seconds since 1970, `log-time-ascii` or `log-time-iso`:
 * `[1700000000] unbound[12:0] info: 10.0.0.5 example.com. A IN`. A reply (`log-replies`) has a result code after it and is
 * the same request a second time: one of the two is enough, so replies are the program's own. No path and no person.
 */
export const unboundLine: LineReader = (text, now) => {
  const line =
    /^(?:\[(\d{9,11}(?:\.\d+)?)\]|(\d{4}-\d{2}-\d{2}T\S+)|([A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2})(?: \S+)?) unbound\S* (?:\[\d+:\d+\] )?(\w+): (.*)$/.exec(
      text,
    )
  if (!line) return null
  const [, seconds, iso, ascii, level, message = ''] = line
  const atMs = seconds ? Math.round(Number(seconds) * 1000) : iso ? instantOf(iso) : asciiInstant(ascii ?? '', now)
  if (!isInstant(atMs, now)) return null
  if (level !== 'info' && level !== 'query' && level !== 'reply') return 'own'
  const query = /^([0-9a-fA-F.:]+(?:@\d+)?) (\S+) ([A-Z0-9]+) ([A-Z0-9]+)( \S.*)?$/.exec(message)
  if (!query)
    return /^(start of service|service stopped|server stats|average|histogram|lower|generate|resolving|response for|reply from|query response|validat|[\d. ]+$)/i.test(
      message,
    )
      ? 'own'
      : null
  const [, client = '', name = '', type = '', , reply] = query
  if (reply !== undefined) return 'own'
  const host = name === '.' ? null : normaliseHost(name)
  if (host === null || host === '') return null
  return {
    atMs,
    user: null,
    device: clean(client.split('@')[0] ?? '', 64),
    kind: 'dns',
    method: clean(type, 32),
    host,
    path: '',
    verdict: 'allow',
    rule: 'unbound:query',
    category: null,
    referrerHost: null,
    url: host,
  }
}
/** `Nov 22 10:15:00` in London; the year is the last in which that was not in the future. */
function asciiInstant(text: string, now: Date): number {
  const [month = '', day = '', clock = ''] = text.split(/ +/)
  const [hours = '', minutes = '', seconds = ''] = clock.split(':')
  const monthDay = `${String(months.indexOf(month) + 1).padStart(2, '0')}-${day.padStart(2, '0')}`
  const of = (year: number): number => londonMs(`${year}-${monthDay}`, `${hours}:${minutes}`, Number(seconds))
  const here = of(now.getUTCFullYear())
  return here > now.getTime() + 24 * 3_600_000 ? of(now.getUTCFullYear() - 1) : here
}

/** Columns of a CSV log. `time` and one of `url` and `host` must be there; the others may. */
export const csvColumns = [
  'time',
  'user',
  'device',
  'method',
  'url',
  'host',
  'verdict',
  'category',
  'referrer',
] as const
type CsvColumn = (typeof csvColumns)[number]

/** @param header the first line. @returns a reader, or null where that line is no header of ours. A record is one line. */
export function csvReader(header: string): LineReader | null {
  const names = csvFields(header.replace(/^\uFEFF/, ''))?.map(name => name.trim().toLowerCase())
  if (!names?.includes('time') || !(names.includes('url') || names.includes('host'))) return null
  const place = new Map<CsvColumn, number>(
    csvColumns.flatMap(column => (names.includes(column) ? [[column, names.indexOf(column)] as const] : [])),
  )
  return (text, now) => {
    const fields = csvFields(text)
    if (!fields || fields.length !== names.length) return null
    const value = (column: CsvColumn): string => fields[place.get(column) ?? -1]?.trim() ?? ''
    const atMs = instantOf(value('time'))
    const method = value('method') === '' ? 'GET' : value('method')
    const verdict = value('verdict') === '' ? 'allow' : value('verdict')
    if (!isInstant(atMs, now) || !/^[A-Z]{1,32}$/.test(method)) return null
    if (verdict !== 'allow' && verdict !== 'warn' && verdict !== 'block') return null
    const url = value('url') === '' ? value('host') : value('url')
    const address = url === '' ? null : addressOf(method, url)
    if (!address) return null
    return {
      atMs,
      user: named(value('user')),
      device: named(value('device'), 64),
      ...address,
      path: value('url') === '' ? '' : address.path,
      method,
      verdict,
      rule: 'csv',
      category: /^[a-z][a-z-]{1,39}$/.test(value('category')) ? value('category') : null,
      referrerHost: verdict === 'allow' ? null : hostOf(named(value('referrer'), 4000)),
      url,
    }
  }
}

/** RFC 4180, one line; null where a quotation is not closed, as when a value holds a line break. */
function csvFields(text: string): string[] | null {
  if (!text.includes('"')) return text.split(',')
  const fields: string[] = []
  let at = 0
  for (;;) {
    if (text[at] === '"') {
      let value = ''
      for (at += 1; ; ) {
        const quote = text.indexOf('"', at)
        if (quote < 0) return null
        value += text.slice(at, quote)
        at = quote + 1
        if (text[at] !== '"') break
        value += '"'
        at += 1
      }
      fields.push(value)
      if (at === text.length) return fields
      if (text[at] !== ',') return null
      at += 1
    } else {
      const comma = text.indexOf(',', at)
      if (comma < 0) return [...fields, text.slice(at)]
      fields.push(text.slice(at, comma))
      at = comma + 1
    }
  }
}

/**
 * What kind of log begins with these lines: the first that is readable in a format decides.
 * @returns null where none is.
 */
export function detectLog(
  lines: readonly string[],
  now: Date,
): { format: LogFormat; reader: LineReader; header: boolean } | null {
  const [first] = lines
  const csv = first === undefined ? null : csvReader(first)
  if (csv) return { format: 'csv', reader: csv, header: true }
  const readers = { squid: squidLine, 'squid-json': squidJsonLine, unbound: unboundLine } as const
  for (const line of lines)
    for (const format of ['squid', 'squid-json', 'unbound'] as const)
      if (readers[format](line, now) !== null) return { format, reader: readers[format], header: false }
  return null
}
