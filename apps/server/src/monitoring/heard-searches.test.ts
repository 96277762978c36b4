import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { filesHolding } from '../testing/on-disk.ts'
import { testSchool } from '../testing/test-school.ts'
import { browse, browsingPerson, stopsAfterwards, until } from '../filtering/filtering-world.ts'
import { monitored } from './flag-world.ts'

/*
 * From a search over plain HTTP, through a gateway process of its own, to the flag; and what says nothing to nowhere. No name
 * leads anywhere here, so every request ends in a fault, after it was decided.
 */

const held = stopsAfterwards()
// The gateway’s clock is the machine’s, so the school begins there too.
const school = await testSchool({ time: new Date().toISOString() })
const { app, schoolId } = school
const lead = await school.person('Dora Safe', 'dsl')
const head = await school.person('Hedda Main', 'headteacher')
const dpo = await school.person('Dev Data', 'dpo')
const pupil = await browsingPerson(school, 'Pia Small', 'juniors')
const teacher = await browsingPerson(school, 'Tess Teach', 'staff')
const grave = 'nobody would miss me if i was dead'
const work = () => held.work ?? assert.fail('the filter runs')
const search = (who: typeof pupil, words: string) =>
  browse(work().gateway.port, who, `http://www.google.com/search?q=${encodeURIComponent(words)}`)
const stored = () =>
  app.read(schoolId, ({ activity }) =>
    activity.list({ from: new Date(0), to: new Date('2100-01-01'), host: 'www.google.com' }, 50),
  )
const waiting = () => app.read(schoolId, ({ flags }) => flags.waiting(['safeguarding', 'headteacher'], 50, null))

before(async () => {
  held.work = await app.filtering.start(school.url)
  await until('the first round', async () =>
    app.read(schoolId, async ({ filtering }) => (await filtering.heartbeats(1))[0]?.result === 'passed'),
  )
})

test('before an assessment covers anybody no search is read', async () => {
  await search(pupil, `${grave} canaryone`)
  await until('the log', async () => (await stored()).length === 1)
  assert.deepEqual(await waiting(), [])
})

test('once one does, a search that flags is a flag, and every other is nowhere', async () => {
  await monitored(school, ['juniors'], { lead, dpo, head })
  await until('the bundle that says so, in the gateway', async () => {
    const found = app.filtering.bundle.current()
    if (!found.ok || !found.bundle.payload.schools.some(({ watched }) => watched?.includes('juniors'))) return false
    return ((await work().gateway.status())?.serial ?? 0) >= found.bundle.payload.serial
  })
  const before = (await stored()).length
  await search(pupil, grave)
  await search(pupil, 'canarytwo volcanoes erupt')
  await search(teacher, `${grave} canarythree`)
  const [thread] = await until('the flag', async () => {
    const found = await waiting()
    return found.length > 0 && found
  })
  assert.deepEqual([thread?.personId, thread?.concern, thread?.count], [pupil.personId, 'selfharm', 1])
  const [flag] = await app.read(schoolId, ({ flags }) => flags.flagsOf(thread ?? assert.fail()))
  assert.deepEqual([flag?.kind, flag?.source, flag?.content?.text], ['search', 'activity', grave])
  await until('the log', async () => (await stored()).length === before + 3)
  assert.ok(
    (await stored()).every(({ term, path }) => term === null && path === '/search'),
    'the log keeps none of it',
  )
  assert.equal((await waiting()).length, 1)
  for (const word of ['canaryone', 'canarytwo', 'canarythree'])
    assert.deepEqual(filesHolding([school.dataFolder], word), [], word)
})
