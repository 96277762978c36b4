import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { catalogueOf, createDetector, isPlainPhrase, isRuleId, plainPhrase, type SchoolPhrase } from './index.ts'
import { shippedParts } from './shipped.fixture.ts'
import { concerns, coreConcerns, textKinds } from './types.ts'

const parts = shippedParts()
const finder = (phrase: string, given: Partial<SchoolPhrase> = {}) =>
  createDetector({ ...parts, added: [{ id: 'school.one', concern: 'drugs', severity: 2, phrase, ...given }] })

describe('A phrase in its simple form', () => {
  test('loses capitals, accents and apostrophes, and nothing else', () => {
    for (const [typed, plain] of [
      ["Don't Stop", 'dont stop'],
      ['  café   noir ', 'cafe noir'],
      ['420 Friendly', '420 friendly'],
    ] as const)
      assert.deepEqual(plainPhrase(typed), { ok: true, phrase: plain })
  })
  test('is refused in words where it is empty, too long, too short, or holds what nobody would look for', () => {
    for (const [typed, says] of [
      ['', /Enter the phrase/],
      [' \u0301 ', /Enter the phrase/],
      ['a'.repeat(61), /60 characters/],
      ['a'.repeat(100_000), /60 characters/],
      ['one two three four five six seven eight nine', /8 words/],
      ['ab', /at least 3/],
      ['(a|b)+', /not “\(”/],
      ['<die>', /not “<”/],
      ['snow_man', /not “_”/],
      ['he\u0000llo', /cannot be seen/],
      ['he\u202ello', /cannot be seen/],
      ['two\nlines', /cannot be seen/],
      ['\ud800abc', /cannot be seen/],
    ] as const) {
      const read = plainPhrase(typed)
      assert.ok(!read.ok && says.test(read.error), `${JSON.stringify(typed.slice(0, 20))}: ${JSON.stringify(read)}`)
    }
  })
  test('whatever is typed, what comes out is in the form that is looked for, and stays as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-zA-Z0-9 'é]{0,70}$/)), typed => {
        const read = plainPhrase(typed)
        if (!read.ok) return assert.ok(read.error.length > 5 && read.error.isWellFormed())
        assert.ok(isPlainPhrase(read.phrase))
        assert.deepEqual(plainPhrase(read.phrase), read)
      }),
    )
  })
})

test('a school’s phrase holds in every kind of text, in quotation marks, after a “not” and in a lesson', () => {
  const detector = finder('purple dragonfruit')
  for (const kind of textKinds)
    for (const text of [
      'got any purple dragonfruit',
      'he said "purple dragonfruit" in maths',
      'not purple dragonfruit',
      'our history lesson about the war in the book said purple dragonfruit',
    ])
      assert.ok(detector.detect({ text, kind, age: 'secondary' }).rules.includes('school.one'), `${kind}: ${text}`)
})

test('every rule that can decide stands in the catalogue once, with words to know it by, and the core is marked', () => {
  const rules = catalogueOf(parts.lexicon)
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length)
  for (const { id, example } of rules) assert.ok(isRuleId(id) && example.trim() !== '', id)
  for (const concern of coreConcerns)
    assert.ok(rules.some(rule => rule.concern === concern && rule.isCore && rule.by === 'words'))
  for (const concern of concerns)
    assert.equal(rules.find(({ id }) => id === `model.${concern}`)?.isCore, coreConcerns.includes(concern))
})

test('switching off every rule leaves what the core finds, and nothing of another’s model', () => {
  const rules = catalogueOf(parts.lexicon)
  const bare = createDetector({ ...parts, off: rules.map(({ id }) => id) })
  const core = new Set(rules.filter(({ isCore }) => isCore).map(({ id }) => id))
  for (const text of ['i want to kill myself', 'sieg heil', 'dont tell your mum about us its our secret']) {
    const { flag, rules: decided } = bare.detect({ text, kind: 'message', age: 'secondary' })
    assert.equal(flag, true, text)
    for (const id of decided) assert.ok(core.has(id), id)
  }
})
