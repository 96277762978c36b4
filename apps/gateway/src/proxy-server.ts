/** The listening proxy: hands requests and tunnels on, answers garbage, and decides again about what is open. */
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { activityEvent } from './activity-event.ts'
import { faultReply, sendRawReply, sendReply } from './gateway-replies.ts'
import { servePage } from './page-request.ts'
import type { PeopleDirectory } from './people-directory.ts'
import type { ProxyContext } from './proxy-context.ts'
import { serveTunnel } from './tunnel-request.ts'

const maxHeaderBytes = 32 * 1024
const headersMs = 20_000
const requestMs = 60 * 60_000
const clientIdleMs = 120_000
const keepAliveMs = 65_000

export function createProxyServer(context: ProxyContext, onFault: (error: unknown) => void): Server {
  const busy = new WeakMap<object, number>()
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: 5000,
    noDelay: true,
  })
  server.maxConnections = context.limits.maxConnections
  server.setTimeout(clientIdleMs)

  server.on('request', (request, response) => {
    const { socket } = request
    busy.set(socket, (busy.get(socket) ?? 0) + 1)
    response.once('close', () => busy.set(socket, (busy.get(socket) ?? 1) - 1))
    servePage(context, request, response).catch(error => {
      onFault(error)
      sendReply(request, response, faultReply('proxy_internal_error'))
    })
  })
  server.on('connect', (request, socket, head) => {
    // node:http gives the socket of the server; its type says Duplex because other servers may emit this too.
    const client = socket as Socket
    client.on('error', () => client.destroy())
    // A tunnel asked for behind an answer that is still being written would be written into the middle of it.
    if ((busy.get(client) ?? 0) > 0) {
      client.destroy()
      return
    }
    serveTunnel(context, request, client, head).catch(error => {
      onFault(error)
      sendRawReply(client, faultReply('proxy_internal_error'))
    })
  })
  server.on('clientError', (error, socket) => {
    const code = 'code' in error ? error.code : ''
    if (code === 'ECONNRESET' || (busy.get(socket) ?? 0) > 0) {
      socket.destroy()
      return
    }
    const reply = faultReply('http_request_error')
    const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : reply.status
    sendRawReply(socket, { ...reply, status })
  })
  return server
}

/**
 * Decides again about every tunnel and download under way, and cuts those that would not be opened now: a new rule, a
 * rule that ended, a suspension, a changed password, a bundle too old. Gives the number cut.
 */
export function recheckOpen(context: ProxyContext, people: PeopleDirectory): number {
  let count = 0
  for (const exchange of context.exchanges.all()) {
    const { school, person } = exchange.member
    const member = people.byId(school.id, person.id)
    const decision = member && context.judge.decide(member, exchange.url, exchange.kind)
    const isAllowed =
      member?.person.proxyHash === person.proxyHash &&
      (decision?.verdict === 'allow' || (decision?.verdict === 'warn' && decision.continued))
    if (isAllowed) continue
    const { method, host, port, path } = exchange
    const cut = { kind: 'cut', method, host, port, path } as const
    // Somebody who left the register, or whose password changed, has no verdict of their own any more.
    const gone = {
      verdict: 'block',
      category: 'none',
      rule: 'gateway:signed-out',
      reason: '',
      host,
      continued: false,
    } as const
    const why = decision && decision.verdict !== 'allow' && member ? decision : gone
    context.record(activityEvent(member ?? exchange.member, cut, why, context.now()))
    exchange.cut()
    count += 1
  }
  return count
}
