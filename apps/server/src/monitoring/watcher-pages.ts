import { addCalendarDays, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, hasRole } from '../platform/actor.ts'
import { blankForm, type FormView } from '../platform/form.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { purposeNames, refusedWords, targetNames, type RefusedWhy } from './look.ts'
import { signForm } from './look-forms.ts'
import type { LookAccess } from './look-store.ts'
import { watchedRows } from './watcher-report.ts'
import { accessesFor, type WatcherService, type WatcherServiceReads, whyNotReadReport } from './watcher-service.ts'

const marking = 'Official – sensitive: personal'
/** What is listed before the first report: about half a term. */
const firstDays = 42

/** The half-termly reports on those who look, and what has happened since the last one. */
export function watcherPages(service: WatcherService): Page<WatcherServiceReads>[] {
  const show = async (
    { actor, params, read }: Pick<Request<WatcherServiceReads>, 'actor' | 'params' | 'read'>,
    sign: FormView | null,
  ): Promise<Reply> =>
    read(async reads => {
      const report = await reads.watchers.get(params.id ?? '')
      if (report.reader !== readerFor(actor)) throw new Refusal('not-found', 'There is no such report.')
      const accesses = await accessesFor(reads, report.reader, report.fromDay, report.toDay)
      const whyNot = whyNotReadReport(actor, report)
      const names = await reads.people.names(report.readBy ? [report.readBy] : [])
      return view(
        'monitoring/watcher-report',
        {
          title: report.reader === 'chair' ? 'Who looked for or at the headteacher' : 'Who looked at whose log',
          marking,
          backHref: '/watchers',
          report,
          rows: await rowsOf(reads, accesses, report.fromDay, report.toDay),
          whyNot,
          readBy: report.readBy ? (names.get(report.readBy) ?? 'Somebody no longer here') : null,
          note: report.readBy ? await reads.watchers.note(report.id) : null,
          sign: sign ?? blankForm(signForm, { digest: report.digest }),
          ...(sign ? { form: sign } : {}),
        },
        sign ? 400 : 200,
      )
    })

  return [
    get('/watchers', { access: 'look.review' }, async ({ actor, read, now }) => {
      const reader = readerFor(actor)
      return read(async reads => {
        const reports = await reads.watchers.list(reader)
        const today = londonDate(now)
        const [last] = reports
        const from = last ? addCalendarDays(last.toDay, 1) : addCalendarDays(today, -firstDays)
        const accesses = from <= today ? await accessesFor(reads, reader, from, today) : []
        return view('monitoring/watchers', {
          title: reader === 'chair' ? 'Looks for or at the headteacher' : 'Who looks at whose log',
          marking,
          reader,
          reports,
          from,
          rows: await rowsOf(reads, accesses, from, today),
        })
      })
    }),
    get('/watchers/:id', { access: 'look.review', recorded: 'watchers.opened' }, request => show(request, null)),
    post('/watchers/:id/sign', { access: 'look.review', form: signForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) return show(request, sent.view)
      await service.sign(actor, params.id ?? '', sent.values.digest, sent.values.note)
      return redirect(`/watchers/${params.id}`, 'It is on record that you read this.')
    }),
  ]
}

/** The chair reads what concerns the headteacher; everybody else who may review reads the headteacher's. */
const readerFor = (actor: Actor): 'headteacher' | 'chair' =>
  hasRole(actor, 'chair') && !hasRole(actor, 'headteacher') ? 'chair' : 'headteacher'

async function rowsOf(
  { looks, people }: { readonly looks: WatcherServiceReads['looks']; readonly people: PeopleReads },
  accesses: readonly LookAccess[],
  fromDay: string,
  toDay: string,
) {
  // Leave may have been asked for before the period in which it was used.
  const authorities = await looks.askedBetween(
    startOfLondonDay(addCalendarDays(fromDay, -120)),
    startOfLondonDay(addCalendarDays(toDay, 1)),
  )
  const rows = watchedRows(accesses, authorities)
  const names = await people.names(
    rows.flatMap(row => [
      row.byId,
      ...(row.personId ? [row.personId] : []),
      ...(row.authority?.decidedBy ? [row.authority.decidedBy] : []),
    ]),
  )
  const nameOf = (id: string): string => names.get(id) ?? 'Somebody no longer here'
  return rows.map(row => ({
    by: nameOf(row.byId),
    whom: row.personId ? nameOf(row.personId) : 'Nobody named',
    target: row.target in targetNames ? targetNames[row.target as keyof typeof targetNames] : row.target,
    purpose: row.authority ? purposeNames[row.authority.purpose] : 'no purpose',
    authority: row.authority?.decidedBy ? nameOf(row.authority.decidedBy) : 'Nobody',
    urgent: row.authority?.urgent ?? false,
    opened: row.opened,
    beforeAuthority: row.beforeAuthority,
    firstAt: row.firstAt,
    refused: row.refused.map(({ at, why }) => ({ at, why: refusedWords[why as RefusedWhy] ?? why })),
  }))
}
