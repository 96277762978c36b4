import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGatewayKeys } from '../filtering/gateway-keys.ts'
import { newId } from '../platform/identifiers.ts'
import { testSchool } from '../testing/test-school.ts'
import { activityControls } from './activity-controls.ts'

const school = await testSchool()
const { app, schoolId } = school
const dsl = await school.person('Dora Safe', 'dsl')
const pupil = await school.person('Pia Small', 'pupil')
const stateOf = (id: string) => {
  const control = activityControls.find(each => each.id === id)
  assert.ok(control, id)
  return app.read(schoolId, reads => control.evaluate(reads, { now: school.now(), schoolId }))
}
const is = async (status: string) => {
  const found = await stateOf('activity.reviewed')
  assert.equal(found.status, status, found.why)
}
const request = async (at: string) => {
  const answer = await fetch(`${school.url}/gateway/activity`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${openGatewayKeys(app.keys).bearer}`,
      'content-type': 'application/x-ndjson',
      'x-segment': `c-${newId()}`,
    },
    body: JSON.stringify({
      v: 1,
      id: newId(),
      at,
      school: schoolId,
      personId: pupil.personId,
      groups: ['juniors'],
      kind: 'page',
      method: 'GET',
      host: 'example.com',
      path: '/',
      category: 'none',
      verdict: 'allow',
      rule: 'group:juniors:unlisted',
      continued: false,
    }),
  })
  assert.equal(answer.status, 204)
}

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
