import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersonActor } from '../platform/actor.ts'
import { newId } from '../platform/identifiers.ts'
import { sendLog } from '../testing/gateway-log.ts'
import { testSchool } from '../testing/test-school.ts'
import { attemptControls } from './attempt-controls.ts'
import type { Attempt } from './attempt.ts'

/* Real lines of a gateway, and what the technician does about them on the pages. */

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher')
const dsl = await school.person('Dora Sills', 'dsl')
const manager = await school.person('Nia Weber', 'network-manager')
const technician = await school.person('Ines Rossi', 'technician')
const chair = await school.person('Carl Hare', 'chair')
const pupil = await school.person('Pia Small', 'pupil')

const is = async (status: string) => {
  const found = await school.stateOf(attemptControls, 'incidents.misuse-from-log')
  assert.equal(found.status, status, found.why)
  if (status === 'met') assert.ok(found.at && found.proofs.length > 0 && found.evidence === 'measured')
  return found
}
/** A request comes through the gateway. */
async function asked(changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await sendLog(school, [
    {
      id: newId(school.now().getTime()),
      personId: pupil.personId,
      host: 'vpn.example',
      category: 'vpn',
      verdict: 'block',
      rule: 'group:juniors:vpn',
      ...changes,
    },
  ])
  school.pass(0.01)
}
const attempts = (): Promise<Attempt[]> =>
  app.read(schoolId, reads => reads.attempts.between(new Date('2020-01-01'), new Date(school.now().getTime() + 1)))
const waiting = async (): Promise<Attempt> => {
  const [found] = (await attempts()).filter(({ outcome }) => outcome === null)
  assert.ok(found, 'an attempt waits')
  return found
}
const fields = (attempt: Attempt) => ({ at: attempt.firstAt.toISOString(), last: attempt.lastAt.toISOString() })
const report = async (by: PersonActor, attempt: Attempt, words = 'The same pupil tries a VPN again and again') =>
  (await school.browser(by)).post(`/activity/attempts/${attempt.id}/report`, { ...fields(attempt), words })
const settle = async (by: PersonActor, attempt: Attempt, reason = 'An advert on a lesson’s page asked for it') =>
  (await school.browser(by)).post(`/activity/attempts/${attempt.id}/settle`, { ...fields(attempt), reason })

test('without any log the clause is not started; a log without attempts shows nothing of the duty either', async () => {
  await is('not-started')
  await asked({ category: 'games', host: 'games.example' })
  await asked({ category: 'vpn', verdict: 'allow' })
  assert.deepEqual(await attempts(), [])
  await is('not-started')
})

test('control incidents.misuse-from-log: met when the technician reports a blocked way round the filter to the headteacher within a school day', async () => {
  school.pass(0.1)
  await asked()
  school.pass(0.1)
  await asked({ host: 'vpn2.example' })
  const attempt = await waiting()
  assert.equal(attempt.count, 2, 'two requests of one pupil on one day are one attempt')
  await is('due')
  const browser = await school.browser(technician)
  assert.match((await browser.get('/')).text, /Report or settle an attempt at misuse/)
  const list = await browser.get('/activity/attempts')
  assert.match(list.text, /vpn\.example/)
  const page = await browser.get(`/activity/attempts/${attempt.id}?at=${attempt.firstAt.toISOString()}`)
  assert.equal(page.status, 200, page.text)
  for (const { text } of [list, page]) assert.doesNotMatch(text, /Pia|Small/)
  assert.deepEqual((await report(technician, attempt, '')).errors, ['Enter what you saw'])
  assert.equal((await report(technician, attempt)).status, 303)
  await is('met')

  // The report is a real one, with the headteacher and the safeguarding lead, and each leads to the other.
  const [settled] = await attempts()
  const id = settled?.outcome?.reportId ?? assert.fail('it was reported')
  for (const person of [head, dsl]) {
    const opened = await (await school.browser(person)).get(`/reports/${id}`)
    assert.equal(opened.status, 200)
    assert.match(opened.text, /The same pupil tries a VPN/)
    assert.match(opened.text, /2 requests for vpn\.example, vpn2\.example/)
    assert.doesNotMatch(opened.text, /Pia|Small/)
    assert.match(opened.html, new RegExp(`href="/activity/attempts/${attempt.id}`))
  }
  const back = await (await school.browser(head)).get(
    `/activity/attempts/${attempt.id}?at=${attempt.firstAt.toISOString()}`,
  )
  assert.match(back.html, new RegExp(`href="/reports/${id}"`))
  const received = await app.read(schoolId, ({ ledger }) => ledger.latest(['report.received'], `report:${id}`))
  assert.equal(received?.detail.source, `activity:${attempt.id}`)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['attempt.reported'], `activity:${attempt.id}`))
  assert.deepEqual([entry?.detail.report, entry?.detail.headteacher], [id, true])
  // A second report of the same is refused.
  assert.equal((await report(manager, attempt)).status, 409)
})

