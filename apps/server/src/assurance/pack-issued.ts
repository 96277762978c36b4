import { createHash } from 'node:crypto'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import type { Pack } from './pack-store.ts'

/** SHA-256, in hexadecimal, of a pack’s text to the byte. */
export const packDigest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Whether a pack is still what the ledger says was issued: its own digest could have been made to fit. */
export async function isAsIssued(
  { ledger }: { readonly ledger: LedgerReads },
  pack: Pick<Pack, 'id' | 'text'>,
): Promise<boolean> {
  const issued = await ledger.latest(['pack.issued'], `pack:${pack.id}`)
  return issued?.detail.digest === packDigest(pack.text)
}
