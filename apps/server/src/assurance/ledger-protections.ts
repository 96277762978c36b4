import { type Head, parseHeads } from '@gatehouse/ledger/heads'
import type { CheckpointReads } from '../platform/checkpoints.ts'
import { timeAgo } from '../platform/format.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'

/** One thing that stands between the ledger and somebody who would alter it, and whether it does at this moment. */
export interface Protection {
  readonly name: string
  readonly state: 'active' | 'weak' | 'off'
  /** What it is good against, and what was seen. */
  readonly says: string
}

const dayMs = 86_400_000
/** A copy outside is worth what lies before it; after this long, too much lies after it. */
const copyDays = 32

/** Which protections are active now, honestly: what cannot be known from here is said to be unknown. */
export async function protectionsOf(
  {
    ledger,
    checkpoints,
  }: { ledger: Pick<LedgerReads, 'head' | 'latest'>; checkpoints: Pick<CheckpointReads, 'last' | 'recipients'> },
  { now, headsText, mailIsSet }: { now: Date; headsText: string; mailIsSet: boolean },
): Promise<Protection[]> {
  const head = await ledger.head()
  const last = await checkpoints.last()
  const recipients = await checkpoints.recipients()
  const copies = {
    mailed: await ledger.latest(['ledger.checkpoint-mailed']),
    failed: await ledger.latest(['ledger.checkpoint-mail-failed']),
    printed: await ledger.latest(['checkpoint.printed']),
    downloaded: await ledger.latest(['checkpoint.downloaded']),
  }
  const days = (at: string): number => Math.floor((now.getTime() - new Date(at).getTime()) / dayMs)
  const copied = (name: string, at: string | undefined, never: string, seen: string): Protection =>
    at === undefined
      ? { name, state: 'off', says: never }
      : {
          name,
          state: days(at) <= copyDays ? 'active' : 'weak',
          says: `${seen} ${timeAgo(at, now)}. Whether the copy is still kept, only its keeper knows.`,
        }
  return [
    {
      name: 'Hash chain',
      state: 'active',
      says: 'Each entry holds the hash of the one before, so that an entry altered, removed or put in shows. The program’s own database role can only add entries.',
    },
    headsFile(headsText, head),
    last
      ? {
          name: 'Signed checkpoints',
          state: now.getTime() - last.at.getTime() <= 25 * 3_600_000 ? 'active' : 'weak',
          says: `The last one covers ${last.size.toLocaleString('en-GB')} entries and was signed ${timeAgo(last.at, now)}. Entries rewritten after they were signed show, unless the signing key was taken too.`,
        }
      : { name: 'Signed checkpoints', state: 'off', says: 'None has been signed yet; the worker signs one each day.' },
    copies.mailed && (!copies.failed || copies.failed.seq < copies.mailed.seq)
      ? {
          name: 'Checkpoints by mail',
          state: days(copies.mailed.at) <= 2 ? 'active' : 'weak',
          says: `Last sent to ${recipients.length} outside ${recipients.length === 1 ? 'address' : 'addresses'} ${timeAgo(copies.mailed.at, now)}. Even somebody who holds the key cannot alter those.`,
        }
      : {
          name: 'Checkpoints by mail',
          state: 'off',
          says: copies.failed
            ? 'The last one could not be sent.'
            : !mailIsSet
              ? 'Mail is not set up here (SMTP_URL).'
              : recipients.length === 0
                ? 'No address outside the school has been given.'
                : 'None has been sent yet.',
        },
    copied(
      'Checkpoint on paper',
      copies.printed?.at,
      'Nobody has opened one for printing. Paper in a drawer defeats even an administrator who holds the key.',
      'Last opened for printing',
    ),
    copied(
      'Checkpoint on a stick',
      copies.downloaded?.at,
      'Nobody has downloaded one to keep elsewhere.',
      'Last downloaded',
    ),
  ]
}

function headsFile(text: string, head: Head | undefined): Protection {
  const name = 'Heads outside the database'
  const good =
    'It finds a cut end, which the chain alone does not show. It stands on the same machine, so its administrator could alter both.'
  if (text === '') return { name, state: 'off', says: `There is no file. ${good}` }
  try {
    const noted = parseHeads(text).reduce((most, { seq }) => Math.max(most, seq), 0)
    if (!head || noted < head.seq)
      return {
        name,
        state: 'weak',
        says: `The file ends with entry ${noted}, and the ledger with entry ${head?.seq ?? 0}. ${good}`,
      }
    return { name, state: 'active', says: `Noted up to entry ${noted.toLocaleString('en-GB')}. ${good}` }
  } catch {
    return { name, state: 'weak', says: 'The file was altered: a line in it is no head. Verify the ledger now.' }
  }
}
