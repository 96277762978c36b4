import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { evidenceRows, shownOf } from './governors-shown.ts'
import type { Cell, Group } from './figures.ts'

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

const tally = (id: Group['id'], total: number, counts: Readonly<Record<string, number>>): Group => ({
  id,
  title: 'A figure',
  total,
  least: total,
  before: null,
  cells: Object.entries(counts).map(([cell, value]): Cell => ({ id: cell, label: cell, value, tone: 'quiet' })),
  says: 'Something.',
  tone: 'quiet',
  ask: 'What?',
})
const leads = (group: Group) => {
  const term = { name: 'Autumn', from: new Date(0), to: new Date(1) }
  const [figure] = shownOf({ term, ledger: { entries: 1, head: '' }, groups: [group] }).groups
  return figure?.words ?? figure?.value
}

test('a figure leads with what went wrong, else with how much stands, and never with a bare sum', () => {
  assert.equal(leads(tally('time', 27, { kept: 14, late: 3, missed: 10 })), '10 missed of 27')
  assert.equal(leads(tally('time', 27, { kept: 24, late: 3, missed: 0 })), '3 late of 27')
  assert.equal(leads(tally('time', 27, { kept: 27, late: 0, missed: 0 })), 'All 27 kept')
  assert.equal(leads(tally('time', 0, { kept: 0, late: 0, missed: 0 })), 0)
  assert.equal(leads(tally('clauses', 1423, { met: 37 })), '37 of 1,423 met')
})

const entry = (seq: number, type: string, at: string, subject: string | null) => ({
  seq,
  at,
  school: schoolId,
  actor: 'system:test',
  type,
  subject,
  detail: {},
  prev: '0'.repeat(64),
  hash: '1'.repeat(64),
})
const reportsIn = (month: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    entry(n + 1, 'report.received', `2026-${month}-10T09:00:00.000Z`, `report:${n}`),
  )

test('evidence says what each entry tells and when; of reports the month, and only where no month has fewer than five', () => {
  const [missed] = evidenceRows([entry(7, 'deadline.missed', '2026-11-10T09:00:00.000Z', 'duty:review')])
  assert.equal(missed?.sentence, 'A deadline passed with nothing done')
  assert.equal(missed?.at, '2026-11-10T09:00:00.000Z')
  for (const row of evidenceRows([...reportsIn('10', 5), ...reportsIn('11', 6)])) {
    assert.equal(row.sentence, 'A concern was reported')
    assert.equal(row.at, null)
    assert.match(row.month ?? '', /^(October|November) 2026$/)
  }
  for (const row of evidenceRows([...reportsIn('10', 5), ...reportsIn('11', 1)])) {
    assert.equal(row.sentence, 'A concern was reported')
    assert.equal(row.month, null)
  }
})

test('a single deadline of a case among others takes the days from all of them, and a rare kind keeps its sentence back', () => {
  const dull = Array.from({ length: 5 }, (_, n) =>
    entry(n + 1, 'deadline.missed', '2026-11-10T09:00:00.000Z', 'duty:x'),
  )
  for (const row of evidenceRows([...dull, entry(6, 'deadline.missed', '2026-11-11T09:00:00.000Z', 'case:x')])) {
    assert.equal(row.at, null)
    assert.equal(row.month, 'November 2026')
  }
  for (const row of evidenceRows([...dull, entry(6, 'case.closed', '2026-11-11T09:00:00.000Z', 'case:x')]))
    assert.equal(row.sentence, null)
})

test('the page of evidence shows the sentence and day of each entry before its hash', async () => {
  const page = await (await school.browser(link)).get('/governors/evidence/filter')
  assert.match(
    page.text,
    /A change of the filter was tested as a pupil and as a member of staff, .*Entry \d+ of the ledger/,
  )
})
