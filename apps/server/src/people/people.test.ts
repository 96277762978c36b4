import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { usernameFrom, whyNotIssue, whyNotSuspend } from './account-rules.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher', 'staff')
const chair = await school.person('Patricia Osei', 'chair', 'governor')
const office = await school.person('Carol Jenkins', 'office', 'staff')
const manager = await school.person('Tom Brennan', 'network-manager', 'staff')
await app.change({ kind: 'system', schoolId, name: 'test' }, async ({ people }) => {
  await people.addGroup('staff', 'filter', 'Staff')
  await people.addGroup('juniors', 'filter', 'Juniors')
  return { result: undefined, events: [{ type: 'group.added' }] }
})
const secretOf = (html: string): string => /<code class="gh-kept">([^<]+)<\/code>/.exec(html)?.[1] ?? ''

test('the office adds a person, who signs in with a temporary password and must choose their own first', async () => {
  const carol = await school.browser(office)
  const added = await carol.post('/people', {
    given_name: 'Zoë',
    family_name: 'O’Brien',
    roles: ['teacher', 'staff'],
    group: 'staff',
  })
  assert.equal(added.status, 303)
  const page = added.location ?? ''
  assert.match((await carol.get(page)).text, /Zoë O’Brien.*Teacher.*Staff/)
  const issued = await carol.post(`${page}/account`, { username: 'zoe.obrien' })
  const temporary = secretOf(issued.html)
  assert.match(temporary, /^[a-z]+-[a-z]+-[a-z]+-[a-z]+$/)
  assert.ok(!(await carol.get(page)).text.includes(temporary), 'it is shown once')

  const zoe = await school.browser()
  assert.equal((await zoe.post('/sign-in', { username: 'zoe.obrien', password: temporary })).status, 303)
  assert.equal((await zoe.get('/')).location, '/account/password')
  const weak = await zoe.post('/account/password', { current_password: temporary, new_password: 'Zoe.Obrien2026' })
  assert.equal(weak.errors.length, 1)
  const changed = await zoe.post('/account/password', {
    current_password: temporary,
    new_password: 'correct horse battery',
  })
  assert.equal(changed.status, 303)
  assert.equal((await zoe.get('/account')).h1, 'You and your account')
  const again = await school.browser()
  assert.equal((await again.post('/sign-in', { username: 'zoe.obrien', password: temporary })).status, 400)
})

test('a wrong form on a person’s page comes back with its errors and what was typed', async () => {
  const carol = await school.browser(office)
  const person = await school.person('Amir Khan', 'staff')
  const answer = await carol.post(`/people/${person.personId}/leave`, { last_day: ['31', '2', '2026'] })
  assert.equal(answer.status, 400)
  assert.deepEqual(answer.errors, [
    'Last day at school must be a real date, such as 27 3 2026',
    'Tick the box to go on',
  ])
  assert.match(answer.title, /^Error: /)
})

test('replacing a password ends the old one and every session at the next click', async () => {
  const person = await school.person('Ines Rossi', 'technician', 'staff')
  const [account] = await app.read(schoolId, ({ people }) => people.accountsOf(person.personId))
  const theirs = await school.browser(person)
  assert.equal((await theirs.get('/account')).status, 200)
  const answer = await (await school.browser(manager)).post(`/people/${person.personId}/reset`, {
    account: account?.id ?? '',
    why: 'suspected',
  })
  assert.match(secretOf(answer.html), /-/)
  assert.match((await theirs.get('/account')).location ?? '', /^\/sign-in/)
})

test('nobody resets a password of those whose approval counts as the second person’s, but those who lead', async () => {
  const lead = await school.person('Marcus Adeyemi', 'dsl', 'staff')
  const [account] = await app.read(schoolId, ({ people }) => people.accountsOf(lead.personId))
  const fields = { account: account?.id ?? '', why: 'forgotten' }
  assert.equal((await (await school.browser(manager)).post(`/people/${lead.personId}/reset`, fields)).status, 403)
  assert.equal((await (await school.browser(head)).post(`/people/${lead.personId}/reset`, fields)).status, 200)
  assert.notEqual(whyNotIssue(head, head.personId, ['headteacher']), null)
  assert.equal(whyNotIssue(office, 'x', ['teacher']), null)
})

test('suspending shuts somebody out everywhere, with a sealed reason; restoring lets them in again', async () => {
  const person = await school.person('Lee Contractor', 'supplier')
  const theirs = await school.browser(person)
  const hana = await school.browser(head)
  const path = `/people/${person.personId}`
  assert.equal((await hana.post(`${path}/suspend`, { reason: '' })).status, 400)
  assert.equal((await hana.post(`${path}/suspend`, { reason: 'Plugged in a router of his own' })).status, 303)
  assert.match((await theirs.get('/account')).location ?? '', /^\/sign-in/)
  assert.match((await hana.get(path)).text, /Plugged in a router of his own/)
  const entries = await app.read(schoolId, ({ ledger }) => ledger.list({ types: ['access.suspended'], limit: 5 }))
  assert.ok(!JSON.stringify(entries).includes('router'))
  assert.equal((await hana.post(`${path}/restore`, { reason: 'Agreed the rules' })).status, 303)
  assert.equal((await (await school.browser(person)).get('/account')).status, 200)
})

test('nobody suspends themselves, and only the chair suspends the headteacher', async () => {
  assert.notEqual(whyNotSuspend(head, head.personId, ['headteacher']), null)
  assert.notEqual(whyNotSuspend(manager, head.personId, ['headteacher']), null)
  assert.equal(whyNotSuspend(chair, head.personId, ['headteacher']), null)
})

