import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileLists, type ListEntry } from './compile-lists.ts'
import { decide } from './decide.ts'
import { openLists } from './open-lists.ts'
import { shippedRules } from './profiles.ts'
import { ruleSetProblems } from './rule-index.ts'
import {
  type Action,
  actions,
  type Category,
  type FilterRequest,
  type GroupRules,
  type HostRule,
  type RuleSet,
} from './types.ts'

const sources = ['toulouse', 'anna', 'ours'].map(id => ({
  id,
  name: id,
  licence: 'MIT',
  date: '2026-08-01',
  isCurated: id === 'ours',
}))
const entry = (domain: string, category: Category, source = 'toulouse'): ListEntry => ({ domain, category, source })
const listsOf = (entries: readonly ListEntry[]) => openLists(compileLists(entries, sources))

const lists = listsOf([
  entry('bets.example', 'gambling'),
  entry('bets.example', 'gambling', 'anna'),
  entry('oneword.example', 'gambling'),
  entry('seeds.example', 'gambling', 'ours'),
  entry('trap.example', 'phishing'),
  entry('other-trap.example', 'phishing', 'anna'),
  entry('meet.example', 'dating'),
  entry('tube.example', 'video'),
  entry('tube.example', 'violence'),
  entry('helpline.example', 'must-allow', 'ours'),
  entry('helpline.example', 'pornography'),
  entry('vile.example', 'illegal', 'ours'),
  entry('vile.example', 'must-allow', 'ours'),
])

const group = (id: string, change: Partial<GroupRules> = {}): GroupRules => ({
  id,
  name: id,
  audience: 'child',
  categories: {
    gambling: 'block',
    phishing: 'block',
    dating: 'block',
    video: 'warn',
    violence: 'block',
    pornography: 'block',
  },
  unlisted: 'allow',
  sourcesNeeded: 1,
  ...change,
})
const infants = group('infants', { audience: 'young-child', unlisted: 'block' })
const juniors = group('juniors')
const staff = group('staff', {
  audience: 'adult',
  sourcesNeeded: 2,
  categories: { ...juniors.categories, dating: 'warn', violence: 'allow' },
})

const rule = (id: string, action: 'allow' | 'block', host: string, more: Partial<HostRule> = {}): HostRule => ({
  id,
  action,
  host,
  groups: 'all',
  reason: 'Year 5 topic',
  ...more,
})
const rulesWith = (...hostRules: HostRule[]): RuleSet => ({
  version: 1,
  groups: [infants, juniors, staff],
  hostRules,
  illegal: { source: 'loaded', hosts: ['floor.example', 'FLOOR-TWO.example.', '10.9.8.7'] },
})
const noon = new Date('2026-11-03T12:00:00Z')
const ask = (
  rules: RuleSet,
  url: string,
  groups: readonly string[] = ['juniors'],
  more: Partial<FilterRequest> = {},
) => {
  const { verdict, category, rule: decider } = decide(rules, lists, { url, groups, at: noon, kind: 'page', ...more })
  return `${verdict} ${category} ${decider}`
}

test('each group gets what its rules say', () => {
  const rules = rulesWith()
  for (const [url, who, answer] of [
    ['https://bets.example/', 'juniors', 'block gambling group:juniors:gambling'],
    ['https://www.bets.example/x', 'juniors', 'block gambling group:juniors:gambling'],
    ['https://tube.example/', 'juniors', 'block violence group:juniors:violence'],
    ['https://tube.example/', 'staff', 'warn video group:staff:video'],
    ['https://meet.example/', 'staff', 'warn dating group:staff:dating'],
    ['https://story.example/', 'juniors', 'allow none group:juniors:unlisted'],
    ['https://story.example/', 'infants', 'block unlisted group:infants:unlisted'],
    ['https://helpline.example/', 'infants', 'allow must-allow must-allow'],
    ['https://helpline.example/', 'juniors', 'allow must-allow must-allow'],
    ['https://floor.example/', 'staff', 'block illegal illegal'],
    ['https://a.floor-two.example/', 'staff', 'block illegal illegal'],
    ['http://10.9.2055/', 'staff', 'block illegal illegal'],
    ['https://vile.example/', 'staff', 'block illegal illegal'],
    ['https://story.example/', 'nobodys', 'block none no-group'],
    ['http://a..b/', 'staff', 'block none malformed-address'],
    ['bets.example:443', 'juniors', 'block gambling group:juniors:gambling'],
  ] as const) {
    assert.equal(ask(rules, url, [who]), answer, `${url} for ${who}`)
  }
})

