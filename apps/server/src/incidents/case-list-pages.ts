import { caseInWords } from './case-words.ts'
import { roleNames } from '../permissions.ts'
import { csvCell } from '../platform/csv.ts'
import { type Actor, may } from '../platform/actor.ts'
import { optionalChoice, tick } from '../platform/fields.ts'
import { blankForm, form } from '../platform/form.ts'
import { download, get, type Page, view } from '../platform/page.ts'
import {
  caseCategories,
  caseReference,
  caseStatuses,
  categoryNames,
  seriousnesses,
  seriousnessNames,
  statusNames,
} from './case.ts'
import { optionsOf } from './case-parts.ts'
import type { CasePageReads } from './case-pages.ts'
import { type Case, type CaseFilter, casesAPage, countedCases, csvCases } from './case-store.ts'
import { kindName } from './data/concern-categories.ts'

const sorts = ['newest', 'oldest', 'due'] as const
/** The filters, kept in the address: a list can be sent to somebody and opens the same for those who may see the same. */
const filterForm = form({
  status: optionalChoice(
    [{ value: 'open', text: 'All that are open' } as const, ...optionsOf(caseStatuses, statusNames)],
    { label: 'State', as: 'select' },
  ),
  category: optionalChoice(optionsOf(caseCategories, categoryNames), { label: 'About', as: 'select' }),
  seriousness: optionalChoice(optionsOf(seriousnesses, seriousnessNames), { label: 'Seriousness', as: 'select' }),
  sort: optionalChoice(optionsOf(sorts, { newest: 'Newest first', oldest: 'Oldest first', due: 'Soonest due first' }), {
    label: 'Order',
    as: 'select',
  }),
  mine: tick('Mine only'),
  late: tick('Late only'),
})

const one = <V extends string>(values: readonly V[], asked: string | null): V | undefined =>
  values.find(value => value === asked)
/** A filter from an address; what is not one of the words is left out. */
export function filterOf(query: URLSearchParams): CaseFilter {
  const status = one(['open', ...caseStatuses] as const, query.get('status'))
  const category = one(caseCategories, query.get('category'))
  const seriousness = one(seriousnesses, query.get('seriousness'))
  const sort = one(sorts, query.get('sort'))
  return {
    ...(status ? { status } : {}),
    ...(category ? { category } : {}),
    ...(seriousness ? { seriousness } : {}),
    ...(sort ? { sort } : {}),
    ...(query.get('mine') === 'yes' ? { mine: true } : {}),
    ...(query.get('late') === 'yes' ? { late: true } : {}),
  }
}
const addressOf = (filter: CaseFilter): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) query.set(name, value === true ? 'yes' : String(value))
  return query.toString()
}

const ownerOf = (file: Case, names: ReadonlyMap<string, string>): string =>
  file.ownerId ? (names.get(file.ownerId) ?? 'Somebody') : `Nobody (${roleNames[file.ownerRole].toLowerCase()})`

export const caseListPages = (): Page<CasePageReads>[] => [
  get('/cases', { access: 'case.view' }, async ({ actor, query, now, read }) => {
    const filter = filterOf(query)
    const page = Math.min(
      Math.max(1, Number.parseInt(query.get('page') ?? '1', 10) || 1),
      Math.ceil(countedCases / casesAPage),
    )
    const { files, count, names, alerts, waiting } = await read(async reads => {
      const found = await reads.cases.list(actor, filter, page)
      return {
        files: found,
        count: await reads.cases.count(actor, filter),
        names: await reads.people.names(found.flatMap(file => (file.ownerId ? [file.ownerId] : []))),
        alerts: actor.kind === 'person' ? await reads.caseParts.alertsFor(actor.personId) : [],
        waiting: may(actor, 'case.approve') ? await reads.cases.waitingForSecond(actor) : [],
      }
    })
    const address = addressOf(filter)
    const last = Math.ceil(Math.min(count, countedCases) / casesAPage)
    return view('incidents/case-list', {
      title: 'Cases',
      marking: 'Sensitive',
      count,
      counted: count > countedCases ? `More than ${countedCases.toLocaleString('en-GB')} cases` : null,
      filtered: address !== '',
      filterFields: Object.values(blankForm(filterForm, shownFilter(filter)).fields),
      cases: files.map(file => ({
        href: `/cases/${file.id}`,
        ...caseInWords(file),
        owner: ownerOf(file, names),
        openedAt: file.openedAt,
        due: file.status === 'closed' ? null : file.nextDue,
      })),
      alerts,
      waiting: waiting.map(each => ({
        href: `/cases/${each.caseId}/second/${each.id}`,
        text:
          each.kind === 'case.close'
            ? 'Closing a serious case waits for a second person'
            : 'Lowering a seriousness waits for a second person',
        at: each.proposedAt,
      })),
      mayCreate: may(actor, 'case.work'),
      links: caseLinks(actor),
      pageNumbers: { current: page, last, href: `/cases?${address}${address ? '&' : ''}page=` },
      csvHref: `/cases.csv${address ? `?${address}` : ''}`,
      now,
    })
  }),
  get('/cases.csv', { access: 'case.view', recorded: 'case-list.downloaded' }, async ({ actor, query, read }) => {
    const filter = filterOf(query)
    const { files, names } = await read(async reads => {
      const found = await reads.cases.list(actor, filter, 1, csvCases)
      return {
        files: found,
        names: await reads.people.names(found.flatMap(file => (file.ownerId ? [file.ownerId] : []))),
      }
    })
    const rows = files.map(file => [
      caseReference(file.id),
      kindName(file.kind),
      categoryNames[file.category],
      seriousnessNames[file.seriousness],
      statusNames[file.status],
      ownerOf(file, names),
      file.reportedAt.toISOString(),
      file.openedAt.toISOString(),
      file.closedAt?.toISOString() ?? '',
      file.response ?? '',
    ])
    const table = [
      ['Sensitive'],
      ['Case', 'Kind', 'About', 'Seriousness', 'State', 'Owner', 'Reported', 'Opened', 'Closed', 'Response'],
      ...rows,
    ]
    return download(
      `\uFEFF${table.map(row => row.map(csvCell).join(',')).join('\r\n')}\r\n`,
      'text/csv; charset=utf-8',
      'cases-sensitive.csv',
    )
  }),
]

/** What else this person may open beside the log. */
const caseLinks = (actor: Actor): { href: string; text: string }[] =>
  [
    { href: '/breaches', text: 'Register of personal-data breaches', needs: 'breach.view' as const },
    { href: '/searches', text: 'Searches of devices', needs: 'search.view' as const },
    { href: '/lessons', text: 'Improvements from the log', needs: 'lesson.work' as const },
    { href: '/safety-notices', text: 'Notices to the community', needs: 'notice.view' as const },
    { href: '/stop', text: 'Something illegal? Stop', needs: 'stop.view' as const },
  ].filter(({ needs }) => may(actor, needs))

const shownFilter = (filter: CaseFilter): Record<string, string | string[]> => ({
  ...(filter.status ? { status: filter.status } : {}),
  ...(filter.category ? { category: filter.category } : {}),
  ...(filter.seriousness ? { seriousness: filter.seriousness } : {}),
  ...(filter.sort ? { sort: filter.sort } : {}),
  mine: filter.mine ? ['yes'] : [],
  late: filter.late ? ['yes'] : [],
})
