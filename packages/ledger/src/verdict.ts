export type ProblemKind =
  | 'altered'
  | 'missing'
  | 'inserted'
  | 'swapped'
  | 'truncated'
  | 'wrong-school'
  | 'bad-checkpoint'
  | 'malformed'
  | 'head-mismatch'

/** The first thing that is wrong with a chain. */
export interface Problem {
  /** The entry it is about; where only a stretch is known, its first entry. */
  readonly seq: number
  readonly kind: ProblemKind
  readonly expected: string
  readonly found: string
  /** For a person, complete in itself. */
  readonly sentence: string
}

export interface Verdict {
  readonly ok: boolean
  readonly school: string | null
  /** How many were read, good or not. */
  readonly entries: number
  /** 0 if there are no entries. */
  readonly firstSeq: number
  /** The last entry of the unbroken chain from `firstSeq`; 0 if there is none. */
  readonly lastSeq: number
  /** The hash of entry `lastSeq`, or what the first entry would have to name. */
  readonly head: string
  readonly problem?: Problem
  /** What is not wrong but should be known, in sentences. */
  readonly warnings: readonly string[]
  /** How many checkpoints agreed with the entries, and how many entries the largest of those covers. */
  readonly checkpoints: { readonly checked: number; readonly latestSize: number | null }
}
