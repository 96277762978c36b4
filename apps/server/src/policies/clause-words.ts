import { formatDay, timeAgo } from '../platform/format.ts'
import type { ClauseState } from './clause-status.ts'
import type { ClauseStatus } from './control.ts'
import type { ClauseInterval, PackClause } from './packs/packs.ts'

/** How clauses and their states are said on pages. */

export const statusWords: Readonly<Record<ClauseStatus, string>> = {
  met: 'Met',
  due: 'Due soon',
  overdue: 'Overdue',
  failing: 'Failing',
  'not-started': 'Not started',
  'not-applicable': 'Nothing owed',
}

/** What a seal shows: a word and a shape (never colour alone), and when and how it was proved. */
export interface SealWords {
  readonly word: string
  /** An icon of `views/components/icon.njk`. */
  readonly shape: string
  /** Which of the four looks: good, soon, bad, quiet. */
  readonly look: 'good' | 'soon' | 'bad' | 'quiet'
  readonly when: string
}

const looks: Readonly<Record<ClauseStatus, readonly [string, SealWords['look']]>> = {
  met: ['tick', 'good'],
  due: ['clock', 'soon'],
  overdue: ['late', 'bad'],
  failing: ['cross', 'bad'],
  'not-started': ['ring', 'quiet'],
  'not-applicable': ['dash', 'quiet'],
}

/** “measured 3 hours ago”, “attested on 4 November, until 1 February”, “overdue since 30 November 2020”, “nobody carries this yet”. */
export function sealOf(
  state: Pick<ClauseState, 'status' | 'evidence' | 'at' | 'due' | 'controlId'>,
  now: Date,
): SealWords {
  const [shape, look] = looks[state.status]
  if (state.controlId === null) return { word: 'Nobody carries this yet', shape, look, when: '' }
  const setAside = state.status === 'not-applicable' && state.due !== null
  return { word: setAside ? 'Set aside' : statusWords[state.status], shape, look, when: whenOf(state, now) }
}

function whenOf(
  { status, evidence, at, due }: Pick<ClauseState, 'status' | 'evidence' | 'at' | 'due'>,
  now: Date,
): string {
  if (status === 'overdue') return due ? `since ${formatDay(due, now)}` : ''
  if (status === 'due') return due ? `by ${formatDay(due, now)}` : ''
  if (status === 'not-applicable') return due ? `until ${formatDay(due, now)}` : ''
  if (!at) return ''
  if (status === 'failing') return `seen ${timeAgo(at, now)}`
  if (status !== 'met') return ''
  if (evidence === 'attested') return `attested on ${formatDay(at, now)}${due ? `, until ${formatDay(due, now)}` : ''}`
  return `measured ${timeAgo(at, now)}`
}

const everyWords: Readonly<Record<NonNullable<ClauseInterval['every']>, string>> = {
  day: 'every day',
  week: 'every week',
  'half-term': 'every half-term',
  quarter: 'every quarter',
  term: 'every term',
  year: 'every year',
}
const withinWords: Readonly<Record<NonNullable<ClauseInterval['within']>, string>> = {
  immediate: 'at once',
  '24h': 'within 24 hours',
  '72h': 'within 72 hours',
  'without-delay': 'without delay',
  '20-school-days': 'within 20 school days',
  '1-calendar-month': 'within one calendar month',
}

/** “on each incident, at once”; says where the interval is ours and not the policy's (note T1). */
export function intervalWords({
  interval,
  intervalDefault,
  intervalSuggested,
}: Pick<PackClause, 'interval' | 'intervalDefault' | 'intervalSuggested'>): string {
  if (!interval) return 'at any time; nothing is ever due'
  const parts = [
    interval.continuous ? 'all the time' : '',
    interval.on ? `on each ${interval.on.replaceAll('-', ' ')}` : '',
    interval.within ? withinWords[interval.within] : '',
    interval.every
      ? `${interval.school && interval.every === 'day' ? 'every school day' : everyWords[interval.every]}`
      : '',
  ].filter(Boolean)
  const whose = intervalDefault
    ? ' (our default, as the policy sets no interval)'
    : intervalSuggested
      ? ' (our suggestion, as the policy names no rhythm)'
      : ''
  return parts.join(', ') + whose
}
