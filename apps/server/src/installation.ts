import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type App, compose } from './compose.ts'
import type { Config } from './config.ts'
import { buildAssets } from './platform/assets.ts'
import type { Clock } from './platform/clock.ts'
import { applicationUrl, connect, faultWords, migrate } from './platform/database.ts'
import { type Keys, openKeys } from './platform/keys.ts'
import { openLedgerHeads } from './platform/ledger-heads.ts'
import { startPrivatePostgres } from './platform/postgres/private-postgres.ts'

/** An installation opened for work: by `serve`, or by a verb of the command line beside a running `serve`. */
export interface Installation {
  readonly app: App
  readonly keys: Keys
  /** Of the schema's owner; only for migrations, backup and restore. Holds a password: never logged. */
  readonly ownerUrl: string
  close(): Promise<void>
}

const databaseName = 'gatehouse'

/** Opens the database alone: the operator's own (`DATABASE_URL`) or the private one of the data folder, brought up to date. */
export async function openDatabase(
  config: Config,
  log: (line: string) => void,
  options: { upTo?: number } = {},
): Promise<{ ownerUrl: string; close(): Promise<void> }> {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
  const update = (ownerUrl: string) =>
    migrate(ownerUrl, { log, ...(options.upTo === undefined ? {} : { upTo: options.upTo }) })
  if (config.databaseUrl) {
    await update(config.databaseUrl)
    return { ownerUrl: config.databaseUrl, close: async () => undefined }
  }
  const cluster = await startPrivatePostgres({ dataFolder: config.dataFolder, keysFolder: config.keysFolder, log })
  try {
    const client = new pg.Client({ connectionString: cluster.url })
    await client.connect()
    try {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName])
      if (!rowCount)
        await client
          .query(`create database ${databaseName}`)
          .catch(error => (error.code === '42P04' ? undefined : Promise.reject(error)))
    } finally {
      await client.end()
    }
    const url = new URL(cluster.url)
    url.pathname = `/${databaseName}`
    await update(url.toString())
    return { ownerUrl: url.toString(), close: () => cluster.stop() }
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

export async function openInstallation(
  config: Config,
  clock: Clock,
  log: (line: string) => void,
): Promise<Installation> {
  const keys = openKeys(config.keysFolder)
  const database = await openDatabase(config, log)
  try {
    const connections = connect(await applicationUrl(database.ownerUrl, config.keysFolder), {
      onFault: error => log(`database: ${faultWords(error)}`),
    })
    const heads = openLedgerHeads(config.dataFolder, log)
    const app = compose({
      config,
      keys,
      connections,
      heads,
      clock,
      log,
      assets: await buildAssets(join(config.dataFolder, 'cache')),
    })
    return {
      app,
      keys,
      ownerUrl: database.ownerUrl,
      close: async () => {
        await app.server.close()
        await connections.close()
        heads.close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
