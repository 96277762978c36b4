import { date, hidden, longText } from '../platform/fields.ts'
import { blankForm, type Field, type FormView, form } from '../platform/form.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may } from '../platform/actor.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import type { RequestReads } from '../platform/requests.ts'
import { whyNotDecide } from '../platform/requests.ts'
import { type Assessment, type AssessmentPart, assessmentParts, type ScopeService } from './scope-service.ts'
import type { Scope, ScopeReads } from './scope-store.ts'

interface Reads {
  readonly scopes: ScopeReads
  readonly people: PeopleReads
  readonly requests: RequestReads
}

const states: Readonly<Record<Scope['state'], readonly [string, string]>> = {
  waiting: ['Waiting for a decision', 'soon'],
  approved: ['Approved, people not told yet', 'soon'],
  'in-force': ['In force', 'good'],
  refused: ['Refused', 'quiet'],
  ended: ['Ended', 'quiet'],
}

const words = (name: AssessmentPart) =>
  longText(`Enter: ${assessmentParts[name].toLowerCase()}`, { label: assessmentParts[name], max: 5000 })
/** The school's groups are its own, so what is sent is read by its shape and checked by the service. */
const someGroups: Field<readonly string[]> = {
  kind: 'checkboxes',
  label: 'Which groups is it about?',
  options: [],
  parse: sent =>
    sent.length > 0 && sent.length <= 50 && sent.every(id => id.length <= 100)
      ? { value: sent }
      : { error: 'Select at least one group' },
}
const fields = {
  groups: someGroups,
  what: words('what'),
  why: words('why'),
  risks: words('risks'),
  measures: words('measures'),
  asked: words('asked'),
  reviewOn: date('Enter the day of the next review', {
    label: 'When is it looked at again?',
    hint: 'Within a year. From the day after it nobody is monitored under it. For example, 1 9 2027',
  }),
}
const proposeForm = form(fields)
const adviceForm = form({
  advice: longText('Enter your advice', { label: 'Your advice, for or against, and why', max: 5000 }),
})
const decideForm = form({
  digest: hidden('Open the assessment again, and decide about that one', 64),
  verdict: hidden('Approve or refuse', 20),
  reason: longText('Enter why', { label: 'Why?', max: 2000 }),
})
const noticeForm = form({
  notice: longText('Enter how the people concerned were told', {
    label: 'How were the people concerned told?',
    hint: 'For example: assembly on 3 September for pupils, letter to parents of 1 September, notice at every sign-in.',
    max: 2000,
  }),
})
const endForm = form({ reason: longText('Enter why it ends', { label: 'Why does it end?', max: 2000 }) })