test('a group that needs two sources hears two, or one that is curated, or the only one that there is', () => {
  const rules = rulesWith()
  for (const [url, who, answer] of [
    ['https://oneword.example/', 'juniors', 'block gambling group:juniors:gambling'],
    ['https://oneword.example/', 'staff', 'allow none group:staff:unlisted'],
    ['https://bets.example/', 'staff', 'block gambling group:staff:gambling'],
    ['https://seeds.example/', 'staff', 'block gambling group:staff:gambling'],
    ['https://meet.example/', 'staff', 'warn dating group:staff:dating'],
    ['https://trap.example/', 'staff', 'block phishing group:staff:phishing'],
  ] as const) {
    assert.equal(ask(rules, url, [who]), answer, `${url} for ${who}`)
  }
})

test('the school decides about single sites: the longest host, then the longest path, and block in a tie', () => {
  const rules = rulesWith(
    rule('open-bets', 'allow', 'bets.example'),
    rule('shut-live', 'block', 'live.bets.example'),
    rule('open-tie', 'allow', 'tie.example'),
    rule('shut-tie', 'block', 'tie.example'),
    rule('shut-wiki', 'block', 'wiki.example', { path: '/Gore' }),
    rule('open-wiki', 'allow', 'wiki.example'),
    rule('open-maths', 'allow', 'tube.example', { path: '/maths/' }),
    rule('staff-only', 'allow', 'meet.example', { groups: ['staff'] }),
    rule('shut-help', 'block', 'helpline.example'),
    rule('open-floor', 'allow', 'floor.example'),
    rule('shut-address', 'block', '192.0.2.1'),
  )
  for (const [url, who, answer] of [
    ['https://bets.example/', 'juniors', 'allow gambling host:open-bets'],
    ['https://www.bets.example/', 'juniors', 'allow gambling host:open-bets'],
    ['https://live.bets.example/', 'juniors', 'block gambling host:shut-live'],
    ['https://tie.example/', 'juniors', 'block none host:shut-tie'],
    ['https://wiki.example/Cats', 'juniors', 'allow none host:open-wiki'],
    ['https://wiki.example/Gore', 'juniors', 'block none host:shut-wiki'],
    ['https://wiki.example/gore/x', 'juniors', 'block none host:shut-wiki'],
    ['https://wiki.example/%47ore', 'juniors', 'block none host:shut-wiki'],
    ['https://wiki.example/x/../Gore', 'juniors', 'block none host:shut-wiki'],
    ['https://wiki.example//Gore', 'juniors', 'block none host:shut-wiki'],
    ['https://wiki.example/Gorey', 'juniors', 'allow none host:open-wiki'],
    ['https://tube.example/maths/1', 'juniors', 'allow video host:open-maths'],
    ['https://tube.example/maths/../fights', 'juniors', 'block violence group:juniors:violence'],
    ['https://tube.example/MATHS/1', 'juniors', 'block violence group:juniors:violence'],
    ['https://meet.example/', 'staff', 'allow dating host:staff-only'],
    ['https://meet.example/', 'juniors', 'block dating group:juniors:dating'],
    ['https://helpline.example/', 'juniors', 'allow must-allow must-allow'],
    ['https://floor.example/', 'juniors', 'block illegal illegal'],
    ['http://0xc0000201/', 'juniors', 'block none host:shut-address'],
  ] as const) {
    assert.equal(ask(rules, url, [who]), answer, `${url} for ${who}`)
  }
})

