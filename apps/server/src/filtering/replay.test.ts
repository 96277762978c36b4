import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions, compileLists, decide, openLists, type RuleSet } from '@gatehouse/engine'
import fc from 'fast-check'
import type { RuleContent } from './change-content.ts'
import type { AskerAttributes } from '@gatehouse/engine'
import { withChange } from './filter-change.ts'
import { rulesOf } from './filter-rules.ts'
import { type LoggedRequest, replay } from './replay.ts'
import { replaySentence } from './replay-words.ts'

const common = { owner: 'dsl', reviewOn: '2027-03-27', caseId: null }
const lists = openLists(
  compileLists(
    [
      { domain: 'games.example', category: 'games', source: 's' },
      { domain: 'talk.example', category: 'chat', source: 's' },
      { domain: 'mail.example', category: 'webmail', source: 's' },
    ],
    [{ id: 's', name: 'S', licence: '', date: '', isCurated: true }],
  ),
)
const from = new Date('2026-11-16T00:00:00Z')
const to = new Date('2026-11-21T00:00:00Z')
const people = new Map<string, AskerAttributes>([
  ['p1', { classes: ['class-oak'], year: '5', turns13On: null }],
  ['p2', { classes: ['class-oak'], year: '5', turns13On: null }],
  ['p3', { classes: ['class-oak'], year: '5', turns13On: null }],
  ['p4', { classes: ['class-elm'], year: '8', turns13On: '2026-11-18' }],
  ['t1', { classes: [], year: null, turns13On: null }],
])
const groupsOf: Readonly<Record<string, readonly string[]>> = {
  p1: ['juniors'],
  p2: ['juniors'],
  p3: ['juniors'],
  p4: ['secondary'],
  t1: ['staff'],
}
const surroundings = {
  passes: [
    {
      id: 'pass-1',
      who: { classes: ['class-oak'] },
      sites: [{ host: 'games.example' }],
      from: '2026-11-17T09:00:00Z',
      until: '2026-11-17T10:00:00Z',
    },
  ],
  terms: [{ from: '2026-09-02', to: '2026-12-18' }],
  closures: [],
}

async function* batches(rows: readonly LoggedRequest[], size = 3): AsyncGenerator<readonly LoggedRequest[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size)
}
const rowOf = (personId: string, host: string, at: string, path = '/'): LoggedRequest => ({
  at: new Date(at),
  personId,
  groups: groupsOf[personId] ?? [],
  host,
  path,
  kind: 'page',
  count: 1,
})
const change = (content: RuleContent): { before: RuleSet; after: RuleSet } => ({
  before: rulesOf([], 0, surroundings),
  after: rulesOf(withChange([], 'new', content), 1, surroundings),
})
const openGames: RuleContent = {
  kind: 'category',
  category: 'games',
  action: 'allow',
  groups: ['juniors'],
  before: {},
  ...common,
}

test('a change is told in requests, people and lessons, with the lessons of three or more named', async () => {
  const rows = [
    ...['p1', 'p2', 'p3'].map(id => rowOf(id, 'games.example', '2026-11-19T09:30:00Z')),
    rowOf('p1', 'games.example', '2026-11-20T11:30:00Z'),
    rowOf('p1', 'maths.example', '2026-11-20T11:31:00Z'),
    rowOf('t1', 'games.example', '2026-11-20T11:32:00Z'),
  ]
  const result = await replay({ ...change(openGames), lists, requests: batches(rows), people, from, to })
  assert.equal(result.requests, 6)
  assert.equal(result.newlyBlocked.requests, 0)
  assert.deepEqual(
    { requests: result.newlyOpen.requests, people: result.newlyOpen.people, hosts: result.newlyOpen.hosts },
    { requests: 4, people: 3, hosts: [{ host: 'games.example', requests: 4 }] },
  )
  assert.deepEqual(result.newlyOpen.lessons, [
    { classId: 'class-oak', period: 'Lesson 1', on: '2026-11-19', requests: 3, people: 3 },
  ])
  assert.equal(result.newlyOpen.lessonCount, 2)
  assert.equal(
    replaySentence(result),
    'It would have newly blocked nothing; newly opened 4 requests by 3 people, in 2 lessons.',
  )
})

test('what a pass had open in its hour is not told as newly open', async () => {
  const rows = ['2026-11-17T09:30:00Z', '2026-11-17T10:30:00Z'].map(at => rowOf('p1', 'games.example', at))
  const result = await replay({ ...change(openGames), lists, requests: batches(rows), people, from, to })
  assert.equal(result.newlyOpen.requests, 1)
})

