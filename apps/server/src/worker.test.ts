import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { verifyNote } from '@gatehouse/ledger/checkpoint'
import { SMTPServer } from 'smtp-server'
import { systemActor } from './platform/actor.ts'
import { changed } from './platform/change.ts'
import { checkpointKey } from './platform/checkpoints.ts'
import { testSchool } from './testing/test-school.ts'
import { startWorker } from './worker.ts'

/** A real mail server on loopback that keeps what it is sent, and can be told to refuse. */
async function mailSink() {
  const received: { to: string[]; raw: string }[] = []
  const state = { refuse: false }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: (_address, _session, done) =>
      done(state.refuse ? Object.assign(new Error('Mailbox of Amira Child is full'), { responseCode: 452 }) : null),
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        received.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(parts).toString('utf8'),
        })
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    received,
    state,
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise<void>(resolve => server.close(() => resolve())),
  }
}

const sink = await mailSink()
const school = await testSchool({
  environment: {
    SMTP_URL: `smtp://127.0.0.1:${sink.port}?ignoreTLS=true`,
    BASE_URL: 'http://gatehouse.oakhill.example',
  },
})
const { app, schoolId } = school
const job = (name: string) => {
  const found = app.jobs.find(each => each.name === name)
  if (!found) throw new Error(`no job ${name}`)
  return found
}
const dsl = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  const id = await people.addPerson({
    givenName: 'Dora',
    familyName: 'Lead',
    joinedOn: '2020-09-01',
    email: 'dora.lead@oakhill.example',
  })
  await people.appoint(id, 'dsl')
  return changed(id, { type: 'person.added', subject: `person:${id}` })
})
const tell = (kind: string, link: string) =>
  app.change(systemActor(schoolId, 'test'), async ({ messages }) => {
    await messages.tell([dsl], kind, link)
    return changed(undefined, { type: 'test.told' })
  })

test('a mail says that something needs the person, with a link, and no name or kind of concern', async () => {
  await tell('report.child-safety', '/reports/0190')
  await job('platform.outbox').run(schoolId)
  assert.equal(sink.received.length, 1)
  const [mail] = sink.received
  assert.deepEqual(mail?.to, ['dora.lead@oakhill.example'])
  assert.match(mail?.raw ?? '', /^Subject: Something needs you in Gatehouse\r$/m)
  assert.match(mail?.raw ?? '', /http:\/\/gatehouse\.oakhill\.example\/reports\/0190/)
  const words = (mail?.raw ?? '').replace(/^To:.*$/m, '')
  for (const never of ['Dora', 'Lead', 'safety', 'child', 'report.']) assert.ok(!words.includes(never), never)
  const [message] = await app.read(schoolId, ({ messages }) => messages.of(dsl))
  assert.deepEqual(message?.sentAt, school.now())
})

test('every mail has the same words whatever it is about', async () => {
  sink.received.length = 0
  await tell('case.closed', '/x')
  await job('platform.outbox').run(schoolId)
  await tell('deadline.missed', '/x')
  await job('platform.outbox').run(schoolId)
  const bodies = sink.received.map(({ raw }) => raw.slice(raw.indexOf('\r\n\r\n')))
  assert.equal(bodies.length, 2)
  assert.equal(bodies[0], bodies[1])
})

test('a mail that the server refuses is tried again later, and the page says so without what the server wrote', async () => {
  sink.received.length = 0
  sink.state.refuse = true
  await tell('case.opened', '/cases/1')
  await job('platform.outbox').run(schoolId)
  const [failed] = await app.read(schoolId, ({ messages }) => messages.of(dsl))
  assert.equal(failed?.sentAt, null)
  assert.equal(failed?.failure, 'the mail server refused it (code 452)')
  assert.deepEqual(
    await app.read(schoolId, ({ messages }) => messages.unsent()),
    [],
    'it waits before the next attempt',
  )
  sink.state.refuse = false
  school.pass(0.1)
  await job('platform.outbox').run(schoolId)
  assert.equal(sink.received.length, 1)
  const [sent] = await app.read(schoolId, ({ messages }) => messages.of(dsl))
  assert.equal(sent?.failure, null)
  assert.ok(sent?.sentAt)
})

