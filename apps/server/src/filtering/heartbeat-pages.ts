import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, view } from '../platform/page.ts'
import { categoryName } from './change-forms.ts'
import { groupName } from './filter-change.ts'
import { outcomeWords } from './filter-proof.ts'
import { abilities, abilityNames, bestOf, enforcementPoints, notEnforced, pointsInUse } from './coverage.ts'
import type { FilterReads } from './filter-store.ts'
import {
  embeddedPoint,
  type FilterTest,
  freshMs,
  isDead,
  isProxyPoint,
  placePoint,
  proxyNameOf,
} from './filter-watch-store.ts'
import type { ListsFolder } from './lists-folder.ts'
import type { StoredOverblock } from './overblock-store.ts'

/** Rounds that the strip shows: two days of hourly ones. */
const rounds = 48

export type Beat = 'ok' | 'failed' | 'unknown'

/**
 * One group's beats, oldest first: a beat for every round, and an unknown one wherever the rounds have a hole, and after the
 * last one if it is long ago. `newest` first, as stored.
 */
export function beatsOf(newest: readonly FilterTest[], group: string, now: Date): Beat[] {
  const beats: Beat[] = []
  let before: Date | undefined
  for (const round of [...newest].reverse()) {
    if (before && round.at.getTime() - before.getTime() > freshMs) beats.push('unknown')
    before = round.at
    const counts = round.byGroup[group]
    beats.push(counts === undefined ? 'unknown' : counts[1] === 0 ? 'ok' : 'failed')
  }
  if (before && now.getTime() - before.getTime() > freshMs) beats.push('unknown')
  return beats
}

const width = 22
const base = 30

/** The strip as three lines, each the `d` of an SVG path: beats, flat lines where the filter failed, dashes where nobody looked. */
export function monitorLines(beats: readonly Beat[]): { width: number; ok: string; failed: string; unknown: string } {
  const lines = { ok: '', failed: '', unknown: '' }
  // The newest stands at the right, as on paper that runs out to the left: a first beat is not stretched over two days.
  const slots = Math.max(rounds, beats.length)
  beats.forEach((beat, index) => {
    const start = `M${(slots - beats.length + index) * width} ${base}`
    lines[beat] += beat === 'ok' ? `${start}h6l2-5 3 -20 4 31 3-6h4` : `${start}h${width}`
  })
  return { width: slots * width, ...lines }
}

/** The filter's heartbeat, group by group, and what was found blocked that should be open. */
export function heartbeatPages(parts: {
  lists: ListsFolder
  /** Ids of the points that the operator has set up. */
  points: readonly string[]
}): Page<{ readonly filtering: FilterReads; readonly ledger: LedgerReads }>[] {
  return [
    get('/internet/coverage', { access: 'filter.view' }, async ({ read }) => {
      const used = pointsInUse(parts.points)
      const rules = await read(({ filtering }) => filtering.rules())
      const words = { yes: 'yes', plain: 'only plain http', no: 'no' } as const
      return view('filtering/coverage', {
        title: 'What the filter can see',
        backHref: '/internet',
        used: used.map(({ name, limits }) => ({ name, limits })),
        columns: enforcementPoints.map(({ id, name }) => ({ name, isUsed: used.some(point => point.id === id) })),
        rows: abilities.map(ability => ({
          name: abilityNames[ability],
          cells: enforcementPoints.map(({ can }) => words[can[ability]]),
          best: words[bestOf(used, ability)],
        })),
        unenforced: [
          ...rules.hostRules
            .filter(rule => rule.path !== undefined)
            .map(rule => ({ what: `${rule.host}${rule.path ?? ''}`, why: notEnforced(used, 'path') })),
          ...(rules.searchRules ?? []).map(rule => ({
            what: `the search for “${rule.phrase}”`,
            why: notEnforced(used, 'search-term'),
          })),
        ].flatMap(({ what, why }) => (why === null ? [] : [{ what, why }])),
      })
    }),
    get('/internet/heartbeat', { access: 'filter.view' }, async ({ read, now }) => {
      const { beats, open, ended, look, points, places } = await read(async ({ filtering, ledger }) => {
        const points = await filtering.points()
        return {
          points: await Promise.all(
            points
              .filter(point => point !== embeddedPoint)
              .map(async point => ({ point, beats: await filtering.heartbeats(rounds, point) })),
          ),
          beats: await filtering.heartbeats(rounds),
          places: (await filtering.filter()).places,
          open: await filtering.openOverblocks(200),
          ended: await filtering.endedOverblocks(20),
          look: await ledger.latest(['filter-overblock.looked']),
        }
      })
      const names = new Map((parts.lists.active()?.sources ?? []).map(({ id, name }) => [id, name]))
      const strip = (newest: readonly FilterTest[]) => {
        const groups = Object.keys(newest[0]?.byGroup ?? {})
        return groups.map(group => {
          const all = beatsOf(newest, group, now)
          return {
            name: group === everybody ? 'As every group' : groupName(group),
            last: all.at(-1) ?? 'unknown',
            said: spoken(all),
            lines: monitorLines(all),
          }
        })
      }
      return view('filtering/heartbeat', {
        title: 'Is the filter working?',
        backHref: '/internet',
        strips: strip(beats),
        others: points.map(({ point, beats: newest }) => {
          const [last] = newest
          return {
            name: isProxyPoint(point)
              ? `Through the proxy “${proxyNameOf(point)}”`
              : `From ${places.find(({ id }) => placePoint(id) === point)?.name ?? 'a network that is no longer there'}`,
            last: last && { at: last.at, checks: last.checks, failures: last.failures, isDead: isDead(last) },
            // One line tells of a proxy; whom it failed stands in the rounds.
            strips: isProxyPoint(point) ? strip(newest.map(wholly)) : strip(newest),
          }
        }),
        last: beats[0] && {
          at: beats[0].at,
          result: beats[0].result,
          checks: beats[0].checks,
          failures: beats[0].failures,
        },
        failed: (beats[0]?.results ?? []).map(each => ({
          who: groupName(each.group),
          what: categoryName(each.host.split('.')[0] ?? ''),
          expected: each.expected,
          seen: outcomeWords[each.outcome],
        })),
        rounds: beats.map(({ at, result, checks, failures }) => ({ at, result, checks, failures })),
        lookedAt: look?.at ?? null,
        asked: typeof look?.detail.sites === 'number' ? look.detail.sites : null,
        open: open.map(each => overblockRow(each, names)),
        ended: ended.map(each => overblockRow(each, names)),
      })
    }),
  ]
}

/** A round with its groups taken as one. */
const wholly = (round: FilterTest): FilterTest => ({
  ...round,
  byGroup: { [everybody]: [round.checks, round.failures] },
})
const everybody = 'everybody'

const spoken = (beats: readonly Beat[]): string => {
  const count = (kind: Beat): number => beats.filter(beat => beat === kind).length
  return `${count('ok')} of ${beats.length} rounds as decided, ${count('failed')} not, ${count('unknown')} not known`
}

function overblockRow(each: StoredOverblock, names: ReadonlyMap<string, string>) {
  return {
    host: each.host,
    who: groupName(each.group),
    category: each.category === 'none' ? 'in no category' : categoryName(each.category),
    by: each.sources.length > 0 ? each.sources.map(id => names.get(id) ?? id).join(', ') : 'no list',
    since: each.since,
    endedAt: each.endedAt,
  }
}
