import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { testSchool } from '../testing/test-school.ts'
import { caseWorld } from './case-world.ts'

const school = await testSchool()
const status = async (world: Awaited<ReturnType<typeof caseWorld>>, id: string) => (await world.state(id)).status
/** As an administrator of the database would, past every rule of the product. */
const asSuperuser = async (statement: string, values: readonly unknown[]): Promise<void> => {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query(statement, [...values])
  await client.end()
}

test('control incidents.it-alert: met when the network manager says that they know of a serious incident', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.it-alert'), 'not-started')
  await world.open({ seriousness: 'serious' })
  assert.equal(await status(world, 'incidents.it-alert'), 'not-started')
  school.pass(0.5)
  await world.acknowledge(world.who.network)
  assert.equal(await status(world, 'incidents.it-alert'), 'met')
})
test('control incidents.it-alert: leaves met when nobody acknowledges the next one within the hour', async () => {
  const world = await caseWorld(school)
  await world.open({ seriousness: 'serious' })
  await world.acknowledge(world.who.network)
  await world.open({ seriousness: 'serious' })
  await world.acknowledge(world.who.head)
  assert.equal(await status(world, 'incidents.it-alert'), 'met')
  school.pass(1.1)
  assert.equal(await status(world, 'incidents.it-alert'), 'overdue')
  assert.equal(await status(world, 'incidents.head-alert'), 'met', 'the headteacher knew in time')
})

test('control incidents.head-alert: met when the headteacher says that they know of a serious incident', async () => {
  const world = await caseWorld(school)
  await world.open({ seriousness: 'serious' })
  await world.acknowledge(world.who.head)
  assert.equal(await status(world, 'incidents.head-alert'), 'met')
})
test('control incidents.head-alert: leaves met when a case is raised to serious and the headteacher does not answer', async () => {
  const world = await caseWorld(school)
  await world.open({ seriousness: 'serious' })
  await world.acknowledge(world.who.head)
  const id = await world.open()
  await world.does(world.who.dsl, `/cases/${id}/raise`, { to: 'serious', reason: 'A threat was made' })
  school.pass(2)
  assert.equal(await status(world, 'incidents.head-alert'), 'overdue')
})

test('control incidents.log: met when an incident is written down', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.log'), 'not-started')
  await world.does(world.who.head, '/cases/new', { kind: 'device-misuse', summary: 'A phone in a lesson' })
  assert.equal(await status(world, 'incidents.log'), 'met')
})
test('control incidents.log: leaves met when a row is written past the ledger', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  assert.equal(await status(world, 'incidents.log'), 'met')
  await asSuperuser(
    `insert into case_file (school_id, id, category, kind, seriousness, status, owner_role, audience, key_id, summary, reported_at, opened_at, origin)
     select school_id, gen_random_uuid(), category, kind, seriousness, status, owner_role, audience, key_id, summary, reported_at, opened_at, origin from case_file where id = $1`,
    [id],
  )
  assert.equal(await status(world, 'incidents.log'), 'failing')
})

test('control incidents.guided-handling: met when a case is triaged on the day of its report', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  assert.equal(await status(world, 'incidents.guided-handling'), 'not-started')
  await world.triage(world.who.dsl, id)
  assert.equal(await status(world, 'incidents.guided-handling'), 'met')
})
test('control incidents.guided-handling: leaves met when a report waits for triage until the next day', async () => {
  const world = await caseWorld(school)
  await world.triage(world.who.dsl, await world.open())
  await world.open()
  assert.equal(await status(world, 'incidents.guided-handling'), 'met')
  school.pass(24)
  assert.equal(await status(world, 'incidents.guided-handling'), 'overdue')
})

