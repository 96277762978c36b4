import { type Category, rowOfCategory } from '@gatehouse/engine'
import { may } from '../platform/actor.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { settableCategories } from './change-content.ts'
import { categoryName, settleForm } from './change-forms.ts'
import { type ChangePageReads, listed } from './change-page.ts'
import { checkFields } from './check-page.ts'
import { groupName } from './filter-change.ts'
import { actionFor } from './filter-openings.ts'
import { notEnforced, pointsInUse } from './coverage.ts'
import type { FilterChangeService } from './filter-change-service.ts'
import { failureElsewhere, type FilterTest, freshMs } from './filter-watch-store.ts'
import type { ListsFolder } from './lists-folder.ts'

const words = { allow: 'Open', warn: 'Warned', block: 'Blocked' } as const
const kinds = { allow: 'calm', warn: 'soon', block: 'quiet' } as const

export function internetPages(parts: {
  service: FilterChangeService
  lists: ListsFolder
  /** Ids of the points that the operator has set up. */
  points: readonly string[]
}): Page<ChangePageReads>[] {
  const { service, lists } = parts
  const used = pointsInUse(parts.points)
  return [
    get('/internet', { access: 'filter.view' }, async ({ actor, read, now }) => {
      const found = await read(async ({ filtering, people }) => {
        const rules = await filtering.rules()
        const groups = await people.groups('filter')
        const undecided = await filtering.undecided()
        const latest = await filtering.changes({ limit: 5 })
        const names = await people.names([...undecided, ...latest].map(({ proposedBy }) => proposedBy))
        const beats = await filtering.heartbeats(24)
        const elsewhere = await filtering.failingElsewhere()
        const drift = await filtering.openDrift()
        const asked = await filtering.siteRequests(5)
        const classes = await people.groups('class')
        return { rules, groups, undecided, latest, names, beats, elsewhere, drift, asked, classes }
      })
      const { rules, groups, undecided, latest, names, beats, elsewhere, drift, asked, classes } = found
      const nameOf = (id: string): string => names.get(id) ?? 'somebody no longer here'
      // Only groups with people in them, unless nobody is in any: a matrix of eight columns helps nobody.
      const shown = rules.groups.filter(group => groups.some(({ id }) => id === group.id))
      const columns = shown.length > 0 ? shown : rules.groups
      const active = lists.active()
      return view('filtering/internet', {
        title: 'Internet',
        groups: columns.map(({ name }) => name),
        matrix: settableCategories.map(category => ({
          category: categoryName(category),
          cells: columns.map(group => {
            // A row of the technology table stands in for these.
            if (group.side !== undefined && rowOfCategory[category] !== undefined)
              return { text: 'By the table', kind: 'calm' }
            const action = actionFor(group, category)
            return { text: words[action], kind: kinds[action] }
          }),
        })),
        sites: rules.hostRules
          .filter(rule => rule.id !== 'check-page')
          .map(rule => ({
            site: `${rule.host}${rule.path ?? ''}`,
            what: words[rule.action],
            who: rule.groups === 'all' ? 'everybody' : rule.groups.map(groupName).join(', '),
            href: `/internet/changes/${rule.id}`,
            notHere: rule.path === undefined ? null : notEnforced(used, 'path'),
          })),
        waiting: undecided.map(change => listed(change, nameOf(change.proposedBy))),
        latest: latest.map(change => listed(change, nameOf(change.proposedBy))),
        beat: beatModel(beats, elsewhere, now),
        lists: active && {
          at: active.at,
          domains: active.domains,
          sources: active.sources.filter(source => active.counts.some(count => count.source === source.id)),
        },
        drift,
        asked,
        illegalEmpty: rules.illegal.source === 'empty',
        mayPropose: may(actor, 'filter.propose'),
        mayClass: may(actor, 'activity.class'),
        mayBlockNow: may(actor, 'filter.block-at-once'),
        mayChanges: may(actor, 'filter.changes'),
        checkFields: checkFields(
          { group: columns[0]?.id ?? 'juniors' },
          { rules, places: [], classes, mayName: may(actor, 'filter.propose') },
        ),
      })
    }),

    get('/internet/asked', { access: 'filter.propose' }, async ({ read }) =>
      view('filtering/asked', {
        title: 'Sites that people asked for',
        backHref: '/internet',
        sites: (await read(({ filtering }) => filtering.siteRequests(200))).map(site => ({
          ...site,
          categoryName: categoryName(site.category),
          purposeWords: { lesson: 'a lesson', homework: 'homework', work: 'work', other: 'something else' }[
            site.purpose
          ],
          proposeHref: `/internet/changes/new?host=${encodeURIComponent(site.host)}&action=allow`,
        })),
      }),
    ),
    post('/internet/asked', { access: 'filter.propose', form: settleForm }, async ({ actor, form }) => {
      if (!form.ok) throw new Refusal('invalid', 'Open the page again, and try once more.')
      await service.settleSite(actor, form.values.host)
      return redirect('/internet/asked', 'Taken off the list. The site stays as it is.')
    }),
  ]
}

/**
 * The strip on the page: is it working, and what was last seen.
 * @param elsewhere rounds of other points that failed, which outweigh what ours says
 */
export function beatModel(beats: readonly FilterTest[], elsewhere: readonly FilterTest[], now: Date) {
  const [last] = beats
  if (!last) return { state: 'unknown', text: 'The filter has not been asked yet.', checks: [], at: null, failed: [] }
  return {
    ...saidOf(last, elsewhere[0], now),
    at: last.at,
    checks: [...beats]
      .reverse()
      .map(beat => (beat.result === 'passed' ? 'ok' : beat.result === 'failed' ? 'failed' : 'unknown')),
    failed: last.results.slice(0, 20).map(each => ({
      who: groupName(each.group),
      category: categoryName((each.host.split('.')[0] ?? '') as Category),
      expected: words[each.expected],
      seen: each.outcome,
    })),
  }
}

function saidOf(last: FilterTest, other: FilterTest | undefined, now: Date): { state: string; text: string } {
  if (now.getTime() - last.at.getTime() > freshMs)
    return {
      state: 'unknown',
      text: 'Nobody has asked the filter for more than two hours, so it may not be working.',
    }
  if (last.result !== 'passed')
    return { state: 'failing', text: `${last.failures} of ${last.checks} requests did not come out as decided.` }
  if (other) return { state: 'failing', text: failureElsewhere(other) }
  return { state: 'ok', text: `Every category was asked for as every group: ${last.checks} requests, all as decided.` }
}
