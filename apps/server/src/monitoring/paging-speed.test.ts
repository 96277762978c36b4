import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { startWorker } from '../worker.ts'
import { deviceUser, monitored } from './flag-world.ts'
import { otherEnd } from './paging-world.ts'

/*
 * How long a child's danger takes from the device to a person, through everything that really runs: the device's own route, the
 * queue of jobs with all its jobs, a webhook and a mail server. Aimed at are 2 s to the list of flags and 10 s to the page; a busy
 * machine may take longer, so only a multiple of that fails.
 */

const flagsSent = 6
const mostMs = { list: 10_000, page: 60_000 }

const end = await otherEnd()
const mails: { at: number; raw: string }[] = []
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, _session, done) {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      mails.push({ at: performance.now(), raw: Buffer.concat(parts).toString('utf8') })
      done()
    })
  },
})
smtp.listen(0, '127.0.0.1')
await once(smtp.server, 'listening')
after(async () => {
  await end.close()
  await new Promise<void>(resolve => smtp.close(() => resolve()))
})
const school = await testSchool({
  time: new Date().toISOString(),
  environment: {
    PAGING_ALLOW: end.host,
    SMTP_URL: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}?ignoreTLS=true`,
    BASE_URL: 'http://gatehouse.oakhill.example',
  },
})
const { app, schoolId } = school
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const manager = await school.person('Ned Work', 'network-manager')
const lead = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  const email = 'dora.safe@oakhill.example'
  const personId = await people.addPerson({ givenName: 'Dora', familyName: 'Safe', joinedOn: '2020-09-01', email })
  await people.appoint(personId, 'dsl')
  const actor = { kind: 'person', schoolId, personId, name: 'Dora Safe', roles: ['dsl'] } as const
  return changed(actor, { type: 'person.added', subject: `person:${personId}` })
})
for (let n = 0; n < flagsSent; n += 1) await deviceUser(school, `Pupil${n} Small`)
await monitored(school, ['juniors'], { lead, dpo, head })
const { token } = await app.services.devices.enrol(manager, { name: 'Laptop 1', place: '' })
const { id } = await app.services.paging.add(manager, {
  name: 'Alarm desk',
  reason: 'Measuring',
  settings: { kind: 'webhook', address: `${end.url}/hook` },
})
await app.services.paging.test(manager, id)
await app.services.paging.deliver(schoolId)
assert.ok(await app.services.paging.prove(manager, id, String(JSON.parse(end.received[0]?.body ?? '{}').code)))

const until = async (what: () => boolean | Promise<boolean>, mostWait: number): Promise<number> => {
  const began = performance.now()
  while (!(await what())) {
    assert.ok(
      performance.now() - began < mostWait,
      `not within ${mostWait / 1000} s: ${school.logged.slice(-3).join()}`,
    )
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return performance.now()
}
const send = (user: string) =>
  fetch(`${school.url}/devices/flags`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      user,
      flags: [
        {
          id: randomUUID(),
          at: school.now().toISOString(),
          kind: 'typed',
          severity: 5,
          categories: [{ name: 'selfharm', score: 0.95 }],
          spans: [[0, 4, 'selfharm']],
          rules: ['selfharm.1'],
          detector: 'test-1',
          text: 'some words that were typed',
          why: 'A test.',
          host: 'docs.example',
          page: 'docs.example/essay',
          title: 'Essay',
        },
      ],
    }),
  })

test('a flag of the highest severity is in the list at once, and its page and its mail are out within seconds', async t => {
  const worker = await startWorker(app, { ownerUrl: school.database.ownerUrl, log: line => school.logged.push(line) })
  try {
    end.received.length = 0
    mails.length = 0
    const took: { list: number; page: number; mail: number }[] = []
    for (let n = 0; n < flagsSent; n += 1) {
      // At different moments of the jobs' rounds.
      await new Promise(resolve => setTimeout(resolve, 700 * n))
      const began = performance.now()
      assert.equal((await send(`pupil${n}.small`)).status, 200)
      const waiting = () => app.read(schoolId, reads => reads.flags.waiting(['safeguarding'], 50, null))
      const listed = await until(async () => (await waiting()).length > n, mostMs.list)
      const paged = await until(() => end.received.length > n, mostMs.page)
      await until(() => mails.filter(({ raw }) => raw.includes('highest severity')).length > n, mostMs.page)
      took.push({ list: listed - began, page: paged - began, mail: (mails.at(-1)?.at ?? 0) - began })
    }
    const worst = (pick: (one: (typeof took)[number]) => number) => (Math.max(...took.map(pick)) / 1000).toFixed(2)
    t.diagnostic(
      `worst of ${flagsSent}: in the list after ${worst(({ list }) => list)} s, page out after ${worst(({ page }) => page)} s, mail after ${worst(({ mail }) => mail)} s`,
    )
    const [mail] = mails
    assert.match(mail?.raw ?? '', /^Subject: Now: a flag of the highest severity waits in Gatehouse\r$/m)
    assert.match(mail?.raw ?? '', /http:\/\/gatehouse\.oakhill\.example\/flags\//)
    for (const never of ['Pupil', 'Small', 'selfharm', 'typed', 'docs.example'])
      assert.ok(!(mail?.raw ?? '').includes(never), never)
  } finally {
    await worker.stop()
  }
})
