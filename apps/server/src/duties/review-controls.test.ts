import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { reviewControls } from './review-controls.ts'
import { checkedItems } from './review-kinds.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Grace Head', 'headteacher')
const governor = await school.person('Gail Governor', 'link-governor')
await school.person('Carol Chair', 'chair')
const network = await school.person('Ned Net', 'network-manager')
const officer = await school.person('Olu Officer', 'dpo')
await app.change(systemActor(schoolId, 'test'), async ({ calendar }) => {
  for (const [name, from, to] of [
    ['Autumn, first half', '2026-09-02', '2026-10-24'],
    ['Autumn, second half', '2026-11-02', '2026-12-19'],
    ['Spring, first half', '2027-01-04', '2027-02-13'],
    ['Spring, second half', '2027-02-22', '2027-03-26'],
    ['Summer, first half', '2027-04-12', '2027-05-29'],
    ['Summer, second half', '2027-06-07', '2027-07-22'],
  ] as const)
    await calendar.addTerm({ name, from, to })
  return changed(undefined, { type: 'test.terms' })
})
const autumn = school.now()

const state = (id: string) => school.stateOf(reviewControls, id)
type Fields = Readonly<Record<string, string | readonly string[]>>
/** Records by the page, as a person does. @returns the record's address. */
const record = async (who: PersonActor, kind: string, fields: Fields): Promise<string> => {
  const [year = '', month = '', day = ''] = school.now().toISOString().slice(0, 10).split('-')
  const answer = await (await school.browser(who)).post(`/reviews/record/${kind}`, {
    held_on: [day, month, year],
    ...fields,
  })
  assert.equal(answer.status, 303, answer.errors.join('; '))
  return answer.location ?? ''
}
/** Signs the newest version, by the address of the button whether or not the page offers it. */
const sign = async (who: PersonActor, address: string): Promise<number> => {
  const [newest] = await app.read(schoolId, ({ reviews }) => reviews.versions(address.replace('/reviews/', '')))
  return (await (await school.browser(who)).post(`${address}/sign`, { digest: newest?.digest ?? '' })).status
}
const inMay = '2027-05-04T10:00:00Z'

const oversight = {
  posts: ['headteacher', 'network-manager', 'dpo'],
  words_findings: 'Reports are acknowledged in time; two clauses have nobody.',
}

test('control duties.oversight-review: met when the headteacher signs a review with findings', async () => {
  assert.equal((await state('duties.oversight-review')).status, 'not-started')
  await app.services.reviews.plan(schoolId)
  const address = await record(head, 'oversight-review', oversight)
  assert.equal((await state('duties.oversight-review')).status, 'failing', 'recorded and not signed')
  assert.equal(await sign(governor, address), 403)
  assert.equal(await sign(head, address), 303)
  const found = await state('duties.oversight-review')
  assert.equal(found.status, 'met')
  assert.equal(found.evidence, 'attested')
})
test('control duties.oversight-review: leaves met when the next term has passed without one', async () => {
  school.setTime('2027-03-20T10:00:00Z')
  assert.equal((await state('duties.oversight-review')).status, 'due')
  school.setTime(inMay)
  assert.equal((await state('duties.oversight-review')).status, 'overdue')
  school.setTime(autumn)
})

test('control duties.review-calendar: met when the term’s task was done in time', async () => {
  const found = await state('duties.review-calendar')
  assert.equal(found.status, 'met')
  assert.equal(found.evidence, 'measured')
})
test('control duties.review-calendar: leaves met when the next term’s task is missed, and when it is done late', async () => {
  school.setTime('2027-02-01T10:00:00Z')
  await app.services.reviews.plan(schoolId)
  assert.equal((await state('duties.review-calendar')).status, 'met', 'the spring task is running')
  school.setTime(inMay)
  assert.equal((await state('duties.review-calendar')).status, 'overdue')
  const [year, month, day] = ['2027', '3', '20']
  const address = await record(head, 'oversight-review', { ...oversight, held_on: [day, month, year] })
  assert.equal(await sign(head, address), 303)
  const found = await state('duties.review-calendar')
  assert.equal(found.status, 'failing', 'a day in March, written down in May, is late')
  assert.match(found.why, /late/)
  school.setTime(autumn)
})

const meeting = {
  posts: ['headteacher', 'link-governor'],
  topics: ['issues'],
  words_minutes: 'We spoke about the filter.',
}
let meetingAddress = ''

