import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { verifyFile } from './cli-verify.ts'
import { entryHash, GENESIS, type LedgerEntry } from './entry.ts'
import { exportLines } from './export.ts'

export interface Measure {
  readonly name: string
  readonly value: number
  readonly unit: string
}

const SCHOOL = '0b9c1f52-7a51-4f0c-9a3e-5d1f2a6b7c8d'

/** A chain of entries as the product writes them: about 430 bytes a line. */
export function* exampleChain(count: number, school = SCHOOL): Generator<LedgerEntry> {
  let prev = GENESIS
  const start = Date.UTC(2026, 8, 1, 8)
  for (let seq = 1; seq <= count; seq++) {
    const content = {
      school,
      seq,
      at: new Date(start + seq * 1_000).toISOString(),
      actor: `person:${(seq * 7919) % 1500}`,
      type: seq % 3 === 0 ? 'incident.closed' : 'report.acknowledged',
      subject: `incident:${seq % 100_000}`,
      detail: { from: 'open', to: 'closed', fields: ['status', 'reason'], digest: prev.slice(0, 32) },
      prev,
    }
    const hash = entryHash(content)
    yield { ...content, hash }
    prev = hash
  }
}

/** Entries verified a second, from an export file to the verdict, on one thread and on two. */
export async function benchLedgerVerify(count = 400_000): Promise<Measure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-bench-'))
  try {
    const path = join(folder, 'export.ndjson')
    const lines = exportLines({ school: SCHOOL, from: 1, prev: GENESIS, to: count }, exampleChain(count))
    await pipeline(Readable.from(lines), createWriteStream(path))
    const measures: Measure[] = [
      { name: 'ledger export, bytes an entry', value: Math.round((await stat(path)).size / count), unit: 'B' },
    ]
    for (const threads of [1, 2]) {
      const start = performance.now()
      const { ok, entries } = await verifyFile(path, { threads })
      if (!ok || entries !== count) throw new Error(`The sound export of ${count} entries was found wanting`)
      const rate = Math.round(count / ((performance.now() - start) / 1000))
      measures.push({
        name: `ledger verify, ${threads} thread${threads === 1 ? '' : 's'}`,
        value: rate,
        unit: 'entries/s',
      })
    }
    return measures
  } finally {
    await rm(folder, { recursive: true })
  }
}
