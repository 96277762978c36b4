import { shippedGroups } from '@gatehouse/engine'
import type { SchoolCalendar } from '@gatehouse/engine/calendar'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import { schoolDaysAfter } from '../duties/school-days.ts'
import { concernKind } from '../incidents/data/concern-categories.ts'
import { reportReference } from '../incidents/report.ts'
import type { ReportReads } from '../incidents/report-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may, personOf } from '../platform/actor.ts'
import { hidden, longText } from '../platform/fields.ts'
import { blankForm, form, type FormView } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ActivityReads } from './activity-store.ts'
import { type Attempt, attemptDays, attemptSchoolDays, concernOf } from './attempt.ts'
import { attemptAt, type AttemptService, type SeenAttempt } from './attempt-service.ts'
import type { AttemptReads } from './attempt-store.ts'

export interface AttemptPageReads {
  readonly activity: ActivityReads
  readonly attempts: AttemptReads
  readonly people: PeopleReads
  readonly reports: ReportReads
  readonly deadlines: DeadlineReads
}

const seenFields = { at: hidden('Open the entry again', 40), last: hidden('Open the entry again', 40) }
const reportForm = form({
  ...seenFields,
  words: longText('Enter what you saw', {
    label: 'What did you see?',
    hint: 'What makes it an attempt at misuse. The site and the time are added by themselves. Name nobody.',
    max: 2000,
    rows: 4,
  }),
})
const settleForm = form({
  ...seenFields,
  reason: longText('Enter why it is no misuse', {
    label: 'Why is it none?',
    hint: 'Such as: an advert asked for it, or a lesson led there. Name nobody.',
    max: 1000,
    rows: 3,
  }),
})

/** The address of an attempt, by its entry in the log. */
export const attemptHref = ({ id, at }: { readonly id: string; readonly at: Date }): string =>
  `/activity/attempts/${id}?at=${encodeURIComponent(at.toISOString())}`

export function attemptPages(
  service: AttemptService,
  nameOfCategory: (category: string) => string,
): Page<AttemptPageReads>[] {
  const shown = (attempt: Attempt, calendar: SchoolCalendar) => ({
    firstAt: attempt.firstAt,
    lastAt: attempt.lastAt,
    count: attempt.count,
    sites: attempt.hosts.join(', '),
    category: nameOfCategory(attempt.category),
    groups: attempt.groups.map(id => shippedGroups.find(group => group.id === id)?.name ?? id).join(', ') || 'unknown',
    outcome: attempt.outcome,
    due: attempt.outcome?.dueAt ?? schoolDaysAfter(attempt.firstAt, attemptSchoolDays, calendar),
    href: attemptHref({ id: attempt.id, at: attempt.firstAt }),
  })

  const one = async (
    { actor, params, read }: Pick<Request<AttemptPageReads>, 'actor' | 'params' | 'read'>,
    at: string,
    filled: { readonly report?: FormView; readonly settle?: FormView } = {},
  ): Promise<Reply> => {
    const seen = entryOf(params.id, at)
    return read(async ({ activity, attempts, people, reports, deadlines }) => {
      const { entry, attempt } = await attemptAt({ activity, attempts }, personOf(actor), seen)
      const { outcome } = attempt
      const known = { at: seen.at.toISOString(), last: attempt.lastAt.toISOString() }
      const names = await people.names(outcome ? [outcome.byId] : [])
      const form = filled.report ?? filled.settle
      return view(
        'activity/attempt',
        {
          title: 'Attempt at misuse',
          marking: 'Official – sensitive: personal',
          backHref: '/activity/attempts',
          attempt: shown(attempt, await deadlines.calendar()),
          by: outcome ? (names.get(outcome.byId) ?? 'Somebody') : null,
          reason: outcome?.outcome === 'no-misuse' ? await attempts.reason(outcome.id) : null,
          reference: outcome?.reportId ? reportReference(outcome.reportId) : null,
          reportHref:
            outcome?.reportId && (await sees(reports, actor, outcome.reportId)) ? `/reports/${outcome.reportId}` : null,
          kind: concernKind(concernOf(attempt.category) ?? '')?.adult ?? '',
          whoHref:
            entry.personId && may(actor, 'look.ask')
              ? `/looks/new?entry=${entry.id}&at=${encodeURIComponent(entry.at.toISOString())}`
              : null,
          maySettle: !outcome && may(actor, 'attempt.settle'),
          // The one that was filled in stands in the summary of errors.
          ...(form ? { form } : {}),
          reportForm: filled.report ?? blankForm(reportForm, known),
          settleForm: filled.settle ?? blankForm(settleForm, known),
          action: `/activity/attempts/${entry.id}`,
        },
        form ? 400 : 200,
      )
    })
  }

  return [
    get('/activity/attempts', { access: 'attempt.view' }, async ({ actor, read, now }) =>
      read(async ({ activity, attempts, deadlines }) => {
        const { personId } = personOf(actor)
        const calendar = await deadlines.calendar()
        const found = (await attempts.between(new Date(now.getTime() - attemptDays * 86_400_000), now))
          .filter(({ whose }) => whose !== personId)
          .map(each => shown(each, calendar))
        return view('activity/attempts', {
          title: 'Attempts at misuse',
          marking: 'Official – sensitive: personal',
          days: attemptDays,
          hasLog: (await activity.latestSegment()) !== null,
          waiting: found.filter(({ outcome }) => outcome === null).reverse(),
          settled: found.filter(({ outcome }) => outcome !== null),
          logHref: may(actor, 'activity.view') ? '/activity' : null,
        })
      }),
    ),
    get('/activity/attempts/:id', { access: 'attempt.view' }, async request =>
      one(request, request.query.get('at') ?? ''),
    ),
    post('/activity/attempts/:id/report', { access: 'attempt.settle', form: reportForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) return one(request, sent.view.fields.at?.value.toString() ?? '', { report: sent.view })
      await service.report(actor, seenOf(params.id, sent.values), sent.values.words)
      return redirect(
        '/activity/attempts',
        'Reported. The headteacher and the safeguarding lead are told, as the routes say.',
      )
    }),
    post('/activity/attempts/:id/settle', { access: 'attempt.settle', form: settleForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) return one(request, sent.view.fields.at?.value.toString() ?? '', { settle: sent.view })
      await service.settle(actor, seenOf(params.id, sent.values), sent.values.reason)
      return redirect('/activity/attempts', 'Settled. Your reason is kept with it.')
    }),
  ]
}

/** Whether somebody may open the report; those whom it is about, and those who do not receive it, may not. */
async function sees(reports: ReportReads, actor: Actor, id: string): Promise<boolean> {
  if (!may(actor, 'report.view')) return false
  try {
    await reports.get(actor, id)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

const missing = (): never => {
  throw new Refusal('not-found', 'There is no such entry in the web log.')
}
const instantOf = (text: string): Date => {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? missing() : at
}
const entryOf = (id: string | undefined, at: string): Pick<SeenAttempt, 'id' | 'at'> => ({
  id: id !== undefined && isId(id) ? id : missing(),
  at: instantOf(at),
})
const seenOf = (id: string | undefined, { at, last }: { readonly at: string; readonly last: string }): SeenAttempt => ({
  ...entryOf(id, at),
  lastAt: instantOf(last),
})
