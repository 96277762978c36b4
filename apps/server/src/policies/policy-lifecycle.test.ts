import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersonActor } from '../platform/actor.ts'
import { digestOn, policySchool, review } from '../testing/policy-school.ts'

const school = await policySchool()
const { app, schoolId } = school
const page = async (person: PersonActor, path: string) => (await school.browser(person)).get(path)
const send = async (person: PersonActor, path: string, fields: Record<string, string | string[]>) =>
  (await school.browser(person)).post(path, fields)
const approve = async (
  person: PersonActor,
  path: string,
  present: readonly PersonActor[],
  meeting = ['24', '11', '2026'],
) =>
  send(person, `${path}/approve`, {
    meeting,
    minute: 'FGB 7',
    present: present.map(({ personId }) => personId),
    digest: digestOn((await page(person, `${path}/approve`)).html),
  })
const state = (number: number) =>
  app.read(schoolId, async ({ policies }) => (await policies.version('A', number)).state)
const entries = (type: string) => app.read(schoolId, ({ ledger }) => ledger.list({ types: [type], limit: 50 }))

test('both policies are in force as on paper, with their review deadlines long missed', async () => {
  const deadlines = await app.read(schoolId, reads => reads.deadlines.latest(['policy.review']))
  assert.deepEqual(deadlines.map(({ subject, dueAt }) => [subject, dueAt?.toISOString().slice(0, 10)]).sort(), [
    ['policy:A', '2020-11-30'],
    ['policy:B', '2020-10-31'],
  ])
  const index = await page(school.head, '/policy')
  assert.match(
    index.text,
    /Policy A: IT security policy .* Overdue for review .* Policy B: E-safety policy .* Overdue for review/,
  )
})

test('a review cannot be put to the governors without findings, nor without asking anybody', async () => {
  const opened = await send(school.head, '/policy/A/versions/new', { reason: 'yearly' })
  assert.equal(opened.location, '/policy/A/versions/2')
  assert.equal((await send(school.head, '/policy/A/versions/new', { reason: 'yearly' })).status, 409)
  const bare = await page(school.head, '/policy/A/versions/2')
  assert.match(bare.text, /Write what the review found Ask staff and governors for their comments/)
  assert.equal((await send(school.head, '/policy/A/versions/2/propose', { reason: 'Now' })).status, 409)
  assert.equal(await state(2), 'draft')
})

test('an empty form is refused with every error at once, and what was typed is kept', async () => {
  const answer = await send(school.head, '/policy/A/versions/2/describe', {
    title: '',
    reference: '',
    findings: 'We read it all.',
  })
  assert.equal(answer.status, 400)
  assert.deepEqual(answer.errors, ['Enter the title', 'Enter the reference'])
  assert.match(answer.html, /We read it all\./)
})

test('a clause can be reworded in a draft, and the version shows before and now', async () => {
  const answer = await send(school.head, '/policy/A/versions/2/clause/A-1-03', {
    words: 'Re-examine the policy every\n  six months',
  })
  assert.equal(answer.status, 303)
  const shown = await page(school.head, '/policy/A/versions/2')
  assert.match(
    shown.text,
    /What changed since version 1 Clause A-1-03 Before: Re-examine the policy once a year Now: Re-examine the policy every six months/,
  )
  assert.equal((await send(school.head, '/policy/A/versions/1/clause/A-1-03', { words: 'Never' })).status, 409)
  assert.equal((await send(school.head, '/policy/A/versions/2/clause/A-99-99', { words: 'Never' })).status, 404)
})

test('while staff comment the words cannot be changed, and a teacher can comment', async () => {
  const teacher = await school.person('Tina Teacher', 'teacher')
  const path = '/policy/A/versions/2'
  await send(school.head, `${path}/describe`, {
    title: 'IT security policy',
    reference: 'OH-A',
    findings: 'One clause is too slow.',
  })
  assert.equal((await send(school.head, `${path}/consult`, { until: ['23', '11', '2026'] })).status, 400)
  assert.equal((await send(school.head, `${path}/consult`, { until: ['1', '12', '2026'] })).status, 303)
  assert.equal((await send(school.head, `${path}/clause/A-1-03`, { words: 'Never' })).status, 409)
  assert.equal((await send(teacher, `${path}/comment`, { words: 'Six months is right.' })).status, 303)
  assert.equal((await send(teacher, `${path}/end-consultation`, {})).status, 403)
  assert.equal((await send(school.head, `${path}/end-consultation`, {})).status, 303)
  assert.match((await page(school.head, path)).text, /Six months is right\. Tina Teacher/)
})

