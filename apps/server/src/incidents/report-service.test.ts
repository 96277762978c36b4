import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersonActor } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'
import { testSchool } from '../testing/test-school.ts'
import type { NewReport } from './report.ts'
import { reportOf } from './report-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const { reports: service } = app.services
const head = await school.person('Hana Whitfield', 'headteacher')
const dsl = await school.person('Dora Sills', 'dsl')
const dpo = await school.person('Dev Patel', 'dpo')
const network = await school.person('Nia Weber', 'network-manager')
const chair = await school.person('Carl Hare', 'chair')
const teacher = await school.person('Tess Okoro', 'teacher')
const pupil = await school.person('Pia Small', 'pupil')
const front = { kind: 'public', schoolId } as const

const someReport = (kind: string, overrides: Partial<NewReport> = {}): NewReport =>
  reportOf(kind, 'Something happened', { wantsReply: true, ...overrides })
const send = (kind: string, overrides: Partial<NewReport> = {}) => service.receive(front, someReport(kind, overrides))
const seen = (actor: PersonActor, id: string) =>
  app.read(schoolId, async ({ reports }) => {
    try {
      const report = await reports.get(actor, id)
      return report.content ? (await reports.words(report)).words : 'facts only'
    } catch (error) {
      if (error instanceof Refusal && error.code === 'not-found') return null
      throw error
    }
  })
const refused = (work: Promise<unknown>, code: string) =>
  assert.rejects(work, error => error instanceof Refusal && error.code === code)

test('a pupil’s report is acknowledged at once, opens a case, starts a clock of 24 hours and reaches the safeguarding lead alone', async () => {
  const receipt = await send('unsuitable-content')
  assert.equal(receipt.receivedAt.toISOString(), school.now().toISOString())
  assert.equal(await seen(dsl, receipt.reportId), 'Something happened')
  for (const actor of [head, dpo, network, chair, teacher, pupil])
    assert.equal(await seen(actor, receipt.reportId), null, actor.name)
  const [clock] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`report:${receipt.reportId}`))
  assert.equal(clock?.kind, 'report.acknowledge')
  assert.equal(clock?.ownerId, dsl.personId)
  assert.equal((clock?.dueAt?.getTime() ?? 0) - receipt.receivedAt.getTime(), 24 * 3_600_000)
  const [file] = await app.read(schoolId, ({ cases }) => cases.byOrigin(dsl, `report:${receipt.reportId}`))
  assert.equal(file?.id, receipt.caseId)
  assert.ok(
    (await app.read(schoolId, ({ messages }) => messages.of(dsl.personId))).some(
      ({ link }) => link === `/reports/${receipt.reportId}`,
    ),
  )
})

test('whatever script it is in, a report is kept as it was typed', async () => {
  for (const words of [
    'Мне страшно, он пишет каждый день',
    'يكتب لي كل يوم\u200F',
    '他每天给我写信',
    '😢👩🏽‍👧‍👦',
    'é',
    'x'.repeat(5000),
  ]) {
    const { reportId } = await send('other-concern', { words })
    assert.equal(await seen(dsl, reportId), words)
  }
})

test('a report that names the headteacher in its words is not for the headteacher, and the case neither', async () => {
  const { reportId, caseId } = await send('grooming', { words: 'Mrs Whitfield saw it and said nothing' })
  assert.equal(await seen(head, reportId), null)
  assert.equal(await seen(dsl, reportId), 'Mrs Whitfield saw it and said nothing')
  assert.equal(await seen(chair, reportId), 'Mrs Whitfield saw it and said nothing')
  await refused(
    app.read(schoolId, ({ cases }) => cases.get(head, caseId ?? '')),
    'not-found',
  )
  assert.ok(await app.read(schoolId, ({ cases }) => cases.get(dsl, caseId ?? '')))
  assert.ok(
    !(await app.read(schoolId, ({ messages }) => messages.of(head.personId))).some(({ link }) =>
      link.includes(reportId),
    ),
  )
})