test('control duties.governor-meeting: met when the one who did not write the minutes signs them', async () => {
  assert.equal((await state('duties.governor-meeting')).status, 'not-started')
  meetingAddress = await record(head, 'governor-meeting', meeting)
  assert.equal(await sign(head, meetingAddress), 403, 'the writer cannot')
  assert.equal(await sign(network, meetingAddress), 403, 'who was not there cannot')
  assert.equal(await sign(governor, meetingAddress), 303)
  assert.equal((await state('duties.governor-meeting')).status, 'met')
})
test('control duties.governor-meeting: leaves met when the signed minutes are written anew', async () => {
  const browser = await school.browser(head)
  const answer = await browser.post(`${meetingAddress}/change/governor-meeting?seen=1`, {
    ...meeting,
    held_on: ['24', '11', '2026'],
    words_minutes: 'We spoke about something else.',
  })
  assert.equal(answer.status, 303, answer.errors.join('; '))
  assert.equal((await state('duties.governor-meeting')).status, 'failing')
  assert.equal(await sign(governor, meetingAddress), 303)
  assert.equal((await state('duties.governor-meeting')).status, 'met')
  school.setTime(inMay)
  assert.equal((await state('duties.governor-meeting')).status, 'overdue')
  school.setTime(autumn)
})

test('control duties.meeting-papers: met when issues, incidents and filter changes were all on the table', async () => {
  assert.equal((await state('duties.meeting-papers')).status, 'failing', 'a meeting about one of the three')
  const address = await record(governor, 'governor-meeting', {
    ...meeting,
    topics: ['issues', 'incidents', 'filter-changes'],
  })
  assert.equal(await sign(head, address), 303)
  assert.equal((await state('duties.meeting-papers')).status, 'met')
})
test('control duties.meeting-papers: leaves met when the next term has passed without such a meeting', async () => {
  school.setTime(inMay)
  assert.equal((await state('duties.meeting-papers')).status, 'overdue')
  school.setTime(autumn)
})

const group = { posts: ['headteacher', 'network-manager', 'dpo'], words_minutes: 'The group agreed the plan.' }
test('control duties.security-group: met when the group has met under the headteacher and another signs', async () => {
  assert.equal((await state('duties.security-group')).status, 'not-started')
  const browser = await school.browser(network)
  const refused = await browser.post('/reviews/record/security-group', {
    held_on: ['24', '11', '2026'],
    posts: ['network-manager', 'dpo'],
    words_minutes: 'x',
  })
  assert.deepEqual(refused.errors, ['Headteacher must have been there'])
  const address = await record(network, 'security-group', group)
  assert.equal(await sign(head, address), 303)
  assert.equal((await state('duties.security-group')).status, 'met')
})
test('control duties.security-group: leaves met when the next term has passed without a meeting', async () => {
  school.setTime(inMay)
  assert.equal((await state('duties.security-group')).status, 'overdue')
  school.setTime(autumn)
})

test('control duties.governing-body: met when the headteacher was at the meeting and the governor signs', async () => {
  assert.equal((await state('duties.governing-body')).status, 'not-started')
  const address = await record(head, 'governing-body', {
    posts: ['headteacher', 'link-governor'],
    words_minutes: 'Item 4, filtering.',
  })
  assert.equal(await sign(governor, address), 303)
  assert.equal((await state('duties.governing-body')).status, 'met')
})
test('control duties.governing-body: leaves met when the headteacher was not at the next one', async () => {
  school.pass(24)
  const chair = await school.person('Cora Chair', 'chair')
  const address = await record(chair, 'governing-body', {
    posts: ['link-governor', 'chair'],
    words_minutes: 'Item 2, the budget for filtering.',
  })
  assert.equal(await sign(governor, address), 303)
  const found = await state('duties.governing-body')
  assert.equal(found.status, 'failing')
  assert.match(found.why, /was not at the last meeting/)
  school.setTime(autumn)
})

test('control duties.contact: met when the headteacher has noted contact with governors and with technical staff', async () => {
  assert.equal((await state('duties.contact')).status, 'not-started')
  await record(head, 'contact', { topics: ['governors'], words_note: 'Told the chair of the new filter.' })
  assert.equal((await state('duties.contact')).status, 'failing')
  await record(head, 'contact', { topics: ['technical'], words_note: 'Asked for the patch list.' })
  assert.equal((await state('duties.contact')).status, 'met')
})
test('control duties.contact: leaves met when the next term has passed without contact', async () => {
  school.setTime(inMay)
  assert.equal((await state('duties.contact')).status, 'overdue')
  school.setTime(autumn)
})