test('somebody who leaves today loses posts, groups, account and sessions at once', async () => {
  const person = await school.person('Siobhan Kelly', 'teacher', 'staff')
  await app.services.people.joinGroup(office, person.personId, 'staff', 'member')
  const theirs = await school.browser(person)
  const day = ['24', '11', '2026']
  const answer = await (await school.browser(office)).post(`/people/${person.personId}/leave`, {
    last_day: day,
    sure: 'yes',
  })
  assert.equal(answer.status, 303)
  assert.match((await theirs.get('/account')).location ?? '', /^\/sign-in/)
  await app.read(schoolId, async ({ people }) => {
    assert.deepEqual(await people.rolesOf(person.personId), [])
    assert.deepEqual(await people.groupsOf(person.personId), [])
    assert.ok((await people.accountsOf(person.personId)).every(({ suspendedAt }) => suspendedAt !== null))
  })
  await assert.rejects(app.services.people.setSuspended(head, person.personId, false, 'Back as a guest'), /has left/)
})

test('a last day still to come counts from the day after, by the worker', async () => {
  const person = await school.person('Gareth Evans', 'staff')
  await app.services.people.leave(office, person.personId, '2026-11-26')
  const accountsOf = () => app.read(schoolId, ({ people }) => people.accountsOf(person.personId))
  await app.services.people.shutOutLeavers(schoolId)
  assert.equal((await accountsOf())[0]?.suspendedAt, null)
  school.setTime('2026-11-27T00:30:00.000Z')
  await app.services.people.shutOutLeavers(schoolId)
  assert.notEqual((await accountsOf())[0]?.suspendedAt, null)
  school.setTime('2026-11-24T12:00:00.000Z')
})

test('a person with something waiting in their post cannot leave it to nobody', async () => {
  const lead = await school.person('Nia Morgan', 'network-manager', 'staff')
  const only = await app.read(schoolId, ({ people }) => people.holders('network-manager'))
  for (const each of only.filter(({ personId }) => personId !== lead.personId))
    await app.change({ kind: 'system', schoolId, name: 'test' }, async ({ people }) => {
      await people.endAppointment(each.id, school.now())
      return { result: undefined, events: [{ type: 'appointment.ended' }] }
    })
  await app.change({ kind: 'system', schoolId, name: 'test' }, async ({ deadlines }) => {
    await deadlines.start({
      kind: 'test.waits',
      subject: 'test:1',
      title: 'Something waits',
      link: '/deadlines',
      ownerRole: 'network-manager',
      rule: { basis: 'clock-hours', hours: 24 },
    })
    return { result: undefined, events: [{ type: 'test.begun' }] }
  })
  await assert.rejects(app.services.people.leave(office, lead.personId, '2026-11-24'), /Name a deputy or a successor/)
  assert.equal((await app.read(schoolId, ({ people }) => people.get(lead.personId))).leftOn, null)
})

test('a new internet group takes the place of the old', async () => {
  const person = await school.person('Poppy Reid', 'pupil')
  await app.services.people.joinGroup(office, person.personId, 'juniors', 'member')
  school.pass(1)
  await app.services.people.joinGroup(office, person.personId, 'staff', 'member')
  const groups = await app.read(schoolId, ({ people }) => people.groupsOf(person.personId))
  assert.deepEqual(
    groups.map(({ id }) => id),
    ['staff'],
  )
})

test('the register is searched by name, username, role and group, and downloaded with its marking', async () => {
  const carol = await school.browser(office)
  assert.match((await carol.get('/people?q=zo')).text, /O’Brien, Zoë/)
  assert.match((await carol.get('/people?q=zoe.ob')).text, /O’Brien, Zoë/)
  assert.match((await carol.get('/people?q=nobody-here')).text, /Nobody fits this/)
  assert.doesNotMatch((await carol.get('/people?role=headteacher')).text, /O’Brien/)
  assert.match((await carol.get('/people/register.csv')).html, /^\uFEFF?"PROTECT/)
  assert.equal((await (await school.browser(chair)).get('/people')).status, 403)
})

test('opening a person’s page is on record', async () => {
  const person = await school.person('Rohan Shah', 'pupil')
  await (await school.browser(office)).get(`/people/${person.personId}`)
  const [entry] = await app.read(schoolId, ({ ledger }) => ledger.list({ types: ['person.viewed'], limit: 1 }))
  assert.equal(entry?.subject, `person:${person.personId}`)
})

test('a person makes their own password for the filter, shown once, and it is the one that works', async () => {
  const person = await school.person('Ada Nwosu', 'teacher')
  const answer = await (await school.browser(person)).post('/account/proxy', {})
  const secret = secretOf(answer.html)
  assert.equal(secret.length, 20)
  const stored = await app.connections.inSchool(schoolId, tx =>
    tx.selectFrom('account').select('proxy_hash').where('person_id', '=', person.personId).executeTakeFirstOrThrow(),
  )
  assert.equal(await app.hasher.verify(stored.proxy_hash, secret), true)
})

test('usernames come from names of any script', () => {
  assert.equal(usernameFrom('Zoë', 'O’Brien'), 'zoe.obrien')
  assert.equal(usernameFrom('小明', '王'), 'user')
})

test('the office cannot make anybody a governor or a technician, and the headteacher can', async () => {
  const office = await school.person('Olive Desk', 'office')
  const head = await school.person('Harriet Lead', 'headteacher')
  const friend = await school.person('Fred Friend', 'staff')
  for (const role of ['governor', 'technician'] as const)
    await assert.rejects(
      school.app.services.people.giveRole(office, friend.personId, role),
      /Only the headteacher or the chair/,
    )
  await school.app.services.people.giveRole(head, friend.personId, 'governor')
  assert.ok(
    (await school.app.read(school.schoolId, ({ people }) => people.rolesOf(friend.personId))).includes('governor'),
  )
})