test('a report about the headteacher goes to the chair, whoever else is asked', async () => {
  const { reportId, caseId } = await send('staff-conduct', { about: 'headteacher', words: 'about the boss' })
  assert.deepEqual(await Promise.all([head, dsl, chair].map(actor => seen(actor, reportId))), [
    null,
    null,
    'about the boss',
  ])
  assert.equal((await app.read(schoolId, ({ cases }) => cases.get(chair, caseId ?? ''))).ownerId, chair.personId)
})

test('a lost stick goes to the DPO and the headteacher, and the 72 hours run', async () => {
  const { reportId, caseId } = await send('loss-or-theft', { words: 'memory stick' })
  assert.deepEqual(await Promise.all([dpo, head, dsl].map(actor => seen(actor, reportId))), [
    'memory stick',
    'memory stick',
    null,
  ])
  assert.ok(
    (await app.read(schoolId, ({ deadlines }) => deadlines.about(`case:${caseId}`))).some(
      ({ kind }) => kind === 'breach.ico',
    ),
  )
})

test('the data protection officer learns that somebody broke in, and not what was written', async () => {
  const { reportId } = await send('unauthorised-access', { words: 'somebody used my login' })
  assert.deepEqual(await Promise.all([network, head, dpo].map(actor => seen(actor, reportId))), [
    'somebody used my login',
    'somebody used my login',
    'facts only',
  ])
  await refused(service.acknowledge(dpo, reportId), 'forbidden')
})

test('a complaint about personal data has 30 days, and the DPO owns it', async () => {
  const { reportId } = await send('data-complaint')
  const [clock] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`report:${reportId}`))
  assert.equal(clock?.ownerRole, 'dpo')
  assert.ok((clock?.dueAt?.getTime() ?? 0) > school.now().getTime() + 29 * 86_400_000)
})

test('a report at the front door is nobody’s, although somebody is signed in at that computer', async () => {
  const { reportId } = await service.receive(pupil, someReport('other-concern'))
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['report.received'], `report:${reportId}`))
  assert.equal(entry?.actor, 'public')
  assert.doesNotMatch(JSON.stringify(entry), /Something happened/)
})

test('staff are recorded as reporter; their lateness is a fact with its times, and the person it is about never reads who it was', async () => {
  const late = new Date(school.now().getTime() - 30 * 3_600_000)
  const { reportId, caseId } = await service.receive(
    teacher,
    someReport('staff-conduct', {
      who: 'staff',
      madeBy: teacher.personId,
      about: 'headteacher',
      happenedWhen: 'exact',
      happenedAt: late,
    }),
  )
  assert.equal(await seen(head, reportId), null)
  const report = await app.read(schoolId, ({ reports }) => reports.get(chair, reportId))
  assert.equal(report.madeBy, teacher.personId)
  assert.equal(report.madeLate, true)
  const made = (await app.read(schoolId, ({ deadlines }) => deadlines.about(`report:${reportId}`))).find(
    ({ kind }) => kind === 'report.made',
  )
  assert.equal(made?.state, 'late')
  assert.ok(caseId)
  await refused(
    service.receive(pupil, someReport('other-concern', { who: 'staff', madeBy: pupil.personId })),
    'forbidden',
  )
})

test('of two people who acknowledge at once one has it and the other is told', async () => {
  const { reportId } = await send('offensive-message')
  const outcomes = await Promise.allSettled([service.acknowledge(dsl, reportId), service.acknowledge(head, reportId)])
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  const lost = outcomes.find(each => each.status === 'rejected')
  assert.ok(lost?.reason instanceof Refusal && lost.reason.code === 'conflict')
  const report = await app.read(schoolId, ({ reports }) => reports.get(dsl, reportId))
  assert.equal(report.acknowledgedAt?.toISOString(), school.now().toISOString())
  assert.equal(
    (
      await app.read(schoolId, ({ ledger }) =>
        ledger.list({ types: ['report.acknowledged'], subject: `report:${reportId}`, limit: 5 }),
      )
    ).length,
    1,
  )
})

