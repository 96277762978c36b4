import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addCalendarDays, londonDate } from '@gatehouse/engine/calendar'
import pg from 'pg'
import { rangeOfDay } from '../../apps/server/src/activity/activity-day.ts'
import { importLog } from '../../apps/server/src/activity/log-import.ts'
import { linesOf } from '../../apps/server/src/activity/log-lines.ts'
import { sealedPath } from '../../apps/server/src/activity/sealed-days.ts'
import { readConfig } from '../../apps/server/src/config.ts'
import { type Installation, openInstallation } from '../../apps/server/src/installation.ts'
import { systemClock } from '../../apps/server/src/platform/clock.ts'
import { collectedHeap } from '../../apps/server/src/testing/collected-heap.ts'
import { type BenchRow, median } from './row.ts'

/*
 * The web log of a large secondary: 1,300 people, 60,000 sites by a long tail, 100 million requests a year, which is 274,000 a
 * day. Taken in, sealed and asked through the services that the product uses, on the private PostgreSQL that it starts.
 * ACTIVITY_ROWS sets how many lines are taken in, ACTIVITY_DAY how many the sealed day has, `--log-gb` (ACTIVITY_GB) how many
 * gigabytes are streamed.
 */

const rowsIn = Number(process.env['ACTIVITY_ROWS'] ?? 400_000)
const rowsOfDay = Number(process.env['ACTIVITY_DAY'] ?? 274_000)
const gigabytes = Number(process.env['ACTIVITY_GB'] ?? 0.2)
const people = 1_300

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Lines of a Squid log of one day in order of time, about a mebibyte at a time. */
function* squidDay(count: number, fromMs: number): Generator<Buffer> {
  const next = random(20_261_122)
  const batch = 8_000
  for (let done = 0; done < count; done += batch) {
    let text = ''
    for (let n = done; n < Math.min(count, done + batch); n += 1) {
      const at = fromMs + 8 * 3_600_000 + (n / count) * 8 * 3_600_000
      const person = Math.floor(next() * people)
      const host = `www.site-${Math.floor(60_000 * next() ** 4)}.example`
      const blocked = next() < 0.03
      const how =
        next() < 0.7
          ? `CONNECT ${host}:443`
          : `GET http://${host}/articles/${Math.floor(next() * 5_000)}/${Math.floor(next() * 1e9).toString(36)}?id=${n}`
      text += `${(at / 1000).toFixed(3)} ${Math.floor(next() * 900)} 10.0.${person >> 8}.${person & 255} ${blocked ? 'TCP_DENIED/403' : 'TCP_TUNNEL/200'} ${Math.floor(next() * 90_000)} ${how} bench${person} HIER_DIRECT/192.0.2.1 text/html\n`
    }
    yield Buffer.from(text)
  }
}
async function* chunks(source: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of source) yield chunk
}

/** The section of `npm run bench:filter`. */
export async function run(): Promise<readonly BenchRow[]> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const installation = await openInstallation(
    readConfig({ GATEHOUSE_DATA: dataFolder, PORT: '0', PROXY_PORT: '0' }),
    systemClock,
    () => undefined,
  )
  try {
    const schoolId = await installation.app.services.school.create('Bench school')
    await addPeople(installation, schoolId)
    return [
      ...(await takenIn(installation, schoolId)),
      ...(await sealedAndAsked(installation, schoolId, dataFolder)),
      ...(await yearReport(installation, schoolId)),
      await streamed(installation),
    ]
  } finally {
    await installation.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

async function asOwner<T>(
  { ownerUrl }: Installation,
  schoolId: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(`set app.school_id = '${schoolId}'`)
    return await work(client)
  } finally {
    await client.end()
  }
}

