import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { deciders } from './deciders.ts'

const { app, schoolId, person } = await testSchool()
const lead = await person('Dora Safe', 'dsl')
const head = await person('Hedda Main', 'headteacher', 'senior-leader')
const told = (proposer: string) =>
  app.read(schoolId, ({ people }) => deciders(people, ['dsl', 'deputy-dsl', 'senior-leader', 'headteacher'], proposer))

test('of those who answer for a decision the first two are told, each once, and never who proposed it', async () => {
  assert.deepEqual(await told('somebody else'), [lead.personId, head.personId])
  assert.deepEqual(await told(lead.personId), [head.personId])
  const deputy = await person('Dan Next', 'deputy-dsl')
  assert.deepEqual(await told('somebody else'), [lead.personId, deputy.personId])
  assert.deepEqual(await told(lead.personId), [deputy.personId, head.personId])
})
