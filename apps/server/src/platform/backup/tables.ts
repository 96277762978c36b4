import type { Client } from 'pg'

/** Tables that hold nothing worth keeping: whoever was signed in signs in again. */
const leftOut = new Set(['session', 'spent_form', 'schema_migration'])

export interface BackupTable {
  readonly name: string
  /** `school` itself is kept by its id. */
  readonly schoolColumn: 'school_id' | 'id'
}

/** Every table of the schema, those first that others refer to. */
export async function backupTables(client: Client): Promise<BackupTable[]> {
  const { rows } = await client.query<{ name: string; has_school: boolean; refers: string[] }>(`
    select c.relname as name,
      exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'school_id' and not a.attisdropped) as has_school,
      array(select f.confrelid::regclass::text from pg_constraint f where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as refers
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by c.relname`)
  const tables = rows.filter(({ name }) => !leftOut.has(name))
  for (const { name, has_school } of tables)
    if (!has_school && name !== 'school')
      throw new Error(`The table ${name} names no school, so it cannot be backed up`)
  const ordered: BackupTable[] = []
  const placed = new Set<string>(leftOut)
  const place = (name: string, above: readonly string[]): void => {
    const table = tables.find(each => each.name === name)
    if (!table || placed.has(name) || above.includes(name)) return
    for (const other of table.refers) place(other.replaceAll('"', ''), [...above, name])
    placed.add(name)
    ordered.push({ name, schoolColumn: name === 'school' ? 'id' : 'school_id' })
  }
  place('school', [])
  for (const { name } of tables) place(name, [])
  return ordered
}

export interface Partition {
  readonly name: string
  readonly of: string
  /** `FOR VALUES FROM ('…') TO ('…')`, as PostgreSQL writes it. */
  readonly bound: string
}
export async function partitionsOf(client: Client): Promise<Partition[]> {
  const { rows } = await client.query<Partition>(`
    select c.relname as name, p.relname as of, pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent
    where c.relnamespace = 'public'::regnamespace and c.relispartition and c.relkind = 'r' order by 1`)
  return rows
}
/** A backup's word is not taken for what will be run as the owner: anybody who knows the recipient can write one. */
export const isPlainPartition = ({ name, of, bound }: Partition): boolean =>
  /^[a-z_][a-z0-9_]{0,62}$/.test(name) &&
  /^[a-z_]{1,63}$/.test(of) &&
  /^FOR VALUES FROM \('[-0-9:+. ]+'\) TO \('[-0-9:+. ]+'\)$/.test(bound)
