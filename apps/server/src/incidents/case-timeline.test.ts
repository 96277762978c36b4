import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readingTypes, reminderTypes, sentenceOf } from './case-timeline.ts'

test('what Gatehouse does about the deadlines of a case is told in sentences', () => {
  assert.equal(sentenceOf({ type: 'deadline.missed', detail: { kind: 'case.triage' } }), 'A deadline passed')
  assert.equal(
    sentenceOf({ type: 'deadline.escalated', detail: { to: 'headteacher' } }),
    'Passed on to the headteacher',
  )
  for (const type of [...readingTypes, ...reminderTypes]) assert.match(sentenceOf({ type, detail: {} }), /^[A-Z]/, type)
})

test('what a case changed in the filter, and whether it was proved, stands in its timeline in words', () => {
  assert.equal(sentenceOf({ type: 'case.filter-change-proposed', detail: {} }), 'Change of the filter proposed')
  assert.match(sentenceOf({ type: 'case.filter-change-tested', detail: { result: 'passed' } }), /: right$/)
  assert.match(sentenceOf({ type: 'case.filter-change-tested', detail: { result: 'inconclusive' } }), /: not proved$/)
})

test('a flag that a case begins with is told in words', () => {
  assert.equal(sentenceOf({ type: 'case.flag-added', detail: {} }), 'Flag added')
})

test('an entry of a type that nobody put into words is still told', () => {
  assert.equal(sentenceOf({ type: 'case.turned-over', detail: {} }), 'case turned over')
})
