import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'

/** The status of posting the headteacher's card under another Host, or from elsewhere. */
const postUnder = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request(
      `${url}/sample/sign-in`,
      { method: 'POST', headers: { host, 'content-type': 'application/x-www-form-urlencoded' } },
      response => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    sent.on('error', reject)
    sent.end('card=headteacher')
  })

test('in a sample school one click walks in as the headteacher', async () => {
  const school = await testSchool({ noSchool: true })
  await school.app.services.school.createSample('Hollybank Primary School')
  const browser = await school.browser()
  const page = await browser.get('/sign-in')
  assert.match(page.text, /Walk in as somebody/)
  for (const role of [
    'headteacher',
    'dsl',
    'teacher',
    'pupil',
    'network-manager',
    'dpo',
    'link-governor',
    'chair',
    'parent',
    'office',
  ]) {
    const answer = await (await school.browser()).post('/sample/sign-in', { card: role })
    assert.equal(answer.location, '/', role)
  }
  const head = await school.browser()
  await head.post('/sample/sign-in', { card: 'headteacher' })
  const account = await head.get('/account/password')
  assert.match(account.text, /Hana Whitfield/)
  assert.match(account.text, /Sample school/)
})

test('the sample’s page shows the filter passwords that work, and none that somebody renewed', async () => {
  const school = await testSchool({ noSchool: true })
  const { schoolId, people } = await school.app.services.school.createSample('Hollybank Primary School')
  const browser = await school.browser()
  const rows = async () => [
    ...(await browser.get('/sample/proxy')).html.matchAll(/curl -x http:\/\/([a-z.0-9]+):([0-9a-f]{20})@/g),
  ]
  const [first] = await rows()
  const [, username = '', password = ''] = first ?? []
  const user = (await school.app.read(schoolId, reads => reads.people.proxyUsers())).find(
    each => each.username === username,
  )
  assert.equal(await school.app.hasher.verify(user?.proxy_hash ?? null, password), true)
  const head = people.get('head') ?? ''
  const [account] = await school.app.read(schoolId, reads => reads.people.accountsOf(head))
  assert.match((await browser.get('/sample/proxy')).text, /Hana Whitfield/)
  await school.app.services.people.issueProxyPassword(
    { kind: 'person', schoolId, personId: head, name: 'Hana Whitfield', roles: ['headteacher'] },
    account?.id ?? '',
  )
  assert.doesNotMatch((await browser.get('/sample/proxy')).text, /Hana Whitfield/)
})

test('a real school has no cards and their route does not exist', async () => {
  const school = await testSchool()
  const browser = await school.browser()
  assert.doesNotMatch((await browser.get('/sign-in')).text, /Walk in/)
  assert.equal((await browser.post('/sample/sign-in', { card: 'headteacher' })).status, 404)
  assert.equal((await browser.get('/sample/proxy')).status, 404)
})

test('beside a real school even a sample loses its cards', async () => {
  const school = await testSchool({ noSchool: true })
  const { schoolId } = await school.app.services.school.createSample('Hollybank Primary School')
  await school.app.services.school.create('A real school')
  const browser = await school.browser()
  assert.doesNotMatch((await browser.get(`/sign-in?school=${schoolId}`)).text, /Walk in/)
  assert.equal((await browser.post(`/sample/sign-in?school=${schoolId}`, { card: 'headteacher' })).status, 404)
  assert.equal((await browser.get(`/sample/proxy?school=${schoolId}`)).status, 404)
})

test('under another name than localhost there are no cards', async () => {
  const school = await testSchool({ noSchool: true, environment: { BASE_URL: 'http://gatehouse.school.example' } })
  await school.app.services.school.createSample('Hollybank Primary School')
  assert.equal(
    await postUnder(school.url, 'gatehouse.school.example'),
    409,
    'known as a name of ours, and without a token',
  )
  const { headers: _, ...answer } = await (async () => {
    const browser = await school.browser()
    return browser.post('/sample/sign-in', { card: 'headteacher' })
  })()
  assert.equal(answer.status, 303, 'under localhost they are there')
  const browser = await school.browser()
  browser.host = 'gatehouse.school.example'
  assert.doesNotMatch((await browser.get('/sign-in')).text, /Walk in/)
  assert.equal((await browser.post('/sample/sign-in', { card: 'headteacher' })).status, 404)
  assert.equal((await browser.get('/sample/proxy')).status, 404)
})

test('a server that listens beyond this machine has no cards', async () => {
  const school = await testSchool({ noSchool: true, environment: { HOST: '0.0.0.0' } })
  await school.app.services.school.createSample('Hollybank Primary School')
  const browser = await school.browser()
  assert.doesNotMatch((await browser.get('/sign-in')).text, /Walk in/)
  assert.equal((await browser.post('/sample/sign-in', { card: 'headteacher' })).status, 404)
  assert.equal((await browser.get('/sample/proxy')).status, 404)
})

test('before there is a school every page leads to the welcome, and afterwards the welcome is gone', async () => {
  const school = await testSchool({ noSchool: true })
  const browser = await school.browser()
  assert.equal((await browser.get('/')).location, '/welcome')
  assert.equal((await browser.get('/welcome')).h1, 'Welcome to Gatehouse')
  const poor = await browser.post('/welcome/school', {
    school_name: '',
    given_name: 'Ana',
    family_name: 'Bell',
    username: 'Ana Bell',
    password: 'short',
  })
  assert.deepEqual(poor.errors, ['Enter the school’s name'])
  const weak = await browser.post('/welcome/school', {
    school_name: 'Ash Lane',
    given_name: 'Ana',
    family_name: 'Bell',
    username: 'ana.bell',
    password: 'ashlane2026!',
  })
  assert.equal(weak.status, 400)
  const made = await browser.post('/welcome/school', {
    school_name: 'Ash Lane',
    given_name: 'Ana',
    family_name: 'Bell',
    username: 'ana.bell',
    password: 'plum giraffe teapot',
  })
  assert.equal(made.h1, 'Keep this for your backups')
  assert.match(made.text, /AGE-SECRET-KEY-1[0-9A-Z]{50,}/)
  assert.doesNotMatch((await browser.get('/sign-in')).text, /AGE-SECRET/)
  assert.equal((await browser.get('/welcome')).status, 404)
  assert.equal(
    (
      await browser.post('/welcome/school', {
        school_name: 'Second',
        given_name: 'A',
        family_name: 'B',
        username: 'a.b',
        password: 'plum giraffe teapot',
      })
    ).status,
    404,
  )
  const signedIn = await browser.post('/sign-in', { username: 'ana.bell', password: 'plum giraffe teapot' })
  // Whoever comes first reads what is observed of them, and goes on from there.
  assert.equal(signedIn.location, '/what-we-see?next=%2F')
})

test('through another server in front, whoever comes, there are no cards', async () => {
  const school = await testSchool({ noSchool: true })
  await school.app.services.school.createSample('Hollybank Primary School')
  const signIn = async (headers: Record<string, string>) => (await fetch(`${school.url}/sign-in`, { headers })).text()
  assert.match(await signIn({}), /Walk in/)
  for (const name of ['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP'])
    assert.doesNotMatch(await signIn({ [name]: '203.0.113.7' }), /Walk in/, name)
})
