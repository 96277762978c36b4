import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { PersonActor } from '../platform/actor.ts'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { applicationUrl } from '../platform/database.ts'
import { type TestAnswer, testSchool } from '../testing/test-school.ts'
import { reportOf } from '../incidents/report-world.ts'
import { flagOf, monitored, take, withGroup } from './flag-world.ts'
import { otherEnd, type Received } from './paging-world.ts'

const end = await otherEnd()
after(() => end.close())
const environment = { PAGING_ALLOW: end.host, BASE_URL: 'http://gatehouse.oakhill.example' }
const school = await testSchool({ environment })
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const deputy = await school.person('Dan Next', 'deputy-dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const manager = await school.person('Ned Work', 'network-manager')
const pupil = await school.person('Pia Small', 'pupil')
await withGroup(school, 'juniors', [pupil])
await monitored(school, ['juniors'], { lead, dpo, head })
const { paging, flags } = app.services
const deliver = () => paging.deliver(schoolId)
const latest = async () =>
  (await app.read(schoolId, reads => reads.paging.latest(20)))[0] ?? assert.fail('nothing sent')
const words = 'nobody would notice if I was gone'
let count = 0
/** A grave flag of a new device, in a thread of its own once the one before it was decided. */
const grave = async (): Promise<string> => {
  count += 1
  school.pass(1 / 3600)
  const taken = await take(
    school,
    pupil,
    ['juniors'],
    flagOf('selfharm', 5, { text: words, sender: `device:${count}` }),
  )
  return taken.outcome === 'stored' ? taken.threadId : assert.fail(taken.outcome)
}
const decide = (id: string) => flags.notAConcern(lead, [id], 'lesson', '')
const secretIn = (page: TestAnswer): string =>
  /<code class="gh-code">([^<]+)</.exec(page.html)?.[1] ?? assert.fail('no secret')
const isSigned = ({ headers, body }: Received, secret: string): boolean =>
  headers['gatehouse-signature'] ===
  `v1=${createHmac('sha256', secret).update(`${headers['gatehouse-timestamp']}.${body}`).digest('hex')}`
const bodyOf = (received: Received | undefined): Record<string, unknown> => JSON.parse(received?.body ?? '')

let webhook = ''
let secret = ''
let sms = ''

describe('before anything is set up', () => {
  test('nothing goes anywhere, and only some may set it up, with a reason', async () => {
    const id = await grave()
    await deliver()
    assert.equal(end.received.length, 0)
    assert.deepEqual(await app.read(schoolId, reads => reads.paging.latest(5)), [])
    await decide(id)
    await assert.rejects(
      paging.add(lead, { name: 'Mine', reason: 'x', settings: { kind: 'webhook', address: end.url } }),
      /permission/,
    )
    const browser = await school.browser(manager)
    const without = await browser.post('/monitoring/paging/webhook', {
      name: 'Desk',
      address: `${end.url}/hook`,
      reason: '',
    })
    assert.deepEqual(without.errors, ['Enter why'])
  })
  test('an address must be https and public, unless the operator opened it', async () => {
    const browser = await school.browser(manager)
    for (const [address, says] of [
      ['http://alarm.example/hook', 'Address must start with https://'],
      ['alarm.example', 'Address must be a whole web address, such as https://gateway.example/send'],
      ['https://user:word@alarm.example/', 'Address must not hold a username or password'],
      ['http://127.0.0.1:1/', 'Address must start with https://'],
    ] as const) {
      const page = await browser.post('/monitoring/paging/webhook', { name: 'Desk', address, reason: 'Wanted' })
      assert.deepEqual(page.errors, [says], address)
    }
  })
})

describe('a webhook', () => {
  test('is used for nothing but tests until somebody typed in the code that arrived', async () => {
    const browser = await school.browser(manager)
    const page = await browser.post('/monitoring/paging/webhook', {
      name: 'Alarm desk',
      address: `${end.url}/hook?key=very-secret`,
      reason: 'The trust asked for it',
    })
    assert.equal(page.status, 200)
    secret = secretIn(page)
    webhook = /action="\/monitoring\/paging\/([0-9a-f-]{36})\/test"/.exec(page.html)?.[1] ?? assert.fail()
    assert.ok(!(await browser.get(`/monitoring/paging/${webhook}`)).html.includes(secret), 'shown once')
    await decide(await grave())
    await deliver()
    assert.equal(end.received.length, 0, 'a page before the proof')

    await browser.post(`/monitoring/paging/${webhook}/test`, {})
    await deliver()
    const [arrived] = end.received
    assert.equal(arrived?.path, '/hook?key=very-secret')
    assert.ok(arrived && isSigned(arrived, secret))
    const code = String(bodyOf(arrived).code)
    assert.match(code, /^\d{6}$/)
    const wrong = await browser.post(`/monitoring/paging/${webhook}/prove`, {
      code: code === '000000' ? '000001' : '000000',
    })
    assert.equal(wrong.status, 400)
    assert.match(wrong.errors.join(), /no code of a test/)
    assert.equal((await browser.post(`/monitoring/paging/${webhook}/prove`, { code })).status, 303)
    const [channel] = await app.read(schoolId, reads => reads.paging.channels())
    assert.deepEqual([channel?.provenBy, channel?.failingSince], [manager.personId, null])
  })
  test('is proved by no code of a test at which ten wrong ones were typed', async () => {
    const { id } = await paging.add(manager, {
      name: 'Guessed at',
      reason: 'Try',
      settings: { kind: 'webhook', address: `${end.url}/guessed` },
    })
    const codeOfTest = async (): Promise<string> => {
      await paging.test(manager, id)
      school.pass(1 / 3600)
      await deliver()
      return String(bodyOf(end.received.at(-1)).code)
    }
    const guessed = await codeOfTest()
    for (let n = 0; n < 10; n += 1)
      assert.equal(await paging.prove(manager, id, guessed === `00000${n}` ? '000010' : `00000${n}`), false)
    assert.equal(await paging.prove(manager, id, guessed), false)
    assert.equal(await paging.prove(manager, id, await codeOfTest()), true, 'another test has a code of its own')
    await paging.end(manager, id, 'Tried')
  })
  test('carries a sentence and a link, signed, and never what was written or by whom', async () => {
    end.received.length = 0
    const id = await grave()
    await deliver()
    assert.equal(end.received.length, 1)
    const [page] = end.received
    assert.ok(page && isSigned(page, secret))
    assert.ok(!isSigned({ ...page, body: page.body.replace('5', '4') }, secret), 'another body')
    const body = bodyOf(page)
    assert.deepEqual(Object.keys(body).sort(), ['about', 'id', 'kind', 'link', 'sent', 'severity', 'step', 'text'])
    assert.equal(body.link, `http://gatehouse.oakhill.example/flags/${id}`)
    assert.equal(body.text, `Gatehouse: a flag of the highest severity waits. Sign in to see it: ${body.link}`)
    for (const never of [words, 'Pia', 'Small', 'selfharm', pupil.personId, 'Dora', schoolId])
      assert.ok(!page.body.includes(never), never)
    await deliver()
    assert.equal(end.received.length, 1, 'sent once')
    await decide(id)
  })
  test('carries a report that may not wait as it carries a flag, until somebody opens it', async () => {
    end.received.length = 0
    const { reports, reportPaging } = app.services
    const said = 'a man online asked me to meet him and not tell my mum'
    const { reportId } = await reports.receive(
      { kind: 'public', schoolId },
      reportOf('technical-fault', said, { about: 'me' }),
    )
    await reportPaging.climb(schoolId)
    await deliver()
    const body = bodyOf(end.received[0])
    const link = `http://gatehouse.oakhill.example/reports/${reportId}`
    assert.deepEqual([body.about, body.severity, body.step, body.link], ['report', 4, 1, link])
    assert.equal(body.text, `Gatehouse: a report that may not wait has come. Sign in to see it: ${link}`)
    for (const never of [said, 'grooming', 'technical', 'Dora', schoolId])
      assert.ok(!JSON.stringify(body).includes(never), never)
    school.pass(11 / 60)
    await reportPaging.climb(schoolId)
    assert.equal((await (await school.browser(lead)).get(`/reports/${reportId}`)).status, 200)
    await deliver()
    assert.equal(end.received.length, 1, 'the second step was on its way, and is needed no more')
    assert.equal((await latest()).state, 'not-needed')
  })
  test('goes out again at each step of the ladder, and no more once somebody has opened the flag', async () => {
    end.received.length = 0
    const id = await grave()
    await deliver()
    school.pass(11 / 60)
    await flags.climb(schoolId)
    await deliver()
    assert.deepEqual(
      end.received.map(each => bodyOf(each).step),
      [1, 2],
    )
    const opened = await (await school.browser(lead)).get(`/flags/${id}`)
    assert.equal(opened.status, 200)
    school.pass(1)
    await flags.climb(schoolId)
    await deliver()
    assert.equal(end.received.length, 2)
    // Whoever opens it has it, though the deputy was the last to be paged.
    const last = (await app.read(schoolId, reads => reads.flags.pages(id))).at(-1)
    assert.deepEqual([last?.personId, last?.acknowledgedBy], [deputy.personId, lead.personId])

    // Something as grave an hour later in the same thread: somebody is paged anew.
    await grave()
    await deliver()
    assert.equal(end.received.length, 3)
    assert.equal((await app.read(schoolId, reads => reads.flags.pages(id))).at(-1)?.round, 2)
    await grave()
    await deliver()
    assert.equal(end.received.length, 3, 'the second round still waits for its answer')
    await decide(id)
  })
})

describe('an end that does not do what it should', () => {
  for (const [does, says] of [
    ['refuse', 'answered 500'],
    ['redirect', 'answered 302: it leads elsewhere, and a page does not follow'],
    ['break', 'the connection was broken off'],
    ['slow', 'no answer within 5 seconds'],
  ] as const)
    test(`${does}: it is tried again later, and whoever looks after it is told once`, async () => {
      end.received.length = 0
      end.state.does = does
      const told = async () =>
        (await app.read(schoolId, reads => reads.messages.of(manager.personId))).filter(
          ({ kind }) => kind === 'paging.failing',
        ).length
      const before = await told()
      const id = await grave()
      const began = performance.now()
      await deliver()
      assert.ok(performance.now() - began < 9_000, 'it ends by itself')
      const failed = await latest()
      assert.deepEqual([failed.state, failed.attempts.length, failed.attempts[0]?.outcome], ['waiting', 1, says])
      assert.equal(await told(), before + 1)
      assert.match((await (await school.browser(manager)).get('/')).text, /Mend a way of paging: Alarm desk/)
      await deliver()
      assert.equal(end.received.length, 1, 'not before its time, and a redirect is not followed')
      school.pass(11 / 3600)
      await deliver()
      assert.equal(end.received.length, 2)
      assert.equal(await told(), before + 1, 'told once')
      const page = await (await school.browser(manager)).get(`/monitoring/paging/${webhook}`)
      assert.ok(page.text.includes(`Attempt 2`) && page.text.includes(says), page.text.slice(0, 2000))
      assert.ok(!page.text.includes('Amira'), 'nothing that the other end wrote')
      end.state.does = 'ok'
      school.pass(21 / 3600)
      await deliver()
      assert.equal((await latest()).state, 'sent')
      assert.equal(new Set(end.received.map(each => bodyOf(each).id)).size, 1, 'the same page under the same id')
      assert.doesNotMatch((await (await school.browser(manager)).get('/')).text, /Mend a way of paging/)
      await decide(id)
    })
  test('an answer without end is cut off, and counts', async () => {
    end.state.does = 'long'
    const id = await grave()
    await deliver()
    assert.equal((await latest()).state, 'sent')
    end.state.does = 'ok'
    await decide(id)
  })
  test('a page that nobody takes is given up after ten attempts, and one that somebody answered is not sent any more', async () => {
    end.state.does = 'refuse'
    const id = await grave()
    for (let n = 0; n < 12; n += 1) {
      await deliver()
      school.pass(1)
    }
    const given = await latest()
    assert.deepEqual([given.state, given.attempts.length], ['given-up', 10])
    await decide(id)
    const other = await grave()
    await deliver()
    await (await school.browser(lead)).get(`/flags/${other}`)
    end.state.does = 'ok'
    end.received.length = 0
    school.pass(1)
    await deliver()
    assert.equal(end.received.length, 0)
    assert.equal((await latest()).state, 'not-needed')
    await decide(other)
  })
})

describe('a process that is killed', () => {
  const child = async (killed: boolean): Promise<void> => {
    const process_ = spawn(
      process.execPath,
      [
        join(import.meta.dirname, '../testing/page-sender.ts'),
        await applicationUrl(school.database.ownerUrl, school.database.keysFolder),
        school.dataFolder,
        schoolId,
        school.now().toISOString(),
      ],
      { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let complaints = ''
    process_.stderr.on('data', chunk => {
      complaints += chunk
    })
    if (killed) end.state.onArrival = () => process_.kill('SIGKILL')
    const [code, signal] = await new Promise<[number | null, string | null]>(resolve =>
      process_.on('close', (...ended) => resolve(ended)),
    )
    end.state.onArrival = () => undefined
    assert.deepEqual([code, signal], killed ? [null, 'SIGKILL'] : [0, null], complaints)
  }
  test('between the flag and the send: nothing is lost, and nothing goes twice', async () => {
    end.received.length = 0
    // The flag is committed with its page. Whoever took it in is gone; another process finds the row.
    const id = await grave()
    await child(false)
    assert.equal(end.received.length, 1)
    await deliver()
    assert.equal(end.received.length, 1)
    await decide(id)
  })
  test('between the send and the note of it: it goes once more, under the same id', async () => {
    end.received.length = 0
    end.state.does = 'silent'
    const id = await grave()
    await child(true)
    assert.equal(end.received.length, 1)
    const cut = await latest()
    assert.deepEqual([cut.state, cut.attempts[0]?.endedAt], ['waiting', null])
    end.state.does = 'ok'
    await deliver()
    assert.equal(end.received.length, 1, 'while it may still be under way it is left alone')
    school.pass(21 / 3600)
    await deliver()
    await deliver()
    assert.equal(end.received.length, 2)
    assert.equal(bodyOf(end.received[0]).id, bodyOf(end.received[1]).id)
    assert.equal((await latest()).state, 'sent')
    await decide(id)
  })
  test('two processes that look at once send it once', async () => {
    end.received.length = 0
    const id = await grave()
    await Promise.all([deliver(), deliver(), deliver()])
    assert.equal(end.received.length, 1)
    await decide(id)
  })
})

describe('an SMS gateway', () => {
  const number = async (who: PersonActor, given: string): Promise<string> => {
    const browser = await school.browser(who)
    assert.equal((await browser.post('/monitoring/paging/number', { number: given })).status, 303)
    await deliver()
    const sent = new URLSearchParams(end.received.at(-1)?.body)
    return /Code (\d{6})/.exec(sent.get('message') ?? '')?.[1] ?? assert.fail(end.received.at(-1)?.body)
  }
  test('is asked as the school’s provider wants it, and its token is shown to nobody', async () => {
    const browser = await school.browser(manager)
    const fields = {
      name: 'Texts',
      address: `${end.url}/sms`,
      shape: 'form',
      tokenPlace: 'header',
      token: 'AccessKey tok-en',
      tokenName: 'Authorization',
      numberField: 'to',
      numberStyle: 'digits',
      textField: 'message',
      fixed: 'from=School\nkind=plain',
      success: '"status":"0"',
      reason: 'The lead has no mail at night',
    }
    const bad = await browser.post('/monitoring/paging/sms', { ...fields, tokenName: '', fixed: 'nonsense' })
    assert.deepEqual(bad.errors, ['Enter the name of the header or field', 'Line 1 must be a name, = and a value'])
    assert.ok(!bad.html.includes('tok-en'))
    const added = await browser.post('/monitoring/paging/sms', fields)
    sms = /\/monitoring\/paging\/([0-9a-f-]{36})$/.exec(added.location ?? '')?.[1] ?? assert.fail()
    assert.ok(!(await browser.get(`/monitoring/paging/${sms}`)).html.includes('tok-en'))
    end.received.length = 0
    const code = await number(lead, '07700 900123')
    const [asked] = end.received
    assert.equal(asked?.path, '/sms')
    assert.equal(asked?.headers.authorization, 'AccessKey tok-en')
    const sent = new URLSearchParams(asked?.body)
    assert.deepEqual([...sent.keys()].sort(), ['from', 'kind', 'message', 'to'])
    assert.equal(sent.get('to'), '447700900123')
    const own = await school.browser(lead)
    assert.equal((await own.post('/monitoring/paging/number/prove', { code: 'no' })).status, 400)
    assert.equal((await own.post('/monitoring/paging/number/prove', { code })).status, 303)
    const channel = await app.read(schoolId, reads => reads.paging.channel(sms))
    assert.equal(channel.provenBy, lead.personId)
  })
  test('texts who is paged, if they gave a number, and says when the gateway refused with a 200', async () => {
    end.received.length = 0
    end.state.says = '{"status":"4"}'
    const id = await grave()
    await deliver()
    const texts = () => end.received.filter(({ path }) => path === '/sms')
    assert.equal(texts().length, 1)
    assert.match(new URLSearchParams(texts()[0]?.body).get('message') ?? '', /a flag of the highest severity waits/)
    const refused = await app.read(schoolId, async reads => (await reads.paging.latest(5, sms))[0])
    assert.equal(refused?.attempts[0]?.outcome, 'answered 200, without the words that mean success')
    end.state.says = '{"status":"0"}'
    school.pass(11 / 60)
    await flags.climb(schoolId)
    await deliver()
    // The deputy has given no number: the webhook goes, and the lead's text is tried again.
    assert.equal(texts().length, 2)
    await decide(id)
  })
  test('a code for an earlier number confirms no later one, and a number that is taken back is erased', async () => {
    const code = await number(deputy, '07700 900456')
    school.pass(1 / 60)
    await number(deputy, '+44 7700 900789')
    const own = await school.browser(deputy)
    assert.equal((await own.post('/monitoring/paging/number/prove', { code })).status, 400)
    assert.equal((await own.post('/monitoring/paging/number/remove', {})).status, 303)
    assert.equal(await app.read(schoolId, reads => reads.paging.numberOf(deputy.personId)), null)
    await assert.rejects(paging.proveNumber(deputy, code), /Give your number first/)
  })
  test('an ended one is not asked again, and its token can not be read any more', async () => {
    const browser = await school.browser(manager)
    const { keyId } = await app.read(schoolId, reads => reads.paging.channel(sms))
    assert.equal((await browser.post(`/monitoring/paging/${sms}/end`, { reason: '' })).status, 400)
    assert.equal((await browser.post(`/monitoring/paging/${sms}/end`, { reason: 'Too dear' })).status, 303)
    end.received.length = 0
    const id = await grave()
    await deliver()
    assert.deepEqual(
      end.received.map(({ path }) => path),
      ['/hook?key=very-secret'],
    )
    await decide(id)
    const wrapped = await app.connections.inSchool(schoolId, tx =>
      tx.selectFrom('record_key').select('wrapped').where('id', '=', keyId).executeTakeFirst(),
    )
    assert.deepEqual(wrapped, { wrapped: null })
  })
})

test('an address that turns out private is not connected to', async () => {
  const inside = await testSchool({ environment: { PAGING_ALLOW: '' } })
  const keeper = await inside.person('Ned Work', 'network-manager')
  const { id } = await inside.app.services.paging.add(keeper, {
    name: 'Inside',
    reason: 'Try',
    settings: { kind: 'webhook', address: `https://${end.host}/hook` },
  })
  end.received.length = 0
  await inside.app.services.paging.test(keeper, id)
  await inside.app.services.paging.deliver(inside.schoolId)
  const [sent] = await inside.app.read(inside.schoolId, reads => reads.paging.latest(5))
  assert.equal(sent?.attempts[0]?.outcome, 'the address is not a public one, and the operator has not opened it')
  assert.equal(end.received.length, 0)
})

test('where nobody answers for any step, what is watched elsewhere is told all the same, once', async () => {
  const empty = await testSchool({ environment })
  const keeper = await empty.person('Ned Work', 'network-manager')
  const child = await empty.person('Pia Small', 'pupil')
  const leaving = {
    lead: await empty.person('Dora Safe', 'dsl'),
    head: await empty.person('Hedda Main', 'headteacher'),
    dpo: await empty.person('Dev Data', 'dpo'),
  }
  await withGroup(empty, 'juniors', [child])
  await monitored(empty, ['juniors'], leaving)
  const own = empty.app.services.paging
  const { id } = await own.add(keeper, {
    name: 'Desk',
    reason: 'Nobody is here in August',
    settings: { kind: 'webhook', address: `${end.url}/august` },
  })
  end.received.length = 0
  await own.test(keeper, id)
  await own.deliver(empty.schoolId)
  assert.equal(await own.prove(keeper, id, String(bodyOf(end.received[0]).code)), true)
  await empty.app.change(systemActor(empty.schoolId, 'test'), async ({ people }) => {
    for (const { personId } of [leaving.lead, leaving.head])
      for (const each of await people.appointmentsOf({ personId })) await people.endAppointment(each.id, empty.now())
    return changed(undefined, { type: 'appointment.ended', subject: 'person:all' })
  })
  empty.pass(1)
  assert.equal((await take(empty, child, ['juniors'], flagOf('selfharm', 5))).outcome, 'stored')
  for (let n = 0; n < 3; n += 1) {
    await own.deliver(empty.schoolId)
    empty.pass(1)
    await empty.app.services.flags.climb(empty.schoolId)
  }
  assert.deepEqual(
    end.received.map(each => bodyOf(each).kind),
    ['test', 'page'],
  )
  assert.equal(
    await empty.app.read(empty.schoolId, async ({ ledger }) => (await ledger.latest(['flag.page-failed']))?.type),
    'flag.page-failed',
  )
})

test('of two schools each pages its own people by its own ways', async () => {
  await school.addSchool('elm-park')
  const other = systemActor('elm-park', 'test')
  await app.change(other, async ({ people }) => {
    const personId = await people.addPerson({ givenName: 'Ola', familyName: 'Elm', joinedOn: '2020-09-01' })
    await people.appoint(personId, 'network-manager')
    return changed(undefined, { type: 'person.added', subject: `person:${personId}` })
  })
  assert.deepEqual(await app.read('elm-park', reads => reads.paging.channels()), [])
  end.received.length = 0
  const id = await grave()
  await paging.deliver('elm-park')
  assert.equal(end.received.length, 0)
  await deliver()
  assert.equal(end.received.length, 1)
  await decide(id)
  await assert.rejects(
    paging.test({ ...manager, schoolId: 'elm-park' }, webhook),
    /no such way of paging at this school/,
  )
})

test('neither a secret, a token, a number nor an address’s path stands in the log or the ledger', async () => {
  const entries = JSON.stringify(await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 5_000 })))
  for (const never of [secret, 'very-secret', 'tok-en', '7700900', words]) {
    assert.ok(!entries.includes(never), `${never} in the ledger`)
    assert.ok(!school.logged.join('\n').includes(never), `${never} in the log`)
  }
  assert.match(entries, /paging\.channel-added/)
})

