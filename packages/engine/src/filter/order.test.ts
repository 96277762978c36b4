import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide } from './decide.ts'
import { atLunch, entry, inLesson, lists, listsOf, pass, request, school, seniors, siteRule } from './school.fixture.ts'
import {
  type Action,
  type Adjustment,
  actions,
  type FilterRequest,
  type HostRule,
  type Pass,
  type RuleSet,
  type SearchRule,
} from './types.ts'

const said = (rules: RuleSet, url: string, change: Partial<FilterRequest> = {}): string => {
  const { verdict, category, rule } = decide(rules, lists, request(url, change))
  return `${verdict} ${category} ${rule}`
}
const staffMember: Partial<FilterRequest> = { groups: ['staff'], personId: 'tom', classes: [] }

test('staff get messaging, personal mail and blogs at lunch and out of school, and not in lessons', () => {
  const rules = school()
  for (const [url, at, answer] of [
    ['https://natter.example/', inLesson, 'block chat technology:messaging'],
    ['https://natter.example/', atLunch, 'allow chat technology:messaging'],
    ['https://strangers.example/', atLunch, 'block pornography group:staff:pornography'],
    ['https://mailbox.example/', inLesson, 'block webmail technology:personal-mail'],
    ['https://mailbox.example/', atLunch, 'allow webmail technology:personal-mail'],
    ['https://letters.example/', atLunch, 'block phishing group:staff:phishing'],
    ['https://pages.example/', inLesson, 'block forums technology:blogs'],
    ['https://pages.example/', atLunch, 'allow none technology:blogs'],
    ['https://board.example/', inLesson, 'allow forums group:staff:forums'],
    ['https://gab.example/', atLunch, 'block social technology:social-media'],
    ['https://meet.example/', inLesson, 'warn chat group:staff:chat'],
    ['https://natter.example/', new Date('2026-11-24T18:00:00Z'), 'allow chat technology:messaging'],
    ['https://natter.example/', new Date('2026-11-22T10:15:00Z'), 'allow chat technology:messaging'],
    ['https://natter.example/', new Date('2026-12-29T10:15:00Z'), 'allow chat technology:messaging'],
  ] as const) {
    assert.equal(said(rules, url, { ...staffMember, at }), answer, `${url} ${at.toISOString()}`)
  }
})

test('social media is open to the people whom the school selected and to no other member of staff', () => {
  const rules = school()
  assert.equal(
    said(rules, 'https://gab.example/', { ...staffMember, personId: 'press-officer' }),
    'allow social technology:social-media',
  )
  assert.equal(said(rules, 'https://gab.example/', staffMember), 'block social technology:social-media')
})

test('a pupil gets a row of the matrix by a permission for it, personal mail not even then, and nobody at other times', () => {
  const permission = (technology: NonNullable<Pass['technology']>): Pass => pass('perm', { sites: [], technology })
  for (const [technology, url, answer] of [
    ['messaging', 'https://natter.example/', 'allow chat pass:perm'],
    ['messaging', 'https://gab.example/', 'block social technology:social-media'],
    ['messaging', 'https://strangers.example/', 'block pornography group:seniors:pornography'],
    ['blogs', 'https://pages.example/', 'allow none pass:perm'],
    ['personal-mail', 'https://mailbox.example/', 'block webmail technology:personal-mail'],
  ] as const) {
    assert.equal(said(school({ passes: [permission(technology)] }), url), answer, `${technology} ${url}`)
  }
  const rules = school({ passes: [permission('messaging')] })
  assert.equal(said(rules, 'https://natter.example/', { at: atLunch }), 'block chat technology:messaging')
  assert.equal(said(rules, 'https://natter.example/', { classes: ['9c'] }), 'block chat technology:messaging')
})