test('a form sent twice is one report, and the second click shows the same three words for ten minutes', async () => {
  const once = { token: 'c'.repeat(32), spent: false }
  const first = await service.receive(
    { ...front, once: { ...once } },
    someReport('other-concern', { formToken: once.token }),
  )
  await refused(
    service.receive({ ...front, once: { ...once } }, someReport('other-concern', { formToken: once.token })),
    'already-done',
  )
  assert.deepEqual((await service.receivedBefore(schoolId, once.token))?.code, first.code)
  school.pass(0.2)
  assert.equal(await service.receivedBefore(schoolId, once.token), null)
})

test('junk mail joins the digest of its day: one clock, one message, no case; a wave of one message is told at once', async () => {
  const told = () => app.read(schoolId, ({ messages }) => messages.of(network.personId, 500))
  const junk = (subject: string) =>
    send('unsolicited-mail', {
      about: 'nobody',
      wantsReply: false,
      message: { form: 'file', content: Buffer.from(`From: x@win.example\r\nSubject: ${subject}\r\n\r\nYou won`) },
    })
  const before = (await told()).length
  for (let n = 0; n < 4; n++) assert.equal((await junk(`Prize ${n}`)).caseId, null)
  assert.equal((await told()).length, before + 1)
  await junk('prize 99!')
  assert.deepEqual(
    (await told()).slice(0, 1).map(({ kind }) => kind),
    ['junk.campaign'],
  )
  const [day] = await app.read(schoolId, ({ reports }) => reports.digests())
  assert.equal(day?.count, 5)
  assert.equal((await app.read(schoolId, ({ deadlines }) => deadlines.about(`junk:${day?.on}`))).length, 1)
  assert.equal(await service.lookAtJunk(network, day?.on ?? ''), 5)
  await refused(service.lookAtJunk(head, day?.on ?? ''), 'conflict')
  assert.equal((await app.read(schoolId, ({ deadlines }) => deadlines.about(`junk:${day?.on}`)))[0]?.state, 'met')
})

test('junk mail whose link was followed is a case, and a person is told at once', async () => {
  const { caseId, reportId } = await send('unsolicited-mail', { about: 'nobody', clicked: true })
  assert.ok(caseId)
  assert.ok(
    (await app.read(schoolId, ({ messages }) => messages.of(network.personId, 500))).some(
      ({ kind, link }) => kind === 'report.clicked' && link.includes(reportId),
    ),
  )
})

test('a forwarded message is kept byte for byte', async () => {
  const content = Buffer.concat([
    Buffer.from('From: bully@mail.example\r\nSubject: =?utf-8?q?H=C3=A9?=\r\n\r\n'),
    Buffer.from([0, 255, 254, 13, 10, 0xc3]),
  ])
  const { reportId } = await send('offensive-message', { message: { form: 'file', content } })
  const report = await app.read(schoolId, ({ reports }) => reports.get(dsl, reportId))
  assert.deepEqual(await app.read(schoolId, ({ reports }) => reports.messageBytes(report)), content)
  assert.equal((await app.read(schoolId, ({ reports }) => reports.message(report)))?.headers.subject, 'Hé')
})

test('three words lead back to the report: the school asks, the reporter answers, and nobody knows who it is', async () => {
  const { reportId, code } = await send('cyberbullying')
  assert.ok(code)
  await service.ask(dsl, reportId, 'Which game was it? 🎮')
  const thread = await service.openThread(schoolId, ` ${code.join('-').toUpperCase()} `)
  assert.deepEqual(
    thread.entries.map(({ words, fromReporter }) => [words, fromReporter]),
    [['Which game was it? 🎮', false]],
  )
  await service.answerThread(schoolId, code.join(' '), 'The one with blocks')
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['thread.answered'], `report:${reportId}`))
  assert.equal(entry?.actor, 'public')
  assert.ok(
    (await app.read(schoolId, ({ messages }) => messages.of(dsl.personId, 500))).some(
      ({ kind, link }) => kind === 'thread.answered' && link.includes(reportId),
    ),
  )
  await refused(service.ask(network, reportId, 'who are you?'), 'not-found')
})

