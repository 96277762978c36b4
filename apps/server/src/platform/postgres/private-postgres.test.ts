import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'
import { CannotStart } from './cannot-start.ts'
import { embeddedPackage, machinePrograms } from './postgres-programs.ts'
import { type PrivatePostgres, type PrivatePostgresOptions, startPrivatePostgres } from './private-postgres.ts'
import { isRoot } from './server-user.ts'

// Short, and not under TMPDIR, which may be neither short nor open to the server's account.
const place = mkdtempSync('/tmp/gatehouse-test-')
chmodSync(place, 0o711)
after(() => rmSync(place, { recursive: true, force: true }))
const outsideFolder = path.join(place, 'outside')

interface School {
  readonly dataFolder: string
  readonly lines: string[]
  readonly options: PrivatePostgresOptions
  start(changes?: Partial<PrivatePostgresOptions>): Promise<PrivatePostgres>
}

function school(name: string, dataFolder = path.join(place, name)): School {
  const lines: string[] = []
  const options = {
    dataFolder,
    keysFolder: path.join(place, `${name}-keys`),
    outsideFolder,
    log: (line: string) => void lines.push(line),
  }
  return { dataFolder, lines, options, start: changes => startPrivatePostgres({ ...options, ...changes }) }
}

async function ask(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

/** A process that has closed everything still has a moment to live. */
async function assertEnds(pid: number): Promise<void> {
  for (let tries = 0; tries < 40 && runs(pid); tries++) await sleep(50)
  assert.ok(!runs(pid), `process ${pid} is still running`)
}

/** Another process that starts the same database, says its number, and stays. */
async function otherProcess(
  options: PrivatePostgresOptions,
  before = '',
): Promise<{ child: ChildProcess; pid: number; started: boolean }> {
  const code = `
    const { startPrivatePostgres } = await import(${JSON.stringify(pathToFileURL(path.join(import.meta.dirname, 'private-postgres.ts')).href)})
    const options = ${JSON.stringify(options)}
    ${before}
    const { pid, started, stop } = await startPrivatePostgres({ ...options, log: () => {} })
    process.on('SIGTERM', () => void stop().then(() => process.exit(0)))
    console.log(JSON.stringify({ pid, started }))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  assert.ok(said instanceof Buffer, `the other process ended with ${String(said)}`)
  return { child, ...JSON.parse(String(said)) }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const exit = once(child, 'exit')
  child.kill(signal)
  assert.deepEqual(await exit, signal === 'SIGTERM' ? [0, null] : [null, 'SIGKILL'])
}

const kinds = machinePrograms(undefined).length > 0 ? (['machine', 'embedded'] as const) : (['embedded'] as const)

for (const kind of kinds) {
  test(`a new data folder gets a database (${kind} programs), which keeps what is written and its version`, async () => {
    const { start, dataFolder, options } = school(`new-${kind}`)
    const first = await start({ programs: kind })
    assert.equal(first.kind, kind)
    assert.ok(first.started)
    assert.match(first.version, /^\d+\.\d+$/)
    const settings = await ask(
      first.url,
      'create table kept (name text)',
      "insert into kept values ('Zoë')",
      `select ${['server_encoding', 'data_checksums', 'fsync', 'synchronous_commit', 'listen_addresses', 'jit'].map(name => `current_setting('${name}') as ${name}`).join(', ')}`,
    )
    assert.deepEqual(settings[0], {
      server_encoding: 'UTF8',
      data_checksums: 'on',
      fsync: 'on',
      synchronous_commit: 'on',
      listen_addresses: '',
      jit: 'off',
    })
    await first.stop()
    await first.stop()
    await assertEnds(first.pid)
    assert.equal(readFileSync(path.join(dataFolder, 'postgres/PG_VERSION'), 'utf8').trim(), first.version.split('.')[0])
    assert.equal(statSync(path.join(options.keysFolder, 'postgres-superuser')).mode & 0o777, 0o600)

    const again = await start({ programs: kind })
    assert.equal(again.version, first.version)
    assert.deepEqual(await ask(again.url, 'select name from kept'), [{ name: 'Zoë' }])
    await again.stop()
  })
}

test('a database of one maker is carried on by the programs of another of the same version', async () => {
  const { start } = school('maker')
  const embedded = await start({ programs: 'embedded' })
  const major = Number(embedded.version.split('.')[0])
  await ask(embedded.url, 'create table kept ()')
  await embedded.stop()
  const next = await start()
  assert.equal(
    next.kind,
    machinePrograms(undefined).some(programs => programs.major === major) ? 'machine' : 'embedded',
  )
  assert.deepEqual(await ask(next.url, 'select count(*)::int from kept'), [{ count: 0 }])
  await next.stop()
})

test('what a child wrote is in no log, neither after an error nor after a crash', async () => {
  const { start, dataFolder } = school('words')
  const { url, stop } = await start()
  const words = 'someone-at-home-hurts-me'
  await ask(url, 'create table report (code text primary key)', `insert into report values ('${words}')`)
  await assert.rejects(ask(url, `insert into report values ('${words}')`), { code: '23505' })
  await assert.rejects(ask(url, `select '${words}'::uuid`), { code: '22P02' })
  await assert.rejects(ask(url, `do $$ begin raise warning '${words}'; perform ${words.replaceAll('-', '_')}; end $$`))
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const pid = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0
  const sleeping = assert.rejects(client.query(`select pg_sleep(60), '${words}'`))
  process.kill(pid, 'SIGSEGV')
  await sleeping
  await stop()
  const log = readFileSync(path.join(dataFolder, 'postgres.log'), 'utf8')
  assert.match(log, /terminated by signal 11/)
  assert.ok(!log.includes(words) && !log.includes('someone_at_home'), log)
})

test('the server that a killed process left behind is used, and stopped at the end like our own', async () => {
  const { start, options, lines } = school('orphan')
  const other = await otherProcess({ ...options, programs: 'embedded' })
  await end(other.child, 'SIGKILL')
  const adopted = await start()
  assert.equal(adopted.pid, other.pid)
  assert.equal(adopted.started, false)
  assert.equal(adopted.kind, 'embedded')
  assert.match(lines.join('\n'), /Found running/)
  await ask(adopted.url, 'select 1')
  await adopted.stop()
  await assertEnds(adopted.pid)
})

test('serve and the verbs of the command line share one server, and the last to leave stops it', async () => {
  const { start, options } = school('shared')
  const [first, second] = await Promise.all([otherProcess(options), otherProcess(options)])
  assert.equal(first.pid, second.pid)
  assert.equal(Number(first.started) + Number(second.started), 1)
  const third = await start()
  assert.equal(third.pid, first.pid)
  await end(first.child, 'SIGTERM')
  await ask(third.url, 'select 1')
  await third.stop()
  assert.ok(runs(second.pid), 'the second still needs it')
  await end(second.child, 'SIGTERM')
  await assertEnds(second.pid)
})

test('after a kill -9 of the database itself the next start recovers every acknowledged row', async () => {
  const { start } = school('killed')
  const first = await start()
  const client = new Client({ connectionString: first.url })
  client.on('error', () => {})
  await client.connect()
  await client.query('create table kept (n int)')
  await client.query('insert into kept select generate_series(1, 1000)')
  // A backend in the middle of something outlives its postmaster for a moment.
  const busy = client.query('select pg_sleep(0.5)').catch(() => undefined)
  process.kill(first.pid, 'SIGKILL')
  const second = await start()
  assert.ok(second.started)
  assert.notEqual(second.pid, first.pid)
  assert.deepEqual(await ask(second.url, 'select count(*)::int from kept'), [{ count: 1000 }])
  await busy
  await client.end().catch(() => {})
  await second.stop()
  await first.stop()
})

test('a process number that another program has since been given is not taken for the server', async () => {
  const { start, dataFolder } = school('stranger')
  await (await start()).stop()
  const cluster = path.join(dataFolder, 'postgres')
  const { uid, gid } = statSync(cluster)
  // PostgreSQL believes the number of any process of its own account.
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(isRoot() ? { uid, gid } : {}) })
  const pidFile = path.join(cluster, 'postmaster.pid')
  writeFileSync(
    pidFile,
    [stranger.pid, cluster, 1_700_000_000, 5432, dataFolder, '', '  1234567         0', 'ready   ', ''].join('\n'),
    { mode: 0o600 },
  )
  chownSync(pidFile, uid, gid)
  const server = await start()
  assert.notEqual(server.pid, stranger.pid)
  await ask(server.url, 'select 1')
  await server.stop()
  assert.equal(stranger.exitCode, null, 'the stranger is left alone')
  await end(stranger, 'SIGKILL')
})

test('a database is opened by its own major version only, and the refusal names it', async () => {
  const { start, dataFolder } = school('version')
  await (await start()).stop()
  writeFileSync(path.join(dataFolder, 'postgres/PG_VERSION'), '14\n')
  await assert.rejects(
    start(),
    (error: Error) =>
      error instanceof CannotStart &&
      /made by PostgreSQL 14, .*found 1\d\.\d+.*install PostgreSQL 14/.test(error.message),
  )
})

test('a database without its password, or with another, is refused and left stopped', async () => {
  const { start, dataFolder, options } = school('password')
  await (await start()).stop()
  const file = path.join(options.keysFolder, 'postgres-superuser')
  renameSync(file, `${file}.away`)
  await assert.rejects(start(), /found no such file: set GATEHOUSE_KEYS/)
  writeFileSync(file, 'another\n')
  await assert.rejects(start(), /not that of the database/)
  assert.ok(!existsSync(path.join(dataFolder, 'postgres/postmaster.pid')))
  renameSync(`${file}.away`, file)
  await (await start()).stop()
})

test('a cluster that a killed process had half made is made anew', async () => {
  const { start, dataFolder } = school('half')
  mkdirSync(path.join(dataFolder, 'postgres.unfinished/base'), { recursive: true })
  writeFileSync(path.join(dataFolder, 'postgres.unfinished/PG_VERSION'), '15\n')
  const server = await start()
  await ask(server.url, 'select 1')
  await server.stop()
  assert.deepEqual(
    readdirSync(dataFolder).filter(name => /unfinished|password/.test(name)),
    [],
  )
})

test('a data folder with a long name, spaces and accents has its socket elsewhere, and clears it away', async () => {
  const { start } = school('long', path.join(place, `école ${'x'.repeat(120)}`))
  const { url, stop } = await start()
  const socketFolder = new URL(url).searchParams.get('host') ?? ''
  assert.match(socketFolder, /^\/tmp\/gatehouse-\w+$/)
  assert.equal(statSync(socketFolder).mode & 0o777, 0o700)
  await ask(url, 'select 1')
  await stop()
  assert.ok(!existsSync(socketFolder))
})

/** The npm package as `npm ci --ignore-scripts` leaves it: without its links. */
function packageWithoutLinks(folder: string): string {
  const native = embeddedPackage() ?? assert.fail('npm installed no embedded PostgreSQL: type npm ci')
  mkdirSync(folder)
  cpSync(native, path.join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  cpSync(path.join(native, '../package.json'), path.join(folder, 'package.json'))
  const links: { target: string }[] = JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'))
  for (const { target } of links) rmSync(path.join(folder, target), { force: true })
  return path.join(folder, 'native')
}

test('after an install without scripts the missing links of the npm package are restored in place', async () => {
  const { start } = school('links')
  const embeddedFolder = packageWithoutLinks(path.join(place, 'package-links'))
  const { kind, stop } = await start({ programs: 'embedded', embeddedFolder })
  assert.equal(kind, 'embedded')
  assert.equal(readlinkSync(path.join(embeddedFolder, 'lib/libpq.so.5')), 'libpq.so.5.15')
  await stop()
})

if (isRoot()) {
  test('as root beneath a closed folder the database is elsewhere, recorded and announced, and reached by its account', async () => {
    const home = path.join(place, 'home')
    mkdirSync(home, { mode: 0o700 })
    const { start, dataFolder, lines } = school('closed', path.join(home, 'data'))
    const first = await start()
    const folder = readFileSync(path.join(dataFolder, 'postgres.location'), 'utf8').trim()
    assert.equal(path.dirname(folder), outsideFolder)
    assert.ok(
      lines.some(line => line.includes(folder) && line.includes(dataFolder)),
      lines.join('\n'),
    )
    assert.notEqual(statSync(path.join(folder, 'postgres')).uid, 0)
    await ask(first.url, 'create table kept ()')
    await first.stop()
    const again = await start()
    await ask(again.url, 'select * from kept')
    await again.stop()
    assert.equal(statSync(home).mode & 0o777, 0o700)

    cpSync(dataFolder, path.join(home, 'copy'), { recursive: true })
    await assert.rejects(start({ dataFolder: path.join(home, 'copy') }), /is a copy of/)
    renameSync(dataFolder, path.join(home, 'moved'))
    const moved = await start({ dataFolder: path.join(home, 'moved') })
    await ask(moved.url, 'select * from kept')
    await moved.stop()

    rmSync(path.join(home, 'moved'), { recursive: true })
    mkdirSync(path.join(home, 'moved'))
    const anew = await start({ dataFolder: path.join(home, 'moved') })
    await assert.rejects(ask(anew.url, 'select * from kept'), { code: '42P01' })
    assert.ok(
      lines.some(line => line.includes('earlier database') && line.includes(folder)),
      lines.join('\n'),
    )
    await anew.stop()
  })

  test('as root programs beneath a closed folder are copied to where their account can run them', async () => {
    const { start, lines } = school('closed-package')
    const closed = path.join(place, 'closed-package-home')
    const embeddedFolder = packageWithoutLinks(closed)
    chmodSync(closed, 0o700)
    const first = await start({ programs: 'embedded', embeddedFolder })
    assert.equal(first.kind, 'embedded')
    assert.ok(
      lines.some(line => line.startsWith(`Copying PostgreSQL's programs to ${outsideFolder}`)),
      lines.join('\n'),
    )
    await first.stop()
    const again = await start({ programs: 'embedded', embeddedFolder })
    await ask(again.url, 'select 1')
    await again.stop()
    assert.equal(lines.filter(line => line.startsWith('Copying')).length, 1)
  })

  test('as root a closed data folder of its own is opened to the group of the account that runs the server, no further', async () => {
    const { start, dataFolder } = school('own')
    mkdirSync(dataFolder, { mode: 0o700 })
    const { url, stop } = await start()
    await ask(url, 'select 1')
    await stop()
    assert.equal(statSync(dataFolder).mode & 0o777, 0o710)
    assert.equal(statSync(dataFolder).gid, statSync(path.join(dataFolder, 'postgres')).gid)
    assert.ok(!existsSync(path.join(dataFolder, 'postgres.location')))
  })
}

