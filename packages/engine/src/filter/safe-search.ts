/**
 * Safe results, forced three ways: in the address of a search, by a header that the proxy adds, and by DNS. Sources: Google
 * "Lock SafeSearch", YouTube "Restrict YouTube content", Microsoft "Blocking adult content with SafeSearch", DuckDuckGo
 * "Safe Search", Brave, Qwant, Ecosia and Pixabay help pages, as of November 2026.
 */
import { normaliseUrl } from './address.ts'
import { googleHosts } from './carriers.ts'
import { engineOf, wordsOf } from './search-engines.ts'

export interface SafeSearch {
  /** What to ask for instead. */
  readonly url?: string
  /** What to set on the request, in place of whatever the browser sent under these names. */
  readonly headers?: Readonly<Record<string, string>>
}

export type YouTubeLevel = 'strict' | 'moderate'

/** Each with all beneath it. */
export const youTubeHosts = ['youtube.com', 'youtube-nocookie.com', 'youtubei.googleapis.com', 'youtube.googleapis.com']

const isAt = (host: string, known: string): boolean => host === known || host.endsWith(`.${known}`)

/**
 * What a proxy that sees addresses must change to force safe results and restricted videos; empty if nothing. Asked again
 * of its own answer it changes nothing more.
 */
export function safeSearch(url: string, youTube: YouTubeLevel = 'strict'): SafeSearch {
  const address = normaliseUrl(url)
  if (!address.ok) return {}
  const { host, path, rest } = address
  if (youTubeHosts.some(known => isAt(host, known)))
    return { headers: { 'YouTube-Restrict': youTube === 'strict' ? 'Strict' : 'Moderate' } }
  const known = engineOf(host)
  if (!known?.engine.safe || wordsOf(known.engine, known.engineHost, host, path, rest) === null) return {}
  const forced = withParameters(url, known.engine.safe)
  return forced === url ? {} : { url: forced }
}

/** Sets parameters of the query and leaves the rest of the address as it is. */
function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const hash = url.indexOf('#')
  const [body, fragment] = hash < 0 ? [url, ''] : [url.slice(0, hash), url.slice(hash)]
  const mark = body.indexOf('?')
  const [front, query] = mark < 0 ? [body, ''] : [body.slice(0, mark), body.slice(mark + 1)]
  const kept = query.split('&').filter(part => {
    const name = part.split('=')[0] ?? ''
    return part !== '' && !Object.hasOwn(parameters, name.toLowerCase())
  })
  return `${front}?${[...kept, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)].join('&')}${fragment}`
}

/** For DNS: each name, exactly, and the name that it must be answered with as a CNAME. */
export const safeSearchHosts = (youTube: YouTubeLevel = 'strict'): ReadonlyMap<string, string> =>
  new Map([
    ...googleHosts.flatMap(host => [`www.${host}`, host].map(name => [name, 'forcesafesearch.google.com'] as const)),
    ...['bing.com', 'www.bing.com', 'edgeservices.bing.com'].map(name => [name, 'strict.bing.com'] as const),
    ...['duckduckgo.com', 'www.duckduckgo.com', 'start.duckduckgo.com', 'html.duckduckgo.com'].map(
      name => [name, 'safe.duckduckgo.com'] as const,
    ),
    ...['youtube.com', 'www.youtube.com', 'm.youtube.com', ...youTubeHosts.slice(2), 'www.youtube-nocookie.com'].map(
      name => [name, youTube === 'strict' ? 'restrict.youtube.com' : 'restrictmoderate.youtube.com'] as const,
    ),
    ['search.brave.com', 'forcesafe.search.brave.com'],
    ['www.ecosia.org', 'strict-safe-search.ecosia.org'],
    ['api.qwant.com', 'safeapi.qwant.com'],
    ['pixabay.com', 'safesearch.pixabay.com'],
  ])
