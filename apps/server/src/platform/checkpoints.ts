import { checkpointOrigin, formatCheckpoint, signNote, vkeyOf } from '@gatehouse/ledger/checkpoint'
import { merkleTree } from '@gatehouse/ledger/merkle'
import type { KeyObject } from 'node:crypto'
import { systemActor } from './actor.ts'
import { type Change, changed, type Read, type ReadContext, type WriteContext } from './change.ts'
import type { SchoolJob } from './jobs.ts'
import type { Keys } from './keys.ts'
import { type Mailer, MailFailure } from './mail.ts'
import { Refusal } from './refusal.ts'

/*
 * Signed checkpoints of each school's ledger (C2SP tlog-checkpoint): one a day, and one for every thousand entries. Each goes on
 * from the last one's compact tree, so its cost is what was added since. A copy that left the machine (mailed, printed, on a stick)
 * is what defeats an administrator who holds the key.
 */

export const entriesACheckpoint = 1_000
const batch = 10_000

export interface StoredCheckpoint {
  readonly size: number
  readonly at: Date
  /** The signed note, to be kept as it is. */
  readonly note: string
}

/** The key that verifies this installation's checkpoints of one school, as people pass it on. */
export const checkpointKey = (keys: Pick<Keys, 'ledger'>, schoolId: string): string =>
  vkeyOf(checkpointOrigin(schoolId), keys.ledger)

export type CheckpointReads = ReturnType<typeof checkpointReads>
export function checkpointReads({ db, schoolId }: ReadContext) {
  return {
    last: async () =>
      db
        .selectFrom('ledger_checkpoint')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('size', 'desc')
        .limit(1)
        .executeTakeFirst(),
    /** The hashes after entry `after`, in order. */
    hashesAfter: async (after: number, limit: number): Promise<string[]> =>
      (
        await db
          .selectFrom('ledger_entry')
          .select('hash')
          .where('school_id', '=', schoolId)
          .where('seq', '>', after)
          .orderBy('seq')
          .limit(limit)
          .execute()
      ).map(row => row.hash),
    /** Addresses outside the school to which the daily checkpoint goes: `school.settings.checkpointMail`. */
    recipients: async (): Promise<string[]> => {
      const row = await db.selectFrom('school').select('settings').where('id', '=', schoolId).executeTakeFirst()
      const list = row?.settings['checkpointMail']
      return Array.isArray(list) ? list.filter(each => typeof each === 'string') : []
    },
  }
}

export type CheckpointWrites = ReturnType<typeof checkpointWrites>
export function checkpointWrites({ tx, schoolId, now }: WriteContext) {
  return {
    /** @returns when it was made. @throws {Refusal} `already-done` when another process made the same checkpoint first. */
    save: async (checkpoint: { size: number; note: string; frontier: readonly string[] }): Promise<Date> => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('ledger_checkpoint')
        .values({
          school_id: schoolId,
          size: checkpoint.size,
          at: now,
          note: checkpoint.note,
          frontier: JSON.stringify(checkpoint.frontier),
        })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      if (!numInsertedOrUpdatedRows) throw new Refusal('already-done', 'This checkpoint was made a moment ago.')
      return now
    },
  }
}

/** Makes a checkpoint of everything in the chain now. @returns null when there is nothing new to sign. */
export async function makeCheckpoint(
  read: Read<{ checkpoints: CheckpointReads }>,
  change: Change<{ checkpoints: CheckpointWrites }>,
  key: KeyObject,
  schoolId: string,
): Promise<StoredCheckpoint | null> {
  const last = await read(schoolId, ({ checkpoints }) => checkpoints.last())
  const tree = merkleTree(last ? { size: last.size, range: parseFrontier(last.frontier) } : undefined)
  for (let more = true; more; ) {
    const hashes = await read(schoolId, ({ checkpoints }) => checkpoints.hashesAfter(tree.size, batch))
    for (const hash of hashes) tree.append(hash)
    more = hashes.length === batch
  }
  if (tree.size === (last?.size ?? 0)) return null
  const origin = checkpointOrigin(schoolId)
  const root = tree.root()
  const note = signNote(formatCheckpoint({ origin, size: tree.size, root }), { name: origin, privateKey: key })
  return change(systemActor(schoolId, 'worker'), async ({ checkpoints }) => {
    const at = await checkpoints.save({ size: tree.size, note, frontier: tree.range() })
    return changed(
      { size: tree.size, at, note },
      { type: 'ledger.checkpointed', detail: { size: tree.size, root: root.toString('hex') } },
    )
  })
}

/** @throws {Error} when the stored tree is not one; the checkpoint is then not made, and the job's failure shows. */
function parseFrontier(text: string): string[] {
  const parsed: unknown = JSON.parse(text)
  if (!Array.isArray(parsed) || parsed.some(each => typeof each !== 'string'))
    throw new Error('The last checkpoint has no compact tree to go on from')
  return parsed
}

export const checkpointMailSubject = 'Gatehouse ledger checkpoint: please keep this message'
export const checkpointMailText = (note: string, key: string): string =>
  [
    'Please keep this message where nobody at the school can alter it. It holds no personal data.',
    '',
    'It stands for everything in the record up to now: if an entry is altered or removed later, checking the record against this message finds it.',
    '',
    note.trimEnd(),
    '',
    `Key: ${key}`,
    '',
  ].join('\n')

export function checkpointJob(parts: {
  readonly read: Read<{ checkpoints: CheckpointReads; ledger: { head(): Promise<{ seq: number } | undefined> } }>
  readonly change: Change<{ checkpoints: CheckpointWrites }>
  readonly keys: Pick<Keys, 'ledger'>
  readonly mailer: Mailer | null
  readonly clock: () => Date
}): SchoolJob {
  const { read, change, keys, mailer, clock } = parts
  return {
    name: 'platform.checkpoint',
    everySeconds: 60,
    async run(schoolId) {
      const { last, head } = await read(schoolId, async ({ checkpoints, ledger }) => ({
        last: await checkpoints.last(),
        head: await ledger.head(),
      }))
      if (!head || head.seq === 0) return
      const now = clock()
      const daily = !last || now.getTime() - last.at.getTime() >= 86_400_000
      if (!daily && head.seq - last.size < entriesACheckpoint) return
      const made = await makeCheckpoint(read, change, keys.ledger, schoolId)
      if (!made || !mailer || !daily) return
      const recipients = await read(schoolId, ({ checkpoints }) => checkpoints.recipients())
      let failed = 0
      for (const to of recipients) {
        await mailer
          .send({
            to,
            subject: checkpointMailSubject,
            text: checkpointMailText(made.note, checkpointKey(keys, schoolId)),
          })
          .catch(error => {
            if (!(error instanceof MailFailure)) throw error
            failed++
          })
      }
      if (recipients.length === 0) return
      await change(systemActor(schoolId, 'worker'), async () =>
        changed(undefined, {
          type: failed === 0 ? 'ledger.checkpoint-mailed' : 'ledger.checkpoint-mail-failed',
          detail: { size: made.size, sent: recipients.length - failed, failed },
        }),
      )
    },
  }
}
