/**
 * The first bytes that a client sends through a tunnel. A TLS client begins with a ClientHello (RFC 8446 §4.1.2), which
 * names in the clear the host that it wants (server_name, RFC 6066 §3), whatever the tunnel was asked for. It may be
 * split over records (§5.1) and over packets. Everything here is attacker-controlled; nothing throws.
 */
import { normaliseHost } from '@gatehouse/engine/filter/address'

export type FirstBytes =
  /** More are needed to tell. */
  | { readonly kind: 'more' }
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  /** Begins like a request of HTTP/1; whether it is one is for an HTTP parser to say. */
  | { readonly kind: 'http' }
  /** Neither, or a ClientHello that two readers could read differently; `why` is one of our own words. */
  | { readonly kind: 'other'; readonly why: 'not-tls' | 'broken-hello' | 'long-hello' }

export interface ClientHello {
  /** As the engine writes hosts; null where the client names none. */
  readonly serverName: string | null
  /**
   * True where the encrypted_client_hello extension is there (RFC 9849). Browsers send one filled with random bytes when they
   * have none to send, and nobody can tell which it is; `serverName` may then be an outer name that says nothing.
   */
  readonly hasEncrypted: boolean
}

/** Longer than any hello with post-quantum key shares and a session ticket, which take some 4 kB. */
export const maxHelloBytes = 32 * 1024

const broken = { kind: 'other', why: 'broken-hello' } as const
const more = { kind: 'more' } as const

const handshakeRecord = 22
const clientHelloType = 1
const serverNameExtension = 0
const encryptedClientHelloExtension = 0xfe0d

/** Tells from everything that has come in so far. Longer than `maxHelloBytes` without an answer is an answer. */
export function readFirstBytes(bytes: Buffer): FirstBytes {
  const [first] = bytes
  if (first === undefined) return more
  // Methods of HTTP/1 are upper case by custom; one in lower case is refused by the parser as well.
  if (first >= 65 && first <= 90) return { kind: 'http' }
  if (first !== handshakeRecord) return { kind: 'other', why: 'not-tls' }
  const found = handshakeMessage(bytes)
  if (found === undefined) return bytes.length >= maxHelloBytes ? { kind: 'other', why: 'long-hello' } : more
  return typeof found === 'string' ? { kind: 'other', why: found } : readHello(found)
}

/** The body of the first handshake message, put together from its records; undefined while it is not all there. */
function handshakeMessage(bytes: Buffer): Buffer | 'broken-hello' | 'long-hello' | 'not-tls' | undefined {
  const parts: Buffer[] = []
  // Type and length of the message: its first four bytes, which may lie in four records.
  const header: number[] = []
  let have = 0
  let at = 0
  while (bytes.length >= at + 5) {
    const length = bytes.readUInt16BE(at + 3)
    // A record of another kind in the middle of the message, an empty one, or one longer than RFC 8446 §5.1 allows.
    if (bytes[at] !== handshakeRecord || bytes[at + 1] !== 3) return at === 0 ? 'not-tls' : 'broken-hello'
    if (length === 0 || length > 16_384) return 'broken-hello'
    const part = bytes.subarray(at + 5, at + 5 + length)
    if (header.length < 4) header.push(...part.subarray(0, 4 - header.length))
    parts.push(part)
    have += part.length
    at += 5 + length
    const [type, high = 0, middle = 0, low = 0] = header
    if (type !== undefined && type !== clientHelloType) return 'broken-hello'
    if (header.length < 4) continue
    const wanted = high * 65_536 + middle * 256 + low
    if (wanted > maxHelloBytes) return 'long-hello'
    if (have >= 4 + wanted) return Buffer.concat(parts).subarray(4, 4 + wanted)
  }
  return undefined
}

/** Walks through a structure of lengths; every step fails once one has. */
function reader(bytes: Buffer) {
  let at = 0
  let isGood = true
  const number = (size: 1 | 2): number => {
    if (!isGood || at + size > bytes.length) {
      isGood = false
      return 0
    }
    const value = bytes.readUIntBE(at, size)
    at += size
    return value
  }
  const take = (length: number): Buffer => {
    if (!isGood || at + length > bytes.length) {
      isGood = false
      return bytes.subarray(0, 0)
    }
    at += length
    return bytes.subarray(at - length, at)
  }
  return {
    number,
    take,
    /** A vector: its length in `size` bytes, then that many bytes. */
    vector: (size: 1 | 2): Buffer => take(number(size)),
    isGood: (): boolean => isGood,
    isAtEnd: (): boolean => at === bytes.length,
  }
}

function readHello(body: Buffer): FirstBytes {
  const message = reader(body)
  const major = message.number(2) >> 8
  message.take(32)
  const session = message.vector(1)
  const suites = message.vector(2)
  const compressions = message.vector(1)
  if (!message.isGood() || major !== 3 || session.length > 32 || suites.length < 2 || suites.length % 2 !== 0) {
    return broken
  }
  if (compressions.length === 0) return broken
  // TLS 1.2 and older may have no extensions at all.
  if (message.isAtEnd()) return { kind: 'hello', hello: { serverName: null, hasEncrypted: false } }
  const extensions = reader(message.vector(2))
  if (!message.isGood() || !message.isAtEnd()) return broken
  const seen = new Set<number>()
  let serverName: string | null = null
  while (!extensions.isAtEnd()) {
    const type = extensions.number(2)
    const content = extensions.vector(2)
    // RFC 8446 §4.2: no type twice. A server might read the other one.
    if (!extensions.isGood() || seen.has(type)) return broken
    seen.add(type)
    if (type !== serverNameExtension) continue
    const name = readServerName(content)
    if (name === undefined) return broken
    serverName = name
  }
  return { kind: 'hello', hello: { serverName, hasEncrypted: seen.has(encryptedClientHelloExtension) } }
}

/** RFC 6066 §3: a list of one name of type host_name. Undefined for anything else, and for what can be no host's name. */
function readServerName(content: Buffer): string | undefined {
  const outer = reader(content)
  const names = reader(outer.vector(2))
  if (!outer.isGood() || !outer.isAtEnd()) return undefined
  const type = names.number(1)
  const name = names.vector(2)
  if (!names.isGood() || !names.isAtEnd() || type !== 0) return undefined
  const text = name.toString('latin1')
  // "ASCII encoding without a trailing dot"; a name with other bytes in it is read differently by different servers.
  if (!/^[A-Za-z0-9._-]{1,253}$/.test(text)) return undefined
  return normaliseHost(text) ?? undefined
}
