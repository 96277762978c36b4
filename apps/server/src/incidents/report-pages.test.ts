import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TestAnswer, type TestBrowser, testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher')
const dsl = await school.person('Dora Sills', 'dsl')
await school.person('Dev Patel', 'dpo')
const network = await school.person('Nia Weber', 'network-manager')
const chair = await school.person('Carl Hare', 'chair')
const teacher = await school.person('Tess Okoro', 'teacher')
const visitor = await school.browser()

const reportsOf = () =>
  app.connections.inSchool(schoolId, tx =>
    tx.selectFrom('report').selectAll().where('school_id', '=', schoolId).execute(),
  )
const known = new Set<string>()
/** The reports that came since this was last asked: the clock stands still, so ids do not say which is newest. */
const fresh = async () => {
  const rows = (await reportsOf()).filter(({ id }) => !known.has(id))
  for (const { id } of rows) known.add(id)
  return rows
}
/** The three words of the page, as a person would write them down. */
const wordsOn = (answer: TestAnswer): string => /class="gh-code">([^<]+)</.exec(answer.html)?.[1] ?? ''
/** What the page carries on to the next one, as a browser would send it. */
function hiddenOn(answer: TestAnswer): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [tag] of answer.html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1] ?? ''
    const value = (/value="([^"]*)"/.exec(tag)?.[1] ?? '')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&')
    if (!name.startsWith('_')) fields[name] = value
  }
  return fields
}
const actionOn = (answer: TestAnswer): string =>
  /<form method="post" action="(\/report[^"]*)"/.exec(answer.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
/** Answers one page and gives the next. */
const answer = (browser: TestBrowser, page: TestAnswer, typed: Record<string, string | readonly string[]>) =>
  browser.post(actionOn(page), { ...hiddenOn(page), ...typed })
const all = {
  who: 'visitor',
  danger: 'no',
  topic: 'conduct',
  kind: 'cyberbullying',
  words: 'Unkind messages',
  when: 'today',
  place: 'school',
  about: 'child',
  reply: 'yes',
}

test('a child tells what happened, one question a page and in easy words, without signing in', async () => {
  await fresh()
  let page = await visitor.get('/report')
  assert.equal(page.h1, 'Who are you?')
  const questions = []
  for (const typed of [
    { who: 'pupil' },
    { danger: 'no' },
    { topic: 'message' },
    { kind: 'offensive-message' },
    { words: 'They said 😢 «дура» to me' },
    { when: 'today', place: 'elsewhere' },
    { about: 'child' },
    { reply: 'yes' },
  ]) {
    page = await answer(visitor, page, typed)
    assert.equal(page.status, 200, page.text)
    questions.push(page.h1)
  }
  assert.deepEqual(questions, [
    'Is someone in danger now?',
    'What is it about?',
    'Which one is most like it?',
    'What happened?',
    'When did it happen?',
    'Who is it about?',
    'The message, and an answer',
    'Thank you for telling us',
  ])
  assert.match(page.text, /Do not write back/)
  assert.ok(page.text.indexOf('999') < page.text.indexOf('0800 1111'))
  assert.doesNotMatch(page.text, /CEOP/)
  const [row] = await fresh()
  const report = await app.read(schoolId, ({ reports }) => reports.get(dsl, row?.id ?? ''))
  assert.equal((await app.read(schoolId, ({ reports }) => reports.words(report))).words, 'They said 😢 «дура» to me')
  assert.equal(wordsOn(page).split(' ').length, 3)
})

test('grooming, and only sexual harm, shows the police-run button', async () => {
  const page = await visitor.post('/report/send', { ...all, who: 'pupil', topic: 'contact', kind: 'grooming' })
  assert.match(page.text, /CEOP/)
})

test('danger puts 999 before everything, on the next question and on the answer', async () => {
  const page = await visitor.post('/report', { who: 'parent', step: 'danger', danger: 'yes' })
  assert.match(page.text, /Call 999 now/)
  assert.match((await visitor.post('/report/send', { ...all, danger: 'yes' })).text, /Call 999 now/)
})

test('back leads to the question before, with every answer kept', async () => {
  const page = await visitor.post('/report', { ...all, step: 'when', back: 'yes' })
  assert.equal(page.h1, 'What happened?')
  assert.match(page.html, /Unkind messages<\/textarea>/)
  assert.equal(hiddenOn(page).when, 'today')
})

