import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ClauseCircumstances, type ControlFinding, judgeClause, nobodyCarries, severity } from './clause-status.ts'
import {
  type ClauseStatus,
  type ControlState,
  clauseStatuses,
  failing,
  met,
  notStarted,
  overdue,
  unusedPower,
} from './control.ts'
import { policyPacks } from './packs/packs.ts'

const now = new Date('2026-11-24T10:00:00Z')
const hoursFromNow = (hours: number): Date => new Date(now.getTime() + hours * 3_600_000)
const usual: ClauseCircumstances = { now, since: new Date('2019-11-01T00:00:00Z'), setAside: null, vacant: false }
const duty = { id: 'A-1-01', type: 'duty' } as const
const power = { id: 'A-2-04', type: 'power' } as const
const says = (state: ControlState, controlId = 'a.control'): ControlFinding => ({
  controlId,
  title: `Title of ${controlId}`,
  state,
})
const statusOf = (state: ControlState, circumstances: Partial<ClauseCircumstances> = {}): ClauseStatus =>
  judgeClause(duty, [says(state)], { ...usual, ...circumstances }).status

test('a clause that no control names says plainly that nobody carries it', () => {
  const state = judgeClause(duty, [], usual)
  assert.deepEqual([state.status, state.why, state.controlId], ['not-started', nobodyCarries, null])
})

test('what was measured an hour ago is met', () => {
  assert.equal(statusOf(met('measured', hoursFromNow(-1), null, 'Seen.')), 'met')
})

test('what somebody signed for is met until the signature runs out, and overdue from that instant', () => {
  const signed = met('attested', hoursFromNow(-100), hoursFromNow(1), 'Signed.')
  assert.equal(statusOf(signed), 'met')
  assert.equal(statusOf(signed, { now: hoursFromNow(1) }), 'overdue')
})

test('a control that says met without a date, or by assumption, is shown as failing with the reason', () => {
  const undated: ControlState = { ...met('measured', now, null, 'Fine.'), at: null }
  assert.match(judgeClause(duty, [says(undated)], usual).why, /without a date/)
  for (const evidence of ['assumed', 'unknown'] as const) {
    const state = judgeClause(duty, [says({ ...met('measured', now, null, 'Fine.'), evidence })], usual)
    assert.equal(state.status, 'failing')
    assert.match(state.why, /neither measured nor signed/)
  }
  assert.equal(statusOf({ ...undated }), 'failing')
  assert.equal(statusOf(met('attested', now, null, 'Signed for ever.')), 'failing')
  assert.match(
    judgeClause(duty, [says(met('measured', hoursFromNow(2), null, 'Fine.'))], usual).why,
    /dated in the future/,
  )
})

test('evidence from before the words of the clause were adopted does not count', () => {
  const seen = met('measured', hoursFromNow(-24), null, 'Seen.')
  assert.equal(statusOf(seen, { since: hoursFromNow(-25) }), 'met')
  assert.equal(statusOf(seen, { since: hoursFromNow(-23) }), 'not-started')
})

test('of several controls the worst decides, and the sentence says which', () => {
  const good = says(met('measured', hoursFromNow(-1), null, 'Blocked and logged.'), 'a.good')
  const late = says(overdue(hoursFromNow(-5), 'The check is late.'), 'a.late')
  const broken = says(failing('measured', hoursFromNow(-1), 'The filter let it through.'), 'a.broken')
  assert.equal(judgeClause(duty, [good, late], usual).status, 'overdue')
  const state = judgeClause(duty, [good, broken, late], usual)
  assert.deepEqual([state.status, state.controlId], ['failing', 'a.broken'])
  assert.match(state.why, /3 controls carry this and the worst counts: Title of a\.broken/)
})

test('when all controls are met, the oldest evidence and the nearest end stand for the clause', () => {
  const state = judgeClause(
    duty,
    [
      says(met('measured', hoursFromNow(-1), hoursFromNow(50), 'New.'), 'a.new'),
      says(met('attested', hoursFromNow(-9), hoursFromNow(90), 'Old.'), 'a.old'),
    ],
    usual,
  )
  assert.deepEqual(
    [state.status, state.evidence, state.at, state.due],
    ['met', 'attested', hoursFromNow(-9), hoursFromNow(50)],
  )
})

