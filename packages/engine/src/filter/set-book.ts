import type { Sections } from './lists-sections.ts'
import { type Category, categories, type Listing } from './types.ts'

/**
 * What is said of hosts and pages, each combination under a small number: 0 is "nothing", then the sets of the file in
 * their order, then what arises where several names of one host, or a page of it, are listed. Read from the file only when
 * asked for.
 */
export interface SetBook {
  /** The id of a set of the file as said of a page; as said of a host it is the set's number and one. */
  idOfPage(set: number): number
  /** The id of two together. Each pair is joined once, and the same things joined are one id. */
  join(one: number, other: number): number
  listings(id: number): readonly Listing[]
}

/** An item said of a page rather than of its host. */
const ofPage = 0x10000
const none: readonly Listing[] = []

export function createSetBook({ sizes, setStarts, setItems, metadata }: Sections): SetBook {
  const contents: (readonly number[] | undefined)[] = []
  const listings: (readonly Listing[] | undefined)[] = [none]
  const ids = new Map<string, number>([['', 0]])
  const joined = new Map<number, number>()
  const pageIds = new Map<number, number>()
  let sourcesWith: { host: ReadonlyMap<number, number>; page: ReadonlyMap<number, number> } | undefined
  let next = sizes.sets + 1

  const isEmpty = (set: number): boolean => setStarts[set] === setStarts[set + 1]
  const contentOf = (id: number): readonly number[] =>
    contents[id] ?? (id === 0 ? [] : [...setItems.subarray(setStarts[id - 1], setStarts[id])])

  /** The id of a combination that is no set of the file; `items` ascending. */
  const enter = (items: readonly number[]): number => {
    const key = items.join()
    const known = ids.get(key)
    if (known !== undefined) return known
    const id = next
    next += 1
    contents[id] = items
    ids.set(key, id)
    return id
  }

  const listingsFor = (items: readonly number[]): readonly Listing[] => {
    sourcesWith ??= { host: sourcesPerCategory(metadata.counts, 2), page: sourcesPerCategory(metadata.counts, 3) }
    const found = new Map<Category, { sources: Set<string>; isCurated: boolean; among: number }>()
    for (const item of items) {
      const index = (item >> 8) & 0xff
      const category = metadata.categories[index]
      const source = metadata.sources[item & 0xff]
      if (!category || !source) continue
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

  return {
    idOfPage(set) {
      if (isEmpty(set)) return 0
      const known = pageIds.get(set)
      if (known !== undefined) return known
      const id = enter(contentOf(set + 1).map(item => item | ofPage))
      pageIds.set(set, id)
      return id
    },
    join(one, other) {
      if (one === other || other === 0) return one
      if (one === 0) return other
      const key = Math.min(one, other) * 2 ** 26 + Math.max(one, other)
      let id = joined.get(key)
      if (id === undefined) {
        id = enter([...new Set([...contentOf(one), ...contentOf(other)])].sort((a, b) => a - b))
        joined.set(key, id)
      }
      return id
    },
    listings(id) {
      const known = listings[id]
      if (known) return known
      if (id < 0 || id >= next) return none
      const found = listingsFor(contentOf(id))
      listings[id] = found
      return found
    },
  }
}

/** How many sources have anything in each category, by its index: `column` 2 of the counts is domains, 3 pages. */
function sourcesPerCategory(
  counts: readonly (readonly [number, number, number, number])[],
  column: 2 | 3,
): ReadonlyMap<number, number> {
  const sums = new Map<number, number>()
  for (const count of counts) if (count[column] > 0) sums.set(count[0], (sums.get(count[0]) ?? 0) + 1)
  return sums
}
