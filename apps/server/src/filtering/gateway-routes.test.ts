import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { applyDelta, compileLists, type ListEntry } from '@gatehouse/engine'
import { openKeys } from '../platform/keys.ts'
import { openBundleFile } from './bundle-publisher.ts'
import { openGatewayKeys } from './gateway-keys.ts'
import { gatewayRoutes } from './gateway-routes.ts'
import { openListsFolder, sha256, shippedEntries, shippedSources } from './lists-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-routes-'))
after(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'keys'))
const keys = openKeys(join(folder, 'keys'))
const gatewayKeys = openGatewayKeys(keys)
const lists = openListsFolder(folder)
const takeSegment = async () => undefined
const routes = gatewayRoutes({ keys: gatewayKeys, bundle: openBundleFile(folder, keys.bundle), lists, takeSegment })

async function ask(
  path: string,
  params: Readonly<Record<string, string>>,
  authorization = `Bearer ${gatewayKeys.bearer}`,
): Promise<{ status: number; body: Buffer }> {
  const route = routes.find(each => each.path === path)
  assert.ok(route)
  const reply = await route.handle({ headers: { authorization }, body: Buffer.alloc(0), params })
  assert.ok(reply.kind === 'data')
  return { status: reply.status ?? 200, body: Buffer.from(reply.body) }
}

test('a gateway that has the lists before gets what changed, and makes the new lists of it byte for byte', async () => {
  const own: ListEntry = { domain: 'new-bets.example', category: 'gambling', source: 'starter' }
  const first = compileLists(shippedEntries(), shippedSources)
  const second = compileLists([...shippedEntries(), own], shippedSources, { previous: first })
  const [before, sha] = [lists.activate(first, new Date(0)).sha256, lists.activate(second, new Date(1000)).sha256]
  const whole = await ask('/gateway/lists/:sha', { sha })
  const change = await ask('/gateway/lists/:sha/since/:before', { sha, before })
  assert.deepEqual([whole.status, change.status], [200, 200])
  assert.ok(change.body.length * 10 < whole.body.length, `${change.body.length} bytes of ${whole.body.length}`)
  assert.equal(sha256(applyDelta(first, change.body)), sha)
  assert.deepEqual(Buffer.from(applyDelta(first, change.body)), whole.body)
  for (const params of [
    { sha, before: sha },
    { sha: before, before: sha },
    { sha, before: 'a'.repeat(64) },
    { sha: '../keys/x', before },
    { sha, before: '../../etc/passwd' },
  ])
    assert.equal((await ask('/gateway/lists/:sha/since/:before', params)).status, 404)
  for (const path of ['/gateway/lists/:sha', '/gateway/lists/:sha/since/:before'])
    assert.equal((await ask(path, { sha, before }, 'Bearer somebody else')).status, 401)
})
