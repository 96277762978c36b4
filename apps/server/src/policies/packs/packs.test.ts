import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PackClause } from './packs.ts'
import { checkPacks, parsePack, policyNotes, policyPacks } from './packs.ts'

const clauses = policyPacks().flatMap(pack => pack.clauses)
const byId = new Map(clauses.map(clause => [clause.id, clause]))
const clause = (id: string): PackClause => {
  const found = byId.get(id)
  assert.ok(found, id)
  return found
}
const tally = (of: (clause: PackClause) => string) =>
  Object.fromEntries(Object.entries(Object.groupBy(clauses, of)).map(([name, found = []]) => [name, found.length]))

test('the two policies make 423 promises, 263 in A and 160 in B', () => {
  assert.deepEqual(
    policyPacks().map(pack => [pack.id, pack.clauses.length]),
    [
      ['A', 263],
      ['B', 160],
    ],
  )
  assert.equal(byId.size, 423)
})

test('both policies fell due for review in the autumn of 2020', () => {
  assert.deepEqual(
    policyPacks().map(pack => pack.nextReview),
    ['2020-11-30', '2020-10-31'],
  )
})

test('the promises fall to the modules and modes that the reading of the policies found', () => {
  assert.deepEqual(
    tally(each => each.module),
    {
      incidents: 53,
      education: 37,
      usage: 36,
      access: 35,
      dataprotection: 32,
      transfer: 27,
      infrastructure: 24,
      email: 24,
      monitoring: 21,
      governance: 20,
      filtering: 16,
      training: 16,
      images: 16,
      agreements: 15,
      policy: 13,
      assets: 13,
      marking: 13,
      devices: 12,
    },
  )
  assert.deepEqual(
    tally(each => each.mode),
    { workflow: 127, enforce: 89, inform: 81, record: 63, evaluate: 44, attest: 19 },
  )
})

test('every promise was judged a duty, a ban, a permission or a power', () => {
  assert.deepEqual(
    tally(each => each.type),
    { duty: 333, ban: 53, permission: 28, power: 9 },
  )
})

test('powers are what a school may do to somebody, so leaving them unused is never a failure', () => {
  const powers = clauses.filter(each => each.type === 'power').map(each => each.id)
  assert.deepEqual(powers, [
    'A-2-03',
    'A-2-04',
    'A-2-05',
    'B-monitoring-01',
    'B-monitoring-02',
    'B-breaches-01',
    'B-breaches-02',
    'B-dpo-10',
    'B-misuse-08',
  ])
})

test('no sentence that begins with leave is held as a duty', () => {
  const leave = clauses.filter(each => /^May |: (staff|pupils) may /.test(each.text) && !/may not/.test(each.text))
  assert.ok(leave.length > 10)
  assert.deepEqual(
    leave.filter(each => each.type === 'duty' || each.type === 'ban').map(each => each.id),
    [],
  )
})

test('no sentence that begins with never, or says that somebody may not, is held as anything but a ban', () => {
  const forbidding = clauses.filter(each => /^(Never|Not|Refuse|Ban) |may not/.test(each.text))
  assert.ok(forbidding.length > 10)
  assert.deepEqual(
    forbidding.filter(each => each.type !== 'ban').map(each => each.id),
    [],
  )
})

test('28 clauses say "regularly" and no more, and their interval is marked as our default', () => {
  const unset = clauses.filter(each => each.cadence.includes('unset'))
  assert.equal(unset.length, 28)
  assert.deepEqual(
    clauses.filter(each => each.intervalDefault),
    unset,
  )
  for (const each of unset) assert.ok(each.interval, each.id)
})

test('passwords change when there is reason to suspect and not by the calendar', () => {
  assert.deepEqual(clause('A-3.4-05').interval, { on: 'risk-event' })
})

test('a clause with nothing ever due is an option or a power', () => {
  assert.deepEqual(
    clauses
      .filter(each => each.interval === null && each.type !== 'permission' && each.type !== 'power')
      .map(each => each.id),
    [],
  )
})

test('the legal limits in the text are readable by machine', () => {
  assert.deepEqual(clause('A-8-20').interval, { on: 'incident', within: '72h' })
  assert.deepEqual(clause('B-email-13').interval, { on: 'request', within: '20-school-days' })
  assert.deepEqual(clause('B-incident-reporting-02').interval, { within: '24h' })
})

test('a clause that repeats another is named back by it', () => {
  assert.deepEqual(clause('A-3.2-12').sameAs, ['B-misuse-02'])
  assert.deepEqual(clause('B-misuse-02').sameAs, ['A-3.2-12'])
  for (const each of clauses) for (const other of each.sameAs) assert.ok(clause(other).sameAs.includes(each.id))
})

test('the clauses speak of no product or person by name', () => {
  const named = /metasearch|securus|compass|hotmail|gmail|\baol\b|\bM(r|rs|s|iss)\b/i
  assert.deepEqual(
    clauses.filter(each => named.test(each.text)).map(each => each.id),
    [],
  )
})

test('a pack with a clause of no type, an unknown field or an empty interval is refused', () => {
  const [policyB] = policyPacks().slice(1)
  assert.ok(policyB)
  const [first] = policyB.clauses
  assert.ok(first)
  const { type: _, ...typeless } = first
  assert.throws(() => parsePack({ ...policyB, clauses: [typeless] }), /type/)
  assert.throws(() => parsePack({ ...policyB, clauses: [{ ...first, colour: 'green' }] }), /colour/)
  assert.throws(() => parsePack({ ...policyB, clauses: [{ ...first, interval: {} }] }), /must say when/)
})

test('packs with a repeated clause, a strange heading or a one-sided likeness are refused', () => {
  const [policyA] = policyPacks()
  assert.ok(policyA)
  const [first, second] = policyA.clauses
  assert.ok(first && second)
  const only = (...some: PackClause[]) => [{ ...policyA, clauses: some }]
  assert.throws(() => checkPacks(only(first, first)), /A-0-01 is used twice/)
  assert.throws(() => checkPacks(only({ ...first, section: 'Elsewhere' })), /unknown section/)
  assert.throws(
    () => checkPacks(only({ ...first, sameAs: ['A-0-02'] }, { ...second, sameAs: [] })),
    /does not name it back/,
  )
  assert.throws(() => checkPacks(only({ ...first, sameAs: ['A-0-01'] })), /same as itself/)
})

test('every known contradiction, change of law and trap has a note on clauses that exist', () => {
  const { notes } = policyNotes()
  const expected = [
    ...Array.from({ length: 28 }, (_, at) => `D${at + 1}`),
    ...Array.from({ length: 21 }, (_, at) => `L${at + 1}`),
    ...Array.from({ length: 14 }, (_, at) => `T${at + 1}`),
  ]
  assert.deepEqual(
    notes.map(each => each.id),
    expected,
  )
  for (const each of notes) for (const id of each.clauses) assert.ok(byId.has(id), `${each.id} names ${id}`)
})

test('every clause with an unset interval carries the note that says so', () => {
  const trap = policyNotes().notes.find(each => each.id === 'T1')
  assert.ok(trap)
  for (const each of clauses.filter(one => one.intervalDefault)) assert.ok(trap.clauses.includes(each.id), each.id)
})

test('every permission and power carries the note that may is not must', () => {
  const trap = policyNotes().notes.find(each => each.id === 'T7')
  assert.deepEqual(
    trap?.clauses,
    clauses.filter(each => each.type === 'permission' || each.type === 'power').map(each => each.id),
  )
})
