import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weekdayOf } from '@gatehouse/engine/calendar'
import { easterSunday, schoolYearOf, typicalTerms } from './term-dates.ts'

test('Easter falls where the almanac says', () => {
  assert.deepEqual([2024, 2025, 2026, 2027, 2038].map(easterSunday), [
    '2024-03-31',
    '2025-04-20',
    '2026-04-05',
    '2027-03-28',
    '2038-04-25',
  ])
})

test('the terms of 2026 to 2027 look like a published calendar', () => {
  assert.deepEqual(
    typicalTerms(2026).map(({ from, to }) => `${from} ${to}`),
    [
      '2026-09-02 2026-10-26',
      '2026-11-02 2026-12-21',
      '2027-01-04 2027-02-15',
      '2027-02-22 2027-03-22',
      '2027-04-05 2027-05-31',
      '2027-06-07 2027-07-21',
    ],
  )
})

test('in every year terms follow one another, start on a weekday, and hold 185 to 200 weekdays', () => {
  for (let year = 2019; year < 2060; year++) {
    const terms = typicalTerms(year)
    let weekdays = 0
    terms.forEach(({ from, to }, n) => {
      assert.ok(from < to && to <= (terms[n + 1]?.from ?? '9999'), `${year} ${from} ${to}`)
      for (let at = Date.parse(from); at < Date.parse(to); at += 86_400_000)
        if (![0, 6].includes(new Date(at).getUTCDay())) weekdays += 1
      assert.ok(![0, 6].includes(weekdayOf(from)), from)
    })
    assert.ok(weekdays >= 185 && weekdays <= 200, `${year}: ${weekdays}`)
  }
})

test('the school year turns on the first of September', () => {
  assert.equal(schoolYearOf('2026-08-31'), 2025)
  assert.equal(schoolYearOf('2026-09-01'), 2026)
})
