import assert from 'node:assert/strict'
import { test } from 'node:test'
import { legalClock } from './data/legal-clocks.ts'
import { needsOf } from './deadline-service.ts'
import { testSchool } from '../testing/test-school.ts'
import { changed } from '../platform/change.ts'
import { systemActor } from '../platform/actor.ts'
import type { NewDeadline } from './deadline.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Grace Head', 'headteacher')
const chair = await school.person('Carol Chair', 'chair')
const { duties } = app.services
const link = '/reports/1'

const startClock = (subject: string, more: Partial<NewDeadline> = {}) =>
  app.change(systemActor(schoolId, 'test'), async ({ deadlines }) => {
    const rule = legalClock('internal-report').limit
    if (rule.kind !== 'deadline') throw new Error('not a deadline')
    const deadline = await deadlines.start({
      kind: 'report.acknowledge',
      subject,
      title: 'Acknowledge a report',
      link,
      ownerRole: 'dsl',
      rule: rule.rule,
      ...more,
    })
    return changed(deadline, { type: 'test.started', subject })
  })
const needs = (person: { personId: string }, roles: readonly never[] = []) =>
  app.read(schoolId, reads => needsOf(reads, { kind: 'person', schoolId, personId: person.personId, name: '', roles }))
const messagesOf = async (person: { personId: string }) =>
  (await app.read(schoolId, ({ messages }) => messages.of(person.personId))).map(({ kind }) => kind)
const holder = async (role: 'dsl') => (await app.read(schoolId, ({ people }) => people.holders(role)))[0]

test('ending the DSL appointment while an alert is open gives it to the deputy at once', async () => {
  const dsl = await school.person('Dora Lead', 'deputy')
  const deputy = await school.person('Dev Stand', 'teacher')
  await duties.appoint(head, {
    role: 'dsl',
    personId: dsl.personId,
    deputyId: deputy.personId,
    reason: null,
    service: null,
  })
  const deadline = await startClock('report:1')
  assert.deepEqual(
    (await needs(dsl)).map(({ id }) => id),
    [deadline.id],
  )
  assert.deepEqual(await needs(deputy), [])
  const held = await holder('dsl')
  await duties.end(head, held?.id ?? '')
  assert.deepEqual(await needs(dsl), [])
  assert.deepEqual(
    (await needs(deputy)).map(({ id }) => id),
    [deadline.id],
  )
  assert.ok((await messagesOf(deputy)).includes('duty.handed-over'))
})

test('with no deputy the appointment cannot end while something waits, and headteacher and chair are told', async () => {
  const dsl = await school.person('Sam Alone', 'deputy')
  await duties.appoint(head, { role: 'dsl', personId: dsl.personId, deputyId: null, reason: null, service: null })
  const held = await holder('dsl')
  const before = (await messagesOf(chair)).filter(kind => kind === 'duty.unowned').length
  await assert.rejects(duties.end(head, held?.id ?? ''), /nobody is named to take over/)
  assert.equal((await holder('dsl'))?.personId, dsl.personId)
  assert.equal((await needs(dsl)).length, 1)
  assert.equal((await messagesOf(chair)).filter(kind => kind === 'duty.unowned').length, before + 1)
  assert.ok((await messagesOf(head)).includes('duty.unowned'))
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['appointment.end-refused'], 'role:dsl'))
  assert.equal(entry?.detail['waiting'], 1)
})
