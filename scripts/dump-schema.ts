import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { testDatabase } from '../apps/server/src/testing/test-database.ts'

/*
 * Writes apps/server/schema.sql: the schema that the migrations make, from the catalogue, in a fixed order, to be read in
 * review. `node scripts/dump-schema.ts --check` says whether the file is what the migrations make.
 */

const path = join(import.meta.dirname, '../apps/server/schema.sql')

const queries: readonly (readonly [heading: string, sql: string])[] = [
  [
    'Tables',
    `select format(E'create table %I (\\n%s\\n);', c.relname, string_agg(format('  %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then ' not null' else '' end,
        coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')), E',\\n' order by a.attnum)) as line
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      group by c.relname order by c.relname`,
  ],
  [
    'Constraints',
    `select format('alter table %I add constraint %I %s;', c.relname, k.conname, pg_get_constraintdef(k.oid)) as line
       from pg_constraint k join pg_class c on c.oid = k.conrelid
      where c.relnamespace = 'public'::regnamespace and not c.relispartition order by c.relname, k.conname`,
  ],
  [
    'Indexes',
    `select indexdef || ';' as line from pg_indexes i join pg_class c on c.relname = i.tablename and c.relnamespace = 'public'::regnamespace
      where i.schemaname = 'public' and not c.relispartition
        and not exists (select from pg_constraint k where k.conname = i.indexname) order by i.tablename, i.indexname`,
  ],
  [
    'Row-level security',
    `select format('alter table %I %s row level security%s;', relname, case when relrowsecurity then 'enable' else 'disable' end,
        case when relforcerowsecurity then ', force row level security' else '' end) as line
       from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`,
  ],
  [
    'Policies',
    `select format('create policy %I on %I for %s%s%s;', policyname, tablename, lower(cmd), coalesce(' using ' || qual, ''), coalesce(' with check ' || with_check, '')) as line
       from pg_policies where schemaname = 'public' order by tablename, policyname`,
  ],
  [
    'Functions and triggers',
    `select * from (
       select pg_get_functiondef(p.oid) || ';' as line from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' order by p.proname) f
     union all select * from (
       select pg_get_triggerdef(t.oid) || ';' from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where not t.tgisinternal and c.relnamespace = 'public'::regnamespace and not c.relispartition order by c.relname, t.tgname) t`,
  ],
  [
    'What the application may do',
    `select line from (
       select format('grant %s on %I to gatehouse_app;', string_agg(lower(privilege_type), ', ' order by privilege_type), table_name) as line, table_name as name
         from information_schema.table_privileges g join pg_class c on c.relname = g.table_name and c.relnamespace = 'public'::regnamespace
        where grantee = 'gatehouse_app' and table_schema = 'public' and not c.relispartition group by table_name
       union all
       select format('grant update (%s) on %I to gatehouse_app;', string_agg(column_name, ', ' order by column_name), table_name), table_name || ' columns'
         from information_schema.column_privileges p where grantee = 'gatehouse_app' and table_schema = 'public' and privilege_type = 'UPDATE'
          and not exists (select from information_schema.table_privileges t where t.grantee = 'gatehouse_app' and t.table_name = p.table_name and t.privilege_type = 'UPDATE')
        group by table_name
       union all
       select format('grant execute on function %s to gatehouse_app;', p.proname), p.proname from pg_proc p
        where p.pronamespace = 'public'::regnamespace and has_function_privilege('gatehouse_app', p.oid, 'execute') and p.prosecdef) x order by name`,
  ],
]

/** The schema as text, made from a freshly migrated database. */
export async function schemaText(): Promise<string> {
  const database = await testDatabase()
  const client = new pg.Client({ connectionString: database.ownerUrl })
  try {
    await client.connect()
    const parts: string[] = ['-- Made by `node scripts/dump-schema.ts` from the migrations; never edited by hand.\n']
    for (const [heading, sql] of queries) {
      const { rows } = await client.query<{ line: string }>(sql)
      parts.push(`-- ${heading}\n`, ...rows.map(({ line }) => `${line}\n`))
    }
    return parts.join('\n')
  } finally {
    await client.end()
    await database.drop()
  }
}

export const storedSchema = (): string => readFileSync(path, 'utf8')

if (import.meta.main) {
  const text = await schemaText()
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (text !== storedSchema()) {
    console.error('apps/server/schema.sql is not what the migrations make; type: node scripts/dump-schema.ts')
    process.exitCode = 1
  }
}
