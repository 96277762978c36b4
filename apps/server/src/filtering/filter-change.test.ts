import assert from 'node:assert/strict'
import { differences } from './rule-differences.ts'
import { test } from 'node:test'
import { actions, compileLists, decide, openLists, ruleSetProblems, shippedRules } from '@gatehouse/engine'
import fc from 'fast-check'
import { type Role, roles } from '../permissions.ts'
import type { PersonActor } from '../platform/actor.ts'
import {
  type CategoryContent,
  contentOf,
  type HostContent,
  type RuleContent,
  settableCategories,
} from './change-content.ts'
import { sentenceFor } from './change-sentences.ts'
import { groupIds, siteOf, whyNotApprove, withChange } from './filter-change.ts'
import { opensSomething } from './filter-openings.ts'
import { type ChangeInForce, checkHost, filterOf, looseEnds, rulesOf } from './filter-rules.ts'
import { judge, outcomeOf, overall, type ProbeResult } from './filter-proof.ts'

const common = { owner: 'dsl', reviewOn: '2027-03-27', caseId: null }
const hostChange = (
  id: string,
  version: number,
  host: string,
  action: 'allow' | 'block',
  groups: readonly string[],
  path: string | null = null,
): ChangeInForce => ({
  id,
  version,
  content: { kind: 'host', host, path, action, groups, embeddedIn: null, ...common },
})

const anyHost = fc.constantFrom('a.example', 'b.a.example', 'c.example')
const anyGroups = fc.subarray([...groupIds], { minLength: 1 })
const anySite: fc.Arbitrary<HostContent | CategoryContent> = fc.oneof(
  fc
    .record({
      kind: fc.constant('host' as const),
      host: anyHost,
      path: fc.constantFrom(null, '/x', '/x/y'),
      action: fc.constantFrom('allow' as const, 'block' as const),
      groups: anyGroups,
      embeddedIn: fc.constant(null),
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
const people = ['p1', 'p2']
const classes = ['class-oak']
const anyAction = fc.constantFrom(...actions)
const anyWindow = fc.constantFrom('staff-free-time', 'clubs')
/** Everything else that can be changed, about few enough things for changes to meet. */
const anySetting: fc.Arbitrary<RuleContent> = fc
  .oneof(
    fc.record({
      kind: fc.constant('cell' as const),
      technology: fc.constantFrom('social-media' as const, 'personal-mail' as const),
      side: fc.constantFrom('staff' as const, 'pupils' as const),
      level: fc.constantFrom('allowed' as const, 'with-permission' as const, 'not-allowed' as const),
      window: fc.constant(null),
      people: fc.constant([]),
      before: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('cell' as const),
      technology: fc.constantFrom('social-media' as const, 'personal-mail' as const),
      side: fc.constantFrom('staff' as const, 'pupils' as const),
      level: fc.constant('certain-times' as const),
      window: anyWindow,
      people: fc.constant([]),
      before: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('cell' as const),
      technology: fc.constantFrom('social-media' as const, 'personal-mail' as const),
      side: fc.constantFrom('staff' as const, 'pupils' as const),
      level: fc.constant('selected-people' as const),
      window: fc.constant(null),
      people: fc.subarray(people, { minLength: 1 }),
      before: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('adjustment' as const),
      name: fc.constant('a club'),
      who: fc.oneof(
        anyGroups.map(groups => ({ groups, classes: [], years: [], people: [] })),
        fc.constant({ groups: [], classes, years: [], people: [] }),
        fc.constant({ groups: [], classes: [], years: ['5'], people: [] }),
        fc.subarray(people, { minLength: 1 }).map(each => ({ groups: [], classes: [], years: [], people: each })),
      ),
      places: fc.constantFrom(null, ['school']),
      window: fc.option(anyWindow),
      categories: fc.constantFrom<Partial<Record<'games' | 'social', 'allow' | 'warn' | 'block'>>>(
        {},
        { games: 'allow' },
        { games: 'block' },
        { games: 'warn', social: 'block' },
        { social: 'allow' },
      ),
      unlisted: fc.option(anyAction),
    }),
    fc.record({
      kind: fc.constant('window' as const),
      id: anyWindow,
      window: fc.record({
        name: fc.constant('Clubs'),
        days: fc.constantFrom('every-day' as const, 'school-days' as const, [2]),
        spans: fc.constantFrom([{ from: '10:00', to: '11:00' }], [{ bell: 'lunch' }], [{ from: '22:00', to: '06:00' }]),
        isOpenOnOtherDays: fc.boolean(),
      }),
      before: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('bells' as const),
      bells: fc.constantFrom(
        [{ id: 'lunch', name: 'Lunch', from: '10:00', to: '10:30' }],
        [{ id: 'lunch', name: 'Lunch', from: '12:00', to: '13:00' }],
      ),
      before: fc.constant([]),
    }),
    fc.record({
      kind: fc.constant('service' as const),
      id: fc.constantFrom('a-service', 'c-service'),
      service: fc.record({
        name: fc.constant('A service'),
        technology: fc.constantFrom(null, 'social-media' as const, 'personal-mail' as const),
        hosts: fc.subarray(['a.example', 'c.example'], { minLength: 1 }),
        minimumAge: fc.constantFrom(0, 13),
        ageIsForAccountsOnly: fc.boolean(),
      }),
      before: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('search' as const),
      phrase: fc.constantFrom('red', 'blue'),
      action: anyAction,
      category: fc.constantFrom('games' as const, 'violence' as const),
      groups: anyGroups,
    }),
    fc.record({
      kind: fc.constant('agreement' as const),
      groups: anyGroups,
      sourcesNeeded: fc.constantFrom(1, 2, 3),
      before: fc.constant({}),
    }),
  )
  .map(content => ({ ...content, ...common }))
const anyContent: fc.Arbitrary<RuleContent> = fc.oneof(anySite, anySetting)
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
      if (looseEnds(filterOf(changes, 0)).length === 0) assert.deepEqual(ruleSetProblems(rules), [])
      assert.deepEqual(rules.illegal, { source: 'empty', hosts: [] })
    }),
  )
})

