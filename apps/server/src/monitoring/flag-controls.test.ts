import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { flagControls } from './flag-controls.ts'
import { deviceUser, monitored, sayAsDevice, withGroup } from './flag-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const manager = await school.person('Ned Work', 'network-manager')
await deviceUser(school, 'Pia Small')

const stateOf = (id: string) => school.stateOf(flagControls, id)

test('control monitoring.assessed: met when an assessment was advised on, approved, and the people were told', async () => {
  assert.equal((await stateOf('monitoring.assessed')).status, 'not-started')
  await monitored(school, ['juniors'], { lead, dpo, head })
  const state = await stateOf('monitoring.assessed')
  assert.equal(state.status, 'met', state.why)
  assert.equal(state.evidence, 'attested')
})
test('control monitoring.assessed: leaves met when its review comes near, and when it is past', async () => {
  const now = school.now()
  school.pass(280 * 24)
  assert.equal((await stateOf('monitoring.assessed')).status, 'due')
  school.pass(40 * 24)
  assert.equal((await stateOf('monitoring.assessed')).status, 'overdue')
  assert.deepEqual(await app.read(schoolId, ({ scopes }) => scopes.coveredGroups()), [])
  school.setTime(now)
})
test('the day of a review is London’s: at half past eleven in summer, as Greenwich has it, it is over', async () => {
  const now = school.now()
  const covered = () => app.read(schoolId, ({ scopes }) => scopes.coveredGroups())
  await withGroup(school, 'infants', [])
  school.setTime('2027-06-01T09:00:00Z')
  const before = await covered()
  await monitored(school, ['infants'], { lead, dpo, head }, '2027-07-01')
  school.setTime('2027-07-01T22:30:00Z')
  assert.deepEqual(await covered(), ['infants', ...before])
  assert.equal((await stateOf('monitoring.assessed')).status, 'due')
  school.setTime('2027-07-01T23:30:00Z')
  assert.deepEqual(await covered(), before)
  assert.equal((await stateOf('monitoring.assessed')).status, 'overdue')
  await assert.rejects(monitored(school, ['infants'], { lead, dpo, head }, '2027-07-02'), /within the next year/)
  school.setTime(now)
})

const enrolled = await app.services.devices.enrol(manager, { name: 'Laptop', place: '' })
const speak = async (user: string): Promise<void> => {
  const said = { user, version: '1.0', waiting: 0 }
  assert.equal((await sayAsDevice(school, '/devices/beat', enrolled.token, said)).status, 200)
}
test('control monitoring.agents: met when every managed device has spoken within a day', async () => {
  assert.equal((await stateOf('monitoring.agents')).status, 'not-started')
  await speak('pia.small')
  assert.equal((await stateOf('monitoring.agents')).status, 'met')
})
test('control monitoring.agents: leaves met when one falls silent, or somebody unknown uses it', async () => {
  school.pass(25)
  assert.equal((await stateOf('monitoring.agents')).status, 'failing')
  await speak('a.stranger')
  const state = await stateOf('monitoring.agents')
  assert.equal(state.status, 'failing')
  assert.match(state.why, /nobody who is known/)
})
