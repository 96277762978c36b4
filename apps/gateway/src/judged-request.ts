/**
 * One request of plain HTTP, from what came in to what is to be done: an answer of our own, or the site to ask. Shared by
 * pages and WebSockets, and by requests that come through a tunnel as well as those that come to the proxy.
 */
import type { IncomingMessage } from 'node:http'
import type { Visit } from './activity-event.ts'
import { blockedPage, continueHost, warningPage } from './block-page.ts'
import { faultReply, type GatewayReply, htmlReply, signInReply } from './gateway-replies.ts'
import { type Asked, type Decision, passSubject } from './judge.ts'
import { type Destination, destinationOf, isPortOpen, isTestName, type ProxyContext } from './proxy-context.ts'
import { proxyStatus } from './proxy-status.ts'
import type { Visitor } from './visitor.ts'

/** Plain HTTP inside a tunnel: who asked for the tunnel, and where it leads. */
export interface InsideTunnel {
  readonly visitor: Visitor
  /** `http://host:port`. */
  readonly origin: string
}

export type Judged =
  | { readonly kind: 'reply'; readonly reply: GatewayReply }
  /** Somebody talks to the gateway as to a site. */
  | { readonly kind: 'own' }
  /** The button of a warning page. */
  | { readonly kind: 'continue'; readonly visitor: Visitor }
  | ({ readonly kind: 'forward' } & Forward)

export interface Forward {
  readonly visitor: Visitor
  readonly asked: Asked
  readonly visit: Visit
  /** What to ask the site for; a search may have been made safe. */
  readonly url: URL
  readonly destination: Extract<Destination, { ok: true }>
  /** Name or IP address that connections are pooled under. */
  readonly pool: string
  /** Header fields that are set whatever the browser says. */
  readonly forced: Readonly<Record<string, string>>
}

const noHeaders = {}
const reply = (made: GatewayReply): Judged => ({ kind: 'reply', reply: made })

export async function judgeRequest(
  context: ProxyContext,
  request: IncomingMessage,
  visitKind: 'page' | 'websocket',
  inside: InsideTunnel | undefined,
): Promise<Judged> {
  const target = request.url ?? ''
  const isOriginForm = target.startsWith('/')
  if (!inside && (isOriginForm || target === '*')) return { kind: 'own' }
  const found = inside ? context.identification.renewed(inside.visitor) : undefined
  const asking = inside
    ? found
      ? ({ kind: 'known', visitor: found } as const)
      : ({ kind: 'unknown' } as const)
    : context.identification.identify(
        {
          proxyAuthorization: request.headers['proxy-authorization'],
          forwardedFor: request.headers['x-forwarded-for'],
        },
        request.socket,
      )
  const who = asking instanceof Promise ? await asking : asking
  if (!context.isReady()) return reply(faultReply('proxy_configuration_error', 'no-rules'))
  if (who.kind !== 'known') return reply(signInReply(who.kind === 'wait' ? who.seconds : undefined))
  const { visitor } = who
  const url = URL.parse(inside && isOriginForm ? `${inside.origin}${target}` : target)
  const isRightScheme = url?.protocol === 'http:' || (url?.protocol === 'ws:' && visitKind === 'websocket')
  // A tunnel leads to one place; a request inside it for another is none that this place could answer.
  const isRightPlace = !inside || url?.host === URL.parse(inside.origin)?.host
  if (!url || !isRightScheme || !isRightPlace) return reply(faultReply('http_request_error', 'address'))
  if (url.protocol !== 'http:') url.protocol = 'http:'
  // RFC 9112 §6.1: what we cannot decode we must not pass on as if we had.
  const coding = request.headers['transfer-encoding']
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    return reply(faultReply('http_request_error', 'transfer-coding'))
  }
  if (request.method === 'TRACE') return reply(faultReply('http_request_denied', 'method'))

  const asked: Asked = { url: url.href, kind: 'page', referrer: request.headers.referer }
  const decision = context.judge.decide(visitor, asked)
  // The rules and the connection must be about one host, or a spelling could be judged as one site and lead to another.
  // IPv6 addresses have many spellings and no name to be taken for; the address guard judges them.
  const host = plainHost(url.hostname)
  if (decision.host !== '' && decision.host !== host && !host.includes(':')) {
    return reply(faultReply('http_request_error', 'address'))
  }
  if (host === continueHost) return { kind: 'continue', visitor }
  const port = url.port === '' ? 80 : Number(url.port)
  const isSearchRule = decision.rule.startsWith('search:')
  const visit: Visit = {
    kind: visitKind,
    method: request.method ?? '',
    host,
    port,
    path: url.pathname,
    referrer: asked.referrer,
    searched: isSearchRule ? context.searches.queryOf(url.href, host) : undefined,
  }
  const heard = isSearchRule || visitKind !== 'page' ? undefined : context.heard.flagged(visitor, url, host)
  // With the request's own line alone: what happens to it later says nothing new.
  const record = (outcome: Decision): string =>
    context.record(visitor, heard === undefined ? visit : { ...visit, heard }, outcome)
  const refuse = (rule: string): void => {
    record({ ...decision, verdict: 'block', category: 'none', rule, continued: false })
  }

  if (decision.verdict === 'block' || (decision.verdict === 'warn' && !decision.continued)) {
    return reply(decisionReply(context, visitor, decision, url, record(decision)))
  }
  if (!isPortOpen(context, context.httpPorts, host, port)) {
    refuse('gateway:port')
    return reply(faultReply('http_request_denied', 'port'))
  }
  const safe = context.searches.forced(url.href, host, visitor.isChild)
  const finding = destinationOf(context, context.searches.safeNameOf(host, visitor.isChild) ?? host, port)
  const destination = finding instanceof Promise ? await finding : finding
  if (!destination.ok) {
    if (destination.error === 'destination_ip_prohibited') refuse('gateway:address')
    else record(decision)
    return reply(faultReply(destination.error))
  }
  record(decision)
  // What was made safe is still on the same host, or it would need a decision of its own.
  const safeUrl = safe.url === undefined ? null : URL.parse(safe.url)
  return {
    kind: 'forward',
    visitor,
    asked,
    visit,
    url: safeUrl?.host === url.host ? safeUrl : url,
    destination,
    // The check page shares its address with the product: keep its connections apart from anything a name resolved to.
    pool: isTestName(host) ? (destination.addresses[0]?.address ?? host) : host,
    forced: safe.headers ?? noHeaders,
  }
}

/** As the engine writes hosts: no brackets, no final dot. */
export function plainHost(hostname: string): string {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return bare.endsWith('.') ? bare.slice(0, -1) : bare
}

/** The page for a decision that stops a request; its links carry the decision's id. */
export function decisionReply(
  context: ProxyContext,
  visitor: Visitor,
  decision: Decision,
  url: URL,
  decisionId: string,
): GatewayReply {
  const { host, category, reason, verdict } = decision
  const shown = {
    isChild: visitor.isChild,
    host,
    category,
    reason,
    decisionId,
    blockPageBase: context.blockPageBase(),
  }
  const status = proxyStatus('http_request_denied', `${verdict}:${category}`)
  if (verdict === 'block') return htmlReply(403, blockedPage(shown), status)
  const token = context.passes.token(passSubject(visitor, host, category))
  return htmlReply(403, warningPage({ ...shown, url: url.href, token }), status)
}
