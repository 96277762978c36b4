import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openPhrases, phrasesByCategory } from './search-phrases.ts'
import { categoriesOfWords, plainWords } from './search-words.ts'

const found = (text: string): string[] => [...categoriesOfWords(plainWords(text))]
const closed = Object.entries(phrasesByCategory).flatMap(([category, phrases]) =>
  phrases.split('|').map(phrase => [category, phrase] as const),
)

test('every shipped phrase is met, alone and among other words, and every open one is let through', () => {
  for (const [category, phrase] of closed) {
    assert.ok(found(phrase).includes(category), phrase)
    assert.ok(found(`please tell me ${phrase.toUpperCase()}, today`).includes(category), phrase)
    assert.equal(plainWords(phrase), ` ${phrase} `, 'written as it is compared')
  }
  assert.equal(new Set(closed.map(([, phrase]) => phrase)).size, closed.length, 'none stands twice')
  for (const phrase of openPhrases.split('|')) assert.deepEqual(found(phrase), [], phrase)
})

test('an open phrase opens its own words and no others', () => {
  assert.deepEqual(found('to kill a mockingbird and how to kill myself'), ['selfharm'])
  assert.deepEqual(found('breast cancer porn'), ['pornography'])
})

test('accents, case, soft hyphens and full-width letters hide nothing; letters set apart are not read', () => {
  for (const text of ['P O R N', 'porn', 'PÖRN', 'ｐｏｒｎ', 'po\u00adrn', 'po\u200brn', '"porn"', 'free-porn!'])
    assert.deepEqual(found(text), text === 'P O R N' ? [] : ['pornography'], text)
})

test('words around a phrase never hide it, whatever they are', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...closed),
      fc.lorem({ maxCount: 8 }),
      fc.lorem({ maxCount: 8 }),
      ([category, phrase], before, after) => {
        assert.ok(found(`${before} ${phrase} ${after}`).includes(category))
      },
    ),
  )
})

test('any text at all is read, and soon', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => assert.ok(Array.isArray(found(text)))))
  assert.deepEqual(found('how to '.repeat(100_000)), [])
})
