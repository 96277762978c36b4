import { normaliseHost } from '@gatehouse/engine'
import { isId } from '../platform/identifiers.ts'

/** One decision of the filter, or one line of another program's log, as it is stored. */
export interface ActivityRow {
  readonly at: Date
  readonly id: string
  /** As the bundle names people; a prober's id, or null where nobody was known. */
  readonly personId: string | null
  readonly groups: readonly string[]
  readonly kind: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly category: string
  readonly verdict: 'allow' | 'warn' | 'block'
  readonly rule: string
  readonly continued: boolean
  /** What was typed into a search engine: only where one of the school's search rules blocked or flagged it. */
  readonly term: string | null
  /** The site whose page asked for this, without its path: only where it was not allowed. */
  readonly referrerHost: string | null
  readonly place: string | null
  /** The device's address, where the source names it. */
  readonly device: string | null
  /** `gateway` for our own; else the format of the log that it came from. */
  readonly source: string
}

/** Clocks of gateways may differ from ours by this much; an event further ahead is refused rather than dated by guess. */
const futureMs = 24 * 3_600_000
const oldestMs = Date.parse('2015-01-01T00:00:00Z')
/** Of what somebody typed, in characters. */
export const longestTerm = 200

/** Whether a log may say this instant: neither from before such logs were kept nor from the future. */
export const isInstant = (atMs: number, now: Date): boolean => atMs >= oldestMs && atMs <= now.getTime() + futureMs

/** Control characters would let a line pretend to be two. */
export const clean = (text: string, max: number): string =>
  (/[^\x20-\x7e]/.test(text) ? text.replace(/[\u0000-\u001f\u007f\u0080-\u009f\u2028\u2029]/g, '\uFFFD') : text)
    .slice(0, max)
    .toWellFormed()

/** The term is kept only where a search rule decided, and never for what was allowed; else it is dropped here, unseen. */
export function keptTerm(term: unknown, verdict: string, rule: string): string | null {
  if (typeof term !== 'string' || verdict === 'allow' || !rule.startsWith('search:')) return null
  const kept = clean(term.trim(), longestTerm)
  return kept === '' ? null : kept
}

const optional = (value: unknown, max: number): string | null =>
  typeof value === 'string' && value !== '' ? clean(value, max) : null

/**
 * Reads one line of a gateway's segment. The line was written by our own program and came over a network: what is not right
 * in it makes it null, and it is counted as refused.
 */
export function gatewayLine(
  text: string,
  now: Date,
): { readonly school: string; readonly row: ActivityRow; readonly heard: string | null } | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const given = value as Record<string, unknown>
  const { v, id, at, school, personId, groups, kind, method, host, path, category, verdict, rule, continued } = given
  const atMs = Date.parse(typeof at === 'string' ? at : '')
  if (
    v !== 1 ||
    typeof id !== 'string' ||
    !isId(id) ||
    !isInstant(atMs, now) ||
    typeof school !== 'string' ||
    // null where only the network is known
    (typeof personId !== 'string' && personId !== null)
  )
    return null
  if (
    !Array.isArray(groups) ||
    !groups.every(group => typeof group === 'string' && group.length <= 100) ||
    groups.length > 20
  )
    return null
  if (verdict !== 'allow' && verdict !== 'warn' && verdict !== 'block') return null
  if (
    typeof kind !== 'string' ||
    typeof method !== 'string' ||
    typeof host !== 'string' ||
    typeof path !== 'string' ||
    typeof category !== 'string' ||
    typeof rule !== 'string'
  )
    return null
  const referrer = verdict === 'allow' || typeof given['referrerHost'] !== 'string' ? '' : given['referrerHost']
  return {
    school,
    // Never part of the row: it is read once more by the school's rules, and the log keeps nothing of it.
    heard: optional(given['heard'], longestTerm),
    row: {
      at: new Date(atMs),
      id,
      personId,
      groups,
      kind: clean(kind, 20),
      method: clean(method, 32),
      host: clean(host, 253),
      path: clean(path.split(/[?#]/)[0] ?? '', 1000),
      category: clean(category, 40),
      verdict,
      rule: clean(rule, 200),
      continued: continued === true,
      term: keptTerm(given['term'], verdict, rule),
      referrerHost: referrer === '' ? null : normaliseHost(referrer.slice(0, 253)),
      place: optional(given['place'], 100),
      device: optional(given['address'] ?? given['device'], 64),
      source: optional(given['source'], 20) ?? 'gateway',
    },
  }
}
