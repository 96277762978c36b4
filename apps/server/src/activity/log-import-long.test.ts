import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import { collectedHeap } from '../testing/collected-heap.ts'
import { testSchool } from '../testing/test-school.ts'
import { linesOf } from './log-lines.ts'

/*
 * A Squid log of 200 MB, made as it is read: 886,000 lines of four hours, every fourth with a long query. It took a minute on
 * two cores at a load of 13, and is quicker by as much as they have less else to do.
 */

const school = await testSchool()
const { app, schoolId } = school
app.filtering.lists.ensure(school.now())
const { lists } = app.filtering.lists.open()
await app.change(systemActor(schoolId, 'test'), async ({ people }) => {
  const id = await people.addPerson({ givenName: 'Pia', familyName: 'Small', joinedOn: '2020-09-01' })
  await people.addAccount(id, 'pia', {})
  return changed(id, { type: 'person.added', subject: `person:${id}` })
})

const bytesWanted = 200_000_000
const query = `?${'session=9f8e7d6c5b4a&'.repeat(20)}`
const from = Math.floor(school.now().getTime() / 1000) - 5 * 3600

test('200 MB stream through with malformed, cut and misdated lines among them: every line is counted, and the heap stays flat', async t => {
  const given = { lines: 0, sound: 0, bad: 0 }
  const heap = collectedHeap()
  const held: number[] = []
  let bytes = 0
  async function* chunks() {
    for (let n = 0; bytes < bytesWanted; ) {
      let text = ''
      for (let times = 0; times < 2_000; times += 1, n += 1) {
        const time = `${from + Math.floor(n / 60)}.${String(n % 1000).padStart(3, '0')}`
        const odd = n % 997 === 0
        given.lines += 1
        given[odd ? 'bad' : 'sound'] += 1
        text += odd
          ? ([
              `${time} 1 10.0.0.5 TCP_MISS/200 1 GET`,
              '\u0000\u0001',
              '',
              `99${time} 1 10.0.0.5 TCP_MISS/200 1 GET http://a.example/ - NONE/- -`,
              '1.0 x',
            ][n % 5] ?? '')
          : n % 100 === 1
            ? `${time} 3 10.0.0.${n % 250} TCP_DENIED/403 3800 CONNECT host${n % 500}.example:443 - HIER_NONE/- -`
            : `${time} ${n % 90} 10.0.0.5 TCP_MISS/200 ${n} GET http://host${n % 500}.example/page/${n}${n % 4 === 0 ? query : ''} pia HIER_DIRECT/192.0.2.1 text/html`
        text += '\n'
      }
      const chunk = Buffer.from(text)
      bytes += chunk.length
      yield chunk
      if (bytes > ((held.length + 1) * bytesWanted) / 10) held.push(heap())
    }
  }
  const began = performance.now()
  const counts = await app.services.activity.importLog(schoolId, linesOf(chunks()), { lists })
  const seconds = (performance.now() - began) / 1000
  assert.deepEqual(counts, {
    read: given.lines,
    stored: given.sound,
    known: 0,
    rejected: given.bad,
    own: 0,
    endedEarly: null,
  })
  const day = { from: new Date((from - 3600) * 1000), to: new Date((from + 86_400) * 1000) }
  const found = await app.read(schoolId, async ({ activity }) => ({
    counts: await activity.counts(day),
    totals: await activity.totals(new Date(0), 'import'),
  }))
  assert.equal(found.counts.allow + found.counts.block, given.sound, 'what is counted as stored is there')
  assert.equal(found.totals.lines, given.lines, 'the segments of the ledger add up to the file')
  assert.equal(found.totals.stored + found.totals.rejected, given.lines)
  const [first = 0] = held
  const grown = (Math.max(...held) - first) / 1e6
  t.diagnostic(
    `${(bytes / 1e6).toFixed(0)} MB, ${given.lines} lines in ${seconds.toFixed(1)} s; heap ${(first / 1e6).toFixed(0)} MB at the first tenth, later at most ${grown.toFixed(1)} MB more`,
  )
  assert.ok(grown < 25, `the heap grew by ${grown.toFixed(0)} MB`)
})
