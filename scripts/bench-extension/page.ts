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

/** Main-thread time that a page took until it was quiet, and the time until it was loaded, in ms. */
async function loading(tab: Debugger, url: string): Promise<{ readonly loaded: number; readonly busy: number }> {
  const taken = async (): Promise<number> => {
    const { metrics } = (await tab.send('Performance.getMetrics')) as {
      metrics: readonly { name: string; value: number }[]
    }
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0)
  }
  await load(tab, 'about:blank')
  const before = await taken()
  await load(tab, url)
  await pause(350)
  const loaded = await evaluate(tab, 'performance.getEntriesByType("navigation")[0].duration')
  const after = await taken()
  // Counted anew where the page got a process of its own.
  return { loaded: Number(loaded), busy: after >= before ? after - before : after }
}

const ms = (value: number): string => `${value.toFixed(2)} ms`
interface Pair {
  readonly with: number[]
  readonly without: number[]
}
function row(bar: string, pair: Pair, goalMs: number | null): BenchRow {
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
  const key: Pair = { with: [], without: [] }
  for (const side of sides) {
    await load(tabs[side], `${site}/essay`)
    await typing(tabs[side])
  }
  for (let round = 0; round < rounds; round += 1)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) key[side].push(...(await typing(tabs[side])))
  const [loaded, busy]: [Pair, Pair] = [
    { with: [], without: [] },
    { with: [], without: [] },
  ]
  for (const side of sides) {
    await tabs[side].send('Performance.enable')
    for (let warm = 0; warm < 5; warm += 1) await loading(tabs[side], `${site}/page?warm=${warm}`)
  }
  for (let turn = 0; turn < loads; turn += 1)
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      const taken = await loading(tabs[side], `${site}/page?${turn}`)
      loaded[side].push(taken.loaded)
      busy[side].push(taken.busy)
    }
  for (const side of sides) tabs[side].close()
  return [
    row('added to a key press, from the key until the page is free again', key, 2),
    row('added to a page of 50 kB, until it is loaded', loaded, 5),
    row('its main thread kept busy, reading the page included', busy, null),
  ]
}
