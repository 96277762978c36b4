import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { sendLog } from '../testing/gateway-log.ts'
import { readingGrade } from '../testing/reading-grade.ts'
import { testSchool } from '../testing/test-school.ts'
import { monitored, withGroup } from './flag-world.ts'
import { noticeWords } from './use-notice.ts'
import { useNoticeControls } from './use-notice-controls.ts'

const school = await testSchool()
const { app, schoolId } = school
const teacher = await school.person('Tess Teach', 'teacher')
const other = await school.person('Owen Other', 'teacher')
const lead = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const parent = await school.person('Petra Parent', 'parent')
const pia = await school.person('Pia Small', 'pupil')
const tom = await school.person('Tom Small', 'pupil')
await withGroup(school, 'juniors', [pia, tom])
await withGroup(school, 'staff', [teacher, other])
await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  await people.addGroup('class-4b', 'class', 'Class 4B')
  await people.addMember('class-4b', teacher.personId, 'teacher')
  for (const { personId } of [pia, tom]) await people.addMember('class-4b', personId)
  return changed(undefined, { type: 'membership.added', subject: 'group:class-4b' })
})
const asks = ({ personId }: PersonActor): Promise<void> => sendLog(school, [{ personId }])
const state = () => school.stateOf(useNoticeControls, 'monitoring.told-first')

test('control monitoring.told-first: met when everybody who used the internet had read it, or was told by their teacher, before', async () => {
  assert.equal((await state()).status, 'not-started')
  const answer = await (await school.browser(teacher)).post('/what-we-see', { next: '/internet' })
  assert.equal(answer.location, '/internet')
  school.pass(1)
  await asks(teacher)
  const read = await state()
  assert.equal(read.status, 'met', read.why)
  assert.equal(read.evidence, 'measured', 'everybody read it themselves')
  assert.equal((await (await school.browser(teacher)).post('/what-we-see/told', { class: 'class-4b' })).status, 303)
  school.pass(1)
  await asks(pia)
  await asks(tom)
  const told = await state()
  assert.equal(told.status, 'met', told.why)
  assert.equal(told.evidence, 'attested')
})
test('control monitoring.told-first: leaves met when somebody is seen who was not told first, and when the telling runs out', async () => {
  school.pass(1)
  await asks(other)
  const untold = await state()
  assert.equal(untold.status, 'failing')
  assert.match(untold.why, /1 of 4 people/)
  school.pass(1)
  await (await school.browser(other)).post('/what-we-see', {})
  await asks(other)
  assert.equal((await state()).status, 'failing', 'told after the first use of this week is told too late')
  school.pass(8 * 24)
  for (const who of [other, teacher, pia]) await asks(who)
  assert.equal((await state()).status, 'met')
  school.setTime('2027-11-20T10:00:00Z')
  await asks(pia)
  assert.equal((await state()).status, 'due')
  school.setTime('2027-12-20T10:00:00Z')
  await asks(pia)
  assert.equal((await state()).status, 'failing')
  school.setTime('2026-12-04T10:00:00Z')
})

test('the notice is in words for a child of nine', () => {
  for (const monitored of [[], ['Juniors']]) {
    const words = noticeWords({ months: 12, monitored })
    for (const each of words) assert.ok(readingGrade(each) < 7, each)
    assert.ok(readingGrade(words.join(' ')) < 4.5, String(readingGrade(words.join(' '))))
  }
})
test('the notice says for how long the log is kept, and of which groups words are looked at, to everybody', async () => {
  const nobody = await (await school.browser()).get('/what-we-see')
  assert.equal(nobody.status, 200)
  assert.match(nobody.text, /12 months/)
  assert.doesNotMatch(nobody.text, /I have read this/)
  await monitored(school, ['juniors'], { lead, dpo, head })
  assert.match((await (await school.browser(pia)).get('/what-we-see')).text, /In some groups \(juniors\)/)
})
test('a teacher tells an own class, nobody else’s, and a pupil tells none', async () => {
  assert.equal((await (await school.browser(other)).post('/what-we-see/told', { class: 'class-4b' })).status, 404)
  assert.equal((await (await school.browser(pia)).post('/what-we-see/told', { class: 'class-4b' })).status, 403)
  assert.match((await (await school.browser(lead)).get('/what-we-see/told')).text, /juniors/)
  assert.doesNotMatch((await (await school.browser(teacher)).get('/what-we-see/told')).text, /Pia|Tom/)
})
test('whoever signs in and has not read it comes to it first, and then goes where they wanted to', async () => {
  const secret = 'marble tuba lantern'
  const fresh = await school.person('Fred New', 'teacher')
  await withGroup(school, 'staff', [fresh])
  const [username] = await app
    .read(schoolId, ({ people }) => people.accountsOf(fresh.personId))
    .then(accounts => accounts.map(each => each.username))
  await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    const [account] = await people.accountsOf(fresh.personId)
    await people.setPassword(account?.id ?? '', await app.hasher.hash(secret))
    return changed(undefined, { type: 'password.changed' })
  })
  const signIn = async () =>
    (await school.browser()).post('/sign-in', { username: username ?? '', password: secret, next: '/duties' })
  assert.equal((await signIn()).location, '/what-we-see?next=%2Fduties')
  assert.match((await (await school.browser(fresh)).get('/')).text, /Read what the school sees/)
  await (await school.browser(fresh)).post('/what-we-see', { next: '/duties' })
  assert.equal((await signIn()).location, '/duties')
  assert.doesNotMatch((await (await school.browser(fresh)).get('/')).text, /Read what the school sees/)
  assert.doesNotMatch((await (await school.browser(parent)).get('/')).text, /Read what the school sees/)
  assert.equal((await (await school.browser(fresh)).post('/what-we-see', { next: '//evil.example' })).location, '/')
})
test('who was told at one school was not told at another', async () => {
  await school.addSchool('elm-park')
  assert.equal(await app.read('elm-park', ({ useNotices }) => useNotices.latest()), null)
  assert.deepEqual(await app.read('elm-park', ({ useNotices }) => useNotices.observed(new Date(0))), [])
})
