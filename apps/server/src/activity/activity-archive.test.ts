import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { addCalendarDays, londonDate } from '@gatehouse/engine/calendar'
import { sendLog } from '../testing/gateway-log.ts'
import { testSchool } from '../testing/test-school.ts'
import { rangeOfDay } from './activity-day.ts'

const school = await testSchool()
const { app, schoolId } = school
const { activityArchive: archive, activityRetention: retention } = app.services
const pia = await school.person('Pia Small', 'pupil')
const tom = await school.person('Tom Tall', 'pupil')
const head = await school.person('Hana Whitfield', 'headteacher')
const dpo = await school.person('Dev Patel', 'dpo')
const folder = join(school.dataFolder, 'activity', schoolId)
const today = () => londonDate(school.now())
const daysAgo = (days: number) => addCalendarDays(today(), -days)

/** Lines of the log at half past ten, a second apart. */
const send = (day: string, lines: readonly Readonly<Record<string, unknown>>[]) =>
  sendLog(
    school,
    lines.map((line, n) => ({
      at: `${day}T10:30:${String(n % 60).padStart(2, '0')}.${String(n % 1000).padStart(3, '0')}Z`,
      personId: pia.personId,
      host: 'example.com',
      ...line,
    })),
  )
const of = (day: string, more: object = {}) => archive.list(schoolId, { ...rangeOfDay(day), ...more }, 1_000)
const ledger = (type: string, subject?: string) => app.read(schoolId, reads => reads.ledger.latest([type], subject))
const dayOf = (day: string) => app.read(schoolId, ({ activityDays }) => activityDays.get(day))

const old = daysAgo(60)
const block = { verdict: 'block', category: 'games', rule: 'group:juniors:games', host: 'games.example' }

test('a closed day is sealed into one encrypted file, whose digest is in the ledger, and every line is still there', async () => {
  await send(old, [
    ...Array.from({ length: 300 }, (_, n) => ({
      path: `/canary-path-${n}`,
      personId: n % 2 ? pia.personId : tom.personId,
    })),
    { ...block, referrerHost: 'maths.example', place: 'school', address: '10.0.0.7' },
    { personId: null, host: 'guest.example', groups: [] },
  ])
  await send(daysAgo(3), [{ host: 'recent.example' }])
  const before = await of(old)
  assert.equal(await archive.seal(schoolId), 1)
  const after = await of(old)
  assert.deepEqual(after, before)
  assert.equal(after.length, 302)
  assert.deepEqual(
    (await of(old, { personId: tom.personId })).map(({ personId }) => personId),
    Array.from({ length: 150 }, () => tom.personId),
  )
  assert.deepEqual(await archive.counts(schoolId, rangeOfDay(old)), { allow: 301, warn: 0, block: 1 })
  const [name, ...more] = readdirSync(folder)
  assert.deepEqual(more, [])
  const bytes = readFileSync(join(folder, name ?? ''))
  assert.equal(bytes.indexOf('canary-path'), -1)
  assert.equal(bytes.indexOf('PAR1'), -1, 'it is no plain Parquet file')
  const entry = await ledger('activity.sealed', `activity:${old}`)
  assert.deepEqual([entry?.detail.rows, entry?.detail.sha256], [302, (await dayOf(old))?.file?.sha256])
  assert.equal(await archive.seal(schoolId), 0)
  assert.equal((await of(daysAgo(3))).length, 1, 'recent days stay rows')
})

test('pages of a sealed day follow each other without a gap or a repeat', async () => {
  const seen: string[] = []
  let after: { at: Date; id: string } | undefined
  for (;;) {
    const page = await archive.list(schoolId, rangeOfDay(old), 70, after)
    seen.push(...page.map(({ id }) => id))
    const last = page.at(-1)
    if (page.length < 70 || !last) break
    after = { at: last.at, id: last.id }
  }
  assert.deepEqual(
    seen,
    (await of(old)).map(({ id }) => id),
  )
})

test('lines that come late for a sealed day are sealed with it, in another file', async () => {
  const first = (await dayOf(old))?.file?.keyId
  await send(old, [{ host: 'late.example' }])
  assert.equal((await of(old)).length, 303)
  assert.equal(await archive.seal(schoolId), 1)
  assert.equal((await of(old)).length, 303)
  const now = (await dayOf(old))?.file
  assert.notEqual(now?.keyId, first)
  assert.equal(now?.rows, 303)
})

test('an altered or missing file is named, and never read as an empty day', async () => {
  const path = join(folder, readdirSync(folder).find(name => name.includes((dayOfKey() ?? '').slice(-12))) ?? '')
  const bytes = readFileSync(path)
  assert.deepEqual(await archive.broken(schoolId), [])
  writeFileSync(
    path,
    Buffer.concat([bytes.subarray(0, 100), Buffer.from([(bytes[100] ?? 0) ^ 1]), bytes.subarray(101)]),
  )
  assert.deepEqual(await archive.broken(schoolId), [old])
  await assert.rejects(of(old), /is not what was sealed/)
  writeFileSync(path, bytes)
})
let key: string | undefined
const dayOfKey = () => key
test.beforeEach(async () => {
  key = (await dayOf(old))?.file?.keyId
})

