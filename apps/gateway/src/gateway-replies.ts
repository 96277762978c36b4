/** Answers that the gateway makes itself. Each carries Proxy-Status; none repeats what was asked for or by whom. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { contentSecurityPolicy, faultPage } from './block-page.ts'
import { type ProxyError, proxyStatus, statusOf } from './proxy-status.ts'

/** What to tell the person, by error type. */
const words: Readonly<Partial<Record<ProxyError, readonly [heading: string, sentence: string]>>> = {
  dns_error: ['That site could not be found', 'Check the spelling of the address.'],
  dns_timeout: ['That site could not be found in time', 'Try again in a minute.'],
  destination_ip_prohibited: [
    'That address is not on the internet',
    'The filter does not open addresses inside a network.',
  ],
  connection_refused: ['That site does not answer', 'Try again later.'],
  connection_terminated: ['That site broke off', 'Try again later.'],
  connection_timeout: ['That site takes too long to answer', 'Try again later.'],
  connection_read_timeout: ['That site takes too long to answer', 'Try again later.'],
  connection_limit_reached: ['Too many people are here at once', 'Try again in a minute.'],
  http_request_error: [
    'That request makes no sense',
    'This is a web filter. It was sent something that is not a web request.',
  ],
  http_request_denied: ['That is not allowed', 'The filter does not open this.'],
  http_protocol_error: ['That site sent something broken', 'Try again later.'],
  http_response_incomplete: ['That site broke off', 'Try again later.'],
  proxy_configuration_error: ['The internet is closed for now', 'The filter has no rules yet. Tell a member of staff.'],
}

export interface GatewayReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const securityHeaders = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': contentSecurityPolicy,
}

export const htmlReply = (
  status: number,
  body: string,
  statusField: string,
  more: Readonly<Record<string, string>> = {},
): GatewayReply => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8', ...securityHeaders, 'Proxy-Status': statusField, ...more },
  body,
})

/** @param details one of our own words; see `proxyStatus`. */
export function faultReply(error: ProxyError, details?: string): GatewayReply {
  const [heading, sentence] = words[error] ?? ['Something went wrong', 'Try again later.']
  return htmlReply(statusOf[error], faultPage(heading, sentence), proxyStatus(error, details))
}

/** RFC 9110 §15.5.8, RFC 7617. Looks the same for every reason why somebody is not let in. */
export function signInReply(waitSeconds?: number): GatewayReply {
  const body =
    waitSeconds === undefined
      ? faultPage('Sign in to use the internet', 'Type your username and your internet password.')
      : faultPage('Too many tries', 'That was tried too often. Wait a few minutes, or ask a member of staff.')
  return htmlReply(
    407,
    body,
    proxyStatus('http_request_denied', waitSeconds === undefined ? 'sign-in' : 'sign-in-wait'),
    {
      'Proxy-Authenticate': 'Basic realm="Gatehouse", charset="UTF-8"',
      ...(waitSeconds === undefined ? {} : { 'Retry-After': String(waitSeconds) }),
    },
  )
}

export function sendReply(request: IncomingMessage, response: ServerResponse, reply: GatewayReply): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const length = Buffer.byteLength(reply.body)
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(length) })
  response.end(request.method === 'HEAD' ? undefined : reply.body)
}

/** How long a client may take to read a refusal on a socket that is no longer HTTP. */
const lingerMs = 5000

/** Writes a whole answer on a bare socket, then closes it: after CONNECT or a broken request no HTTP parser is left. */
export function sendRawReply(
  socket: Duplex & { setTimeout?: (ms: number, done: () => void) => unknown },
  reply: GatewayReply,
): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const lines = Object.entries({
    ...reply.headers,
    'Content-Length': String(Buffer.byteLength(reply.body)),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.setTimeout?.(lingerMs, () => socket.destroy())
  // What still comes in is thrown away: unread bytes would turn the close into a reset that can swallow the answer.
  socket.resume()
  socket.end(`HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}\r\n${lines.join('')}\r\n${reply.body}`)
}
