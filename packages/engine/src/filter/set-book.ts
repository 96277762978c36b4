import type { Metadata } from './lists-file.ts'
import type { NodeSet } from './lists-nodes.ts'
import { ListsFileError } from './lists-sections.ts'
import { type Category, categories, type Listing } from './types.ts'

/** What is said of hosts and pages, each combination under a small number: 0 is "nothing". */
export interface SetBook {
  /** The id of these items of the file, as said of a host or of a page. */
  idOf(items: readonly number[], kind: 'host' | 'page'): number
  /** The id of two together. Each pair is joined once, and the same things together are one id. */
  join(one: number, other: number): number
  listings(id: number): readonly Listing[]
}

/** An item said of a page rather than of its host. */
const ofPage = 0x10000
const none: readonly Listing[] = []

/** @throws {ListsFileError} if a set names a category or source that the metadata does not. */
export function createSetBook(sets: readonly NodeSet[], metadata: Metadata): SetBook {
  const contents: (readonly number[])[] = [[]]
  const listings: (readonly Listing[])[] = [none]
  const ids = new Map<string, number>([['', 0]])
  const joined = new Map<number, number>()
  const sourcesWith = { host: sourcesPerCategory(metadata, 2), page: sourcesPerCategory(metadata, 3) }

  const enter = (items: readonly number[]): number => {
    const key = items.join()
    const known = ids.get(key)
    if (known !== undefined) return known
    const id = contents.push(items) - 1
    listings.push(listingsFor(items))
    ids.set(key, id)
    return id
  }

  const listingsFor = (items: readonly number[]): readonly Listing[] => {
    const found = new Map<Category, { sources: Set<string>; isCurated: boolean; among: number }>()
    for (const item of items) {
      const index = (item >> 8) & 0xff
      const category = metadata.categories[index]
      const source = metadata.sources[item & 0xff]
      if (!category || !source)
        throw new ListsFileError('The list file names a category or source that it does not list')
      const listing = found.get(category) ?? { sources: new Set(), isCurated: false, among: 256 }
      listing.sources.add(source.id)
      listing.isCurated ||= source.isCurated
      listing.among = Math.min(listing.among, (item >= ofPage ? sourcesWith.page : sourcesWith.host).get(index) ?? 1)
      found.set(category, listing)
    }
    return [...found]
      .map(([category, { sources, isCurated, among }]) => ({
        category,
        sources: [...sources].sort(),
        isCurated,
        among,
      }))
      .sort((one, other) => categories.indexOf(one.category) - categories.indexOf(other.category))
  }

  // Damage is found when the file is opened, not when the site is asked for.
  for (const { items } of sets) enter(items)

  return {
    idOf: (items, kind) => enter(kind === 'host' ? items : items.map(item => item | ofPage)),
    join(one, other) {
      if (one === other || other === 0) return one
      if (one === 0) return other
      const key = Math.min(one, other) * 2 ** 26 + Math.max(one, other)
      let id = joined.get(key)
      if (id === undefined) {
        const both = new Set([...(contents[one] ?? []), ...(contents[other] ?? [])])
        id = enter([...both].sort((a, b) => a - b))
        joined.set(key, id)
      }
      return id
    },
    listings: id => listings[id] ?? none,
  }
}

/** How many sources have anything in each category, by its index: `column` 2 of the counts is domains, 3 pages. */
function sourcesPerCategory({ counts }: Metadata, column: 2 | 3): ReadonlyMap<number, number> {
  const sums = new Map<number, number>()
  for (const count of counts) if (count[column] > 0) sums.set(count[0], (sums.get(count[0]) ?? 0) + 1)
  return sums
}
