import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canaries } from '@gatehouse/engine/concern/canaries'
import { createDetector } from '@gatehouse/engine/concern/index'
import { readConcernFiles } from '../concern-files.ts'
import { testSchool } from '../testing/test-school.ts'
import { detectorControls } from './detector-controls.ts'
import { deviceUser, monitored, sayAsDevice } from './flag-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const manager = await school.person('Ned Work', 'network-manager')
await deviceUser(school, 'Pia Small')

const detector = createDetector(readConcernFiles())
/** What this detector finds in the texts that every device is tried on. */
const found = canaries.map(({ id, kind, text }) => {
  const { flag, categories } = detector.detect({ text, kind, age: 'primary' })
  return { id, concerns: flag ? categories.map(({ name }) => name) : [] }
})
const send = (path: string, token: string, body: unknown) => sayAsDevice(school, path, token, body)
const speak = async (token: string) =>
  assert.equal((await send('/devices/beat', token, { user: 'pia.small', version: '1.0', waiting: 0 })).status, 200)
const tryOut = (token: string, results: unknown = found) =>
  send('/devices/check', token, { detector: detector.version, results })
const state = () => school.stateOf(detectorControls, 'monitoring.detector')
const one = await app.services.devices.enrol(manager, { name: 'Laptop 1', place: '' })

test('control monitoring.detector: met when every device that somebody monitored uses found what it was tried on', async () => {
  assert.equal((await state()).status, 'not-started')
  await speak(one.token)
  await tryOut(one.token)
  assert.match((await state()).why, /Nobody may be monitored/)
  await monitored(school, ['juniors'], { lead, dpo, head })
  assert.match((await state()).why, /No device/, 'what it said before says nothing of now')
  await speak(one.token)
  const good = await state()
  assert.equal(good.status, 'met', good.why)
  assert.equal(good.evidence, 'measured')
})
test('control monitoring.detector: leaves met when a detector finds nothing, cries wolf, or is not tried', async () => {
  const blind = found.map(each => (each.id === 'bullying' ? { ...each, concerns: [] } : each))
  assert.deepEqual((await tryOut(one.token, blind)).body, { missed: ['bullying'] })
  const wrong = await state()
  assert.equal(wrong.status, 'failing')
  assert.match(wrong.why, /bullying/)
  const messages = async () =>
    (await app.read(schoolId, reads => reads.messages.of(manager.personId))).filter(
      ({ kind }) => kind === 'device.check-failed',
    ).length
  assert.equal(await messages(), 1)
  await tryOut(
    one.token,
    found.map(each => (each.id === 'lesson' ? { ...each, concerns: ['violence'] } : each)),
  )
  assert.match((await state()).why, /without cause/)
  assert.equal(await messages(), 1, 'told once')
  await tryOut(one.token)
  assert.equal((await state()).status, 'met')
  const two = await app.services.devices.enrol(manager, { name: 'Laptop 2', place: '' })
  await speak(two.token)
  const untried = await state()
  assert.equal(untried.status, 'failing')
  assert.equal(untried.evidence, 'unknown')
  await tryOut(two.token)
  assert.equal((await state()).status, 'met')
})
test('control monitoring.detector: a device that is silent for longer than a school day is not known to flag anything', async () => {
  // From a Tuesday morning to its Wednesday night, and past it.
  school.pass(30)
  assert.equal((await state()).status, 'met')
  school.pass(12)
  const silent = await state()
  assert.equal(silent.status, 'failing')
  assert.equal(silent.evidence, 'unknown')
})

test('what a device was tried on is taken from its own key alone, and only as names', async () => {
  assert.equal((await tryOut('no.token')).status, 401)
  assert.equal((await tryOut(one.token, [{ id: 'crime', concerns: ['a secret of a child'] }])).status, 422)
  assert.equal((await tryOut(one.token, [{ id: 'crime', concerns: [], text: 'secret' }])).status, 422)
})
test('the list of devices says whose detector went wrong', async () => {
  await tryOut(one.token, [])
  const page = await (await school.browser(manager)).get('/monitoring/devices')
  assert.match(page.text, /Its detector went wrong/)
  assert.match(page.text, /Its detector works/)
})
