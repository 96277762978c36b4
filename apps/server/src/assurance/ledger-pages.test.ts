import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { verifyFile } from '@gatehouse/ledger/cli-verify'
import pg from 'pg'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { makeCheckpoint } from '../platform/checkpoints.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Ada Okoye', 'headteacher')
const dsl = await school.person('Ben Hart', 'dsl')
const link = await school.person('Cy Dale', 'link-governor')
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-ledger-'))
after(() => rmSync(folder, { recursive: true }))

const do_ = (type: string, subject?: string) =>
  app.change(systemActor(schoolId, 'test'), async () =>
    changed(undefined, { type, ...(subject ? { subject } : {}), detail: { n: 1 } }),
  )

async function asOwner(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query("set session_replication_role = 'replica'")
  await client.query(statement)
  await client.end()
}

test('a governor verifies the ledger by one button, and the answer is recorded', async () => {
  await makeCheckpoint(app.read, app.change, app.keys.ledger, schoolId)
  const browser = await school.browser(link)
  assert.match((await browser.get('/ledger')).text, /It has not been verified here yet/)
  const answer = await browser.post('/ledger/verify', {})
  assert.equal(answer.location, '/ledger/check')
  const page = await browser.get('/ledger/check')
  assert.match(page.text, /Whole/)
  assert.match(page.text, /1 signed checkpoint agrees with it/)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['ledger.verified']))
  assert.equal(entry?.actor, `person:${link.personId}`)
})

test('somebody without the right neither verifies nor reads the ledger', async () => {
  const browser = await school.browser(dsl)
  assert.equal((await browser.get('/ledger')).status, 403)
  assert.equal((await browser.post('/ledger/verify', {})).status, 403)
})

test('what protects the ledger is said as it is: nothing is active that was not seen', async () => {
  const { text } = await (await school.browser(head)).get('/ledger')
  assert.match(text, /Hash chain Active/)
  assert.match(text, /Heads outside the database Active/)
  assert.match(text, /Signed checkpoints Active/)
  assert.match(text, /Checkpoints by mail Not active Mail is not set up here/)
  assert.match(text, /Checkpoint on paper Not active/)
})

test('a checkpoint that was opened for printing counts as a copy for a month, and then as weak', async () => {
  const browser = await school.browser(head)
  const last = await app.read(schoolId, ({ checkpoints }) => checkpoints.last())
  assert.equal((await browser.get(`/ledger/checkpoints/${last?.size}/print`)).status, 200)
  assert.match((await browser.get('/ledger')).text, /Checkpoint on paper Active/)
  school.pass(24 * 40)
  assert.match((await (await school.browser(head)).get('/ledger')).text, /Checkpoint on paper Weak/)
})

test('an entry about a case that the reader may not open stays closed, and a filter does not give it away', async () => {
  await do_('case.opened', 'case:0190aaaa-0000-7000-8000-000000000001')
  await do_('term.began')
  const browser = await school.browser(link)
  const all = await browser.get('/ledger/entries')
  assert.match(all.text, /Something about a case, a report or a flag that you may not open/)
  assert.doesNotMatch(all.html, /0190aaaa/)
  assert.match(all.text, /Term began/)
  const cases = await browser.get('/ledger/entries?kind=case')
  assert.match(cases.text, /Nothing that you may read matches/)
})

test('what is recorded of a flag is closed to those who may not open it', async () => {
  await do_('flag.received', 'flag:0190bbbb-0000-7000-8000-000000000001')
  await do_('flag.refused', 'sender:device:0190bbbb')
  const browser = await school.browser(link)
  const all = await browser.get('/ledger/entries')
  assert.doesNotMatch(all.html, /0190bbbb/)
  assert.match((await browser.get('/ledger/entries?kind=flag')).text, /Nothing that you may read matches/)
})

test('entries say in which role somebody acted and never give a name', async () => {
  const page = await (await school.browser(head)).get('/ledger/entries?kind=ledger')
  assert.match(page.text, /verified and found whole .*by Link governor/)
  assert.doesNotMatch(page.text, /Cy Dale/)
})

test('an exported stretch verifies with neither server nor database, and one altered byte is named', async () => {
  for (let n = 0; n < 5; n++) await do_('test.counted')
  await makeCheckpoint(app.read, app.change, app.keys.ledger, schoolId)
  const last = await app.read(schoolId, ({ ledger }) => ledger.head())
  const browser = await school.browser(link)
  const answer = await browser.post('/ledger/export', { from: '3', to: String(last?.seq) })
  assert.equal(answer.status, 200)
  const file = join(folder, 'slice.ndjson')
  writeFileSync(file, answer.html)
  const verdict = await verifyFile(file, { vkeys: [app.services.ledger.key(schoolId)] })
  assert.equal(verdict.ok, true, verdict.problem?.sentence)
  assert.equal(verdict.firstSeq, 3)
  assert.ok(verdict.checkpoints.checked >= 1)
  writeFileSync(file, answer.html.replace('test.counted', 'test.Counted'))
  assert.equal((await verifyFile(file)).ok, false)
})

test('a stretch that is not there is refused in words', async () => {
  const answer = await (await school.browser(link)).post('/ledger/export', { from: '3', to: '99999' })
  assert.equal(answer.status, 400)
  assert.match(answer.errors[0] ?? '', /Last entry must be a number from 3 to \d+/)
})

test('after an alteration by SQL the page names the entry and says it is altered', async () => {
  await asOwner(`update ledger_entry set actor = 'person:nobody' where school_id = '${schoolId}' and seq = 2`)
  const browser = await school.browser(link)
  await browser.post('/ledger/verify', {})
  const page = await browser.get('/ledger/check')
  assert.match(page.text, /Altered/)
  assert.match(page.text, /Entry 2/)
})

test('a stretch with an entry about the person who asks for it does not leave by their hand', async () => {
  const from = ((await app.read(schoolId, ({ ledger }) => ledger.head()))?.seq ?? 0) + 1
  await app.change(systemActor(schoolId, 'test'), async ({ cases }) => {
    const { caseId, events } = await cases.open({
      category: 'conduct',
      kind: 'cyberbullying',
      seriousness: 'low',
      audience: ['dsl', 'chair'],
      ownerRole: 'chair',
      subjects: [link.personId],
      involved: [],
      happenedAt: null,
      reportedAt: school.now(),
      origin: 'report:1',
      summary: 'Something about a governor',
    })
    return changed(caseId, { type: 'report.received' }, ...events)
  })
  const to = String((await app.read(schoolId, ({ ledger }) => ledger.head()))?.seq)
  const other = await school.person('Olga Chair', 'chair')
  const asSubject = await (await school.browser(link)).post('/ledger/export', { from: String(from), to })
  assert.equal(asSubject.status, 400)
  assert.doesNotMatch(asSubject.html, /cyberbullying/)
  assert.equal((await (await school.browser(other)).post('/ledger/export', { from: String(from), to })).status, 200)
})
