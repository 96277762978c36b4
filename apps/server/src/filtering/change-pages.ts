import { may } from '../platform/actor.ts'
import { blankForm, type FormView, withErrors } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import { get, type Page, post, type Reply, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import {
  blockNowForm,
  categoryForm,
  decideForm,
  keepForm,
  rollBackForm,
  siteForm,
  withdrawForm,
} from './change-forms.ts'
import { address, type ChangePageReads, idOf, listed, showChange } from './change-page.ts'
import { groupIds } from './filter-change.ts'
import type { FilterChangeService } from './filter-change-service.ts'

export function changePages(service: FilterChangeService): Page<ChangePageReads>[] {
  const fieldRefusal = (form: FormView, error: unknown, field: string): FormView => {
    if (error instanceof Refusal && (error.code === 'invalid' || error.code === 'conflict'))
      return withErrors(form, { [field]: error.sentence })
    throw error
  }
  const newPage = (form: FormView, kind: 'site' | 'category' | 'now', status = 200): Reply =>
    view(
      'filtering/new-change',
      {
        title:
          kind === 'now'
            ? 'Block a site at once'
            : kind === 'site'
              ? 'Open or block a site'
              : 'Change what a category gets',
        form,
        kind,
        backHref: '/internet',
      },
      status,
    )

  return [
    get('/internet/changes', { access: 'filter.changes' }, async ({ query, read, actor }) => {
      const states = {
        waiting: 'Waiting for approval',
        'in-force': 'In force',
        ended: 'Taken back',
        refused: 'Refused',
      } as const
      const asked = query.get('state')
      const state = (Object.keys(states) as (keyof typeof states)[]).find(each => each === asked)
      const rows = await read(async ({ filtering, people }) => {
        const changes =
          state === 'waiting'
            ? await filtering.undecided()
            : await filtering.changes({ limit: 200, ...(state === undefined ? {} : { states: [state] }) })
        const names = await people.names(changes.map(({ proposedBy }) => proposedBy))
        return changes.map(change => listed(change, names.get(change.proposedBy) ?? 'somebody no longer here'))
      })
      return view('filtering/changes', {
        title: 'Changes of the filter',
        rows,
        backHref: '/internet',
        mayPropose: may(actor, 'filter.propose'),
        mayReview: may(actor, 'filter.review-log'),
        filter: {
          name: 'state',
          kind: 'select',
          label: 'Show',
          value: state ?? '',
          options: Object.entries(states).map(([value, text]) => ({ value, text })),
        },
      })
    }),

    get('/internet/changes/new', { access: 'filter.propose' }, async ({ query }) =>
      newPage(blankForm(siteForm, prefilled(query)), 'site'),
    ),
    post('/internet/changes/new', { access: 'filter.propose', form: siteForm }, async ({ actor, form }) => {
      if (!form.ok) return newPage(form.view, 'site', 400)
      const { site, action, groups, reason, owner, reviewOn } = form.values
      try {
        const caseId = caseOf(form.values.case)
        const id = await service.propose(actor, { kind: 'host', site, action, groups, reason, owner, reviewOn, caseId })
        return redirect(address(id), 'It is proposed. Somebody else must approve it before it takes effect.')
      } catch (error) {
        return newPage(fieldRefusal(form.view, error, 'site'), 'site', 400)
      }
    }),
    get('/internet/changes/category', { access: 'filter.propose' }, async ({ query }) =>
      newPage(blankForm(categoryForm, prefilled(query)), 'category'),
    ),
    post('/internet/changes/category', { access: 'filter.propose', form: categoryForm }, async ({ actor, form }) => {
      if (!form.ok) return newPage(form.view, 'category', 400)
      const { category, action, groups, reason, owner, reviewOn } = form.values
      try {
        const caseId = caseOf(form.values.case)
        const id = await service.propose(actor, {
          kind: 'category',
          category,
          action,
          groups,
          reason,
          owner,
          reviewOn,
          caseId,
        })
        return redirect(address(id), 'It is proposed. Somebody else must approve it before it takes effect.')
      } catch (error) {
        return newPage(fieldRefusal(form.view, error, 'category'), 'category', 400)
      }
    }),
    get('/internet/block-now', { access: 'filter.block-at-once' }, async ({ query }) =>
      newPage(blankForm(blockNowForm, prefilled(query)), 'now'),
    ),
    post('/internet/block-now', { access: 'filter.block-at-once', form: blockNowForm }, async ({ actor, form }) => {
      if (!form.ok) return newPage(form.view, 'now', 400)
      const { site, groups, reason, owner, reviewOn } = form.values
      try {
        const caseId = caseOf(form.values.case)
        const id = await service.blockAtOnce(actor, { site, groups, reason, owner, reviewOn, caseId })
        return redirect(address(id), 'It is blocked. Somebody else must approve that within one school day.')
      } catch (error) {
        return newPage(fieldRefusal(form.view, error, 'site'), 'now', 400)
      }
    }),

    get('/internet/changes/:id', { access: 'filter.changes' }, request =>
      showChange(request, blankForm(decideForm), blankForm(rollBackForm)),
    ),
    post('/internet/changes/:id/decide', { access: 'filter.approve-closing', form: decideForm }, async request => {
      const { actor, params, form } = request
      const id = idOf(params.id)
      if (!form.ok) return showChange(request, form.view, blankForm(rollBackForm), 400)
      await service.decide(actor, id, form.values.verdict, form.values.reason, form.values.digest)
      return redirect(
        address(id),
        form.values.verdict === 'approved'
          ? 'Approved. It is put in force and tested through the filter, which takes a few seconds.'
          : 'Refused.',
      )
    }),
    post(
      '/internet/changes/:id/withdraw',
      { access: 'filter.propose', form: withdrawForm },
      async ({ actor, params, form }) => {
        const id = idOf(params.id)
        if (!form.ok) throw new Refusal('invalid', 'Open the page again before you withdraw it.')
        await service.withdraw(actor, id, form.values.digest)
        return redirect(address(id), 'Withdrawn.')
      },
    ),
    post('/internet/changes/:id/roll-back', { access: 'filter.propose', form: rollBackForm }, async request => {
      const { actor, params, form } = request
      const id = idOf(params.id)
      if (!form.ok) return showChange(request, blankForm(decideForm), form.view, 400)
      const rollback = await service.rollBack(actor, id, form.values.reason)
      return redirect(address(rollback), 'It is proposed to take it back. Somebody else must approve that.')
    }),
    post(
      '/internet/changes/:id/keep',
      { access: 'filter.propose', form: keepForm },
      async ({ actor, params, form }) => {
        const id = idOf(params.id)
        if (!form.ok) throw new Refusal('invalid', form.view.errors[0]?.text ?? 'Enter a real date.')
        await service.keep(actor, id, form.values.reviewOn)
        return redirect(address(id), 'Kept until it is looked at again.')
      },
    ),
  ]
}

/** What a link to the form already knows: `?host=&groups=juniors,infants&case=&action=`. */
function prefilled(query: URLSearchParams): Record<string, string | string[]> {
  const wanted = (query.get('groups') ?? '').split(',').filter(group => groupIds.includes(group))
  const known: Record<string, string | string[]> = { owner: 'network-manager', groups: wanted }
  for (const [name, field] of [
    ['host', 'site'],
    ['case', 'case'],
    ['action', 'action'],
    ['category', 'category'],
  ] as const) {
    const value = query.get(name)
    if (value !== null && value.length <= 500) known[field] = value
  }
  return known
}
const caseOf = (typed: string | null): string | null => (typed !== null && isId(typed) ? typed : null)
