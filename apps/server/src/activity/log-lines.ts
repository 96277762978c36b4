import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'

/** A longer line is no line of a log; it is given cut to this, which no reader takes, and counts as one. */
export const longestLine = 65_536

/**
 * A stream's lines, many at a time, in bounded memory. Only a line feed ends a line (with the carriage return before it):
 * what else some programs take for one (U+2028, a carriage return alone) can be typed into an address.
 */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let isTooLong = false
  const ended = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)
  for await (const chunk of source) {
    const parts = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)).split('\n')
    const last = parts.pop() ?? ''
    if (parts.length === 0) {
      // Of an endless line only its beginning is kept.
      if (!isTooLong) rest += last
      if (rest.length > longestLine) {
        rest = rest.slice(0, longestLine)
        isTooLong = true
      }
      continue
    }
    parts[0] = isTooLong ? rest : rest + (parts[0] ?? '')
    isTooLong = false
    rest = last.slice(0, longestLine)
    yield parts.map(ended)
  }
  rest += decoder.end()
  if (rest !== '') yield [ended(rest)]
}

/** A file's bytes, gunzipped where it begins as gzip does (RFC 1952). @throws when the file or its compression ends too early. */
export async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
  await handle.close()
  const raw = createReadStream(file, { highWaterMark: 1 << 18 })
  if (bytesRead < 2 || buffer[0] !== 0x1f || buffer[1] !== 0x8b) {
    yield* raw
    return
  }
  const plain = raw.pipe(createGunzip({ chunkSize: 1 << 18 }))
  raw.on('error', error => plain.destroy(error))
  yield* plain
}
