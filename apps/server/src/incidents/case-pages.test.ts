import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import type { NewCase } from './case-store.ts'

const school = await testSchool()
const { app, schoolId } = school
const head = await school.person('Hana Whitfield', 'headteacher')
const deputy = await school.person('Dan Poole', 'deputy')
const dsl = await school.person('Dora Sills', 'dsl')
const deputyDsl = await school.person('Ada Reed', 'deputy-dsl')
const dpo = await school.person('Dev Patel', 'dpo')
const network = await school.person('Nia Weber', 'network-manager')
const teacher = await school.person('Tom Teach', 'teacher')
const pupil = await school.person('Pia Small', 'pupil')
await app.change(systemActor(schoolId, 'test'), async ({ deadlines }) => {
  await deadlines.addTerm('Autumn', '2026-09-01', '2026-12-19')
  return changed(undefined, { type: 'term.added' })
})

const open = (overrides: Partial<NewCase> = {}) =>
  app.change(systemActor(schoolId, 'test'), async ({ cases }) => {
    const { caseId, events } = await cases.open({
      category: 'conduct',
      kind: 'cyberbullying',
      seriousness: 'medium',
      audience: ['headteacher', 'deputy', 'dsl', 'deputy-dsl'],
      ownerRole: 'dsl',
      subjects: [],
      involved: [{ personId: pupil.personId, part: 'subject' }],
      happenedAt: null,
      reportedAt: school.now(),
      origin: 'report:1',
      summary: 'Cruel messages in the class chat',
      ...overrides,
    })
    return changed(caseId, { type: 'report.received' }, ...events)
  })
const triage = { category: 'conduct', kind: 'cyberbullying', seriousness: 'medium', risk: 'no', words: 'Spoke to both' }
const statusOf = (id: string) => app.read(schoolId, ({ cases }) => cases.get(head, id)).then(({ status }) => status)

test('a case is worked through its pages from triage to closing', async () => {
  const id = await open()
  const browser = await school.browser(dsl)
  const page = await browser.get(`/cases/${id}`)
  assert.equal(page.status, 200)
  assert.match(page.h1, /^Case [0-9A-F]{6}$/)
  assert.doesNotMatch(page.html, /Cruel messages/, 'words are closed until opened')
  assert.equal((await browser.post(`/cases/${id}/open`, {})).status, 400)
  assert.equal((await browser.post(`/cases/${id}/open`, { reason: 'working', words: '' })).status, 303)
  assert.match((await browser.get(`/cases/${id}`)).text, /Cruel messages/)
  const opened = await app.read(schoolId, ({ ledger }) => ledger.latest(['case.words-opened'], `case:${id}`))
  assert.equal(opened?.detail['reason'], 'working')
  assert.equal((await browser.post(`/cases/${id}/triage`, triage)).location, `/cases/${id}`)
  assert.equal((await browser.post(`/cases/${id}/take`, {})).status, 303)
  assert.equal((await browser.post(`/cases/${id}/notes`, { words: 'Met the parents of one' })).status, 303)
  const early = await browser.post(`/cases/${id}/close`, {
    response: 'support',
    outcome: 'Settled',
    lesson: 'Watch the chat',
  })
  assert.equal(early.status, 409)
  assert.match(early.text, /Record a decision with its reasons/)
  assert.match(early.html, /Settled/, 'what was typed stays')
  assert.equal(
    (await browser.post(`/cases/${id}/decisions`, { kind: 'response', words: 'Restorative meeting' })).status,
    303,
  )
  assert.equal(
    (await browser.post(`/cases/${id}/close`, { response: 'support', outcome: 'Settled', lesson: 'Watch the chat' }))
      .status,
    303,
  )
  assert.equal(await statusOf(id), 'closed')
})

