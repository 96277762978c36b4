import { type Category, decide, shippedGroups } from '@gatehouse/engine'
import type { PeopleReads } from '../people/people-store.ts'
import { may } from '../platform/actor.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { categoryName, settleForm } from './change-forms.ts'
import { type ChangePageReads, listed } from './change-page.ts'
import { actionFor, groupName, settableCategories } from './filter-change.ts'
import type { FilterChangeService } from './filter-change-service.ts'
import type { FilterTest } from './filter-watch-store.ts'
import type { ListsFolder } from './lists-folder.ts'

const words = { allow: 'Open', warn: 'Warned', block: 'Blocked' } as const
const kinds = { allow: 'calm', warn: 'soon', block: 'quiet' } as const
/** A heartbeat older than this says nothing about now. */
const heartbeatMs = 2 * 3_600_000

export function internetPages(parts: { service: FilterChangeService; lists: ListsFolder }): Page<ChangePageReads>[] {
  const { service, lists } = parts
  return [
    get('/internet', { access: 'filter.view' }, async ({ actor, read, now }) => {
      const found = await read(async ({ filtering, people }) => {
        const rules = await filtering.rules()
        const groups = await people.groups('filter')
        const undecided = await filtering.undecided()
        const latest = await filtering.changes({ limit: 5 })
        const names = await people.names([...undecided, ...latest].map(({ proposedBy }) => proposedBy))
        const beats = await filtering.heartbeats(24)
        const drift = await filtering.openDrift()
        const asked = await filtering.siteRequests(5)
        return { rules, groups, undecided, latest, names, beats, drift, asked }
      })
      const { rules, groups, undecided, latest, names, beats, drift, asked } = found
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
          })),
        waiting: undecided.map(change => listed(change, nameOf(change.proposedBy))),
        latest: latest.map(change => listed(change, nameOf(change.proposedBy))),
        beat: beatModel(beats, now),
        lists: active && {
          at: active.at,
          domains: active.domains,
          sources: active.sources.filter(source => active.counts.some(count => count.source === source.id)),
        },
        drift,
        asked,
        illegalEmpty: rules.illegal.source === 'empty',
        mayPropose: may(actor, 'filter.propose'),
        mayBlockNow: may(actor, 'filter.block-at-once'),
        mayChanges: may(actor, 'filter.changes'),
        checkFields: checkFields('', columns[0]?.id ?? 'juniors', ''),
      })
    }),

    get('/internet/check', { access: 'filter.view' }, async ({ query, read, now, actor }) => {
      const url = (query.get('url') ?? '').trim().slice(0, 2000)
      const group = shippedGroups.some(({ id }) => id === query.get('group'))
        ? (query.get('group') ?? 'juniors')
        : 'juniors'
      const username = (query.get('user') ?? '').trim().slice(0, 64)
      const at = atOf(query.get('at'), now)
      const answer = await read(async ({ filtering, people }) => {
        const rules = await filtering.rules()
        const asked = await whose(people, username, group, at, may(actor, 'filter.changes'))
        if (url === '' || 'problem' in asked) return { problem: 'problem' in asked ? asked.problem : undefined }
        const verdict = decide(rules, lists.open().lists, { url, groups: asked.groups, at, kind: 'page' })
        return { verdict, groups: asked.groups.map(groupName) }
      })
      const verdict = 'verdict' in answer ? answer.verdict : undefined
      return view('filtering/check', {
        title: 'What would happen?',
        backHref: '/internet',
        fields: checkFields(url, group, username),
        at,
        problem: 'problem' in answer ? answer.problem : undefined,
        answer: verdict && {
          host: verdict.host,
          what: words[verdict.verdict],
          kind: kinds[verdict.verdict],
          reason: verdict.reason,
          why: ruleWords(verdict.rule),
          category: verdict.category === 'none' ? 'in no category' : categoryName(verdict.category),
          href: verdict.rule.startsWith('host:') ? `/internet/changes/${verdict.rule.slice(5)}` : undefined,
          groups: 'groups' in answer ? answer.groups : [],
        },
        propose:
          verdict &&
          may(actor, 'filter.propose') &&
          verdict.host !== '' &&
          verdict.rule !== 'illegal' &&
          verdict.rule !== 'must-allow'
            ? `/internet/changes/new?host=${encodeURIComponent(verdict.host)}&groups=${group}&action=${verdict.verdict === 'block' ? 'allow' : 'block'}`
            : undefined,
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

const checkFields = (url: string, group: string, user: string) => [
  { name: 'url', kind: 'text', label: 'Address', value: url },
  {
    name: 'group',
    kind: 'select',
    label: 'For',
    value: group,
    options: shippedGroups.map(({ id, name }) => ({ value: id, text: name })),
  },
  { name: 'user', kind: 'text', label: 'Or for one username', value: user },
]

/** The groups of a person, for those who may look at changes; else the group itself. */
async function whose(
  people: PeopleReads,
  username: string,
  group: string,
  at: Date,
  mayName: boolean,
): Promise<{ groups: string[] } | { problem: string }> {
  if (username === '') return { groups: [group] }
  if (!mayName)
    return { problem: 'Only those who look after the filter may ask about one person. Choose a group instead.' }
  const account = await people.accountByUsername(username)
  if (!account) return { problem: 'Nobody here has that username.' }
  const groups = (await people.groupsOf(account.personId, at))
    .filter(({ kind }) => kind === 'filter')
    .map(({ id }) => id)
  return groups.length > 0 ? { groups } : { problem: 'That person is in no group, so everything is closed to them.' }
}

function atOf(text: string | null, now: Date): Date {
  const at = text ? new Date(text) : now
  return Number.isNaN(at.getTime()) ? now : at
}

function ruleWords(rule: string): string {
  if (rule === 'illegal') return 'The block on illegal content, which nobody can switch off'
  if (rule === 'must-allow') return 'It gives help or trusted information, so nothing may block it'
  if (rule === 'malformed-address') return 'The address cannot be read'
  if (rule === 'no-group') return 'Nobody knows who is asking'
  if (rule.startsWith('host:')) return 'A decision of this school about this site'
  const [, group = '', category = ''] = rule.split(':')
  return `What ${groupName(group)} get for “${categoryName(category)}”`
}

/** The strip on the page: is it working, and what was last seen. */
export function beatModel(beats: readonly FilterTest[], now: Date) {
  const [last] = beats
  if (!last) return { state: 'unknown', text: 'The filter has not been asked yet.', checks: [], at: null, failed: [] }
  const isOld = now.getTime() - last.at.getTime() > heartbeatMs
  const state = isOld ? 'unknown' : last.result === 'passed' ? 'ok' : 'failing'
  const text = isOld
    ? 'Nobody has asked the filter for more than two hours, so it may not be working.'
    : last.result === 'passed'
      ? `Every category was asked for as every group: ${last.checks} requests, all as decided.`
      : `${last.failures} of ${last.checks} requests did not come out as decided.`
  return {
    state,
    text,
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
