import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const dsl = await school.person('Dora Safe', 'dsl')
const manager = await school.person('Ned Work', 'network-manager')
const head = await school.person('Hetty Head', 'headteacher')
const teacher = await school.person('Tom Teach', 'teacher')
const governor = await school.person('Gus Board', 'link-governor')

const digestOf = (html: string): string =>
  /name="digest" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? assert.fail('the page holds no digest')
const proposal = {
  action: 'allow',
  groups: ['juniors'],
  reason: 'For the Vikings',
  owner: 'dsl',
  reviewOn: ['27', '3', '2027'],
}

test('every page of the internet opens for those it is for, and not for others', async () => {
  const pages = [
    '/internet',
    '/internet/changes',
    '/internet/changes/new',
    '/internet/changes/category',
    '/internet/block-now',
    '/internet/check?url=bet365.com&group=juniors',
    '/internet/asked',
    '/internet/log',
  ]
  for (const path of pages) {
    const answer = await (await school.browser(manager)).get(path)
    assert.equal(answer.status, 200, `${path}: ${school.logged.at(-1) ?? answer.text}`)
  }
  assert.equal((await (await school.browser(teacher)).get('/internet')).status, 200)
  assert.equal((await (await school.browser(teacher)).get('/internet/changes')).status, 403)
  assert.equal((await (await school.browser(governor)).get('/internet/log')).status, 200)
  assert.equal((await (await school.browser(governor)).get('/internet/changes/new')).status, 403)
})

test('the empty slot for illegal content is loud on the page', async () => {
  assert.match((await (await school.browser(manager)).get('/internet')).text, /The slot for illegal content is empty/)
})

test('an opening goes from the proposer’s form to another person’s approval, and shows what it opens', async () => {
  const proposer = await school.browser(manager)
  const blank = await proposer.post('/internet/changes/new', { site: '', groups: [], reason: '' })
  assert.equal(blank.status, 400)
  assert.deepEqual(blank.errors, [
    'Enter the site',
    'Select whether to open or block it',
    'Select at least one group',
    'Enter why this is needed',
    'Select who answers for this change',
    'Enter the day on which somebody looks at this again',
  ])
  const wrong = await proposer.post('/internet/changes/new', { ...proposal, site: 'not a site' })
  assert.equal(wrong.status, 400)
  assert.match(wrong.errors[0] ?? '', /not an address of a website/)
  const drafted = await proposer.post('/internet/changes/new', {
    ...proposal,
    site: 'https://vikings.example/ships?x=1',
  })
  const draft = drafted.location ?? assert.fail('it leads to what it would do')
  const seen = await proposer.get(draft)
  assert.equal(seen.h1, 'Open vikings.example/ships for Juniors')
  assert.match(seen.text, /Not sent yet/)
  assert.match(seen.text, /There are no requests of these days to try it on/)
  assert.equal((await (await school.browser(dsl)).get(draft)).status, 404)
  const sent = await proposer.post(`${draft}/send`, { digest: digestOf(seen.html) })
  const path = sent.location ?? assert.fail('it leads to the change')
  assert.equal((await proposer.post(`${draft}/send`, { digest: digestOf(seen.html) })).status, 409)
  const own = await proposer.get(path)
  assert.equal(own.h1, 'Open vikings.example/ships for Juniors')
  assert.match(own.text, /You proposed this, so somebody else must decide it/)
  assert.match(own.text, /This opens something/)
  const refused = await proposer.post(`${path}/decide`, {
    verdict: 'approved',
    reason: 'Me',
    digest: app.filtering && own.html.includes('digest') ? digestOf(own.html) : '',
  })
  assert.equal(refused.status, 403)
  const approver = await school.browser(dsl)
  const page = await approver.get(path)
  const decided = await approver.post(`${path}/decide`, {
    verdict: 'approved',
    reason: 'Yes',
    digest: digestOf(page.html),
  })
  assert.equal(decided.location, path)
  assert.match((await approver.get(path)).text, /In force/)
  // The second of two who decide at once is told.
  const late = await (await school.browser(head)).post(`${path}/decide`, {
    verdict: 'refused',
    reason: 'No',
    digest: digestOf(page.html),
  })
  assert.equal(late.status, 409)
})

test('a change is approved as it was shown, or not at all', async () => {
  const id = await app.services.filterChanges.propose(manager, {
    kind: 'host',
    site: 'one.example',
    action: 'block',
    groups: ['juniors'],
    reason: 'x',
    owner: 'dsl',
    reviewOn: '2027-03-27',
  })
  const answer = await (await school.browser(dsl)).post(`/internet/changes/${id}/decide`, {
    verdict: 'approved',
    reason: 'Yes',
    digest: 'f'.repeat(64),
  })
  assert.equal(answer.status, 409)
  assert.match(answer.text, /What you were shown is not what is waiting now/)
})

