/**
 * The formats in which domain lists are published, read line by line. Everything that comes in is somebody else's text:
 * a line that cannot be read as a domain to block is counted as rejected and never guessed at.
 */
import { normaliseHost, normaliseUrl } from './address.ts'
import { listedSuffix } from './public-suffix.ts'

export const listFormats = ['plain', 'hosts', 'adblock', 'dnsmasq', 'rpz', 'urls', 'v2fly', 'services'] as const
export type ListFormat = (typeof listFormats)[number]

/** Gets a normalised host, and the path of a page of it, which is then more than '/'. Repeats are not left out. */
export type TakeEntry = (host: string, path?: string) => void

export interface ParsedList extends ListReading {
  /** Normalised, as they come: repeats are kept. */
  readonly domains: string[]
  /** Entries of format `urls`: host, then a path that is more than '/'. One that only a query tells from others is rejected. */
  readonly urls: { readonly host: string; readonly path: string }[]
}

export interface ListReading {
  /** Lines that are neither blank, comment nor structure, and gave nothing. */
  readonly rejected: number
  /** The first few of those, to show, cut to 100 characters. */
  readonly rejectedExamples: string[]
  /** Lines read. */
  readonly lines: number
}

/** What one line holds: hosts as written (not yet normalised), nothing to read, or something that is no entry. */
type Line = readonly string[] | 'nothing' | 'rejected'
type LineReader = (line: string) => Line

const sinkholes = new Set(['0.0.0.0', '127.0.0.1', '0', '::', '::1', '::0', 'fe80::1%lo0'])
/** Names that hosts files give to the machine itself. */
const ownNames = new Set([
  ...['localhost', 'localhost.localdomain', 'local', 'broadcasthost', '0.0.0.0', 'loopback'],
  ...[
    'ip6-localhost',
    'ip6-loopback',
    'ip6-localnet',
    'ip6-mcastprefix',
    'ip6-allnodes',
    'ip6-allrouters',
    'ip6-allhosts',
  ],
])

const withoutComment = (line: string): string => {
  const hash = line.indexOf('#')
  return (hash < 0 ? line : line.slice(0, hash)).trim()
}

/** One domain a line: 'example.com', '*.example.com' (with its parent), '.example.com', a comment after '#'. */
const plain: LineReader = line => {
  const text = withoutComment(line)
  if (text === '' || text.startsWith(';') || text.startsWith('//')) return 'nothing'
  return [text.replace(/^(?:\*\.|\.)/, '')]
}

/** hosts(5): an address that leads nowhere, then names. Names with a real address are not blocks. */
const hosts: LineReader = line => {
  const [address = '', ...names] = withoutComment(line).split(/\s+/)
  if (address === '') return 'nothing'
  if (!sinkholes.has(address) || names.length === 0) return ownNames.has(names[0] ?? '') ? 'nothing' : 'rejected'
  const listed = names.filter(name => !ownNames.has(name.toLowerCase()))
  return listed.length > 0 ? listed : 'nothing'
}

/** Adblock Plus syntax, the part that names whole domains: '||example.com^', alone or with options that do not narrow it. */
const adblock: LineReader = line => {
  const text = line.trim()
  if (text === '' || text.startsWith('!') || /^\[.*\]$/.test(text) || text.startsWith('# ')) return 'nothing'
  const rule = /^\|\|([^/^$*|]+)\^?(?:\$(.*))?$/.exec(text)
  const isNarrowed = (rule?.[2] ?? '')
    .split(',')
    .some(option => !['', 'all', 'document', 'doc', 'important'].includes(option))
  return rule?.[1] && !isNarrowed ? [rule[1]] : 'rejected'
}

/** dnsmasq: 'address=/a.example/b.example/0.0.0.0', 'server=/a.example/', 'local=/a.example/'. Forwarding is no block. */
const dnsmasq: LineReader = line => {
  const text = withoutComment(line)
  if (text === '') return 'nothing'
  const rule = /^(address|server|local)=\/(.+)\/([^/]*)$/.exec(text)
  if (!rule) return 'rejected'
  const target = rule[3] ?? ''
  const isBlock = target === '' || (rule[1] === 'address' && (target === '#' || sinkholes.has(target)))
  return isBlock ? (rule[2] ?? '').split('/') : 'rejected'
}

/**
 * Response policy zones (the Internet-Draft of Vixie and Schryver): names relative to the zone's own, with the actions
 * that deny: NXDOMAIN ('.'), NODATA ('*.') and drop. 'passthru' and triggers by address or name server are no entries.
 */
