import { randomFillSync } from 'node:crypto'

/** Random bytes for some hundreds of identities at a time: asking for sixteen costs as much as asking for thousands. */
const pool = Buffer.alloc(8192)
let used = pool.length
const bytes = Buffer.alloc(16)

/** A version 7 UUID (RFC 9562 §5.7): sorts by the millisecond in which it was made. */
export function newId(now: number = Date.now()): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  pool.copy(bytes, 6, used, used + 10)
  used += 10
  bytes.writeUIntBE(now, 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
