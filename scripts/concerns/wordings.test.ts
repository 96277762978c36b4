import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordingsOf } from './wordings.ts'

test('a seed without choices is its own wording', () => {
  assert.deepEqual(wordingsOf('the school bus is late', 10), ['the school bus is late'])
})

test('a seed stands for every mix of its choices, and an empty choice leaves no gap', () => {
  assert.deepEqual(wordingsOf('{i|we} saw {a|} {dog|cat}', 100).sort(), [
    'i saw a cat',
    'i saw a dog',
    'i saw cat',
    'i saw dog',
    'we saw a cat',
    'we saw a dog',
    'we saw cat',
    'we saw dog',
  ])
})

test('no more are drawn than asked, none twice, and the same ones each time', () => {
  const seed = '{a|b|c|d|e} {f|g|h|i|j} {k|l|m|n|o}'
  const drawn = wordingsOf(seed, 10)
  assert.equal(drawn.length, 10)
  assert.equal(new Set(drawn).size, 10)
  assert.deepEqual(wordingsOf(seed, 10), drawn)
})

test('a brace without its twin is refused', () => {
  assert.throws(() => wordingsOf('{a|b is open', 10), /expected a closing brace/)
})