test('a closing may be approved by another network manager, an opening may not', async () => {
  const other = await school.browser(await school.person('Nina Work', 'network-manager'))
  const close = await app.services.filterChanges.propose(manager, {
    kind: 'host',
    site: 'two.example',
    action: 'block',
    groups: ['juniors'],
    reason: 'x',
    owner: 'dsl',
    reviewOn: '2027-03-27',
  })
  const open = await app.services.filterChanges.propose(manager, {
    kind: 'category',
    category: 'games',
    action: 'warn',
    groups: ['juniors'],
    reason: 'x',
    owner: 'dsl',
    reviewOn: '2027-03-27',
  })
  const decide = async (id: string) =>
    other.post(`/internet/changes/${id}/decide`, {
      verdict: 'approved',
      reason: 'Yes',
      digest: (await app.read(schoolId, ({ filtering }) => filtering.change(id))).digest,
    })
  assert.equal((await decide(close)).status, 303)
  const refused = await decide(open)
  assert.equal(refused.status, 403)
  assert.match(refused.text, /This opens something/)
})

test('the link from a case fills in the form, and the case hears of the change', async () => {
  const caseId = '01900000-0000-7000-8000-000000000001'
  const browser = await school.browser(manager)
  const page = await browser.get(
    `/internet/changes/new?host=bad.example&groups=juniors,infants&action=block&case=${caseId}`,
  )
  assert.match(page.html, /value="bad\.example"/)
  assert.match(page.html, /value="juniors" checked/)
  const sent = await browser.post('/internet/changes/new', {
    ...proposal,
    site: 'bad.example',
    action: 'block',
    case: caseId,
  })
  const draft = await browser.get(sent.location ?? '')
  await browser.post(`${sent.location}/send`, { digest: digestOf(draft.html) })
  const entry = await app.read(schoolId, ({ ledger }) =>
    ledger.latest(['case.filter-change-proposed'], `case:${caseId}`),
  )
  assert.ok(entry)
})

test('a child reads why, asks for a site without a name, and the network manager sees the wish', async () => {
  const child = await school.browser()
  const why = await child.get('/blocked/why?host=arcade.example&category=games&decision=x')
  assert.match(why.text, /This site is closed because it is a games site/)
  assert.equal((await child.get('/blocked/ask?host=arcade.example&category=games')).status, 200)
  const asked = await child.post('/blocked/ask', { host: 'arcade.example', category: 'games', purpose: 'lesson' })
  assert.equal(asked.location, '/blocked/asked?host=arcade.example')
  assert.match((await child.get(asked.location ?? '')).text, /Somebody at school will look at it/)
  const worried = await child.get('/blocked/worried?host=arcade.example')
  assert.match(worried.location ?? '', /^\/report\?/)
  const seen = await (await school.browser(manager)).get('/internet/asked')
  assert.match(seen.text, /arcade\.example/)
  assert.equal(
    (await (await school.browser(manager)).post('/internet/asked', { host: 'arcade.example' })).location,
    '/internet/asked',
  )
  assert.doesNotMatch((await (await school.browser(manager)).get('/internet/asked')).text, /Propose to open it/)
})

test('what stands in the address of the block page’s links is shown as text and nothing else', async () => {
  const page = await (await school.browser()).get(
    `/blocked/why?${new URLSearchParams({ host: '<script>alert(1)</script>', category: '"><b>' })}`,
  )
  assert.equal(page.status, 200)
  assert.doesNotMatch(page.html, /<script>alert/)
})

test('a change of another school is not there', async () => {
  await school.addSchool('elm')
  const id = await app.services.filterChanges.propose(
    { ...manager, schoolId: 'oak-hill' },
    {
      kind: 'host',
      site: 'three.example',
      action: 'block',
      groups: ['juniors'],
      reason: 'x',
      owner: 'dsl',
      reviewOn: '2027-03-27',
    },
  )
  await assert.rejects(
    app.read('elm', ({ filtering }) => filtering.change(id)),
    /not-found/,
  )
})

test('a change that came from a case links to it for those who may open the case alone', async () => {
  const caseId = await app.services.cases.create(dsl, {
    kind: 'grooming',
    summary: 'Somebody wrote to a child through a game',
    subjectId: null,
    harmedId: null,
    happenedAt: null,
    offSite: false,
  })
  const id = await app.services.filterChanges.propose(manager, {
    kind: 'host',
    site: 'game.example',
    action: 'block',
    groups: ['juniors'],
    reason: 'x',
    owner: 'dsl',
    reviewOn: '2027-03-27',
    caseId,
  })
  const shown = async (who: typeof dsl) => (await school.browser(who)).get(`/internet/changes/${id}`)
  assert.match((await shown(dsl)).html, new RegExp(`href="/cases/${caseId}"`))
  const kept = await shown(manager)
  assert.match(kept.text, /A case/)
  assert.doesNotMatch(kept.html, new RegExp(caseId))
})
