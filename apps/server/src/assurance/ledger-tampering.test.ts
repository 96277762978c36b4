import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { entryHash, type LedgerEntry } from '@gatehouse/ledger/entry'
import fc from 'fast-check'
import pg from 'pg'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import type { Database } from '../database.ts'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { checkpointKey, makeCheckpoint } from '../platform/checkpoints.ts'
import { testSchool } from '../testing/test-school.ts'
import { checkLedger } from './ledger-check.ts'
import { ledgerSource } from './ledger-store.ts'

/*
 * An administrator who owns the database alters the ledger by SQL, five hundred times and in every way there is, and each
 * time the verifier finds it and names the first bad entry. Each alteration is undone by rolling it back.
 */

const school = await testSchool()
const { app, schoolId } = school
const types = new pg.TypeOverrides()
types.setTypeParser(20, Number)
const pool = new pg.Pool({ connectionString: school.database.ownerUrl, max: 1, types })
const owner = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
// The test database is dropped by force: what is left of this connection then may say so.
pool.on('error', () => undefined)
after(() => owner.destroy())
let chain: LedgerEntry[] = []

before(async () => {
  for (let n = 0; n < 30; n++) {
    school.pass(0.01)
    await app.change(systemActor(schoolId, 'test'), async () =>
      changed(n, {
        type: n % 3 ? 'case.opened' : 'case.closed',
        subject: `case:${n}`,
        detail: { n, words: ['é', 'a"b'] },
      }),
    )
  }
  await makeCheckpoint(app.read, app.change, app.keys.ledger, schoolId)
  for (let n = 0; n < 10; n++)
    await app.change(systemActor(schoolId, 'test'), async () => changed(n, { type: 'test.counted', detail: { n } }))
  chain = (await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 1_000 }))).reverse()
})

const check = (db: Kysely<Database>) =>
  checkLedger({
    schoolId,
    read: work => work(ledgerSource(db, schoolId)),
    heads: () => app.heads.read(schoolId),
    vkeys: [checkpointKey(app.keys, schoolId)],
  })

/** Does something as superuser, triggers off, checks, and undoes it. */
async function tampered(alter: (tx: Transaction<Database>) => Promise<unknown>) {
  class Undo extends Error {}
  let verdict: Awaited<ReturnType<typeof check>> | undefined
  await owner
    .transaction()
    .execute(async tx => {
      await sql`set local session_replication_role = 'replica'`.execute(tx)
      await alter(tx)
      verdict = await check(tx)
      throw new Undo()
    })
    .catch(error => {
      if (!(error instanceof Undo)) throw error
    })
  assert.ok(verdict)
  return verdict
}

type Alteration = {
  readonly what: string
  readonly bad: number
  readonly run: (tx: Transaction<Database>) => Promise<unknown>
}

const entry = (seq: number): LedgerEntry => {
  const found = chain[seq - 1]
  assert.ok(found)
  return found
}
const set = (seq: number, assignment: ReturnType<typeof sql>) => (tx: Transaction<Database>) =>
  sql`update ledger_entry set ${assignment} where school_id = ${schoolId} and seq = ${seq}`.execute(tx)
const setHead = (assignment: ReturnType<typeof sql>) => (tx: Transaction<Database>) =>
  sql`update ledger_head set ${assignment} where school_id = ${schoolId}`.execute(tx)
const flipped = (hash: string): string => (hash.startsWith('0') ? '1' : '0') + hash.slice(1)
/** Written as the genuine entry would be, hash and all. */
const put = async (tx: Transaction<Database>, { seq, at, actor, type, subject, detail, prev, hash }: LedgerEntry) =>
  sql`insert into ledger_entry values (${schoolId}, ${seq}, ${at}::timestamptz, ${actor}, ${type}, ${subject}, ${JSON.stringify(detail)}, ${prev}, ${hash})`.execute(
    tx,
  )
const rehashed = (content: Omit<LedgerEntry, 'hash'>): LedgerEntry => ({ ...content, hash: entryHash(content) })
const remove = (tx: Transaction<Database>, from: number, to: number) =>
  sql`delete from ledger_entry where school_id = ${schoolId} and seq between ${from} and ${to}`.execute(tx)

