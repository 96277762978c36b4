import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { runCommand } from '../cli.ts'
import { testDatabase } from '../testing/test-database.ts'

const database = await testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-create-'))
after(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

async function run(...words: string[]) {
  const out: string[] = []
  const said: string[] = []
  const status = await runCommand(words, {
    environment: { GATEHOUSE_DATA: folder, GATEHOUSE_KEYS: database.keysFolder, DATABASE_URL: database.ownerUrl },
    input: Readable.from([]),
    out: line => out.push(line),
    say: line => said.push(line),
  })
  return { status, out, said: said.join('\n') }
}

test('a school is made with its headteacher, whose password is shown once and must be replaced', async () => {
  const made = await run('school', 'create', 'Oak Hill Primary', '--headteacher', 'Zoë O’Brien Smith')
  assert.equal(made.status, 0, made.said)
  assert.deepEqual(made.out, ['oak-hill-primary'])
  assert.match(made.said, /zoe\.obriensmith with the password [a-z]+-[a-z]+-[a-z]+-[a-z]+, once/)
})

test('an empty school says that nobody can sign in there yet', async () => {
  const made = await run('school', 'create', 'Ash', 'Lane')
  assert.deepEqual([made.status, made.out], [0, ['ash-lane']])
  assert.match(made.said, /Nobody can sign in there yet/)
})

test('words that make no school are bad usage', async () => {
  for (const words of [
    [],
    ['Elm', '--headteacher', 'Hana'],
    ['Elm', '--sample', '--headteacher', 'Hana Whitfield'],
    ['Elm', '--empty'],
  ])
    assert.equal((await run('school', 'create', ...words)).status, 2, words.join(' '))
})
