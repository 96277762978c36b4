/** The export: newline-delimited JSON that any program can read. `README.md` describes it for those who write one. */
import { createReadStream } from 'node:fs'
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, parseJson } from './canonical.ts'
import { entryLine, GENESIS, isHash, type LedgerEntry } from './entry.ts'
import { decodeLines } from './run.ts'
import type { Verdict } from './verdict.ts'
import { createVerifier, type Verifier, type VerifierOptions } from './verify.ts'

export interface ExportHeader {
  readonly school: string
  /** The number of the first entry, and what it follows. */
  readonly from: number
  readonly prev: string
  /** The number of the last entry, if it is known beforehand. */
  readonly to?: number
  /** For a slice, the Merkle subtrees before it (`merkleTree().range()`), so that checkpoints can be compared. */
  readonly range?: readonly string[]
}

export interface ExportTail {
  /** Signed notes; those that cover more than the last entry exported do not belong here. */
  readonly checkpoints?: readonly string[]
  readonly vkeys?: readonly string[]
}

const FORMAT = 'gatehouse-ledger'
const VERSION = 1

/** The lines of an export, each with its new line. @throws {TypeError} if an entry cannot be written as canonical JSON. */
export async function* exportLines(
  header: ExportHeader,
  entries: Iterable<LedgerEntry> | AsyncIterable<LedgerEntry>,
  tail: ExportTail = {},
): AsyncGenerator<string, void, undefined> {
  const { school, from, prev, to, range } = header
  const optional = { ...(to === undefined ? {} : { to }), ...(range === undefined ? {} : { range }) }
  yield `${JSON.stringify({ format: FORMAT, v: VERSION, school, from, prev, ...optional })}\n`
  for await (const entry of entries) yield `${entryLine(entry)}\n`
  for (const checkpoint of tail.checkpoints ?? []) yield `${canonicalJson({ checkpoint })}\n`
  for (const vkey of tail.vkeys ?? []) yield `${canonicalJson({ vkey })}\n`
}

/** Reads the first line (attacker-controlled): the header, or what is wrong with it. Unknown members are dropped. */
export function parseHeader(line: string): ExportHeader | string {
  const value = objectOf(line)
  if (!value || value.format !== FORMAT) return 'no header of a ledger export'
  if (value.v !== VERSION) return `a header of version ${String(value.v)} and not ${VERSION}`
  const { school, from, prev, to, range } = value
  if (typeof school !== 'string' || school === '') return 'a header without a school'
  if (!isSeq(from) || from < 1) return 'a header without the number of the first entry'
  if (!isHash(prev) || (from === 1 && prev !== GENESIS)) return 'a header without the hash that the first entry follows'
  if (to !== undefined && (!isSeq(to) || to < from - 1)) return 'a header whose last entry is no number'
  if (range !== undefined && !(Array.isArray(range) && range.every(isHash)))
    return 'a header whose range is no list of hashes'
  return {
    school,
    from,
    prev,
    ...(to === undefined ? {} : { to }),
    ...(range === undefined ? {} : { range: range.map(String) }),
  }
}

const isSeq = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value)

function objectOf(line: string): JsonObject | null {
  try {
    const value = parseJson(line)
    return isJsonObject(value) ? value : null
  } catch {
    return null
  }
}

/** Takes the lines of an export one after the other. */
export interface LineTaker {
  /** Whole lines, each with its new line except perhaps the last of all. */
  take(lines: Buffer): void
  /** Null until the header was read, and if it cannot be. */
  verifier(): Verifier | null
  /** `count` lines were joined to the verifier some other way. */
  skip(count: number): void
  finish(): Verdict
}

/** What the caller expects goes before what the header says. */
export function createLineTaker(options: VerifierOptions): LineTaker {
  let verifier: Verifier | null = null
  let lineNumber = 0

  const takeLine = (line: string): void => {
    lineNumber++
    const where = `line ${lineNumber}`
    if (!verifier) verifier = begin(line, where, options)
    else if (line.startsWith('{"checkpoint":') || line.startsWith('{"vkey":')) {
      const { checkpoint, vkey } = objectOf(line) ?? {}
      if (typeof checkpoint === 'string') verifier.addCheckpoint(checkpoint)
      else if (typeof vkey === 'string') verifier.addVkey(vkey)
      else verifier.malformed('no text for a checkpoint or key', where)
    } else verifier.pushLine(line, where)
  }

  return {
    take(lines) {
      const text = decodeLines(lines)
      if (text === null) return takeUnsound(lines)
      for (let at = 0; at < text.length; ) {
        const end = text.indexOf('\n', at)
        takeLine(end < 0 ? text.slice(at) : text.slice(at, end))
        at = end < 0 ? text.length : end + 1
      }
    },
    verifier: () => verifier,
    skip(count) {
      lineNumber += count
    },
    finish: () => (verifier ?? begin('', 'line 1', options)).finish(),
  }

  /** Some line among these is not UTF-8: finds which. */
  function takeUnsound(lines: Buffer): void {
    for (let at = 0; at < lines.length; ) {
      const newLine = lines.indexOf(0x0a, at)
      const end = newLine < 0 ? lines.length : newLine
      const line = decodeLines(lines.subarray(at, end))
      if (line !== null) takeLine(line)
      else {
        lineNumber++
        verifier ??= createVerifier(options)
        verifier.malformed('bytes that are not UTF-8', `line ${lineNumber}`)
      }
      at = end + 1
    }
  }
}

function begin(line: string, where: string, options: VerifierOptions): Verifier {
  const header = parseHeader(line)
  if (typeof header === 'string') {
    const verifier = createVerifier(options)
    verifier.malformed(header, where)
    return verifier
  }
  const { school, from, prev, to, range } = header
  const expect = {
    school,
    firstSeq: from,
    firstPrev: prev,
    ...(to === undefined ? {} : { lastSeq: to }),
    ...(range === undefined ? {} : { range }),
    ...options.expect,
  }
  return createVerifier({ ...options, expect })
}

/** A line longer than this is no entry of ours: details are digests and names of fields. */
export const MAX_LINE_BYTES = 4_194_304

const CHUNK_BYTES = 1_048_576

/**
 * Verifies an export, by path or as a stream of bytes, on this thread (`verifyFile` in `cli-verify.ts` uses more).
 * Whatever is wrong with the content is in the verdict.
 * @throws the file system's or the stream's own error, and {NoteError} if one of `options.vkeys` is not a key.
 */
export async function verifyExport(
  source: string | AsyncIterable<Uint8Array>,
  options: VerifierOptions = {},
): Promise<Verdict> {
  const taker = createLineTaker(options)
  await takeStream(
    typeof source === 'string' ? createReadStream(source, { highWaterMark: CHUNK_BYTES }) : source,
    taker,
  )
  return taker.finish()
}

/** Cuts a stream of bytes into whole lines. */
export async function takeStream(source: AsyncIterable<Uint8Array>, taker: LineTaker): Promise<void> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const end = bytes.lastIndexOf(0x0a) + 1
    if (end > 0) {
      const first = bytes.subarray(0, end)
      taker.take(rest.length === 0 ? first : Buffer.concat([...rest, first]))
      rest = []
      restBytes = 0
    }
    if (end < bytes.length) {
      rest.push(bytes.subarray(end))
      restBytes += bytes.length - end
    }
    if (restBytes > MAX_LINE_BYTES) {
      taker.take(Buffer.from('\n')) // an empty line is malformed, and names the place
      return
    }
  }
  if (restBytes > 0) taker.take(Buffer.concat(rest))
}
