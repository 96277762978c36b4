/**
 * One engine against a plain Map of hostnames with a suffix walk, both in this process and turn by turn:
 * `contender.ts ENGINE WORK`, where WORK is JSON (see `Work`). Prints JSON (see `Measured`). A process of its own for each, so
 * that memory is the engine's and no engine's garbage slows another.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { flat, linesOfFile, madeUpNames } from './corpus.ts'
import { median } from './row.ts'

export interface Work {
  readonly domains: string
  readonly hosts: string
  readonly urls: string
  /** The compiled file of these domains. */
  readonly compiled: string
  /** Made-up names beside the domains. */
  readonly madeUp: number
  readonly rounds: number
  /** How many of the hosts and addresses are asked in a round; slow engines need no more to be measured. */
  readonly asked: number
  /** Folder into which tsurlfilter was installed. */
  readonly installed?: string
}

export interface Compared {
  /** Nanoseconds of processor time a decision. */
  readonly map: number
  readonly engine: number
  /** How many times faster than the Map; the middle of the ratios of neighbouring rounds. */
  readonly ratio: number
  readonly p99: number
  readonly mapP99: number
}

export interface Measured {
  readonly hosts: Compared
  readonly urls: Compared | null
  /** Hosts that engine and Map judge differently; a few of them. */
  readonly different: readonly string[]
  readonly differentCount: number
  readonly blocked: number
  /** SHA-256 over which of the hosts are blocked. */
  readonly blockedDigest: string
  /** What the engine needs beside the Map: bytes of heap and of buffers. */
  readonly bytes: number
  readonly mapBytes: number
  readonly buildMs: number
  readonly note: string
}

/** True for a host, or an address, that is to be blocked. */
type Judge = (text: string) => boolean
interface Contender {
  /** How a host is put to this engine: its question is made before it is timed, as a proxy has it from the wire. */
  readonly ask: (host: string) => string
  readonly host: Judge
  readonly url: Judge | null
  readonly note: string
}

const [name = '', workText = ''] = process.argv.slice(2)
// Written by in-process.ts.
const work = JSON.parse(workText) as Work
const { gc } = globalThis
if (!gc) throw new Error('Run this with --expose-gc')

const makers: Readonly<Record<string, (domains: () => Iterable<string>) => Promise<Contender>>> = {
  gatehouse: async () => {
    const { openLists } = await import('../../packages/engine/src/filter/open-lists.ts')
    const lists = openLists(readFileSync(work.compiled))
    return { ask: host => host, host: host => lists.lookupSet(host) !== 0, url: null, note: '' }
  },
  decide: async () => (await import('./decide-contender.ts')).decideContender(readFileSync(work.compiled)),
  ghostery: async domains => {
    const { FiltersEngine, Request } = await import('@ghostery/adblocker')
    const engine = FiltersEngine.parse(rules(domains()), { loadCosmeticFilters: false })
    const url: Judge = text =>
      engine.match(Request.fromRawDetails({ url: text, type: 'script', sourceUrl: 'https://school.example/' })).match
    return { ask: asPage, host: url, url, note: '@ghostery/adblocker 2.18.2, MPL-2.0' }
  },
  tsurlfilter: async domains => {
    const { entry, note } = JSON.parse(work.installed ?? '{}') as { entry: string; note: string }
    // Its types are not there to compile against: the library is GPL, installed for the run and no part of the project.
    const { Engine, Request, RequestType } = (await import(pathToFileURL(entry).href)) as Tsurlfilter
    const engine = Engine.createSync({ filters: [{ id: 1, content: rules(domains()) }] })
    const url: Judge = text =>
      engine.matchRequest(new Request(text, 'https://school.example/', RequestType.Script))?.getBasicResult() != null
    return { ask: asPage, host: url, url, note }
  },
}

