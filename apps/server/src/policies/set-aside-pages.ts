import { personOf } from '../platform/actor.ts'
import { choice, date, hidden, longText } from '../platform/fields.ts'
import { blankForm, form, type FormView, withErrors } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { whyNotDecide } from '../platform/requests.ts'
import type { ClauseDecisions } from './clause-decisions.ts'
import { maySetAside } from './clause-status.ts'
import { type PolicyPageReads, policyNamed } from './policy-pages.ts'

const askForm = form({
  reason: longText('Enter why this clause does not apply here', {
    label: 'Why does this clause not apply here?',
    hint: 'Anybody who works here or oversees the school can read this.',
    max: 2000,
  }),
  until: date('Enter the day on which it applies again', {
    label: 'On which day does it apply again?',
    hint: 'Within a year from today.',
  }),
})
const decideForm = form({
  verdict: choice(
    'Select your decision',
    [
      { value: 'approved' as const, text: 'Set the clause aside' },
      { value: 'refused' as const, text: 'Refuse: the clause applies' },
    ],
    { label: 'Your decision' },
  ),
  reason: longText('Enter your reason', { label: 'Your reason', max: 2000 }),
  digest: hidden('Open this page again from the clause, and decide then'),
})

const clauseOf = (params: Readonly<Record<string, string>>) => {
  const pack = policyNamed(params['pack'])
  const clause = pack.clauses.find(({ id }) => id === params['clause'])
  if (!clause) throw new Refusal('not-found', 'There is no such clause in this policy.')
  return { clause, href: `/policy/${pack.id}/${clause.id}` }
}

export const setAsidePages = (decisions: ClauseDecisions): Page<PolicyPageReads>[] => [
  get('/policy/:pack/:clause/set-aside', { access: 'clause.set-aside' }, async ({ params }) => {
    const { clause, href } = clauseOf(params)
    if (!maySetAside(clause.id))
      throw new Refusal(
        'forbidden',
        'This clause is about illegal content. It always applies and cannot be set aside by anybody.',
      )
    return view('policies/form', {
      title: `Set clause ${clause.id} aside`,
      intro: [clause.text, 'A governor decides. Until then the clause applies.'],
      form: blankForm(askForm),
      button: 'Ask the governors',
      backHref: href,
    })
  }),
  post(
    '/policy/:pack/:clause/set-aside',
    { access: 'clause.set-aside', form: askForm },
    async ({ actor, params, form: filled }) => {
      const { clause, href } = clauseOf(params)
      const again = (shown: FormView) =>
        view(
          'policies/form',
          {
            title: `Set clause ${clause.id} aside`,
            intro: [clause.text],
            form: shown,
            button: 'Ask the governors',
            backHref: href,
          },
          400,
        )
      if (!filled.ok) return again(filled.view)
      try {
        await decisions.propose(personOf(actor), clause.id, filled.values.reason, filled.values.until)
        return redirect(href, 'The governors are asked. Until they decide, the clause applies.')
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        return again(withErrors(filled.view, { until: error.sentence }))
      }
    },
  ),
  get(
    '/policy/:pack/:clause/set-aside/:request',
    { access: 'clause.decide-set-aside' },
    async ({ actor, params, read }) => {
      const { clause, href } = clauseOf(params)
      const request = await read(async ({ requests }) =>
        (await requests.about(`clause:${clause.id}`)).find(({ id }) => id === params['request']),
      )
      if (!request) throw new Refusal('not-found', 'There is no such request about this clause.')
      const why = whyNotDecide(actor, request)
      if (why) throw new Refusal('conflict', why)
      return view('policies/form', {
        title: `Decide about clause ${clause.id}`,
        intro: [clause.text, `The headteacher's reason: ${request.reason}`],
        form: blankForm(decideForm, { digest: request.digest }),
        button: 'Decide',
        backHref: href,
      })
    },
  ),
  post(
    '/policy/:pack/:clause/set-aside/:request',
    { access: 'clause.decide-set-aside', form: decideForm },
    async ({ actor, params, form: filled }) => {
      const { clause, href } = clauseOf(params)
      if (!filled.ok)
        return view(
          'policies/form',
          {
            title: `Decide about clause ${clause.id}`,
            intro: [clause.text],
            form: filled.view,
            button: 'Decide',
            backHref: href,
          },
          400,
        )
      await decisions.decide(
        personOf(actor),
        clause.id,
        params['request'] ?? '',
        filled.values.verdict,
        filled.values.reason,
        filled.values.digest,
      )
      return redirect(href, filled.values.verdict === 'approved' ? 'The clause is set aside.' : 'The clause applies.')
    },
  ),
  post('/policy/:pack/:clause/restore', { access: 'clause.set-aside', form: form({}) }, async ({ actor, params }) => {
    const { clause, href } = clauseOf(params)
    await decisions.restore(personOf(actor), clause.id)
    return redirect(href, 'The clause applies again.')
  }),
]
