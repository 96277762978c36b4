import { normaliseHost, reasonFor } from '@gatehouse/engine'
import { type Category, categories } from '@gatehouse/engine'
import { type Actor, may } from '../platform/actor.ts'
import { blankForm, type FormView } from '../platform/form.ts'
import { get, type Page, post, redirect, type Reply, view } from '../platform/page.ts'
import { askForm, categoryName } from './change-forms.ts'
import type { FilterChangeService } from './filter-change-service.ts'

/*
 * Where the three links of the gateway's block page lead. Anybody may open these, signed in or not; what stands in the
 * address came from outside and is shown as text and nothing else. Nothing is kept about who asked.
 */
export function blockedPages(service: FilterChangeService): Page<unknown>[] {
  const ask = (actor: Actor, form: FormView, host: string, status = 200): Reply =>
    view(
      'filtering/ask',
      {
        title: 'I need this site',
        form,
        host,
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
      await service.askForSite(actor, form.values.host, form.values.category ?? 'none', form.values.purpose)
      return redirect(`/blocked/asked?${new URLSearchParams({ host })}`)
    }),
    get('/blocked/asked', { access: 'public' }, async ({ query }) =>
      view('filtering/asked-thanks', { title: 'We have asked for you', host: hostOf(query) }),
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
