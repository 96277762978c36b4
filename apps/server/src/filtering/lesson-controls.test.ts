import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { after, before, describe, test } from 'node:test'
import { testSchool } from '../testing/test-school.ts'
import { differencesBetween, type Fingerprint, networkOf, readinessOf } from './lesson.ts'
import { lessonControls } from './lesson-controls.ts'
import { createNameLookup } from './lesson-lookup.ts'
import { createLessonService } from './lesson-service.ts'
import { decidePass, oak, passSchool } from './pass-world.ts'

/** A name server in small (RFC 1035): answers A, NS and CNAME for what a test sets, and that there is none for the rest. */
interface Zone {
  addresses: Record<string, string[]>
  nameservers: Record<string, string[]>
  silent: boolean
}
const zone: Zone = { addresses: {}, nameservers: {}, silent: false }
const socket = createSocket('udp4')
const nameBytes = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map(part => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])),
    Buffer.from([0]),
  ])
socket.on('message', (query, { port, address }) => {
  if (zone.silent) return
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = query.readUInt16BE(at + 1)
  const name = labels.join('.').toLowerCase()
  const data =
    type === 1
      ? (zone.addresses[name] ?? []).map(each => Buffer.from(each.split('.').map(Number)))
      : type === 2
        ? (zone.nameservers[name] ?? []).map(nameBytes)
        : []
  const exists = zone.addresses[name] !== undefined || zone.nameservers[name] !== undefined
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  head.writeUInt16BE(exists ? 0x8180 : 0x8183, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(data.length, 6)
  const records = data.map(bytes => {
    const record = Buffer.alloc(12)
    record.writeUInt16BE(0xc00c, 0)
    record.writeUInt16BE(type, 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt32BE(1, 6)
    record.writeUInt16BE(bytes.length, 10)
    return Buffer.concat([record, bytes])
  })
  socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...records]), port, address)
})
after(() => socket.close())
await new Promise<void>(done => socket.bind(0, '127.0.0.1', done))
const lookup = createNameLookup(`127.0.0.1:${socket.address().port}`)

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const world = await passSchool(school)
const service = createLessonService({
  change: app.change,
  read: app.read,
  passes: app.services.passes,
  lists: app.filtering.lists,
  lookup,
})
const host = 'rivers.example'
const lessonDay = '2026-11-26'
const question = (changes: Partial<Parameters<typeof service.plan>[1]> = {}) => ({
  classId: oak,
  topic: 'Rivers',
  plan: { firstDay: lessonDay, from: '10:00', to: '11:00' },
  sites: [`https://${host}/delta`],
  isOnly: false,
  ...changes,
})
const lessonOf = (id: string) => app.read(schoolId, ({ lessons }) => lessons.lesson(id))
const stateOf = () => school.stateOf(lessonControls, 'filtering.lesson-sites')
async function lookAtAll(id: string, on = '2026-11-24'): Promise<void> {
  await service.look(
    world.teacher,
    id,
    (await lessonOf(id)).sites.map(site => site.id),
    on,
  )
}
zone.addresses[host] = ['192.0.2.10']
zone.nameservers[host] = ['ns1.honest.example']
let lesson = ''

