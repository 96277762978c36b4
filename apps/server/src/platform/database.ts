import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Database } from '../database.ts'
import { isSchoolId } from './identifiers.ts'
import { secretFile } from './keys.ts'
import { Refusal } from './refusal.ts'

// bigint as number: no count here comes near 2^53. date as the text that was stored: a school day has no time zone.
const types = new pg.TypeOverrides()
types.setTypeParser(20, Number)
types.setTypeParser(1082, text => text)

/** Connections as the application's own role, to which row-level security applies. */
export interface Connections {
  readonly db: Kysely<Database>
  /** Runs `work` in a transaction that sees one school only. Reads use this; writes come through `change`. */
  inSchool<T>(schoolId: string, work: (tx: Transaction<Database>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const migrationsFolder = join(import.meta.dirname, '../../migrations')

export interface Migration {
  readonly name: string
  readonly text: string
}
export const shippedMigrations = (folder = migrationsFolder): Migration[] =>
  readdirSync(folder)
    .filter(name => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
    .map(name => ({ name, text: readFileSync(join(folder, name), 'utf8') }))

/** Any number that other programs on a shared server are unlikely to lock. */
const migrationLock = 7_283_011

/**
 * Brings the schema up to date as the owner, one starter at a time, each file in its own transaction, and makes sure that
 * the application's role exists.
 * @param upTo stops after this many files (a restore of an older backup).
 * @throws {Error} when a file that was applied has changed since, or the database is newer than this program.
 */
export async function migrate(
  ownerUrl: string,
  options: { upTo?: number; log?: (line: string) => void } = {},
): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl, types })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    const { rows: version } = await client.query<{ major: number }>(
      "select current_setting('server_version_num')::int / 10000 as major",
    )
    if ((version[0]?.major ?? 0) < 15)
      throw new Error(`Gatehouse needs PostgreSQL 15 or newer, and this server is ${version[0]?.major}`)
    await client.query(`do $$ begin
      if not exists (select from pg_roles where rolname = 'gatehouse_app') then create role gatehouse_app nologin nobypassrls; end if;
    exception when duplicate_object or unique_violation then null; end $$`)
    await client.query(
      'create table if not exists schema_migration (name text primary key, digest text not null, applied_at timestamptz not null default now())',
    )
    await client.query('grant usage on schema public to gatehouse_app')
    const { rows } = await client.query<{ name: string; digest: string }>(
      'select name, digest from schema_migration order by name',
    )
    const applied = new Map(rows.map(row => [row.name, row.digest]))
    const shipped = shippedMigrations().slice(0, options.upTo)
    const known = new Set(shippedMigrations().map(file => file.name))
    for (const name of applied.keys())
      if (!known.has(name))
        throw new Error(
          `This database was made by a newer Gatehouse (it has ${name}); start that one, or restore a backup`,
        )
    const fresh: string[] = []
    for (const { name, text } of shipped) {
      const digest = createHash('sha256').update(text).digest('hex')
      const before = applied.get(name)
      if (before === digest) continue
      if (before) throw new Error(`Migration ${name} was applied with other contents; a migration is never edited`)
      options.log?.(`Updating the database: ${name}`)
      await client.query('begin')
      try {
        await client.query(text)
        await client.query('insert into schema_migration (name, digest) values ($1, $2)', [name, digest])
        await client.query('commit')
      } catch (error) {
        await client.query('rollback')
        throw new Error(`Migration ${name} failed`, { cause: error })
      }
      fresh.push(name)
    }
    return fresh
  } finally {
    await client.end()
  }
}

/**
 * The address under which this installation's own login role reaches the database. The role is made on first use, with a
 * password from the keys folder; it inherits `gatehouse_app` and can neither bypass row-level security nor own a table.
 */
export async function applicationUrl(ownerUrl: string, keysFolder: string): Promise<string> {
  const [login = '', password = ''] = secretFile(
    keysFolder,
    'database-login',
    () => `gatehouse_${randomBytes(4).toString('hex')} ${randomBytes(24).toString('base64url')}`,
  ).split(' ')
  if (!/^gatehouse_[0-9a-f]{8}$/.test(login) || !/^[\w-]{20,}$/.test(password))
    throw new Error(
      `${join(keysFolder, 'database-login')} is not what this program wrote; restore it from your copy of the keys`,
    )
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(`do $$ begin
      if not exists (select from pg_roles where rolname = '${login}') then
        create role ${login} login nobypassrls nocreatedb nocreaterole password '${password}' in role gatehouse_app;
      end if;
    exception when duplicate_object or unique_violation then null; end $$`)
  } finally {
    await client.end()
  }
  const url = new URL(ownerUrl)
  url.username = login
  url.password = password
  return url.toString()
}

export function connect(url: string, options: { max?: number; onFault?: (error: Error) => void } = {}): Connections {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 20,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 5_000,
    types,
    application_name: 'gatehouse',
  })
  // A connection lost while idle is replaced at the next use; without a listener Node would stop the process.
  pool.on('error', error => options.onFault?.(error))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return {
    db,
    inSchool: (schoolId, work) =>
      db.transaction().execute(async tx => {
        await enterSchool(tx, schoolId)
        return work(tx)
      }),
    close: () => db.destroy(),
  }
}

/** Literal, because distributed PostgreSQL passes on `set local` but not `set_config`; the id's alphabet is checked first. */
export async function enterSchool(tx: Transaction<Database>, schoolId: string): Promise<void> {
  if (!isSchoolId(schoolId)) throw new Refusal('not-found', 'There is no such school here.')
  await sql.raw(`set local app.school_id = '${schoolId}'`).execute(tx)
}

/** Whether a fault means that the database cannot be reached, as opposed to refusing what it was asked. */
export function isDatabaseGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return (
    /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|57P0[123]|08\d{3}|53300)$/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect|the database system is/i.test(error.message)
  )
}

/** Whether PostgreSQL could not take a value as what its column holds (SQLSTATE class 22, data exception). */
export const isUnstorable = (error: unknown): boolean => stateOf(error)?.startsWith('22') ?? false

/** PostgreSQL's five-character error code (its manual, appendix A), or null for any other error. */
const stateOf = (error: unknown): string | null =>
  error instanceof Error && 'severity' in error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))
    ? String(error.code)
    : null

/**
 * An error's message for the log. PostgreSQL quotes the value that it could not take, which may be a child's words, so of
 * its errors only the code and the names of its own things are given.
 */
export function faultWords(error: Error): string {
  const state = stateOf(error)
  if (state === null) return error.message
  const named = ['schema', 'table', 'column', 'constraint', 'routine'].flatMap(name => {
    const value: unknown = Reflect.get(error, name)
    return typeof value === 'string' ? [`${name} ${value}`] : []
  })
  return [`PostgreSQL ${state}`, ...named].join(', ')
}
