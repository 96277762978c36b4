/** The small readers of which a bundle's parser is made: each returns a value, or names the fault by its path and returns a stand-in. */
import { isCalendarDate } from './calendar-date.ts'

/** So that a broken bundle is described in a line or two and not in a million. */
export const maxErrors = 20

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/
export interface Place {
  readonly at: string
  readonly errors: string[]
}

export const within = (place: Place, key: string | number): Place => ({
  at: typeof key === 'number' ? `${place.at}[${key}]` : place.at === '' ? key : `${place.at}.${key}`,
  errors: place.errors,
})

export function fault(place: Place, expected: string): void {
  place.errors.push(`${place.at === '' ? 'the payload' : place.at} must be ${expected}`)
}

export function record(value: unknown, place: Place): Record<string, unknown> | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  fault(place, 'an object')
  return undefined
}

export function textOf(value: unknown, max: number, place: Place): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= max) return value
  fault(place, `text of 1 to ${max} characters`)
  return ''
}

export function matching(value: unknown, pattern: RegExp, what: string, place: Place): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  fault(place, what)
  return ''
}

export function instant(value: unknown, place: Place): string {
  if (typeof value === 'string' && instantPattern.test(value) && !Number.isNaN(Date.parse(value))) return value
  fault(place, 'a date and time in ISO 8601 with Z or an offset')
  return ''
}

export function whole(value: unknown, min: number, max: number, place: Place): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
  fault(place, `a whole number from ${min} to ${max}`)
  return min
}

export function oneOf<const T extends string>(value: unknown, choices: readonly T[], place: Place): T | undefined {
  const found = choices.find(choice => choice === value)
  if (found === undefined) fault(place, choices.map(choice => `"${choice}"`).join(' or '))
  return found
}

export function list<T>(value: unknown, place: Place, read: (item: unknown, place: Place) => T | undefined): T[] {
  if (!Array.isArray(value)) {
    fault(place, 'a list')
    return []
  }
  const items: T[] = []
  for (const [index, item] of value.entries()) {
    // A list of a million wrong things is described by its first few.
    if (place.errors.length > maxErrors) break
    const read1 = read(item, within(place, index))
    if (read1 !== undefined) items.push(read1)
  }
  return items
}

export const texts = (value: unknown, max: number, place: Place): string[] =>
  list(value, place, (item, at) => textOf(item, max, at))

export function distinct<T>(items: readonly T[], key: (item: T) => string, what: string, place: Place): void {
  const seen = new Set<string>()
  for (const item of items) {
    if (seen.has(key(item))) fault(place, `a list in which no ${what} comes twice`)
    seen.add(key(item))
  }
}

/** Absent stays absent: `{ ...optional('path', fields.path, read) }`. */
export const optional = <K extends string, T>(
  key: K,
  value: unknown,
  place: Place,
  read: (item: unknown, place: Place) => T,
) => (value === undefined ? {} : { [key]: read(value, within(place, key)) }) as { readonly [P in K]?: T }

export function flag(value: unknown, place: Place): boolean {
  if (typeof value === 'boolean') return value
  fault(place, 'true or false')
  return false
}

export function day(value: unknown, place: Place): string {
  if (typeof value === 'string' && isCalendarDate(value)) return value
  fault(place, 'a day written YYYY-MM-DD')
  return ''
}

/** 'HH:MM', 24 hours. */
export const clockTime = (value: unknown, place: Place): string =>
  matching(value, /^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time written HH:MM', place)
