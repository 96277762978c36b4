import { GENESIS } from '@gatehouse/ledger/entry'
import { describeVerdict } from '@gatehouse/ledger/cli-verify'
import { type ExportHeader, exportLines } from '@gatehouse/ledger/export'
import { merkleTree } from '@gatehouse/ledger/merkle'
import type { Verdict } from '@gatehouse/ledger/verdict'
import { type Actor, mustBeAllowed } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import { checkpointKey } from '../platform/checkpoints.ts'
import type { Clock } from '../platform/clock.ts'
import { faultWords } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import type { LedgerHeads } from '../platform/ledger-heads.ts'
import { Refusal } from '../platform/refusal.ts'
import { checkLedger } from './ledger-check.ts'
import type { AssuranceReads } from './ledger-store.ts'

/** A check that is under way, or the last that ended, in this process. */
export interface LedgerRun {
  readonly startedAt: Date
  readonly done: number
  readonly of: number
  /** null while it runs. */
  readonly verdict: Verdict | null
  /** Something kept it from coming to a verdict: the database went away, and so on. */
  readonly broke: boolean
}

interface Parts {
  readonly read: Read<{ assurance: AssuranceReads }>
  readonly change: Change<unknown>
  readonly heads: Pick<LedgerHeads, 'read'>
  readonly keys: Pick<Keys, 'ledger'>
  readonly clock: Clock
  readonly log: (line: string) => void
}

/** Entries read at a time for an export. */
const exportBatch = 2_000
/** How long a page waits for the answer before it shows progress instead. */
const patienceMs = 2_000

export type LedgerService = ReturnType<typeof createLedgerService>
export function createLedgerService({ read, change, heads, keys, clock, log }: Parts) {
  const runs = new Map<string, LedgerRun>()

  /** The verdict alone; nothing is recorded. */
  const check = (
    schoolId: string,
    options: { notes?: readonly string[]; progress?: (done: number, of: number) => void } = {},
  ): Promise<Verdict> =>
    checkLedger({
      schoolId,
      read: work => read(schoolId, ({ assurance }) => work(assurance.source)),
      heads: () => heads.read(schoolId),
      vkeys: [checkpointKey(keys, schoolId)],
      ...options,
    })

  const record = (actor: Actor, verdict: Verdict): Promise<void> =>
    change(actor, async () =>
      changed(undefined, {
        type: verdict.ok ? 'ledger.verified' : 'ledger.found-altered',
        detail: {
          entries: verdict.entries,
          last: verdict.lastSeq,
          head: verdict.head,
          checkpoints: verdict.checkpoints.checked,
          says: describeVerdict(verdict),
          ...(verdict.problem ? { badEntry: verdict.problem.seq, kind: verdict.problem.kind } : {}),
        },
      }),
    )

  async function carryOut(actor: Actor): Promise<void> {
    const { schoolId } = actor
    const startedAt = clock()
    const now = (run: Partial<LedgerRun>) =>
      runs.set(schoolId, { startedAt, done: 0, of: 0, verdict: null, broke: false, ...runs.get(schoolId), ...run })
    runs.delete(schoolId)
    now({})
    try {
      const verdict = await check(schoolId, { progress: (done, of) => now({ done, of }) })
      await record(actor, verdict)
      now({ verdict })
    } catch (error) {
      log(`ledger check of ${schoolId}: ${error instanceof Error ? faultWords(error) : 'unknown fault'}`)
      now({ broke: true })
    }
  }

  async function* slice(schoolId: string, from: number, to: number): AsyncGenerator<string> {
    const prev =
      from === 1 ? GENESIS : (await read(schoolId, ({ assurance }) => assurance.hashes(from - 1, from - 1)))[0]
    if (prev === undefined) throw new Refusal('not-found', `There is no entry ${from - 1} for the slice to follow.`)
    const header: ExportHeader = {
      school: schoolId,
      from,
      to,
      prev,
      ...(from > 1 ? { range: await rangeBefore(schoolId, from - 1) } : {}),
    }
    const checkpoints = (await read(schoolId, ({ assurance }) => assurance.source.checkpoints())).filter(
      ({ size }) => size >= from && size <= to,
    )
    const entries = async function* () {
      for (let at = from; at <= to; at += exportBatch)
        yield* await read(schoolId, ({ assurance }) => assurance.stretch(at, Math.min(to, at + exportBatch - 1)))
    }
    yield* exportLines(header, entries(), {
      checkpoints: checkpoints.map(({ note }) => note),
      vkeys: [checkpointKey(keys, schoolId)],
    })
  }

  /** The Merkle subtrees over the first `size` entries, so that a slice after them can be compared with checkpoints. */
  async function rangeBefore(schoolId: string, size: number): Promise<string[]> {
    const start = await read(schoolId, ({ assurance }) => assurance.checkpointBefore(size))
    const tree = start ? merkleTree({ size: start.size, range: JSON.parse(start.frontier) as string[] }) : merkleTree()
    while (tree.size < size) {
      const from = tree.size + 1
      const hashes = await read(schoolId, ({ assurance }) => assurance.hashes(from, Math.min(size, from + 9_999)))
      if (hashes.length === 0)
        throw new Refusal(
          'conflict',
          `Entry ${from} is missing, so nothing after it can be exported. Verify the ledger.`,
        )
      for (const hash of hashes) tree.append(hash)
    }
    return tree.range()
  }

  return {
    check,
    record,
    /** What this process knows of the last check. */
    lastRun: (schoolId: string): LedgerRun | null => runs.get(schoolId) ?? null,
    /** Starts a check, or joins the one that runs; its result is recorded. @returns within two seconds, done or not. */
    async verify(actor: Actor): Promise<LedgerRun | null> {
      mustBeAllowed(actor, 'ledger.verify')
      const running = runs.get(actor.schoolId)
      const work = running && !running.verdict && !running.broke ? Promise.resolve() : carryOut(actor)
      await Promise.race([work, new Promise(resolve => setTimeout(resolve, patienceMs).unref())])
      return runs.get(actor.schoolId) ?? null
    },
    /**
     * The lines of an export, with what is needed to verify it elsewhere. That it was taken is recorded first.
     * @throws {Refusal} `invalid` when there is no such stretch.
     */
    async export(actor: Actor, from: number, to: number): Promise<AsyncGenerator<string>> {
      if (actor.kind !== 'system') mustBeAllowed(actor, 'ledger.export')
      const head = await read(actor.schoolId, ({ assurance }) => assurance.source.head())
      const last = head?.seq ?? 0
      if (from < 1 || to < from || to > last)
        throw new Refusal('invalid', `The ledger has the entries 1 to ${last}; choose a stretch of those.`)
      await change(actor, async () => changed(undefined, { type: 'ledger.exported', detail: { from, to } }))
      return slice(actor.schoolId, from, to)
    },
    /** The key that verifies this school's checkpoints, as people pass it on. */
    key: (schoolId: string): string => checkpointKey(keys, schoolId),
    headsText: (schoolId: string): string => heads.read(schoolId),
  }
}
