import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, test } from 'node:test'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import type { FilteringWork } from './filtering-work.ts'
import type { FilterChange } from './filter-store.ts'

// One school, one real gateway process, and requests through it as a pupil and a member of staff would make them.
let work: FilteringWork | undefined
after(() => work?.stop())
const school = await testSchool()
const { app, schoolId } = school
const dsl = await school.person('Dora Safe', 'dsl')
const manager = await school.person('Ned Work', 'network-manager')
const head = await school.person('Hetty Head', 'headteacher')

/** Adds somebody with a proxy password who may browse as a group. */
async function browsing(name: string, group: string): Promise<PersonActor & { username: string; password: string }> {
  const person = await school.person(name, group === 'staff' ? 'teacher' : 'pupil')
  const username = `${name.split(' ')[0]?.toLowerCase()}.proxy`
  const password = `a proxy password of ${username}`
  const hash = await app.hasher.hashForProxy(password)
  await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    const id = await people.addAccount(person.personId, username, { proxy: hash })
    if ((await people.groups('filter')).every(known => known.id !== group))
      await people.addGroup(group, 'filter', group)
    await people.addMember(group, person.personId)
    return changed(undefined, { type: 'account.added', subject: `account:${id}` })
  })
  return { ...person, username, password }
}
const pupil = await browsing('Pia Small', 'juniors')
const teacher = await browsing('Tom Teach', 'staff')
work = await app.filtering.start(school.url)
const running = work

interface Answer {
  readonly status: number
  readonly field: string
  readonly body: string
}
const browse = (who: { username: string; password: string }, url: string): Promise<Answer> =>
  new Promise((done, failed) => {
    const asked = request({
      host: '127.0.0.1',
      port: running.gateway.port,
      path: url,
      agent: false,
      headers: {
        host: new URL(url).host,
        'proxy-authorization': `Basic ${Buffer.from(`${who.username}:${who.password}`).toString('base64')}`,
      },
    })
    asked.once('error', failed)
    asked.once('response', response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', part => {
        body += part
      })
      response.once('end', () =>
        done({ status: response.statusCode ?? 0, field: String(response.headers['proxy-status'] ?? ''), body }),
      )
    })
    asked.end()
  })

/** What people wait for at a screen: looks again and again for up to twenty seconds. */
async function until<T>(what: string, look: () => Promise<T | false | null | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await look()
    if (found) return found
    await new Promise(done => setTimeout(done, 100))
  }
  throw new Error(`Waited twenty seconds for ${what}`)
}
const changeNow = (id: string): Promise<FilterChange> => app.read(schoolId, ({ filtering }) => filtering.change(id))
const proved = (id: string) =>
  until(`the proof of ${id}`, async () => ((await changeNow(id)).testResult !== null ? changeNow(id) : null))
const reason = 'Seen in a lesson'
const inAYear = '2027-11-24'
const site = 'arcade.gatehouse.invalid'

let blockId = ''

test('a site that two people decide to block for juniors is blocked for a junior, open to staff, and proved so', async () => {
  assert.equal((await browse(pupil, `http://${site}/`)).field, 'Gatehouse; received-status=404')
  blockId = await app.services.filterChanges.propose(manager, {
    kind: 'host',
    site,
    action: 'block',
    groups: ['juniors'],
    reason,
    owner: 'network-manager',
    reviewOn: inAYear,
  })
  const before = await changeNow(blockId)
  await app.services.filterChanges.decide(dsl, blockId, 'approved', 'Agreed', before.digest)
  await until('the block', async () => (await browse(pupil, `http://${site}/`)).status === 403)
  const blocked = await browse(pupil, `http://${site}/`)
  assert.match(blocked.field, /error=http_request_denied; details="block:/)
  assert.match(blocked.body, /Your school has closed this site/)
  assert.equal((await browse(teacher, `http://${site}/`)).field, 'Gatehouse; received-status=404')
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
  assert.equal(entry?.detail['result'], 'passed')
})

test('a rollback that opens the site again is not for the network manager to approve, and opens it once the safeguarding lead does', async () => {
  const rollback = await app.services.filterChanges.rollBack(head, blockId, 'Blocked by mistake')
  const { digest } = await changeNow(rollback)
  await assert.rejects(
    app.services.filterChanges.decide(manager, rollback, 'approved', 'Fine', digest),
    /This opens something/,
  )
  await assert.rejects(
    app.services.filterChanges.decide(head, rollback, 'approved', 'Fine', digest),
    /somebody else must decide/,
  )
  await app.services.filterChanges.decide(dsl, rollback, 'approved', 'Fine', digest)
  await until('the opening', async () => (await browse(pupil, `http://${site}/`)).status === 404)
  assert.equal((await proved(rollback)).testResult, 'passed')
  assert.equal((await changeNow(blockId)).state, 'ended')
})

test('a suspension reaches the gateway within seconds', async () => {
  assert.equal((await browse(pupil, `http://${site}/`)).status, 404)
  await app.change(head, async ({ people }) => {
    await people.suspend(pupil.personId, school.now())
    return changed(undefined, { type: 'account.suspended', subject: `person:${pupil.personId}` })
  })
  const answer = await until('the suspension', async () => {
    const seen = await browse(pupil, `http://${site}/`)
    return seen.status === 403 ? seen : null
  })
  assert.match(answer.body, /paused/)
  await app.change(head, async ({ people }) => {
    await people.suspend(pupil.personId, null)
    return changed(undefined, { type: 'account.restored', subject: `person:${pupil.personId}` })
  })
  await until('the return', async () => (await browse(pupil, `http://${site}/`)).status === 404)
})

test('a block that could not wait is in force at once, counts one school day, and stays in force unapproved', async () => {
  const id = await app.services.filterChanges.blockAtOnce(manager, {
    site: 'danger.gatehouse.invalid',
    groups: ['juniors', 'infants'],
    reason,
    owner: 'network-manager',
    reviewOn: inAYear,
  })
  await until('the block', async () => (await browse(pupil, 'http://danger.gatehouse.invalid/')).status === 403)
  const [deadline] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`filter-change:${id}`))
  assert.equal(deadline?.kind, 'change.emergency-approval')
  assert.equal(deadline?.state, 'open')
  const { digest } = await changeNow(id)
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
  assert.equal(beat?.seen['gambling']?.['juniors'], 'blocked')
  assert.equal(beat?.seen['games']?.['staff'], 'warned')
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
