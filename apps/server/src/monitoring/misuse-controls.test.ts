import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addCalendarDays } from '@gatehouse/engine/calendar'
import { safeguardingControls } from '../incidents/case-controls-safeguarding.ts'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { sendLog } from '../testing/gateway-log.ts'
import { testSchool } from '../testing/test-school.ts'
import { flagOf, monitored, take, withGroup } from './flag-world.ts'
import { misuseControls } from './misuse-controls.ts'
import { pupilUseControls } from './pupil-use-controls.ts'
import { mondayOf } from './week.ts'

const school = await testSchool()
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const technician = await school.person('Ines Rossi', 'technician')
const pupil = await school.person('Pia Small', 'pupil')
await withGroup(school, 'juniors', [pupil])
await monitored(school, ['juniors'], { lead, dpo, head })

const stateOf = (id: string) => school.stateOf([...misuseControls, ...pupilUseControls, ...safeguardingControls], id)
const is = async (id: string, status: string) => {
  const found = await stateOf(id)
  assert.equal(found.status, status, found.why)
  return found
}
const misuse = 'monitoring.misuse-followed-up'
const flagged = async (...[concern, severity]: Parameters<typeof flagOf>): Promise<string> => {
  const taken = await take(school, pupil, ['juniors'], flagOf(concern, severity))
  return taken.outcome === 'stored' ? taken.threadId : assert.fail(taken.outcome)
}
const post = async (who: PersonActor, path: string, fields: Record<string, string>) => {
  const answer = await (await school.browser(who)).post(path, fields)
  assert.equal(answer.status, 303, `${path}: ${answer.errors.join('; ') || answer.h1}`)
}
const asked = (line: Readonly<Record<string, unknown>>): Promise<void> =>
  sendLog(school, [{ personId: pupil.personId, ...line }])

const triage = (caseId: string, kind: string, seriousness: string) =>
  post(lead, `/cases/${caseId}/triage`, { category: 'conduct', kind, seriousness, risk: 'no', words: 'Looked at it' })

test('control monitoring.misuse-followed-up: met when a flag found real became a case that is closed with its outcome', async () => {
  await is(misuse, 'not-started')
  const id = await flagged('profanity', 3)
  await is(misuse, 'due')
  const caseId = await app.services.flags.real(lead, id, 'Written to a classmate')
  await is(misuse, 'due')
  await triage(caseId, 'offensive-message', 'low')
  await is(misuse, 'due')
  await post(lead, `/cases/${caseId}/take`, {})
  await post(lead, `/cases/${caseId}/decisions`, { kind: 'response', words: 'A talk with both' })
  await post(lead, `/cases/${caseId}/close`, {
    response: 'no-action',
    outcome: 'Understood',
    lesson: 'Talk about it in class',
  })
  const found = await is(misuse, 'met')
  assert.equal(found.evidence, 'measured')
  assert.ok(found.proofs[0]?.href?.startsWith('/cases/'))
})
test('control monitoring.misuse-followed-up: leaves met when a flag lies, when its case lies, and after it was looked at late', async () => {
  const id = await flagged('violence', 4)
  school.pass(0.5)
  await is(misuse, 'met')
  school.pass(1)
  await is(misuse, 'overdue')
  await app.services.deadlines.notice(schoolId)
  await app.services.flags.notAConcern(lead, [id], 'lesson', 'A story that they wrote')
  assert.match((await is(misuse, 'failing')).why, /only after/)
  school.pass(31 * 24)
  await is(misuse, 'met')
  const real = await flagged('bullying', 3)
  const caseId = await app.services.flags.real(lead, real, 'Said to a classmate')
  await is(misuse, 'met')
  school.pass(3 * 24)
  await is(misuse, 'overdue')
  await app.services.deadlines.notice(schoolId)
  await triage(caseId, 'cyberbullying', 'serious')
})
test('what monitoring found real is triaged under the safeguarding lead’s watch over its kind of harm', async () => {
  const { app: other } = school
  assert.equal((await stateOf('incidents.watch-cyberbullying')).status, 'failing', 'it was triaged days late')
  for (const [concern, kind, control, category] of [
    ['grooming', 'grooming', 'incidents.watch-grooming', 'contact'],
    ['personal', 'data-shared', 'incidents.watch-data-sharing', 'data'],
    ['selfharm', 'self-harm-concern', 'incidents.watch-content', 'conduct'],
  ] as const) {
    assert.equal((await stateOf(control)).status, 'not-started', control)
    const caseId = await other.services.flags.real(lead, await flagged(concern, 3), '')
    const file = await other.read(schoolId, ({ cases }) => cases.get(lead, caseId))
    assert.equal(file.kind, kind)
    await post(lead, `/cases/${caseId}/triage`, {
      category,
      kind,
      seriousness: file.seriousness,
      risk: 'no',
      words: 'Looked at it',
    })
    assert.equal((await stateOf(control)).status, 'met', control)
  }
})
/** The safeguarding lead signs the reports of the last two whole weeks. */
async function signWeeks(): Promise<void> {
  const browser = await school.browser(lead)
  for (const weeks of [1, 2]) {
    const week = addCalendarDays(mondayOf(school.now()), -7 * weeks)
    const page = await browser.get(`/flags/week?week=${week}`)
    const digest = /name="digest"[^>]*value="([^"]+)"/.exec(page.html)?.[1] ?? ''
    await post(lead, '/flags/week', { week, digest, note: 'Nothing has to change' })
  }
}