/** Whom the school may monitor, and the papers that say so. */
export function scopePages(service: ScopeService): Page<Reads>[] {
  type ReadPage = <T>(work: (reads: Reads) => Promise<T>) => Promise<T>
  const withGroups = async (read: ReadPage, shown: FormView): Promise<FormView> => {
    const groups = await read(({ people }) => people.groups('filter'))
    const field = shown.fields.groups
    if (!field) return shown
    const chosen = new Set([field.value].flat())
    return {
      ...shown,
      fields: {
        ...shown.fields,
        groups: {
          ...field,
          options: groups.map(({ id, name }) => ({ value: id, text: name, checked: chosen.has(id) })),
        },
      },
    }
  }
  const proposePage = async (read: ReadPage, shown: FormView, status = 200) =>
    view(
      'monitoring/scope-new',
      { title: 'Assess monitoring of a group', backHref: '/monitoring/scope', form: await withGroups(read, shown) },
      status,
    )

  /** @param sent forms that came back with something wrong, so that nothing typed is lost. */
  const showPage = async (
    { actor, params, read }: { actor: Actor; params: Readonly<Record<string, string>>; read: ReadPage },
    sent: Readonly<Partial<Record<'advice' | 'decide' | 'notice' | 'end', FormView>>> = {},
  ) => {
    const found = await read(async ({ scopes, requests, people }) => {
      const scope = await scopes.scope(params.id ?? '')
      const request = await requests.get(scope.requestId)
      const names = await people.names([
        request.proposedBy,
        ...[request.decidedBy, scope.advisedBy, scope.noticedBy].flatMap(id => (id ? [id] : [])),
      ])
      const groups = new Map((await people.groups('filter')).map(({ id, name }) => [id, name]))
      return { scope, request, names, groups }
    })
    const { scope, request, names, groups } = found
    const nameOf = (id: string | null): string | null => (id ? (names.get(id) ?? 'somebody no longer here') : null)
    // Only `propose` writes this kind of request.
    const { assessment } = request.payload as { assessment: Assessment }
    const mayDecide = may(actor, 'monitoring.approve-scope') && whyNotDecide(actor, request) === null
    return view(
      'monitoring/scope',
      {
        title: 'Assessment of monitoring',
        backHref: '/monitoring/scope',
        action: `/monitoring/scope/${scope.id}`,
        scope,
        groups: scope.groups.map(id => groups.get(id) ?? id),
        state: { text: states[scope.state][0], kind: states[scope.state][1] },
        // Object.entries forgets that the keys are those of the parts.
        parts: Object.entries(assessmentParts).map(([name, label]) => ({
          key: label,
          text: assessment[name as AssessmentPart],
        })),
        proposedBy: nameOf(request.proposedBy),
        proposedAt: request.proposedAt,
        advisedBy: nameOf(scope.advisedBy),
        decidedBy: nameOf(request.decidedBy),
        decisionReason: request.decisionReason,
        noticedBy: nameOf(scope.noticedBy),
        advice:
          scope.state === 'waiting' && scope.advisedAt === null && may(actor, 'monitoring.advise')
            ? (sent.advice ?? blankForm(adviceForm))
            : null,
        decide:
          scope.state === 'waiting' && mayDecide
            ? (sent.decide ?? blankForm(decideForm, { digest: request.digest }))
            : null,
        notice:
          scope.state === 'approved' && may(actor, 'monitoring.notice') ? (sent.notice ?? blankForm(noticeForm)) : null,
        end:
          (scope.state === 'approved' || scope.state === 'in-force') && may(actor, 'monitoring.notice')
            ? (sent.end ?? blankForm(endForm))
            : null,
        form: Object.values(sent)[0],
      },
      Object.keys(sent).length > 0 ? 400 : 200,
    )
  }

  return [
    get('/monitoring/scope', { access: 'monitoring.figures' }, async ({ actor, read }) => {
      const { scopes, covered, names, all } = await read(async reads => ({
        scopes: await reads.scopes.scopes(),
        covered: await reads.scopes.coveredGroups(),
        all: await reads.people.groups('filter'),
        names: new Map((await reads.people.groups('filter')).map(({ id, name }) => [id, name])),
      }))
      return view('monitoring/scopes', {
        title: 'Whom we may monitor',
        covered: covered.map(id => names.get(id) ?? id),
        uncovered: all.filter(({ id }) => !covered.includes(id)).map(({ name }) => name),
        scopes: scopes.map(scope => ({
          href: `/monitoring/scope/${scope.id}`,
          groups: scope.groups.map(id => names.get(id) ?? id).join(', '),
          state: { text: states[scope.state][0], kind: states[scope.state][1] },
          reviewOn: scope.reviewOn,
        })),
        mayPropose: may(actor, 'monitoring.propose-scope'),
        mayPaging: may(actor, 'paging.view'),
      })
    }),
    get('/monitoring/scope/new', { access: 'monitoring.propose-scope' }, ({ read }) =>
      proposePage(read, blankForm(proposeForm)),
    ),
    post(
      '/monitoring/scope/new',
      { access: 'monitoring.propose-scope', form: proposeForm },
      async ({ actor, form: sent, read }) => {
        if (!sent.ok) return proposePage(read, sent.view, 400)
        const { groups, reviewOn, ...assessment } = sent.values
        const id = await service.propose(actor, { groups, reviewOn, assessment })
        return redirect(`/monitoring/scope/${id}`, 'Proposed. The data protection officer is asked for advice.')
      },
    ),
    get('/monitoring/scope/:id', { access: 'monitoring.figures' }, request => showPage(request)),
    post('/monitoring/scope/:id/advice', { access: 'monitoring.advise', form: adviceForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) return showPage(request, { advice: sent.view })
      await service.advise(actor, params.id ?? '', sent.values.advice)
      return redirect(`/monitoring/scope/${params.id}`, 'Your advice stands beside the assessment.')
    }),
    post('/monitoring/scope/:id/decide', { access: 'monitoring.approve-scope', form: decideForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) return showPage(request, { decide: sent.view })
      const verdict = sent.values.verdict === 'approved' ? 'approved' : 'refused'
      await service.decide(actor, params.id ?? '', verdict, sent.values.reason, sent.values.digest)
      return redirect(
        `/monitoring/scope/${params.id}`,
        verdict === 'approved' ? 'Approved. Now tell the people concerned.' : 'Refused.',
      )
    }),
    post('/monitoring/scope/:id/notice', { access: 'monitoring.notice', form: noticeForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) return showPage(request, { notice: sent.view })
      await service.noticed(actor, params.id ?? '', sent.values.notice)
      return redirect(`/monitoring/scope/${params.id}`, 'In force: these groups are monitored from now on.')
    }),
    post('/monitoring/scope/:id/end', { access: 'monitoring.notice', form: endForm }, async request => {
      const { actor, params, form: sent } = request
      if (!sent.ok) return showPage(request, { end: sent.view })
      await service.end(actor, params.id ?? '', sent.values.reason)
      return redirect(`/monitoring/scope/${params.id}`, 'Ended: these groups are not monitored under it any more.')
    }),
  ]
}