test('what is missing, too long or made up is named, and nothing typed is lost', async () => {
  const long = '字'.repeat(5001)
  const tooLong = await visitor.post('/report', { ...all, step: 'words', words: long })
  assert.equal(tooLong.status, 400)
  assert.match(tooLong.errors[0] ?? '', /5,000 characters or fewer/)
  assert.ok(tooLong.html.includes(long))
  assert.deepEqual((await visitor.post('/report', { who: 'pupil', step: 'words', words: ' \n ' })).errors, [
    'Write what happened',
  ])
  assert.deepEqual((await visitor.post('/report', { step: 'who', who: 'king' })).errors, ['Select who you are'])
  const jumped = await visitor.post('/report/send', { ...all, words: '', kind: 'no-such-kind' })
  assert.equal(jumped.status, 400)
  assert.equal(jumped.h1, 'Which of these comes nearest?')
  assert.equal((await visitor.post('/report/send', {})).status, 400)
})

test('exactly 5,000 characters, right-to-left text, NUL and bytes that are no text are all taken', async () => {
  await fresh()
  for (const [sent, kept] of [
    ['ש'.repeat(5000), 'ש'.repeat(5000)],
    ['abc\u202Edef', 'abc\u202Edef'],
    ['a\0b', 'a\uFFFDb'],
  ] as const) {
    assert.equal((await visitor.post('/report/send', { ...all, words: sent })).h1, 'Thank you. We have your report')
    const [row] = await fresh()
    const report = await app.read(schoolId, ({ reports }) => reports.get(dsl, row?.id ?? ''))
    assert.equal((await app.read(schoolId, ({ reports }) => reports.words(report))).words, kept)
  }
  const browser = await school.browser()
  await browser.get('/report')
  const { _csrf = '' } = Object.fromEntries(
    [...(await browser.get('/report')).html.matchAll(/name="(_csrf)" value="([^"]+)"/g)].map(match => [
      match[1],
      match[2],
    ]),
  )
  const body = Buffer.concat([
    Buffer.from(
      `_csrf=${encodeURIComponent(_csrf)}&${new URLSearchParams({ ...all, words: '' })}&words=`.replace('words=&', ''),
    ),
    Buffer.from([0x61, 0xff, 0xfe, 0x62]),
  ])
  const response = await fetch(`${school.url}/report/send`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      cookie: [...browser.cookies].map(pair => pair.join('=')).join('; '),
    },
  })
  assert.equal(response.status, 200)
})

test('a report posted twice is there once, and both clicks show the same three words', async () => {
  const _once = 'd'.repeat(32)
  const before = (await reportsOf()).length
  const [first, second] = [
    await visitor.post('/report/send', { ...all, _once }),
    await visitor.post('/report/send', { ...all, _once }),
  ]
  assert.equal((await reportsOf()).length, before + 1)
  assert.ok(wordsOn(first))
  assert.equal(wordsOn(second), wordsOn(first))
})

test('a picture cannot be sent with what may be illegal, and not a byte of it is kept', async () => {
  const before = (await reportsOf()).length
  const file = {
    field: 'eml',
    name: 'picture.jpg',
    content: Buffer.from([0xff, 0xd8, 0xff, 1, 2, 3]),
    type: 'image/jpeg',
  }
  const refused = await visitor.postFile('/report/send', { ...all, topic: 'content', kind: 'illegal-images' }, file)
  assert.equal(refused.status, 400)
  assert.match(refused.text, /No file can be sent here/)
  const around = await visitor.postFile('/report/message', { ...all, topic: 'content', kind: 'illegal-images' }, file)
  assert.equal(around.status, 400)
  assert.match(around.text, /No file can be sent/)
  assert.equal((await reportsOf()).length, before)
  const told = await visitor.post('/report/send', { ...all, topic: 'content', kind: 'illegal-images' })
  assert.match(told.text, /Do not look, copy, save/i)
})

