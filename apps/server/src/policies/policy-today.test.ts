import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersonActor } from '../platform/actor.ts'
import { policySchool, review } from '../testing/policy-school.ts'
import { policyToday } from './policy-today.ts'

const school = await policySchool()
const { app, schoolId } = school
const needsOf = (actor: PersonActor) =>
  app.read(schoolId, async reads =>
    (await Promise.all((policyToday.needs ?? []).map(source => source(reads, actor, school.now()))))
      .flat()
      .map(({ text }) => text),
  )
const happenedTo = (actor: PersonActor, from: Date) =>
  app.read(schoolId, async reads =>
    (
      await Promise.all(
        (policyToday.happened ?? []).map(source =>
          source(reads, actor, { from, to: new Date(school.now().getTime() + 1) }),
        ),
      )
    )
      .flat()
      .map(({ text }) => text),
  )

test('a proposed policy waits for every governor but never for the one who proposed it', async () => {
  await review(school, 'A', 'proposed')
  assert.deepEqual(await needsOf(school.chair), ['Record the governors’ decision on policy A'])
  assert.deepEqual(await needsOf(school.head), [])
  assert.deepEqual(await needsOf(await school.person('Pip Pupil', 'pupil')), [])
})

test('an approved policy waits for the two who sign it', async () => {
  await review(school, 'B', 'approved')
  assert.deepEqual(await needsOf(school.head), ['Sign policy B'])
  assert.ok((await needsOf(school.chair)).includes('Sign for the governing body: policy B'))
})

test('a clause to be set aside waits for the chair', async () => {
  const head = await school.browser(school.head)
  assert.equal(
    (await head.post('/policy/A/A-9-03/set-aside', { reason: 'No phones here.', until: ['1', '3', '2027'] })).status,
    303,
  )
  assert.ok((await needsOf(school.chair)).includes('Decide whether clause A-9-03 is set aside'))
  assert.ok(!(await needsOf(school.head)).some(text => text.includes('A-9-03')))
})

test('what moved since the last visit is told to those who work here, and not to pupils', async () => {
  const from = new Date(school.now().getTime() - 1)
  await app.services.policyWatch.recordMoves(schoolId)
  await app.services.policyWatch.checkPage(schoolId, 'A')
  await app.services.policyWatch.recordMoves(schoolId)
  const told = await happenedTo(school.chair, from)
  assert.ok(told.includes('Clause A-4.3-02 moved from not started to met.'), told.join('\n'))
  assert.deepEqual(await happenedTo(await school.person('Polly Pupil', 'pupil'), from), [])
})
