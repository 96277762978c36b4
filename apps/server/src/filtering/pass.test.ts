import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CategoryLists, compileLists, decide, openLists, shippedRules } from '@gatehouse/engine'
import fc from 'fast-check'
import type { Role } from '../permissions.ts'
import type { PersonActor } from '../platform/actor.ts'
import {
  enginePasses,
  lessonsOf,
  mayBeAlone,
  neverAlone,
  type PassContent,
  passContentOf,
  passOfRule,
  sameWords,
  sightingOf,
  whyNotAlone,
  whyNotDecidePass,
} from './pass.ts'
import { sitesOf, weekOf } from './pass-service.ts'

const calendar = {
  bankHolidays: ['2026-12-25'],
  terms: [{ from: '2026-09-01', to: '2026-12-19' }],
  closures: ['2026-11-27'],
}
const now = new Date('2026-11-24T08:00:00Z')
const plan = { firstDay: '2026-11-24', lastDay: '2026-11-24', weekdays: [1, 2, 3, 4, 5], from: '10:15', to: '11:00' }
const content: PassContent = {
  kind: 'sites',
  sites: [{ host: 'history.example', path: '/opium', asked: 'http://history.example/opium' }],
  technology: null,
  classId: 'class-oak',
  people: [],
  teacherId: 'teacher',
  topic: 'The opium wars',
  lessons: [{ from: '2026-11-24T10:15:00.000Z', until: '2026-11-24T11:00:00.000Z' }],
  isOnly: false,
}
const lists: CategoryLists = openLists(
  compileLists(
    [
      { domain: 'history.example', category: 'drugs', source: 'one' },
      { domain: 'arcade.example', category: 'games', source: 'one' },
      { domain: 'sad.example', category: 'selfharm', source: 'one' },
      { domain: 'worst.example', category: 'illegal', source: 'one' },
    ],
    [{ id: 'one', name: 'One list', licence: 'MIT', date: '2026-10-01', isCurated: true }],
  ),
)
const actor = (...roles: Role[]): PersonActor => ({ kind: 'person', schoolId: 's', personId: 'p', name: 'P', roles })

