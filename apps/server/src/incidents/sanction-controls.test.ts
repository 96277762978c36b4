import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { type CaseWorld, caseWorld } from './case-world.ts'

const school = await testSchool()
const status = async (world: CaseWorld, id: string) => (await world.state(id)).status
const endSanctions = (world: CaseWorld) => school.app.services.sanctions.endSanctions(world.schoolId, school.now())

/** A triaged case about the pupil, or about the teacher. */
const triaged = async (world: CaseWorld, about: 'pupil' | 'teacher' = 'pupil') => {
  const person = about === 'pupil' ? world.who.pupil : world.who.teacher
  const id = await world.open({ involved: [{ personId: person.personId, part: 'subject' }] })
  await world.triage(world.who.dsl, id)
  return id
}
const advice = { person: 'Pia Small', rule: 'cyberbullying', response: 'advice', reasons: 'A first time' }
const restriction = { ...advice, response: 'restriction', schoolDays: '5' }
const suspension = {
  person: 'Tom Teach',
  rule: 'staff-serious-misuse',
  schoolDays: '5',
  reasons: 'Deliberate and serious',
  alternatives: 'Supervised use was not enough',
  ladoAsked: 'yes',
}

test('control incidents.off-site: met when a case outside school says how it is linked to it', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.off-site'), 'not-applicable')
  const id = await triaged(world)
  await world.does(world.who.head, `/cases/${id}/off-site`, { link: 'In uniform, towards a classmate' })
  assert.equal(await status(world, 'incidents.off-site'), 'met')
})
test('control incidents.off-site: leaves met when another is dealt with and no link is written down', async () => {
  const world = await caseWorld(school)
  const id = await triaged(world)
  await world.does(world.who.head, `/cases/${id}/off-site`, { link: 'In uniform, towards a classmate' })
  await world.open({ offSite: true })
  school.pass(24 * 4)
  assert.equal(await status(world, 'incidents.off-site'), 'overdue')
})

test('control incidents.sanction-register: met when a named person decides a sanction under a rule', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.sanction-register'), 'not-applicable')
  await world.does(world.who.head, `/cases/${await triaged(world)}/sanctions`, advice)
  assert.equal(await status(world, 'incidents.sanction-register'), 'met')
})
test('control incidents.sanction-register: leaves met when the day of a review passes', async () => {
  const world = await caseWorld(school)
  await world.does(world.who.head, `/cases/${await triaged(world)}/sanctions`, advice)
  school.pass(24 * 50)
  assert.equal(await status(world, 'incidents.sanction-register'), 'overdue')
})

test('control incidents.rule-citation: met when a sanction cites a published rule', async () => {
  const world = await caseWorld(school)
  const id = await triaged(world)
  const refused = await (await world.as(world.who.head)).post(`/cases/${id}/sanctions`, { ...advice, rule: '' })
  assert.equal(refused.status, 400)
  assert.match(refused.errors.join(), /published rule/)
  assert.equal(await status(world, 'incidents.rule-citation'), 'not-started')
  await world.does(world.who.head, `/cases/${id}/sanctions`, advice)
  assert.equal(await status(world, 'incidents.rule-citation'), 'met')
})
test('control incidents.rule-citation: leaves met when a sanction stands there under a rule that nobody published', async () => {
  const world = await caseWorld(school)
  await world.does(world.who.head, `/cases/${await triaged(world)}/sanctions`, advice)
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  await client.query("update sanction set rule = 'because-i-say-so' where school_id = $1", [world.schoolId])
  await client.end()
  assert.equal(await status(world, 'incidents.rule-citation'), 'failing')
})

