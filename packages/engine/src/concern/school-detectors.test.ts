import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSchoolDetectors } from './school-detectors.ts'
import { unchangedRules } from './school-rules.ts'
import { shippedParts } from './shipped.fixture.ts'

test('schools whose changes say the same share one detector, each finds what its school looks for, and what is long unused is forgotten', () => {
  let built = 0
  const detectorFor = createSchoolDetectors(() => {
    built += 1
    return shippedParts()
  })
  const looksFor = (phrase: string) => ({
    off: [],
    added: [{ id: 'school.p1', concern: 'drugs', severity: 3, phrase } as const],
  })
  const off = ['gambling.005', 'gambling.006']
  const both = detectorFor({ off, added: [] })
  assert.equal(detectorFor({ off: off.toReversed(), added: [] }), both)
  const finds = (phrase: string, text: string) =>
    detectorFor(looksFor(phrase)).detect({ text, kind: 'search', age: 'secondary' }).flag
  assert.ok(finds('purple lanterns', 'where are purple lanterns'))
  assert.ok(!finds('green lanterns', 'where are purple lanterns'))
  assert.equal(built, 3)
  for (const one of ['one', 'two', 'three', 'four', 'five']) detectorFor(looksFor(`${one} lanterns`))
  assert.equal(detectorFor({ off, added: [] }), both, 'eight are kept')
  detectorFor(unchangedRules)
  assert.equal(built, 9)
  assert.equal(detectorFor({ off, added: [] }), both)
  detectorFor(looksFor('purple lanterns'))
  assert.equal(built, 10, 'the one that was used longest ago was forgotten')
})
