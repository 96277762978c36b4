import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { deviceUser, monitored, sayAsDevice } from './flag-world.ts'

const school = await testSchool()
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const manager = await school.person('Ned Work', 'network-manager')
const pupil = await deviceUser(school, 'Pia Small')
await monitored(school, ['juniors'], { lead, dpo, head })
const { devices } = app.services

const send = (path: string, token: string, body: unknown) => sayAsDevice(school, path, token, body)
const flag = (given: Record<string, unknown> = {}) => ({
  id: randomUUID(),
  at: school.now().toISOString(),
  kind: 'typed',
  severity: 3,
  categories: [{ name: 'bullying', score: 0.8 }],
  spans: [[0, 4, 'bullying']],
  rules: ['bullying.12'],
  detector: 'test-1',
  text: 'some words that were typed',
  why: 'A test.',
  host: 'docs.example',
  page: 'https://docs.example/essay?who=pia',
  title: 'Essay',
  ...given,
})
const outcomes = (answer: { body: Record<string, unknown> }) =>
  (answer.body.taken as { outcome: string }[]).map(({ outcome }) => outcome)

test('a flag of an enrolled device arrives once, under the person whom the device names, without the page’s query', async () => {
  const { token } = await devices.enrol(manager, { name: 'Laptop 1', place: '' })
  const one = flag()
  assert.deepEqual(outcomes(await send('/devices/flags', token, { user: 'pia.small@school.example', flags: [one] })), [
    'stored',
  ])
  assert.deepEqual(outcomes(await send('/devices/flags', token, { user: 'pia.small', flags: [one] })), ['known'])
  const [thread] = await app.read(schoolId, ({ flags }) => flags.waiting(['safeguarding'], 10, null))
  assert.equal(thread?.personId, pupil.personId)
  const [stored] = await app.read(schoolId, ({ flags }) => flags.flagsOf(thread ?? assert.fail()))
  assert.equal(stored?.content?.page, 'https://docs.example/essay')
})

test('nothing is taken from a key that is wrong, revoked, or of another school', async () => {
  const { id, token } = await devices.enrol(manager, { name: 'Laptop 2', place: '' })
  const body = { user: 'pia.small', flags: [flag()] }
  const wrong = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')
  for (const bad of [
    wrong,
    '',
    'no token',
    token.replace(schoolId, 'another-school'),
    `${schoolId}.${randomUUID()}.${token.split('.')[2]}`,
  ])
    assert.equal((await send('/devices/flags', bad, body)).status, 401, bad.slice(0, 20))
  await devices.revoke(manager, id)
  assert.equal((await send('/devices/flags', token, body)).status, 401)
  assert.equal((await send('/devices/beat', token, { user: 'pia.small', version: '1', waiting: 0 })).status, 401)
})

test('what is not a flag is refused by the name of its field, without repeating a word of it', async () => {
  const { token } = await devices.enrol(manager, { name: 'Laptop 3', place: '' })
  const secret = 'a secret of a child'
  for (const flags of [
    [flag({ severity: 9 })],
    [flag({ text: secret.repeat(500) })],
    [flag({ categories: [{ name: secret, score: 1 }] })],
    [flag({ [secret]: 1 })],
    Array.from({ length: 51 }, () => flag()),
  ]) {
    const answer = await send('/devices/flags', token, { user: 'pia.small', flags })
    assert.equal(answer.status, 422)
    assert.ok(!JSON.stringify(answer.body).includes(secret))
  }
  assert.equal((await send('/devices/flags', token, '{ not json')).status, 400)
  const far = flag({ at: new Date(school.now().getTime() + 86_400_000).toISOString() })
  assert.deepEqual(outcomes(await send('/devices/flags', token, { user: 'pia.small', flags: [far] })), ['out-of-time'])
})

