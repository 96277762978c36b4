import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readdirSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Decrypter } from 'age-encryption'
import pg from 'pg'
import { shippedMigrations } from '../database.ts'
import type { Keys } from '../keys.ts'
import { Refusal } from '../refusal.ts'
import { type About, keptFolders, keysCheck, type Manifest } from './make-backup.ts'
import { backupTables, isPlainPartition } from './tables.ts'
import { readTar, type TarMember } from './tar.ts'

interface Parts {
  readonly file: string
  readonly identities: readonly string[]
  readonly dataFolder: string
  readonly keys: Pick<Keys, 'field' | 'ledger'>
  /** Opens the empty database with its schema as the backup had it: that many migrations. */
  openDatabase(migrations: number): Promise<{ readonly ownerUrl: string }>
}

export interface Restored {
  readonly schools: readonly string[]
  readonly madeAt: string
  readonly rows: number
  readonly files: number
}

/** Folders of the data folder that a restore fills. */
const filled = ['ledger-heads', ...keptFolders]

/**
 * Brings a backup into an empty installation: rows in one transaction, files beside them, every digest and count compared.
 * Nothing stays behind when it fails.
 * @throws {Refusal} naming what is wrong: not empty, other keys, another version, altered or cut short.
 */
export async function restoreBackup(parts: Parts): Promise<Restored> {
  for (const folder of filled)
    if (existsSync(join(parts.dataFolder, folder)) && readdirSync(join(parts.dataFolder, folder)).length > 0)
      throw new Refusal(
        'conflict',
        `a restore needs an empty data folder, and ${join(parts.dataFolder, folder)} holds files`,
      )
  const decrypter = new Decrypter()
  for (const identity of parts.identities) decrypter.addIdentity(identity)
  const source = Readable.toWeb(createReadStream(parts.file)) as unknown as ReadableStream<Uint8Array>
  const plain = await decrypter.decrypt(source).catch(error => {
    throw new Refusal(
      'invalid',
      'this identity does not open that file: it is of another recipient, or the file is no backup',
      { cause: error },
    )
  })
  const members = readTar(plain as unknown as AsyncIterable<Uint8Array>)
  const first = await members.next()
  if (first.done || first.value.name !== 'about.json')
    throw new Refusal('invalid', 'that file is no backup of Gatehouse')
  const seen = new Map<string, string>()
  const about = aboutIn(await wholeOf(first.value, seen))
  if (about.keysCheck !== keysCheck(parts.keys))
    throw new Refusal(
      'conflict',
      'the keys folder is not the one that this backup was made with; put your copy of the keys in its place first, for without them every record in the backup stays closed',
    )
  const { ownerUrl } = await parts.openDatabase(knownMigrations(about))
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query('begin')
    // Where the owner may: entries that refer to later ones, and triggers that guard what people do.
    await client.query('savepoint quiet')
    await client.query("set local session_replication_role = 'replica'").catch(() => client.query('rollback to quiet'))
    await client.query("set local timezone = 'UTC'")
    const { rows: schools } = await client.query('select id from school limit 1')
    if (schools.length > 0)
      throw new Refusal('conflict', 'a restore needs an empty database, and this one holds a school')
    for (const partition of about.partitions) {
      if (!isPlainPartition(partition))
        throw new Refusal('invalid', 'the backup asks for something that no backup of Gatehouse does')
      await client.query(
        `create table if not exists ${client.escapeIdentifier(partition.name)} partition of ${client.escapeIdentifier(partition.of)} ${partition.bound}`,
      )
    }
    const tables = new Set((await backupTables(client)).map(({ name }) => name))
    const counts = new Map<string, number>()
    let manifest: Manifest | null = null
    let files = 0
    for await (const member of members) {
      if (manifest) throw new Refusal('invalid', 'the backup goes on after its end')
      const [kind, table = ''] = member.name.split('/')
      if (kind === 'tables' && tables.has(table))
        counts.set(table, (counts.get(table) ?? 0) + (await insertRows(client, table, await wholeOf(member, seen))))
      else if (kind === 'files') {
        await writeMember(parts.dataFolder, member, seen)
        files++
      } else if (member.name === 'manifest.json')
        manifest = JSON.parse((await wholeOf(member, new Map())).toString('utf8')) as Manifest
      else throw new Refusal('invalid', `the backup holds “${member.name}”, which this program does not know`)
    }
    if (!manifest) throw new Refusal('invalid', 'the backup ends before its end: it was cut short')
    compare(manifest, seen, counts)
    await client.query('commit')
    return {
      schools: about.schools,
      madeAt: about.madeAt,
      rows: [...counts.values()].reduce((sum, count) => sum + count, 0),
      files,
    }
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    for (const folder of filled) await rm(join(parts.dataFolder, folder), { recursive: true, force: true })
    throw error
  } finally {
    await client.end()
  }
}

