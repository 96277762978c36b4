/** Search engines: where the words stand in an address, and how safe results are forced. */
import { normaliseUrl } from './address.ts'
import { googleHosts } from './carriers.ts'

export interface SearchEngine {
  readonly id: string
  /** Each with all beneath it, unless `labels` says which. */
  readonly hosts: readonly string[]
  /** The first labels under which its search answers; '' is the host itself. Any if absent. */
  readonly labels?: readonly string[]
  /** First words of paths beneath which a search's parameter holds something else. */
  readonly notUnder?: readonly string[]
  /** Parameters that hold the words, the first that is there. */
  readonly words: readonly string[]
  /** Parameters by which safe results are forced in the address of a search. */
  readonly safe?: Readonly<Record<string, string>>
}

/** Parameters as each engine documents them, November 2026. */
export const searchEngines: readonly SearchEngine[] = [
  {
    id: 'google',
    hosts: googleHosts,
    labels: ['', 'www', 'images', 'video', 'encrypted', 'ipv4', 'ipv6', 'm', 'suggestqueries', 'news'],
    // A redirect's `q` is an address, and an address has words of its own.
    notUnder: ['url', 'amp', 'maps', 'imgres'],
    words: ['q', 'as_q'],
    safe: { safe: 'active' },
  },
  { id: 'bing', hosts: ['bing.com'], words: ['q', 'pq'], safe: { adlt: 'strict' } },
  { id: 'duckduckgo', hosts: ['duckduckgo.com', 'ddg.gg'], words: ['q'], safe: { kp: '1' } },
  { id: 'yahoo', hosts: ['search.yahoo.com', 'search.yahoo.co.jp'], words: ['p'], safe: { vm: 'r' } },
  { id: 'ecosia', hosts: ['ecosia.org'], words: ['q'] },
  { id: 'qwant', hosts: ['qwant.com'], words: ['q'], safe: { safesearch: '2' } },
  { id: 'qwant-junior', hosts: ['qwantjunior.com'], words: ['q'] },
  { id: 'brave', hosts: ['search.brave.com'], words: ['q'], safe: { safesearch: 'strict' } },
  { id: 'startpage', hosts: ['startpage.com'], words: ['query', 'q'], safe: { qadf: 'heavy' } },
  { id: 'kiddle', hosts: ['kiddle.co'], words: ['q'] },
  { id: 'kidrex', hosts: ['kidrex.org'], words: ['q'] },
  { id: 'swisscows', hosts: ['swisscows.com'], words: ['query', 'q'] },
  { id: 'mojeek', hosts: ['mojeek.com', 'mojeek.co.uk'], words: ['q'], safe: { safe: '1' } },
  { id: 'ask', hosts: ['ask.com', 'uk.ask.com'], words: ['q'] },
  { id: 'aol', hosts: ['search.aol.com', 'search.aol.co.uk'], words: ['q'] },
  { id: 'yandex', hosts: ['yandex.com', 'yandex.ru', 'ya.ru'], words: ['text'], safe: { family: 'yes' } },
  { id: 'baidu', hosts: ['baidu.com'], words: ['wd', 'word', 'kw'] },
  { id: 'naver', hosts: ['search.naver.com'], words: ['query'] },
  { id: 'youtube', hosts: ['youtube.com'], words: ['search_query', 'q'] },
  { id: 'dailymotion', hosts: ['dailymotion.com'], words: ['query', 'q'], safe: { family_filter: 'true' } },
  { id: 'giphy', hosts: ['giphy.com', 'tenor.com'], words: ['q'] },
  { id: 'pixabay', hosts: ['pixabay.com'], words: ['q'], safe: { safesearch: 'true' } },
]

/** True if searches are asked under this label of the engine: 'images' of 'images.google.com', '' of 'google.com'. */
const isSearchHost = ({ labels }: SearchEngine, label: string): boolean =>
  labels === undefined || labels.includes(label)

/** The words of a search on `host`, which lies at or beneath `engineHost`; null if the address holds none. */
export function wordsOf(
  engine: SearchEngine,
  engineHost: string,
  host: string,
  path: string,
  rest: string,
): string | null {
  if (!isSearchHost(engine, host.slice(0, Math.max(0, host.length - engineHost.length - 1)))) return null
  if (engine.notUnder?.includes(/^\/(\w+)/.exec(path)?.[1] ?? '')) return null
  for (const name of engine.words) {
    const value = parameter(rest, name)
    if (value !== null && value.trim() !== '') return value
  }
  return null
}

/** The value of a parameter of a query or fragment: plus signs are spaces, broken escapes stay. Null if it is not there. */
function parameter(rest: string, name: string): string | null {
  for (const part of rest.split(/[?#&;]/)) {
    const equals = part.indexOf('=')
    if (equals < 0 || part.slice(0, equals).toLowerCase() !== name) continue
    return decoded(part.slice(equals + 1).replaceAll('+', ' '))
  }
  return null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, escapes => {
      try {
        return decodeURIComponent(escapes)
      } catch {
        return ' '
      }
    })
  }
}

const byHost: ReadonlyMap<string, SearchEngine> = new Map(
  searchEngines.flatMap(engine => engine.hosts.map(host => [host, engine] as const)),
)

/** The engine at or above a normalised host, and the host that it is known by. */
export function engineOf(host: string): { readonly engine: SearchEngine; readonly engineHost: string } | null {
  for (let start = 0; ; ) {
    const name = host.slice(start)
    const engine = byHost.get(name)
    if (engine) return { engine, engineHost: name }
    const dot = host.indexOf('.', start)
    if (dot < 0) return null
    start = dot + 1
  }
}

/** The engine and the words, if this is the address of a search; null otherwise. Never throws. */
export function searchOf(url: string): { readonly engine: string; readonly query: string } | null {
  const address = normaliseUrl(url)
  if (!address.ok) return null
  const known = engineOf(address.host)
  if (!known) return null
  const query = wordsOf(known.engine, known.engineHost, address.host, address.path, address.rest)
  return query === null ? null : { engine: known.engine.id, query }
}
