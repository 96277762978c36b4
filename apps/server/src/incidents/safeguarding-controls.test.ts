import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { type CaseWorld, caseWorld, dateParts } from './case-world.ts'
import type { NewCase } from './case-store.ts'

const school = await testSchool()
const status = async (world: CaseWorld, id: string) => (await world.state(id)).status

/** A concern of one kind comes in and the safeguarding lead looks at it: before and after. */
async function lookedAt(
  control: string,
  concern: Partial<NewCase> & { category: NewCase['category']; kind: string },
): Promise<[string, string]> {
  const world = await caseWorld(school)
  const id = await world.open({ seriousness: 'serious', ...concern })
  const before = await status(world, control)
  await world.triage(world.who.dsl, id, { category: concern.category, kind: concern.kind, seriousness: 'serious' })
  return [before, await status(world, control)]
}
/** The next one of the kind is left lying until the day after. */
async function leftLying(
  control: string,
  concern: Partial<NewCase> & { category: NewCase['category']; kind: string },
): Promise<[string, string]> {
  const world = await caseWorld(school)
  const id = await world.open({ seriousness: 'serious', ...concern })
  await world.triage(world.who.dsl, id, { category: concern.category, kind: concern.kind, seriousness: 'serious' })
  await world.open({ seriousness: 'serious', ...concern })
  const before = await status(world, control)
  school.pass(24)
  return [before, await status(world, control)]
}
const looked = ['not-started', 'met']
const left = ['met', 'overdue']

test('control incidents.watch-data-sharing: met when a concern about shared details is looked at on its day', async () => {
  assert.deepEqual(await lookedAt('incidents.watch-data-sharing', { category: 'data', kind: 'data-shared' }), looked)
})
test('control incidents.watch-data-sharing: leaves met when the next one lies until the day after', async () => {
  assert.deepEqual(await leftLying('incidents.watch-data-sharing', { category: 'data', kind: 'data-shared' }), left)
})
test('control incidents.watch-content: met when a concern about unsuitable content is looked at on its day', async () => {
  assert.deepEqual(
    await lookedAt('incidents.watch-content', { category: 'content', kind: 'unsuitable-content' }),
    looked,
  )
})
test('control incidents.watch-content: leaves met when the next one lies until the day after', async () => {
  assert.deepEqual(await leftLying('incidents.watch-content', { category: 'content', kind: 'self-harm-content' }), left)
})
test('control incidents.watch-contact: met when a concern about a stranger is looked at on its day', async () => {
  assert.deepEqual(await lookedAt('incidents.watch-contact', { category: 'contact', kind: 'stranger-contact' }), looked)
})
test('control incidents.watch-contact: leaves met when the next one lies until the day after', async () => {
  assert.deepEqual(await leftLying('incidents.watch-contact', { category: 'contact', kind: 'ai-companion' }), left)
})
test('control incidents.watch-grooming: met when a concern about grooming is looked at on its day', async () => {
  assert.deepEqual(await lookedAt('incidents.watch-grooming', { category: 'contact', kind: 'grooming' }), looked)
})
test('control incidents.watch-grooming: leaves met when the next one lies until the day after', async () => {
  assert.deepEqual(await leftLying('incidents.watch-grooming', { category: 'contact', kind: 'grooming' }), left)
})
test('control incidents.watch-cyberbullying: met when a concern about cyberbullying is looked at on its day', async () => {
  assert.deepEqual(
    await lookedAt('incidents.watch-cyberbullying', { category: 'conduct', kind: 'cyberbullying' }),
    looked,
  )
})
test('control incidents.watch-cyberbullying: leaves met when the next one lies until the day after', async () => {
  assert.deepEqual(
    await leftLying('incidents.watch-cyberbullying', { category: 'conduct', kind: 'cyberbullying' }),
    left,
  )
})