test('a device learns whether its user is monitored, and an unknown user is raised', async () => {
  const { token } = await devices.enrol(manager, { name: 'Laptop 4', place: '' })
  const beat = (user: string) => send('/devices/beat', token, { user, version: '1.0', waiting: 0 })
  assert.deepEqual((await beat('pia.small')).body, { known: true, monitored: true, groups: ['juniors'], context: 200 })
  assert.deepEqual((await beat('stranger@elsewhere.example')).body, {
    known: false,
    monitored: false,
    groups: [],
    context: 200,
  })
  const messages = await app.read(schoolId, reads => reads.messages.of(manager.personId))
  assert.ok(messages.some(({ kind }) => kind === 'device.unknown-user'))
  assert.deepEqual(outcomes(await send('/devices/flags', token, { user: 'stranger', flags: [flag()] })), ['no-scope'])
})

test('a device that falls silent is raised once, and shown as silent until it speaks again', async () => {
  const { token } = await devices.enrol(manager, { name: 'Laptop 5', place: '' })
  await send('/devices/beat', token, { user: 'pia.small', version: '1.0', waiting: 0 })
  assert.equal(await devices.raiseSilent(schoolId, school.now()), 0)
  school.pass(25)
  assert.ok((await devices.raiseSilent(schoolId, school.now())) >= 1)
  assert.equal(await devices.raiseSilent(schoolId, school.now()), 0)
  const page = await (await school.browser(manager)).get('/monitoring/devices')
  assert.match(page.text, /Laptop 5\s+Silent/)
  await send('/devices/beat', token, { user: 'pia.small', version: '1.0', waiting: 0 })
  assert.match((await (await school.browser(manager)).get('/monitoring/devices')).text, /Laptop 5\s+Working/)
})

test('a new key is shown once, on the answer, and stands nowhere else', async () => {
  const browser = await school.browser(manager)
  const answer = await browser.post('/monitoring/devices', { name: 'Laptop 6', place: '' })
  const token = /gh-code">([^<]+)</.exec(answer.html)?.[1] ?? assert.fail('no key is shown')
  assert.ok(token.startsWith(`${schoolId}.`))
  assert.ok(!(await browser.get('/monitoring/devices')).html.includes(token.split('.')[2] ?? ''))
})

test('five hundred flags in a minute from one device: sixty are taken, the grave ones still, and other devices are not shut out', async () => {
  const { token } = await devices.enrol(manager, { name: 'Laptop 7', place: '' })
  const other = await devices.enrol(manager, { name: 'Laptop 8', place: '' })
  const all: string[] = []
  for (let batch = 0; batch < 10; batch += 1) {
    const flags = Array.from({ length: 50 }, () => flag())
    all.push(...outcomes(await send('/devices/flags', token, { user: 'pia.small', flags })))
  }
  assert.equal(all.length, 500)
  assert.equal(all.filter(outcome => outcome === 'stored').length, 60)
  assert.equal(all.filter(outcome => outcome === 'too-many').length, 440)
  const grave = flag({ severity: 5, categories: [{ name: 'selfharm', score: 0.9 }], spans: [] })
  assert.deepEqual(outcomes(await send('/devices/flags', token, { user: 'pia.small', flags: [grave] })), ['stored'])
  assert.deepEqual(outcomes(await send('/devices/flags', other.token, { user: 'pia.small', flags: [flag()] })), [
    'stored',
  ])
  school.pass(1)
  assert.deepEqual(outcomes(await send('/devices/flags', token, { user: 'pia.small', flags: [flag()] })), ['stored'])
})

test('a flag that was listened in on and sent again counts once, and with another device’s key it counts as that device’s', async () => {
  const { token } = await devices.enrol(manager, { name: 'Laptop 9', place: '' })
  const stolen = await devices.enrol(manager, { name: 'Laptop 10', place: '' })
  const body = { user: 'pia.small', flags: [flag(), flag()] }
  assert.deepEqual(outcomes(await send('/devices/flags', token, body)), ['stored', 'stored'])
  for (let again = 0; again < 3; again += 1)
    assert.deepEqual(outcomes(await send('/devices/flags', token, body)), ['known', 'known'])
  assert.deepEqual(outcomes(await send('/devices/flags', stolen.token, body)), ['stored', 'stored'])
  await devices.revoke(manager, stolen.id)
  assert.equal((await send('/devices/flags', stolen.token, body)).status, 401)
  // A month later it is too old to be put among what is new.
  school.pass(31 * 24)
  assert.deepEqual(
    outcomes(await send('/devices/flags', token, { user: 'pia.small', flags: [flag({ at: body.flags[0]?.at })] })),
    ['out-of-time'],
  )
})

