import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { helpLines } from './data/help-lines.ts'
import { lineDigest } from './help.ts'
import { reportControls } from './report-controls.ts'
import { guidanceDigest } from './report-guidance.ts'

/*
 * Each control is driven by the pages that a person uses: somebody reports, the one who receives it takes it, time passes.
 * Every test begins a term later, so that nothing of the one before counts.
 */

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher')
const dsl = await school.person('Dora Sills', 'dsl')
await school.person('Dev Patel', 'dpo')
const network = await school.person('Nia Weber', 'network-manager')
await school.person('Carl Hare', 'chair')
const teacher = await school.person('Tess Okoro', 'teacher')

const stateOf = (id: string) => school.stateOf(reportControls, id)
const is = async (id: string, status: string) => {
  const found = await stateOf(id)
  assert.equal(found.status, status, found.why)
  if (status === 'met')
    assert.ok(found.at && found.proofs.length > 0 && (found.evidence === 'measured' || found.evidence === 'attested'))
  return found
}
const nextTerm = () => school.pass(24 * 130)
const all = {
  who: 'visitor',
  danger: 'no',
  topic: 'conduct',
  kind: 'cyberbullying',
  words: 'What happened',
  when: 'today',
  place: 'school',
  about: 'nobody',
  reply: 'no',
}
const rows = () =>
  app.connections.inSchool(schoolId, tx =>
    tx.selectFrom('report').select('id').where('school_id', '=', schoolId).execute(),
  )

/** Reports over the front door, and gives the report's id. */
async function report(
  topic: string,
  kind: string,
  fields: Record<string, string | readonly string[]> = {},
  by?: PersonActor,
): Promise<string> {
  const before = new Set((await rows()).map(({ id }) => id))
  const browser = await school.browser(by)
  const answer = await browser.post(by ? '/report/staff/send' : '/report/send', { ...all, topic, kind, ...fields })
  assert.equal(answer.status, 200, answer.text)
  const [made] = (await rows()).filter(({ id }) => !before.has(id))
  assert.ok(made)
  return made.id
}
async function take(id: string, by: PersonActor): Promise<void> {
  const answer = await (await school.browser(by)).post(`/reports/${id}/acknowledge`, {})
  assert.equal(answer.status, 303, answer.text)
}
/** A time so many hours ago, as the four boxes of the staff form. */
const hoursAgo = (hours: number): { when: string; happened: string[] } => {
  const at = new Date(school.now().getTime() - hours * 3_600_000)
  return {
    when: 'exact',
    happened: [
      String(at.getUTCDate()),
      String(at.getUTCMonth() + 1),
      String(at.getUTCFullYear()),
      `${at.getUTCHours()}:${String(at.getUTCMinutes()).padStart(2, '0')}`,
    ],
  }
}
const vacate = (role: 'dsl' | 'headteacher' | 'network-manager') =>
  app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    for (const { id } of await people.holders(role)) await people.endAppointment(id, school.now())
    return changed(undefined, { type: 'appointment.ended' })
  })
const appoint = (person: PersonActor, role: 'dsl' | 'headteacher' | 'network-manager') =>
  app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    await people.appoint(person.personId, role)
    return changed(undefined, { type: 'appointment.made' })
  })

test('before anything was reported or practised, no control of the front door says that it is met', async () => {
  for (const { id } of reportControls) assert.notEqual((await stateOf(id)).status, 'met', id)
})

test('every control names clauses, once each', () => {
  assert.equal(new Set(reportControls.map(({ id }) => id)).size, reportControls.length)
  for (const { clauses } of reportControls) assert.ok(clauses.length > 0)
})

test('control incidents.report-security: met when the headteacher takes a report of a break-in', async () => {
  nextTerm()
  const id = await report('technical', 'unauthorised-access')
  await is('incidents.report-security', 'due')
  await take(id, head)
  await is('incidents.report-security', 'met')
})
test('control incidents.report-security: one that may not wait is held to the day that the policy promises, not to its own hour', async () => {
  nextTerm()
  const id = await report('technical', 'unauthorised-access', { words: 'i want to kill myself' })
  school.pass(3)
  await is('incidents.report-security', 'due')
  await take(id, dsl)
  await is('incidents.report-security', 'met')
  const late = await report('technical', 'unauthorised-access', { words: 'i want to kill myself' })
  school.pass(25)
  await is('incidents.report-security', 'overdue')
  await take(late, dsl)
})
test('control incidents.report-security: leaves met when a report of a break-in waits for more than a day', async () => {
  school.pass(1)
  const id = await report('technical', 'unauthorised-access')
  school.pass(25)
  await is('incidents.report-security', 'overdue')
  await take(id, head)
  await is('incidents.report-security', 'failing')
})

