import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { payloadDigest } from '../platform/requests.ts'
import { testSchool } from '../testing/test-school.ts'
import { changeNow, decided } from './filtering-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const service = app.services.filterChanges
const dsl = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hetty Head', 'headteacher')
const manager = await school.person('Ned Work', 'network-manager')
const common = { groups: ['juniors'], reason: 'A reason', owner: 'dsl', reviewOn: '2027-03-27' } as const
let number = 0
const site = (): string => {
  number += 1
  return `site-${number}.example`
}
const block = () => service.propose(manager, { kind: 'host', site: site(), action: 'block', ...common })
const asSql = async (text: string, values: readonly unknown[]): Promise<void> => {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query(text, [...values])
  await client.end()
}

test('of two who decide at once, one wins and the other is told', async () => {
  const id = await block()
  const { digest } = await changeNow(school, id)
  const outcomes = await Promise.allSettled([
    service.decide(dsl, id, 'approved', 'Yes', digest),
    service.decide(head, id, 'refused', 'No', digest),
  ])
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const lost = outcomes.find(outcome => outcome.status === 'rejected')
  assert.match(String(lost?.reason), /already/)
})

test('a second account of the proposer approves nothing: people are counted, not accounts', async () => {
  const both = await school.person('Bea Both', 'dsl', 'network-manager')
  const second = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    await people.addAccount(both.personId, 'bea.second', {})
    return changed(await people.accountByUsername('bea.second'), { type: 'account.added' })
  })
  assert.ok(second)
  const id = await service.propose(both, { kind: 'host', site: site(), action: 'block', ...common })
  const browser = await school.browser()
  browser.cookies.set('gatehouse', await app.services.signIn.signInToSample(schoolId, second))
  const answer = await browser.post(`/internet/changes/${id}/decide`, {
    verdict: 'approved',
    reason: 'Me again',
    digest: (await changeNow(school, id)).digest,
  })
  assert.equal(answer.status, 403)
  assert.match(answer.text, /somebody else must decide/)
})

test('what was put in place of the proposal in the database is not approved', async () => {
  const id = await block()
  const before = await changeNow(school, id)
  const payload = { ...before.content, action: 'allow' }
  await asSql('update request set payload = $1, digest = $2 where id = $3', [
    JSON.stringify(payload),
    payloadDigest(JSON.parse(JSON.stringify(payload))),
    before.requestId,
  ])
  await assert.rejects(service.decide(dsl, id, 'approved', 'Yes', before.digest), /not what was proposed/)
})

test('a proposal that somebody altered in the database can be taken back by who made it, and by nobody else', async () => {
  for (const payload of ['{"kind":"host"}', '{"kind":"\\ud800"}', 'no JSON']) {
    const id = await block()
    const { digest, requestId } = await changeNow(school, id)
    await asSql('update request set payload = $1 where id = $2', [payload, requestId])
    for (const verdict of ['approved', 'refused'] as const)
      await assert.rejects(service.decide(dsl, id, verdict, 'Yes', digest), /not what was proposed/)
    await assert.rejects(service.withdraw(dsl, id, digest), /Only the person who proposed/)
    await assert.rejects(service.withdraw(manager, id, '0'.repeat(64)), /not what is waiting/)
    await service.withdraw(manager, id, digest)
    assert.equal((await changeNow(school, id)).state, 'withdrawn')
  }
})

test('a rule written into the database by hand is never in force, and is named as drift', async () => {
  const id = await block()
  await asSql("update filter_change set state = 'in-force', in_force_at = now(), version = 999 where id = $1", [id])
  const found = await app.read(schoolId, async ({ filtering }) => ({
    rules: await filtering.rules(),
    unfounded: await filtering.unfounded(),
  }))
  assert.ok(!found.rules.hostRules.some(rule => rule.id === id))
  assert.deepEqual(
    found.unfounded.map(change => change.id),
    [id],
  )
  await asSql("update filter_change set state = 'refused', in_force_at = null where id = $1", [id])
})

test('an approval counts for the rules that the approver saw: when they moved, it must be proposed again', async () => {
  const first = await service.propose(manager, { kind: 'category', category: 'video', action: 'warn', ...common })
  const second = await service.propose(manager, { kind: 'category', category: 'video', action: 'allow', ...common })
  await service.decide(dsl, second, 'approved', 'Yes', (await changeNow(school, second)).digest)
  await assert.rejects(
    service.decide(dsl, first, 'approved', 'Yes', (await changeNow(school, first)).digest),
    /have changed since/,
  )
})

test('a change that would change nothing is not asked for, nor one for a group that does not exist', async () => {
  const name = site()
  await decided(school, { proposer: manager, approver: dsl }, { kind: 'host', site: name, action: 'block', ...common })
  await assert.rejects(
    service.propose(manager, { kind: 'host', site: name, action: 'block', ...common }),
    /does this already/,
  )
  await assert.rejects(
    service.propose(manager, { kind: 'host', site: name, action: 'block', ...common, groups: ['nobody'] }),
    /no group/,
  )
})

test('a rollback is asked for once, and a rollback is not rolled back', async () => {
  const id = await decided(
    school,
    { proposer: manager, approver: dsl },
    { kind: 'host', site: site(), action: 'block', ...common },
  )
  const back = await service.rollBack(manager, id, 'No longer needed')
  await assert.rejects(service.rollBack(head, id, 'Me too'), /already/)
  await service.decide(dsl, back, 'approved', 'Yes', (await changeNow(school, back)).digest)
  await assert.rejects(service.rollBack(manager, back, 'Again'), /not rolled back/)
  await assert.rejects(service.rollBack(manager, id, 'Again'), /not in force/)
})

test('only the proposer withdraws, and a block that is in force is not withdrawn by the one who made it', async () => {
  const id = await block()
  const { digest } = await changeNow(school, id)
  await assert.rejects(service.withdraw(dsl, id, digest), /Only the person who proposed/)
  await service.withdraw(manager, id, digest)
  assert.equal((await changeNow(school, id)).state, 'withdrawn')
  const now = await service.blockAtOnce(manager, { site: site(), ...common })
  await assert.rejects(service.withdraw(manager, now, (await changeNow(school, now)).digest), /in force already/)
})

test('a change has an owner and a day on which it is looked at again, and that day is a deadline', async () => {
  const id = await decided(
    school,
    { proposer: manager, approver: dsl },
    { kind: 'host', site: site(), action: 'block', ...common },
  )
  const [deadline] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`filter-change:${id}`))
  assert.deepEqual([deadline?.ownerRole, deadline?.dueAt?.toISOString().slice(0, 10)], ['dsl', '2027-03-27'])
  await service.keep(dsl, id, '2027-09-01')
  const all = await app.read(schoolId, ({ deadlines }) => deadlines.about(`filter-change:${id}`))
  assert.deepEqual(
    all.map(({ state }) => state),
    ['met', 'open'],
  )
})
