import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileLists } from '@gatehouse/engine'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { changeNow } from './filtering-world.ts'
import { createListsRelease } from './lists-release.ts'
import { shippedEntries, shippedSources } from './lists-folder.ts'

const school = await testSchool()
const { app, schoolId } = school
const service = app.services.filterChanges
const [dsl, manager, teacher] = [
  await school.person('Dora Safe', 'dsl'),
  await school.person('Ned Work', 'network-manager'),
  await school.person('Tess Teach', 'teacher'),
]
app.filtering.lists.ensure(school.now())
await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  await people.addGroup('class-oak', 'class', 'Oak (Year 5)')
  return changed(undefined, { type: 'group.added', subject: 'group:class-oak' })
})
const username = (await app.read(schoolId, ({ people }) => people.accountsOf(teacher.personId)))[0]?.username ?? ''
let browser = await school.browser(manager)
let approver = await school.browser(dsl)
const tended = { reason: 'A reason', owner: 'network-manager', reviewOn: ['27', '3', '2027'] }
const filter = () => app.read(schoolId, ({ filtering }) => filtering.filter())
const digestOf = (html: string): string => /name="digest" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? ''

/** Fills in a form, looks at what it would do, sends it, and has it approved. @returns the title of the change. */
async function through(path: string, fields: Readonly<Record<string, string | readonly string[]>>): Promise<string> {
  assert.equal((await browser.get(path)).status, 200, path)
  const drafted = await browser.post(path, { ...tended, ...fields })
  assert.ok(drafted.location, `${path}: ${drafted.errors.join('; ')}`)
  const draft = await browser.get(drafted.location)
  assert.equal(draft.status, 200)
  assert.match(draft.text, /Not sent yet/)
  const sent = await browser.post(`${drafted.location}/send`, { digest: digestOf(draft.html) })
  assert.ok(sent.location, sent.text)
  const page = await approver.get(sent.location)
  const decided = await approver.post(`${sent.location}/decide`, {
    verdict: 'approved',
    reason: 'Agreed',
    digest: digestOf(page.html),
  })
  assert.equal(decided.location, sent.location, decided.text)
  return page.h1
}

