import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { countsUntil, termAt, wholeTerms } from './school-terms.ts'

const school = await testSchool()
const { app, schoolId } = school
const office = await school.person('Ola Office', 'office')
const teacher = await school.person('Tara Teach', 'teacher')
const browser = await school.browser(office)
const day = (date: string): string[] => {
  const [year = '', month = '', dayOfMonth = ''] = date.split('-')
  return [dayOfMonth, month, year]
}

test('the office enters the terms, and a term that overlaps or ends before it begins is refused beside the field', async () => {
  assert.match((await browser.get('/calendar')).text, /No term after today is entered/)
  for (const [name, first, last] of [
    ['Autumn, first half', '2026-09-02', '2026-10-23'],
    ['Autumn, second half', '2026-11-02', '2026-12-18'],
    ['Spring, first half', '2027-01-04', '2027-02-12'],
  ] as const)
    assert.equal(
      (await browser.post('/calendar/terms', { name, first_day: day(first), last_day: day(last) })).status,
      303,
    )
  const overlap = await browser.post('/calendar/terms', {
    name: 'Again',
    first_day: day('2026-12-01'),
    last_day: day('2027-01-10'),
  })
  assert.equal(overlap.status, 400)
  assert.deepEqual(overlap.errors, ['These dates overlap with Autumn, second half'])
  assert.deepEqual(
    (await browser.post('/calendar/terms', { name: 'Back', first_day: day('2027-03-01'), last_day: day('2027-02-28') }))
      .errors,
    ['The last day must not be before the first'],
  )
  assert.match((await browser.get('/calendar')).text, /Now: Autumn term 2026/)
  assert.equal(
    (
      await (
        await school.browser(teacher)
      ).post('/calendar/terms', { name: 'x', first_day: day('2027-03-01'), last_day: day('2027-03-20') })
    ).status,
    403,
  )
})

test('a day that closes the school moves the deadlines that count school days, and says how many', async () => {
  const deadline = await app.change(systemActor(schoolId, 'test'), async ({ deadlines }) =>
    changed(
      await deadlines.start({
        kind: 'request.answer',
        subject: 'request:1',
        title: 'Answer a request',
        link: '/x',
        ownerRole: 'office',
        rule: { basis: 'school-days', days: 3 },
      }),
      { type: 'test.started' },
    ),
  )
  assert.equal(deadline.dueAt?.toISOString(), '2026-11-27T23:59:59.999Z')
  const answer = await browser.post('/calendar/closures', { what: 'Snow', day: day('2026-11-26') })
  assert.equal(answer.status, 303)
  const after = () => app.read(schoolId, ({ deadlines }) => deadlines.get(deadline.id))
  assert.equal((await after()).dueAt?.toISOString(), '2026-11-30T23:59:59.999Z')
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['calendar.closure-added']))
  assert.equal(entry?.detail['deadlinesMoved'], 1)
  await browser.post('/calendar/closures/remove', { day: '2026-11-26' })
  assert.equal((await after()).dueAt?.toISOString(), '2026-11-27T23:59:59.999Z')
})

test('a term that a running deadline is counted by cannot be taken out, and everything stays as it was', async () => {
  const answer = await browser.post('/calendar/terms/2026-11-02', {
    name: 'Autumn, second half',
    first_day: day('2026-11-02'),
    last_day: day('2026-11-24'),
  })
  assert.equal(answer.status, 303, 'the first days of January are in reach')
  await browser.post('/calendar/terms/remove', { first_day: '2026-11-02' })
  const refused = await browser.post('/calendar/terms/remove', { first_day: '2027-01-04' })
  assert.equal(refused.status, 409)
  assert.match(refused.text, /Enter the other dates first/)
  assert.equal((await app.read(schoolId, ({ calendar }) => calendar.halfTerms())).length, 2)
})

test('halves make up terms by the month in which they begin, whatever the length of the half-term holiday', () => {
  const halves = [
    { name: 'a', from: '2026-09-02', to: '2026-10-17' },
    { name: 'b', from: '2026-11-02', to: '2026-12-19' },
    { name: 'c', from: '2027-01-04', to: '2027-02-13' },
    { name: 'd', from: '2027-02-22', to: '2027-03-26' },
    { name: 'e', from: '2027-04-12', to: '2027-05-29' },
  ]
  const terms = wholeTerms(halves)
  assert.deepEqual(
    terms.map(({ season, from, to }) => `${season} ${from} ${to}`),
    ['autumn 2026-09-02 2026-12-19', 'spring 2027-01-04 2027-03-26', 'summer 2027-04-12 2027-05-29'],
  )
  assert.equal(termAt(terms, '2026-10-25')?.season, 'autumn', 'the half-term holiday belongs to it')
  assert.equal(termAt(terms, '2026-08-31'), null)
  assert.equal(countsUntil(terms, '2026-11-24'), '2027-03-25')
  assert.equal(countsUntil(terms, '2027-04-20'), '2027-08-18', 'with no next term entered, 120 days')
})

test('the head of the ledger’s copies is set by few, and what is no address is refused', async () => {
  const chair = await school.browser(await school.person('Carol Chair', 'chair'))
  assert.deepEqual(
    (await chair.post('/settings/checkpoint-mail', { addresses: 'keeper@authority.example\nnobody' })).errors,
    ['Line 2 must be an email address, such as keeper@authority.example'],
  )
  assert.equal(
    (await chair.post('/settings/checkpoint-mail', { addresses: 'keeper@authority.example\r\n' })).status,
    303,
  )
  assert.deepEqual(await app.read(schoolId, ({ checkpoints }) => checkpoints.recipients()), [
    'keeper@authority.example',
  ])
  assert.equal((await browser.get('/settings/checkpoint-mail')).status, 403)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['checkpoint-mail.set']))
  assert.deepEqual(entry?.detail, { count: 1 })
})
