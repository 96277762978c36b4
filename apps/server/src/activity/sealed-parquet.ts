import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
import type { ActivityRow } from './activity-line.ts'

/*
 * One closed day of the web log as a Parquet file (https://parquet.apache.org/docs/file-format/, zstd), written and asked by
 * DuckDB in memory. Sorted by person and time, so that one person's day lies together: 28 bytes a row, ids included. On disk
 * the file lies encrypted; DuckDB reads only paths, so for the length of one question the plain file stands in memory
 * (/dev/shm, where there is one), in a folder that nobody else may enter.
 */

/** Columns, in the file's order. `at` in milliseconds. */
const columns = [
  ['at_ms', 'bigint'],
  ['id', 'uuid'],
  ['person_id', 'uuid'],
  ['groups', 'varchar'],
  ['kind', 'varchar'],
  ['method', 'varchar'],
  ['host', 'varchar'],
  ['path', 'varchar'],
  ['category', 'varchar'],
  ['verdict', 'varchar'],
  ['rule', 'varchar'],
  ['continued', 'boolean'],
  ['term', 'varchar'],
  ['referrer_host', 'varchar'],
  ['place', 'varchar'],
  ['device', 'varchar'],
  ['source', 'varchar'],
] as const
const cast = columns.map(([name, type]) => (type === 'uuid' ? `${name}::uuid as ${name}` : name)).join(', ')
/** As they come from PostgreSQL and go to DuckDB: every uuid as text. */
const loaded = columns.map(([name, type]) => `${name} ${type === 'uuid' ? 'varchar' : type}`).join(', ')

/** A condition of a question, with its values in order; text comes only from this program. */
export interface Condition {
  readonly sql: string
  readonly values: readonly DuckDBValue[]
}

export interface ParquetDays {
  /** @returns the file's bytes, and how many rows are in it. */
  write(rows: AsyncIterable<readonly ActivityRow[]>): Promise<{ readonly bytes: Buffer; readonly rows: number }>
  /** Rows of a page, newest first, and how many rows in all meet the condition, by what was decided; one opening of the file. */
  page(
    bytes: Buffer,
    asked: {
      readonly all: Condition
      readonly page: Condition
      readonly limit: number
      /** Few rows are expected, as of one person. */
      readonly isFew: boolean
    },
  ): Promise<{ readonly rows: ActivityRow[]; readonly counts: readonly { verdict: string; count: number }[] }>
  /** How many rows meet the condition. */
  count(bytes: Buffer, condition: Condition): Promise<number>
  /** All rows in batches, in no order. */
  all(bytes: Buffer): AsyncGenerator<readonly ActivityRow[]>
  close(): void
}

/** As many rows of one person and day as are read at once. */
const fewRows = 2_000
/**
 * Rows that are packed together, in the order of people. Of a day of 274,000 rows one person's took 33 ms of processor with
 * DuckDB's usual 122,880, and 23 with these, for a hundredth more bytes; with 4,096 no less, for seven hundredths more.
 */
