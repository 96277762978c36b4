import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extensionId } from '../../apps/extension/build.ts'
import { targetsOf } from '../../journeys/browser-tab.ts'
import { type PolicedBrowser, underPolicy, until } from '../../journeys/policed-browser.ts'
import type { BenchRow } from '../bench-filter/row.ts'
import { loadings, row } from './page.ts'

/*
 * How little an extension that filters can cost: extensions that do nothing, each in a browser of its own, beside a browser
 * without any. What they add to a page is Chromium's, and no extension that asks for the same can have it for less.
 */

const seesRequests = { host_permissions: ['<all_urls>'], permissions: ['webRequest', 'webRequestBlocking'] }
const answers = `chrome.webRequest.onBeforeRequest.addListener(() => ({}), { urls: ['<all_urls>'] }, ['blocking'])`
const inEveryPage = (runAt: string) => ({
  content_scripts: [{ matches: ['http://*/*', 'https://*/*'], js: ['content.js'], all_frames: true, run_at: runAt }],
})

interface Idler {
  readonly manifest: object
  readonly worker: string
}
const idlers = {
  'may see requests, and listens to none': { manifest: seesRequests, worker: '' },
  'lets every request pass at once': { manifest: seesRequests, worker: answers },
  'lets every request pass at once, and has an empty script in a page that is idle': {
    manifest: { ...seesRequests, ...inEveryPage('document_idle') },
    worker: answers,
  },
  'does so too, and has the empty script there from the first tag on': {
    manifest: { ...seesRequests, ...inEveryPage('document_start') },
    worker: answers,
  },
} as const satisfies Readonly<Record<string, Idler>>

function unpacked(folder: string, key: Buffer, { manifest, worker }: Idler): string {
  mkdirSync(folder)
  const written = {
    manifest_version: 3,
    name: 'Idler',
    version: '1.0',
    key: key.toString('base64'),
    background: { service_worker: 'background.js' },
    ...manifest,
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(written))
  // Kept awake as ours is.
  writeFileSync(
    join(folder, 'background.js'),
    `${worker}\nsetInterval(() => void chrome.runtime.getPlatformInfo(), 20000)`,
  )
  writeFileSync(join(folder, 'content.js'), '')
  return folder
}

export async function benchFloor(site: string, loads: number): Promise<readonly BenchRow[]> {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = publicKey.export({ type: 'spki', format: 'der' })
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-floor-'))
  // An empty one: with another's policy on the machine the browsers would have its extension too.
  const run = await underPolicy({})
  try {
    const browsers: Record<string, PolicedBrowser> = { none: await run.start(['--disable-extensions']) }
    for (const [at, [name, idler]] of Object.entries(idlers).entries()) {
      const flags = [
        `--load-extension=${unpacked(join(folder, `idler-${at}`), key, idler)}`,
        '--disable-features=DisableLoadExtensionCommandLineSwitch',
        // Only what a policy installed may hold requests up, and what this names.
        `--allowlisted-extension-id=${extensionId(key)}`,
      ]
      const browser = await run.start(flags)
      browsers[name] = browser
      await until(name, async () => (await targetsOf(browser.debugPort)).some(({ type }) => type === 'service_worker'))
    }
    const taken = await loadings(browsers, site, loads)
    const loaded = (name: string): number[] => (taken[name] ?? []).map(page => page.loaded)
    return Object.keys(idlers).map(name =>
      row(`an extension that ${name}: until loaded`, { with: loaded(name), without: loaded('none') }, null),
    )
  } finally {
    await run.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
