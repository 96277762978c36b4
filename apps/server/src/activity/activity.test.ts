import assert from 'node:assert/strict'
import { test } from 'node:test'
import { londonDate } from '@gatehouse/engine/calendar'
import { openGatewayKeys } from '../filtering/gateway-keys.ts'
import { newId } from '../platform/identifiers.ts'
import { testSchool } from '../testing/test-school.ts'

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const bearer = openGatewayKeys(app.keys).bearer
const pupil = await school.person('Pia Small', 'pupil')
const dsl = await school.person('Dora Safe', 'dsl')
const whole = { from: new Date('2020-01-01'), to: new Date('2100-01-01') }

const line = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    v: 1,
    id: newId(),
    at: school.now().toISOString(),
    school: schoolId,
    personId: pupil.personId,
    groups: ['juniors'],
    kind: 'page',
    method: 'GET',
    host: 'example.com',
    port: 80,
    path: '/news?q=secret',
    category: 'none',
    verdict: 'allow',
    rule: 'group:juniors:unlisted',
    continued: false,
    ...changes,
  })
const send = (id: string, body: string, key = bearer) =>
  fetch(`${school.url}/gateway/activity`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson', 'x-segment': id },
  })

test('a segment of the log is taken from our own gateway only', async () => {
  assert.equal((await send('s-0', line(), 'wrong')).status, 401)
  assert.equal((await send('bad id!', line())).status, 400)
  assert.equal((await app.read(schoolId, ({ activity }) => activity.list(whole, 10))).length, 0)
})

test('a segment sent three times is counted once, its query is thrown away, and its lines add up in the ledger', async () => {
  const body = [
    line(),
    line({ personId: 'probe:juniors' }),
    'not json',
    line({ at: '2999-01-01T00:00:00Z' }),
    line({ personId: 'x' }),
    '',
  ].join('\n')
  for (let times = 0; times < 3; times += 1) assert.equal((await send('s-1', body)).status, 204)
  const rows = await app.read(schoolId, ({ activity }) => activity.list(whole, 10))
  assert.equal(rows.length, 1)
  assert.equal(rows[0]?.path, '/news')
  const entries = await app.read(schoolId, ({ ledger }) => ledger.list({ types: ['activity.received'], limit: 10 }))
  assert.equal(entries.length, 1)
  const detail = entries[0]?.detail ?? {}
  assert.deepEqual([detail.lines, detail.stored, detail.probes, detail.rejected], [5, 1, 1, 3])
})

test('a line that would pass for two is stored as one', async () => {
  await send('s-2', line({ host: 'a.example\nfake', path: '/x\r\ny' }))
  const [row] = await app.read(schoolId, ({ activity }) => activity.list({ ...whole, host: 'a.example\uFFFDfake' }, 5))
  assert.equal(row?.path, '/x\uFFFD\uFFFDy')
})

test('of a search only what a search rule stopped is kept, and who sent there only where it was stopped', async () => {
  await send(
    's-3',
    [
      line({
        host: 'engine.example',
        verdict: 'block',
        rule: 'search:self-harm',
        term: `how\u0000 to ${'x'.repeat(300)}`,
        referrerHost: 'Maths.Example',
      }),
      line({
        host: 'engine.example',
        verdict: 'allow',
        rule: 'search:self-harm',
        term: 'canary one',
        referrerHost: 'maths.example',
      }),
      line({ host: 'engine.example', verdict: 'block', rule: 'group:juniors:games', term: 'canary two' }),
    ].join('\n'),
  )
  const found = await app.read(schoolId, ({ activity }) => activity.list({ ...whole, host: 'engine.example' }, 5))
  const stopped = found.find(({ rule, verdict }) => rule === 'search:self-harm' && verdict === 'block')
  assert.match(stopped?.term ?? '', /^how\uFFFD to x+$/)
  assert.equal(stopped?.term?.length, 200)
  assert.equal(stopped?.referrerHost, 'maths.example')
  assert.deepEqual(
    found.filter(each => each !== stopped).map(({ term, referrerHost }) => [term, referrerHost]),
    [
      [null, null],
      [null, null],
    ],
  )
})

