/** Sends one allowed request on and its answer back, with back-pressure both ways. Decides nothing. */
import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { checkedLookup } from './checked-lookup.ts'
import { faultReply, type GatewayReply, sendReply } from './gateway-replies.ts'
import type { Forward } from './judged-request.ts'
import type { ProxyContext } from './proxy-context.ts'
import { requestHeaders, responseHeaders } from './proxy-headers.ts'
import { connectionError, forwardedStatus, type ProxyError } from './proxy-status.ts'

const maxResponseHeaderBytes = 64 * 1024
/** Without a body these say so by its length, or node:http would announce a chunked one. */
const usuallyWithBody = new Set(['POST', 'PUT', 'PATCH'])

/** @param refusalOf looks at the head of the site's answer; what it gives is sent in the answer's place */
export function forwardRequest(
  context: ProxyContext,
  request: IncomingMessage,
  response: ServerResponse,
  { url, destination, pool, forced }: Forward,
  refusalOf: (answer: IncomingMessage) => GatewayReply | undefined,
): void {
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  const method = request.method ?? 'GET'
  const headers = requestHeaders(request.rawHeaders, url.host, forced)
  if (!hasBody && usuallyWithBody.has(method)) headers.push('Content-Length', '0')

  const send = (isRetry: boolean): void => {
    let upstream: ClientRequest
    try {
      upstream = httpRequest({
        agent: context.agent,
        host: pool,
        port: destination.port,
        method,
        path: `${url.pathname}${url.search}`,
        headers,
        setHost: false,
        lookup: checkedLookup(destination.addresses),
        maxHeaderSize: maxResponseHeaderBytes,
      })
    } catch {
      sendReply(request, response, faultReply('http_request_error', 'headers'))
      return
    }
    let late: ProxyError | undefined
    const giveUp = (error: ProxyError): void => {
      late = error
      upstream.destroy()
    }
    const abandon = (): void => {
      if (!response.writableFinished) upstream.destroy()
    }
    response.once('close', abandon)

    upstream.once('socket', socket => {
      if (!socket.connecting) return
      const timer = setTimeout(giveUp, context.limits.connectMs, 'connection_timeout')
      const stop = (): void => clearTimeout(timer)
      socket.once('connect', stop)
      socket.once('close', stop)
    })
    upstream.setTimeout(context.limits.readMs, () => giveUp('connection_read_timeout'))
    upstream.on('error', error => {
      response.removeListener('close', abandon)
      if (response.destroyed) return
      // A kept connection that the site closed just now: nothing of the request was answered, so ask once more.
      const wasStale = upstream.reusedSocket && !late && !response.headersSent
      if (wasStale && !isRetry && !hasBody && (method === 'GET' || method === 'HEAD')) send(true)
      else sendReply(request, response, faultReply(late ?? connectionError(error)))
    })
    upstream.once('response', answer => {
      const refusal = refusalOf(answer)
      if (refusal) {
        upstream.destroy()
        sendReply(request, response, refusal)
        return
      }
      try {
        const status = answer.statusCode ?? 502
        response.writeHead(
          status,
          answer.statusMessage ?? '',
          responseHeaders(answer.rawHeaders, forwardedStatus(status)),
        )
      } catch {
        upstream.destroy()
        sendReply(request, response, faultReply('http_protocol_error'))
        return
      }
      // A page cut short must not look like a whole one. Not stream.pipeline: what it does at the end of each stream
      // (an AbortController and its DOMException) cost a tenth of the proxy's time.
      const check = (): void => {
        if (!answer.complete) response.destroy()
      }
      answer.once('error', check).once('close', check)
      answer.pipe(response)
    })
    if (hasBody) pipeline(request, upstream, () => undefined)
    else upstream.end()
  }
  send(false)
}
