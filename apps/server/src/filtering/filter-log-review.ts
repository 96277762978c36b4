import { createHash } from 'node:crypto'
import type { LedgerEntry } from '@gatehouse/ledger/entry'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { Refusal } from '../platform/refusal.ts'
import type { FilterChange, FilterReads, FilterWrites } from './filter-store.ts'

/** How far back a first look goes, in days: about a term. */
export const firstLookDays = 120
const mostListed = 500

/** What bears on the filter beside its changes, which stand in rows of their own: passes, lists, and what went past us. */
export const logTypes = [
  'pass.granted',
  'pass.refused',
  'pass.ended',
  'pass.illegal-asked',
  'pass.limits-set',
  'filter-lists.activated',
  'filter-drift.found',
  'contest.answered',
] as const

/** What a governor reads and signs for: the changes of a period as they stand, and the entries of the ledger beside them. */
export interface FilterLog {
  readonly changes: readonly FilterChange[]
  /** Newest first. */
  readonly entries: readonly LedgerEntry[]
  readonly digest: string
}

interface LogReads {
  readonly filtering: Pick<FilterReads, 'changes'>
  readonly ledger: Pick<LedgerReads, 'list'>
}

/** Half-open. */
export async function filterLog(
  { filtering, ledger }: LogReads,
  range: { readonly from: Date; readonly to: Date },
): Promise<FilterLog> {
  const changes = await filtering.changes({ ...range, limit: mostListed })
  const entries = (await ledger.list({ ...range, types: logTypes, limit: 4 * mostListed })).filter(
    // Each pass ends; that it did so by itself is what its beginning says already.
    ({ type, detail }) => type !== 'pass.ended' || detail.how !== 'time',
  )
  return { changes, entries, digest: logDigest(changes, entries) }
}

/** Of everything that was on the page. */
const logDigest = (changes: readonly FilterChange[], entries: readonly LedgerEntry[]): string =>
  createHash('sha256')
    .update(
      [
        ...changes
          .map(
            ({ id, digest, state, decision, testResult }) =>
              `${id} ${digest} ${state} ${decision} ${testResult ?? '-'}`,
          )
          .sort(),
        ...entries.map(({ seq, hash }) => `${seq} ${hash}`).sort(),
      ].join('\n'),
    )
    .digest('hex')

/** Governors read the log of changes and sign that they did (A-3.1-07). */
export function createFilterLogReview(change: Change<{ readonly filtering: FilterWrites }>, read: Read<LogReads>) {
  return {
    /** @param digest of what was on the page; when something has moved since, it must be read again. */
    sign: async (actor: Actor, range: { from: Date; to: Date }, digest: string, note: string): Promise<string> => {
      mustBeAllowed(actor, 'filter.review-log')
      const { personId } = personOf(actor)
      const log = await read(actor.schoolId, reads => filterLog(reads, range))
      if (log.digest !== digest)
        throw new Refusal('conflict', 'The log has changed since you opened it. Read it again, and sign it then.')
      if (
        log.changes.some(one => one.proposedBy === personId || one.decidedBy === personId) ||
        log.entries.some(({ actor: by }) => by === `person:${personId}`)
      )
        throw new Refusal(
          'forbidden',
          'You proposed or decided something of this yourself, so another governor must sign.',
        )
      return change(actor, async ({ filtering }) => {
        const id = await filtering.addReview({
          reviewedBy: personId,
          ...range,
          changes: log.changes.length + log.entries.length,
          digest,
          note,
        })
        return changed(id, {
          type: 'filter-log.reviewed',
          subject: `filter-log:${id}`,
          detail: {
            changes: log.changes.length,
            others: log.entries.length,
            digest,
            from: range.from.toISOString(),
            to: range.to.toISOString(),
          },
        })
      })
    },
  }
}
