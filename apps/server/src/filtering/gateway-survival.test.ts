import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKeys } from '../platform/keys.ts'
import { testDatabase } from '../testing/test-database.ts'
import { browse, until } from './filtering-world.ts'
import { openGatewayKeys } from './gateway-keys.ts'
import { freePort } from './gateway-process.ts'
import { createProbers } from './probers.ts'

const database = await testDatabase()
const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-survival-'))
const [port, proxyPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')]
const environment = {
  ...process.env,
  GATEHOUSE_DATA: dataFolder,
  DATABASE_URL: database.ownerUrl,
  PORT: String(port),
  PROXY_PORT: String(proxyPort),
  BASE_URL: '',
}
const program = join(import.meta.dirname, '../cli.ts')
const started: ReturnType<typeof spawn>[] = []

const run = (...words: string[]) => {
  const child = spawn(process.execPath, [program, ...words], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', part => (said += part))
  const ended = new Promise<number | null>(done => child.once('exit', code => done(code)))
  return { child, ended, said: () => said }
}
const gatewayPid = async (): Promise<number | null> => {
  const keys = openGatewayKeys(openKeys(join(dataFolder, 'keys')))
  const answer = await fetch(`http://127.0.0.1:${proxyPort}/gatehouse-status`, {
    headers: { authorization: `Bearer ${keys.bearer}` },
  }).catch(() => null)
  return answer?.status === 200 ? ((await answer.json()) as { pid: number }).pid : null
}
after(async () => {
  for (const child of started) child.kill('SIGKILL')
  const pid = await gatewayPid()
  if (pid !== null) process.kill(pid, 'SIGKILL')
  await database.drop()
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 10 })
})

test('a server that is killed leaves the filter filtering, and the next one takes it over', {
  timeout: 120_000,
}, async () => {
  const made = run('school', 'create', 'Oak Hill')
  assert.equal(await made.ended, 0, made.said())
  const first = run('serve')
  const pid = await until(`the gateway: ${first.said()}`, gatewayPid)
  const schoolId = /"id":"([a-z0-9-]+)","name":"Oak Hill"/.exec(
    Buffer.from(
      JSON.parse(readFileSync(join(dataFolder, 'gateway', 'bundle.json'), 'utf8')).payload,
      'base64',
    ).toString('utf8'),
  )?.[1]
  assert.ok(schoolId)
  const who = createProbers(openKeys(join(dataFolder, 'keys'))).of(schoolId, 'juniors')
  const ask = () => browse(proxyPort, who, 'http://gambling.canary.gatehouse.invalid/')
  await until('the block', async () => (await ask().catch(() => null))?.status === 403)

  first.child.kill('SIGKILL')
  await first.ended
  assert.match((await ask()).field, /details="block:gambling"/)
  assert.equal(await gatewayPid(), pid)

  const second = run('serve')
  await until(`the second server: ${second.said()}`, async () =>
    second.said().includes('The internet filter is running'),
  )
  assert.equal(await gatewayPid(), pid)
  assert.match(second.said(), /Filtering goes on in the gateway that was running/)

  // Ended in good order, it takes its filter with it: nobody goes on browsing through a product that was switched off.
  second.child.kill('SIGTERM')
  assert.equal(await second.ended, 0)
  assert.equal(await gatewayPid(), null)
})
