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

test('a vacant post is told to headteacher and chair the same day, once, and stands on the register in words', async () => {
  await duties.watch(schoolId)
  const before = (await messagesOf(chair)).filter(kind => kind === 'duty.vacant').length
  assert.ok(before > 0)
  await duties.watch(schoolId)
  assert.equal((await messagesOf(chair)).filter(kind => kind === 'duty.vacant').length, before)
  const page = await (await school.browser(chair)).get('/duties')
  assert.match(page.text, /Nobody answers for this/)
  assert.match(page.text, /Data protection officer : the post is vacant/)
  assert.match(page.text, /set-up is not finished. Still to be named: Senior leader for filtering and monitoring/)
})

test('whoever has left holds nothing from the midnight after, and what waited is with the next in line', async () => {
  const lead = await holder('dsl')
  const leaving = lead?.personId ?? ''
  const [waiting] = await needs({ personId: leaving })
  assert.ok(waiting)
  await app.connections.inSchool(schoolId, tx =>
    tx
      .updateTable('person')
      .set({ left_on: '2026-11-24' })
      .where('school_id', '=', schoolId)
      .where('id', '=', leaving)
      .execute(),
  )
  school.setTime('2026-11-24T23:59:00Z')
  await duties.watch(schoolId)
  assert.equal((await holder('dsl'))?.personId, leaving, 'the last day is still a day')
  school.setTime('2026-11-25T00:20:00Z')
  assert.deepEqual(
    (await needs(head)).map(({ id }) => id),
    [waiting.id],
    'even before the worker looks',
  )
  await duties.watch(schoolId)
  assert.equal(await holder('dsl'), undefined)
  const [post] = (await app.read(schoolId, ({ people }) => people.appointmentsOf({ personId: leaving }))).filter(
    ({ role }) => role === 'dsl',
  )
  assert.equal(post?.to?.toISOString(), '2026-11-25T00:00:00.000Z')
  assert.ok((await messagesOf(head)).includes('duty.vacant'))
})

test('nobody names themselves, nobody is named beside a post that conflicts, and an accepted conflict keeps its reason', async () => {
  await assert.rejects(
    duties.appoint(head, { role: 'dsl', personId: head.personId, deputyId: null, reason: 'I can', service: null }),
    /Nobody can name themselves/,
  )
  const net = await school.person('Ned Net', 'network-manager')
  await assert.rejects(
    duties.appoint(head, { role: 'dsl', personId: net.personId, deputyId: null, reason: 'x', service: null }),
    /one person cannot do both/,
  )
  await assert.rejects(
    duties.appoint(chair, { role: 'dsl', personId: head.personId, deputyId: null, reason: null, service: null }),
    /Enter why this is right/,
  )
  await assert.rejects(
    duties.appoint(chair, {
      role: 'dpo',
      personId: (await school.person('Olu Officer', 'staff')).personId,
      deputyId: net.personId,
      reason: null,
      service: null,
    }),
    /cannot stand in/,
  )
  const id = await duties.appoint(chair, {
    role: 'dsl',
    personId: head.personId,
    deputyId: null,
    reason: 'Forty pupils; the local authority is the second person',
    service: null,
  })
  const notes = await app.read(schoolId, reads => reads.duties.notesOf([id]))
  assert.deepEqual(notes.map(({ kind }) => kind).sort(), ['conflict', 'not-deputy-head'])
  assert.match(
    (await (await school.browser(chair)).get('/duties/dsl')).text,
    /Exception recorded on 25 November: Forty pupils/,
  )
})

test('naming a successor ends the one before at the same instant and leaves no moment without', async () => {
  const next = await school.person('Nia Next', 'deputy')
  await duties.appoint(chair, { role: 'dsl', personId: next.personId, deputyId: null, reason: null, service: null })
  const list = await app.read(schoolId, ({ people }) => people.appointmentsOf({ role: 'dsl' }))
  const current = list.find(({ to }) => to === null)
  assert.equal(current?.personId, next.personId)
  assert.ok(list.some(({ personId, to }) => personId === head.personId && to?.getTime() === current?.from.getTime()))
})

test('of two people ending each other’s cover at once, one wins and the other is refused', async () => {
  await startClock('report:2')
  const lead = await holder('dsl')
  const second = await school.person('Sia Second', 'deputy-dsl')
  const cover = (await app.read(schoolId, ({ people }) => people.appointmentsOf({ personId: second.personId })))[0]
  const outcomes = await Promise.allSettled([duties.end(head, lead?.id ?? ''), duties.end(chair, cover?.id ?? '')])
  const open = await app.read(schoolId, reads => reads.deadlines.openOf('dsl'))
  const stillThere = await app.read(schoolId, async ({ people }) => [
    ...(await people.holders('dsl')),
    ...(await people.holders('deputy-dsl')),
  ])
  assert.ok(open.length > 0)
  assert.equal(stillThere.length, 1, outcomes.map(({ status }) => status).join())
})

test('the whole register can be read by staff, and only those who keep it can change it', async () => {
  const teacher = await school.browser(await school.person('Tara Teach', 'teacher'))
  const page = await teacher.get('/duties')
  assert.equal(page.status, 200)
  assert.ok(!page.html.includes('/duties/confirm'))
  assert.equal(
    (
      await teacher.post('/duties/dsl/end', {
        appointment: (await holder('dsl'))?.id ?? '00000000-0000-7000-8000-000000000000',
      })
    ).status,
    403,
  )
  assert.equal((await teacher.get('/duties/emperor')).status, 404)
})

test('an open case goes with the post to the deputy at once', async () => {
  const lead = await school.person('Lia Lead', 'deputy')
  const second = await school.person('Sol Second', 'teacher')
  await duties.appoint(chair, {
    role: 'dsl',
    personId: lead.personId,
    deputyId: second.personId,
    reason: null,
    service: null,
  })
  const id = await app.change(systemActor(schoolId, 'test'), async ({ cases }) => {
    const opened = await cases.open({
      category: 'conduct',
      kind: 'cyberbullying',
      seriousness: 'low',
      audience: ['dsl', 'headteacher'],
      ownerRole: 'dsl',
      subjects: [],
      involved: [],
      happenedAt: null,
      reportedAt: school.now(),
      origin: 'report:9',
      summary: 'x',
    })
    return changed(opened.caseId, { type: 'test.opened' })
  })
  const ownerOf = async () =>
    (
      await app.connections.inSchool(schoolId, tx =>
        tx.selectFrom('case_file').select('owner_id').where('id', '=', id).executeTakeFirstOrThrow(),
      )
    ).owner_id
  assert.equal(await ownerOf(), lead.personId)
  await duties.end(head, (await holder('dsl'))?.id ?? '')
  assert.equal(await ownerOf(), second.personId)
})