test('control incidents.report-misuse: met when a member of staff reports misuse and the headteacher takes it', async () => {
  nextTerm()
  await take(await report('conduct', 'policy-breach'), head)
  assert.notEqual(
    (await stateOf('incidents.report-misuse')).status,
    'met',
    'a visitor’s report is not a member of staff’s',
  )
  await take(await report('conduct', 'policy-breach', {}, teacher), head)
  await is('incidents.report-misuse', 'met')
})
test('control incidents.report-misuse: leaves met when a term passes without any report by staff', async () => {
  nextTerm()
  await is('incidents.report-misuse', 'not-started')
})

test('control incidents.report-non-compliance: met when staff report a breach of the rules within a day and the headteacher takes it', async () => {
  nextTerm()
  await take(await report('conduct', 'policy-breach', {}, teacher), head)
  assert.notEqual(
    (await stateOf('incidents.report-non-compliance')).status,
    'met',
    'without a time nothing shows that it was in time',
  )
  await take(await report('conduct', 'policy-breach', hoursAgo(3), teacher), head)
  await is('incidents.report-non-compliance', 'met')
})
test('control incidents.report-non-compliance: leaves met when the latest breach was reported two days late', async () => {
  school.pass(1)
  await take(await report('conduct', 'policy-breach', hoursAgo(72), teacher), head)
  await is('incidents.report-non-compliance', 'failing')
})

test('control incidents.report-loss: met when the headteacher takes a report of a lost stick that the DPO has too', async () => {
  nextTerm()
  await take(await report('data', 'loss-or-theft'), head)
  await is('incidents.report-loss', 'met')
})
test('control incidents.report-loss: leaves met when nobody takes the next loss within a day', async () => {
  await report('data', 'loss-or-theft')
  school.pass(24.1)
  await is('incidents.report-loss', 'overdue')
})

test('control incidents.report-junk: met when the network manager looks at the junk mail of the day', async () => {
  nextTerm()
  await report('message', 'unsolicited-mail')
  const [day] = await app.read(schoolId, ({ reports }) => reports.digests())
  assert.equal((await (await school.browser(network)).post(`/reports/junk/${day?.on}/looked`, {})).status, 303)
  const found = await stateOf('incidents.report-junk')
  assert.equal(found.status, 'met', found.why)
  assert.ok(found.proofs.length > 0)
})
test('control incidents.report-junk: leaves met when a day’s junk mail is not looked at', async () => {
  school.pass(24)
  await report('message', 'unsolicited-mail')
  school.pass(25)
  await is('incidents.report-junk', 'overdue')
})

test('control incidents.report-unsuitable: met when the safeguarding lead takes a report of unsuitable material', async () => {
  nextTerm()
  await take(await report('content', 'unsuitable-content'), dsl)
  await is('incidents.report-unsuitable', 'met')
})
test('control incidents.report-unsuitable: leaves met when the safeguarding lead does not take the next one', async () => {
  await report('content', 'unsuitable-content')
  school.pass(25)
  await is('incidents.report-unsuitable', 'overdue')
})

test('control incidents.report-accidental-access: met when the headteacher takes a report of a page met by accident', async () => {
  nextTerm()
  await take(await report('content', 'accidental-access'), head)
  await is('incidents.report-accidental-access', 'met')
})
test('control incidents.report-accidental-access: leaves met when the practice report no longer reaches the headteacher', async () => {
  await vacate('headteacher')
  school.pass(0.1)
  await app.services.reportDrill.run(schoolId)
  await is('incidents.report-accidental-access', 'failing')
  await appoint(head, 'headteacher')
  school.pass(0.1)
  await app.services.reportDrill.run(schoolId)
  await is('incidents.report-accidental-access', 'met')
})

test('control incidents.report-technical: met when the practice report reaches the network manager, and by a real fault taken in time', async () => {
  nextTerm()
  await app.services.reportDrill.run(schoolId)
  await is('incidents.report-technical', 'met')
  await take(await report('technical', 'technical-fault'), network)
  const found = await is('incidents.report-technical', 'met')
  assert.match(found.why, /a person took it in time/)
})
test('control incidents.report-technical: leaves met when a fault is not taken, and when the nights pass without practice', async () => {
  await report('technical', 'technical-fault')
  school.pass(25)
  await is('incidents.report-technical', 'overdue')
  nextTerm()
  await is('incidents.report-technical', 'overdue')
})

