import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { termWindow } from './sample-world.ts'

const school = await testSchool({ noSchool: true })
const { app } = school
const steps: string[] = []
const seenMeanwhile: string[] = []
const made = await app.services.makeSample('Hollybank Primary School', step => {
  if (steps.at(-1) === step) return
  steps.push(step)
  void app.schools().then(found => seenMeanwhile.push(...found.map(({ id }) => id)))
})
const { schoolId } = made

test('no scene of the story is refused by the services that it goes through', () => {
  assert.deepEqual(made.refused, [])
  assert.ok(made.requests > 20_000, `${made.requests} requests`)
})

test('the making says how far it is, and nobody sees the school before it is whole', async () => {
  assert.ok(steps.length > 10, steps.join(', '))
  assert.equal(steps[0], 'Making the school and its people')
  assert.ok(steps.some(step => step === 'Living week 6 of 12'))
  assert.deepEqual(seenMeanwhile, [])
  assert.deepEqual(
    (await app.schools()).map(({ id, sample }) => ({ id, sample })),
    [{ id: schoolId, sample: true }],
  )
})

test('the term’s ledger verifies, and no entry of it lies after the present or before the entry above it', async () => {
  const verdict = await app.services.ledger.check(schoolId)
  assert.ok(verdict.ok, verdict.problem?.sentence)
  assert.ok(verdict.entries > 300, `${verdict.entries} entries`)
  assert.ok(verdict.checkpoints.checked > 50, `${verdict.checkpoints.checked} checkpoints`)
  const entries = await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 2000 }))
  assert.ok(entries.every(({ at }) => Date.parse(at) <= school.now().getTime()))
  for (const [n, entry] of entries.entries())
    assert.ok(n === 0 || Date.parse(entry.at) <= Date.parse(entries[n - 1]?.at ?? ''), `entry ${entry.seq}`)
})

test('the sample has matters in every state, and deadlines that were met, late and missed', async () => {
  const rows = <T>(table: 'case_file' | 'deadline', column: 'status' | 'state') =>
    app.connections.inSchool(schoolId, async tx => {
      const found = await tx
        .selectFrom(table)
        .select(column as never)
        .distinct()
        .execute()
      return new Set((found as readonly Record<string, T>[]).map(row => row[column]))
    })
  assert.deepEqual([...(await rows<string>('case_file', 'status'))].sort(), [
    'closed',
    'in-hand',
    'new',
    'reopened',
    'triaged',
    'waiting-outside',
  ])
  const states = await rows<string>('deadline', 'state')
  for (const state of ['open', 'met', 'late', 'missed']) assert.ok(states.has(state), state)
})

test('the filter was changed by two people, taken back, refused, and something waits', async () => {
  const changes = await app.read(schoolId, ({ filtering }) => filtering.changes({ limit: 50 }))
  const states = new Set(changes.map(({ state }) => state))
  assert.deepEqual([...states].sort(), ['ended', 'in-force', 'refused', 'waiting'])
  assert.ok(changes.every(each => each.decidedBy === null || each.decidedBy !== each.proposedBy))
  assert.ok(changes.some(({ caseId }) => caseId !== null))
})

test('one post is vacant, and loudly so', async () => {
  assert.equal(await app.read(schoolId, ({ people }) => people.holders('deputy-dsl').then(held => held.length)), 0)
  assert.ok((await app.read(schoolId, ({ ledger }) => ledger.latest(['duty.vacant']))) !== null)
})

test('the web log holds a term’s requests, each with a verdict of the engine’s', async () => {
  const counts = await app.read(schoolId, ({ activity }) =>
    activity.counts({ from: new Date(0), to: new Date('2100-01-01') }),
  )
  assert.equal(counts.allow + counts.warn + counts.block, made.requests)
  assert.ok(counts.block > 500 && counts.warn > 50, JSON.stringify(counts))
})

for (const [when, now] of [
  ['in the first days of a school year', '2026-09-04T18:00:00.000Z'],
  ['in the summer holidays', '2027-08-20T09:00:00.000Z'],
] as const)
  test(`made ${when}, the story is the same`, async () => {
    assert.ok(termWindow(new Date(now)).schoolDays.length >= 20)
    school.setTime(now)
    const again = await app.services.makeSample(`Hollybank ${when}`, () => undefined)
    assert.deepEqual(again.refused, [])
  })
