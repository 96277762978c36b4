import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reportOf } from '../incidents/report-world.ts'
import type { Role } from '../permissions.ts'
import { testSchool } from '../testing/test-school.ts'
import { peopleControls } from './people-controls.ts'

const secretOf = (html: string): string => /<code class="gh-kept">([^<]+)<\/code>/.exec(html)?.[1] ?? ''

/** A school of its own for each control: an act for one is evidence for another. */
async function world() {
  const school = await testSchool()
  const { app, schoolId } = school
  return {
    school,
    /** Somebody in the register, without an account, as the office adds them. */
    async join(name: string, ...roles: readonly ('teacher' | 'staff' | 'pupil')[]): Promise<string> {
      const [givenName = name, familyName = 'Example'] = name.split(' ')
      return app.services.people.add(await school.person('Carol Jenkins', 'office'), {
        givenName,
        familyName,
        email: null,
        dateOfBirth: null,
        roles,
        groups: [],
      })
    },
    state: (id: string) => school.stateOf(peopleControls, id),
    /** By the page, as the person who manages accounts does it. */
    async post(by: Role, path: string, fields: Record<string, string>) {
      return (await school.browser(await school.person(`Somebody ${by}`, by))).post(path, fields)
    },
    async accountOf(personId: string): Promise<string> {
      return (await app.read(schoolId, ({ people }) => people.accountsOf(personId)))[0]?.id ?? ''
    },
  }
}
type World = Awaited<ReturnType<typeof world>>

// All before the first test, since the runner cleans up once the tests that it knows of are over.
const issued = await world()
const register = await world()
const rights = await world()
const door = await world()
const temporary = await world()
const rules = await world()
const reset = await world()

/** Adds somebody with an account and signs them in through the page. @returns their browser, and the temporary password. */
async function firstSignIn(at: World, username: string) {
  const id = await at.join('Zoë Quill', 'teacher')
  const temporary = secretOf((await at.post('office', `/people/${id}/account`, { username })).html)
  const browser = await at.school.browser()
  assert.equal((await browser.post('/sign-in', { username, password: temporary })).status, 303)
  return { id, browser, temporary }
}
const good = 'correct horse battery'

test('control people.accounts-issued: met when everybody who joined was given an account', async () => {
  const id = await issued.join('Amir Khan', 'teacher')
  assert.equal((await issued.state('people.accounts-issued')).status, 'not-started')
  await issued.post('office', `/people/${id}/account`, { username: 'amir.khan' })
  assert.equal((await issued.state('people.accounts-issued')).status, 'met')
})
test('control people.accounts-issued: leaves met when somebody who joined a week ago still has none', async () => {
  await issued.join('Late Comer', 'pupil')
  assert.equal((await issued.state('people.accounts-issued')).status, 'met')
  issued.school.pass(7 * 24)
  assert.equal((await issued.state('people.accounts-issued')).status, 'overdue')
})

test('control people.account-register: met when somebody compares the usernames with the roll', async () => {
  assert.equal((await register.state('people.account-register')).status, 'not-started')
  const browser = await register.school.browser(await register.school.person('Tom Brennan', 'network-manager'))
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec((await browser.get('/people/accounts')).html)?.[1] ?? ''
  assert.equal((await browser.post('/people/accounts/reconcile', { digest })).status, 400)
  assert.equal((await register.state('people.account-register')).status, 'not-started')
  const done = await browser.post('/people/accounts/reconcile', { digest, compared: 'yes' })
  assert.equal(done.status, 303)
  const state = await register.state('people.account-register')
  assert.equal(state.status, 'met')
  assert.equal(state.evidence, 'attested')
})
test('control people.account-register: leaves met when a term passes, and at once when a leaver can still get in', async () => {
  const { school } = register
  const leaver = await school.person('Gone Away', 'staff')
  await school.app.services.people.leave(await school.person('Carol Jenkins', 'office'), leaver.personId, '2026-11-25')
  school.pass(3 * 24)
  assert.equal((await register.state('people.account-register')).status, 'failing')
  await school.app.services.people.shutOutLeavers(school.schoolId)
  assert.equal((await register.state('people.account-register')).status, 'met')
  school.pass(125 * 24)
  assert.equal((await register.state('people.account-register')).status, 'overdue')
})
test('a register that changed since it was opened is not confirmed', async () => {
  const browser = await register.school.browser(await register.school.person('Ines Rossi', 'headteacher'))
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec((await browser.get('/people/accounts')).html)?.[1] ?? ''
  await register.school.person('New Comer', 'staff')
  assert.equal((await browser.post('/people/accounts/reconcile', { digest, compared: 'yes' })).status, 409)
})

