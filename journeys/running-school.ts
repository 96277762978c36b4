import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { AxeBuilder } from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { ensureChromium } from '../scripts/ensure-chromium.mjs'
import { freePort } from './neighbours.ts'

export const command = join(import.meta.dirname, '../apps/server/bin/gatehouse')

/** The product as a school starts it: `gatehouse serve` on an empty data folder, and a browser. */
export interface RunningSchool {
  readonly dataFolder: string
  readonly url: string
  readonly proxy: string
  /** What `serve` said, for the message of a failure. */
  said(): string
  /** Runs a verb beside the running server. @returns status and output. */
  verb(...words: string[]): Promise<{ status: number; output: string; errors: string }>
  /** A fresh browser profile; through the filtering proxy, or another, as this user where one is given. */
  visitor(user?: { username: string; password: string }, proxy?: string): Promise<BrowserContext>
  /** Kills the server as a power cut would; `start` brings it back. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** @param home the browser's home folder, where its trust in authorities lies */
export async function runningSchool(home?: string): Promise<RunningSchool> {
  const found = ensureChromium(line => console.log(line))
  assert.ok('path' in found, 'sentence' in found ? found.sentence : '')
  const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-journey-'))
  const [port, proxyPort] = [await freePort(), await freePort()]
  const environment = { ...process.env, GATEHOUSE_DATA: dataFolder, PORT: String(port), PROXY_PORT: String(proxyPort) }
  let server: ChildProcess | null = null
  let said = ''
  const browser: Browser = await chromium.launch({
    executablePath: found.path,
    ...(home === undefined ? {} : { env: { ...process.env, HOME: home } }),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Otherwise Chromium asks for https first, and what is stopped there has no page to show.
      '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
    ],
  })
  const ended = (child: ChildProcess): Promise<void> =>
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise(resolve => child.on('exit', () => resolve()))
  const start = async (): Promise<void> => {
    const child = spawn(command, ['serve'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    server = child
    said = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (said += chunk))
    const deadline = Date.now() + 90_000
    // The gateway says so last: then everything is up.
    while (!/filter is running/.test(said)) {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`serve did not come up: ${said}`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  await start()
  return {
    dataFolder,
    url: `http://localhost:${port}`,
    proxy: `http://127.0.0.1:${proxyPort}`,
    said: () => said,
    verb: (...words) =>
      new Promise(resolve => {
        const child = spawn(command, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
        let output = ''
        let errors = ''
        child.stdout.on('data', chunk => (output += chunk))
        child.stderr.on('data', chunk => (errors += chunk))
        child.on('close', status => resolve({ status: status ?? 1, output, errors }))
      }),
    visitor: async (user, proxy = `http://127.0.0.1:${proxyPort}`) => {
      const context = await browser.newContext(user ? { proxy: { server: proxy, bypass: 'localhost', ...user } } : {})
      context.setDefaultTimeout(20_000)
      return context
    },
    start,
    kill: async () => {
      if (!server) return
      server.kill('SIGKILL')
      await ended(server)
    },
    stop: async () => {
      await browser.close()
      if (server) {
        server.kill('SIGTERM')
        await ended(server)
      }
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

/** A page of somebody who walks in by one of the sample's cards. */
export async function walkInAs(
  school: Pick<RunningSchool, 'url' | 'visitor'>,
  role: string,
  context?: BrowserContext,
): Promise<Page> {
  const page = await (context ?? (await school.visitor())).newPage()
  await page.goto(`${school.url}/sign-in`)
  await page.locator(`form:has(input[name="card"][value="${role}"]) button`).click()
  await page.waitForURL(`${school.url}/`)
  return page
}

/** Clicks, and waits for the page that this leads to: of itself a click says nothing about when that has come. */
export async function follow(page: Page, control: Locator): Promise<void> {
  await page.locator('html').evaluate(root => root.setAttribute('data-left', ''))
  await control.click()
  await page.locator('html:not([data-left])').waitFor()
  await page.waitForLoadState()
}

/** Proves where the browser is, by the page's first heading, and that the page is accessible on arrival. */
export async function arrive(page: Page, heading: string | RegExp): Promise<void> {
  const found = await page.locator('h1').first().innerText()
  if (typeof heading === 'string') assert.equal(found, heading)
  else assert.match(found, heading)
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
  assert.deepEqual(
    violations.map(violation => `${violation.id}: ${violation.nodes[0]?.html}`),
    [],
    page.url(),
  )
}
