import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createVerifier, parseHeads } from '@gatehouse/ledger/verify'
import pg from 'pg'
import { readConfig } from '../config.ts'
import { openDatabase } from '../installation.ts'
import { applicationUrl, connect } from '../platform/database.ts'
import { openKeys } from '../platform/keys.ts'
import { entryOf } from '../platform/ledger-reads.ts'
import { seeded } from '../school/sample-people.ts'

/*
 * A hundred kills -9 at random moments while four writers change things: sixty of the program, forty of the database server.
 * Whatever was acknowledged is there, nothing is there by half, and the chain verifies against the heads outside the database.
 */

const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'))
after(() => rmSync(dataFolder, { recursive: true, force: true }))
const config = readConfig({ GATEHOUSE_DATA: dataFolder })
openKeys(config.keysFolder)
const schoolId = 'kill-test'
const seed = Number(process.env['KILL_SEED'] ?? 20261122)
const random = seeded(seed)
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

test(`a hundred kills during writes lose nothing that was acknowledged and leave nothing by half (seed ${seed})`, async t => {
  let database = await openDatabase(config, () => undefined)
  t.after(() => database.close())
  const appUrl = await applicationUrl(database.ownerUrl, config.keysFolder)
  const first = connect(appUrl)
  await first.inSchool(schoolId, tx =>
    tx
      .insertInto('school')
      .values({ id: schoolId, name: 'Kill test', sample: false, created_at: new Date() })
      .execute(),
  )
  await first.close()

  const acknowledged: string[] = []
  const run = async (mark: string, kill: (pid: number) => Promise<void> | void): Promise<void> => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'kill-writer.ts'), appUrl, dataFolder, schoolId, mark],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let said = ''
    let complaints = ''
    child.stdout.on('data', chunk => {
      said += chunk
    })
    child.stderr.on('data', chunk => {
      complaints += chunk
    })
    const ended = new Promise(resolve => child.on('close', resolve))
    const deadline = Date.now() + 30_000
    while (!said.includes('\n', 6)) {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`the writer did not start: ${complaints}`)
      await pause(5)
    }
    await kill(child.pid ?? 0)
    child.kill('SIGKILL')
    await ended
    // A line cut by the kill was not read by anybody, so it promises nothing.
    acknowledged.push(...said.slice(0, said.lastIndexOf('\n')).split('\n').slice(1))
  }

  for (let n = 0; n < 60; n++) {
    await run(`p${n}`, async () => {
      await pause(random.below(60))
    })
  }
  const postmaster = () => Number(readFileSync(join(clusterFolder(), 'postmaster.pid'), 'utf8').split('\n')[0])
  const clusterFolder = () => clusterOf(dataFolder)
  let kills = 0
  while (kills < 40) {
    await run(`d${kills}`, async () => {
      for (let n = 0; n < 8 && kills < 40; n++) {
        await pause(20 + random.below(60))
        process.kill(postmaster(), 'SIGKILL')
        kills += 1
        await database.close().catch(() => undefined)
        database = await openDatabase(config, () => undefined)
      }
      await pause(random.below(60))
    })
  }

  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  const { rows: people } = await client.query<{ family_name: string; roles: number; entries: number }>(
    `select p.family_name,
            (select count(*)::int from appointment a where a.school_id = p.school_id and a.person_id = p.id) as roles,
            (select count(*)::int from ledger_entry l where l.school_id = p.school_id and l.subject = 'person:' || p.id) as entries
       from person p where p.school_id = $1`,
    [schoolId],
  )
  const { rows: entries } = await client.query<{ count: number }>(
    "select count(*)::int as count from ledger_entry where type = 'person.added'",
  )
  const types = new pg.TypeOverrides()
  types.setTypeParser(20, Number)
  const { rows: chain } = await client.query({
    text: 'select * from ledger_entry where school_id = $1 order by seq',
    values: [schoolId],
    types,
  })
  await client.end()

  const kept = new Set(people.map(person => person.family_name))
  assert.ok(acknowledged.length > 200, `only ${acknowledged.length} changes were made between the kills`)
  assert.deepEqual(
    acknowledged.filter(name => !kept.has(name)),
    [],
    'an acknowledged change is gone',
  )
  assert.deepEqual(
    people.filter(person => person.roles !== 1 || person.entries !== 1),
    [],
    'a change is there by half',
  )
  assert.equal(entries[0]?.count, people.length)
  const verifier = createVerifier({
    expect: { school: schoolId, firstSeq: 1 },
    heads: parseHeads(readFileSync(join(dataFolder, 'ledger-heads', schoolId), 'utf8')),
  })
  for (const row of chain) verifier.push(entryOf(row))
  const verdict = verifier.finish()
  assert.equal(verdict.ok, true, JSON.stringify(verdict.problem))
})

/** Where the cluster is: in the data folder, or where its note says (root's account for PostgreSQL could not reach it). */
function clusterOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'postgres.location'), 'utf8').trim()
  } catch {
    return join(folder, 'postgres')
  }
}
