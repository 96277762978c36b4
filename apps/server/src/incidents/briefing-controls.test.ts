import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { briefingDigest, briefingOf } from './briefing.ts'
import { briefingControls } from './briefing-controls.ts'

/* Every control is driven by the pages that people use: the headteacher gives a briefing out, people read it and answer. */

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher', 'staff')
const dsl = await school.person('Dora Sills', 'dsl', 'staff')
const teacher = await school.person('Tess Okoro', 'teacher')
const chair = await school.person('Carl Hare', 'chair', 'governor')
const governor = await school.person('Gus Moor', 'governor')
const pupil = await school.person('Pia Small', 'pupil')

const is = async (id: string, status: string) => {
  const found = await school.stateOf(briefingControls, id)
  assert.equal(found.status, status, found.why)
  if (status === 'met') assert.ok(found.at && found.proofs.length > 0 && found.evidence === 'measured')
  return found
}
/** The right answers, with some of them changed. */
function answersTo(id: string, changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const briefing = briefingOf(id)
  assert.ok(briefing)
  const right = briefing.questions.map(each => [each.id, each.options.find(({ wrong }) => wrong === null)?.id ?? ''])
  return { digest: briefingDigest(briefing), ...Object.fromEntries(right), ...changes }
}
const answer = async (person: PersonActor, id: string, changes: Readonly<Record<string, string>> = {}) =>
  (await school.browser(person)).post(`/briefings/${id}/answer`, answersTo(id, changes))
const passes = async (person: PersonActor, id: string) => {
  const sent = await answer(person, id)
  assert.equal(sent.status, 303, sent.text)
}
const give = async (id: string) =>
  assert.equal((await (await school.browser(head)).post(`/briefings/${id}/give`, {})).status, 303)

test('before anybody answered anything, no briefing is met, and the first page asks the headteacher to give them out', async () => {
  for (const { id } of briefingControls) await is(id, 'not-started')
  assert.match(
    (await (await school.browser(head)).get('/')).text,
    /Give out a briefing: What to do when something happens/,
  )
  assert.doesNotMatch((await (await school.browser(teacher)).get('/')).text, /Read and answer/)
})

test('control incidents.procedure-briefing: met when every member of staff answered its questions right', async () => {
  await give('incidents')
  await is('incidents.procedure-briefing', 'due')
  assert.match(
    (await (await school.browser(teacher)).get('/')).text,
    /Read and answer: What to do when something happens/,
  )
  for (const person of [head, dsl]) await passes(person, 'incidents')
  const before = await is('incidents.procedure-briefing', 'due')
  assert.match(before.why, /1 of 3 staff/)
  await passes(teacher, 'incidents')
  await is('incidents.procedure-briefing', 'met')
  assert.doesNotMatch((await (await school.browser(teacher)).get('/')).text, /Read and answer/)
})

test('a wrong answer is explained, keeps what was chosen, and leaves no receipt; nor does a post without answers', async () => {
  const newcomer = await school.person('Wim Wrong', 'teacher')
  const page = await answer(newcomer, 'incidents', { laptop: 'monday' })
  assert.equal(page.status, 400)
  assert.equal(page.errors.length, 1)
  assert.match(page.text, /The 24 hours run over the weekend/)
  assert.match(page.html, /value="guard" checked/)
  const empty = await (await school.browser(newcomer)).post('/briefings/incidents/answer', {
    digest: answersTo('incidents').digest ?? '',
  })
  assert.deepEqual([empty.status, empty.errors.length], [400, 3])
  await is('incidents.procedure-briefing', 'due')
  // What was shown is what is answered: another text's digest is refused.
  assert.equal((await answer(newcomer, 'incidents', { digest: 'a'.repeat(64) })).status, 409)
  await passes(newcomer, 'incidents')
  await is('incidents.procedure-briefing', 'met')
})

