import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Debugger, debug, evaluate, openTab, targetsOf } from '../../journeys/browser-tab.ts'
import { pause, type PolicedBrowser } from '../../journeys/policed-browser.ts'
import { percentile } from '../bench/measure.ts'
import type { BenchRow } from '../bench-filter/row.ts'

/*
 * What a person at the keyboard feels of the extension: the same pages in two browsers of one run, one with it and one without,
 * turn by turn. The pages are isolated across origins, which is what makes the browser's clock fine enough (5 µs).
 */

const words = readFileSync(new URL('../../packages/engine/data/concerns/common.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))
/** Plain words, so many characters of them. */
export function prose(length: number): string {
  let text = ''
  for (let at = 0; text.length < length; at = (at + 7919) % words.length) text += `${words[at]} `
  return text.slice(0, length)
}

/** Times each key from its event to the first task after everything that heard it. */
const keyProbe = `
  window.spent = []
  let began = 0
  const over = new MessageChannel()
  over.port1.onmessage = () => { if (began) spent.push(performance.now() - began); began = 0 }
  addEventListener('keydown', event => { began = event.timeStamp }, true)
  addEventListener('keyup', () => over.port2.postMessage(0))
`
const html = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><title>${title}</title><link rel="stylesheet" href="/style.css"></head><body>${body}</body></html>`

export async function benchSite(): Promise<{ readonly url: string; close(): void }> {
  const paragraphs = prose(50_000).match(/.{1,500}/gs) ?? []
  const pages: Readonly<Record<string, readonly [type: string, body: string]>> = {
    '/essay': [
      'text/html; charset=utf-8',
      html('Essay', `<textarea id="work">${prose(5000)}</textarea><script>${keyProbe}</script>`),
    ],
    '/page': [
      'text/html; charset=utf-8',
      html('Lesson', `${paragraphs.map(text => `<p>${text}</p>`).join('')}<script src="/script.js"></script>`),
    ],
    '/style.css': ['text/css', 'body { font: 16px serif }'],
    '/script.js': ['text/javascript', 'document.title += "!"'],
  }
  const site = createServer((request, response) => {
    const [type, body] = pages[request.url?.split('?')[0] ?? ''] ?? ['text/plain', '']
    response.writeHead(200, {
      'content-type': type,
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    })
    response.end(body)
  })
  const port = await new Promise<number>(done =>
    site.listen(0, '127.0.0.1', () => done((site.address() as AddressInfo).port)),
  )
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      site.closeAllConnections()
      site.close()
    },
  }
}

/** A tab in front of the others: a hidden page has slower timers. */
async function frontTab({ debugPort }: PolicedBrowser): Promise<Debugger> {
  const { id } = await openTab(debugPort)
  const target = (await targetsOf(debugPort)).find(target => target.id === id)
  const tab = await debug(target?.webSocketDebuggerUrl ?? '')
  await tab.send('Page.enable')
  await tab.send('Page.bringToFront')
  return tab
}
async function load(tab: Debugger, url: string): Promise<void> {
  const loaded = new Promise<void>(done => tab.on('Page.loadEventFired', () => done()))
  await tab.send('Page.navigate', { url })
  await loaded
}

const rounds = 20
const keys = 40
/** One turn of typing: letters at a brisk pace, a line, and a pause in which what was typed is handed over. */
async function typing(tab: Debugger): Promise<number[]> {
  await evaluate(tab, 'spent.length = 0; document.querySelector("#work").focus()')
  for (let key = 0; key < keys; key += 1) {
    const isLine = key % 20 === 19
    const letter = isLine ? '\r' : 'the rain in spain '.charAt(key % 18)
    await tab.send('Input.dispatchKeyEvent', { type: 'keyDown', text: letter, ...(isLine ? { key: 'Enter' } : {}) })
    await tab.send('Input.dispatchKeyEvent', { type: 'keyUp', ...(isLine ? { key: 'Enter' } : {}) })
    await pause(15)
  }
  await pause(1000)
  return (await evaluate(tab, 'spent')) as number[]
}

/** What one page took, in ms. */
interface Taken {
  /** Until its load event was over. */
  readonly loaded: number
  /** Until that, and until it was first seen: the browser lays a page out before or after its load event, as it falls. */
  readonly drawn: number
  /** Of its main thread, until it was quiet. */
  readonly busy: number
}
const untilDrawn = `new Promise(done => new PerformanceObserver(list => {
  const [{ duration }] = performance.getEntriesByType('navigation')
  const [seen] = list.getEntriesByName('first-contentful-paint')
  if (seen) done([duration, Math.max(duration, seen.startTime)])
}).observe({ type: 'paint', buffered: true }))`
async function loading(tab: Debugger, url: string): Promise<Taken> {
  const taken = async (): Promise<number> => {
    const { metrics } = (await tab.send('Performance.getMetrics')) as {
      metrics: readonly { name: string; value: number }[]
    }
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0)
  }
  await load(tab, 'about:blank')
  // Until the browser has the process ready that it keeps for the next page: nobody goes on sooner.
  await pause(200)
  const before = await taken()
  await load(tab, url)
  await pause(350)
  const [loaded, drawn] = (await evaluate(tab, untilDrawn)) as [number, number]
  const after = await taken()
  // Counted anew where the page got a process of its own.
  return { loaded, drawn, busy: after >= before ? after - before : after }
}

/** Loads the page so many times in each of these browsers, turn by turn: what else the machine does falls on all alike. */
export async function loadings<Name extends string>(
  browsers: Readonly<Record<Name, PolicedBrowser>>,
  site: string,
  loads: number,
): Promise<Readonly<Record<Name, readonly Taken[]>>> {
  const names = Object.keys(browsers) as Name[]
  const tabs = {} as Record<Name, Debugger>
  const all = {} as Record<Name, Taken[]>
  for (const name of names) {
    tabs[name] = await frontTab(browsers[name])
    await tabs[name].send('Performance.enable')
    all[name] = []
    for (let warm = 0; warm < 5; warm += 1) await loading(tabs[name], `${site}/page?warm=${warm}`)
  }
  for (let turn = 0; turn < loads; turn += 1)
    for (const name of turn % 2 === 0 ? names : names.toReversed())
      all[name].push(await loading(tabs[name], `${site}/page?${turn}`))
  for (const name of names) tabs[name].close()
  return all
}

const ms = (value: number): string => `${value.toFixed(2)} ms`
interface Pair {
  readonly with: readonly number[]
  readonly without: readonly number[]
}
/** What the first adds to the second. */
export function row(bar: string, pair: Pair, goalMs: number | null): BenchRow {
  const at = (share: number): [number, number] => [percentile(pair.with, share), percentile(pair.without, share)]
  const [p50, p95] = [at(0.5), at(0.95)]
  // On a machine with other work the slow tail of both is that work: the middle must be right as well.
  const added = Math.max(p50[0] - p50[1], p95[0] - p95[1])
  return {
    bar,
    measured: `p50 ${ms(p50[0] - p50[1])}, p95 ${ms(p95[0] - p95[1])}`,
    goal: goalMs === null ? '' : `p95 < ${goalMs} ms`,
    met: goalMs === null ? null : added < goalMs,
    note: `with it p50 ${ms(p50[0])}, p95 ${ms(p95[0])}; without ${ms(p50[1])}, ${ms(p95[1])}; ${pair.with.length} each`,
  }
}

export async function benchPages(
  browsers: { readonly with: PolicedBrowser; readonly without: PolicedBrowser },
  site: string,
  loads: number,
): Promise<readonly BenchRow[]> {
  const tabs = { with: await frontTab(browsers.with), without: await frontTab(browsers.without) }
  const sides = ['with', 'without'] as const
  const key = { with: [] as number[], without: [] as number[] }
  for (const side of sides) {
    await load(tabs[side], `${site}/essay`)
    await typing(tabs[side])
  }
  for (let round = 0; round < rounds; round += 1)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) key[side].push(...(await typing(tabs[side])))
  for (const side of sides) tabs[side].close()
  const taken = await loadings(browsers, site, loads)
  const pair = (what: keyof Taken): Pair => ({
    with: taken.with.map(page => page[what]),
    without: taken.without.map(page => page[what]),
  })
  return [
    row('added to a key press, from the key until the page is free again', key, 2),
    row('added to a page of 50 kB, until it is loaded', pair('loaded'), 5),
    row('until it is loaded and seen', pair('drawn'), null),
    row('its main thread kept busy, reading the page included', pair('busy'), null),
  ]
}