const columns: readonly ((seq: number, salt: number) => Alteration)[] = [
  (seq, salt) => ({ what: `school of ${seq}`, bad: seq, run: set(seq, sql`school_id = ${`other-${salt}`}`) }),
  (seq, salt) => ({
    what: `time of ${seq}`,
    bad: seq,
    run: set(seq, sql`at = at + ${`${salt + 1} milliseconds`}::interval`),
  }),
  (seq, salt) => ({
    what: `microseconds of ${seq}`,
    bad: seq,
    run: set(seq, sql`at = at + ${`${(salt % 999) + 1} microseconds`}::interval`),
  }),
  seq => ({ what: `time of ${seq} to infinity`, bad: seq, run: set(seq, sql`at = 'infinity'`) }),
  (seq, salt) => ({ what: `actor of ${seq}`, bad: seq, run: set(seq, sql`actor = ${`person:${salt}`}`) }),
  (seq, salt) => ({ what: `type of ${seq}`, bad: seq, run: set(seq, sql`type = ${`type.${salt}`}`) }),
  (seq, salt) => ({ what: `subject of ${seq}`, bad: seq, run: set(seq, sql`subject = ${`x:${salt}`}`) }),
  seq => ({
    what: `subject of ${seq} to the other nothing`,
    bad: seq,
    run: set(seq, entry(seq).subject === null ? sql`subject = ''` : sql`subject = null`),
  }),
  (seq, salt) => ({ what: `detail of ${seq}`, bad: seq, run: set(seq, sql`detail = ${`{"salt":${salt}}`}`) }),
  seq => ({ what: `a space in the detail of ${seq}`, bad: seq, run: set(seq, sql`detail = detail || ' '`) }),
  seq => ({ what: `detail of ${seq} that is no JSON`, bad: seq, run: set(seq, sql`detail = '{'`) }),
  seq => ({ what: `link of ${seq}`, bad: seq, run: set(seq, sql`prev = ${flipped(entry(seq).prev)}`) }),
  seq => ({ what: `hash of ${seq}`, bad: seq, run: set(seq, sql`hash = ${flipped(entry(seq).hash)}`) }),
  (seq, salt) => ({ what: `number of ${seq}`, bad: seq, run: set(seq, sql`seq = ${1_000 + salt}`) }),
]

