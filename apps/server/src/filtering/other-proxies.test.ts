import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readConfig } from '../config.ts'
import { testSchool } from '../testing/test-school.ts'
import { outcomeOfSquid } from './filter-proof.ts'
import { stopsAfterwards, until } from './filtering-world.ts'
import { freePort, type GatewayProcess, startGateway } from './gateway-process.ts'

const held = stopsAfterwards()
const port = await freePort('127.0.0.1')
const school = await testSchool({
  time: new Date().toISOString(),
  environment: { FILTER_PROXIES: `library=gateway@127.0.0.1:${port}` },
})
const { app, schoolId } = school
const manager = await school.person('Ned Work', 'network-manager')

const rounds = (point: string) => app.read(schoolId, ({ filtering }) => filtering.heartbeats(5, point))
const webFilter = () => school.stateOf(app.controls, 'filtering.web-filter')
const told = async () =>
  (await app.read(schoolId, ({ messages }) => messages.of(manager.personId))).filter(
    ({ kind }) => kind === 'filter-heartbeat.failed',
  ).length

describe('a second gateway, on another machine for all that the server knows', () => {
  let second: GatewayProcess | undefined
  const work = () => held.work ?? assert.fail('the filter runs')
  const start = async () => {
    second = await startGateway(
      {
        bundlePath: app.filtering.bundle.path,
        serverUrl: school.url,
        host: '127.0.0.1',
        port,
        dataFolder: `${school.dataFolder}/library`,
      },
      app.filtering.gatewayKeys,
      () => undefined,
    )
  }
  before(async () => {
    held.work = await app.filtering.start(school.url)
    await until('the first round', async () => (await rounds('gateway'))[0]?.result === 'passed')
    await start()
  })
  after(() => second?.stop())

  test('is asked for every category as every group, and says the same as the first', async () => {
    await work().others.rounds()
    const [first] = await rounds('gateway')
    const [round] = await rounds('proxy:library')
    assert.equal(round?.result, 'passed')
    assert.equal(round?.checks, first?.checks)
    assert.deepEqual(round?.seen, first?.seen)
    assert.equal((await webFilter()).status, 'met')
    const state = await school.stateOf(app.controls, 'filtering.personal-devices')
    assert.equal(state.status, 'not-started', 'nobody asked from the network of personal devices')
  })

  test('that falls silent is noticed by the second pulse: somebody is told, and the clauses fail', async () => {
    const before = await told()
    await second?.stop()
    school.pass(1 / 60)
    await work().others.pulse()
    assert.equal((await rounds('proxy:library'))[0]?.result, 'passed', 'one missed pulse is nothing yet')
    school.pass(1 / 60)
    await work().others.pulse()
    assert.equal((await rounds('proxy:library'))[0]?.result, 'failed')
    assert.equal(await told(), before + 1)
    const state = await webFilter()
    assert.equal(state.status, 'failing')
    assert.match(state.why, /(\d+) of \1 requests through the proxy “library” did not come out as decided/)
    assert.match(
      (await (await school.browser(manager)).get('/')).text,
      /Internet filter\s+Failing[\s\S]*through the proxy “library”/,
    )
    const page = await (await school.browser(manager)).get('/internet/heartbeat')
    assert.match(page.text, /Through the proxy “library”/)
    assert.match(page.text, /nothing answered there/)
  })

  test('that comes back is asked everything at its first good pulse', async () => {
    await start()
    await until('the rules there', async () => (await second?.status())?.serial ?? null)
    school.pass(1 / 60)
    await work().others.pulse()
    assert.equal((await rounds('proxy:library'))[0]?.result, 'passed')
    assert.equal((await webFilter()).status, 'met')
  })
})

test('what Squid answers is told apart', () => {
  const pages = 'https://gatehouse.example'
  const answer = { status: 200, location: '', squidError: '', via: '1.1 proxy (squid/5.7)' }
  assert.equal(outcomeOfSquid(answer, pages), 'reached')
  assert.equal(outcomeOfSquid({ ...answer, status: 407 }, pages), 'signed-out')
  const led = { ...answer, status: 302, location: `${pages}/blocked?host=a.example&category=games` }
  assert.equal(outcomeOfSquid(led, pages), 'blocked')
  assert.equal(outcomeOfSquid({ ...led, location: 'https://elsewhere.example/blocked?' }, pages), 'reached')
  assert.equal(outcomeOfSquid({ ...answer, status: 503, squidError: 'ERR_DNS_FAIL 0' }, pages), 'dns-failure')
  assert.equal(outcomeOfSquid({ ...answer, status: 503, squidError: 'ERR_CONNECT_FAIL 111' }, pages), 'refused')
  assert.equal(outcomeOfSquid({ ...answer, status: 403, squidError: 'ERR_ACCESS_DENIED 0' }, pages), 'broken')
  assert.equal(outcomeOfSquid({ ...answer, via: '' }, pages), 'no-filter', 'a web server is no filter')
})

test('the settings say what they expected and what they found', () => {
  const read = (more: Record<string, string>) => readConfig({ GATEHOUSE_DATA: '/tmp/nothing', ...more })
  assert.deepEqual(read({ FILTER_PROXIES: 'library=gateway@10.0.4.2:3128, gym=squid@[fd00::3]:3129' }).filterProxies, [
    { name: 'library', kind: 'gateway', host: '10.0.4.2', port: 3128 },
    { name: 'gym', kind: 'squid', host: 'fd00::3', port: 3129 },
  ])
  for (const wrong of [
    'library',
    'library=proxy@10.0.4.2:3128',
    'library=squid@10.0.4.2',
    'a b=squid@x:1',
    'l=squid@x:0',
  ])
    assert.throws(() => read({ FILTER_PROXIES: wrong }), /FILTER_PROXIES must be like .* does not fit/, wrong)
  assert.throws(() => read({ FILTER_PROXIES: 'a=squid@x:1,a=squid@y:1' }), /names “a” twice/)
  assert.deepEqual(read({ CHECK_PAGE: '10.0.4.1:8099' }).checkPage, { address: '10.0.4.1', port: 8099 })
  for (const wrong of ['8099', 'here:8099', '10.0.4.1:0'])
    assert.throws(() => read({ CHECK_PAGE: wrong }), /CHECK_PAGE must be an IP address/, wrong)
})