function rpz(): LineReader {
  let origin = ''
  return line => {
    const text = line.replace(/;.*$/, '').trim()
    if (text === '') return 'nothing'
    const directive = /^\$(ORIGIN|TTL|INCLUDE)\s+(\S+)/i.exec(text)
    if (directive) {
      if (directive[1]?.toUpperCase() === 'ORIGIN') origin = directive[2] ?? ''
      return 'nothing'
    }
    if (/\s(?:SOA|NS)\s/i.test(text) || /^[\d\s()]+$/.test(text)) return 'nothing'
    const record = /^(\S+)\s+(?:\d+\w*\s+)?(?:IN\s+)?(?:\d+\w*\s+)?(CNAME|A|AAAA)\s+(\S+)$/i.exec(text)
    if (!record) return 'rejected'
    const target = record[3] ?? ''
    const isDenied =
      record[2]?.toUpperCase() === 'CNAME'
        ? ['.', '*.', 'rpz-drop.'].includes(target.toLowerCase())
        : sinkholes.has(target)
    const name = relativeName(record[1] ?? '', origin)
    if (!isDenied || name === null || /\.rpz-(?:ip|nsip|nsdname|client-ip)$/i.test(name)) return 'rejected'
    return [name.replace(/^\*\./, '')]
  }
}

function relativeName(name: string, origin: string): string | null {
  if (!name.endsWith('.')) return name
  const end = `.${origin.endsWith('.') ? origin : `${origin}.`}`
  return origin !== '' && name.endsWith(end) ? name.slice(0, -end.length) : null
}

/**
 * v2fly domain-list-community, one list: 'example.com', 'domain:', 'full:', attributes after '@'. Patterns are rejected.
 * 'full:' means the host alone; here it covers what lies beneath it as well, as every entry does.
 */
const v2fly: LineReader = line => {
  const text = withoutComment(line)
  if (text === '' || text.startsWith('include:')) return 'nothing'
  const rule = /^(?:(domain|full|keyword|regexp):)?(\S+)(?:\s+@\S+)*$/.exec(text)
  return rule?.[2] && rule[1] !== 'keyword' && rule[1] !== 'regexp' ? [rule[2]] : 'rejected'
}

const readerOf = (format: Exclude<ListFormat, 'urls' | 'services'>): LineReader =>
  format === 'rpz' ? rpz() : { plain, hosts, adblock, dnsmasq, v2fly }[format]

/** Takes a list line by line, hands on what it names, and counts the rest. */
function lineReader(format: Exclude<ListFormat, 'services'>, take: TakeEntry) {
  const rejectedExamples: string[] = []
  let rejected = 0
  let lines = 0
  const reject = (line: string) => {
    rejected += 1
    if (rejectedExamples.length < 5) rejectedExamples.push(line.slice(0, 100))
  }
  const takeHost = (text: string): boolean => {
    const host = normaliseHost(text)
    if (host === null || !isListable(host)) return false
    take(host)
    return true
  }
  const takeUrl = (text: string): boolean => {
    const address = normaliseUrl(text)
    // Without its query '/profile?id=9' would be everybody's profile, and '/?topic=9' the whole site.
    if (!address.ok || !isListable(address.host) || text.includes('?')) return false
    if (address.path === '/') take(address.host)
    else take(address.host, address.path)
    return true
  }
  const read = format === 'urls' ? plain : readerOf(format)
  const takeText = format === 'urls' ? takeUrl : takeHost
  return {
    line(text: string) {
      lines += 1
      const found = read(text)
      if (found === 'rejected') reject(text)
      else if (found !== 'nothing') for (const each of found) if (!takeText(each)) reject(text)
    },
    result: (): ListReading => ({ rejected, rejectedExamples, lines }),
  }
}

/**
 * One label would shut a whole top level ('youtube' and 'ru' stand in real lists), and so would the suffix under which a
 * country registers: 'co.uk', 'sch.uk', 'gob.mx' (which stands in one). What somebody lets space under ('duckdns.org') may
 * be listed.
 */
const isListable = (host: string): boolean =>
  host.includes(':') || (host.includes('.') && !(/^[a-z]{2,6}\.[a-z]{2}$/.test(host) && isRegistry(host)))
/** Not every suffix of the Public Suffix List: 'bet.br' is a suffix and all of it is gambling. */
const isRegistry = (host: string): boolean =>
  /^(?:ac|co|gov|ltd|me|net|nhs|org|plc|police|sch)\.uk$/.test(host) ||
  (/^(?:ac|asso|co|com|edu|go|gob|gouv|gov|govt|mil|ne|net|nom|or|org|sch|school)\./.test(host) &&
    listedSuffix(host) === host)

