import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendLog } from '../testing/gateway-log.ts'
import { testSchool } from '../testing/test-school.ts'
import { activityControls } from './activity-controls.ts'

const school = await testSchool()
const { app, schoolId } = school
const dsl = await school.person('Dora Safe', 'dsl')
const pupil = await school.person('Pia Small', 'pupil')
const stateOf = (id: string) => school.stateOf(activityControls, id)
const is = async (status: string) => {
  const found = await stateOf('activity.reviewed')
  assert.equal(found.status, status, found.why)
}
const request = (at: string, personId: string | null = pupil.personId) => sendLog(school, [{ at, personId }])

test('control activity.reviewed: met when somebody reviews the last school day’s log by the end of the next', async () => {
  await is('not-started')
  // Monday; it is Tuesday.
  await request('2026-11-23T10:00:00Z')
  await is('due')
  await (await school.browser(dsl)).post('/activity/review', { day: '2026-11-23' })
  await is('met')
})
test('control activity.reviewed: leaves met when a school day passes without a review', async () => {
  await is('met')
  await request('2026-11-24T10:00:00Z')
  school.setTime('2026-11-25T10:00:00Z')
  await is('due')
  school.setTime('2026-11-26T10:00:00Z')
  await is('overdue')
  await (await school.browser(dsl)).post('/activity/review', { day: '2026-11-24' })
  await is('met')
})

const technician = await school.person('Ines Rossi', 'technician')
const reviewedBy = async (who: typeof dsl, day: string) => (await school.browser(who)).post('/activity/review', { day })

test('control activity.observed: met when technical staff look at each school day’s log, in which people are known', async () => {
  assert.equal((await stateOf('activity.observed')).status, 'overdue', 'the safeguarding lead alone reviewed the days')
  await reviewedBy(technician, '2026-11-23')
  await reviewedBy(technician, '2026-11-24')
  const found = await stateOf('activity.observed')
  assert.equal(found.status, 'met', found.why)
  assert.equal(found.evidence, 'measured')
  assert.ok(found.proofs[0]?.seq)
})
test('control activity.observed: leaves met when they stop, and where the log says of nobody who it was', async () => {
  await request('2026-11-26T09:00:00Z', null)
  school.setTime('2026-11-27T10:00:00Z')
  assert.equal((await stateOf('activity.observed')).status, 'due')
  await reviewedBy(technician, '2026-11-26')
  await app.services.activityArchive.count(schoolId)
  const found = await stateOf('activity.observed')
  assert.equal(found.status, 'failing', found.why)
  assert.match(found.why, /whose it was/)
  school.pass(0.1)
  await request('2026-11-26T09:30:00Z')
  school.pass(0.1)
  await app.services.activityArchive.count(schoolId)
  assert.equal((await stateOf('activity.observed')).status, 'met')
  school.setTime('2026-12-12T10:00:00Z')
  assert.equal((await stateOf('activity.observed')).status, 'not-started')
})
test('what no source sends is said in plain words, and counts for nothing', async () => {
  for (const [id, missing] of [
    ['activity.network-data', /switches, Wi-Fi or the firewall/],
    ['activity.every-system', /learning platform/],
  ] as const) {
    const found = await stateOf(id)
    assert.equal(found.status, 'not-started')
    assert.match(found.why, missing)
  }
})
