import { randomBytes } from 'node:crypto'

/** Random hex digits for some hundreds of identities at a time: asking for sixteen costs as much as asking for thousands. */
let digits = ''
let used = 0
/** The twelve digits of the last millisecond that was asked for. */
let time = { ms: Number.NaN, text: '' }

/** A version 7 UUID (RFC 9562 §5.7): sorts by the millisecond in which it was made. */
export function newId(now: number = Date.now()): string {
  if (used + 19 > digits.length) {
    digits = randomBytes(8192).toString('hex')
    used = 0
  }
  if (time.ms !== now) {
    const text = Math.trunc(now).toString(16).padStart(12, '0')
    time = { ms: now, text: `${text.slice(0, 8)}-${text.slice(8, 12)}-7` }
  }
  const at = used
  used += 19
  // Two bits of the variant are fixed: the digit is one of 8, 9, a and b.
  const variant = '89ab'[digits.charCodeAt(at + 3) & 3]
  return `${time.text}${digits.slice(at, at + 3)}-${variant}${digits.slice(at + 4, at + 7)}-${digits.slice(at + 7, at + 19)}`
}
