import { normaliseHost, shippedGroups } from '@gatehouse/engine'
import { addCalendarDays, isCalendarDate, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import { may, personOf } from '../platform/actor.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, view } from '../platform/page.ts'
import type { ActivityArchive } from './activity-archive.ts'
import type { HoldReads } from './activity-hold-store.ts'
import { pageSize, placeOf, shownRow, verdictNames } from './activity-shown.ts'
import type { ActivityFilter, ActivityReads, StoredActivity } from './activity-store.ts'
import { isAttempt } from './attempt.ts'
import { attemptHref } from './attempt-pages.ts'

export interface ActivityPageReads {
  readonly activity: ActivityReads
  readonly activityHolds: HoldReads
  readonly ledger: LedgerReads
}

export function activityPages(
  archive: ActivityArchive,
  nameOfCategory: (category: string) => string,
): Page<ActivityPageReads>[] {
  const row = (entry: StoredActivity, viewer: string, mayAsk: boolean) => ({
    ...shownRow(entry, nameOfCategory),
    // Whose it was is nobody’s to see here, and what somebody typed neither.
    term: null,
    reportHref: isAttempt(entry) && entry.personId !== viewer ? attemptHref(entry) : undefined,
    lookHref:
      mayAsk && entry.personId && entry.personId !== viewer
        ? `/looks/new?entry=${entry.id}&at=${encodeURIComponent(entry.at.toISOString())}`
        : undefined,
  })

  return [
    get('/activity', { access: 'activity.view' }, async ({ query, read, now, actor }) => {
      const asked = askedOf(query, now)
      const after = placeOf(query)
      const { entries, counts } = await archive.page(actor.schoolId, asked.filter, pageSize + 1, after)
      const { segment, reviewed, keptMonths } = await read(async ({ activity, activityHolds, ledger }) => ({
        segment: await activity.latestSegment(),
        reviewed: await ledger.latest(['activity.reviewed']),
        keptMonths: await activityHolds.months(),
      }))
      const shown = entries.slice(0, pageSize)
      const last = shown.at(-1)
      const next = new URLSearchParams(asked.query)
      if (last) {
        next.set('before', last.at.toISOString())
        next.set('id', last.id)
      }
      return view('activity/activity', {
        title: 'Web log',
        marking: 'Official – sensitive: personal',
        fields: asked.fields,
        day: asked.day,
        rows: shown.map(entry => row(entry, personOf(actor).personId, may(actor, 'look.ask'))),
        counts,
        nextHref: entries.length > pageSize ? `/activity?${next}` : undefined,
        segment,
        keptMonths,
        mayClass: may(actor, 'activity.class'),
        mayKeep: may(actor, 'activity.hold') || may(actor, 'activity.keep'),
        reviewed: reviewed ? new Date(reviewed.at) : null,
      })
    }),
  ]
}

/** Filters, kept in the address: a day, and what was decided about what. */
function askedOf(query: URLSearchParams, now: Date) {
  const typed = query.get('day') ?? ''
  const day = isCalendarDate(typed) ? typed : londonDate(now)
  const verdict = (['block', 'warn', 'allow'] as const).find(each => each === query.get('verdict'))
  const group = shippedGroups.find(({ id }) => id === query.get('group'))?.id
  const host = normaliseHost((query.get('host') ?? '').trim().slice(0, 253)) ?? undefined
  const filter: ActivityFilter = {
    from: startOfLondonDay(day),
    to: startOfLondonDay(addCalendarDays(day, 1)),
    ...(verdict === undefined ? {} : { verdict }),
    ...(group === undefined ? {} : { group }),
    ...(host === undefined ? {} : { host }),
  }
  const kept = new URLSearchParams({
    day,
    ...(verdict ? { verdict } : {}),
    ...(group ? { group } : {}),
    ...(host ? { host } : {}),
  })
  const fields = [
    { name: 'day', kind: 'text', label: 'Day (year-month-day)', value: day },
    {
      name: 'verdict',
      kind: 'select',
      label: 'Was',
      value: verdict ?? '',
      options: Object.entries(verdictNames).map(([value, words]) => ({ value, text: words })),
    },
    {
      name: 'group',
      kind: 'select',
      label: 'Group',
      value: group ?? '',
      options: shippedGroups.map(({ id, name }) => ({ value: id, text: name })),
    },
    { name: 'host', kind: 'text', label: 'Site', value: host ?? '' },
  ]
  return { filter, day, fields, query: kept }
}
