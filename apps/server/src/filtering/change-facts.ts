import { type Role, roleNames } from '../permissions.ts'
import { formatList, formatNumber, plural } from '../platform/format.ts'
import { type CellState, type ChangeContent, isRule, type WindowState } from './change-content.ts'
import { categoryName } from './change-forms.ts'
import { levelNames, technologyNames } from './technology-names.ts'
import { groupName } from './filter-change.ts'
import type { FilterChange } from './filter-store.ts'

export interface Fact {
  readonly key: string
  readonly text: string
  readonly href?: string
}

/** People that a content names, for whoever may read names. */
export function namesIn(content: ChangeContent): string[] {
  switch (content.kind) {
    case 'cell':
      return [...content.people, ...(content.before?.people ?? [])]
    case 'adjustment':
      return [...content.who.people]
    case 'devices':
      return [...content.devices, ...content.before].flatMap(({ personId }) => (personId === null ? [] : [personId]))
    default:
      return []
  }
}

export interface FactWords {
  readonly nameOf: (personId: string | null) => string
  readonly className: (id: string) => string
  /** False: people are counted and not named. */
  readonly mayName: boolean
}

/** What stands on the page of a change above everything else. */
export function factsOf(
  options: FactWords & {
    readonly change: FilterChange
    readonly of: { readonly text: string; readonly href: string } | null
    readonly caseHref: string | null
    readonly address: (id: string) => string
  },
): Fact[] {
  const { change, nameOf, of, caseHref, address } = options
  const { content } = change
  return [
    ...(content ? contentFacts(content, options) : []),
    ...(content && isRule(content)
      ? [
          { key: 'Answers for it', text: roleNames[content.owner as Role] ?? content.owner },
          { key: 'Looked at again on', text: dayWords(content.reviewOn) },
        ]
      : []),
    ...(of ? [{ key: 'Takes back', ...of }] : []),
    ...(change.endedBy ? [{ key: 'Ended by', text: 'another change', href: address(change.endedBy) }] : []),
    { key: 'Proposed by', text: nameOf(change.proposedBy) },
    { key: 'Why', text: change.reason },
    ...(change.decidedBy
      ? [{ key: change.decision === 'approved' ? 'Approved by' : 'Decided by', text: nameOf(change.decidedBy) }]
      : []),
    ...(change.decisionReason ? [{ key: 'Reason for the decision', text: change.decisionReason }] : []),
    ...(change.caseId ? [{ key: 'Came from', text: 'A case', ...(caseHref === null ? {} : { href: caseHref }) }] : []),
  ]
}

const actionWords = { allow: 'open', warn: 'warned', block: 'blocked' } as const
const actionSentences = {
  allow: 'It is open',
  warn: 'People are warned, and may go on',
  block: 'It is blocked',
} as const

