/**
 * What is done to searches on their way: made safe, and read only in memory. For everybody: children get YouTube's strict
 * level, adults its moderate one, so that lessons' films stay within reach of those who teach.
 */
import { type SafeSearch, safeSearch, safeSearchHosts } from '@gatehouse/engine/filter/safe-search'
import { engineOf, searchOf } from '@gatehouse/engine/filter/search-engines'

export interface Searches {
  /** What must change in a request to `host` so that the search engine hides what is not for this reader. */
  forced(url: string, host: string, isChild: boolean): SafeSearch
  /** The name whose addresses stand for this one, so that the search is safe where only a tunnel is seen. */
  safeNameOf(host: string, isChild: boolean): string | undefined
  /** What an address at `host` searches for. */
  queryOf(url: string, host: string): string | undefined
}

const maxOthers = 5000
const nothing: SafeSearch = {}

export function createSearches(): Searches {
  const forChildren = safeSearchHosts('strict')
  const forAdults = safeSearchHosts('moderate')
  // Nearly every host is no search engine, and asking that of each address costs as much as deciding about it.
  const others = new Set<string>()
  const isSearched = (host: string): boolean => {
    if (others.has(host)) return false
    if (engineOf(host) !== null || safeSearch(`http://${host}/`).headers !== undefined) return true
    if (others.size >= maxOthers) others.clear()
    others.add(host)
    return false
  }
  return {
    forced: (url, host, isChild) => (isSearched(host) ? safeSearch(url, isChild ? 'strict' : 'moderate') : nothing),
    safeNameOf: (host, isChild) => (isChild ? forChildren : forAdults).get(host),
    queryOf: (url, host) => (isSearched(host) ? searchOf(url)?.query : undefined),
  }
}
