import { checkpointOrigin } from '@gatehouse/ledger/checkpoint'
import { type Head, HeadsError, parseHeads } from '@gatehouse/ledger/heads'
import type { Problem, Verdict } from '@gatehouse/ledger/verdict'
import { createVerifier } from '@gatehouse/ledger/verify'
import type { LedgerSource, Place, ReadRow } from './ledger-store.ts'

/*
 * Verifies a school's whole ledger where it stands: every row against its hash and the row before it, the end against the
 * heads file outside the database and against the database's own note, and the signed checkpoints against all of it.
 */

export interface CheckParts {
  readonly schoolId: string
  /** One step of reading; each may be a transaction of its own. */
  read<T>(work: (source: LedgerSource) => Promise<T>): Promise<T>
  /** The text of the heads file, as it stands when asked. */
  heads(): string
  /** The keys whose signatures count (C2SP vkey). */
  readonly vkeys: readonly string[]
  /** Signed notes that were kept elsewhere, besides those in the database. */
  readonly notes?: readonly string[]
  readonly progress?: (done: number, of: number) => void
}

const batchSize = 1_000

export async function checkLedger({
  schoolId,
  read,
  heads,
  vkeys,
  notes = [],
  progress,
}: CheckParts): Promise<Verdict> {
  // First what was noted, then what is there: whatever was noted before the reading began must be found by it.
  const notedBefore = readHeads(heads())
  const start = await read(async source => ({ head: await source.head(), checkpoints: await source.checkpoints() }))
  const own = { name: checkpointOrigin(schoolId), notes: start.checkpoints.map(({ note }) => note) }
  const total = start.head?.seq ?? 0
  const kept: Head[] = []
  const verifier = createVerifier({
    expect: { school: schoolId, firstSeq: 1, origin: own.name },
    heads: kept,
    checkpoints: [...own.notes, ...notes],
    vkeys,
  })
  let after: Place | null = null
  let last = 0
  let done = 0
  for (;;) {
    const from: Place | null = after
    const rows: readonly ReadRow[] = await read(source => source.rows(from, batchSize))
    for (const row of rows) {
      if ('entry' in row) verifier.push(row.entry)
      else verifier.malformed(row.fault, `the row of entry ${row.place.seq}`)
      last = Math.max(last, Number(row.place.seq))
    }
    done += rows.length
    progress?.(done, Math.max(total, done))
    after = rows.at(-1)?.place ?? after
    if (rows.length < batchSize) break
  }
  const end = await read(source => source.head())
  // Entries that were added while the reading went on are vouched for by what was noted meanwhile, and no later head is asked of them.
  const notedSince = readHeads(heads())
  if (Array.isArray(notedBefore) && Array.isArray(notedSince))
    kept.push(...notedBefore, ...notedSince.filter(({ seq }) => seq <= last))
  if (start.head && start.head.seq > last && Number.isSafeInteger(start.head.seq)) kept.push(start.head)
  const verdict = verifier.finish()
  const others = [
    headRowProblem(verdict, last, start.head, end, highest(notedSince)),
    fileProblem(notedBefore, last),
  ].filter(problem => problem !== null)
  const [other] = others
  return other && (!verdict.problem || other.seq < verdict.problem.seq)
    ? { ...verdict, ok: false, problem: other }
    : verdict
}

/** A line that no crash can leave behind is itself a sign of tampering. */
function readHeads(text: string): Head[] | HeadsError {
  try {
    return parseHeads(text)
  } catch (error) {
    if (error instanceof HeadsError) return error
    throw error
  }
}

const highest = (heads: Head[] | HeadsError): number =>
  Array.isArray(heads) ? heads.reduce((most, { seq }) => Math.max(most, seq), 0) : 0

const fileProblem = (heads: Head[] | HeadsError, last: number): Problem | null =>
  Array.isArray(heads)
    ? null
    : {
        kind: 'head-mismatch',
        seq: Math.max(1, last),
        expected: 'a number and a hash on each line of the heads file',
        found: heads.message,
        sentence: `The file of heads outside the database was altered: ${heads.message}.`,
      }

/** The database notes its own last entry, in the transaction that adds it. */
function headRowProblem(
  verdict: Verdict,
  last: number,
  start: Head | undefined,
  end: Head | undefined,
  noted: number,
): Problem | null {
  const altered = (found: string): Problem => ({
    kind: 'head-mismatch',
    seq: last,
    expected: `entry ${last} with its hash`,
    found,
    sentence: `The database’s own note of its last entry does not agree with entry ${last}, the last there is: the note was altered.`,
  })
  if (last === 0) return null
  if (!start || !end) return altered('no note')
  if (!Number.isSafeInteger(end.seq)) return altered('a note that is no number')
  const vouched = Math.max(end.seq, noted)
  if (vouched < last)
    return {
      kind: 'inserted',
      seq: vouched + 1,
      expected: `entry ${vouched} as the last`,
      found: `entry ${last} as the last`,
      sentence: `Entry ${vouched + 1} was added from outside: the database’s own note and the heads file both end with entry ${vouched}.`,
    }
  if (end.seq < last) return altered(`a note of entry ${end.seq}`)
  if (end.seq === last && verdict.lastSeq === last && end.hash !== verdict.head) return altered(`hash ${end.hash}`)
  return null
}
