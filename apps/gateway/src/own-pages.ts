/** What the gateway answers as a site of its own: its status and verdicts to the server that holds the key, the PAC file to all. */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { faultReply, type GatewayReply } from './gateway-replies.ts'
import { pacReply } from './pac-file.ts'
import { proxyStatus } from './proxy-status.ts'
import type { CheckAnswer } from './verdict-check.ts'

export interface OwnPagesOptions {
  readonly bearer: string
  readonly status: () => object
  readonly check: (question: string) => CheckAnswer
  /** `host:port` that the PAC file names, if the operator set one; otherwise the address that was asked for it. */
  readonly proxyAddress: string | undefined
  /** Origins of the product's own server. */
  readonly ownOrigins: () => readonly string[]
  readonly now: () => number
}

export type OwnPages = (request: IncomingMessage) => GatewayReply | Promise<GatewayReply>

const maxQuestionBytes = 4 * 1024 * 1024
/** Each may take some ten milliseconds in which nobody else is served. */
const checksPerMinute = 300

export function createOwnPages(options: OwnPagesOptions): OwnPages {
  const wanted = Buffer.from(`Bearer ${options.bearer}`)
  let minute = 0
  let checks = 0

  const forBearer = (request: IncomingMessage, method: string, answer: () => GatewayReply | Promise<GatewayReply>) => {
    const given = Buffer.from(request.headers.authorization ?? '')
    return request.method === method && given.length === wanted.length && timingSafeEqual(given, wanted)
      ? answer()
      : { status: 401, headers: { ...plainHeaders, 'WWW-Authenticate': 'Bearer' }, body: '' }
  }

  const check = async (request: IncomingMessage): Promise<GatewayReply> => {
    const now = Math.floor(options.now() / 60_000)
    if (now !== minute) checks = 0
    minute = now
    checks += 1
    if (checks > checksPerMinute) return json(429, { error: 'wait' }, { 'Retry-After': '60' })
    const text = await bodyOf(request)
    if (text === undefined) return json(413, { error: 'question' })
    const answer = options.check(text)
    if (!answer.ok) return json(answer.status, { error: answer.why })
    return json(200, { serial: answer.serial, verdicts: answer.verdicts })
  }

  const pac = (request: IncomingMessage): GatewayReply => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return faultReply('http_request_denied', 'method')
    const { localAddress, localPort } = request.socket
    const here = localAddress?.replace(/^::ffff:/, '').split('%')[0]
    const reached = here === undefined ? undefined : `${here.includes(':') ? `[${here}]` : here}:${localPort}`
    const proxy = options.proxyAddress ?? reached
    return pacReply(proxy === undefined ? undefined : { proxy, own: options.ownOrigins() })
  }

  return request => {
    switch ((request.url ?? '').split('?')[0]) {
      case '/gatehouse-status':
        return forBearer(request, 'GET', () => json(200, options.status()))
      case '/gatehouse-check':
        return forBearer(request, 'POST', () => check(request))
      case '/proxy.pac':
      case '/wpad.dat':
        return pac(request)
      default:
        return faultReply('http_request_error', 'not-a-proxy-request')
    }
  }
}

const plainHeaders = { 'Cache-Control': 'no-store', 'Proxy-Status': proxyStatus('proxy_internal_response') }

const json = (status: number, value: object, more: Readonly<Record<string, string>> = {}): GatewayReply => ({
  status,
  headers: { ...plainHeaders, 'Content-Type': 'application/json', ...more },
  body: JSON.stringify(value),
})

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > maxQuestionBytes) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