test('control incidents.report-message: met when somebody reports an upsetting message with the message, and it is taken', async () => {
  nextTerm()
  await app.services.reportDrill.run(schoolId)
  school.pass(24 * 4)
  await take(await report('message', 'offensive-message'), dsl)
  assert.notEqual((await stateOf('incidents.report-message')).status, 'met', 'the message itself is the record')
  await take(await report('message', 'offensive-message', { message: 'From: x@y.example\n\nnasty' }), dsl)
  await is('incidents.report-message', 'met')
})
test('control incidents.report-message: leaves met when a reported message waits for more than a day', async () => {
  await report('message', 'offensive-message', { message: 'nasty' })
  school.pass(25)
  await is('incidents.report-message', 'overdue')
})

test('control incidents.report-complaint: met when the headteacher takes a complaint about online safety', async () => {
  nextTerm()
  await take(await report('complaint', 'online-safety-complaint'), head)
  await is('incidents.report-complaint', 'met')
})
test('control incidents.report-complaint: leaves met when a data complaint is not acknowledged in 30 days', async () => {
  await report('complaint', 'data-complaint')
  school.pass(24 * 29)
  assert.notEqual((await stateOf('incidents.report-complaint')).status, 'overdue')
  school.pass(24 * 2)
  await is('incidents.report-complaint', 'overdue')
})

test('control incidents.report-do-not-reply: met when the answer page told the reporter of a message not to answer it', async () => {
  nextTerm()
  assert.notEqual((await stateOf('incidents.report-do-not-reply')).status, 'met')
  await report('message', 'offensive-message')
  await is('incidents.report-do-not-reply', 'met')
})
test('control incidents.report-do-not-reply: leaves met when a term passes and no practice shows that it is still said', async () => {
  await app.services.reportDrill.run(schoolId)
  nextTerm()
  await is('incidents.report-do-not-reply', 'overdue')
})

test('control incidents.report-class-practice: met when every class made a practice report with its teacher', async () => {
  await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    await people.addGroup('class-4a', 'class', 'Class 4A')
    await people.addGroup('class-5b', 'class', 'Class 5B')
    return changed(undefined, { type: 'group.added' })
  })
  const browser = await school.browser(teacher)
  assert.equal(
    (await browser.post('/report/send', { ...all, who: 'pupil', practice: 'class-4a' })).h1,
    'That was practice',
  )
  await is('incidents.report-class-practice', 'due')
  await browser.post('/report/send', { ...all, who: 'pupil', practice: 'class-5b' })
  await is('incidents.report-class-practice', 'met')
})
test('control incidents.report-class-practice: leaves met when a year passes', async () => {
  school.pass(24 * 366)
  await is('incidents.report-class-practice', 'overdue')
})

test('control incidents.help-page: met when the page was looked at from outside and a person checked every line', async () => {
  await app.services.reportDrill.run(schoolId)
  await is('incidents.help-page', 'not-started')
  const fields = Object.fromEntries(
    helpLines().flatMap(line => [
      [`line:${line.id}`, 'right'],
      [`digest:${line.id}`, lineDigest(line)],
    ]),
  )
  assert.equal((await (await school.browser(head)).post('/help/check', fields)).status, 303)
  await is('incidents.help-page', 'met')
})
test('control incidents.help-page: leaves met when nobody looks for a week, and when the checks grow old', async () => {
  school.pass(24 * 8)
  await is('incidents.help-page', 'overdue')
  await app.services.reportDrill.run(schoolId)
  await is('incidents.help-page', 'met')
  school.pass(24 * 120)
  await app.services.reportDrill.run(schoolId)
  await is('incidents.help-page', 'overdue')
})

test('control incidents.reporting-guidance: met when it is published and every member of staff confirmed it', async () => {
  await (await school.browser(head)).post('/report/guidance/publish', {})
  await is('incidents.reporting-guidance', 'due')
  for (const person of [head, dsl, network, teacher]) {
    assert.equal(
      (await (await school.browser(person)).post('/report/guidance/confirm', { digest: guidanceDigest() })).status,
      303,
    )
  }
  await is('incidents.reporting-guidance', 'met')
})
test('control incidents.reporting-guidance: leaves met when a new colleague has not read it for four weeks, and after a year', async () => {
  const newcomer = await school.person('Nell New', 'teacher')
  await is('incidents.reporting-guidance', 'due')
  school.pass(24 * 29)
  await is('incidents.reporting-guidance', 'overdue')
  await (await school.browser(newcomer)).post('/report/guidance/confirm', { digest: guidanceDigest() })
  await is('incidents.reporting-guidance', 'met')
  school.pass(24 * 340)
  await is('incidents.reporting-guidance', 'overdue')
})
