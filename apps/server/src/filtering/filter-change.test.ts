import assert from 'node:assert/strict'
import { differences } from './rule-differences.ts'
import { test } from 'node:test'
import { actions, compileLists, decide, openLists, ruleSetProblems, shippedRules } from '@gatehouse/engine'
import fc from 'fast-check'
import { type Role, roles } from '../permissions.ts'
import type { PersonActor } from '../platform/actor.ts'
import {
  type CategoryContent,
  type ChangeInForce,
  checkHost,
  contentOf,
  groupIds,
  type HostContent,
  opensSomething,
  rulesOf,
  settableCategories,
  siteOf,
  whyNotApprove,
  withChange,
} from './filter-change.ts'
import { judge, outcomeOf, overall, type ProbeResult } from './filter-proof.ts'

const common = { owner: 'dsl', reviewOn: '2027-03-27', caseId: null }
const hostChange = (
  id: string,
  version: number,
  host: string,
  action: 'allow' | 'block',
  groups: readonly string[],
  path: string | null = null,
): ChangeInForce => ({ id, version, content: { kind: 'host', host, path, action, groups, ...common } })

const anyHost = fc.constantFrom('a.example', 'b.a.example', 'c.example')
const anyGroups = fc.subarray([...groupIds], { minLength: 1 })
const anyContent: fc.Arbitrary<HostContent | CategoryContent> = fc.oneof(
  fc
    .record({
      kind: fc.constant('host' as const),
      host: anyHost,
      path: fc.constantFrom(null, '/x', '/x/y'),
      action: fc.constantFrom('allow' as const, 'block' as const),
      groups: anyGroups,
    })
    .map(content => ({ ...content, ...common })),
  fc
    .record({
      kind: fc.constant('category' as const),
      category: fc.constantFrom(...settableCategories),
      action: fc.constantFrom(...actions),
      groups: anyGroups,
    })
    .map(content => ({ ...content, before: {}, ...common })),
)
const anyChanges = fc
  .array(anyContent, { maxLength: 8 })
  .map(contents => contents.map((content, n): ChangeInForce => ({ id: `change-${n}`, version: n + 1, content })))

const lists = openLists(
  compileLists(
    [
      { domain: 'a.example', category: 'games', source: 's' },
      { domain: 'c.example', category: 'social', source: 's' },
    ],
    [{ id: 's', name: 'S', licence: '', date: '', isCurated: true }],
  ),
)

test('with no change the rules are the shipped ones, and the check page', () => {
  const rules = rulesOf([], 0)
  assert.deepEqual(rules.groups, shippedRules().groups)
  assert.deepEqual(
    rules.hostRules.map(({ host }) => host),
    [checkHost],
  )
})

test('whatever is changed, the rules are sound and the slot for illegal content is as it was', () => {
  fc.assert(
    fc.property(anyChanges, changes => {
      const rules = rulesOf(changes, changes.length)
      assert.deepEqual(ruleSetProblems(rules), [])
      assert.deepEqual(rules.illegal, { source: 'empty', hosts: [] })
    }),
  )
})

test('a change that is said to open nothing opens nothing: no group gets a milder answer for any site', () => {
  fc.assert(
    fc.property(
      anyChanges,
      anyContent,
      anyHost,
      fc.constantFrom('/', '/x', '/x/y/z'),
      fc.constantFrom(...groupIds),
      (changes, content, host, path, group) => {
        const before = rulesOf(changes, 0)
        const after = rulesOf(withChange(changes, 'new', content), 0)
        if (opensSomething(before, after)) return
        const verdict = (rules: typeof before) =>
          actions.indexOf(
            decide(rules, lists, { url: `http://${host}${path}`, groups: [group], at: new Date(0), kind: 'page' })
              .verdict,
          )
        assert.ok(verdict(after) >= verdict(before), `${JSON.stringify(content)} on ${JSON.stringify(changes)}`)
      },
    ),
    { numRuns: 3000 },
  )
})

test('taking the newest change back brings back exactly what was before', () => {
  fc.assert(
    fc.property(anyChanges, anyContent, (changes, content) => {
      const after = withChange(changes, 'new', content)
      assert.deepEqual(
        rulesOf(withChange(after, 'back', { kind: 'rollback', of: 'new', caseId: null }), 0),
        rulesOf(changes, 0),
      )
    }),
  )
})

test('what a change does is named, and no difference goes unnamed', () => {
  fc.assert(
    fc.property(anyChanges, anyContent, (changes, content) => {
      const [before, after] = [rulesOf(changes, 0), rulesOf(withChange(changes, 'new', content), 0)]
      assert.equal(differences(before, after).length === 0, JSON.stringify(before) === JSON.stringify(after))
    }),
  )
})

