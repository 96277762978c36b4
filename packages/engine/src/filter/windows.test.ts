import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { londonTime } from '../london-time.ts'
import type { RuleSet, SchoolTimes, TimeWindow } from './types.ts'
import { isSchoolDayOf, isWindowOpen, nextBoundary } from './windows.ts'

const times: SchoolTimes = {
  bells: [
    { id: 'lesson-2', name: 'Second lesson', from: '10:00', to: '11:00' },
    { id: 'lunch', name: 'Lunch', from: '12:15', to: '13:05' },
  ],
  terms: [
    { from: '2026-09-02', to: '2026-10-23' },
    { from: '2026-11-02', to: '2026-12-18' },
  ],
  closures: [{ from: '2026-11-27', to: '2026-11-27' }],
  windows: [
    { id: 'lunch', name: 'Lunch', days: 'school-days', spans: [{ bell: 'lunch' }] },
    { id: 'free', name: 'Out of lessons', days: 'school-days', isOpenOnOtherDays: true, spans: [{ bell: 'lunch' }] },
    { id: 'night', name: 'Nights', days: 'every-day', spans: [{ from: '22:00', to: '06:00' }] },
    { id: 'friday-night', name: 'Friday nights', days: [5], spans: [{ from: '20:00', to: '02:00' }] },
    { id: 'small-hours', name: 'Small hours', days: [7], spans: [{ from: '01:15', to: '01:45' }] },
    { id: 'lost', name: 'A bell that is gone', days: 'every-day', spans: [{ bell: 'period-9' }] },
  ],
}

test('a window is open at its times, on its days and at no others', () => {
  for (const [window, at, isOpen, why] of [
    ['lunch', '2026-11-24T12:14:59Z', false, 'a moment before the bell'],
    ['lunch', '2026-11-24T12:15:00Z', true, 'at the bell'],
    ['lunch', '2026-11-24T13:04:59Z', true, 'to the end'],
    ['lunch', '2026-11-24T13:05:00Z', false, 'the end is exclusive'],
    ['lunch', '2026-11-22T12:30:00Z', false, 'a Sunday'],
    ['lunch', '2026-10-28T12:30:00Z', false, 'half-term'],
    ['lunch', '2026-11-27T12:30:00Z', false, 'a training day'],
    ['lunch', '2026-09-08T11:30:00Z', true, '12:30 in summer time'],
    ['lunch', '2026-09-08T12:30:00Z', false, '13:30 in summer time'],
    ['free', '2026-11-24T10:30:00Z', false, 'a lesson'],
    ['free', '2026-11-24T12:30:00Z', true, 'lunch'],
    ['free', '2026-11-22T10:30:00Z', true, 'Sunday'],
    ['free', '2026-11-27T10:30:00Z', true, 'a training day'],
    ['night', '2026-11-24T22:00:00Z', true, 'ten in the evening'],
    ['night', '2026-11-25T05:59:59Z', true, 'before six in the morning'],
    ['night', '2026-11-25T06:00:00Z', false, 'six in the morning'],
    ['friday-night', '2026-11-28T01:59:00Z', true, 'Saturday belongs to the Friday before it'],
    ['friday-night', '2026-11-27T01:00:00Z', false, 'Friday morning belongs to Thursday'],
    ['lost', '2026-11-24T12:30:00Z', false, 'a bell that does not exist'],
    ['never-heard-of', '2026-11-24T12:30:00Z', false, 'a window that does not exist'],
  ] as const) {
    assert.equal(isWindowOpen(times, window, new Date(at)), isOpen, `${window}: ${why}`)
  }
})

test('in the night in which an hour comes twice a window opens once, and in the one that lacks it, it opens an hour later', () => {
  // 25 October 2026: 02:00 BST becomes 01:00 GMT. 29 March 2026: 01:00 GMT becomes 02:00 BST.
  for (const [at, isOpen] of [
    ['2026-10-25T00:30:00Z', true],
    ['2026-10-25T01:30:00Z', false],
    ['2026-03-29T00:30:00Z', false],
    ['2026-03-29T01:30:00Z', true],
  ] as const) {
    assert.equal(isWindowOpen(times, 'small-hours', new Date(at)), isOpen, at)
  }
})

