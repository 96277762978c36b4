import { createHash, hash } from 'node:crypto'
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
/** Looks at an address with its query, in memory. @returns null for what is no search. */
export type ExamineSearch = (
  url: string,
  groups: readonly string[],
  at: Date,
) => { readonly query: string; readonly finding: SearchFinding | null } | null

/** What somebody known searched for, to be looked at and forgotten: the log keeps only what a search rule minds. */
export interface Searched {
  readonly row: ActivityRow
  readonly query: string
}

export interface ImportBatch {
  /** Of what was read: the same lines are the same batch. */
  readonly digest: string
  readonly format: LogFormat | null
  readonly rows: readonly ActivityRow[]
  readonly searched: readonly Searched[]
  readonly rejected: number
  readonly own: number
}

const batchLines = 10_000

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
  const idOf = lineIds()
  let reader: LineReader | null = null
  let format: LogFormat | null = null
  let rows: ActivityRow[] = []
  let searched: Searched[] = []
  let rejected = 0
  let own = 0
  let read: string[] = []
  let pending: Promise<void>[] = []

  /** Hands a batch on; while two are stored the next is read, and no more than three are on their way. */
  const flush = async (): Promise<void> => {
    if (rows.length + rejected + own === 0) return
    const digest = createHash('sha256').update(read.join('\n')).digest('hex')
    const batch = { digest, format, rows, searched, rejected, own }
    rows = []
    searched = []
    read = []
    rejected = own = 0
    const taken = take(batch).then(added => {
      counts.stored += added
      counts.known += batch.rows.length - added
      counts.rejected += batch.rejected
      counts.own += batch.own
    })
    // Whoever awaits it hears of a fault; until then it is nobody's.
    taken.catch(() => undefined)
    pending.push(taken)
    if (pending.length >= 3) {
      await pending[0]
      pending = pending.slice(1)
    }
  }
  const rowOf = (line: LoggedLine, text: string): ActivityRow => {
    const person = personOf(line.user, line.device)
    const groups = person?.groups ?? []
    const at = new Date(line.atMs)
    const search = line.url.includes('?') ? examine(line.url, groups, at) : null
    const finding = search?.finding ?? null
    const blocked = line.verdict === 'block'
    const row: ActivityRow = {
      at,
      id: idOf(text),
      personId: person?.id ?? null,
      groups,
      kind: line.kind,
      method: line.method,
      host: line.host,
      path: line.path,
      category: finding?.category ?? line.category ?? lists.lookup(line.host)[0]?.category ?? 'none',
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
    if (search && person) searched.push({ row, query: search.query })
    return row
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
        read.push(`rejected ${text}`)
      } else if (line === 'own') {
        own += 1
        read.push(`own ${text}`)
      } else {
        const row = rowOf(line, text)
        read.push(row.id)
        rows.push(row)
      }
      if (rows.length + rejected + own >= batchLines) await flush()
    }
  }
  await flush()
  await Promise.all(pending)
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

/** A UUID made from a line's digest (version 8, RFC 9562 §5.8). */
function uuidOf(digest: string): string {
  const variant = ((Number.parseInt(digest[16] ?? '0', 16) & 0x3) | 0x8).toString(16)
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}

const rememberedLines = 200_000
const slots = 2 ** 19
/**
 * Gives each line its id, by its words and by how many equal ones came before, among the last two hundred thousand or so.
 * A line is known by 48 bits of its digest; that two are taken for equal by mistake is rare and harmless.
 */
function lineIds(): (text: string) => string {
  const keys = new Float64Array(slots)
  const counts = new Uint32Array(slots)
  let size = 0
  return text => {
    const digest = hash('sha256', text)
    const key = Number.parseInt(digest.slice(0, 12), 16) + 1
    if (size >= rememberedLines) {
      keys.fill(0)
      counts.fill(0)
      size = 0
    }
    let slot = key % slots
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) % slots
    if (keys[slot] === 0) size += 1
    keys[slot] = key
    const before = counts[slot] ?? 0
    counts[slot] = before + 1
    return uuidOf(before === 0 ? digest : hash('sha256', `${before}\n${text}`))
  }
}
