import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { verifyFile } from './cli-verify.ts'
import { checkpointOrigin, formatCheckpoint, makeSigningKey, readSigningKey, signNote } from './checkpoint.ts'
import { GENESIS } from './entry.ts'
import { EXAMPLE_SCHOOL, exampleChain } from './example-chain.ts'
import { exportLines } from './export.ts'
import { merkleTree } from './merkle.ts'

export interface Measure {
  readonly name: string
  readonly value: number
  readonly unit: string
}

/**
 * Entries verified a second, from an export file to the verdict, on one thread and on two: parsed, hashed, linked, and
 * compared with a signed checkpoint over all of them.
 */
export async function benchLedgerVerify(count = 400_000): Promise<Measure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-bench-'))
  try {
    const path = join(folder, 'export.ndjson')
    const { vkey, checkpoint } = signedCheckpoint(count)
    const lines = exportLines({ school: EXAMPLE_SCHOOL, from: 1, prev: GENESIS, to: count }, exampleChain(count), {
      checkpoints: [checkpoint],
    })
    await pipeline(Readable.from(lines), createWriteStream(path))
    const measures: Measure[] = [
      { name: 'ledger export, bytes an entry', value: Math.round((await stat(path)).size / count), unit: 'B' },
    ]
    for (const threads of [1, 2]) {
      const start = performance.now()
      const { ok, entries, checkpoints } = await verifyFile(path, { threads, vkeys: [vkey] })
      if (!ok || entries !== count || checkpoints.checked !== 1)
        throw new Error(`A sound export of ${count} was refused`)
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

function signedCheckpoint(count: number): { vkey: string; checkpoint: string } {
  const origin = checkpointOrigin(EXAMPLE_SCHOOL)
  const { privateKeyPem, vkey } = makeSigningKey(origin)
  const tree = merkleTree()
  for (const { hash } of exampleChain(count)) tree.append(hash)
  const text = formatCheckpoint({ origin, size: tree.size, root: tree.root() })
  return { vkey, checkpoint: signNote(text, { name: origin, privateKey: readSigningKey(privateKeyPem) }) }
}