test('a forwarded message is read by its headers and kept unchanged', async () => {
  await fresh()
  const content = Buffer.from(
    'From: "Bully" <b@mail.example>\r\nSubject: <script>alert(1)</script>\r\n\r\nhttps://bad.example/x',
  )
  const page = await visitor.postFile(
    '/report/message',
    { ...all, topic: 'message', kind: 'offensive-message', words: 'This came' },
    { field: 'eml', name: 'm.eml', content },
  )
  assert.equal(page.h1, 'Thank you. We have your report')
  const [row] = await fresh()
  const shown = await (await school.browser(dsl)).get(`/reports/${row?.id}`)
  assert.match(shown.html, /&lt;script&gt;alert\(1\)/)
  assert.doesNotMatch(shown.html, /href="https:\/\/bad/)
  assert.equal(
    (
      await visitor.postFile(
        '/report/message',
        { ...all, topic: 'message', kind: 'offensive-message' },
        { field: 'eml', name: 'm.eml', content: Buffer.alloc(1_100_000, 'x') },
      )
    ).status,
    400,
  )
})

test('a report that names the headteacher is not in the headteacher’s list, not at its address, and the attempt is recorded', async () => {
  await fresh()
  await visitor.post('/report/send', { ...all, topic: 'contact', kind: 'grooming', words: 'Mrs Whitfield knows him' })
  const [row] = await fresh()
  const browser = await school.browser(head)
  assert.equal((await browser.get(`/reports/${row?.id}`)).status, 404)
  assert.ok(!(await browser.get('/reports')).html.includes(row?.id ?? ''))
  assert.ok(await app.read(schoolId, ({ ledger }) => ledger.latest(['report.viewed.refused'], `report:${row?.id}`)))
  for (const actor of [dsl, chair])
    assert.match((await (await school.browser(actor)).get(`/reports/${row?.id}`)).text, /Mrs Whitfield knows him/)
})

test('who receives a report sees the time left, opens it on the record, takes it, and the next is told who has it', async () => {
  await fresh()
  await visitor.post('/report/send', all)
  const [row] = await fresh()
  const browser = await school.browser(dsl)
  assert.match((await browser.get('/reports')).text, /24 hours left/)
  const opened = await browser.get(`/reports/${row?.id}`)
  assert.match(opened.text, /Take this report/)
  assert.ok(await app.read(schoolId, ({ ledger }) => ledger.latest(['report.viewed'], `report:${row?.id}`)))
  assert.equal((await browser.post(`/reports/${row?.id}/acknowledge`, {})).location, `/reports/${row?.id}`)
  assert.equal((await (await school.browser(head)).post(`/reports/${row?.id}/acknowledge`, {})).status, 409)
  const read = await (await school.browser(head)).get(`/reports/${row?.id}`)
  assert.match(read.text, /[ap]m by Dora Sills/, 'no full stop between the time and the name')
  const caseAt = /href="(\/cases\/[0-9a-f-]{36})"/.exec((await browser.get(`/reports/${row?.id}`)).html)?.[1] ?? ''
  const file = await browser.get(caseAt)
  assert.match(file.text, /From report [0-9A-F]{6}/)
  assert.match(file.html, new RegExp(`href="/reports/${row?.id}"`))
  assert.equal((await (await school.browser(network)).get(`/reports/${row?.id}`)).status, 404)
})

test('the three words open the thread on any computer, and a wrong word says nothing', async () => {
  await fresh()
  const sent = await visitor.post('/report/send', all)
  const words = wordsOn(sent)
  const [row] = await fresh()
  await (await school.browser(dsl)).post(`/reports/${row?.id}/thread`, { words: 'Which game?' })
  const elsewhere = await school.browser()
  const thread = await elsewhere.post('/report/again', { words: words.toUpperCase().replaceAll(' ', ', ') })
  assert.match(thread.text, /Which game\?/)
  const answered = await elsewhere.post('/report/again/answer', { words, answer: 'Blocks 🧱' })
  assert.match(answered.text, /Blocks 🧱/)
  assert.match((await (await school.browser(dsl)).get(`/reports/${row?.id}`)).text, /Blocks 🧱/)
  const wrong = await elsewhere.post('/report/again', { words: 'apple apple apple' })
  assert.equal(wrong.status, 400)
  assert.deepEqual((await elsewhere.post('/report/again', { words: 'no' })).errors, wrong.errors)
  assert.equal((await elsewhere.post('/report/again/answer', { words, answer: '' })).errors[0], 'Write your answer')
})

test('staff sign in to report, and what they wrote survives the end of their session', async () => {
  await fresh()
  assert.equal((await visitor.get('/report/staff')).location, '/sign-in?next=%2Freport%2Fstaff')
  const browser = await school.browser(teacher)
  assert.equal((await browser.get('/report/staff')).h1, 'Is anybody in danger now?')
  school.pass(1)
  const late = await browser.post('/report/staff/send', { ...all, words: 'A long account of what the child said' })
  assert.equal(late.status, 401)
  assert.match(late.html, /A long account of what the child said/)
  const again = await school.browser(teacher)
  const sent = await again.post('/report/staff/send', {
    ...all,
    words: 'A long account',
    when: 'exact',
    happened: ['20', '11', '2026', '09:00'],
  })
  assert.equal(sent.h1, 'Thank you. We have your report', sent.text)
  const [row] = await fresh()
  assert.equal(row?.made_by, teacher.personId)
  assert.equal(row?.made_late, true)
  assert.match((await again.get('/report/mine')).text, /more than 24 hours after it happened/)
  assert.match((await (await school.browser(dsl)).get(`/reports/${row?.id}`)).text, /Tess Okoro/)
  assert.deepEqual(
    (await again.post('/report/staff', { ...all, step: 'when', when: 'exact', happened: ['', '', '', ''] })).errors,
    ['Enter the date and time, or choose another answer'],
  )
})

test('a class practises with its teacher: it arrives, and no report is left behind', async () => {
  await app.change({ kind: 'system', schoolId, name: 'test' }, async ({ people }) => {
    await people.addGroup('class-4a', 'class', 'Class 4A')
    return { result: undefined, events: [{ type: 'group.added' }] }
  })
  const before = (await reportsOf()).length
  const browser = await school.browser(teacher)
  const first = await browser.get('/report?practice=class-4a')
  assert.match(first.text, /Practice\./)
  const done = await browser.post('/report/send', { ...all, who: 'pupil', practice: 'class-4a' })
  assert.equal(done.h1, 'That was practice')
  assert.match(done.text, /It arrived with the right person/)
  assert.equal((await reportsOf()).length, before)
  assert.match((await browser.get('/reports/practice')).text, /Class 4A/)
  assert.equal((await visitor.post('/report/send', { ...all, practice: 'class-4a' })).status, 403)
  assert.equal((await browser.post('/report/send', { ...all, practice: 'class-9z' })).status, 404)
})

test('junk mail is looked at by day', async () => {
  await fresh()
  await visitor.post('/report/message', {
    ...all,
    topic: 'message',
    kind: 'unsolicited-mail',
    about: 'nobody',
    message: 'From: x@win.example\nSubject: Prize\n\nhello',
    reply: 'no',
  })
  const [row] = await fresh()
  const day = row?.digest_on ?? ''
  const browser = await school.browser(network)
  assert.match((await browser.get(`/reports/junk/${day}`)).text, /Prize/)
  assert.equal((await browser.post(`/reports/junk/${day}/looked`, {})).status, 303)
  assert.match((await browser.get(`/reports/junk/${day}`)).text, /by Nia Weber/)
  assert.equal((await browser.get('/reports/junk/2026-99-99')).status, 404)
})

test('the help page is open to everybody, by kind of harm, and a line found wrong is gone', async () => {
  const page = await visitor.get('/help')
  assert.equal(page.status, 200)
  assert.match(page.text, /0800 1111/)
  const browser = await school.browser(head)
  const check = await browser.get('/help/check')
  const digest = /name="digest:beat-child" value="([0-9a-f]+)"/.exec(check.html)?.[1] ?? ''
  assert.match(page.text, /Beat helps people/)
  assert.equal(
    (await browser.post('/help/check', { 'line:beat-child': 'wrong', 'digest:beat-child': digest })).status,
    303,
  )
  assert.doesNotMatch((await visitor.get('/help')).text, /Beat helps people/)
  assert.equal(
    (await browser.post('/help/check', { 'line:beat-child': 'right', 'digest:beat-child': 'stale' })).status,
    409,
  )
})

test('the nightly practice looks at the help page too, signed out', async () => {
  assert.deepEqual((await app.services.reportDrill.run(schoolId)).get('help-page'), undefined)
})

test('with two schools, a report asks for which one, and keeps to it to the end', async () => {
  await school.addSchool('elm-hill')
  assert.equal((await visitor.get('/report')).h1, 'Which school?')
  const page = await visitor.get('/report?school=oak-hill')
  assert.match(actionOn(await answer(visitor, page, { who: 'pupil' })), /school=oak-hill/)
})
