export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** Deeper values are refused, so that hostile or circular input ends in an error and not in a full stack. */
export const MAX_DEPTH = 128

/**
 * The one text that stands for `value`: JSON Canonicalization Scheme, RFC 8785. Members are sorted by UTF-16 code units
 * (3.2.3), numbers are written as ECMAScript writes them (3.2.2.3), strings escape only what they must (3.2.2.2).
 *
 * @throws {TypeError} for what JSON cannot carry without loss: NaN, an infinity, undefined, a lone surrogate, a bigint,
 *   a function, an object with a class of its own (a Date, a Map), a hole in an array, or more than `MAX_DEPTH` levels.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0)
}

/** What `JSON.parse` makes of `text`, as the type that says so. @throws {SyntaxError} */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text) as JsonValue // JSON.parse can give nothing else
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// The parameter is `unknown` because callers may be untyped, and what the types rule out is exactly what must be refused.
function write(value: unknown, depth: number): string {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`Canonical JSON has no number ${value}`)
      return JSON.stringify(value) // writes -0 as 0, as RFC 8785 asks
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (depth >= MAX_DEPTH) throw new TypeError(`Canonical JSON here goes ${MAX_DEPTH} levels deep, no further`)
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1)
    default:
      throw new TypeError(
        `Canonical JSON cannot hold ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`,
      )
  }
}

function writeString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('Canonical JSON cannot hold a lone surrogate')
  return JSON.stringify(text)
}

function writeArray(items: readonly unknown[], depth: number): string {
  let out = '['
  for (let i = 0; i < items.length; i++) out += (i === 0 ? '' : ',') + write(items[i], depth)
  return `${out}]`
}

function writeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`Canonical JSON takes plain objects, not ${object.constructor?.name ?? 'one with a class'}`)
  }
  const members = object as Readonly<Record<string, unknown>> // a plain object: its own string keys are its members
  const keys = Object.keys(members)
  if (keys.length > 1) keys.sort() // the default order is by UTF-16 code units
  let out = '{'
  for (const [i, key] of keys.entries()) out += `${i === 0 ? '' : ','}${writeString(key)}:${write(members[key], depth)}`
  return `${out}}`
}

/**
 * True only if `text` is the canonical text of `value`, which `JSON.parse` has just made from it. Much quicker than
 * writing the canonical text: the engine's own `JSON.stringify` differs from RFC 8785 in the order of members and in
 * lone surrogates only, so those two are looked at apart. May say false of a canonical text (members named like
 * array indexes, escapes that begin `\ud`): a caller then compares with `canonicalJson`.
 */
export function isSurelyCanonical(text: string, value: JsonValue): boolean {
  return JSON.stringify(value) === text && !text.includes('\\ud') && hasSortedMembers(value, 0)
}

function hasSortedMembers(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth >= MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every(item => hasSortedMembers(item, depth + 1))
  let last: string | undefined
  const members = value as JsonObject // an array has been ruled out
  for (const key in members) {
    if (last !== undefined && key <= last) return false
    last = key
    const member = members[key]
    if (typeof member === 'object' && member !== null && !hasSortedMembers(member, depth + 1)) return false
  }
  return true
}
