import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schoolIdFrom } from './school-store.ts'
import { sampleClasses, samplePeople } from './sample-people.ts'
import { testSchool } from '../testing/test-school.ts'

test('the sample school has about 210 pupils, 30 staff and 9 governors, the same each time, and no name twice', () => {
  const people = samplePeople(2026)
  const count = (role: string) => people.filter(person => person.roles.some(held => held === role)).length
  assert.equal(count('pupil'), 210)
  assert.equal(count('staff'), 30)
  assert.equal(count('governor'), 9)
  assert.equal(new Set(people.map(person => person.username)).size, people.length)
  assert.deepEqual(samplePeople(2026), people)
  const keys = new Set(people.map(person => person.key))
  for (const person of people) for (const deputy of Object.values(person.deputies ?? {})) assert.ok(keys.has(deputy))
  assert.deepEqual(new Set(people.flatMap(person => person.teaches ?? [])), new Set(sampleClasses.map(each => each.id)))
})

test('a school’s id comes from its name and never clashes', () => {
  assert.equal(schoolIdFrom('St. Mary’s C of E Primary', []), 'st-mary-s-c-of-e-primary')
  assert.equal(
    schoolIdFrom('Ysgol Gynradd Llanfairpwllgwyngyllgogerychwyrndrobwll', []),
    'ysgol-gynradd-llanfairpwllgwyngyll',
  )
  assert.equal(schoolIdFrom('学校', []), 'school')
  assert.equal(schoolIdFrom('Oak', ['oak', 'oak-2']), 'oak-3')
})

test('a sample school is made whole in one change, and stays a sample for ever', async () => {
  const { app } = await testSchool()
  const { schoolId, people } = await app.services.school.createSample('Hollybank Primary School')
  assert.equal(schoolId, 'hollybank-primary-school')
  const dsl = await app.read(schoolId, reads => reads.people.whoActsAs('dsl'))
  assert.equal(dsl?.personId, people.get('deputy'))
  assert.equal((await app.read(schoolId, reads => reads.people.membersOf('class-oak'))).length, 31)
  assert.equal((await app.read(schoolId, reads => reads.school.own())).sample, true)
  await assert.rejects(
    app.connections.inSchool(schoolId, tx =>
      tx.updateTable('school').set({ sample: false }).where('id', '=', schoolId).execute(),
    ),
    /permission denied/,
  )
})