const rowGroup = 20_480
const prefix = 'gatehouse-day-'
/** Memory that is no disk, where the machine has it; else the folder given. */
export function workFolder(runFolder: string): string {
  const base =
    process.platform === 'linux' && isFolder('/dev/shm') ? '/dev/shm' : isFolder(runFolder) ? runFolder : tmpdir()
  // What a process that was killed left behind is nobody's now.
  for (const name of readdirSync(base)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) rmSync(join(base, name), { recursive: true, force: true })
  }
  const folder = join(base, `${prefix}${process.pid}-${randomBytes(6).toString('hex')}`)
  mkdirSync(folder, { mode: 0o700 })
  return folder
}
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** @param runFolder a folder of the data folder that is in no backup. Opens nothing until it is first used. */
export function openParquetDays(runFolder: string): ParquetDays {
  let started: Promise<{ connection: DuckDBConnection; instance: DuckDBInstance; folder: string }> | null = null
  const start = async () => {
    const folder = workFolder(runFolder)
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '512MB',
      threads: '2',
      // Nothing is fetched, and no file but ours is read, whatever a question says.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    const connection = await instance.connect()
    await connection.run(`set temp_directory = ${quoted(folder)}`)
    await connection.run(`set allowed_directories = [${quoted(folder)}]`)
    await connection.run('set enable_external_access = false')
    await connection.run('set lock_configuration = true')
    return { connection, instance, folder }
  }
  /** Questions come one after the other: an instance's tables and files are then one question's. */
  let last: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: (connection: DuckDBConnection, folder: string) => Promise<T>): Promise<T> => {
    started ??= start()
    const opened = started
    const mine = last.then(async () => {
      const { connection, folder } = await opened
      return work(connection, folder)
    })
    last = mine.catch(() => undefined)
    return mine
  }
  const withFile = <T>(bytes: Buffer, work: (connection: DuckDBConnection, from: string) => Promise<T>): Promise<T> =>
    alone(async (connection, folder) => {
      const path = join(folder, `${randomBytes(6).toString('hex')}.parquet`)
      await writeFile(path, bytes, { mode: 0o600, flag: 'wx' })
      try {
        return await work(connection, `read_parquet(${quoted(path)})`)
      } finally {
        await rm(path, { force: true })
      }
    })

  return {
    write: rows =>
      alone(async (connection, folder) => {
        await connection.run(`create or replace table loading (${loaded})`)
        const path = join(folder, `${randomBytes(6).toString('hex')}.parquet`)
        let count = 0
        try {
          const appender = await connection.createAppender('loading')
          for await (const batch of rows) {
            for (const row of batch) {
              appender.appendBigInt(BigInt(row.at.getTime()))
              appender.appendVarchar(row.id)
              for (const value of [row.personId, row.groups.join(',')]) append(appender, value)
              for (const value of [row.kind, row.method, row.host, row.path, row.category, row.verdict, row.rule])
                appender.appendVarchar(value)
              appender.appendBoolean(row.continued)
              for (const value of [row.term, row.referrerHost, row.place, row.device]) append(appender, value)
              appender.appendVarchar(row.source)
              appender.endRow()
            }
            count += batch.length
            appender.flushSync()
          }
          appender.closeSync()
          await connection.run(
            `copy (select ${cast} from loading order by person_id, at_ms, id) to ${quoted(path)} (format parquet, compression zstd, compression_level 9, row_group_size ${rowGroup})`,
          )
          return { bytes: await readFile(path), rows: count }
        } finally {
          await connection.run('drop table if exists loading')
          await rm(path, { force: true })
        }
      }),
    page: (bytes, { all, page, limit, isFew }) =>
      withFile(bytes, async (connection, from) => {
        const found = async (condition: Condition, most: number): Promise<ActivityRow[]> =>
          (
            await connection.runAndReadAll(
              `select ${selected} from ${from} where ${condition.sql} order by at_ms desc, id desc limit ${Math.floor(most)}`,
              [...condition.values],
            )
          )
            .getRowsJS()
            .map(rowOf)
        // One person's day is a few hundred rows: read once, it gives the page and the counts.
        const few = isFew && limit > 0 && page.sql === all.sql ? await found(all, fewRows) : null
        if (few && few.length < fewRows) {
          const counts = new Map<string, number>()
          for (const { verdict } of few) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
          return {
            rows: few.slice(0, limit),
            counts: [...counts].map(([verdict, count]) => ({ verdict, count })),
          }
        }
        const rows = limit === 0 ? [] : await found(page, limit)
        const counts = await connection.runAndReadAll(
          `select verdict, count(*)::double from ${from} where ${all.sql} group by verdict`,
          [...all.values],
        )
        return {
          rows,
          counts: counts.getRowsJS().map(([verdict, count]) => ({ verdict: String(verdict), count: Number(count) })),
        }
      }),
    count: (bytes, { sql, values }) =>
      withFile(bytes, async (connection, from) => {
        const reader = await connection.runAndReadAll(`select count(*)::double from ${from} where ${sql}`, [...values])
        return Number(reader.getRowsJS()[0]?.[0] ?? 0)
      }),
    all: async function* (bytes) {
      // Held for the whole of it by reading it at once: a day is some hundred thousand rows at most.
      const rows = await withFile(bytes, async (connection, from) =>
        (await connection.runAndReadAll(`select ${selected} from ${from}`)).getRowsJS(),
      )
      for (let at = 0; at < rows.length; at += 5_000) yield rows.slice(at, at + 5_000).map(rowOf)
    },
    close: () => {
      void started?.then(({ connection, instance, folder }) => {
        connection.closeSync()
        instance.closeSync()
        rmSync(folder, { recursive: true, force: true })
      })
      started = null
    },
  }
}

const append = (appender: { appendNull(): void; appendVarchar(value: string): void }, value: string | null): void => {
  if (value === null) appender.appendNull()
  else appender.appendVarchar(value)
}
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const selected = columns
  .map(([name, type]) => (type === 'uuid' ? `${name}::varchar` : type === 'bigint' ? `${name}::double` : name))
  .join(', ')

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const maybe = (value: unknown): string | null => (typeof value === 'string' ? value : null)
function rowOf(row: readonly unknown[]): ActivityRow {
  const [at, id, person, groups, kind, method, host, path, category, verdict, rule, continued, ...rest] = row
  const [term, referrerHost, place, device, source] = rest
  return {
    at: new Date(Number(at)),
    id: text(id),
    personId: maybe(person),
    groups: text(groups) === '' ? [] : text(groups).split(','),
    kind: text(kind),
    method: text(method),
    host: text(host),
    path: text(path),
    category: text(category),
    verdict: verdict === 'block' || verdict === 'warn' ? verdict : 'allow',
    rule: text(rule),
    continued: continued === true,
    term: maybe(term),
    referrerHost: maybe(referrerHost),
    place: maybe(place),
    device: maybe(device),
    source: text(source),
  }
}
