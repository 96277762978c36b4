import { normaliseHost } from '@gatehouse/engine'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { ClassReads } from '../people/class-store.ts'
import { may, personOf } from '../platform/actor.ts'
import { blankForm, type FormView, withErrors } from '../platform/form.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { categoryName } from './change-forms.ts'
import { answerSentences } from './contest.ts'
import { answerCloseForm, answerOpenForm, shouldBeClosedForm } from './contest-forms.ts'
import { answerDeadline, answersAll, type ContestService, theirs } from './contest-service.ts'
import type { Contest, ContestReads } from './contest-store.ts'
import type { PassReads } from './pass-store.ts'

export interface ContestPageReads {
  readonly contests: ContestReads
  readonly classes: ClassReads
  readonly deadlines: DeadlineReads
  readonly passes: PassReads
}

const purposes = { lesson: 'a lesson', homework: 'homework', work: 'work', other: 'something else' } as const

/** What people say about sites, answered; and where each finds the answer to their own. */
export function contestPages(service: ContestService): Page<ContestPageReads>[] {
  return [
    get('/internet/contests', { access: 'contest.answer' }, request => showContests(request)),
    post('/internet/contests/open', { access: 'contest.answer', form: answerOpenForm }, async request => {
      const { actor, form } = request
      const host = String(form.view.fields.host?.value ?? '')
      if (!form.ok) return showContests(request, { host, form: form.view })
      try {
        const count = await service.answerOpen(actor, form.values.host, form.values.answer, form.values.words)
        return redirect('/internet/contests', `Answered, to ${count === 1 ? 'one person' : `${count} people`}.`)
      } catch (error) {
        return showContests(request, { host, form: refused(form.view, error) })
      }
    }),
    post('/internet/contests/close', { access: 'contest.answer', form: answerCloseForm }, async request => {
      const { actor, form } = request
      const host = String(form.view.fields.host?.value ?? '')
      if (!form.ok) return showContests(request, { host, form: form.view, isClose: true })
      try {
        await service.answerClose(actor, form.values.host, form.values.answer, form.values.words)
        return redirect('/internet/contests', 'Settled.')
      } catch (error) {
        return showContests(request, { host, form: refused(form.view, error), isClose: true })
      }
    }),

    get('/blocked/answers', { access: 'contest.own' }, async ({ actor, read }) => {
      const { personId } = personOf(actor)
      const mine = await read(({ contests }) => contests.contestsOf(personId))
      if (mine.some(({ answer, readAt }) => answer !== null && readAt === null)) await service.noteRead(actor)
      return view('filtering/answers', {
        title: 'Sites that you asked about',
        backHref: '/',
        contests: mine.map(({ host, at, answer, answerWords, answeredAt, kind }) => ({
          host,
          at,
          isClose: kind === 'close-it',
          sentence: answer ? answerSentences[answer] : null,
          words: answerWords,
          answeredAt,
        })),
      })
    }),

    get('/blocked/should-be-closed', { access: 'public' }, async ({ query }) =>
      shouldBeClosed(
        blankForm(shouldBeClosedForm, { site: normaliseHost((query.get('host') ?? '').slice(0, 253)) ?? '' }),
      ),
    ),
    post('/blocked/should-be-closed', { access: 'site.report', form: shouldBeClosedForm }, async ({ actor, form }) => {
      if (!form.ok) return shouldBeClosed(form.view, 400)
      try {
        await service.askToClose(actor, {
          host: form.values.site,
          category: form.values.category ?? 'none',
          words: form.values.words,
        })
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        return shouldBeClosed(withErrors(form.view, { site: error.sentence }), 400)
      }
      return view('filtering/should-be-closed-thanks', { title: 'Thank you for telling us' })
    }),
  ]
}

const shouldBeClosed = (form: FormView, status = 200): Reply =>
  view('filtering/should-be-closed', { title: 'This site should be closed', form }, status)

function refused(form: FormView, error: unknown): FormView {
  if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
  return withErrors(form, { [/words|why/i.test(error.sentence) ? 'words' : 'answer']: error.sentence })
}

async function showContests(
  { actor, read }: Pick<Request<ContestPageReads>, 'actor' | 'read'>,
  failed?: { readonly host: string; readonly form: FormView; readonly isClose?: boolean },
): Promise<Reply> {
  return read(async ({ contests, classes, deadlines, passes }) => {
    const waiting = await theirs(actor, await contests.unanswered('open-it'), classes)
    const toClose = answersAll(actor) ? await contests.unanswered('close-it') : []
    const inForce = await passes.inForce()
    const open = []
    for (const [host, group] of byHost(waiting)) {
      const [first] = group
      const due = (await deadlines.about(`site:${host}`)).find(
        ({ kind, state }) => kind === answerDeadline && (state === 'open' || state === 'missed'),
      )
      const form = failed && !failed.isClose && failed.host === host ? failed.form : blankForm(answerOpenForm)
      open.push({
        host,
        category: categoryName(first?.category ?? 'none'),
        count: group.length,
        purposes: [...new Set(group.map(({ purpose }) => purposes[purpose ?? 'other']))],
        words: group.flatMap(({ words }) => words ?? []),
        since: first?.at,
        due: due ?? null,
        form: withHost(form, host),
        proposeHref: may(actor, 'filter.propose')
          ? `/internet/changes/new?host=${encodeURIComponent(host)}&action=allow`
          : null,
        passHref: may(actor, 'pass.ask') ? `/internet/passes/new?host=${encodeURIComponent(host)}` : null,
      })
    }
    const close = byHost(toClose).map(([host, group]) => ({
      host,
      count: group.length,
      since: group[0]?.at,
      reportHref: group[0]?.reportId && may(actor, 'report.view') ? `/reports/${group[0].reportId}` : null,
      blockHref: may(actor, 'filter.block-at-once') ? `/internet/block-now?host=${encodeURIComponent(host)}` : null,
      passes: [
        ...new Set(
          inForce.filter(pass => pass.sites.some(site => site.host === host)).map(({ id }) => id.slice(0, 36)),
        ),
      ].map(id => `/internet/passes/${id}`),
      form: withHost(failed?.isClose && failed.host === host ? failed.form : blankForm(answerCloseForm), host),
    }))
    return view(
      'filtering/contests',
      {
        title: 'What people say about sites',
        backHref: may(actor, 'filter.view') ? '/internet' : '/',
        open,
        close,
        ...(failed ? { form: failed.form } : {}),
      },
      failed ? 400 : 200,
    )
  })
}

function byHost(contests: readonly Contest[]): [string, Contest[]][] {
  const found = new Map<string, Contest[]>()
  for (const contest of contests) found.set(contest.host, [...(found.get(contest.host) ?? []), contest])
  return [...found]
}
const withHost = (form: FormView, host: string): FormView => {
  const field = form.fields.host
  return field ? { ...form, fields: { ...form.fields, host: { ...field, value: host } } } : form
}
