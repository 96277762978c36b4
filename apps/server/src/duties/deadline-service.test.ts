import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { startWorker } from '../worker.ts'
import type { NewDeadline } from './deadline.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Grace Head', 'headteacher')
const chair = await school.person('Carol Chair', 'chair')
const dsl = await school.person('Dora Lead', 'dsl')
const deputy = await school.person('Dev Stand', 'deputy-dsl')

const start = (subject: string, more: Partial<NewDeadline> = {}) =>
  app.change(systemActor(schoolId, 'test'), async ({ deadlines }) => {
    const deadline = await deadlines.start({
      kind: 'report.acknowledge',
      subject,
      title: 'Acknowledge a report',
      link: `/reports/${subject}`,
      ownerRole: 'dsl',
      rule: { basis: 'clock-hours', hours: 24 },
      ...more,
    })
    return changed(deadline, { type: 'test.started', subject })
  })
const told = async (subject: string) => {
  const list = await app.read(schoolId, ({ messages }) => messages.about(`/reports/${subject}`))
  const who = new Map([head, chair, dsl, deputy].map(({ personId, name }) => [personId, name.split(' ')[0]]))
  return list.map(({ personId, kind }) => `${kind} ${who.get(personId)}`)
}
const events = async (subject: string) =>
  (await app.read(schoolId, ({ ledger }) => ledger.list({ subject, limit: 50 }))).map(({ type }) => type).reverse()
const notice = () => app.services.deadlines.notice(schoolId)

test('a deadline climbs from the owner to the deputy, the headteacher and the chair, and each step is in the ledger once', async () => {
  const deadline = await start('climb:1')
  school.pass(13)
  await notice()
  await notice()
  assert.deepEqual(await told('climb:1'), ['deadline.reminder Dora'])
  school.pass(9)
  await notice()
  school.pass(3)
  await notice()
  school.pass(7)
  await notice()
  school.pass(7)
  await notice()
  await notice()
  assert.deepEqual(await told('climb:1'), [
    'deadline.reminder Dora',
    'deadline.reminder Dora',
    'deadline.reminder Dev',
    'deadline.missed Dora',
    'deadline.escalated Dev',
    'deadline.escalated Grace',
    'deadline.escalated Carol',
  ])
  assert.deepEqual(await events('climb:1'), [
    'test.started',
    'deadline.reminded',
    'deadline.reminded',
    'deadline.missed',
    'deadline.escalated',
    'deadline.escalated',
    'deadline.escalated',
  ])
  await app.change(systemActor(schoolId, 'test'), async ({ deadlines }) =>
    changed(await deadlines.meet('report.acknowledge', 'climb:1'), { type: 'test.done' }),
  )
  const after = await app.read(schoolId, ({ deadlines }) => deadlines.get(deadline.id))
  assert.equal(after.state, 'late')
  assert.deepEqual(after.missedAt, deadline.dueAt)
})

test('a deadline that passed while the service was stopped is recorded as missed at its true time', async () => {
  const running = await startWorker(app, { ownerUrl: school.database.ownerUrl, log: () => undefined })
  const deadline = await start('asleep:1')
  await running.stop()
  school.pass(24 * 9)
  const again = await startWorker(app, { ownerUrl: school.database.ownerUrl, log: () => undefined })
  try {
    for (let waited = 0; waited < 20_000; waited += 50) {
      if ((await app.read(schoolId, ({ deadlines }) => deadlines.get(deadline.id))).state === 'missed') break
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  } finally {
    await again.stop()
  }
  const after = await app.read(schoolId, ({ deadlines }) => deadlines.get(deadline.id))
  assert.equal(after.state, 'missed')
  assert.deepEqual(after.missedAt, deadline.dueAt)
  assert.deepEqual(after.noticedAt, school.now())
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['deadline.missed'], 'asleep:1'))
  assert.equal(entry?.detail['missedAt'], deadline.dueAt?.toISOString())
  assert.equal(entry?.detail['noticedAt'], school.now().toISOString())
})

test('a clock stepped back neither loses a deadline nor doubles what was done about it', async () => {
  await start('stepped:1')
  school.pass(30)
  await notice()
  const before = await told('stepped:1')
  school.pass(-10)
  await notice()
  school.pass(10)
  await notice()
  assert.deepEqual(await told('stepped:1'), before)
  assert.equal((await events('stepped:1')).filter(type => type === 'deadline.missed').length, 1)
})

