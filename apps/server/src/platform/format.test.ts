import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  formatDate,
  formatDateTime,
  formatDay,
  formatDue,
  formatList,
  formatNumber,
  formatShare,
  formatSize,
  formatTime,
  isLate,
  isoTime,
  mojDate,
  plural,
  sealText,
  timeAgo,
  timeLeft,
} from './format.ts'

const now = '2026-03-03T14:40:00Z'
const later = (ms: number): Date => new Date(Date.parse(now) + ms)
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

test('a date reads as people say it, in London and not in UTC', () => {
  assert.equal(formatDate('2026-03-03T14:40:00Z'), 'Tuesday 3 March 2026')
  assert.equal(formatDate('2026-06-30T23:30:00Z'), 'Wednesday 1 July 2026')
  assert.equal(formatDay('2026-11-04', now), '4 November')
  assert.equal(formatDay('2025-11-04', now), '4 November 2025')
})

test('a school day does not move with the time zone or the season', () => {
  for (const plain of ['2026-01-01', '2026-03-29', '2026-07-01', '2026-10-25', '2026-12-31'])
    assert.match(formatDate(plain), new RegExp(`\\b${Number(plain.slice(8))} `))
})

test('a time of day has no needless zeros, and noon and midnight are named', () => {
  const cases: [string, string][] = [
    ['2026-03-03T14:40:00Z', '2:40pm'],
    ['2026-03-03T09:00:00Z', '9am'],
    ['2026-03-03T00:00:00Z', 'midnight'],
    ['2026-03-03T12:00:00Z', 'midday'],
    ['2026-03-03T00:05:00Z', '12:05am'],
    ['2026-07-03T11:30:00Z', '12:30pm'],
    ['2026-07-03T14:05:00Z', '3:05pm'],
  ]
  for (const [at, said] of cases) assert.equal(formatTime(at), said)
})

test('a date with a time names the year only when it is another year', () => {
  assert.equal(formatDateTime('2026-03-03T14:40:00Z', now), 'Tuesday 3 March, 2:40pm')
  assert.equal(formatDateTime('2025-12-31T14:40:00Z', now), 'Wednesday 31 December 2025, 2:40pm')
  assert.equal(formatDateTime('2026-03-04', now), 'Wednesday 4 March')
})

test('what is due at the end of a day is due on that day, without a time', () => {
  assert.equal(formatDue('2026-03-09T23:59:59.999Z', now), 'Monday 9 March')
  assert.equal(formatDue('2026-07-09T22:59:00Z', now), 'Thursday 9 July')
  assert.equal(formatDue('2025-11-30T23:59:00Z', now), 'Sunday 30 November 2025')
  assert.equal(formatDue('2026-03-09T22:59:00Z', now), 'Monday 9 March, 10:59pm')
  assert.equal(formatDue('2026-03-09', now), 'Monday 9 March')
})

test('the time left is never more than there is', () => {
  const cases: [number, string][] = [
    [5 * hour, '5 hours left'],
    [5 * hour + 59 * minute, '5 hours left'],
    [90 * minute, '90 minutes left'],
    [hour, '1 hour left'],
    [minute, '1 minute left'],
    [30_000, 'due now'],
    [-30_000, 'due now'],
    [47 * hour, '47 hours left'],
    [2 * day, '2 days left'],
    [92 * day, '92 days left'],
    [93 * day, '3 months left'],
    [-2 * day, '2 days late'],
    [-2_212 * day, '6 years late'],
    [-3 * hour, '3 hours late'],
  ]
  for (const [ms, said] of cases) assert.equal(timeLeft(later(ms), now), said)
})

test('something due on a day is due until that day ends in London, winter and summer', () => {
  assert.equal(isLate('2026-03-03', '2026-03-03T23:59:00Z'), false)
  assert.equal(isLate('2026-03-03', '2026-03-04T00:01:00Z'), true)
  assert.equal(isLate('2026-07-03', '2026-07-03T22:59:00Z'), false)
  assert.equal(isLate('2026-07-03', '2026-07-03T23:01:00Z'), true)
  assert.equal(timeLeft('2026-03-04', now), '33 hours left')
})

test('"late" is said exactly when the due time has passed by a minute or more', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1_600 * day, max: 1_600 * day }), ms => {
      const said = timeLeft(later(ms), now)
      if (ms <= -minute) assert.match(said, /^[\d,]+ (minute|hour|day|month|year)s? late$/)
      else if (ms >= minute) assert.match(said, /^[\d,]+ (minute|hour|day|month|year)s? left$/)
      else assert.equal(said, 'due now')
      assert.doesNotMatch(said, /^0 /)
    }),
  )
})

test('what happened is placed in the past, and what has not happened yet never is', () => {
  assert.equal(timeAgo(later(0), now), 'just now')
  assert.equal(timeAgo(later(-3 * hour), now), '3 hours ago')
  assert.equal(timeAgo(later(-13 * day), now), '13 days ago')
  assert.equal(timeAgo(later(-20 * day), now), 'on 11 February')
  assert.equal(timeAgo(later(2 * hour), now), 'on Tuesday 3 March, 4:40pm')
})

test('a seal says what proves a clause, and says so plainly when nothing does', () => {
  assert.equal(sealText({ evidence: 'measured', at: later(-3 * hour) }, now), 'measured 3 hours ago')
  assert.equal(
    sealText({ evidence: 'attested', by: 'the site manager', at: '2025-11-04', until: '2026-04-01' }, now),
    'attested by the site manager on 4 November 2025, until 1 April',
  )
  assert.equal(
    sealText({ evidence: 'attested', at: '2025-11-04', until: '2026-02-01' }, now),
    'attested on 4 November 2025, ran out on 1 February',
  )
  assert.equal(sealText({ evidence: 'assumed' }, now), 'assumed, not checked')
  assert.equal(sealText({ evidence: 'unknown' }, now), 'no evidence yet')
  assert.equal(sealText({ evidence: 'unknown', carried: false }, now), 'nobody carries this yet')
})

test('a share never claims none or all when there is some or a gap', () => {
  assert.equal(formatShare(1, 1000), 'under 1%')
  assert.equal(formatShare(999, 1000), 'over 99%')
  assert.equal(formatShare(0, 10), '0%')
  assert.equal(formatShare(10, 10), '100%')
  assert.equal(formatShare(0, 0), 'none yet')
})

test('numbers, sizes, counts and lists read as English', () => {
  assert.equal(formatNumber(12345), '12,345')
  assert.equal(formatSize(999), '999 bytes')
  assert.equal(formatSize(3_400_000), '3.4 MB')
  assert.equal(plural(1, 'report'), '1 report')
  assert.equal(plural(0, 'reply', 'replies'), '0 replies')
  assert.equal(formatList([]), '')
  assert.equal(formatList(['Ana', 'Ben', 'Cy']), 'Ana, Ben and Cy')
})

test('machine-readable times keep a school day a day', () => {
  assert.equal(isoTime('2026-03-03'), '2026-03-03')
  assert.equal(isoTime(later(0)), '2026-03-03T14:40:00.000Z')
  assert.equal(mojDate(later(0)), '3 March 2026 at 2:40pm')
  assert.equal(mojDate(later(0), 'shortdate'), '3 Mar 2026')
})

test('something that is not a date is refused with what was found', () => {
  assert.throws(() => formatDate('soon'), /Expected a date, found "soon"/)
})