test('each kind of change goes from its form through a look at what it would do to another person’s approval', async () => {
  assert.equal(
    await through('/internet/technology/blogs/staff', { level: 'allowed', window: 'staff-free-time', people: '' }),
    'Blogs, staff: allowed',
  )
  assert.equal(
    await through('/internet/technology/social-media/staff', { level: 'selected-people', people: username }),
    'Social media, staff: for selected people',
  )
  assert.equal(
    await through('/internet/changes/adjustment', {
      name: 'Games club',
      classId: 'class-oak',
      people: '',
      window: 'staff-free-time',
      categories: ['games', 'unlisted'],
      action: 'allow',
    }),
    'Games club: other rules for class oak',
  )
  assert.equal(
    await through('/internet/times/new', {
      name: 'After-school club',
      days: 'weekdays',
      weekdays: ['2', '4'],
      spans: '15:30 to 16:30\nLunch',
    }),
    'Set the times “After-school club”',
  )
  assert.equal(
    await through('/internet/times/bells', {
      bells: 'Lesson 1 09:00 to 10:00\nLunch 12:15 to 13:15\nBefore school 00:00 to 08:40\nAfter school 15:20 to 00:00',
    }),
    'Set the school’s bells: 4 periods a day',
  )
  assert.equal(
    await through('/internet/services/new', {
      name: 'Chatterbox',
      technology: 'messaging',
      hosts: 'chatterbox.example\nhttps://cdn.chatterbox.example/x',
      minimumAge: '13',
    }),
    'Add the sites of Chatterbox',
  )
  assert.equal(
    await through('/internet/networks/new', {
      name: 'Guest Wi-Fi',
      subnets: '10.9.0.0/16\nfd00:9::/32',
      group: 'guests',
    }),
    'Add the network “Guest Wi-Fi”',
  )
  assert.equal(
    await through('/internet/networks/devices', { devices: `10.1.2.3 ${username}\nA4:83:E7:01:02:03 ${username}` }),
    'Say whose 2 devices have which address',
  )
  assert.equal(
    await through('/internet/changes/search', {
      phrase: 'free robux',
      action: 'block',
      category: 'fraud',
      groups: ['juniors', 'secondary'],
    }),
    'Block searches for “free robux” for Juniors and Secondary years',
  )
  assert.equal(
    await through('/internet/changes/agreement', { groups: ['staff'], sourcesNeeded: '1' }),
    'Ask for 1 source to agree on a site for Staff',
  )
  assert.equal(
    await through('/internet/changes/new', {
      site: 'player.example',
      action: 'allow',
      groups: ['juniors'],
      embeddedIn: 'lessons.example, more.example',
    }),
    'Open player.example for Juniors where lessons.example and more.example shows it',
  )
  const { rules, places, devices } = await filter()
  assert.equal(rules.adjustments?.[0]?.window, 'staff-free-time')
  assert.deepEqual(rules.adjustments?.[0]?.who.classes, ['class-oak'])
  assert.deepEqual(rules.times?.windows.at(-1)?.spans, [{ from: '15:30', to: '16:30' }, { bell: 'lunch' }])
  assert.equal(rules.times?.bells.find(({ id }) => id === 'lunch')?.from, '12:15')
  assert.deepEqual(places[0]?.subnets, ['10.9.0.0/16', 'fd00:9::/32'])
  assert.deepEqual(
    devices.map(({ address }) => address),
    ['10.1.2.3', 'a4:83:e7:01:02:03'],
  )
  for (const path of ['/internet/technology', '/internet/groups', '/internet/times', '/internet/networks'])
    assert.equal((await browser.get(path)).status, 200, path)
  assert.match((await browser.get('/internet/technology')).text, /Chatterbox \(13\+\)/)
})

test('what cannot be read is told beside its box, with the line that is wrong', async () => {
  const wrong = async (path: string, fields: Readonly<Record<string, string | readonly string[]>>) => {
    const answer = await browser.post(path, { ...tended, ...fields })
    assert.equal(answer.status, 400, path)
    return answer.errors
  }
  assert.deepEqual(await wrong('/internet/times/new', { name: 'X', days: 'school-days', spans: '25:00 to 26:00' }), [
    '“25:00 to 26:00” must be two real times, such as 16:00 to 18:00',
  ])
  assert.deepEqual(await wrong('/internet/times/new', { name: 'X', days: 'school-days', spans: 'Elevenses' }), [
    '“Elevenses” is neither a bell of this school nor two times',
  ])
  assert.deepEqual(await wrong('/internet/networks/new', { name: 'All', subnets: '0.0.0.0/0' }), [
    'A range that holds every address is not one network',
  ])
  assert.deepEqual(await wrong('/internet/networks/devices', { devices: '10.1.2.3 no.such.person' }), [
    'Nobody here has the username “no.such.person”',
  ])
  assert.deepEqual(await wrong('/internet/technology/blogs/pupils', { level: 'certain-times' }), [
    'Choose the times at which it is allowed.',
  ])
  assert.deepEqual(await wrong('/internet/changes/adjustment', { name: 'X', categories: ['games'], action: 'allow' }), [
    'Say for whom: a group, a class, a year or people',
  ])
  assert.deepEqual(await wrong('/internet/services/new', { name: 'X', hosts: 'com', minimumAge: '13' }), [
    '“com” is not a whole site, such as example.com',
  ])
  assert.equal((await browser.get('/internet/technology/telegraphs/staff')).status, 404)
  assert.equal((await browser.get('/internet/networks/nowhere/change')).status, 404)
})