test('what was sent is forgotten after a year, and the number of somebody who is paged no more at once', async () => {
  const nurse = await school.person('Nora Once', 'deputy-dsl')
  const isKept = async () => (await app.read(schoolId, reads => reads.paging.withNumbers())).includes(nurse.personId)
  await paging.add(manager, {
    name: 'Other texts',
    reason: 'Try',
    settings: {
      kind: 'sms',
      address: `${end.url}/sms`,
      shape: 'json',
      token: 'tok-en',
      tokenPlace: 'field',
      tokenName: 'key',
      numberField: 'to',
      numberStyle: 'national',
      textField: 'message',
      fixed: {},
      success: '',
    },
  })
  await paging.setNumber(nurse, '07700 900555')
  end.received.length = 0
  await deliver()
  const sent = JSON.parse(end.received[0]?.body ?? '{}')
  assert.deepEqual([sent.to, sent.key], ['07700900555', 'tok-en'])
  await paging.forget(schoolId)
  assert.equal(await isKept(), true)
  await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
    for (const { id } of await people.appointmentsOf({ personId: nurse.personId }))
      await people.endAppointment(id, school.now())
    return changed(undefined, { type: 'appointment.ended', subject: `person:${nurse.personId}` })
  })
  school.pass(1)
  assert.deepEqual(await paging.forget(schoolId), { messages: 0, numbers: 1 })
  assert.equal(await isKept(), false)
  const before = (await app.read(schoolId, reads => reads.paging.latest(1000))).length
  school.pass(366 * 24)
  assert.equal((await paging.forget(schoolId)).messages, before)
  assert.deepEqual(await paging.forget(schoolId), { messages: 0, numbers: 0 })
})

