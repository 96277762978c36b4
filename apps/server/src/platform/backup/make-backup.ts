import { createHash, createHmac } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Encrypter } from 'age-encryption'
import pg from 'pg'
import type { Keys } from '../keys.ts'
import { publicPem } from '../keys.ts'
import { backupTables, type Partition, partitionsOf } from './tables.ts'
import { tarEnd, tarHeader, tarPadding } from './tar.ts'

/*
 * A backup is one age-encrypted tar: `about.json`, the rows of every table as JSON lines (`tables/<table>/<n>`, a megabyte or so each), the
 * files of the data folder, and `manifest.json` with the digest of each. All rows are of one instant (one repeatable-read transaction). It
 * holds none of the keys: without the keys folder the records in it stay closed even to whoever opens it.
 */

/** Parts of the data folder that belong to the school. Keys, caches and the database's own files do not. */
export const keptFolders = ['activity', 'evidence', 'lists'] as const
const partBytes = 1_000_000

export interface About {
  readonly format: 'gatehouse-backup'
  readonly version: 1
  readonly madeAt: string
  readonly migrations: readonly { readonly name: string; readonly digest: string }[]
  readonly partitions: readonly Partition[]
  readonly schools: readonly string[]
  /** Says whether a keys folder is the one that this backup's records were sealed with; tells nothing of the keys. */
  readonly keysCheck: string
}
export interface Manifest {
  readonly members: readonly { readonly name: string; readonly sha256: string }[]
  readonly rows: Readonly<Record<string, number>>
}

/** A fingerprint of the field key and the ledger's public key. */
export const keysCheck = (keys: Pick<Keys, 'field' | 'ledger'>): string =>
  createHmac('sha256', keys.field)
    .update(`backup check ${publicPem(keys.ledger)}`)
    .digest('hex')

interface Parts {
  readonly ownerUrl: string
  readonly dataFolder: string
  readonly keys: Pick<Keys, 'field' | 'ledger'>
  readonly recipient: string
  readonly now: Date
}

/** Writes `<folder>/gatehouse-<time>.age`, whole or not at all. */
export async function makeBackup(
  parts: Parts,
  folder: string,
): Promise<{ file: string; bytes: number; rows: number; schools: readonly string[] }> {
  const file = join(folder, `gatehouse-${parts.now.toISOString().replace(/[:.]/g, '-')}.age`)
  const draft = `${file}.part`
  const totals = { rows: 0, schools: [] as readonly string[] }
  const encrypter = new Encrypter()
  encrypter.addRecipient(parts.recipient)
  try {
    const plain = Readable.toWeb(Readable.from(contents(parts, totals), { objectMode: false, highWaterMark: 65_536 }))
    // Node's web streams and the library's are the same thing under two names.
    const sealed = await encrypter.encrypt(plain as unknown as ReadableStream<Uint8Array>)
    await pipeline(
      Readable.fromWeb(sealed as unknown as Parameters<typeof Readable.fromWeb>[0]),
      createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }),
    )
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  return { file, bytes: (await stat(file)).size, ...totals }
}

async function* contents(parts: Parts, totals: { rows: number; schools: readonly string[] }): AsyncGenerator<Buffer> {
  const manifest: { members: { name: string; sha256: string }[]; rows: Record<string, number> } = {
    members: [],
    rows: {},
  }
  const member = function* (name: string, content: Buffer): Generator<Buffer> {
    manifest.members.push({ name, sha256: createHash('sha256').update(content).digest('hex') })
    yield tarHeader(name, content.length)
    yield content
    yield tarPadding(content.length)
  }
  const client = new pg.Client({ connectionString: parts.ownerUrl })
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query("set local timezone = 'UTC'")
    const { rows: schoolRows } = await client.query<{ id: string }>('select id from school order by id')
    const schools = schoolRows.map(({ id }) => id)
    totals.schools = schools
    const { rows: migrations } = await client.query<{ name: string; digest: string }>(
      'select name, digest from schema_migration order by name',
    )
    const about: About = {
      format: 'gatehouse-backup',
      version: 1,
      madeAt: parts.now.toISOString(),
      migrations,
      partitions: await partitionsOf(client),
      schools,
      keysCheck: keysCheck(parts.keys),
    }
    yield* member('about.json', Buffer.from(JSON.stringify(about)))
    const ends = new Map<string, number>()
    for (const { name, schoolColumn } of await backupTables(client)) {
      let count = 0
      let part = 0
      for (const school of schools) {
        // Also where the owner is subject to row-level security.
        await client.query("select set_config('app.school_id', $1, true)", [school])
        await client.query(
          `declare backup_rows no scroll cursor for select row_to_json(t)::text as line from ${client.escapeIdentifier(name)} t where ${schoolColumn} = ${client.escapeLiteral(school)}`,
        )
        let lines: string[] = []
        let bytes = 0
        for (;;) {
          const { rows } = await client.query<{ line: string }>('fetch 500 from backup_rows')
          for (const { line } of rows) {
            lines.push(line)
            bytes += line.length
          }
          count += rows.length
          if (lines.length > 0 && (bytes >= partBytes || rows.length === 0)) {
            yield* member(`tables/${name}/${String(++part).padStart(7, '0')}`, Buffer.from(`${lines.join('\n')}\n`))
            lines = []
            bytes = 0
          }
          if (rows.length === 0) break
        }
        await client.query('close backup_rows')
        if (name === 'ledger_head') {
          const { rows } = await client.query<{ seq: string }>('select seq from ledger_head where school_id = $1', [
            school,
          ])
          ends.set(school, Number(rows[0]?.seq ?? 0))
        }
      }
      manifest.rows[name] = count
      totals.rows += count
    }
    for (const [school, end] of ends) {
      const heads = await readFile(join(parts.dataFolder, 'ledger-heads', school), 'utf8').catch(absent)
      // Heads noted after the instant of the rows would read as a tail cut off.
      if (heads !== null)
        yield* member(
          `files/ledger-heads/${school}`,
          Buffer.from(
            `${heads
              .split('\n')
              .filter(line => Number(line.split(' ')[0]) <= end && line !== '')
              .join('\n')}\n`,
          ),
        )
    }
    for (const folder of keptFolders) {
      for (const path of await filesUnder(join(parts.dataFolder, folder))) {
        const sizeBytes = (await stat(path).catch(absent))?.size
        if (sizeBytes === undefined) continue // erased meanwhile
        const name = `files/${relative(parts.dataFolder, path).replaceAll('\\', '/')}`
        const digest = createHash('sha256')
        yield tarHeader(name, sizeBytes)
        let sent = 0
        for await (const chunk of createReadStream(path, { end: Math.max(0, sizeBytes - 1) })) {
          digest.update(chunk)
          sent += chunk.length
          yield chunk
        }
        if (sent !== sizeBytes) throw new Error(`${path} changed while it was read; start the backup again`)
        yield tarPadding(sizeBytes)
        manifest.members.push({ name, sha256: digest.digest('hex') })
      }
    }
    await client.query('commit')
  } finally {
    await client.end()
  }
  const list = Buffer.from(JSON.stringify(manifest satisfies Manifest))
  yield tarHeader('manifest.json', list.length)
  yield list
  yield tarPadding(list.length)
  yield tarEnd()
}

const absent = (error: unknown): null => {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}

/** Regular files whose names are not hidden: a hidden one is half written. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(absent)
  return (entries ?? [])
    .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}
