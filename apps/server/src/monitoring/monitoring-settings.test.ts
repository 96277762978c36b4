import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { ladderFor } from './flag.ts'
import { deviceUser, flagOf, monitored, sayAsDevice, take } from './flag-world.ts'
import { defaults, isInHours, type MonitoringSettings, monitoringSettings } from './monitoring-settings.ts'

describe('what is stored', () => {
  test('reads as the default wherever it is missing or out of bounds', () => {
    assert.deepEqual(monitoringSettings({}), defaults)
    for (const monitoring of [
      null,
      'x',
      { context: 501 },
      { context: -1 },
      { context: '200' },
      { order: 'nobody' },
      { inHours: { second: 0, third: 61 } },
      { dayFrom: '25:00' },
    ])
      assert.deepEqual(monitoringSettings({ monitoring }), defaults, JSON.stringify(monitoring))
    assert.equal(monitoringSettings({ monitoring: { context: 0 } }).context, 0)
  })
})

describe('who is paged after whom', () => {
  const settings: MonitoringSettings = {
    ...defaults,
    inHours: { second: 5, third: 6 },
    outOfHours: { second: 1, third: 2 },
  }
  const said = (order: MonitoringSettings['order'], inHours: boolean) =>
    ladderFor('safeguarding', { ...settings, order }, inHours)
      .map(({ role, afterMinutes }) => `${role} ${afterMinutes}`)
      .join(', ')
  test('is the school’s order, at the minutes of the hour, and always begins with the lead at once', () => {
    assert.equal(said('deputy-then-head', true), 'dsl 0, deputy-dsl 5, headteacher 6')
    assert.equal(said('deputy-then-head', false), 'dsl 0, deputy-dsl 1, headteacher 2')
    assert.equal(said('head-then-deputy', true), 'dsl 0, headteacher 5, deputy-dsl 6')
    assert.equal(said('head', true), 'dsl 0, headteacher 5')
    assert.deepEqual(ladderFor('headteacher', settings, true), [
      { role: 'headteacher', afterMinutes: 0 },
      { role: 'chair', afterMinutes: 6 },
    ])
  })
  test('school hours are those hours of a school day, by the calendar, and of a weekday where there is none', () => {
    const calendar = {
      bankHolidays: ['2026-12-25'],
      terms: [{ from: '2026-09-01', to: '2026-12-19' }],
      closures: ['2026-11-25'],
    }
    const at = (time: string) => isInHours(new Date(time), defaults, calendar)
    assert.equal(at('2026-11-24T10:00:00Z'), true)
    assert.equal(at('2026-11-24T07:59:00Z'), false)
    assert.equal(at('2026-11-24T17:00:00Z'), false)
    assert.equal(at('2026-11-25T10:00:00Z'), false, 'the school is closed')
    assert.equal(at('2026-11-28T10:00:00Z'), false, 'a Saturday')
    assert.equal(at('2026-12-22T10:00:00Z'), false, 'a holiday')
    const none = (time: string) => isInHours(new Date(time), defaults, { bankHolidays: [], terms: [] })
    assert.deepEqual([none('2026-11-24T10:00:00Z'), none('2026-11-28T10:00:00Z')], [true, false])
  })
})