describe('the acceptance test: a site whose name is pointed elsewhere after it was looked at', () => {
  before(async () => {
    lesson = (await service.plan(world.teacher, question())).id
  })
  test('a lesson whose sites nobody has looked at is not ready, and its teacher finds it on Today with the time left', async () => {
    assert.equal((await stateOf()).status, 'not-started')
    assert.match((await (await school.browser(world.teacher)).get('/')).text, /Look at the sites of your lesson/)
    assert.equal(await service.recheck(schoolId, school.now()), 0)
  })
  test('control filtering.lesson-sites: met when the teacher looked at every site within a week of the lesson', async () => {
    await lookAtAll(lesson)
    const state = await stateOf()
    assert.equal(state.status, 'met', state.why)
    assert.equal(state.evidence, 'attested')
    assert.ok(state.due && state.due > school.now())
    const [deadline] = await app.read(schoolId, ({ deadlines }) => deadlines.about(`lesson-sites:${lesson}`))
    assert.equal(deadline?.state, 'met')
  })
  test('while the name leads to the same place, or to a neighbour of it, nothing is raised', async () => {
    zone.addresses[host] = ['192.0.2.77']
    assert.equal(await service.recheck(schoolId, school.now()), 0)
  })
  test('a name server that is silent raises nothing and is not taken for an answer', async () => {
    zone.silent = true
    school.pass(21)
    assert.equal(await service.recheck(schoolId, school.now()), 0)
    assert.equal((await lessonOf(lesson)).sites[0]?.checkResult, 'unknown')
    zone.silent = false
  })
  test('control filtering.lesson-sites: leaves met when the name leads elsewhere, before the lesson, and the teacher is told', async () => {
    zone.addresses[host] = ['198.51.100.66']
    assert.equal(await service.recheck(schoolId, school.now()), 1)
    const [site] = (await lessonOf(lesson)).sites
    assert.deepEqual(site?.differences, ['Its name leads to another place than when you looked'])
    assert.equal((await stateOf()).status, 'due')
    const told = await app.read(schoolId, ({ messages }) => messages.of(world.teacher.personId))
    assert.ok(told.some(({ kind, link }) => kind === 'lesson-sites.changed' && link === `/lesson-sites/${lesson}`))
    const today = await (await school.browser(world.teacher)).get('/')
    assert.match(today.text, /Look again at a site of your lesson: it has changed/)
    // Said once, not every hour.
    assert.equal(await service.recheck(schoolId, school.now()), 0)
  })
  test('the class is no longer led there, until the teacher has looked again', async () => {
    const pupil = await school.browser(world.pupil)
    assert.doesNotMatch((await pupil.get(`/lesson-sites/${lesson}`)).html, /rivers\.example/)
    await lookAtAll(lesson, '2026-11-25')
    assert.match((await pupil.get(`/lesson-sites/${lesson}`)).html, /href="https:\/\/rivers\.example\/delta"/)
    assert.equal((await stateOf()).status, 'met')
  })
  test('control filtering.lesson-sites: leaves met when a lesson begins with a site that nobody looked at', async () => {
    const { id } = await service.plan(
      world.teacher,
      question({ topic: 'Deltas', plan: { firstDay: '2026-11-26', from: '13:00', to: '14:00' } }),
    )
    assert.equal((await stateOf()).status, 'met')
    school.setTime('2026-11-26T13:05:00Z')
    assert.equal((await stateOf()).status, 'overdue')
    await service.withdraw(world.teacher, id)
    assert.equal((await stateOf()).status, 'met')
  })
  test('control filtering.lesson-sites: leaves met when no teacher has signed for half a term', async () => {
    const then = school.now()
    school.pass(40 * 24)
    assert.equal((await stateOf()).status, 'met')
    school.pass(2 * 24)
    assert.equal((await stateOf()).status, 'overdue')
    school.setTime(then)
  })
})

describe('a lesson of only its sites', () => {
  const day = '2026-11-27'
  test('where a site is blocked for the class it waits for the safeguarding lead, and then shuts the rest', async () => {
    const { id, waits } = await service.plan(
      world.teacher,
      question({
        isOnly: true,
        sites: ['http://www.kizi.com/maths', `https://${host}/delta`],
        plan: { firstDay: day, from: '10:00', to: '11:00' },
      }),
    )
    assert.equal(waits, true)
    const { passId } = await lessonOf(id)
    assert.ok(passId)
    await decidePass(school, world.dsl, passId)
    const passes = await app.read(schoolId, reads => reads.passes.inForce())
    assert.deepEqual(
      passes.map(pass => [pass.isOnly ?? false, pass.who]),
      [
        [true, { classes: [oak] }],
        [false, { people: [world.teacher.personId] }],
      ],
    )
    await lookAtAll(id, '2026-11-26')
    zone.addresses[host] = ['203.0.113.5']
    assert.equal(await service.recheck(schoolId, school.now()), 1)
    const after = await app.read(schoolId, reads => reads.passes.inForce())
    assert.deepEqual(
      after[0]?.sites.map(site => site.host),
      ['www.kizi.com'],
      'what changed is shut until somebody looks again',
    )
    await service.withdraw(world.teacher, id)
    assert.deepEqual(await app.read(schoolId, reads => reads.passes.inForce()), [])
  })
})

