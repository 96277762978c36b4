import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDictionary, root, stateAfter } from './dictionary.ts'
import { kindOf } from './letters.ts'
import { alone, begins, createPlaceTable } from './places.ts'

const word = fc.string({ unit: fc.constantFrom(...'abcdexyz019'), minLength: 1, maxLength: 8 })
const classesOf = (text: string): number[] => [...text].map(char => kindOf[char.charCodeAt(0)] ?? 0)

test('a word has one number, found whole and letter by letter, and no other word is found', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), fc.array(word, { maxLength: 60 }), (known, asked) => {
      const builder = createDictionary()
      const numbers = new Map(known.map(text => [text, builder.add(`<${text}>`, 1, text.length + 1)]))
      const { words, find, states } = builder.build()
      assert.equal(words, numbers.size)
      for (const text of [...known, ...asked]) {
        const letters = classesOf(text)
        const number = numbers.get(text) ?? 0
        assert.equal(find([1, ...letters], 1, letters.length + 1), number)
        let state: number = root
        for (const letter of letters) state = state === 0 ? 0 : stateAfter(states, state, letter)
        assert.equal(states[state + 3] ?? 0, number)
      }
    }),
  )
})

test('forty thousand words keep their numbers while the tables grow', () => {
  const builder = createDictionary()
  const texts = Array.from({ length: 40_000 }, (_, n) => n.toString(36).padStart(9, 'q'))
  const numbers = texts.map(text => builder.add(text, 0, text.length))
  const { find } = builder.build()
  texts.forEach((text, n) => {
    assert.equal(builder.add(text, 0, text.length), numbers[n])
    assert.equal(find(classesOf(text), 0, text.length), numbers[n])
  })
})

test('a place holds the words that were put there, as they were put, and no others', () => {
  const pair = fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 60 }), fc.constantFrom(alone, begins))
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 300 }), pairs => {
      const table = createPlaceTable(pairs.flat(), 61)
      const expected = new Map<string, number>()
      for (const [place, at, bits] of pairs)
        expected.set(`${place} ${at}`, (expected.get(`${place} ${at}`) ?? 0) | bits)
      for (let place = 0; place <= 40; place++)
        for (let at = 0; at <= 60; at++) assert.equal(table.at(place, at), expected.get(`${place} ${at}`) ?? 0)
    }),
  )
})