test('a change bound to times is told for those times alone', async () => {
  const content: RuleContent = {
    kind: 'adjustment',
    name: 'Lunch club',
    who: { groups: [], classes: ['class-oak'], years: [], people: [] },
    places: null,
    window: 'staff-free-time',
    categories: { games: 'allow' },
    unlisted: null,
    ...common,
  }
  const rows = ['2026-11-19T10:15:00Z', '2026-11-19T12:30:00Z'].map(at => rowOf('p1', 'games.example', at))
  const result = await replay({ ...change(content), lists, requests: batches(rows), people, from, to })
  assert.equal(result.newlyOpen.requests, 1)
})

test('the short way comes to what deciding each request twice comes to', async () => {
  const anyContent: fc.Arbitrary<RuleContent> = fc.constantFrom<RuleContent>(
    openGames,
    { ...openGames, action: 'warn' },
    { ...openGames, category: 'unlisted', action: 'block', groups: ['juniors', 'staff'] },
    {
      kind: 'host',
      host: 'maths.example',
      path: '/fun',
      action: 'block',
      groups: ['juniors'],
      embeddedIn: null,
      ...common,
    },
    {
      kind: 'cell',
      technology: 'personal-mail',
      side: 'staff',
      level: 'not-allowed',
      window: null,
      people: [],
      before: null,
      ...common,
    },
    {
      kind: 'cell',
      technology: 'personal-mail',
      side: 'staff',
      level: 'selected-people',
      window: null,
      people: ['t1'],
      before: null,
      ...common,
    },
    {
      kind: 'cell',
      technology: 'messaging',
      side: 'pupils',
      level: 'certain-times',
      window: 'staff-free-time',
      people: [],
      before: null,
      ...common,
    },
    { kind: 'bells', bells: [{ id: 'lunch', name: 'Lunch', from: '09:00', to: '11:00' }], before: [], ...common },
    {
      kind: 'adjustment',
      name: 'Club',
      who: { groups: [], classes: [], years: ['8'], people: ['p2'] },
      places: null,
      window: 'staff-free-time',
      categories: { games: 'allow', chat: 'block' },
      unlisted: 'warn',
      ...common,
    },
    {
      kind: 'service',
      id: 'talk',
      service: {
        name: 'Talk',
        technology: 'messaging',
        hosts: ['maths.example'],
        minimumAge: 13,
        ageIsForAccountsOnly: false,
      },
      before: null,
      ...common,
    },
  )
  const anyRow: fc.Arbitrary<LoggedRequest> = fc
    .record({
      personId: fc.constantFrom(...people.keys()),
      host: fc.constantFrom(
        'games.example',
        'talk.example',
        'mail.example',
        'maths.example',
        'x.maths.example',
        'g00gle.com',
        'web.archive.org',
      ),
      path: fc.constantFrom('/', '/fun', '/fun/1', '/web/2020/http://games.example/', '/setup.exe'),
      kind: fc.constantFrom('page' as const, 'connect' as const),
      at: fc.integer({ min: from.getTime(), max: to.getTime() - 1 }).map(ms => new Date(ms)),
      count: fc.integer({ min: 1, max: 5 }),
    })
    .map(row => ({ ...row, groups: groupsOf[row.personId] ?? [] }))
  await fc.assert(
    fc.asyncProperty(anyContent, fc.array(anyRow, { maxLength: 60 }), async (content, rows) => {
      const { before, after } = change(content)
      const result = await replay({ before, after, lists, requests: batches(rows, 7), people, from, to })
      const sums = { blocked: 0, opened: 0, warned: 0 }
      for (const row of rows) {
        const person = people.get(row.personId ?? '')
        const request = {
          url: row.kind === 'page' ? `http://${row.host}${row.path}` : `${row.host}:443`,
          groups: row.groups,
          at: row.at,
          kind: row.kind,
          personId: row.personId ?? '',
          classes: person?.classes ?? [],
          ...(person?.year ? { year: person.year } : {}),
          ...(person?.turns13On ? { turns13On: person.turns13On } : {}),
        }
        const [was, is] = [before, after].map(rules => actions.indexOf(decide(rules, lists, request).verdict))
        if (was === undefined || is === undefined || was === is) continue
        if (is < was) sums.opened += row.count
        else if (is === 2) sums.blocked += row.count
        else sums.warned += row.count
      }
      assert.deepEqual(
        { blocked: result.newlyBlocked.requests, opened: result.newlyOpen.requests, warned: result.newlyWarned },
        sums,
      )
    }),
    { numRuns: 100 },
  )
})