test('under-13s never get a service that is for 13 and over, whatever permits it; one whose age is not known neither', () => {
  const rules = school({
    passes: [pass('p', { sites: [{ host: 'gab.example' }, { host: 'pages.example' }], technology: 'messaging' })],
    hostRules: [siteRule('open', 'allow', 'gab-pictures.example')],
    adjustments: [{ id: 'a', who: { people: ['pia'] }, categories: { social: 'allow', chat: 'allow' } }],
  })
  const young = { turns13On: '2026-11-25' }
  for (const [url, who, answer] of [
    ['https://gab.example/', young, 'block social age:gab'],
    ['https://gab-pictures.example/', young, 'block social age:gab'],
    ['https://natter.example/', young, 'block chat age:natter'],
    ['https://gab.example/', { turns13On: '2026-11-24' }, 'allow social pass:p'],
    ['https://gab.example/', { turns13On: 'soon' }, 'block social age:gab'],
    ['https://gab-pictures.example/', {}, 'allow none host:open'],
    ['https://natter.example/', {}, 'allow chat pass:p'],
    ['https://pages.example/', young, 'allow none pass:p'],
    ['https://gab.example/', { groups: ['juniors'], turns13On: '2020-01-01' }, 'block social age:gab'],
    ['https://gab.example/', { ...staffMember, personId: 'press-officer' }, 'allow social technology:social-media'],
  ] as const) {
    assert.equal(said(rules, url, who), answer, `${url} ${JSON.stringify(who)}`)
  }
  const { turns13On: _unknown, ...untold } = request('https://gab.example/')
  assert.equal(decide(rules, lists, untold).rule, 'age:gab')
})

test('a pass opens its sites for its class or person, in its lesson, and for nobody else at no other time', () => {
  const rules = school({
    passes: [
      pass('p', { sites: [{ host: 'arcade.example' }, { host: 'tube.example', path: '/maths' }] }),
      pass('q', {
        who: { people: ['pia'] },
        window: 'tuesday-2',
        sites: [{ host: 'bets.example' }],
        until: '2026-12-24T10:45:00Z',
      }),
    ],
    hostRules: [siteRule('shut', 'block', 'arcade.example')],
  })
  for (const [url, change, answer] of [
    ['https://www.arcade.example/x', {}, 'allow games pass:p'],
    ['https://arcade.example/', { classes: ['9c'] }, 'block games host:shut'],
    ['https://arcade.example/', { at: new Date('2026-11-24T10:44:59.999Z') }, 'allow games pass:p'],
    ['https://arcade.example/', { at: new Date('2026-11-24T10:45:00Z') }, 'block games host:shut'],
    ['https://arcade.example/', { at: new Date('2026-11-24T09:59:59.999Z') }, 'block games host:shut'],
    ['https://tube.example/maths/1', {}, 'allow video pass:p'],
    ['https://tube.example/Maths/1', {}, 'warn video group:seniors:video'],
    ['tube.example:443', { kind: 'connect' }, 'warn video group:seniors:video'],
    ['https://bets.example/', {}, 'allow gambling pass:q'],
    ['https://bets.example/', { personId: 'sam' }, 'block gambling group:seniors:gambling'],
    ['https://bets.example/', { at: atLunch }, 'block gambling group:seniors:gambling'],
    ['https://bets.example/', { at: new Date('2026-12-01T10:30:00Z') }, 'allow gambling pass:q'],
    ['https://bets.example/', { groups: [] }, 'block none no-group'],
  ] as const) {
    assert.equal(said(rules, url, change), answer, `${url} ${JSON.stringify(change)}`)
  }
})

test('in a lesson with sites of its own nothing else is open to the class, helplines apart', () => {
  const rules = school({
    passes: [
      pass('maths', { sites: [{ host: 'sums.example' }], isOnly: true }),
      pass('other', { sites: [{ host: 'arcade.example' }] }),
    ],
    hostRules: [siteRule('open', 'allow', 'story.example')],
  })
  for (const [url, change, answer] of [
    ['https://sums.example/7', {}, 'allow none pass:maths'],
    ['https://story.example/', {}, 'block none lesson-only:maths'],
    ['https://arcade.example/', {}, 'block none lesson-only:maths'],
    ['https://help.example/', {}, 'allow must-allow must-allow'],
    ['https://floor.example/', {}, 'block illegal illegal'],
    ['https://story.example/', { classes: [] }, 'allow none host:open'],
    ['https://story.example/', { at: atLunch }, 'allow none host:open'],
  ] as const) {
    assert.equal(said(rules, url, change), answer, `${url} ${JSON.stringify(change)}`)
  }
})