test('every case page opens for the headteacher and says nothing is wrong', async () => {
  const id = await open({ category: 'data', kind: 'data-breach', ownerRole: 'dpo', audience: ['headteacher', 'dpo'] })
  const browser = await school.browser(head)
  await browser.post(`/cases/${id}/triage`, {
    ...triage,
    category: 'data',
    kind: 'data-breach',
    seriousness: 'serious',
  })
  await browser.post(`/cases/${id}/open`, { reason: 'working' })
  const pages = [
    '',
    '/notes',
    '/tasks',
    '/people',
    '/referrals',
    '/decisions',
    '/parents',
    '/policies',
    '/off-site',
    '/hold',
    '/improvements',
    '/lower',
    '/sanctions',
    '/suspend',
    '/search',
    '/evidence',
    '/illegal',
    '/illegal/begin',
    '/breach',
    '/breach/assess',
    '/breach/decide',
    '/breach/notice',
    '/breach/awareness',
    '/breach/send',
    '/breach/tell',
  ]
  for (const path of pages) assert.equal((await browser.get(`/cases/${id}${path}`)).status, 200, path)
  for (const path of [
    '/cases',
    '/cases?status=open&category=data&late=yes',
    '/cases?mine=yes&sort=due',
    '/cases.csv',
    '/cases/new',
    '/breaches',
    '/searches',
    '/searches/authorise',
    '/lessons',
    '/lessons/new',
    '/safety-notices',
    '/safety-notices/new',
    '/stop',
  ])
    assert.equal((await browser.get(path)).status, 200, path)
})

test('closing a serious case takes a second person, who sees what was proposed and is not its author', async () => {
  const id = await open({ seriousness: 'serious' })
  const lead = await school.browser(dsl)
  const chief = await school.browser(head)
  await lead.post(`/cases/${id}/triage`, { ...triage, seriousness: 'serious' })
  await lead.post(`/cases/${id}/take`, {})
  await lead.post(`/cases/${id}/decisions`, { kind: 'response', words: 'Support plan' })
  assert.match(
    (await lead.post(`/cases/${id}/close`, { response: 'support', outcome: 'Done', lesson: 'None new' })).text,
    /every serious case needs one/,
  )
  await lead.post(`/cases/${id}/referrals`, {
    agency: 'police',
    made: 'no',
    at: ['24', '11', '2026', '10:00'],
    reference: '',
    reasons: 'No threat was made',
  })
  assert.equal(
    (await lead.post(`/cases/${id}/close`, { response: 'support', outcome: 'A quiet outcome', lesson: 'None new' }))
      .status,
    303,
  )
  assert.equal(await statusOf(id), 'in-hand')
  const [request] = await app.read(schoolId, ({ requests }) => requests.about(`case:${id}`))
  assert.ok(request)
  assert.ok(!JSON.stringify(request).includes('quiet outcome'), 'the request holds no words')
  const path = `/cases/${id}/second/${request.id}`
  assert.match((await lead.get(path)).text, /You proposed this/)
  assert.equal((await lead.post(path, { verdict: 'approved', reason: 'Mine', digest: request.digest })).status, 403)
  assert.match((await chief.get(path)).text, /A quiet outcome/)
  assert.match((await chief.get('/cases')).text, /Closing a serious case waits/)
  assert.equal(
    (await chief.post(path, { verdict: 'approved', reason: 'Read and agreed', digest: 'f'.repeat(64) })).status,
    409,
  )
  const [one, other] = await Promise.all([
    chief.post(path, { verdict: 'approved', reason: 'Agreed', digest: request.digest }),
    (await school.browser(deputy)).post(path, { verdict: 'refused', reason: 'Not yet', digest: request.digest }),
  ])
  assert.deepEqual(
    [one.status, other.status].sort(),
    [303, 409],
    'of two people deciding at once one wins and the other is told',
  )
})

test('whoever a case is about sees it in no list, count or file, and is refused it by its address', async () => {
  const id = await open({
    category: 'conduct',
    kind: 'staff-conduct',
    audience: ['headteacher', 'deputy', 'dsl'],
    ownerRole: 'headteacher',
    subjects: [deputy.personId],
  })
  const named = await school.browser(deputy)
  const reference = id.replaceAll('-', '').slice(-6).toUpperCase()
  assert.equal((await named.get(`/cases/${id}`)).status, 404)
  assert.doesNotMatch((await named.get('/cases')).text, new RegExp(reference))
  assert.doesNotMatch((await named.get('/cases.csv')).html, new RegExp(reference))
  assert.match((await (await school.browser(head)).get('/cases.csv')).html, new RegExp(reference))
  const countFor = (who: typeof head) => app.read(schoolId, ({ cases }) => cases.count(who, { category: 'conduct' }))
  assert.equal(await countFor(deputy), (await countFor(head)) - 1)
  const refused = await app.read(schoolId, ({ ledger }) => ledger.latest(['case.viewed.refused'], `case:${id}`))
  assert.equal(refused?.actor, `person:${deputy.personId}`)
})