const addPeople = (installation: Installation, schoolId: string): Promise<void> =>
  asOwner(installation, schoolId, async client => {
    await client.query(
      "insert into person (school_id, id, given_name, family_name, joined_on, created_at) select $1, gen_random_uuid(), 'Pupil', 'Number ' || n, '2025-09-01', now() from generate_series(0, $2::int - 1) n",
      [schoolId, people],
    )
    await client.query(
      "insert into account (school_id, id, person_id, username, created_at) select $1, gen_random_uuid(), id, 'bench' || split_part(family_name, ' ', 2), now() from person where school_id = $1 and family_name like 'Number %'",
      [schoolId],
    )
  })

async function takenIn({ app }: Installation, schoolId: string): Promise<BenchRow[]> {
  app.filtering.lists.ensure(app.clock())
  const { lists } = app.filtering.lists.open()
  const day = addCalendarDays(londonDate(new Date()), -2)
  const began = performance.now()
  const counts = await app.services.activity.importLog(
    schoolId,
    linesOf(chunks(squidDay(rowsIn, rangeOfDay(day).from.getTime()))),
    { lists },
  )
  const seconds = (performance.now() - began) / 1000
  if (counts.stored !== rowsIn) throw new Error(`${counts.stored} of ${rowsIn} lines were stored`)
  const rate = rowsIn / seconds
  return [
    {
      bar: 'a Squid log taken in, parsed and stored with its indexes',
      measured: `${Math.round(rate).toLocaleString('en-GB')} rows/s`,
      goal: '≥ 100,000 rows/s',
      met: rate >= 100_000,
      note: `${rowsIn.toLocaleString('en-GB')} lines`,
    },
  ]
}

async function sealedAndAsked(
  { app, ownerUrl }: Installation,
  schoolId: string,
  dataFolder: string,
): Promise<BenchRow[]> {
  const { activity, activityArchive: archive } = app.services
  const day = addCalendarDays(londonDate(new Date()), -60)
  await activity.importLog(schoolId, linesOf(chunks(squidDay(rowsOfDay, rangeOfDay(day).from.getTime()))), {
    lists: app.filtering.lists.open().lists,
  })
  const began = performance.now()
  await archive.seal(schoolId)
  const sealing = (performance.now() - began) / 1000
  const sealed = await app.read(schoolId, ({ activityDays }) => activityDays.get(day))
  if (!sealed?.file) throw new Error('the day was not sealed')
  const bytes = statSync(sealedPath(dataFolder, schoolId, day, sealed.file.keyId)).size / sealed.file.rows
  const persons = await asOwner(
    { ownerUrl } as Installation,
    schoolId,
    async client =>
      (
        await client.query<{ id: string }>(
          "select id from person where school_id = $1 and family_name like 'Number %' limit 40",
          [schoolId],
        )
      ).rows,
  )
  const samples: number[] = []
  for (const { id } of persons) {
    const start = performance.now()
    const filter = { ...rangeOfDay(day), personId: id }
    const { entries, counts } = await archive.page(schoolId, filter, 101)
    samples.push(performance.now() - start)
    if (entries.length === 0 || counts.allow === 0) throw new Error('the person’s day is empty')
  }
  samples.sort((one, other) => one - other)
  const p95 = samples[Math.floor(samples.length * 0.95)] ?? Number.NaN
  return [
    {
      bar: 'a closed day, sealed and encrypted',
      measured: `${bytes.toFixed(1)} B/row`,
      goal: '≤ 35 B/row',
      met: bytes <= 35,
      note: `${sealed.file.rows.toLocaleString('en-GB')} rows, ${sealing.toFixed(1)} s with its figures`,
    },
    {
      bar: 'one pupil’s day out of a sealed file, list and counts, p95',
      measured: `${p95.toFixed(0)} ms (p50 ${median(samples).toFixed(0)} ms)`,
      goal: '< 50 ms',
      met: p95 < 50,
      note: 'opened, checked and decrypted each time',
    },
  ]
}

