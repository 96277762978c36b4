import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions, categories, decide, openLists, compileLists } from '@gatehouse/engine'
import fc from 'fast-check'
import { testSchool } from '../testing/test-school.ts'
import { filteringControls } from './filtering-controls.ts'
import { settableCategories } from './change-content.ts'
import type { ChangeInForce } from './filter-rules.ts'
import { rulesOf } from './filter-rules.ts'

const control = filteringControls.find(({ id }) => id === 'filtering.illegal-slot') ?? assert.fail('it is there')
const tended = { owner: 'network-manager', reviewOn: '2027-06-01', caseId: null } as const
const groups = fc.subarray(['infants', 'juniors', 'staff', 'guests'], { minLength: 1 })
const change = fc.oneof(
  fc.record({
    kind: fc.constant('host' as const),
    host: fc.constantFrom('iwf.example', 'anything.example'),
    path: fc.constant(null),
    action: fc.constantFrom('allow' as const, 'block' as const),
    groups,
  }),
  fc.record({
    kind: fc.constant('category' as const),
    category: fc.constantFrom(...settableCategories),
    action: fc.constantFrom(...actions),
    groups,
    before: fc.constant({}),
  }),
)

test('whatever is decided, the slot stays empty, its clauses fail, and what a list calls illegal stays shut', async () => {
  const lists = openLists(
    compileLists(
      [{ domain: 'iwf.example', category: 'illegal', source: 'a' }],
      [{ id: 'a', name: 'A', licence: 'MIT', date: '', isCurated: true }],
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async contents => {
      const inForce = contents.map(
        (content, index) =>
          ({ id: String(index), version: index + 1, content: { ...content, ...tended } }) as ChangeInForce,
      )
      const rules = rulesOf(inForce, inForce.length)
      assert.deepEqual(rules.illegal, { source: 'empty', hosts: [] })
      const state = await control.evaluate({ filtering: { rules: async () => rules } } as never, {
        now: new Date('2026-11-24T10:00:00Z'),
        schoolId: 'x',
      })
      assert.equal(state.status, 'failing')
      for (const group of rules.groups) {
        const verdict = decide(rules, lists, {
          url: 'https://iwf.example/',
          groups: [group.id],
          at: new Date('2026-11-24T12:30:00Z'),
          kind: 'page',
        })
        assert.deepEqual([verdict.verdict, verdict.rule], ['block', 'illegal'])
      }
    }),
    { numRuns: 200 },
  )
})

test('a slot that somebody filled by hand, untested, fails as well', async () => {
  const rules = { ...rulesOf([], 0), illegal: { source: 'loaded' as const, hosts: ['iwf.example'] } }
  const state = await control.evaluate({ filtering: { rules: async () => rules } } as never, {
    now: new Date('2026-11-24T10:00:00Z'),
    schoolId: 'x',
  })
  assert.equal(state.status, 'failing')
  assert.equal(state.evidence, 'unknown')
})

test('no setting of the installation fills the slot, or turns its clauses from failing', async () => {
  const school = await testSchool({
    environment: {
      FILTER_POINTS: 'squid-bump,dns,extension',
      PROXY_ALLOW_PRIVATE: '127.0.0.1:1',
      ILLEGAL: 'off',
      FILTER_ILLEGAL: 'loaded',
      GATEHOUSE_ILLEGAL_LIST: '/dev/null',
    },
  })
  const state = await school.app.read(school.schoolId, reads =>
    control.evaluate(reads, { now: school.now(), schoolId: school.schoolId }),
  )
  assert.equal(state.status, 'failing')
  assert.ok(!settableCategories.includes('illegal') && categories.includes('illegal'))
})
