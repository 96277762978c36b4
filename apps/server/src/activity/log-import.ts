import { createHash } from 'node:crypto'
import type { CategoryLists } from '@gatehouse/engine'
import { type ActivityRow, keptTerm } from './activity-line.ts'
import {
  detectLog,
  type LineReader,
  type LogFormat,
  type LoggedLine,
  csvReader,
  squidJsonLine,
  squidLine,
  unboundLine,
} from './log-formats.ts'

/** read = stored + known + rejected + own. */
export interface ImportCounts {
  /** Lines of the file; a CSV's header is none. */
  read: number
  stored: number
  /** Stored by an earlier import, of this file or of one that held the same line. */
  known: number
  /** Malformed, cut short, or with a time that cannot be. */
  rejected: number
  /** Messages of the logging program itself, which are no requests. */
  own: number
  /** Why nothing more could be read, where the file ends too early; what came before is stored. */
  endedEarly: string | null
}

export interface KnownPerson {
  readonly id: string
  readonly groups: readonly string[]
}

/** What a search was judged by the school's rules; only `warn` and `block` by a search rule may be kept. */
export interface SearchFinding {
  readonly term: string
  readonly verdict: 'warn' | 'block'
  readonly category: string
  /** `search:…` */
  readonly rule: string
}
/** Looks at an address with its query, in memory. @returns null for what is no search, or one that no rule minds. */
export type ExamineSearch = (url: string, groups: readonly string[], at: Date) => SearchFinding | null

export interface ImportBatch {
  /** Of what was read: the same lines are the same batch. */
  readonly digest: string
  readonly format: LogFormat | null
  readonly rows: readonly ActivityRow[]
  readonly rejected: number
  readonly own: number
}

const batchLines = 20_000

/**
 * Reads a log of another program and hands it on in batches. A row's id is made from its line, and from how many equal ones
 * came shortly before it: a log that is read again, or again when it has grown, is known.
 */
export async function importLog(parts: {
  readonly lines: AsyncIterable<readonly string[]>
  readonly format?: LogFormat
  readonly now: Date
  readonly lists: CategoryLists
  readonly personOf: (user: string | null, device: string | null) => KnownPerson | null
  readonly examine: ExamineSearch
  /** @returns how many of the batch's rows were new. */
  readonly take: (batch: ImportBatch) => Promise<number>
}): Promise<ImportCounts> {
  const { now, lists, personOf, examine, take } = parts
  const counts: ImportCounts = { read: 0, stored: 0, known: 0, rejected: 0, own: 0, endedEarly: null }
  const nth = occurrences()
  const category = memoised((host: string) => lists.lookup(host)[0]?.category ?? 'none')
  let reader: LineReader | null = null
  let format: LogFormat | null = null
  let rows: ActivityRow[] = []
  let rejected = 0
  let own = 0
  let digest = createHash('sha256')

  const flush = async (): Promise<void> => {
    if (rows.length + rejected + own === 0) return
    const added = await take({ digest: digest.digest('hex'), format, rows, rejected, own })
    counts.stored += added
    counts.known += rows.length - added
    counts.rejected += rejected
    counts.own += own
    rows = []
    rejected = own = 0
    digest = createHash('sha256')
  }
  const rowOf = (line: LoggedLine, text: string): ActivityRow => {
    const person = personOf(line.user, line.device)
    const groups = person?.groups ?? []
    const at = new Date(line.atMs)
    const finding = line.url.includes('?') ? examine(line.url, groups, at) : null
    const blocked = line.verdict === 'block'
    return {
      at,
      id: idOf(text, nth(text)),
      personId: person?.id ?? null,
      groups,
      kind: line.kind,
      method: line.method,
      host: line.host,
      path: line.path,
      category: finding?.category ?? line.category ?? category(line.host),
      // What the other program let through, it let through: a finding of ours only flags it.
      verdict: blocked ? 'block' : finding ? 'warn' : line.verdict,
      rule: finding?.rule ?? line.rule,
      continued: finding !== null && !blocked,
      term: finding ? keptTerm(finding.term, finding.verdict, finding.rule) : null,
      referrerHost: line.referrerHost,
      place: null,
      device: line.device,
      source: format ?? 'squid',
    }
  }

  const lines = untilBroken(parts.lines, why => {
    counts.endedEarly = why
  })
  for await (const batch of lines) {
    let from = 0
    if (!reader && counts.read === 0 && batch.length > 0) {
      const found = parts.format === undefined ? detectLog(batch, now) : asked(parts.format, batch[0] ?? '')
      reader = found?.reader ?? null
      format = found?.format ?? null
      if (found?.header) from = 1
    }
    for (const text of from === 0 ? batch : batch.slice(from)) {
      counts.read += 1
      const line = reader?.(text, now) ?? null
      if (line === null) {
        rejected += 1
        digest.update(`rejected ${text}\n`)
      } else if (line === 'own') {
        own += 1
        digest.update(`own ${text}\n`)
      } else {
        const row = rowOf(line, text)
        digest.update(row.id)
        rows.push(row)
      }
      if (rows.length + rejected + own >= batchLines) await flush()
    }
  }
  await flush()
  return counts
}

function asked(format: LogFormat, first: string): { format: LogFormat; reader: LineReader | null; header: boolean } {
  if (format !== 'csv')
    return {
      format,
      reader: { squid: squidLine, 'squid-json': squidJsonLine, unbound: unboundLine }[format],
      header: false,
    }
  const reader = csvReader(first)
  return { format, reader, header: reader !== null }
}

/** Gives what can be read; a file that is cut short ends there, and says so. */
async function* untilBroken(
  lines: AsyncIterable<readonly string[]>,
  broken: (why: string) => void,
): AsyncGenerator<readonly string[]> {
  const source = lines[Symbol.asyncIterator]()
  for (;;) {
    let next: IteratorResult<readonly string[]>
    try {
      next = await source.next()
    } catch (error) {
      broken(error instanceof Error ? error.message : 'it cannot be read on')
      return
    }
    if (next.done) return
    yield next.value
  }
}

/** A UUID made from a line and its number among equal ones (version 8, RFC 9562 §5.8). */
function idOf(text: string, number: number): string {
  const bytes = createHash('sha256')
    .update(number === 0 ? text : `${number}\n${text}`)
    .digest()
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const rememberedLines = 100_000
/** How many equal lines came before, among the last hundred thousand or so. */
function occurrences(): (text: string) => number {
  let seen = new Map<string, number>()
  return text => {
    const before = seen.get(text) ?? 0
    if (seen.size >= rememberedLines) seen = new Map()
    seen.set(text, before + 1)
    return before
  }
}

function memoised(work: (key: string) => string): (key: string) => string {
  let known = new Map<string, string>()
  return key => {
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size > 50_000) known = new Map()
    const made = work(key)
    known.set(key, made)
    return made
  }
}
