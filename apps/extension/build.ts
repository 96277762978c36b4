/// <reference path="./src/crx3.d.ts" />
/**
 * Builds the extension: `npm run build:extension -- --server https://gatehouse.school.example [--out DIR] [--key FILE]`.
 * Without `--out` it goes into the folder `extension` of the data, from where the server hands it out.
 * Writes an unpacked folder, a signed .crx (CRX3), the update manifest, and the policy files for Chrome, Edge and Chromium.
 * The key fixes the extension's id: made at the first build if the file is not there, and to be kept and backed up.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { lexiconFileNames } from '@gatehouse/engine/concern/index'
import crx3 from 'crx3'
import { build } from 'esbuild'
import { managedSchema, manifest } from './src/manifest.ts'
import { safeSearchRules } from './src/safe-search-rules.ts'

const here = import.meta.dirname
const data = join(here, '../../packages/engine/data/concerns')

export interface Built {
  readonly id: string
  readonly unpacked: string
  readonly crx: string
  readonly updates: string
  readonly policies: string
}

const browsers = ['chromium', 'chrome', 'edge'] as const

/** The id that browsers give to an extension with this public key (DER). */
export const extensionId = (publicKey: Buffer): string =>
  [...createHash('sha256').update(publicKey).digest().subarray(0, 16)]
    .flatMap(byte => [byte >> 4, byte & 15])
    .map(nibble => String.fromCharCode(97 + nibble))
    .join('')

/** @param server where devices find the school; the update manifest and the package lie under `/extension` there. */
export async function buildExtension(options: { server: string; out: string; keyFile: string }): Promise<Built> {
  const { server, out, keyFile } = options
  const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as { version: string }
  if (!existsSync(keyFile)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  }
  const publicKey = createPublicKey(createPrivateKey(readFileSync(keyFile))).export({ type: 'spki', format: 'der' })
  const id = extensionId(publicKey)
  const unpacked = join(out, 'unpacked')
  rmSync(unpacked, { recursive: true, force: true })
  mkdirSync(join(unpacked, 'concerns'), { recursive: true })
  await build({
    entryPoints: {
      background: join(here, 'src/background.ts'),
      content: join(here, 'src/content.ts'),
      'pages/blocked': join(here, 'src/pages/blocked.ts'),
      'pages/opening': join(here, 'src/pages/opening.ts'),
      'pages/my-data': join(here, 'src/pages/my-data.ts'),
    },
    outdir: unpacked,
    bundle: true,
    format: 'esm',
    target: 'chrome137',
    legalComments: 'none',
    logLevel: 'error',
  })
  for (const file of ['style.css', 'blocked.html', 'opening.html', 'my-data.html'])
    cpSync(join(here, 'src/pages', file), join(unpacked, 'pages', file))
  for (const file of [...lexiconFileNames, 'model.bin']) cpSync(join(data, file), join(unpacked, 'concerns', file))
  const write = (file: string, value: unknown): void =>
    writeFileSync(join(unpacked, file), `${JSON.stringify(value, null, 2)}\n`)
  const updateUrl = `${server}/extension/updates.xml`
  write('manifest.json', manifest(version, publicKey.toString('base64'), updateUrl))
  write('safe-search.json', safeSearchRules)
  write('managed-schema.json', managedSchema)

  const crx = join(out, 'gatehouse.crx')
  await crx3([join(unpacked, 'manifest.json')], { keyPath: keyFile, crxPath: crx })
  const updates = join(out, 'updates.xml')
  writeFileSync(
    updates,
    `<?xml version="1.0" encoding="UTF-8"?>\n<gupdate xmlns="http://www.google.com/update2/response" protocol="2.0">\n  <app appid="${id}"><updatecheck codebase="${server}/extension/gatehouse.crx" version="${version}"/></app>\n</gupdate>\n`,
  )
  const policies = join(out, 'policies')
  mkdirSync(policies, { recursive: true })
  const policy = (browser: (typeof browsers)[number]) => ({
    ExtensionInstallForcelist: [`${id};${updateUrl}`],
    ExtensionSettings: {
      [id]: { installation_mode: 'force_installed', update_url: updateUrl, toolbar_pin: 'force_pinned' },
    },
    // No private windows and no guests: neither has the extension.
    [browser === 'edge' ? 'InPrivateModeAvailability' : 'IncognitoModeAvailability']: 1,
    BrowserGuestModeEnabled: false,
    '3rdparty': {
      extensions: {
        [id]: {
          server,
          deviceKey: 'PUT THE KEY OF THIS DEVICE HERE',
          publicKey: 'PUT THE KEY OF THE SERVER HERE',
          place: '',
        },
      },
    },
  })
  for (const browser of browsers)
    writeFileSync(join(policies, `${browser}.json`), `${JSON.stringify(policy(browser), null, 2)}\n`)
  return { id, unpacked, crx, updates, policies }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { server: { type: 'string' }, out: { type: 'string' }, key: { type: 'string' } },
  })
  const server = URL.parse(values.server ?? '')
  if (!server || !/^https?:$/.test(server.protocol)) {
    console.error('Give the address of the school’s Gatehouse: --server https://gatehouse.school.example')
    process.exit(2)
  }
  const out = resolve(values.out ?? join(process.env.GATEHOUSE_DATA ?? 'data', 'extension'))
  mkdirSync(out, { recursive: true })
  const built = await buildExtension({
    server: server.origin,
    out,
    keyFile: resolve(values.key ?? join(out, 'key.pem')),
  })
  console.log(
    `Extension ${built.id}\n  unpacked  ${built.unpacked}\n  packed    ${built.crx}\n  updates   ${built.updates}\n  policies  ${built.policies}`,
  )
}
