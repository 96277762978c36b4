import { randomBytes } from 'node:crypto'

/** Makes identities. Passed in where a test wants to know them beforehand. */
export type NewId = () => string

/** A version 7 UUID (RFC 9562 §5.7): sorts by the millisecond in which it was made. */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const isId = (text: string): boolean => uuidPattern.test(text)

/** What a school's id may be: it stands in addresses, file names and `set local`, so nothing else is let through. */
const schoolIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
export const isSchoolId = (text: string): boolean => schoolIdPattern.test(text)
