import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { englandBankHolidays } from './bank-holidays.fixture.ts'
import {
  addCalendarDays,
  addCalendarMonths,
  addSchoolDays,
  addWorkingDays,
  CalendarGap,
  type DeadlineRule,
  daysBetween,
  dueAt,
  endOfLondonDay,
  isCalendarDate,
  isSchoolDay,
  isWorkingDay,
  londonDate,
  londonInstant,
  londonTime,
  nextWorkingDay,
  type Pause,
  type SchoolCalendar,
  weekdayOf,
} from './calendar.ts'

/** A primary school's year 2026/27, with half-terms, and the autumn after it. */
const school: SchoolCalendar = {
  bankHolidays: englandBankHolidays,
  terms: [
    { from: '2026-09-02', to: '2026-10-24' },
    { from: '2026-11-02', to: '2026-12-19' },
    { from: '2027-01-04', to: '2027-02-13' },
    { from: '2027-02-22', to: '2027-03-26' },
    { from: '2027-04-12', to: '2027-05-29' },
    { from: '2027-06-07', to: '2027-07-22' },
    { from: '2027-09-02', to: '2027-10-23' },
  ],
  closures: ['2026-09-02', '2027-01-04'],
}
const at = (text: string) => new Date(text)
/** An instant as a London clock shows it. */
const shown = (instant: Date | null) => instant && `${londonDate(instant)} ${londonTime(instant)}`

test('a date and a time in London name one instant, in winter, in summer, and when the clocks change', () => {
  for (const [date, time, instant, why] of [
    ['2026-01-15', '09:00', '2026-01-15T09:00:00.000Z', 'winter'],
    ['2026-07-15', '09:00', '2026-07-15T08:00:00.000Z', 'summer'],
    ['2026-07-15', '00:00', '2026-07-14T23:00:00.000Z', 'a summer day begins before midnight UTC'],
    ['2026-03-29', '00:59', '2026-03-29T00:59:00.000Z', 'the last minute before summer time'],
    ['2026-03-29', '01:30', '2026-03-29T01:30:00.000Z', 'the missing hour is read as if the clocks had not changed'],
    ['2026-03-29', '02:00', '2026-03-29T01:00:00.000Z', 'the first minute of summer time'],
    ['2026-10-25', '00:59', '2026-10-24T23:59:00.000Z', 'before the doubled hour'],
    ['2026-10-25', '01:30', '2026-10-25T00:30:00.000Z', 'the doubled hour is its first coming'],
    ['2026-10-25', '02:00', '2026-10-25T02:00:00.000Z', 'after the doubled hour'],
  ] as const) {
    assert.equal(londonInstant(date, time).toISOString(), instant, why)
  }
  assert.equal(shown(londonInstant('2026-03-29', '01:30')), '2026-03-29 02:30')
})

test('late on a summer evening in UTC it is already the next day in London', () => {
  assert.equal(londonDate(at('2026-06-30T23:30:00Z')), '2026-07-01')
  assert.equal(londonDate(at('2026-12-31T23:30:00Z')), '2026-12-31')
})

test('a day ends a millisecond before the next one begins, even when it has 23 or 25 hours', () => {
  assert.equal(endOfLondonDay('2026-03-29').toISOString(), '2026-03-29T22:59:59.999Z')
  assert.equal(endOfLondonDay('2026-10-25').toISOString(), '2026-10-25T23:59:59.999Z')
})

test('what a London clock shows leads back to the instant, except in the second coming of the doubled hour', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30_000_000 }), minute => {
      const instant = new Date(at('2000-01-01T00:00:00Z').getTime() + minute * 60_000)
      const back = londonInstant(londonDate(instant), londonTime(instant))
      const isSecondComing = instant.getTime() - back.getTime() === 3_600_000
      assert.ok(back.getTime() === instant.getTime() || (isSecondComing && londonTime(instant).startsWith('01:')))
    }),
  )
})

