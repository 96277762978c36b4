import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { testSchool } from '../testing/test-school.ts'
import { bytesOf, linesOf } from './log-lines.ts'

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const { lists } = app.filtering.lists.open()
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-logs-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const whole = { from: new Date('2020-01-01'), to: new Date('2100-01-01') }
const pia = await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  const id = await people.addPerson({ givenName: 'Pia', familyName: 'Small', joinedOn: '2020-09-01' })
  await people.addAccount(id, 'pia', {})
  await people.addGroup('juniors', 'filter', 'Juniors')
  await people.addMember('juniors', id)
  return changed(id, { type: 'person.added', subject: `person:${id}` })
})
const at = Math.floor(school.now().getTime() / 1000) - 3600

async function* batches(lines: readonly string[]) {
  yield lines
}
const take = (lines: readonly string[]) => app.services.activity.importLog(schoolId, batches(lines), { lists })
const rows = (host: string) => app.read(schoolId, ({ activity }) => activity.list({ ...whole, host }, 20))
const adds = ({ read, stored, known, rejected, own }: Awaited<ReturnType<typeof take>>) =>
  assert.equal(read, stored + known + rejected + own)

test('a Squid log is read so that its counts add up, and reading it again stores nothing twice', async () => {
  const lines = [
    `${at}.123    57 10.0.0.5 TCP_MISS/200 4120 GET http://news.example/a?b=c pia HIER_DIRECT/1.2.3.4 text/html`,
    `${at}.456     3 10.0.0.5 TCP_DENIED/403 3800 CONNECT bet365.com:443 - HIER_NONE/- -`,
    'half a line',
    `${at}.789     3 10.0.0.5 TCP_MISS/200 10 GET`,
    `99${at}.789     3 10.0.0.5 TCP_MISS/200 10 GET http://future.example/ - HIER_NONE/- -`,
  ]
  const first = await take(lines)
  assert.deepEqual(first, { read: 5, stored: 2, known: 0, rejected: 3, own: 0, endedEarly: null })
  const again = await take(lines)
  assert.deepEqual(again, { read: 5, stored: 0, known: 2, rejected: 3, own: 0, endedEarly: null })
  const grown = await take([...lines, `${at + 1}.001 1 10.0.0.5 TCP_HIT/200 1 GET http://later.example/ pia NONE/- -`])
  assert.deepEqual([grown.stored, grown.known], [1, 2], 'a log that has grown since adds only what is new')
  const [blocked] = await rows('bet365.com')
  assert.deepEqual(
    [blocked?.verdict, blocked?.category, blocked?.personId, blocked?.device],
    ['block', 'gambling', null, '10.0.0.5'],
  )
  const [news] = await rows('news.example')
  assert.deepEqual([news?.personId, news?.groups, news?.path], [pia, ['juniors'], '/a'])
})

test('two equal lines are two requests, and stay two when the log is read again', async () => {
  const line = `${at}.500 1 10.0.0.5 TCP_MISS/200 1 GET http://twice.example/ pia NONE/- -`
  assert.equal((await take([line, line])).stored, 2)
  assert.deepEqual((await take([line, line, line])).stored, 1)
})

test('a Squid log in JSON is read by the names that recipes give its values', async () => {
  const when = new Date(at * 1000).toISOString()
  const counts = await take([
    JSON.stringify({
      time: when,
      client: '10.0.0.6',
      user: 'SCHOOL\\pia',
      method: 'GET',
      url: 'http://json.example/x?y=z',
      result: 'TCP_MISS',
      status: 200,
    }),
    JSON.stringify({
      ts: at + 0.25,
      src_ip: '10.0.0.7',
      method: 'CONNECT',
      url: 'denied.example:443',
      code: 'TCP_DENIED/403',
      referer: 'https://maths.example/sheet?child=1',
    }),
    '{"time": "2026-11-24T09:15:00Z", "method": "GET", "url": "http://cut.exam',
    '{"time": "not a time", "method": "GET", "url": "http://when.example/"}',
    '[1, 2]',
  ])
  adds(counts)
  assert.deepEqual([counts.stored, counts.rejected], [2, 3])
  const [seen] = await rows('json.example')
  assert.deepEqual([seen?.personId, seen?.path, seen?.source], [pia, '/x', 'squid-json'])
  const [denied] = await rows('denied.example')
  assert.deepEqual([denied?.verdict, denied?.referrerHost, denied?.kind], ['block', 'maths.example', 'connect'])
})

