import { readFileSync } from 'node:fs'
import { type Debugger, debug, evaluate, openTab, targetsOf } from '../../journeys/browser-tab.ts'
import { insideWorker, pause, type PolicedBrowser, type PolicedMachine } from '../../journeys/policed-browser.ts'
import { percentile } from '../bench/measure.ts'
import type { BenchRow } from '../bench-filter/row.ts'
import { prose } from './page.ts'
import { pupilName } from './school.ts'

/* What the extension's own worker takes: its verdicts, its start and its memory, asked of the functions that are running in it. */

const wanted = {
  judge: '^function judge\\d*\\(rules,',
  theWorld: '^function theWorld\\(',
  createRuleKeeper: '^function createRuleKeeper\\(',
  detector: '^function detector\\(',
}

/** Addresses as a school asks them: well-known sites, sites that are never blocked, listed ones, and such as nobody knows. */
function addresses(): string[] {
  const lines = (name: string): string[] =>
    readFileSync(new URL(`../../packages/engine/data/${name}`, import.meta.url), 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => line.split('\t')[0] ?? '')
  const hosts = [...lines('well-known.txt'), ...lines('must-allow.tsv'), 'bet365.com', 'pornhub.com', 'nordvpn.com']
  const paths = ['/', '/news/2026/11/a-story-of-some-length', '/search?q=coral+reef&page=2', '/assets/app.8f3a.js']
  return hosts.flatMap((host, at) => [
    `https://www.${host}${paths[at % paths.length]}`,
    `https://cdn${at}.${host}${paths[(at + 1) % paths.length]}`,
    `https://unknown-${at}.example${paths[(at + 2) % paths.length]}`,
  ])
}

/** The debugger of the browser as a whole, and not of one of its pages. */
async function debugWhole({ debugPort }: PolicedBrowser): Promise<Debugger> {
  const answer = await fetch(`http://127.0.0.1:${debugPort}/json/version`)
  const { webSocketDebuggerUrl } = (await answer.json()) as { webSocketDebuggerUrl: string }
  return debug(webSocketDebuggerUrl)
}

/**
 * Each verdict by itself, in µs. The worker's own clock is too coarse (0.1 ms), so each is put between two marks, and the
 * browser's trace says when they were: to the microsecond, and with what a mark takes (measured beside it) on top.
 */
async function verdicts(browser: PolicedBrowser, inside: Debugger): Promise<{ verdict: number[]; empty: number[] }> {
  const tracer = await debugWhole(browser)
  interface Mark {
    readonly name: string
    readonly ts: number
  }
  const marks: Mark[] = []
  tracer.on('Tracing.dataCollected', said => {
    const { value } = said as { value: readonly Mark[] }
    for (const { name, ts } of value) if (/^gatehouse [ve][01]$/.test(name)) marks.push({ name, ts })
  })
  const complete = new Promise<void>(done => tracer.on('Tracing.tracingComplete', () => done()))
  await tracer.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['blink.user_timing'], recordMode: 'recordUntilFull' },
  })
  await evaluate(
    inside,
    `inside.theWorld().then(({ rules, settings }) => {
      const asked = ${JSON.stringify(addresses())}
      const ask = url => inside.judge(rules.current(), settings.server, { url, referrer: 'https://www.bbc.co.uk' }, '', Date.now())
      for (let round = 0; round < 3; round += 1) for (const url of asked) ask(url)
      for (const url of asked) {
        performance.mark('gatehouse e0'); performance.mark('gatehouse e1')
        performance.mark('gatehouse v0'); ask(url); performance.mark('gatehouse v1')
      }
      performance.clearMarks()
      return asked.length
    })`,
  )
  await tracer.send('Tracing.end')
  await complete
  tracer.close()
  marks.sort((one, other) => one.ts - other.ts)
  const between = (kind: 'v' | 'e'): number[] =>
    marks.flatMap(({ name, ts }, at) => {
      const next = marks[at + 1]
      return name === `gatehouse ${kind}0` && next?.name === `gatehouse ${kind}1` ? [next.ts - ts] : []
    })
  return { verdict: between('v'), empty: between('e') }
}

