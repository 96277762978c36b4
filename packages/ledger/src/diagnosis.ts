import { hash } from 'node:crypto'
import { entryHash, entryParts, GENESIS, type LedgerEntry } from './entry.ts'
import type { HashStore } from './hash-store.ts'
import type { Problem, ProblemKind } from './verdict.ts'

/** What is wrong, as far as it is known. */
export interface Diagnosis {
  readonly problem: Problem
  /** The entry to blame instead if `problem.seq` proves genuine. */
  readonly otherSuspect?: number
  /**
   * What kind of wrong often shows only in the entries that follow (two that changed places, one that was put in), so
   * each of them is asked, and may change the diagnosis. Without a witness it stands.
   */
  readonly witness?: (later: LedgerEntry, computed: string) => Diagnosis
}

/** The sound part of a chain, up to the flaw. */
export interface SoundPart {
  /** The number that the next entry must have, and the hash that it must name. */
  readonly nextSeq: number
  readonly head: string
  readonly firstSeq: number
  readonly hashes: HashStore
}

const flaw = (kind: ProblemKind, seq: number, expected: string, found: string, sentence: string): Diagnosis => ({
  problem: { kind, seq, expected, found, sentence },
})

/** "Entry 5 is", "Entries 5 to 7 are". */
const entriesThat = (from: number, to: number, one: string, many: string): string =>
  from === to ? `Entry ${from} ${one}` : `Entries ${from} to ${to} ${many}`

export function wrongSchool(entry: LedgerEntry, school: string): Diagnosis {
  const sentence = `Entry ${entry.seq} belongs to school ${entry.school}, and this is the ledger of ${school}.`
  return flaw('wrong-school', entry.seq, `school ${school}`, `school ${entry.school}`, sentence)
}

export function unreadable(seq: number, fault: string, where: string): Diagnosis {
  return flaw('malformed', seq, `entry ${seq}`, fault, `Entry ${seq} cannot be read: ${where} has ${fault}.`)
}

/** `entry` has another number than the next. */
export function wrongNumber(entry: LedgerEntry, computed: string, sound: SoundPart): Diagnosis {
  const { nextSeq: due, head, firstSeq, hashes } = sound
  const { seq } = entry
  const renumbered = (candidate: LedgerEntry): Diagnosis | null => {
    if (candidate.prev !== head || hashAs(candidate, due) !== candidate.hash) return null
    const sentence = `Entry ${due} was altered: its number was changed to ${candidate.seq}.`
    return flaw('altered', due, `number ${due}`, `number ${candidate.seq}`, sentence)
  }
  const altered = renumbered(entry)
  if (altered) return altered
  if (seq < firstSeq) {
    const sentence = `Entry ${seq} stands where entry ${due} should, and this ledger begins with entry ${firstSeq}.`
    return flaw('inserted', due, `entry ${due}`, `entry ${seq}`, sentence)
  }
  if (seq < due) {
    const sentence =
      computed === entry.hash && computed === hashes.hex(seq - firstSeq)
        ? `Entry ${seq} was inserted a second time.`
        : `There are two different entries ${seq}: one was inserted.`
    return flaw('inserted', seq, `entry ${due}`, `a second entry ${seq}`, sentence)
  }
  const missing: Diagnosis = {
    ...flaw('missing', due, `entry ${due}`, `entry ${seq}`, `${entriesThat(due, seq - 1, 'is', 'are')} missing.`),
    witness: later => {
      if (later.seq !== due) return renumbered(later) ?? missing
      const sentence = `Entry ${due} is out of order: entry ${seq} stands in its place.`
      return flaw('swapped', due, `entry ${due}`, `entry ${seq}`, sentence)
    },
  }
  return missing
}

