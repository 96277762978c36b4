/**
 * The filters of others beside which the helper is measured, set up as their documentation has it, and what each of them
 * blocks: squidGuard, asked by Squid, and e2guardian, a proxy of its own.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { compileLists, type ListEntry, openLists, publicSources } from '../../packages/engine/src/filter/index.ts'
import { eachEntry, linesOfFile, prepareCorpus } from './corpus.ts'
import type { BenchRow } from './row.ts'

/** One file of domains for each category of the folder's lists, and what is in them. */
export interface PeerLists {
  readonly folder: string
  readonly categories: readonly string[]
  readonly entries: readonly ListEntry[]
}

export function writePeerLists(into: string, lists: string): PeerLists {
  mkdirSync(into)
  const files = new Map<string, number>()
  const entries: ListEntry[] = []
  eachEntry(lists, entry => {
    const { domain, category, path } = entry
    if (path !== undefined || category === 'must-allow') return
    let file = files.get(category)
    if (file === undefined) {
      mkdirSync(join(into, category))
      file = openSync(join(into, category, 'domains'), 'w')
      files.set(category, file)
    }
    writeSync(file, `${domain}\n`)
    entries.push(entry)
  })
  for (const file of files.values()) closeSync(file)
  return { folder: into, categories: [...files.keys()], entries }
}

/** Each category a database of its own. @returns the path of its configuration. */
export function prepareSquidGuard(program: string, folder: string, { folder: home, categories }: PeerLists): string {
  const conf = join(folder, 'squidGuard.conf')
  writeFileSync(
    conf,
    `dbhome ${home}\nlogdir ${home}\n${categories.map(name => `dest ${name} {\n domainlist ${name}/domains\n}`).join('\n')}
acl {\n default {\n  pass ${categories.map(name => `!${name}`).join(' ')} all\n  redirect http://127.0.0.1/\n }\n}\n`,
  )
  execFileSync(program, ['-c', conf, '-C', 'all'], { stdio: 'ignore' })
  execFileSync('chmod', ['-R', 'a+rwX', home])
  return conf
}

/** The package's own configuration with these lists, no text of pages weighed, and no log. Pages come from `upstream`. */
export function startE2guardian(
  program: string,
  folder: string,
  peers: PeerLists,
  ports: { readonly own: number; readonly upstream: number },
): ChildProcess {
  const home = join(folder, 'e2guardian')
  cpSync('/etc/e2guardian', home, { recursive: true })
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile()) continue
    const text = readFileSync(path, 'latin1')
    if (text.includes('/etc/e2guardian')) writeFileSync(path, text.replaceAll('/etc/e2guardian', home), 'latin1')
  }
  mkdirSync(join(home, 'run'))
  chmodSync(join(home, 'run'), 0o777)
  const includes = peers.categories.map(name => `.Include<${join(peers.folder, name, 'domains')}>\n`).join('')
  writeFileSync(join(home, 'lists/bannedsitelist'), includes)
  const values: Readonly<Record<string, string | number>> = {
    filterip: '127.0.0.1',
    filterports: ports.own,
    proxyip: '127.0.0.1',
    proxyport: ports.upstream,
    loglevel: 0,
    weightedphrasemode: 0,
    httpworkers: 64,
    dockermode: 'on',
    pidfilename: `'${home}/run/pid'`,
    loglocation: `'${home}/run/access.log'`,
    filecachedir: `'${home}/run'`,
  }
  const conf = join(home, 'e2guardian.conf')
  const kept = readFileSync(conf, 'latin1')
    .split('\n')
    .filter(line => !Object.keys(values).includes(line.split('=')[0]?.trim() ?? ''))
  const set = Object.entries(values).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(conf, `${[...kept, ...set].join('\n')}\n`, 'latin1')
  execFileSync('chmod', ['-R', 'a+rX', home, peers.folder])
  return spawn(program, ['-N', '-c', conf], { stdio: 'ignore' })
}

const asked = 5_000

/** Whom each blocks of the same hosts, compared with our look-up in the same names. */
export async function blockedSets(
  folder: string,
  lists: string,
  peers: PeerLists,
  others: { readonly squidGuard: { program: string; conf: string } | null; readonly e2guardianPort: number | null },
): Promise<BenchRow[]> {
  const hosts = [...new Set(linesOfFile(prepareCorpus(lists, join(folder, 'corpus')).hosts).slice(0, asked))]
  const sources = publicSources.map(({ id, name, licence }) => ({ id, name, licence, date: '', isCurated: false }))
  const ours = openLists(compileLists([...peers.entries], sources))
  const blocked = new Set(hosts.filter(host => ours.lookupSet(host) !== 0))
  const listed = new Set(peers.entries.map(({ domain }) => domain))
  /** Beneath a name that is listed twice, with and without `www.`: squidGuard finds the longer one, and looks no further. */
  const isBeneathTwo = (host: string): boolean => {
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const above = host.slice(dot + 1)
      if (listed.has(above) && listed.has(`www.${above}`)) return true
    }
    return false
  }
  const row = (name: string, theirs: ReadonlySet<string>): BenchRow => {
    const onlyOurs = hosts.filter(host => blocked.has(host) && !theirs.has(host))
    const onlyTheirs = hosts.filter(host => !blocked.has(host) && theirs.has(host))
    const shown = (all: readonly string[]): string => (all.length === 0 ? '' : ` (${all.slice(0, 3).join(', ')})`)
    return {
      bar: `hosts of ${hosts.length.toLocaleString('en-GB')} that ${name} and we judge differently`,
      measured: String(onlyOurs.length + onlyTheirs.length),
      goal: '',
      met: null,
      note: `of ${blocked.size} that we block; only we: ${onlyOurs.length}${shown(onlyOurs)}, ${onlyOurs.filter(isBeneathTwo).length} of them beneath a name that is listed with www. as well; only ${name}: ${onlyTheirs.length}${shown(onlyTheirs)}`,
    }
  }
  const rows: BenchRow[] = []
  if (others.squidGuard) rows.push(row('squidGuard', blockedBySquidGuard(others.squidGuard, hosts)))
  if (others.e2guardianPort !== null) rows.push(row('e2guardian', await blockedByProxy(others.e2guardianPort, hosts)))
  return rows
}

function blockedBySquidGuard(
  { program, conf }: { program: string; conf: string },
  hosts: readonly string[],
): Set<string> {
  const input = hosts.map(host => `http://${host}/ 127.0.0.1/- - GET\n`).join('')
  const answers = execFileSync(program, ['-c', conf], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = answers.split('\n')
  return new Set(hosts.filter((_, n) => lines[n]?.includes('http://127.0.0.1/')))
}

/** What does not come from the site behind the proxy, whose page is one word, is a page that says no. */
async function blockedByProxy(port: number, hosts: readonly string[]): Promise<Set<string>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const blocked = new Set<string>()
  const ask = (host: string): Promise<void> =>
    new Promise((done, failed) => {
      const url = `http://${host}/`
      get({ host: '127.0.0.1', port, path: url, headers: { host }, agent }, response => {
        let text = ''
        response.setEncoding('latin1')
        response.on('data', part => (text += part))
        response.on('end', () => {
          if (text !== 'quie') blocked.add(host)
          done()
        })
        response.on('error', failed)
      }).on('error', failed)
    })
  const waiting = [...hosts]
  const work = async (): Promise<void> => {
    for (let host = waiting.pop(); host !== undefined; host = waiting.pop()) await ask(host)
  }
  await Promise.all(Array.from({ length: 8 }, work))
  agent.destroy()
  return blocked
}
