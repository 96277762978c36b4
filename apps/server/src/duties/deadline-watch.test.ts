import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dueAt } from '@gatehouse/engine/calendar'
import fc from 'fast-check'
import { type AnsweringFacts, whoAnswers, whoAnswersFor } from './answering.ts'
import { englandBankHolidayFile } from './data/bank-holidays.ts'
import { escalationPaceMs, type WatchStep, watchSteps } from './deadline-watch.ts'
import type { DeadlineState } from './deadline.ts'

const at = (time: string): Date => new Date(time)
const row = (more: Partial<Parameters<typeof watchSteps>[0]> = {}) => ({
  state: 'open' as DeadlineState,
  startsAt: at('2026-11-24T10:00:00Z'),
  dueAt: at('2026-11-25T10:00:00Z'),
  remindedAt: null,
  escalation: 0,
  ...more,
})
const names = (steps: readonly WatchStep[]): string[] =>
  steps.map(step =>
    step.kind === 'remind' ? step.stage : step.kind === 'miss' ? `missed ${step.due.toISOString()}` : `to ${step.to}`,
  )

test('a day’s deadline reminds half-way and near the end, is missed at its due instant, and climbs by six hours', () => {
  for (const [time, expected] of [
    ['2026-11-24T21:59:00Z', []],
    ['2026-11-24T22:00:00Z', ['half-way']],
    ['2026-11-25T07:00:00Z', ['near the end']],
    ['2026-11-25T10:00:00Z', ['near the end']],
    ['2026-11-25T10:00:01Z', ['missed 2026-11-25T10:00:00.000Z', 'to deputy']],
    ['2026-11-25T16:00:00Z', ['missed 2026-11-25T10:00:00.000Z', 'to deputy', 'to headteacher']],
    ['2026-11-29T03:00:00Z', ['missed 2026-11-25T10:00:00.000Z', 'to deputy', 'to headteacher', 'to chair']],
  ] as const)
    assert.deepEqual(names(watchSteps(row(), at(time))), expected, time)
})

test('nothing is done for what is finished, withdrawn or paused', () => {
  const late = at('2027-01-01T00:00:00Z')
  for (const state of ['met', 'late', 'withdrawn'] as const) assert.deepEqual(watchSteps(row({ state }), late), [])
  assert.deepEqual(watchSteps(row({ dueAt: null }), late), [])
})

test('whenever and however often the worker looks, and however the clock is stepped, each thing happens once', () => {
  const start = at('2026-11-24T10:00:00Z').getTime()
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 96 * 60 }), { minLength: 1, maxLength: 40 }), minutes => {
      let state = row()
      const happened: string[] = []
      for (const minute of minutes) {
        const now = new Date(start + minute * 60_000)
        for (const step of watchSteps(state, now)) {
          happened.push(
            step.kind === 'remind' ? `remind ${step.stage}` : step.kind === 'miss' ? 'miss' : `to ${step.to}`,
          )
          if (step.kind === 'remind') state = { ...state, remindedAt: now }
          else if (step.kind === 'miss') state = { ...state, state: 'missed' }
          else state = { ...state, escalation: step.level }
        }
      }
      assert.equal(new Set(happened).size, happened.length, happened.join(', '))
      const order = ['miss', 'to deputy', 'to headteacher', 'to chair']
      assert.deepEqual(
        happened.filter(each => order.includes(each)),
        order.slice(0, happened.filter(each => order.includes(each)).length),
      )
    }),
  )
})

test('the pace up the line is a quarter of the time, and never under an hour or over a day', () => {
  const hours = (whole: number) =>
    escalationPaceMs(at('2026-11-24T00:00:00Z'), new Date(at('2026-11-24T00:00:00Z').getTime() + whole * 3_600_000)) /
    3_600_000
  assert.deepEqual([1, 4, 24, 72, 96, 1000].map(hours), [1, 1, 6, 18, 24, 24])
})

test('72 clock hours over the night when the clocks change are 72 hours, and a school day ends at London’s midnight', () => {
  const calendar = {
    bankHolidays: englandBankHolidayFile().holidays.map(({ date }) => date),
    terms: [{ from: '2026-10-01', to: '2026-12-19' }],
  }
  const friday = at('2026-10-23T15:50:00Z')
  assert.equal(dueAt(friday, { basis: 'clock-hours', hours: 72 }, calendar).toISOString(), '2026-10-26T15:50:00.000Z')
  assert.equal(dueAt(friday, { basis: 'school-days', days: 1 }, calendar).toISOString(), '2026-10-26T23:59:59.999Z')
  assert.equal(
    dueAt(at('2026-10-22T09:00:00Z'), { basis: 'school-days', days: 1 }, calendar).toISOString(),
    '2026-10-23T22:59:59.999Z',
  )
})

const held = (
  role: 'headteacher' | 'chair' | 'dsl' | 'deputy',
  personId: string,
  more: { deputyId?: string; endedAt?: Date } = {},
) => ({
  appointmentId: `${role}-${personId}`,
  personId,
  role,
  from: at('2026-01-01T00:00:00Z'),
  endedAt: more.endedAt ?? null,
  deputyId: more.deputyId ?? null,
})
const facts = (posts: AnsweringFacts['posts'], ...away: string[]): AnsweringFacts => ({ posts, away: new Set(away) })
const school = [
  held('headteacher', 'head'),
  held('chair', 'chair'),
  held('dsl', 'lead', { deputyId: 'second' }),
  held('deputy', 'vice'),
]

test('who answers: the holder, the deputy, the headteacher’s deputy, the headteacher, the chair', () => {
  const table: [string, AnsweringFacts, string[], string[]][] = [
    ['the holder is there', facts(school), [], ['lead']],
    ['the holder is away', facts(school, 'lead'), [], ['second']],
    ['the deputy too', facts(school, 'lead', 'second'), [], ['head']],
    ['and the headteacher', facts(school, 'lead', 'second', 'head'), [], ['vice']],
    ['and the headteacher’s deputy', facts(school, 'lead', 'second', 'head', 'vice'), [], ['chair']],
    ['it is about the holder', facts(school), ['lead'], ['second']],
    ['it is about the holder and the headteacher', facts(school), ['lead', 'second', 'head', 'vice'], ['chair']],
    [
      'the post ended, and its last deputy goes on',
      facts([
        ...school.filter(({ role }) => role !== 'dsl'),
        held('dsl', 'lead', { deputyId: 'second', endedAt: at('2026-02-01T00:00:00Z') }),
      ]),
      [],
      ['second'],
    ],
  ]
  for (const [why, known, except, expected] of table)
    assert.deepEqual(whoAnswers(known, 'dsl', new Set(except))?.people, expected, why)
})

test('what was given to a person by name goes back to the role when they are away, and never to one it is about', () => {
  assert.deepEqual(whoAnswersFor(facts(school), { ownerRole: 'dsl', ownerId: 'vice', keptFrom: [] })?.people, ['vice'])
  assert.deepEqual(whoAnswersFor(facts(school, 'vice'), { ownerRole: 'dsl', ownerId: 'vice', keptFrom: [] })?.people, [
    'lead',
  ])
  assert.deepEqual(whoAnswersFor(facts(school), { ownerRole: 'dsl', ownerId: 'lead', keptFrom: ['lead'] })?.people, [
    'second',
  ])
})