test('control incidents.ordinary-procedure: met when a matter handed on names its procedure', async () => {
  const world = await caseWorld(school)
  const id = await triaged(world)
  await world.does(world.who.head, `/cases/${id}/sanctions`, { ...advice, response: 'behaviour-policy' })
  assert.equal(await status(world, 'incidents.ordinary-procedure'), 'not-started')
  await world.decide(world.who.head, id, { kind: 'procedure', procedure: 'behaviour', words: 'Behaviour log 17' })
  assert.equal(await status(world, 'incidents.ordinary-procedure'), 'met')
})
test('control incidents.ordinary-procedure: leaves met when the next is handed on to nothing', async () => {
  const world = await caseWorld(school)
  await world.decide(world.who.head, await triaged(world), { kind: 'procedure', procedure: 'behaviour' })
  await world.does(world.who.head, `/cases/${await triaged(world)}/sanctions`, {
    ...advice,
    response: 'behaviour-policy',
  })
  school.pass(49)
  assert.equal(await status(world, 'incidents.ordinary-procedure'), 'overdue')
})

test('control incidents.disciplinary-referral: met when a breach goes to the disciplinary procedure', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.disciplinary-referral'), 'not-applicable')
  await world.decide(world.who.head, await triaged(world, 'teacher'), {
    kind: 'procedure',
    procedure: 'probation',
    words: 'Probation review 3',
  })
  assert.equal(await status(world, 'incidents.disciplinary-referral'), 'met')
})
test('control incidents.disciplinary-referral: leaves met when nobody follows it up for more than a school week', async () => {
  const world = await caseWorld(school)
  await world.decide(world.who.head, await triaged(world, 'teacher'), {
    kind: 'procedure',
    procedure: 'school-disciplinary',
  })
  school.pass(24 * 9)
  assert.equal(await status(world, 'incidents.disciplinary-referral'), 'overdue')
})
test('control incidents.gross-misconduct: met when a failure to control data goes to the gross-misconduct procedure', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.gross-misconduct'), 'not-applicable')
  await world.decide(world.who.head, await triaged(world, 'teacher'), {
    kind: 'procedure',
    procedure: 'gross-misconduct',
  })
  assert.equal(await status(world, 'incidents.gross-misconduct'), 'met')
  assert.equal(await status(world, 'incidents.disciplinary-referral'), 'not-applicable', 'another act')
})
test('control incidents.gross-misconduct: leaves met when nobody follows it up for more than a school week', async () => {
  const world = await caseWorld(school)
  await world.decide(world.who.head, await triaged(world, 'teacher'), { kind: 'procedure', procedure: 'legal-action' })
  school.pass(24 * 9)
  assert.equal(await status(world, 'incidents.gross-misconduct'), 'overdue')
})

test('control incidents.access-lock: met when a suspended person cannot sign in', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.access-lock'), 'not-applicable')
  const teacher = await world.as(world.who.teacher)
  assert.equal((await teacher.get('/account/password')).h1, 'Change your password')
  await world.does(world.who.head, `/cases/${await triaged(world, 'teacher')}/suspend`, suspension)
  assert.notEqual((await teacher.get('/account/password')).h1, 'Change your password', 'signed out at once')
  assert.equal(await status(world, 'incidents.access-lock'), 'met')
})
test('control incidents.access-lock: leaves met when the account is opened behind the decision', async () => {
  const world = await caseWorld(school)
  await world.does(world.who.head, `/cases/${await triaged(world, 'teacher')}/suspend`, suspension)
  await school.app.services.people.setSuspended(world.who.head, world.who.teacher.personId, false, 'by mistake')
  assert.equal(await status(world, 'incidents.access-lock'), 'failing')
})