const hostile: Readonly<Record<string, string>> = {
  zalgo: 'k\u0301\u0322\u0334\u0340i\u0301\u0322ll'.repeat(100),
  'scripts mixed': 'Я хочу 你好 مرحبا kіll ⓜⓨself \u202e dne',
  'half of a pair at either end': '\udc00 words \ud800',
  'a null and other controls': 'a\u0000b\u0001\u001b[2J\u2028c\ufeff',
  'the dread of a pattern': `${'a'.repeat(1990)}!`,
  markup: '<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}',
}
test('a flag of any letters at all is kept as it was sent, and its page can be opened', async () => {
  const { token } = await devices.enrol(manager, { name: 'Laptop 11', place: '' })
  const browser = await school.browser(lead)
  for (const [name, text] of Object.entries(hostile)) {
    const words = { text, title: text.slice(0, 300), why: `Found in ${text.slice(0, 100)}.` }
    const sent = flag({ ...words, categories: [{ name: 'drugs', score: 0.7 }], spans: [[0, 3, 'drugs']] })
    assert.deepEqual(
      outcomes(await send('/devices/flags', token, { user: 'pia.small', flags: [sent] })),
      ['stored'],
      name,
    )
    const threads = await app.read(schoolId, ({ flags }) => flags.waiting(['safeguarding'], 50, null))
    const thread = threads.find(({ concern }) => concern === 'drugs') ?? assert.fail(name)
    const stored = await app.read(schoolId, ({ flags }) => flags.flagsOf(thread))
    assert.ok(
      stored.some(({ content }) => content?.text === text && content.title === words.title),
      name,
    )
    const page = await browser.get(`/flags/${thread.id}`)
    assert.equal(page.status, 200, name)
    assert.ok(!page.html.includes('<script>alert'), name)
  }
})
test('ten megabytes of text are turned away before they are read, whatever else is wrong with them', async () => {
  const { token } = await devices.enrol(manager, { name: 'Laptop 12', place: '' })
  const began = performance.now()
  const large = await send('/devices/flags', token, {
    user: 'pia.small',
    flags: [flag({ text: 'x'.repeat(10_000_000) })],
  })
  assert.equal(large.status, 400)
  for (const user of ['a@'.repeat(160), `${'a.'.repeat(150)}@b`, '\u0000', '%00', "' or 1=1 --"]) {
    const answer = await send('/devices/flags', token, { user, flags: [flag()] })
    assert.equal(answer.status, 200, user)
    assert.deepEqual(outcomes(answer), ['no-scope'])
  }
  assert.equal((await send('/devices/flags', `${'a.'.repeat(20_000)}`, { user: 'x', flags: [] })).status >= 400, true)
  assert.ok(performance.now() - began < 10_000)
})

for (const [what, broken] of [
  ['a NUL', 'a\0b'],
  ['half a character', 'a\ud800b'],
] as const)
  test(`${what} in what stands in clear becomes the replacement sign, so that no flag and no sign of life is lost by it`, async () => {
    const { token } = await devices.enrol(manager, { name: `Laptop of ${what}`, place: '' })
    const all = { rules: [broken], detector: broken, host: broken, text: broken, why: broken, page: broken }
    const sent = await send('/devices/flags', token, { user: 'pia.small', flags: [flag({ ...all, title: broken })] })
    assert.equal(sent.status, 200)
    assert.deepEqual(outcomes(sent), ['stored'])
    assert.equal((await send('/devices/beat', token, { user: 'pia.small', version: broken, waiting: 0 })).status, 200)
    assert.equal((await send('/devices/check', token, { detector: broken, results: [] })).status, 200)
  })
