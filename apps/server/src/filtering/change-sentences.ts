import type { Action } from '@gatehouse/engine'
import type { AdjustmentContent, ChangeContent } from './change-content.ts'
import { formatList, plural } from '../platform/format.ts'
import { groupIds, groupName } from './filter-change.ts'
import { levelNames, technologyNames } from './technology-names.ts'

/** What a change does, in one sentence that names sites and groups and never a person. */

const verbs: Record<Action, string> = { allow: 'Open', warn: 'Warn about', block: 'Block' }

const forGroups = (groups: readonly string[]): string =>
  groups.length === groupIds.length ? 'everybody' : formatList(groups.map(groupName))

/** “Juniors, Year 5 and 2 named people”. */
export const whoWords = ({ groups, classes, years, people }: AdjustmentContent['who']): string =>
  formatList([
    ...groups.map(groupName),
    ...classes.map(id => id.replace(/^class-/, 'class ')),
    ...years.map(year => (year === 'R' ? 'Reception' : `Year ${year}`)),
    ...(people.length > 0 ? [plural(people.length, 'named person', 'named people')] : []),
  ])

const quoted = (category: string): string =>
  category === 'unlisted' ? 'sites in no list' : `the category “${category}”`

/** @param of the change that a rollback takes off. */
export function sentenceFor(content: ChangeContent, of?: ChangeContent | null): string {
  switch (content.kind) {
    case 'rollback':
      return of ? `Take back: ${sentenceFor(of)}` : 'Take back an earlier change'
    case 'restore':
      return `Put the filter back as it was on ${londonDayTime(content.at)}`
    case 'host': {
      const where = content.embeddedIn ? ` where ${formatList(content.embeddedIn)} shows it` : ''
      return `${verbs[content.action]} ${content.host}${content.path ?? ''} for ${forGroups(content.groups)}${where}`
    }
    case 'category':
      return `${verbs[content.action]} ${quoted(content.category)} for ${forGroups(content.groups)}`
    case 'search':
      return `${verbs[content.action]} searches for “${content.phrase}” for ${forGroups(content.groups)}`
    case 'agreement':
      return `Ask for ${plural(content.sourcesNeeded, 'source', 'sources')} to agree on a site for ${forGroups(content.groups)}`
    case 'cell':
      return `${technologyNames[content.technology]}, ${content.side}: ${levelNames[content.level].toLowerCase()}`
    case 'adjustment':
      return `${content.name}: other rules for ${whoWords(content.who)}`
    case 'window':
      return content.window
        ? `Set the times “${content.window.name}”`
        : `Take off the times “${content.before?.name ?? content.id}”`
    case 'bells':
      return `Set the school’s bells: ${plural(content.bells.length, 'period', 'periods')} a day`
    case 'service':
      return content.service
        ? `${content.before ? 'Change' : 'Add'} the sites of ${content.service.name}`
        : `Take off the service ${content.before?.name ?? content.id}`
    case 'place':
      return content.place
        ? `${content.before ? 'Change' : 'Add'} the network “${content.place.name}”`
        : `Take off the network “${content.before?.name ?? content.id}”`
    case 'devices':
      return `Say whose ${plural(content.devices.length, 'device has an address', 'devices have which address')}`
    case 'list-rule':
      return content.needsTwo
        ? 'Ask for two people before new lists take effect'
        : 'Let new lists take effect by themselves'
    case 'lists':
      return `Take new lists of ${content.domains.toLocaleString('en-GB')} sites`
  }
}

const londonDayTime = (at: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'Europe/London',
  }).format(new Date(at))
