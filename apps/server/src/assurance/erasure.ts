import { type Actor, systemActor } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import type { ErasedRecords } from '../platform/erased-records.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ErasureWrites } from './erasure-store.ts'

/** Why a record's content goes for good. */
export type ErasureReason = 'retention' | 'request' | 'made-in-error'

/**
 * Erasing what a record says: its key is destroyed, so that what it sealed is closed for ever wherever a copy stands; an entry stays as
 * its tombstone; and the key's id goes to the list beside the keys, so that a restored backup is erased again.
 */
export function createErasure(change: Change<{ erasure: ErasureWrites }>, list: ErasedRecords) {
  return {
    /** @param subject `<kind>:<id>` of the record. @throws {Refusal} `not-found` when it was erased before. */
    eraseRecord: (actor: Actor, record: { keyId: string; subject: string; reason: ErasureReason }): Promise<void> =>
      change(actor, async ({ erasure }) => {
        if (!(await erasure.erase(record.keyId)))
          throw new Refusal('not-found', 'This record was erased before; only the fact that it existed remains.')
        return changed(undefined, {
          type: 'record.erased',
          subject: record.subject,
          detail: { key: record.keyId, reason: record.reason },
        })
      }),
    /** After a restore: whatever the list says was erased is erased again. @returns how many were. */
    eraseAgain: async (schoolId: string): Promise<number> => {
      let again = 0
      for (const { keyId } of list.all().filter(each => each.schoolId === schoolId)) {
        await change(systemActor(schoolId, 'restore'), async ({ erasure }) => {
          if (!(await erasure.erase(keyId))) throw new Refusal('already-done', 'erased')
          return changed(undefined, {
            type: 'record.erased',
            subject: `record:${keyId}`,
            detail: { key: keyId, reason: 'restored-from-backup' },
          })
        }).then(
          () => again++,
          error => (error instanceof Refusal ? undefined : Promise.reject(error)),
        )
      }
      return again
    },
    /** Puts on the list what a crash kept from it. */
    completeList: async (schoolId: string): Promise<void> => {
      const known = new Set(
        list
          .all()
          .filter(each => each.schoolId === schoolId)
          .map(({ keyId }) => keyId),
      )
      let missing: string[] = []
      // Nothing is written: the transaction is given up once it was read.
      await change(systemActor(schoolId, 'command'), async ({ erasure }) => {
        missing = (await erasure.erased()).filter(keyId => !known.has(keyId))
        throw new Refusal('already-done', 'read only')
      }).catch(error => (error instanceof Refusal ? undefined : Promise.reject(error)))
      list.add(missing.map(keyId => ({ schoolId, keyId })))
    },
  }
}