test('what is tried again after the report is a new attempt, which a reason settles', async () => {
  school.pass(0.5)
  await asked()
  await is('due')
  const attempt = await waiting()
  assert.equal(attempt.count, 1)
  assert.equal((await settle(manager, attempt)).status, 303)
  await is('met')
  const page = await (await school.browser(manager)).get(
    `/activity/attempts/${attempt.id}?at=${attempt.firstAt.toISOString()}`,
  )
  assert.match(page.text, /An advert on a lesson’s page/)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['attempt.settled']))
  assert.doesNotMatch(JSON.stringify(entry?.detail), /advert/)
})

test('a request that came in after the page was opened is not settled with it', async () => {
  school.pass(0.5)
  await asked({ category: 'proxy', host: 'proxy.example' })
  const attempt = await waiting()
  school.pass(0.1)
  await asked({ category: 'proxy', host: 'proxy.example' })
  assert.equal((await settle(manager, attempt)).status, 303)
  const rest = await waiting()
  assert.equal(rest.count, 1)
  assert.ok(rest.firstAt > attempt.lastAt)
  assert.equal((await settle(manager, rest)).status, 303)
  await is('met')
})

test('control incidents.misuse-from-log: leaves met when an attempt waits for more than a school day, and when it was reported late', async () => {
  school.pass(1)
  await asked({ category: 'pornography', host: 'porn.example' })
  school.pass(24 * 2)
  await is('overdue')
  assert.equal((await report(technician, await waiting())).status, 303)
  const late = await is('failing')
  assert.match(late.why, /only after a school day/)
  school.pass(24 * 31)
  await asked()
  assert.equal((await report(technician, await waiting())).status, 303)
  await is('met')
  school.pass(24 * 8)
  assert.equal((await is('failing')).evidence, 'unknown', 'a silent log shows nothing')
})

test('whoever it was never sees it, decides about it or receives the report: the safeguarding lead, the headteacher, the technician', async () => {
  for (const [who, allowed, shut] of [
    [dsl, [head], [dsl]],
    [head, [chair], [head, dsl, manager]],
    [technician, [head, dsl], [technician]],
  ] as const) {
    school.pass(0.1)
    await asked({ personId: who.personId, groups: ['staff'] })
    const attempt = await waiting()
    const own = await (await school.browser(who)).get(
      `/activity/attempts/${attempt.id}?at=${attempt.firstAt.toISOString()}`,
    )
    assert.equal(own.status, 404)
    assert.doesNotMatch((await (await school.browser(who)).get('/activity/attempts')).html, new RegExp(attempt.id))
    assert.equal((await settle(who, attempt)).status, 404)
    assert.equal((await report(manager, attempt)).status, 303)
    const id = (await attempts()).find(each => each.id === attempt.id)?.outcome?.reportId
    assert.ok(id)
    for (const person of allowed) assert.equal((await (await school.browser(person)).get(`/reports/${id}`)).status, 200)
    for (const person of shut)
      assert.notEqual((await (await school.browser(person)).get(`/reports/${id}`)).status, 200, person.name)
  }
})

test('an entry that is no attempt cannot be opened as one, and a teacher opens none', async () => {
  await asked({ category: 'games', host: 'games.example' })
  const [entry] = await app.read(schoolId, ({ activity }) =>
    activity.list({ from: new Date('2020-01-01'), to: new Date('2100-01-01'), host: 'games.example' }, 1),
  )
  assert.ok(entry)
  const path = `/activity/attempts/${entry.id}?at=${entry.at.toISOString()}`
  assert.equal((await (await school.browser(manager)).get(path)).status, 404)
  assert.equal((await (await school.browser(manager)).get('/activity/attempts/nonsense?at=x')).status, 404)
  assert.equal((await (await school.browser(await school.person('Tom Teach', 'teacher'))).get(path)).status, 403)
})
