import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { compileLists, openLists } from '@gatehouse/engine'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { notEnforced, pointsInUse } from './coverage.ts'
import { decided, stopsAfterwards, until } from './filtering-world.ts'
import { beatsOf, monitorLines } from './heartbeat-pages.ts'
import type { FilterTest } from './filter-watch-store.ts'
import { lookForOverblocks } from './overblock.ts'

const held = stopsAfterwards()
const school = await testSchool({ time: new Date().toISOString() })
const { app, schoolId } = school
const manager = await school.person('Ned Work', 'network-manager')
const lead = await school.person('Dora Safe', 'dsl')

const round = (minutesAgo: number, failures: number): FilterTest => ({
  id: String(minutesAgo),
  changeId: null,
  point: 'gateway',
  at: new Date(school.now().getTime() - minutesAgo * 60_000),
  serial: 1,
  result: failures ? 'failed' : 'passed',
  checks: 10,
  failures,
  results: [],
  controls: [],
  byGroup: { juniors: [10, failures] },
  seen: {},
})

describe('the strip', () => {
  test('beats once a round, lies flat where one failed, and shows a hole where nobody looked', () => {
    const newest = [round(10, 0), round(70, 2), round(400, 0)]
    const beats = beatsOf(newest, 'juniors', school.now())
    assert.deepEqual(beats, ['ok', 'unknown', 'failed', 'ok'])
    assert.deepEqual(beatsOf([round(300, 0)], 'juniors', school.now()), ['ok', 'unknown'])
    assert.deepEqual(beatsOf([round(10, 0)], 'staff', school.now()), ['unknown'], 'a group that was not asked')
    const lines = monitorLines(beats)
    assert.equal(lines.width, 48 * 22)
    assert.match(lines.ok, /^M968 30.*M1034 30/)
    assert.equal(lines.failed, 'M1012 30h22')
    assert.equal(lines.unknown, 'M990 30h22')
    assert.equal(monitorLines([]).width > 0, true)
  })
})

const rounds = () => app.read(schoolId, ({ filtering }) => filtering.heartbeats(5))
/** The clauses that the running filter carries. */
const ofTheFilter = new Set(
  'A-3.4-06 A-3.4-07 A-4.1-13 A-4.1-14 A-4.1-15 A-4.1-16 A-5-17 A-5-22 A-11-03 A-5-20 B-internet-access-01 A-9-12 A-9-13 A-9-16 A-9-17 A-9-18 A-9-19 A-9-20 A-9-21 B-aua-12 A-6-08 A-5-18 A-11-01'.split(
    ' ',
  ),
)
const statusOf = async (id: string) => (await school.stateOf(app.controls, id)).status
const messagesOf = async (personId: string) =>
  (await app.read(schoolId, ({ messages }) => messages.of(personId))).map(({ kind }) => kind)

describe('the pulse of a filter that runs', () => {
  before(async () => {
    held.work = await app.filtering.start(school.url)
    await until('the first round', async () => (await rounds())[0]?.result === 'passed')
  })
  const work = () => held.work ?? assert.fail('the filter runs')

  test('a beating filter leaves nothing in the log, whatever the minute', async () => {
    const known = (await rounds()).length
    await work().pulse()
    await work().pulse()
    assert.equal((await rounds()).length, known)
  })

  test('a round that failed once may have been unlucky: it is taken again at the next good pulse, and then only with the hour', async () => {
    const fails = () =>
      app.change(systemActor(schoolId, 'worker'), async ({ filtering }) => {
        const { id: _, at: __, ...failed } = round(0, 1)
        await filtering.addTest(failed)
        return changed(undefined, { type: 'filter-heartbeat.taken', subject: 'filter:heartbeat' })
      })
    const [passed] = await rounds()
    school.pass(1 / 60)
    await fails()
    school.pass(1 / 60)
    await work().pulse()
    const [again, failed] = await rounds()
    assert.deepEqual([again?.result, failed?.result], ['passed', 'failed'])
    assert.notEqual(again?.id, passed?.id)
    for (const _ of [1, 2]) {
      school.pass(1 / 60)
      await fails()
    }
    const [last] = await rounds()
    school.pass(1 / 60)
    await work().pulse()
    assert.equal((await rounds())[0]?.id, last?.id)
    school.pass(1 / 60)
    await work().beat()
  })

  test('a school that was made a moment ago is in no bundle yet, and nobody is accused of having changed it', async () => {
    await school.addSchool('elm-hill')
    await work().drift()
    await work().publish()
    await work().drift()
    assert.deepEqual(await app.read('elm-hill', ({ filtering }) => filtering.latestDrift(5)), [])
  })
  test('with the filter running, what was decided about it is met', async () => {
    await decided(
      school,
      { proposer: manager, approver: lead },
      {
        kind: 'host',
        site: 'arcade.gatehouse.invalid',
        action: 'block',
        groups: ['juniors'],
        reason: 'A test',
        owner: 'network-manager',
        reviewOn: '2027-06-01',
      },
    )
    await work().publish()
    assert.equal(await statusOf('filtering.deployed'), 'met')
    assert.equal(await statusOf('filtering.two-people'), 'met')
  })
  test('a filter that is unplugged turns a whole round to failing at the second pulse, and pages two people', async () => {
    await work().gateway.stop()
    school.pass(1 / 60)
    await work().pulse()
    assert.equal((await rounds())[0]?.result, 'passed', 'one flat pulse may be an unlucky moment')
    school.pass(1 / 60)
    await work().pulse()
    const [round] = await rounds()
    assert.equal(round?.result, 'failed')
    assert.deepEqual(new Set(round?.controls.map(({ outcome }) => outcome)), new Set(['no-filter']))
    for (const { personId } of [manager, lead])
      assert.ok((await messagesOf(personId)).includes('filter-heartbeat.failed'), 'somebody is told within two minutes')
    const stillMet = []
    for (const control of app.controls.filter(({ clauses }) => clauses.some(clause => ofTheFilter.has(clause)))) {
      const state = await school.stateOf(app.controls, control.id)
      if (state.status === 'met' && state.evidence === 'measured') stillMet.push(control.id)
    }
    assert.deepEqual(stillMet, [], 'nothing about a filter that does not run is met by measurement')
    assert.equal(await statusOf('filtering.deployed'), 'failing')
    assert.equal(await statusOf('filtering.two-people'), 'failing')
    const known = (await rounds()).length
    await work().pulse()
    assert.equal((await rounds()).length, known, 'it is not said again each minute')
    const page = await (await school.browser(lead)).get('/internet/heartbeat')
    assert.equal(page.status, 200)
    assert.match(page.text, /Juniors\s+Failing/)
    assert.match(page.text, /nothing answered where the filter should be/)
    assert.match(page.text, /What should be open, and is not/)
  })

  test('with no gateway to ask, the look for over-blocking says that it knows nothing', async () => {
    assert.equal(await work().overblocks(), false)
    assert.deepEqual(await app.read(schoolId, ({ filtering }) => filtering.openOverblocks()), [])
    // While it ran, it was asked once for the whole list: nothing of what must be open was blocked for anybody.
    const look = await app.read(schoolId, ({ ledger }) => ledger.latest(['filter-overblock.looked']))
    assert.equal(look?.detail.blocked, 0)
    assert.ok(Number(look?.detail.asked) > 8_000)
  })
})