test('an attempt in the web log is followed up too: it is settled with a reason, or reported', async () => {
  school.setTime('2027-06-07T10:00:00Z')
  for (const thread of await app.read(schoolId, ({ flags }) => flags.openedSince(new Date(0))))
    if (thread.state === 'waiting') await app.services.flags.notAConcern(lead, [thread.id], 'joke', '')
  await asked({ host: 'vpn.example', category: 'vpn', verdict: 'block', rule: 'group:juniors:vpn' })
  await is(misuse, 'due')
  const [attempt] = await app.read(schoolId, ({ attempts }) =>
    attempts.between(new Date('2027-06-01T00:00:00Z'), new Date('2027-06-08T00:00:00Z')),
  )
  assert.ok(attempt)
  await post(technician, `/activity/attempts/${attempt.id}/settle`, {
    at: attempt.firstAt.toISOString(),
    last: attempt.lastAt.toISOString(),
    reason: 'An advert on a lesson’s page asked for it',
  })
  // The filter's log raised a flag of it as well, which somebody has to look at.
  await is(misuse, 'due')
  const [flag] = await app.read(schoolId, ({ flags }) => flags.openedSince(new Date('2027-06-01T00:00:00Z')))
  await app.services.flags.notAConcern(lead, [flag?.id ?? ''], 'other', 'An advert')
  await is(misuse, 'met')
})

const pupilUse = 'monitoring.pupil-use'
test('control monitoring.pupil-use: met when pupils are in the log, each school day of it is reviewed, and the week’s report is signed', async () => {
  // A Monday and a Tuesday of a later term, so that the weeks before are signed or hold nothing.
  school.setTime('2027-09-13T10:00:00Z')
  await is(pupilUse, 'not-started')
  await asked({ personId: technician.personId, groups: ['staff'] })
  await asked({ at: '2027-09-13T09:00:00Z', personId: technician.personId, groups: ['staff'] })
  school.setTime('2027-09-14T10:00:00Z')
  await app.services.activityArchive.count(schoolId)
  await is(pupilUse, 'due')
  await post(technician, '/activity/review', { day: '2027-09-13' })
  await signWeeks()
  assert.match((await is(pupilUse, 'failing')).why, /nothing that a pupil/)
  school.pass(0.1)
  await asked({ at: '2027-09-13T09:30:00Z' })
  school.pass(0.1)
  await app.services.activityArchive.count(schoolId)
  const found = await is(pupilUse, 'met')
  assert.match(found.why, /1 requests? of pupils/)
})
test('control monitoring.pupil-use: leaves met when a flag waits past its time, when no week is signed, and when nobody reviews', async () => {
  const id = await flagged('violence', 4)
  school.pass(2)
  await is(pupilUse, 'overdue')
  await app.services.flags.notAConcern(lead, [id], 'lesson', '')
  await is(pupilUse, 'met')
  school.setTime('2027-09-21T10:00:00Z')
  assert.match((await is(pupilUse, 'due')).why, /signed/)
  school.setTime('2027-09-27T08:00:00Z')
  assert.match((await is(pupilUse, 'overdue')).why, /weekly report/)
})

test('a flag that was raised on the last school day may wait for the first one after the holidays', async () => {
  await app.change(systemActor(schoolId, 'test'), async ({ deadlines }) => {
    await deadlines.addTerm('Summer', '2028-04-17', '2028-07-20')
    await deadlines.addTerm('Autumn', '2028-09-04', '2028-12-20')
    return changed(undefined, { type: 'test.terms' })
  })
  school.setTime('2028-07-20T10:00:00Z')
  await monitored(school, ['juniors'], { lead, dpo, head })
  const id = await flagged('bullying', 3)
  school.setTime('2028-07-31T10:00:00Z')
  await is(misuse, 'due')
  await app.services.flags.notAConcern(lead, [id], 'lesson', 'A story that they read')
  await is(misuse, 'met')
})
