import { may } from '../platform/actor.ts'
import { blankForm, type FormView } from '../platform/form.ts'
import { get, type Page, post, type Reply, redirect, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { storedPayload } from '../platform/requests.ts'
import { contentOf, isRule } from './change-content.ts'
import { contentFacts, dayWords, namesIn } from './change-facts.ts'
import { decideForm, takeBackForm, withdrawForm } from '../platform/decision-forms.ts'
import { blockNowForm, keepForm, sendForm } from './change-forms.ts'
import { changeKinds, prefilled } from './change-kinds.ts'
import {
  address,
  type ChangeForms,
  type ChangePageReads,
  changesOf,
  effectWords,
  idOf,
  listed,
  showChange,
} from './change-page.ts'
import { sentenceFor } from './change-sentences.ts'
import { effectOf } from './filter-change.ts'
import type { FilterChangeService } from './filter-change-service.ts'
import type { ListsFolder } from './lists-folder.ts'
import { backForm, usualReview } from './proposal-forms.ts'
import { caseOf, draftAddress, told } from './proposal-pages.ts'
import type { Replays } from './replay-service.ts'
import { replayModel } from './replay-words.ts'
import { filterDifferences } from './rule-differences.ts'

export function changePages(parts: {
  service: FilterChangeService
  replays: Replays
  lists: ListsFolder
}): Page<ChangePageReads>[] {
  const { service, replays, lists } = parts
  const blockNow = (form: FormView, status = 200): Reply =>
    view('filtering/block-now', { title: 'Block a site at once', form, backHref: '/internet' }, status)
  const back = (form: FormView, status = 200): Reply =>
    view('filtering/back', { title: 'Put the filter back as it was', form, backHref: '/internet/changes' }, status)
  const forms = (now: Date, wrong: Partial<ChangeForms> = {}): ChangeForms => ({
    decide: blankForm(decideForm),
    rollBack: blankForm(takeBackForm),
    keep: blankForm(keepForm, { reviewOn: usualReview(now) }),
    ...wrong,
  })

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

    ...changeKinds(service, lists),

    get('/internet/proposals/:id', { access: 'filter.propose' }, request => showDraft(request, replays)),
    post(
      '/internet/proposals/:id/send',
      { access: 'filter.propose', form: sendForm },
      async ({ actor, params, form }) => {
        if (!form.ok) throw new Refusal('invalid', 'Open the page again before you send it.')
        const id = await service.send(actor, idOf(params.id), form.values.digest)
        return redirect(address(id), 'It is proposed. Somebody else must approve it before it takes effect.')
      },
    ),

    get('/internet/changes/back', { access: 'filter.propose' }, async () => back(blankForm(backForm))),
    post('/internet/changes/back', { access: 'filter.propose', form: backForm }, async ({ actor, form, now }) => {
      if (!form.ok) return back(form.view, 400)
      try {
        if (form.values.at > now) throw new Refusal('invalid', 'Enter a time that has passed')
        return redirect(draftAddress(await service.draftRestore(actor, form.values.at, form.values.reason)))
      } catch (error) {
        return back(told(form.view, error, 'at'), 400)
      }
    }),

    get('/internet/block-now', { access: 'filter.block-at-once' }, async ({ query, now }) =>
      blockNow(blankForm(blockNowForm, { owner: 'network-manager', reviewOn: usualReview(now), ...prefilled(query) })),
    ),
    post('/internet/block-now', { access: 'filter.block-at-once', form: blockNowForm }, async ({ actor, form }) => {
      if (!form.ok) return blockNow(form.view, 400)
      const { site, groups, reason, owner, reviewOn } = form.values
      try {
        const caseId = caseOf(form.values.case)
        const id = await service.blockAtOnce(actor, { site, groups, reason, owner, reviewOn, caseId })
        return redirect(address(id), 'It is blocked. Somebody else must approve that within one school day.')
      } catch (error) {
        return blockNow(told(form.view, error, 'site'), 400)
      }
    }),

    get('/internet/changes/:id', { access: 'filter.changes' }, request =>
      showChange(request, replays, forms(request.now)),
    ),
    post('/internet/changes/:id/decide', { access: 'filter.approve-closing', form: decideForm }, async request => {
      const { actor, params, form } = request
      const id = idOf(params.id)
      if (!form.ok) return showChange(request, replays, forms(request.now, { decide: form.view }), 400)
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
    post('/internet/changes/:id/roll-back', { access: 'filter.propose', form: takeBackForm }, async request => {
      const { actor, params, form } = request
      const id = idOf(params.id)
      if (!form.ok) return showChange(request, replays, forms(request.now, { rollBack: form.view }), 400)
      const rollback = await service.rollBack(actor, id, form.values.reason)
      return redirect(address(rollback), 'It is proposed to take it back. Somebody else must approve that.')
    }),
    post('/internet/changes/:id/keep', { access: 'filter.propose', form: keepForm }, async request => {
      const { actor, params, form, now } = request
      const id = idOf(params.id)
      if (!form.ok) return showChange(request, replays, forms(now, { keep: form.view }), 400)
      await service.keep(actor, id, form.values.reviewOn)
      return redirect(address(id), `Kept until it is looked at again on ${dayWords(form.values.reviewOn)}.`)
    }),
  ]
}

/** A proposal that only its author sees, with what it would do. */
async function showDraft(request: Request<ChangePageReads>, replays: Replays): Promise<Reply> {
  const { actor, params, read, schoolId, now } = request
  if (actor.kind !== 'person') throw new Refusal('not-found', 'There is no such proposal of yours.')
  const id = idOf(params.id)
  const { draft, content, found, moved, of, names, classes } = await read(async ({ filtering, people }) => {
    const draft = await filtering.draft(id, actor.personId)
    const content = contentOf(storedPayload(draft.payload)?.payload)
    if (!content || draft.sentAt !== null)
      throw new Refusal('not-found', 'There is no such proposal of yours. It may have been sent already.')
    const surroundings = await filtering.surroundings()
    const reinstated = content.kind === 'restore' ? await filtering.pile(content.reinstate) : []
    return {
      draft,
      content,
      found: effectOf(await filtering.inForce(), '', content, surroundings, reinstated),
      moved: content.kind === 'restore' ? await changesOf(filtering, [...content.end, ...content.reinstate]) : [],
      of: content.kind === 'rollback' ? await filtering.change(content.of) : null,
      names: await people.names(may(actor, 'people.view') ? namesIn(content) : []),
      classes: new Map((await people.groups('class')).map(each => [each.id, each.name])),
    }
  })
  const className = (each: string): string => classes.get(each) ?? each
  const replayed = await replays.ensure({ schoolId, digest: draft.digest, content, own: '', isWaiting: true })
  return view('filtering/proposal', {
    title: sentenceFor(content, of?.content),
    backHref: '/internet',
    details: [
      ...contentFacts(content, {
        nameOf: personId => (personId === null ? 'nobody' : (names.get(personId) ?? 'somebody no longer here')),
        className,
        mayName: may(actor, 'people.view'),
      }),
      { key: 'Why', text: draft.reason },
      ...(isRule(content) ? [{ key: 'Looked at again on', text: dayWords(content.reviewOn) }] : []),
    ],
    effects: filterDifferences(found.after, found.before).map(effectWords).slice(0, 60),
    moved: moved.map(each => ({
      text: each.content ? sentenceFor(each.content) : 'A change that was altered',
      href: address(each.id),
      what: content.kind === 'restore' && content.end.includes(each.id) ? 'is taken off' : 'is put back in force',
    })),
    opens: found.opens,
    replay: replayModel(replayed, { now, className }),
    send: blankForm(sendForm, { digest: draft.digest }),
  })
}
