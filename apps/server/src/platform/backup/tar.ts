/*
 * The inside of a backup: a plain tar (POSIX ustar), so that whoever holds the identity can look into one with `age -d` and `tar`,
 * should this program be gone.
 */

const block = 512

/** The header of one regular file. @param name at most 99 bytes. */
export function tarHeader(name: string, sizeBytes: number): Buffer {
  const header = Buffer.alloc(block)
  if (Buffer.byteLength(name) > 99 || sizeBytes >= 8 ** 11) throw new RangeError(`“${name}” cannot stand in a backup`)
  header.write(name, 0)
  header.write('0000600\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
export const tarPadding = (sizeBytes: number): Buffer => Buffer.alloc((block - (sizeBytes % block)) % block)
export const tarEnd = (): Buffer => Buffer.alloc(2 * block)

export interface TarMember {
  readonly name: string
  readonly sizeBytes: number
  /** Must be read to its end before the next member is asked for. */
  readonly content: AsyncIterable<Buffer>
}

/** Reads members one after the other in bounded memory. @throws {Error} when the stream ends early or is no tar. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const chunks = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  const some = async (atMost: number): Promise<Buffer> => {
    if (held.length === 0) {
      const next = await chunks.next()
      if (next.done) throw new Error('The backup ends before its end: it was cut short')
      held = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    }
    const taken = held.subarray(0, atMost)
    held = held.subarray(taken.length)
    return taken
  }
  const exactly = async (bytes: number): Promise<Buffer> => {
    const parts: Buffer[] = []
    for (let left = bytes; left > 0; ) {
      const part = await some(left)
      parts.push(part)
      left -= part.length
    }
    return Buffer.concat(parts)
  }
  for (;;) {
    const header = await exactly(block)
    if (header.every(byte => byte === 0)) {
      // To the end, so that a stream cut short after this is noticed.
      for (;;) if ((await chunks.next()).done) return
    }
    const name = header.toString('utf8', 0, header.indexOf(0))
    const sizeBytes = Number.parseInt(header.toString('latin1', 124, 135), 8)
    if (header.toString('latin1', 257, 262) !== 'ustar' || !Number.isSafeInteger(sizeBytes))
      throw new Error('The backup is not one that Gatehouse wrote')
    let left = sizeBytes
    yield {
      name,
      sizeBytes,
      content: (async function* () {
        while (left > 0) {
          const part = await some(left)
          left -= part.length
          yield part
        }
      })(),
    }
    while (left > 0) left -= (await some(left)).length
    await exactly(tarPadding(sizeBytes).length)
  }
}
