/** What is done to searches on their way: kept safe, and read only in memory. */

export interface Searches {
  /** What must change in a request so that the search engine hides what is not for children; undefined for nothing. */
  forced(url: string): { readonly url?: string; readonly headers?: Readonly<Record<string, string>> } | undefined
  /** The name whose addresses stand for this one where only a tunnel is seen. */
  safeNameOf(host: string): string | undefined
  /** What an address searches for. */
  queryOf(url: string): string | undefined
}

/** Leaves every search as it is. */
export const searchesAsTheyAre: Searches = {
  forced: () => undefined,
  safeNameOf: () => undefined,
  queryOf: () => undefined,
}
