import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import pg from 'pg'
import { createWordsReader } from '../monitoring/words-reader.ts'
import type { PersonActor } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'
import { testSchool } from '../testing/test-school.ts'
import type { NewReport } from './report.ts'
import { pagedAudience, stepsFor } from './report-paging.ts'
import { textsOf } from './report-reading.ts'
import { reportOf } from './report-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const { reports: service, reportPaging } = app.services
const head = await school.person('Hana Whitfield', 'headteacher')
const lead = await school.person('Dora Sills', 'dsl')
const deputyLead = await school.person('Del Ward', 'deputy-dsl')
const dpo = await school.person('Dev Patel', 'dpo')
const network = await school.person('Nia Weber', 'network-manager')
const chair = await school.person('Carl Hare', 'chair')
const teacher = await school.person('Tess Okoro', 'teacher')
const pupil = await school.person('Pia Small', 'pupil')
const front = { kind: 'public', schoolId } as const

const grave = 'i want to kill myself tonight'
const graveReport = (kind: string, given: Partial<NewReport> = {}): NewReport =>
  reportOf(kind, grave, { about: 'me', wantsReply: true, ...given })
const send = (kind: string, given: Partial<NewReport> = {}) => service.receive(front, graveReport(kind, given))
const facts = (actor: PersonActor, id: string) =>
  app
    .read(schoolId, ({ reports }) => reports.get(actor, id))
    .catch(error => (error instanceof Refusal && error.code === 'not-found' ? null : Promise.reject(error)))
const paged = async (id: string): Promise<string[]> =>
  (await app.read(schoolId, ({ reports }) => reports.pages(id))).map(({ personId }) => personId)
const clockOf = async (id: string): Promise<{ hours: number; title: string }> => {
  const [clock] = (await app.read(schoolId, ({ deadlines }) => deadlines.about(`report:${id}`))).filter(
    ({ kind, state }) => kind === 'report.acknowledge' && state === 'open',
  )
  assert.ok(clock?.dueAt)
  return { hours: (clock.dueAt.getTime() - clock.startsAt.getTime()) / 3_600_000, title: clock.title }
}
const entriesOf = async (id: string) =>
  (await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 500 }))).filter(
    ({ subject }) => subject === `report:${id}`,
  )
const climb = () => reportPaging.climb(schoolId)
/** So that what one test left does not count in the next. */
const settle = async (): Promise<void> => {
  for (const { id } of await app.read(schoolId, ({ reports }) => reports.unseenUrgent()))
    for (const actor of [lead, head, chair])
      await service.see(actor, id).catch(error => (error instanceof Refusal ? null : Promise.reject(error)))
  school.pass(1)
}

