import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Role } from '../permissions.ts'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { dutiesControls } from './duties-controls.ts'

const school = await testSchool()
const { app, schoolId } = school
const { duties } = app.services
const head = await school.person('Grace Head', 'headteacher')
const chair = await school.person('Carol Chair', 'chair')

const state = (id: string) => school.stateOf(dutiesControls, id)
const name = async (role: Role, personId: string, more: { reason?: string; until?: string; by?: PersonActor } = {}) =>
  duties.appoint(more.by ?? chair, {
    role,
    personId,
    deputyId: null,
    reason: more.reason ?? null,
    service: more.until ? { provider: 'Oakshire Council', contract: 'SLA 12', untilDate: more.until } : null,
  })
const holder = async (role: Role) => (await app.read(schoolId, ({ people }) => people.holders(role)))[0]
/** The register as a person confirms it: by the page, with the digest that it shows. */
const confirm = async () => {
  const browser = await school.browser(head)
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec((await browser.get('/duties')).html)?.[1] ?? ''
  assert.equal((await browser.post('/duties/confirm', { digest, agreed: 'yes' })).status, 303, school.logged.join('\n'))
}
const aYearAndADay = 366 * 24

test('control duties.link-governor: met when the chair names one of the board', async () => {
  assert.equal((await state('duties.link-governor')).status, 'not-started')
  const governor = await school.person('Gail Governor', 'governor')
  const browser = await school.browser(chair)
  const answer = await browser.post('/duties/link-governor/appoint', { person: governor.personId, deputy: '' })
  assert.equal(answer.location, '/duties/link-governor')
  const found = await state('duties.link-governor')
  assert.equal(found.status, 'met')
  assert.equal(found.evidence, 'measured')
  assert.ok(found.proofs.some(({ seq }) => seq !== undefined))
})
test('control duties.link-governor: leaves met when the appointment ends with nobody after', async () => {
  await duties.end(chair, (await holder('link-governor'))?.id ?? '')
  assert.equal((await state('duties.link-governor')).status, 'failing')
})

test('control duties.headteacher: met when the chair names a headteacher', async () => {
  const next = await school.person('Nina Next', 'teacher')
  await name('headteacher', next.personId)
  assert.equal((await state('duties.headteacher')).status, 'met')
  await name('headteacher', head.personId)
  assert.equal((await holder('headteacher'))?.personId, head.personId)
})
test('control duties.headteacher: leaves met when nobody confirms the register for a year, and comes back when somebody does', async () => {
  const was = school.now()
  school.pass(aYearAndADay)
  assert.equal((await state('duties.headteacher')).status, 'overdue')
  await confirm()
  assert.equal((await state('duties.headteacher')).status, 'met')
  school.setTime(was)
})

test('control duties.network-manager: met when somebody is named, and refused to the one who would check them', async () => {
  const technician = await school.person('Ned Net', 'technician')
  await name('network-manager', technician.personId)
  assert.equal((await state('duties.network-manager')).status, 'met')
  await assert.rejects(name('dpo', technician.personId), /would check their own decisions/)
})
test('control duties.network-manager: leaves met when the holder is away with no deputy', async () => {
  const held = await holder('network-manager')
  await duties.recordAbsence(head, held?.personId ?? '', school.now(), new Date(school.now().getTime() + 86_400_000))
  assert.equal((await state('duties.network-manager')).status, 'failing')
  school.pass(25)
  assert.equal((await state('duties.network-manager')).status, 'met')
})

