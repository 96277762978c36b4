import { marks, type Passage } from './passage.ts'

/*
 * Personal data known by its shape: a telephone number, an e-mail address, a postcode, a bank card. Read from the words of a
 * passage, never by patterns over the text that could run away.
 */

export interface PersonalFind {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly severity: number
  /** As a rule's strength counts. */
  readonly worth: number
}

const mostFinds = 8
/** How far the @ of an address may be from its begin, and its end from the @. */
export const mailReach = 64

export function findPersonal(passage: Passage, text: string): PersonalFind[] {
  const finds: PersonalFind[] = []
  const { count, hasAt } = passage
  if (!hasAt && !passage.hasDigit) return finds
  for (let at = 0; at < count && finds.length < mostFinds; at++) {
    const from = passage.from[at] ?? 0
    const isNumber = ((passage.marks[at] ?? 0) & marks.number) !== 0
    const first = text.charCodeAt(from)
    const plus = text.charCodeAt(from - 1) === 0x2b
    if (isNumber && !isDigit(text.charCodeAt(from - 1))) {
      // Digits with single spaces or hyphens between, up to 19.
      let digits = ''
      let last = at
      for (let n = at; n < count && n < at + 8; n++) {
        if (((passage.marks[n] ?? 0) & marks.number) === 0) break
        if (n > at && (passage.from[n] ?? 0) - (passage.to[n - 1] ?? 0) > 2) break
        const piece = digitsOf(text, passage.from[n] ?? 0, passage.to[n] ?? 0)
        if (digits.length + piece.length > 19) break
        digits += piece
        last = n
      }
      const to = passage.to[last] ?? from
      if (isPhone(digits, plus)) finds.push({ id: 'personal.phone', from, to, severity: 2, worth: 0.7 })
      else if (digits.length >= 15 && digits.length <= 16 && passesLuhn(digits))
        finds.push({ id: 'personal.card', from, to, severity: 3, worth: 0.9 })
      else continue
      at = last
    } else if (isLetter(first)) {
      const post = postcodeEnd(text, from)
      if (post > 0) finds.push({ id: 'personal.postcode', from, to: post, severity: 2, worth: 0.4 })
      const mail = hasAt ? mailAround(text, from, passage.to[at] ?? from) : null
      if (mail !== null) {
        finds.push({ id: 'personal.email', from: mail[0], to: mail[1], severity: 1, worth: 0.5 })
        while (at + 1 < count && (passage.from[at + 1] ?? 0) < mail[1]) at++
      }
    }
  }
  return finds
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39
const isLetter = (code: number): boolean => (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
const isMailUnit = (code: number): boolean =>
  isLetter(code) || isDigit(code) || code === 0x2e || code === 0x5f || code === 0x2d || code === 0x2b

function digitsOf(text: string, from: number, to: number): string {
  let digits = ''
  for (let at = from; at < to && digits.length < 20; at++) if (isDigit(text.charCodeAt(at))) digits += text[at]
  return digits
}

/** British numbers: 07… and 01…/02… of 10 or 11 digits, or with +44. */
function isPhone(digits: string, plus: boolean): boolean {
  if (plus || digits.startsWith('0044') || (digits.startsWith('44') && digits.length === 12))
    return digits.length >= 11 && digits.length <= 14
  return (digits.length === 11 && /^0[1-37]/.test(digits)) || (digits.length === 10 && /^0[12]/.test(digits))
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let n = 0; n < digits.length; n++) {
    let digit = digits.charCodeAt(digits.length - 1 - n) - 0x30
    if (n % 2 === 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2
    sum += digit
  }
  return sum % 10 === 0 && !/^(\d)\1*$/.test(digits)
}

/** End of a postcode that begins at `from` ("SW1A 1AA"), or 0. */
function postcodeEnd(text: string, from: number): number {
  const before = text.charCodeAt(from - 1)
  if (isLetter(before) || isDigit(before)) return 0
  let at = from
  let letters = 0
  while (letters < 2 && isLetter(text.charCodeAt(at))) {
    at++
    letters++
  }
  if (letters === 0 || !isDigit(text.charCodeAt(at))) return 0
  at++
  if (isDigit(text.charCodeAt(at)) && text.charCodeAt(at + 1) === 0x20) at++
  else if (isLetter(text.charCodeAt(at)) && text.charCodeAt(at + 1) === 0x20) at++
  if (text.charCodeAt(at) === 0x20) at++
  if (!isDigit(text.charCodeAt(at)) || !isLetter(text.charCodeAt(at + 1)) || !isLetter(text.charCodeAt(at + 2)))
    return 0
  const after = text.charCodeAt(at + 3)
  return isLetter(after) || isDigit(after) ? 0 : at + 3
}

/** The address that the word at [from, to) begins, or null; looks `mailReach` units on at most. */
function mailAround(text: string, from: number, to: number): readonly [number, number] | null {
  let at = from
  while (at < from + mailReach && isMailUnit(text.charCodeAt(at))) at++
  if (text.charCodeAt(at) !== 0x40 || at < to - 40) return null
  let end = at + 1
  let lastDot = 0
  while (end < at + mailReach && isMailUnit(text.charCodeAt(end))) {
    if (text.charCodeAt(end) === 0x2e && isLetter(text.charCodeAt(end + 1))) lastDot = end
    end++
  }
  while (end > at && !isLetter(text.charCodeAt(end - 1))) end--
  return lastDot > at + 1 && end - lastDot > 2 ? [from, end] : null
}