test('a later decision about the same site and group takes the place of an earlier one, and only there', () => {
  const rules = rulesOf(
    [
      hostChange('one', 1, 'a.example', 'block', ['juniors', 'infants']),
      hostChange('two', 2, 'a.example', 'allow', ['juniors']),
    ],
    2,
  )
  assert.deepEqual(
    rules.hostRules.slice(1).map(({ id, action, groups }) => [id, action, groups]),
    [
      ['one', 'block', ['infants']],
      ['two', 'allow', ['juniors']],
    ],
  )
})

test('who may approve: what opens is for the safeguarding lead and senior leaders, what closes also for the network manager', () => {
  const actor = (role: Role): PersonActor => ({
    kind: 'person',
    schoolId: 's',
    personId: 'p',
    name: 'P',
    roles: [role],
  })
  const approvers = (opens: boolean) => roles.filter(role => whyNotApprove(actor(role), opens) === null)
  assert.deepEqual(approvers(true), ['headteacher', 'dsl', 'deputy-dsl', 'senior-leader'])
  assert.deepEqual(approvers(false), ['headteacher', 'dsl', 'deputy-dsl', 'senior-leader', 'network-manager'])
})

test('a site is read as people type it, and what would close too much or the check page is refused', () => {
  assert.deepEqual(siteOf(' HTTPS://Example.COM./Games/../Play?x=1#y '), { host: 'example.com', path: '/Play' })
  assert.deepEqual(siteOf('example.com'), { host: 'example.com', path: null })
  for (const typed of ['', 'com', 'not a site', 'javascript:alert(1)', checkHost, '::'])
    assert.throws(() => siteOf(typed), /invalid/, typed)
})

test('content that is not of a known shape is no change at all', () => {
  const good = { kind: 'host', host: 'a.example', path: null, action: 'block', groups: ['juniors'], ...common }
  assert.ok(contentOf(good))
  for (const bad of [
    null,
    [],
    'x',
    { ...good, host: 'A.example' },
    { ...good, action: 'warn' },
    { ...good, groups: [] },
    { ...good, path: 'x' },
    { ...good, kind: 'category', category: 'illegal' },
    { ...good, caseId: 3 },
  ])
    assert.equal(contentOf(bad), null, JSON.stringify(bad))
})

test('an outage, a wrong password and a missing site are told apart from a block', () => {
  const seen = (status: number, proxyStatus: string) => outcomeOf({ status, proxyStatus })
  assert.equal(seen(403, 'Gatehouse; error=http_request_denied; details="block:gambling"'), 'blocked')
  assert.equal(seen(403, 'Gatehouse; error=http_request_denied; details="warn:games"'), 'warned')
  assert.equal(seen(403, 'Gatehouse; error=http_request_denied; details="port"'), 'let-through')
  assert.equal(seen(407, 'Gatehouse; error=http_request_denied; details="sign-in"'), 'signed-out')
  assert.equal(seen(502, 'Gatehouse; error=dns_error'), 'dns-failure')
  assert.equal(seen(504, 'Gatehouse; error=connection_timeout'), 'timeout')
  assert.equal(seen(502, 'Gatehouse; error=connection_refused'), 'refused')
  assert.equal(seen(503, 'Gatehouse; error=proxy_configuration_error; details="no-rules"'), 'broken')
  assert.equal(seen(200, 'Gatehouse; received-status=200'), 'reached')
  // A site, or another proxy, that answers 403 by itself is not our block.
  assert.equal(seen(403, ''), 'no-filter')
  assert.equal(judge('block', 'no-filter'), 'failed')
  assert.equal(judge('block', 'dns-failure'), 'failed')
  assert.equal(judge('allow', 'dns-failure'), 'inconclusive')
  assert.equal(judge('allow', 'blocked'), 'failed')
})

test('nothing passes without the check page', () => {
  const good: ProbeResult = {
    group: 'juniors',
    host: 'a.example',
    path: '/',
    expected: 'block',
    outcome: 'blocked',
    result: 'passed',
  }
  const control: ProbeResult = { ...good, host: checkHost, expected: 'allow', outcome: 'reached' }
  assert.equal(overall([good], [control]), 'passed')
  assert.equal(overall([good], [{ ...control, outcome: 'broken' }]), 'failed')
  assert.equal(overall([good], []), 'inconclusive')
  assert.equal(overall([], [control]), 'inconclusive')
})