test('a tunnel shows no path, so it neither opens nor shuts by one', () => {
  const rules = rulesWith(
    rule('open-maths', 'allow', 'tube.example', { path: '/maths' }),
    rule('shut-wiki', 'block', 'wiki.example', { path: '/' }),
  )
  assert.equal(
    ask(rules, 'tube.example:443', ['juniors'], { kind: 'connect' }),
    'block violence group:juniors:violence',
  )
  assert.equal(ask(rules, 'wiki.example:443', ['juniors'], { kind: 'connect' }), 'block none host:shut-wiki')
})

test('a rule with an end has ended at that instant, and one whose end cannot be read opens nothing', () => {
  const rules = rulesWith(
    rule('pass', 'allow', 'bets.example', { until: '2026-11-03T12:00:00Z' }),
    rule('odd-pass', 'allow', 'meet.example', { until: 'Friday' }),
    rule('odd-block', 'block', 'story.example', { until: 'Friday' }),
  )
  const at = (text: string) => ({ at: new Date(text) })
  assert.equal(
    ask(rules, 'https://bets.example/', ['juniors'], at('2026-11-03T11:59:59.999Z')),
    'allow gambling host:pass',
  )
  assert.equal(
    ask(rules, 'https://bets.example/', ['juniors'], at('2026-11-03T12:00:00Z')),
    'block gambling group:juniors:gambling',
  )
  assert.equal(ask(rules, 'https://meet.example/'), 'block dating group:juniors:dating')
  assert.equal(ask(rules, 'https://story.example/'), 'block none host:odd-block')
})

test('a person in several groups gets the strictest of their verdicts; one that does not exist blocks everything', () => {
  const rules = rulesWith()
  for (const [url, groups, answer] of [
    ['https://tube.example/', ['staff', 'juniors'], 'block violence group:juniors:violence'],
    ['https://bets.example/', ['staff', 'juniors'], 'block gambling group:juniors:gambling'],
    ['https://story.example/', ['staff', 'infants'], 'block unlisted group:infants:unlisted'],
    ['https://story.example/', ['staff', 'nobodys'], 'block none no-group'],
    ['https://story.example/', [], 'block none no-group'],
  ] as const) {
    assert.equal(ask(rules, url, groups), answer, `${url} for ${groups}`)
    assert.equal(ask(rules, url, [...groups].reverse()), answer, `${url} for ${groups}, the other way round`)
  }
})

test('the verdict speaks to its reader in one sentence, and never repeats what staff wrote about a rule', () => {
  const rules = rulesWith(rule('shut', 'block', 'story.example', { reason: 'Because of Sam in Year 4' }))
  const reason = (url: string, groups: string[]) => decide(rules, lists, { url, groups, at: noon, kind: 'page' }).reason
  for (const [url, who, sentence] of [
    [
      'https://bets.example/',
      'juniors',
      'This site is closed because it is about betting money, which is only for adults.',
    ],
    ['https://bets.example/', 'staff', 'This site is blocked for your group because it is listed as gambling.'],
    ['https://meet.example/', 'staff', 'Go on only if your work needs it: this site is listed as dating.'],
    ['https://story.example/', 'juniors', 'Your school has closed this site.'],
    [
      'https://new.example/',
      'infants',
      'Nobody at school has checked this site yet, so ask a grown-up if you need it.',
    ],
    [
      'https://floor.example/',
      'juniors',
      'This site is blocked for everybody, and you are not in trouble if you came here by mistake.',
    ],
  ] as const) {
    assert.equal(reason(url, [who]), sentence)
  }
})

const hosts = [
  'bets.example',
  'www.bets.example',
  'floor.example',
  'helpline.example',
  'story.example',
  'tube.example',
  'vile.example',
]
const someRule = fc.record({
  id: fc.uuid(),
  action: fc.constantFrom('allow' as const, 'block' as const),
  host: fc.constantFrom(...hosts),
  groups: fc.constantFrom<readonly string[] | 'all'>('all', ['juniors'], ['staff', 'infants']),
  reason: fc.constant(''),
  path: fc.constantFrom('/', '/a', '/a/b'),
})
const someRules = fc.uniqueArray(someRule, { maxLength: 8, selector: each => each.id })
const someGroups = fc.subarray(['infants', 'juniors', 'staff'], { minLength: 1 })
const someRequest = fc.record({
  url: fc
    .tuple(fc.constantFrom(...hosts), fc.constantFrom('', '/a', '/A/b/c'))
    .map(([host, path]) => `https://${host}${path}`),
  groups: someGroups,
  at: fc.constant(noon),
  kind: fc.constantFrom('page' as const, 'connect' as const),
})