test('an unused power is never a failure, and a use of it that went wrong is', () => {
  for (const state of [notStarted('Never used.'), unusedPower('Never used.'), overdue(hoursFromNow(-5), 'Late.')])
    assert.equal(judgeClause(power, [says(state)], usual).status, 'not-applicable')
  assert.equal(
    judgeClause(power, [says(failing('measured', hoursFromNow(-1), 'Used with no rule.'))], usual).status,
    'failing',
  )
})

test('a duty about which a control says “not applicable” is not started: only a recorded decision sets a duty aside', () => {
  assert.equal(statusOf(unusedPower('Nothing happened yet.')), 'not-started')
  const setAside = { reason: 'We have no boarders.', from: hoursFromNow(-1), until: hoursFromNow(1) }
  const state = judgeClause(duty, [], { ...usual, setAside })
  assert.equal(state.status, 'not-applicable')
  assert.match(state.why, /We have no boarders/)
  assert.equal(judgeClause(duty, [], { ...usual, setAside, now: hoursFromNow(1) }).status, 'not-started')
})

test('no decision can set a duty about illegal content aside', () => {
  const setAside = { reason: 'We would rather not.', from: hoursFromNow(-1), until: hoursFromNow(1) }
  for (const id of ['A-5-18', 'A-11-01', 'A-12-02', 'A-12-03', 'B-misuse-09', 'B-aua-12'])
    assert.equal(
      judgeClause({ id, type: 'duty' }, [says(failing('measured', now, 'Let through.'))], { ...usual, setAside })
        .status,
      'failing',
      id,
    )
})

test('a met clause whose role nobody holds needs somebody', () => {
  const state = judgeClause(duty, [says(met('measured', hoursFromNow(-1), null, 'Seen.'))], { ...usual, vacant: true })
  assert.equal(state.status, 'due')
  assert.match(state.why, /Nobody holds the role/)
})

const anyState = fc.record({
  status: fc.constantFrom(...clauseStatuses),
  evidence: fc.constantFrom('measured' as const, 'attested' as const, 'assumed' as const, 'unknown' as const),
  at: fc.option(fc.integer({ min: -90_000, max: 90_000 }).map(hoursFromNow)),
  due: fc.option(fc.integer({ min: -90_000, max: 90_000 }).map(hoursFromNow)),
  why: fc.constant('A sentence.'),
  proofs: fc.constant([]),
})
const anyClause = fc.constantFrom(...policyPacks().flatMap(pack => pack.clauses))

test('whatever its controls say, no clause is met without a past date and unexpired measured or attested evidence', () => {
  fc.assert(
    fc.property(anyClause, fc.array(anyState, { maxLength: 4 }), (clause, states) => {
      const state = judgeClause(
        clause,
        states.map((each, n) => says(each, `a.${n}`)),
        usual,
      )
      if (state.status !== 'met') return true
      assert.ok(states.length > 0 && state.at && state.at.getTime() <= now.getTime() + 300_000)
      assert.ok(state.evidence === 'measured' || (state.evidence === 'attested' && state.due))
      return state.due === null || state.due > now
    }),
  )
})

test('the order of the controls never changes the status, and adding one never betters it for a duty', () => {
  fc.assert(
    fc.property(fc.array(anyState, { minLength: 1, maxLength: 4 }), anyState, (states, more) => {
      const list = states.map((each, n) => says(each, `a.${n}`))
      const one = judgeClause(duty, list, usual).status
      assert.equal(judgeClause(duty, list.toReversed(), usual).status, one)
      const rank = (status: ClauseStatus) => severity.indexOf(status)
      return rank(judgeClause(duty, [...list, says(more, 'a.more')], usual).status) <= rank(one)
    }),
  )
})

test('a power or permission that was not used wrongly is never late, due or failing', () => {
  fc.assert(
    fc.property(fc.array(anyState, { maxLength: 4 }), states => {
      const never = states.filter(({ status }) => status !== 'failing' && status !== 'met')
      const { status } = judgeClause(
        power,
        never.map((each, n) => says(each, `a.${n}`)),
        usual,
      )
      return status === 'not-applicable' || status === 'not-started'
    }),
  )
})
