import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { atLeast, suppress, suppressOne } from './suppression.ts'

const counts = fc.array(fc.nat(14), { minLength: 1, maxLength: 4 })

test('no count from one to four is ever shown, and nought and larger counts are true where shown', () => {
  fc.assert(
    fc.property(counts, list => {
      const { cells, total } = suppress(list)
      for (const [n, cell] of cells.entries()) {
        if (cell === null) continue
        assert.equal(cell, list[n])
        assert.ok(cell === 0 || cell >= 5)
      }
      if (total !== null)
        assert.equal(
          total,
          list.reduce((sum, count) => sum + count, 0),
        )
    }),
  )
})

test('whoever knows the total and this very rule still cannot work out any hidden count', () => {
  // Every table of up to three cells with counts to 14: tables that are published alike must differ in each hidden cell.
  const published = new Map<string, number[][]>()
  const most = 8
  for (let a = 0; a <= most; a++)
    for (let b = 0; b <= most; b++)
      for (let c = 0; c <= most; c++) {
        const key = JSON.stringify(suppress([a, b, c]))
        published.set(key, [...(published.get(key) ?? []), [a, b, c]])
      }
  for (const [key, tables] of published) {
    const { cells, total } = JSON.parse(key) as { cells: (number | null)[]; total: number | null }
    for (const [n, cell] of cells.entries()) {
      if (cell !== null) continue
      assert.ok(new Set(tables.map(table => table[n])).size >= 2, `cell ${n} of ${key} can only be ${tables[0]?.[n]}`)
    }
    assert.ok(total === null || total === 0 || total >= 5)
  }
})

test('in a school of ninety one case of its kind shows neither as a number nor by subtraction', () => {
  assert.deepEqual(suppress([1, 12, 0, 20]), { cells: [null, 12, 0, 20], total: null })
  assert.equal(atLeast(suppress([1, 12, 0, 20])), 33)
  assert.deepEqual(suppress([1, 12, 3, 20]), { cells: [null, 12, null, 20], total: 36 })
  assert.deepEqual(suppress([4, 4]), { cells: [null, null], total: null })
  assert.deepEqual(suppress([1, 0, 0, 0]), { cells: [null, 0, 0, 0], total: null })
  assert.equal(suppressOne(3), null)
  assert.equal(suppressOne(0), 0)
  assert.equal(suppressOne(5), 5)
})
