import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { decided } from './filtering-world.ts'
import { decidePass, passSchool } from './pass-world.ts'

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const world = await passSchool(school)
const technician = await school.person('Tina Tech', 'technician')
const pupil = await school.browser(world.pupil)
const service = app.services.contests
const host = 'www.kizi.com'

test('a pupil who is signed in asks for a site, and the clock of an answer runs', async () => {
  const page = await pupil.get(`/blocked/ask?host=${host}&category=games`)
  assert.match(page.text, /You will get an answer on your first page/)
  const sent = await pupil.post('/blocked/ask', { host, category: 'games', purpose: 'lesson', words: 'For our maths' })
  assert.equal(sent.status, 303)
  const [deadline] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`site:${host}`))
  assert.equal(deadline?.ownerRole, 'network-manager')
  assert.match((await pupil.get('/blocked/answers')).text, /Nobody has answered yet/)
})

test('asking again does not ask twice', async () => {
  await pupil.post('/blocked/ask', { host, category: 'games', purpose: 'homework' })
  assert.equal((await app.read(schoolId, ({ contests }) => contests.unanswered('open-it'))).length, 1)
})

test('somebody who is not signed in is counted, not kept, and told how to get an answer', async () => {
  const nobody = await school.browser()
  assert.match((await nobody.get(`/blocked/ask?host=poki.com`)).text, /Sign in first to get an answer/)
  assert.equal(
    (await nobody.post('/blocked/ask', { host: 'poki.com', category: 'games', purpose: 'other' })).status,
    303,
  )
  assert.equal((await app.read(schoolId, ({ contests }) => contests.unanswered('open-it', 'poki.com'))).length, 0)
})

test('a teacher sees what pupils of their own class ask, and no others', async () => {
  assert.match((await (await school.browser(world.teacher)).get('/internet/contests')).text, /For our maths/)
  assert.match((await (await school.browser(world.otherTeacher)).get('/internet/contests')).text, /Nobody waits/)
  await assert.rejects(service.answerOpen(world.otherTeacher, host, 'stays', 'No'), /Nobody waits/)
})

test('an answer must be true: a site that is closed is not said to be open', async () => {
  await assert.rejects(service.answerOpen(technician, host, 'opened', null), /not open for all/)
  await assert.rejects(service.answerOpen(technician, host, 'pass', null), /No pass opens it/)
  await assert.rejects(service.answerOpen(technician, host, 'stays', null), /Say why/)
})

test('with a pass for the class the answer says so, and the pupil finds it on the first page', async () => {
  const asked = await app.services.passes.ask(world.teacher, world.question())
  assert.ok('id' in asked)
  await decidePass(school, world.dsl, asked.id)
  assert.equal(await service.answerOpen(world.teacher, host, 'pass', 'Tomorrow in maths.'), 1)
  assert.match((await pupil.get('/')).text, /Read the answer about a site/)
  const page = await pupil.get('/blocked/answers')
  assert.match(page.text, /Your class can use it in some lessons/)
  assert.match(page.text, /Tomorrow in maths/)
  assert.doesNotMatch((await pupil.get('/')).text, /Read the answer about a site/)
  const [deadline] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`site:${host}`))
  assert.equal(deadline?.state, 'met')
})

test('what was opened by two people is answered as open', async () => {
  await service.askToOpen(world.pupil, { host: 'poki.com', category: 'games', purpose: 'lesson', words: null })
  await decided(
    school,
    { proposer: world.manager, approver: world.dsl },
    {
      kind: 'host',
      site: 'poki.com',
      action: 'allow',
      groups: ['juniors'],
      reason: 'For the maths week',
      owner: 'network-manager',
      reviewOn: '2027-11-24',
    },
  )
  assert.equal(await service.answerOpen(technician, 'poki.com', 'opened', null), 1)
})

test('a child says that a site should be closed: a report is made, and whoever can block it at once is told', async () => {
  const sent = await pupil.post('/blocked/should-be-closed', { site: 'poki.com', words: 'It has scary adverts' })
  assert.equal(sent.h1, 'Thank you for telling us')
  const [contest] = await app.read(schoolId, ({ contests }) => contests.unanswered('close-it'))
  assert.ok(contest?.reportId)
  assert.equal(contest.personId, null, 'who said so is not kept')
  for (const person of [world.manager, world.dsl]) {
    const told = await app.read(schoolId, ({ messages }) => messages.of(person.personId))
    assert.ok(told.some(({ kind }) => kind === 'site.should-be-closed'))
  }
  const manager = await school.browser(world.manager)
  assert.match((await manager.get('/')).text, /Look at a site that is open and should not be/)
  assert.match((await manager.get('/internet/contests')).html, /\/internet\/block-now\?host=poki\.com/)
})

test('the second to say so makes no second report', async () => {
  assert.equal(await service.askToClose(world.teacher, { host: 'poki.com', category: 'games', words: null }), false)
})

test('it is settled as closed only when it is closed for every group of children', async () => {
  await assert.rejects(service.answerClose(world.manager, 'poki.com', 'closed', 'Blocked'), /not blocked for Juniors/)
  await app.services.filterChanges.blockAtOnce(world.manager, {
    site: 'poki.com',
    groups: ['infants', 'juniors', 'secondary', 'sixth-form', 'personal-devices', 'guests'],
    reason: 'Scary adverts',
    owner: 'network-manager',
    reviewOn: '2027-11-24',
  })
  await assert.rejects(service.answerClose(world.teacher, 'poki.com', 'closed', 'Blocked'), /Only those who look after/)
  await service.answerClose(world.manager, 'poki.com', 'closed', 'Blocked for all')
  const told = await app.read(schoolId, ({ messages }) => messages.of(world.teacher.personId))
  assert.ok(told.some(({ kind }) => kind === 'contest.answered'))
})

test('a form without a site, or with one that is none, says so', async () => {
  assert.deepEqual((await pupil.post('/blocked/should-be-closed', { site: '' })).errors, ['Enter the site'])
  assert.equal((await pupil.post('/blocked/should-be-closed', { site: 'com' })).status, 400)
})

test('a pass whose last lesson is over is no answer for whoever asks after it', async () => {
  school.pass(24 * 7)
  await service.askToOpen(world.pupil, { host, category: 'games', purpose: 'lesson', words: null })
  await assert.rejects(service.answerOpen(world.teacher, host, 'pass', null), /No pass opens it/)
})