function aboutIn(content: Buffer): About {
  const about = JSON.parse(content.toString('utf8')) as About
  if (about.format !== 'gatehouse-backup' || about.version !== 1)
    throw new Refusal('invalid', 'that backup is of a form that this program does not know; a newer one may')
  return about
}

/** How many of this program's migrations the backup's database had. */
function knownMigrations({ migrations }: About): number {
  const shipped = new Map(
    shippedMigrations().map(({ name, text }) => [name, createHash('sha256').update(text).digest('hex')]),
  )
  for (const { name, digest } of migrations)
    if (shipped.get(name) !== digest)
      throw new Refusal(
        'conflict',
        `the backup’s database had the migration ${name}, which this program ${shipped.has(name) ? 'has with other contents' : 'does not have'}; restore it with the version that made it`,
      )
  return migrations.length
}

async function wholeOf(member: TarMember, seen: Map<string, string>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of member.content) parts.push(part)
  const content = Buffer.concat(parts)
  seen.set(member.name, createHash('sha256').update(content).digest('hex'))
  return content
}

/** PostgreSQL reads the rows as it wrote them, so that no value passes through JavaScript's numbers or dates. */
async function insertRows(client: pg.Client, table: string, content: Buffer): Promise<number> {
  const lines = content
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '')
  const name = client.escapeIdentifier(table)
  const [first] = lines
  if (first === undefined) return 0
  // A part holds rows of one school; with row-level security in force a stranger among them is refused.
  const row = JSON.parse(first) as { school_id?: string; id?: string }
  await client.query("select set_config('app.school_id', $1, true)", [row.school_id ?? row.id ?? ''])
  await client.query(`insert into ${name} select * from json_populate_recordset(null::${name}, $1::json)`, [
    `[${lines.join(',')}]`,
  ])
  return lines.length
}

async function writeMember(dataFolder: string, member: TarMember, seen: Map<string, string>): Promise<void> {
  const [, folder = '', ...rest] = member.name.split('/')
  if (!filled.includes(folder) || rest.length === 0 || rest.some(part => !/^[\w-][\w.-]*$/.test(part)))
    throw new Refusal('invalid', `the backup would write to “${member.name}”, where no backup of Gatehouse writes`)
  const path = join(dataFolder, folder, ...rest)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const digest = createHash('sha256')
  await pipeline(
    Readable.from(
      (async function* () {
        for await (const part of member.content) {
          digest.update(part)
          yield part
        }
      })(),
    ),
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
  )
  seen.set(member.name, digest.digest('hex'))
}

function compare(manifest: Manifest, seen: ReadonlyMap<string, string>, counts: ReadonlyMap<string, number>): void {
  const altered = manifest.members.find(({ name, sha256 }) => seen.get(name) !== sha256)
  if (altered) throw new Refusal('invalid', `“${altered.name}” in the backup is not what was put there`)
  if (manifest.members.length !== seen.size)
    throw new Refusal('invalid', 'the backup holds more than its own list says')
  for (const [table, count] of Object.entries(manifest.rows))
    if ((counts.get(table) ?? 0) !== count)
      throw new Refusal('invalid', `the backup holds ${counts.get(table) ?? 0} rows of ${table}, and says ${count}`)
}
