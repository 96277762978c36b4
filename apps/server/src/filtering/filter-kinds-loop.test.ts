import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { changeNow, decided, stopsAfterwards, until } from './filtering-world.ts'
import type { Proposal } from './filter-proposal.ts'

// A gateway process of its own: what is decided is published to it, and proved through it.
const held = stopsAfterwards()
// The gateway’s clock is the machine’s, so the school begins there too.
const school = await testSchool({ time: new Date().toISOString() })
const { app, schoolId } = school
const [dsl, manager, teacher] = [
  await school.person('Dora Safe', 'dsl'),
  await school.person('Ned Work', 'network-manager'),
  await school.person('Tess Teach', 'teacher'),
]
const by = { proposer: manager, approver: dsl }
const common = { reason: 'A reason', owner: 'dsl', reviewOn: '2027-11-27' } as const
const work = () => held.work ?? assert.fail('the filter runs')

before(async () => {
  held.work = await app.filtering.start(school.url)
  await until('the first round', async () =>
    app.read(schoolId, async ({ filtering }) => (await filtering.heartbeats(1))[0]?.result === 'passed'),
  )
})

/** Decided by two people, published, and proved through the real gateway. @returns the proof's rows. */
async function proved(proposal: Proposal) {
  school.pass(0.01)
  const id = await decided(school, by, proposal)
  const decidedAt = performance.now()
  await until(`the proof of ${proposal.kind}`, async () => (await changeNow(school, id)).testResult === 'passed')
  assert.ok(performance.now() - decidedAt < 60_000, 'applied and proved within a minute')
  const [proof] = await app.read(schoolId, ({ filtering }) => filtering.testsOf(id, 1))
  return proof?.results.map(({ group, host, outcome }) => `${group} ${host} ${outcome}`) ?? []
}
const fromEveryday = { kind: 'window', id: 'clubs', ...common } as const

test('a cell of the technology table is proved from both sides of it', async () => {
  const rows = await proved({
    kind: 'cell',
    technology: 'social-media',
    side: 'staff',
    level: 'allowed',
    window: null,
    people: [],
    ...common,
  })
  assert.ok(rows.includes('staff social.canary.gatehouse.invalid reached'), rows.join('; '))
  assert.ok(rows.includes('juniors social.canary.gatehouse.invalid blocked'))
})

test('rules for some are proved for their group, and for nobody else', async () => {
  const rows = await proved({
    kind: 'adjustment',
    name: 'Games for juniors',
    who: { groups: ['juniors'], classes: [], years: [], people: [] },
    places: null,
    window: null,
    categories: { games: 'allow' },
    unlisted: null,
    ...common,
  })
  assert.ok(rows.includes('juniors games.canary.gatehouse.invalid reached'), rows.join('; '))
  assert.ok(rows.includes('staff games.canary.gatehouse.invalid warned'))
})

test('times that a cell is bound to open and shut it at once', async () => {
  await proved({
    ...fromEveryday,
    window: { name: 'Clubs', days: 'every-day', spans: [{ from: '00:00', to: '00:00' }], isOpenOnOtherDays: true },
  })
  const open = await proved({
    kind: 'cell',
    technology: 'messaging',
    side: 'staff',
    level: 'certain-times',
    window: 'clubs',
    people: [],
    ...common,
  })
  assert.ok(open.includes('staff chat.canary.gatehouse.invalid reached'), open.join('; '))
  const london = (ms: number) =>
    new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Europe/London' }).format(
      new Date(Date.now() + ms),
    )
  // Any two hours that are not now.
  const shut = await proved({
    ...fromEveryday,
    window: {
      name: 'Clubs',
      days: 'every-day',
      spans: [{ from: london(6 * 3_600_000), to: london(8 * 3_600_000) }],
      isOpenOnOtherDays: false,
    },
  })
  assert.ok(shut.includes('staff chat.canary.gatehouse.invalid blocked'), shut.join('; '))
})

test('a service that is added to a row gets what the row says', async () => {
  const rows = await proved({
    kind: 'service',
    id: 'chatterbox',
    service: {
      name: 'Chatterbox',
      technology: 'blogs',
      hosts: ['chatterbox.gatehouse.invalid'],
      minimumAge: 13,
      ageIsForAccountsOnly: false,
    },
    ...common,
  })
  assert.ok(rows.includes('juniors chatterbox.gatehouse.invalid blocked'), rows.join('; '))
})

test('words in a search are proved by a search', async () => {
  const rows = await proved({
    kind: 'search',
    phrase: 'free robux',
    action: 'block',
    category: 'fraud',
    groups: ['juniors'],
    ...common,
  })
  assert.ok(rows.includes('juniors www.google.com blocked'), rows.join('; '))
  assert.ok(rows.includes('staff www.google.com let-through'), rows.join('; '))
})

test('a network and a device reach the gateway in the bundle, and everything else stays as it was', async () => {
  await proved({
    kind: 'place',
    id: 'hall',
    place: { name: 'Hall', subnets: ['10.77.0.0/16'], group: 'guests' },
    ...common,
  })
  await proved({ kind: 'devices', devices: [{ address: '10.77.0.9', personId: teacher.personId }], ...common })
  const found = app.filtering.bundle.read()
  assert.ok(found.ok)
  const [mine] = found.bundle.payload.schools
  assert.deepEqual(mine?.places, [{ id: 'hall', name: 'Hall', subnets: ['10.77.0.0/16'], group: 'guests' }])
  assert.deepEqual(mine?.devices, [{ address: '10.77.0.9', personId: teacher.personId }])
})

test('putting the filter back is published and proved like any other change', async () => {
  const { filterChanges } = app.services
  const rounds = await app.read(schoolId, ({ filtering }) => filtering.changes({ limit: 50 }))
  const first = rounds.at(-1)?.inForceAt ?? assert.fail('there were changes')
  const id = await filterChanges.restore(manager, new Date(first.getTime() - 1_000), 'As it began')
  await filterChanges.decide(dsl, id, 'approved', 'Yes', (await changeNow(school, id)).digest)
  await until('the proof of going back', async () => (await changeNow(school, id)).testResult === 'passed')
  await work().drift()
  assert.deepEqual(await app.read(schoolId, ({ filtering }) => filtering.openDrift()), [])
  const bundle = app.filtering.bundle.read()
  assert.ok(bundle.ok && bundle.bundle.payload.schools[0]?.places.length === 0)
})
