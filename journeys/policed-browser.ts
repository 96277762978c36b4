import { type ChildProcess, spawn } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { accessSync, constants, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildExtension } from '../apps/extension/build.ts'
import type { App } from '../apps/server/src/compose.ts'
import type { PersonActor } from '../apps/server/src/platform/actor.ts'
import { ensureChromium } from '../scripts/ensure-chromium.mjs'
import { type Debugger, debug, openTab, targetsOf } from './browser-tab.ts'

/* Chromium as a school sets it up: the extension built, packed, signed, and forced by policy on every browser of this machine. */

const policyFolder = '/etc/chromium/policies/managed'
const mayWrite = ((): boolean => {
  try {
    mkdirSync(policyFolder, { recursive: true })
    accessSync(policyFolder, constants.W_OK)
    return true
  } catch {
    return false
  }
})()

/** Why there can be no such browser here, or false. */
export const noPolicy: string | false = mayWrite
  ? false
  : `needs the right to write the browser’s policy folder ${policyFolder}: run as root`

/** One at a time: the policies of a machine hold for every browser on it. */
const policyFile = join(policyFolder, 'gatehouse-test.json')

/** Writes the policy when nobody else's stands there any more; what a killed run left behind goes. */
async function takePolicy(policy: object): Promise<void> {
  const draft = join(policyFolder, `gatehouse-test.${process.pid}`)
  // The browser passes over a name that it does not know.
  writeFileSync(draft, JSON.stringify({ ...policy, GatehouseTestProcess: process.pid }))
  const isTaken = (): boolean => {
    try {
      linkSync(draft, policyFile)
      return true
    } catch {
      if (!isRunning(holder())) rmSync(policyFile, { force: true })
      return false
    }
  }
  try {
    await until('the policies of this machine, which another test holds', async () => isTaken(), 600)
  } finally {
    rmSync(draft, { force: true })
  }
}
const holder = (): number => {
  try {
    return Number(JSON.parse(readFileSync(policyFile, 'utf8')).GatehouseTestProcess)
  } catch {
    return Number.NaN
  }
}
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

export const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms))
export async function until<T>(
  what: string,
  look: () => Promise<T | false | null | undefined>,
  seconds = 30,
): Promise<T> {
  for (const from = Date.now(); Date.now() - from < seconds * 1000; ) {
    const seen = await look()
    if (seen) return seen
    await pause(100)
  }
  throw new Error(`Waited ${seconds} seconds for ${what}`)
}

export interface PolicedBrowser {
  readonly debugPort: string
}
export interface PolicedMachine {
  /** Of the extension. */
  readonly id: string
  /** The address of its service worker. */
  readonly worker: string
  /** Starts a browser with a profile of its own; `bare` is one in which no extension runs. */
  browser(kind?: 'with the extension' | 'bare'): Promise<PolicedBrowser>
  /** Ends every browser and takes the policy off the machine. */
  stop(): Promise<void>
}

/** The browsers of one run, under one policy. */
export interface PolicyRun {
  /** Starts a browser with a profile of its own. */
  start(flags: readonly string[]): Promise<PolicedBrowser>
  /** Ends every browser and takes the policy off the machine. */
  stop(): Promise<void>
}

