/**
 * What is done to searches on their way: made safe, and read only in memory. For everybody: children get YouTube's strict
 * level, adults its moderate one, so that lessons' films stay within reach of those who teach.
 */
import { type SafeSearch, safeSearch, safeSearchHosts } from '@gatehouse/engine/filter/safe-search'
import { searchOf } from '@gatehouse/engine/filter/search-engines'

export interface Searches {
  /** What must change in a request so that the search engine hides what is not for this reader. */
  forced(url: string, isChild: boolean): SafeSearch
  /** The name whose addresses stand for this one, so that the search is safe where only a tunnel is seen. */
  safeNameOf(host: string, isChild: boolean): string | undefined
  /** What an address searches for. */
  queryOf(url: string): string | undefined
}

export function createSearches(): Searches {
  const forChildren = safeSearchHosts('strict')
  const forAdults = safeSearchHosts('moderate')
  return {
    forced: (url, isChild) => safeSearch(url, isChild ? 'strict' : 'moderate'),
    safeNameOf: (host, isChild) => (isChild ? forChildren : forAdults).get(host),
    queryOf: url => searchOf(url)?.query,
  }
}
