import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BundlePayload, parseBundlePayload } from './bundle.ts'
import type { RuleSet } from './filter/types.ts'

const rules: RuleSet = {
  version: 3,
  groups: [
    {
      id: 'juniors',
      name: 'Juniors',
      audience: 'child',
      categories: { gambling: 'block' },
      unlisted: 'allow',
      sourcesNeeded: 1,
      isUnder13: true,
      side: 'pupils',
    },
  ],
  hostRules: [
    { id: 'h', action: 'allow', host: 'video.example', groups: 'all', reason: 'Maths', embeddedIn: ['maths.example'] },
  ],
  passes: [
    {
      id: 'p',
      who: { classes: ['5b'], people: [] },
      sites: [{ host: 'reef.example', path: '/coral' }, { host: 'sea.example' }],
      technology: 'blogs',
      from: '2026-11-24T09:00:00Z',
      until: '2026-11-24T10:00:00+00:00',
      window: 'lesson-2',
      isOnly: true,
    },
  ],
  adjustments: [
    { id: 'a', who: { years: ['6'], people: ['p1'] }, places: ['home'], window: 'w', categories: { games: 'warn' } },
    { id: 'b', who: { groups: ['juniors'] }, categories: {}, unlisted: 'block' },
  ],
  matrix: {
    cells: [
      { technology: 'blogs', side: 'staff', level: 'certain-times', window: 'w' },
      { technology: 'social-media', side: 'staff', level: 'selected-people', people: ['p2'] },
    ],
    services: [
      { id: 'blogger', name: 'Blogger', technology: 'blogs', hosts: ['blogspot.com'], minimumAge: 13 },
      { id: 'tube', name: 'Tube', hosts: ['tube.example'], minimumAge: 13, ageIsForAccountsOnly: true },
    ],
  },
  searchRules: [{ id: 's', phrase: 'how to', action: 'warn', category: 'weapons', groups: ['juniors'] }],
  times: {
    bells: [{ id: 'lunch', name: 'Lunch', from: '12:00', to: '13:00' }],
    terms: [{ from: '2026-09-02', to: '2026-12-18' }],
    closures: [{ from: '2026-11-27', to: '2026-11-27' }],
    windows: [
      { id: 'w', name: 'Lunch', days: 'school-days', isOpenOnOtherDays: true, spans: [{ bell: 'lunch' }] },
      { id: 'x', name: 'Weekend', days: [6, 7], spans: [{ from: '22:00', to: '06:00' }] },
    ],
  },
  illegal: { source: 'empty', hosts: [] },
}
const payload: BundlePayload = {
  format: 'gatehouse-bundle',
  v: 1,
  issuedAt: '2026-11-24T08:00:00Z',
  serial: 7,
  maxAgeMinutes: 1440,
  listsFile: 'x.lists',
  listsSha256: 'a'.repeat(64),
  testSite: null,
  allowPrivate: [],
  blockPageBase: 'http://gatehouse.school.example:8080',
  schools: [
    {
      id: 'oak',
      name: 'Oak Primary School',
      rules,
      people: [
        {
          id: 'p1',
          username: 'pia',
          groups: ['juniors'],
          proxyHash: `$argon2id$v=19$m=64,t=1,p=1$${'A'.repeat(22)}$${'B'.repeat(43)}`,
          suspended: false,
          classes: ['5b'],
          year: '5',
          turns13On: '2029-02-01',
        },
      ],
      places: [
        { id: 'wifi', name: 'Guest wifi', subnets: ['10.4.0.0/16', 'fd00::/8'], group: 'guests' },
        { id: 'desks', name: 'Desks', subnets: [], group: null },
      ],
      devices: [{ address: '10.4.0.9', personId: 'p1' }],
      concerns: {
        version: 4,
        off: ['gambling.003', 'model.profanity'],
        added: [
          { id: 'school.1', concern: 'drugs', severity: 3, phrase: 'purple dragonfruit' },
          { id: 'school.2', concern: 'bullying', severity: 2, phrase: 'the green list', where: 'searches' },
        ],
      },
      watched: ['juniors'],
    },
  ],
}

test('everything that a school decided comes out of the bundle as it went in', () => {
  assert.deepEqual(parseBundlePayload(JSON.stringify(payload)), { ok: true, payload })
})

test('a bundle from before classes, places and the matrix still reads, and says that it knows of none', () => {
  const [school] = payload.schools
  const [person] = school?.people ?? []
  assert.ok(school && person)
  const { classes: _c, year: _y, turns13On: _t, ...oldPerson } = person
  const { places: _p, devices: _d, concerns: _r, watched: _w, ...oldSchool } = school
  const { version, groups, hostRules, illegal } = rules
  const oldRules = { version, groups, hostRules, illegal }
  const old = { ...payload, schools: [{ ...oldSchool, rules: oldRules, people: [oldPerson] }] }
  const parsed = parseBundlePayload(JSON.stringify(old))
  assert.ok(parsed.ok)
  const [read] = parsed.payload.schools
  assert.deepEqual(read?.rules, oldRules)
  assert.deepEqual(read?.people, [{ ...oldPerson, classes: [], year: null, turns13On: null }])
  assert.deepEqual([read?.places, read?.devices, read?.concerns, read?.watched], [[], [], undefined, undefined])
})

const withRules = (change: object): string =>
  JSON.stringify({
    ...payload,
    schools: payload.schools.map(school => ({ ...school, rules: { ...rules, ...change } })),
  })
const [pass] = rules.passes ?? []

