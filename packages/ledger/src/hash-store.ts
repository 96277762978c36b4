/** The hashes of the verified entries, 32 bytes each and 32 MB a million: what heads and checkpoints are compared with. */
export interface HashStore {
  readonly size: number
  pushHex(hash: string): void
  /** Adds several at once: 32 bytes each. */
  pushAll(hashes: Uint8Array): void
  bytes(index: number): Uint8Array
  hex(index: number): string
  /** The last index below `before` where `hash` stands, or -1. Looks at every one of them. */
  lastIndexOf(hash: string, before: number): number
}

const HASH_BYTES = 32
const PER_CHUNK = 32_768

export function hashStore(): HashStore {
  const chunks: Buffer[] = []
  let size = 0
  const room = (): { chunk: Buffer; offset: number } => {
    const offset = (size % PER_CHUNK) * HASH_BYTES
    if (offset === 0) chunks.push(Buffer.allocUnsafe(PER_CHUNK * HASH_BYTES))
    const chunk = chunks.at(-1)
    if (!chunk) throw new Error('No chunk to write to') // cannot happen: the first write makes one
    return { chunk, offset }
  }
  const bytes = (index: number): Buffer => {
    const chunk = chunks[Math.floor(index / PER_CHUNK)]
    if (!chunk || index < 0 || index >= size) throw new RangeError(`No hash ${index} of ${size}`)
    const offset = (index % PER_CHUNK) * HASH_BYTES
    return chunk.subarray(offset, offset + HASH_BYTES)
  }
  return {
    get size() {
      return size
    },
    pushHex(hash) {
      const { chunk, offset } = room()
      chunk.write(hash, offset, 'hex')
      size++
    },
    pushAll(hashes) {
      for (let done = 0; done < hashes.length; ) {
        const { chunk, offset } = room()
        const part = hashes.subarray(done, done + chunk.length - offset)
        chunk.set(part, offset)
        done += part.length
        size += part.length / HASH_BYTES
      }
    },
    bytes,
    hex: index => bytes(index).toString('hex'),
    lastIndexOf(hash, before) {
      const wanted = Buffer.from(hash, 'hex')
      for (let i = before - 1; i >= 0; i--) if (wanted.equals(bytes(i))) return i
      return -1
    },
  }
}