test('control people.defined-rights: met when every user holds a role', async () => {
  assert.equal((await rights.state('people.defined-rights')).status, 'not-started')
  const { browser } = await firstSignIn(rights, 'zoe.quill')
  assert.ok(browser)
  assert.equal((await rights.state('people.defined-rights')).status, 'met')
})
test('control people.defined-rights: leaves met when a user’s last role ends', async () => {
  const id = await rights.join('Nora Bell', 'staff')
  await rights.post('office', `/people/${id}/account`, { username: 'nora.bell' })
  assert.equal((await rights.state('people.defined-rights')).status, 'met')
  await rights.post('office', `/people/${id}/roles/end`, { role: 'staff' })
  assert.equal((await rights.state('people.defined-rights')).status, 'failing')
})

test('control people.sign-in: met when people come in with their passwords', async () => {
  assert.equal((await door.state('people.sign-in')).status, 'not-started')
  const id = await door.join('Zoë Quill', 'teacher')
  const office = await door.school.person('Carol Jenkins', 'office')
  const { secret } = await door.school.app.services.people.issueAccount(office, id, 'zoe.quill')
  const browser = await door.school.browser()
  assert.equal((await browser.post('/sign-in', { username: 'zoe.quill', password: 'wrong' })).status, 400)
  assert.equal((await door.state('people.sign-in')).status, 'not-started')
  assert.equal((await browser.post('/sign-in', { username: 'zoe.quill', password: secret })).status, 303)
  assert.equal((await door.state('people.sign-in')).status, 'met')
})
test('control people.sign-in: leaves met when somebody comes in without one', async () => {
  // A browser of the tests comes in as a sample’s card does.
  await door.school.browser(await door.school.person('Card Holder', 'teacher'))
  assert.equal((await door.state('people.sign-in')).status, 'failing')
})

test('control people.temporary-passwords: met when somebody replaces theirs at the first sign-in', async () => {
  assert.equal((await temporary.state('people.temporary-passwords')).status, 'not-started')
  const { browser, temporary: first } = await firstSignIn(temporary, 'zoe.quill')
  assert.equal((await browser.get('/')).location, '/account/password')
  assert.equal((await temporary.state('people.temporary-passwords')).status, 'not-started')
  assert.equal((await browser.post('/account/password', { current_password: first, new_password: good })).status, 303)
  assert.equal((await temporary.state('people.temporary-passwords')).status, 'met')
})
test('control people.temporary-passwords: leaves met when another waits for longer than two weeks', async () => {
  const id = await temporary.join('Ada Slow', 'staff')
  await temporary.post('office', `/people/${id}/account`, { username: 'ada.slow' })
  assert.equal((await temporary.state('people.temporary-passwords')).status, 'met')
  temporary.school.pass(15 * 24)
  assert.equal((await temporary.state('people.temporary-passwords')).status, 'overdue')
})

test('control people.password-rules: met when a weak password is refused and a strong one taken', async () => {
  const { browser, temporary: first } = await firstSignIn(rules, 'zoe.quill')
  assert.equal((await rules.state('people.password-rules')).status, 'not-started')
  const weak = await browser.post('/account/password', { current_password: first, new_password: 'zoe.quill2026' })
  assert.equal(weak.status, 400)
  assert.equal((await rules.state('people.password-rules')).status, 'met')
  assert.equal((await browser.post('/account/password', { current_password: first, new_password: good })).status, 303)
  const { status, proofs } = await rules.state('people.password-rules')
  assert.equal(status, 'met')
  assert.equal(proofs.length, 2)
})
test('control people.password-rules: leaves met when nobody has chosen a password for a year', async () => {
  rules.school.pass(366 * 24)
  assert.equal((await rules.state('people.password-rules')).status, 'overdue')
})

const reportOfPassword = () =>
  reset.school.app.services.reports.receive(
    { kind: 'public', schoolId: reset.school.schoolId },
    reportOf('password-known', 'Somebody in class knows the password of our teacher', { about: 'nobody' }),
  )
test('control people.forced-reset: met when a password under suspicion is replaced', async () => {
  await reset.school.person('Tom Brennan', 'network-manager')
  assert.equal((await reset.state('people.forced-reset')).status, 'not-started')
  const { id, browser } = await firstSignIn(reset, 'zoe.quill')
  await reportOfPassword()
  const answer = await reset.post('office', `/people/${id}/reset`, {
    account: await reset.accountOf(id),
    why: 'suspected',
  })
  assert.equal(answer.status, 200)
  assert.match((await browser.get('/account/password')).location ?? '', /^\/sign-in/)
  reset.school.pass(30)
  assert.equal((await reset.state('people.forced-reset')).status, 'met')
})
test('control people.forced-reset: leaves met when a password is reported as known and a day passes without it', async () => {
  await reportOfPassword()
  assert.equal((await reset.state('people.forced-reset')).status, 'met')
  reset.school.pass(25)
  assert.equal((await reset.state('people.forced-reset')).status, 'overdue')
})
