import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { sendLog } from '../testing/gateway-log.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
const pupil = await school.person('Pia Small', 'pupil')
const dsl = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hana Whitfield', 'headteacher')
const chair = await school.person('Carl Hare', 'chair')
const technician = await school.person('Ned Work', 'technician')
const colleague = await school.person('Tess Okoro', 'teacher')
await app.change(systemActor(schoolId, 'test'), async ({ deadlines }) => {
  await deadlines.addTerm('Autumn 2', '2026-11-02', '2026-12-19')
  await deadlines.addTerm('Spring 1', '2027-01-04', '2027-02-13')
  return changed(undefined, { type: 'term.added' })
})

const entryId = newId()
await sendLog(school, [
  { personId: pupil.personId, at: '2026-11-23T10:00:00Z', host: 'monday.example' },
  { personId: pupil.personId, at: '2026-11-16T10:00:00Z', host: 'week-before.example' },
  { personId: colleague.personId, at: '2026-11-23T10:00:00Z', host: 'colleague.example' },
  { personId: pupil.personId, at: '2026-11-23T11:00:00Z', host: 'entry.example', id: entryId },
])
const usernameOf = async (personId: string) =>
  (await app.read(schoolId, ({ people }) => people.accountsOf(personId)))[0]?.username ?? ''
const fields = {
  purpose: 'compliance',
  from: ['23', '11', '2026'],
  to: ['24', '11', '2026'],
  what: 'everything',
  days: '5',
  reason: 'A teacher is worried about her',
}
const entries = (type: string) => app.read(schoolId, ({ ledger }) => ledger.list({ types: [type], limit: 50 }))
const messagesOf = async (personId: string) =>
  (await app.read(schoolId, ({ messages }) => messages.of(personId))).map(({ kind }) => kind)
const digestIn = (html: string) => /name="digest"[^>]*value="([0-9a-f]{64})"/.exec(html)?.[1] ?? ''

test('without a purpose, a reason and days there is nothing to ask for, and “other” is no purpose', async () => {
  const browser = await school.browser(dsl)
  const page = await browser.get('/looks/new')
  assert.equal(page.status, 200, school.logged.at(-1))
  assert.match(page.text, /To prevent or detect a crime/)
  assert.doesNotMatch(page.text, /Other/)
  const sent = await browser.post('/looks/new', {
    ...fields,
    purpose: 'other',
    reason: '',
    username: await usernameOf(pupil.personId),
  })
  assert.deepEqual(sent.errors, ['Select what it is for', 'Enter why you need to look'])
})

test('the lead asks, the headteacher gives leave, and the lead sees those days of that person until the end', async () => {
  const lead = await school.browser(dsl)
  const asked = await lead.post('/looks/new', { ...fields, username: await usernameOf(pupil.personId) })
  const path = asked.location ?? assert.fail(asked.text)
  assert.equal((await lead.get(`${path}/log`)).status, 403, 'nobody has decided')
  assert.ok((await messagesOf(head.personId)).includes('look.asked'))

  const headBrowser = await school.browser(head)
  assert.match((await headBrowser.get('/looks')).text, /Waiting for a decision/)
  const shown = await headBrowser.get(path)
  assert.match(shown.text, /A teacher is worried about her/)
  await headBrowser.post(`${path}/decide`, { verdict: 'approved', reason: 'Agreed', digest: digestIn(shown.html) })

  const seen = await lead.get(`${path}/log?day=2026-11-23`)
  assert.equal(seen.h1, 'Web log of Pia Small')
  assert.match(seen.text, /monday\.example/)
  assert.doesNotMatch(seen.text, /colleague\.example|week-before\.example/)
  assert.equal((await lead.get(`${path}/log?day=2026-11-16`)).status, 403, 'the week before was not asked for')
  assert.equal(
    (await (await school.browser(technician)).get(`${path}/log?day=2026-11-23`)).status,
    403,
    'it is the lead’s',
  )
  const whys = (await entries('look.refused')).map(({ detail }) => detail.why)
  assert.deepEqual([...whys].sort(), ['not-yours', 'out-of-scope', 'waiting'])
  const [opened] = await entries('look.opened')
  assert.equal(opened?.actor, `person:${dsl.personId}`)
  assert.doesNotMatch(JSON.stringify(await entries('look.asked')), /worried|Pia/)
  assert.equal((await messagesOf(head.personId)).filter(kind => kind === 'look.refused').length, 3)

  school.setTime('2026-12-02T10:00:00Z')
  assert.equal(
    (await (await school.browser(dsl)).get(`${path}/log?day=2026-11-23`)).status,
    403,
    'five school days are over',
  )
  school.setTime('2026-11-24T12:00:00Z')
})

test('a technician who opens a colleague’s log without leave is refused, and the headteacher hears of it', async () => {
  const before = (await messagesOf(head.personId)).length
  const answer = await (await school.browser(technician)).get(`/activity/people/${colleague.personId}`)
  assert.equal(answer.status, 403)
  assert.doesNotMatch(answer.text, /colleague\.example/)
  assert.equal((await messagesOf(head.personId)).length, before + 1)
  const watchers = await (await school.browser(head)).get('/watchers')
  assert.match(watchers.text, /Ned Work/)
  assert.match(watchers.text, /Nobody has given you leave/)
})

