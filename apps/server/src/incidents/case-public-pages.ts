import { londonDate, addCalendarDays } from '@gatehouse/engine/calendar'
import { may } from '../platform/actor.ts'
import { choice, date, text, longText } from '../platform/fields.ts'
import { blankForm, form, withErrors } from '../platform/form.ts'
import { formatDay } from '../platform/format.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { resolveOne, FieldProblems, withProblem } from './case-action-page.ts'
import { emptyForm } from './case-forms.ts'
import type { CasePageReads } from './case-pages.ts'
import { lessonAreaNames, lessonAreas, optionsOf } from './case-parts.ts'
import type { CasePartService } from './case-parts-service.ts'
import type { ClosureNoticeReads } from './closure-notice-store.ts'
import type { ClosureNoticeService } from './closure-notice-service.ts'
import { delayDays, shortestDays } from './closure-notice.ts'

/* What the log gives back: improvements with an owner, and numbers for the community. */

type R = CasePageReads & { readonly closureNotices: ClosureNoticeReads }
const noticeForm = form({
  from: date('Enter the first day', { label: 'First day' }),
  to: date('Enter the last day', { label: 'Last day' }),
})
const logLessonForm = form({
  words: longText('Enter the improvement', {
    label: 'What does the log teach, and what will be better?',
    max: 1000,
    hint: 'Name nobody.',
  }),
  area: choice('Select what it is about', optionsOf(lessonAreas, lessonAreaNames), { label: 'What is it about?' }),
  owner: text('Enter who will do it', { label: 'Who?', hint: 'Full name as in the register' }),
  dueOn: date('Enter the day by which it is done', { label: 'The day' }),
})

export const casePublicPages = (notices: ClosureNoticeService, parts: CasePartService): Page<R>[] => [
  get('/safety-notices', { access: 'notice.view' }, async ({ actor, read, now }) => {
    const published = await read(({ closureNotices }) => closureNotices.published())
    return view('incidents/safety-notices', {
      title: 'What we did about online-safety concerns',
      notices: published.map(notice => ({
        heading: `${formatDay(notice.from, now)} to ${formatDay(addCalendarDays(notice.to, -1), now)}`,
        sentences: notice.sentences,
        publishedAt: notice.publishedAt,
      })),
      mayPublish: may(actor, 'notice.publish'),
      now,
    })
  }),
  get('/safety-notices/new', { access: 'notice.publish' }, async () => noticePage(blankForm(noticeForm), 200)),
  post('/safety-notices/new', { access: 'notice.publish', form: noticeForm }, async request => {
    if (!request.form.ok) return noticePage(request.form.view, 400)
    const { from, to } = request.form.values
    try {
      await notices.publish(request.actor, { from, to: addCalendarDays(to, 1) })
    } catch (error) {
      if (error instanceof Refusal && error.code === 'invalid')
        return noticePage(withProblem(request.form.view, error.sentence), 400)
      throw error
    }
    return redirect('/safety-notices', 'Published')
  }),
  get('/lessons', { access: 'lesson.work' }, async ({ read, now, actor }) => {
    const { lessons, names } = await read(async reads => {
      const found = await reads.caseParts.lessons({})
      return { lessons: found, names: await reads.people.names(found.map(({ ownerId }) => ownerId)) }
    })
    const today = londonDate(now)
    return view('incidents/lessons', {
      title: 'Improvements from the log',
      backHref: may(actor, 'case.view') ? '/cases' : '/',
      lessons: lessons.map(lesson => ({
        ...lesson,
        area: lessonAreaNames[lesson.area],
        owner: names.get(lesson.ownerId) ?? 'Somebody no longer in the register',
        isLate: lesson.doneAt === null && lesson.dueOn < today,
      })),
      now,
    })
  }),
  get('/lessons/new', { access: 'lesson.work' }, async () => lessonPage(blankForm(logLessonForm), 200)),
  post('/lessons/new', { access: 'lesson.work', form: logLessonForm }, async request => {
    if (!request.form.ok) return lessonPage(request.form.view, 400)
    const { words, area, owner, dueOn } = request.form.values
    try {
      await parts.lesson(request.actor, {
        caseId: null,
        words,
        area,
        ownerId: await resolveOne(request, 'owner', owner),
        dueOn,
      })
    } catch (error) {
      if (error instanceof FieldProblems) return lessonPage(withErrors(request.form.view, error.problems), 400)
      throw error
    }
    return redirect('/lessons', 'Added')
  }),
  post('/lessons/:id/done', { access: 'lesson.work', form: emptyForm }, async ({ actor, params }) => {
    await parts.finishLesson(actor, params['id'] ?? '')
    return redirect('/lessons', 'Done')
  }),
]

const noticePage = (shown: ReturnType<typeof blankForm>, status: number) =>
  view(
    'incidents/case-form',
    {
      title: 'Publish a notice to the community',
      backHref: '/safety-notices',
      form: shown,
      fields: Object.values(shown.fields),
      intro: [
        `Nobody writes the words: numbers come from the log, and those below 5 are not told. The period is at least ${shortestDays} days and ended at least ${delayDays} days ago, so that no child is known by the date.`,
      ],
      facts: [],
      button: 'Publish',
    },
    status,
  )
const lessonPage = (shown: ReturnType<typeof blankForm>, status: number) =>
  view(
    'incidents/case-form',
    {
      title: 'Add an improvement from the log',
      backHref: '/lessons',
      form: shown,
      fields: Object.values(shown.fields),
      intro: [],
      facts: [],
      button: 'Add it',
    },
    status,
  )
