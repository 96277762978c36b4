/** Plain HTTP through the proxy: who asks, what the rules say, then the page, a refusal or a warning. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { activityEvent, type Visit } from './activity-event.ts'
import { blockedPage, continueHost, warningPage } from './block-page.ts'
import { continueRequest } from './continue-request.ts'
import { forwardRequest } from './forward-request.ts'
import { faultReply, htmlReply, sendReply, signInReply } from './gateway-replies.ts'
import type { Decision } from './judge.ts'
import type { Member } from './people-directory.ts'
import { destinationOf, isPortOpen, isTestName, type ProxyContext } from './proxy-context.ts'
import { proxyStatus } from './proxy-status.ts'

export async function servePage(
  context: ProxyContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? ''
  // Origin form: somebody talks to the gateway as to a site.
  if (target.startsWith('/') || target === '*') return sendReply(request, response, context.ownPage(request))
  const who = await context.credentials.identify(
    request.headers['proxy-authorization'],
    request.socket.remoteAddress ?? 'unknown',
    request.socket,
  )
  if (!context.isReady()) return sendReply(request, response, faultReply('proxy_configuration_error', 'no-rules'))
  if (who.kind !== 'known') {
    return sendReply(request, response, signInReply(who.kind === 'wait' ? who.seconds : undefined))
  }
  if (response.destroyed) return
  const { member } = who
  const url = URL.parse(target)
  if (url?.protocol !== 'http:') return sendReply(request, response, faultReply('http_request_error', 'address'))
  // RFC 9112 §6.1: what we cannot decode we must not pass on as if we had.
  const coding = request.headers['transfer-encoding']
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    return sendReply(request, response, faultReply('http_request_error', 'transfer-coding'))
  }
  if (request.method === 'TRACE') return sendReply(request, response, faultReply('http_request_denied', 'method'))
  const decision = context.judge.decide(member, url.href, 'page')
  // The rules and the connection must be about one host, or a spelling could be judged as one site and lead to another.
  // IPv6 addresses have many spellings and no name to be taken for; the address guard judges them.
  const host = plainHost(url.hostname)
  if (decision.host !== '' && decision.host !== host && !host.includes(':')) {
    return sendReply(request, response, faultReply('http_request_error', 'address'))
  }
  if (host === continueHost) return continueRequest(context, member, request, response)
  const port = url.port === '' ? 80 : Number(url.port)
  const visit: Visit = { kind: 'page', method: request.method ?? '', host, port, path: url.pathname }
  const record = (outcome: Decision): string => {
    const event = activityEvent(member, visit, outcome, context.now())
    context.record(event)
    return event.id
  }
  const refuse = (rule: string): void => {
    record({ ...decision, verdict: 'block', category: 'none', rule, continued: false })
  }

  if (decision.verdict === 'block' || (decision.verdict === 'warn' && !decision.continued)) {
    const decisionId = record(decision)
    return sendReply(request, response, decisionReply(context, member, decision, url, decisionId))
  }
  if (!isPortOpen(context, context.httpPorts, host, port)) {
    refuse('gateway:port')
    return sendReply(request, response, faultReply('http_request_denied', 'port'))
  }
  const destination = await destinationOf(context, host, port)
  if (!destination.ok) {
    if (destination.error === 'destination_ip_prohibited') refuse('gateway:address')
    else record(decision)
    return sendReply(request, response, faultReply(destination.error))
  }
  record(decision)
  if (response.destroyed) return
  const done = context.exchanges.add({
    member,
    url: url.href,
    ...visit,
    kind: 'page',
    cut: () => response.destroy(),
  })
  response.once('close', done)
  // The check page shares its address with the product: keep its connections apart from anything a name resolved to.
  forwardRequest(
    context,
    request,
    response,
    url,
    isTestName(host) ? (destination.addresses[0]?.address ?? host) : host,
    destination,
  )
}

/** As the engine writes hosts: no brackets, no final dot. */
export const plainHost = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')

function decisionReply(context: ProxyContext, member: Member, decision: Decision, url: URL, decisionId: string) {
  const shown = {
    isChild: member.isChild,
    host: decision.host,
    category: decision.category,
    reason: decision.reason,
    decisionId,
    blockPageBase: context.blockPageBase(),
  }
  const status = proxyStatus('http_request_denied', `${decision.verdict}:${decision.category}`)
  if (decision.verdict === 'block') return htmlReply(403, blockedPage(shown), status)
  const { school, person } = member
  const token = context.passes.token({
    schoolId: school.id,
    personId: person.id,
    host: decision.host,
    category: decision.category,
  })
  return htmlReply(403, warningPage({ ...shown, url: url.href, token }), status)
}
