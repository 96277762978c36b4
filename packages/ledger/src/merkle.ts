import { hash } from 'node:crypto'

/** RFC 6962 section 2.1: leaves and inner nodes are hashed with different first bytes, so neither can pass as the other. */
const LEAF_PREFIX = 0x00
const NODE_PREFIX = 0x01

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

/** RFC 6962 section 2.1: the root of a tree without leaves is the hash of nothing. */
const emptyRoot = (): Buffer => sha256(Buffer.alloc(0))

export function leafHash(data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + data.length)
  bytes[0] = LEAF_PREFIX
  bytes.set(data, 1)
  return sha256(bytes)
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + left.length + right.length)
  bytes[0] = NODE_PREFIX
  bytes.set(left, 1)
  bytes.set(right, 1 + left.length)
  return sha256(bytes)
}

export interface MerkleTree {
  readonly size: number
  /** Adds the entry whose hash is `hashHex` (64 hex digits): the leaf's data are its 32 bytes. */
  append(hashHex: string): void
  appendBytes(data: Uint8Array): void
  /** 32 bytes. Costs one hash for each 1 bit of `size`; the tree can go on growing afterwards. */
  root(): Buffer
  /** The roots of the full subtrees from left to right, hex: enough to go on with `merkleTree({ size, range })`. */
  range(): string[]
}

/**
 * A Merkle tree (RFC 6962 section 2.1, RFC 9162 section 2.1.1) that keeps only the roots of its full subtrees, largest
 * first, one for each 1 bit of the size. Size 6 = 0b110 keeps two: of leaves 0–3 and of leaves 4–5.
 *
 * @throws {RangeError} if `from` does not hold one root for each 1 bit of its size.
 */
export function merkleTree(from: { size: number; range: readonly string[] } = { size: 0, range: [] }): MerkleTree {
  if (!Number.isSafeInteger(from.size) || from.size < 0 || ones(from.size) !== from.range.length) {
    throw new RangeError(`A tree of ${from.size} leaves does not have ${from.range.length} full subtrees`)
  }
  if (from.range.some(node => !/^[0-9a-f]{64}$/.test(node))) throw new RangeError('A subtree is not 64 hex digits')
  const full: Buffer[] = from.range.map(node => Buffer.from(node, 'hex'))
  let size = from.size
  const appendBytes = (data: Uint8Array): void => {
    let node = leafHash(data)
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) node = nodeHash(pop(full), node)
    full.push(node)
    size++
  }
  return {
    get size() {
      return size
    },
    append: hashHex => appendBytes(Buffer.from(hashHex, 'hex')),
    appendBytes,
    root: () =>
      full.reduceRight<Buffer | null>((right, left) => (right ? nodeHash(left, right) : left), null) ?? emptyRoot(),
    range: () => full.map(node => node.toString('hex')),
  }
}

function pop(stack: Buffer[]): Buffer {
  const top = stack.pop()
  if (!top) throw new Error('The tree lost a subtree') // cannot happen: one for each 1 bit of size
  return top
}

function ones(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}

/** The largest power of two smaller than `size`, for size > 1 (k in RFC 6962 section 2.1). */
function split(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}

/** MTH of RFC 6962 section 2.1 over `leaves` (their data, not their hashes). */
export function merkleRoot(leaves: readonly Uint8Array[]): Buffer {
  const tree = merkleTree()
  for (const leaf of leaves) tree.appendBytes(leaf)
  return tree.root()
}

/**
 * PATH of RFC 6962 section 2.1.1: what proves that leaf `index` is in the tree of all `leaves`, from the leaf upwards.
 * @throws {RangeError} if there is no such leaf.
 */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Buffer[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`No leaf ${index} in a tree of ${leaves.length}`)
  }
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  return index < k
    ? [...inclusionProof(leaves.slice(0, k), index), merkleRoot(leaves.slice(k))]
    : [...inclusionProof(leaves.slice(k), index - k), merkleRoot(leaves.slice(0, k))]
}

/** RFC 9162 section 2.1.3.2. The proof, index and size may come from an attacker; only `root` must be trusted. */
export function verifyInclusion(
  leaf: Uint8Array,
  { index, size, proof, root }: { index: number; size: number; proof: readonly Uint8Array[]; root: Uint8Array },
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  let fn = index
  let sn = size - 1
  let node: Uint8Array = leafHash(leaf)
  for (const sibling of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      node = nodeHash(sibling, node)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      node = nodeHash(node, sibling)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && same(node, root)
}

/**
 * PROOF of RFC 6962 section 2.1.2: what proves that the tree of all `leaves` begins with its own first `size` leaves.
 * @throws {RangeError} if `size` is not from 1 to the number of leaves.
 */
export function consistencyProof(leaves: readonly Uint8Array[], size: number): Buffer[] {
  if (!Number.isInteger(size) || size < 1 || size > leaves.length) {
    throw new RangeError(`No earlier tree of ${size} leaves in a tree of ${leaves.length}`)
  }
  return subproof(leaves, size, true)
}

function subproof(leaves: readonly Uint8Array[], size: number, known: boolean): Buffer[] {
  if (size === leaves.length) return known ? [] : [merkleRoot(leaves)]
  const k = split(leaves.length)
  return size <= k
    ? [...subproof(leaves.slice(0, k), size, known), merkleRoot(leaves.slice(k))]
    : [...subproof(leaves.slice(k), size - k, false), merkleRoot(leaves.slice(0, k))]
}

/** RFC 9162 section 2.1.4.2. The proof and sizes may come from an attacker; only the two roots must be trusted. */
export function verifyConsistency(
  first: { size: number; root: Uint8Array },
  second: { size: number; root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(first.size) || !Number.isSafeInteger(second.size)) return false
  if (first.size < 1 || first.size > second.size) return false
  if (first.size === second.size) return proof.length === 0 && same(first.root, second.root)
  const [start, ...rest] = isPowerOfTwo(first.size) ? [first.root, ...proof] : proof
  if (!start) return false
  let fn = first.size - 1
  let sn = second.size - 1
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)]
  let fr = start
  let sr = start
  for (const node of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(node, fr)
      sr = nodeHash(node, sr)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      sr = nodeHash(sr, node)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && same(fr, first.root) && same(sr, second.root)
}

const half = (n: number): number => Math.floor(n / 2)
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const isPowerOfTwo = (n: number): boolean => ones(n) === 1