test('putting the filter back is proposed on a page that shows which decisions it touches', async () => {
  school.pass(24)
  browser = await school.browser(manager)
  approver = await school.browser(dsl)
  const early = await browser.post('/internet/changes/back', { at: ['1', '1', '2031', '10:00'], reason: 'x' })
  assert.deepEqual(early.errors, ['Enter a time that has passed'])
  const drafted = await browser.post('/internet/changes/back', {
    at: ['24', '11', '2026', '10:00'],
    reason: 'Start again',
  })
  const draft = await browser.get(drafted.location ?? '')
  assert.match(draft.text, /Games club: other rules for class oak is taken off/)
  assert.match(draft.text, /This opens something/)
  const sent = await browser.post(`${drafted.location}/send`, { digest: digestOf(draft.html) })
  assert.match((await approver.get(sent.location ?? '')).text, /Which decisions it touches/)
})

test('a change is kept until another day with one button, and its day is filled in', async () => {
  const id = await service.propose(manager, {
    kind: 'host',
    site: 'keep.example',
    action: 'block',
    groups: ['juniors'],
    reason: 'x',
    owner: 'network-manager',
    reviewOn: '2027-03-27',
  })
  await service.decide(dsl, id, 'approved', 'Yes', (await changeNow(school, id)).digest)
  const page = await browser.get(`/internet/changes/${id}`)
  assert.match(page.text, /Keep it/)
  assert.match(page.html, /name="reviewOn"[^>]*value="25"/)
  const kept = await browser.post(`/internet/changes/${id}/keep`, { reviewOn: ['1', '6', '2027'] })
  assert.equal(kept.location, `/internet/changes/${id}`)
  const due = (await app.read(schoolId, ({ deadlines }) => deadlines.about(`filter-change:${id}`))).filter(
    ({ state }) => state === 'open',
  )
  assert.equal(due[0]?.dueAt?.toISOString().slice(0, 10), '2027-06-01')
  const wrong = await browser.post(`/internet/changes/${id}/keep`, { reviewOn: ['31', '2', '2027'] })
  assert.equal(wrong.status, 400)
})

test('where a school asks for two people, new lists wait, show what differs, and take effect when two have agreed', async () => {
  const { lists } = app.filtering
  const release = createListsRelease({
    lists,
    read: app.read,
    change: app.change,
    schools: app.schools,
    clock: school.now,
    log: () => undefined,
  })
  await release()
  assert.equal(lists.isHeld(), false)
  await through('/internet/lists/rule', { needsTwo: 'yes' })
  await release()
  assert.equal(lists.isHeld(), true)
  const before = app.filtering.lists.active()
  const more = compileLists(
    [...shippedEntries(), { domain: 'new-gambling.example', category: 'gambling', source: 'starter' }],
    shippedSources,
  )
  const kept = lists.keep(more, school.now())
  await release()
  assert.equal(app.filtering.lists.active()?.sha256, before?.sha256)
  const page = await browser.get('/internet/lists')
  assert.match(page.text, /New lists wait/)
  assert.match(page.text, /Gambling Source starter/)
  // What they would have done is worked out with the new lists themselves.
  await app.change(systemActor(schoolId, 'test'), async ({ activity }) => {
    await activity.add([
      {
        at: new Date(school.now().getTime() - 3_600_000),
        id: '01a20d0d-38a0-7505-acec-ecbffac84699',
        personId: null,
        groups: ['juniors'],
        kind: 'page',
        method: 'GET',
        host: 'new-gambling.example',
        path: '/',
        category: 'none',
        verdict: 'allow',
        rule: 'group:juniors:unlisted',
        continued: false,
        term: null,
        referrerHost: null,
        place: null,
        device: null,
        source: 'gateway',
      },
    ])
    return changed(undefined, { type: 'activity.added', subject: 'activity:test' })
  })
  const drafted = await browser.post('/internet/lists/activate', tended)
  assert.match((await browser.get(drafted.location ?? '')).text, /newly blocked 1 request/)
  assert.match(await through('/internet/lists/activate', {}), /^Take new lists of/)
  await release()
  assert.equal(app.filtering.lists.active()?.sha256, kept.sha256)
  assert.equal(lists.waiting(), null)
})
