import { createHash } from 'node:crypto'
import { normaliseHost, normaliseUrl } from '@gatehouse/engine'
import { isId } from '../platform/identifiers.ts'

/** One decision of the filter, as it is stored. */
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
}

/** Clocks of gateways may differ from ours by this much; an event further ahead is refused rather than dated by guess. */
const futureMs = 24 * 3_600_000
const oldest = Date.parse('2015-01-01T00:00:00Z')

const isInstant = (at: Date, now: Date): boolean => at.getTime() >= oldest && at.getTime() <= now.getTime() + futureMs
/** Control characters would let a line pretend to be two. */
const clean = (text: string, max: number): string =>
  text
    .replace(/[\u0000-\u001f\u007f]/g, '\uFFFD')
    .toWellFormed()
    .slice(0, max)

/**
 * Reads one line of a gateway's segment. The line was written by our own program and came over a network: what is not right
 * in it makes it null, and it is counted as refused.
 */
export function gatewayLine(text: string, now: Date): { readonly school: string; readonly row: ActivityRow } | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { v, id, at, school, personId, groups, kind, method, host, path, category, verdict, rule, continued } =
    value as Record<string, unknown>
  const time = new Date(typeof at === 'string' ? at : Number.NaN)
  if (
    v !== 1 ||
    typeof id !== 'string' ||
    !isId(id) ||
    !isInstant(time, now) ||
    typeof school !== 'string' ||
    typeof personId !== 'string'
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
  return {
    school,
    row: {
      at: time,
      id,
      personId,
      groups,
      kind: clean(kind, 20),
      method: clean(method, 32),
      host: clean(host, 253),
      path: clean(path.split('?')[0] ?? '', 1000),
      category: clean(category, 40),
      verdict,
      rule: clean(rule, 200),
      continued: continued === true,
    },
  }
}

/**
 * Reads one line of Squid's native access log:
 * `time.ms elapsed client code/status bytes method URL user peer/host type`. Its query is thrown away.
 * `id` is made from the line and its place in the file, so that reading a file twice stores nothing twice.
 */
export function squidLine(
  text: string,
  place: { readonly file: string; readonly line: number },
  now: Date,
): {
  readonly user: string | null
  readonly client: string
  readonly row: Omit<ActivityRow, 'personId' | 'groups' | 'category'>
} | null {
  const [time = '', elapsed = '', client = '', code = '', bytes = '', method = '', url = '', user = ''] = text
    .trim()
    .split(/ +/)
  if (
    !/^\d{9,11}\.\d{1,6}$/.test(time) ||
    !/^-?\d+$/.test(elapsed) ||
    !/^[A-Z_]+\/\d{3}$/.test(code) ||
    !/^\d+$/.test(bytes) ||
    !/^[A-Z]+$/.test(method)
  )
    return null
  const at = new Date(Math.round(Number(time) * 1000))
  if (!isInstant(at, now)) return null
  const address = normaliseUrl(url)
  const host = address.ok ? normaliseHost(address.host) : null
  if (!address.ok || host === null) return null
  const denied = code.startsWith('TCP_DENIED') || code.startsWith('NONE_DENIED')
  return {
    user: user === '-' || user === '' ? null : clean(user, 200),
    client,
    row: {
      at,
      id: idFrom(`${place.file}\n${place.line}\n${text}`),
      kind: method === 'CONNECT' ? 'connect' : 'page',
      method: clean(method, 32),
      host,
      path: method === 'CONNECT' ? '' : clean(address.path, 1000),
      verdict: denied ? 'block' : 'allow',
      rule: `squid:${code.split('/')[0] ?? ''}`,
      continued: false,
    },
  }
}

/** A UUID made from text (version 8, RFC 9562 §5.8). */
function idFrom(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
