import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate, shippedMigrations } from '../platform/database.ts'
import { startPrivatePostgres } from '../platform/postgres/private-postgres.ts'

/*
 * One PostgreSQL cluster for all test files, in the temporary folder; each file gets a database of its own, cloned from a
 * migrated template (about 30 ms). The cluster is the private kind that the product itself starts; the last user stops it.
 */

export interface TestDatabase {
  /** Of the owner (superuser); for tampering as an administrator would. */
  readonly ownerUrl: string
  readonly keysFolder: string
  drop(): Promise<void>
}

const folder = join(tmpdir(), `gatehouse-test-${process.getuid?.() ?? 'user'}`)

/** A name that changes with any migration, so that a stale template is never used. */
const templateName = (): string => {
  const hash = createHash('sha256')
  for (const { name, text } of shippedMigrations()) hash.update(name).update(text)
  return `template_${hash.digest('hex').slice(0, 16)}`
}

/** The cluster's owner URL with another database's name. */
const inDatabase = (url: string, name: string): string => {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.toString()
}

export async function testDatabase(): Promise<TestDatabase> {
  mkdirSync(folder, { recursive: true })
  const keysFolder = join(folder, 'keys')
  mkdirSync(keysFolder, { recursive: true, mode: 0o700 })
  const cluster = await startPrivatePostgres({ dataFolder: folder, keysFolder, log: () => undefined })
  const template = templateName()
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: cluster.url })
  await client.connect()
  try {
    // One maker of the template at a time; the others wait here and find it made.
    await client.query('select pg_advisory_lock(7283012)')
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
    if (!rowCount) {
      await client.query(`drop database if exists ${template}_draft`)
      await client.query(`create database ${template}_draft`)
      await migrate(inDatabase(cluster.url, `${template}_draft`))
      await client.query(`alter database ${template}_draft rename to ${template}`)
    }
    await client.query('select pg_advisory_unlock(7283012)')
    await client.query(`create database ${name} template ${template} strategy file_copy`)
  } finally {
    await client.end()
  }
  return {
    ownerUrl: inDatabase(cluster.url, name),
    keysFolder,
    drop: async () => {
      const owner = new pg.Client({ connectionString: cluster.url })
      await owner.connect()
      await owner.query(`drop database if exists ${name} with (force)`)
      await owner.end()
      await cluster.stop()
    },
  }
}
