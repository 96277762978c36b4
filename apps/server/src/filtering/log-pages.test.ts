import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { decided } from './filtering-world.ts'
import { decidePass, passSchool } from './pass-world.ts'

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const world = await passSchool(school)
const governor = await school.browser(world.governor)

const hiddenFields = (html: string): Record<string, string> =>
  Object.fromEntries(
    ['from', 'to', 'digest'].map(name => [name, new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? '']),
  )
const note = 'Read with the headteacher'

test('with nothing decided the log says so, and can be signed', async () => {
  const page = await governor.get('/internet/log')
  assert.match(page.text, /Nobody has proposed a change in this time/)
  assert.match(page.text, /Nothing else bore on the filter/)
})

test('changes, passes, refusals and what the headteacher lets teachers do stand in plain words', async () => {
  await decided(
    school,
    { proposer: world.manager, approver: world.dsl },
    {
      kind: 'host',
      site: 'nasty.example',
      action: 'block',
      groups: ['juniors'],
      reason: 'Frightening',
      owner: 'network-manager',
      reviewOn: '2027-11-24',
    },
  )
  const opened = await app.services.passes.ask(world.teacher, world.question())
  assert.ok('id' in opened)
  await decidePass(school, world.dsl, opened.id)
  const refused = await app.services.passes.ask(
    world.teacher,
    world.question({ sites: ['http://poki.com/x'], reason: 'A treat' }),
  )
  assert.ok('id' in refused)
  await decidePass(school, world.dsl, refused.id, 'refused')
  await app.services.passes.setLimits(world.head, { categories: ['games'], minutes: 45, perWeek: 2, reason: 'A trial' })
  school.pass(0.1)
  const { text } = await governor.get('/internet/log')
  assert.match(text, /Block nasty\.example for Juniors/)
  assert.match(text, /Opened for a lesson: www\.kizi\.com\/maths for Oak \(Year 5\)/)
  assert.match(text, /Not opened: poki\.com\/x for Oak \(Year 5\)/)
  assert.match(text, /let teachers open alone: Games, for 45 minutes, 2 times a week/)
})

test('the signature covers everything that was shown: a pass that was granted meanwhile must be read first', async () => {
  const shown = hiddenFields((await governor.get('/internet/log')).html)
  const opened = await app.services.passes.ask(
    world.teacher,
    world.question({ sites: ['http://www.kizi.com/late'], reason: 'Late' }),
  )
  assert.ok('id' in opened)
  await decidePass(school, world.dsl, opened.id)
  // The page is of an instant; what comes at that very instant is not on it.
  const wider = { ...shown, to: new Date(school.now().getTime() + 1_000).toISOString() }
  assert.equal((await governor.post('/internet/log', { ...wider, note })).status, 409)
  school.pass(0.1)
  const read = hiddenFields((await governor.get('/internet/log')).html)
  assert.equal((await governor.post('/internet/log', { ...read, note })).status, 303)
  const [review] = await app.read(schoolId, ({ filtering }) => filtering.reviews(1))
  assert.equal(review?.changes, 5)
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['filter-log.reviewed']))
  assert.equal(entry?.detail.others, 4)
})

test('somebody who decided one of these does not sign for them', async () => {
  const both = await school.person('Bo Both', 'governor', 'headteacher')
  const browser = await school.browser(both)
  const opened = await app.services.passes.ask(
    world.teacher,
    world.question({ sites: ['http://www.kizi.com/own'], reason: 'Own' }),
  )
  assert.ok('id' in opened)
  await decidePass(school, both, opened.id)
  school.pass(0.1)
  const shown = hiddenFields((await browser.get('/internet/log')).html)
  const answer = await browser.post('/internet/log', { ...shown, note })
  assert.equal(answer.status, 403)
  assert.match(answer.text, /another governor must sign/)
})
