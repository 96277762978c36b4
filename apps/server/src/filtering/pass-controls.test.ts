import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { londonDate, londonTime } from '@gatehouse/engine/calendar'
import pg from 'pg'
import { testSchool } from '../testing/test-school.ts'
import { browse, browsingPerson, stopsAfterwards, until } from './filtering-world.ts'
import { passControls } from './pass-controls.ts'
import { createPassProof } from './pass-proof.ts'
import { decidePass, joinClass, oak, passSchool } from './pass-world.ts'

// Every control is driven by what really happens: a teacher who asks, somebody who decides, a gateway process that is asked.
const held = stopsAfterwards()
// The gateway’s clock is the machine’s, so the school begins there too.
const school = await testSchool({ time: new Date().toISOString() })
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const world = await passSchool(school)
const { teacher, dsl } = world
const service = app.services.passes
const pupil = await browsingPerson(school, 'Polly Proxy', 'juniors')
await joinClass(school, oak, 'Oak (Year 5)', [{ person: pupil, part: 'member' }])
const stranger = await browsingPerson(school, 'Stan Stranger', 'juniors')

const stateOf = (id: string) => school.stateOf(passControls, id)
let asked = 0
/** Asks for a pass from this minute to the end of the day. */
async function ask(sites = ['http://www.kizi.com/maths']): Promise<string> {
  asked += 1
  const today = londonDate(school.now())
  const found = await service.ask(
    teacher,
    world.question({
      sites,
      reason: `The reason of request ${asked}`,
      plan: { firstDay: today, lastDay: today, weekdays: [1], from: londonTime(school.now()), to: '23:59' },
    }),
  )
  assert.ok('id' in found)
  return found.id
}
const work = () => held.work ?? assert.fail('the filter runs')

test('before anybody asked, an unused power is no failure and nothing is met', async () => {
  assert.equal((await stateOf('filtering.pass-requests')).status, 'not-applicable')
  assert.equal((await stateOf('filtering.pass-shut')).status, 'not-started')
  assert.equal((await stateOf('filtering.pass-record')).status, 'not-started')
})