describe('the lessons of a plan', () => {
  test('one lesson is one time of one day, on London’s clock', () => {
    assert.deepEqual(lessonsOf(plan, calendar, now), content.lessons)
    const summer = { ...plan, firstDay: '2026-06-02', lastDay: '2026-06-02' }
    const june = new Date('2026-06-01T08:00:00Z')
    assert.equal(lessonsOf(summer, calendar, june)[0]?.from, '2026-06-02T09:15:00.000Z')
  })
  test('Tuesdays and Fridays of a fortnight leave out the day on which the school is closed', () => {
    const days = lessonsOf({ ...plan, lastDay: '2026-12-04', weekdays: [2, 5] }, calendar, now)
    assert.deepEqual(
      days.map(({ from }) => from.slice(0, 10)),
      ['2026-11-24', '2026-12-01', '2026-12-04'],
    )
  })
  test('a single day is taken as it is, though it be a Saturday', () => {
    const club = lessonsOf({ ...plan, firstDay: '2026-11-28', lastDay: '2026-11-28' }, calendar, now)
    assert.equal(club.length, 1)
  })
  const wrong: readonly [string, Partial<typeof plan>, RegExp][] = [
    ['an end before the beginning', { to: '10:15' }, /end after it begins/],
    ['a last day before the first', { lastDay: '2026-11-23' }, /before the first/],
    ['more than six weeks', { lastDay: '2027-01-05' }, /at most 6 weeks/],
    ['only days that are over', { firstDay: '2026-11-23', lastDay: '2026-11-23' }, /over already/],
    ['next summer', { firstDay: '2027-06-01', lastDay: '2027-06-01' }, /too far ahead/],
  ]
  for (const [what, part, message] of wrong)
    test(`${what} is refused`, () => assert.throws(() => lessonsOf({ ...plan, ...part }, calendar, now), message))
  test('no plan, however odd, gives a lesson without an end, out of order, or longer than a day', () => {
    const clock = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`)
    const day = fc.nat(200).map(n => new Date(Date.UTC(2026, 8, 1 + n)).toISOString().slice(0, 10))
    fc.assert(
      fc.property(day, day, clock, clock, fc.uniqueArray(fc.nat(7)), (firstDay, lastDay, from, to, weekdays) => {
        let lessons: readonly { from: string; until: string }[] = []
        try {
          lessons = lessonsOf({ firstDay, lastDay, from, to, weekdays }, calendar, now)
        } catch {
          return
        }
        for (const [n, lesson] of lessons.entries()) {
          const length = Date.parse(lesson.until) - Date.parse(lesson.from)
          assert.ok(length > 0 && length < 25 * 3_600_000)
          assert.ok(Date.parse(lesson.until) > now.getTime())
          const next = lessons[n + 1]
          if (next) assert.ok(next.from >= lesson.until)
        }
      }),
    )
  })
})

describe('what gateways are given', () => {
  const rules = shippedRules()
  const ask = (person: string, classes: string[], url: string, at: string, passes = enginePasses('x', content)) =>
    decide({ ...rules, passes }, lists, {
      url,
      groups: [person === 'teacher' ? 'staff' : 'juniors'],
      at: new Date(at),
      kind: 'page',
      personId: person,
      classes,
    }).verdict
  const page = 'http://history.example/opium'
  test('a pupil of the class and the teacher get the page for the lesson, and nobody else does', () => {
    assert.equal(ask('pupil', ['class-oak'], page, '2026-11-24T10:30:00Z'), 'allow')
    assert.equal(ask('teacher', [], page, '2026-11-24T10:30:00Z'), 'allow')
    assert.equal(ask('other', ['class-elm'], page, '2026-11-24T10:30:00Z'), 'block')
    assert.equal(ask('pupil', ['class-oak'], 'http://history.example/', '2026-11-24T10:30:00Z'), 'block')
  })
  test('at the very minute of its end it is shut again', () => {
    assert.equal(ask('pupil', ['class-oak'], page, '2026-11-24T10:14:59Z'), 'block')
    assert.equal(ask('pupil', ['class-oak'], page, '2026-11-24T10:15:00Z'), 'allow')
    assert.equal(ask('pupil', ['class-oak'], page, '2026-11-24T10:59:59.999Z'), 'allow')
    assert.equal(ask('pupil', ['class-oak'], page, '2026-11-24T11:00:00Z'), 'block')
  })
  test('a lesson of only its sites shuts the rest to the class, and leaves the teacher free', () => {
    const passes = enginePasses('x', { ...content, isOnly: true })
    const elsewhere = 'http://www.geograph.example/'
    assert.equal(ask('pupil', ['class-oak'], page, '2026-11-24T10:30:00Z', passes), 'allow')
    assert.equal(ask('pupil', ['class-oak'], elsewhere, '2026-11-24T10:30:00Z', passes), 'block')
    const staffElsewhere = ask('teacher', [], elsewhere, '2026-11-24T10:30:00Z', [])
    assert.equal(ask('teacher', [], elsewhere, '2026-11-24T10:30:00Z', passes), staffElsewhere)
  })
  test('a pass for what a list calls illegal opens nothing at all', () => {
    const passes = enginePasses('x', {
      ...content,
      sites: [{ host: 'worst.example', path: null, asked: 'worst.example' }],
    })
    assert.equal(ask('pupil', ['class-oak'], 'http://worst.example/', '2026-11-24T10:30:00Z', passes), 'block')
  })
  test('leave for a row of the table opens it to those of 13 and more in the class, for the lesson, and never to those under 13', () => {
    const matrix = rules.matrix
    assert.ok(matrix)
    const cells = matrix.cells.map(cell =>
      cell.technology === 'social-media' && cell.side === 'pupils'
        ? { ...cell, level: 'with-permission' as const }
        : cell,
    )
    const service = matrix.services.find(each => each.technology === 'social-media' && each.minimumAge >= 13)
    const url = `http://${service?.hosts[0]}/`
    const passes = enginePasses('x', { ...content, kind: 'technology', sites: [], technology: 'social-media' })
    const ask = (classes: string[], turns13On: string, at = '2026-11-24T10:30:00Z') =>
      decide({ ...rules, matrix: { ...matrix, cells }, passes }, lists, {
        url,
        groups: ['secondary'],
        at: new Date(at),
        kind: 'page',
        personId: 'pupil',
        classes,
        turns13On,
      }).verdict
    assert.equal(ask(['class-oak'], '2024-01-01'), 'allow')
    assert.equal(ask(['class-elm'], '2024-01-01'), 'block')
    assert.equal(ask(['class-oak'], '2024-01-01', '2026-11-24T11:00:00Z'), 'block')
    assert.equal(ask(['class-oak'], '2027-01-01'), 'block')
  })
  test('every engine pass is for a class or people, and never for a group', () => {
    for (const each of enginePasses('x', content)) {
      assert.deepEqual(Object.keys(each.who).sort(), ['classes', 'people'])
      assert.ok(Date.parse(each.until) > Date.parse(each.from))
    }
  })
  test('the rule of a verdict names the pass', () => {
    const id = '01890000-0000-7000-8000-000000000000'
    assert.equal(passOfRule(`pass:${id}.3`), id)
    assert.equal(passOfRule(`lesson-only:${id}.1`), id)
    assert.equal(passOfRule('group:juniors:games'), null)
  })
})

