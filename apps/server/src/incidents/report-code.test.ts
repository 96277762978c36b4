import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { isCodeWord } from './data/words.ts'
import { createReportCodes, parseCode } from './report-code.ts'
import { afterGuess, bucketSize, filled, fullBucket, mayGuess } from './thread-throttle.ts'

const codes = createReportCodes(purpose => createHmac('sha256', 'test').update(purpose).digest())

test('a code is three words of the list, the same for the same form and another for the next', () => {
  const code = codes.make('oak-hill', 'f'.repeat(32), 0)
  assert.ok(code.every(isCodeWord), code.join(' '))
  assert.deepEqual(codes.make('oak-hill', 'f'.repeat(32), 0), code)
  assert.notDeepEqual(codes.make('oak-hill', 'f'.repeat(32), 1), code)
  assert.notDeepEqual(codes.make('elm-hill', 'f'.repeat(32), 0), code)
  assert.notDeepEqual(codes.make('oak-hill', null, 0), codes.make('oak-hill', null, 0))
})

test('codes use the whole list: 36 bits, no fewer', () => {
  const seen = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (let n = 0; n < 20_000; n++) {
    for (const [place, word] of codes.make('oak-hill', String(n), 0).entries()) seen[place]?.add(word)
  }
  // 20,000 draws leave about 31 of 4,096 words undrawn in each place
  for (const words of seen) assert.ok(words.size > 4_000, String(words.size))
})

test('three words are read however a child writes them, and nothing else is', () => {
  assert.deepEqual(parseCode('  Apple,  RIVER-moon. '), ['apple', 'river', 'moon'])
  for (const wrong of ['', 'apple river', 'apple river moon sun', '🍎 🌊 🌙', 'x'.repeat(5000)])
    assert.equal(parseCode(wrong), null)
})

test('the bucket of guesses never holds more than twenty, and fills by six a minute', () => {
  const start = new Date('2026-11-24T10:00:00Z')
  const later = (seconds: number) => new Date(start.getTime() + seconds * 1000)
  let bucket = fullBucket(start)
  for (let n = 0; n < bucketSize; n++) bucket = afterGuess(bucket)
  assert.equal(mayGuess(bucket), false)
  assert.equal(mayGuess(filled(bucket, later(9))), false)
  assert.equal(mayGuess(filled(bucket, later(10))), true)
  assert.equal(filled(bucket, later(86_400)).tokens, bucketSize)
  assert.equal(filled(bucket, later(-3600)).tokens, bucket.tokens)
})

test('however guesses are spread over an hour, at most 380 are looked at', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_600_000 }), { maxLength: 2000 }), times => {
      let bucket = fullBucket(new Date(0))
      let looked = 0
      for (const time of times.toSorted((a, b) => a - b)) {
        bucket = filled(bucket, new Date(time))
        if (mayGuess(bucket)) {
          bucket = afterGuess(bucket)
          looked += 1
        }
      }
      assert.ok(looked <= 380, String(looked))
    }),
  )
})