test('control incidents.investigation: met when a report is decided with reasons', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  await world.triage(world.who.dsl, id)
  assert.equal(await status(world, 'incidents.investigation'), 'not-started')
  await world.decide(world.who.head, id)
  assert.equal(await status(world, 'incidents.investigation'), 'met')
})
test('control incidents.investigation: leaves met when an open case is not looked at for more than a school week', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  await world.triage(world.who.dsl, id)
  await world.decide(world.who.head, id)
  school.pass(24 * 6)
  assert.equal(await status(world, 'incidents.investigation'), 'met')
  school.pass(24 * 3)
  assert.equal(await status(world, 'incidents.investigation'), 'overdue')
  await world.does(world.who.dsl, `/cases/${id}/notes`, { words: 'Spoke to the family again' })
  assert.equal(await status(world, 'incidents.investigation'), 'met')
})

test('control incidents.proportionate-response: met when a case is closed with a graded response', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  await world.triage(world.who.dsl, id)
  await world.take(world.who.dsl, id)
  await world.decide(world.who.dsl, id)
  assert.equal(await status(world, 'incidents.proportionate-response'), 'not-started')
  await world.does(world.who.dsl, `/cases/${id}/close`, {
    response: 'support',
    outcome: 'Settled',
    lesson: 'Nothing new',
  })
  assert.equal(await status(world, 'incidents.proportionate-response'), 'met')
})
test('control incidents.proportionate-response: leaves met when a case lies open for more than sixty days', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  await world.triage(world.who.dsl, id)
  await world.take(world.who.dsl, id)
  await world.decide(world.who.dsl, id)
  await world.does(world.who.dsl, `/cases/${id}/close`, {
    response: 'support',
    outcome: 'Settled',
    lesson: 'Nothing new',
  })
  await world.open()
  school.pass(24 * 59)
  assert.equal(await status(world, 'incidents.proportionate-response'), 'met')
  school.pass(24 * 2)
  assert.equal(await status(world, 'incidents.proportionate-response'), 'overdue')
})

const improvement = {
  words: 'Block new proxy sites weekly',
  area: 'filtering',
  owner: 'Nia Weber',
  dueOn: ['20', '1', '2027'],
}
test('control incidents.lessons: met when an improvement to security is drawn from the log', async () => {
  const world = await caseWorld(school)
  await world.does(world.who.head, '/lessons/new', { ...improvement, area: 'teaching' })
  assert.equal(await status(world, 'incidents.lessons'), 'not-started')
  await world.does(world.who.head, '/lessons/new', improvement)
  assert.equal(await status(world, 'incidents.lessons'), 'met')
})
test('control incidents.lessons: leaves met when its day passes undone, and when no more are drawn', async () => {
  const world = await caseWorld(school)
  await world.does(world.who.head, '/lessons/new', improvement)
  school.setTime('2027-01-22T10:00:00Z')
  assert.equal(await status(world, 'incidents.lessons'), 'overdue')
  const [lesson] = await world.read(({ caseParts }) => caseParts.lessons({}))
  await world.does(world.who.network, `/lessons/${lesson?.id}/done`, {})
  assert.equal(await status(world, 'incidents.lessons'), 'met')
  school.setTime('2027-04-20T10:00:00Z')
  assert.equal(await status(world, 'incidents.lessons'), 'overdue')
})

test('control incidents.closure-notice: met when a notice of a past period is published', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.closure-notice'), 'not-started')
  await world.does(world.who.head, '/safety-notices/new', { from: ['1', '9', '2026'], to: ['20', '10', '2026'] })
  assert.equal(await status(world, 'incidents.closure-notice'), 'met')
})
test('control incidents.closure-notice: leaves met when half a year passes without the next', async () => {
  const world = await caseWorld(school)
  await world.does(world.who.head, '/safety-notices/new', { from: ['1', '9', '2026'], to: ['20', '10', '2026'] })
  school.setTime('2027-06-01T10:00:00Z')
  assert.equal(await status(world, 'incidents.closure-notice'), 'overdue')
})

