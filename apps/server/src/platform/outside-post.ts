import { lookup } from 'node:dns/promises'
import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import type { LookupFunction } from 'node:net'
import { createAddressGuard, hostAndPort, machineAddresses } from '../../../gateway/src/address-guard.ts'

/*
 * A message posted to an address outside that somebody here set up. https only, to a public address, which is looked up once and
 * then connected to; a redirect is an answer like any other. The operator may open single `host:port` pairs, and those alone may be
 * private or without TLS. Nothing here is logged: an address may hold a secret.
 */

/** What came back. `body`: its first 64 kB. */
export interface OutsideAnswer {
  readonly status: number
  readonly body: string
}

/** Why nothing was sent or nothing came back, in words without an address or anything that the other end wrote. */
export class OutsideFailure extends Error {
  override readonly name = 'OutsideFailure'
}

export type OutsidePost = (
  address: string,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
) => Promise<OutsideAnswer>

/** Milliseconds for everything together: name, connection, answer. A page that takes longer goes out anew. */
const timeoutMs = 5_000
const resolveTimeoutMs = 3_000
const mostBytes = 64 * 1024

/**
 * Why this address may not be posted to, or null; what only its name server can say is asked when something is sent.
 * @param allowed `host:port` pairs of the operator.
 */
export function whyNotOutside(address: string, allowed: readonly string[]): string | null {
  const url = URL.parse(address)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'must be a whole web address, such as https://gateway.example/send'
  if (url.username !== '' || url.password !== '') return 'must not hold a username or password'
  if (url.protocol === 'http:' && !allowed.includes(hostAndPort(bareHost(url), portOf(url))))
    return 'must start with https://'
  return null
}

/** @param allowed `host:port` pairs that may be private or without TLS; whoever runs the server sets them. */
export function createOutsidePost({ allowed }: { readonly allowed: readonly string[] }): OutsidePost {
  const open = new Set(allowed)
  const guard = createAddressGuard({
    // What `lookup` gives is typed with any number as the family.
    resolve: async host =>
      (await lookup(host, { all: true })).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })),
    resolveTimeoutMs,
    allowPrivate: () => open,
    ownSockets: () => new Set(),
    ownAddresses: machineAddresses,
  })
  return async (address, { headers, body }) => {
    const why = whyNotOutside(address, allowed)
    if (why) throw new OutsideFailure(`the address ${why}`)
    const url = new URL(address)
    const checked = await guard.check(bareHost(url), portOf(url))
    if (!checked.ok)
      throw new OutsideFailure(
        checked.error === 'destination_ip_prohibited'
          ? 'the address is not a public one, and the operator has not opened it'
          : checked.error === 'dns_timeout'
            ? 'the name server did not answer in time'
            : 'there is no such name',
      )
    const [first] = checked.addresses
    if (!first) throw new OutsideFailure('there is no such name')
    // The address that was checked is the one connected to: a second look-up could say something else.
    const pinned: LookupFunction = (_host, options, done) =>
      options.all ? done(null, [first]) : done(null, first.address, first.family)
    return send(url, pinned, headers, body)
  }
}

const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port))

function send(
  url: URL,
  pinned: LookupFunction,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<OutsideAnswer> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body, 'utf8')
    const sent = (url.protocol === 'https:' ? secure : plain)(
      url,
      {
        method: 'POST',
        agent: false,
        lookup: pinned,
        headers: { 'user-agent': 'Gatehouse', ...headers, 'content-length': bytes.length },
      },
      answer => {
        const parts: Buffer[] = []
        let size = 0
        answer.on('data', (part: Buffer) => {
          size += part.length
          if (size <= mostBytes) parts.push(part)
          else answer.destroy()
        })
        answer.on('error', () => undefined)
        answer.on('close', () => {
          clearTimeout(timer)
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') })
        })
      },
    )
    let late = false
    const timer = setTimeout(() => {
      late = true
      sent.destroy()
      reject(new OutsideFailure(`no answer within ${timeoutMs / 1000} seconds`))
    }, timeoutMs)
    sent.on('error', error => {
      clearTimeout(timer)
      if (!late) reject(new OutsideFailure(reason(error), { cause: error }))
    })
    sent.end(bytes)
  })
}

function reason(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  if (/^(?:ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_SSL|EPROTO)/.test(code))
    return 'its certificate is not in order'
  return code === 'ECONNRESET' ? 'the connection was broken off' : 'it cannot be reached'
}