test('an adjustment for a person outranks the class’s, that the year’s, that the group’s; among equals the strictest holds', () => {
  const adjust = (id: string, who: Adjustment['who'], action: Action, more: Partial<Adjustment> = {}): Adjustment => ({
    id,
    who,
    categories: { games: action },
    ...more,
  })
  const byGroup = adjust('g', { groups: ['seniors'] }, 'warn')
  const byYear = adjust('y', { years: ['9'] }, 'allow')
  const byClass = adjust('c', { classes: ['9b'] }, 'block')
  const byPerson = adjust('p', { people: ['pia'] }, 'allow')
  for (const [adjustments, answer] of [
    [[], 'block games group:seniors:games'],
    [[byGroup], 'warn games adjustment:g:games'],
    [[byGroup, byYear], 'allow games adjustment:y:games'],
    [[byYear, byClass, byGroup], 'block games adjustment:c:games'],
    [[byPerson, byClass, byYear, byGroup], 'allow games adjustment:p:games'],
    [[byPerson, adjust('p2', { people: ['pia'] }, 'warn')], 'warn games adjustment:p2:games'],
    [[byPerson, adjust('a', { people: ['pia'] }, 'allow')], 'allow games adjustment:a:games'],
    [[byYear, adjust('c2', { classes: ['9b'], groups: ['seniors'] }, 'warn')], 'warn games adjustment:c2:games'],
    [[adjust('home', { years: ['9'] }, 'allow', { places: ['home'] })], 'block games group:seniors:games'],
    [[adjust('lunch', { years: ['9'] }, 'allow', { window: 'lunch' })], 'block games group:seniors:games'],
    [[adjust('lost', { years: ['9'] }, 'allow', { window: 'gone' })], 'block games group:seniors:games'],
    [[byYear, adjust('lost', { years: ['9'] }, 'block', { window: 'gone' })], 'block games adjustment:lost:games'],
    [[{ id: 'u', who: { years: ['9'] }, categories: {}, unlisted: 'warn' }], 'block games group:seniors:games'],
  ] as const) {
    const rules = school({ adjustments })
    assert.equal(said(rules, 'https://arcade.example/'), answer, JSON.stringify(adjustments))
    assert.equal(said({ ...rules, adjustments: [...adjustments].reverse() }, 'https://arcade.example/'), answer)
  }
  const atHome = school({ adjustments: [adjust('home', { years: ['9'] }, 'allow', { places: ['home'] })] })
  assert.equal(said(atHome, 'https://arcade.example/', { place: 'home' }), 'allow games adjustment:home:games')
  const lunch = school({ adjustments: [adjust('lunch', { years: ['9'] }, 'allow', { window: 'lunch' })] })
  assert.equal(said(lunch, 'https://arcade.example/', { at: atLunch }), 'allow games adjustment:lunch:games')
  const careful = school({ adjustments: [{ id: 'u', who: { years: ['9'] }, categories: {}, unlisted: 'warn' }] })
  assert.equal(said(careful, 'https://story.example/'), 'warn unlisted adjustment:u:unlisted')
  assert.equal(said(careful, 'https://story.example/', { year: '8' }), 'allow none group:seniors:unlisted')
})

test('a site that is open where another page embeds it is open there and nowhere else', () => {
  const rules = school({
    hostRules: [
      siteRule('player', 'allow', 'player.tube.example', { embeddedIn: ['maths.example'] }),
      siteRule('odd', 'block', 'odd.example', { embeddedIn: ['maths.example'] }),
    ],
  })
  for (const [url, referrer, answer] of [
    ['https://player.tube.example/7', 'https://www.maths.example/lesson', 'allow video host:player'],
    ['https://player.tube.example/7', 'https://notmaths.example/', 'warn video group:seniors:video'],
    ['https://player.tube.example/7', 'https://evil.example/?https://maths.example/', 'warn video group:seniors:video'],
    ['https://player.tube.example/7', 'nonsense://', 'warn video group:seniors:video'],
    ['https://odd.example/', 'https://elsewhere.example/', 'block none host:odd'],
  ] as const) {
    assert.equal(said(rules, url, { referrer }), answer, `${url} in ${referrer}`)
  }
  assert.equal(said(rules, 'https://player.tube.example/7'), 'warn video group:seniors:video')
})