/** `entry` has the next number, and its hash is not that of what it says. */
export function wrongHash(entry: LedgerEntry, computed: string): Diagnosis {
  const { seq } = entry
  const original = originalSeq(entry)
  if (original === null) return alteredOrInserted(entry, computed)
  const genuine = `the genuine entry ${seq}`
  if (original < seq) {
    const sentence = `${entriesThat(original, seq - 1, 'was', 'were')} inserted: the genuine entry ${original} now has number ${seq}.`
    return flaw('inserted', original, `the genuine entry ${original}`, `it has number ${seq}`, sentence)
  }
  const was = `what was entry ${original}`
  const shift = original - seq
  const missing = flaw(
    'missing',
    seq,
    genuine,
    was,
    `${entriesThat(seq, original - 1, 'is', 'are')} missing, and those after were numbered anew: ${was} stands in its place.`,
  )
  return {
    ...missing,
    witness: next =>
      hashAs(next, next.seq + shift) === next.hash
        ? missing
        : flaw('swapped', seq, genuine, was, `Entry ${seq} was swapped: ${was} stands in its place.`),
  }
}

function alteredOrInserted(entry: LedgerEntry, computed: string): Diagnosis {
  const { seq } = entry
  const sentence = `Entry ${seq} was altered: what it says does not match its hash.`
  const altered = flaw('altered', seq, `hash ${computed}`, `hash ${entry.hash}`, sentence)
  return {
    ...altered,
    witness: (next, nextComputed) => {
      const pushedOn = next.seq === seq + 1 && next.hash !== nextComputed && hashAs(next, seq) === next.hash
      if (next.seq !== seq && !pushedOn) return altered
      const genuine = `the genuine entry ${seq}`
      return flaw('inserted', seq, genuine, 'another', `Entry ${seq} was inserted: ${genuine} comes after it.`)
    },
  }
}

/**
 * `entry` has the next number and a hash that fits, but names another predecessor. So this entry and the one before
 * contradict each other; the one after tells which of them is genuine, because it follows the genuine one.
 */
export function wrongPrev(entry: LedgerEntry, computed: string, { head, firstSeq, hashes }: SoundPart): Diagnosis {
  const { seq } = entry
  const linked = `a link to ${head}`
  const found = `a link to ${entry.prev}`
  if (hashes.size === 0) {
    return flaw('altered', seq, linked, found, `Entry ${seq} does not follow from what came before it.`)
  }
  const thisOne = flaw(
    'altered',
    seq,
    linked,
    found,
    `Entry ${seq} was altered and its hash made to fit: it no longer follows from entry ${seq - 1}.`,
  )
  const follows = followerOf(entry.prev, firstSeq, hashes)
  const before =
    follows === null
      ? flaw(
          'altered',
          seq - 1,
          `hash ${entry.prev}`,
          `hash ${head}`,
          `Entry ${seq - 1} was altered and its hash made to fit: it is not the entry that entry ${seq} follows.`,
        )
      : flaw(
          'inserted',
          follows,
          `entry ${seq} to follow entry ${seq - 1}`,
          `it follows entry ${follows - 1}`,
          `${entriesThat(follows, seq - 1, 'was', 'were')} inserted: entry ${seq} does not know of it.`,
        )
  return {
    ...before,
    otherSuspect: seq,
    witness: next => (next.seq === seq + 1 && next.prev === computed ? { ...before, otherSuspect: seq } : thisOne),
  }
}

/** The number that comes after the entry of this hash, if that is one of the sound ones (or the beginning). */
function followerOf(prev: string, firstSeq: number, hashes: HashStore): number | null {
  if (prev === GENESIS) return firstSeq === 1 ? 1 : null
  const index = hashes.lastIndexOf(prev, hashes.size)
  return index < 0 ? null : firstSeq + index + 1
}

/** How far from its place an entry is looked for: two hashes a step, and only once in a verification. */
const SEARCH_DISTANCE = 5_000

/** The number under which `entry`, whose hash does not fit, was hashed; null if its number is not what was changed. */
function originalSeq(entry: LedgerEntry): number | null {
  const { before, middle, after } = entryParts(entry)
  const head = before + entry.prev + middle
  const fits = (seq: number): boolean => seq > 0 && hash('sha256', head + seq + after) === entry.hash
  for (let distance = 1; distance <= SEARCH_DISTANCE; distance++) {
    if (fits(entry.seq + distance)) return entry.seq + distance
    if (fits(entry.seq - distance)) return entry.seq - distance
  }
  return null
}

const hashAs = (entry: LedgerEntry, seq: number): string => (seq < 1 ? '' : entryHash({ ...entry, seq }))
