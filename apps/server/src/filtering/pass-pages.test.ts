import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '../platform/identifiers.ts'
import { testSchool } from '../testing/test-school.ts'
import { oak, passSchool } from './pass-world.ts'

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const world = await passSchool(school)
const teacher = await school.browser(world.teacher)
const dsl = await school.browser(world.dsl)

const filled = {
  sites: 'http://www.kizi.com/maths',
  topic: 'Number games',
  class: oak,
  firstDay: ['24', '11', '2026'],
  lastDay: ['24', '11', '2026'],
  weekdays: ['1', '2', '3', '4', '5'],
  bell: '',
  from: '11:00',
  to: '12.00',
  reason: 'We compare three games',
  how: 'ask',
} as const
let passUrl = ''

test('“I need this” leads a member of staff to a pass for their class, with the site filled in', async () => {
  const ask = await teacher.get('/blocked/ask?host=www.kizi.com&category=games')
  assert.match(ask.html, /href="\/internet\/passes\/new\?host=www\.kizi\.com"/)
  const form = await teacher.get('/internet/passes/new?host=www.kizi.com')
  assert.equal(form.status, 200)
  assert.equal(form.h1, 'Ask for a pass')
  assert.match(form.html, />www\.kizi\.com<\/textarea>/)
  assert.match(form.html, /<option value="class-oak" selected>/)
  assert.doesNotMatch(form.html, /class-elm/)
})

describe('the form', () => {
  const wrong: readonly [string, Partial<Record<keyof typeof filled, string | readonly string[]>>, string][] = [
    ['with nothing in it asks for the site first', { sites: '' }, 'Enter at least one site'],
    ['for a whole site points that out', { sites: 'www.kizi.com' }, 'This asks for the whole of www.kizi.com'],
    ['without times asks for them', { from: '', to: '' }, 'Enter when the lesson begins'],
    ['with a time that is none says so', { from: 'ten' }, 'From must be a time, such as 10:15'],
    ['for a class of somebody else is refused', { class: 'class-elm' }, 'Select a class that you teach'],
    [
      'for the past is refused',
      { firstDay: ['2', '11', '2026'], lastDay: ['2', '11', '2026'] },
      'There is no lesson in these days',
    ],
    ['with no reason asks why', { reason: '' }, 'Enter why it is needed'],
    ['to open it alone says that nobody may', { how: 'alone' }, 'The headteacher has not said'],
  ]
  for (const [what, part, error] of wrong)
    test(`${what}`, async () => {
      const answer = await teacher.post('/internet/passes/new', { ...filled, ...part })
      assert.equal(answer.status, 400, answer.text)
      assert.ok(answer.errors[0]?.startsWith(error), answer.errors.join('; '))
      assert.match(answer.title, /^Error: /)
    })
  test('keeps what was typed, and offers “all of each site” once it was pointed out', async () => {
    const answer = await teacher.post('/internet/passes/new', {
      ...filled,
      sites: 'www.kizi.com',
      topic: 'Typed “once”',
    })
    assert.match(answer.html, /Typed “once”/)
    assert.match(answer.html, /name="scope"/)
  })
})

test('a teacher asks, sees the pass wait, and has no button to decide it', async () => {
  const answer = await teacher.post('/internet/passes/new', filled)
  assert.equal(answer.status, 303, answer.text)
  passUrl = answer.location ?? ''
  const page = await teacher.get(passUrl)
  assert.equal(page.h1, 'www.kizi.com/maths')
  assert.match(page.text, /Waits/)
  assert.match(page.text, /Games, says Gatehouse starter lists of (Sunday )?22 November 2026/)
  assert.match(page.text, /Somebody|somebody else must decide/)
  assert.doesNotMatch(page.html, /name="verdict"/)
  assert.equal(
    (await teacher.post(`${passUrl}/decide`, { verdict: 'approved', reason: 'Me', digest: 'x' })).status,
    403,
  )
})

test('the safeguarding lead finds it on Today, decides, and the teacher sees it open with the time left', async () => {
  assert.match((await dsl.get('/')).text, /Decide about a pass/)
  const page = await dsl.get(passUrl)
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec(page.html)?.[1] ?? ''
  const none = await dsl.post(`${passUrl}/decide`, { digest })
  assert.deepEqual(none.errors, ['Select what you decide', 'Enter your reason'])
  assert.equal((await dsl.post(`${passUrl}/decide`, { verdict: 'approved', reason: 'Seen', digest })).status, 303)
  assert.match((await teacher.get('/internet/passes')).text, /Granted/)
  school.setTime('2026-11-24T11:30:00Z')
  const open = await (await school.browser(world.teacher)).get('/internet/passes')
  assert.match(open.text, /Open now/)
  assert.match(open.text, /30 minutes left/)
})

