import { form, type FormView, withErrors } from '../platform/form.ts'
import { longText, text } from '../platform/fields.ts'
import { get, type Page, post, type Reply, view } from '../platform/page.ts'
import { blankForm } from '../platform/form.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ReporterThread, ReportService } from './report-service.ts'

const codeForm = form({
  words: text('Enter your three words', {
    label: 'Your three words',
    hint: 'Write all three, in the same order as before. Big or small letters are both fine.',
    max: 200,
  }),
})
const answerForm = form({
  words: text('Enter your three words', { label: 'Your three words', max: 200 }),
  answer: longText('Write your answer', {
    label: 'Write back',
    hint: 'In your own words, in any language.',
    max: 5000,
  }),
})

/** Coming back with the three words: nothing is kept in the browser, and the words go with every form. */
export function threadPages(service: ReportService): Page<unknown>[] {
  const ask = (schoolId: string, shown: FormView, status = 200): Reply =>
    view(
      'incidents/report-again',
      { title: 'Come back to your report', form: shown, action: `/report/again?school=${schoolId}`, child: true },
      status,
    )
  const show = (
    schoolId: string,
    typed: string,
    { report, entries }: ReporterThread,
    answer: FormView | null,
    status = 200,
  ): Reply =>
    view(
      'incidents/thread',
      {
        title: 'Your report',
        child: report.who === 'pupil',
        receivedAt: report.receivedAt,
        acknowledgedAt: report.acknowledgedAt,
        entries,
        words: typed,
        form: answer ?? blankForm(form({ answer: answerForm.fields.answer })),
        action: `/report/again/answer?school=${schoolId}`,
      },
      status,
    )
  return [
    get('/report/again', { access: 'public' }, async ({ schoolId }) => ask(schoolId, blankForm(codeForm))),
    post('/report/again', { access: 'public', form: codeForm }, async ({ schoolId, form: filled }) => {
      if (!filled.ok) return ask(schoolId, filled.view, 400)
      try {
        return show(schoolId, filled.values.words, await service.openThread(schoolId, filled.values.words), null)
      } catch (error) {
        if (!(error instanceof Refusal) || (error.code !== 'invalid' && error.code !== 'too-many')) throw error
        return ask(schoolId, withErrors(filled.view, { words: error.sentence }), error.code === 'invalid' ? 400 : 429)
      }
    }),
    post(
      '/report/again/answer',
      { access: 'public', form: answerForm },
      async ({ schoolId, form: filled, submission, actor }) => {
        const typed = submission.values.get('words')?.[0]?.slice(0, 200) ?? ''
        try {
          if (!filled.ok) {
            const { answer } = filled.view.fields
            const shown = {
              fields: answer ? { answer } : {},
              errors: filled.view.errors.filter(({ href }) => href === '#answer'),
            }
            return show(schoolId, typed, await service.openThread(schoolId, typed), shown, 400)
          }
          return show(
            schoolId,
            typed,
            await service.answerThread(schoolId, typed, filled.values.answer, actor.once),
            null,
          )
        } catch (error) {
          if (!(error instanceof Refusal)) throw error
          // The second click of one answer: it is in the thread once.
          if (error.code === 'already-done')
            return show(schoolId, typed, await service.openThread(schoolId, typed), null)
          if (error.code !== 'invalid' && error.code !== 'too-many') throw error
          return ask(
            schoolId,
            withErrors(blankForm(codeForm, { words: typed }), { words: error.sentence }),
            error.code === 'invalid' ? 400 : 429,
          )
        }
      },
    ),
  ]
}
