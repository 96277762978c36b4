import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvCell } from './csv.ts'

test('a name that a spreadsheet would calculate is kept as words', () => {
  for (const typed of ['=1+1', '+44 1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\u200B=1', '\uFEFF=1', '＝1'])
    assert.ok(csvCell(typed).startsWith(`"'`), JSON.stringify(typed))
  assert.equal(csvCell('Ann "Annie" O’Neil, 4-Maple'), '"Ann ""Annie"" O’Neil, 4-Maple"')
  assert.equal(csvCell('two\nlines'), '"two\nlines"')
})
