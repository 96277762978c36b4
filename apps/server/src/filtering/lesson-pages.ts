import { londonDate } from '@gatehouse/engine/calendar'
import type { ClassReads } from '../people/class-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may, personOf } from '../platform/actor.ts'
import { blankForm, type FormView, withErrors } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import type { FilterReads } from './filter-store.ts'
import { isReady, readinessOf } from './lesson.ts'
import { addSitesForm, lessonForm, lookForm, removeSiteForm, withdrawLessonForm } from './lesson-forms.ts'
import { lessonAddress, type LessonService, readinessWords } from './lesson-service.ts'
import type { Lesson, LessonReads } from './lesson-store.ts'
import { withOptions } from './pass-forms.ts'
import { bells, planOf } from './pass-plan.ts'
import type { PassReads } from './pass-store.ts'
import { passStanding } from './pass-words.ts'

export interface LessonPageReads {
  readonly lessons: LessonReads
  readonly classes: ClassReads
  readonly filtering: FilterReads
  readonly people: PeopleReads
  readonly passes: PassReads
}

const dayMs = 86_400_000
/** Lessons this far back and ahead are listed, in days. */
const listed = { back: 14, ahead: 120 }

/** Lessons and their sites: kept by the teacher, read by the class. */
export function lessonPages(service: LessonService): Page<LessonPageReads>[] {
  return [
    get('/lesson-sites', { access: 'lesson-sites.view' }, async ({ actor, read, now }) => {
      const { personId } = personOf(actor)
      return read(async ({ lessons, classes }) => {
        const from = new Date(now.getTime() - listed.back * dayMs)
        const to = new Date(now.getTime() + listed.ahead * dayMs)
        const attended = await classes.attendedBy(personId)
        const taught = await classes.taughtBy(personId)
        const mine = await lessons.lessonsBetween(from, to, { teacherId: personId })
        const forMe =
          attended.length === 0 ? [] : await lessons.lessonsBetween(now, to, { classIds: attended.map(({ id }) => id) })
        const names = await classes.classNames(mine.map(({ classId }) => classId))
        return view('filtering/lessons', {
          title: taught.length > 0 ? 'My lessons and their sites' : 'Sites for your lessons',
          backHref: '/',
          teaches: taught.length > 0 && may(actor, 'lesson-sites.keep'),
          isPupil: attended.length > 0,
          coming: mine.filter(({ untilAt }) => untilAt > now).map(lesson => row(lesson, names)),
          past: mine
            .filter(({ untilAt }) => untilAt <= now)
            .map(lesson => row(lesson, names))
            .reverse(),
          forMe: forMe.map(lesson => ({ href: lessonAddress(lesson.id), topic: lesson.topic, at: lesson.fromAt })),
        })
      })
    }),

    get('/lesson-sites/new', { access: 'lesson-sites.keep' }, request =>
      newLesson(request, blankForm(lessonForm, { day: londonDate(request.now).split('-').reverse() })),
    ),
    post('/lesson-sites/new', { access: 'lesson-sites.keep', form: lessonForm }, async request => {
      const { actor, form } = request
      if (!form.ok) return newLesson(request, form.view, 400)
      const { values } = form
      const plan = await planOf(request.read, { ...values, firstDay: values.day, lastDay: values.day, weekdays: [] })
      if ('problem' in plan) return newLesson(request, withErrors(form.view, plan.problem), 400)
      try {
        const { id, waits } = await service.plan(actor, {
          classId: values.class,
          topic: values.topic,
          plan: plan.plan,
          sites: values.sites.split('\n'),
          isOnly: values.only,
        })
        return redirect(
          lessonAddress(id),
          waits
            ? 'Kept. Some of its sites are blocked for the class, so the safeguarding lead decides first. Now look at each site.'
            : 'Kept. Now look at each site, and say so here.',
        )
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        const field = /class/.test(error.sentence)
          ? 'class'
          : /lesson must end/.test(error.sentence)
            ? 'to'
            : /days|far ahead/.test(error.sentence)
              ? 'day'
              : 'sites'
        return newLesson(request, withErrors(form.view, { [field]: error.sentence }), 400)
      }
    }),

    get('/lesson-sites/:id', { access: 'lesson-sites.view' }, request => showLesson(request, service)),
    post('/lesson-sites/:id/look', { access: 'lesson-sites.keep', form: lookForm }, async request => {
      const { actor, params, form } = request
      if (!form.ok) return showLesson(request, service, { look: form.view })
      const id = idOf(params.id)
      try {
        await service.look(actor, id, form.values.looked, form.values.on)
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        return showLesson(request, service, {
          look: withErrors(form.view, { [/Select/.test(error.sentence) ? 'looked' : 'on']: error.sentence }),
        })
      }
      return redirect(lessonAddress(id), 'Thank you. You will hear if one of them changes before the lesson.')
    }),
    post('/lesson-sites/:id/sites', { access: 'lesson-sites.keep', form: addSitesForm }, async request => {
      const { actor, params, form } = request
      if (!form.ok) return showLesson(request, service, { add: form.view })
      const id = idOf(params.id)
      try {
        await service.addSites(actor, id, form.values.sites.split('\n'))
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        return showLesson(request, service, { add: withErrors(form.view, { sites: error.sentence }) })
      }
      return redirect(lessonAddress(id), 'Added. Look at them, and say so here.')
    }),
    post(
      '/lesson-sites/:id/remove',
      { access: 'lesson-sites.keep', form: removeSiteForm },
      async ({ actor, params, form }) => {
        const id = idOf(params.id)
        if (form.ok) await service.removeSite(actor, id, idOf(form.values.site))
        return redirect(lessonAddress(id), 'Taken off.')
      },
    ),
    post(
      '/lesson-sites/:id/withdraw',
      { access: 'lesson-sites.keep', form: withdrawLessonForm },
      async ({ actor, params }) => {
        await service.withdraw(actor, idOf(params.id))
        return redirect('/lesson-sites', 'Withdrawn.')
      },
    ),
  ]
}