test('control duties.assurance-checks: met when the officer has checked each person and each system', async () => {
  assert.equal((await state('duties.assurance-checks')).status, 'not-started')
  const [last, ...rest] = checkedItems
  for (const { value } of rest)
    await record(officer, 'assurance-check', {
      item: value,
      result: 'in-order',
      words_findings: 'Looked at the record and the settings.',
    })
  assert.match((await state('duties.assurance-checks')).why, /Not checked yet: Headteacher/)
  assert.equal(
    (
      await (
        await school.browser(head)
      ).post('/reviews/record/assurance-check', {
        held_on: ['24', '11', '2026'],
        item: last.value,
        result: 'in-order',
        words_findings: 'x',
      })
    ).status,
    403,
  )
  await record(officer, 'assurance-check', {
    item: last.value,
    result: 'in-order',
    words_findings: 'Spoke with the headteacher.',
  })
  assert.equal((await state('duties.assurance-checks')).status, 'met')
  const [deadline] = await app.read(schoolId, ({ deadlines }) =>
    deadlines.about('review-period:assurance-check/2026-09-02'),
  )
  assert.equal(deadline?.state, 'met')
})
test('control duties.assurance-checks: leaves met when the next term has passed without the checks', async () => {
  school.setTime(inMay)
  assert.equal((await state('duties.assurance-checks')).status, 'overdue')
  school.setTime(autumn)
})

let segments = 0
/** A day's requests reach the log as a gateway sends them, and are counted. */
const requests = async (day: string, verdicts: readonly ('allow' | 'warn' | 'block')[]): Promise<void> => {
  segments += 1
  const lines = verdicts.map((verdict, n) =>
    JSON.stringify({
      v: 1,
      id: randomUUID(),
      at: `${day}T10:0${n}:00Z`,
      school: schoolId,
      personId: head.personId,
      groups: ['juniors'],
      kind: 'page',
      method: 'GET',
      host: verdict === 'allow' ? 'rivers.example' : 'bets.example',
      path: '/',
      category: verdict === 'allow' ? 'none' : 'gambling',
      verdict,
      rule: 'r',
      continued: false,
    }),
  )
  await app.services.activity.takeSegment({ id: `r-${segments}`, bytes: Buffer.from(`${lines.join('\n')}\n`) })
  await app.services.activityArchive.count(schoolId)
}
let judgedAddress = ''
const judged = { words_judgement: 'Gambling is tried less; nothing else moved.' }

test('control duties.web-log-judged: met when the headteacher signs what the term’s real figures say, held against the term before', async () => {
  assert.equal((await state('duties.web-log-judged')).status, 'not-started')
  const none = await (await school.browser(head)).post('/reviews/record/internet-use', {
    held_on: ['24', '11', '2026'],
    ...judged,
  })
  assert.equal(none.status, 400)
  assert.match(none.errors.join(' '), /there is none to judge by/)
  await requests('2026-11-20', ['allow', 'allow', 'allow', 'block', 'warn'])
  const form = await (await school.browser(head)).get('/reviews/record/internet-use')
  assert.match(form.text, /Autumn term 2026/)
  assert.match(form.text, /Stopped of each thousand requests This term 400\.0/)
  assert.match(form.text, /rivers\.example/)
  const address = await record(head, 'internet-use', judged)
  assert.equal((await state('duties.web-log-judged')).status, 'failing', 'written and not signed')
  assert.equal(await sign(network, address), 403)
  assert.equal(await sign(head, address), 303)
  const found = await state('duties.web-log-judged')
  assert.equal(found.status, 'met')
  assert.equal(found.evidence, 'attested')
  // What was counted is kept as it was, whatever the log says later, and nobody can type it.
  await requests('2026-11-21', ['block', 'block'])
  const shown = await (await school.browser(governor)).get(address)
  assert.match(shown.text, /Requests: 5/)
  assert.match(shown.text, /Stopped as gambling: 2/i)
  judgedAddress = await record(head, 'internet-use', { ...judged, words_figures: 'Requests: 0' })
  assert.match((await (await school.browser(head)).get(judgedAddress)).text, /Requests: 7/)
})
test('control duties.web-log-judged: leaves met when the next term has passed without it', async () => {
  school.setTime(inMay)
  assert.equal((await state('duties.web-log-judged')).status, 'overdue')
  school.setTime('2027-01-20T10:00:00Z')
  await requests('2027-01-19', ['allow', 'block'])
  const form = await (await school.browser(head)).get('/reviews/record/internet-use')
  assert.match(form.text, /Requests This term 2 Autumn term 2026 7/, 'this term beside the term before')
  const again = await (await school.browser(head)).post(`${judgedAddress}/change/internet-use?seen=1`, {
    held_on: ['24', '11', '2026'],
    words_judgement: '',
  })
  assert.equal(again.status, 400)
  assert.match(again.text, /Requests This term 7/, 'a record is changed beside the figures of its own term')
  school.setTime(autumn)
})
