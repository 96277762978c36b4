import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
await app.change(systemActor(schoolId, 'set-up'), async ({ deadlines }) => {
  await deadlines.addTerm('Summer 2025/26', '2026-04-13', '2026-07-20')
  await deadlines.addTerm('Autumn 2026/27', '2026-09-02', '2026-12-18')
  await deadlines.addTerm('Spring 2026/27', '2027-01-05', '2027-03-25')
  return changed(undefined, { type: 'school.made' })
})
const head = await school.person('Ada Okoye', 'headteacher')
const link = await school.person('Cy Dale', 'link-governor')
const dsl = await school.person('Ben Hart', 'dsl')

const openCases = async (category: string, count: number) => {
  for (let n = 0; n < count; n++)
    await app.change(systemActor(schoolId, 'test'), async () =>
      changed(n, { type: 'case.opened', subject: `case:${category}${n}`, detail: { category } }),
    )
}
const issue = async (): Promise<string> => {
  const answer = await (await school.browser(head)).post('/governors/packs', {})
  assert.equal(answer.status, 303)
  return answer.location ?? ''
}

test('the term shows on one page, and one case of its kind shows neither as a number nor by subtraction', async () => {
  await openCases('conduct', 1)
  await openCases('content', 7)
  const page = await (await school.browser(link)).get('/governors')
  assert.equal(page.status, 200)
  assert.match(page.text, /Autumn 2026\/27/)
  assert.match(page.text, /Cases opened, by kind At least 8/)
  assert.match(page.text, /Content 7/)
  assert.match(page.text, /Conduct fewer than 5/)
  const evidence = await (await school.browser(link)).get('/governors/evidence/cases')
  assert.match(evidence.text, /could pick a child out/)
})

test('a test of the filter that failed, or that proved nothing, is counted as no pass', async () => {
  for (const result of ['passed', 'failed', 'unproven'])
    await app.change(systemActor(schoolId, 'test'), async () =>
      changed(undefined, { type: 'filter-change.tested', subject: 'filter-change:1', detail: { result } }),
    )
  const page = await (await school.browser(link)).get('/governors')
  assert.match(page.text, /Tests from the pupil’s side that passed 1 Tests that failed or proved nothing 2/)
  assert.match(page.text, /Changes of the filter, and tests 0 Not in order/)
})

test('the page is for governors and those who answer to them, and nobody else', async () => {
  assert.equal((await (await school.browser(dsl)).get('/governors')).status, 403)
  assert.equal((await (await school.browser(link)).post('/governors/packs', {})).status, 403)
})

test('a pack that was issued stays as it was signed, and the next one shows the incident that came late', async () => {
  const first = await issue()
  const governor = await school.browser(link)
  const before = await governor.get(first)
  assert.match(before.text, /Content 7/)
  // In the next term somebody writes down what was reported in this one.
  const reportedAt = school.now().toISOString()
  school.setTime('2027-01-12T10:00:00.000Z')
  for (let n = 0; n < 3; n++)
    await app.change(systemActor(schoolId, 'test'), async () =>
      changed(n, { type: 'case.opened', subject: `case:late${n}`, detail: { category: 'content', reportedAt } }),
    )
  const visitor = await school.browser(link)
  const after = await visitor.get(first)
  assert.match(after.text, /Content 7/)
  assert.equal(/([0-9a-f]{64})/.exec(after.html)?.[1], /([0-9a-f]{64})/.exec(before.html)?.[1])
  const second = await visitor.get(await issue())
  assert.match(second.text, /Spring 2026\/27/)
  assert.match(second.text, /Pack 1, Cases opened, by kind: Content: was 7, is now 10/)
  assert.match(second.text, /Cases opened, by kind 0/)
  school.setTime('2026-11-24T12:15:00.000Z')
})

test('opening a pack leaves a receipt, and signing it names what was shown', async () => {
  const pack = await issue()
  const governor = await school.browser(link)
  assert.match((await governor.get(pack)).text, /Cy Dale read it on/)
  const shown = await governor.get(pack)
  const digest = /([0-9a-f]{64})/.exec(shown.html)?.[1] ?? ''
  assert.equal((await governor.post(`${pack}/sign`, { digest: '0'.repeat(64) })).status, 409)
  assert.equal((await governor.post(`${pack}/sign`, { digest })).status, 303)
  assert.match((await governor.get(pack)).text, /Cy Dale read it on .* signed on/)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['pack.signed']))
  assert.equal(entry?.detail.digest, digest)
})

test('a question reaches the headteacher as a deadline, and its answer reaches whoever asked', async () => {
  const pack = await issue()
  const governor = await school.browser(link)
  assert.deepEqual((await governor.post(`${pack}/questions`, { question: '' })).errors, ['Enter your question'])
  await governor.post(`${pack}/questions`, { question: 'What did we change?' })
  const headteacher = await school.browser(head)
  assert.match((await headteacher.get('/')).text, /Answer a governor’s question/)
  const link_ = /href="([^"]+\/answer\/[^"]+)"/.exec((await headteacher.get(pack)).html)?.[1] ?? ''
  assert.equal((await headteacher.post(link_, { question: 'x', answer: 'The search engine is locked.' })).status, 303)
  assert.match((await governor.get(pack)).text, /The search engine is locked/)
  assert.doesNotMatch((await headteacher.get('/')).text, /Answer a governor’s question/)
  const entries = await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 50 }))
  assert.ok(!JSON.stringify(entries).includes('search engine'), 'no words in the ledger')
})

test('a pack altered in the database says so and cannot be signed', async () => {
  const pack = await issue()
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  // The digest beside it is made to fit: the one in the ledger cannot be.
  const { rows } = await client.query('select content from governors_pack order by number desc limit 1')
  const forged = String(rows[0].content).replace(
    '"label":"Content","tone":"quiet","value":7',
    '"label":"Content","tone":"quiet","value":0',
  )
  assert.notEqual(forged, rows[0].content)
  await client.query(
    "update governors_pack set content = $1, digest = encode(sha256(convert_to($1, 'UTF8')), 'hex') where content = $2",
    [forged, rows[0].content],
  )
  await client.end()
  const governor = await school.browser(link)
  const page = await governor.get(pack)
  assert.match(page.text, /This is not what was issued/)
  assert.equal(
    (await governor.post(`${pack}/sign`, { digest: /([0-9a-f]{64})/.exec(page.html)?.[1] ?? '' })).status,
    409,
  )
})