test('control incidents.offence-bullying: met when the police are told of bullying that may be a crime', async () => {
  const world = await caseWorld(school)
  const id = await world.open({ kind: 'offence-bullying', seriousness: 'serious' })
  assert.equal(await status(world, 'incidents.offence-bullying'), 'not-started')
  await world.refer(world.who.dsl, id, 'police')
  assert.equal(await status(world, 'incidents.offence-bullying'), 'met')
})
test('control incidents.offence-bullying: leaves met when a day passes and nothing is decided about the police', async () => {
  const world = await caseWorld(school)
  await world.refer(
    world.who.dsl,
    await world.open({ kind: 'offence-bullying', seriousness: 'serious' }),
    'police',
    'no',
  )
  const id = await world.open({ kind: 'offence-bullying', seriousness: 'serious' })
  await world.refer(world.who.dsl, id, 'social-care')
  school.pass(25)
  assert.equal(await status(world, 'incidents.offence-bullying'), 'overdue')
})

const illegal = { category: 'content', kind: 'illegal-images', seriousness: 'serious' } as const
const step = (world: CaseWorld, id: string, name: string) =>
  world.does(world.who.dsl, `/cases/${id}/illegal/${name}`, {
    at: dateParts(school.now()),
    reference: 'CAD 42',
    words: 'Done by the head',
  })
test('control incidents.illegal-path: met when every step of the path is done', async () => {
  const world = await caseWorld(school)
  const id = await world.open(illegal)
  for (const name of ['stopped', 'isolated', 'dsl-told']) await step(world, id, name)
  assert.equal(await status(world, 'incidents.illegal-path'), 'not-started')
  await step(world, id, 'police-told')
  assert.equal(await status(world, 'incidents.illegal-path'), 'met')
})
test('control incidents.illegal-path: leaves met when a step is missing after a day', async () => {
  const world = await caseWorld(school)
  const id = await world.open(illegal)
  for (const name of ['stopped', 'isolated', 'dsl-told', 'police-told']) await step(world, id, name)
  assert.equal(await status(world, 'incidents.illegal-path'), 'met')
  await world.does(world.who.dsl, `/cases/${id}/illegal/address`, { address: 'http://bad.example/' })
  school.pass(25)
  assert.equal(await status(world, 'incidents.illegal-path'), 'overdue', 'the address has not been reported')
  await step(world, id, 'iwf-told')
  assert.equal(await status(world, 'incidents.illegal-path'), 'met')
})
test('control incidents.police-told: met when the police know within the hour', async () => {
  const world = await caseWorld(school)
  const id = await world.open(illegal)
  assert.equal(await status(world, 'incidents.police-told'), 'not-started')
  school.pass(0.5)
  await step(world, id, 'police-told')
  assert.equal(await status(world, 'incidents.police-told'), 'met')
})
test('control incidents.police-told: leaves met when an hour passes without the police', async () => {
  const world = await caseWorld(school)
  await step(world, await world.open(illegal), 'police-told')
  await world.open(illegal)
  school.pass(1.1)
  assert.equal(await status(world, 'incidents.police-told'), 'overdue')
})

test('control incidents.police-involved: met when something is decided about the police in a very serious matter', async () => {
  const world = await caseWorld(school)
  const id = await world.open({ category: 'commerce', kind: 'drugs-for-sale', seriousness: 'serious' })
  await world.refer(world.who.dsl, id, 'social-care')
  assert.equal(await status(world, 'incidents.police-involved'), 'not-started')
  await world.refer(world.who.dsl, id, 'police')
  assert.equal(await status(world, 'incidents.police-involved'), 'met')
})
test('control incidents.police-involved: leaves met when two days pass without a decision', async () => {
  const world = await caseWorld(school)
  await world.refer(
    world.who.dsl,
    await world.open({ category: 'contact', kind: 'grooming', seriousness: 'serious' }),
    'police',
  )
  await world.open({ category: 'contact', kind: 'sexual-extortion', seriousness: 'serious' })
  school.pass(49)
  assert.equal(await status(world, 'incidents.police-involved'), 'overdue')
})

test('control incidents.agency-referral: met when a serious incident is referred, or deliberately not', async () => {
  const world = await caseWorld(school)
  const id = await world.open({ seriousness: 'serious' })
  assert.equal(await status(world, 'incidents.agency-referral'), 'not-started')
  await world.refer(world.who.dsl, id, 'lado', 'no')
  assert.equal(await status(world, 'incidents.agency-referral'), 'met')
})
test('control incidents.agency-referral: leaves met when five days pass without a decision', async () => {
  const world = await caseWorld(school)
  await world.refer(world.who.dsl, await world.open({ seriousness: 'serious' }), 'social-care')
  await world.open({ seriousness: 'serious' })
  school.pass(24 * 5 + 1)
  assert.equal(await status(world, 'incidents.agency-referral'), 'overdue')
})