describe('a report whose words may not wait', () => {
  test('pages the safeguarding lead and has an hour; a routine one pages nobody and keeps its day', async () => {
    const { reportId } = await send('self-harm-concern')
    const routine = await send('cyberbullying', { words: 'they laughed at my shoes' })
    await climb()
    assert.deepEqual(await paged(reportId), [lead.personId])
    assert.deepEqual(await paged(routine.reportId), [])
    assert.deepEqual(await clockOf(reportId), { hours: 1, title: 'Take a report that may not wait' })
    assert.deepEqual(await clockOf(routine.reportId), { hours: 24, title: 'Take a report' })
    assert.deepEqual([(await facts(lead, reportId))?.severity, (await facts(lead, routine.reportId))?.severity], [5, 3])
    const told = await app.read(schoolId, ({ messages }) => messages.of(lead.personId))
    assert.ok(told.some(({ kind, link }) => kind === 'report.page' && link === `/reports/${reportId}`))
    await climb()
    assert.equal((await paged(reportId)).length, 1, 'once')
    await settle()
  })
  test('climbs the ladder until somebody who receives the words opens it; who was paged may open it', async () => {
    const { reportId } = await send('self-harm-concern')
    await climb()
    assert.equal(await facts(deputyLead, reportId), null)
    school.pass(11 / 60)
    await climb()
    assert.deepEqual(await paged(reportId), [lead.personId, deputyLead.personId])
    assert.ok((await facts(deputyLead, reportId))?.content)
    const page = await (await school.browser(deputyLead)).get(`/reports/${reportId}`)
    assert.equal(page.status, 200)
    assert.match(page.text, /Del Ward.*opened it/s)
    school.pass(1)
    await climb()
    assert.equal((await paged(reportId)).length, 2)
    const pages = await app.read(schoolId, ({ reports }) => reports.pages(reportId))
    assert.ok(pages.every(({ acknowledgedBy }) => acknowledgedBy === deputyLead.personId))
    await settle()
  })
  test('goes to the safeguarding lead whatever its reporter called it', async () => {
    const { reportId, caseId } = await send('technical-fault')
    await climb()
    assert.deepEqual(await paged(reportId), [lead.personId])
    assert.ok((await facts(lead, reportId))?.content)
    assert.ok((await facts(network, reportId))?.content, 'and is taken from nobody')
    const file = await app.read(schoolId, ({ cases }) => cases.get(lead, caseId ?? ''))
    assert.deepEqual([file.ownerRole, file.seriousness], ['dsl', 'serious'])
    await settle()
  })
  test('is raised by a message that came with it, but not by mail that was sent by the thousand', async () => {
    const message = { form: 'pasted', content: Buffer.from(`Subject: hi\n\n${grave}`) } as const
    const words = 'somebody sent me this'
    const unkind = await send('offensive-message', { words, message })
    assert.equal((await facts(lead, unkind.reportId))?.severity, 5)
    const [own, other] = await app.read(schoolId, async ({ reports }) =>
      reports.readings(await reports.get(lead, unkind.reportId)),
    )
    assert.deepEqual([own?.of, own?.severity, other?.of, other?.severity], ['words', 0, 'message', 5])
    const junk = await send('unsolicited-mail', { words, message, about: 'nobody', who: 'staff' })
    assert.equal(junk.routing.as, 'junk')
    assert.equal(textsOf(graveReport('scam', { words, message })).length, 1)
    await settle()
  })
  test('leaves its reporter unknown, and nothing in the queue of flags', async () => {
    const { reportId } = await service.receive(pupil, graveReport('self-harm-concern'))
    await climb()
    const client = new pg.Client({ connectionString: school.database.ownerUrl })
    await client.connect()
    const { rows } = await client.query(
      'select to_jsonb(r) as row from report r where id = $1 union all select to_jsonb(x) from report_reading x where report_id = $1 union all select to_jsonb(p) from report_page p where report_id = $1',
      [reportId],
    )
    await client.end()
    assert.ok(rows.length >= 3)
    assert.ok(!JSON.stringify(rows).includes(pupil.personId))
    const entries = await entriesOf(reportId)
    assert.ok(!JSON.stringify(entries).includes(pupil.personId))
    for (const word of ['selfharm', 'Self-harm', 'kill']) assert.ok(!JSON.stringify(entries).includes(word), word)
    assert.deepEqual(
      await app.read(schoolId, ({ flags }) => flags.waiting(['safeguarding', 'headteacher', 'chair'], 10, null)),
      [],
    )
    await settle()
  })
})

describe('what its reporter writes later', () => {
  test('raises a routine report, shortens its clock, and pages; and pages anew about one that was opened', async () => {
    const { reportId, code } = await send('other-concern', { words: 'can we talk' })
    await climb()
    assert.deepEqual(await paged(reportId), [])
    await service.answerThread(schoolId, code?.join(' ') ?? '', 'i took a lot of tablets')
    await climb()
    assert.deepEqual(await paged(reportId), [lead.personId])
    assert.equal((await clockOf(reportId)).hours, 1)
    await service.see(lead, reportId)
    school.pass(1)
    await service.answerThread(schoolId, code?.join(' ') ?? '', 'thank you')
    await climb()
    assert.equal((await paged(reportId)).length, 1, 'nothing grave was added')
    assert.equal((await facts(lead, reportId))?.severity, 5, 'and nothing was lowered')
    await service.answerThread(schoolId, code?.join(' ') ?? '', grave)
    await climb()
    assert.deepEqual(await paged(reportId), [lead.personId, lead.personId])
    await settle()
  })
})

