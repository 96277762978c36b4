import { finishHigh, finishLow, startHigh, startLow, stepHigh, stepLow } from './fingerprint.ts'
import { isIpAddress } from './ip-address.ts'
import {
  checksumOf,
  formatVersion,
  headerWords,
  type Metadata,
  magic,
  type Sizes,
  sectionOffsets,
  word,
} from './lists-file.ts'
import { type Category, type CategoryLists, categories, type ListCount, type Listing } from './types.ts'

/** The bytes are not a compiled list that this version can read. */
export class ListsFileError extends Error {
  override readonly name = 'ListsFileError'
}

/**
 * Opens what `compileLists` made, without copying it (unless it lies on an odd address). The bytes must not change
 * afterwards.
 * @throws {ListsFileError} if the file is cut short, damaged, of another kind or of another version.
 */
export function openLists(bytes: Uint8Array): CategoryLists {
  const { words, buffer, start } = wordsOf(bytes)
  const header = (index: number): number => words[index] ?? 0
  const sizes: Sizes = {
    domains: header(word.domains),
    bucketBits: header(word.bucketBits),
    sets: header(word.sets),
    setItems: header(word.setItems),
    setBytes: header(word.setBytes) === 4 ? 4 : 2,
    metadataBytes: header(word.metadataBytes),
  }
  const at = sectionOffsets(sizes)
  if (at.end !== bytes.length) throw new ListsFileError('The sections of the list file do not fill it')
  const metadata = readMetadata(bytes.subarray(at.metadata, at.metadata + sizes.metadataBytes))
  const setItems = new Uint16Array(buffer, start + at.setItem, sizes.setItems)
  const setStarts = new Uint32Array(buffer, start + at.setStart, sizes.sets + 1)
  // Id 0 is the host in no list; then each set of the file; then those that arise where several domains of one host are listed.
  const listings: (readonly Listing[])[] = [none]
  for (let index = 0; index < sizes.sets; index += 1)
    listings.push(listingsOf(setItems.subarray(setStarts[index], setStarts[index + 1]), metadata))
  const probe = prober(buffer, start, sizes)
  const seed = header(word.seed)
  const joined = new Map<number, number>()

  /** The id of two sets together; each pair is joined once. */
  function join(one: number, other: number): number {
    if (one === 0 || one === other) return other
    if (other === 0) return one
    const key = Math.min(one, other) * 2 ** 26 + Math.max(one, other)
    const known = joined.get(key)
    if (known !== undefined) return known
    const together = joinListings(listings[one] ?? none, listings[other] ?? none)
    const id = listings.push(together) - 1
    joined.set(key, id)
    return id
  }

  function lookupSet(host: string): number {
    let found = 0
    const isAddress = isIpAddress(host)
    let high = startHigh(seed)
    let low = startLow(seed)
    let isTopLevel = true
    for (let index = host.length - 1; index >= 0; index -= 1) {
      const code = host.charCodeAt(index)
      if (code === dot && !isAddress) {
        if (!isTopLevel) found = join(found, probe(high, low) + 1)
        isTopLevel = false
      }
      high = stepHigh(high, code)
      low = stepLow(low, code)
    }
    return join(found, probe(high, low) + 1)
  }
  const listingsById = (set: number): readonly Listing[] => listings[set] ?? none

  const counts: ListCount[] = metadata.counts.map(([category, source, domains]) => ({
    category: metadata.categories[category] ?? 'unlisted',
    source: metadata.sources[source]?.id ?? '',
    domains,
  }))
  const sourceCounts = new Map<Category, number>()
  for (const { category } of counts) sourceCounts.set(category, (sourceCounts.get(category) ?? 0) + 1)
  return {
    lookup: host => listingsById(lookupSet(host)),
    lookupSet,
    lookupPath: host => listingsById(lookupSet(host)),
    lookupPathSet: host => lookupSet(host),
    listingsOf: listingsById,
    counts: () => counts,
    sourcesOf: category => sourceCounts.get(category) ?? 0,
    sources: metadata.sources,
    domains: sizes.domains,
    checksum: hex(header(word.checksumHigh)) + hex(header(word.checksumLow)),
  }
}

