/** Cuts a stream of bytes into lines, holding never more than one line and never more than `maxBytes` of it. */

/** Longer than any address that Squid sends on (its own limit is 64 KB), percent-encoded. */
export const longestLine = 256 * 1024

export interface Line {
  /** Without its end; where `isTooLong`, only its start. Bytes that are not UTF-8 are read as U+FFFD. */
  readonly text: string
  readonly isTooLong: boolean
}

const newline = 10
/** Enough of an endless line to find its channel in. */
const startBytes = 64

/** @returns a function that takes the next bytes and gives the lines that they complete, in order. */
export function createLineFeed(maxBytes = longestLine): (chunk: Uint8Array) => readonly Line[] {
  let parts: Buffer[] = []
  let held = 0
  let isTooLong = false

  const take = (bytes: Uint8Array): void => {
    if (isTooLong || bytes.length === 0) return
    // The caller uses its buffer again, so what is kept is a copy.
    if (held + bytes.length <= maxBytes) {
      parts.push(Buffer.from(bytes))
      held += bytes.length
      return
    }
    parts = [Buffer.concat([...parts, bytes.subarray(0, startBytes)]).subarray(0, startBytes)]
    held = 0
    isTooLong = true
  }

  return chunk => {
    const last = chunk.lastIndexOf(newline)
    if (last < 0) {
      take(chunk)
      return []
    }
    const lines: Line[] = []
    let start = 0
    if (held > 0 || isTooLong) {
      const end = chunk.indexOf(newline)
      take(chunk.subarray(0, end))
      lines.push({ text: withoutReturn(Buffer.concat(parts).toString('utf8')), isTooLong })
      parts = []
      held = 0
      isTooLong = false
      start = end + 1
    }
    if (start <= last) {
      // No byte of a longer UTF-8 character is a newline: whole lines can be decoded at once.
      const whole = Buffer.from(chunk.buffer, chunk.byteOffset + start, last - start).toString('utf8')
      for (const text of whole.split('\n')) {
        if (text.length > maxBytes) lines.push({ text: text.slice(0, startBytes), isTooLong: true })
        else lines.push({ text: withoutReturn(text), isTooLong: false })
      }
    }
    take(chunk.subarray(last + 1))
    return lines
  }
}

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text)