const structures: readonly ((seq: number, salt: number) => Alteration)[] = [
  seq => ({ what: `delete ${seq}`, bad: seq, run: tx => remove(tx, seq, seq) }),
  (seq, salt) => ({ what: `delete from ${seq} on`, bad: seq, run: tx => remove(tx, seq, seq + (salt % 5)) }),
  seq => ({
    what: `cut the tail from ${seq}, and the head made to fit`,
    bad: seq,
    run: async tx => {
      await remove(tx, seq, chain.length)
      await setHead(sql`seq = ${seq - 1}, hash = ${entry(seq).prev}`)(tx)
    },
  }),
  seq => ({
    what: `everything before ${seq} cut off`,
    bad: 1,
    run: tx => remove(tx, 1, seq),
  }),
  (seq, salt) => ({
    what: `a second entry ${seq}`,
    bad: seq,
    run: async tx => {
      await sql`alter table ledger_entry drop constraint ledger_entry_pkey`.execute(tx)
      await put(tx, rehashed({ ...entry(seq), actor: `person:${salt}` }))
    },
  }),
  (seq, salt) => ({
    what: `${seq} altered and its hash made to fit`,
    bad: seq,
    run: async tx => {
      await remove(tx, seq, seq)
      await put(tx, rehashed({ ...entry(seq), actor: `person:${salt}` }))
    },
  }),
  (seq, salt) => ({
    what: `${seq} altered and everything after chained anew, the head too`,
    bad: seq,
    run: async tx => {
      await remove(tx, seq, chain.length)
      let prev = entry(seq).prev
      for (const genuine of chain.slice(seq - 1)) {
        const forged = rehashed({ ...genuine, prev, ...(genuine.seq === seq ? { actor: `person:${salt}` } : {}) })
        await put(tx, forged)
        prev = forged.hash
      }
      await setHead(sql`hash = ${prev}`)(tx)
    },
  }),
  (seq, salt) => {
    const other = 1 + ((seq + (salt % (chain.length - 1))) % chain.length)
    return {
      what: `${seq} and ${other} swapped`,
      bad: Math.min(seq, other),
      run: async tx => {
        const [a, b] = [entry(seq), entry(other)]
        await remove(tx, seq, seq)
        await remove(tx, other, other)
        await put(tx, { ...a, seq: other })
        await put(tx, { ...b, seq })
      },
    }
  },
  seq => ({
    what: `an entry forged between ${seq - 1} and ${seq}`,
    bad: seq,
    run: async tx => {
      await sql`update ledger_entry set seq = -seq - 1 where school_id = ${schoolId} and seq >= ${seq}`.execute(tx)
      await sql`update ledger_entry set seq = -seq where school_id = ${schoolId} and seq < 0`.execute(tx)
      const { hash: _, ...like } = entry(seq)
      await put(tx, rehashed({ ...like, actor: 'person:forger' }))
    },
  }),
  (_, salt) => ({
    what: 'an entry forged after the end, the head left alone',
    bad: chain.length + 1,
    run: tx =>
      put(
        tx,
        rehashed({
          school: schoolId,
          seq: chain.length + 1,
          at: school.now().toISOString(),
          actor: `person:${salt}`,
          type: 'case.closed',
          subject: null,
          detail: {},
          prev: entry(chain.length).hash,
        }),
      ),
  }),
  seq => ({ what: `head row to ${seq - 1}`, bad: chain.length, run: setHead(sql`seq = ${seq - 1}`) }),
  (_, salt) => ({ what: 'head row beyond the end', bad: chain.length + 1, run: setHead(sql`seq = seq + ${salt + 1}`) }),
  () => ({
    what: 'hash of the head row',
    bad: chain.length,
    run: setHead(sql`hash = ${flipped(entry(chain.length).hash)}`),
  }),
  () => ({
    what: 'head row deleted',
    bad: chain.length,
    run: tx => sql`delete from ledger_head where school_id = ${schoolId}`.execute(tx),
  }),
  () => ({
    what: 'a checkpoint’s note altered',
    bad: chain.length,
    // Another letter than the one that stands there, or nothing would be altered.
    run: tx =>
      sql`update ledger_checkpoint set note = overlay(note placing
            case when substr(note, length(note) - 20, 1) = 'A' then 'B' else 'A' end from length(note) - 20 for 1)
          where school_id = ${schoolId}`.execute(tx),
  }),
]

test('the untouched ledger verifies, its checkpoint and its heads too', async () => {
  const verdict = await check(owner)
  assert.deepEqual(verdict.problem, undefined)
  assert.equal(verdict.ok, true)
  assert.equal(verdict.lastSeq, chain.length)
  assert.equal(verdict.checkpoints.checked, 1)
  assert.deepEqual(verdict.warnings, [])
})

test('five hundred alterations by SQL as superuser are each found, and the first bad entry is named', async () => {
  const runs = fc.sample(
    fc.record({ kind: fc.nat(10_000), seq: fc.integer({ min: 1, max: chain.length }), salt: fc.nat(900) }),
    { numRuns: 500, seed: 20_261_124 },
  )
  const kinds = [...columns, ...structures]
  const seen = new Set<number>()
  for (const [n, { kind, seq, salt }] of runs.entries()) {
    // Each way at least once, then by chance.
    const which = n < kinds.length ? n : kind % kinds.length
    const way = kinds[which]
    assert.ok(way)
    seen.add(which)
    const { what, bad, run } = way(seq, salt)
    const { ok, problem } = await tampered(run)
    assert.equal(ok, false, `not found: ${what}`)
    assert.equal(problem?.seq, bad, `${what}: ${problem?.sentence}`)
  }
  assert.equal(seen.size, kinds.length)
})