type Asking = Pick<Request<LessonPageReads>, 'actor' | 'read' | 'now'>

const row = (lesson: Lesson, names: ReadonlyMap<string, string>) => ({
  href: lessonAddress(lesson.id),
  topic: lesson.topic,
  className: names.get(lesson.classId) ?? 'a class that is gone',
  at: lesson.fromAt,
  sites: lesson.sites.length,
  isOnly: lesson.isOnly,
  state: isReady(lesson.sites, lesson.fromAt)
    ? { text: 'Ready', kind: 'good' }
    : lesson.sites.some(site => readinessOf(site, lesson.fromAt) === 'changed')
      ? { text: 'A site has changed', kind: 'bad' }
      : { text: 'To be looked at', kind: 'soon' },
})

async function newLesson({ actor, read }: Asking, form: FormView, status = 200): Promise<Reply> {
  return read(async ({ classes, filtering }) => {
    const taught = await classes.taughtBy(personOf(actor).personId)
    const offered = await bells(filtering)
    const filled = withOptions(form, {
      class: taught.map(({ id, name }) => ({ value: id, text: name })),
      bell: offered,
    })
    const field = filled.fields.class
    const [only] = taught
    return view(
      'filtering/new-lesson',
      {
        title: 'Plan a lesson’s sites',
        backHref: '/lesson-sites',
        teaches: taught.length > 0,
        hasBells: offered.length > 0,
        form:
          taught.length === 1 && only && field && field.value === ''
            ? { ...filled, fields: { ...filled.fields, class: { ...field, value: only.id } } }
            : filled,
      },
      status,
    )
  })
}

async function showLesson(
  { actor, params, read, now }: Asking & Pick<Request<LessonPageReads>, 'params'>,
  service: Pick<LessonService, 'closedFor'>,
  filled: { readonly look?: FormView; readonly add?: FormView } = {},
): Promise<Reply> {
  const id = idOf(params.id)
  return read(async ({ lessons, classes, passes, filtering }) => {
    const lesson = await lessons.lesson(id)
    const seesAs = await whoSees(actor, lesson, classes)
    const closed =
      seesAs === 'teacher' && !lesson.isOnly
        ? await service.closedFor({ filtering, classes }, lesson)
        : new Set<string>()
    const className = (await classes.classNames([lesson.classId])).get(lesson.classId) ?? 'a class that is gone'
    const pass = lesson.passId ? await passes.pass(lesson.passId) : null
    const blank = blankForm(lookForm, {
      on: londonDate(now).split('-').reverse(),
      looked: lesson.sites.filter(site => readinessOf(site, lesson.fromAt) !== 'ready').map(site => site.id),
    })
    const look = withOptions(filled.look ?? blank, {
      looked: lesson.sites.map(site => ({ value: site.id, text: `${site.host}${site.path ?? ''}` })),
    })
    const shown = filled.look ?? filled.add
    return view(
      'filtering/lesson',
      {
        title: lesson.topic,
        backHref: '/lesson-sites',
        lesson: {
          id,
          className,
          fromAt: lesson.fromAt,
          untilAt: lesson.untilAt,
          isOnly: lesson.isOnly,
          withdrawnAt: lesson.withdrawnAt,
        },
        seesAs,
        isOver: lesson.untilAt <= now,
        // A pupil is led only to what somebody has looked at.
        sites: lesson.sites
          .map(site => {
            const readiness = readinessOf(site, lesson.fromAt)
            return {
              id: site.id,
              address: site.address,
              name: `${site.host}${site.path ?? ''}`,
              readiness: readinessWords[readiness],
              isReady: readiness === 'ready',
              lookedOn: site.lookedOn,
              checkedAt: site.checkedAt,
              isNamed: site.checkResult !== 'unknown',
              differences: site.differences,
              passHref: closed.has(site.id) ? `/internet/passes/new?host=${encodeURIComponent(site.address)}` : null,
            }
          })
          .filter(site => seesAs !== 'class' || site.isReady),
        pass: pass && { href: `/internet/passes/${pass.id}`, standing: passStanding(pass, now) },
        look,
        add: filled.add ?? blankForm(addSitesForm),
        ...(shown ? { form: filled.look ? look : shown } : {}),
      },
      shown ? 400 : 200,
    )
  })
}

/** @throws {Refusal} `not-found` for those to whom the lesson says nothing. */
async function whoSees(actor: Actor, lesson: Lesson, classes: ClassReads): Promise<'teacher' | 'staff' | 'class'> {
  const { personId } = personOf(actor)
  if (personId === lesson.teacherId) return 'teacher'
  if (may(actor, 'lesson-sites.keep') || may(actor, 'pass.oversee')) return 'staff'
  if ((await classes.attendedBy(personId)).some(({ id }) => id === lesson.classId) && !lesson.withdrawnAt)
    return 'class'
  throw new Refusal('not-found', 'There is no such lesson at this school.')
}

function idOf(text: string | undefined): string {
  if (text === undefined || !isId(text)) throw new Refusal('not-found', 'There is no such lesson at this school.')
  return text
}
