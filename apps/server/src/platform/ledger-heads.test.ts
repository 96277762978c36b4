import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseHeads } from '@gatehouse/ledger/heads'
import { openLedgerHeads } from './ledger-heads.ts'

test('a line that a crash cut short neither swallows the next nor makes the file unreadable', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-heads-'))
  const hash = (n: number): string => String(n).repeat(64)
  const first = openLedgerHeads(folder)
  first.append('oak-hill', { seq: 1, hash: hash(1) })
  first.close()
  appendFileSync(join(folder, 'ledger-heads', 'oak-hill'), `2 ${hash(2).slice(0, 20)}`)
  const second = openLedgerHeads(folder)
  second.append('oak-hill', { seq: 3, hash: hash(3) })
  assert.deepEqual(parseHeads(second.read('oak-hill')), [
    { seq: 1, hash: hash(1) },
    { seq: 3, hash: hash(3) },
  ])
  second.close()
  rmSync(folder, { recursive: true })
})
