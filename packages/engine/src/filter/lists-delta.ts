import { blockPlaces, type Metadata } from './lists-file.ts'
import { asciiJson, type Nodes, type NodeSet, readNodes, setKey, writeNodes } from './lists-nodes.ts'
import { ListsFileError, readSections } from './lists-sections.ts'

/*
 * What changes one list file into the next: sent to a gateway each hour in place of the whole file.
 *
 *     4 bytes 'GHLD', format version 1
 *     8 bytes each: checksum of the old file, checksum of the new one (as in their headers)
 *     sets: how many stay as they were, from the first on; then those that are new, each its items and what is beneath
 *     metadata of the new file, as JSON
 *     nodes gone: how far each is from the one before, counted in nodes of the old file
 *     nodes whose set is another: likewise, with the set
 *     nodes that are new: how far each is from the one before, counted in places; fingerprint; set
 *
 * Numbers are in groups of seven bits, the low ones first, as in LEB128; fingerprints four bytes. A new name costs about
 * seven bytes, one that is gone two. The new file is written again from its nodes, which have one order only, so it is the
 * same byte for byte; that is compared with the checksum here, and with the SHA-256 in the signed bundle by the gateway.
 */

const magicBytes = [0x47, 0x48, 0x4c, 0x44]
const deltaVersion = 1

/**
 * The delta from `before` to `after`, or null if there is none that is worth sending: the files have different seeds or
 * tables of different size (a list that has grown by half), or so much has changed that the file itself is no longer.
 * @throws {ListsFileError} if one of them is no list file of this version.
 */
export function listsDelta(before: Uint8Array, after: Uint8Array): Uint8Array | null {
  const [old, next] = [readSections(before), readSections(after)]
  if (old.seed !== next.seed || old.sizes.blocks !== next.sizes.blocks) return null
  const [from, to] = [readNodes(old), readNodes(next)]
  const out = createWriter()
  for (const byte of magicBytes) out.byte(byte)
  out.byte(deltaVersion)
  out.text(old.checksum)
  out.text(next.checksum)
  const kept = sameSets(from.sets, to.sets)
  out.number(kept)
  out.number(to.sets.length - kept)
  for (const { items, beneath } of to.sets.slice(kept)) {
    out.number(beneath)
    out.number(items.length)
    for (const item of items) out.number(item)
  }
  out.text(asciiJson(to.metadata))
  out.number(to.domains)
  out.number(to.pages)
  const { gone, changed, added } = differences(from, to)
  out.number(gone.length)
  writeGaps(gone, out.number)
  out.number(changed.length)
  writeGaps(
    changed.map(([index]) => index),
    out.number,
  )
  for (const [, set] of changed) out.number(set)
  out.number(added.length)
  writeGaps(
    added.map(index => to.place[index] ?? 0),
    out.number,
  )
  for (const index of added) {
    out.word(to.finger[index] ?? 0)
    out.number(to.set[index] ?? 0)
  }
  const delta = out.bytes()
  return delta.length < after.length ? delta : null
}

/**
 * The file that `listsDelta` had as `after`. Neither argument is trusted.
 * @throws {ListsFileError} if this is no delta, or one for another file, or damaged.
 */
export function applyDelta(before: Uint8Array, delta: Uint8Array): Uint8Array {
  const input = createReader(delta)
  if (magicBytes.some(byte => byte !== input.byte())) throw new ListsFileError('This is no change to a list file')
  const version = input.byte()
  if (version !== deltaVersion)
    throw new ListsFileError(`The change to a list file has version ${version}, expected ${deltaVersion}`)
  const old = readSections(before)
  const [wantedBefore, wantedAfter] = [input.text(16), input.text(16)]
  if (old.checksum !== wantedBefore)
    throw new ListsFileError(`This is a change to list file ${wantedBefore}, not to ${old.checksum}`)
  const from = readNodes(old)
  const sets: NodeSet[] = from.sets.slice(0, input.count(from.sets.length))
  for (let left = input.count(0xffff); left > 0; left -= 1) {
    const beneath = input.count(3)
    const items = Array.from({ length: input.count(0xffff) }, () => input.count(0xffff))
    sets.push({ items, beneath })
  }
  const metadata = parseMetadata(input.text())
  const domains = input.count(0xffffffff)
  const pages = input.count(0xffffffff)
  const gone = readGaps(input, from.count, 1)
  const changed = readGaps(input, from.count, 1)
  const setOf = new Map<number, number>()
  for (const index of changed) setOf.set(index, input.count(sets.length - 1))
  const places = readGaps(input, old.sizes.blocks * blockPlaces, 0)
  const added = places.map(place => ({ place, finger: input.word(), set: input.count(sets.length - 1) }))
  input.end()
  const after = writeNodes({ ...merged(from, gone, setOf, added), sets, metadata, domains, pages })
  // Reads it once more, which compares its own checksum; that of the delta is the one that was meant.
  if (readSections(after).checksum !== wantedAfter)
    throw new ListsFileError('The change to the list file does not give the file that was meant')
  return after
}

const sameSets = (before: readonly NodeSet[], after: readonly NodeSet[]): number => {
  const different = after.findIndex((set, index) => {
    const old = before[index]
    return old === undefined || setKey(old) !== setKey(set)
  })
  return different < 0 ? after.length : different
}

/** Negative if the node of `one` comes before that of `other`. */
const compareNodes = (one: Nodes, at: number, other: Nodes, otherAt: number): number =>
  (one.place[at] ?? 0) - (other.place[otherAt] ?? 0) || (one.finger[at] ?? 0) - (other.finger[otherAt] ?? 0)

