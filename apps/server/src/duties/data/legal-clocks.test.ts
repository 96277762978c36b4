import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dueAt, londonDate, londonInstant, type SchoolCalendar } from '@gatehouse/engine/calendar'
import { englandBankHolidayFile } from './bank-holidays.ts'
import { policyPacks } from '../../policies/packs/packs.ts'
import { legalClock, legalClocks, parseLegalClocks } from './legal-clocks.ts'

const calendar: SchoolCalendar = {
  bankHolidays: englandBankHolidayFile().holidays.map(({ date }) => date),
  terms: [
    { from: '2027-01-04', to: '2027-02-13' },
    { from: '2027-02-22', to: '2027-03-25' },
    { from: '2027-04-12', to: '2027-05-29' },
    { from: '2027-06-07', to: '2027-07-22' },
    { from: '2027-09-01', to: '2027-10-23' },
  ],
}
const due = (id: string, from: Date): Date => {
  const { limit } = legalClock(id)
  assert.ok(limit.kind === 'deadline', `${id} is no deadline`)
  return dueAt(from, limit.rule, calendar)
}

test('a breach found late on the Friday before a holiday is due at the regulator on the Monday', () => {
  const found = londonInstant('2027-02-12', '16:50')
  assert.equal(due('breach-to-regulator', found).toISOString(), londonInstant('2027-02-15', '16:50').toISOString())
})

test('a request for personal data of 31 January is due on the last day of February, moved off a Sunday', () => {
  assert.equal(londonDate(due('subject-access', londonInstant('2027-01-31', '10:00'))), '2027-03-01')
})

test('a complex request for personal data has three months from the same start', () => {
  const { extension } = legalClock('subject-access')
  assert.ok(extension)
  assert.equal(londonDate(dueAt(londonInstant('2027-01-31', '10:00'), extension.rule, calendar)), '2027-04-30')
})

test('an information request in July falls due after 20 school days or 60 working days, whichever is sooner', () => {
  const asked = londonInstant('2027-07-21', '09:00')
  assert.equal(londonDate(due('freedom-of-information', asked)), '2027-09-28')
})

test('the educational record is for maintained schools and takes 15 school days', () => {
  assert.equal(legalClock('educational-record').appliesTo, 'maintained-schools')
  assert.equal(londonDate(due('educational-record', londonInstant('2027-01-04', '09:00'))), '2027-01-25')
})

test('the account of a leaver is due to close by the end of the last day', () => {
  assert.equal(londonDate(due('leaver-disabled', londonInstant('2027-03-24', '12:00'))), '2027-03-24')
})

test('the clocks that have no number in law are given none', () => {
  assert.equal(legalClock('breach-to-people').limit.kind, 'without-undue-delay')
  assert.equal(legalClock('high-risk-alert').limit.kind, 'immediate')
})

test('every clock names its source, and nobody has yet checked one', () => {
  const { clocks } = legalClocks()
  assert.equal(clocks.length, 25)
  assert.deepEqual(
    clocks.filter(each => each.checkedOn !== null).map(each => each.id),
    [],
  )
})

test('the clauses that a clock serves exist', () => {
  const known = new Set(policyPacks().flatMap(pack => pack.clauses.map(each => each.id)))
  for (const each of legalClocks().clocks) for (const id of each.clauses) assert.ok(known.has(id), `${each.id}: ${id}`)
})

test('a pack that repeats a clock or counts in an unknown way is refused', () => {
  const { clocks, ...rest } = legalClocks()
  const [first] = clocks
  assert.throws(() => parseLegalClocks({ ...rest, clocks: [first, first] }), /twice/)
  const moons = { kind: 'deadline', rule: { basis: 'moons', moons: 1 } }
  assert.throws(() => parseLegalClocks({ ...rest, clocks: [{ ...first, limit: moons }] }))
  assert.throws(() => legalClock('no-such-clock'), /no legal clock/)
})
