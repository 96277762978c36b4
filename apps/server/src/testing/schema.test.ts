import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import pg from 'pg'
import { schemaText, storedSchema } from '../../../../scripts/dump-schema.ts'
import { testDatabase } from './test-database.ts'

const database = await testDatabase()
const client = new pg.Client({ connectionString: database.ownerUrl })
await client.connect()
after(async () => {
  await client.end()
  await database.drop()
})

test('schema.sql is what the migrations make', async () => {
  assert.equal(await schemaText(), storedSchema(), 'type: node scripts/dump-schema.ts')
})

test('every table of a school is kept apart from other schools by the database itself, and the school leads its key', async () => {
  const { rows } = await client.query<{
    name: string
    secured: boolean
    forced: boolean
    policies: number
    first_column: string | null
    has_school: boolean
  }>(`
    select c.relname as name, c.relrowsecurity as secured, c.relforcerowsecurity as forced,
           (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
           exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'school_id') as has_school,
           (select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] where i.indrelid = c.oid and i.indisprimary) as first_column
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`)
  for (const row of rows) {
    if (row.name === 'schema_migration' || row.name === 'school') continue
    assert.ok(row.has_school, `${row.name} has no school_id`)
    assert.ok(row.secured && row.forced && row.policies > 0, `${row.name} is not protected`)
    assert.equal(row.first_column, 'school_id', `${row.name}’s key does not begin with the school`)
  }
})

test('the application may not alter, delete or empty the ledger, nor say later that a school is no sample', async () => {
  const { rows } = await client.query<{ table_name: string; privilege_type: string }>(
    "select table_name, privilege_type from information_schema.table_privileges where grantee = 'gatehouse_app' and table_name in ('ledger_entry', 'ledger_head', 'ledger_checkpoint', 'school')",
  )
  const may = rows.map(row => `${row.table_name} ${row.privilege_type}`).sort()
  assert.deepEqual(may, [
    'ledger_checkpoint INSERT',
    'ledger_checkpoint SELECT',
    'ledger_entry SELECT',
    'ledger_head SELECT',
    'school INSERT',
    'school SELECT',
  ])
})

test('the application’s role can neither log in by itself nor bypass the isolation', async () => {
  const { rows } = await client.query<{ rolcanlogin: boolean; rolbypassrls: boolean; rolsuper: boolean }>(
    "select rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname = 'gatehouse_app'",
  )
  assert.deepEqual(rows, [{ rolcanlogin: false, rolbypassrls: false, rolsuper: false }])
})
