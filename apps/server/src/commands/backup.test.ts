import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, type TestContext, test } from 'node:test'
import { Decrypter } from 'age-encryption'
import pg from 'pg'
import { runCommand } from '../cli.ts'
import { readConfig } from '../config.ts'
import { openInstallation } from '../installation.ts'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { systemClock } from '../platform/clock.ts'
import { Refusal } from '../platform/refusal.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const place = mkdtempSync(join(tmpdir(), 'gatehouse-backup-'))
const backups = join(place, 'backups')
const identity = join(place, 'identity.txt')
mkdirSync(backups)
let made = 0
after(() => rmSync(place, { recursive: true }))

const dsl = await school.person('Dora Sills', 'dsl')
const kept = { id: '', evidence: '' }
const gone = { id: '', keyId: '' }
const photo = Buffer.from('GIF89a what a child sent 🐝')

async function asOwner(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
async function emptyDatabase(t: TestContext): Promise<string> {
  const name = `restored_${made++}_${process.pid}`
  await asOwner(`create database ${name}`)
  t.after(() => asOwner(`drop database if exists ${name} with (force)`))
  const url = new URL(school.database.ownerUrl)
  url.pathname = `/${name}`
  return url.toString()
}
async function gatehouse(dataFolder: string, databaseUrl: string, ...words: string[]) {
  const out: string[] = []
  const said: string[] = []
  const environment = { GATEHOUSE_DATA: dataFolder, DATABASE_URL: databaseUrl }
  const status = await runCommand(words, {
    environment,
    input: Readable.from([]),
    out: line => out.push(line),
    say: line => said.push(line),
  })
  return { status, out, said: said.join('\n') }
}
const here = (...words: string[]) => gatehouse(school.dataFolder, school.database.ownerUrl, ...words)
/** A new machine: an empty data folder and database, and the operator's copy of the keys. */
async function newMachine(t: TestContext, name: string, keys = true) {
  const data = join(place, name)
  mkdirSync(data)
  if (keys) cpSync(join(school.dataFolder, 'keys'), join(data, 'keys'), { recursive: true })
  return { data, url: await emptyDatabase(t) }
}
const openCase = (summary: string) =>
  app.change(systemActor(schoolId, 'test'), async ({ cases }) => {
    const { caseId, events } = await cases.open({
      category: 'conduct',
      kind: 'cyberbullying',
      seriousness: 'medium',
      audience: ['headteacher', 'dsl'],
      ownerRole: 'dsl',
      subjects: [],
      involved: [],
      happenedAt: null,
      reportedAt: school.now(),
      origin: 'report:1',
      summary,
    })
    return changed(caseId, { type: 'report.received' }, ...events)
  })

before(async () => {
  kept.id = await openCase('Kept: Messages about a pupil 🐝 "quoted"\nand a second line')
  gone.id = await openCase('To be erased')
  gone.keyId = (await app.read(schoolId, ({ cases }) => cases.get(dsl, gone.id))).keyId
  kept.evidence = (
    await app.services.evidence.add(dsl, kept.id, { name: 'photo.gif', claimedType: 'image/gif', content: photo })
  ).id
  // A day of the web log that is closed: its rows are in a sealed file and nowhere else.
  app.filtering.lists.ensure(app.clock())
  const at = (app.clock().getTime() - 60 * 86_400_000) / 1000
  async function* lines() {
    yield [`${at.toFixed(3)} 1 10.0.0.5 TCP_MISS/200 1 GET http://sealed.example/page - NONE/- -`]
  }
  await app.services.activity.importLog(schoolId, lines(), { lists: app.filtering.lists.open().lists })
  assert.equal(await app.services.activityArchive.seal(schoolId), 1)
})
const wholeLog = { from: new Date('2020-01-01'), to: new Date('2100-01-01') }

test('without a recipient nothing is backed up, and the verb says what to do', async () => {
  const { status, said } = await here('backup', backups)
  assert.equal(status, 2)
  assert.match(said, /gatehouse backup setup/)
  assert.deepEqual(readdirSync(backups), [])
})

test('setting up shows the identity once, keeps only the recipient, and does not replace one unasked', async () => {
  const { status, out } = await here('backup', 'setup')
  assert.equal(status, 0)
  writeFileSync(identity, out.join('\n'))
  const secret = out.find(line => line.startsWith('AGE-SECRET-KEY-1')) ?? ''
  assert.ok(secret)
  for (const name of readdirSync(join(school.dataFolder, 'keys'), { recursive: true, encoding: 'utf8' }))
    assert.ok(!readFileSync(join(school.dataFolder, 'keys', name), 'utf8').includes(secret), name)
  assert.equal((await here('backup', 'setup')).status, 2)
})

test('a backup holds neither keys nor anything readable, and its list of digests is inside', async () => {
  const { status, out, said } = await here('backup', backups)
  assert.equal(status, 0, said)
  const file = out[0] ?? ''
  const raw = readFileSync(file)
  assert.equal(raw.subarray(0, 21).toString(), 'age-encryption.org/v1')
  assert.ok(!raw.includes('ledger_entry'))
  const decrypter = new Decrypter()
  decrypter.addIdentity(readFileSync(identity, 'utf8').split('\n').at(-1) ?? '')
  const plain = Buffer.from(await decrypter.decrypt(raw))
  assert.ok(plain.includes('manifest.json'))
  assert.ok(plain.includes(kept.id), 'the rows are there')
  const field = readFileSync(join(school.dataFolder, 'keys', 'field'), 'utf8').trim()
  const secrets = [field, Buffer.from(field, 'base64'), Buffer.from(field, 'base64').toString('hex')]
  for (const name of ['ledger.pem', 'bundle.pem', 'secret']) {
    const lines = readFileSync(join(school.dataFolder, 'keys', name), 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('-----'))
    secrets.push(...lines)
  }
  assert.ok(secrets.length >= 6)
  for (const secret of secrets) assert.ok(!plain.includes(secret), 'a key is in the backup')
  assert.ok(!plain.includes('Messages about a pupil'), 'what a child said is closed even inside the backup')
})

test('after the school is lost, the backup brings it back whole, and what was erased since stays erased', async t => {
  // Erased after the backup was made: the backup still holds its sealed key.
  await app.services.erasure.eraseRecord(dsl, { keyId: gone.keyId, subject: `case:${gone.id}`, reason: 'retention' })
  const file = await app.read(schoolId, ({ cases }) => cases.get(dsl, gone.id))
  await assert.rejects(
    app.read(schoolId, ({ cases }) => cases.words(file)),
    Refusal,
  )
  assert.equal((await here('ledger', 'verify')).status, 0, 'the chain verifies after an erasure')

  const { data, url } = await newMachine(t, 'second')
  const { status, out, said } = await gatehouse(data, url, 'restore', backups, '--identity', identity)
  assert.equal(status, 0, said + out.join('\n'))
  assert.match(out.join('\n'), /is whole/)
  assert.match(said, /1 record that was erased since the backup is erased again/)

  const restored = await openInstallation(
    readConfig({ GATEHOUSE_DATA: data, DATABASE_URL: url }),
    systemClock,
    () => undefined,
  )
  try {
    const { read, services } = restored.app
    const found = await read(schoolId, ({ cases }) => cases.get(dsl, kept.id))
    assert.equal(
      (await read(schoolId, ({ cases }) => cases.words(found))).summary,
      'Kept: Messages about a pupil 🐝 "quoted"\nand a second line',
    )
    const opened = await services.evidence.open(dsl, kept.id, kept.evidence, 'working', null)
    assert.deepEqual(Buffer.from(opened.content), photo)
    const erased = await read(schoolId, ({ cases }) => cases.get(dsl, gone.id))
    await assert.rejects(
      read(schoolId, ({ cases }) => cases.words(erased)),
      Refusal,
    )
    const [sealed] = await services.activityArchive.list(schoolId, wholeLog, 5)
    assert.deepEqual([sealed?.host, sealed?.path], ['sealed.example', '/page'], 'the sealed day of the web log opens')
    assert.equal((await services.ledger.check(schoolId)).ok, true)
    // Every value as it was, to the microsecond and the byte.
    const [before, now] = await Promise.all([dump(school.database.ownerUrl), dump(url)])
    assert.deepEqual(now, before)
  } finally {
    await restored.close()
  }
})

/** Rows that nothing touched since the backup, as PostgreSQL writes them. */
async function dump(url: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const rows: unknown[] = []
  for (const table of [
    'school',
    'person',
    'appointment',
    'case_file',
    'evidence_file',
    'deadline',
    'policy_version',
    'policy_clause',
  ])
    rows.push(
      ...(
        await client.query(
          `select '${table}' as t, row_to_json(x)::text as r from ${table} x order by row_to_json(x)::text`,
        )
      ).rows,
    )
  rows.push(
    ...(
      await client.query(
        "select row_to_json(x)::text as r from ledger_entry x where seq <= (select seq from ledger_entry where type = 'evidence.added') order by seq",
      )
    ).rows,
  )
  await client.end()
  assert.ok(rows.length > 10)
  return rows
}

test('a place that is not empty, a wrong identity, missing keys, other keys, and an altered or short file are each refused in words', async t => {
  const occupied = await here('restore', backups, '--identity', identity)
  assert.equal(occupied.status, 2)
  assert.match(occupied.said, /empty/)

  const keyless = await newMachine(t, 'keyless', false)
  const missing = await gatehouse(keyless.data, keyless.url, 'restore', backups, '--identity', identity)
  assert.equal(missing.status, 2)
  assert.match(missing.said, /put your copy of the keys folder/)

  const other = await newMachine(t, 'other', false)
  await gatehouse(other.data, other.url, 'backup', 'setup')
  const strange = await gatehouse(other.data, other.url, 'restore', backups, '--identity', identity)
  assert.equal(strange.status, 2)
  assert.match(strange.said, /not the one that this backup was made with/)

  const third = await newMachine(t, 'third')
  const wrong = join(place, 'wrong.txt')
  writeFileSync(wrong, (await gatehouse(third.data, third.url, 'backup', 'setup', '--replace')).out.join('\n'))
  const unopened = await gatehouse(third.data, third.url, 'restore', backups, '--identity', wrong)
  assert.equal(unopened.status, 2)
  assert.match(unopened.said, /does not open that file/)

  const [name = ''] = readdirSync(backups).filter(each => each.endsWith('.age'))
  const bytes = readFileSync(join(backups, name))
  for (const [what, content] of [
    ['short', bytes.subarray(0, bytes.length - 70_000)],
    ['altered', Buffer.from(bytes.map((byte, n) => (n === bytes.length - 500 ? byte ^ 1 : byte)))],
  ] as const) {
    const file = join(place, `${what}.age`)
    writeFileSync(file, content)
    const { status } = await gatehouse(third.data, third.url, 'restore', file, '--identity', identity)
    assert.notEqual(status, 0, what)
    assert.ok(!existsSync(join(third.data, 'evidence')), `${what}: nothing stays behind`)
  }
  // And the same place still takes the genuine one.
  assert.equal((await gatehouse(third.data, third.url, 'restore', backups, '--identity', identity)).status, 0)
})