test('a rule that would open everybody’s sites under one suffix opens none of them', () => {
  const rules = school({
    groups: [{ ...seniors, unlisted: 'block' }],
    hostRules: ['com', 'co.uk', 'github.io', 'sch.uk', 'one.github.io'].map(host => siteRule(host, 'allow', host)),
    passes: [pass('p', { sites: [{ host: 'duckdns.org' }] })],
  })
  for (const [host, answer] of [
    ['evil.com', 'block unlisted group:seniors:unlisted'],
    ['evil.github.io', 'block unlisted group:seniors:unlisted'],
    ['evil.duckdns.org', 'block unlisted group:seniors:unlisted'],
    ['one.github.io', 'allow none host:one.github.io'],
    ['oak.surrey.sch.uk', 'allow none host:sch.uk'],
  ] as const) {
    assert.equal(said(rules, `https://${host}/`), answer, host)
  }
})

// --- What must hold of any rules, for anybody, at any time.

const hosts = [
  'bets.example',
  'porn.example',
  'vile.example',
  'floor.example',
  'help.example',
  'tube.example',
  'arcade.example',
  'letters.example',
  'natter.example',
  'gab.example',
  'pages.example',
  'bing.com',
  'story.example',
] as const
const someHost = fc.constantFrom(...hosts)
const someUrl = fc
  .tuple(
    someHost,
    fc.constantFrom('', '/a', '/a/b.exe', '/?q=x', '/?u=https://porn.example/', '/x/https://story.example/'),
  )
  .map(([host, tail]) => `https://${host}${tail}`)
