import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { decide } from '@gatehouse/engine'
import { testSchool } from '../testing/test-school.ts'
import { changeNow, decided } from './filtering-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const service = app.services.filterChanges
const [dsl, head, chair, manager, teacher] = [
  await school.person('Dora Safe', 'dsl'),
  await school.person('Hetty Head', 'headteacher'),
  await school.person('Cal Board', 'chair'),
  await school.person('Ned Work', 'network-manager'),
  await school.person('Tess Teach', 'teacher'),
]
const by = { proposer: manager, approver: dsl }
const common = { reason: 'A reason', owner: 'dsl', reviewOn: '2027-03-27' } as const
const filter = () => app.read(schoolId, ({ filtering }) => filtering.filter())
const asSql = async (text: string, values: readonly unknown[]): Promise<void> => {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query(text, [...values])
  await client.end()
}
const lesson = new Date('2026-11-24T10:15:00Z')
const lunch = new Date('2026-11-24T12:30:00Z')
const verdict = async (host: string, at: Date, group = 'staff', personId?: string) => {
  const lists = app.filtering.lists.open().lists
  return decide((await filter()).rules, lists, {
    url: `http://${host}/`,
    groups: [group],
    at,
    kind: 'page',
    ...(personId === undefined ? {} : { personId }),
  }).verdict
}
app.filtering.lists.ensure(school.now())

test('the headteacher’s technology table is the rules: a cell that two people change decides what staff get', async () => {
  assert.deepEqual(
    [await verdict('web.whatsapp.com', lesson), await verdict('web.whatsapp.com', lunch)],
    ['block', 'allow'],
  )
  const cell = { kind: 'cell', technology: 'messaging', side: 'staff', window: null } as const
  await decided(school, by, { ...cell, level: 'selected-people', people: [teacher.personId], ...common })
  assert.equal(await verdict('web.whatsapp.com', lesson), 'block')
  assert.equal(await verdict('web.whatsapp.com', lesson, 'staff', teacher.personId), 'allow')
  await assert.rejects(
    service.propose(manager, { ...cell, level: 'certain-times', people: [], ...common }),
    /Choose the times/,
  )
})

test('times are taken off only when nothing is bound to them any more, and move with the bells', async () => {
  const window = { kind: 'window', id: 'staff-free-time', window: null, ...common } as const
  await assert.rejects(service.propose(manager, window), /needs the times “staff-free-time”/)
  const bells = (await filter()).rules.times?.bells ?? []
  await decided(school, by, {
    kind: 'bells',
    bells: bells.map(bell => (bell.id === 'lunch' ? { ...bell, from: '10:00', to: '10:45' } : bell)),
    ...common,
  })
  assert.deepEqual([await verdict('gmail.com', lesson), await verdict('gmail.com', lunch)], ['allow', 'block'])
})

test('networks and devices go the same way, and one that leads nowhere is refused', async () => {
  await decided(school, by, {
    kind: 'place',
    id: 'guest-wifi',
    place: { name: 'Guest Wi-Fi', subnets: ['10.9.0.0/16'], group: 'guests' },
    ...common,
  })
  await decided(school, by, {
    kind: 'devices',
    devices: [{ address: '10.1.2.3', personId: teacher.personId }],
    ...common,
  })
  const { places, devices } = await filter()
  assert.deepEqual(
    places.map(({ id, group }) => [id, group]),
    [['guest-wifi', 'guests']],
  )
  assert.deepEqual(devices, [{ address: '10.1.2.3', personId: teacher.personId }])
  await assert.rejects(
    service.propose(manager, {
      kind: 'adjustment',
      name: 'Hall club',
      who: { groups: ['juniors'], classes: [], years: [], people: [] },
      places: ['hall'],
      window: null,
      categories: { games: 'allow' },
      unlisted: null,
      ...common,
    }),
    /the place “hall”/,
  )
})

test('a part of a page is opened where that page shows it, and nowhere else', async () => {
  await decided(school, by, {
    kind: 'host',
    site: 'youtube-nocookie.com',
    action: 'allow',
    groups: ['secondary'],
    embeddedIn: ['lessons.example'],
    ...common,
  })
  const lists = app.filtering.lists.open().lists
  const { rules } = await filter()
  const asked = {
    url: 'https://www.youtube-nocookie.com/embed/x',
    groups: ['secondary'],
    at: lesson,
    kind: 'page',
  } as const
  const with13 = { ...asked, turns13On: '2020-01-01' }
  assert.match(decide(rules, lists, { ...with13, referrer: 'https://lessons.example/rivers' }).rule, /^host:/)
  assert.doesNotMatch(decide(rules, lists, { ...with13, referrer: 'https://other.example/' }).rule, /^host:/)
})