test('control incidents.procedure-briefing: leaves met when a new colleague has not answered in ten school days, and after a year', async () => {
  const newcomer = await school.person('Nell New', 'teacher')
  await is('incidents.procedure-briefing', 'due')
  school.pass(24 * 20)
  const late = await is('incidents.procedure-briefing', 'overdue')
  assert.match(late.why, /1 of 5 staff/)
  const page = await (await school.browser(head)).get('/briefings')
  assert.match(page.text, /Nell New/)
  assert.match(page.text, /1 person is late/)
  assert.match((await (await school.browser(head)).get('/')).text, /Remind one person who is late/)
  assert.equal((await (await school.browser(head)).post('/briefings/incidents/chase', {})).status, 303)
  const told = await app.read(schoolId, ({ messages }) => messages.of(newcomer.personId))
  assert.ok(told.some(({ kind, link }) => kind === 'briefing.chased' && link === '/briefings/incidents'))
  const others = await app.read(schoolId, ({ messages }) => messages.of(teacher.personId))
  assert.ok(!others.some(({ kind }) => kind === 'briefing.chased'), 'who has answered is left alone')
  await passes(newcomer, 'incidents')
  await is('incidents.procedure-briefing', 'met')
  school.pass(24 * 346)
  const over = await is('incidents.procedure-briefing', 'overdue')
  assert.match(over.why, /4 of 5 staff/)
})

test('control incidents.accidental-access-briefing: met when every member of staff answered the question about accidental access right', async () => {
  await is('incidents.accidental-access-briefing', 'overdue')
  const staff = ['headteacher', 'dsl', 'teacher'] as const
  for (const role of staff)
    for (const { personId } of await app.read(schoolId, ({ people }) => people.holders(role))) {
      const person: PersonActor = { kind: 'person', schoolId, personId, name: 'Somebody', roles: [role] }
      // Another question is wrong: it counts for this one all the same, and is no receipt of the whole.
      assert.equal((await answer(person, 'incidents', { laptop: 'monday' })).status, 400)
    }
  await is('incidents.accidental-access-briefing', 'met')
  await is('incidents.procedure-briefing', 'overdue')
})
test('control incidents.accidental-access-briefing: leaves met when somebody new answers that question wrong', async () => {
  const newcomer = await school.person('Ola Late', 'staff')
  assert.equal((await answer(newcomer, 'incidents', { accident: 'nothing' })).status, 400)
  await is('incidents.accidental-access-briefing', 'due')
  school.pass(24 * 20)
  await is('incidents.accidental-access-briefing', 'overdue')
})

test('control incidents.allegation-procedure: met when the headteacher and every governor answered its questions right', async () => {
  await give('allegations')
  for (const person of [head, chair]) await passes(person, 'allegations')
  const before = await is('incidents.allegation-procedure', 'due')
  assert.match(before.why, /1 of 3 people/)
  await passes(governor, 'allegations')
  await is('incidents.allegation-procedure', 'met')
  assert.match((await (await school.browser(dsl)).get('/briefings')).text, /A serious allegation/)
})
test('control incidents.allegation-procedure: leaves met when a governor joins and does not answer, and when there is no headteacher', async () => {
  const joined = await school.person('Gil Novak', 'governor')
  await is('incidents.allegation-procedure', 'due')
  school.pass(24 * 20)
  await is('incidents.allegation-procedure', 'overdue')
  await passes(joined, 'allegations')
  await is('incidents.allegation-procedure', 'met')
  await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    for (const { id } of await people.holders('headteacher')) await people.endAppointment(id, school.now())
    return changed(undefined, { type: 'appointment.ended' })
  })
  await is('incidents.allegation-procedure', 'not-started')
})

test('a teacher is not asked about allegations, a pupil about nothing, and a governor may answer for staff as well', async () => {
  assert.equal((await (await school.browser(teacher)).get('/briefings/allegations')).status, 403)
  assert.equal((await answer(teacher, 'allegations')).status, 403)
  assert.equal((await (await school.browser(pupil)).get('/briefings/incidents')).status, 403)
  assert.match((await (await school.browser(governor)).get('/briefings/incidents')).text, /Nobody asks this of you/)
  assert.equal((await (await school.browser(teacher)).get('/briefings/none')).status, 404)
  assert.equal((await (await school.browser(teacher)).post('/briefings/incidents/give', {})).status, 403)
})

test('the ledger says who answered and when, and never what was chosen', async () => {
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['briefing.passed'], 'briefing:allegations'))
  assert.equal(entry?.detail.digest, answersTo('allegations').digest)
  const answered = await app.read(schoolId, ({ ledger }) => ledger.list({ types: ['briefing.answered'], limit: 50 }))
  assert.ok(answered.length > 8)
  for (const { detail } of answered) assert.deepEqual(Object.keys(detail).sort(), ['person', 'right', 'wrong'])
})
