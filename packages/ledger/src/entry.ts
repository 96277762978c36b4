import { hash } from 'node:crypto'
import { canonicalJson, isJsonObject, isSurelyCanonical, type JsonObject, parseJson } from './canonical.ts'

export type { JsonObject, JsonValue } from './canonical.ts'

/** What an event says, before the chain gives it a number and a place. */
export interface EntryContent {
  readonly school: string
  /** ISO 8601 in UTC with milliseconds, exactly `2026-11-22T10:00:00.000Z`. */
  readonly at: string
  readonly actor: string
  readonly type: string
  readonly subject: string | null
  /** What changed and why: names of fields, digests, counts. Never a child's words (those must stay erasable). */
  readonly detail: JsonObject
}

export interface LedgerEntry extends EntryContent {
  /** 1 for a school's first entry, then one more each time. */
  readonly seq: number
  /** The hash of the entry before, 64 hex digits; `GENESIS` for the first. */
  readonly prev: string
  /** SHA-256 of the body, 64 hex digits. */
  readonly hash: string
}

/** `prev` of a school's first entry. */
export const GENESIS = '0'.repeat(64)

/** The version of the body's form, which is in the hashed bytes. */
const BODY_VERSION = 1

/**
 * The canonical body in three parts with two gaps: `before + prev + middle + seq + after`. So the database can take the
 * chain's lock in its last statement, fill the gaps, and compute the hash with its own `sha256()`.
 *
 * @throws {TypeError} if the content cannot be written as canonical JSON.
 */
export function entryParts(content: EntryContent): { before: string; middle: string; after: string } {
  const { actor, at, detail, school, subject, type } = content
  return {
    before: `{"actor":${canonicalJson(actor)},"at":${canonicalJson(at)},"detail":${canonicalJson(detail)},"prev":"`,
    middle: `","school":${canonicalJson(school)},"seq":`,
    after: `,"subject":${canonicalJson(subject)},"type":${canonicalJson(type)},"v":${BODY_VERSION}}`,
  }
}

/** The bytes (as text) that are hashed: canonical JSON of `{actor, at, detail, prev, school, seq, subject, type, v}`. */
export function entryBody(entry: Omit<LedgerEntry, 'hash'>): string {
  const { before, middle, after } = entryParts(entry)
  return before + entry.prev + middle + entry.seq + after
}

/** SHA-256 of the body, 64 hex digits. @throws {TypeError} if the entry cannot be written as canonical JSON. */
export function entryHash(entry: Omit<LedgerEntry, 'hash'>): string {
  return hash('sha256', entryBody(entry))
}

/** The line of an export: canonical JSON of the whole entry with its hash, no newline. */
export function entryLine({ school, seq, at, actor, type, subject, detail, prev, hash }: LedgerEntry): string {
  return canonicalJson({ school, seq, at, actor, type, subject, detail, prev, hash })
}

const FIELDS = ['actor', 'at', 'detail', 'hash', 'prev', 'school', 'seq', 'subject', 'type'] as const
const HEX_64 = /^[0-9a-f]{64}$/
const INSTANT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

export const isHash = (text: unknown): text is string => typeof text === 'string' && HEX_64.test(text)

/**
 * What keeps `value` from being an entry, in words, or null if it is one. Attacker-controlled. An unknown field is
 * refused and not dropped: it would be shown to somebody and yet stand outside the hashed bytes.
 */
export function entryFault(value: unknown): string | null {
  if (!isJsonObject(value)) return 'no object'
  for (const field of FIELDS) if (!Object.hasOwn(value, field)) return `no field "${field}"`
  // Every field is there, so more members than fields means a stranger among them.
  let members = 0
  for (const _ in value) members++
  if (members !== FIELDS.length) {
    return `an unknown field "${Object.keys(value).find(key => !FIELDS.some(field => field === key))}"`
  }
  const { actor, at, detail, hash, prev, school, seq, subject, type } = value
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1)
    return 'a "seq" that is not a whole number from 1'
  if (typeof school !== 'string' || school === '') return 'a "school" that is not a text'
  if (typeof actor !== 'string' || actor === '') return 'an "actor" that is not a text'
  if (typeof type !== 'string' || type === '') return 'a "type" that is not a text'
  if (subject !== null && typeof subject !== 'string') return 'a "subject" that is neither a text nor null'
  if (typeof at !== 'string' || !INSTANT.test(at)) return 'an "at" that is not a time like 2026-11-22T10:00:00.000Z'
  if (!isJsonObject(detail)) return 'a "detail" that is not an object'
  if (!isHash(prev)) return 'a "prev" that is not 64 hex digits'
  if (!isHash(hash)) return 'a "hash" that is not 64 hex digits'
  return null
}

export type ReadLine =
  | { readonly ok: true; readonly entry: LedgerEntry; readonly computed: string }
  | { readonly ok: false; readonly fault: string }

/** `,"hash":"`, 64 digits and `"`. */
const HASH_MEMBER_LENGTH = 9 + 64 + 1

/**
 * Reads one line of an export (attacker-controlled) and hashes it. The line must be canonical to the byte: what a reader
 * sees in the fields is then exactly what was hashed, and the body is the line without its hash member, so nothing
 * needs to be written again.
 */
export function readEntryLine(line: string): ReadLine {
  let value: ReturnType<typeof parseJson>
  try {
    value = parseJson(line)
  } catch {
    return { ok: false, fault: 'no JSON' }
  }
  const fault = entryFault(value)
  if (fault !== null) return { ok: false, fault }
  if (!isSurelyCanonical(line, value) && !isCanonical(line, value)) {
    return { ok: false, fault: 'no canonical JSON (RFC 8785)' }
  }
  const entry = value as unknown as LedgerEntry // entryFault found nothing amiss
  // The last `,"hash":"` is the entry's own member: after it come only texts and a number, and a quotation mark inside
  // a text is always escaped. The members are in order and complete, so it is there.
  const at = line.lastIndexOf(',"hash":"')
  const body = `${line.slice(0, at) + line.slice(at + HASH_MEMBER_LENGTH, -1)},"v":${BODY_VERSION}}`
  return { ok: true, entry, computed: hash('sha256', body) }
}

function isCanonical(line: string, value: ReturnType<typeof parseJson>): boolean {
  try {
    return canonicalJson(value) === line
  } catch {
    return false // a lone surrogate, or too deep
  }
}
