import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { caseWorld } from '../incidents/case-world.ts'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { startPrivatePostgres } from '../platform/postgres/private-postgres.ts'
import { migrate } from '../platform/database.ts'
import { noteSteppedBackWhileAway } from '../worker.ts'
import { type TestSchool, testSchool } from './test-school.ts'

/* What goes wrong around the product: the disk, the database, the clock, two people at once, a form sent twice or too late. */

const folders: string[] = []
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'gatehouse-faults-'))
  folders.push(made)
  return made
}
after(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true })
})

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const dsl = await school.person('Dora Safe', 'dsl')
const manager = await school.person('Ned Work', 'network-manager')
const head = await school.person('Hetty Head', 'headteacher')
const count = (type: string, id = schoolId): Promise<number> =>
  app.read(id, ({ ledger }) => ledger.count({ types: [type] }))
const proposal = {
  site: 'vikings.example',
  action: 'allow',
  groups: ['juniors'],
  reason: 'For the Vikings',
  owner: 'dsl',
  reviewOn: ['27', '3', '2027'],
}
const report = {
  who: 'pupil',
  danger: 'no',
  topic: 'conduct',
  kind: 'cyberbullying',
  words: 'Something on a game worried me',
  when: 'today',
  place: 'school',
  about: 'nobody',
  reply: 'no',
}
const mustBeWhole = async (at: TestSchool, id: string): Promise<void> => {
  const verdict = await at.app.services.ledger.check(id)
  assert.ok(verdict.ok, verdict.problem?.sentence)
}
const digestOf = (html: string): string =>
  /name="digest" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? assert.fail('the page holds no digest')

/** Writes a proposal, looks at its replay, and sends it. @returns where it stands. */
async function proposed(site: string): Promise<string> {
  const browser = await school.browser(manager)
  const drafted = await browser.post('/internet/changes/new', { ...proposal, site })
  const draft = drafted.location ?? assert.fail(drafted.text)
  const sent = await browser.post(`${draft}/send`, { digest: digestOf((await browser.get(draft)).html) })
  return sent.location ?? assert.fail(sent.text)
}

test('a proposal sent twice is one proposal, and the second click lands on it', async () => {
  const browser = await school.browser(manager)
  const before = await count('filter-change.proposed')
  const drafted = await browser.post('/internet/changes/new', proposal)
  const draft = drafted.location ?? assert.fail(drafted.text)
  const twice = { digest: digestOf((await browser.get(draft)).html), _once: 'b'.repeat(32) }
  const [first, second] = [await browser.post(`${draft}/send`, twice), await browser.post(`${draft}/send`, twice)]
  assert.equal(first.status, 303, first.text)
  assert.equal(second.location, first.location)
  assert.equal(await count('filter-change.proposed'), before + 1)
})

test('of two people who decide at the same moment one decides, and the other is told', async () => {
  const path = await proposed('romans.example')
  const browsers = [await school.browser(dsl), await school.browser(head)]
  const pages = await Promise.all(browsers.map(browser => browser.get(path)))
  const answers = await Promise.all(
    browsers.map((browser, n) =>
      browser.post(`${path}/decide`, {
        verdict: n === 0 ? 'approved' : 'refused',
        reason: `Reason ${n}`,
        digest: digestOf(pages[n]?.html ?? ''),
      }),
    ),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 409])
  const told = answers.find(({ status }) => status === 409)
  assert.match(told?.html ?? '', /Reason [01]/, 'what the other one wrote is still there')
  // One approved and applied it, or one refused it: never both.
  const decided = (await count('filter-change.approved')) + (await count('filter-change.refused'))
  assert.equal(
    decided,
    1,
    JSON.stringify((await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 10 }))).map(({ type }) => type)),
  )
})

test('a decision sent twice is one decision', async () => {
  const path = await proposed('celts.example')
  const browser = await school.browser(dsl)
  const digest = digestOf((await browser.get(path)).html)
  const before = await count('filter-change.approved')
  const twice = { verdict: 'approved', reason: 'Yes', digest, _once: 'c'.repeat(32) }
  const first = await browser.post(`${path}/decide`, twice)
  const second = await browser.post(`${path}/decide`, twice)
  assert.equal(first.location, path, first.text)
  assert.equal(second.location, path)
  assert.equal(await count('filter-change.approved'), before + 1)
})