describe('who may', () => {
  test('a pupil sees the lessons of their own class alone, and changes nothing', async () => {
    const own = await school.browser(world.pupil)
    assert.equal((await own.get(`/lesson-sites/${lesson}`)).status, 200)
    assert.equal((await own.post(`/lesson-sites/${lesson}/withdraw`, {})).status, 403)
    assert.equal((await (await school.browser(world.otherPupil)).get(`/lesson-sites/${lesson}`)).status, 404)
  })
  test('another teacher cannot sign for it', () =>
    assert.rejects(service.look(world.otherTeacher, lesson, ['x'], '2026-11-26'), /no such lesson/))
  test('nobody signs for a day that lies ahead, or for one longer ago than a week', async () => {
    const sites = (await lessonOf(lesson)).sites.map(site => site.id)
    await assert.rejects(service.look(world.teacher, lesson, sites, '2026-11-27'), /ahead/)
    await assert.rejects(service.look(world.teacher, lesson, sites, '2026-11-18'), /longer ago/)
  })
  test('a site that is blocked for the class says so to the teacher, and leads to a pass for it', async () => {
    const { id } = await service.plan(
      world.teacher,
      question({
        topic: 'Games of old',
        sites: ['https://www.kizi.com/old'],
        plan: { firstDay: '2026-11-30', from: '13:00', to: '14:00' },
      }),
    )
    const page = await (await school.browser(world.teacher)).get(`/lesson-sites/${id}`)
    assert.match(page.text, /Blocked for the class/)
    assert.match(page.html, /href="\/internet\/passes\/new\?host=https%3A%2F%2Fwww\.kizi\.com%2Fold"/)
    await service.withdraw(world.teacher, id)
  })
  test('the page takes a plan, asks for what is missing, and takes the signature', async () => {
    const teacher = await school.browser(world.teacher)
    const empty = await teacher.post('/lesson-sites/new', { day: ['', '', ''] })
    assert.deepEqual(empty.errors, [
      'Select a class',
      'Enter what the lesson is about',
      'Enter the day of the lesson',
      'Enter at least one site',
    ])
    const made = await teacher.post('/lesson-sites/new', {
      class: oak,
      topic: 'Volcanoes',
      day: ['30', '11', '2026'],
      bell: '',
      from: '09:00',
      to: '10:00',
      sites: 'https://volcano.example/etna\nhttps://volcano.example/etna',
    })
    assert.equal(made.status, 303, made.text)
    const page = await teacher.get(made.location ?? '')
    assert.match(page.text, /Not looked at yet/)
    const id = /name="looked" type="checkbox" value="([0-9a-f-]{36})"/.exec(page.html)?.[1] ?? ''
    const unsure = await teacher.post(`${made.location}/look`, { looked: id, on: ['26', '11', '2026'] })
    assert.deepEqual(unsure.errors, ['Say that you looked at them yourself'])
    const signed = await teacher.post(`${made.location}/look`, { looked: id, on: ['26', '11', '2026'], sure: 'yes' })
    assert.equal(signed.status, 303)
    assert.match((await teacher.get('/lesson-sites')).text, /Ready/)
  })
})

describe('what counts as a change', () => {
  const print = (dns: Partial<NonNullable<Fingerprint['dns']>> | null, categories: string[] = []): Fingerprint => ({
    dns: dns && { addresses: ['192.0.2.1'], name: null, nameservers: ['ns.a.example'], ...dns },
    categories,
  })
  const rows: readonly [string, Fingerprint, Fingerprint, number][] = [
    ['the same answer', print({}), print({}), 0],
    ['another address of the same network', print({}), print({ addresses: ['192.0.2.200'] }), 0],
    ['another network', print({}), print({ addresses: ['198.51.100.1'] }), 1],
    [
      'one of two addresses kept',
      print({ addresses: ['192.0.2.1', '198.51.100.1'] }),
      print({ addresses: ['198.51.100.9'] }),
      0,
    ],
    [
      'another network behind the same content network',
      print({ name: 'a.cdn.example' }),
      print({ name: 'b.cdn.example', addresses: ['198.51.100.1'] }),
      0,
    ],
    ['a name that leads nowhere', print({}), print({ addresses: [] }), 1],
    ['other name servers', print({}), print({ nameservers: ['ns.b.test'] }), 1],
    ['name servers not told', print({}), print({ nameservers: [] }), 0],
    ['a listing that was not there', print({}), print({}, ['gambling']), 1],
    ['no DNS at either time', print(null), print({ addresses: ['198.51.100.1'] }), 0],
  ]
  for (const [what, one, other, count] of rows)
    test(`${what} is ${count === 0 ? 'no change' : 'a change'}`, () =>
      assert.equal(differencesBetween(one, other).length, count))
  test('a look a week and a day before the lesson is too long ago', () => {
    const at = new Date('2026-11-26T10:00:00Z')
    assert.equal(readinessOf({ lookedOn: '2026-11-19', differences: [] }, at), 'ready')
    assert.equal(readinessOf({ lookedOn: '2026-11-18', differences: [] }, at), 'too-long-ago')
    assert.equal(readinessOf({ lookedOn: '2026-11-25', differences: ['x'] }, at), 'changed')
    assert.equal(readinessOf({ lookedOn: null, differences: [] }, at), 'not-looked-at')
  })
  test('an address of the newer kind belongs to the first 48 bits, however it is written', () => {
    assert.equal(networkOf('2001:db8:1::5'), networkOf('2001:0db8:0001:7::9'))
    assert.notEqual(networkOf('2001:db8:1::5'), networkOf('2001:db8:2::5'))
  })
  test('without a name server set nothing is asked outside', async () =>
    assert.equal(await createNameLookup(undefined)(host), null))
})