test('Unbound’s query log is read: its own messages and replies are counted apart, and garbage is refused', async () => {
  const counts = await take([
    `[${at}] unbound[712:0] notice: init module 0: validator`,
    `[${at}] unbound[712:0] info: start of service (unbound 1.17.1).`,
    `[${at}] unbound[712:0] info: 10.0.0.9 dns.example. A IN`,
    `[${at}] unbound[712:0] info: 10.0.0.9 dns.example. A IN NOERROR 0.000000 1 62`,
    `[${at}] unbound[712:1] info: 2001:db8::9 dns.example. AAAA IN`,
    `[${at}] unbound[712:1] info: 10.0.0.9 dns.exa`,
    'Nov 24 09:15:00 unbound[712:0] info: 10.0.0.10 ascii-time.example. A IN',
  ])
  adds(counts)
  assert.deepEqual([counts.stored, counts.own, counts.rejected], [3, 3, 1])
  assert.deepEqual((await rows('dns.example')).map(({ kind, method }) => [kind, method]).sort(), [
    ['dns', 'A'],
    ['dns', 'AAAA'],
  ])
  assert.equal((await rows('ascii-time.example'))[0]?.at.toISOString(), '2026-11-24T09:15:00.000Z')
})

test('a CSV is read by its header, and a value with a line break in it is refused as two halves', async () => {
  const counts = await take([
    'time,user,url,verdict,category,device',
    '2026-11-24T09:00:00Z,pia@school.example,"https://csv.example/a,b?q=1",block,games,pc-7',
    '2026-11-24 09:00:00,,http://local.example/,,,',
    '2026-11-24T09:00:00Z,pia,"http://two.example/',
    '2026-11-24T09:00:00Z,pia,http://forged.example/,allow,,",allow,,',
    '2026-11-24T09:00:00Z,pia,http://short.example/',
    '2026-11-24T09:00:00Z,pia,http://odd.example/,maybe,,',
    '1999-01-01T00:00:00Z,pia,http://clock.example/,allow,,',
  ])
  adds(counts)
  assert.deepEqual([counts.read, counts.stored, counts.rejected], [7, 2, 5])
  const [seen] = await rows('csv.example')
  assert.deepEqual(
    [seen?.personId, seen?.path, seen?.category, seen?.verdict, seen?.device],
    [pia, '/a,b', 'games', 'block', 'pc-7'],
  )
  assert.equal((await rows('forged.example')).length, 0)
})

test('what some programs take for the end of a line is none: nobody writes a line into the log by an address', async () => {
  const forged = `${at}.100 1 10.0.0.5 TCP_MISS/200 1 GET http://forged.example/ pia NONE/- -`
  const source = Buffer.from(
    `${at}.900 1 10.0.0.5 TCP_MISS/200 1 GET http://a.example/x\u2028${forged}\n${at}.901 1 10.0.0.5 TCP_MISS/200 1 GET http://b.example/x\r${forged}\n`,
  )
  async function* chunks() {
    for (let from = 0; from < source.length; from += 7) yield source.subarray(from, from + 7)
  }
  const lines: string[] = []
  for await (const batch of linesOf(chunks())) lines.push(...batch)
  assert.equal(lines.length, 2)
  await take(lines)
  assert.equal((await rows('forged.example')).length, 0)
})

test('a line without an end costs no memory, and the lines around it are read', async () => {
  async function* chunks() {
    yield Buffer.from(`${at}.1 1 10.0.0.5 TCP_MISS/200 1 GET http://before.example/ pia NONE/- -\n`)
    const part = Buffer.alloc(1 << 20, 'x')
    for (let times = 0; times < 40; times += 1) yield part
    yield Buffer.from(`\n${at}.2 1 10.0.0.5 TCP_MISS/200 1 GET http://after.example/ pia NONE/- -\r\n`)
  }
  const counts = await app.services.activity.importLog(schoolId, linesOf(chunks()), { lists })
  assert.deepEqual([counts.read, counts.stored, counts.rejected], [3, 2, 1])
})

test('a file that is cut short, gz or not, keeps what came before, and says so', async () => {
  const lines = Array.from(
    { length: 5_000 },
    (_, n) =>
      `${at}.${String(n % 1000).padStart(3, '0')} 1 10.0.0.5 TCP_MISS/200 ${n} GET http://gz.example/${n} pia NONE/- -`,
  )
  const packed = gzipSync(`${lines.join('\n')}\n`)
  const path = join(folder, 'access.log.gz')
  writeFileSync(path, packed)
  const all = await app.services.activity.importLog(schoolId, linesOf(bytesOf(path)), { lists })
  assert.deepEqual([all.read, all.stored, all.rejected, all.endedEarly], [5_000, 5_000, 0, null])
  writeFileSync(path, packed.subarray(0, packed.length - 2_000))
  const cut = await app.services.activity.importLog(schoolId, linesOf(bytesOf(path)), { lists })
  adds(cut)
  assert.ok(cut.endedEarly)
  assert.ok(cut.known > 0 && cut.read < 5_001)
})

test('two writers of one new day both write', async () => {
  const day = Math.floor(new Date('2026-06-01T10:00:00Z').getTime() / 1000)
  const line = (n: number) =>
    `${day}.${100 + n} 1 10.0.0.5 TCP_MISS/200 ${n} GET http://new-day.example/${n} pia NONE/- -`
  const counts = await Promise.all(Array.from({ length: 6 }, (_, n) => take([line(n)])))
  assert.deepEqual(
    counts.map(({ stored }) => stored),
    [1, 1, 1, 1, 1, 1],
  )
})
