import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
await app.change(systemActor(schoolId, 'set-up'), async ({ deadlines }) => {
  await deadlines.addTerm('Autumn 2026/27', '2026-09-02', '2026-12-18')
  await deadlines.addTerm('Spring 2026/27', '2027-01-05', '2027-03-25')
  return changed(undefined, { type: 'school.made' })
})
const head = await school.person('Ada Okoye', 'headteacher')
const link = await school.person('Cy Dale', 'link-governor')

const stateOf = (id: string) => school.stateOf(app.controls, id)
const statusOf = async (id: string) => (await stateOf(id)).status
const days = (count: number) => school.pass(24 * count)
const issue = async () => (await (await school.browser(head)).post('/governors/packs', {})).location ?? ''

test('control assurance.governors-pack: met when a pack is issued and a governor reads it', async () => {
  assert.equal(await statusOf('assurance.governors-pack'), 'not-started')
  const pack = await issue()
  assert.equal(await statusOf('assurance.governors-pack'), 'due', 'issued is not read')
  // The headteacher looking at it is no receipt.
  await (await school.browser(head)).get(pack)
  assert.equal(await statusOf('assurance.governors-pack'), 'due')
  await (await school.browser(link)).get(pack)
  const state = await stateOf('assurance.governors-pack')
  assert.equal(state.status, 'met')
  assert.equal(state.evidence, 'measured')
})

test('control assurance.incident-log: met when a governor looks through the log and records it', async () => {
  assert.equal(await statusOf('assurance.incident-log'), 'not-started')
  const browser = await school.browser(link)
  const page = await browser.get('/governors/incidents')
  assert.equal(await statusOf('assurance.incident-log'), 'not-started', 'opening it is not signing for it')
  const upTo = /name="upTo" value="(\d+)"/.exec(page.html)?.[1] ?? ''
  assert.equal((await browser.post('/governors/incidents', { upTo })).status, 303)
  assert.equal(await statusOf('assurance.incident-log'), 'met')
})

test('control assurance.policy-effect: met when the headteacher judges it on the figures of a pack', async () => {
  assert.equal(await statusOf('assurance.policy-effect'), 'not-started')
  const pack = await issue()
  const browser = await school.browser(head)
  assert.equal((await browser.post(`${pack}/effect`, {})).status, 400)
  assert.equal(await statusOf('assurance.policy-effect'), 'not-started')
  await browser.post(`${pack}/effect`, { effect: 'partly' })
  assert.equal(await statusOf('assurance.policy-effect'), 'met')
})

test('control assurance.effectiveness-review: met when a governor records the board’s review, and not by the headteacher’s own judgement', async () => {
  assert.equal(await statusOf('assurance.effectiveness-review'), 'not-started')
  await (await school.browser(link)).post(`${await issue()}/effect`, { effect: 'working' })
  assert.equal(await statusOf('assurance.effectiveness-review'), 'met')
})

test('control assurance.audience-register: met when staff, pupils, governors and parents are all in the register', async () => {
  assert.equal(await statusOf('assurance.audience-register'), 'failing')
  await school.person('Eva Small', 'pupil')
  assert.match((await stateOf('assurance.audience-register')).why, /parents/)
  await school.person('Fay Small', 'parent')
  const state = await stateOf('assurance.audience-register')
  assert.equal(state.status, 'met')
  assert.match(state.why, /staff, pupils, governors, parents/)
})

test('control assurance.audience-register: leaves met when the last of an audience is gone', async () => {
  await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    for (const { id } of await people.holders('parent')) await people.endAppointment(id, school.now())
    return changed(undefined, { type: 'appointment.ended' })
  })
  assert.equal(await statusOf('assurance.audience-register'), 'failing')
})

test('control assurance.governors-pack: leaves met when the next pack is left unread, and when a term passes without one', async () => {
  // The one issued last was opened by nobody on the board.
  assert.equal(await statusOf('assurance.governors-pack'), 'due')
  days(29)
  assert.equal(await statusOf('assurance.governors-pack'), 'overdue')
  await (await school.browser(link)).get(await issue())
  assert.equal(await statusOf('assurance.governors-pack'), 'met')
  days(125)
  assert.equal(await statusOf('assurance.governors-pack'), 'overdue')
})

test('control assurance.incident-log: leaves met when a term passes with nobody looking', async () => {
  assert.equal(await statusOf('assurance.incident-log'), 'overdue')
})

test('control assurance.policy-effect: leaves met when a term passes without a judgement', async () => {
  assert.equal(await statusOf('assurance.policy-effect'), 'overdue')
})

test('control assurance.effectiveness-review: leaves met when a year passes without a review', async () => {
  assert.equal(await statusOf('assurance.effectiveness-review'), 'met')
  days(200)
  assert.equal(await statusOf('assurance.effectiveness-review'), 'due')
  days(30)
  assert.equal(await statusOf('assurance.effectiveness-review'), 'overdue')
})