/** Figures as 100 million rows a year leave them: 365 days, 8 groups, 40 categories, and the sites of each day. */
async function yearReport(installation: Installation, schoolId: string): Promise<BenchRow[]> {
  const to = addCalendarDays(londonDate(new Date()), -1)
  const from = addCalendarDays(to, -364)
  await asOwner(installation, schoolId, async client => {
    await client.query('delete from activity_daily where school_id = $1', [schoolId])
    await client.query('delete from activity_daily_site where school_id = $1', [schoolId])
    await client.query(
      `insert into activity_daily select $1, d::date, 'group-' || g, 'category-' || c, v, 1 + (random() * 1700)::int, 1 + (random() * 100)::int
         from generate_series($2::date, $3::date, '1 day') d, generate_series(1, 8) g, generate_series(1, 40) c, unnest(array['allow', 'block']) v`,
      [schoolId, from, to],
    )
    await client.query(
      `insert into activity_daily_site select $1, d::date, 'www.site-' || n || '.example', v, 'none', 1 + (random() * 50)::int, 1 + (random() * 20)::int, n > 950
         from generate_series($2::date, $3::date, '1 day') d, generate_series(1, 1000) n, unnest(array['allow', 'block']) v`,
      [schoolId, from, to],
    )
    await client.query('analyze activity_daily, activity_daily_site')
  })
  const samples: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now()
    await installation.app.read(schoolId, async ({ activityDays: figures }) => {
      await figures.perDay(from, to)
      await figures.byCategory(from, to)
      await figures.byGroup(from, to)
      await figures.sites(from, to, { verdicts: ['block', 'warn'] })
      await figures.sites(from, to, { isNew: true })
    })
    samples.push(performance.now() - start)
  }
  const slowest = Math.max(...samples)
  return [
    {
      bar: 'a year’s report for a school of 100 M rows, from the figures of its days',
      measured: `${slowest.toFixed(0)} ms`,
      goal: '< 1 s',
      met: slowest < 1_000,
      note: 'slowest of five; 204,400 lines of figures and 730,000 of sites',
    },
  ]
}

/** Reads and parses a long log without storing it: what is measured is that memory does not grow with it. */
async function streamed({ app }: Installation): Promise<BenchRow> {
  const { lists } = app.filtering.lists.open()
  const heap = collectedHeap()
  const wanted = gigabytes * 1e9
  let bytes = 0
  const part = [...squidDay(100_000, rangeOfDay(addCalendarDays(londonDate(new Date()), -1)).from.getTime())]
  async function* endless(): AsyncGenerator<Buffer> {
    while (bytes < wanted)
      for (const chunk of part) {
        bytes += chunk.length
        yield chunk
      }
  }
  const began = performance.now()
  const { user: userBefore, system: systemBefore } = process.cpuUsage()
  let taken = 0
  /** What is still held after a collection, at each tenth of the way. */
  const held: number[] = []
  const counts = await importLog({
    lines: linesOf(endless()),
    now: new Date(),
    lists,
    personOf: () => null,
    examine: () => null,
    take: async ({ rows }) => {
      taken += rows.length
      if (bytes > ((held.length + 1) * wanted) / 10) held.push(heap())
      return rows.length
    },
  })
  if (counts.read !== taken || counts.rejected > 0) throw new Error('not every line was read')
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage()
  const worked = (user + system - userBefore - systemBefore) / 1e6
  const [first = 0] = held
  const grown = (Math.max(...held) - first) / 1e6
  const whole =
    gigabytes >= 10 ? '' : `; 10 GB (--log-gb 10) would take ${((seconds * 10) / gigabytes / 60).toFixed(0)} minutes`
  return {
    bar: `heap while ${gigabytes} GB of log stream through`,
    measured: `${(first / 1e6).toFixed(0)} MB, later at most ${grown.toFixed(1)} MB more`,
    goal: 'flat',
    met: grown < 10,
    note: `after a collection at each tenth: ${held.map(bytes => (bytes / 1e6).toFixed(1)).join(', ')} MB; ${Math.round(counts.read / seconds).toLocaleString('en-GB')} lines/s read and parsed, ${((worked / counts.read) * 1e6).toFixed(1)} µs of processor a line${whole}`,
  }
}
