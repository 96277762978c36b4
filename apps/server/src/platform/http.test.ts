import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changed } from './change.ts'
import { systemActor } from './actor.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher')
const account = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  const [first] = await people.accountsOf(head.personId)
  if (!first) throw new Error('no account')
  await people.setPassword(first.id, await app.hasher.hash('correct horse battery'))
  return changed(first, { type: 'password.changed', subject: `person:${head.personId}` })
})

test('a person signs in with the right password and is sent where they were going', async () => {
  const browser = await school.browser()
  const answer = await browser.post('/sign-in', {
    username: account.username.toUpperCase(),
    password: 'correct horse battery',
    next: '/account/password',
  })
  assert.equal(answer.status, 303)
  assert.equal(answer.location, '/account/password')
  assert.equal((await browser.get('/account/password')).h1, 'Change your password')
})

test('signing in never leads to another site', async () => {
  for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    const answer = await (await school.browser()).post('/sign-in', {
      username: account.username,
      password: 'correct horse battery',
      next,
    })
    assert.equal(answer.location, '/', next)
  }
})

test('a wrong password and an unknown name get the same words', async () => {
  const browser = await school.browser()
  const wrong = await browser.post('/sign-in', { username: account.username, password: 'wrong' })
  const unknown = await browser.post('/sign-in', { username: 'nobody', password: 'wrong' })
  assert.equal(wrong.status, 400)
  assert.deepEqual(wrong.errors, unknown.errors)
})

test('after ten wrong passwords in five minutes the right one waits a quarter of an hour', async () => {
  const person = await school.person('Lee Short', 'teacher')
  const username = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    const [first] = await people.accountsOf(person.personId)
    if (!first) throw new Error('no account')
    await people.setPassword(first.id, await app.hasher.hash('three random words'))
    return changed(first.username, { type: 'password.changed', subject: `person:${person.personId}` })
  })
  const browser = await school.browser()
  for (let n = 0; n < 10; n++) await app.services.signIn.signIn(schoolId, username, 'guess').catch(() => undefined)
  assert.equal((await browser.post('/sign-in', { username, password: 'three random words' })).status, 400)
  school.pass(0.26)
  assert.equal((await browser.post('/sign-in', { username, password: 'three random words' })).status, 303)
  const locked = await app.read(schoolId, ({ ledger }) => ledger.latest(['account.locked']))
  assert.equal(locked?.subject, `person:${person.personId}`)
})

test('a signed-out reader of a page is asked to sign in first', async () => {
  const answer = await (await school.browser()).get('/account/password')
  assert.equal(answer.location, '/sign-in?next=%2Faccount%2Fpassword')
})

test('a session ends when it was idle too long, and what was typed survives signing in again', async () => {
  const browser = await school.browser(head)
  school.pass(0.6)
  const late = await browser.post('/account/password', {
    note: 'A long account of what happened',
    new_password: 'never echoed',
  })
  assert.equal(late.status, 401)
  assert.match(late.html, /A long account of what happened/)
  assert.doesNotMatch(late.html, /never echoed/)
  const fresh = await school.browser()
  const resumed = await fresh.post('/sign-in', {
    username: account.username,
    password: 'correct horse battery',
    resume_action: '/account/password',
    'resume:note': 'A long account of what happened',
  })
  assert.equal(resumed.h1, 'Check and send again')
  assert.match(resumed.html, /A long account of what happened/)
  assert.ok(fresh.cookies.has('gatehouse'))
})

test('a form without its token changes nothing and is offered again', async () => {
  const browser = await school.browser(head)
  const answer = await browser.post('/account/password', {
    _csrf: 'forged',
    current_password: 'correct horse battery',
    new_password: 'another long password',
  })
  assert.equal(answer.status, 409)
  assert.equal(
    await app.services.signIn.signIn(schoolId, account.username, 'correct horse battery').then(Boolean),
    true,
  )
})

test('a form that another website sends is refused', async () => {
  const browser = await school.browser(head)
  const response = await fetch(`${school.url}/account/password`, {
    method: 'POST',
    headers: { cookie: [...browser.cookies].map(pair => pair.join('=')).join('; '), 'sec-fetch-site': 'cross-site' },
    body: new URLSearchParams({ a: 'b' }),
  })
  assert.equal(response.status, 403)
})

test('a form posted twice is done once, and the second click lands where the first did', async () => {
  const browser = await school.browser(head)
  const once = 'a'.repeat(32)
  const first = await browser.post('/account/password', {
    _once: once,
    current_password: 'correct horse battery',
    new_password: 'correct horse battery 2',
  })
  assert.equal(first.location, '/', first.text.slice(0, 600))
  const before = await app.read(schoolId, ({ ledger }) => ledger.count({ types: ['password.changed'] }))
  const second = await browser.post('/account/password', {
    _once: once,
    current_password: 'correct horse battery 2',
    new_password: 'correct horse battery 3',
  })
  assert.equal(second.location, '/')
  assert.equal(await app.read(schoolId, ({ ledger }) => ledger.count({ types: ['password.changed'] })), before)
})

test('a suspended person is out at the next request', async () => {
  const person = await school.person('Sam Gone', 'teacher')
  const browser = await school.browser(person)
  assert.equal((await browser.get('/account/password')).status, 200)
  await app.services.people.setSuspended(head, person.personId, true, 'misuse')
  assert.equal((await browser.get('/account/password')).status, 303)
})

test('pages forbid framing, scripts from elsewhere and caching', async () => {
  const { headers } = await (await school.browser(head)).get('/account/password')
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
  assert.equal(headers.get('cache-control'), 'no-store')
})

test('a name that is not ours is not answered, so another site cannot point its own name here', async () => {
  const { request } = await import('node:http')
  const status = await new Promise<number | undefined>(resolve => {
    request(`${school.url}/sign-in`, { headers: { host: 'rebound.example' } }, response =>
      resolve(response.statusCode),
    ).end()
  })
  assert.equal(status, 421)
})

test('an address that does not exist says so', async () => {
  const answer = await (await school.browser(head)).get('/no-such-page')
  assert.equal(answer.status, 404)
  assert.equal(answer.h1, 'Page not found')
})
