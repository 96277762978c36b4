import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { sendLog } from '../testing/gateway-log.ts'
import { testSchool } from '../testing/test-school.ts'
import { classWatchControls } from './class-watch-controls.ts'

const school = await testSchool()
const { app, schoolId } = school
const teacher = await school.person('Tess Teach', 'teacher')
const other = await school.person('Owen Other', 'teacher')
const lead = await school.person('Dora Safe', 'dsl')
const named = ['Pia', 'Tom', 'Ada', 'Bea', 'Cyd']
const pupils: PersonActor[] = []
for (const name of named) pupils.push(await school.person(`${name} Small`, 'pupil'))
await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  for (const [id, who] of [
    ['class-4b', teacher],
    ['class-5c', other],
  ] as const) {
    await people.addGroup(id, 'class', id)
    await people.addMember(id, who.personId, 'teacher')
  }
  for (const { personId } of pupils) await people.addMember('class-4b', personId)
  await people.addMember('class-5c', pupils[0]?.personId ?? '')
  return changed(undefined, { type: 'membership.added', subject: 'group:class-4b' })
})

const ask = (at: Date, lines: readonly Readonly<Record<string, unknown>>[]): Promise<void> =>
  sendLog(
    school,
    lines.map(line => ({ at: at.toISOString(), ...line })),
  )
/** All pupils of the class search freely, ten minutes ago. */
const online = () =>
  ask(
    new Date(school.now().getTime() - 600_000),
    pupils.map(({ personId }) => ({ personId })),
  )
const state = () => school.stateOf(classWatchControls, 'activity.class-watched')
const hiddenIn = (html: string, name: string): string =>
  new RegExp(`name="${name}"[^>]*value="([^"]+)"`).exec(html)?.[1] ?? ''
const signHref = (html: string): string =>
  (/href="([^"]*sign-off[^"]*)"/.exec(html)?.[1] ?? assert.fail('no signature is offered')).replaceAll('&amp;', '&')
/** Opens the class, goes to the signature, and signs as the page does. */
async function sign(who: PersonActor, outcome = 'nothing') {
  const browser = await school.browser(who)
  const page = await browser.get(signHref((await browser.get('/activity/classes/class-4b/now')).html))
  assert.equal(page.status, 200, page.text)
  const fields = {
    from: hiddenIn(page.html, 'from'),
    to: hiddenIn(page.html, 'to'),
    digest: hiddenIn(page.html, 'digest'),
  }
  return { fields, answer: await browser.post('/activity/classes/class-4b/sign-off', { ...fields, outcome }) }
}

test('control activity.class-watched: met when a teacher watched a lesson of each class that was online, and signed at its end', async () => {
  assert.equal((await state()).status, 'not-started')
  await online()
  assert.equal((await state()).status, 'not-started')
  assert.equal((await sign(teacher)).answer.status, 303)
  const found = await state()
  assert.equal(found.status, 'met', found.why)
  assert.equal(found.evidence, 'attested')
  assert.ok(found.due && found.due > school.now())
})
test('control activity.class-watched: leaves met when the class is online for two weeks and nobody signs again', async () => {
  const before = school.now()
  school.pass(15 * 24)
  await online()
  const late = await state()
  assert.equal(late.status, 'overdue', late.why)
  await sign(teacher, 'spoke')
  assert.equal((await state()).status, 'met')
  school.pass(43 * 24)
  assert.equal((await state()).status, 'overdue', 'nobody online, and the last signature is older than a holiday')
  school.setTime(before)
})
test('control activity.class-watched: fails when another class is online over which no teacher has ever watched', async () => {
  await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    for (const { personId } of pupils.slice(1)) await people.addMember('class-5c', personId)
    return changed(undefined, { type: 'membership.added', subject: 'group:class-5c' })
  })
  const found = await state()
  assert.equal(found.status, 'failing', found.why)
  assert.match(found.why, /1 of 2|class of the 2/)
})

test('the page of a running lesson shows sites and figures and what was stopped, and names nobody', async () => {
  await ask(new Date(school.now().getTime() - 300_000), [
    { personId: pupils[0]?.personId, host: 'games.example', category: 'games', verdict: 'block', rule: 'r' },
    { personId: other.personId, host: 'staffroom.example' },
  ])
  await ask(new Date(school.now().getTime() - 3 * 3_600_000), [
    { personId: pupils[0]?.personId, host: 'earlier.example' },
  ])
  const page = await (await school.browser(teacher)).get('/activity/classes/class-4b/now?minutes=20')
  assert.equal(page.status, 200)
  assert.match(page.text, /games\.example/)
  assert.match(page.text, /rivers\.example/)
  assert.doesNotMatch(page.text, /Pia|Small|staffroom|earlier/)
  assert.match(page.html, /data-look-again="20"/)
  const still = await (await school.browser(teacher)).get('/activity/classes/class-4b/now?minutes=20&still=1')
  assert.doesNotMatch(still.html, /data-look-again/)
})

test('only a teacher of the class signs: another teacher does not see it, and who oversees it does not sign for it', async () => {
  assert.equal((await (await school.browser(other)).get('/activity/classes/class-4b/now')).status, 404)
  assert.equal((await (await school.browser(pupils[0])).get('/activity/classes/class-4b/now')).status, 403)
  const seen = await (await school.browser(lead)).get('/activity/classes/class-4b/now')
  assert.equal(seen.status, 200)
  assert.doesNotMatch(seen.html, /sign-off/)
  const { fields } = await sign(teacher)
  for (const [who, status] of [
    [other, 404],
    [lead, 404],
  ] as const)
    assert.equal(
      (await (await school.browser(who)).post('/activity/classes/class-4b/sign-off', { ...fields, outcome: 'nothing' }))
        .status,
      status,
    )
})

test('what came into the log after the teacher looked has to be looked at before it is signed', async () => {
  const browser = await school.browser(teacher)
  const page = await browser.get(signHref((await browser.get('/activity/classes/class-4b/now')).html))
  const fields = {
    from: hiddenIn(page.html, 'from'),
    to: hiddenIn(page.html, 'to'),
    digest: hiddenIn(page.html, 'digest'),
  }
  await ask(new Date(school.now().getTime() - 60_000), [{ personId: pupils[1]?.personId, host: 'late.example' }])
  assert.equal(
    (await browser.post('/activity/classes/class-4b/sign-off', { ...fields, outcome: 'nothing' })).status,
    409,
  )
})

test('a lesson is signed for on its day, for a few hours at most, and never before it is over', async () => {
  const browser = await school.browser(teacher)
  const ago = (hours: number) => new Date(school.now().getTime() - hours * 3_600_000).toISOString()
  for (const [from, to] of [
    [ago(1), ago(-1)],
    [ago(6), ago(0)],
    [ago(15), ago(14)],
    ['nonsense', ago(0)],
  ])
    assert.equal(
      (
        await browser.get(
          `/activity/classes/class-4b/sign-off?${new URLSearchParams({ from: from ?? '', to: to ?? '' })}`,
        )
      ).status,
      400,
    )
  const empty = await browser.post('/activity/classes/class-4b/sign-off', { from: ago(1), to: ago(0), digest: 'x' })
  assert.deepEqual(empty.errors, ['Select what came of it'])
})

test('a signature of another school’s teacher is nowhere here', async () => {
  await school.addSchool('elm-park')
  assert.deepEqual(await app.read('elm-park', ({ classWatches }) => classWatches.newest()), [])
  assert.deepEqual(await app.read('elm-park', ({ classWatches }) => classWatches.online(new Date(0), 0)), [])
})
