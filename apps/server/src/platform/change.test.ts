import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVerifier } from '@gatehouse/ledger/verify'
import pg from 'pg'
import { systemActor } from './actor.ts'
import { changed } from './change.ts'
import { Refusal } from './refusal.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const entries = () => app.read(schoolId, ({ ledger }) => ledger.list({ limit: 1000 }).then(list => list.reverse()))

test('a change and its entry come together, and the chain verifies', async () => {
  const id = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    const personId = await people.addPerson({ givenName: 'Ada', familyName: 'Okoye', joinedOn: '2026-09-01' })
    return changed(personId, {
      type: 'person.added',
      subject: `person:${personId}`,
      detail: { fields: ['givenName', 'familyName'] },
    })
  })
  const last = (await entries()).at(-1)
  assert.equal(last?.subject, `person:${id}`)
  const verifier = createVerifier({ expect: { school: schoolId, firstSeq: 1 } })
  for (const entry of await entries()) verifier.push(entry)
  assert.equal(verifier.finish().ok, true)
})

test('when the work fails neither the row nor the entry is there', async () => {
  const before = (await entries()).length
  await assert.rejects(
    app.change(systemActor(schoolId, 'test'), async ({ people }) => {
      await people.addPerson({ givenName: 'Never', familyName: 'Kept', joinedOn: '2026-09-01' })
      throw new Refusal('conflict', 'No.')
    }),
    Refusal,
  )
  assert.equal((await entries()).length, before)
  assert.deepEqual(await app.read(schoolId, ({ people }) => people.search('Never')), [])
})

test('forty people writing at once leave one unbroken chain', async () => {
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      app.change(systemActor(schoolId, 'test'), async () => changed(n, { type: 'test.counted', detail: { n } })),
    ),
  )
  const verifier = createVerifier({ expect: { school: schoolId, firstSeq: 1 }, heads: [] })
  for (const entry of await entries()) verifier.push(entry)
  const verdict = verifier.finish()
  assert.equal(verdict.ok, true)
  assert.equal(
    new Set((await entries()).filter(entry => entry.type === 'test.counted').map(entry => entry.detail['n'])).size,
    40,
  )
})

test('the application can add to the ledger and can neither alter nor delete from it, nor see another school', async () => {
  const url = new URL(school.database.ownerUrl)
  await school.addSchool('elm-park')
  const { connections } = app
  for (const statement of [
    'update ledger_entry set actor = $$x$$',
    'delete from ledger_entry',
    'truncate ledger_entry',
    'update ledger_head set seq = 0',
    'alter table ledger_entry disable trigger all',
  ]) {
    await assert.rejects(
      connections.inSchool(schoolId, async tx => {
        const { sql } = await import('kysely')
        await sql.raw(statement).execute(tx)
      }),
      /permission denied|must be owner/,
      statement,
    )
  }
  const seen = await connections.inSchool('elm-park', tx => tx.selectFrom('ledger_entry').selectAll().execute())
  assert.deepEqual(seen, [])
  const unscoped = await connections.db.selectFrom('ledger_entry').selectAll().execute()
  assert.deepEqual(unscoped, [], 'a query that forgets the school sees nothing')
  assert.ok(url)
})

test('what an administrator alters as superuser is found and named', async () => {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query("set session_replication_role = 'replica'")
  await client.query("update ledger_entry set actor = 'person:somebody-else' where school_id = $1 and seq = 2", [
    schoolId,
  ])
  await client.end()
  const verifier = createVerifier({ expect: { school: schoolId, firstSeq: 1 } })
  for (const entry of await entries()) verifier.push(entry)
  const verdict = verifier.finish()
  assert.equal(verdict.ok, false)
  assert.equal(verdict.problem?.seq, 2)
})
