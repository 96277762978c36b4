/** CONNECT: a tunnel to a host, of which the filter sees the host, and the name in the first bytes, and no more. */
import type { IncomingMessage } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import type { Visit } from './activity-event.ts'
import { checkedLookup } from './checked-lookup.ts'
import type { ClientHello } from './client-hello.ts'
import { faultReply, type GatewayReply, sendRawReply, signInReply } from './gateway-replies.ts'
import type { Asked, Decision } from './judge.ts'
import { joinSockets } from './joined-sockets.ts'
import { type InsideTunnel, plainHost } from './judged-request.ts'
import { type Destination, destinationOf, isPortOpen, type ProxyContext } from './proxy-context.ts'
import { connectionError, type ProxyError } from './proxy-status.ts'
import { accessDenied, checkServerName, readOpening } from './tunnel-opening.ts'
import type { Visitor } from './visitor.ts'

/** One tunnel on its way from the request to the pipe. */
interface Tunnel {
  readonly context: ProxyContext
  readonly client: Socket
  readonly visitor: Visitor
  /** As asked for. */
  readonly host: string
  readonly port: number
  readonly decision: Decision
  /** Everything that has been decided about it; the recheck decides about all of them again. */
  readonly asked: Asked[]
}

/** @param serveInside takes over a tunnel in which a client speaks plain HTTP, with what it has said so far */
export async function serveTunnel(
  context: ProxyContext,
  request: IncomingMessage,
  client: Socket,
  head: Buffer,
  serveInside: (client: Socket, inside: InsideTunnel) => void,
): Promise<void> {
  client.on('error', () => client.destroy())
  const refuse = (reply: GatewayReply): void => sendRawReply(client, reply)
  const asking = context.identification.identify(
    { proxyAuthorization: request.headers['proxy-authorization'], forwardedFor: request.headers['x-forwarded-for'] },
    client,
  )
  const who = asking instanceof Promise ? await asking : asking
  if (!context.isReady()) return refuse(faultReply('proxy_configuration_error', 'no-rules'))
  if (who.kind !== 'known') return refuse(signInReply(who.kind === 'wait' ? who.seconds : undefined))
  const { visitor } = who
  // RFC 9110 §9.3.6: host and port, nothing else.
  const authority = /^([^/?#@\s\\]{1,255}):(\d{1,5})$/.exec(request.url ?? '')
  const url = authority ? URL.parse(`http://${authority[1]}:${authority[2]}/`) : null
  if (!authority || !url) return refuse(faultReply('http_request_error', 'address'))
  const port = Number(authority[2])
  const host = plainHost(url.hostname)
  const asked: Asked = { url: `${url.hostname}:${port}`, kind: 'connect' }
  const decision = context.judge.decide(visitor, asked)
  if (decision.host !== '' && decision.host !== host && !host.includes(':'))
    return refuse(faultReply('http_request_error', 'address'))
  const tunnel: Tunnel = { context, client, visitor, host, port, decision, asked: [asked] }

  // No page can be shown inside a tunnel, so a warning is a refusal until the person has chosen to go on.
  if (isStopped(decision)) {
    record(tunnel, decision)
    return refuse(faultReply('http_request_denied', `${decision.verdict}:${decision.category}`))
  }
  const takesTls = isPortOpen(context, context.connectPorts, host, port)
  const takesHttp = isPortOpen(context, context.httpPorts, host, port)
  if (!takesTls && !takesHttp) {
    record(tunnel, denied(decision, 'gateway:port'))
    return refuse(faultReply('http_request_denied', 'port'))
  }
  // It counts as open from here on: a new rule also ends one that is still being made.
  const done = context.exchanges.add({ visitor, ...visitOf(tunnel), asked: tunnel.asked, cut: () => client.destroy() })
  client.once('close', done)
  if (client.destroyed) return done()

  // To an address the tunnel is made once TLS has said which name it wants; for plain HTTP each request finds its own way.
  const isName = isIP(host) === 0
  const site = takesTls ? await (isName ? connected(tunnel, host) : permitted(tunnel, host)) : undefined
  if (site && !site.ok) {
    record(tunnel, site.error === 'destination_ip_prohibited' ? denied(decision, 'gateway:address') : decision)
    done()
    return refuse(faultReply(site.error))
  }
  record(tunnel, decision)
  const ready = site && 'socket' in site ? site.socket : undefined
  if (client.destroyed) return
  client.write('HTTP/1.1 200 Connection Established\r\nProxy-Status: Gatehouse\r\n\r\n')
  const opening = await readOpening(client, head, context.limits.helloMs)
  if (opening.kind === 'gone') return void client.destroy()
  if (opening.kind === 'refused') return stop(tunnel, host, denied(decision, `gateway:${opening.why}`))
  if (opening.kind === 'http') {
    if (!takesHttp) return stop(tunnel, host, denied(decision, 'gateway:not-tls'))
    ready?.destroy()
    done()
    client.removeListener('close', done)
    client.unshift(opening.bytes)
    return serveInside(client, { visitor, origin: `http://${url.hostname}:${port}` })
  }
  if (!takesTls) return stop(tunnel, host, denied(decision, 'gateway:port'))
  const to = await checkedSite(tunnel, ready, opening.hello)
  if (to) join(tunnel, to, opening.bytes)
}

const isStopped = ({ verdict, continued }: Decision): boolean =>
  verdict === 'block' || (verdict === 'warn' && !continued)

const denied = (decision: Decision, rule: string): Decision => ({
  ...decision,
  verdict: 'block',
  category: 'none',
  rule,
  continued: false,
})

const visitOf = ({ host, port }: Tunnel): Visit => ({ kind: 'connect', method: 'CONNECT', host, port, path: '' })

const record = (tunnel: Tunnel, outcome: Decision, visit = visitOf(tunnel)): void =>
  void tunnel.context.record(tunnel.visitor, visit, outcome)

/** How long a client may take to read why it was refused. */
const lingerMs = 2000

/** Ends a tunnel whose first bytes said something else than its request. */
function stop(tunnel: Tunnel, host: string, outcome: Decision): void {
  record(tunnel, outcome, { ...visitOf(tunnel), kind: 'cut', host })
  tunnel.client.end(accessDenied)
  tunnel.client.resume()
  tunnel.client.setTimeout(lingerMs, () => tunnel.client.destroy())
}

type Permitted = { readonly ok: true; readonly found: Extract<Destination, { ok: true }> }
type Connected = { readonly ok: true; readonly socket: Socket }
interface Failed {
  readonly ok: false
  readonly error: ProxyError
}

/** Where the host is, if it may be gone to. A search engine is where it searches safely. */
async function permitted({ context, port, visitor }: Tunnel, host: string): Promise<Permitted | Failed> {
  const asking = destinationOf(context, context.searches.safeNameOf(host, visitor.isChild) ?? host, port)
  const found = asking instanceof Promise ? await asking : asking
  return found.ok ? { ok: true, found } : found
}

/** Connects to the host; whatever becomes of the client becomes of the connection. */
async function connected(tunnel: Tunnel, host: string): Promise<Connected | Failed> {
  const { context, client } = tunnel
  const place = await permitted(tunnel, host)
  if (!place.ok) return place
  return new Promise(done => {
    const socket = connect({
      host,
      port: place.found.port,
      lookup: checkedLookup(place.found.addresses),
      allowHalfOpen: true,
      noDelay: true,
    })
    const finish = (result: Connected | Failed): void => {
      clearTimeout(timer)
      socket.removeListener('error', failed)
      socket.on('error', () => socket.destroy())
      if (!result.ok) socket.destroy()
      done(result)
    }
    const timer = setTimeout(finish, context.limits.connectMs, { ok: false, error: 'connection_timeout' })
    const failed = (error: Error): void => finish({ ok: false, error: connectionError(error) })
    const gone = (): void => {
      socket.destroy()
      finish({ ok: false, error: 'connection_terminated' })
    }
    client.once('close', gone)
    socket.once('close', () => client.removeListener('close', gone))
    socket.once('error', failed)
    socket.once('connect', () => finish({ ok: true, socket }))
    if (client.destroyed) gone()
  })
}

/** The site that TLS may go on to; undefined when the tunnel has been ended instead. */
async function checkedSite(tunnel: Tunnel, site: Socket | undefined, hello: ClientHello): Promise<Socket | undefined> {
  const { context, client, visitor, host, port, decision } = tunnel
  const check = checkServerName(host, hello)
  const name = hello.serverName ?? host
  const asked: Asked = { url: `${name.includes(':') ? `[${name}]` : name}:${port}`, kind: 'connect' }
  const own = check.kind === 'same' ? decision : context.judge.decide(visitor, asked)
  if (check.kind === 'refused' || isStopped(own)) {
    // Whoever asks for something blocked behind another's name is on record for that.
    stop(tunnel, name, check.kind === 'refused' && !isStopped(own) ? denied(decision, check.rule) : own)
    return undefined
  }
  if (check.kind === 'name') {
    tunnel.asked.push(asked)
    record(tunnel, own, { ...visitOf(tunnel), host: name })
  }
  if (site) return site
  const later = await connected(tunnel, name)
  if (later.ok) return later.socket
  client.destroy()
  return undefined
}

/** Sends on what was held, and from then on everything, both ways. */
function join({ context, client }: Tunnel, site: Socket, held: Buffer): void {
  const cut = (): void => {
    client.destroy()
    site.destroy()
  }
  if (client.destroyed || site.destroyed) {
    cut()
    return
  }
  site.setTimeout(context.limits.tunnelIdleMs, cut)
  client.setTimeout(context.limits.tunnelIdleMs, cut)
  client.setNoDelay(true)
  site.write(held)
  joinSockets(client, site)
}
