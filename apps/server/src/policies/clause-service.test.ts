import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusLine, statusText } from '../commands/clauses-status.ts'
import { policySchool, review } from '../testing/policy-school.ts'
import { createClauseService, totalsOf } from './clause-service.ts'
import { type Control, met, notStarted } from './control.ts'
import { policyPacks } from './packs/packs.ts'
import { provenControls } from './proven-controls.ts'

const school = await policySchool()
const { app, schoolId } = school
const clauseIds = new Set(policyPacks().flatMap(pack => pack.clauses.map(({ id }) => id)))

type Reads = Parameters<(typeof app.controls)[number]['evaluate']>[0]
const seen: string[] = []
const control = (id: string, clauses: readonly string[], evaluate: Control<Reads>['evaluate']): Control<Reads> => ({
  id,
  title: id,
  kind: 'record',
  clauses,
  evaluate: (reads, context) => {
    seen.push(id)
    return evaluate(reads, context)
  },
})
const serviceOf = (...controls: readonly Control<Reads>[]) =>
  createClauseService({ read: app.read, controls, clock: app.clock, log: line => school.logged.push(line) })

test('every control has a name of its own and serves clauses that exist, and every proven control is one of them', () => {
  const ids = app.controls.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const { id, clauses } of app.controls) {
    assert.ok(clauses.length > 0, id)
    for (const clause of clauses) assert.ok(clauseIds.has(clause), `${id} names ${clause}`)
  }
  for (const id of provenControls) assert.ok(ids.includes(id), `${id} is listed as proven and not joined in compose`)
})

test('one control serves clauses of both policies and is asked once', async () => {
  const service = serviceOf(
    control('test.both', ['A-1-01', 'B-review-01'], async (_, { now }) => met('measured', now, null, 'Seen.')),
  )
  seen.length = 0
  const { byId } = await service.of(schoolId)
  assert.deepEqual([byId.get('A-1-01')?.status, byId.get('B-review-01')?.status], ['met', 'met'])
  assert.deepEqual(seen, ['test.both'])
})

test('a control that breaks is failing, says nothing of why to people, and keeps no other control from its answer', async () => {
  const service = serviceOf(
    control('test.first', ['A-1-01'], async (_, { now }) => met('measured', now, null, 'Seen.')),
    control('test.broken', ['A-1-02'], async ({ ledger }) => {
      await ledger.list({ types: [], limit: -1 })
      return notStarted('never')
    }),
    control('test.last', ['A-1-03'], async ({ ledger }, { now }) =>
      (await ledger.head()) ? met('measured', now, null, 'Seen.') : notStarted('none'),
    ),
  )
  const { byId } = await service.of(schoolId)
  assert.deepEqual(
    ['A-1-01', 'A-1-02', 'A-1-03'].map(id => byId.get(id)?.status),
    ['met', 'failing', 'met'],
  )
  assert.match(byId.get('A-1-02')?.why ?? '', /its own check broke/)
  assert.ok(school.logged.some(line => line.startsWith('control test.broken:')))
})

test('the answer is kept until the ledger grows or the minute ends', async () => {
  school.setTime('2026-11-24T10:15:05Z')
  const service = serviceOf(control('test.kept', ['A-1-01'], async () => notStarted('Nothing.')))
  seen.length = 0
  await Promise.all([service.of(schoolId), service.of(schoolId)])
  await service.of(schoolId)
  assert.equal(seen.length, 1)
  await app.services.policyWatch.checkPage(schoolId, 'A')
  await service.of(schoolId)
  assert.equal(seen.length, 2)
  school.setTime('2026-11-24T10:16:00Z')
  await service.of(schoolId)
  assert.equal(seen.length, 3)
})

test('the totals add up to every clause, and only proven controls carry', async () => {
  const { clauses } = await app.services.clauses.of(schoolId)
  const totals = totalsOf(clauses)
  assert.equal(
    Object.values(totals.byStatus).reduce((sum, each) => sum + each, 0),
    423,
  )
  const unproven = serviceOf(
    control('test.unproven', [...clauseIds], async (_, { now }) => met('measured', now, null, 'Seen.')),
  )
  assert.equal(totalsOf((await unproven.of(schoolId)).clauses).carried, 0)
  const carried = clauses.filter(each => each.carried).map(({ clause }) => clause.id)
  for (const id of [
    'A-0-01',
    'A-0-02',
    'A-ref-01',
    'A-1-03',
    'A-1-04',
    'A-3.1-01',
    'A-3.2-07',
    'A-4.3-02',
    'A-8-13',
    'A-END-01',
    'A-END-02',
    'B-review-01',
  ])
    assert.ok(carried.includes(id), id)
})

test('scripts read one object a clause with these keys, and people a line a clause and the totals', async () => {
  await review(school, 'A')
  const { clauses } = await app.services.clauses.of(schoolId)
  const line = clauses.find(({ clause }) => clause.id === 'A-0-02')
  assert.ok(line)
  assert.deepEqual(Object.keys(statusLine(line)), [
    'id',
    'policy',
    'type',
    'control',
    'status',
    'evidence',
    'at',
    'due',
    'why',
  ])
  assert.deepEqual(
    { ...statusLine(line), why: '' },
    {
      id: 'A-0-02',
      policy: 'A',
      type: 'duty',
      control: 'policies.yearly-review-a',
      status: 'met',
      evidence: 'measured',
      at: '2026-11-24T10:16:00.000Z',
      due: '2027-11-24T23:59:59.999Z',
      why: '',
    },
  )
  const alone = clauses.find(each => each.controlId === null)
  assert.ok(alone)
  assert.equal(statusLine(alone).control, null)
  const text = statusText(clauses)
  assert.equal(text.length, 423 + 4)
  assert.match(text.at(-1) ?? '', /^\d+ of 423 clauses carried$/)
})
