import { type Category, categories, normaliseHost, reasonFor } from '@gatehouse/engine'
import { blankForm, form } from '../platform/form.ts'
import { hidden } from '../platform/fields.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { continueMinutes, type WarningContinue } from './warning-continue.ts'

/*
 * Where a filter that can show no page of its own sends people: Squid, by `deny_info`. Host and category stand in the address
 * and came from outside: shown as text, kept nowhere.
 */

export const continueForm = form({ host: hidden('Which site is meant is missing', 253) })

export function blockedLandingPages(warnings: WarningContinue): Page<unknown>[] {
  return [
    get('/blocked', { access: 'public' }, async ({ query }) => {
      const host = hostOf(query)
      const isWarning = query.get('category') === 'warn'
      const category = categoryOf(query)
      return view('filtering/blocked', {
        title: isWarning ? 'Stop and think first' : 'You cannot open this page',
        host,
        sentence: isWarning
          ? 'Your school asks you to think before you open this site.'
          : reasonFor({ verdict: 'block', category, rule: 'group:', audience: 'child' }),
        form: isWarning && host !== '' ? blankForm(continueForm, { host }) : null,
        isWarning,
        minutes: continueMinutes,
        query: `?${new URLSearchParams({ host, category })}`,
      })
    }),
    post('/blocked/continue', { access: 'filter.continue', form: continueForm }, async ({ actor, form: given }) => {
      if (!given.ok) return redirect('/blocked')
      await warnings.goOn(actor, given.values.host)
      return redirect(`/blocked/continued?${new URLSearchParams({ host: given.values.host })}`)
    }),
    get('/blocked/continued', { access: 'public' }, async ({ query }) =>
      view('filtering/continued', { title: 'You can open it now', host: hostOf(query), minutes: continueMinutes }),
    ),
  ]
}

const hostOf = (query: URLSearchParams): string => normaliseHost((query.get('host') ?? '').slice(0, 253)) ?? ''
const categoryOf = (query: URLSearchParams): Category | 'none' =>
  categories.find(name => name === query.get('category')) ?? 'none'