test('a case note sent after the session ended is still there after signing in, and is kept once it is sent again', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const browser = await world.as(world.who.dsl)
  const words = 'Spoke to both families; the second one rang back at four'
  school.pass(0.6)
  const late = await browser.post(`/cases/${id}/notes`, { words })
  assert.equal(late.status, 401)
  assert.ok(late.html.includes(words))
  assert.equal(await count('case.note-added', world.schoolId), 0)
  const again = await world.as(world.who.dsl)
  assert.equal((await again.post(`/cases/${id}/notes`, { words })).status, 303)
})

test('a clock set back ends sessions, is written down at the next start, and leaves the ledger whole', async () => {
  const back = await testSchool()
  const person = await back.person('Dora Safe', 'dsl')
  back.pass(4)
  const browser = await back.browser(person)
  assert.equal((await browser.get('/')).status, 200)
  back.pass(-3)
  assert.match((await browser.get('/')).location ?? '', /^\/sign-in/, 'idleness can no longer be known')
  const said: string[] = []
  await noteSteppedBackWhileAway(back.app, [back.schoolId], line => said.push(line))
  assert.match(said[0] ?? '', /the clock was set back/)
  const entry = await back.app.read(back.schoolId, ({ ledger }) => ledger.latest(['clock.stepped']))
  assert.equal(entry?.detail.seen, 'at start')
  // Work goes on, with the time that the clock shows, and the chain does not mind.
  assert.equal((await (await back.browser(person)).get('/')).status, 200)
  await back.person('Later Person', 'teacher')
  await mustBeWhole(back, back.schoolId)
})

/** Limits this process to files of so many bytes, as a full disk would; the rest of `work` meets EFBIG from the kernel. */
async function withFilesUpTo<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  const limit = (to: string) => {
    const { status, stderr } = spawnSync('prlimit', [`--pid=${process.pid}`, `--fsize=${to}:unlimited`], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  }
  const survive = () => undefined
  process.on('SIGXFSZ', survive)
  limit(String(bytes))
  try {
    return await work()
  } finally {
    limit('unlimited')
    process.off('SIGXFSZ', survive)
  }
}

test('on a disk with no room evidence is refused with a sentence, nothing of it stays, and the next file is taken', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const browser = await world.as(world.who.dsl)
  const upload = { field: 'evidence', name: 'plan.txt', content: Buffer.alloc(50_000, 'x'), type: 'text/plain' }
  const stored = () => {
    const at = join(school.dataFolder, 'evidence', world.schoolId)
    return existsSync(at) ? readdirSync(at) : []
  }
  const refused = await withFilesUpTo(20_000, () => browser.postFile(`/cases/${id}/evidence`, {}, upload))
  assert.equal(refused.status, 503, refused.text)
  assert.match(refused.text, /no room left for files, so nothing was kept/)
  assert.deepEqual(stored(), [])
  assert.equal(await count('evidence.added', world.schoolId), 0)
  assert.equal((await browser.postFile(`/cases/${id}/evidence`, {}, upload)).status, 303)
  assert.equal(stored().length, 1)
  await mustBeWhole(school, world.schoolId)
})

test('when the head of the ledger cannot be noted the change stands, it is said aloud, and the note catches up', async () => {
  const full = await testSchool()
  await full.person('First Person', 'teacher')
  const file = join(full.dataFolder, 'ledger-heads', full.schoolId)
  // Room for half a line, so that one is torn.
  await withFilesUpTo(statSync(file).size + 20, () => full.person('Second Person', 'teacher'))
  assert.match(full.logged.at(-1) ?? '', /COULD NOT BE NOTED OUTSIDE THE DATABASE/)
  assert.equal(readFileSync(file, 'utf8').endsWith('\n'), false, 'the last line is torn')
  await mustBeWhole(full, full.schoolId)
  await full.person('Third Person', 'teacher')
  const head_ = await full.app.read(full.schoolId, ({ ledger }) => ledger.head())
  assert.ok(readFileSync(file, 'utf8').endsWith(`\n${head_?.seq} ${head_?.hash}\n`))
  await mustBeWhole(full, full.schoolId)
})