test('only the HMAC of the words stands in the database, and they stop after a year', async () => {
  const { code, reportId } = await send('cyberbullying')
  assert.ok(code)
  const row = await app.connections.inSchool(schoolId, tx =>
    tx
      .selectFrom('report')
      .selectAll()
      .where('school_id', '=', schoolId)
      .where('id', '=', reportId)
      .executeTakeFirstOrThrow(),
  )
  for (const word of code) assert.ok(!JSON.stringify(row).includes(`"${word}"`))
  assert.equal(row.code_hmac?.length, 32)
  school.pass(366 * 24)
  await refused(service.openThread(schoolId, code.join(' ')), 'invalid')
  school.pass(-366 * 24)
  assert.ok(await service.openThread(schoolId, code.join(' ')))
})

test('whatever is wrong with three words, the answer is the same; and after twenty guesses everybody waits, the right words too', async () => {
  const { code } = await send('cyberbullying')
  assert.ok(code)
  school.pass(1)
  const answers = new Set<string>()
  for (const typed of ['apple apple apple', 'not three', '', '🙂', 'x'.repeat(5000)]) {
    await service.openThread(schoolId, typed).catch((error: Refusal) => answers.add(`${error.code} ${error.sentence}`))
  }
  assert.equal(answers.size, 1)
  const guess = (n: number) =>
    service.openThread(schoolId, `guess number ${'abc'[n % 3]}`).catch((error: Refusal) => error.code)
  const codesOfGuesses = []
  for (let n = 0; n < 30; n++) codesOfGuesses.push(await guess(n))
  assert.equal(codesOfGuesses.at(0), 'invalid')
  assert.ok(codesOfGuesses.filter(each => each === 'invalid').length <= 15)
  await refused(service.openThread(schoolId, code.join(' ')), 'too-many')
  assert.ok(
    (await app.read(schoolId, ({ messages }) => messages.of(network.personId, 500))).some(
      ({ kind }) => kind === 'thread.guessing',
    ),
  )
  school.pass(1)
  assert.ok(await service.openThread(schoolId, code.join(' ')))
})

test('a report of another school is not there', async () => {
  await school.addSchool('elm-hill')
  const { reportId } = await send('cyberbullying')
  assert.equal(
    await app.read('elm-hill', ({ reports }) =>
      reports.get({ ...dsl, schoolId: 'elm-hill' }, reportId).catch(() => null),
    ),
    null,
  )
})

test('with no safeguarding lead the headteacher has it, and the ledger says that the duty is vacant', async () => {
  const [holder] = await app.read(schoolId, ({ people }) => people.holders('dsl'))
  await app.change({ kind: 'system', schoolId, name: 'test' }, async ({ people }) => {
    await people.endAppointment(holder?.id ?? '', school.now())
    return { result: undefined, events: [{ type: 'appointment.ended' }] }
  })
  school.pass(0.01)
  const { reportId } = await send('unsuitable-content')
  assert.equal(await seen(head, reportId), 'Something happened')
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['report.unanswered'], `report:${reportId}`))
  assert.deepEqual(entry?.detail, { roles: ['dsl'], nobody: false })
})

test('the practice of every night goes the real way, leaves no report and no case, and finds a vacant duty', async () => {
  const count = () =>
    app.connections.inSchool(schoolId, tx =>
      tx
        .selectFrom('report')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .where('school_id', '=', schoolId)
        .executeTakeFirstOrThrow(),
    )
  const before = await count()
  const failed = await app.services.reportDrill.run(schoolId)
  assert.ok(failed.get('child-safety')?.includes('no-recipient'), 'the safeguarding lead is gone')
  assert.equal(failed.has('technical'), false)
  assert.deepEqual(await count(), before)
  await app.change({ kind: 'system', schoolId, name: 'test' }, async ({ people }) => {
    await people.appoint(dsl.personId, 'dsl')
    return { result: undefined, events: [{ type: 'appointment.made' }] }
  })
  assert.deepEqual([...(await app.services.reportDrill.run(schoolId))], [])
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['report.drilled']))
  assert.deepEqual(entry?.detail.failed, {})
})
