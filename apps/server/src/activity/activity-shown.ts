import { shippedGroups } from '@gatehouse/engine'
import { isId } from '../platform/identifiers.ts'
import type { ActivityPlace, StoredActivity } from './activity-store.ts'

export const pageSize = 100
export const verdictNames = { block: 'Blocked', warn: 'Warned', allow: 'Open' } as const
const kinds = { block: 'bad', warn: 'soon', allow: 'calm' } as const

/** A path may be a thousand characters, and a row is one line. */
const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text)
const groupNames = (groups: readonly string[]): string =>
  groups.map(group => shippedGroups.find(({ id }) => id === group)?.name ?? group).join(', ') || 'unknown'

/** One entry of the log as a list shows it; whose it was is not in it. */
export const shownRow = (entry: StoredActivity, nameOfCategory: (category: string) => string) => ({
  at: entry.at,
  host: shortened(`${entry.host}${entry.path === '/' ? '' : entry.path}`),
  group: groupNames(entry.groups),
  category: nameOfCategory(entry.category),
  verdict: verdictNames[entry.verdict],
  kind: kinds[entry.verdict],
  term: entry.term,
  note:
    entry.kind === 'cut'
      ? 'ended while open'
      : entry.continued
        ? 'went on past the warning'
        : entry.kind === 'connect'
          ? 'encrypted'
          : entry.kind === 'dns'
            ? 'name looked up'
            : '',
})

/** Where the page before ended, from the address. */
export function placeOf(query: URLSearchParams): ActivityPlace | undefined {
  const at = new Date(query.get('before') ?? Number.NaN)
  const id = query.get('id') ?? ''
  return Number.isNaN(at.getTime()) || !isId(id) ? undefined : { at, id }
}
