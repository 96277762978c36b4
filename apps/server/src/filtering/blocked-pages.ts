import { normaliseHost, reasonFor } from '@gatehouse/engine'
import { type Category, categories } from '@gatehouse/engine'
import { type Actor, may } from '../platform/actor.ts'
import { blankForm, type FormView } from '../platform/form.ts'
import { get, type Page, post, redirect, type Reply, view } from '../platform/page.ts'
import { categoryName } from './change-forms.ts'
import { askForm } from './contest-forms.ts'
import type { ContestService } from './contest-service.ts'
import type { FilterChangeService } from './filter-change-service.ts'

/*
 * Where the three links of the gateway's block page lead. Anybody may open these, signed in or not; what stands in the
 * address came from outside and is shown as text and nothing else. Who asks is kept only for those who are signed in, because
 * they get an answer.
 */
export function blockedPages(
  service: FilterChangeService,
  contests: Pick<ContestService, 'askToOpen'>,
): Page<unknown>[] {
  const ask = (actor: Actor, form: FormView, host: string, status = 200): Reply =>
    view(
      'filtering/ask',
      {
        title: 'I need this site',
        form,
        host,
        isKnown: actor.kind === 'person',
        signInHref: `/sign-in?next=${encodeURIComponent(`/blocked/ask?${new URLSearchParams({ host })}`)}`,
        passHref:
          may(actor, 'pass.ask') && host !== '' ? `/internet/passes/new?${new URLSearchParams({ host })}` : undefined,
      },
      status,
    )
  return [
    get('/blocked/why', { access: 'public' }, async ({ query }) => {
      const host = hostOf(query)
      const category = categoryOf(query)
      return view('filtering/why', {
        title: 'Why is this page closed?',
        host,
        category: category === 'none' ? null : categoryName(category),
        sentence: reasonFor({ verdict: 'block', category, rule: 'group:', audience: 'child' }),
        query: `?${new URLSearchParams({ host, category })}`,
      })
    }),
    get('/blocked/ask', { access: 'public' }, async ({ actor, query }) => {
      const host = hostOf(query)
      return ask(actor, blankForm(askForm, { host, category: categoryOf(query) }), host)
    }),
    post('/blocked/ask', { access: 'filter.ask', form: askForm }, async ({ actor, form }) => {
      const host = String(form.view.fields.host?.value ?? '').slice(0, 253)
      if (!form.ok) return ask(actor, form.view, host, 400)
      const { purpose, words } = form.values
      const category = form.values.category ?? 'none'
      await service.askForSite(actor, form.values.host, category, purpose)
      if (actor.kind === 'person') await contests.askToOpen(actor, { host: form.values.host, category, purpose, words })
      return redirect(`/blocked/asked?${new URLSearchParams({ host })}`)
    }),
    get('/blocked/asked', { access: 'public' }, async ({ actor, query }) =>
      view('filtering/asked-thanks', {
        title: 'We have asked for you',
        host: hostOf(query),
        isKnown: actor.kind === 'person',
      }),
    ),
    // The front door for reports knows how to listen; what was on the screen goes along, so that nobody must type it.
    get('/blocked/worried', { access: 'public' }, async ({ query }) =>
      redirect(`/report?${new URLSearchParams({ topic: 'content', site: hostOf(query) })}`),
    ),
  ]
}

const hostOf = (query: URLSearchParams): string => normaliseHost((query.get('host') ?? '').slice(0, 253)) ?? ''
const categoryOf = (query: URLSearchParams): Category | 'none' =>
  categories.find(name => name === query.get('category')) ?? 'none'
