import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { noticeItems } from './breach.ts'
import { caseWorld, dateParts } from './case-world.ts'

const school = await testSchool()
const breach = {
  category: 'data',
  kind: 'loss-or-theft',
  audience: ['headteacher', 'dpo'],
  ownerRole: 'dpo',
  seriousness: 'serious',
} as const
const notice = {
  nature: 'A stick with a class list was lost',
  peopleCategories: 'Pupils',
  peopleCount: '',
  recordCategories: 'Names',
  recordCount: '30',
  contact: 'Dev Patel',
  consequences: 'Distress',
  measures: 'Searched',
}

test('a stick lost at 16:50 on the last Friday of term: the clock runs through the holiday and a deputy is told', async () => {
  const world = await caseWorld(school)
  const deputyDpo = await world.person('Rae', 'Stand', 'office')
  await school.app.change(systemActor(world.schoolId, 'test'), async ({ people }) => {
    const [held] = await people.holders('dpo')
    if (!held) throw new Error('no data protection officer')
    await people.setDeputy(held.id, deputyDpo.personId)
    await people.recordAbsence(
      world.who.dpo.personId,
      new Date('2026-12-18T12:00:00Z'),
      new Date('2027-01-05T08:00:00Z'),
    )
    return changed(undefined, { type: 'absence.recorded' })
  })
  school.setTime('2026-12-18T16:50:00Z')
  const id = await world.open(breach)
  const [clock] = (await world.read(({ deadlines }) => deadlines.about(`case:${id}`))).filter(
    ({ kind }) => kind === 'breach.ico',
  )
  assert.equal(clock?.dueAt?.toISOString(), '2026-12-21T16:50:00.000Z')
  assert.equal(clock?.ownerId, deputyDpo.personId)
  const told = await world.read(({ messages }) => messages.of(deputyDpo.personId))
  assert.ok(told.some(({ kind }) => kind === 'breach.clock'))
})

test('a notice holds every item of Article 33(3), and facts that arrive later never lose the first version', async () => {
  const world = await caseWorld(school)
  const id = await world.open(breach)
  const dpo = world.who.dpo
  assert.equal(
    (await (await world.as(dpo)).post(`/cases/${id}/breach/decide`, { notify: 'no', reasons: 'x' })).status,
    409,
    'the risk is assessed first',
  )
  await world.does(dpo, `/cases/${id}/breach/assess`, { loss: 'availability', risk: 'high', words: 'Children' })
  assert.equal(
    (await (await world.as(dpo)).post(`/cases/${id}/breach/decide`, { notify: 'no', reasons: 'x' })).status,
    409,
    'a high risk is told',
  )
  await world.does(dpo, `/cases/${id}/breach/decide`, { notify: 'yes', reasons: 'Children’s data' })
  await world.does(dpo, `/cases/${id}/breach/notice`, notice)
  await world.does(dpo, `/cases/${id}/open`, { reason: 'working' })
  assert.match(
    (await (await world.as(dpo)).get(`/cases/${id}/breach`)).text,
    /Still missing in the last version: about how many people/,
  )
  await world.does(dpo, `/cases/${id}/breach/send`, { reference: 'IC-1' })
  await world.does(dpo, `/cases/${id}/breach/notice`, { ...notice, peopleCount: '31' })
  const entries = await world.read(async ({ cases, breaches }) => breaches.entries(await cases.get(dpo, id)))
  const versions = entries.filter(({ kind }) => kind === 'notice')
  assert.deepEqual(
    versions.map(({ version }) => version),
    [1, 2],
  )
  assert.deepEqual(
    versions.map(({ content }) => content['peopleCount']),
    ['', '31'],
  )
  for (const item of noticeItems) assert.ok(item in (versions[0]?.content ?? {}), item)
  const found = await world.read(({ breaches }) => breaches.of(id))
  assert.ok(found?.notifiedAt)
})

test('sent after 72 hours, a notice must say why', async () => {
  const world = await caseWorld(school)
  const id = await world.open(breach)
  const dpo = world.who.dpo
  await world.does(dpo, `/cases/${id}/breach/assess`, { loss: 'availability', risk: 'risk', words: 'Names' })
  await world.does(dpo, `/cases/${id}/breach/decide`, { notify: 'yes', reasons: 'Names' })
  await world.does(dpo, `/cases/${id}/breach/notice`, notice)
  school.pass(73)
  const refused = await (await world.as(dpo)).post(`/cases/${id}/breach/send`, { reference: 'IC-2' })
  assert.equal(refused.status, 409)
  assert.match(refused.text, /More than 72 hours/)
  await world.does(dpo, `/cases/${id}/breach/notice`, { ...notice, delay: 'The report came in late' })
  await world.does(dpo, `/cases/${id}/breach/send`, { reference: 'IC-2' })
  const [clock] = (await world.read(({ deadlines }) => deadlines.about(`case:${id}`))).filter(
    ({ kind }) => kind === 'breach.ico',
  )
  assert.equal(clock?.state, 'late')
})

test('the moment of awareness is annotated beside it and never rewritten, not even in the database', async () => {
  const world = await caseWorld(school)
  const reportedAt = school.now()
  const id = await world.open({ ...breach, reportedAt })
  school.pass(5)
  await world.does(world.who.dpo, `/cases/${id}/breach/awareness`, {
    readAs: dateParts(school.now()),
    reason: 'Only then was it clear that data was on it',
  })
  const found = await world.read(({ breaches }) => breaches.of(id))
  assert.equal(found?.awareAt.toISOString(), reportedAt.toISOString())
  const [clock] = (await world.read(({ deadlines }) => deadlines.about(`case:${id}`))).filter(
    ({ kind }) => kind === 'breach.ico',
  )
  assert.equal(clock?.dueAt?.getTime(), reportedAt.getTime() + 72 * 3_600_000)
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await assert.rejects(
    client.query("update data_breach set aware_at = aware_at + interval '1 day' where school_id = $1", [
      world.schoolId,
    ]),
    /never rewritten/,
  )
  await client.end()
})

test('every breach stands in the register, told or not, for those who may see it', async () => {
  const world = await caseWorld(school)
  const id = await world.open(breach)
  await world.does(world.who.dpo, `/cases/${id}/breach/assess`, {
    loss: 'availability',
    risk: 'unlikely',
    words: 'Encrypted',
  })
  await world.does(world.who.dpo, `/cases/${id}/breach/decide`, { notify: 'no', reasons: 'Encrypted' })
  assert.match((await (await world.as(world.who.dpo)).get('/breaches')).text, /Not told, with reasons/)
  assert.equal((await (await world.as(world.who.dsl)).get('/breaches')).status, 403)
})
