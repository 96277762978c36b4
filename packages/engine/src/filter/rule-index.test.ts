import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedRules } from './profiles.ts'
import { ruleSetProblems } from './rule-index.ts'
import { pass, school, siteRule } from './school.fixture.ts'
import type { RuleSet } from './types.ts'

test('the shipped rules, and those of a school in order, have no problem', () => {
  assert.deepEqual(ruleSetProblems(shippedRules()), [])
  assert.deepEqual(ruleSetProblems(school({ passes: [pass('p')] })), [])
})

test('what would not do what it seems to is named before it is saved', () => {
  for (const [change, problems] of [
    [
      { hostRules: [siteRule('all', 'allow', 'co.uk'), siteRule('shut', 'block', 'co.uk')] },
      ['Site rule all: anybody can have a site beneath co.uk, so opening it as a whole opens nothing'],
    ],
    [
      {
        hostRules: [
          siteRule('a', 'block', 'x.example', { embeddedIn: ['y.example'] }),
          siteRule('b', 'allow', 'x.example', { embeddedIn: ['not a host'] }),
        ],
      },
      ['Site rule a: a block covers every page, whatever it stands in', 'Site rule b: not a host is not a host'],
    ],
    [
      {
        passes: [
          pass('p', { who: {}, sites: [{ host: 'github.io' }, { host: '?' }] }),
          pass('q', { until: '2026-11-24T10:00:00Z', window: 'gone' }),
        ],
      },
      [
        'Pass p is for nobody',
        'Pass p: anybody can have a site beneath github.io, so a pass for it opens nothing',
        'Pass p: ? is not a host',
        'Pass q is at no time',
        'Pass q: there is no window gone',
      ],
    ],
    [
      {
        adjustments: [{ id: 'a', who: { groups: ['parents'] }, window: 'gone', categories: {} }],
        matrix: {
          cells: [
            { technology: 'blogs', side: 'staff', level: 'certain-times' },
            { technology: 'messaging', side: 'staff', level: 'certain-times', window: 'gone' },
          ],
          services: [],
        },
      },
      [
        'Adjustment a: there is no window gone',
        'Adjustment a: there is no group parents',
        'blogs for staff: at which times?',
        'messaging for staff: there is no window gone',
      ],
    ],
    [
      {
        times: {
          bells: [],
          terms: [],
          closures: [],
          windows: [{ id: 'staff-free-time', name: 'Free', days: 'every-day', spans: [{ bell: 'lunch' }] }],
        },
      },
      ['Window staff-free-time: there is no bell lunch'],
    ],
    [
      { searchRules: [{ id: 's', phrase: '?!', action: 'block', category: 'drugs', groups: 'all' }] },
      ['Search rule s: “?!” holds no word'],
    ],
  ] satisfies readonly (readonly [Partial<RuleSet>, readonly string[]])[]) {
    assert.deepEqual(ruleSetProblems(school(change)), problems)
  }
})
