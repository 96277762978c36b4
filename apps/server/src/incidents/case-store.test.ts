import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import { testSchool } from '../testing/test-school.ts'
import type { NewCase } from './case-store.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher')
const dsl = await school.person('Dora Sills', 'dsl')
const dpo = await school.person('Dev Patel', 'dpo')
const network = await school.person('Nia Weber', 'network-manager')
const chair = await school.person('Carl Hare', 'chair')
const pupil = await school.person('Pia Small', 'pupil')

const concern: NewCase = {
  category: 'conduct',
  kind: 'cyberbullying',
  seriousness: 'medium',
  audience: ['headteacher', 'dsl', 'dpo'],
  ownerRole: 'dsl',
  subjects: [],
  involved: [{ personId: pupil.personId, part: 'harmed' }],
  happenedAt: null,
  reportedAt: school.now(),
  origin: 'report:1',
  summary: 'Messages about a pupil 🐝',
}
const open = (overrides: Partial<NewCase> = {}) =>
  app.change(systemActor(schoolId, 'test'), async ({ cases }) => {
    const { caseId, events } = await cases.open({ ...concern, reportedAt: school.now(), ...overrides })
    return changed(caseId, { type: 'report.received' }, ...events)
  })
const sees = (actor: typeof head, id: string) =>
  app
    .read(schoolId, ({ cases }) => cases.get(actor, id))
    .then(
      () => true,
      error => (error instanceof Refusal && error.code === 'not-found' ? false : Promise.reject(error)),
    )

test('a new case has an owner, a clock, sealed words, and an entry in the ledger', async () => {
  const id = await open()
  const file = await app.read(schoolId, ({ cases }) => cases.get(dsl, id))
  assert.equal(file.ownerId, dsl.personId)
  assert.equal(file.status, 'new')
  assert.ok(file.nextDue)
  assert.equal((await app.read(schoolId, ({ cases }) => cases.words(file))).summary, 'Messages about a pupil 🐝')
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['case.opened'], `case:${id}`))
  assert.ok(entry && !JSON.stringify(entry).includes('Messages'))
})

test('the data protection officer sees data matters and nothing else, whatever audience was asked for', async () => {
  const child = await open()
  const data = await open({ category: 'data', kind: 'data-breach', audience: ['dpo', 'headteacher'], ownerRole: 'dpo' })
  assert.equal(await sees(dpo, child), false)
  assert.equal(await sees(dpo, data), true)
  const listed = await app.read(schoolId, ({ cases }) => cases.list(dpo, {}))
  assert.deepEqual(
    listed.map(({ category }) => category),
    ['data'],
  )
})

test('whoever a case is about never sees it, and somebody else answers', async () => {
  const id = await open({ audience: ['headteacher', 'dsl'], ownerRole: 'headteacher', subjects: [head.personId] })
  assert.equal(await sees(head, id), false)
  assert.equal(await sees(chair, id), true)
  const file = await app.read(schoolId, ({ cases }) => cases.get(chair, id))
  assert.equal(file.ownerId, chair.personId)
})

test('a serious case alerts the headteacher and the IT contact, who learn nothing of its content', async () => {
  const id = await open({ seriousness: 'serious' })
  const messages = await app.read(schoolId, async ({ messages }) => [
    ...(await messages.of(head.personId)),
    ...(await messages.of(network.personId)),
  ])
  assert.ok(messages.some(({ kind }) => kind === 'incident.serious'))
  assert.equal(await sees(network, id), false)
  assert.equal(await sees(head, id), true)
})

test('adding the owner as a possible wrongdoer bars them at once and gives the case to somebody else', async () => {
  const id = await open()
  await app.change(head, async ({ cases }) => {
    const file = await cases.lock(head, id)
    const { moved } = await cases.addPerson(file, { personId: dsl.personId, part: 'subject' })
    assert.equal(moved, true)
    return changed(undefined, { type: 'case.person-added', subject: `case:${id}` })
  })
  assert.equal(await sees(dsl, id), false)
  assert.equal((await app.read(schoolId, ({ cases }) => cases.get(head, id))).ownerId, head.personId)
})