function differences(from: Nodes, to: Nodes) {
  const gone: number[] = []
  const changed: [number, number][] = []
  const added: number[] = []
  const isSame = to.sets.map((set, index) => {
    const old = from.sets[index]
    return old !== undefined && setKey(old) === setKey(set)
  })
  let index = 0
  let next = 0
  while (index < from.count || next < to.count) {
    const order = index === from.count ? 1 : next === to.count ? -1 : compareNodes(from, index, to, next)
    if (order < 0) gone.push(index)
    else if (order > 0) added.push(next)
    else {
      const set = to.set[next] ?? 0
      if (from.set[index] !== set || !isSame[set]) changed.push([index, set])
    }
    if (order <= 0) index += 1
    if (order >= 0) next += 1
  }
  return { gone, changed, added }
}

interface AddedNode {
  readonly place: number
  readonly finger: number
  readonly set: number
}

/** The old nodes in runs between what goes and what comes: there are few of either. */
function merged(
  from: Nodes,
  gone: readonly number[],
  setOf: ReadonlyMap<number, number>,
  added: readonly AddedNode[],
): Pick<Nodes, 'seed' | 'blocks' | 'count' | 'place' | 'finger' | 'set'> {
  const count = from.count - gone.length + added.length
  const place = new Uint32Array(count)
  const finger = new Uint32Array(count)
  const set = new Uint16Array(count)
  const oldSet = from.set.slice()
  for (const [index, number] of setOf) oldSet[index] = number
  let at = 0
  let copied = 0
  const copyUntil = (end: number) => {
    place.set(from.place.subarray(copied, end), at)
    finger.set(from.finger.subarray(copied, end), at)
    set.set(oldSet.subarray(copied, end), at)
    at += Math.max(0, end - copied)
    copied = Math.max(copied, end)
  }
  let next = 0
  for (const node of added) {
    const before = firstNotBefore(from, node)
    for (; next < gone.length && (gone[next] ?? 0) < before; next += 1) {
      copyUntil(gone[next] ?? 0)
      copied += 1
    }
    copyUntil(before)
    place[at] = node.place
    finger[at] = node.finger
    set[at] = node.set
    at += 1
  }
  for (; next < gone.length; next += 1) {
    copyUntil(gone[next] ?? 0)
    copied += 1
  }
  copyUntil(from.count)
  return { seed: from.seed, blocks: from.blocks, count, place, finger, set }
}

/** Index of the first node that does not come before this one. */
function firstNotBefore(nodes: Nodes, { place, finger }: AddedNode): number {
  let from = 0
  let to = nodes.count
  while (from < to) {
    const middle = (from + to) >>> 1
    const where = nodes.place[middle] ?? 0
    if (where < place || (where === place && (nodes.finger[middle] ?? 0) < finger)) from = middle + 1
    else to = middle
  }
  return from
}

function parseMetadata(text: string): Metadata {
  try {
    // What is wrong with it is found when the file is read: its checksum is not the one that was meant.
    return JSON.parse(text) as Metadata
  } catch (cause) {
    throw new ListsFileError('The change to a list file is damaged', { cause })
  }
}

function writeGaps(ascending: readonly number[], write: (value: number) => void): void {
  let before = 0
  for (const value of ascending) {
    write(value - before)
    before = value
  }
}

/** Ascending numbers below `end`, each at least `apart` more than the one before. */
function readGaps(input: Reader, end: number, apart: 0 | 1): number[] {
  const values: number[] = []
  let value = 0
  // No more than one a byte, so that a false count cannot fill the memory.
  for (let left = input.count(input.left()); left > 0; left -= 1) {
    const gap = input.count(0xffffffff)
    value += gap
    if (value >= end || (values.length > 0 && gap < apart))
      throw new ListsFileError('The change to a list file is damaged')
    values.push(value)
  }
  return values
}

function createWriter() {
  let bytes = new Uint8Array(4096)
  let size = 0
  const byte = (value: number) => {
    if (size === bytes.length) {
      const larger = new Uint8Array(size * 2)
      larger.set(bytes)
      bytes = larger
    }
    bytes[size] = value
    size += 1
  }
  const number = (value: number) => {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) byte((rest % 128) | 128)
    byte(rest)
  }
  return {
    byte,
    number,
    word(value: number) {
      for (let shift = 0; shift < 32; shift += 8) byte((value >>> shift) & 255)
    },
    /** ASCII, with its length. */
    text(value: string) {
      number(value.length)
      for (let index = 0; index < value.length; index += 1) byte(value.charCodeAt(index))
    },
    bytes: () => bytes.slice(0, size),
  }
}

type Reader = ReturnType<typeof createReader>
function createReader(bytes: Uint8Array) {
  let at = 0
  const byte = (): number => {
    const value = bytes[at]
    if (value === undefined) throw new ListsFileError('The change to a list file is cut short')
    at += 1
    return value
  }
  const count = (most: number): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const group = byte()
      value += (group % 128) * factor
      if (value > most || factor > 2 ** 28) throw new ListsFileError('The change to a list file is damaged')
      if (group < 128) return value
    }
  }
  return {
    byte,
    count,
    left: () => bytes.length - at,
    word: () => (byte() | (byte() << 8) | (byte() << 16) | (byte() << 24)) >>> 0,
    text(length?: number): string {
      const size = count(bytes.length - at)
      if (length !== undefined && size !== length) throw new ListsFileError('The change to a list file is damaged')
      let text = ''
      for (let index = 0; index < size; index += 1) text += String.fromCharCode(byte())
      return text
    },
    end() {
      if (at !== bytes.length) throw new ListsFileError('The change to a list file has something after its end')
    },
  }
}