test('a case of another school does not exist here, and the attempt is recorded', async () => {
  const id = await open()
  await school.addSchool('elm-park')
  const stranger = await app.change(systemActor('elm-park', 'test'), async ({ people }) => {
    const personId = await people.addPerson({ givenName: 'Eve', familyName: 'Else', joinedOn: '2020-09-01' })
    await people.addAccount(personId, 'eve.else', {})
    await people.appoint(personId, 'headteacher')
    return changed(personId, { type: 'person.added' })
  })
  const [account] = await app.read('elm-park', ({ people }) => people.accountsOf(stranger))
  assert.ok(account)
  const browser = await school.browser()
  browser.cookies.set('gatehouse', await app.services.signIn.signInToSample('elm-park', account))
  for (const path of ['', '/notes', '/evidence', '/illegal', '/breach'])
    assert.equal((await browser.get(`/cases/${id}${path}`)).status, 404, path)
  const refused = await app.read('elm-park', ({ ledger }) => ledger.latest(['case.viewed.refused'], `case:${id}`))
  assert.equal(refused?.actor, `person:${stranger}`)
})

test('the data protection officer and the network manager learn of a serious case without its content', async () => {
  const id = await open({ seriousness: 'serious' })
  assert.equal((await (await school.browser(dpo)).get(`/cases/${id}`)).status, 404)
  const browser = await school.browser(network)
  assert.equal((await browser.get(`/cases/${id}`)).status, 404)
  const list = await browser.get('/cases')
  assert.match(list.text, /Say that you know of a serious incident/)
  const [alert] = await app.read(schoolId, ({ caseParts }) => caseParts.alertsFor(network.personId))
  assert.ok(alert)
  const page = await browser.get(`/alerts/${alert.id}`)
  assert.equal(page.status, 200)
  assert.doesNotMatch(page.html, /cyberbullying|Conduct|Cruel/i)
  assert.equal((await browser.post(`/alerts/${alert.id}`, {})).status, 303)
  assert.equal((await (await school.browser(teacher)).get(`/alerts/${alert.id}`)).status, 403)
  assert.equal((await browser.post(`/alerts/${alert.id}`, {})).status, 409, 'acknowledged once')
})

test('working on a serious case says that one knows of it, and closing it asks the others no more', async () => {
  const id = await open({ seriousness: 'serious', ownerRole: 'headteacher' })
  const leader = await school.browser(head)
  const alertsOf = () => app.read(schoolId, ({ caseParts }) => caseParts.alerts(id))
  const stateOf = async (alertId = '') =>
    (await app.read(schoolId, ({ deadlines }) => deadlines.about(`alert:${alertId}`)))[0]?.state
  const mine = (await alertsOf()).find(({ personId }) => personId === head.personId)
  const theirs = (await alertsOf()).find(({ personId }) => personId === network.personId)
  assert.equal(await stateOf(mine?.id), 'open')
  assert.equal((await leader.post(`/cases/${id}/triage`, { ...triage, seriousness: 'serious' })).status, 303)
  assert.equal(await stateOf(mine?.id), 'met')
  assert.equal(await stateOf(theirs?.id), 'open', 'nobody else is said to know')
  assert.ok((await alertsOf()).find(each => each.id === mine?.id)?.acknowledgedAt)
  await leader.post(`/cases/${id}/take`, {})
  await leader.post(`/cases/${id}/decisions`, { kind: 'response', words: 'Support plan' })
  await leader.post(`/cases/${id}/referrals`, {
    agency: 'police',
    made: 'no',
    at: ['24', '11', '2026', '10:00'],
    reference: '',
    reasons: 'No threat was made',
  })
  await leader.post(`/cases/${id}/close`, { response: 'support', outcome: 'Settled', lesson: 'None new' })
  assert.equal(await stateOf(theirs?.id), 'open', 'it is not closed before the second person agrees')
  const [request] = await app.read(schoolId, ({ requests }) => requests.about(`case:${id}`))
  const agreed = { verdict: 'approved', reason: 'Agreed', digest: request?.digest ?? '' }
  assert.equal((await (await school.browser(deputy)).post(`/cases/${id}/second/${request?.id}`, agreed)).status, 303)
  assert.equal(await statusOf(id), 'closed')
  assert.equal(await stateOf(theirs?.id), 'withdrawn')
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['case.alert-withdrawn'], `case:${id}`))
  assert.equal(entry?.detail['alert'], theirs?.id)
  assert.equal((await (await school.browser(network)).post(`/alerts/${theirs?.id}`, {})).status, 409)
  const asked = await app.read(schoolId, ({ caseParts }) => caseParts.alertsFor(network.personId))
  assert.ok(asked.every(each => each.id !== theirs?.id))
})