const access = { category: 'content', kind: 'deliberate-access', seriousness: 'serious' } as const
const gradeAccess = (world: CaseWorld, id: string) =>
  world.triage(world.who.head, id, { category: 'content', kind: 'deliberate-access', seriousness: 'serious' })
test('control incidents.deliberate-access-log: met when deliberate access is logged and graded', async () => {
  const world = await caseWorld(school)
  const id = await world.open(access)
  assert.equal(await status(world, 'incidents.deliberate-access-log'), 'not-started')
  await gradeAccess(world, id)
  assert.equal(await status(world, 'incidents.deliberate-access-log'), 'met')
})
test('control incidents.deliberate-access-log: leaves met when one is not graded on its day', async () => {
  const world = await caseWorld(school)
  await gradeAccess(world, await world.open(access))
  await world.open(access)
  school.pass(24)
  assert.equal(await status(world, 'incidents.deliberate-access-log'), 'overdue')
})
test('control incidents.deliberate-access-investigation: met when it is decided with the local authority considered', async () => {
  const world = await caseWorld(school)
  const id = await world.open(access)
  await gradeAccess(world, id)
  await world.decide(world.who.head, id)
  assert.equal(
    await status(world, 'incidents.deliberate-access-investigation'),
    'not-started',
    'serious, and nobody asked the local authority',
  )
  await world.refer(world.who.head, id, 'local-authority')
  assert.equal(await status(world, 'incidents.deliberate-access-investigation'), 'met')
})
test('control incidents.deliberate-access-investigation: leaves met when two weeks pass undecided', async () => {
  const world = await caseWorld(school)
  const id = await world.open(access)
  await gradeAccess(world, id)
  await world.decide(world.who.head, id)
  await world.refer(world.who.head, id, 'local-authority', 'no')
  await world.open(access)
  school.pass(24 * 14 + 1)
  assert.equal(await status(world, 'incidents.deliberate-access-investigation'), 'overdue')
})

test('control incidents.evidence-hold: met when a case that the police know of is held', async () => {
  const world = await caseWorld(school)
  const id = await world.open({ seriousness: 'serious' })
  await world.refer(world.who.dsl, id, 'police')
  assert.equal(await status(world, 'incidents.evidence-hold'), 'not-started')
  await world.does(world.who.dsl, `/cases/${id}/hold`, { reason: 'The police asked' })
  assert.equal(await status(world, 'incidents.evidence-hold'), 'met')
})
test('control incidents.evidence-hold: leaves met when a day passes and the next is not held', async () => {
  const world = await caseWorld(school)
  const first = await world.open(illegal)
  assert.ok(first)
  assert.equal(await status(world, 'incidents.evidence-hold'), 'met', 'the illegal-content path holds by itself')
  await world.refer(world.who.dsl, await world.open({ seriousness: 'serious' }), 'police')
  school.pass(25)
  assert.equal(await status(world, 'incidents.evidence-hold'), 'overdue')
})

const searchFields = (now: Date) => ({
  owner: 'pupil',
  pupil: 'Pia Small',
  ground: 'harm',
  suspicion: 'A friend showed the threat',
  rule: 'cyberbullying',
  witness: 'Tom Teach',
  searchedAt: dateParts(now),
  device: 'A black telephone, cracked',
  found: 'Messages',
})
test('control incidents.device-search: met when a search is recorded the same day with a witness', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  assert.equal(await status(world, 'incidents.device-search'), 'not-applicable')
  await world.does(world.who.head, `/cases/${id}/search`, searchFields(school.now()))
  assert.equal(await status(world, 'incidents.device-search'), 'met')
})
test('control incidents.device-search: leaves met when the parents are not told in three days, and returns when they are', async () => {
  const world = await caseWorld(school)
  const id = await world.open()
  const search = await world.does(world.who.head, `/cases/${id}/search`, searchFields(school.now()))
  school.pass(24 * 3 + 1)
  assert.equal(await status(world, 'incidents.device-search'), 'overdue')
  await world.does(world.who.head, search, { step: 'tell-parents', words: 'Telephoned' })
  assert.equal(await status(world, 'incidents.device-search'), 'met')
})
