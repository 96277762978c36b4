/** A thread that reads stretches of an open export and answers each with the run of sound entries it begins with. */
import { readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { type Run, readRun } from './run.ts'

/** The lines that begin from byte `from` up to, not including, byte `to`. */
export interface Stretch {
  readonly index: number
  readonly fd: number
  readonly from: number
  readonly to: number
  /** `from` is known to be the beginning of a line. */
  readonly atLineStart: boolean
}

export interface StretchRead extends Run {
  readonly index: number
  /** The byte where the run begins. */
  readonly from: number
}

/** A last line that goes on for longer than this past its stretch is left to the reader that can say what is wrong. */
const OVERHANG_BYTES = 65_536

const NEW_LINE = 0x0a

function readStretch({ index, fd, from, to, atLineStart }: Stretch): StretchRead {
  // One byte before shows whether a line begins at `from`.
  const origin = atLineStart ? from : from - 1
  const wanted = to - origin
  const buffer = Buffer.allocUnsafe(wanted + OVERHANG_BYTES)
  let length = 0
  while (length < buffer.length) {
    const read = readSync(fd, buffer, length, buffer.length - length, origin + length)
    if (read === 0) break
    length += read
  }
  const bytes = buffer.subarray(0, length)
  const start = atLineStart ? 0 : bytes.indexOf(NEW_LINE) + 1
  // The line under the last wanted byte is ours to its end; if that byte ends a line, so does the stretch.
  const end = bytes.indexOf(NEW_LINE, wanted - 1) + 1 || bytes.lastIndexOf(NEW_LINE) + 1
  if (end <= start || (start === 0 && !atLineStart)) return { index, from, block: null, usedBytes: 0 }
  return { index, from: origin + start, ...readRun(bytes.subarray(start, end)) }
}

parentPort?.on('message', (stretch: Stretch) => {
  const read = readStretch(stretch)
  parentPort?.postMessage(read, read.block ? [read.block.hashes.buffer as ArrayBuffer] : []) // made by `new Uint8Array`
})
