import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { type BrowsingPerson, browse, browsingPerson, changeNow, stopsAfterwards, until } from './filtering-world.ts'

// One school, one real gateway process, and requests through it as a pupil and a member of staff would make them.
const held = stopsAfterwards()
const school = await testSchool()
const { app, schoolId } = school
const dsl = await school.person('Dora Safe', 'dsl')
const manager = await school.person('Ned Work', 'network-manager')
const head = await school.person('Hetty Head', 'headteacher')

const pupil = await browsingPerson(school, 'Pia Small', 'juniors')
const teacher = await browsingPerson(school, 'Tom Teach', 'staff')
held.work = await app.filtering.start(school.url)
const running = held.work

const browsing = (who: BrowsingPerson, url: string) => browse(running.gateway.port, who, url)
const proved = (id: string) =>
  until(`the proof of ${id}`, async () =>
    (await changeNow(school, id)).testResult !== null ? changeNow(school, id) : null,
  )
const reason = 'Seen in a lesson'
const inAYear = '2027-11-24'
const site = 'arcade.gatehouse.invalid'

let blockId = ''

test('a site that two people decide to block for juniors is blocked for a junior, open to staff, and proved so', async () => {
  assert.equal((await browsing(pupil, `http://${site}/`)).field, 'Gatehouse; received-status=404')
  blockId = await app.services.filterChanges.propose(manager, {
    kind: 'host',
    site,
    action: 'block',
    groups: ['juniors'],
    reason,
    owner: 'network-manager',
    reviewOn: inAYear,
  })
  const before = await changeNow(school, blockId)
  await app.services.filterChanges.decide(dsl, blockId, 'approved', 'Agreed', before.digest)
  await until('the block', async () => (await browsing(pupil, `http://${site}/`)).status === 403)
  const blocked = await browsing(pupil, `http://${site}/`)
  assert.match(blocked.field, /error=http_request_denied; details="block:/)
  assert.match(blocked.body, /Your school has closed this site/)
  assert.equal((await browsing(teacher, `http://${site}/`)).field, 'Gatehouse; received-status=404')
  const after = await proved(blockId)
  assert.equal(after.testResult, 'passed')
  const [proof] = await app.read(schoolId, ({ filtering }) => filtering.testsOf(blockId))
  assert.deepEqual(
    proof?.results.map(({ group, expected, outcome }) => [group, expected, outcome]),
    [
      ['juniors', 'block', 'blocked'],
      ['staff', 'allow', 'let-through'],
    ],
  )
  assert.deepEqual(
    proof?.controls.map(({ group, outcome }) => [group, outcome]),
    [
      ['juniors', 'reached'],
      ['staff', 'reached'],
    ],
  )
  const entry = await app.read(schoolId, ({ ledger }) =>
    ledger.latest(['filter-change.tested'], `filter-change:${blockId}`),
  )
  assert.equal(entry?.detail.result, 'passed')
})

test('a rollback that opens the site again is not for the network manager to approve, and opens it once the safeguarding lead does', async () => {
  const rollback = await app.services.filterChanges.rollBack(head, blockId, 'Blocked by mistake')
  const { digest } = await changeNow(school, rollback)
  await assert.rejects(
    app.services.filterChanges.decide(manager, rollback, 'approved', 'Fine', digest),
    /This opens something/,
  )
  await assert.rejects(
    app.services.filterChanges.decide(head, rollback, 'approved', 'Fine', digest),
    /somebody else must decide/,
  )
  await app.services.filterChanges.decide(dsl, rollback, 'approved', 'Fine', digest)
  await until('the opening', async () => (await browsing(pupil, `http://${site}/`)).status === 404)
  assert.equal((await proved(rollback)).testResult, 'passed')
  assert.equal((await changeNow(school, blockId)).state, 'ended')
})

test('a suspension reaches the gateway within seconds', async () => {
  assert.equal((await browsing(pupil, `http://${site}/`)).status, 404)
  await app.change(head, async ({ people }) => {
    await people.suspend(pupil.personId, school.now())
    return changed(undefined, { type: 'account.suspended', subject: `person:${pupil.personId}` })
  })
  const answer = await until('the suspension', async () => {
    const seen = await browsing(pupil, `http://${site}/`)
    return seen.status === 403 ? seen : null
  })
  assert.match(answer.body, /paused/)
  await app.change(head, async ({ people }) => {
    await people.suspend(pupil.personId, null)
    return changed(undefined, { type: 'account.restored', subject: `person:${pupil.personId}` })
  })
  await until('the return', async () => (await browsing(pupil, `http://${site}/`)).status === 404)
})

test('a block that could not wait is in force at once, counts one school day, and stays in force unapproved', async () => {
  const id = await app.services.filterChanges.blockAtOnce(manager, {
    site: 'danger.gatehouse.invalid',
    groups: ['juniors', 'infants'],
    reason,
    owner: 'network-manager',
    reviewOn: inAYear,
  })
  await until('the block', async () => (await browsing(pupil, 'http://danger.gatehouse.invalid/')).status === 403)
  const [deadline] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`filter-change:${id}`))
  assert.equal(deadline?.kind, 'change.emergency-approval')
  assert.equal(deadline?.state, 'open')
  const { digest } = await changeNow(school, id)
  await assert.rejects(
    app.services.filterChanges.decide(manager, id, 'approved', 'Mine', digest),
    /somebody else must decide/,
  )
  // Refusing it lifts it, which opens: not for another who may only close.
  const other = await school.person('Nina Work', 'network-manager')
  await assert.rejects(app.services.filterChanges.decide(other, id, 'refused', 'No', digest), /This opens something/)
  await app.services.filterChanges.decide(dsl, id, 'approved', 'Right', digest)
  const [met] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`filter-change:${id}`))
  assert.equal(met?.state, 'met')
})

test('every category’s canary is asked for as every group each hour, with a check page so that an outage is no pass', async () => {
  await running.beat()
  const [beat] = await app.read(schoolId, ({ filtering }) => filtering.heartbeats(1))
  assert.equal(beat?.result, 'passed', JSON.stringify(beat?.results.slice(0, 5)))
  assert.ok((beat?.checks ?? 0) > 250)
  assert.equal(beat?.seen.gambling?.juniors, 'blocked')
  assert.equal(beat?.seen.games?.staff, 'warned')
  assert.equal(beat?.controls.length, 8)
})

test('what people did and what the filter’s own probes did arrive in the web log, each once', async () => {
  const rows = await until('the log', async () => {
    const found = await app.read(schoolId, ({ activity }) =>
      activity.list(
        {
          from: new Date('2020-01-01'),
          to: new Date('2100-01-01'),
          personId: pupil.personId,
          host: 'danger.gatehouse.invalid',
          verdict: 'block',
        },
        10,
      ),
    )
    return found.length > 0 ? found : null
  })
  assert.equal(rows[0]?.verdict, 'block')
  assert.deepEqual(rows[0]?.groups, ['juniors'])
  await until('a probe in the log', () => app.read(schoolId, ({ activity }) => activity.latestProbe()))
  const totals = await app.read(schoolId, ({ activity }) => activity.totals(new Date(0)))
  assert.equal(totals.lines, totals.stored + totals.rejected + totals.probes)
  assert.equal(totals.rejected, 0)
})