test('control duties.dsl-deputy-head: met when a deputy headteacher is named, or somebody else with the reason', async () => {
  const deputy = await school.person('Dora Deputy', 'deputy')
  await name('dsl', deputy.personId)
  assert.equal((await state('duties.dsl-deputy-head')).status, 'met')
  const teacher = await school.person('Tara Teach', 'teacher')
  await assert.rejects(name('dsl', teacher.personId), /an exception must be recorded/)
  await name('dsl', teacher.personId, {
    reason: 'Senior leader with ten years in safeguarding; there is one deputy head, who teaches full time',
  })
  assert.equal((await state('duties.dsl-deputy-head')).status, 'met')
})
test('control duties.dsl-deputy-head: leaves met when the lead stops being deputy headteacher with no exception recorded', async () => {
  const deputy = await school.person('Dina Deputy', 'deputy')
  await name('dsl', deputy.personId)
  assert.equal((await state('duties.dsl-deputy-head')).status, 'met')
  const held = (await app.read(schoolId, ({ people }) => people.appointmentsOf({ personId: deputy.personId }))).find(
    ({ role }) => role === 'deputy',
  )
  await duties.end(head, held?.id ?? '')
  assert.equal((await state('duties.dsl-deputy-head')).status, 'failing')
})

test('control duties.officer-service: met when the officer is named with the contract of the service', async () => {
  const officer = await school.person('Olu Officer', 'staff')
  await name('dpo', officer.personId)
  assert.equal((await state('duties.officer-service')).status, 'failing')
  await duties.end(head, (await holder('dpo'))?.id ?? '')
  const browser = await school.browser(head)
  const answer = await browser.post('/duties/dpo/appoint', {
    person: officer.personId,
    deputy: '',
    provider: 'Oakshire Council',
    contract: 'SLA 12',
    until: ['31', '8', '2027'],
  })
  assert.equal(answer.location, '/duties/dpo')
  assert.equal((await state('duties.officer-service')).status, 'met')
})
test('control duties.officer-service: leaves met when the contract runs out', async () => {
  const was = school.now()
  school.setTime('2027-08-25T10:00:00Z')
  assert.equal((await state('duties.officer-service')).status, 'due')
  school.setTime('2027-09-01T10:00:00Z')
  assert.equal((await state('duties.officer-service')).status, 'overdue')
  school.setTime(was)
})

test('control duties.responsible-people: met when the officer and every other required post is filled', async () => {
  const found = await state('duties.responsible-people')
  assert.equal(found.status, 'failing')
  assert.match(found.why, /vacant/)
  const leader = await school.person('Lea Leader', 'teacher')
  const second = await school.person('Dede Second', 'teacher')
  const governor = await school.person('Gia Governor', 'governor')
  await name('senior-leader', leader.personId)
  await name('deputy-dsl', second.personId)
  await name('link-governor', governor.personId)
  assert.equal((await state('duties.responsible-people')).status, 'met')
})
test('control duties.responsible-people: leaves met when a required post falls vacant', async () => {
  await duties.end(head, (await holder('dpo'))?.id ?? '')
  assert.equal((await state('duties.responsible-people')).status, 'failing')
})

test('control duties.scorecard: met when the deadlines of the named posts were met in time', async () => {
  assert.equal((await state('duties.scorecard')).status, 'not-started')
  const dueIn = (subject: string, hours: number) =>
    app.change(systemActor(schoolId, 'test'), async ({ deadlines }) => {
      await deadlines.start({
        kind: 'test.duty',
        subject,
        title: 'Do it',
        link: '/x',
        ownerRole: 'network-manager',
        rule: { basis: 'clock-hours', hours },
      })
      return changed(undefined, { type: 'test.started' })
    })
  for (let n = 0; n < 10; n++) await dueIn(`test:${n}`, 24)
  school.pass(1)
  await app.change(systemActor(schoolId, 'test'), async ({ deadlines }) => {
    for (let n = 0; n < 10; n++) await deadlines.meet('test.duty', `test:${n}`)
    return changed(undefined, { type: 'test.done' })
  })
  school.pass(48)
  const found = await state('duties.scorecard')
  assert.equal(found.status, 'met')
  assert.match(found.why, /100% of 10 deadlines/)
  await dueIn('test:late', 1)
})
test('control duties.scorecard: leaves met when one is late and not done, whoever notices', async () => {
  school.pass(2)
  assert.equal((await state('duties.scorecard')).status, 'failing')
  await app.services.deadlines.notice(schoolId)
  const found = await state('duties.scorecard')
  assert.equal(found.status, 'failing')
  assert.match(found.why, /Network manager \(1 late and not done\)/)
})
