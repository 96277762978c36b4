import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { activityControls } from '../activity/activity-controls.ts'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { browse, browsingPerson, decided, stopsAfterwards, until } from './filtering-world.ts'
import { filteringControls } from './filtering-controls.ts'

// Every control is driven by what really happens: a gateway process, requests through it, people deciding, time passing.
const held = stopsAfterwards()
// The gateway’s clock is the machine’s, so the school begins there too.
const school = await testSchool({ time: new Date().toISOString() })
const { app, schoolId } = school
const [dsl, manager, governor] = [
  await school.person('Dora Safe', 'dsl'),
  await school.person('Ned Work', 'network-manager'),
  await school.person('Gus Board', 'link-governor'),
]
const pupil = await browsingPerson(school, 'Pia Small', 'juniors')

const controls = [...filteringControls, ...activityControls]
const stateOf = (id: string) => school.stateOf(controls, id)
const by = { proposer: manager, approver: dsl }
const common = { groups: ['juniors'], reason: 'A test', owner: 'network-manager', reviewOn: '2027-11-24' } as const

test('before anything ran, no control of the filter is met', async () => {
  for (const { id } of controls) assert.notEqual((await stateOf(id)).status, 'met', id)
})

describe('with the gateway running', () => {
  before(async () => {
    held.work = await app.filtering.start(school.url)
    await until(
      'the first round',
      async () => (await app.read(schoolId, ({ filtering }) => filtering.heartbeats(1)))[0]?.result === 'passed',
    )
  })
  const work = () => held.work ?? assert.fail('the filter runs')
  const beat = () => {
    school.pass(0.01)
    return work().beat()
  }

  test('control filtering.web-filter: met when every canary is blocked as decided through the real gateway', async () => {
    const state = await stateOf('filtering.web-filter')
    assert.equal(state.status, 'met', state.why)
    assert.equal(state.evidence, 'measured')
  })
  test('control filtering.deployed: met when the rules decided are in the bundle and the lists are of this week', async () => {
    assert.equal((await stateOf('filtering.deployed')).status, 'met')
  })
  test('control filtering.by-group: met when infants, juniors and staff are each seen to get something different', async () => {
    assert.equal((await stateOf('filtering.by-group')).status, 'met')
  })
  test('control filtering.by-age: met when what is made for adults is seen blocked for every group of children', async () => {
    assert.equal((await stateOf('filtering.by-age')).status, 'met')
  })
  test('control filtering.pupil-webmail: met when personal email is seen blocked for every group of children', async () => {
    assert.equal((await stateOf('filtering.pupil-webmail')).status, 'met')
  })
  test('control activity.logged: met when a request through the gateway is found again in the log', async () => {
    await until('the log', async () => (await stateOf('activity.logged')).status === 'met')
  })
  test('control filtering.illegal-slot: is never met while the slot is empty, and no change can reach it', async () => {
    const state = await stateOf('filtering.illegal-slot')
    assert.equal(state.status, 'failing')
    await assert.rejects(
      app.services.filterChanges.propose(manager, {
        kind: 'category',
        category: 'illegal',
        action: 'allow',
        ...common,
      }),
      /Nobody can switch off/,
    )
  })

  test('control filtering.two-people: met when a change was approved by somebody else than its proposer', async () => {
    assert.equal((await stateOf('filtering.two-people')).status, 'not-started')
    await decided(school, by, { kind: 'host', site: 'arcade.gatehouse.invalid', action: 'block', ...common })
    assert.equal((await stateOf('filtering.two-people')).status, 'met')
  })
  test('control filtering.two-people: leaves met when a block made at once by one person outlives its school day unapproved', async () => {
    const id = await app.services.filterChanges.blockAtOnce(manager, { site: 'danger.gatehouse.invalid', ...common })
    assert.equal((await stateOf('filtering.two-people')).status, 'met')
    school.pass(6 * 24)
    assert.equal((await stateOf('filtering.two-people')).status, 'overdue')
    // It stays blocked, whatever the clock says.
    await until(
      'the block',
      async () => (await browse(work().gateway.port, pupil, 'http://danger.gatehouse.invalid/')).status === 403,
    )
    const { digest } = await app.read(schoolId, ({ filtering }) => filtering.change(id))
    await app.services.filterChanges.decide(dsl, id, 'approved', 'Late, and right', digest)
    assert.equal((await stateOf('filtering.two-people')).status, 'met')
  })

  test('control filtering.deployed: leaves met when the lists are more than a week old', async () => {
    assert.equal((await stateOf('filtering.deployed')).status, 'met')
    school.pass(2 * 24)
    assert.equal((await stateOf('filtering.deployed')).status, 'overdue')
    app.filtering.lists.activate(
      readFileSync(app.filtering.lists.path(app.filtering.lists.open().sha256)),
      school.now(),
    )
    await work().publish()
    assert.equal((await stateOf('filtering.deployed')).status, 'met')
  })
  test('the bundle edited on disk is found, named, mended, and its control fails meanwhile', async () => {
    const { path } = app.filtering.bundle
    const signed = JSON.parse(readFileSync(path, 'utf8'))
    const payload = JSON.parse(Buffer.from(signed.payload, 'base64').toString('utf8'))
    payload.schools[0].rules.groups[1].categories.gambling = 'allow'
    writeFileSync(path, JSON.stringify({ ...signed, payload: Buffer.from(JSON.stringify(payload)).toString('base64') }))
    // The worker may see it first, and mends it within a second: what counts is that it is on record and named.
    await work().drift()
    const [drift] = await app.read(schoolId, ({ filtering }) => filtering.latestDrift(1))
    assert.deepEqual(drift?.differences, ['the bundle was not signed by this Gatehouse'])
    await work().publish()
    await work().drift()
    assert.deepEqual(await app.read(schoolId, ({ filtering }) => filtering.openDrift()), [])
    assert.equal((await stateOf('filtering.deployed')).status, 'met')
  })
  test('while an unapproved change stands, what depends on approval is not met', async () => {
    const drifted = await app.change(systemActor(schoolId, 'test'), async ({ filtering }) =>
      changed(await filtering.addDrift({ place: 'bundle', differences: ['a test'], digest: 'a'.repeat(64) }), {
        type: 'filter-drift.found',
        subject: 'filter-drift:test',
      }),
    )
    assert.equal((await stateOf('filtering.deployed')).status, 'failing')
    assert.equal((await stateOf('filtering.two-people')).status, 'failing')
    await app.change(systemActor(schoolId, 'test'), async ({ filtering }) => {
      await filtering.mendDrift(drifted)
      return changed(undefined, { type: 'filter-drift.mended', subject: 'filter-drift:test' })
    })
    assert.equal((await stateOf('filtering.deployed')).status, 'met')
  })

  test('control filtering.by-age: leaves met when two people open gambling to juniors', async () => {
    const id = await decided(school, by, { kind: 'category', category: 'gambling', action: 'allow', ...common })
    await until(
      'the proof',
      async () => (await app.read(schoolId, ({ filtering }) => filtering.change(id))).testResult === 'passed',
    )
    await beat()
    const state = await stateOf('filtering.by-age')
    assert.equal(state.status, 'failing')
    assert.match(state.why, /Gambling is not blocked for Juniors/)
    // The filter itself does what was decided.
    assert.equal((await stateOf('filtering.web-filter')).status, 'met')
  })
  test('control filtering.pupil-webmail: leaves met when two people allow pupils personal email in the table', async () => {
    const cell = { kind: 'cell', technology: 'personal-mail', side: 'pupils', window: null, people: [] } as const
    const tended = { reason: common.reason, owner: common.owner, reviewOn: common.reviewOn }
    const id = await decided(school, by, { ...cell, level: 'allowed', ...tended })
    await until(
      'the proof',
      async () => (await app.read(schoolId, ({ filtering }) => filtering.change(id))).testResult === 'passed',
    )
    await beat()
    assert.equal((await stateOf('filtering.pupil-webmail')).status, 'failing')
    await decided(school, by, { ...cell, level: 'not-allowed', ...tended })
  })
  test('control filtering.by-group: leaves met when juniors are given all that infants are given', async () => {
    for (const category of ['search', 'unlisted'] as const)
      await decided(school, by, { kind: 'category', category, action: 'allow', ...common, groups: ['infants'] })
    await decided(school, by, { kind: 'category', category: 'gambling', action: 'block', ...common })
    await until('the bundle', async () => {
      await beat()
      return (await stateOf('filtering.by-group')).status === 'failing'
    })
    assert.match((await stateOf('filtering.by-group')).why, /same way/)
  })

  test('control filtering.log-reviewed: met when a governor signs for the changes on the page', async () => {
    const browser = await school.browser(governor)
    const page = await browser.get('/internet/log')
    assert.equal(page.status, 200)
    const value = (name: string): string =>
      new RegExp(`name="${name}" value="([^"]*)"`).exec(page.html)?.[1] ?? assert.fail(name)
    const signed = await browser.post('/internet/log', {
      note: 'All openings were right',
      from: value('from'),
      to: value('to'),
      digest: value('digest'),
    })
    assert.equal(signed.location, '/internet/log')
    const state = await stateOf('filtering.log-reviewed')
    assert.equal(state.status, 'met')
    assert.equal(state.evidence, 'attested')
  })
  test('control filtering.log-reviewed: leaves met when more than a term passes', async () => {
    const now = school.now()
    school.pass(130 * 24)
    assert.equal((await stateOf('filtering.log-reviewed')).status, 'overdue')
    school.setTime(now)
  })

  test('control activity.logged: leaves met when nothing reaches the log for two hours', async () => {
    const now = school.now()
    school.setTime(new Date(Date.now() + 3 * 3_600_000))
    assert.equal((await stateOf('activity.logged')).status, 'failing')
    school.setTime(now)
  })
  test('control filtering.personal-devices: met when the network of personal devices was asked from an address in it', async () => {
    assert.equal((await stateOf('filtering.personal-devices')).status, 'not-started')
    await decided(school, by, {
      kind: 'place',
      id: 'byod',
      place: { name: 'Personal devices', subnets: ['127.0.9.0/24'], group: 'personal-devices' },
      reason: 'A network of their own',
      owner: 'network-manager',
      reviewOn: '2027-11-24',
    })
    await work().publish()
    await beat()
    const state = await stateOf('filtering.personal-devices')
    assert.equal(state.status, 'met', state.why)
    assert.equal(state.evidence, 'measured')
  })
  test('control filtering.personal-devices: leaves met when nobody asks from that network any more', async () => {
    const now = school.now()
    school.pass(3)
    assert.equal((await stateOf('filtering.personal-devices')).status, 'failing')
    school.setTime(now)
  })
  test('control filtering.web-filter: leaves met when the gateway is stopped, and when nobody asks it any more', async () => {
    await beat()
    assert.equal((await stateOf('filtering.web-filter')).status, 'met')
    await work().gateway.stop()
    await beat()
    const failed = await stateOf('filtering.web-filter')
    assert.equal(failed.status, 'failing')
    assert.equal(failed.evidence, 'measured')
    school.pass(3)
    assert.equal((await stateOf('filtering.web-filter')).evidence, 'unknown')
  })
})
