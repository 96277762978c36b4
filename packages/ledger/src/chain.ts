import { type Diagnosis, unreadable, wrongHash, wrongNumber, wrongPrev, wrongSchool } from './diagnosis.ts'
import { GENESIS, type LedgerEntry } from './entry.ts'
import { type HashStore, hashStore } from './hash-store.ts'

export interface ChainStart {
  readonly school?: string
  readonly firstSeq?: number
  readonly firstPrev?: string
}

/** A run of entries that was found whole by itself and only has to be joined to what came before it. */
export interface Block {
  readonly school: string
  readonly firstSeq: number
  readonly firstPrev: string
  readonly firstAt: string
  readonly lastAt: string
  /** 32 bytes each, in order; at least one. */
  readonly hashes: Uint8Array
  readonly clockSteps: readonly ClockStep[]
}

/** Entry `seq` says an earlier time than the entry before it. */
export interface ClockStep {
  readonly seq: number
  readonly before: string
  readonly at: string
}

export interface ChainState {
  readonly school: string | null
  /** How many were pushed, sound or not. */
  readonly entries: number
  /** 0 as long as nothing says where the chain begins. */
  readonly firstSeq: number
  /** The last sound entry; `firstSeq - 1` if there is none. */
  readonly lastSeq: number
  readonly head: string
  readonly diagnosis: Diagnosis | null
  /** Of the sound entries, `firstSeq` to `lastSeq`. */
  readonly hashes: HashStore
  readonly clockSteps: readonly ClockStep[]
}

export interface Chain {
  /** `computed` is the hash of what `entry` says. */
  push(entry: LedgerEntry, computed: string): void
  /** Joins `block` and says true; says false, and does nothing, if it does not follow without a flaw. */
  join(block: Block): boolean
  /** Something stands where the next entry should, and is none. */
  malformed(fault: string, where: string): void
  state(): ChainState
}

/** Walks a chain in the order it is given, up to the first flaw; later entries only bear witness to what it is. */
export function createChain(start: ChainStart = {}): Chain {
  const hashes = hashStore()
  const clockSteps: ClockStep[] = []
  let school = start.school ?? null
  let entries = 0
  let firstSeq = start.firstSeq ?? 0
  let nextSeq = firstSeq
  let head = start.firstPrev ?? GENESIS
  let lastAt = ''
  let diagnosis: Diagnosis | null = null

  /** Where a slice begins, and what it follows, is taken from its first entry if nobody said it. */
  const begin = (entry: Pick<LedgerEntry, 'seq' | 'prev' | 'school'>): void => {
    if (nextSeq === 0) firstSeq = nextSeq = entry.seq
    if (hashes.size === 0 && start.firstPrev === undefined && firstSeq > 1) head = entry.prev
    school ??= entry.school
  }

  const examine = (entry: LedgerEntry, computed: string): Diagnosis | null => {
    const sound = { nextSeq, head, firstSeq, hashes }
    if (entry.seq !== nextSeq) return wrongNumber(entry, computed, sound)
    if (computed !== entry.hash) return wrongHash(entry, computed)
    if (school !== null && entry.school !== school) return wrongSchool(entry, school)
    if (entry.prev !== head) return wrongPrev(entry, computed, sound)
    return null
  }

  return {
    push(entry, computed) {
      entries++
      if (diagnosis) {
        diagnosis = diagnosis.witness?.(entry, computed) ?? diagnosis
        return
      }
      begin(entry)
      diagnosis = examine(entry, computed)
      if (diagnosis) return
      if (entry.at < lastAt) clockSteps.push({ seq: entry.seq, before: lastAt, at: entry.at })
      lastAt = entry.at
      hashes.pushHex(computed)
      head = computed
      nextSeq++
    },
    join(block) {
      if (diagnosis) return false
      if (nextSeq !== 0 && block.firstSeq !== nextSeq) return false
      if (school !== null && block.school !== school) return false
      const opensSlice = hashes.size === 0 && start.firstPrev === undefined && block.firstSeq > 1
      if (!opensSlice && block.firstPrev !== head) return false
      begin({ seq: block.firstSeq, prev: block.firstPrev, school: block.school })
      if (block.firstAt < lastAt) clockSteps.push({ seq: block.firstSeq, before: lastAt, at: block.firstAt })
      clockSteps.push(...block.clockSteps)
      lastAt = block.lastAt
      hashes.pushAll(block.hashes)
      const count = block.hashes.length / 32
      entries += count
      nextSeq += count
      head = hashes.hex(hashes.size - 1)
      return true
    },
    malformed(fault, where) {
      diagnosis ??= unreadable(Math.max(nextSeq, 1), fault, where)
    },
    state: () => ({ school, entries, firstSeq, lastSeq: nextSeq - 1, head, diagnosis, hashes, clockSteps }),
  }
}
