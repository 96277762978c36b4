import { createHash } from 'node:crypto'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import type { FilterChange, FilterWrites } from './filter-store.ts'

/** What a governor signs: the changes of a period as they stood. */
export const logDigest = (changes: readonly FilterChange[]): string =>
  createHash('sha256')
    .update(
      changes
        .map(
          ({ id, digest, state, decision, testResult }) => `${id} ${digest} ${state} ${decision} ${testResult ?? '-'}`,
        )
        .sort()
        .join('\n'),
    )
    .digest('hex')

/** How far back a first look goes, in days: about a term. */
export const firstLookDays = 120
export const mostListed = 500

/** Governors read the log of changes and sign that they did (A-3.1-07). */
export function createFilterLogReview(change: Change<{ readonly filtering: FilterWrites }>) {
  return {
    /** @param digest of the list that was on the page; when something has moved since, it must be read again. */
    sign: (actor: Actor, range: { from: Date; to: Date }, digest: string, note: string): Promise<string> =>
      change(actor, async ({ filtering }) => {
        mustBeAllowed(actor, 'filter.review-log')
        const { personId } = personOf(actor)
        const changes = await filtering.changes({ from: range.from, to: range.to, limit: mostListed })
        if (logDigest(changes) !== digest)
          throw new Refusal('conflict', 'The log has changed since you opened it. Read it again, and sign it then.')
        const own = changes.find(one => one.proposedBy === personId || one.decidedBy === personId)
        if (own)
          throw new Refusal(
            'forbidden',
            'You proposed or decided one of these changes yourself, so another governor must sign.',
          )
        const id = await filtering.addReview({ reviewedBy: personId, ...range, changes: changes.length, digest, note })
        return changed(id, {
          type: 'filter-log.reviewed',
          subject: `filter-log:${id}`,
          detail: { changes: changes.length, digest, from: range.from.toISOString(), to: range.to.toISOString() },
        })
      }),
  }
}
