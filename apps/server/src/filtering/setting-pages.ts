import { may } from '../platform/actor.ts'
import { formatNumber } from '../platform/format.ts'
import { get, type Page, view } from '../platform/page.ts'
import { windowWords } from './change-facts.ts'
import { categoryName } from './change-forms.ts'
import type { ChangePageReads } from './change-page.ts'
import { whoWords } from './change-sentences.ts'
import { groupName } from './filter-change.ts'
import { sizesBetween } from './filter-proposal.ts'
import { actionFor } from './filter-openings.ts'
import { settableCategories } from './change-content.ts'
import { rowOfCategory } from '@gatehouse/engine'
import type { ListsFolder } from './lists-folder.ts'

const words = { allow: 'Open', warn: 'Warned', block: 'Blocked' } as const
const kinds = { allow: 'calm', warn: 'soon', block: 'quiet' } as const

/** What the filter goes by besides sites and categories: groups, times, networks and lists. Each leads to its proposal. */
export function settingPages(lists: ListsFolder): Page<ChangePageReads>[] {
  return [
    get('/internet/groups', { access: 'filter.view' }, async ({ read, actor }) => {
      const { rules, people, classes } = await read(async ({ filtering, people }) => ({
        rules: await filtering.rules(),
        people: await people.groups('filter'),
        classes: new Map((await people.groups('class')).map(each => [each.id, each.name])),
      }))
      const windows = new Map((rules.times?.windows ?? []).map(each => [each.id, each.name]))
      return view('filtering/groups', {
        title: 'Groups and their rules',
        backHref: '/internet',
        mayPropose: may(actor, 'filter.propose'),
        groups: rules.groups.map(group => {
          const by = (action: 'allow' | 'warn' | 'block') =>
            settableCategories
              .filter(category => category !== 'unlisted' && actionFor(group, category) === action)
              .filter(category => group.side === undefined || rowOfCategory[category] === undefined)
              .map(categoryName)
              .join(', ')
          return {
            name: group.name,
            used: people.some(({ id }) => id === group.id),
            facts: [
              { key: 'Blocked', text: by('block') || 'Nothing' },
              { key: 'Warned', text: by('warn') || 'Nothing' },
              { key: 'Open', text: by('allow') || 'Nothing' },
              {
                key: 'Email, messaging and social media',
                text:
                  group.side === undefined
                    ? 'As above'
                    : `By the technology table, ${group.side}${group.isUnder13 ? '; nothing with an age limit, whatever the permission' : ''}`,
              },
              { key: 'Sites in no list', text: words[group.unlisted] },
              { key: 'Lists that must agree', text: formatNumber(group.sourcesNeeded) },
            ],
          }
        }),
        adjustments: (rules.adjustments ?? []).map(each => ({
          who: whoWords({
            groups: each.who.groups ?? [],
            classes: (each.who.classes ?? []).map(id => classes.get(id) ?? id),
            years: each.who.years ?? [],
            people: each.who.people ?? [],
          }),
          where: each.places?.join(', ') ?? 'Everywhere',
          when: each.window === undefined ? 'Always' : (windows.get(each.window) ?? each.window),
          what: [
            ...Object.entries(each.categories).map(
              ([category, action]) => `${categoryName(category)}: ${words[action ?? 'block'].toLowerCase()}`,
            ),
            ...(each.unlisted === undefined ? [] : [`sites in no list: ${words[each.unlisted].toLowerCase()}`]),
          ].join('; '),
          href: may(actor, 'filter.changes') ? `/internet/changes/${each.id}` : undefined,
        })),
        searches: (rules.searchRules ?? []).map(rule => ({
          phrase: rule.phrase,
          what: { text: words[rule.action], kind: kinds[rule.action] },
          who: rule.groups === 'all' ? 'everybody' : rule.groups.map(groupName).join(', '),
          href: may(actor, 'filter.changes') ? `/internet/changes/${rule.id}` : undefined,
        })),
      })
    }),

    get('/internet/times', { access: 'filter.view' }, async ({ read, actor }) => {
      const { times, matrix, adjustments = [] } = await read(({ filtering }) => filtering.rules())
      const bells = times?.bells ?? []
      const bellName = (id: string): string => bells.find(bell => bell.id === id)?.name ?? id
      return view('filtering/times', {
        title: 'Bells and times',
        backHref: '/internet',
        mayPropose: may(actor, 'filter.propose'),
        bells,
        windows: (times?.windows ?? []).map(window => ({
          name: window.name,
          when: windowWords({ isOpenOnOtherDays: false, ...window }, bellName),
          used:
            (matrix?.cells ?? []).filter(cell => cell.window === window.id).length +
            adjustments.filter(each => each.window === window.id).length,
          href: `/internet/times/${window.id}/change`,
        })),
        hasTerms: (times?.terms.length ?? 0) > 0,
      })
    }),

    get('/internet/networks', { access: 'filter.changes' }, async ({ read, actor }) => {
      const { places, devices, names } = await read(async ({ filtering, people }) => {
        const { places, devices } = await filtering.filter()
        const names = may(actor, 'people.view')
          ? await people.names(devices.map(({ personId }) => personId))
          : new Map()
        return { places, devices, names }
      })
      return view('filtering/networks', {
        title: 'Networks and devices',
        backHref: '/internet',
        mayPropose: may(actor, 'filter.propose'),
        places: places.map(place => ({
          ...place,
          subnets: place.subnets.join(', '),
          whose: place.group === null ? 'Nobody’s: who is not known gets nothing' : groupName(place.group),
          href: `/internet/networks/${place.id}/change`,
        })),
        devices: devices.map(({ address, personId }) => ({ address, whose: names.get(personId) ?? 'Somebody' })),
      })
    }),

    get('/internet/lists', { access: 'filter.view' }, async ({ read, actor }) => {
      const { needsTwo } = await read(async ({ filtering }) => ({
        needsTwo: (await filtering.filter()).listsNeedTwo,
      }))
      const active = lists.active()
      const waiting = lists.waiting()
      return view('filtering/lists', {
        title: 'Lists of sites',
        backHref: '/internet',
        mayPropose: may(actor, 'filter.propose'),
        needsTwo,
        active: active && { at: active.at, domains: active.domains },
        sources: active?.sources
          .filter(source => active.counts.some(count => count.source === source.id))
          .map(source => ({
            name: source.name,
            licence: source.licence,
            date: source.date,
            sites: active.counts
              .filter(count => count.source === source.id)
              .reduce((sum, { domains }) => sum + domains, 0),
          })),
        categories: settableCategories
          .map(category => ({
            name: categoryName(category),
            sizes: (active?.counts ?? []).filter(count => count.category === category),
          }))
          .filter(({ sizes }) => sizes.length > 0)
          .map(({ name, sizes }) => ({
            name,
            sites: sizes.reduce((sum, { domains }) => sum + domains, 0),
            sources: sizes.map(({ source, domains }) => `${source} ${formatNumber(domains)}`).join(', '),
          })),
        waiting: waiting && {
          at: waiting.at,
          domains: waiting.domains,
          sizes: sizesBetween(active?.counts ?? [], waiting.counts)
            .slice(0, 60)
            .map(size => ({ ...size, category: categoryName(size.category) })),
        },
      })
    }),
  ]
}
