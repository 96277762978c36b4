import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openLists } from '@gatehouse/engine'
import { compileFolder } from '../../apps/server/src/filtering/compile-sources.ts'
import { withChange } from '../../apps/server/src/filtering/filter-change.ts'
import type { AskerAttributes } from '@gatehouse/engine'
import { rulesOf } from '../../apps/server/src/filtering/filter-rules.ts'
import { type LoggedRequest, replay } from '../../apps/server/src/filtering/replay.ts'
import type { BenchRow } from './row.ts'

/*
 * A change replayed against the requests of a fortnight of a large school, made up here: 1,300 people in 45 classes, 60,000
 * sites by a long tail, a few pages a site. What is measured is the deciding; reading them from the store is measured with
 * the store.
 */

const requests = Number(process.env['REPLAYED'] ?? 10_000_000)
const goalSeconds = 30

/** Requests in batches, the same each time. mulberry32. */
async function* fortnight(count: number, from: Date): AsyncGenerator<readonly LoggedRequest[]> {
  let state = 20_261_122
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const groups: readonly (readonly string[])[] = [['juniors'], ['secondary'], ['sixth-form'], ['staff']]
  const batch = 10_000
  // Words of three to five syllables, one in twenty with a number.
  const syllables =
    'ba be bo da de di fa fi ga go ha he ka ki la le li lo ma me mi na no pa po ra ri sa se ta te to va wa za'.split(
      ' ',
    )
  const sites = Array.from({ length: 60_000 }, (_, n) => {
    const word = Array.from({ length: 3 + (n % 3) }, () => syllables[Math.floor(next() * syllables.length)]).join('')
    return `www.${word}${n % 20 === 0 ? n : ''}.example`
  })
  for (let done = 0; done < count; done += batch) {
    const rows: LoggedRequest[] = []
    for (let n = 0; n < batch; n += 1) {
      const person = Math.floor(next() * 1_300)
      const site = Math.floor(60_000 * next() ** 4)
      rows.push({
        // School hours of ten days.
        at: new Date(from.getTime() + Math.floor(next() * 14) * 86_400_000 + (8 + next() * 8) * 3_600_000),
        personId: `person-${person}`,
        groups: groups[person < 300 ? 0 : person < 1_000 ? 1 : person < 1_180 ? 2 : 3] ?? [],
        host: site === 7 ? 'chess.com' : site === 11 ? 'roblox.com' : (sites[site] ?? ''),
        path: `/page-${Math.floor(next() * 5)}`,
        kind: next() < 0.7 ? 'connect' : 'page',
        count: 1,
      })
    }
    yield rows
  }
}

/** The section of `npm run bench:filter`. `GATEHOUSE_BENCH_LISTS` names a folder of published lists. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = process.env['GATEHOUSE_BENCH_LISTS']
  const hasLists = folder !== undefined && existsSync(folder) && readdirSync(folder).length > 0
  const lists = openLists((await compileFolder(hasLists ? join(folder) : null)).bytes)
  const to = new Date('2026-11-21T00:00:00Z')
  const from = new Date(to.getTime() - 14 * 86_400_000)
  const people = new Map<string, AskerAttributes>(
    Array.from({ length: 1_300 }, (_, n) => [
      `person-${n}`,
      { classes: n < 1_180 ? [`class-${n % 45}`] : [], year: null, turns13On: n < 600 ? null : '2000-01-01' },
    ]),
  )
  const content = {
    kind: 'category',
    category: 'games',
    action: 'allow',
    groups: ['juniors', 'secondary'],
    before: {},
    owner: 'dsl',
    reviewOn: '2027-03-27',
    caseId: null,
  } as const
  const heapBefore = process.memoryUsage().rss
  let heapMost = heapBefore
  const started = performance.now()
  const cpuBefore = process.cpuUsage()
  const result = await replay({
    before: rulesOf([], 0),
    after: rulesOf(withChange([], 'new', content), 1),
    lists,
    requests: fortnight(requests, from),
    people,
    from,
    to,
    onProgress: () => {
      heapMost = Math.max(heapMost, process.memoryUsage().rss)
    },
  })
  const seconds = (performance.now() - started) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  const cpuSeconds = (cpu.user + cpu.system) / 1e6
  return [
    {
      bar: 'replay of 10 M requests through a proposed change',
      measured: `${seconds.toFixed(1)} s (${(result.requests / seconds / 1e6).toFixed(2)} M requests/s)`,
      goal: `< ${goalSeconds} s`,
      met: seconds < goalSeconds,
      note: `${lists.domains.toLocaleString('en-GB')} listed sites${hasLists ? '' : ' (our own alone: set GATEHOUSE_BENCH_LISTS to a folder of published lists)'}; newly open ${result.newlyOpen.requests.toLocaleString('en-GB')} by ${result.newlyOpen.people} people; memory + ${Math.round((heapMost - heapBefore) / 2 ** 20)} MB; making the requests included; ${cpuSeconds.toFixed(1)} s of processor time`,
    },
  ]
}

if (import.meta.main) for (const row of await run()) console.log(row)
