import { type Block, type ChainStart, type ChainState, createChain } from './chain.ts'
import { entryFault, entryHash, type LedgerEntry, readEntryLine } from './entry.ts'
import type { Head } from './heads.ts'
import { compareCheckpoints, compareHeads, type Stretch } from './outside.ts'
import type { Problem, Verdict } from './verdict.ts'

export { formatHead, type Head, HeadsError, parseHeads } from './heads.ts'
export type { Problem, ProblemKind, Verdict } from './verdict.ts'

export interface Expectation extends ChainStart {
  /**
   * Give `firstSeq: 1` for a school's whole ledger: otherwise entries cut off its beginning would pass for a slice.
   * Where a slice begins, `firstPrev` says what it must follow.
   */
  readonly firstSeq?: number
  /** Says that the entries end there on purpose: newer heads are then no sign of a cut. */
  readonly lastSeq?: number
  /** The Merkle subtrees before a slice (hex, `merkleTree().range()` at size `firstSeq - 1`), so that checkpoints can be compared with it. */
  readonly range?: readonly string[]
  /** The origin that checkpoints must name. */
  readonly origin?: string
}

export interface VerifierOptions {
  readonly expect?: Expectation
  /** What was noted outside the database after each commit; read once, by `finish`. */
  readonly heads?: Iterable<Head>
  /** Signed notes kept elsewhere. */
  readonly checkpoints?: readonly string[]
  /** The keys whose signatures count. */
  readonly vkeys?: readonly string[]
}

/** Takes entries in the order of their numbers. */
export interface Verifier {
  push(entry: LedgerEntry): void
  /** A line of an export as it was read (attacker-controlled). `where` names it, such as "line 7". */
  pushLine(line: string, where: string): void
  /** Joins a run of entries that is whole in itself; false if it must be pushed line by line to see what is wrong. */
  join(block: Block): boolean
  /** Something that is no entry stands in an entry's place. */
  malformed(fault: string, where: string): void
  /** A signed note that came with the entries. */
  addCheckpoint(note: string): void
  /** A key that came with the entries: counts only if no other was given, and then with a warning. */
  addVkey(vkey: string): void
  /** @throws {NoteError} if one of `options.vkeys` is not a key. */
  finish(): Verdict
}

/** Verifies a whole ledger, or a slice, in one pass and 32 bytes of memory an entry. */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  const expect = options.expect ?? {}
  const chain = createChain(expect)
  const checkpoints = [...(options.checkpoints ?? [])]
  const enclosedKeys: string[] = []
  return {
    push(entry) {
      const fault = entryFault(entry)
      const computed = fault === null ? hashOrNull(entry) : null
      if (computed !== null) chain.push(entry, computed)
      else chain.malformed(fault ?? 'text that JSON cannot hold', 'it')
    },
    pushLine(line, where) {
      const read = readEntryLine(line)
      if (read.ok) chain.push(read.entry, read.computed)
      else chain.malformed(read.fault, where)
    },
    join: chain.join,
    malformed: chain.malformed,
    addCheckpoint: note => {
      checkpoints.push(note)
    },
    addVkey: vkey => {
      enclosedKeys.push(vkey)
    },
    finish() {
      const state = chain.state()
      const trusted = options.vkeys ?? []
      const noted = compareHeads(state, options.heads ?? [], expect.lastSeq)
      const keys = trusted.length > 0 ? { vkeys: trusted, areOurs: true } : { vkeys: enclosedKeys, areOurs: false }
      const signed = compareCheckpoints(state, checkpoints, keys, expect)
      const problem = firstProblem(
        [settled(state, noted.agreed), noted.problem, shortfall(state, expect.lastSeq)],
        signed.problem,
      )
      const warnings = [...clockWarnings(state), ...sliceWarnings(state, expect), ...noted.warnings, ...signed.warnings]
      if (noted.highest === null && signed.checked === 0) {
        warnings.push(
          'Nothing kept outside was compared: entries cut off the end, or rewritten to the end, would not show.',
        )
      }
      const { school, entries, firstSeq, lastSeq, head } = state
      return {
        ok: problem === null,
        school,
        entries,
        firstSeq: entries === 0 ? 0 : firstSeq,
        lastSeq: state.hashes.size === 0 ? 0 : lastSeq,
        head,
        ...(problem ? { problem } : {}),
        warnings,
        checkpoints: { checked: signed.checked, latestSize: signed.latestSize },
      }
    },
  }
}

function hashOrNull(entry: LedgerEntry): string | null {
  try {
    return entryHash(entry)
  } catch (error) {
    if (error instanceof TypeError) return null // what canonicalJson refuses
    throw error
  }
}

/** Where the chain alone leaves two suspects, a noted head may clear the first of them. */
function settled({ diagnosis }: ChainState, agreed: ReadonlySet<number>): Problem | null {
  if (!diagnosis) return null
  const { problem, otherSuspect } = diagnosis
  if (otherSuspect === undefined || !agreed.has(problem.seq)) return problem
  const sentence = `Entry ${otherSuspect} was altered and its hash made to fit: it no longer follows from entry ${otherSuspect - 1}.`
  return { ...problem, kind: 'altered', seq: otherSuspect, sentence }
}

/** The earliest; and rather an exact place than a stretch that holds it. */
function firstProblem(exact: readonly (Problem | null)[], stretch: Stretch | null): Problem | null {
  const first = exact.filter(problem => problem !== null).sort((a, b) => a.seq - b.seq)[0] ?? null
  return first && (!stretch || first.seq <= stretch.upTo) ? first : (stretch?.problem ?? null)
}

/** Fewer or more entries than were announced. */
function shortfall({ diagnosis, lastSeq, firstSeq }: ChainState, announced: number | undefined): Problem | null {
  if (diagnosis || announced === undefined) return null
  const last = Math.max(lastSeq, firstSeq - 1, 0)
  if (last === announced) return null
  const ends = { expected: `entry ${announced} as the last`, found: `entry ${last} as the last` }
  return last < announced
    ? {
        kind: 'truncated',
        seq: last + 1,
        ...ends,
        sentence: `Entries ${last + 1} to ${announced} were cut off the end.`,
      }
    : {
        kind: 'inserted',
        seq: announced + 1,
        ...ends,
        sentence: `Entry ${announced + 1} was added after the end that was announced.`,
      }
}

const MAX_CLOCK_WARNINGS = 20

function* clockWarnings({ clockSteps }: ChainState): Generator<string> {
  for (const { seq, before, at } of clockSteps.slice(0, MAX_CLOCK_WARNINGS)) {
    yield `The clock went back between entry ${seq - 1} (${before}) and entry ${seq} (${at}).`
  }
  const more = clockSteps.length - MAX_CLOCK_WARNINGS
  if (more > 0) yield `The clock went back ${more} more times.`
}

function* sliceWarnings({ entries, firstSeq }: ChainState, { firstPrev }: Expectation): Generator<string> {
  if (entries === 0 || firstSeq <= 1) return
  yield `This is a slice that begins with entry ${firstSeq}: the entries before it were not looked at.`
  if (firstPrev === undefined) yield `What entry ${firstSeq} must follow was taken from the entry itself.`
}
