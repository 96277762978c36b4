/**
 * Through Squid on loopback with tiny pages, which is the worst case for a filter: what the helper costs against Squid alone,
 * against a helper in C that answers without looking, against squidGuard, and against e2guardian, a proxy of its own. All stand ready at once and take turns of some
 * seconds, so that what else the machine does falls on all alike; each figure is a ratio within its round. SQUID_ROUNDS sets
 * how many rounds.
 */
import { execFileSync, type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { freePort, programPath } from '../../journeys/neighbours.ts'
import { listsFolder } from './corpus.ts'
import { blockedSets, type PeerLists, prepareSquidGuard, startE2guardian, writePeerLists } from './peers.ts'
import { type BenchRow, median } from './row.ts'
import type { LoadOrder, LoadResult } from './squid-load.ts'

const root = join(import.meta.dirname, '../..')
const rounds = Number(process.env.SQUID_ROUNDS ?? 5)
const turnMs = 2000
const connections = 16

/** Answers OK to each line, channel and all, and looks at nothing: what Squid's own protocol costs. */
const emptyHelper = `#include <stdio.h>
#include <string.h>
int main(void) {
  static char line[1 << 16];
  while (fgets(line, sizeof line, stdin)) {
    char *space = strchr(line, ' ');
    if (space) *space = 0;
    printf("%s OK\\n", line);
    fflush(stdout);
  }
  return 0;
}
`

interface Setup {
  readonly name: string
  /** Lines of squid.conf. */
  readonly conf: string
}

interface Turn extends LoadResult {
  /** Of Squid and everything it has started, for one request. */
  readonly processorMicroseconds: number
}

interface Running {
  readonly name: string
  readonly port: number
  readonly process: ChildProcess
}

export async function run(): Promise<readonly BenchRow[]> {
  const missing = ['squid', 'cc'].filter(program => !programPath(program))
  if (missing.length > 0) {
    console.log(`\nNot measured: ${missing.join(' and ')} missing; type "apt-get install squid-openssl gcc libc6-dev"`)
    return []
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-squid-'))
  chmodSync(folder, 0o755)
  const worker = new Worker(join(import.meta.dirname, 'squid-load.ts'))
  const running: Running[] = []
  try {
    const sitePort = await message<number>(worker)
    const lists = listsFolder()
    const peers = lists ? writePeerLists(join(folder, 'guard'), lists) : null
    const setups = prepare(folder, lists, peers)
    for (const setup of setups) running.push(await start(folder, setup))
    const e2guardian = peers ? await guardian(folder, peers, sitePort) : null
    if (e2guardian) running.push(e2guardian)
    const addresses = Array.from({ length: 500 }, (_, n) => `http://site${n % 100}.bench.example:${sitePort}/page/${n}`)
    const order = (port: number, durationMs: number): LoadOrder => ({
      proxyPort: port,
      connections,
      durationMs,
      addresses,
    })
    const results = new Map<string, Turn[]>(running.map(({ name }) => [name, []]))
    // Warm, and not counted.
    for (const { port, name } of running) {
      const { failures } = await ask(worker, order(port, 500))
      if (failures > 0) throw new Error(`${name}: ${failures} answers were not 200`)
    }
    for (let round = 0; round < rounds; round++)
      for (const { name, port, process } of running) {
        const before = processorTicks(process.pid ?? 0)
        const result = await ask(worker, order(port, turnMs))
        const ticks = processorTicks(process.pid ?? 0) - before
        const requests = (result.requestsPerSecond * turnMs) / 1000
        results.get(name)?.push({ ...result, processorMicroseconds: (ticks * 10_000) / requests })
      }
    const program = programPath('squidGuard')
    const sets =
      lists && peers
        ? await blockedSets(folder, lists, peers, {
            squidGuard: program ? { program, conf: join(folder, 'squidGuard.conf') } : null,
            e2guardianPort: e2guardian?.port ?? null,
          })
        : []
    return [...rowsOf(results, running), ...sets]
  } finally {
    // e2guardian takes minutes to end when it is asked to.
    for (const { name, process } of running) process.kill(name === 'e2guardian' ? 'SIGKILL' : 'SIGTERM')
    await Promise.all(
      running.map(
        ({ process }) => new Promise(done => (process.exitCode === null ? process.once('close', done) : done(0))),
      ),
    )
    await worker.terminate()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function rowsOf(results: ReadonlyMap<string, readonly Turn[]>, running: readonly Running[]): BenchRow[] {
  const ratio = (name: string, against: string): number => {
    const [one, other] = [results.get(name) ?? [], results.get(against) ?? []]
    return median(
      one.map(({ requestsPerSecond }, n) => requestsPerSecond / (other[n]?.requestsPerSecond ?? Number.NaN)),
    )
  }
  const rows: BenchRow[] = []
  const row = (bar: string, name: string, against: string, goal: number | null): void => {
    if (!results.has(name) || !results.has(against)) return
    const value = ratio(name, against)
    const speeds = (results.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond)
    const cost = (of: string): number =>
      Math.round(median((results.get(of) ?? []).map(({ processorMicroseconds }) => processorMicroseconds)))
    rows.push({
      bar,
      measured: value.toFixed(2),
      goal: goal === null ? '' : `≥ ${goal}`,
      met: goal === null ? null : value >= goal,
      // Left out of e2guardian: the kernel's count of its ticks was 60 µs a request in one run and 0 in the next.
      note: `${Math.round(median(speeds))} requests/s${[name, against].includes('e2guardian') ? '' : `; ${cost(name)} against ${cost(against)} µs of processor a request`}`,
    })
  }
  row('Squid with the helper, verdicts remembered 5 s, against Squid alone', 'helper', 'alone', 0.95)
  row('the helper, nothing remembered, against a helper in C that does nothing', 'helper, no memory', 'empty', 0.95)
  row('the helper, nothing remembered, against Squid alone', 'helper, no memory', 'alone', null)
  row('the helper that does nothing, nothing remembered, against Squid alone', 'empty', 'alone', null)
  row('the helper, nothing remembered, against squidGuard with all categories', 'helper, no memory', 'squidGuard', 2)
  row('the helper, remembered, against squidGuard with all categories', 'helper', 'squidGuard', 2)
  row('squidGuard with all categories, against Squid alone', 'squidGuard', 'alone', null)
  row('the helper, nothing remembered, against e2guardian, a proxy of its own', 'helper, no memory', 'e2guardian', null)
  row('the helper, remembered, against e2guardian', 'helper', 'e2guardian', null)
  row('e2guardian against Squid alone', 'e2guardian', 'alone', null)
  const helpers = running
    .filter(({ name }) => name.startsWith('helper'))
    .map(({ process }) => childrenOf(process.pid ?? 0))
  const sizes = helpers
    .flat()
    .map(pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
  rows.push({
    bar: 'memory of the one helper process, after the load',
    measured: `${Math.max(...sizes).toFixed(0)} MiB`,
    goal: '< 80 MB',
    met: Math.max(...sizes) * 1.048576 < 80 && helpers.every(each => each.length === 1),
    note: `${helpers[0]?.length ?? 0} process`,
  })
  return rows
}

function prepare(folder: string, lists: string | null, peers: PeerLists | null): Setup[] {
  const data = join(folder, 'data')
  const compile = ['--disable-warning=ExperimentalWarning', join(root, 'apps/server/src/cli.ts'), 'lists', 'compile']
  execFileSync(process.execPath, [...compile, ...(lists ? ['--from', lists] : [])], {
    env: { ...process.env, GATEHOUSE_DATA: data },
    stdio: 'ignore',
  })
  execFileSync('chmod', ['-R', 'a+rX', data])
  const source = join(folder, 'empty.c')
  writeFileSync(source, emptyHelper)
  execFileSync('cc', ['-O2', '-o', join(folder, 'empty'), source])
  // A name a line: Squid reads no more than a kilobyte of one.
  const hosts = Array.from({ length: 100 }, (_, n) => `127.0.0.1 site${n}.bench.example\n`).join('')
  writeFileSync(join(folder, 'hosts'), hosts, { mode: 0o644 })
  const flags = JSON.parse(readFileSync(join(root, 'apps/gateway/bin/lean-flags.json'), 'utf8')) as {
    node: string[]
    environment: Record<string, string>
  }
  const variables = Object.entries(flags.environment).map(([name, value]) => `${name}=${value}`)
  const gateway = join(root, 'apps/gateway')
  const helper = [
    '/usr/bin/env',
    ...variables,
    process.execPath,
    ...flags.node,
    join(gateway, 'bin/lean.mjs'),
    join(gateway, 'src/squid/helper-main.ts'),
    '--data',
    data,
    '--group',
    'juniors',
  ]
  // The stripped programs are made now, as whoever may write them.
  execFileSync(helper[0] ?? '', helper.slice(1), { input: '', stdio: ['pipe', 'ignore', 'ignore'] })
  const asked = (
    program: readonly string[],
    ttl: number,
  ): string => `external_acl_type filter concurrency=50 children-startup=1 children-idle=1 children-max=1 queue-size=5000 ttl=${ttl} negative_ttl=${ttl} %SRC %URI ${program.join(' ')}
acl open external filter
http_access deny !open
http_access allow all`
  const setups: Setup[] = [
    { name: 'alone', conf: 'http_access allow all' },
    { name: 'helper', conf: asked(helper, 5) },
    { name: 'helper, no memory', conf: asked(helper, 0) },
    { name: 'empty', conf: asked([join(folder, 'empty')], 0) },
  ]
  const program = programPath('squidGuard')
  if (!program) console.log('Not measured: squidGuard is missing; type "apt-get install squidguard"')
  else if (peers)
    setups.push({ name: 'squidGuard', conf: squidGuard(program, prepareSquidGuard(program, folder, peers)) })
  return setups
}

/** Eight processes, which is its usual number. */
const squidGuard = (program: string, conf: string): string => `url_rewrite_program ${program} -c ${conf}
url_rewrite_children 8 startup=8 idle=8 concurrency=0
http_access allow all`

/** e2guardian between the browsers and the site, without Squid; null, with a word on it, where it cannot be had. */
async function guardian(folder: string, peers: PeerLists, upstream: number): Promise<Running | null> {
  const program = programPath('e2guardian')
  if (!program) {
    console.log('Not measured: e2guardian is missing; type "apt-get install e2guardian"')
    return null
  }
  const port = await freePort()
  const child = startE2guardian(program, folder, peers, { own: port, upstream })
  // It reads a million names first.
  for (let tries = 0; tries < 1_200 && !(await answers(port)); tries++) {
    if (child.exitCode !== null) {
      console.log(`Not measured: e2guardian does not run here; it ended with status ${child.exitCode}`)
      return null
    }
    await new Promise(done => setTimeout(done, 100))
  }
  return { name: 'e2guardian', port, process: child }
}

async function start(folder: string, { name, conf }: Setup): Promise<Running> {
  const home = join(folder, 'squid', name.replaceAll(/\W+/g, '-'))
  mkdirSync(home, { recursive: true })
  const user = process.getuid?.() === 0 ? 'proxy' : null
  if (user) chownSync(home, Number(execFileSync('id', ['-u', user], { encoding: 'utf8' })), 0)
  const port = await freePort()
  const path = join(home, 'squid.conf')
  writeFileSync(
    path,
    `http_port 127.0.0.1:${port}
pid_filename ${home}/squid.pid
cache_log ${home}/cache.log
coredump_dir ${home}
access_log none
cache deny all
cache_mem 8 MB
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname bench
hosts_file ${folder}/hosts
${user ? `cache_effective_user ${user}` : ''}
${conf}
`,
  )
  const child = spawn(programPath('squid') ?? 'squid', ['-N', '-f', path], { stdio: 'ignore' })
  for (let tries = 0; tries < 300 && !(await answers(port)); tries++) {
    if (child.exitCode !== null)
      throw new Error(`Squid ${name} did not start: ${readFileSync(join(home, 'cache.log'), 'utf8').slice(-500)}`)
    await new Promise(done => setTimeout(done, 100))
  }
  return { name, port, process: child }
}

/** Hundredths of a second that a process and its children have worked (proc(5), `stat`, fields 14 and 15). */
function processorTicks(pid: number): number {
  const family = [pid, ...childrenOf(pid, '')]
  return family.reduce((sum, each) => {
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return sum + Number(fields[11]) + Number(fields[12])
  }, 0)
}

const childrenOf = (parent: number, word = 'helper-main.ts'): number[] =>
  execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, ppid, ...words]) => Number(ppid) === parent && words.join(' ').includes(word))
    .map(([pid]) => Number(pid))

const message = <T>(worker: Worker): Promise<T> => new Promise(done => worker.once('message', done))
const ask = (worker: Worker, order: LoadOrder): Promise<LoadResult> => {
  const result = message<LoadResult>(worker)
  worker.postMessage(order)
  return result
}
const answers = (port: number): Promise<boolean> =>
  new Promise(done => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })

if (import.meta.main) {
  const { printRows } = await import('./row.ts')
  printRows('Through Squid', await run())
}