test('a school that has entered no terms is taken to be open from Monday to Friday, closures apart', () => {
  const untold = { ...times, terms: [] }
  assert.equal(isSchoolDayOf(untold, '2026-08-12'), true)
  assert.equal(isSchoolDayOf(untold, '2026-08-15'), false)
  assert.equal(isSchoolDayOf(untold, '2026-11-27'), false)
  assert.equal(isSchoolDayOf(times, '2026-08-12'), false)
})

const rules: RuleSet = {
  version: 1,
  groups: [],
  hostRules: [
    { id: 'r', action: 'allow', host: 'x.example', groups: 'all', reason: 'Topic', until: '2026-11-24T11:11:00Z' },
  ],
  passes: [
    {
      id: 'p',
      who: { classes: ['5b'] },
      sites: [],
      from: '2026-11-24T09:45:00+01:00',
      until: '2026-11-24T09:20:00Z',
    },
  ],
  times,
  illegal: { source: 'empty', hosts: [] },
}

test('the next boundary is the first edge of a window, pass or site rule, or midnight in London', () => {
  for (const [at, next] of [
    ['2026-11-24T08:00:00Z', '2026-11-24T08:45:00.000Z'],
    ['2026-11-24T08:45:00Z', '2026-11-24T09:20:00.000Z'],
    ['2026-11-24T09:20:00Z', '2026-11-24T11:11:00.000Z'],
    ['2026-11-24T11:11:00Z', '2026-11-24T12:15:00.000Z'],
    ['2026-11-24T13:05:00Z', '2026-11-24T22:00:00.000Z'],
    ['2026-11-24T22:00:00Z', '2026-11-25T00:00:00.000Z'],
    ['2026-11-25T00:00:00Z', '2026-11-25T06:00:00.000Z'],
    ['2026-07-01T22:30:00Z', '2026-07-01T23:00:00.000Z'],
  ] as const) {
    assert.equal(nextBoundary(rules, new Date(at)).toISOString(), next, at)
  }
})

const clock = fc
  .tuple(fc.nat(23), fc.constantFrom(0, 15, 30, 45))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)
const someWindow: fc.Arbitrary<TimeWindow> = fc.record({
  id: fc.constant('w'),
  name: fc.constant('Some time'),
  days: fc.oneof(
    fc.constantFrom<'every-day' | 'school-days'>('every-day', 'school-days'),
    fc.subarray([1, 2, 3, 4, 5, 6, 7]),
  ),
  spans: fc.array(fc.record({ from: clock, to: clock }), { maxLength: 3 }),
  isOpenOnOtherDays: fc.boolean(),
})
/** Both nights of 2026 in which the clocks change are well represented. */
const someInstant = fc
  .tuple(fc.constantFrom('2026-03-28T12:00Z', '2026-10-24T12:00Z', '2026-11-23T00:00Z'), fc.nat(4 * 86_400_000))
  .map(([from, ms]) => new Date(Date.parse(from) + ms))

test('between one boundary and the next no window opens or shuts', () => {
  fc.assert(
    fc.property(someWindow, someInstant, fc.double({ min: 0, max: 0.999, noNaN: true }), (window, at, share) => {
      const school = { ...rules, passes: [], hostRules: [], times: { ...times, windows: [window] } }
      const next = nextBoundary(school, at)
      assert.ok(next > at && next.getTime() - at.getTime() <= 25 * 3_600_000)
      const between = new Date(Math.floor(at.getTime() + (next.getTime() - at.getTime()) * share))
      assert.equal(isWindowOpen(school.times, 'w', between), isWindowOpen(school.times, 'w', at))
    }),
    { numRuns: 300 },
  )
})

test('away from the nights in which clocks change, a window is open when a clock on the wall says so', () => {
  fc.assert(
    fc.property(clock, clock, fc.nat(86_399_999), (from, to, ms) => {
      const at = new Date(Date.parse('2026-11-24T00:00Z') + ms)
      const window = { id: 'w', name: 'w', days: 'every-day', spans: [{ from, to }] } as const
      const now = londonTime(at)
      const isOpen = to > from ? from <= now && now < to : now >= from || now < to
      assert.equal(isWindowOpen({ ...times, windows: [window] }, 'w', at), isOpen)
    }),
  )
})
