import { addCalendarDays, isCalendarDate, londonDate } from '@gatehouse/engine/calendar'
import { may } from '../platform/actor.ts'
import { date, hiddenDate, text } from '../platform/fields.ts'
import { blankForm, form, type FormView, withErrors } from '../platform/form.ts'
import { plural } from '../platform/format.ts'
import { get, type Page, post, redirect, type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { CalendarReads } from './calendar-store.ts'
import type { CalendarService } from './calendar-service.ts'
import { lastDay, termAfter, termAt, termName, wholeTerms } from './school-terms.ts'

interface PageReads {
  readonly calendar: CalendarReads
}

export const termForm = form({
  name: text('Enter a name, such as Autumn term, first half', { label: 'Name', max: 60 }),
  first_day: date('Enter the first day', { label: 'First day', hint: 'For example, 2 9 2026' }),
  last_day: date('Enter the last day', {
    label: 'Last day',
    hint: 'A half-term holiday is the gap between two entries',
  }),
})
export const closureForm = form({
  what: text('Enter what the day is, such as Training day', { label: 'What it is', max: 60 }),
  day: date('Enter the day', { label: 'Day', hint: 'For example, 4 1 2027' }),
})
const removeTermForm = form({ first_day: hiddenDate('Choose a term') })
const removeClosureForm = form({ day: hiddenDate('Choose a day') })

const movedWords = (moved: number): string =>
  moved === 0
    ? 'No running deadline moved.'
    : `${plural(moved, 'running deadline was', 'running deadlines were')} counted again and moved.`
const partsOf = (day: string): string[] => [
  String(Number(day.slice(8, 10))),
  String(Number(day.slice(5, 7))),
  day.slice(0, 4),
]

export const calendarPages = (service: CalendarService): Page<PageReads>[] => {
  const show = async (
    { actor, read, now, query }: Pick<Request<PageReads>, 'actor' | 'read' | 'now' | 'query'>,
    forms: { term?: FormView; closure?: FormView } = {},
    status = 200,
  ): Promise<Reply> => {
    const { halves, closures, holidays } = await read(async ({ calendar }) => ({
      halves: await calendar.halfTerms(),
      closures: await calendar.closures(),
      holidays: calendar.bankHolidays(),
    }))
    const today = londonDate(now)
    const from = query.get('years') === 'all' ? '0001-01-01' : addCalendarDays(today, -120)
    const terms = wholeTerms(halves)
    const current = termAt(terms, today)
    const changing = halves.find(each => each.from === query.get('change'))
    return view(
      'duties/calendar',
      {
        title: 'School calendar',
        ...(may(actor, 'duties.view') ? { backHref: '/duties' } : {}),
        today,
        current: current && current.to > today ? termName(current) : null,
        next: termAfter(terms, today),
        gap: !terms.some(({ to }) => to > today),
        halves: halves
          .filter(each => each.to > from)
          .map(each => ({
            ...each,
            lastDay: lastDay(each),
            now: each.from <= today && today < each.to,
            href: `/calendar?change=${each.from}#change`,
          })),
        closures: closures.filter(({ on }) => on > from),
        holidays: holidays.holidays.filter(({ date: on }) => on >= today).slice(0, 10),
        holidaysUntil: addCalendarDays(holidays.until, -1),
        older: halves.some(each => each.to <= from) || closures.some(({ on }) => on <= from),
        edit: may(actor, 'calendar.edit'),
        form: forms.term?.errors.length ? forms.term : forms.closure,
        changing: changing && !forms.term ? changing.from : (query.get('change') ?? ''),
        termForm:
          forms.term ??
          blankForm(
            termForm,
            changing
              ? { name: changing.name, first_day: partsOf(changing.from), last_day: partsOf(lastDay(changing)) }
              : {},
          ),
        closureForm: forms.closure ?? blankForm(closureForm),
      },
      status,
    )
  }
  const trying = async (again: (problem: string) => Promise<Reply>, work: () => Promise<Reply>): Promise<Reply> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
      return again(error.sentence)
    }
  }
  return [
    get('/calendar', { access: 'calendar.view' }, request => show(request)),
    post('/calendar/terms', { access: 'calendar.edit', form: termForm }, async request => {
      const filled = request.form
      if (!filled.ok) return show(request, { term: filled.view }, 400)
      const { name, first_day: from, last_day } = filled.values
      return trying(
        problem => show(request, { term: withErrors(filled.view, { first_day: problem }) }, 400),
        async () =>
          redirect(
            '/calendar',
            `${name} is in the calendar. ${movedWords(await service.addTerm(request.actor, { name, from, to: addCalendarDays(last_day, 1) }))}`,
          ),
      )
    }),
    post('/calendar/terms/:from', { access: 'calendar.edit', form: termForm }, async request => {
      const filled = request.form
      if (!filled.ok) return show(request, { term: filled.view }, 400)
      const before = request.params['from'] ?? ''
      if (!isCalendarDate(before)) throw new Refusal('not-found', 'No term of the calendar begins on that day.')
      const { name, first_day: from, last_day } = filled.values
      return trying(
        problem => show(request, { term: withErrors(filled.view, { first_day: problem }) }, 400),
        async () =>
          redirect(
            '/calendar',
            `${name} is changed. ${movedWords(await service.changeTerm(request.actor, before, { name, from, to: addCalendarDays(last_day, 1) }))}`,
          ),
      )
    }),
    post('/calendar/terms/remove', { access: 'calendar.edit', form: removeTermForm }, async request => {
      if (!request.form.ok) return show(request, {}, 400)
      return redirect(
        '/calendar',
        `The term is taken out. ${movedWords(await service.removeTerm(request.actor, request.form.values.first_day))}`,
      )
    }),
    post('/calendar/closures', { access: 'calendar.edit', form: closureForm }, async request => {
      const filled = request.form
      if (!filled.ok) return show(request, { closure: filled.view }, 400)
      return trying(
        problem => show(request, { closure: withErrors(filled.view, { day: problem }) }, 400),
        async () =>
          redirect(
            '/calendar',
            `The day is in the calendar. ${movedWords(await service.addClosure(request.actor, filled.values.day, filled.values.what))}`,
          ),
      )
    }),
    post('/calendar/closures/remove', { access: 'calendar.edit', form: removeClosureForm }, async request => {
      if (!request.form.ok) return show(request, {}, 400)
      return redirect(
        '/calendar',
        `The day is taken out. ${movedWords(await service.removeClosure(request.actor, request.form.values.day))}`,
      )
    }),
  ]
}