test('those whom a deadline is about are never told, passed over on the way up, and never see it listed', async () => {
  await start('about-head:1', { ownerRole: 'headteacher', keptFrom: [head.personId] })
  school.pass(60)
  await notice()
  assert.ok(!(await told('about-head:1')).some(line => line.endsWith('Grace')))
  assert.ok((await told('about-head:1')).includes('deadline.missed Carol'))
  const page = await (await school.browser(head)).get('/deadlines?state=late&whose=all')
  assert.equal(page.status, 200)
  assert.ok(!page.html.includes('/reports/about-head:1'))
  assert.ok(
    (await (await school.browser(chair)).get('/deadlines?state=late&whose=all')).html.includes('/reports/about-head:1'),
  )
})

test('the list says whose it is and how it is counted, and its CSV carries no formula', async () => {
  await start('listed:1', { title: '=cmd', rule: { basis: 'clock-hours', hours: 72 } })
  const browser = await school.browser(dsl)
  const page = await browser.get('/deadlines')
  assert.match(page.text, /Safeguarding lead \(DSL\): Dora Lead/)
  assert.match(page.text, /72 clock hours, nights, weekends and holidays count/)
  const csv = await browser.get('/deadlines.csv')
  assert.match(csv.html, /"'=cmd","Safeguarding lead/)
})

test('a deputy sees what is theirs while the holder is away, and a teacher sees none of it', async () => {
  await start('cover:1')
  await app.services.duties.recordAbsence(
    dsl,
    dsl.personId,
    school.now(),
    new Date(school.now().getTime() + 3 * 86_400_000),
  )
  const page = await (await school.browser(deputy)).get('/deadlines')
  assert.match(page.text, /Dev Stand as deputy/)
  const teacher = await school.person('Tara Teach', 'teacher')
  assert.match((await (await school.browser(teacher)).get('/deadlines')).text, /No clock is running for you/)
})

test('opening a message marks it as read, and nobody can open another’s', async () => {
  const [message] = await app.read(schoolId, ({ messages }) => messages.of(deputy.personId))
  const browser = await school.browser(deputy)
  assert.match((await browser.get('/messages')).text, /Messages New .*Mark all as read/)
  assert.equal((await (await school.browser(chair)).get(`/messages/${message?.id}`)).status, 404)
  assert.equal((await browser.get(`/messages/${message?.id}`)).location, message?.link)
  const after = (await app.read(schoolId, ({ messages }) => messages.of(deputy.personId))).find(
    ({ id }) => id === message?.id,
  )
  assert.ok(after?.readAt)
  await browser.post('/messages/read', {})
  assert.match((await browser.get('/messages')).text, /You have read them all/)
})

test('a report that names the headteacher leaves no deadline that the headteacher is told of or sees, however late it gets', async () => {
  school.pass(24 * 4)
  await app.change(systemActor(schoolId, 'test'), async ({ cases }) => {
    const opened = await cases.open({
      category: 'conduct',
      kind: 'staff-conduct',
      seriousness: 'serious',
      audience: ['chair'],
      ownerRole: 'chair',
      subjects: [head.personId],
      involved: [],
      happenedAt: null,
      reportedAt: school.now(),
      origin: 'report:named',
      summary: 'About the headteacher',
    })
    return changed(opened.caseId, ...(opened.events as [{ type: string }]))
  })
  const before = (await app.read(schoolId, ({ messages }) => messages.of(head.personId, 500))).length
  school.pass(24 * 21)
  await notice()
  const messages = await app.read(schoolId, reads => reads.messages.of(head.personId, 500))
  assert.deepEqual(
    messages
      .slice(0, messages.length - before)
      .filter(({ link }) => link.startsWith('/cases/') || link.startsWith('/alerts/')),
    [],
  )
  const page = await (await school.browser(head)).get('/deadlines?state=late&whose=all')
  assert.ok(!/\/cases\/|\/alerts\//.test(page.html))
  assert.match((await (await school.browser(chair)).get('/deadlines?state=late&whose=all')).html, /\/cases\//)
})
