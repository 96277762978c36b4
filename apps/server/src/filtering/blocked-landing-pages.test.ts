import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { shippedRules } from '@gatehouse/engine'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const active = app.filtering.lists.ensure(school.now())
const teacher = await school.person('Tom Teach', 'teacher')
const colleague = await school.person('Cora Teach', 'teacher')
app.filtering.bundle.write(
  {
    schools: [
      {
        id: schoolId,
        name: 'Oak',
        rules: shippedRules(),
        people: [
          {
            id: teacher.personId,
            username: 'tom.teach',
            groups: ['staff'],
            proxyHash: '$argon2id$v=19$m=512,t=1,p=1$c29tZSBzYWx0IG9m$c29tZSBoYXNoIG9mIG5vYm9keSdz',
            suspended: false,
            classes: [],
            year: null,
            turns13On: null,
          },
        ],
        places: [],
        devices: [],
      },
    ],
    listsSha256: active.sha256,
    testSite: null,
    allowPrivate: [],
    blockPageBase: 'http://gatehouse.example',
  },
  app.filtering.lists.path(active.sha256),
  school.now(),
)

test('somebody whom Squid sends here reads why, and what they can do', async () => {
  const page = await (await school.browser()).get('/blocked?host=www.kizi.com&category=games')
  assert.equal(page.status, 200)
  assert.equal(page.h1, 'You cannot open this page')
  assert.match(page.text, /www\.kizi\.com.*This site is closed because it is a games site/s)
  assert.match(page.html, /href="\/blocked\/ask\?host=www\.kizi\.com&amp;category=games"/)
  assert.doesNotMatch(page.html, /<form[^>]+continue/)
})

test('what stands in the address is shown as text and nothing else', async () => {
  const page = await (await school.browser()).get(
    `/blocked?${new URLSearchParams({ host: '<script>alert(1)</script>', category: '"><b>' })}`,
  )
  assert.equal(page.status, 200)
  assert.doesNotMatch(page.html, /<script>alert|"><b>/)
})

test('whoever is warned goes on by signing in and choosing to, which is recorded and opens it to them alone', async () => {
  const address = '/blocked?host=www.kizi.com&category=warn'
  const nobody = await school.browser()
  assert.match((await nobody.get(address)).html, /Go on for 10 minutes/)
  assert.notEqual((await nobody.post('/blocked/continue', { host: 'www.kizi.com' })).status, 200)
  const page = await school.browser(teacher)
  assert.match((await page.get(address)).text, /think before you open/)
  const went = await page.post('/blocked/continue', { host: 'www.kizi.com' })
  assert.equal(went.location, '/blocked/continued?host=www.kizi.com', went.text)
  assert.match((await page.get(went.location ?? '')).text, /open to you for 10 minutes/)
  const lines = readFileSync(join(app.filtering.bundle.folder, 'continued.ndjson'), 'utf8').trim().split('\n')
  assert.equal(lines.length, 1)
  const line = JSON.parse(lines[0] ?? '') as Record<string, string>
  assert.deepEqual(
    [line.schoolId, line.personId, line.host, line.category],
    [schoolId, teacher.personId, 'www.kizi.com', 'games'],
  )
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['filter-warning.continued']))
  assert.ok(entry)
})

test('nobody goes past what is closed, what is open, or what somebody else is warned about', async () => {
  const page = await school.browser(teacher)
  for (const host of ['www.bet365.com', 'www.nhs.uk', 'not a host', ''])
    assert.doesNotMatch((await page.post('/blocked/continue', { host })).location ?? '', /continued/, host)
  const other = await (await school.browser(colleague)).post('/blocked/continue', { host: 'www.kizi.com' })
  assert.equal(other.status, 409)
})