/** Puts the machine under a policy, once nobody else's stands there any more. */
export async function underPolicy(policy: object): Promise<PolicyRun> {
  const chromium = ensureChromium((line: string) => console.log(line))
  if (!('path' in chromium)) throw new Error(chromium.sentence)
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-browsers-'))
  const running = new Set<ChildProcess>()
  const lift = (): void => {
    if (holder() === process.pid) rmSync(policyFile, { force: true })
    for (const browser of running) browser.kill()
  }
  // A run that is cut off must leave no policy behind on the machine.
  process.once('exit', lift)
  process.once('SIGTERM', () => process.exit(1))
  await takePolicy(policy)
  const end = async (browser: ChildProcess): Promise<void> => {
    const over = new Promise(done => browser.once('exit', done))
    browser.kill()
    await over
  }
  return {
    start: async flags => {
      const profile = mkdtempSync(join(folder, 'profile-'))
      // By hand: what a browser of a test is usually started with keeps extensions from being installed by policy.
      const browser = spawn(
        chromium.path,
        [
          '--headless=new',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-sync',
          '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
          ...flags,
          `--user-data-dir=${profile}`,
          '--remote-debugging-port=0',
          'about:blank',
        ],
        { stdio: 'ignore' },
      )
      running.add(browser)
      browser.once('exit', () => running.delete(browser))
      const debugPort = await until('the browser', async () => {
        try {
          return readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]
        } catch {
          return null
        }
      })
      return { debugPort }
    },
    stop: async () => {
      await Promise.all([...running].map(end))
      lift()
      process.off('exit', lift)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Enrols this machine as a device of the school, for `user`, and writes its policy. */
export async function policedMachine(school: {
  readonly app: App
  readonly url: string
  readonly dataFolder: string
  readonly manager: PersonActor
  readonly user: string
}): Promise<PolicedMachine> {
  const { app, url, dataFolder, manager, user } = school
  const keys = mkdtempSync(join(tmpdir(), 'gatehouse-extension-'))
  const { id } = await buildExtension({
    server: url,
    out: join(dataFolder, 'extension'),
    keyFile: join(keys, 'key.pem'),
  })
  const { token } = await app.services.devices.enrol(manager, { name: 'Laptop', place: '' })
  const publicKey = createPublicKey(app.keys.bundle).export({ format: 'jwk' }).x ?? ''
  const settings = {
    server: url,
    deviceKey: token,
    publicKey: Buffer.from(publicKey, 'base64url').toString('base64'),
    user,
  }
  const run = await underPolicy({
    // Lets a test look inside an extension that policy installed; a school leaves this out.
    DeveloperToolsAvailability: 1,
    ExtensionInstallForcelist: [`${id};${url}/extension/updates.xml`],
    ExtensionInstallSources: ['<all_urls>'],
    '3rdparty': { extensions: { [id]: settings } },
  })
  const worker = `chrome-extension://${id}/background.js`
  return {
    id,
    worker,
    browser: async (kind = 'with the extension') => {
      const browser = await run.start(kind === 'bare' ? ['--disable-extensions'] : [])
      const { debugPort } = browser
      if (kind !== 'bare')
        await until('the extension', async () => (await targetsOf(debugPort)).some(target => target.url === worker), 60)
      return browser
    },
    stop: async () => {
      await run.stop()
      rmSync(keys, { recursive: true, force: true })
    },
  }
}

/** Waits until the extension has its policy, and its own page says what it must of rules and orders. */
export async function begun(
  { debugPort }: PolicedBrowser,
  { id }: PolicedMachine,
  isReady: (words: string) => boolean,
): Promise<void> {
  const myDataPage = `chrome-extension://${id}/pages/my-data.html`
  const mine = await openTab(debugPort, myDataPage)
  // Without loading anything meanwhile: the browser hands an extension its policy when it has nothing better to do.
  await until(
    'the policy',
    async () => {
      await pause(1000)
      return mine
        .run('chrome.storage.managed.get("server").then(({ server }) => server !== undefined)')
        .catch(() => null)
    },
    80,
  )
  let words = ''
  const seen = until('the rules and the orders', async () => {
    await mine.go(myDataPage)
    await pause(500)
    words = await mine.words()
    return isReady(words)
  })
  await seen.catch(cause => {
    throw new Error(`The extension does not begin; it says: ${words}`, { cause })
  })
  await mine.close()
}

/**
 * Goes into the extension's running worker and puts its own functions, by how their source begins (a pattern: building may number a name), under `inside` there.
 * Nothing is added to the extension for that: the browser's debugger finds what is in its memory.
 */
export async function insideWorker(
  { debugPort }: PolicedBrowser,
  { worker }: PolicedMachine,
  wanted: Readonly<Record<string, string>>,
): Promise<Debugger> {
  // A worker that has only now begun has none of them yet.
  return until(`the worker’s own ${Object.keys(wanted).join(', ')}`, async () => {
    const target = (await targetsOf(debugPort)).find(({ url }) => url === worker)
    if (!target) return null
    const debugging = await debug(target.webSocketDebuggerUrl)
    if ((await missing(debugging, wanted).catch(() => ['all'])).length === 0) return debugging
    debugging.close()
    return null
  })
}

async function missing({ send }: Debugger, wanted: Readonly<Record<string, string>>): Promise<readonly string[]> {
  interface Found {
    readonly result?: { readonly objectId?: string; readonly value?: readonly string[] }
    readonly objects?: { readonly objectId?: string }
  }
  const { result: prototype } = (await send('Runtime.evaluate', { expression: 'Function.prototype' })) as Found
  const { objects } = (await send('Runtime.queryObjects', { prototypeObjectId: prototype?.objectId })) as Found
  const { result } = (await send('Runtime.callFunctionOn', {
    objectId: objects?.objectId,
    functionDeclaration: `function (wanted) {
      globalThis.inside = {}
      for (const [name, start] of Object.entries(wanted))
        inside[name] = this.find(
          // What only inherits from functions, such as the prototype of generators, has no source.
          each => typeof each === 'function' && new RegExp(start).test(Function.prototype.toString.call(each)),
        )
      return Object.keys(wanted).filter(name => !inside[name])
    }`,
    arguments: [{ value: wanted }],
    returnByValue: true,
  })) as Found
  await send('Runtime.releaseObject', { objectId: objects?.objectId })
  return result?.value ?? Object.keys(wanted)
}