test('a meeting without half of the governors cannot approve, nor one before the proposal, nor a governor who was not there', async () => {
  const path = '/policy/A/versions/2'
  assert.equal((await send(school.head, `${path}/propose`, { reason: 'One clause was too slow.' })).status, 303)
  const [chair, first, second] = school.governors
  assert.ok(chair && first && second)
  const inquorate = await approve(chair, path, [chair])
  assert.equal(inquorate.status, 409)
  assert.match(inquorate.text, /not quorate: 1 of 4 governors were there, and 2 are needed/)
  // People who are no governors do not make a quorum.
  assert.equal((await approve(chair, path, [chair, school.head])).status, 409)
  const early = await approve(chair, path, [chair, first], ['20', '11', '2026'])
  assert.equal(early.status, 400)
  assert.equal((await approve(chair, path, [first, second])).status, 403)
  assert.equal((await approve(school.head, path, [chair, first])).status, 403)
  assert.equal(await state(2), 'proposed')
})

test('the proposer never approves, also when the headteacher is a governor', async () => {
  await app.change({ kind: 'system', schoolId, name: 'test' }, async ({ people }) => {
    await people.appoint(school.head.personId, 'governor')
    return { result: undefined, events: [{ type: 'person.appointed', subject: `person:${school.head.personId}` }] }
  })
  const answer = await send(school.head, '/policy/A/versions/2/approve', {
    meeting: ['24', '11', '2026'],
    minute: 'FGB 7',
    present: [school.head.personId, school.chair.personId, school.governors[1]?.personId ?? ''],
    digest: 'f'.repeat(64),
  })
  assert.equal(answer.status, 403)
  assert.equal(await state(2), 'proposed')
})

test('governors can send it back, and the same digest no longer approves anything', async () => {
  const path = '/policy/A/versions/2'
  const digest = digestOn((await page(school.chair, `${path}/approve`)).html)
  assert.equal((await send(school.chair, `${path}/send-back`, { reason: 'Say who looks.', digest })).status, 303)
  assert.equal(await state(2), 'draft')
  await send(school.head, `${path}/clause/A-1-03`, { words: 'The headteacher re-examines the policy every six months' })
  assert.equal((await send(school.head, `${path}/propose`, { reason: 'Said now.' })).status, 303)
  const stale = await send(school.chair, `${path}/approve`, {
    meeting: ['24', '11', '2026'],
    minute: 'FGB 7',
    present: school.governors.map(({ personId }) => personId),
    digest,
  })
  assert.equal(stale.status, 409)
  assert.match(stale.text, /What you were shown is not what is waiting now/)
})

test('one person cannot sign for both, and nothing is published before both have signed', async () => {
  const path = '/policy/A/versions/2'
  assert.equal((await approve(school.chair, path, school.governors)).status, 303)
  assert.equal((await send(school.head, `${path}/publish`, {})).status, 409)
  const sign = async (person: PersonActor, part: string, digest?: string) =>
    send(person, `${path}/sign-${part}`, {
      name: person.name,
      job_title: 'Title',
      digest: digest ?? digestOn((await page(person, `${path}/sign-${part}`)).html),
      read: 'yes',
    })
  assert.equal((await sign(school.head, 'headteacher', 'a'.repeat(64))).status, 409)
  assert.equal((await sign(school.chair, 'headteacher', 'a'.repeat(64))).status, 403)
  assert.equal((await sign(school.head, 'headteacher')).status, 303)
  const version = await app.read(schoolId, ({ policies }) => policies.version('A', 2))
  assert.equal((await sign(school.head, 'governor', version.digest ?? '')).status, 403)
  assert.equal((await sign(school.chair, 'governor')).status, 303)
  assert.equal((await send(school.head, `${path}/publish`, {})).status, 303)
  assert.deepEqual([await state(1), await state(2)], ['superseded', 'published'])
})

test('the new words hold from their approval, and those that did not change keep their day', async () => {
  const since = await app.read(schoolId, ({ policies }) => policies.clausesSince())
  assert.equal(since.get('A-1-03')?.toISOString().slice(0, 10), '2026-11-24')
  assert.equal(since.get('A-1-01')?.toISOString().slice(0, 10), '2019-11-01')
})

test('the deadline of 2020 is recorded as met six years late, and the next one is a year away', async () => {
  const deadlines = (await app.read(schoolId, reads => reads.deadlines.latest(['policy.review']))).filter(
    ({ subject }) => subject === 'policy:A',
  )
  assert.deepEqual(deadlines.map(each => [each.state, each.dueAt?.toISOString().slice(0, 10)]).sort(), [
    ['late', '2020-11-30'],
    ['open', '2027-11-24'],
  ])
})

test('the database itself refuses a second live version, another review date and other words', async () => {
  const refused = async (work: Parameters<typeof app.connections.inSchool>[1]) =>
    assert.rejects(app.connections.inSchool(schoolId, work))
  await refused(tx =>
    tx
      .updateTable('policy_version')
      .set({ next_review: '2030-01-01' })
      .where('policy', '=', 'A')
      .where('state', '=', 'published')
      .execute(),
  )
  await refused(tx =>
    tx
      .updateTable('policy_version')
      .set({ state: 'published' })
      .where('policy', '=', 'A')
      .where('number', '=', 1)
      .execute(),
  )
  await refused(tx =>
    tx.updateTable('policy_clause').set({ words: 'Other' }).where('clause_id', '=', 'A-1-03').execute(),
  )
  await refused(tx => tx.deleteFrom('policy_signature').execute())
})

