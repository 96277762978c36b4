import { addCalendarDays } from '@gatehouse/engine/calendar'
import type { PeopleReads } from '../people/people-store.ts'
import { may } from '../platform/actor.ts'
import { hidden, longText } from '../platform/fields.ts'
import { blankForm, type FormView, form } from '../platform/form.ts'
import { get, type Page, post, redirect, type Request, view } from '../platform/page.ts'
import type { FlagReads } from './flag-store.ts'
import { coveredNames, type ScopeReads } from './scope-store.ts'
import { isWeek, mondayOf, weekDigest, weekReport } from './week.ts'
import type { WeekService } from './week-service.ts'
import type { WeekReads } from './week-store.ts'

interface Reads {
  readonly flags: FlagReads
  readonly scopes: ScopeReads
  readonly weeks: WeekReads
  readonly people: PeopleReads
}
/** Weeks that the page looks back over. */
const weeksShown = 8

const signForm = form({
  week: hidden('Open the report again, and sign that one', 10),
  digest: hidden('Open the report again, and sign that one', 64),
  note: longText('Enter what you take from it', {
    label: 'What do you take from it?',
    hint: 'What changes because of it, or that nothing has to. Do not name a child.',
    max: 2000,
  }),
})

/** The week's report on monitoring, without a name, and who signed which. */
export function weekPages(service: WeekService): Page<Reads>[] {
  const show = async (
    { actor, read, now, query }: Pick<Request<Reads>, 'actor' | 'read' | 'now' | 'query'>,
    sent: FormView | null = null,
  ) => {
    const thisWeek = mondayOf(now)
    const asked = query.get('week') ?? ''
    const week = isWeek(asked, now) ? asked : addCalendarDays(thisWeek, -7)
    const { report, covered, signed, names, since } = await read(async reads => {
      const told = (await reads.scopes.scopes()).flatMap(({ noticedAt }) => (noticedAt ? [noticedAt] : []))
      const signed = await reads.weeks.signedSince(addCalendarDays(thisWeek, -7 * weeksShown))
      return {
        report: await weekReport(reads, week),
        covered: await coveredNames(reads),
        signed,
        names: await reads.people.names(signed.map(({ by }) => by)),
        /** Monday of the week in which somebody was first monitored. */
        since: told.length > 0 ? mondayOf(new Date(Math.min(...told.map(at => at.getTime())))) : null,
      }
    })
    const known = { week, digest: weekDigest(report) }
    return view(
      'monitoring/week',
      {
        title: 'The week’s report on monitoring',
        report,
        covered,
        total: report.concerns.reduce((sum, row) => sum + row.flags, 0),
        isOver: week < thisWeek,
        weeks: Array.from({ length: weeksShown }, (_, index) => {
          const each = addCalendarDays(thisWeek, -7 * (index + 1))
          const by = signed.find(one => one.week === each)
          return {
            week: each,
            href: `/flags/week?week=${each}`,
            by: by ? (names.get(by.by) ?? 'somebody no longer here') : null,
            at: by?.at ?? null,
            note: by?.note ?? '',
          }
          // Before anybody was monitored there was nothing to sign.
        }).filter(({ week: each, by }) => by !== null || (since !== null && each >= since)),
        form: sent ?? blankForm(signForm, known),
        maySign: may(actor, 'monitoring.sign-week') && since !== null && week >= since,
      },
      sent ? 400 : 200,
    )
  }
  return [
    get('/flags/week', { access: 'monitoring.week' }, request => show(request)),
    post('/flags/week', { access: 'monitoring.sign-week', form: signForm }, async request => {
      const { actor, form: sent } = request
      if (!sent.ok) return show(request, sent.view)
      await service.sign(actor, sent.values.week, sent.values.digest, sent.values.note)
      return redirect(`/flags/week?week=${sent.values.week}`, 'Signed. It stands in the ledger.')
    }),
  ]
}
