import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { lookControls } from './look-controls.ts'

/*
 * Each control is driven by what people do: somebody asks, another gives leave, the first looks, the headteacher reads. A term
 * lies between tests, so that nothing of the one before counts.
 */

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher')
const chair = await school.person('Carl Hare', 'chair')
const dsl = await school.person('Dora Safe', 'dsl')
const manager = await school.person('Ned Work', 'network-manager')
const teacher = await school.person('Tess Okoro', 'teacher')
const pupil = await school.person('Pia Small', 'pupil')
const { looks, watchers } = app.services

const stateOf = (id: string) => school.stateOf(lookControls, id)
const is = async (id: string, status: string) => {
  const found = await stateOf(id)
  assert.equal(found.status, status, found.why)
  if (status === 'met') assert.ok(found.at && found.proofs.length > 0)
}
const nextTerm = () => school.pass(24 * 125)
const today = () => school.now().toISOString().slice(0, 10)
const ask = (asker: PersonActor, whose: PersonActor, urgent = false) =>
  looks.ask(asker, {
    target: 'log',
    personId: whose.personId,
    isByEntry: false,
    purpose: 'compliance',
    fromDay: today(),
    toDay: today(),
    what: 'everything',
    reason: 'There is a reason',
    days: 5,
    urgent,
  })
const decide = async (decider: PersonActor, id: string) => {
  const { digest } = await app.read(schoolId, async reads => reads.requests.get((await reads.looks.get(id)).requestId))
  await looks.decide(decider, id, 'approved', 'Agreed', digest)
}
const lookAt = async (asker: PersonActor, id: string) => {
  assert.equal((await (await school.browser(asker)).get(`/looks/${id}/log`)).status, 200, school.logged.at(-1))
}
const whole = async (asker: PersonActor, decider: PersonActor, whose: PersonActor) => {
  const id = await ask(asker, whose)
  await decide(decider, id)
  await lookAt(asker, id)
}

test('control monitoring.purpose: met when somebody looks for a purpose of the list', async () => {
  await is('monitoring.purpose', 'not-started')
  await whole(dsl, head, pupil)
  await is('monitoring.purpose', 'met')
})
test('control monitoring.purpose: leaves met when nobody has looked for a term', async () => {
  await is('monitoring.purpose', 'met')
  nextTerm()
  await is('monitoring.purpose', 'not-started')
})

test('control monitoring.leave: met when somebody without leave is refused and reported', async () => {
  await is('monitoring.leave', 'not-started')
  const answer = await (await school.browser(manager)).get(`/activity/people/${teacher.personId}`)
  assert.equal(answer.status, 403)
  await is('monitoring.leave', 'met')
})
test('control monitoring.leave: leaves met when an urgent look is not followed by leave in a school day', async () => {
  const id = await ask(dsl, pupil, true)
  await lookAt(dsl, id)
  await is('monitoring.leave', 'met')
  school.pass(24 * 4)
  await is('monitoring.leave', 'failing')
  // Leave that comes too late does not undo it.
  await decide(head, id)
  await is('monitoring.leave', 'failing')
})

test('control monitoring.staff-looks: met when a colleague’s log is seen under leave', async () => {
  nextTerm()
  await is('monitoring.staff-looks', 'not-applicable')
  await whole(manager, head, teacher)
  await is('monitoring.staff-looks', 'met')
  await is('monitoring.disclosure', 'not-applicable')
})
test('control monitoring.staff-looks: leaves met when a term passes in which the power is not used', async () => {
  await is('monitoring.staff-looks', 'met')
  nextTerm()
  await is('monitoring.staff-looks', 'not-applicable')
})

test('control monitoring.disclosure: met when the headteacher asks to see a colleague’s log and the chair agrees', async () => {
  await is('monitoring.disclosure', 'not-applicable')
  await whole(head, chair, teacher)
  await is('monitoring.disclosure', 'met')
})
test('control monitoring.disclosure: leaves met when a term passes in which nobody asks', async () => {
  await is('monitoring.disclosure', 'met')
  nextTerm()
  await is('monitoring.disclosure', 'not-applicable')
})

const addHalf = (name: string, from: string, to: string) =>
  app.change(systemActor(schoolId, 'test'), async ({ deadlines }) => {
    await deadlines.addTerm(name, from, to)
    return changed(undefined, { type: 'term.added' })
  })
test('control monitoring.watchers-read: met when the headteacher reads the half-termly report and signs it', async () => {
  await is('monitoring.watchers-read', 'not-started')
  school.setTime('2028-11-06T10:00:00Z')
  await addHalf('Autumn 1', '2028-09-04', '2028-10-21')
  await addHalf('Autumn 2', '2028-10-30', '2028-12-16')
  await watchers.plan(schoolId)
  await is('monitoring.watchers-read', 'due')
  const report = (await app.read(schoolId, reads => reads.watchers.list('headteacher')))[0] ?? assert.fail()
  const browser = await school.browser(head)
  await browser.post(`/watchers/${report.id}/sign`, { digest: report.digest, note: 'Spoke to all who look' })
  await is('monitoring.watchers-read', 'met')
})
test('control monitoring.watchers-read: leaves met when the next report is not read in time', async () => {
  await is('monitoring.watchers-read', 'met')
  school.setTime('2028-12-18T10:00:00Z')
  await watchers.plan(schoolId)
  await is('monitoring.watchers-read', 'due')
  school.setTime('2029-02-20T10:00:00Z')
  await is('monitoring.watchers-read', 'overdue')
})

test('control monitoring.inspections: met when a device of the school is inspected and that is written down', async () => {
  school.setTime('2029-03-01T10:00:00Z')
  await is('monitoring.inspections', 'not-applicable')
  const browser = await school.browser(manager)
  const words = { purpose: 'operation', device: 'Laptop 14', why: 'It spreads something', found: 'An old game' }
  const refused = await browser.post('/inspections', { ...words, owner: 'pupil' })
  assert.equal(refused.status, 403, 'a pupil’s telephone is not the school’s to inspect')
  await is('monitoring.inspections', 'not-applicable')
  assert.equal((await browser.post('/inspections', { ...words, owner: 'school' })).status, 303)
  assert.match((await browser.get('/inspections')).text, /Laptop 14/)
  await is('monitoring.inspections', 'met')
})
test('control monitoring.inspections: leaves met when a term passes in which the power is not used', async () => {
  await is('monitoring.inspections', 'met')
  nextTerm()
  await is('monitoring.inspections', 'not-applicable')
})
