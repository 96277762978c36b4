/** The button of a warning page: POST of `url` and `token` to continue.gatehouse.invalid, answered by the gateway itself. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { faultPage } from './block-page.ts'
import { faultReply, htmlReply, sendReply } from './gateway-replies.ts'
import { passSubject } from './judge.ts'
import type { ProxyContext } from './proxy-context.ts'
import { proxyStatus } from './proxy-status.ts'
import type { Visitor } from './visitor.ts'

const maxFormBytes = 128 * 1024

export async function continueRequest(
  context: ProxyContext,
  visitor: Visitor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Only a form that a person sends may open anything; links are followed by machines.
  const form = request.method === 'POST' ? await formOf(request) : undefined
  const url = URL.parse(form?.get('url') ?? '')
  const token = form?.get('token') ?? ''
  if (!url || !/^https?:$/.test(url.protocol) || token === '') {
    return sendReply(request, response, faultReply('http_request_error', 'continue'))
  }
  const isTunnel = url.protocol === 'https:'
  const port = url.port === '' ? (isTunnel ? 443 : 80) : Number(url.port)
  const kind = isTunnel ? 'connect' : 'page'
  const decision = context.judge.decide(visitor, { url: isTunnel ? `${url.hostname}:${port}` : url.href, kind })
  if (decision.verdict === 'warn') {
    const { host, category } = decision
    if (!context.passes.redeem(passSubject(visitor, host, category), token)) {
      const page = faultPage('That took too long', 'Open the page again and choose once more.')
      return sendReply(request, response, htmlReply(403, page, proxyStatus('http_request_denied', 'continue')))
    }
    const visit = { kind: 'continue', method: 'POST', host, port, path: isTunnel ? '' : url.pathname } as const
    context.record(visitor, visit, { ...decision, continued: true })
  }
  // If it is blocked by now, the page says so when it is opened.
  const page = faultPage('One moment', 'The page opens now.')
  sendReply(request, response, htmlReply(303, page, proxyStatus('proxy_internal_response'), { Location: url.href }))
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of request) {
      size += part.length
      if (size > maxFormBytes) return undefined
      parts.push(part)
    }
  } catch {
    return undefined
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'))
}
