import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readingGrade } from './reading-grade.ts'

test('the measure of reading age tells a hard sentence from an easy one', () => {
  assert.ok(readingGrade('The cat sat on the mat.') < 2)
  assert.ok(readingGrade('Organisations processing confidential information demonstrate accountability.') > 12)
})
