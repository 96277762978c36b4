/** Chains to test and to measure with. */
import { entryHash, GENESIS, type LedgerEntry } from './entry.ts'

export const EXAMPLE_SCHOOL = '0b9c1f52-7a51-4f0c-9a3e-5d1f2a6b7c8d'

/** A chain of entries as the product writes them: about 430 bytes a line, one a second from 1 September 2026. */
export function* exampleChain(count: number, school = EXAMPLE_SCHOOL): Generator<LedgerEntry> {
  let prev = GENESIS
  const start = Date.UTC(2026, 8, 1, 8)
  for (let seq = 1; seq <= count; seq++) {
    const entry = withHash({
      school,
      seq,
      at: new Date(start + seq * 1_000).toISOString(),
      actor: `person:${(seq * 7919) % 1500}`,
      type: seq % 3 === 0 ? 'incident.closed' : 'report.acknowledged',
      subject: seq % 7 === 0 ? null : `incident:${seq % 100_000}`,
      detail: { digest: prev.slice(0, 32), fields: ['status', 'reason'], from: 'open', to: 'closed' },
      prev,
    })
    yield entry
    prev = entry.hash
  }
}

/** `entry` with the hash that fits it. */
export const withHash = (entry: Omit<LedgerEntry, 'hash'>): LedgerEntry => ({ ...entry, hash: entryHash(entry) })