/** Reads a whole list and hands on what it names, as it comes. */
export function readList(text: string, format: Exclude<ListFormat, 'services'>, take: TakeEntry): ListReading {
  const reader = lineReader(format, take)
  for (const line of linesOf(text)) reader.line(line)
  return reader.result()
}

/**
 * The same for one list of a `services` file, with those that it includes.
 * @throws {RangeError} if there is no list `key`.
 */
export function readService(services: ReadonlyMap<string, string>, key: string, take: TakeEntry): ListReading {
  const reader = lineReader('v2fly', take)
  for (const line of serviceLines(services, key)) reader.line(line)
  return reader.result()
}

const byteOrderMark = 0xfeff

/** Lines without their ends; no empty one after the last end. */
export function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const from = start === 0 && text.charCodeAt(0) === byteOrderMark ? 1 : start
    yield text.slice(from, text.charCodeAt(end - 1) === 13 ? end - 1 : end)
    start = end + 1
  }
}

/**
 * `readList`, kept: for lists that are not large. `key` names the list wanted from a `services` file.
 * @throws {SyntaxError} if a `services` file is not a JSON object of texts.
 * @throws {RangeError} if a `services` file has no list `key`.
 */
export function parseList(text: string, format: ListFormat, key = ''): ParsedList {
  const domains: string[] = []
  const urls: { host: string; path: string }[] = []
  const take: TakeEntry = (host, path) => {
    if (path === undefined) domains.push(host)
    else urls.push({ host, path })
  }
  const reading = format === 'services' ? readService(parseServices(text), key, take) : readList(text, format, take)
  return { ...reading, domains, urls }
}

/** A JSON object of lists in v2fly's grammar, each named as the file it was. @throws {SyntaxError} */
export function parseServices(text: string): ReadonlyMap<string, string> {
  const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : null
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string'
  if (!entries?.every(isText)) throw new SyntaxError('A services file must be a JSON object of texts')
  return new Map(entries)
}

/**
 * The lines of one list and of those it includes: 'include:other', with '@attr' only the lines of it that bear the
 * attribute, with '@-attr' only those that do not. An include of a list that is not there, or of one that is being
 * read, gives nothing.
 * @throws {RangeError} if there is no list `key`.
 */
function* serviceLines(
  services: ReadonlyMap<string, string>,
  key: string,
  within: readonly string[] = [],
): Generator<string> {
  const text = services.get(key)
  if (text === undefined) throw new RangeError(`The services file has no list ${JSON.stringify(key)}`)
  for (const line of text.split('\n')) {
    const include = /^include:(\S+)(.*)$/.exec(withoutComment(line))
    if (!include) {
      yield line
      continue
    }
    const [, other = '', conditions = ''] = include
    if (!services.has(other) || other === key || within.includes(other)) continue
    const wanted = conditions.split(/\s+/).filter(condition => condition.startsWith('@'))
    for (const included of serviceLines(services, other, [...within, key])) {
      const attributes = withoutComment(included).split(/\s+/)
      const isWanted = wanted.every(condition =>
        condition.startsWith('@-') ? !attributes.includes(`@${condition.slice(2)}`) : attributes.includes(condition),
      )
      if (isWanted) yield included
    }
  }
}

/** The format of a list, from its first lines; null if it cannot be told. */
export function detectFormat(text: string): ListFormat | null {
  const head = text.slice(0, 65_536).replace(/^\ufeff/, '')
  if (/^\s*\{/.test(head)) return 'services'
  if (/^\s*\$(?:TTL|ORIGIN)\b/im.test(head) || /\sCNAME\s+(?:\.|\*\.|rpz-)/i.test(head)) return 'rpz'
  if (/^\[Adblock/i.test(head)) return 'adblock'
  const lines = head
    .split('\n')
    .slice(0, 500)
    .map(line => line.trim())
    .filter(line => line !== '' && !/^(?:#|!|;|\/\/)/.test(line))
  const isMost = (pattern: RegExp) => lines.filter(line => pattern.test(line)).length * 2 > lines.length
  if (lines.length === 0) return null
  if (isMost(/^(?:@@)?\|\|/)) return 'adblock'
  if (isMost(/^(?:address|server|local)=\//)) return 'dnsmasq'
  if (isMost(/^(?:0\.0\.0\.0|127\.0\.0\.1|::1?|0)\s+\S/)) return 'hosts'
  if (lines.some(line => /^(?:full|domain|include|regexp|keyword):/.test(line))) return 'v2fly'
  if (isMost(/^[^\s/]+\/\S/)) return lines.every(line => /^[\d.:a-f]+\/\d+$/i.test(line)) ? null : 'urls'
  if (isMost(/^(?:\*\.|\.)?[^\s/]+\.[^\s/]+(?:\s*#.*)?$/)) return 'plain'
  return null
}