test('control incidents.access-withdrawn: met when internet access is withdrawn with an end', async () => {
  const world = await caseWorld(school)
  assert.equal(await status(world, 'incidents.access-withdrawn'), 'not-applicable')
  await world.does(world.who.head, `/cases/${await triaged(world)}/sanctions`, restriction)
  assert.equal(await status(world, 'incidents.access-withdrawn'), 'met')
  assert.deepEqual(await world.read(({ sanctions }) => sanctions.withoutInternet()), [world.who.pupil.personId])
})
test('control incidents.access-withdrawn: leaves met when it is not given back, until the software does', async () => {
  const world = await caseWorld(school)
  await world.does(world.who.head, `/cases/${await triaged(world)}/sanctions`, restriction)
  school.pass(24 * 8)
  assert.equal(await status(world, 'incidents.access-withdrawn'), 'overdue')
  assert.equal(await endSanctions(world), 1)
  assert.equal(await status(world, 'incidents.access-withdrawn'), 'met')
})

test('internet is withdrawn for five school days over half-term and comes back on the right day, late or not', async () => {
  const world = await caseWorld(school)
  await school.app.change({ kind: 'system', schoolId: world.schoolId, name: 'test' }, async ({ deadlines }) => {
    for (const day of ['2026-11-26', '2026-11-27', '2026-11-30', '2026-12-01', '2026-12-02'])
      await deadlines.addClosure(day, 'closed')
    return changed(undefined, { type: 'closure.added' })
  })
  // Tuesday 24 November; Wednesday is the first day, five closed days lie between, Thursday 3 to Tuesday 8 December are the rest.
  await world.does(world.who.head, `/cases/${await triaged(world, 'teacher')}/suspend`, suspension)
  const [account] = await world.read(({ people }) => people.accountsOf(world.who.teacher.personId))
  school.setTime('2026-12-08T23:30:00Z')
  assert.equal(await endSanctions(world), 0)
  school.setTime('2026-12-09T00:00:01Z')
  assert.equal(await endSanctions(world), 1)
  assert.equal(await endSanctions(world), 0, 'once')
  const [restored] = await world.read(({ people }) => people.accountsOf(world.who.teacher.personId))
  assert.ok(account?.suspendedAt)
  assert.equal(restored?.suspendedAt, null)
  assert.equal((await (await world.as(world.who.teacher)).get('/account/password')).h1, 'Change your password')
})

test('a suspension of staff without alternatives and without the local authority asked about is refused', async () => {
  const world = await caseWorld(school)
  const id = await triaged(world, 'teacher')
  const { alternatives: _, ladoAsked: __, ...bare } = suspension
  const answer = await (await world.as(world.who.head)).post(`/cases/${id}/suspend`, bare)
  assert.equal(answer.status, 400)
  assert.match(answer.errors.join(), /what else was considered.*LADO/)
  assert.match(
    (
      await (await world.as(world.who.head)).post(`/cases/${id}/suspend`, { ...suspension, rule: 'cyberbullying' })
    ).errors.join(),
    /reaches pupils/,
  )
  assert.match(
    (
      await (await world.as(world.who.head)).post(`/cases/${id}/suspend`, { ...suspension, person: 'Pia Small' })
    ).errors.join(),
    /Name this person in the case first/,
  )
  assert.equal((await (await world.as(world.who.dsl)).post(`/cases/${id}/suspend`, suspension)).status, 403)
})

test('an appeal is heard by somebody else, and when it is upheld everything comes back at once', async () => {
  const world = await caseWorld(school)
  const id = await triaged(world, 'teacher')
  await world.does(world.who.head, `/cases/${id}/suspend`, suspension)
  const [sanction] = await world.read(({ sanctions }) => sanctions.ofCase(id))
  const base = `/cases/${id}/sanctions/${sanction?.id}`
  await world.does(world.who.dsl, `${base}/appeal`, { words: 'It was not me' })
  assert.equal(
    (await (await world.as(world.who.head)).post(`${base}/appeal-decision`, { upheld: 'no', reason: 'I said so' }))
      .status,
    403,
  )
  await world.does(world.who.deputy, `${base}/appeal-decision`, {
    upheld: 'yes',
    reason: 'The log shows another person',
  })
  const [account] = await world.read(({ people }) => people.accountsOf(world.who.teacher.personId))
  assert.equal(account?.suspendedAt, null)
})