test('it is shut early with one press, by the teacher', async () => {
  const again = await school.browser(world.teacher)
  assert.match((await again.get(passUrl)).html, /\/end"/)
  assert.equal((await again.post(`${passUrl}/end`, { digest: 'x' })).status, 303)
  assert.match((await again.get(passUrl)).text, /Ended early/)
})

test('asking again keeps the sites and topic, and neither dates nor reason', async () => {
  const again = await school.browser(world.teacher)
  const id = passUrl.split('/').at(-1)
  const form = await again.get(`/internet/passes/new?copy=${id}`)
  assert.match(form.html, /http:\/\/www\.kizi\.com\/maths<\/textarea>/)
  assert.match(form.html, /value="Number games"/)
  assert.doesNotMatch(form.html, /value="2026"/)
  assert.doesNotMatch(form.html, /We compare three games/)
  const other = await school.browser(world.otherTeacher)
  assert.equal((await other.get(`/internet/passes/new?copy=${id}`)).status, 404)
})

test('another teacher does not see a pass that is not of their class, and a governor does', async () => {
  assert.equal((await (await school.browser(world.otherTeacher)).get(passUrl)).status, 404)
  assert.equal((await (await school.browser(world.governor)).get(passUrl)).status, 200)
  assert.equal((await (await school.browser(world.pupil)).get(passUrl)).status, 403)
})

test('the headteacher sets what may be opened alone, and the form then asks for the password of whoever opens', async () => {
  const head = await school.browser(world.head)
  const page = await head.get('/internet/passes/limits')
  assert.match(page.text, /Nothing\. That is how a school starts/)
  assert.doesNotMatch(page.html, /value="pornography"|value="selfharm"|value="illegal"|value="vpn"/)
  const bad = await head.post('/internet/passes/limits', { minutes: '9999', perWeek: '', reason: '' })
  assert.equal(bad.status, 400)
  assert.equal(bad.errors.length, 3)
  const set = await head.post('/internet/passes/limits', {
    minutes: '60',
    perWeek: '3',
    categories: ['games'],
    reason: 'Spring term trial',
  })
  assert.equal(set.status, 303)
  const form = await (await school.browser(world.teacher)).get('/internet/passes/new')
  assert.match(form.text, /60 minutes: Games/)
  assert.match(form.html, /type="password"/)
  await app.read(schoolId, async ({ passes }) => assert.equal((await passes.limits())?.perWeek, 3))
})

test('parts of the page that were blocked for the teacher’s own visits are offered as ticks, and nobody else’s are', async () => {
  const line = (personId: string, host: string): string =>
    JSON.stringify({
      v: 1,
      id: newId(school.now().getTime()),
      at: school.now().toISOString(),
      school: schoolId,
      personId,
      groups: ['staff'],
      kind: 'page',
      method: 'GET',
      host,
      path: '/script.js',
      category: 'games',
      verdict: 'block',
      rule: 'group:staff:games',
      continued: false,
      referrerHost: 'www.kizi.com',
    })
  const lines = [
    line(world.teacher.personId, 'cdn.kizi-parts.example'),
    line(world.otherTeacher.personId, 'other.example'),
  ]
  await app.services.activity.takeSegment({ id: 'parts-1', bytes: Buffer.from(lines.join('\n')) })
  school.pass(0.1)
  const again = await school.browser(world.teacher)
  const form = await again.get('/internet/passes/new?host=www.kizi.com')
  assert.match(form.text, /Parts that the page asked for/)
  assert.match(form.html, /name="parts" type="checkbox" value="cdn\.kizi-parts\.example"/)
  assert.doesNotMatch(form.html, /other\.example/)
  const sent = await again.post('/internet/passes/new', {
    ...filled,
    from: '13:00',
    to: '14:00',
    reason: 'With its parts this time',
    parts: ['cdn.kizi-parts.example', 'not a host'],
  })
  assert.equal(sent.status, 303, sent.text)
  const page = await again.get(sent.location ?? '')
  assert.match(page.text, /cdn\.kizi-parts\.example/)
})

test('a permission offers only what the school’s table allows with permission', async () => {
  const page = await (await school.browser(world.teacher)).get('/internet/passes/permission')
  assert.equal(page.status, 200)
  assert.match(page.text, /with permission/)
})
