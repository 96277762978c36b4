import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { excerpt, searchSeen } from './watcher.ts'

test('no more than the school’s number of characters goes with what was found, and what was found always does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 800 }), fc.nat(1000), fc.nat(50), fc.nat(300), (...given) => {
      const [text, at, length, context] = given
      // What is found begins and ends between characters.
      const characters = [...text]
      const start = characters.slice(0, at).join('').length
      const end = characters.slice(0, at + length).join('').length
      const [from, to] = excerpt(text, [[start, end, 'selfharm']], context)
      assert.ok(from >= start - context && to <= end + context && from <= to)
      if (context > 1) assert.ok(from <= start && to >= end)
    }),
  )
})
test('an excerpt never begins or ends inside a character', () => {
  const text = '😀'.repeat(100)
  for (let at = 0; at < 100; at += 2) {
    const [from, to] = excerpt(text, [[at, at + 2, 'hate']], 7)
    assert.ok(text.slice(from, to).isWellFormed())
  }
})
test('a search is read from its address, and an address without one gives nothing', () => {
  assert.equal(searchSeen('https://www.google.com/search?q=how+to+hide+cuts')?.text, 'how to hide cuts')
  assert.equal(searchSeen('https://www.google.com/search?q=+'), null)
  assert.equal(searchSeen('https://docs.example/essay?q=words'), null)
})
