/**
 * Verdicts a second in one process: bare look-ups and full decisions, beside a plain Map with a suffix walk and the
 * libraries of others. Each is measured in a process of its own, turn by turn with the Map, and what is compared is how
 * many times faster than the Map each is.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Measured, Work } from './contender.ts'
import { type Corpus, listsFolder, prepareCorpus } from './corpus.ts'
import { type BenchRow, perSecond, times } from './row.ts'

const execute = promisify(execFile)
/** To five million names, beside those of the corpus. */
const wholeSize = 5_000_000
/** GPL-3.0, so it is no dependency of this project: it is fetched for the run, into a folder that is deleted afterwards. */
const tsurlfilter = {
  dependencies: { '@adguard/tsurlfilter': '6.0.3' },
  // Its own range asks for a version that not every registry has.
  overrides: { '@adguard/agtree': '4.2.0' },
}

export async function run(): Promise<readonly BenchRow[]> {
  const folder = listsFolder()
  if (!folder) return []
  const temporary = mkdtempSync(join(tmpdir(), 'gatehouse-bench-filter-'))
  try {
    return await measure(prepareCorpus(folder, temporary), temporary)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

async function measure(corpus: Corpus, temporary: string): Promise<BenchRow[]> {
  const real = join(temporary, 'real.lists')
  const padded = join(temporary, 'padded.lists')
  compile(corpus, 0, real)
  const madeUp = Math.max(0, wholeSize - corpus.domainCount)
  compile(corpus, madeUp, padded)
  const work: Work = { ...pick(corpus), compiled: real, madeUp: 0, rounds: 9, asked: 100_000 }
  const bare = await contend('gatehouse', work)
  const full = await contend('decide', work)
  const ghostery = await contend('ghostery', { ...work, rounds: 5, asked: 20_000 })
  const installed = installTsurlfilter(temporary)
  const adguard = installed ? await contend('tsurlfilter', { ...work, rounds: 5, asked: 20_000, installed }) : null
  const large = await contend('gatehouse', { ...work, compiled: padded, madeUp, rounds: 7 })
  const largeFull = await contend('decide', { ...work, compiled: padded, madeUp, rounds: 5 })
  const rows: BenchRow[] = [
    ...bareRows(bare, `${million(corpus.domainCount)} names`),
    ...bareRows(large, `${million(wholeSize)} names`),
    ...fullRows(full, `${million(corpus.domainCount)} names`),
    ...fullRows(largeFull, `${million(wholeSize)} names`),
  ]
  for (const [name, library] of [
    ['@ghostery/adblocker', ghostery],
    ['@adguard/tsurlfilter', adguard],
  ] as const)
    if (library) rows.push(...libraryRows(name, library))
  const rivals = [ghostery, adguard].filter(rival => rival !== null)
  const bestHosts = Math.max(...rivals.map(rival => rival.hosts.ratio))
  const bestUrls = Math.max(...rivals.map(rival => rival.urls?.ratio ?? 0))
  const against = [full.hosts.ratio / bestHosts, (full.urls?.ratio ?? Number.NaN) / bestUrls] as const
  rows.push({
    bar: `full decision against the better of ${rivals.length === 2 ? 'ghostery and tsurlfilter' : 'those measured'}: hosts, addresses`,
    measured: against.map(times).join(', '),
    goal: '≥ 5 ×',
    met: against.every(ratio => ratio >= 5),
    ...(adguard ? {} : { note: 'tsurlfilter could not be installed' }),
  })
  return rows
}

const pick = ({ domains, hosts, urls }: Corpus) => ({ domains, hosts, urls })
const million = (count: number): string => `${(count / 1e6).toFixed(2)} M`

function bareRows(
  { hosts, differentCount, different, blocked, blockedDigest, bytes, mapBytes }: Measured,
  size: string,
): BenchRow[] {
  return [
    {
      bar: `(a) bare host look-up, ${size}, against the Map`,
      measured: times(hosts.ratio),
      goal: '≥ 5 ×, then ≥ 7 ×',
      met: hosts.ratio >= 5,
      note: `${perSecond(hosts.engine)} against ${perSecond(hosts.map)}; p99 ${micro(hosts.p99)} against ${micro(hosts.mapP99)}`,
    },
    {
      bar: `blocked hosts, ${size}: where look-up and Map differ`,
      measured: `${differentCount} of 100,000`,
      goal: 'none',
      met: differentCount === 0,
      note: `${blocked} blocked, ${blockedDigest.slice(0, 12)}${different.length > 0 ? `; ${different.slice(0, 3).join(', ')}` : ''}`,
    },
    {
      bar: `memory, ${size}: the lists, the Map`,
      measured: `${megabytes(bytes)}, ${megabytes(mapBytes)}`,
      goal: '',
      met: null,
    },
  ]
}

const fullRows = ({ hosts, urls, note }: Measured, size: string): BenchRow[] => [
  {
    bar: `(b) full decision on hosts, ${size}, against the Map`,
    measured: times(hosts.ratio),
    goal: '≥ 2 ×',
    met: hosts.ratio >= 2,
    note: `${perSecond(hosts.engine)} against ${perSecond(hosts.map)}; p99 ${micro(hosts.p99)}; ${note}`,
  },
  ...(urls
    ? [
        {
          bar: `(b) full decision on addresses, ${size}, against the Map`,
          measured: times(urls.ratio),
          goal: '≥ 1 ×',
          met: urls.ratio >= 1,
          note: `${perSecond(urls.engine)} against ${perSecond(urls.map)}; p99 ${micro(urls.p99)}`,
        },
      ]
    : []),
]

const libraryRows = (
  name: string,
  { hosts, urls, differentCount, different, bytes, buildMs, note }: Measured,
): BenchRow[] => [
  {
    bar: `${name}: hosts, addresses, against the Map`,
    measured: `${times(hosts.ratio)}, ${times(urls?.ratio ?? Number.NaN)}`,
    goal: '',
    met: null,
    note: `p99 ${micro(hosts.p99)}, ${megabytes(bytes)}, built in ${(buildMs / 1000).toFixed(1)} s; ${note}`,
  },
  {
    bar: `${name}: blocked hosts that differ from the Map`,
    measured: `${differentCount} of 20,000`,
    goal: '',
    met: null,
    ...(different.length > 0 && { note: different.slice(0, 3).join(', ') }),
  },
]

const micro = (nanoseconds: number): string => `${(nanoseconds / 1000).toFixed(1)} µs`
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

const here = (name: string): string => join(import.meta.dirname, name)

function compile(corpus: Corpus, madeUp: number, out: string): void {
  const words = [here('compile-corpus.ts'), corpus.folder, out, String(madeUp)]
  execFileSync(process.execPath, ['--max-old-space-size=6000', ...words], { stdio: 'inherit' })
}

async function contend(name: string, work: Work): Promise<Measured> {
  const words = ['--expose-gc', '--max-old-space-size=8000', here('contender.ts'), name, JSON.stringify(work)]
  const { stdout } = await execute(process.execPath, words, { maxBuffer: 1e7 })
  // Written by contender.ts.
  return JSON.parse(stdout) as Measured
}

/** Where the library is, as JSON for the contender; null, with a word on it, where it cannot be had. */
function installTsurlfilter(temporary: string): string | null {
  const folder = join(temporary, 'npm')
  try {
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...tsurlfilter }))
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const home = join(folder, 'node_modules/@adguard/tsurlfilter')
    // What a package says of itself.
    const { version, license } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Record<string, string>
    console.log(
      `tsurlfilter ${version} (${license}) was installed into ${folder} for this run; it is no part of Gatehouse`,
    )
    return JSON.stringify({
      entry: join(home, 'dist/es/index.js'),
      note: `@adguard/tsurlfilter ${version}, ${license}, not a dependency`,
    })
  } catch (error) {
    console.log(`tsurlfilter could not be installed: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
    return null
  }
}
