import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { sendLog } from '../testing/gateway-log.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const dsl = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hana Whitfield', 'headteacher')
const dpo = await school.person('Dev Patel', 'dpo')
const teacher = await school.person('Tess Okoro', 'teacher')
const other = await school.person('Olga Other', 'teacher')
const pupils = await Promise.all(['Pia', 'Tom', 'Una', 'Vic'].map(name => school.person(`${name} Small`, 'pupil')))
const stranger = await school.person('Sam Strange', 'pupil')
await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  await people.addGroup('class-4b', 'class', 'Class 4B')
  await people.addGroup('class-tiny', 'class', 'Tiny class')
  await people.addMember('class-4b', teacher.personId, 'teacher')
  await people.addMember('class-tiny', teacher.personId, 'teacher')
  for (const { personId } of pupils) await people.addMember('class-4b', personId)
  await people.addMember('class-tiny', stranger.personId)
  return changed(undefined, { type: 'people.grouped' })
})
const send = (at: string, lines: readonly Readonly<Record<string, unknown>>[]) =>
  sendLog(
    school,
    lines.map(line => ({ at, personId: pupils[0]?.personId, host: 'known.example', ...line })),
  )
await send('2026-11-20T10:00:00Z', [{}])
await send('2026-11-23T10:00:00Z', [
  ...pupils.map(({ personId }) => ({ personId })),
  { host: 'fresh.example', personId: pupils[1]?.personId },
  { host: 'games.example', category: 'games', verdict: 'block', rule: 'group:juniors:games' },
  { host: 'stranger.example', personId: stranger.personId },
])

test('whoever reviews a day sees what was stopped and what is new, names nobody, and says that they did', async () => {
  for (const counted of [false, true]) {
    if (counted) assert.equal(await app.services.activityArchive.count(schoolId), 0)
    else await app.services.activityArchive.count(schoolId)
    const page = await (await school.browser(dsl)).get('/activity/review')
    assert.equal(page.status, 200, school.logged.at(-1))
    assert.match(page.text, /games\.example/)
    assert.match(page.text, /fresh\.example/)
    assert.doesNotMatch(page.text, /Pia|Tom|Sam Strange/)
  }
  const browser = await school.browser(dsl)
  assert.match((await browser.get('/activity/review?day=2026-11-23')).text, /Nobody has said yet/)
  await browser.post('/activity/review', { day: '2026-11-23' })
  assert.doesNotMatch((await browser.get('/activity/review?day=2026-11-23')).text, /Nobody has said yet/)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['activity.reviewed'], 'activity:2026-11-23'))
  assert.deepEqual([entry?.detail.allow, entry?.detail.block], [6, 1])
  assert.equal((await browser.post('/activity/review', { day: '2027-01-01' })).status, 400, 'no day of the future')
})

test('today, not yet counted, is shown from its lines', async () => {
  await send('2026-11-24T10:00:00Z', [
    { host: 'brand-new.example' },
    { host: 'blocked-today.example', verdict: 'block', category: 'games', rule: 'group:juniors:games' },
  ])
  const page = await (await school.browser(dsl)).get('/activity/review?day=2026-11-24')
  assert.match(page.text, /brand-new\.example/)
  assert.match(page.text, /blocked-today\.example/)
})

test('a teacher sees the sites of an own class in figures, of no other class, and never of so few that it names a child', async () => {
  const own = await (await school.browser(teacher)).get('/activity/classes/class-4b?day=2026-11-23')
  assert.equal(own.status, 200, school.logged.at(-1))
  assert.match(own.text, /known\.example/)
  assert.match(own.text, /games\.example/)
  assert.doesNotMatch(own.text, /Pia|Tom Small|stranger\.example/)
  assert.equal((await (await school.browser(other)).get('/activity/classes/class-4b')).status, 404)
  const tiny = await (await school.browser(teacher)).get('/activity/classes/class-tiny?day=2026-11-23')
  assert.doesNotMatch(tiny.text, /stranger\.example/)
  assert.equal((await (await school.browser(teacher)).get('/activity/review')).status, 403)
})

test('the figures of a longer time are there by day, category and site', async () => {
  const browser = await school.browser(dsl)
  const page = await browser.get('/activity/sites?from=2026-11-01&to=2026-11-23')
  assert.match(page.text, /8 requests, 1 of them stopped/)
  assert.match(
    (await browser.get('/activity/sites?from=2026-11-01&to=2026-11-23&host=games.example')).text,
    /games\.example/,
  )
  assert.equal((await browser.get('/activity/sites?from=nonsense&to=2026-99-99')).status, 200)
})

test('how long the log is kept is proposed by one and decided by another, and a hold is listed with its end', async () => {
  const headBrowser = await school.browser(head)
  const wrong = await headBrowser.post('/activity/kept/months', { months: '900', why: 'For ever' })
  assert.deepEqual(wrong.errors, ['Months must be a number from 1 to 84'])
  await headBrowser.post('/activity/kept/months', { months: '6', why: 'Half a year is enough' })
  assert.match((await headBrowser.get('/activity/kept')).text, /You proposed this/)
  const dpoBrowser = await school.browser(dpo)
  const page = await dpoBrowser.get('/activity/kept')
  const value = (name: string) => new RegExp(`name="${name}"[^>]*value="([^"]+)"`).exec(page.html)?.[1] ?? ''
  await dpoBrowser.post('/activity/kept/decide', {
    request: value('request'),
    digest: value('digest'),
    verdict: 'approved',
    reason: 'Agreed',
  })
  assert.match((await dpoBrowser.get('/activity/kept')).text, /6 months/)
  await dpoBrowser.post('/activity/kept/hold', {
    username: '',
    from: ['1', '11', '2026'],
    to: ['23', '11', '2026'],
    until: ['1', '2', '2027'],
    note: 'A claim against the school',
  })
  assert.match((await dpoBrowser.get('/activity/kept')).text, /A claim against the school/)
})