test('the list of what was sent tells nobody by whom it went to that a flag is about them or about staff', async () => {
  const own = await testSchool()
  const [dsl, main, data, chair, keeper] = [
    await own.person('Dora Safe', 'dsl'),
    await own.person('Hedda Main', 'headteacher'),
    await own.person('Dev Data', 'dpo'),
    await own.person('Cara Chair', 'chair'),
    await own.person('Ned Work', 'network-manager'),
  ]
  await withGroup(own, 'staff', [dsl, main])
  await monitored(own, ['staff'], { lead: dsl, dpo: data, head: main })
  await take(own, main, ['staff'], flagOf('sexual', 5, { sender: 'device:of-head' }))
  await take(own, dsl, ['staff'], flagOf('crime', 5, { sender: 'device:of-lead' }))
  const seenBy = async (person: PersonActor) =>
    /What was sent lately.*/s.exec((await (await own.browser(person)).get('/monitoring/paging')).text)?.[0] ??
    assert.fail('no list')
  for (const person of [dsl, data, keeper]) assert.doesNotMatch(await seenBy(person), /Cara|Hedda|you/)
  const head = await seenBy(main)
  assert.doesNotMatch(head, /Cara/)
  assert.match(head, /you/)
  assert.match(await seenBy(chair), /you/)
})

test('groups stand by their names in the week’s report and on the governors’ page', async () => {
  const own = await testSchool()
  const [dsl, main, data] = [
    await own.person('Dora Safe', 'dsl'),
    await own.person('Hedda Main', 'headteacher'),
    await own.person('Dev Data', 'dpo'),
  ]
  await own.app.change(systemActor(own.schoolId, 'test'), async ({ people }) => {
    await people.addGroup('devices-of-their-own', 'filter', 'Devices that people bring')
    return changed(undefined, { type: 'group.added', subject: 'group:devices-of-their-own' })
  })
  await monitored(own, ['devices-of-their-own'], { lead: dsl, dpo: data, head: main })
  const browser = await own.browser(main)
  for (const path of ['/flags/week', '/governors/monitoring'])
    assert.match((await browser.get(path)).text, /Monitored now: Devices that people bring\./, path)
})
