import { normaliseHost } from './address.ts'
import { finishHigh, finishLow, startHigh, startLow, stepHigh, stepLow } from './fingerprint.ts'
import { checksumOf, formatVersion, headerWords, type Metadata, magic, sectionOffsets, word } from './lists-file.ts'
import { type Category, categories, type ListSource } from './types.ts'

export interface ListEntry {
  readonly domain: string
  readonly category: Category
  /** Id of a source. */
  readonly source: string
}

/**
 * Builds the file that `openLists` reads. The same entries give the same bytes, in whatever order they come, and
 * repeated ones count once. Keeps 10 bytes an entry in memory, no text.
 * @throws {RangeError} for a domain that is no host or has no dot (one label would shut a whole top level), for a category
 *   or source that is not known, for two sources with one id, and for more than 256 sources.
 */
export function compileLists(input: Iterable<ListEntry>, sources: Iterable<ListSource>): Uint8Array {
  const inOrder = [...sources].sort((one, other) => (one.id < other.id ? -1 : 1))
  const sourceIndex = new Map(inOrder.map((source, index) => [source.id, index]))
  if (sourceIndex.size !== inOrder.length) throw new RangeError('Two list sources have the same id')
  if (inOrder.length > 256) throw new RangeError(`At most 256 list sources, not ${inOrder.length}`)
  const seed = seedOf(inOrder)
  const gathered = gather(input, sourceIndex, seed)
  return layOut(group(gathered), seed, inOrder)
}

const categoryIndex = new Map(categories.map((category, index) => [category, index]))

function seedOf(sources: readonly ListSource[]): number {
  let seed = 1
  for (const { id, date } of sources)
    for (const character of `${id} ${date} `) seed = stepHigh(seed, character.charCodeAt(0))
  return seed >>> 0
}

interface Gathered {
  readonly count: number
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** category << 8 | source. */
  readonly item: Uint16Array
}

function gather(input: Iterable<ListEntry>, sourceIndex: ReadonlyMap<string, number>, seed: number): Gathered {
  let room = 1024
  let high = new Uint32Array(room)
  let low = new Uint32Array(room)
  let item = new Uint16Array(room)
  let count = 0
  for (const { domain, category, source } of input) {
    const host = normaliseHost(domain)
    if (host === null || !/[.:]/.test(host)) throw new RangeError(`${JSON.stringify(domain)} is not a domain to list`)
    const categoryAt = categoryIndex.get(category)
    if (categoryAt === undefined || category === 'unlisted')
      throw new RangeError(`No list can have the category ${JSON.stringify(category)}`)
    const sourceAt = sourceIndex.get(source)
    if (sourceAt === undefined) throw new RangeError(`There is no list source ${JSON.stringify(source)}`)
    if (count === room) {
      room *= 2
      high = grown(high, new Uint32Array(room))
      low = grown(low, new Uint32Array(room))
      item = grown(item, new Uint16Array(room))
    }
    let h = startHigh(seed)
    let l = startLow(seed)
    for (let at = host.length - 1; at >= 0; at -= 1) {
      const code = host.charCodeAt(at)
      h = stepHigh(h, code)
      l = stepLow(l, code)
    }
    const finished = finishHigh(h, l)
    high[count] = finished
    low[count] = finishLow(finished, l)
    item[count] = (categoryAt << 8) | sourceAt
    count += 1
  }
  return { count, high, low, item }
}

function grown<T extends Uint32Array | Uint16Array>(from: T, to: T): T {
  to.set(from)
  return to
}

interface Grouped {
  readonly bucketBits: number
  readonly directory: Uint32Array
  readonly low: Uint32Array
  readonly high: Uint16Array
  readonly set: Uint32Array
  readonly domains: number
  readonly sets: readonly (readonly number[])[]
}