test('dates and times that do not exist are refused', () => {
  for (const date of ['2026-02-29', '2026-13-01', '26-01-01', '2026-1-1', '', '2026-01-01T00:00']) {
    assert.equal(isCalendarDate(date), false, date)
    assert.throws(() => londonInstant(date, '09:00'), RangeError, date)
  }
  for (const time of ['24:00', '9:00', '09:60', ''])
    assert.throws(() => londonInstant('2026-01-01', time), RangeError, time)
  assert.equal(isCalendarDate('2028-02-29'), true)
})

test('a month later is the corresponding day, or the last day of a shorter month', () => {
  for (const [date, months, later] of [
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2026-01-30', 1, '2026-02-28'],
    ['2026-01-15', 1, '2026-02-15'],
    ['2026-11-30', 3, '2027-02-28'],
    ['2026-12-31', 1, '2027-01-31'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2026-05-31', 12, '2027-05-31'],
  ] as const) {
    assert.equal(addCalendarMonths(date, months), later)
  }
})

test('working days leave out weekends and bank holidays; school days leave out holidays and training days too', () => {
  for (const [date, working, schoolDay, why] of [
    ['2026-11-03', true, true, 'a Tuesday in term'],
    ['2026-11-07', false, false, 'a Saturday'],
    ['2026-10-27', true, false, 'half-term'],
    ['2026-09-02', true, false, 'a training day'],
    ['2027-05-03', false, false, 'the early May bank holiday, in term'],
    ['2026-12-28', false, false, 'the substitute for Boxing Day'],
    ['2026-10-24', false, false, 'the first day after the term'],
  ] as const) {
    assert.equal(isWorkingDay(date, school), working, why)
    assert.equal(isSchoolDay(date, school), schoolDay, why)
  }
})

test('school days are counted over half-term, from the day after', () => {
  assert.equal(addSchoolDays('2026-10-22', 1, school), '2026-10-23')
  assert.equal(addSchoolDays('2026-10-22', 2, school), '2026-11-02')
  assert.equal(addSchoolDays('2026-10-22', 15, school), '2026-11-19')
  assert.equal(addSchoolDays('2026-10-22', 0, school), '2026-10-22')
  assert.equal(addSchoolDays('2027-07-21', 1, school), '2027-09-02')
})

test('working days are counted over Christmas', () => {
  assert.equal(addWorkingDays('2026-12-24', 1, school), '2026-12-29')
  assert.equal(nextWorkingDay('2026-12-25', school), '2026-12-29')
  assert.equal(nextWorkingDay('2026-12-24', school), '2026-12-24')
})

test('every deadline in the table of clocks ends when the law says', () => {
  const foi: DeadlineRule = {
    basis: 'first-of',
    rules: [
      { basis: 'school-days', days: 20 },
      { basis: 'working-days', days: 60 },
    ],
  }
  const month: DeadlineRule = { basis: 'calendar-months', months: 1, rollToWorkingDay: true }
  const breach: DeadlineRule = { basis: 'clock-hours', hours: 72 }
  for (const [what, from, rule, due] of [
    ['breach on the last Friday of term', '2026-12-18T15:30:00Z', breach, '2026-12-21 15:30'],
    ['breach before summer time begins', '2027-03-27T12:00:00Z', breach, '2027-03-30 13:00'],
    ['breach before summer time ends', '2026-10-24T11:00:00Z', breach, '2026-10-27 11:00'],
    ['access request on 31 January 2027 rolls from Sunday', '2027-01-31T10:00:00Z', month, '2027-03-01 23:59'],
    ['access request on 31 January 2028', '2028-01-31T10:00:00Z', month, '2028-02-29 23:59'],
    ['access request due on Christmas Day', '2026-11-25T10:00:00Z', month, '2026-12-29 23:59'],
    ['access request at half past midnight, summer time', '2027-06-08T23:30:00Z', month, '2027-07-09 23:59'],
    [
      'educational record over half-term',
      '2026-10-22T10:00:00Z',
      { basis: 'school-days', days: 15 },
      '2026-11-19 23:59',
    ],
    ['freedom of information in term', '2026-11-03T10:00:00Z', foi, '2026-12-01 23:59'],
    ['freedom of information in the last week of summer term', '2027-07-20T10:00:00Z', foi, '2027-09-28 23:59'],
    ['complaint acknowledged', '2026-11-03T10:00:00Z', { basis: 'calendar-days', days: 30 }, '2026-12-03 23:59'],
    ['patch that the DfE orders', '2026-12-23T10:00:00Z', { basis: 'working-days', days: 5 }, '2027-01-04 23:59'],
    ['the same day', '2026-11-03T23:30:00Z', { basis: 'calendar-days', days: 0 }, '2026-11-03 23:59'],
  ] as const) {
    assert.equal(shown(dueAt(at(from), rule, school)), due, what)
  }
})

test('of school days and working days the earlier counts, whichever it is', () => {
  const emptySummer = { ...school, closures: ['2027-09-02', '2027-09-03'] }
  const rules: DeadlineRule[] = [
    { basis: 'school-days', days: 20 },
    { basis: 'working-days', days: 30 },
  ]
  const due = dueAt(at('2027-07-21T10:00:00Z'), { basis: 'first-of', rules }, emptySummer)
  assert.equal(shown(due), '2027-09-02 23:59')
})

test('a pause puts a deadline off, once, and only while the clock was running', () => {
  const pause = (from: string, to: string | null): Pause => ({ from: at(from), to: to === null ? null : at(to) })
  const hours: DeadlineRule = { basis: 'clock-hours', hours: 24 }
  const month: DeadlineRule = { basis: 'calendar-months', months: 1, rollToWorkingDay: true }
  const schoolDays: DeadlineRule = { basis: 'school-days', days: 3 }
  const start = '2026-11-03T10:00:00Z'
  for (const [why, rule, pauses, due] of [
    ['none', hours, [], '2026-11-04 10:00'],
    ['two hours', hours, [pause('2026-11-03T12:00:00Z', '2026-11-03T14:00:00Z')], '2026-11-04 12:00'],
    [
      'two that overlap count once',
      hours,
      [pause('2026-11-03T13:00:00Z', '2026-11-03T15:00:00Z'), pause('2026-11-03T12:00:00Z', '2026-11-03T14:00:00Z')],
      '2026-11-04 13:00',
    ],
    ['begun before the clock', hours, [pause('2026-11-03T08:00:00Z', '2026-11-03T11:00:00Z')], '2026-11-04 11:00'],
    ['after the end', hours, [pause('2026-11-05T08:00:00Z', '2026-11-06T11:00:00Z')], '2026-11-04 10:00'],
    [
      'within the time that an earlier one added',
      hours,
      [pause('2026-11-03T12:00:00Z', '2026-11-03T14:00:00Z'), pause('2026-11-04T11:00:00Z', '2026-11-04T12:00:00Z')],
      '2026-11-04 13:00',
    ],
    ['still standing', hours, [pause('2026-11-03T12:00:00Z', null)], null],
    ['standing since after the end', hours, [pause('2026-11-05T12:00:00Z', null)], '2026-11-04 10:00'],
    ['five days of a month', month, [pause('2026-11-10T12:00:00Z', '2026-11-15T09:00:00Z')], '2026-12-08 23:59'],
    ['an afternoon of a month', month, [pause('2026-11-10T12:00:00Z', '2026-11-10T16:00:00Z')], '2026-12-03 23:59'],
    [
      'a day of three school days',
      schoolDays,
      [pause('2026-11-04T12:00:00Z', '2026-11-05T12:00:00Z')],
      '2026-11-09 23:59',
    ],
    [
      'a weekend of three school days',
      schoolDays,
      [pause('2026-11-07T12:00:00Z', '2026-11-08T12:00:00Z')],
      '2026-11-06 23:59',
    ],
    [
      'any of the rules standing',
      { basis: 'first-of', rules: [schoolDays, month] },
      [pause('2026-11-04T12:00:00Z', null)],
      null,
    ],
  ] as const) {
    assert.equal(shown(dueAt(at(start), rule, school, pauses)), due, why)
  }
})

test('a calendar that does not reach far enough says so, and what is missing, and never goes on counting', () => {
  const gap = (missing: string, date: string) => (fault: unknown) => {
    assert.ok(fault instanceof CalendarGap)
    assert.deepEqual([fault.missing, fault.date], [missing, date])
    return true
  }
  const none: SchoolCalendar = { bankHolidays: englandBankHolidays, terms: [] }
  assert.throws(() => addSchoolDays('2026-11-03', 1, none), gap('terms', '2026-11-04'))
  assert.throws(() => addSchoolDays('2027-10-20', 5, school), gap('terms', '2027-10-23'))
  assert.throws(() => dueAt(at('2027-10-20T10:00:00Z'), { basis: 'school-days', days: 20 }, school), CalendarGap)
  assert.throws(() => addWorkingDays('2028-12-20', 20, school), gap('bank-holidays', '2029-01-01'))
  assert.throws(() => addWorkingDays('2026-11-03', 1_000_000, school), CalendarGap)
  assert.throws(() => nextWorkingDay('2026-11-03', { bankHolidays: [], terms: [] }), gap('bank-holidays', '2026-11-03'))
  const isHole = { ...school, terms: school.terms.filter(term => !term.from.startsWith('2027-0')) }
  assert.throws(() => addSchoolDays('2026-12-17', 5, isHole), gap('terms', '2026-12-19'))
})

test('lengths that mean nothing are refused', () => {
  for (const rule of [
    { basis: 'clock-hours', hours: -1 },
    { basis: 'clock-hours', hours: Number.NaN },
    { basis: 'calendar-days', days: 1.5 },
    { basis: 'school-days', days: -1 },
    { basis: 'working-days', days: Number.POSITIVE_INFINITY },
    { basis: 'calendar-months', months: Number.NaN, rollToWorkingDay: false },
    { basis: 'first-of', rules: [] },
  ] as const) {
    assert.throws(() => dueAt(at('2026-11-03T10:00:00Z'), rule, school), RangeError, JSON.stringify(rule))
  }
})

const someDay = fc.integer({ min: 0, max: 200 }).map(days => addCalendarDays('2026-09-07', days))

test('a day reached by counting is itself of the kind counted, and so many of them lie between', () => {
  fc.assert(
    fc.property(someDay, fc.integer({ min: 1, max: 60 }), (date, days) => {
      for (const [add, is] of [
        [addWorkingDays, isWorkingDay],
        [addSchoolDays, isSchoolDay],
      ] as const) {
        const end = add(date, days, school)
        assert.ok(is(end, school))
        const passed = Array.from({ length: daysBetween(date, end) }, (_, index) => addCalendarDays(date, index + 1))
        assert.equal(passed.filter(day => is(day, school)).length, days)
      }
    }),
  )
})

test('a pause never brings a deadline forward', () => {
  const instants = fc
    .integer({ min: 0, max: 60 * 24 * 60 })
    .map(minutes => at('2026-11-01T00:00:00Z').getTime() + minutes * 60_000)
  const pauses = fc.array(
    fc.tuple(instants, instants).map(([one, other]) => ({
      from: new Date(Math.min(one, other)),
      to: new Date(Math.max(one, other)),
    })),
    { maxLength: 4 },
  )
  const rules: DeadlineRule[] = [
    { basis: 'clock-hours', hours: 72 },
    { basis: 'calendar-days', days: 30 },
    { basis: 'calendar-months', months: 1, rollToWorkingDay: true },
    { basis: 'school-days', days: 15 },
    { basis: 'working-days', days: 20 },
  ]
  fc.assert(
    fc.property(pauses, fc.constantFrom(...rules), instants, (stood, rule, start) => {
      const from = new Date(start)
      const plain = dueAt(from, rule, school)
      assert.ok(dueAt(from, rule, school, stood) >= plain)
      assert.deepEqual(dueAt(from, rule, school, [...stood].reverse()), dueAt(from, rule, school, stood))
    }),
  )
})

test('every bank holiday falls on a weekday, eight a year', () => {
  for (const holiday of englandBankHolidays) assert.ok(![0, 6].includes(weekdayOf(holiday)), holiday)
  for (const year of ['2024', '2025', '2026', '2027', '2028']) {
    assert.equal(englandBankHolidays.filter(holiday => holiday.startsWith(year)).length, 8, year)
  }
})
