/**
 * What a tunnel's first bytes are checked for before any of them goes on. A tunnel is asked for by one name, and TLS asks
 * the site by another that may differ: nobody would be kept from anything if only the first were decided about.
 *
 * | first bytes | then |
 * |---|---|
 * | TLS that names the tunnel's host, or names none | goes on |
 * | TLS that names another host | refused; if that host is blocked, the log says so under its name |
 * | TLS with a name, tunnel to an IP address | decided by the name, and led to where the name leads |
 * | TLS with an encrypted hello, to a name that only hides others | refused |
 * | a request of plain HTTP | served as by the proxy itself: path, search, page and all |
 * | anything else, or nothing in time | closed |
 */
import { isIP, type Socket } from 'node:net'
import { type ClientHello, maxHelloBytes, readFirstBytes } from './client-hello.ts'

export type Opening =
  | { readonly kind: 'tls'; readonly hello: ClientHello; readonly bytes: Buffer }
  | { readonly kind: 'http'; readonly bytes: Buffer }
  /** `why` is one of our own words. */
  | { readonly kind: 'refused'; readonly why: 'not-tls' | 'broken-hello' | 'long-hello' | 'no-hello' }
  /** The client went away. */
  | { readonly kind: 'gone' }

/**
 * Holds what the client sends until it can be told what it is. Afterwards the client is paused, and no listener of ours is
 * left on it.
 * @param head what came with the request already
 */
export function readOpening(client: Socket, head: Buffer, timeoutMs: number): Promise<Opening> {
  return new Promise(done => {
    let held = head
    const finish = (opening: Opening): void => {
      clearTimeout(timer)
      client.pause()
      client.removeListener('data', take)
      client.removeListener('end', gone)
      client.removeListener('close', gone)
      done(opening)
    }
    const gone = (): void => finish({ kind: 'gone' })
    const look = (): void => {
      const found = readFirstBytes(held)
      if (found.kind === 'hello') finish({ kind: 'tls', hello: found.hello, bytes: held })
      else if (found.kind === 'http') finish({ kind: 'http', bytes: held })
      else if (found.kind === 'other') finish({ kind: 'refused', why: found.why })
      else if (held.length >= 2 * maxHelloBytes) finish({ kind: 'refused', why: 'long-hello' })
    }
    const take = (part: Buffer): void => {
      held = held.length === 0 ? part : Buffer.concat([held, part])
      look()
    }
    // Whoever sends its hello a byte at a time has as long as everybody else.
    const timer = setTimeout(finish, timeoutMs, { kind: 'refused', why: 'no-hello' })
    if (client.destroyed) return gone()
    client.on('data', take)
    client.once('end', gone)
    client.once('close', gone)
    client.resume()
    look()
  })
}

export type NameCheck =
  | { readonly kind: 'same' }
  /** The tunnel was asked for by address; this is the name that counts. */
  | { readonly kind: 'name'; readonly host: string }
  | { readonly kind: 'refused'; readonly rule: 'gateway:server-name' | 'gateway:encrypted-hello' }

/**
 * Public names behind which others are reached with an encrypted hello (RFC 9849 §10.2 calls them that) and which have no
 * pages of their own. A browser that goes through a proxy asks for the true name, so nobody needs a tunnel to these.
 */
const hidingNames: ReadonlySet<string> = new Set(['cloudflare-ech.com'])

/** Compares the tunnel's host with what TLS asks for. Both as the engine writes hosts. */
export function checkServerName(host: string, { serverName, hasEncrypted }: ClientHello): NameCheck {
  if (hasEncrypted && hidingNames.has(serverName ?? host)) return { kind: 'refused', rule: 'gateway:encrypted-hello' }
  if (serverName === null || serverName === host) return { kind: 'same' }
  if (isIP(host) !== 0) return { kind: 'name', host: serverName }
  // With an encrypted hello the name that counts is the one that nobody sees.
  return { kind: 'refused', rule: hasEncrypted ? 'gateway:encrypted-hello' : 'gateway:server-name' }
}

/** A fatal TLS alert, access_denied (RFC 8446 §6.2), so that the client knows that it was refused and by what. */
export const accessDenied = Buffer.from([21, 3, 3, 0, 2, 2, 49])
