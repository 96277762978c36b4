import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { policySchool, review } from '../testing/policy-school.ts'
import type { ControlState } from './control.ts'
import { linkedDocuments } from './linked-documents.ts'

const school = await policySchool()
const { app, schoolId } = school

/** What a control says now, as the clauses get it. */
async function control(id: string): Promise<ControlState> {
  const found = (await app.services.clauses.of(schoolId)).clauses
    .flatMap(({ findings }) => findings)
    .find(({ controlId }) => controlId === id)
  assert.ok(found, id)
  return found.state
}
const statusOf = async (id: string) => (await control(id)).status
const clauseStatus = async (id: string) => (await app.services.clauses.of(schoolId)).byId.get(id)?.status

/** As an administrator with the database's own password would. */
async function asSuperuser(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
/** Runs `work` while the words of a clause in force are others than those that were signed. */
async function withTamperedWords(work: () => Promise<void>): Promise<void> {
  const words = (text: string) =>
    `update policy_clause c set words = ${text} from policy_version v where v.id = c.version_id and v.policy = 'A' and v.state = 'published' and c.clause_id = 'A-3.1-01'`
  await asSuperuser('alter table policy_clause disable trigger approved_words_stay', words("words || ' if it likes'"))
  // Whatever comes next in the ledger makes the statuses be worked out again.
  await app.services.policyWatch.checkPage(schoolId, 'A')
  await work()
  await asSuperuser(
    words("replace(words, ' if it likes', '')"),
    'alter table policy_clause enable trigger approved_words_stay',
  )
  await app.services.policyWatch.checkPage(schoolId, 'A')
}
const days = (count: number): void => school.pass(24 * count)
const parts = (day: string): string[] => day.split('-').reverse()

test('both policies read as overdue for review on the first day, and no clause is met', async () => {
  assert.equal((await control('policies.yearly-review-a')).due?.toISOString().slice(0, 7), '2020-11')
  assert.equal((await control('policies.yearly-review-b')).due?.toISOString().slice(0, 7), '2020-10')
  for (const id of ['A-0-02', 'A-1-03', 'B-review-01']) assert.equal(await clauseStatus(id), 'overdue', id)
  const { clauses } = await app.services.clauses.of(schoolId)
  assert.equal(clauses.length, 423)
  assert.deepEqual(
    clauses.filter(({ status, at }) => status === 'met' && at === null),
    [],
  )
  const own = clauses.filter(({ controlId }) => controlId?.startsWith('policies.'))
  assert.equal(own.length, 12)
  assert.deepEqual(
    own.filter(({ status }) => status === 'met'),
    [],
  )
})

test('control policies.linked-documents: met when the headteacher has recorded the version of every paper that the policy names', async () => {
  const head = await school.browser(school.head)
  assert.equal(await statusOf('policies.linked-documents'), 'not-started')
  const named = linkedDocuments.filter(({ kind }) => kind !== 'attachment')
  for (const { id, kind } of named) {
    const answer = await head.post(`/policy/A/documents/${id}`, {
      version: `Version of ${id}`,
      approved: parts('2026-03-02'),
      next: kind === 'act' ? ['', '', ''] : parts('2027-03-01'),
      place: 'The office',
    })
    assert.equal(answer.status, 303, answer.text)
    if (id !== named.at(-1)?.id) assert.equal(await statusOf('policies.linked-documents'), 'failing')
  }
  const state = await control('policies.linked-documents')
  assert.deepEqual([state.status, state.evidence], ['met', 'attested'])
  assert.equal(await clauseStatus('A-ref-01'), 'met')
})

test('control policies.data-protection-policy: met when the current data protection policy is recorded with its next review', async () => {
  const head = await school.browser(school.head)
  const fields = { version: 'DP 4', approved: parts('2026-03-02'), next: parts('2027-03-01'), place: 'The office' }
  assert.equal((await head.post('/policy/A/documents/data-protection-policy', fields)).status, 303)
  const state = await control('policies.data-protection-policy')
  assert.deepEqual(
    [state.status, state.evidence, state.due?.toISOString().slice(0, 10)],
    ['met', 'attested', '2027-03-01'],
  )
})

test('control policies.early-review: met when a review that a new technology called for is published in time', async () => {
  assert.equal(await statusOf('policies.early-review'), 'not-started')
  const head = await school.browser(school.head)
  const answer = await head.post('/policy/A/triggers/new', {
    kind: 'technology',
    summary: 'Pupils use chat programs that the policy does not know.',
    reference: '',
    happened: parts('2026-11-20'),
  })
  assert.equal(answer.status, 303, answer.text)
  assert.equal(await statusOf('policies.early-review'), 'due')
  await review(school, 'A', 'signed by a governor')
  assert.equal(await statusOf('policies.early-review'), 'due')
  assert.equal((await head.post('/policy/A/versions/2/publish', {})).status, 303)
  assert.equal(await statusOf('policies.early-review'), 'met')
  assert.equal(await clauseStatus('A-1-04'), 'met')
})

test('control policies.yearly-review-a: met when a review has ended in a published version', async () => {
  assert.equal(await statusOf('policies.yearly-review-a'), 'met')
  assert.equal(await clauseStatus('A-0-02'), 'met')
  assert.equal(await clauseStatus('A-1-03'), 'met')
})

test('control policies.yearly-review-b: met when a review of policy B has ended in a published version', async () => {
  assert.equal(await statusOf('policies.yearly-review-b'), 'overdue')
  await review(school, 'B')
  assert.equal(await statusOf('policies.yearly-review-b'), 'met')
  assert.equal(await clauseStatus('B-review-01'), 'met')
})

test('control policies.version-header: met when a version is issued with its reference, last review and next review', async () => {
  const state = await control('policies.version-header')
  assert.equal(state.status, 'met')
  assert.match(state.why, /reference OH-A, version 2, last reviewed 24 November 2026, next review 24 November 2027/)
})

test('control policies.governor-approval: met when a quorate meeting has approved the version in force', async () => {
  const state = await control('policies.governor-approval')
  assert.equal(state.status, 'met')
  assert.match(state.why, /minute FGB 2026-11 item 7; 3 of 4 were there/)
})

test('control policies.headteacher-leads: met when the headteacher has put a reviewed version to the governors', async () => {
  assert.equal(await statusOf('policies.headteacher-leads'), 'met')
})

test('control policies.headteacher-signature: met when the headteacher has signed the exact text in force', async () => {
  assert.equal(await statusOf('policies.headteacher-signature'), 'met')
  assert.equal(await clauseStatus('A-END-01'), 'met')
})

test('control policies.governor-signature: met when a governor has signed the exact text in force', async () => {
  assert.equal(await statusOf('policies.governor-signature'), 'met')
  assert.equal(await clauseStatus('A-END-02'), 'met')
})

test('control policies.public-page: met when the page, fetched as a stranger would, shows the approved words', async () => {
  assert.equal(await statusOf('policies.public-page'), 'not-started')
  await app.jobs.find(({ name }) => name === 'policies.public-page')?.run(schoolId)
  const state = await control('policies.public-page')
  assert.deepEqual([state.status, state.evidence], ['met', 'measured'])
  assert.ok(state.proofs[0]?.seq)
})

test('control policies.public-page: leaves met when the page shows other words, and when nobody looks for two days', async () => {
  await withTamperedWords(async () =>
    assert.match((await control('policies.public-page')).why, /does not show the approved words/),
  )
  assert.equal(await statusOf('policies.public-page'), 'met')
  days(2)
  assert.equal(await statusOf('policies.public-page'), 'overdue')
  assert.equal(await app.services.policyWatch.checkPage(schoolId, 'A'), true)
  assert.equal(await statusOf('policies.public-page'), 'met')
})

test('control policies.headteacher-signature: leaves met when the words under the signature are altered in the database', async () => {
  await withTamperedWords(async () => assert.equal(await statusOf('policies.headteacher-signature'), 'failing'))
  assert.equal(await statusOf('policies.headteacher-signature'), 'met')
})

test('control policies.governor-signature: leaves met when the words under the signature are altered in the database', async () => {
  await withTamperedWords(async () => assert.equal(await statusOf('policies.governor-signature'), 'failing'))
})

test('control policies.version-header: leaves met when the issued copy is altered, and when its next review has passed', async () => {
  await withTamperedWords(async () => assert.equal(await statusOf('policies.version-header'), 'failing'))
  const before = school.now()
  school.setTime('2027-11-25T10:00:00Z')
  assert.equal(await statusOf('policies.version-header'), 'overdue')
  school.setTime(before)
})

test('control policies.early-review: leaves met when a serious incident calls for a review and nobody does one in four weeks', async () => {
  const head = await school.browser(school.head)
  const answer = await head.post('/policy/A/triggers/new', {
    kind: 'incident',
    summary: 'A serious incident showed a gap.',
    reference: 'A case',
    happened: parts('2026-11-26'),
  })
  assert.equal(answer.status, 303, answer.text)
  assert.equal(await statusOf('policies.early-review'), 'due')
  days(29)
  assert.equal(await statusOf('policies.early-review'), 'overdue')
})

test('control policies.data-protection-policy: leaves met when its own review passes', async () => {
  school.setTime('2027-03-02T10:00:00Z')
  assert.equal(await statusOf('policies.data-protection-policy'), 'overdue')
})

test('control policies.linked-documents: leaves met when nobody has looked at the papers for a year', async () => {
  school.setTime('2027-11-23T10:00:00Z')
  assert.equal(await statusOf('policies.linked-documents'), 'met')
  school.setTime('2027-11-25T10:00:00Z')
  assert.equal(await statusOf('policies.linked-documents'), 'overdue')
})

test('control policies.yearly-review-a: leaves met when the twelve months end with no other review', async () => {
  school.setTime('2027-11-24T12:00:00Z')
  assert.equal(await statusOf('policies.yearly-review-a'), 'due')
  school.setTime('2027-11-25T00:00:00Z')
  assert.equal(await statusOf('policies.yearly-review-a'), 'overdue')
})

test('control policies.yearly-review-b: leaves met when the twelve months end with no other review', async () => {
  assert.equal(await statusOf('policies.yearly-review-b'), 'overdue')
})

test('control policies.governor-approval: leaves met when a year passes with no approval', async () => {
  assert.equal(await statusOf('policies.governor-approval'), 'overdue')
})

test('control policies.headteacher-leads: leaves met when a year passes in which the headteacher led no review', async () => {
  assert.equal(await statusOf('policies.headteacher-leads'), 'overdue')
})