describe('what is stored', () => {
  test('content survives the way through JSON, and whatever is no pass is none', () => {
    assert.deepEqual(passContentOf(JSON.parse(JSON.stringify(content))), content)
    const bad: Partial<Record<keyof PassContent, unknown>>[] = [
      { lessons: [] },
      { lessons: [{ from: 'x', until: 'y' }] },
      { classId: null },
      { sites: [] },
      { sites: [{ host: 'com', path: null, asked: 'com' }] },
      { kind: 'technology' },
      { people: ['a', 'b'] },
    ]
    for (const part of bad) assert.equal(passContentOf({ ...content, ...part }), null, JSON.stringify(part))
  })
})

describe('opening alone', () => {
  const limits = {
    categories: ['games', 'video'],
    minutes: 60,
    perWeek: 2,
    reason: 'A trial',
    setBy: 'head',
    setAt: now,
  }
  const sight = (host: string) => sightingOf({ host, path: null, asked: host }, shippedRules(), lists, ['juniors'], now)
  const arcade = { ...content, sites: [{ host: 'arcade.example', path: null, asked: 'arcade.example' }] }
  test('with no limits set nobody opens anything alone: that is how a school starts', () => {
    assert.match(whyNotAlone(null, arcade, [sight('arcade.example')], 0) ?? '', /has not said/)
    assert.match(whyNotAlone({ ...limits, minutes: 0 }, arcade, [sight('arcade.example')], 0) ?? '', /has not said/)
  })
  test('within the limits it is allowed, and past each of them it is not', () => {
    const seen = [sight('arcade.example')]
    assert.equal(whyNotAlone(limits, arcade, seen, 1), null)
    assert.match(whyNotAlone(limits, arcade, seen, 2) ?? '', /this week/)
    assert.match(whyNotAlone({ ...limits, minutes: 44 }, arcade, seen, 0) ?? '', /44 minutes/)
    assert.match(whyNotAlone({ ...limits, categories: ['video'] }, arcade, seen, 0) ?? '', /not of a kind/)
    assert.match(
      whyNotAlone(limits, { ...arcade, lessons: [...arcade.lessons, ...arcade.lessons] }, seen, 0) ?? '',
      /one lesson/,
    )
  })
  test('no limits, whatever they say, let one person open what is grave', () => {
    for (const category of neverAlone) {
      const grave = openLists(
        compileLists(
          [{ domain: 'grave.example', category, source: 'one' }],
          [{ id: 'one', name: 'One', licence: 'MIT', date: '', isCurated: true }],
        ),
      )
      const seen = sightingOf({ host: 'grave.example', path: null, asked: '' }, shippedRules(), grave, ['juniors'], now)
      const everything = { ...limits, categories: [...neverAlone, ...mayBeAlone] }
      assert.notEqual(whyNotAlone(everything, arcade, [seen], 0), null, category)
    }
  })
  test('what the school has blocked itself is not one teacher’s to open', () => {
    const rules = {
      ...shippedRules(),
      hostRules: [{ id: 'c1', action: 'block', host: 'arcade.example', groups: 'all', reason: '' }] as const,
    }
    const seen = sightingOf({ host: 'arcade.example', path: null, asked: '' }, rules, lists, ['juniors'], now)
    assert.equal(seen.blockedBy, 'c1')
    assert.match(whyNotAlone(limits, arcade, [seen], 0) ?? '', /decided itself/)
  })
})