describe('what the points in use cannot carry out', () => {
  test('stands beside the rule and on a page of its own', async () => {
    await decided(
      school,
      { proposer: manager, approver: lead },
      {
        kind: 'host',
        site: 'pages.gatehouse.invalid/games',
        action: 'block',
        groups: ['juniors'],
        reason: 'A page of games',
        owner: 'network-manager',
        reviewOn: '2027-06-01',
      },
    )
    const browser = await school.browser(lead)
    assert.match(
      (await browser.get('/internet')).text,
      /pages\.gatehouse\.invalid\/games[\s\S]{0,40}Blocked\. Not enforced here over https/,
    )
    const page = await browser.get('/internet/coverage')
    assert.match(page.text, /pages\.gatehouse\.invalid\/games[\s\S]{0,40}Not enforced here over https/)
    assert.equal(notEnforced(pointsInUse(['squid-bump']), 'path'), null)
    assert.match(
      notEnforced(
        pointsInUse([]).filter(({ id }) => id === 'dns'),
        'path',
      ) ?? '',
      /Not enforced here:/,
    )
  })
})

describe('looking for what is blocked and should be open', () => {
  const source = { id: 'careless', name: 'A careless list', licence: 'MIT', date: '', isCurated: false }
  const lists = openLists(compileLists([{ domain: 'help.example', category: 'drugs', source: 'careless' }], [source]))
  const hosts = ['help.example', 'fine.example']
  const groups = [{ id: 'juniors' }, { id: 'staff' }]

  test('names the site, the group and the list that did it', async () => {
    const found = await lookForOverblocks({
      groups,
      hosts,
      lists,
      ask: async (group, urls) =>
        urls.map(url => ({
          url,
          ...(group === 'juniors' && url.includes('help')
            ? ({ verdict: 'block', category: 'drugs', rule: 'group:juniors:drugs' } as const)
            : ({ verdict: 'allow', category: 'must-allow', rule: 'must-allow' } as const)),
        })),
    })
    assert.deepEqual(found, {
      asked: 4,
      found: [
        {
          host: 'help.example',
          group: 'juniors',
          category: 'drugs',
          rule: 'group:juniors:drugs',
          sources: ['careless'],
        },
      ],
    })
  })
  test('knows nothing where an answer is missing or short', async () => {
    assert.equal(await lookForOverblocks({ groups, hosts, lists, ask: async () => null }), null)
    assert.equal(await lookForOverblocks({ groups, hosts, lists, ask: async () => [] }), null)
  })
  test('what is found begins once, is seen again, and ends when it is open', async () => {
    const one = {
      host: 'help.example',
      group: 'juniors',
      category: 'drugs',
      rule: 'group:juniors:drugs',
      sources: ['x'],
    }
    const see = (found: readonly (typeof one)[]) =>
      app.change(systemActor(schoolId, 'test'), async ({ filtering }) =>
        changed(await filtering.overblocksSeen(found), {
          type: 'filter-overblock.looked',
          subject: 'filter:overblock',
        }),
      )
    const since = async () =>
      (await app.read(schoolId, ({ filtering }) => filtering.openOverblocks())).map(each => each.since.getTime())
    assert.deepEqual(await see([one]), { begun: 1, ended: 0 })
    const [first] = await since()
    school.pass(24)
    assert.deepEqual(await see([one]), { begun: 0, ended: 0 })
    assert.deepEqual(await since(), [first])
    school.pass(24)
    assert.deepEqual(await see([]), { begun: 0, ended: 1 })
    assert.deepEqual(await since(), [])
    const [ended] = await app.read(schoolId, ({ filtering }) => filtering.endedOverblocks(5))
    assert.equal(ended?.since.getTime(), first)
  })
})
