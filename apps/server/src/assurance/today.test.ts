import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { inOrder } from './today.ts'

const school = await testSchool()
const { app, schoolId } = school
const work = systemActor(schoolId, 'test')
const head = await school.person('Ada Okoye', 'headteacher')
const dsl = await school.person('Ben Hart', 'dsl')

const startDeadline = (kind: string, keptFrom: readonly string[] = []) =>
  app.change(work, async ({ deadlines }) => {
    const subject = `case:${kind}`
    await deadlines.start({
      kind,
      subject,
      title: `Settle the ${kind}`,
      link: `/cases/${kind}`,
      ownerRole: 'dsl',
      rule: { basis: 'clock-hours', hours: 5 },
      keptFrom,
    })
    return changed(undefined, { type: 'test.started', subject })
  })

test('the person who answers for a deadline sees it with the time left, and others do not', async () => {
  await startDeadline('worry')
  const seen = await (await school.browser(dsl)).get('/')
  assert.equal(seen.status, 200)
  assert.match(seen.text, /Settle the worry 5 hours left due Tuesday 24 November/)
  assert.doesNotMatch((await (await school.browser(head)).get('/')).text, /Settle the worry/)
})

test('somebody whom a deadline is kept from never sees it, whatever their role', async () => {
  await startDeadline('secret', [dsl.personId])
  const { status, text } = await (await school.browser(dsl)).get('/')
  assert.equal(status, 200)
  assert.doesNotMatch(text, /secret/)
})

test('what is loud comes first, then what has least time left, then what waits longest, and one thing is one line', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 9, minute))
  const ordered = inOrder([
    { text: 'later', href: '/a', due: at(9) },
    { text: 'new and unlimited', href: '/b', due: null, since: at(2) },
    { text: 'old and unlimited', href: '/c', due: null, since: at(1) },
    { text: 'sooner', href: '/d', due: at(3) },
    { text: 'the same as sooner', href: '/d', due: null },
    { text: 'loud', href: '/e', due: null, loud: true },
  ])
  assert.deepEqual(
    ordered.map(({ text }) => text),
    ['loud', 'sooner', 'later', 'old and unlimited', 'new and unlimited'],
  )
})

test('a child finds where to tell somebody, whom to talk to and the rules, and nothing of the machine', async () => {
  const child = await school.browser(await school.person('Cy Dale', 'pupil'))
  const page = await child.get('/')
  assert.match(page.text, /Something worried me/)
  assert.match(page.text, /0800 1111/)
  assert.doesNotMatch(page.text, /Working|Ledger|checkpoint/)
})

test('with nothing to do the page says so in one friendly line', async () => {
  const member = await school.browser(await school.person('Dee Reed', 'staff'))
  assert.match((await member.get('/')).text, /Nothing needs you/)
})

test('a source that breaks is said, and takes nothing else with it', async () => {
  const { todayPages } = await import('./today-page.ts')
  const logged: string[] = []
  const [page] = todayPages<{ n: number }>({
    sources: [
      { needs: [async () => [{ text: 'Stands', href: '/a', due: null }]] },
      {
        needs: [async () => Promise.reject(new Error('away'))],
        working: [async () => [{ id: 'x', name: 'X', state: 'late', says: 'since noon' }]],
      },
    ],
    log: line => logged.push(line),
  })
  assert.equal(page?.method, 'GET')
  const reply = await page.handle({
    actor: dsl,
    schoolId,
    params: {},
    query: new URLSearchParams(),
    now: school.now(),
    requestId: '1',
    local: true,
    lastSeen: null,
    read: (each: (reads: { n: number }) => unknown) => each({ n: 1 }),
  } as never)
  assert.equal(reply.kind, 'view')
  const model = reply.model as {
    needs: { text: string }[]
    needsBroken: boolean
    working: { state: string; text: string }[]
  }
  assert.deepEqual(
    model.needs.map(({ text }) => text),
    ['Stands'],
  )
  assert.equal(model.needsBroken, true)
  assert.deepEqual(
    model.working.map(({ state, text }) => [state, text]),
    [['failing', 'late: since noon']],
  )
  assert.match(logged.join(), /today, needs: away/)
})

test('what is due in more than four weeks is counted in one line, and late and loud things never are', async () => {
  const { todayPages } = await import('./today-page.ts')
  const inDays = (days: number) => new Date(school.now().getTime() + days * 86_400_000)
  const [page] = todayPages<{ n: number }>({
    sources: [
      {
        needs: [
          async () => [
            { text: 'late', href: '/a', due: inDays(-400) },
            { text: 'soon', href: '/b', due: inDays(27) },
            { text: 'later', href: '/c', due: inDays(29) },
            { text: 'loud', href: '/d', due: inDays(90), loud: true },
          ],
        ],
      },
    ],
    log: () => undefined,
  })
  const reply = await page?.handle({
    actor: dsl,
    schoolId,
    params: {},
    query: new URLSearchParams(),
    now: school.now(),
    requestId: '1',
    local: true,
    lastSeen: null,
    read: (each: (reads: { n: number }) => unknown) => each({ n: 1 }),
  } as never)
  assert.equal(reply?.kind, 'view')
  const model = reply.model as { needs: { text: string }[]; laterNeeds: number }
  assert.deepEqual(
    model.needs.map(({ text }) => text),
    ['loud', 'late', 'soon'],
  )
  assert.equal(model.laterNeeds, 1)
})

test('an altered ledger is the loudest thing on the page of whoever may verify it', async () => {
  await app.change(work, async () => changed(undefined, { type: 'ledger.found-altered', detail: { says: [] } }))
  assert.match((await (await school.browser(head)).get('/')).text, /Needs you See what was altered in the ledger/)
  assert.doesNotMatch((await (await school.browser(dsl)).get('/')).text, /altered in the ledger/)
})

test('a second opinion on a case is asked of those who may see it and did not ask for it', async () => {
  const { caseId } = await app.change(work, async ({ cases }) => {
    const opened = await cases.open({
      category: 'conduct',
      kind: 'cyberbullying',
      seriousness: 'serious',
      audience: ['headteacher', 'dsl'],
      ownerRole: 'dsl',
      subjects: [],
      involved: [],
      happenedAt: null,
      reportedAt: school.now(),
      origin: 'report:1',
      summary: 'words',
    })
    return changed(opened, { type: 'report.received' }, ...opened.events)
  })
  await app.change(dsl, async ({ requests }) => {
    await requests.propose({ kind: 'case.close', subject: `case:${caseId}`, payload: {}, reason: 'settled' })
    return changed(undefined, { type: 'case.close-proposed', subject: `case:${caseId}` })
  })
  assert.match((await (await school.browser(head)).get('/')).text, /Decide whether a serious case is closed/)
  assert.doesNotMatch((await (await school.browser(dsl)).get('/')).text, /Decide whether a serious case/)
})