const someAction = fc.constantFrom<Action>('allow', 'warn', 'block')
const someWho = fc.record(
  {
    groups: fc.subarray(['seniors', 'staff', 'juniors']),
    classes: fc.subarray(['9b', '9c']),
    years: fc.subarray(['9', '8']),
    people: fc.subarray(['pia', 'tom']),
  },
  { requiredKeys: [] },
)
const someCategories = fc.dictionary(
  fc.constantFrom(
    'games',
    'gambling',
    'social',
    'chat',
    'webmail',
    'video',
    'phishing',
    'downloads',
    'illegal',
    'must-allow',
  ),
  someAction,
)
const someRules: fc.Arbitrary<RuleSet> = fc
  .record({
    hostRules: fc.uniqueArray(
      fc.record({
        id: fc.uuid(),
        action: fc.constantFrom('allow', 'block'),
        host: someHost,
        groups: fc.constantFrom<readonly string[] | 'all'>('all', ['seniors'], ['staff', 'juniors']),
        reason: fc.constant(''),
        path: fc.constantFrom('/', '/a', '/a/b.exe'),
      }),
      { maxLength: 4, selector: each => each.id },
    ) as fc.Arbitrary<HostRule[]>,
    passes: fc.array(
      fc.record({
        id: fc.uuid(),
        who: fc.constantFrom({ classes: ['9b'] }, { people: ['pia'] }, { classes: ['9c'], people: ['tom'] }),
        sites: fc.array(fc.record({ host: someHost }), { maxLength: 2 }),
        technology: fc.constantFrom<'messaging' | 'social-media' | 'blogs'>('messaging', 'social-media', 'blogs'),
        from: fc.constantFrom('2026-11-24T10:00:00Z', '2026-11-24T12:00:00Z'),
        until: fc.constantFrom('2026-11-24T10:15:00Z', '2026-11-24T10:45:00Z', '2026-11-24T13:00:00Z', 'never'),
        isOnly: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    adjustments: fc.array(
      fc.record({ id: fc.uuid(), who: someWho, categories: someCategories, unlisted: someAction }),
      { maxLength: 3 },
    ) as fc.Arbitrary<Adjustment[]>,
    searchRules: fc.array(
      fc.record({
        id: fc.uuid(),
        phrase: fc.constantFrom('x', 'y'),
        action: someAction,
        category: fc.constant('weapons'),
        groups: fc.constant('all'),
      }),
      { maxLength: 2 },
    ) as fc.Arbitrary<SearchRule[]>,
  })
  .map(parts => school(parts))
const someRequest: fc.Arbitrary<FilterRequest> = fc
  .record({
    url: someUrl,
    groups: fc.subarray(['infants', 'juniors', 'seniors', 'staff', 'guests'], { minLength: 1 }),
    at: fc.constantFrom(inLesson, atLunch, new Date('2026-11-22T20:00:00Z')),
    kind: fc.constantFrom<FilterRequest['kind']>('page', 'connect', 'dns'),
    personId: fc.constantFrom('pia', 'tom', 'press-officer'),
    classes: fc.subarray(['9b', '9c']),
    year: fc.constantFrom('9', '8'),
    turns13On: fc.constantFrom('2025-11-01', '2027-11-01'),
    place: fc.constantFrom('school', 'home'),
  })
  .map(each => ({ ...each, url: each.kind === 'page' ? each.url : `${new URL(each.url).host}:443` }))
const level = (rules: RuleSet, asked: FilterRequest): number => actions.indexOf(decide(rules, lists, asked).verdict)

test('nothing opens what is illegal: no rule, pass, adjustment, row, group, time or place', () => {
  fc.assert(
    fc.property(someRules, someRequest, fc.constantFrom('vile.example', 'www.floor.example'), (rules, asked, host) => {
      const url = asked.kind === 'page' ? `https://${host}/a` : `${host}:443`
      const open = {
        ...rules,
        groups: rules.groups.map(each => ({ ...each, categories: { illegal: 'allow' as const } })),
      }
      const { verdict, category, rule } = decide(open, lists, { ...asked, url })
      assert.deepEqual([verdict, category, rule], ['block', 'illegal', 'illegal'])
    }),
    { numRuns: 300 },
  )
})

test('the illegal floor reaches into an address inside any address, helplines included', () => {
  fc.assert(
    fc.property(someRules, someRequest, someHost, (rules, asked, host) => {
      for (const tail of [
        '?u=https://vile.example/',
        '/x/https://vile.example',
        '?a=1&b=https%253A%252F%252Fvile.example%252F',
      ]) {
        const { rule } = decide(rules, lists, { ...asked, kind: 'page', url: `https://${host}/${tail}` })
        assert.equal(rule, 'illegal', host + tail)
      }
    }),
    { numRuns: 100 },
  )
})

test('what must be allowed is open to everybody whom the filter knows', () => {
  fc.assert(
    fc.property(someRules, someRequest, (rules, asked) => {
      const url = asked.kind === 'page' ? 'https://www.help.example/a/b.exe?q=x' : 'help.example:443'
      assert.equal(decide(rules, lists, { ...asked, url }).verdict, 'allow')
    }),
    { numRuns: 300 },
  )
})

test('adding a block never opens anything: a site rule, an adjustment, a search rule or a listing', () => {
  fc.assert(
    fc.property(someRules, someRequest, someHost, someWho, (rules, asked, host, who) => {
      const before = level(rules, asked)
      const { hostRules, adjustments = [], searchRules = [] } = rules
      const shut = siteRule('new', 'block', host)
      assert.ok(level({ ...rules, hostRules: [...hostRules, shut] }, asked) >= before, 'site rule')
      const stricter = { id: 'new', who, categories: { games: 'block', video: 'block' }, unlisted: 'block' } as const
      assert.ok(level({ ...rules, adjustments: [...adjustments, stricter] }, asked) >= before, 'adjustment')
      const words: SearchRule = { id: 'new', phrase: 'x y', action: 'block', category: 'weapons', groups: 'all' }
      assert.ok(level({ ...rules, searchRules: [...searchRules, words] }, asked) >= before, 'search rule')
    }),
    { numRuns: 200 },
  )
  const listed = listsOf(entry('story.example', 'gambling'), entry('pages.example', 'gambling'))
  const unlisted = listsOf(entry('elsewhere.example', 'gambling'))
  fc.assert(
    fc.property(someRequest, asked => {
      const rules = school()
      const one = decide(rules, unlisted, asked).verdict
      assert.ok(actions.indexOf(decide(rules, listed, asked).verdict) >= actions.indexOf(one))
    }),
  )
})

test('joining a group never opens anything', () => {
  const joinable = fc.constantFrom('infants', 'juniors', 'seniors', 'staff', 'guests', 'nobodys')
  fc.assert(
    fc.property(someRules, someRequest, joinable, (rules, asked, joined) => {
      assert.ok(level(rules, { ...asked, groups: [...asked.groups, joined] }) >= level(rules, asked))
    }),
    { numRuns: 200 },
  )
})

test('a pass that has ended, has not begun or is somebody else’s is as if there were none', () => {
  fc.assert(
    fc.property(someRules, someRequest, (rules, asked) => {
      const dead = [
        pass('ended', { until: asked.at.toISOString(), from: '2026-01-01T00:00:00Z', isOnly: true }),
        pass('ahead', {
          from: new Date(asked.at.getTime() + 1).toISOString(),
          until: '2027-01-01T00:00:00Z',
          isOnly: true,
        }),
        pass('other', { who: { people: ['somebody-else'] }, until: '2027-01-01T00:00:00Z', isOnly: true }),
        pass('lost', { window: 'gone', isOnly: true }),
        pass('unreadable', { until: 'Friday', isOnly: true }),
      ].map(each => ({ ...each, sites: hosts.map(host => ({ host })), technology: 'messaging' as const }))
      assert.deepEqual(
        decide({ ...rules, passes: [...(rules.passes ?? []), ...dead] }, lists, asked),
        decide(rules, lists, asked),
      )
    }),
    { numRuns: 300 },
  )
})

test('without any pass, nothing is open to a class that a pass of another class would open', () => {
  fc.assert(
    fc.property(someRules, someRequest, (rules, asked) => {
      const { passes: _none, ...without } = rules
      const theirs = { ...asked, classes: [], personId: 'nobody-in-particular' }
      assert.deepEqual(decide(rules, lists, theirs), decide(without, lists, theirs))
    }),
    { numRuns: 300 },
  )
})

test('a verdict does not depend on the order of anything in the rules, nor on what was asked before', () => {
  fc.assert(
    fc.property(someRules, someRequest, someRequest, (rules, asked, before) => {
      const turned: RuleSet = {
        ...rules,
        groups: [...rules.groups].reverse(),
        hostRules: [...rules.hostRules].reverse(),
        adjustments: [...(rules.adjustments ?? [])].reverse(),
        searchRules: [...(rules.searchRules ?? [])].reverse(),
      }
      decide(turned, lists, before)
      const turnedRequest = {
        ...asked,
        groups: [...asked.groups].reverse(),
        classes: [...(asked.classes ?? [])].reverse(),
      }
      assert.deepEqual(decide(turned, lists, turnedRequest), decide(rules, lists, asked))
    }),
    { numRuns: 300 },
  )
})

test('what is kept of one person’s standing is never given to another, at another time or place', () => {
  fc.assert(
    fc.property(someRules, fc.array(someRequest, { minLength: 10, maxLength: 30 }), (rules, many) => {
      for (const asked of many) assert.deepEqual(decide(rules, lists, asked), decide({ ...rules }, lists, asked))
    }),
    { numRuns: 30 },
  )
})

test('under-13s get no service for 13 and over, whatever the rules', () => {
  fc.assert(
    fc.property(someRules, someRequest, fc.constantFrom('natter.example', 'gab.example'), (rules, asked, host) => {
      const url = asked.kind === 'page' ? `https://${host}/` : `${host}:443`
      const young = { ...asked, url, groups: ['seniors'], turns13On: '2027-01-01' }
      assert.equal(decide(rules, lists, young).verdict, 'block')
    }),
  )
})