/** Sorts entries into buckets, joins those of one domain, and numbers the sets of categories that occur. */
function group({ count, high, low, item }: Gathered): Grouped {
  const bucketBits = Math.max(1, Math.round(Math.log2(Math.max(1, count) / 4)))
  const shift = 32 - bucketBits
  const starts = new Uint32Array(2 ** bucketBits + 1)
  for (let index = 0; index < count; index += 1) {
    const next = ((high[index] ?? 0) >>> shift) + 1
    starts[next] = (starts[next] ?? 0) + 1
  }
  for (let bucket = 1; bucket < starts.length; bucket += 1)
    starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0)
  const order = new Uint32Array(count)
  const fill = starts.slice()
  for (let index = 0; index < count; index += 1) {
    const bucket = (high[index] ?? 0) >>> shift
    const at = fill[bucket] ?? 0
    order[at] = index
    fill[bucket] = at + 1
  }

  const result = {
    directory: new Uint32Array(starts.length),
    low: new Uint32Array(count),
    high: new Uint16Array(count),
    set: new Uint32Array(count),
  }
  const numbers = new Map<string, number>()
  const sets: number[][] = []
  let domains = 0
  const compare = (one: number, other: number) =>
    (high[one] ?? 0) - (high[other] ?? 0) ||
    (low[one] ?? 0) - (low[other] ?? 0) ||
    (item[one] ?? 0) - (item[other] ?? 0)
  for (let bucket = 0; bucket + 1 < starts.length; bucket += 1) {
    result.directory[bucket] = domains
    const members = [...order.subarray(starts[bucket], starts[bucket + 1])].sort(compare)
    for (let at = 0; at < members.length; ) {
      const first = members[at] ?? 0
      const items: number[] = []
      let next = at
      for (; next < members.length; next += 1) {
        const member = members[next] ?? 0
        if (high[member] !== high[first] || low[member] !== low[first]) break
        const value = item[member] ?? 0
        if (items.at(-1) !== value) items.push(value)
      }
      const key = items.join()
      let number = numbers.get(key)
      if (number === undefined) {
        number = sets.push(items) - 1
        numbers.set(key, number)
      }
      result.low[domains] = low[first] ?? 0
      result.high[domains] = (high[first] ?? 0) & 0xffff
      result.set[domains] = number
      domains += 1
      at = next
    }
  }
  result.directory[starts.length - 1] = domains
  return { ...result, bucketBits, domains, sets }
}

function layOut(grouped: Grouped, seed: number, sources: readonly ListSource[]): Uint8Array {
  const { domains, sets, bucketBits } = grouped
  const metadata = asciiJson({ categories, sources, counts: countsOf(grouped) } satisfies Metadata)
  const items = sets.flat()
  const setBytes = sets.length > 0xffff ? 4 : 2
  const sizes = {
    domains,
    bucketBits,
    sets: sets.length,
    setItems: items.length,
    setBytes,
    metadataBytes: metadata.length,
  } as const
  const at = sectionOffsets(sizes)
  const buffer = new ArrayBuffer(at.end)
  const words = new Uint32Array(buffer)
  words[word.magic] = magic
  words[word.version] = formatVersion
  words[word.bytes] = at.end
  words[word.seed] = seed
  words[word.domains] = domains
  words[word.bucketBits] = bucketBits
  words[word.sets] = sets.length
  words[word.setItems] = items.length
  words[word.setBytes] = setBytes
  words[word.metadataBytes] = metadata.length
  words.fill(0, word.metadataBytes + 1, headerWords)
  words.set(grouped.directory, at.directory / 4)
  words.set(grouped.low.subarray(0, domains), at.low / 4)
  new Uint16Array(buffer, at.high, domains).set(grouped.high.subarray(0, domains))
  const set = setBytes === 4 ? new Uint32Array(buffer, at.set, domains) : new Uint16Array(buffer, at.set, domains)
  set.set(grouped.set.subarray(0, domains))
  let start = 0
  sets.forEach((each, index) => {
    words[at.setStart / 4 + index] = start
    start += each.length
  })
  words[at.setStart / 4 + sets.length] = start
  new Uint16Array(buffer, at.setItem, items.length).set(items)
  const bytes = new Uint8Array(buffer)
  for (let index = 0; index < metadata.length; index += 1) bytes[at.metadata + index] = metadata.charCodeAt(index)
  const checksum = checksumOf(words)
  words[word.checksumHigh] = checksum.high
  words[word.checksumLow] = checksum.low
  return bytes
}

function countsOf({ domains, set, sets }: Grouped): [number, number, number][] {
  const members = new Uint32Array(sets.length)
  for (let index = 0; index < domains; index += 1) {
    const number = set[index] ?? 0
    members[number] = (members[number] ?? 0) + 1
  }
  const counts = new Map<number, number>()
  sets.forEach((items, number) => {
    for (const item of items) counts.set(item, (counts.get(item) ?? 0) + (members[number] ?? 0))
  })
  return [...counts].sort(([one], [other]) => one - other).map(([item, count]) => [item >> 8, item & 0xff, count])
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