test('equal requests of one person within a quarter of an hour are one of two for a replay', async () => {
  await send(
    's-4',
    [
      line({ host: 'replay.example' }),
      line({ host: 'replay.example' }),
      line({ host: 'replay.example', kind: 'cut' }),
    ].join('\n'),
  )
  const found = await app.read(schoolId, async ({ activity }) => {
    const all = []
    for await (const batch of activity.requests(whole.from, whole.to)) all.push(...batch)
    return all.filter(({ host }) => host === 'replay.example')
  })
  assert.deepEqual(
    found.map(({ count, personId, groups, path, kind }) => [count, personId, groups, path, kind]),
    [[2, pupil.personId, ['juniors'], '/news', 'page']],
  )
})

test('somebody’s own blocked requests are found by the site whose page needed them', async () => {
  const blocked = (host: string, referrerHost: string, personId = pupil.personId) =>
    line({ host, referrerHost, personId, verdict: 'block', category: 'video', rule: 'group:juniors:video' })
  await send(
    's-5',
    [
      blocked('player.example', 'www.lesson.example'),
      blocked('player.example', 'lesson.example'),
      blocked('other.example', 'notlesson.example'),
      blocked('another.example', 'lesson.example', dsl.personId),
    ].join('\n'),
  )
  assert.deepEqual(
    await app.read(schoolId, ({ activity }) =>
      activity.blockedFrom({ ...whole, personId: pupil.personId, referrerHost: 'lesson.example' }),
    ),
    [{ host: 'player.example', category: 'video', count: 2 }],
  )
})

test('the log names nobody, and a line of a network where nobody is known is kept, unless it is our own test', async () => {
  await send(
    's-6',
    [
      line({ personId: null, host: 'guest.example', address: '127.0.9.4', by: 'network' }),
      line({ personId: null, host: 'gambling.canary.gatehouse.invalid', by: 'network' }),
    ].join('\n'),
  )
  const [guest] = await app.read(schoolId, ({ activity }) => activity.list({ ...whole, host: 'guest.example' }, 5))
  assert.deepEqual([guest?.personId, guest?.device], [null, '127.0.9.4'])
  assert.equal(
    (await app.read(schoolId, ({ activity }) => activity.list({ ...whole, host: 'gatehouse.invalid' }, 5))).length,
    0,
  )
  const page = await (await school.browser(dsl)).get('/activity')
  assert.equal(page.status, 200, school.logged.at(-1))
  assert.doesNotMatch(page.text, /Pia Small/)
  assert.equal((await (await school.browser(await school.person('Tom Teach', 'teacher'))).get('/activity')).status, 403)
})

test('what is older than a year is deleted, its day with it, and the ledger says how much went', async () => {
  const old = new Date(school.now().getTime() - 380 * 86_400_000)
  assert.equal(
    (
      await send(
        's-old',
        [line({ at: old.toISOString(), host: 'old.example' }), line({ host: 'new.example' })].join('\n'),
      )
    ).status,
    204,
  )
  assert.equal(await app.services.activityRetention.forget(schoolId), 1)
  assert.equal(
    (await app.read(schoolId, ({ activity }) => activity.list({ ...whole, host: 'old.example' }, 5))).length,
    0,
  )
  assert.equal(
    (await app.read(schoolId, ({ activity }) => activity.list({ ...whole, host: 'new.example' }, 5))).length,
    1,
  )
  const entry = await app.read(schoolId, ({ ledger }) => ledger.latest(['activity.deleted']))
  assert.deepEqual([entry?.detail.rows, entry?.subject, entry?.detail.days], [1, `activity:${londonDate(old)}`, 1])
  assert.equal(await app.services.activityRetention.forget(schoolId), 0)
})

test('one school never sees another’s log', async () => {
  await school.addSchool('elm')
  assert.equal((await app.read('elm', ({ activity }) => activity.list(whole, 10))).length, 0)
})
