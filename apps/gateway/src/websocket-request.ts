/**
 * A WebSocket asked for over plain HTTP (RFC 6455): decided like a page, then a tunnel for as long as the rules allow it.
 * No other protocol is upgraded to; such a request goes on as the page that it also is.
 */
import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { checkedLookup } from './checked-lookup.ts'
import { faultReply, sendRawReply } from './gateway-replies.ts'
import { joinSockets } from './joined-sockets.ts'
import { type InsideTunnel, judgeRequest } from './judged-request.ts'
import type { ProxyContext } from './proxy-context.ts'
import { requestHeaders, responseHeaders } from './proxy-headers.ts'
import { connectionError, forwardedStatus, type ProxyError } from './proxy-status.ts'

/** Whether a request is for a WebSocket and for nothing else. */
export const isWebSocket = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  headers.upgrade?.trim().toLowerCase() === 'websocket' &&
  headers['content-length'] === undefined &&
  headers['transfer-encoding'] === undefined

export async function serveWebSocket(
  context: ProxyContext,
  request: IncomingMessage,
  client: Socket,
  head: Buffer,
  inside: InsideTunnel | undefined,
): Promise<void> {
  client.on('error', () => client.destroy())
  const judged = await judgeRequest(context, request, 'websocket', inside)
  if (judged.kind === 'reply') return sendRawReply(client, judged.reply)
  if (judged.kind !== 'forward') return sendRawReply(client, faultReply('http_request_error', 'websocket'))
  if (client.destroyed) return
  const { visitor, asked, visit, url, destination, pool, forced } = judged
  const upgrade = { ...forced, Connection: 'Upgrade', Upgrade: 'websocket' }
  const site = httpRequest({
    agent: false,
    host: pool,
    port: destination.port,
    path: `${url.pathname}${url.search}`,
    headers: requestHeaders(request.rawHeaders, url.host, upgrade),
    setHost: false,
    lookup: checkedLookup(destination.addresses),
  })
  let late: ProxyError | undefined
  const timer = setTimeout(() => {
    late = 'connection_timeout'
    site.destroy()
  }, context.limits.connectMs)
  const cut = (): void => {
    client.destroy()
    site.destroy()
  }
  const done = context.exchanges.add({ visitor, ...visit, asked: [asked], cut })
  client.once('close', () => {
    clearTimeout(timer)
    done()
    site.destroy()
  })
  site.on('error', error => {
    clearTimeout(timer)
    sendRawReply(client, faultReply(late ?? connectionError(error)))
  })
  // The site would rather answer with a page: passed on, and the connection ends with it.
  site.once('response', answer => {
    clearTimeout(timer)
    client.write(headOf(answer, ['Connection', 'close']))
    pipeline(answer, client, () => undefined)
  })
  site.once('upgrade', (answer, socket, first) => {
    clearTimeout(timer)
    socket.setTimeout(context.limits.tunnelIdleMs, cut)
    client.setTimeout(context.limits.tunnelIdleMs, cut)
    client.setNoDelay(true)
    client.write(headOf(answer, ['Connection', 'Upgrade', 'Upgrade', 'websocket']))
    if (first.length > 0) client.write(first)
    if (head.length > 0) socket.write(head)
    joinSockets(client, socket)
  })
  site.end()
}

/** The head of the site's answer as bytes. node:http has read it, so no name or value in it holds an end of line. */
function headOf(answer: IncomingMessage, last: readonly string[]): string {
  const status = answer.statusCode ?? 502
  const fields = [...responseHeaders(answer.rawHeaders, forwardedStatus(status)), ...last]
  let text = `HTTP/1.1 ${status} ${answer.statusMessage || (STATUS_CODES[status] ?? '')}\r\n`
  for (let index = 0; index + 1 < fields.length; index += 2) text += `${fields[index]}: ${fields[index + 1]}\r\n`
  return `${text}\r\n`
}
