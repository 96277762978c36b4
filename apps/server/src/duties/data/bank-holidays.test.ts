import assert from 'node:assert/strict'
import { test } from 'node:test'
import { englandBankHolidays } from '@gatehouse/engine/bank-holidays.fixture'
import { addCalendarDays, weekdayOf } from '@gatehouse/engine/calendar'
import { englandBankHolidayFile, parseBankHolidays } from './bank-holidays.ts'

const { holidays, from, until } = englandBankHolidayFile()
const dates = holidays.map(each => each.date)
const years = Array.from({ length: 10 }, (_, at) => 2019 + at)

/** Gregorian Easter Sunday after Oudin (1940), as the US Naval Observatory prints it; not how the file was made. */
function easterSunday(year: number): string {
  const century = Math.floor(year / 100)
  const golden = year % 19
  const k = Math.floor((century - 17) / 25)
  let i = (century - Math.floor(century / 4) - Math.floor((century - k) / 3) + 19 * golden + 15) % 30
  i -= Math.floor(i / 28) * (1 - Math.floor(i / 28) * Math.floor(29 / (i + 1)) * Math.floor((21 - golden) / 11))
  const j = (year + Math.floor(year / 4) + i + 2 - century + Math.floor(century / 4)) % 7
  const l = i - j
  const month = 3 + Math.floor((l + 40) / 44)
  const day = l + 28 - 31 * Math.floor(month / 4)
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

const mondayFrom = (date: string): string => (weekdayOf(date) === 1 ? date : mondayFrom(addCalendarDays(date, 1)))
const lastMonday = (date: string): string => (weekdayOf(date) === 1 ? date : lastMonday(addCalendarDays(date, -1)))

test('Good Friday and Easter Monday stand beside Easter Sunday in each of the ten years', () => {
  for (const year of years) {
    const easter = easterSunday(year)
    assert.ok(dates.includes(addCalendarDays(easter, -2)), `Good Friday ${year}`)
    assert.ok(dates.includes(addCalendarDays(easter, 1)), `Easter Monday ${year}`)
  }
})

test('May, spring and summer holidays are Mondays, except where a proclamation moved them', () => {
  for (const year of years) {
    assert.equal(dates.includes(mondayFrom(`${year}-05-01`)), year !== 2020, `early May ${year}`)
    assert.equal(dates.includes(lastMonday(`${year}-05-31`)), year !== 2022, `spring ${year}`)
    assert.ok(dates.includes(lastMonday(`${year}-08-31`)), `summer ${year}`)
  }
})

test('the proclaimed days of 2020, 2022 and 2023 are there', () => {
  for (const date of ['2020-05-08', '2022-06-02', '2022-06-03', '2022-09-19', '2023-05-08'])
    assert.ok(dates.includes(date), date)
})

test('a Christmas, Boxing or New Year that falls on a weekend has its substitute day', () => {
  const substitutes = holidays.filter(each => each.name.includes('substitute')).map(each => each.date)
  assert.deepEqual(substitutes, [
    '2020-12-28',
    '2021-12-27',
    '2021-12-28',
    '2022-01-03',
    '2022-12-27',
    '2023-01-02',
    '2026-12-28',
    '2027-12-27',
    '2027-12-28',
    '2028-01-03',
  ])
})

test('every bank holiday is a weekday, and each year has eight and whatever was proclaimed', () => {
  for (const date of dates) assert.ok(weekdayOf(date) >= 1 && weekdayOf(date) <= 5, date)
  const counts = years.map(year => dates.filter(date => date.startsWith(`${year}-`)).length)
  assert.deepEqual(counts, [8, 8, 8, 10, 9, 8, 8, 8, 8, 8])
})

test('the file and the dates with which the calendar is tested agree on every year that both know', () => {
  const known = new Set(englandBankHolidays.map(date => date.slice(0, 4)))
  assert.ok(known.size > 0)
  const shared = dates.filter(date => known.has(date.slice(0, 4)))
  assert.deepEqual(
    shared,
    englandBankHolidays.filter(date => date >= from && date < until),
  )
})

test('a file out of order, or with a day outside its years, is refused', () => {
  const file = englandBankHolidayFile()
  const day = (date: string) => ({ date, name: 'Holiday' })
  assert.throws(() => parseBankHolidays({ ...file, holidays: [day('2024-01-01'), day('2024-01-01')] }), /is not after/)
  assert.throws(() => parseBankHolidays({ ...file, holidays: [day('2031-01-01')] }), /outside the years/)
  assert.throws(() => parseBankHolidays({ ...file, holidays: [day('2024-02-30')] }), /date/)
})
