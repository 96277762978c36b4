/**
 * From a line of Squid's access log, as `squid-conf.ts` has it written, to an event of the activity log. What Squid did is
 * taken from the line; the category of what it let through is what the judge says of it now.
 */
import { createHash } from 'node:crypto'
import { normaliseUrl } from '@gatehouse/engine/filter/address'
import type { Judge } from '../judge.ts'
import type { Visitor } from '../visitor.ts'

export interface LogContext {
  readonly judge: Pick<Judge, 'decide'>
  readonly find: (login: string, source: string) => Visitor | undefined
  /** Whose log it is where nobody is known. */
  readonly school: string
  /** `host:port` of the product's own pages, which are no visits. */
  readonly ownPages: string
}

const decoded = (field: string): string => {
  try {
    return field === '-' ? '' : decodeURIComponent(field)
  } catch {
    return field
  }
}

/** @returns undefined for what is no visit (a request to sign in, our own pages) and for what is no line of such a log. */
export function logEvent(line: string, place: string, context: LogContext): object | undefined {
  const fields = line.split(' ').filter(field => field !== '')
  const [time = '', , client = '', result = '', , method = '', url = '', user = '', , , tag = '-'] = fields
  const seconds = Number(time)
  if (
    fields.length < 10 ||
    !/^\d{9,11}\.\d{3}$/.test(time) ||
    !/^[A-Z_]+\/\d{3}$/.test(result) ||
    !/^[A-Z]+$/.test(method)
  )
    return undefined
  const [code = '', status = ''] = result.split('/')
  if (status === '407' || status === '000') return undefined
  // Squid's own answer inside a tunnel that it refused: the line of the tunnel has told it already.
  if (code === 'NONE_NONE' && method !== 'CONNECT' && Number(status) >= 300) return undefined
  const address = normaliseUrl(url)
  if (!address.ok) return undefined
  const isTunnel = method === 'CONNECT'
  const port = address.port ?? (address.scheme === 'https' || isTunnel ? 443 : 80)
  if (`${address.host}:${port}` === context.ownPages) return undefined
  const visitor = context.find(decoded(user), client)
  const kind = isTunnel ? 'connect' : 'page'
  const judged = visitor && context.judge.decide(visitor, { url: isTunnel ? `${address.host}:${port}` : url, kind })
  const isStopped = tag !== '-' || code.endsWith('DENIED')
  const verdict = !isStopped ? 'allow' : tag === 'warn' ? 'warn' : 'block'
  const wentOn = !isStopped && judged?.verdict === 'warn'
  const category =
    isStopped && tag !== '-' && tag !== 'warn' ? tag : isStopped && tag === '-' ? 'none' : (judged?.category ?? 'none')
  const hasSameRule =
    judged !== undefined &&
    (isStopped ? judged.verdict === verdict && judged.category === category : judged.verdict !== 'block')
  return {
    v: 1,
    id: identity(`${place}\n${line}`),
    at: new Date(Math.round(seconds * 1000)).toISOString(),
    school: visitor?.school.id ?? context.school,
    personId: visitor?.person?.id ?? null,
    by: visitor?.by ?? 'network',
    address: client.slice(0, 45),
    device: client.slice(0, 64),
    source: 'squid',
    ...(visitor?.place === undefined ? {} : { place: visitor.place }),
    groups: visitor?.groups ?? [],
    kind,
    method: method.slice(0, 32),
    host: address.host,
    port,
    path: isTunnel ? '' : address.path.slice(0, 1000),
    category,
    verdict: wentOn ? 'warn' : verdict,
    rule: hasSameRule ? judged.rule : `squid:${code}`,
    continued: wentOn,
  }
}

/** The same line at the same place is the same event, however often it is read: a UUID made from text (RFC 9562 §5.8). */
function identity(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
