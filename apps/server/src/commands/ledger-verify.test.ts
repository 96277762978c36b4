import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { runCommand } from '../cli.ts'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { makeCheckpoint } from '../platform/checkpoints.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-verb-'))
after(() => rmSync(folder, { recursive: true }))
for (let n = 0; n < 5; n++)
  await app.change(systemActor(schoolId, 'test'), async () => changed(n, { type: 'test.counted', detail: { n } }))
const checkpoint = await makeCheckpoint(app.read, app.change, app.keys.ledger, schoolId)

async function gatehouse(...words: string[]) {
  const out: string[] = []
  const said: string[] = []
  const status = await runCommand(words, {
    environment: { GATEHOUSE_DATA: school.dataFolder, DATABASE_URL: school.database.ownerUrl },
    input: Readable.from([]),
    out: line => out.push(line),
    say: line => said.push(line),
  })
  return { status, out, said }
}
const file = join(folder, 'whole.ndjson')

test('the whole ledger verifies, with a checkpoint that was kept elsewhere', async () => {
  const kept = join(folder, 'checkpoint.txt')
  writeFileSync(kept, `\r\n${checkpoint?.note.replaceAll('\n', '\r\n')}`)
  const { status, out } = await gatehouse('ledger', 'verify', '--checkpoint', kept)
  assert.equal(status, 0, out.join('\n'))
  assert.match(out.join('\n'), /is whole/)
  assert.match(out.join('\n'), /2 signed checkpoints agree/)
})

test('an exported file verifies without a server, and with one byte altered names the entry and gives status 1', async () => {
  assert.equal((await gatehouse('ledger', 'export', '--out', file)).status, 0)
  assert.equal((await gatehouse('ledger', 'verify', file)).status, 0)
  const altered = join(folder, 'altered.ndjson')
  writeFileSync(altered, readFileSync(file, 'utf8').replace('"n":3', '"n":4'))
  const { status, out } = await gatehouse('ledger', 'verify', altered, '--json')
  assert.equal(status, 1)
  assert.equal(JSON.parse(out.join('\n')).problem.seq, 4)
})

test('a stretch on standard output begins and ends where it was asked to', async () => {
  const { status, out } = await gatehouse('ledger', 'export', '--from', '2', '--to', '3')
  assert.equal(status, 0)
  assert.deepEqual(
    out.map(line => JSON.parse(line).seq ?? null).filter(seq => seq !== null),
    [2, 3],
  )
})

test('a file that is not there, and words that are none of its, are bad usage', async () => {
  assert.equal((await gatehouse('ledger', 'verify', join(folder, 'none'))).status, 2)
  assert.equal((await gatehouse('ledger', 'verify', file, file)).status, 2)
  assert.equal((await gatehouse('ledger', 'export', '--from', 'x')).status, 2)
})

test('after an administrator’s alteration the verb gives status 1 and names the entry', async () => {
  const pg = await import('pg')
  const client = new pg.default.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query("set session_replication_role = 'replica'")
  await client.query('update ledger_entry set at = at + interval $$1 day$$ where school_id = $1 and seq = 3', [
    schoolId,
  ])
  await client.end()
  const { status, out } = await gatehouse('ledger', 'verify')
  assert.equal(status, 1)
  assert.match(out.join('\n'), /[Ee]ntry 3/)
})
