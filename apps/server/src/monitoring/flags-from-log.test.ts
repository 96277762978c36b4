import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import type { ActivityRow } from '../activity/activity-line.ts'
import { newId } from '../platform/identifiers.ts'
import { testSchool } from '../testing/test-school.ts'
import { monitored, withGroup } from './flag-world.ts'
import { meaningOf } from './flags-from-log.ts'

const school = await testSchool()
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const pupil = await school.person('Pia Small', 'pupil')
const other = await school.person('Otto Other', 'pupil')
await withGroup(school, 'juniors', [pupil])
await withGroup(school, 'infants', [other])
await monitored(school, ['juniors'], { lead, dpo, head })

/** A line as a gateway sends it. */
const line = (personId: string, given: Record<string, unknown>) => ({
  v: 1,
  id: newId(school.now().getTime()),
  at: school.now().toISOString(),
  school: schoolId,
  personId,
  groups: ['juniors'],
  kind: 'page',
  method: 'GET',
  host: 'sad-place.example',
  port: 80,
  path: '/page',
  category: 'selfharm',
  verdict: 'block',
  rule: 'group:juniors:selfharm',
  continued: false,
  ...given,
})
let segments = 0
const send = (lines: readonly object[]) => {
  segments += 1
  return app.services.activity.takeSegment({
    id: `segment-${segments}`,
    bytes: Buffer.from(lines.map(each => JSON.stringify(each)).join('\n')),
  })
}
const waiting = () => app.read(schoolId, ({ flags }) => flags.waiting(['safeguarding'], 50, null))

test('a dozen addresses of one stopped page are one flag, of one child, for the lead', async () => {
  await send([1, 2, 3, 4].map(number => line(pupil.personId, { path: `/page/${number}` })))
  const [thread, ...more] = await waiting()
  assert.deepEqual([thread?.concern, thread?.count, thread?.personId, more.length], ['selfharm', 1, pupil.personId, 0])
})
test('the words of a stopped search weigh more, and join what is known', async () => {
  await send([
    line(pupil.personId, {
      host: 'www.google.com',
      path: '/search',
      rule: 'search:selfharm',
      term: 'words that were stopped',
    }),
  ])
  const [thread] = await waiting()
  assert.deepEqual([thread?.count, thread?.severity], [2, 4])
  const flags = await app.read(schoolId, reads => reads.flags.flagsOf(thread ?? assert.fail()))
  assert.ok(flags.some(({ content }) => content?.text === 'words that were stopped'))
})
test('a search that a gateway’s own reading flagged is read once more here; the log keeps nothing of it', async () => {
  const before = await waiting()
  await send([
    line(other.personId, { groups: ['infants'], verdict: 'allow', category: 'none', heard: 'i want to die today' }),
    line(pupil.personId, { verdict: 'allow', category: 'none', heard: 'why do volcanoes erupt' }),
    line(pupil.personId, { verdict: 'allow', category: 'none', heard: 7 }),
    { ...line(pupil.personId, { verdict: 'allow', category: 'none', heard: 'i want to die today' }), personId: null },
  ])
  assert.deepEqual(await waiting(), before, 'of nobody whom no assessment covers, and not because a gateway says so')
  const found = line(pupil.personId, {
    verdict: 'allow',
    category: 'none',
    host: 'www.google.com',
    path: '/search',
    heard: 'how to make a pipe bomb for school',
  })
  await send([found])
  await send([{ ...found, id: newId(school.now().getTime()) }])
  const thread = (await waiting()).find(({ concern }) => concern !== 'selfharm')
  assert.deepEqual([thread?.personId, thread?.count], [pupil.personId, 1])
  const rows = await app.read(schoolId, ({ activity }) =>
    activity.list({ from: new Date(0), to: new Date('2100-01-01') }, 50),
  )
  for (const word of ['volcanoes', 'die today', 'pipe bomb']) assert.ok(!JSON.stringify(rows).includes(word), word)
})
test('what a flag keeps in clear says nothing of who or what', async t => {
  const client = new pg.Client({ connectionString: school.database.ownerUrl })
  await client.connect()
  t.after(() => client.end())
  const { rows } = await client.query('select sender, sender_id, rules, host from flag')
  assert.equal(rows.length, 3)
  for (const word of ['words that were stopped', pupil.personId]) assert.ok(!JSON.stringify(rows).includes(word), word)
})
test('a segment of which nothing is new, or nobody is covered, leaves nothing in the ledger but that it came', async () => {
  const written = async () =>
    (await app.read(schoolId, ({ ledger }) => ledger.list({ limit: 100 }))).filter(({ type }) =>
      type.startsWith('flag.'),
    ).length
  const before = await written()
  await send([line(pupil.personId, { path: '/page/9' }), line(other.personId, { groups: ['infants'] })])
  assert.equal(await written(), before)
})
test('what was let through, what means nothing, and a child whom no assessment covers leave no flag', async () => {
  const before = (await waiting()).length
  await send([
    line(pupil.personId, { verdict: 'allow', category: 'violence' }),
    line(pupil.personId, { category: 'games' }),
    line(other.personId, { groups: ['infants'] }),
  ])
  assert.equal((await waiting()).length, before)
  const row = { personId: null, verdict: 'block', category: 'selfharm', term: null } as unknown as ActivityRow
  assert.equal(meaningOf(row), null)
})
test('another program’s log is looked at too: a search that nobody stopped flags by its words, and the others are forgotten', async () => {
  app.filtering.lists.ensure(school.now())
  const { lists } = app.filtering.lists.open()
  const names = await app.read(schoolId, ({ people }) => people.loginNames())
  const nameOf = ({ personId }: { personId: string }): string =>
    names.find(each => each.personId === personId)?.username ?? assert.fail()
  const logged = (who: { personId: string }, words: string, daysAgo = 0): string =>
    `${(school.now().getTime() - daysAgo * 86_400_000) / 1000 - 60}.000 1 10.0.0.5 TCP_MISS/200 1 GET ` +
    `https://www.google.com/search?q=${words.replaceAll(' ', '+')} ${nameOf(who)} NONE/- -`
  const take = (...lines: string[]) =>
    app.services.activity.importLog(
      schoolId,
      (async function* () {
        yield lines
      })(),
      { lists },
    )
  const texts = async () => {
    const found = await Promise.all(
      (await waiting()).map(thread => app.read(schoolId, ({ flags }) => flags.flagsOf(thread))),
    )
    return found.flat().map(({ content }) => content?.text)
  }
  const before = await texts()
  const sad = 'nobody would miss me if i was dead'
  const file = [
    logged(pupil, sad),
    logged(pupil, sad),
    logged(pupil, 'how do volcanoes erupt'),
    logged(other, `${sad} and gone`),
    logged(pupil, `${sad} last week`, 9),
  ]
  assert.equal((await take(...file)).stored, 5)
  assert.deepEqual((await texts()).slice().sort(), [...before, sad].sort())
  await take(...file, logged(pupil, 'how deep is the sea'))
  assert.equal((await texts()).length, before.length + 1, 'once, however often the log is read')
  const rows = await app.read(schoolId, ({ activity }) =>
    activity.list({ from: new Date(0), to: new Date('2100-01-01'), personId: pupil.personId }, 50),
  )
  assert.ok(rows.length > 4)
  assert.ok(!JSON.stringify(rows).includes('volcanoes') && !JSON.stringify(rows).includes('nobody would miss'))
})
