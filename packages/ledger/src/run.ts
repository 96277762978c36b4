import { isAscii, isUtf8 } from 'node:buffer'
import type { Block, ClockStep } from './chain.ts'
import { type LedgerEntry, readEntryLine } from './entry.ts'

/** How many of a buffer's lines make a whole run of entries, and where the first one that does not begins. */
export interface Run {
  readonly block: Block | null
  /** Bytes from the start of the buffer. */
  readonly usedBytes: number
}

/** Whole lines as text, or null if they are not UTF-8. */
export function decodeLines(bytes: Buffer): string | null {
  if (isAscii(bytes)) return bytes.toString('latin1') // one byte a character: three times as fast as UTF-8
  return isUtf8(bytes) ? bytes.toString('utf8') : null
}

/**
 * Reads entries from whole lines (attacker-controlled) for as long as each is sound and follows the one before. What
 * comes before the first is for `Chain.join` to check. Judges nothing: where it stops, `Verifier.pushLine` goes on.
 */
export function readRun(bytes: Buffer): Run {
  const text = decodeLines(bytes)
  if (text === null) return { block: null, usedBytes: 0 }
  const hashes: string[] = []
  const clockSteps: ClockStep[] = []
  let first: LedgerEntry | null = null
  let last: LedgerEntry | null = null
  let used = 0
  for (;;) {
    const end = text.indexOf('\n', used)
    if (end < 0) break
    const read = readEntryLine(text.slice(used, end))
    if (!read.ok || read.computed !== read.entry.hash) break
    const { entry } = read
    if (last) {
      if (entry.seq !== last.seq + 1 || entry.prev !== last.hash || entry.school !== last.school) break
      if (entry.at < last.at) clockSteps.push({ seq: entry.seq, before: last.at, at: entry.at })
    }
    first ??= entry
    last = entry
    hashes.push(read.computed)
    used = end + 1
  }
  const usedBytes = text.length === bytes.length ? used : Buffer.byteLength(text.slice(0, used))
  if (!first || !last) return { block: null, usedBytes }
  const { school, seq: firstSeq, prev: firstPrev, at: firstAt } = first
  const bytesOfHashes = new Uint8Array(Buffer.from(hashes.join(''), 'hex'))
  return {
    block: { school, firstSeq, firstPrev, firstAt, lastAt: last.at, hashes: bytesOfHashes, clockSteps },
    usedBytes,
  }
}
