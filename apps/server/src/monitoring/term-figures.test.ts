import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Counted, termFigures } from './term-figures.ts'

const row = (given: Partial<Counted>): Counted => ({
  concern: 'selfharm',
  flags: 0,
  decided: 0,
  real: 0,
  seen: 0,
  minutes: null,
  ...given,
})

test('how often the software was right is shown where both numbers are large, or nought', () => {
  const shown = (flags: number, decided: number, real: number) =>
    termFigures([row({ flags, decided, real })]).concerns[0]?.precision
  assert.equal(shown(40, 40, 10), 25)
  assert.equal(shown(40, 40, 0), 0)
  assert.equal(shown(40, 40, 40), 100)
  assert.equal(shown(40, 40, 3), null, 'three children')
  assert.equal(shown(40, 40, 37), null, 'three that were not')
  assert.equal(shown(40, 0, 0), null, 'nothing was decided')
})
test('the usual time to a first look needs five looks', () => {
  const shown = (seen: number) => termFigures([row({ flags: 20, seen, minutes: 12.4 })]).concerns[0]?.minutes
  assert.deepEqual([shown(4), shown(5)], [null, 12])
})
test('no total is shown beside a category that is hidden', () => {
  const figures = termFigures([row({ flags: 40, decided: 40, real: 10 }), row({ concern: 'drugs', flags: 3 })])
  assert.deepEqual([figures.flags, figures.precision, figures.concerns[1]?.flags], [null, null, null])
})
test('nothing that is shown is from 1 to 4, and no sum of what is shown gives such a number away', () => {
  const one = fc
    .tuple(fc.nat(30), fc.nat(30), fc.nat(30))
    .map(([real, none, undecided]) =>
      row({ flags: real + none + undecided, decided: real + none, real, seen: real + none, minutes: 7 }),
    )
  fc.assert(
    fc.property(fc.array(one, { maxLength: 6 }), rows => {
      const figures = termFigures(rows)
      for (const shown of figures.concerns) {
        const parts = [shown.real, shown.noConcern, shown.undecided]
        for (const number of [...parts, shown.flags])
          assert.ok(number === null || number === 0 || number >= 5, JSON.stringify(shown))
        const hidden = parts.filter(part => part === null)
        // With the total and all but one part, the one is known.
        assert.ok(shown.flags === null || hidden.length !== 1, JSON.stringify(shown))
      }
      if (figures.flags !== null) assert.ok(figures.concerns.every(({ flags }) => flags !== null))
    }),
    { seed: 20261122 },
  )
})
