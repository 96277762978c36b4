/** Compares a chain with what was kept outside the database: heads and signed checkpoints. */
import type { ChainState } from './chain.ts'
import { type Checkpoint, CheckpointError, parseCheckpoint } from './checkpoint.ts'
import type { Head } from './heads.ts'
import { type MerkleTree, merkleTree } from './merkle.ts'
import { NoteError, parseNote, verifyNote } from './note.ts'
import type { Problem } from './verdict.ts'

export interface HeadsResult {
  readonly problem: Problem | null
  readonly warnings: readonly string[]
  /** Entries beside a flaw of the chain whose noted head agrees: those are genuine. */
  readonly agreed: ReadonlySet<number>
  readonly highest: number | null
}

/** `announcedLast`: where the entries say that they end, which makes later heads nothing to wonder at. */
export function compareHeads(state: ChainState, heads: Iterable<Head>, announcedLast: number | undefined): HeadsResult {
  const { hashes, firstSeq, diagnosis } = state
  const last = lastOf(state)
  const suspect = diagnosis?.problem.seq
  const agreed = new Set<number>()
  const warnings: string[] = []
  let highest: number | null = null
  let problem: Problem | null = null
  for (const { seq, hash } of heads) {
    highest = Math.max(highest ?? 0, seq)
    if (hashes.size === 0 || seq < firstSeq || seq > last) continue
    const found = hashes.hex(seq - firstSeq)
    if (found !== hash) {
      if (!problem || seq < problem.seq) problem = rewritten(seq, hash, found)
    } else if (seq === suspect) agreed.add(seq)
  }
  if (highest === null || diagnosis) return { problem, warnings, agreed, highest }
  if (highest > last) {
    if (announcedLast === last) {
      warnings.push(`These entries end with entry ${last}, as announced; entries up to ${highest} were written since.`)
    } else {
      problem ??= cutOff(last, highest)
    }
  } else if (highest < last) {
    warnings.push(
      `The newest head noted outside is of entry ${highest}: no head vouches for the ${last - highest} after it.`,
    )
  }
  return { problem, warnings, agreed, highest }
}

const lastOf = ({ firstSeq, hashes }: ChainState): number => Math.max(firstSeq, 1) - 1 + hashes.size

const rewritten = (seq: number, expected: string, found: string): Problem => ({
  kind: 'head-mismatch',
  seq,
  expected: `hash ${expected}`,
  found: `hash ${found}`,
  sentence: `Entry ${seq} is not the one whose hash was noted outside when it was written: it was rewritten, or the note was.`,
})

const cutOff = (last: number, highest: number): Problem => ({
  kind: 'truncated',
  seq: last + 1,
  expected: `entry ${highest} as the last`,
  found: last === 0 ? 'no entries' : `entry ${last} as the last`,
  sentence: `Entries ${last + 1} to ${highest} were cut off the end: they were noted outside when they were written.`,
})

/** A problem that lies somewhere from `problem.seq` to `upTo`. */
export interface Stretch {
  readonly problem: Problem
  readonly upTo: number
}

export interface CheckpointsResult {
  readonly problem: Stretch | null
  readonly warnings: readonly string[]
  readonly checked: number
  readonly latestSize: number | null
}

interface Keys {
  readonly vkeys: readonly string[]
  /** False if they came with the entries: whoever rewrote those may have made these. */
  readonly areOurs: boolean
}

/** @throws {NoteError} if a key is none and `areOurs`. */
export function compareCheckpoints(
  state: ChainState,
  notes: readonly string[],
  keys: Keys,
  expect: { readonly range?: readonly string[]; readonly origin?: string },
): CheckpointsResult {
  const warnings = new Set<string>()
  const problems: Stretch[] = []
  const readable: Checkpoint[] = []
  for (const note of notes) {
    const read = readNote(note, keys, expect.origin)
    if (typeof read === 'string') problems.push(badNote(state, read))
    else readable.push(read)
  }
  const { school } = state
  for (const { origin } of readable) {
    if (expect.origin === undefined && school !== null && !origin.includes(school)) {
      warnings.add(`A checkpoint is of "${origin}", which does not name school ${school}.`)
    }
  }
  if (readable.length > 0 && keys.vkeys.length === 0) {
    warnings.add('No key was given, so the signatures of the checkpoints were not checked.')
  } else if (readable.length > 0 && !keys.areOurs) {
    warnings.add(
      'The checkpoints were checked with a key that came with the entries: compare it with one kept elsewhere.',
    )
  }
  const compared = compareRoots(state, readable, expect.range)
  for (const warning of compared.warnings) warnings.add(warning)
  if (compared.problem) problems.push(compared.problem)
  const problem = problems.sort((a, b) => a.problem.seq - b.problem.seq || a.upTo - b.upTo)[0] ?? null
  return { problem, warnings: [...warnings], checked: compared.checked, latestSize: compared.latestSize }
}