test('a place where anybody can put a site is not opened as a whole, and may be blocked as a whole', async () => {
  const asked = { kind: 'host', site: 'github.io', groups: ['juniors'], ...common } as const
  await assert.rejects(
    service.propose(manager, { ...asked, action: 'allow' }),
    /Anybody can put a site beneath github\.io/,
  )
  assert.ok(await service.propose(manager, { ...asked, action: 'block' }))
})

test('a proposal that is laid aside is its author’s alone, is sent once, and just as it was seen', async () => {
  const draft = await service.draft(manager, {
    kind: 'search',
    phrase: 'Red Card',
    action: 'block',
    category: 'violence',
    groups: ['juniors'],
    ...common,
  })
  const seen = await app.read(schoolId, ({ filtering }) => filtering.draft(draft, manager.personId))
  await assert.rejects(
    app.read(schoolId, ({ filtering }) => filtering.draft(draft, dsl.personId)),
    /no such proposal of yours/,
  )
  await assert.rejects(service.send(manager, draft, 'another digest'), /not what is stored/)
  const store = (payload: string) => asSql('update filter_draft set payload = $1 where id = $2', [payload, draft])
  for (const altered of [seen.payload.replace('block', 'allow'), 'no JSON']) {
    await store(altered)
    await assert.rejects(service.send(manager, draft, seen.digest), /not what is stored/)
  }
  await store(seen.payload)
  const id = await service.send(manager, draft, seen.digest)
  await assert.rejects(service.send(manager, draft, seen.digest), /sent this already/)
  assert.equal((await changeNow(school, id)).digest, seen.digest)
  await assert.rejects(service.decide(manager, id, 'approved', 'Me', seen.digest), /must decide|somebody else/)
  await service.decide(dsl, id, 'approved', 'Yes', seen.digest)
  assert.deepEqual(
    (await filter()).rules.searchRules?.map(({ phrase, action }) => [phrase, action]),
    [['red card', 'block']],
  )
})

test('what was laid aside is forgotten after 30 days, whether or not it was sent', async () => {
  const draft = await service.draft(manager, {
    kind: 'host',
    site: 'never-sent.example',
    action: 'block',
    groups: ['juniors'],
    ...common,
  })
  const kept = () => app.read(schoolId, ({ filtering }) => filtering.draft(draft, manager.personId))
  await app.services.filterChanges.forgetDrafts(schoolId, new Date(school.now().getTime() + 29 * 86_400_000))
  assert.equal((await kept()).id, draft)
  await app.services.filterChanges.forgetDrafts(schoolId, new Date(school.now().getTime() + 31 * 86_400_000))
  await assert.rejects(kept(), /no such proposal of yours/)
})

test('two people put the filter back exactly as it was at any past moment, and forward again', async () => {
  const at0 = school.now()
  const before = await filter()
  school.pass(1)
  const site = { kind: 'host', action: 'block', groups: ['juniors'], ...common } as const
  const one = await decided(school, by, { ...site, site: 'one.example' })
  school.pass(1)
  const at1 = school.now()
  const between = await filter()
  school.pass(1)
  const two = await decided(school, by, { ...site, site: 'two.example' })
  const back = await service.rollBack(manager, one, 'No longer needed')
  await service.decide(dsl, back, 'approved', 'Yes', (await changeNow(school, back)).digest)
  school.pass(1)
  const late = await filter()

  // To a moment between: `two` goes, `one` comes back.
  const restore = await service.restore(manager, at1, 'It was better then')
  const { content } = await changeNow(school, restore)
  assert.ok(content?.kind === 'restore')
  assert.deepEqual([content.end, content.reinstate], [[two], [one]])
  await assert.rejects(
    service.decide(manager, restore, 'approved', 'Me', (await changeNow(school, restore)).digest),
    /must decide it/,
  )
  await service.decide(dsl, restore, 'approved', 'Yes', (await changeNow(school, restore)).digest)
  const plain = ({ rules, ...rest }: typeof before) => ({ rules: { ...rules, version: 0 }, ...rest })
  assert.deepEqual(plain(await filter()), plain(between))
  assert.equal((await changeNow(school, two)).state, 'ended')

  school.pass(1)
  const first = await service.restore(head, at0, 'Right back')
  await service.decide(dsl, first, 'approved', 'Yes', (await changeNow(school, first)).digest)
  assert.deepEqual(plain(await filter()), plain(before))
  school.pass(1)
  // And forward to what it was before it was first put back.
  const forward = await service.restore(head, new Date(at1.getTime() + 1.5 * 3_600_000), 'After all')
  await service.decide(dsl, forward, 'approved', 'Yes', (await changeNow(school, forward)).digest)
  assert.deepEqual(plain(await filter()), plain(late))
  await assert.rejects(service.restore(manager, school.now(), 'Nothing'), /as it was then already/)
  assert.deepEqual(await app.read(schoolId, ({ filtering }) => filtering.unfounded()), [])
  assert.deepEqual(await app.read(schoolId, ({ filtering }) => filtering.missing()), [])
})

