/** The listening proxy: hands requests, WebSockets and tunnels on, and answers garbage. */
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { faultReply, sendRawReply, sendReply } from './gateway-replies.ts'
import type { InsideTunnel } from './judged-request.ts'
import { servePage } from './page-request.ts'
import type { ProxyContext } from './proxy-context.ts'
import { serveTunnel } from './tunnel-request.ts'
import { isWebSocket, serveWebSocket } from './websocket-request.ts'

const maxHeaderBytes = 32 * 1024
const requestMs = 60 * 60_000
const clientIdleMs = 120_000
const keepAliveMs = 65_000

export function createProxyServer(context: ProxyContext, onFault: (error: unknown) => void): Server {
  const busy = new WeakMap<object, number>()
  /** Connections on which HTTP is spoken inside a tunnel. */
  const inside = new WeakMap<object, InsideTunnel>()
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: context.limits.headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: context.limits.checkMs,
    noDelay: true,
    // Only these are handed over as sockets; a request to upgrade to anything else is served as the page that it also is.
    shouldUpgradeCallback: isWebSocket,
  })
  server.maxConnections = context.limits.maxConnections
  server.setTimeout(clientIdleMs)

  server.on('request', (request, response) => {
    const { socket } = request
    busy.set(socket, (busy.get(socket) ?? 0) + 1)
    response.once('close', () => busy.set(socket, (busy.get(socket) ?? 1) - 1))
    servePage(context, request, response, inside.get(socket)).catch(error => {
      onFault(error)
      sendReply(request, response, faultReply('proxy_internal_error'))
    })
  })
  server.on('connect', (request, socket, head) => {
    // node:http gives the socket of the server; its type says Duplex because other servers may emit this too.
    const client = socket as Socket
    client.on('error', () => client.destroy())
    // A tunnel asked for behind an answer that is still being written would be written into the middle of it.
    // Nor is there a tunnel inside a tunnel: the inner one would be decided about as if it came from this machine.
    if ((busy.get(client) ?? 0) > 0 || inside.has(client)) {
      client.destroy()
      return
    }
    serveTunnel(context, request, client, head, (within, tunnel) => {
      inside.set(within, tunnel)
      within.setTimeout(clientIdleMs)
      server.emit('connection', within)
      within.resume()
    }).catch(error => {
      onFault(error)
      sendRawReply(client, faultReply('proxy_internal_error'))
    })
  })
  server.on('upgrade', (request, socket, head) => {
    const client = socket as Socket
    client.on('error', () => client.destroy())
    if ((busy.get(client) ?? 0) > 0) {
      client.destroy()
      return
    }
    serveWebSocket(context, request, client, head, inside.get(client)).catch(error => {
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