test('what its reporter writes while nobody has opened it does not begin the ladder again', async () => {
  const { reportId, code } = await send('self-harm-concern')
  await climb()
  school.pass(6 / 60)
  await service.answerThread(schoolId, code?.join(' ') ?? '', grave)
  await climb()
  assert.deepEqual(await paged(reportId), [lead.personId])
  school.pass(6 / 60)
  await climb()
  assert.deepEqual(await paged(reportId), [lead.personId, deputyLead.personId])
  school.pass(21 / 60)
  await climb()
  const everybody = [lead.personId, deputyLead.personId, head.personId]
  assert.deepEqual(await paged(reportId), everybody)
  school.pass(1)
  await climb()
  assert.deepEqual(await paged(reportId), everybody)
  await service.answerThread(schoolId, code?.join(' ') ?? '', grave)
  await climb()
  assert.deepEqual(await paged(reportId), [...everybody, lead.personId], 'nobody was left')
  await settle()
})

describe('about the conduct of adults', () => {
  const everybody = [head, lead, deputyLead, dpo, network, teacher, chair]
  const seers = async (id: string) => {
    const found = []
    for (const actor of everybody) if (await facts(actor, id)) found.push(actor)
    return found
  }
  test('it pages the headteacher, then the chair, and never a colleague', async () => {
    const words = 'he keeps sending me pictures of his private parts'
    const { reportId } = await send('staff-conduct', { about: 'adult', words })
    await climb()
    school.pass(21 / 60)
    await climb()
    school.pass(2)
    await climb()
    assert.deepEqual(await paged(reportId), [head.personId, chair.personId])
    assert.deepEqual(await seers(reportId), [head, chair])
    await settle()
  })
  test('about the headteacher it pages the chair alone; about the lead, nobody of the lead’s', async () => {
    const aboutHead = await send('staff-conduct', { about: 'headteacher' })
    const aboutLead = await send('self-harm-concern', { about: 'dsl' })
    for (let step = 0; step < 4; step++) {
      await climb()
      school.pass(21 / 60)
    }
    assert.deepEqual(await paged(aboutHead.reportId), [chair.personId])
    assert.deepEqual(await seers(aboutHead.reportId), [chair])
    assert.deepEqual(await paged(aboutLead.reportId), [head.personId, chair.personId])
    assert.ok(!(await seers(aboutLead.reportId)).includes(deputyLead))
    await settle()
  })
  test('whoever is named in the words is paged by nobody, and who stands in for them comes last', async () => {
    const { reportId } = await send('self-harm-concern', { words: `${grave} and Mrs Whitfield laughed` })
    for (let step = 0; step < 5; step++) {
      await climb()
      school.pass(21 / 60)
    }
    assert.deepEqual(await paged(reportId), [lead.personId, deputyLead.personId, chair.personId])
    assert.equal(await facts(head, reportId), null)
    await settle()
  })
  test('whose it is, by what it is about', () => {
    const audience = (about: NewReport['about'], kind = 'self-harm-concern', outsideAdvice = false) =>
      pagedAudience({ about, kind, outsideAdvice })
    assert.equal(audience('child'), 'safeguarding')
    assert.equal(audience('unsure', 'technical-fault'), 'safeguarding')
    assert.equal(audience('unsure', 'staff-conduct', true), 'headteacher')
    for (const about of ['adult', 'dsl', 'dpo', 'network-manager', 'chair'] as const)
      assert.equal(audience(about), 'headteacher', about)
    assert.equal(audience('headteacher'), 'chair')
    assert.equal(audience('unsure', 'headteacher-conduct'), 'chair')
    const steps = [{ role: 'dsl', afterMinutes: 0 } as const]
    assert.deepEqual(stepsFor(steps, [{ role: 'chair', content: false }]), steps)
  })
})