test('parents are told only after a safeguarding lead who is not the author finds it safe', async () => {
  const id = await open()
  const lead = await school.browser(dsl)
  await lead.post(`/cases/${id}/triage`, triage)
  assert.equal((await lead.post(`/cases/${id}/parents`, { words: 'What happened in the chat' })).status, 303)
  const [notice] = await app.read(schoolId, ({ caseParts }) => caseParts.notices(id))
  assert.ok(notice)
  assert.equal((await lead.post(`/cases/${id}/parents/${notice.id}/given`, {})).status, 409)
  assert.equal((await lead.post(`/cases/${id}/parents/${notice.id}`, { safe: 'yes', reasons: 'I say so' })).status, 403)
  assert.equal(
    (await (await school.browser(head)).post(`/cases/${id}/parents/${notice.id}`, { safe: 'yes', reasons: 'I say so' }))
      .status,
    403,
  )
  assert.equal(
    (
      await (
        await school.browser(deputyDsl)
      ).post(`/cases/${id}/parents/${notice.id}`, { safe: 'yes', reasons: 'Spoke to the child' })
    ).status,
    303,
  )
  assert.equal((await lead.post(`/cases/${id}/parents/${notice.id}/given`, {})).status, 303)
})

test('a case on the illegal-content path refuses a file before any of it reaches the disk, and says what to do', async () => {
  const id = await open({ category: 'content', kind: 'illegal-images', seriousness: 'serious' })
  const browser = await school.browser(dsl)
  const answer = await browser.postFile(
    `/cases/${id}/evidence`,
    {},
    { field: 'evidence', name: 'screen.jpg', content: Buffer.alloc(3_000_000, 7), type: 'image/jpeg' },
  )
  assert.equal(answer.status, 403)
  assert.match(answer.text, /call the police/)
  assert.equal((await browser.get(`/cases/${id}/evidence`)).status, 403)
  assert.deepEqual(
    everyFileUnder(school.dataFolder).filter(path => path.includes('evidence')),
    [],
  )
  assert.ok(await app.read(schoolId, ({ ledger }) => ledger.latest(['evidence.refused'], `case:${id}`)))
  for (const path of ['/triage', '/notes', '/illegal/begin', '/illegal/address', '/illegal/stopped']) {
    const refused = await browser.postFile(
      `/cases/${id}${path}`,
      {},
      { field: 'file', name: 'x.jpg', content: Buffer.alloc(1000), type: 'image/jpeg' },
    )
    assert.equal(refused.status, 400, path)
  }
  const offered = (await browser.get(`/cases/${id}`)).html
  assert.doesNotMatch(offered, new RegExp(`/cases/${id}/(evidence|search)"`))
})

test('a recorded address is never a link and never stands there as an address', async () => {
  const id = await open({ category: 'content', kind: 'terrorist-content', seriousness: 'serious' })
  const browser = await school.browser(dsl)
  const address = 'https://bad.example.org/path/x?y=http://two.example'
  assert.equal((await browser.post(`/cases/${id}/illegal/address`, { address })).status, 303)
  await browser.post(`/cases/${id}/open`, { reason: 'working' })
  const page = await browser.get(`/cases/${id}/illegal`)
  assert.match(page.text, /hxxps\[:\]\/\/bad\[\.\]example\[\.\]org/)
  assert.doesNotMatch(page.html, /bad\.example|https?:\/\/(bad|two)/)
})

function everyFileUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}
