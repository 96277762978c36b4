import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { mayAskOnward, problemWithDay } from './pack-onward.ts'

const school = await testSchool()
const { app, schoolId } = school
await app.change(systemActor(schoolId, 'set-up'), async ({ deadlines }) => {
  await deadlines.addTerm('Autumn 2026/27', '2026-09-02', '2026-12-18')
  await deadlines.addTerm('Spring 2026/27', '2027-01-05', '2027-03-25')
  return changed(undefined, { type: 'school.made' })
})
const head = await school.person('Ada Okoye', 'headteacher')
const chair = await school.person('Dee Marsh', 'chair')
const link = await school.person('Cy Dale', 'link-governor')
const governor = await school.person('Eli Stone', 'governor')

const issue = async () => (await (await school.browser(head)).post('/governors/packs', {})).location ?? ''
const today = () => school.now().toISOString().slice(0, 10).split('-').reverse()
const formOf = async (pack: string) =>
  /href="([^"]+\/onward\/[^"]+)"/.exec((await (await school.browser(chair)).get(pack)).html)?.[1] ?? ''
const digestOf = (html: string) => /name="digest" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? ''

test('a day on which the directors were told is neither in the future nor before the pack', () => {
  const issued = new Date('2026-11-20T15:00:00Z')
  const now = new Date('2026-11-24T12:00:00Z')
  assert.equal(problemWithDay('2026-11-20', issued, now), null)
  assert.equal(problemWithDay('2026-11-24', issued, now), null)
  assert.match(problemWithDay('2026-11-25', issued, now) ?? '', /today or in the past/)
  assert.match(problemWithDay('2026-11-19', issued, now) ?? '', /issued, or later/)
})

test('the next report of a pack is asked for once the one before is done', () => {
  assert.equal(mayAskOnward([]), true)
  assert.equal(mayAskOnward([{ report: null }]), false)
})

test('what the link governor asks for waits for the chair on their first page until it is recorded', async () => {
  const pack = await issue()
  const asker = await school.browser(link)
  assert.match((await asker.get(pack)).text, /Nothing in this pack had to be reported onward/)
  assert.equal((await asker.post(`${pack}/onward`, { reason: 'The filter failed for a week' })).status, 303)
  assert.equal((await asker.post(`${pack}/onward`, { reason: 'Again' })).status, 409)
  assert.equal((await asker.get(`${pack}/onward`)).status, 409)
  const reporter = await school.browser(chair)
  assert.match((await reporter.get('/')).text, /Report pack 1 onward to the directors/)

  const form = await formOf(pack)
  const digest = digestOf((await reporter.get(form)).html)
  const filled = { digest, to: 'The trust’s audit committee', on: today(), how: 'meeting' }
  assert.deepEqual((await reporter.post(form, { digest })).errors, [
    'Enter who it was reported to',
    'Enter the day it was reported',
    'Select how it was reported',
  ])
  assert.deepEqual((await reporter.post(form, { ...filled, on: ['1', '9', '2026'] })).errors, [
    'The day must be the day the pack was issued, or later',
  ])
  assert.equal((await reporter.post(form, { ...filled, digest: '0'.repeat(64) })).status, 409)
  assert.match((await reporter.get('/')).text, /Report pack 1 onward/, 'a refused report leaves the clock running')
  assert.equal((await reporter.post(form, filled)).status, 303)
  assert.equal((await reporter.post(form, filled)).status, 409, 'recorded once')

  const page = await (await school.browser(head)).get(pack)
  assert.match(page.text, /Done in time .* Reported to The trust’s audit committee on .* At a meeting/)
  assert.doesNotMatch((await reporter.get('/')).text, /Report pack 1 onward/)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['pack.reported-onward']))
  const issued = await app.read(schoolId, ({ ledger }) => ledger.latest(['pack.issued']))
  assert.equal(entry?.detail.digest, issued?.detail.digest)
  assert.equal(entry?.detail.deadline, 'met')
  const entries = await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 50 }))
  assert.ok(!/filter failed|audit committee/.test(JSON.stringify(entries)), 'no words in the ledger')
})

test('a report recorded after its time is late, although an earlier day is given', async () => {
  const pack = await issue()
  const day = today()
  await (await school.browser(chair)).post(`${pack}/onward`, { reason: 'A breach of data' })
  school.pass(24 * 20)
  const reporter = await school.browser(chair)
  const form = await formOf(pack)
  const digest = digestOf((await reporter.get(form)).html)
  assert.equal((await reporter.post(form, { digest, to: 'The trustees', on: day, how: 'email' })).status, 303)
  assert.match((await reporter.get(pack)).text, /Done late/)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['pack.reported-onward']))
  assert.equal(entry?.detail.deadline, 'late')
})

test('only the chair and the link governor pass a pack on; the others see that it was', async () => {
  const pack = await issue()
  for (const person of [head, governor]) {
    const browser = await school.browser(person)
    assert.equal((await browser.get(`${pack}/onward`)).status, 403)
    assert.equal((await browser.post(`${pack}/onward`, { reason: 'x' })).status, 403)
    assert.doesNotMatch((await browser.get(pack)).text, /Ask for this pack/)
  }
})

test('a pack altered in the database cannot be recorded as the copy that the directors were given', async () => {
  const pack = await issue()
  await (await school.browser(link)).post(`${pack}/onward`, { reason: 'Numbers to be seen above' })
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query(
    `update governors_pack set content = content || ' ', digest = encode(sha256(convert_to(content || ' ', 'UTF8')), 'hex')
      where number = (select max(number) from governors_pack)`,
  )
  await client.end()
  const reporter = await school.browser(chair)
  const form = await formOf(pack)
  const digest = digestOf((await reporter.get(form)).html)
  assert.equal((await reporter.post(form, { digest, to: 'The trustees', on: today(), how: 'hand' })).status, 409)
  const state = await app.read(schoolId, ({ deadlines }) => deadlines.latest(['pack.onward'], 1))
  assert.equal(state[0]?.state, 'open')
})

test('a school that has entered no term dates can report onward and ask, with working days counted', async () => {
  const bare = await testSchool()
  const by = await bare.person('Dee Marsh', 'chair')
  const issuer = await bare.browser(await bare.person('Ada Okoye', 'headteacher'))
  const pack = (await issuer.post('/governors/packs', {})).location ?? ''
  const browser = await bare.browser(by)
  assert.equal((await browser.post(`${pack}/onward`, { reason: 'A breach of data' })).status, 303)
  assert.equal((await browser.post(`${pack}/questions`, { question: 'What changed?' })).status, 303)
  const clocks = await bare.app.read(bare.schoolId, ({ deadlines }) =>
    deadlines.latest(['pack.onward', 'pack.question']),
  )
  // From Tuesday 24 November, ten working days.
  assert.deepEqual(
    clocks.map(({ dueAt }) => dueAt?.toISOString().slice(0, 10)),
    ['2026-12-08', '2026-12-08'],
  )
})