test('control incidents.policies-applied: met when a case about conduct names its policies', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  await world.triage(world.who.dsl, id)
  await world.does(world.who.dsl, `/cases/${id}/policies`, { policies: ['online-safety'] })
  assert.equal(await status(world, 'incidents.policies-applied'), 'not-started', 'one policy alone is not together')
  await world.does(world.who.dsl, `/cases/${id}/policies`, { policies: ['online-safety', 'anti-bullying'] })
  assert.equal(await status(world, 'incidents.policies-applied'), 'met')
})
test('control incidents.policies-applied: leaves met when a week passes without them', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  await world.triage(world.who.dsl, id)
  await world.does(world.who.dsl, `/cases/${id}/policies`, { policies: ['online-safety', 'behaviour'] })
  await world.triage(world.who.dsl, await world.open())
  school.pass(24 * 8)
  assert.equal(await status(world, 'incidents.policies-applied'), 'overdue')
})

const tellParents = async (world: Awaited<ReturnType<typeof caseWorld>>, id: string) => {
  await world.does(world.who.dsl, `/cases/${id}/parents`, { words: 'What happened at home' })
  const [notice] = await world.read(({ caseParts }) => caseParts.notices(id))
  await world.does(world.who.deputyDsl, `/cases/${id}/parents/${notice?.id}`, {
    safe: 'yes',
    reasons: 'The child agrees',
  })
  await world.does(world.who.dsl, `/cases/${id}/parents/${notice?.id}/given`, {})
}
test('control incidents.parents-told: met when parents are told after the safeguarding lead agreed', async () => {
  const world = await caseWorld(school)
  const id = await world.open({ offSite: true })
  await world.triage(world.who.dsl, id)
  assert.equal(await status(world, 'incidents.parents-told'), 'not-started')
  await tellParents(world, id)
  assert.equal(await status(world, 'incidents.parents-told'), 'met')
})
test('control incidents.parents-told: leaves met when a week passes and nothing was decided', async () => {
  const world = await caseWorld(school)
  const id = await world.open({ offSite: true })
  await world.triage(world.who.dsl, id)
  await tellParents(world, id)
  await world.open({ offSite: true })
  school.pass(24 * 8)
  assert.equal(await status(world, 'incidents.parents-told'), 'overdue')
})

const breach = {
  category: 'data',
  kind: 'data-breach',
  audience: ['headteacher', 'dpo'],
  ownerRole: 'dpo',
  seriousness: 'serious',
} as const
const assessed = { loss: 'confidentiality', risk: 'unlikely', words: 'Encrypted stick' }
test('control incidents.breach-clock: met when a breach is assessed and decided within 72 hours', async () => {
  const world = await caseWorld(school)
  const id = await world.open(breach)
  assert.equal(await status(world, 'incidents.breach-clock'), 'not-started')
  await world.does(world.who.dpo, `/cases/${id}/breach/assess`, assessed)
  await world.does(world.who.dpo, `/cases/${id}/breach/decide`, { notify: 'no', reasons: 'Nobody can read it' })
  assert.equal(await status(world, 'incidents.breach-clock'), 'met')
})
test('control incidents.breach-clock: leaves met when the 72 hours pass over a weekend without a decision', async () => {
  const world = await caseWorld(school)
  const first = await world.open(breach)
  await world.does(world.who.dpo, `/cases/${first}/breach/assess`, assessed)
  await world.does(world.who.dpo, `/cases/${first}/breach/decide`, { notify: 'no', reasons: 'Nobody can read it' })
  school.setTime('2026-12-18T16:50:00Z')
  await world.open(breach)
  school.pass(71)
  assert.equal(await status(world, 'incidents.breach-clock'), 'met')
  school.pass(1.1)
  const state = await world.state('incidents.breach-clock')
  assert.equal(state.status, 'overdue')
  assert.equal(state.due?.toISOString(), '2026-12-21T16:50:00.000Z')
})