test('no rule, group or list opens what is illegal', () => {
  fc.assert(
    fc.property(someRules, someGroups, fc.constantFrom('', 'www.', 'a.b.'), (hostRules, groups, prefix) => {
      const open = {
        ...rulesWith(...hostRules),
        groups: [infants, juniors, staff].map(each => ({ ...each, categories: { illegal: 'allow' as const } })),
      }
      for (const host of ['floor.example', 'vile.example']) {
        const verdict = decide(open, lists, { url: `https://${prefix}${host}/`, groups, at: noon, kind: 'page' })
        assert.deepEqual([verdict.verdict, verdict.category, verdict.rule], ['block', 'illegal', 'illegal'])
      }
    }),
  )
})

test('a verdict does not depend on the order of rules, groups or lists', () => {
  const entries = [
    entry('tube.example', 'video'),
    entry('tube.example', 'violence', 'anna'),
    entry('bets.example', 'gambling'),
    entry('www.bets.example', 'dating', 'anna'),
  ]
  fc.assert(
    fc.property(
      someRules,
      someRequest,
      fc.shuffledSubarray(entries, { minLength: 4 }),
      (hostRules, request, shuffled) => {
        const one = decide(rulesWith(...hostRules), listsOf(entries), request)
        const turned = { ...rulesWith(...[...hostRules].reverse()), groups: [staff, juniors, infants] }
        const other = decide(turned, listsOf(shuffled), { ...request, groups: [...request.groups].reverse() })
        assert.deepEqual(other, one)
      },
    ),
  )
})

test('joining a group never opens anything', () => {
  const strictness = (action: Action) => actions.indexOf(action)
  fc.assert(
    fc.property(
      someRules,
      someRequest,
      fc.constantFrom('infants', 'juniors', 'staff', 'nobodys'),
      (hostRules, request, joined) => {
        const rules = rulesWith(...hostRules)
        const before = decide(rules, lists, request).verdict
        const after = decide(rules, lists, { ...request, groups: [...request.groups, joined] }).verdict
        assert.ok(strictness(after) >= strictness(before))
      },
    ),
  )
})

test('whatever is asked, there is an answer, and nobody unknown gets in', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.constantFrom('page' as const, 'connect' as const),
      (url, groups, kind) => {
        const verdict = decide(shippedRules(), lists, { url, groups, at: noon, kind })
        assert.equal(verdict.verdict, 'block')
        assert.match(verdict.reason, /^[A-Z].*[.]$/)
        const known = decide(shippedRules(), lists, { url, groups: ['staff'], at: noon, kind })
        assert.ok(actions.includes(known.verdict))
        if (known.rule === 'malformed-address') assert.equal(known.verdict, 'block')
      },
    ),
  )
})

test('a rule set that would not do what it says is named before it is saved', () => {
  assert.deepEqual(ruleSetProblems(shippedRules()), [])
  const rules = {
    ...rulesWith(
      rule('a', 'block', 'not a host'),
      rule('a', 'allow', 'ok.example', { path: 'x', until: 'soon', groups: ['parents'] }),
    ),
    groups: [juniors, juniors, group('odd', { sourcesNeeded: 0 })],
  }
  assert.deepEqual(ruleSetProblems(rules), [
    'There are two groups with the id juniors: both are blocked everything',
    'Group odd must need a whole number of sources, 1 or more, not 0',
    'Site rule a: not a host is not a host',
    'There are two site rules with the id a',
    'Site rule a: a path starts with /',
    'Site rule a: soon is not a time',
    'Site rule a: there is no group parents',
  ])
  assert.equal(ask(rules, 'https://story.example/'), 'block none no-group')
})
