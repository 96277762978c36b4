import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { decided, stopsAfterwards, until } from './filtering-world.ts'
import { matrixControls } from './matrix-controls.ts'

// A gateway process of its own, and the technology table held against it.
const held = stopsAfterwards()
// The gateway’s clock is the machine’s, so the school begins there too.
const school = await testSchool({ time: new Date().toISOString() })
const { app, schoolId } = school
const [dsl, manager] = [await school.person('Dora Safe', 'dsl'), await school.person('Ned Work', 'network-manager')]
const common = { reason: 'A test', owner: 'network-manager', reviewOn: '2027-11-24' } as const

const stateOf = (id: string) => school.stateOf(matrixControls, id)
const work = () => held.work ?? assert.fail('the filter runs')
const round = async () => {
  school.pass(0.01)
  await work().matrix()
}
const isMet = async (id: string) => {
  const state = await stateOf(id)
  assert.equal(state.status, 'met', state.why)
  assert.equal(state.evidence, 'measured')
}

test('before anything ran, no row of the technology table counts as carried out', async () => {
  for (const { id } of matrixControls) assert.equal((await stateOf(id)).status, 'not-started', id)
})

describe('with the gateway running', () => {
  before(async () => {
    held.work = await app.filtering.start(school.url)
    await until('the first round of the table', async () =>
      app.read(schoolId, async ({ filtering }) => (await filtering.matrixRound())?.result === 'passed'),
    )
  })

  test('control filtering.staff-webmail: met when the real filter gives staff personal email at lunch and not in lessons', async () => {
    await isMet('filtering.staff-webmail')
    const found = await app.read(schoolId, ({ filtering }) => filtering.matrixRound())
    const said = (time: string) =>
      found?.checks.filter(
        check =>
          check.technology === 'personal-mail' &&
          check.group === 'staff' &&
          check.how === 'gateway' &&
          new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Europe/London' }).format(
            new Date(check.at),
          ) === time,
      )
    assert.deepEqual([...new Set(said('10:15')?.map(({ seen }) => seen))], ['block'])
    assert.deepEqual([...new Set(said('12:30')?.map(({ seen }) => seen))], ['allow'])
  })
  test('control filtering.staff-messaging: met when the real filter gives staff messaging at lunch and not in lessons', () =>
    isMet('filtering.staff-messaging'))
  test('control filtering.staff-blogs: met when the real filter gives staff blogs at lunch and not in lessons', () =>
    isMet('filtering.staff-blogs'))
  test('control filtering.staff-social-media: met when staff who are not selected are seen to get no social media', () =>
    isMet('filtering.staff-social-media'))
  test('control filtering.pupil-messaging: met when pupils without permission are seen to get no messaging', () =>
    isMet('filtering.pupil-messaging'))
  test('control filtering.pupil-social-media: met when pupils without permission are seen to get no social media', () =>
    isMet('filtering.pupil-social-media'))
  test('control filtering.pupil-blogs: met when pupils without permission are seen to get no blogs', () =>
    isMet('filtering.pupil-blogs'))

  test('when two people change a cell the filter follows, and the table page shows both', async () => {
    const cell = { kind: 'cell', technology: 'social-media', side: 'staff', window: null, people: [] } as const
    school.pass(0.01)
    await decided(school, { proposer: manager, approver: dsl }, { ...cell, level: 'allowed', ...common })
    await until('the filter to follow the table', async () => {
      const found = await app.read(schoolId, ({ filtering }) => filtering.matrixRound())
      return found?.checks.some(
        check => check.technology === 'social-media' && check.group === 'staff' && check.seen === 'allow',
      )
    })
    await round()
    await isMet('filtering.staff-social-media')
    const page = await (await school.browser(manager)).get('/internet/technology')
    assert.equal(page.status, 200)
    assert.match(page.text, /every answer agreed with the table/)
    assert.match(page.text, /A-9-08, A-7-07/)
    await decided(school, { proposer: manager, approver: dsl }, { ...cell, level: 'not-allowed', ...common })
    await round()
  })
})

/** The filter is unplugged: the pulse goes flat, and a whole round finds nothing that answers. */
async function unplug(): Promise<void> {
  if ((await work().gateway.status()) !== null) await work().gateway.stop()
  await round()
}
const leaves = async (id: string) => {
  await unplug()
  const state = await stateOf(id)
  assert.equal(state.status, 'failing', state.why)
}

describe('with the gateway stopped', () => {
  test('control filtering.staff-webmail: leaves met when the gateway is stopped', () =>
    leaves('filtering.staff-webmail'))
  test('control filtering.staff-messaging: leaves met when the gateway is stopped', () =>
    leaves('filtering.staff-messaging'))
  test('control filtering.staff-blogs: leaves met when the gateway is stopped', () => leaves('filtering.staff-blogs'))
  test('control filtering.staff-social-media: leaves met when the gateway is stopped', () =>
    leaves('filtering.staff-social-media'))
  test('control filtering.pupil-messaging: leaves met when the gateway is stopped', () =>
    leaves('filtering.pupil-messaging'))
  test('control filtering.pupil-social-media: leaves met when the gateway is stopped', () =>
    leaves('filtering.pupil-social-media'))
  test('control filtering.pupil-blogs: leaves met when the gateway is stopped', () => leaves('filtering.pupil-blogs'))

  test('two hours without a question are no answer', async () => {
    school.pass(3)
    for (const { id } of matrixControls) assert.notEqual((await stateOf(id)).status, 'met', id)
  })
})