test('only the safeguarding lead and their deputy decide about self-harm, and no teacher decides at all', () => {
  const sad = [sightingOf({ host: 'sad.example', path: null, asked: '' }, shippedRules(), lists, ['juniors'], now)]
  const plain = [sightingOf({ host: 'arcade.example', path: null, asked: '' }, shippedRules(), lists, ['juniors'], now)]
  for (const role of ['teacher', 'staff', 'pupil', 'technician', 'network-manager', 'governor'] as const)
    assert.notEqual(whyNotDecidePass(actor(role), plain), null, role)
  for (const role of ['headteacher', 'senior-leader'] as const) {
    assert.equal(whyNotDecidePass(actor(role), plain), null, role)
    assert.notEqual(whyNotDecidePass(actor(role), sad), null, role)
  }
  for (const role of ['dsl', 'deputy-dsl'] as const) assert.equal(whyNotDecidePass(actor(role), sad), null, role)
})

test('a sighting names every source with its licence and the age of its list', () => {
  const [found] = sightingOf(
    { host: 'www.history.example', path: null, asked: '' },
    shippedRules(),
    lists,
    ['juniors'],
    now,
  ).categories
  assert.deepEqual(found, { category: 'drugs', sources: [{ name: 'One list', licence: 'MIT', date: '2026-10-01' }] })
})

describe('sites as typed', () => {
  test('a whole site asked for is pointed out until the teacher says that all of it is meant', () => {
    assert.throws(() => sitesOf(['history.example'], [], null), /whole of history\.example/)
    assert.throws(() => sitesOf(['history.example'], [], 'page'), /Enter the address of the page/)
    assert.deepEqual(sitesOf(['history.example'], [], 'whole')[0]?.path, null)
  })
  test('on a secure site the page alone may not be seen by the filter, and that is said', () => {
    assert.throws(() => sitesOf(['https://history.example/opium'], [], null), /secure/)
    assert.equal(sitesOf(['https://history.example/opium'], [], 'page')[0]?.path, '/opium')
    assert.equal(sitesOf(['https://history.example/opium'], [], 'whole')[0]?.path, null)
    assert.equal(sitesOf(['http://history.example/opium'], [], null)[0]?.path, '/opium')
  })
  test('parts are added as hosts, each once, and twenty are the most', () => {
    const found = sitesOf(['http://history.example/opium'], ['cdn.example', 'cdn.example'], null)
    assert.deepEqual(
      found.map(({ host }) => host),
      ['history.example', 'cdn.example'],
    )
    assert.throws(
      () =>
        sitesOf(
          Array.from({ length: 21 }, (_, n) => `http://s${n}.example/p`),
          [],
          null,
        ),
      /at most 20/,
    )
    assert.throws(() => sitesOf(['not a site'], [], null), /not an address|whole site/)
  })
})

test('last year’s reason is recognised with other capitals and full stops', () => {
  assert.ok(sameWords('The opium wars, as every year.', 'the opium wars as every  year'))
  assert.ok(!sameWords('The opium wars', 'The opium war'))
})
test('a week begins on Monday at midnight in London, in summer too', () => {
  assert.equal(weekOf(new Date('2026-11-29T23:59:00Z')).toISOString(), '2026-11-23T00:00:00.000Z')
  assert.equal(weekOf(new Date('2026-06-07T22:59:00Z')).toISOString(), '2026-05-31T23:00:00.000Z')
})