describe('with the gateway running', () => {
  before(async () => {
    held.work = await app.filtering.start(school.url)
    await until('the first round', async () =>
      (await app.read(schoolId, ({ filtering }) => filtering.heartbeats(1)))[0]?.controls.every(
        ({ result }) => result === 'passed',
      ),
    )
  })
  let first = ''

  test('control filtering.pass-requests: met when a teacher asks and the safeguarding lead decides in time', async () => {
    first = await ask()
    assert.equal((await stateOf('filtering.pass-requests')).status, 'not-started')
    await decidePass(school, dsl, first)
    const state = await stateOf('filtering.pass-requests')
    assert.equal(state.status, 'met', state.why)
    assert.equal(state.evidence, 'measured')
  })
  test('control filtering.pass-record: met when what was asked and decided stands in the record and in the ledger alike', async () => {
    const state = await stateOf('filtering.pass-record')
    assert.equal(state.status, 'met', state.why)
    assert.equal(state.evidence, 'measured')
  })
  test('a pupil of the class gets the page through the real gateway, and a pupil of another class does not', async () => {
    const port = work().gateway.port
    await until('the pass', async () => {
      const { field } = await browse(port, pupil, 'http://www.kizi.com/maths')
      return !/http_request_denied/.test(field)
    })
    assert.match((await browse(port, stranger, 'http://www.kizi.com/maths')).field, /http_request_denied/)
    assert.match((await browse(port, pupil, 'http://www.kizi.com/other')).field, /http_request_denied/)
  })
  test('control filtering.pass-shut: met when a pass that ended is asked for again as a pupil of the class and is shut', async () => {
    assert.equal((await stateOf('filtering.pass-shut')).status, 'not-started')
    await service.endEarly(teacher, first)
    await until('the proof', async () => (await world.pass(first)).shutResult === 'shut')
    const state = await stateOf('filtering.pass-shut')
    assert.equal(state.status, 'met', state.why)
    assert.equal(state.evidence, 'measured')
    const { field } = await browse(work().gateway.port, pupil, 'http://www.kizi.com/maths')
    assert.match(field, /http_request_denied/)
  })
  test('control filtering.pass-requests: leaves met when a teacher waits longer than two school days', async () => {
    const waiting = await ask(['http://poki.com/maths'])
    const then = school.now()
    assert.equal((await stateOf('filtering.pass-requests')).status, 'met')
    school.pass(7 * 24)
    await work().beat()
    assert.equal((await stateOf('filtering.pass-requests')).status, 'overdue')
    school.setTime(then)
    await decidePass(school, dsl, waiting, 'refused')
  })
  test('control filtering.pass-record: leaves met when what is stored of a pass is altered', async () => {
    const client = new pg.Client({ connectionString: school.database.ownerUrl })
    await client.connect()
    const alter = (from: string, to: string) =>
      client.query(
        'update request set payload = replace(payload, $2, $3) where id = (select request_id from pass where id = $1)',
        [first, from, to],
      )
    await alter('/maths', '/other')
    assert.equal((await stateOf('filtering.pass-record')).status, 'failing')
    await alter('/other', '/maths')
    await client.end()
    assert.equal((await stateOf('filtering.pass-record')).status, 'met')
  })
  test('a pass that somebody writes into the database by hand is found as drift, named, and opens nothing', async () => {
    const id = await ask(['http://poki.com/by-hand'])
    const client = new pg.Client({ connectionString: school.database.ownerUrl })
    await client.connect()
    await client.query(`update pass set state = 'granted', granted_at = now() where id = $1`, [id])
    await work().drift()
    const drift = await app.read(schoolId, ({ filtering }) => filtering.openDrift())
    assert.ok(drift.some(({ place, differences }) => place === 'database' && differences.join().includes(id)))
    assert.match((await browse(work().gateway.port, pupil, 'http://poki.com/by-hand')).field, /http_request_denied/)
    await client.query(`update pass set state = 'waiting', granted_at = null where id = $1`, [id])
    await client.end()
    await work().drift()
    assert.deepEqual(await app.read(schoolId, ({ filtering }) => filtering.openDrift()), [])
    await decidePass(school, dsl, id, 'refused')
  })
  test('control filtering.pass-shut: leaves met when a gateway goes on with a pass that was ended', async () => {
    const id = await ask(['http://poki.com/maths2'])
    await decidePass(school, dsl, id)
    const port = work().gateway.port
    await until(
      'the pass',
      async () => !/http_request_denied/.test((await browse(port, pupil, 'http://poki.com/maths2')).field),
    )
    // The server is gone, the gateway is not: nobody tells it that the pass ended.
    const { gateway } = work()
    await work().stop(true)
    await service.endEarly(teacher, id)
    const prove = createPassProof({ read: app.read, service, schools: app.schools, clock: school.now })
    await prove(gateway)
    // It has had its say; the next one listens at another port.
    process.kill((await gateway.status())?.pid ?? assert.fail('the gateway goes on'))
    assert.equal((await world.pass(id)).shutResult, 'open')
    assert.equal((await stateOf('filtering.pass-shut')).status, 'failing')
    const told = await app.read(schoolId, ({ messages }) => messages.of(dsl.personId))
    assert.ok(told.some(({ kind }) => kind === 'pass.still-open'))
    held.work = await app.filtering.start(school.url)
    await until('the proof', async () => (await world.pass(id)).shutResult === 'shut')
    assert.equal((await stateOf('filtering.pass-shut')).status, 'met')
  })
  test('with the filter silent for two hours nobody knows what a pass does, and each of the three fails', async () => {
    await work().stop()
    school.pass(8 * 24)
    for (const { id } of passControls) assert.equal((await stateOf(id)).status, 'failing', id)
  })
})