/** Memory that the smallest renderer has to itself, in MB: of those that run an extension, or of the others. */
async function privateMb(browser: PolicedBrowser, isExtension: boolean): Promise<number> {
  const asking = await debugWhole(browser)
  const { processInfo } = (await asking.send('SystemInfo.getProcessInfo')) as {
    processInfo: readonly { type: string; id: number }[]
  }
  asking.close()
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .filter(({ id }) => readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--extension-process') === isExtension)
    .map(({ id }) =>
      [...readFileSync(`/proc/${id}/smaps_rollup`, 'utf8').matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].reduce(
        (sum, found) => sum + Number(found[1]),
        0,
      ),
    )
  return Math.min(...sizes) / 1000
}

const heapMb = async (of: Debugger): Promise<number> => {
  await of.send('HeapProfiler.collectGarbage')
  const heap = (await of.send('Runtime.getHeapUsage')) as {
    usedSize: number
    embedderHeapUsedSize?: number
    backingStorageSize?: number
  }
  return (heap.usedSize + (heap.embedderHeapUsedSize ?? 0) + (heap.backingStorageSize ?? 0)) / 1e6
}

const numbers = async (inside: Debugger, expression: string): Promise<number[]> =>
  (await evaluate(inside, expression)) as number[]
const spread = (values: readonly number[], unit: string, digits = 1): string =>
  `p50 ${percentile(values, 0.5).toFixed(digits)} ${unit}, p95 ${percentile(values, 0.95).toFixed(digits)} ${unit}`

export async function benchWorker(
  browser: PolicedBrowser,
  machine: PolicedMachine,
  domains: number,
): Promise<readonly BenchRow[]> {
  const inside = await insideWorker(browser, machine, wanted)
  const { verdict, empty } = await verdicts(browser, inside)
  const p99 = percentile(verdict, 0.99)
  const loads = await numbers(
    inside,
    `inside.theWorld().then(async ({ link, settings }) => {
      const taken = []
      for (let round = 0; round < 40; round += 1) {
        const keeper = inside.createRuleKeeper(link, settings.publicKey)
        const began = performance.now()
        await keeper.wake(${JSON.stringify(pupilName)})
        const rules = keeper.current()
        if (!rules?.person) throw new Error('The rules were not loaded')
        inside.judge(rules, settings.server, { url: 'https://www.bbc.co.uk/' }, '', Date.now())
        taken.push(performance.now() - began)
      }
      return taken
    })`,
  )
  const reading = await numbers(
    inside,
    `inside.detector().then(known => Array.from({ length: 40 }, () => {
      const began = performance.now()
      known.detect({ text: ${JSON.stringify(prose(50_000))}, kind: 'read', age: 'primary' })
      return performance.now() - began
    }))`,
  )
  const empties = await openTab(browser.debugPort, 'about:blank')
  await pause(1000)
  const heap = await heapMb(inside)
  const own = await privateMb(browser, true)
  const blank = await privateMb(browser, false)
  await empties.close()
  inside.close()
  const loaded = percentile(loads, 0.95)
  return [
    {
      bar: 'a verdict on the worker’s thread',
      measured: `p50 ${percentile(verdict, 0.5)} µs, p99 ${p99} µs`,
      goal: 'p99 < 50 µs',
      met: p99 < 50,
      note: `${verdict.length} addresses, each by itself; of that the marks around it p50 ${percentile(empty, 0.5)} µs, p99 ${percentile(empty, 0.99)} µs`,
    },
    {
      bar: 'the signed rules and the lists loaded, first verdict included',
      measured: spread(loads, 'ms'),
      goal: 'p95 < 50 ms',
      met: loaded < 50,
      note: `${domains.toLocaleString('en-GB')} listed sites; at best ${Math.min(...loads).toFixed(0)} ms`,
    },
    {
      bar: 'memory of the worker: heap, the browser’s objects for it, and its buffers',
      measured: `${heap.toFixed(1)} MB`,
      goal: '< 40 MB',
      met: heap < 40,
      note: `its process has ${own.toFixed(0)} MB to itself, that of an empty page ${blank.toFixed(0)} MB`,
    },
    {
      bar: 'judging a page of 50 kB in the worker, in which its verdicts wait',
      measured: spread(reading, 'ms'),
      goal: '',
      met: null,
    },
  ]
}

/** What the page's script takes in every page: the heap with it less the heap without, in MB. */
export async function benchPageMemory(
  browsers: { readonly with: PolicedBrowser; readonly without: PolicedBrowser },
  site: string,
): Promise<readonly BenchRow[]> {
  const taken = async (browser: PolicedBrowser): Promise<number> => {
    const tab = await openTab(browser.debugPort, `${site}/page`)
    await pause(1500)
    const target = (await targetsOf(browser.debugPort)).find(({ id }) => id === tab.id)
    const page = await debug(target?.webSocketDebuggerUrl ?? '')
    const heap = await heapMb(page)
    page.close()
    await tab.close()
    return heap
  }
  const [on, off] = [await taken(browsers.with), await taken(browsers.without)]
  return [
    {
      bar: 'memory of a page of 50 kB, added',
      measured: `${(on - off).toFixed(2)} MB`,
      goal: '',
      met: null,
      note: `${on.toFixed(2)} MB against ${off.toFixed(2)} MB`,
    },
  ]
}
