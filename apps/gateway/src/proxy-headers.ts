/**
 * Which header fields go on to the other side. Hop-by-hop fields end here (RFC 9110 §7.6.1), with those that would tell
 * a site who is asking from where, and with the credentials for this proxy.
 */

const hopByHop = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Dropped from requests besides: answered here, or about the person's machine. */
const notForSites = new Set([
  'host',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
])

/** Framing is ours to decide; a `Connection: content-length` must not take it away. */
const neverByConnection = new Set(['content-length', 'host'])

/**
 * Header fields for the site, as the flat list that node:http takes.
 * @param raw `rawHeaders` of the request, attacker-controlled
 * @param host authority of the request target. It replaces Host (RFC 9112 §3.2.2), so that what was decided about is
 *   what is asked for.
 * @param forced fields that take the place of the browser's own
 */
export function requestHeaders(
  raw: readonly string[],
  host: string,
  forced: Readonly<Record<string, string>> = {},
): string[] {
  const named = namedByConnection(raw)
  const kept: string[] = ['Host', host]
  const ours = new Set<string>()
  for (const [name, value] of Object.entries(forced)) {
    ours.add(name.toLowerCase())
    kept.push(name, value)
  }
  let isChunked = false
  forEachPair(raw, (name, value) => {
    const lower = name.toLowerCase()
    if (lower === 'transfer-encoding') isChunked = true
    if (!hopByHop.has(lower) && !notForSites.has(lower) && !named.has(lower) && !ours.has(lower)) {
      kept.push(name, value)
    }
  })
  // Without this node:http would send the body of a DELETE with no framing at all.
  if (isChunked) kept.push('Transfer-Encoding', 'chunked')
  kept.push('Via', '1.1 gatehouse')
  return kept
}

/** Header fields for the person's browser, with our Proxy-Status in place of any other. */
export function responseHeaders(raw: readonly string[], proxyStatus: string): string[] {
  const named = namedByConnection(raw)
  const kept: string[] = []
  forEachPair(raw, (name, value) => {
    const lower = name.toLowerCase()
    if (!hopByHop.has(lower) && lower !== 'proxy-status' && !named.has(lower)) kept.push(name, value)
  })
  kept.push('Via', '1.1 gatehouse', 'Proxy-Status', proxyStatus)
  return kept
}

function namedByConnection(raw: readonly string[]): ReadonlySet<string> {
  const named = new Set<string>()
  forEachPair(raw, (name, value) => {
    if (name.length !== 10 || name.toLowerCase() !== 'connection') return
    for (const word of value.split(',')) {
      const lower = word.trim().toLowerCase()
      if (!neverByConnection.has(lower)) named.add(lower)
    }
  })
  return named
}

function forEachPair(raw: readonly string[], visit: (name: string, value: string) => void): void {
  for (let index = 0; index + 1 < raw.length; index += 2) visit(raw[index] ?? '', raw[index + 1] ?? '')
}
