import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { freshPart } from './fresh-text.ts'

test('what was added is handed over with its surroundings, and what stood there long before is not', () => {
  const before = `${'The river rises in the hills. '.repeat(100)}The end.`
  assert.equal(freshPart('', 'all of it', 10), 'all of it')
  assert.equal(freshPart(before, before, 10), '')
  assert.equal(freshPart(before, `${before} I hate it.`, 8), 'The end. I hate it.')
  assert.equal(freshPart('one two three four', 'one two 2 three four', 4), 'two 2 thre')
  assert.equal(freshPart('something to say', 'something', 100), '')
})
test('every letter that is new is in it, and no more around it than was asked for', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), fc.string(), fc.nat(20), (...given) => {
      const [start, added, end, gone, around] = given
      const [before, after] = [start + gone + end, start + added + end]
      const fresh = freshPart(before, after, around)
      assert.ok(after.includes(fresh))
      assert.ok(fresh.length <= added.length + 2 * around)
      if (before !== after && after.length > before.length) assert.ok(fresh.length >= after.length - before.length)
      // With room enough around it is all there is.
      if (fresh !== '') assert.equal(freshPart(before, after, after.length), after)
    }),
  )
})