interface Tsurlfilter {
  readonly Engine: {
    createSync(options: { filters: readonly { id: number; content: string }[] }): {
      matchRequest(request: object): { getBasicResult(): object | null } | null
    }
  }
  readonly Request: new (url: string, source: string, type: number) => object
  readonly RequestType: { readonly Script: number }
}

const asPage = (host: string): string => `https://${host}/`

const rules = (domains: Iterable<string>): string => {
  const lines: string[] = []
  for (const domain of domains) lines.push(`||${domain}^`)
  return lines.join('\n')
}

function* allDomains(): Generator<string> {
  yield* linesOfFile(work.domains)
  yield* madeUpNames(work.madeUp)
}

/** The reference: what anybody would write first. */
function mapJudge(domains: Iterable<string>): { host: Judge; url: Judge } {
  const map = new Map<string, number>()
  for (const domain of domains) map.set(domain, 1)
  const host: Judge = name => {
    if (map.has(name)) return true
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
      if (map.has(name.slice(dot + 1))) return true
    return false
  }
  const url: Judge = text => {
    const start = text.indexOf('//') + 2
    let end = start
    for (; end < text.length; end += 1) {
      const code = text.charCodeAt(end)
      if (code === 47 || code === 58 || code === 63 || code === 35) break
    }
    return host(text.slice(start, end))
  }
  return { host, url }
}

function compare(map: Judge, engine: Judge, hosts: readonly string[], asked: readonly string[]): Compared {
  const timeOf = (judge: Judge, questions: readonly string[]): number => {
    let blocked = 0
    // Processor time of this thread: what others do on a shared machine is not counted.
    const before = process.threadCpuUsage()
    for (const question of questions) if (judge(question)) blocked += 1
    const { user, system } = process.threadCpuUsage(before)
    // Looked at, so that nothing of it is left out by the compiler.
    if (blocked < 0) throw new Error('impossible')
    return ((user + system) * 1000) / questions.length
  }
  const p99Of = (judge: Judge, questions: readonly string[]): number => {
    const took: number[] = []
    for (const question of questions.slice(0, 20_000)) {
      const began = process.hrtime.bigint()
      judge(question)
      took.push(Number(process.hrtime.bigint() - began))
    }
    took.sort((one, other) => one - other)
    return took[Math.floor(took.length * 0.99)] ?? Number.NaN
  }
  timeOf(map, hosts)
  timeOf(engine, asked)
  const rounds = Array.from({ length: work.rounds }, () => [timeOf(map, hosts), timeOf(engine, asked)] as const)
  return {
    map: median(rounds.map(([one]) => one)),
    engine: median(rounds.map(([, other]) => other)),
    ratio: median(rounds.map(([one, other]) => one / other)),
    p99: p99Of(engine, asked),
    mapP99: p99Of(map, hosts),
  }
}

const used = (): number => {
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const before = used()
const map = mapJudge(allDomains())
const withMap = used()
const began = performance.now()
const make = makers[name]
if (!make) throw new Error(`There is no contender ${name}`)
const engine = await make(allDomains)
const buildMs = performance.now() - began
const bytes = used() - withMap
const hosts = linesOfFile(work.hosts).slice(0, work.asked).map(flat)
const urls = linesOfFile(work.urls).slice(0, work.asked).map(flat)
const asked = hosts.map(host => flat(engine.ask(host)))
const verdicts = asked.map(text => engine.host(text))
const different = hosts.filter((host, index) => verdicts[index] !== map.host(host))
const measured: Measured = {
  hosts: compare(map.host, engine.host, hosts, asked),
  urls: engine.url ? compare(map.url, engine.url, urls, urls) : null,
  different: different.slice(0, 10),
  differentCount: different.length,
  blocked: verdicts.filter(Boolean).length,
  blockedDigest: createHash('sha256').update(verdicts.map(Number).join('')).digest('hex'),
  bytes,
  mapBytes: withMap - before,
  buildMs,
  note: engine.note,
}
process.stdout.write(JSON.stringify(measured))