const none: readonly Listing[] = []
const dot = 46
const hex = (value: number): string => value.toString(16).padStart(8, '0')

function wordsOf(bytes: Uint8Array): { words: Uint32Array; buffer: ArrayBufferLike; start: number } {
  if (bytes.length < headerWords * 4) {
    throw new ListsFileError(`A list file has at least ${headerWords * 4} bytes, this one ${bytes.length}`)
  }
  const even = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  const words = new Uint32Array(even.buffer, even.byteOffset, Math.floor(even.length / 4))
  if (words[word.magic] !== magic) throw new ListsFileError('This is not a compiled list file of Gatehouse')
  if (words[word.version] !== formatVersion) {
    throw new ListsFileError(
      `The list file has version ${words[word.version]}, expected ${formatVersion}: compile it again`,
    )
  }
  if (words[word.bytes] !== bytes.length) {
    throw new ListsFileError(`The list file is cut short: ${bytes.length} bytes of ${words[word.bytes]}`)
  }
  const checksum = checksumOf(words)
  if (checksum.high !== words[word.checksumHigh] || checksum.low !== words[word.checksumLow]) {
    throw new ListsFileError('The list file is damaged: its checksum does not match')
  }
  return { words, buffer: even.buffer, start: even.byteOffset }
}

function readMetadata(ascii: Uint8Array): Metadata {
  let text = ''
  for (let index = 0; index < ascii.length; index += 4096) {
    text += String.fromCharCode(...ascii.subarray(index, index + 4096))
  }
  // The shape is what compileLists wrote: the checksum has been compared.
  const metadata = JSON.parse(text) as Metadata
  const unknown = metadata.categories.find(category => !categories.includes(category))
  if (unknown) throw new ListsFileError(`The list file has a category that this version does not know: ${unknown}`)
  return metadata
}

/** The set of the entry with this fingerprint, or -1. Takes the lanes unfinished. */
function prober(buffer: ArrayBufferLike, start: number, sizes: Sizes): (high: number, low: number) => number {
  const at = sectionOffsets(sizes)
  const shift = 32 - sizes.bucketBits
  const directory = new Uint32Array(buffer, start + at.directory, 2 ** sizes.bucketBits + 1)
  const lows = new Uint32Array(buffer, start + at.low, sizes.domains)
  const highs = new Uint16Array(buffer, start + at.high, sizes.domains)
  const sets =
    sizes.setBytes === 4
      ? new Uint32Array(buffer, start + at.set, sizes.domains)
      : new Uint16Array(buffer, start + at.set, sizes.domains)
  return (high, low) => {
    const finished = finishHigh(high, low)
    const wanted = finishLow(finished, low)
    const bucket = finished >>> shift
    const end = directory[bucket + 1] ?? 0
    for (let index = directory[bucket] ?? 0; index < end; index += 1) {
      if (lows[index] === wanted && highs[index] === (finished & 0xffff)) return sets[index] ?? -1
    }
    return -1
  }
}

function listingsOf(items: Uint16Array, metadata: Metadata): readonly Listing[] {
  const bySource = new Map<Category, string[]>()
  const curated = new Set<Category>()
  for (const item of items) {
    const category = metadata.categories[item >> 8]
    const source = metadata.sources[item & 0xff]
    if (!category || !source) throw new ListsFileError('The list file names a category or source that it does not list')
    bySource.set(category, [...(bySource.get(category) ?? []), source.id])
    if (source.isCurated) curated.add(category)
  }
  return [...bySource].map(([category, sources]) => ({ category, sources, isCurated: curated.has(category) }))
}

/** What two domains of one host are listed as, together. */
function joinListings(one: readonly Listing[], other: readonly Listing[]): readonly Listing[] {
  const joined = new Map(one.map(listing => [listing.category, listing]))
  for (const listing of other) {
    const known = joined.get(listing.category)
    joined.set(
      listing.category,
      known
        ? {
            category: listing.category,
            sources: [...new Set([...known.sources, ...listing.sources])].sort(),
            isCurated: known.isCurated || listing.isCurated,
          }
        : listing,
    )
  }
  return [...joined.values()].sort((a, b) => categories.indexOf(a.category) - categories.indexOf(b.category))
}