test('putting back is decided for the filter that was seen: when it moves meanwhile, it must be proposed again', async () => {
  const at = school.now()
  school.pass(1)
  const site = { kind: 'host', action: 'block', groups: ['juniors'], ...common } as const
  await decided(school, by, { ...site, site: 'three.example' })
  school.pass(1)
  const restore = await service.restore(manager, at, 'Back')
  await decided(school, by, { ...site, site: 'four.example' })
  await assert.rejects(
    service.decide(dsl, restore, 'approved', 'Yes', (await changeNow(school, restore)).digest),
    /would not be as it was/,
  )
})

test('a change that is switched off, or on again, in the database alone is named as drift and changes no rule by itself', async () => {
  const id = await decided(school, by, {
    kind: 'host',
    site: 'five.example',
    action: 'block',
    groups: ['juniors'],
    ...common,
  })
  await asSql("update filter_change set state = 'ended', ended_at = now() where id = $1", [id])
  assert.deepEqual(
    (await app.read(schoolId, ({ filtering }) => filtering.missing())).map(change => change.id),
    [id],
  )
  await asSql("update filter_change set state = 'in-force', ended_at = null where id = $1", [id])
  assert.deepEqual(await app.read(schoolId, ({ filtering }) => filtering.missing()), [])
  // Taken back by two people, and set in force again by one with the database: it stays off, and is named.
  const back = await service.rollBack(manager, id, 'Enough')
  await service.decide(dsl, back, 'approved', 'Yes', (await changeNow(school, back)).digest)
  await asSql("update filter_change set state = 'in-force', ended_at = null, ended_by = null where id = $1", [id])
  assert.ok(!(await filter()).rules.hostRules.some(rule => rule.id === id))
  assert.deepEqual(
    (await app.read(schoolId, ({ filtering }) => filtering.unfounded())).map(change => change.id),
    [id],
  )
  await asSql("update filter_change set state = 'ended', ended_at = now() where id = $1", [id])
})

test('a block at once that nobody approves stays blocked, and goes up to the headteacher and then the chair', async () => {
  const id = await service.blockAtOnce(manager, {
    site: 'danger.example',
    groups: ['juniors', 'staff'],
    ...common,
  })
  const heard = async (personId: string) =>
    (await app.read(schoolId, ({ messages }) => messages.of(personId))).filter(
      ({ link }) => link === `/internet/changes/${id}`,
    ).length
  const watch = async () => {
    for (const job of app.jobs) if (job.name === 'duties.deadlines') await job.run(schoolId)
  }
  const [beforeHead, beforeChair] = [await heard(head.personId), await heard(chair.personId)]
  const [due] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`filter-change:${id}`))
  const at = due?.dueAt ?? assert.fail('there is a deadline')
  school.setTime(new Date(at.getTime() + 60_000))
  await watch()
  school.setTime(new Date(at.getTime() + 25 * 3_600_000))
  await watch()
  assert.ok((await heard(head.personId)) > beforeHead, 'the headteacher hears of it')
  school.setTime(new Date(at.getTime() + 50 * 3_600_000))
  await watch()
  assert.ok((await heard(chair.personId)) > beforeChair, 'the chair hears of it')
  assert.equal((await changeNow(school, id)).state, 'in-force')
  assert.equal(await verdict('danger.example', lesson), 'block')
  // Approved late, and the clock stops.
  await service.decide(dsl, id, 'approved', 'Late, and right', (await changeNow(school, id)).digest)
  const [met] = (await app.read(schoolId, ({ deadlines }) => deadlines.about(`filter-change:${id}`))).filter(
    ({ kind }) => kind === 'change.emergency-approval',
  )
  assert.equal(met?.state, 'late')
})