function compareRoots(
  state: ChainState,
  checkpoints: readonly Checkpoint[],
  range: readonly string[] | undefined,
): CheckpointsResult {
  const before = Math.max(state.firstSeq, 1) - 1
  const last = lastOf(state)
  const warnings: string[] = []
  let checked = 0
  let latestSize: number | null = null
  let problem: Stretch | null = null
  const tree = treeBefore(before, range)
  if (!tree && checkpoints.length > 0) {
    warnings.push('Checkpoints could not be compared: the slice does not say which tree it continues.')
  }
  for (const { size, root } of [...checkpoints].sort((a, b) => a.size - b.size)) {
    if (size > last) {
      if (!state.diagnosis) problem ??= { upTo: size, problem: shorterThan(size, last) }
    } else if (tree && size < before) {
      warnings.push(`A checkpoint over the first ${size} entries lies before this slice and was not compared.`)
    } else if (tree) {
      while (tree.size < size) tree.appendBytes(state.hashes.bytes(tree.size - before))
      const found = tree.root()
      if (found.equals(root)) {
        checked++
        latestSize = size
      } else {
        problem ??= { upTo: size, problem: notSigned((latestSize ?? before) + 1, size, root, found) }
      }
    }
  }
  return { problem, warnings, checked, latestSize }
}

/** Null if `range` is not the subtrees of a tree of that size; a false one of the right form makes every root wrong. */
function treeBefore(size: number, range: readonly string[] | undefined): MerkleTree | null {
  if (size === 0) return merkleTree()
  if (!range) return null
  try {
    return merkleTree({ size, range })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

const shorterThan = (size: number, last: number): Problem => ({
  kind: 'truncated',
  seq: last + 1,
  expected: `${size} entries, as a checkpoint says`,
  found: `${last} entries`,
  sentence: `A checkpoint covers ${size} entries, and ${last} are here: the rest were cut off the end, or this copy is older than the checkpoint.`,
})

const notSigned = (from: number, size: number, root: Uint8Array, found: Uint8Array): Problem => ({
  kind: 'bad-checkpoint',
  seq: Math.min(from, Math.max(size, 1)),
  expected: `root ${Buffer.from(root).toString('base64')} over ${size} entries`,
  found: `root ${Buffer.from(found).toString('base64')}`,
  sentence: `These are not the entries of the checkpoint over the first ${size}: at least one from entry ${Math.min(from, Math.max(size, 1))} to entry ${size} was rewritten after it was made.`,
})

/** Says nothing of any entry, so it ranks behind every flaw of an entry. */
const badNote = (state: ChainState, fault: string): Stretch => ({
  upTo: Number.MAX_SAFE_INTEGER,
  problem: {
    kind: 'bad-checkpoint',
    seq: Math.max(lastOf(state), 1),
    expected: 'a checkpoint of this ledger, signed by a known key',
    found: fault,
    sentence: `A checkpoint cannot be relied on. ${fault}.`,
  },
})

/** The checkpoint in a signed note (attacker-controlled), or what is wrong with it. */
function readNote(note: string, { vkeys, areOurs }: Keys, origin: string | undefined): Checkpoint | string {
  let text: string
  try {
    if (vkeys.length === 0) text = parseNote(note).text
    else {
      const verdict = verifyNote(note, vkeys)
      if (!verdict.ok) return verdict.sentence
      text = verdict.text
    }
  } catch (error) {
    if (!(error instanceof NoteError) || (areOurs && vkeys.length > 0)) throw error
    return error.message
  }
  try {
    const checkpoint = parseCheckpoint(text)
    if (origin !== undefined && checkpoint.origin !== origin) {
      return `It is of "${checkpoint.origin}" and this ledger is "${origin}"`
    }
    return checkpoint
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error
    return error.message
  }
}