test('two processes that send at once send each mail once, and the gravest goes out first and by itself', async () => {
  sink.received.length = 0
  await tell('case.opened', '/cases/2')
  await tell('flag.page', '/flags/1')
  await Promise.all([job('platform.outbox').run(schoolId), job('platform.outbox').run(schoolId)])
  const subjects = sink.received.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw)?.[1])
  assert.deepEqual(subjects.sort(), [
    'Now: a flag of the highest severity waits in Gatehouse',
    'Something needs you in Gatehouse',
  ])
})

test('a person without an address is not tried again and again, and the message stays in the product', async () => {
  const nobody = await school.person('Noa Mail', 'teacher')
  await app.change(systemActor(schoolId, 'test'), async ({ messages }) => {
    await messages.tell([nobody.personId], 'test', '/y')
    return changed(undefined, { type: 'test.told' })
  })
  await job('platform.outbox').run(schoolId)
  const page = await (await school.browser(nobody)).get('/messages')
  assert.equal(page.status, 200, school.logged.join())
  assert.match(page.text, /not sent by mail: this person has no email address here/)
  school.pass(24)
  assert.deepEqual(await app.read(schoolId, ({ messages }) => messages.unsent()), [])
})

test('the daily checkpoint is signed, goes on from the last one, and is mailed to those who keep it', async () => {
  await app.connections.inSchool(schoolId, tx =>
    tx
      .updateTable('school')
      .set({ settings: { checkpointMail: ['keeper@elsewhere.example'] } })
      .where('id', '=', schoolId)
      .execute(),
  )
  sink.received.length = 0
  await job('platform.checkpoint').run(schoolId)
  await job('platform.checkpoint').run(schoolId)
  const [first, ...others] = await app.read(schoolId, ({ ledger }) => ledger.checkpoints())
  assert.equal(others.length, 0, 'twice in a minute makes one')
  assert.equal(verifyNote(first?.note ?? '', [checkpointKey(app.keys, schoolId)]).ok, true)
  assert.deepEqual(
    sink.received.map(({ to }) => to),
    [['keeper@elsewhere.example']],
  )
  school.pass(24)
  await job('platform.checkpoint').run(schoolId)
  const list = await app.read(schoolId, ({ ledger }) => ledger.checkpoints())
  assert.equal(list.length, 2)
})

test('a thousand entries bring the next checkpoint before the day is over', async () => {
  const before = (await app.read(schoolId, ({ ledger }) => ledger.checkpoints())).length
  await app.change(systemActor(schoolId, 'test'), async () => ({
    result: undefined,
    events: Array.from({ length: 1000 }, () => ({ type: 'test.counted' })) as never,
  }))
  await job('platform.checkpoint').run(schoolId)
  assert.equal((await app.read(schoolId, ({ ledger }) => ledger.checkpoints())).length, before + 1)
})

test('the worker runs every job of every school by itself, and stops when told', async () => {
  await school.addSchool('elm-park')
  const worker = await startWorker(app, { ownerUrl: school.database.ownerUrl, log: line => school.logged.push(line) })
  try {
    const wanted = app.jobs.flatMap(({ name }) => [`${name}/${schoolId}`, `${name}/elm-park`])
    const done = () =>
      wanted.filter(key => app.jobRuns.last(key.split('/')[0] ?? '', key.split('/')[1] ?? '')?.lastSucceeded)
    for (let waited = 0; done().length < wanted.length && waited < 40_000; waited += 100)
      await new Promise(resolve => setTimeout(resolve, 100))
    assert.deepEqual(
      wanted.filter(key => !done().includes(key)),
      [],
      school.logged.join('\n'),
    )
  } finally {
    await worker.stop()
  }
})

test('a clock that was set back while nothing ran is written down at the next start', async () => {
  const was = school.now()
  school.pass(-3)
  const worker = await startWorker(app, { ownerUrl: school.database.ownerUrl, log: line => school.logged.push(line) })
  await worker.stop()
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['clock.stepped']))
  assert.equal(entry?.detail['seen'], 'at start')
  assert.equal(entry?.detail['shown'], school.now().toISOString())
  school.setTime(was)
  await sink.close()
})
