import { technologies } from '@gatehouse/engine'
import type { Page } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { windowWords } from './change-facts.ts'
import { categoryForm, siteForm } from './change-forms.ts'
import type { ChangePageReads } from './change-page.ts'
import { sideNames, technologyNames } from './technology-names.ts'
import { groupIds } from './filter-change.ts'
import type { FilterChangeService } from './filter-change-service.ts'
import { sizesBetween } from './filter-proposal.ts'
import type { ListsFolder } from './lists-folder.ts'
import {
  adjustmentForm,
  agreementForm,
  bellsForm,
  cellForm,
  devicesForm,
  listRuleForm,
  listsForm,
  placeForm,
  searchForm,
  serviceForm,
  windowForm,
} from './proposal-forms.ts'
import { proposalPages } from './proposal-pages.ts'
import { bellsOf, devicesOf, idFrom, peopleOf, sitesOf, spansOf, subnetsOf, WrongField } from './proposal-typed.ts'

/** The pages on which each kind of change is proposed. */
export function changeKinds(service: FilterChangeService, lists: ListsFolder): Page<ChangePageReads>[] {
  const gone = (what: string): never => {
    throw new Refusal('not-found', `There ${what} at this school.`)
  }
  return [
    ...proposalPages(service, {
      path: '/internet/changes/new',
      form: siteForm,
      backHref: '/internet',
      field: 'site',
      about: async ({ query }) => ({
        title: 'Open or block a site',
        lead: 'You propose, somebody else approves. Only then does it take effect, and it is tested through the filter straight away.',
        known: prefilled(query),
      }),
      proposal: async ({ site, action, groups, embeddedIn }) => {
        const shown = sitesOf('embeddedIn', embeddedIn, /[,\s]+/)
        return { kind: 'host', site, action, groups, ...(shown.length > 0 ? { embeddedIn: shown } : {}) }
      },
    }),
    ...proposalPages(service, {
      path: '/internet/changes/category',
      form: categoryForm,
      backHref: '/internet',
      field: 'category',
      about: async ({ query }) => ({
        title: 'Change what a category gets',
        lead: 'Staff and pupils get personal email, messaging and social media by the technology table, whatever stands here.',
        known: prefilled(query),
      }),
      proposal: async ({ category, action, groups }) => ({ kind: 'category', category, action, groups }),
    }),
    ...proposalPages(service, {
      path: '/internet/changes/adjustment',
      form: adjustmentForm,
      backHref: '/internet/groups',
      field: 'name',
      about: async () => ({
        title: 'Give some people other rules',
        lead: 'For a class, a year, some people or a place, always or at certain times. What is for a person outranks what is for their class, then their year, then their group.',
        known: {},
      }),
      proposal: async ({ name, groups, classId, year, people, place, window, categories, action }, { reads }) => {
        const who = {
          groups,
          classes: classId === null ? [] : [classId],
          years: year === null ? [] : [year.toUpperCase()],
          people: await peopleOf(reads.people, 'people', people),
        }
        if (Object.values(who).every(list => list.length === 0))
          throw new WrongField('groups', 'Say for whom: a group, a class, a year or people')
        if (year !== null && !/^(?:R|[1-9]|1[0-3])$/i.test(year))
          throw new WrongField('year', 'The year must be R, or a number from 1 to 13')
        return {
          kind: 'adjustment',
          name,
          who,
          places: place === null ? null : [place],
          window,
          categories: Object.fromEntries(categories.filter(each => each !== 'unlisted').map(each => [each, action])),
          unlisted: categories.includes('unlisted') ? action : null,
        }
      },
    }),
    ...proposalPages(service, {
      path: '/internet/changes/search',
      form: searchForm,
      backHref: '/internet',
      field: 'phrase',
      about: async () => ({ title: 'Decide what happens to a search', known: {} }),
      proposal: async ({ phrase, action, category, groups }) => ({ kind: 'search', phrase, action, category, groups }),
    }),
    ...proposalPages(service, {
      path: '/internet/changes/agreement',
      form: agreementForm,
      backHref: '/internet/lists',
      field: 'sourcesNeeded',
      about: async () => ({ title: 'How many lists must agree', known: {} }),
      proposal: async ({ groups, sourcesNeeded }) => ({
        kind: 'agreement',
        groups,
        sourcesNeeded: Number(sourcesNeeded),
      }),
    }),
    ...proposalPages(service, {
      path: '/internet/technology/:technology/:side',
      form: cellForm,
      backHref: '/internet/technology',
      field: 'level',
      about: async ({ reads, params }) => {
        const { technology, side } = cellOf(params)
        const { rules } = await reads.filtering.filter()
        const cell = rules.matrix?.cells.find(each => each.technology === technology && each.side === side)
        const usernames: string[] = []
        for (const id of cell?.people ?? []) {
          const [account] = await reads.people.accountsOf(id)
          if (account) usernames.push(account.username)
        }
        return {
          title: `${technologyNames[technology]}: ${sideNames[side].toLowerCase()}`,
          lead: 'What the table says is what the filter does, where the filter can see it.',
          known: { level: cell?.level ?? 'not-allowed', window: cell?.window ?? '', people: usernames.join('\n') },
        }
      },
      proposal: async ({ level, window, people }, { reads, params }) => ({
        kind: 'cell',
        ...cellOf(params),
        level,
        // What was left over in the boxes of another level is not meant.
        window: level === 'certain-times' ? window : null,
        people: level === 'selected-people' ? await peopleOf(reads.people, 'people', people) : [],
      }),
    }),
    ...['/internet/times/new', '/internet/times/:window/change'].flatMap(path =>
      proposalPages(service, {
        path,
        form: windowForm,
        backHref: '/internet/times',
        field: 'name',
        about: async ({ reads, params }) => {
          const { times } = (await reads.filtering.filter()).rules
          const known = times?.windows.find(({ id }) => id === params.window)
          if (params.window !== undefined && !known) gone('are no such times')
          if (!known) return { title: 'Give times a name', known: { days: 'school-days' } }
          return {
            title: `Change “${known.name}”`,
            lead: `${windowWords({ isOpenOnOtherDays: false, ...known }, id => times?.bells.find(bell => bell.id === id)?.name ?? id)}. Everything that is bound to these times moves with them.`,
            known: {
              name: known.name,
              days: typeof known.days === 'string' ? known.days : 'weekdays',
              weekdays: typeof known.days === 'string' ? [] : known.days.map(String),
              spans: known.spans
                .map(span =>
                  'bell' in span
                    ? (times?.bells.find(({ id }) => id === span.bell)?.name ?? span.bell)
                    : `${span.from} to ${span.to}`,
                )
                .join('\n'),
              others: known.isOpenOnOtherDays ? ['yes'] : [],
            },
          }
        },
        proposal: async ({ name, days, weekdays, spans, others, remove }, { reads, params }) => {
          const bells = (await reads.filtering.filter()).rules.times?.bells ?? []
          if (days === 'weekdays' && weekdays.length === 0)
            throw new WrongField('weekdays', 'Select at least one day of the week')
          return {
            kind: 'window',
            id: params.window ?? idFrom(name),
            window: remove
              ? null
              : {
                  name,
                  days: days === 'weekdays' ? weekdays.map(Number) : days,
                  spans: spansOf('spans', spans, bells),
                  isOpenOnOtherDays: others,
                },
          }
        },
      }),
    ),
    ...proposalPages(service, {
      path: '/internet/times/bells',
      form: bellsForm,
      backHref: '/internet/times',
      field: 'bells',
      about: async ({ reads }) => ({
        title: 'Change the bells',
        lead: 'Every window that names a bell moves with it. A bell that keeps its name keeps its place in them.',
        known: {
          bells: ((await reads.filtering.filter()).rules.times?.bells ?? [])
            .map(({ name, from, to }) => `${name} ${from} to ${to}`)
            .join('\n'),
        },
      }),
      proposal: async ({ bells }, { reads }) => ({
        kind: 'bells',
        bells: bellsOf('bells', bells, (await reads.filtering.filter()).rules.times?.bells ?? []),
      }),
    }),
    ...['/internet/services/new', '/internet/services/:service/change'].flatMap(path =>
      proposalPages(service, {
        path,
        form: serviceForm,
        backHref: '/internet/technology',
        field: 'name',
        about: async ({ reads, params, query }) => {
          const services = (await reads.filtering.filter()).rules.matrix?.services ?? []
          const known = services.find(({ id }) => id === params.service)
          if (params.service !== undefined && !known) gone('is no such service')
          return known
            ? {
                title: `Change the sites of ${known.name}`,
                known: {
                  name: known.name,
                  technology: known.technology ?? '',
                  hosts: known.hosts.join('\n'),
                  minimumAge: String(known.minimumAge),
                },
              }
            : {
                title: 'Add a service',
                lead: 'Its sites then get what the technology table says for its row.',
                known: { technology: query.get('row') ?? '', minimumAge: '13' },
              }
        },
        proposal: async ({ name, technology, hosts, minimumAge, remove }, { reads, params }) => {
          const known = (await reads.filtering.filter()).rules.matrix?.services.find(({ id }) => id === params.service)
          if (!/^\d{1,2}$/.test(minimumAge) || Number(minimumAge) > 21)
            throw new WrongField('minimumAge', 'The lowest age must be a number from 0 to 21')
          return {
            kind: 'service',
            id: params.service ?? idFrom(name),
            service: remove
              ? null
              : {
                  name,
                  technology,
                  hosts: sitesOf('hosts', hosts),
                  minimumAge: Number(minimumAge),
                  ageIsForAccountsOnly: known?.ageIsForAccountsOnly ?? false,
                },
          }
        },
      }),
    ),
    ...['/internet/networks/new', '/internet/networks/:place/change'].flatMap(path =>
      proposalPages(service, {
        path,
        form: placeForm,
        backHref: '/internet/networks',
        field: 'name',
        about: async ({ reads, params }) => {
          const known = (await reads.filtering.filter()).places.find(({ id }) => id === params.place)
          if (params.place !== undefined && !known) gone('is no such network')
          return known
            ? {
                title: `Change the network “${known.name}”`,
                known: { name: known.name, subnets: known.subnets.join('\n'), group: known.group ?? '' },
              }
            : { title: 'Add a network', known: {} }
        },
        proposal: async ({ name, subnets, group, remove }, { params }) => ({
          kind: 'place',
          id: params.place ?? idFrom(name),
          place: remove ? null : { name, subnets: subnetsOf('subnets', subnets), group },
        }),
      }),
    ),
    ...proposalPages(service, {
      path: '/internet/networks/devices',
      form: devicesForm,
      backHref: '/internet/networks',
      field: 'devices',
      about: async () => ({
        title: 'Say whose device has which address',
        lead: 'For devices that cannot ask for a password. Whoever uses such a device gets what its person gets.',
        known: {},
      }),
      proposal: async ({ devices }, { reads }) => ({
        kind: 'devices',
        devices: await devicesOf(reads.people, 'devices', devices),
      }),
    }),
    ...proposalPages(service, {
      path: '/internet/lists/rule',
      form: listRuleForm,
      backHref: '/internet/lists',
      field: 'needsTwo',
      about: async ({ reads }) => ({
        title: 'How new lists take effect',
        known: { needsTwo: (await reads.filtering.filter()).listsNeedTwo ? 'yes' : 'no' },
      }),
      proposal: async ({ needsTwo }) => ({ kind: 'list-rule', needsTwo: needsTwo === 'yes' }),
    }),
    ...proposalPages(service, {
      path: '/internet/lists/activate',
      form: listsForm,
      backHref: '/internet/lists',
      field: 'reason',
      about: async () => {
        const waiting = lists.waiting() ?? gone('are no lists that wait')
        return {
          title: 'Let the new lists take effect',
          lead: `They hold ${waiting.domains.toLocaleString('en-GB')} sites.`,
          known: {},
        }
      },
      proposal: async () => {
        const waiting = lists.waiting() ?? gone('are no lists that wait')
        const active = lists.active()
        return {
          kind: 'lists',
          sha256: waiting.sha256,
          domains: waiting.domains,
          before: active && { sha256: active.sha256, domains: active.domains },
          sizes: sizesBetween(active?.counts ?? [], waiting.counts).slice(0, 200),
        }
      },
    }),
  ]
}

function cellOf(params: Readonly<Record<string, string>>) {
  const technology = technologies.find(each => each === params.technology)
  const side = (['staff', 'pupils'] as const).find(each => each === params.side)
  if (!technology || !side) throw new Refusal('not-found', 'There is no such cell in the technology table.')
  return { technology, side }
}

/** What a link to the form already knows: `?host=&groups=juniors,infants&case=&action=`. */
export function prefilled(query: URLSearchParams): Record<string, string | string[]> {
  const wanted = (query.get('groups') ?? '').split(',').filter(group => groupIds.includes(group))
  const known: Record<string, string | string[]> = { groups: wanted }
  for (const [name, field] of [
    ['host', 'site'],
    ['case', 'case'],
    ['action', 'action'],
    ['category', 'category'],
  ] as const) {
    const value = query.get(name)
    if (value !== null && value.length <= 500) known[field] = value
  }
  return known
}
