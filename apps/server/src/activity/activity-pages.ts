import { normaliseHost, shippedGroups } from '@gatehouse/engine'
import { addCalendarDays, isCalendarDate, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import type { PeopleReads } from '../people/people-store.ts'
import { may, personOf } from '../platform/actor.ts'
import { hidden, longText, optionalHidden, text } from '../platform/fields.ts'
import { blankForm, form, type FormView, withErrors } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, post, type Reply, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ActivityService } from './activity-service.ts'
import { isAttempt } from './attempt.ts'
import { attemptHref } from './attempt-pages.ts'
import { keptMonths, lookMinutes } from './activity-service.ts'
import type { ActivityFilter, ActivityPlace, ActivityReads, StoredActivity } from './activity-store.ts'

export interface ActivityPageReads {
  readonly activity: ActivityReads
  readonly people: PeopleReads
  readonly ledger: LedgerReads
}

const pageSize = 100
const verdicts = { block: 'Blocked', warn: 'Warned', allow: 'Open' } as const
const kinds = { block: 'bad', warn: 'soon', allow: 'calm' } as const

const lookReason = longText('Enter why you need to look at one person’s log', {
  label: 'Why do you need to look?',
  hint: 'It is written down with your name, and others review it.',
  max: 500,
  rows: 3,
})
const lookForm = form({
  username: text('Enter the username of the person', { label: 'Username', max: 64 }),
  reason: lookReason,
})
/** From one entry of the log to the person behind it. */
const entryForm = form({
  entry: hidden('Which entry is meant is missing'),
  at: hidden('Which entry is meant is missing'),
  reason: lookReason,
})
const reviewForm = form({ day: hidden('Which day was reviewed is missing'), note: optionalHidden(10) })

