import {
  blockWords,
  checksumOf,
  formatVersion,
  headerWords,
  type Metadata,
  magic,
  type Sizes,
  sectionOffsets,
  word,
} from './lists-file.ts'
import { categories } from './types.ts'

/** The bytes are not a compiled list that this version can read. */
export class ListsFileError extends Error {
  override readonly name = 'ListsFileError'
}

/** The sections of a list file as they lie in it; see lists-file.ts. */
export interface Sections {
  readonly seed: number
  readonly domains: number
  readonly pages: number
  readonly checksum: string
  readonly sizes: Sizes
  readonly blocks: Uint32Array
  readonly fingerprints: Uint32Array
  readonly morePlaces: Uint32Array
  readonly moreFingers: Uint32Array
  readonly rareSlots: Uint32Array
  readonly marks: Uint8Array
  readonly moreSets: Uint16Array
  readonly rareSets: Uint16Array
  readonly setStarts: Uint32Array
  readonly setItems: Uint16Array
  readonly setBeneath: Uint8Array
  readonly metadata: Metadata
}

/**
 * Finds the sections, without copying them unless the file lies on an odd address. `isChecked` leaves out the checksum.
 * @throws {ListsFileError} if the file is cut short, damaged, of another kind or of another version.
 */
export function readSections(bytes: Uint8Array, isChecked = false): Sections {
  const words = wordsOf(bytes, isChecked)
  const header = (index: number): number => words[index] ?? 0
  const sizes: Sizes = {
    blocks: header(word.blocks),
    slots: header(word.slots),
    more: header(word.more),
    rare: header(word.rare),
    sets: header(word.sets),
    setItems: header(word.setItems),
    metadataBytes: header(word.metadataBytes),
  }
  const at = sectionOffsets(sizes)
  if (at.end !== bytes.length) throw new ListsFileError('The sections of the list file do not fill it')
  const { buffer, byteOffset: start } = words
  const metadata = readMetadata(new Uint8Array(buffer, start + at.metadata, sizes.metadataBytes))
  const setItems = new Uint16Array(buffer, start + at.setItem, sizes.setItems)
  for (let index = 0; index < setItems.length; index += 1) {
    const item = setItems[index] ?? 0
    if (item >> 8 >= metadata.categories.length || (item & 0xff) >= metadata.sources.length)
      throw new ListsFileError('The list file names a category or source that it does not list')
  }
  return {
    seed: header(word.seed),
    domains: header(word.domains),
    pages: header(word.pages),
    checksum: hex(header(word.checksumHigh)) + hex(header(word.checksumLow)),
    sizes,
    blocks: new Uint32Array(buffer, start + at.block, sizes.blocks * blockWords),
    fingerprints: new Uint32Array(buffer, start + at.fingerprint, sizes.slots),
    morePlaces: new Uint32Array(buffer, start + at.morePlace, sizes.more),
    moreFingers: new Uint32Array(buffer, start + at.moreFinger, sizes.more),
    rareSlots: new Uint32Array(buffer, start + at.rareSlot, sizes.rare),
    marks: new Uint8Array(buffer, start + at.mark, sizes.slots),
    moreSets: new Uint16Array(buffer, start + at.moreSet, sizes.more),
    rareSets: new Uint16Array(buffer, start + at.rareSet, sizes.rare),
    setStarts: new Uint32Array(buffer, start + at.setStart, sizes.sets + 1),
    setItems,
    setBeneath: new Uint8Array(buffer, start + at.setBeneath, sizes.sets),
    metadata,
  }
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')

function wordsOf(bytes: Uint8Array, isChecked: boolean): Uint32Array {
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
  if (isChecked) return words
  const checksum = checksumOf(words)
  if (checksum.high !== words[word.checksumHigh] || checksum.low !== words[word.checksumLow]) {
    throw new ListsFileError('The list file is damaged: its checksum does not match')
  }
  return words
}

function readMetadata(ascii: Uint8Array): Metadata {
  let text = ''
  for (let index = 0; index < ascii.length; index += 4096) {
    text += String.fromCharCode(...ascii.subarray(index, index + 4096))
  }
  const metadata = parseMetadata(text)
  const unknown = metadata.categories.find(category => !categories.includes(category))
  if (unknown) throw new ListsFileError(`The list file has a category that this version does not know: ${unknown}`)
  return metadata
}

function parseMetadata(text: string): Metadata {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ListsFileError('What the list file says of its sources cannot be read', { cause })
  }
  if (typeof value === 'object' && value !== null && 'categories' in value && 'sources' in value && 'counts' in value) {
    // The rest of the shape is what compileLists wrote: the checksum has been compared.
    if ([value.categories, value.sources, value.counts].every(Array.isArray)) return value as Metadata
  }
  throw new ListsFileError('What the list file says of its sources is not what it should be')
}