test('the figures of a day name nobody, and say what is new', async () => {
  assert.equal(await archive.count(schoolId), 1)
  const figures = await app.read(schoolId, async ({ activityDays }) => ({
    per: await activityDays.perDay(daysAgo(90), today()),
    blocked: await activityDays.sites(daysAgo(90), today(), { verdicts: ['block'] }),
    fresh: await activityDays.sites(daysAgo(3), daysAgo(3), { isNew: true }),
    day: await activityDays.get(old),
  }))
  assert.deepEqual(figures.per, [
    { day: old, verdict: 'allow', requests: 302 },
    { day: old, verdict: 'block', requests: 1 },
    { day: daysAgo(3), verdict: 'allow', requests: 1 },
  ])
  assert.deepEqual(
    figures.blocked.map(({ host, requests, people }) => [host, requests, people]),
    [['games.example', 1, 1]],
  )
  assert.deepEqual(
    figures.fresh.map(({ host }) => host),
    ['recent.example'],
  )
  assert.deepEqual([figures.day?.requests, figures.day?.people], [303, 2])
})

test('what is older than is kept is deleted with its key, and the ledger has the proof; what is held stays until the hold ends', async () => {
  const ancient = daysAgo(380)
  await send(ancient, [{ host: 'pia.example' }, { host: 'tom.example', personId: tom.personId }])
  await send(daysAgo(381), [{ host: 'gone.example' }])
  await archive.seal(schoolId)
  const goneKey = (await dayOf(daysAgo(381)))?.file?.keyId
  const hold = await retention.hold(head, {
    personId: pia.personId,
    fromDay: ancient,
    toDay: ancient,
    untilDay: addCalendarDays(today(), 30),
    reason: 'A case about her',
  })
  assert.equal(await retention.forget(schoolId), 2)
  assert.deepEqual(
    (await of(ancient)).map(({ host }) => host),
    ['pia.example'],
  )
  assert.deepEqual(await of(daysAgo(381)), [])
  const proof = await ledger('activity.deleted', `activity:${daysAgo(381)}`)
  assert.deepEqual([proof?.detail.rows, proof?.detail.key], [1, goneKey])
  assert.match(readFileSync(join(app.keys.folder, 'erased'), 'utf8'), new RegExp(goneKey ?? '-'))
  assert.equal(await retention.forget(schoolId), 0, 'what is held is not gone through again')
  await archive.seal(schoolId)
  assert.equal(await retention.forget(schoolId), 0)
  assert.equal((await of(ancient)).length, 1)
  await retention.endHold(head, hold)
  assert.equal(await retention.forget(schoolId), 1)
  assert.deepEqual(await of(ancient), [])
})

test('how long is kept is changed by two people, never by one', async () => {
  const id = await retention.proposeMonths(head, 1, 'Less is enough for us')
  const { digest } = await app.read(schoolId, ({ requests }) => requests.get(id))
  await assert.rejects(retention.decideMonths(head, id, 'approved', 'Yes', digest), /forbidden/)
  assert.equal(await retention.forget(schoolId), 0)
  await retention.decideMonths(dpo, id, 'approved', 'Agreed', digest)
  assert.equal(await retention.forget(schoolId), 303)
  await assert.rejects(retention.proposeMonths(head, 0, 'None'), /from 1 to 84/)
})

test('one person’s part is erased from rows and sealed days, and the days keep everybody else’s', async () => {
  const sealed = daysAgo(36)
  // A month is kept now: the sealed day is within it only because it is held for everybody.
  const id = await retention.proposeMonths(head, 12, 'A year again')
  const { digest } = await app.read(schoolId, ({ requests }) => requests.get(id))
  await retention.decideMonths(dpo, id, 'approved', 'Agreed', digest)
  await send(sealed, [{ host: 'pia.example' }, { host: 'tom.example', personId: tom.personId }])
  await archive.seal(schoolId)
  const before = (await dayOf(sealed))?.file?.keyId
  const gone = await retention.erasePerson(dpo, pia.personId)
  assert.deepEqual(gone, { rows: 2, days: 2, held: 0 })
  await archive.seal(schoolId)
  assert.deepEqual(
    (await of(sealed)).map(({ host }) => host),
    ['tom.example'],
  )
  assert.notEqual((await dayOf(sealed))?.file?.keyId, before)
  assert.deepEqual(await of(daysAgo(3)), [])
})

test('files that no day points to any more are removed a day later', async () => {
  const files = readdirSync(folder).length
  assert.ok(files > 1)
  school.setTime(new Date(Date.now() + 48 * 3_600_000))
  await archive.tidy(schoolId)
  assert.equal(readdirSync(folder).length, 1)
  assert.ok(existsSync(folder))
})