/** What a content itself says, without who decided it. */
export function contentFacts(content: ChangeContent, words: FactWords): Fact[] {
  const groups = (ids: readonly string[]): Fact => ({ key: 'For', text: ids.map(groupName).join(', ') })
  const people = (ids: readonly string[]): string =>
    words.mayName ? formatList(ids.map(words.nameOf)) : plural(ids.length, 'person', 'people')
  switch (content.kind) {
    case 'host':
      return [
        { key: 'Site', text: `${content.host}${content.path ?? ''} and everything beneath it` },
        { key: 'What happens', text: content.action === 'block' ? 'It is blocked' : 'It is open' },
        ...(content.embeddedIn ? [{ key: 'Only on the pages of', text: formatList(content.embeddedIn) }] : []),
        groups(content.groups),
      ]
    case 'category':
      return [
        { key: 'Category', text: categoryName(content.category) },
        { key: 'What happens', text: actionSentences[content.action] },
        { key: 'Before', text: beforeOf(content.before, action => actionWords[action]) },
        groups(content.groups),
      ]
    case 'agreement':
      return [
        { key: 'Sources that must agree', text: formatNumber(content.sourcesNeeded) },
        { key: 'Before', text: beforeOf(content.before, formatNumber) },
        groups(content.groups),
      ]
    case 'search':
      return [
        { key: 'What is typed', text: `“${content.phrase}”, as whole words` },
        { key: 'What happens', text: actionSentences[content.action] },
        { key: 'Counts as', text: categoryName(content.category) },
        groups(content.groups),
      ]
    case 'cell':
      return [
        { key: 'Row', text: technologyNames[content.technology] },
        { key: 'For', text: content.side === 'staff' ? 'Staff' : 'Pupils' },
        { key: 'As it would be', text: cellWords(content, people) },
        { key: 'Before', text: content.before ? cellWords(content.before, people) : 'Nothing was decided' },
      ]
    case 'adjustment':
      return [
        {
          key: 'For',
          text: formatList([
            ...content.who.groups.map(groupName),
            ...content.who.classes.map(words.className),
            ...content.who.years.map(year => (year === 'R' ? 'Reception' : `Year ${year}`)),
            ...(content.who.people.length > 0 ? [people(content.who.people)] : []),
          ]),
        },
        { key: 'Where', text: content.places === null ? 'Everywhere' : formatList(content.places) },
        { key: 'When', text: content.window ?? 'At all times' },
        {
          key: 'What they get instead',
          text: [
            ...Object.entries(content.categories).map(
              ([category, action]) => `${categoryName(category)}: ${action ? actionWords[action] : ''}`,
            ),
            ...(content.unlisted === null ? [] : [`Sites in no list: ${actionWords[content.unlisted]}`]),
          ].join('; '),
        },
      ]
    case 'window':
      return [
        { key: 'Times', text: content.window ? windowWords(content.window) : 'Taken off' },
        { key: 'Before', text: content.before ? windowWords(content.before) : 'They are new' },
      ]
    case 'bells':
      return [
        { key: 'Bells', text: content.bells.map(bellWords).join('; ') || 'None' },
        { key: 'Before', text: content.before.map(bellWords).join('; ') || 'None' },
      ]
    case 'service': {
      const words = (service: NonNullable<typeof content.service>): string =>
        `${service.hosts.join(', ')}; ${service.technology ? `row: ${technologyNames[service.technology]}` : 'in no row'}; ${service.minimumAge > 0 ? `from the age of ${service.minimumAge}` : 'no lowest age'}`
      return [
        { key: 'Sites', text: content.service ? words(content.service) : 'Taken off' },
        { key: 'Before', text: content.before ? words(content.before) : 'It is new' },
      ]
    }
    case 'place': {
      const words = (place: NonNullable<typeof content.place>): string =>
        `${place.subnets.join(', ')}; ${place.group === null ? 'nothing for whoever is not known' : `${groupName(place.group)} for whoever is not known`}`
      return [
        { key: 'Network', text: content.place ? words(content.place) : 'Taken off' },
        { key: 'Before', text: content.before ? words(content.before) : 'It is new' },
      ]
    }
    case 'devices':
      return [
        {
          key: 'Devices',
          text: content.devices
            .map(({ address, personId }) => `${address}: ${personId === null ? 'nobody’s' : people([personId])}`)
            .join('; '),
        },
      ]
    case 'list-rule':
      return [
        {
          key: 'New lists',
          text: content.needsTwo ? 'wait until somebody else has approved them' : 'take effect when they are compiled',
        },
      ]
    case 'lists':
      return [
        { key: 'Sites in the new lists', text: formatNumber(content.domains) },
        { key: 'Before', text: content.before ? formatNumber(content.before.domains) : 'None' },
        {
          key: 'What differs most',
          text:
            content.sizes
              .slice(0, 12)
              .map(
                size =>
                  `${categoryName(size.category)} (${size.source}): ${formatNumber(size.before)} to ${formatNumber(size.after)}`,
              )
              .join('; ') || 'Sizes are the same',
        },
      ]
    case 'rollback':
      return []
    case 'restore':
      return [
        {
          key: 'What it does',
          text: `${plural(content.end.length, 'change')} taken off, ${plural(content.reinstate.length, 'change')} put back in force`,
        },
      ]
  }
}

const beforeOf = <T>(before: Readonly<Record<string, T>>, words: (value: T) => string): string =>
  Object.entries(before)
    .map(([group, value]) => `${groupName(group)}: ${words(value)}`)
    .join('; ')

const cellWords = ({ level, window, people }: CellState, named: (ids: readonly string[]) => string): string =>
  `${levelNames[level]}${window === null ? '' : `: ${window}`}${people.length > 0 ? `: ${named(people)}` : ''}`

const bellWords = ({ name, from, to }: { name: string; from: string; to: string }): string => `${name} ${from} to ${to}`

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
/** “School days: lunch, 16:00 to 18:00; and all day on other days”. */
export function windowWords(
  { days, spans, isOpenOnOtherDays }: Omit<WindowState, 'name'>,
  bellName: (id: string) => string = id => id.replaceAll('-', ' '),
): string {
  const when =
    days === 'every-day'
      ? 'Every day'
      : days === 'school-days'
        ? 'School days'
        : formatList(days.map(day => weekdays[day - 1] ?? ''))
  const times = spans.map(span => ('bell' in span ? bellName(span.bell) : `${span.from} to ${span.to}`))
  return `${when}: ${formatList(times)}${isOpenOnOtherDays ? '; all day on other days' : ''}`
}

export const dayWords = (date: string): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${date}T12:00:00Z`),
  )
