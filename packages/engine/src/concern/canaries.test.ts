import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ageBands } from './types.ts'
import { canaries, missedCanaries } from './canaries.ts'
import { shippedDetector } from './shipped.fixture.ts'

const detector = shippedDetector()
const tried = (age: (typeof ageBands)[number]) =>
  canaries.map(({ id, text, kind }) => {
    const { flag, categories } = detector.detect({ text, kind, age })
    return { id, concerns: flag ? categories.map(({ name }) => name) : [] }
  })

for (const age of ageBands)
  test(`the shipped detector finds each thing that it is tried on, and passes ordinary lessons, for the age ${age}`, () => {
    assert.deepEqual(missedCanaries(tried(age)), [])
  })

test('what was not tried, not found, found as something else, or flagged without cause, is missed', () => {
  const good = tried('primary')
  const with_ = (id: string, concerns: readonly string[]) =>
    good.map(each => (each.id === id ? { id, concerns } : each))
  assert.deepEqual(missedCanaries(with_('crime', [])), ['crime'])
  assert.deepEqual(missedCanaries(with_('bullying', ['profanity'])), ['bullying'])
  assert.deepEqual(missedCanaries(with_('lesson', ['violence'])), ['lesson'])
  assert.deepEqual(missedCanaries(good.filter(({ id }) => id !== 'language')), ['language'])
  assert.equal(missedCanaries([]).length, canaries.length)
})
