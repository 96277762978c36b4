import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool({ noSchool: true })
const { app } = school
const steps: string[] = []
const began = performance.now()
const made = await app.services.makeSample('Hollybank Primary School', step => {
  if (steps.at(-1) !== step) steps.push(step)
})
console.log('took', Math.round(performance.now() - began), made, school.logged)

test('no scene of the story is refused by the services that it goes through', () => {
  assert.deepEqual(made.refused, [])
  assert.ok(made.requests > 20_000, `${made.requests} requests`)
})