test('each step left its entry in the ledger, with digests and no words of the policy', async () => {
  for (const type of [
    'policy.adopted',
    'policy.review-opened',
    'policy.reworded',
    'policy.consulted',
    'policy.commented',
    'policy.proposed',
    'policy.sent-back',
    'policy.approved',
    'policy.signed',
    'policy.published',
    'policy.superseded',
  ])
    assert.ok((await entries(type)).length > 0, type)
  assert.doesNotMatch(JSON.stringify(await entries('policy.reworded')), /six months/)
})

test('a review that is given up leaves the version in force, and its number is not used again', async () => {
  const path = await review(school, 'B', 'proposed')
  assert.equal((await send(school.head, `${path}/abandon`, { reason: 'Too early.' })).status, 303)
  assert.equal(
    (await send(school.head, '/policy/B/versions/new', { reason: 'early' })).location,
    '/policy/B/versions/3',
  )
})

test('a clause is set aside by the headteacher’s reason and a governor’s decision, and applies again from its day', async () => {
  const path = '/policy/A/A-9-03'
  assert.equal(
    (await send(school.head, `${path}/set-aside`, { reason: 'We keep no phones.', until: ['25', '11', '2027'] }))
      .status,
    400,
  )
  assert.equal(
    (await send(school.head, `${path}/set-aside`, { reason: 'We keep no phones.', until: ['1', '3', '2027'] })).status,
    303,
  )
  const waiting = await page(school.chair, path)
  const link = /href="(\/policy\/A\/A-9-03\/set-aside\/[^"]+)"/.exec(waiting.html)?.[1] ?? ''
  const decide = async (person: PersonActor) =>
    send(person, link, { verdict: 'approved', reason: 'Agreed.', digest: digestOn((await page(person, link)).html) })
  assert.equal((await decide(school.head)).status, 403)
  assert.notEqual((await app.services.clauses.of(schoolId)).byId.get('A-9-03')?.why.includes('phones'), true)
  assert.equal((await decide(school.chair)).status, 303)
  const aside = (await app.services.clauses.of(schoolId)).byId.get('A-9-03')
  assert.deepEqual([aside?.status, aside?.due?.toISOString()], ['not-applicable', '2027-03-01T00:00:00.000Z'])
  const before = school.now()
  school.setTime('2027-03-01T00:00:00Z')
  assert.notEqual((await app.services.clauses.of(schoolId)).byId.get('A-9-03')?.status, 'not-applicable')
  school.setTime(before)
  assert.equal((await send(school.head, `${path}/restore`, {})).status, 303)
})

test('a clause about illegal content cannot be set aside by anybody', async () => {
  assert.equal((await page(school.head, '/policy/A/A-5-18/set-aside')).status, 403)
  assert.equal(
    (await send(school.head, '/policy/A/A-5-18/set-aside', { reason: 'No.', until: ['1', '3', '2027'] })).status,
    403,
  )
})

test('the background work records each move of a clause once', async () => {
  assert.equal(await app.services.policyWatch.recordMoves(schoolId), 423)
  assert.equal(await app.services.policyWatch.recordMoves(schoolId), 0)
  await app.services.policyWatch.checkPage(schoolId, 'A')
  assert.deepEqual(
    await Promise.all([
      app.services.policyWatch.recordMoves(schoolId),
      app.services.policyWatch.recordMoves(schoolId),
    ]).then(counts => counts.sort()),
    [0, 1],
  )
  const [moved] = await entries('clause.moved')
  assert.deepEqual(
    [moved?.subject, moved?.detail['from'], moved?.detail['to']],
    ['clause:A-4.3-02', 'not-started', 'met'],
  )
  assert.match((await page(school.head, '/policy/A/A-4.3-02')).text, /How its status moved Met since/)
})

test('the document can be narrowed to one status, one section and one role, and only by those who may see how clauses stand', async () => {
  const met = await page(school.chair, '/policy/A?status=met')
  assert.match(met.text, /\d+ clauses? (is|are) shown/)
  assert.match(met.html, /data-policy-clause="A-4.3-02"/)
  assert.doesNotMatch(met.html, /data-policy-clause="A-1-01"/)
  const pupil = await school.person('Pip Pupil', 'pupil')
  const narrowed = await page(pupil, '/policy/A?status=met')
  assert.equal(narrowed.html.match(/data-policy-clause/g)?.length, 263)
  assert.equal((await page(pupil, '/policy/A/A-1-01')).status, 403)
  assert.equal((await page(school.head, '/policy/A?status=nonsense')).status, 200)
  assert.equal((await page(school.head, '/policy/C')).status, 404)
})