test('while the database is away what was typed is kept, and when it is back everything goes on without a restart', {
  timeout: 120_000,
}, async () => {
  const dataFolder = folder()
  const keysFolder = join(dataFolder, 'keys')
  mkdirSync(keysFolder, { mode: 0o700 })
  const start = () => startPrivatePostgres({ dataFolder, keysFolder, log: () => undefined })
  let cluster = await start()
  await migrate(cluster.url)
  const away = await testSchool({
    database: { ownerUrl: cluster.url, keysFolder, drop: () => cluster.stop() },
  })
  await away.app.change(systemActor(away.schoolId, 'test'), async ({ deadlines }) => {
    await deadlines.addTerm('Autumn', '2026-09-01', '2026-12-19')
    return changed(undefined, { type: 'term.added' })
  })
  const person = await away.person('Hetty Head', 'headteacher')
  const browser = await away.browser(person)
  assert.equal((await browser.get('/policy')).status, 200)
  const words = 'A child told me at break that somebody online asks for her address'
  const visitor = await away.browser()
  await visitor.get('/report')

  await cluster.stop()
  const page = await browser.get('/policy')
  assert.equal(page.status, 503)
  assert.match(page.text, /cannot reach its database/)
  const sent = await visitor.post('/report/send', { ...report, words })
  assert.equal(sent.status, 503)
  assert.ok(sent.html.includes(words), 'the words are still there')
  assert.doesNotMatch(sent.html, /\.ts:\d+|ECONN|ENOENT/)
  assert.ok(!away.logged.some(line => line.includes(words)), 'and not in the log')

  cluster = await start()
  assert.equal((await browser.get('/policy')).status, 200)
  const received = await visitor.post('/report/send', { ...report, words })
  assert.equal(received.status, 200, received.text)
  assert.equal(await away.app.read(away.schoolId, ({ ledger }) => ledger.count({ types: ['report.received'] })), 1)
  await mustBeWhole(away, away.schoolId)
})

test('a report sent twice is one report', async () => {
  const visitor = await school.browser()
  await visitor.get('/report')
  const before = await count('report.received')
  const twice = { ...report, _once: 'd'.repeat(32) }
  const first = await visitor.post(`/report/send?school=${schoolId}`, twice)
  const second = await visitor.post(`/report/send?school=${schoolId}`, twice)
  assert.equal(first.status, 200, first.text)
  assert.equal(second.status, 200)
  assert.equal(second.h1, first.h1)
  assert.equal(await count('report.received'), before + 1)
})

test('a second serve on the same data folder is refused, and says why', { timeout: 120_000 }, async t => {
  const dataFolder = folder()
  const command = join(import.meta.dirname, '../../bin/gatehouse')
  const environment = { ...process.env, GATEHOUSE_DATA: dataFolder, PORT: '0', PROXY_PORT: '0' }
  const first = spawn(command, ['serve'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => first.kill('SIGTERM'))
  const ended = new Promise<number | null>(resolve => first.on('exit', resolve))
  let said = ''
  for (const stream of [first.stdout, first.stderr])
    stream.on('data', chunk => {
      said += chunk
    })
  const patience = Date.now() + 90_000
  while (!/The internet filter is running/.test(said)) {
    assert.ok(Date.now() < patience && first.exitCode === null, said)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const second = spawnSync(command, ['serve'], { env: environment, encoding: 'utf8', timeout: 60_000 })
  assert.notEqual(second.status, 0)
  assert.match(second.stderr, /Gatehouse already runs on the data folder .* \(process \d+|process \d+ since/)
  assert.ok(second.stderr.includes(dataFolder))
  assert.equal(second.stderr.trim().split('\n').length, 1, second.stderr)
  first.kill('SIGTERM')
  assert.equal(await ended, 0, said)
})
