import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roles } from '../permissions.ts'
import { deciderOf, type LookAuthority, mayBeUrgent, whyNotDecideLook, whyNotLook, whyNotScope } from './look.ts'

const look: LookAuthority = {
  id: 'look',
  requestId: 'request',
  target: 'log',
  purpose: 'compliance',
  personId: 'pia',
  isByEntry: false,
  askedBy: 'dora',
  askedAt: new Date('2026-11-24T10:00:00Z'),
  fromDay: '2026-11-16',
  toDay: '2026-11-20',
  what: 'everything',
  urgent: false,
  authorityDue: null,
  decider: 'headteacher',
  state: 'approved',
  decidedBy: 'hana',
  decidedAt: new Date('2026-11-24T11:00:00Z'),
  endsAt: new Date('2026-12-01T23:59:59Z'),
}
const day = (from: string, to: string) => ({ from: new Date(`${from}T00:00:00Z`), to: new Date(`${to}T00:00:00Z`) })
const asked = {
  personId: 'dora',
  target: 'log' as const,
  ...day('2026-11-17', '2026-11-18'),
  now: new Date('2026-11-25T10:00:00Z'),
}

test('leave shows its own days to its own holder until its end, and nothing else', () => {
  const table: readonly (readonly [
    string,
    Partial<LookAuthority>,
    Partial<typeof asked> | { target: 'mail' },
    string | null,
  ])[] = [
    ['a day within', {}, {}, null],
    ['the last day', {}, day('2026-11-20', '2026-11-21'), null],
    ['the day before', {}, day('2026-11-15', '2026-11-16'), 'out-of-scope'],
    ['the next week', {}, day('2026-11-23', '2026-11-24'), 'out-of-scope'],
    ['a range that runs over', {}, day('2026-11-20', '2026-11-22'), 'out-of-scope'],
    ['their mail', {}, { target: 'mail' }, 'out-of-scope'],
    ['somebody else', {}, { personId: 'ned' }, 'not-yours'],
    ['at its end', {}, { now: look.endsAt }, 'expired'],
    ['a moment before', {}, { now: new Date(look.endsAt.getTime() - 1) }, null],
    ['waiting', { state: 'waiting' }, {}, 'waiting'],
    ['refused', { state: 'refused' }, {}, 'refused'],
    ['ended', { state: 'ended' }, {}, 'ended'],
    ['urgent, undecided', { state: 'waiting', urgent: true, authorityDue: new Date('2026-11-25T17:00:00Z') }, {}, null],
    ['urgent, too late', { state: 'waiting', urgent: true, authorityDue: asked.now }, {}, 'not-followed'],
    ['about oneself', { personId: 'dora' }, {}, 'about-yourself'],
  ]
  for (const [name, changes, request, why] of table)
    assert.equal(whyNotLook({ ...look, ...changes }, { ...asked, ...request }), why, name)
})

test('the headteacher gives leave, and the chair where the headteacher asks or is asked about', () => {
  assert.equal(deciderOf(['dsl'], ['pupil']), 'headteacher')
  assert.equal(deciderOf(['headteacher'], ['teacher']), 'chair')
  assert.equal(deciderOf(['network-manager'], ['headteacher', 'dsl']), 'chair')
})

test('nobody decides for themselves, about themselves or twice', () => {
  const waiting = { ...look, state: 'waiting' as const }
  const person = (personId: string, ...held: ('headteacher' | 'chair' | 'deputy')[]) => ({ personId, roles: held })
  assert.equal(whyNotDecideLook(waiting, person('hana', 'headteacher'), 'hana'), null)
  assert.equal(whyNotDecideLook(waiting, person('carl', 'chair'), 'hana'), null)
  assert.ok(whyNotDecideLook(waiting, person('dan', 'deputy'), 'hana'))
  assert.equal(whyNotDecideLook(waiting, person('dan', 'deputy'), 'dan'), null, 'who stands in for the headteacher')
  assert.ok(whyNotDecideLook(waiting, person('dora', 'headteacher'), 'dora'), 'asked for it')
  assert.ok(whyNotDecideLook(waiting, person('pia', 'headteacher'), 'pia'), 'is about them')
  assert.ok(whyNotDecideLook(look, person('hana', 'headteacher'), 'hana'), 'decided before')
  assert.ok(whyNotDecideLook({ ...waiting, decider: 'chair' }, person('hana', 'headteacher'), 'carl'))
})

test('only a safeguarding lead looks before leave is given, and only at somebody who is a pupil and nothing else', () => {
  for (const asker of roles)
    for (const whose of roles)
      assert.equal(
        mayBeUrgent([asker], [whose]),
        (asker === 'dsl' || asker === 'deputy-dsl') && whose === 'pupil',
        `${asker} at ${whose}`,
      )
  assert.equal(mayBeUrgent(['dsl'], ['pupil', 'staff']), false)
  assert.equal(mayBeUrgent(['dsl'], []), false)
})

test('one leave covers at most 31 days', () => {
  assert.equal(whyNotScope('2026-10-01', '2026-10-31'), null)
  assert.ok(whyNotScope('2026-10-01', '2026-11-01'))
  assert.ok(whyNotScope('2026-10-02', '2026-10-01'))
})
