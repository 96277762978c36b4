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
const chair = await school.person('Dee Marsh', 'chair')

const stateOf = (id: string) => school.stateOf(app.controls, id)
const statusOf = async (id: string) => (await stateOf(id)).status
const days = (count: number) => school.pass(24 * count)
const issue = async () => (await (await school.browser(head)).post('/governors/packs', {})).location ?? ''

const askOnward = async () => {
  const pack = await issue()
  const browser = await school.browser(link)
  assert.deepEqual((await browser.post(`${pack}/onward`, { reason: '' })).errors, [
    'Enter why the directors need to know',
  ])
  assert.equal((await browser.post(`${pack}/onward`, { reason: 'The filter failed for a week' })).status, 303)
  return pack
}
/** As the chair does it: from the pack to the form, with the digest that the form carries. */
const reportOnward = async (pack: string) => {
  const browser = await school.browser(chair)
  const form = /href="([^"]+\/onward\/[^"]+)"/.exec((await browser.get(pack)).html)?.[1] ?? ''
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec((await browser.get(form)).html)?.[1] ?? ''
  const [year = '', month = '', day = ''] = school.now().toISOString().slice(0, 10).split('-')
  return browser.post(form, { digest, to: 'The trust’s audit committee', on: [day, month, year], how: 'meeting' })
}

test('control assurance.reported-onward: met when a pack asked for is reported and recorded in time', async () => {
  const unused = await stateOf('assurance.reported-onward')
  assert.equal(unused.status, 'not-applicable')
  assert.equal(unused.why, 'Nothing had to be reported onward.')
  const pack = await askOnward()
  assert.equal(await statusOf('assurance.reported-onward'), 'due', 'asking is not reporting')
  days(2)
  assert.equal((await reportOnward(pack)).status, 303)
  const state = await stateOf('assurance.reported-onward')
  assert.equal(state.status, 'met')
  assert.equal(state.evidence, 'measured')
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['pack.reported-onward']))
  assert.equal(state.proofs[0]?.seq, entry?.seq)
})

test('control assurance.reported-onward: leaves met when the time passes with nothing recorded, and a late record does not bring it back', async () => {
  const pack = await askOnward()
  days(9)
  assert.equal(await statusOf('assurance.reported-onward'), 'due')
  days(8)
  assert.equal(await statusOf('assurance.reported-onward'), 'overdue')
  assert.equal((await reportOnward(pack)).status, 303)
  assert.equal(await statusOf('assurance.reported-onward'), 'failing')
  await reportOnward(await askOnward())
  assert.equal(await statusOf('assurance.reported-onward'), 'met')
  days(366)
  const old = await stateOf('assurance.reported-onward')
  assert.equal(old.status, 'not-applicable', 'what was done a year ago says nothing of now')
})
