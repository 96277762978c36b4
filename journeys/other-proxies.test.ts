import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Daemon, daemon, freePort, needs, openFolder, removed } from './neighbours.ts'
import { command, type RunningSchool, runningSchool } from './running-school.ts'

/*
 * A school with three proxies: the one that comes with Gatehouse, a second gateway in a folder of its own as on another
 * machine, and the real Squid. Each is asked every category as every group, and the page says of each how it is.
 */

const skip = needs({ program: 'squid', debian: 'squid-openssl' })

describe('a second gateway and a Squid', { skip }, () => {
  const folder = skip === false ? openFolder('gatehouse-proxies-') : ''
  let school: RunningSchool
  let squid: Daemon | undefined
  let second: ChildProcess | undefined

  const heartbeat = async (): Promise<string> => {
    const page = await (await school.visitor()).newPage()
    await page.goto(`${school.url}/sign-in`)
    await page.locator('form:has(input[name="card"][value="network-manager"]) button').click()
    await page.waitForURL(`${school.url}/`)
    await page.goto(`${school.url}/internet/heartbeat`)
    const words = await page.locator('main').innerText()
    await page.context().close()
    return words
  }
  const under = (words: string, name: string): string =>
    words
      .split(`Through the proxy “${name}”`)[1]
      ?.split('\n')
      .find(line => line.startsWith('Last whole round')) ?? ''

  before(async () => {
    const [gatewayPort, squidPort] = [await freePort(), await freePort()]
    process.env.FILTER_PROXIES = `library=gateway@127.0.0.1:${gatewayPort},gym=squid@127.0.0.1:${squidPort}`
    school = await runningSchool()
    delete process.env.FILTER_PROXIES
    const made = await school.verb('school', 'create', 'Hollybank Primary School', '--sample')
    assert.equal(made.status, 0, made.errors)
    await wait(3_000)
    const conf = join(folder, 'squid')
    const written = await school.verb(
      ...['filter', 'squid-conf', '--out', conf, '--listen', `127.0.0.1:${squidPort}`, '--mode', 'explicit'],
    )
    assert.equal(written.status, 0, written.errors)
    writeFileSync(join(conf, 'local.conf'), `hosts_file ${join(folder, 'hosts')}\n`)
    writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost\n', { mode: 0o644 })
    squid = await daemon('squid', ['-N', '-f', join(conf, 'squid.conf')], squidPort)
    const own = join(folder, 'library')
    mkdirSync(own, { mode: 0o700 })
    const words = [
      ...['gateway', '--bundle', join(school.dataFolder, 'gateway', 'bundle.json'), '--server', school.url],
      ...['--host', '127.0.0.1', '--port', String(gatewayPort), '--spool', join(own, 'spool')],
      ...['--key-file', join(school.dataFolder, 'keys', 'gateway.json')],
    ]
    second = spawn(command, words, { stdio: 'ignore' })
  })
  after(async () => {
    second?.kill()
    await squid?.stop()
    await school?.stop()
    if (folder) removed(folder)
  })

  test('are asked for every category as every group, and do as was decided', async () => {
    const deadline = Date.now() + 90_000
    let words = await heartbeat()
    while (!['library', 'gym'].every(name => /all \d+ as decided/.test(under(words, name))) && Date.now() < deadline) {
      await wait(2_000)
      words = await heartbeat()
    }
    for (const name of ['library', 'gym']) {
      const [, asked] = /all (\d+) as decided/.exec(under(words, name)) ?? assert.fail(`${name}: ${words}`)
      assert.ok(Number(asked) > 200, `${name}: only ${asked} requests`)
    }
  })
})