test('each part of the rules that is wrong is named by its place', () => {
  for (const [change, expected] of [
    [{ passes: [{ ...pass, who: {} }] }, 'passes[0].who must be at least one class or person'],
    [{ passes: [{ ...pass, until: 'soon' }] }, 'passes[0].until must be a date and time in ISO 8601'],
    [{ passes: [{ ...pass, sites: 'all' }] }, 'passes[0].sites must be a list'],
    [{ passes: [{ ...pass, technology: 'fax' }] }, 'passes[0].technology must be "phones-in-school" or'],
    [{ adjustments: [{ id: 'a', who: {}, categories: { games: 'open' } }] }, 'adjustments[0].categories.games must be'],
    [{ adjustments: [{ id: 'a', categories: {} }] }, 'adjustments[0].who must be an object'],
    [{ matrix: { cells: [{}], services: [] } }, 'matrix.cells[0].technology must be'],
    [
      {
        matrix: {
          cells: ['allowed', 'not-allowed'].map(level => ({ technology: 'blogs', side: 'staff', level })),
          services: [],
        },
      },
      'matrix.cells must be a list in which no cell comes twice',
    ],
    [{ matrix: { cells: [], services: [{ id: 's' }] } }, 'matrix.services[0].name must be'],
    [{ searchRules: [{ id: 's', phrase: '' }] }, 'searchRules[0].category must be'],
    [{ times: { ...rules.times, bells: [{ id: 'b', name: 'b', from: '9:00', to: '24:00' }] } }, 'times.bells[0].from'],
    [{ times: { ...rules.times, terms: [{ from: '2026-02-30', to: '2026-03-01' }] } }, 'times.terms[0].from must be'],
    [{ times: { ...rules.times, terms: [{ from: '2026-03-02', to: '2026-03-01' }] } }, 'times.terms[0].to must be no'],
    [
      { times: { ...rules.times, windows: [{ id: 'w', name: 'w', days: [0], spans: [] }] } },
      'times.windows[0].days[0]',
    ],
    [{ times: null }, 'times must be an object'],
    [{ groups: rules.groups.map(group => ({ ...group, side: 'parents' })) }, 'groups[0].side must be "staff" or'],
    [{ hostRules: rules.hostRules.map(rule => ({ ...rule, embeddedIn: [7] })) }, 'hostRules[0].embeddedIn[0] must be'],
  ] as const) {
    const parsed = parseBundlePayload(withRules(change))
    assert.ok(!parsed.ok, expected)
    assert.ok(parsed.errors[0]?.startsWith(`schools[0].rules.${expected}`), `${parsed.errors[0]} / ${expected}`)
  }
})

const withPhrase = (given: object) => ({
  version: 1,
  off: [],
  added: [{ id: 'school.1', concern: 'drugs', severity: 3, phrase: 'purple dragonfruit', ...given }],
})

test('each part of a school that is wrong is named by its place', () => {
  for (const [change, expected] of [
    [
      { places: [{ id: 'x', name: 'x', subnets: ['everywhere'], group: null }] },
      'places[0].subnets[0] must be a network',
    ],
    [{ places: [{ id: 'x', name: 'x', subnets: [] }] }, 'places[0].group must be text'],
    [{ devices: [{ address: 'DESK', personId: 'p1' }] }, 'devices[0].address must be'],
    [{ people: payload.schools[0]?.people.map(one => ({ ...one, turns13On: '2029' })) }, 'people[0].turns13On must be'],
    [
      { people: payload.schools[0]?.people.map(one => ({ ...one, classes: '5b' })) },
      'people[0].classes must be a list',
    ],
    [{ concerns: 'none' }, 'concerns must be an object'],
    [{ watched: 'juniors' }, 'watched must be'],
    [{ concerns: { version: 1, off: ['<die>'], added: [] } }, 'concerns.off[0] must be the id of a rule'],
    [{ concerns: withPhrase({ phrase: '(a|b)' }) }, 'concerns.added[0].phrase must be plain words'],
    [{ concerns: withPhrase({ phrase: 'a'.repeat(61) }) }, 'concerns.added[0].phrase must be text of'],
    [{ concerns: withPhrase({ severity: 5 }) }, 'concerns.added[0].severity must be'],
    [{ concerns: withPhrase({ concern: 'music' }) }, 'concerns.added[0].concern must be'],
    [{ concerns: withPhrase({ where: 'anywhere' }) }, 'concerns.added[0].where must be'],
    [
      { concerns: { version: 1, off: Array.from({ length: 301 }, (_, n) => `drugs.${n}`), added: [] } },
      'concerns.off must be at most 300',
    ],
  ] as const) {
    const parsed = parseBundlePayload(
      JSON.stringify({ ...payload, schools: payload.schools.map(school => ({ ...school, ...change })) }),
    )
    assert.ok(!parsed.ok, expected)
    assert.ok(parsed.errors[0]?.startsWith(`schools[0].${expected}`), `${parsed.errors[0]} / ${expected}`)
  }
})

test('whatever stands in a part of the rules, the bundle is read or refused, never half of both', () => {
  const parts = ['passes', 'adjustments', 'matrix', 'searchRules', 'times'] as const
  fc.assert(
    fc.property(fc.constantFrom(...parts), fc.jsonValue(), (part, value) => {
      const parsed = parseBundlePayload(withRules({ [part]: value }))
      if (!parsed.ok) return assert.ok(parsed.errors.length > 0)
      assert.deepEqual(parseBundlePayload(JSON.stringify(parsed.payload)), parsed)
    }),
  )
})