test('an ordinary user runs the database as itself, from a package that it may not write to', async t => {
  const { options, start, dataFolder } = school('ordinary', path.join(place, 'ordinary/data'))
  const embeddedFolder = packageWithoutLinks(path.join(place, 'package-ordinary'))
  const mine = path.dirname(dataFolder)
  mkdirSync(mine, { mode: 0o700 })
  const changes = { ...options, keysFolder: path.join(mine, 'keys'), programs: 'embedded' as const, embeddedFolder }
  const nobody = 65534
  const uid = isRoot() ? nobody : (process.getuid?.() ?? 0)
  if (isRoot()) chownSync(mine, nobody, nobody)
  else chmodSync(path.join(embeddedFolder, 'lib'), 0o555)
  t.after(() => chmodSync(path.join(embeddedFolder, 'lib'), 0o755))
  // The programs of the test are loaded before the rights are shed: the checkout may be in root's closed home.
  const { child, pid } = await otherProcess(
    changes,
    isRoot() ? `process.setgroups([]); process.setgid(${nobody}); process.setuid(${nobody})` : '',
  )
  assert.equal(statSync(`/proc/${pid}`).uid, uid)
  assert.equal(statSync(path.join(dataFolder, 'postgres')).uid, uid)
  assert.ok(readdirSync(dataFolder).some(name => name.startsWith('postgres-programs-')))
  await end(child, 'SIGTERM')
  await assertEnds(pid)
  // Root may carry on what an ordinary user began, as that user.
  const server = await start(changes)
  assert.equal(statSync(`/proc/${server.pid}`).uid, uid)
  await server.stop()
})
