import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const folder = join(school.dataFolder, 'extension')

test('a browser under policy fetches the extension and its update manifest without signing in, once it was built', async () => {
  assert.equal((await fetch(`${school.url}/extension/updates.xml`)).status, 404)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'updates.xml'), '<gupdate/>')
  writeFileSync(join(folder, 'gatehouse.crx'), 'Cr24')
  const manifest = await fetch(`${school.url}/extension/updates.xml?x=id%3Da%26v%3D0`)
  assert.equal(manifest.headers.get('content-type'), 'text/xml')
  assert.equal(await manifest.text(), '<gupdate/>')
  const packed = await fetch(`${school.url}/extension/gatehouse.crx`)
  assert.equal(packed.headers.get('content-type'), 'application/x-chrome-extension')
  assert.equal(await packed.text(), 'Cr24')
})

test('the key that signs the extension is handed to nobody, though it lies beside it', async () => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'key.pem'), 'the key')
  for (const path of ['key.pem', '..%2fextension%2fkey.pem', 'gatehouse.crx/../key.pem', '%2e%2e/extension/key.pem'])
    assert.doesNotMatch(await (await fetch(`${school.url}/extension/${path}`)).text(), /the key/)
})

test('technical staff see the server’s public key that the policy of a browser needs', async () => {
  const manager = await school.browser(await school.person('Ned Work', 'network-manager'))
  const { html } = await manager.get('/monitoring/devices')
  const key = Buffer.from(
    createPublicKey(school.app.keys.bundle).export({ format: 'jwk' }).x ?? '',
    'base64url',
  ).toString('base64')
  assert.ok(html.replaceAll('&#x3D;', '=').replaceAll('&#x2F;', '/').includes(key))
})