export function activityPages(
  service: ActivityService,
  nameOfCategory: (category: string) => string,
): Page<ActivityPageReads>[] {
  const row = (entry: StoredActivity, withWho: boolean, viewer: string | null = null) => ({
    at: entry.at,
    host: shortened(`${entry.host}${entry.path === '/' ? '' : entry.path}`),
    group:
      entry.groups.map(group => shippedGroups.find(({ id }) => id === group)?.name ?? group).join(', ') || 'unknown',
    category: nameOfCategory(entry.category),
    verdict: verdicts[entry.verdict],
    kind: kinds[entry.verdict],
    note:
      entry.kind === 'cut'
        ? 'ended while open'
        : entry.continued
          ? 'went on past the warning'
          : entry.kind === 'connect'
            ? 'encrypted'
            : '',
    reportHref: withWho && isAttempt(entry) && entry.personId !== viewer ? attemptHref(entry) : undefined,
    lookHref:
      withWho && entry.personId
        ? `/activity/look?entry=${entry.id}&at=${encodeURIComponent(entry.at.toISOString())}`
        : undefined,
  })

  return [
    get('/activity', { access: 'activity.view' }, async ({ query, read, now, actor }) => {
      const asked = askedOf(query, now)
      const after = placeOf(query)
      const { entries, counts, segment, looks, names, reviewed } = await read(async ({ activity, people, ledger }) => {
        const found = await activity.list(asked.filter, pageSize + 1, after)
        const latestLooks = await activity.looks(5)
        return {
          entries: found,
          counts: await activity.counts(asked.filter),
          segment: await activity.latestSegment(),
          looks: latestLooks,
          names: await people.names(latestLooks.flatMap(look => [look.by_id, look.person_id])),
          reviewed: await ledger.latest(['activity.reviewed']),
        }
      })
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
        rows: shown.map(entry => row(entry, may(actor, 'activity.person'), personOf(actor).personId)),
        counts,
        nextHref: entries.length > pageSize ? `/activity?${next}` : undefined,
        segment,
        keptMonths,
        isFirst: after === undefined,
        looks: looks.map(look => ({
          at: look.at,
          title: `${names.get(look.by_id) ?? 'Somebody'} looked at one person’s log`,
          text: look.reason,
        })),
        reviewed: reviewed ? new Date(reviewed.at) : null,
      })
    }),
    post('/activity/reviewed', { access: 'activity.view', form: reviewForm }, async ({ actor, form: sent, read }) => {
      if (!sent.ok || !isCalendarDate(sent.values.day))
        throw new Refusal('invalid', 'Open the day again, and say then that you reviewed it.')
      const { day } = sent.values
      const range = { from: startOfLondonDay(day), to: startOfLondonDay(addCalendarDays(day, 1)) }
      await service.reviewed(actor, day, await read(({ activity }) => activity.counts(range)))
      return redirect(`/activity?day=${day}`, 'It is on record that you reviewed this day.')
    }),

    get('/activity/look', { access: 'activity.person' }, async ({ query }) => {
      const entry = query.get('entry')
      const at = query.get('at')
      return entry && at
        ? lookPage(blankForm(entryForm, { entry, at }), 'entry')
        : lookPage(blankForm(lookForm), 'person')
    }),
    post('/activity/look', { access: 'activity.person', form: lookForm }, async ({ actor, form: sent, read }) => {
      if (!sent.ok) return lookPage(sent.view, 'person', 400)
      const account = await read(({ people }) => people.accountByUsername(sent.values.username))
      if (!account) return lookPage(withErrors(sent.view, { username: 'Nobody here has that username' }), 'person', 400)
      return redirect(`/activity/looks/${await service.lookAt(actor, account.personId, sent.values.reason)}`)
    }),
    post(
      '/activity/look-entry',
      { access: 'activity.person', form: entryForm },
      async ({ actor, form: sent, read }) => {
        if (!sent.ok) return lookPage(sent.view, 'entry', 400)
        const { entry, at, reason } = sent.values
        const found = await read(({ activity }) => activity.get(instantOf(at), isId(entry) ? entry : missing()))
        if (!found.personId) throw new Refusal('not-found', 'Nobody was known when this was asked for.')
        const day = londonDate(found.at)
        return redirect(`/activity/looks/${await service.lookAt(actor, found.personId, reason)}?day=${day}`)
      },
    ),
    get('/activity/looks/:id', { access: 'activity.person', recorded: 'look.opened' }, async request => {
      const { actor, params, query, read, now } = request
      const { personId } = personOf(actor)
      return read(async ({ activity, people }) => {
        const look = await activity.look(isId(params.id ?? '') ? (params.id ?? '') : missing())
        // Whoever gave the reason, and for as long as it holds; nobody else, and not tomorrow.
        if (look.by_id !== personId)
          throw new Refusal('forbidden', 'Only the person who gave the reason may see this. Give your own.')
        if (look.until <= now)
          throw new Refusal(
            'forbidden',
            `A look stays open for ${lookMinutes} minutes, and this one has ended. Give a reason again.`,
          )
        const asked = askedOf(query, now)
        const filter: ActivityFilter = { ...asked.filter, personId: look.person_id }
        const after = placeOf(query)
        const entries = await activity.list(filter, pageSize + 1, after)
        const shown = entries.slice(0, pageSize)
        const last = shown.at(-1)
        const next = new URLSearchParams(asked.query)
        if (last) {
          next.set('before', last.at.toISOString())
          next.set('id', last.id)
        }
        const person = await people.get(look.person_id)
        return view('activity/person', {
          title: `Web log of ${person.name}`,
          marking: 'Official – sensitive: personal',
          backHref: '/activity',
          name: person.name,
          reason: look.reason,
          until: look.until,
          fields: asked.fields,
          action: `/activity/looks/${look.id}`,
          rows: shown.map(entry => row(entry, false)),
          counts: await activity.counts(filter),
          day: asked.day,
          nextHref: entries.length > pageSize ? `/activity/looks/${look.id}?${next}` : undefined,
        })
      })
    }),
  ]
}

const lookPage = (view_: FormView, by: 'person' | 'entry', status = 200): Reply =>
  view(
    'activity/look',
    {
      title: by === 'entry' ? 'Who was it, and why do you need to know?' : 'Look at one person’s web log',
      form: view_,
      by,
      backHref: '/activity',
      minutes: lookMinutes,
    },
    status,
  )

/** A path may be a thousand characters, and a row is one line. */
const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text)

const missing = (): never => {
  throw new Refusal('not-found', 'There is no such entry in the web log.')
}
const instantOf = (text: string): Date => {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? missing() : at
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
      options: Object.entries(verdicts).map(([value, words]) => ({ value, text: words })),
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

function placeOf(query: URLSearchParams): ActivityPlace | undefined {
  const at = new Date(query.get('before') ?? Number.NaN)
  const id = query.get('id') ?? ''
  return Number.isNaN(at.getTime()) || !isId(id) ? undefined : { at, id }
}