test('about the headteacher, and for the headteacher, only the chair decides and only the chair reads', async () => {
  const manager = await school.browser(technician)
  const asked = await manager.post('/looks/new', {
    ...fields,
    purpose: 'crime',
    username: await usernameOf(head.personId),
  })
  const path = asked.location ?? assert.fail(asked.text)
  const headBrowser = await school.browser(head)
  assert.equal((await headBrowser.get(path)).status, 404, 'it is about the headteacher')
  const chairBrowser = await school.browser(chair)
  const shown = await chairBrowser.get(path)
  await chairBrowser.post(`${path}/decide`, { verdict: 'refused', reason: 'No ground', digest: digestIn(shown.html) })
  assert.equal((await manager.get(`${path}/log?day=2026-11-23`)).status, 403)
  assert.match((await chairBrowser.get('/watchers')).text, /Hana Whitfield/)
  assert.doesNotMatch((await headBrowser.get('/watchers')).text, /crime/)

  const own = await headBrowser.post('/looks/new', { ...fields, username: await usernameOf(colleague.personId) })
  const ownPath = own.location ?? assert.fail(own.text)
  const ownShown = await headBrowser.get(ownPath)
  assert.doesNotMatch(ownShown.html, /name="verdict"/)
  assert.equal(
    (
      await headBrowser.post(`${ownPath}/decide`, {
        verdict: 'approved',
        reason: 'I say so',
        digest: digestIn((await chairBrowser.get(ownPath)).html),
      })
    ).status,
    403,
  )
})

test('nobody asks to look at themselves', async () => {
  const sent = await (await school.browser(dsl)).post('/looks/new', {
    ...fields,
    username: await usernameOf(dsl.personId),
  })
  assert.equal(sent.status, 400)
})

test('who was behind an entry stays closed to the asker until there is leave', async () => {
  const lead = await school.browser(dsl)
  const at = '2026-11-23T11:00:00.000Z'
  const asked = await lead.post('/looks/new-entry', { ...fields, entry: entryId, at })
  const path = asked.location ?? assert.fail(asked.text)
  assert.doesNotMatch((await lead.get(path)).text, /Pia Small/)
  const headBrowser = await school.browser(head)
  const shown = await headBrowser.get(path)
  assert.match(shown.text, /Pia Small/)
  await headBrowser.post(`${path}/decide`, { verdict: 'approved', reason: 'Agreed', digest: digestIn(shown.html) })
  assert.match((await lead.get(path)).text, /Pia Small/)
  await lead.post(`${path}/end`, {})
  assert.equal((await lead.get(`${path}/log`)).status, 403)
})

test('a child at risk does not wait: the lead looks at once, it is told, and it closes if leave does not follow in a school day', async () => {
  const lead = await school.browser(dsl)
  const urgent = { ...fields, urgent: 'yes' }
  const refused = await lead.post('/looks/new', { ...urgent, username: await usernameOf(colleague.personId) })
  assert.equal(refused.status, 403, 'never a member of staff')
  assert.equal(
    (
      await (
        await school.browser(technician)
      ).post('/looks/new', { ...urgent, username: await usernameOf(pupil.personId) })
    ).status,
    403,
    'never anybody but the lead',
  )
  const asked = await lead.post('/looks/new', { ...urgent, username: await usernameOf(pupil.personId) })
  const path = asked.location ?? assert.fail(asked.text)
  assert.equal((await lead.get(`${path}/log?day=2026-11-23`)).status, 200)
  assert.ok((await messagesOf(head.personId)).includes('look.urgent'))
  assert.equal(
    (await entries('look.opened')).find(({ detail }) => detail.beforeAuthority)?.subject,
    `look:${path.split('/')[2]}`,
  )
  school.setTime('2026-11-27T10:00:00Z')
  assert.equal((await (await school.browser(dsl)).get(`${path}/log?day=2026-11-23`)).status, 403)
  assert.match((await (await school.browser(head)).get('/watchers')).text, /before leave/)
})

test('after the half term the headteacher and the chair each read their own report, and sign it once', async () => {
  school.setTime('2027-01-05T10:00:00Z')
  await app.services.watchers.plan(schoolId)
  await app.services.watchers.plan(schoolId)
  const reports = await app.read(schoolId, ({ watchers }) => watchers.list())
  assert.deepEqual(reports.map(({ reader }) => reader).sort(), ['chair', 'headteacher'])
  const own = reports.find(({ reader }) => reader === 'headteacher') ?? assert.fail()
  const others = reports.find(({ reader }) => reader === 'chair') ?? assert.fail()
  const headBrowser = await school.browser(head)
  assert.equal((await headBrowser.get(`/watchers/${others.id}`)).status, 404)
  const page = await headBrowser.get(`/watchers/${own.id}`)
  assert.match(page.text, /Dora Safe/)
  assert.match(page.text, /refused/)
  const without = await headBrowser.post(`/watchers/${own.id}/sign`, { digest: own.digest, note: '' })
  assert.deepEqual(without.errors, ['Enter what you saw and what you do about it'])
  await headBrowser.post(`/watchers/${own.id}/sign`, { digest: own.digest, note: 'Spoke to Ned' })
  assert.match((await headBrowser.get(`/watchers/${own.id}`)).text, /Spoke to Ned/)
  const [deadline] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`watchers:${own.id}`))
  assert.equal(deadline?.state, 'met')
  assert.equal((await headBrowser.post(`/watchers/${own.id}/sign`, { digest: own.digest, note: 'Again' })).status, 409)
})
