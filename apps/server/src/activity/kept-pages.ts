import { addCalendarDays, londonDate } from '@gatehouse/engine/calendar'
import type { PeopleReads } from '../people/people-store.ts'
import { may } from '../platform/actor.ts'
import { choice, date, hidden, longText, optionalText, recordId, text } from '../platform/fields.ts'
import { blankForm, form, type FormView, withErrors } from '../platform/form.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { type RequestReads, whyNotDecide } from '../platform/requests.ts'
import type { ActivityDayReads } from './activity-day-store.ts'
import type { HoldReads } from './activity-hold-store.ts'
import { type ActivityRetention, leastMonths, mostMonths, retentionKind } from './activity-retention.ts'

export interface KeptPageReads {
  readonly activityDays: ActivityDayReads
  readonly activityHolds: HoldReads
  readonly people: PeopleReads
  readonly requests: RequestReads
}

const monthsForm = form({
  months: text('Enter how many months', { label: 'Months', hint: `From ${leastMonths} to ${mostMonths}`, max: 3 }),
  why: longText('Enter why', { label: 'Why?', max: 1000, rows: 3 }),
})
const decideForm = form({
  request: recordId('Open this again'),
  digest: hidden('Open this again and read it'),
  verdict: choice(
    'Select what you decide',
    [
      { value: 'approved', text: 'Keep it so long' },
      { value: 'refused', text: 'Leave it as it is' },
    ] as const,
    { label: 'What do you decide?', as: 'radios' },
  ),
  reason: longText('Enter why', { label: 'Your reason', max: 1000, rows: 3 }),
})
const holdForm = form({
  username: optionalText({ label: 'Username', hint: 'Leave empty to hold everybody’s log of these days', max: 64 }),
  from: date('Enter the first day to hold', { label: 'First day' }),
  to: date('Enter the last day to hold', { label: 'Last day' }),
  until: date('Enter until when it is held', { label: 'Hold it until', hint: 'A year at most; then hold it again' }),
  note: longText('Enter why it is held', { label: 'What is it held for?', max: 1000, rows: 3 }),
})
const endForm = form({ hold: recordId('Which hold is meant is missing') })

/** How long the log is kept, by two people, and what is held longer. */
export function keptPages(retention: ActivityRetention): Page<KeptPageReads>[] {
  const show = async (
    { actor, read, now }: Pick<Request<KeptPageReads>, 'actor' | 'read' | 'now'>,
    filled: { readonly months?: FormView; readonly decide?: FormView; readonly hold?: FormView } = {},
  ): Promise<Reply> =>
    read(async ({ activityDays, activityHolds, people, requests }) => {
      const today = londonDate(now)
      const [waiting] = await requests.waiting([retentionKind])
      const holds = await activityHolds.list()
      const days = await activityDays.between('2015-01-01', today)
      const names = await people.names([
        ...holds.flatMap(({ personId, byId }) => [byId, ...(personId ? [personId] : [])]),
        ...(waiting ? [waiting.proposedBy] : []),
      ])
      const nameOf = (id: string): string => names.get(id) ?? 'Somebody no longer here'
      const payload: unknown = waiting?.payload
      const sealed = days.flatMap(({ file }) => (file ? [file] : []))
      const wrong = filled.months ?? filled.decide ?? filled.hold
      const mayHold = may(actor, 'activity.hold')
      return view(
        'activity/kept',
        {
          title: 'How long the web log is kept',
          marking: 'Official – sensitive: personal',
          backHref: may(actor, 'activity.view') ? '/activity' : '/',
          months: await activityHolds.months(),
          oldest: days[0]?.day ?? null,
          days: days.length,
          sealedDays: sealed.length,
          sealedBytes: sealed.reduce((sum, { bytes }) => sum + bytes, 0),
          waiting: waiting
            ? {
                months: typeof payload === 'object' && payload !== null && 'months' in payload ? payload.months : '?',
                by: nameOf(waiting.proposedBy),
                reason: waiting.reason,
                whyNot: may(actor, 'activity.keep') ? whyNotDecide(actor, waiting) : 'Somebody else decides this.',
              }
            : null,
          mayKeep: may(actor, 'activity.keep'),
          mayHold,
          monthsForm: filled.months ?? blankForm(monthsForm),
          decide: filled.decide ?? blankForm(decideForm, { request: waiting?.id ?? '', digest: waiting?.digest ?? '' }),
          hold: filled.hold ?? blankForm(holdForm, { until: addCalendarDays(today, 90).split('-').reverse() }),
          ...(wrong ? { form: wrong } : {}),
          holds: mayHold
            ? await Promise.all(
                holds.map(async each => ({
                  id: each.id,
                  whose: each.personId ? nameOf(each.personId) : 'Everybody',
                  fromDay: each.fromDay,
                  toDay: each.toDay,
                  untilDay: each.untilDay,
                  by: nameOf(each.byId),
                  reason: await activityHolds.reason(each.id),
                  isActive: each.endedAt === null && each.untilDay >= today,
                })),
              )
            : [],
        },
        wrong ? 400 : 200,
      )
    })

  return [
    get('/activity/kept', { access: 'activity.hold', recorded: 'activity-kept.opened' }, request => show(request)),
    post('/activity/kept/months', { access: 'activity.keep', form: monthsForm }, async request => {
      const { actor, form: sent } = request
      if (!sent.ok) return show(request, { months: sent.view })
      const months = Number(sent.values.months)
      if (!Number.isInteger(months) || months < leastMonths || months > mostMonths)
        return show(request, {
          months: withErrors(sent.view, { months: `Months must be a number from ${leastMonths} to ${mostMonths}` }),
        })
      await retention.proposeMonths(actor, months, sent.values.why)
      return redirect('/activity/kept', 'It is proposed. Somebody else decides.')
    }),
    post('/activity/kept/decide', { access: 'activity.keep', form: decideForm }, async request => {
      const { actor, form: sent } = request
      if (!sent.ok) return show(request, { decide: sent.view })
      const { request: id, verdict, reason, digest } = sent.values
      await retention.decideMonths(actor, id, verdict, reason, digest)
      return redirect('/activity/kept', 'It is decided.')
    }),
    post('/activity/kept/hold', { access: 'activity.hold', form: holdForm }, async request => {
      const { actor, form: sent, read } = request
      if (!sent.ok) return show(request, { hold: sent.view })
      const { username, from, to, until, note } = sent.values
      if (to < from)
        return show(request, { hold: withErrors(sent.view, { to: 'Last day must not be before the first' }) })
      const account = username === null ? null : await read(({ people }) => people.accountByUsername(username))
      if (username !== null && !account)
        return show(request, { hold: withErrors(sent.view, { username: 'Nobody here has that username' }) })
      await retention.hold(actor, {
        personId: account?.personId ?? null,
        fromDay: from,
        toDay: to,
        untilDay: until,
        reason: note,
      })
      return redirect('/activity/kept', 'It is held.')
    }),
    post('/activity/kept/end', { access: 'activity.hold', form: endForm }, async ({ actor, form: sent }) => {
      if (!sent.ok) return redirect('/activity/kept')
      await retention.endHold(actor, sent.values.hold)
      return redirect('/activity/kept', 'The hold is ended.')
    }),
  ]
}
