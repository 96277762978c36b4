import type { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import {
  type AgeBand,
  ageBands,
  createDetector,
  type Detector,
  type TextKind,
  textKinds,
} from '@gatehouse/engine/concern/index'
import { readConcernFiles } from '../concern-files.ts'
import { type Command, UsageError } from './command.ts'

/** A line longer than this many UTF-16 units is judged by its beginning, which is said: memory stays bounded. */
const longestLine = 2 ** 26

export const concernsScanCommand: Command = {
  name: 'concerns scan',
  usage: 'concerns scan [--kind K] [--age A]',
  does: 'says of each line of standard input whether it suggests a concern, and why',
  run: async (words, streams) => {
    const { values } = parseArgs({
      args: [...words],
      // The shipped detector answers alike for every school, so --school is taken, as by every verb, and changes nothing.
      options: { kind: { type: 'string' }, age: { type: 'string' }, school: { type: 'string' } },
    })
    const kind = kindOf(values.kind ?? 'typed')
    const age = ageOf(values.age ?? 'secondary')
    const detector = createDetector(readConcernFiles())
    for await (const { line, isCut } of linesOf(streams.input)) {
      if (isCut) streams.say(`gatehouse concerns scan: only the first ${longestLine} characters of a line were read`)
      streams.out(answer(detector, line, kind, age))
    }
    return 0
  },
}

/** One JSON line, with its keys in the order in which they are documented. */
export function answer(detector: Detector, text: string, kind: TextKind, age: AgeBand): string {
  const { flag, severity, categories, spans, why } = detector.detect({ text, kind, age })
  return JSON.stringify({ flag, severity, categories, spans, why })
}

function kindOf(asked: string): TextKind {
  const kind = textKinds.find(known => known === asked)
  if (kind === undefined) throw new UsageError(`--kind must be one of ${textKinds.join(', ')}, not “${asked}”`)
  return kind
}

/** A band, or an age in years: under 11 primary, under 18 secondary. */
function ageOf(asked: string): AgeBand {
  const band = ageBands.find(known => known === asked)
  if (band !== undefined) return band
  const years = /^\d{1,3}$/.test(asked) ? Number(asked) : Number.NaN
  if (Number.isNaN(years) || years > 120)
    throw new UsageError(`--age must be one of ${ageBands.join(', ')} or a number of years, not “${asked}”`)
  return years < 11 ? 'primary' : years < 18 ? 'secondary' : 'adult'
}

/**
 * The lines of a stream of bytes. A line ends at LF or CR LF (both left out) or at the end of the input; a CR elsewhere
 * belongs to its line. Bytes that are not UTF-8 are read as U+FFFD.
 */
export async function* linesOf(input: Readable): AsyncGenerator<{ readonly line: string; readonly isCut: boolean }> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let pieces: string[] = []
  let size = 0
  let isCut = false
  const keep = (piece: string): void => {
    const room = longestLine - size
    if (piece.length > room) isCut = true
    const kept = piece.length > room ? piece.slice(0, Math.max(0, room)) : piece
    if (kept !== '') pieces.push(kept)
    size += kept.length
  }
  const whole = (): { readonly line: string; readonly isCut: boolean } => {
    const joined = pieces.join('')
    const line = joined.endsWith('\r') ? joined.slice(0, -1) : joined
    const result = { line, isCut }
    pieces = []
    size = 0
    isCut = false
    return result
  }
  let hasRest = false
  for await (const chunk of input) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true })
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      keep(text.slice(from, end))
      from = end + 1
      yield whole()
      hasRest = false
    }
    if (from < text.length) {
      keep(text.slice(from))
      hasRest = true
    }
  }
  const last = decoder.decode()
  if (last !== '') {
    keep(last)
    hasRest = true
  }
  if (hasRest) yield whole()
}
