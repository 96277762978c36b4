import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { abilities, coverageTable, enforcementPoint, enforcementPoints, pointIds } from './coverage.ts'

test('the page of the documents shows the same table as the product', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/filtering-coverage.md'), 'utf8')
  assert.ok(page.includes(coverageTable()), `docs/filtering-coverage.md must hold:\n${coverageTable()}`)
})

test('every point says of every ability whether it has it, and what a technician must know', () => {
  assert.deepEqual(
    enforcementPoints.map(({ id }) => id),
    [...pointIds],
  )
  for (const { id, can, limits } of enforcementPoints) {
    assert.deepEqual(Object.keys(can).sort(), [...abilities].sort(), id)
    assert.ok(limits.length > 0, id)
    assert.equal(enforcementPoint(id)?.id, id)
  }
})

test('nothing that sees no more than names claims to warn, to show a page or to know a person', () => {
  const dns = enforcementPoint('dns')
  for (const ability of ['path', 'search-term', 'person', 'warn', 'block-page', 'cut'] as const)
    assert.equal(dns?.can[ability], 'no', ability)
})

test('Squid is not said to cut what is open', () => {
  for (const id of ['squid-explicit', 'squid-peek', 'squid-bump'] as const)
    assert.equal(enforcementPoint(id)?.can.cut, 'no')
})