describe('the page', async () => {
  const school = await testSchool()
  const { app, schoolId } = school
  const lead = await school.person('Dora Safe', 'dsl')
  const head = await school.person('Hedda Main', 'headteacher')
  const dpo = await school.person('Dev Data', 'dpo')
  const manager = await school.person('Ned Work', 'network-manager')
  const pupil = await deviceUser(school, 'Pia Small')
  await monitored(school, ['juniors'], { lead, dpo, head })
  const { token } = await app.services.devices.enrol(manager, { name: 'Laptop 1', place: '' })
  const say = async (path: string, said: object) => {
    const { status, body } = await sayAsDevice(school, path, token, { user: 'pia.small', ...said })
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  const context = async () => (await say('/devices/beat', { version: '1', waiting: 0 })).context
  const fields = {
    context: '40',
    order: 'head',
    inSecond: '3',
    inThird: '20',
    outSecond: '2',
    outThird: '20',
    dayFrom: '08:30',
    dayTo: '16:00',
    reason: 'The advice of the data protection officer',
  }

  test('changes what a device is told, with a reason in the ledger, and only within bounds', async () => {
    assert.equal(await context(), 200)
    const browser = await school.browser(lead)
    for (const [given, says] of [
      [{ context: '501' }, 'Characters before and after must be a whole number from 0 to 500'],
      [{ outSecond: '0' }, 'Minutes until the second is paged, out of hours must be a whole number from 1 to 60'],
      [{ dayTo: '08:00' }, 'School hours must end after they begin'],
      [{ reason: ' ' }, 'Enter why'],
      [{ order: 'nobody' }, 'Select who is paged'],
    ] as const)
      assert.deepEqual((await browser.post('/monitoring/settings', { ...fields, ...given })).errors, [says])
    assert.equal(await context(), 200)
    assert.equal((await browser.post('/monitoring/settings', fields)).status, 303)
    assert.equal(await context(), 40)
    const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['monitoring-settings.set']))
    assert.equal(entry?.detail.reason, fields.reason)
    assert.match(JSON.stringify(entry?.detail.before), /"context":200/)
    const shown = await browser.get('/monitoring/settings')
    assert.match(shown.html, /value="40"/)
    assert.match(shown.text, /A report whose words may not wait goes the same way/)
    assert.equal((await (await school.browser(manager)).get('/monitoring/settings')).status, 403)
    await assert.rejects(
      app.services.monitoringSettings.set(lead, { ...defaults, context: 5000 }, 'More'),
      /characters 0 to 500/,
    )
  })
  test('changes who is paged next, and how soon', async () => {
    const taken = await take(school, pupil, ['juniors'], flagOf('grooming', 5))
    const id = taken.outcome === 'stored' ? taken.threadId : assert.fail(taken.outcome)
    const paged = async () => (await app.read(schoolId, reads => reads.flags.pages(id))).map(({ personId }) => personId)
    // No term is entered here, and it is a Tuesday morning: three minutes.
    school.pass(2.5 / 60)
    await app.services.flags.climb(schoolId)
    assert.deepEqual(await paged(), [lead.personId])
    school.pass(1 / 60)
    await app.services.flags.climb(schoolId)
    assert.deepEqual(await paged(), [lead.personId, head.personId])
    school.pass(5)
    await app.services.flags.climb(schoolId)
    assert.equal((await paged()).length, 2, 'there is nobody after the headteacher')
  })
  test('where nobody answers for what is left of the ladder, nothing is written again and again', async () => {
    const head_ = (await app.read(schoolId, ({ ledger }) => ledger.head()))?.seq
    for (let n = 0; n < 3; n += 1) await app.services.flags.climb(schoolId)
    assert.equal((await app.read(schoolId, ({ ledger }) => ledger.head()))?.seq, head_)
  })
  test('a flag without a word of text is taken, where the school sends no surroundings', async () => {
    const sent = await say('/devices/flags', {
      flags: [
        {
          id: randomUUID(),
          at: school.now().toISOString(),
          kind: 'read',
          severity: 2,
          categories: [{ name: 'drugs', score: 0.6 }],
          spans: [],
          rules: [],
          detector: 'test-1',
          text: '',
          why: 'The page as a whole.',
          host: 'forum.example',
          page: 'forum.example/',
          title: '',
        },
      ],
    })
    assert.equal((sent.taken as { outcome: string }[])[0]?.outcome, 'stored')
  })
  test('a flag’s page shows what went before it to those whose work it is, and nobody else', async () => {
    const old = await take(school, pupil, ['juniors'], flagOf('gambling', 3))
    const oldId = old.outcome === 'stored' ? old.threadId : assert.fail(old.outcome)
    await app.services.flags.real(lead, oldId, 'He spends money')
    const taken = await take(school, pupil, ['juniors'], flagOf('selfharm', 5))
    const id = taken.outcome === 'stored' ? taken.threadId : assert.fail(taken.outcome)
    const shown = await (await school.browser(lead)).get(`/flags/${id}`)
    assert.match(shown.text, /Other flags of this person.*Gambling/)
    assert.match(shown.text, /Cases of this person/)
    // The headteacher is paged about this one, and about no other.
    const other = await take(school, pupil, ['juniors'], flagOf('weapons', 5))
    const otherId = other.outcome === 'stored' ? other.threadId : assert.fail(other.outcome)
    school.pass(1)
    await app.services.flags.climb(schoolId)
    const paged = await (await school.browser(head)).get(`/flags/${otherId}`)
    assert.equal(paged.status, 200)
    assert.match(paged.text, /You see this flag because you were paged/)
    // The case is one that the headteacher may see; the flag before it is not.
    assert.ok(!paged.html.includes(`/flags/${oldId}`))
    assert.match(paged.text, /Cases of this person/)
  })
  test('governors see the term without small numbers, and not the week', async () => {
    const governor = await school.browser(await school.person('Gwen Board', 'link-governor'))
    const page = await governor.get('/governors/monitoring')
    assert.equal(page.status, 200)
    assert.match(page.text, /Real, of those decided Not shown/)
    assert.match(page.text, /Gambling.*not shown/)
    for (const name of ['Pia', 'Dora']) assert.ok(!page.text.includes(name), name)
    assert.equal((await governor.get('/flags/week')).status, 403)
    assert.match((await governor.get('/governors')).html, /href="\/governors\/monitoring"/)
  })
})