const askers = [
  ...groupIds.map(group => ({ groups: [group] })),
  { groups: ['juniors'], personId: 'p1', classes, year: '5' },
  { groups: ['secondary'], personId: 'p2', turns13On: '2020-01-01' },
  { groups: ['staff'], personId: 'p1' },
  { groups: ['juniors', 'secondary'], classes },
]
/** A lesson, lunch, a club, a night, a Saturday. */
const moments = ['10:15', '12:30', '10:45', '23:30'].map(time => new Date(`2026-11-24T${time}:00Z`))
moments.push(new Date('2026-11-28T12:00:00Z'))

test('a change that is said to open nothing opens nothing: nobody gets a milder answer for any site at any time', () => {
  let said = 0
  fc.assert(
    fc.property(
      anyChanges,
      anyContent,
      fc.constantFrom('a.example', 'b.a.example', 'c.example', 'www.google.com', 'unheard-of.example'),
      fc.constantFrom('/', '/x', '/x/y/z', '/search?q=red'),
      fc.constantFrom(...askers),
      fc.constantFrom(...moments),
      (changes, content, host, path, asker, at) => {
        const before = filterOf(changes, 0)
        const after = filterOf(withChange(changes, 'new', content), 0)
        if (opensSomething(before, after)) return
        said += 1
        const verdict = ({ rules }: typeof before) =>
          actions.indexOf(decide(rules, lists, { url: `http://${host}${path}`, ...asker, at, kind: 'page' }).verdict)
        assert.ok(verdict(after) >= verdict(before), `${JSON.stringify(content)} on ${JSON.stringify(changes)}`)
      },
    ),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 2000) },
  )
  assert.ok(said > 150, 'too few changes were said to open nothing for this to mean anything')
})

test('what does open is said to open, kind by kind', () => {
  const opens = (before: readonly ChangeInForce[], content: RuleContent) =>
    opensSomething(filterOf(before, 0), filterOf(withChange(before, 'new', content), 0))
  const cell = { kind: 'cell', technology: 'blogs', side: 'staff', window: null, people: [], before: null } as const
  assert.equal(opens([], { ...cell, level: 'allowed', ...common }), true)
  assert.equal(opens([], { ...cell, level: 'not-allowed', ...common }), false)
  const service = { kind: 'service', id: 'new', before: null, ...common } as const
  const state = { name: 'New', hosts: ['new.example'], minimumAge: 13, ageIsForAccountsOnly: false }
  assert.equal(opens([], { ...service, service: { ...state, technology: 'messaging' } }), true)
  const adjustment = {
    kind: 'adjustment',
    name: 'Club',
    who: { groups: ['juniors'], classes: [], years: [], people: [] },
    places: null,
    window: null,
    unlisted: null,
    ...common,
  } as const
  assert.equal(opens([], { ...adjustment, categories: { games: 'block' } }), false)
  assert.equal(opens([], { ...adjustment, categories: { games: 'warn' } }), true)
  const place = { kind: 'place', id: 'hall', before: null, ...common } as const
  assert.equal(opens([], { ...place, place: { name: 'Hall', subnets: ['10.0.0.0/8'], group: 'guests' } }), true)
  const bells = { kind: 'bells', before: [], ...common } as const
  assert.equal(opens([], { ...bells, bells: [{ id: 'lunch', name: 'Lunch', from: '09:00', to: '15:00' }] }), true)
  const rule = { kind: 'list-rule', ...common } as const
  const on: ChangeInForce = { id: 'on', version: 1, content: { ...rule, needsTwo: true, before: false } }
  assert.equal(opens([], on.content), false)
  assert.equal(opens([on], { ...rule, needsTwo: false, before: true }), true)
})

test('a window that a rule still needs is missed, and so is a bell, a place and a group', () => {
  const window: RuleContent = { kind: 'window', id: 'staff-free-time', window: null, before: null, ...common }
  assert.match(
    looseEnds(filterOf([{ id: 'w', version: 1, content: window }], 0)).join(),
    /Personal email.*staff-free-time/,
  )
  const bells: RuleContent = { kind: 'bells', bells: [], before: [], ...common }
  assert.match(looseEnds(filterOf([{ id: 'b', version: 1, content: bells }], 0)).join(), /bell “lunch”/)
  assert.deepEqual(looseEnds(filterOf([], 0)), [])
})

test('taking the newest change back brings back exactly what was before', () => {
  fc.assert(
    fc.property(anyChanges, anyContent, (changes, content) => {
      const after = withChange(changes, 'new', content)
      assert.deepEqual(
        filterOf(withChange(after, 'back', { kind: 'rollback', of: 'new', caseId: null }), 0),
        filterOf(changes, 0),
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

test('every content that can be proposed is read back as it was written, and told in a sentence', () => {
  fc.assert(
    fc.property(anyContent, content => {
      const stored = JSON.parse(JSON.stringify(content))
      assert.deepEqual(JSON.parse(JSON.stringify(contentOf(stored))), stored)
      assert.match(sentenceFor(content), /^\S.{5,200}$/)
    }),
  )
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