describe('what the detector does not see', () => {
  test('changes nothing: in danger is in danger, and nothing found leaves the way and the clock as they were', async () => {
    const { reportId } = await send('other-concern', { danger: true, words: 'please come' })
    await climb()
    assert.deepEqual([(await facts(lead, reportId))?.severity, await paged(reportId)], [0, [lead.personId]])
    assert.equal((await clockOf(reportId)).hours, 1)
    await settle()
  })
  test('and where it fails the report comes in all the same, and the page says that nobody read it', async () => {
    const said: string[] = []
    const rules = () => Promise.reject(new Error(`no rules for ${grave}`))
    const read = createWordsReader({
      rules,
      detectors: { detectorFor: () => assert.fail() },
      log: line => said.push(line),
    })
    assert.equal(await read(schoolId, textsOf(graveReport('self-harm-concern'))), null)
    assert.deepEqual(said, ['THE DETECTOR COULD NOT READ A REPORT: Error'])
    // Practice is not read: nobody is to be paged by a class that tries the form.
    const probes = await app.services.reportDrill.run(schoolId)
    assert.equal(probes.size, 0)
    await climb()
    assert.deepEqual(await app.read(schoolId, ({ reports }) => reports.unseenUrgent()), [])
  })
})

test('a flood pages five times in ten minutes; the rest wait their turn, and what was opened meanwhile needs none', async () => {
  school.pass(1)
  const ids: string[] = []
  for (let each = 0; each < 7; each++) {
    ids.push((await send('self-harm-concern')).reportId)
    school.pass(1 / 3600)
  }
  await climb()
  const count = async () => (await Promise.all(ids.map(paged))).filter(({ length }) => length > 0).length
  assert.equal(await count(), 5)
  for (const id of ids.slice(0, 6)) await service.see(lead, id)
  school.pass(11 / 60)
  await climb()
  assert.deepEqual([await count(), await paged(ids[5] ?? ''), await paged(ids[6] ?? '')], [6, [], [lead.personId]])
  await settle()
})

test('a report is paged about at once while others climb the ladder: only what begins is counted', async () => {
  school.pass(1)
  for (let each = 0; each < 5; each++) await send('self-harm-concern')
  await climb()
  school.pass(11 / 60)
  await climb()
  school.pass(1 / 60)
  const { reportId } = await send('self-harm-concern')
  await climb()
  assert.deepEqual(await paged(reportId), [lead.personId])
  await settle()
})

describe('on the page', () => {
  test('those who receive the words see what was found and why, marked in them; whoever is told the fact sees neither', async () => {
    const { reportId } = await send('filter-bypass', { about: 'child', words: `Proxy sites. ${grave}` })
    const page = await (await school.browser(lead)).get(`/reports/${reportId}`)
    assert.match(page.text, /What the software read in it/)
    assert.match(page.text, /Self-harm and suicide \d+ in 100/)
    assert.match(page.html, /<mark>[^<]*kill myself[^<]*<\/mark>/)
    assert.match(page.text, /Its words may not wait: at once/)
    const told = await (await school.browser(dpo)).get(`/reports/${reportId}`)
    assert.equal(told.status, 200)
    for (const never of ['What the software read', 'Self-harm', 'Its words', 'kill myself', 'paged'])
      assert.ok(!told.html.includes(never), never)
    assert.equal((await (await school.browser(teacher)).get(`/reports/${reportId}`)).status, 403)
  })
  test('the inbox has what may not wait at its head, the gravest first', async () => {
    const early = await send('cyberbullying', { words: 'they laughed at my shoes' })
    const four = await send('grooming', { words: 'a man online asked me to meet him and not tell my mum' })
    const five = await send('self-harm-concern')
    const { text, html } = await (await school.browser(lead)).get('/reports')
    const order = [five, four, early].map(({ reportId }) => html.indexOf(`/reports/${reportId}`))
    assert.ok(order.every(at => at > 0))
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
    )
    assert.match(text, /Its words may not wait: within the hour/)
  })
})
