/** CONNECT: a tunnel to a host, of which the filter sees the host and no more. */
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { activityEvent, type Visit } from './activity-event.ts'
import { checkedLookup } from './checked-lookup.ts'
import { faultReply, type GatewayReply, sendRawReply, signInReply } from './gateway-replies.ts'
import type { Decision } from './judge.ts'
import { plainHost } from './page-request.ts'
import { destinationOf, isPortOpen, type ProxyContext } from './proxy-context.ts'
import { connectionError, type ProxyError } from './proxy-status.ts'

export async function serveTunnel(
  context: ProxyContext,
  request: IncomingMessage,
  client: Socket,
  head: Buffer,
): Promise<void> {
  client.on('error', () => client.destroy())
  const refuse = (reply: GatewayReply): void => sendRawReply(client, reply)
  const who = await context.credentials.identify(
    request.headers['proxy-authorization'],
    client.remoteAddress ?? 'unknown',
    client,
  )
  if (!context.isReady()) return refuse(faultReply('proxy_configuration_error', 'no-rules'))
  if (who.kind !== 'known') return refuse(signInReply(who.kind === 'wait' ? who.seconds : undefined))
  const { member } = who
  // RFC 9110 §9.3.6: host and port, nothing else.
  const authority = /^([^/?#@\s\\]{1,255}):(\d{1,5})$/.exec(request.url ?? '')
  const url = authority ? URL.parse(`http://${authority[1]}:${authority[2]}/`) : null
  if (!authority || !url) return refuse(faultReply('http_request_error', 'address'))
  const port = Number(authority[2])
  const host = plainHost(url.hostname)
  const target = `${url.hostname}:${port}`
  const decision = context.judge.decide(member, target, 'connect')
  if (decision.host !== '' && decision.host !== host && !host.includes(':'))
    return refuse(faultReply('http_request_error', 'address'))

  const visit: Visit = { kind: 'connect', method: 'CONNECT', host, port, path: '' }
  const record = (outcome: Decision): void => context.record(activityEvent(member, visit, outcome, context.now()))
  const recordRefusal = (rule: string): void =>
    record({ ...decision, verdict: 'block', category: 'none', rule, continued: false })

  // No page can be shown inside a tunnel, so a warning is a refusal until the person has chosen to go on.
  if (decision.verdict === 'block' || (decision.verdict === 'warn' && !decision.continued)) {
    record(decision)
    return refuse(faultReply('http_request_denied', `${decision.verdict}:${decision.category}`))
  }
  if (!isPortOpen(context, context.connectPorts, host, port)) {
    recordRefusal('gateway:port')
    return refuse(faultReply('http_request_denied', 'port'))
  }
  const destination = await destinationOf(context, host, port)
  if (!destination.ok) {
    if (destination.error === 'destination_ip_prohibited') recordRefusal('gateway:address')
    else record(decision)
    return refuse(faultReply(destination.error))
  }
  record(decision)
  if (client.destroyed) return

  const site = connect({
    host,
    port: destination.port,
    lookup: checkedLookup(destination.addresses),
    allowHalfOpen: true,
    noDelay: true,
  })
  let late: ProxyError | undefined
  const timer = setTimeout(() => {
    late = 'connection_timeout'
    site.destroy(new Error('connect timeout'))
  }, context.limits.connectMs)
  const cut = (): void => {
    client.destroy()
    site.destroy()
  }
  // From here on the tunnel counts as open: a new rule also ends one that is still being made.
  const done = context.exchanges.add({ member, url: target, ...visit, kind: 'connect', cut })
  const failed = (error: Error): void => {
    clearTimeout(timer)
    done()
    refuse(faultReply(late ?? connectionError(error)))
  }
  const abandoned = (): void => {
    clearTimeout(timer)
    done()
    site.destroy()
  }
  site.once('error', failed)
  client.once('close', abandoned)
  site.once('connect', () => {
    clearTimeout(timer)
    site.removeListener('error', failed)
    site.setTimeout(context.limits.tunnelIdleMs, cut)
    client.setTimeout(context.limits.tunnelIdleMs, cut)
    client.setNoDelay(true)
    client.write('HTTP/1.1 200 Connection Established\r\nProxy-Status: Gatehouse\r\n\r\n')
    if (head.length > 0) site.write(head)
    pipeline(client, site, () => undefined)
    pipeline(site, client, () => undefined)
  })
}
