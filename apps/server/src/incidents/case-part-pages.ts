import { may, personOf } from '../platform/actor.ts'
import { blankForm } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { whyNotDecide } from '../platform/requests.ts'
import { Refusal } from '../platform/refusal.ts'
import { actionPage, resolveOne, withProblem } from './case-action-page.ts'
import { caseReference, categoryNames, missingToClose, needsSecondPerson, seriousnessNames } from './case.ts'
import {
  closeForm,
  decisionForm,
  emptyForm,
  lessonForm,
  lowerForm,
  noteForm,
  offSiteForm,
  parentsDecisionForm,
  parentsForm,
  personForm,
  policiesForm,
  raiseForm,
  reasonForm,
  referralForm,
  secondForm,
  taskForm,
  triageForm,
  withdrawForm,
} from './case-forms.ts'
import type { CasePageReads } from './case-pages.ts'
import type { CasePartService } from './case-parts-service.ts'
import { responseNames } from './case-parts.ts'
import { closable, type CaseService, payloadOf } from './case-service.ts'
import { kindName } from './data/concern-categories.ts'

type R = CasePageReads
const id = ({ params }: { params: Readonly<Record<string, string>> }): string => params['id'] ?? ''

export const casePartPages = (service: CaseService, parts: CasePartService): Page<R>[] => [
  ...actionPage<R, typeof triageForm>({
    path: 'triage',
    action: 'triage',
    title: 'Triage',
    form: triageForm,
    button: 'Record the triage',
    intro: ['If a child may be in danger now, act first: 999, children’s social care, then this page.'],
    before: async (_, file) => ({ known: { category: file.category, kind: file.kind, seriousness: file.seriousness } }),
    apply: async (request, values) => {
      await service.triage(request.actor, id(request), values)
      return { flash: 'Triaged' }
    },
  }),
  ...(['take', 'resume'] as const).flatMap(action =>
    actionPage<R, typeof emptyForm>({
      path: action === 'resume' ? 'carry-on' : 'take',
      action,
      title: action === 'take' ? 'Start work on this case' : 'Carry on with this case',
      form: emptyForm,
      button: action === 'take' ? 'I am working on it' : 'Carry on',
      intro: [
        action === 'take'
          ? 'The case becomes yours. Look at it again at least once a school week until it is closed.'
          : 'The answer has come, or you go on without it.',
      ],
      apply: async request => {
        await service.move(request.actor, id(request), action, null)
        return { flash: action === 'take' ? 'The case is yours' : 'Carried on' }
      },
    }),
  ),
  ...actionPage<R, typeof reasonForm>({
    path: 'wait',
    action: 'wait',
    title: 'Wait for somebody outside',
    form: reasonForm,
    button: 'Wait',
    intro: ['Write for whom the case waits, and for what. Its clocks keep running.'],
    apply: async (request, { reason }) => {
      await service.move(request.actor, id(request), 'wait', reason)
      return { flash: 'Waiting' }
    },
  }),
  ...actionPage<R, typeof noteForm>({
    path: 'notes',
    action: 'note',
    title: 'Add a note',
    form: noteForm,
    button: 'Add the note',
    intro: ['A note is sealed with the case and cannot be changed. Facts and reasons, in plain words.'],
    apply: async (request, { words }) => {
      await parts.note(request.actor, id(request), words)
      return { flash: 'Note added' }
    },
  }),
  ...actionPage<R, typeof taskForm>({
    path: 'tasks',
    action: 'task',
    title: 'Add a task',
    form: taskForm,
    button: 'Add the task',
    apply: async (request, { words, owner, dueOn }) => {
      await parts.task(request.actor, id(request), { words, ownerId: await resolveOne(request, 'owner', owner), dueOn })
      return { flash: 'Task added' }
    },
  }),
  ...actionPage<R, typeof personForm>({
    path: 'people',
    action: 'person',
    title: 'Add a person',
    form: personForm,
    button: 'Add the person',
    apply: async (request, { person, outside, part }) => {
      await parts.person(
        request.actor,
        id(request),
        outside ? { label: person, part } : { personId: await resolveOne(request, 'person', person), part },
      )
      return { flash: 'Person added' }
    },
  }),
  ...actionPage<R, typeof referralForm>({
    path: 'referrals',
    action: 'refer',
    title: 'Record a referral, or why not',
    form: referralForm,
    button: 'Record it',
    intro: ['Both are written down with their reasons: what was referred, and what was deliberately not.'],
    apply: async (request, values) => {
      await parts.refer(request.actor, id(request), { ...values, made: values.made === 'yes' })
      return { flash: values.made === 'yes' ? 'Referral recorded' : 'Decision not to refer recorded' }
    },
  }),
  ...actionPage<R, typeof decisionForm>({
    path: 'decisions',
    action: 'decide',
    title: 'Record a decision',
    form: decisionForm,
    button: 'Record the decision',
    before: async (reads, file) => ({ facts: await likeCases(reads, file.kind) }),
    apply: async (request, values) => {
      await parts.decide(request.actor, id(request), values)
      return { flash: 'Decision recorded' }
    },
  }),
  ...actionPage<R, typeof parentsForm>({
    path: 'parents',
    action: 'parents',
    title: 'Tell parents',
    form: parentsForm,
    button: 'Ask the safeguarding lead',
    intro: [
      'Nobody tells parents yet. A safeguarding lead who did not write this decides first whether it is safe for the child.',
    ],
    apply: async (request, { words }) => {
      await parts.proposeParents(request.actor, id(request), words)
      return { flash: 'The safeguarding lead has been asked' }
    },
  }),
  get('/cases/:id/parents/:notice', { access: 'case.agree-parents', recorded: 'case.viewed' }, request =>
    parentsPage(request, blankForm(parentsDecisionForm), 200),
  ),
  post('/cases/:id/parents/:notice', { access: 'case.agree-parents', form: parentsDecisionForm }, async request => {
    if (!request.form.ok) return parentsPage(request, request.form.view, 400)
    const { safe, reasons } = request.form.values
    await parts.decideParents(request.actor, id(request), request.params['notice'] ?? '', safe === 'yes', reasons)
    return redirect(
      `/cases/${id(request)}`,
      safe === 'yes' ? 'Telling the parents is agreed' : 'The parents are not to be told',
    )
  }),
  ...actionPage<R, typeof policiesForm>({
    path: 'policies',
    action: 'policies',
    title: 'Policies that apply',
    form: policiesForm,
    button: 'Record them',
    before: async (_, file) => ({ known: { policies: file.policies } }),
    apply: async (request, { policies }) => {
      await parts.policies(request.actor, id(request), policies)
      return { flash: 'Policies recorded' }
    },
  }),
  ...actionPage<R, typeof offSiteForm>({
    path: 'off-site',
    action: 'offsite',
    title: 'It happened off site',
    form: offSiteForm,
    button: 'Record the link',
    apply: async (request, { link }) => {
      await parts.offSite(request.actor, id(request), link)
      return { flash: 'The link to the school is recorded' }
    },
  }),
  ...actionPage<R, typeof reasonForm>({
    path: 'hold',
    action: 'hold',
    title: 'Hold everything for proceedings',
    form: reasonForm,
    button: 'Hold everything',
    intro: ['Criminal or civil proceedings may follow. From now on no evidence of this case can be erased.'],
    apply: async (request, { reason }) => {
      await parts.hold(request.actor, id(request), reason)
      return { flash: 'Everything is held' }
    },
  }),
  ...actionPage<R, typeof lessonForm>({
    path: 'improvements',
    action: 'lesson',
    title: 'Add an improvement',
    form: lessonForm,
    button: 'Add the improvement',
    intro: ['Do not name anybody from the case here: the person who does it may not know the case.'],
    apply: async (request, { words, area, owner, dueOn }) => {
      await parts.lesson(request.actor, {
        caseId: id(request),
        words,
        area,
        ownerId: await resolveOne(request, 'owner', owner),
        dueOn,
      })
      return { flash: 'Improvement added' }
    },
  }),
  ...actionPage<R, typeof raiseForm>({
    path: 'raise',
    action: 'raise',
    title: 'Raise the seriousness',
    form: raiseForm,
    button: 'Raise it',
    apply: async (request, { to, reason }) => {
      await service.raise(request.actor, id(request), to, reason)
      return { flash: `The case is ${seriousnessNames[to].toLowerCase()} now` }
    },
  }),
  ...actionPage<R, typeof lowerForm>({
    path: 'lower',
    action: 'lower',
    title: 'Lower the seriousness',
    form: lowerForm,
    button: 'Ask a second person',
    intro: ['Nothing changes until a second person, who sees this case and is not you, agrees.'],
    apply: async (request, { to, reason }) => {
      await service.proposeLower(request.actor, id(request), to, reason)
      return { flash: 'A second person has been asked' }
    },
  }),
  ...actionPage<R, typeof closeForm>({
    path: 'close',
    action: 'close',
    title: 'Close the case',
    form: closeForm,
    button: 'Close the case',
    before: async (reads, file) => ({
      intro: [
        ...missingToClose(
          await closable({ caseParts: reads.caseParts, illegal: reads.illegal, breaches: reads.breaches }, file),
        ).map(each => `Still missing: ${each.charAt(0).toLowerCase()}${each.slice(1)}.`),
        ...(needsSecondPerson('close', file.seriousness)
          ? ['A serious case is closed by two people: somebody else must agree.']
          : []),
      ],
      facts: await likeCases(reads, file.kind),
    }),
    apply: async (request, values) => {
      const waits = await service.close(request.actor, id(request), values)
      return { flash: waits ? 'A second person has been asked to agree' : 'The case is closed' }
    },
  }),
  ...actionPage<R, typeof reasonForm>({
    path: 'reopen',
    action: 'reopen',
    title: 'Reopen the case',
    form: reasonForm,
    button: 'Reopen it',
    apply: async (request, { reason }) => {
      await service.reopen(request.actor, id(request), reason)
      return { flash: 'The case is open again' }
    },
  }),
  get('/cases/:id/second/:request', { access: 'case.view', recorded: 'case.viewed' }, request =>
    secondPage(request, null, 200),
  ),
  post('/cases/:id/second/:request', { access: 'case.approve', form: secondForm }, async request => {
    if (!request.form.ok) return secondPage(request, request.form.view, 400)
    const { verdict, reason, digest } = request.form.values
    try {
      await service.decideSecond(request.actor, id(request), request.params['request'] ?? '', verdict, reason, digest)
    } catch (error) {
      if (error instanceof Refusal && error.code === 'conflict')
        return secondPage(request, withProblem(request.form.view, error.sentence), 409)
      throw error
    }
    return redirect(
      `/cases/${id(request)}`,
      verdict === 'approved' ? 'Agreed, and done' : 'Not agreed; nothing changed',
    )
  }),
  post('/cases/:id/second/:request/withdraw', { access: 'case.decide', form: withdrawForm }, async request => {
    if (!request.form.ok) return secondPage(request, null, 400)
    await service.withdrawSecond(
      request.actor,
      id(request),
      request.params['request'] ?? '',
      request.form.values.digest,
    )
    return redirect(`/cases/${id(request)}`, 'Withdrawn; nothing changed')
  }),
]

type Asked = Parameters<Extract<Page<R>, { method: 'GET' }>['handle']>[0]

/** What was done in other closed cases of the same kind, so that like cases are treated alike. */
async function likeCases(reads: R, kind: string): Promise<{ name: string; value: string }[]> {
  const counts = await reads.cases.responsesTo(kind)
  return counts.map(({ response, count }) => ({
    name: responseNames[response as keyof typeof responseNames] ?? response,
    value: `${count} of the last closed cases of this kind`,
  }))
}

async function parentsPage(request: Asked, form: ReturnType<typeof blankForm>, status: number) {
  const model = await request.read(async reads => {
    const file = await reads.cases.get(request.actor, id(request))
    const notice = (await reads.caseParts.notices(file.id)).find(each => each.id === request.params['notice'])
    if (!notice) throw new Refusal('not-found', 'There is no such notice in this case.')
    const words = (await reads.caseParts.noticeWords(file)).get(notice.id)
    return { file, notice, words: words?.words ?? '' }
  })
  const author = model.notice.proposedBy === personOf(request.actor).personId
  return view(
    'incidents/case-form',
    {
      title: 'Is telling the parents safe?',
      marking: 'Sensitive',
      backHref: `/cases/${model.file.id}`,
      reference: caseReference(model.file.id),
      form,
      fields: author || model.notice.state !== 'proposed' ? [] : Object.values(form.fields),
      intro: author
        ? ['You wrote this notice, so another safeguarding lead must decide whether it is safe.']
        : model.notice.state === 'proposed'
          ? ['Think of who at home might be part of it, and of what the child wants.']
          : ['This was decided already.'],
      facts: [{ name: 'Parents would be told', value: model.words }],
      button: author || model.notice.state !== 'proposed' ? null : 'Record the decision',
    },
    status,
  )
}

async function secondPage(request: Asked, form: ReturnType<typeof blankForm> | null, status: number) {
  const { file, asked, outcome, lesson, reason, proposer } = await request.read(async reads => {
    const found = await reads.cases.get(request.actor, id(request))
    const waiting = (await reads.requests.about(`case:${found.id}`)).find(each => each.id === request.params['request'])
    if (!waiting) throw new Refusal('not-found', 'There is no such request in this case.')
    const payload = payloadOf(waiting.payload)
    const open = (sealed: string | null) =>
      sealed ? reads.cases.openSealed(found, Buffer.from(sealed, 'base64')) : Promise.resolve(null)
    const names = await reads.people.names([waiting.proposedBy])
    return {
      file: found,
      asked: waiting,
      outcome: await open(payload.outcome),
      lesson: await open(payload.lesson),
      reason: await open(payload.reason),
      proposer: names.get(waiting.proposedBy) ?? 'Somebody no longer in the register',
    }
  })
  const payload = payloadOf(asked.payload)
  const why = may(request.actor, 'case.approve')
    ? whyNotDecide(request.actor, asked)
    : 'Your role cannot be the second person here.'
  const shown = form ?? blankForm(secondForm, { digest: asked.digest })
  return view(
    'incidents/case-second',
    {
      title: asked.kind === 'case.close' ? 'Close a serious case?' : 'Lower the seriousness?',
      marking: 'Sensitive',
      backHref: `/cases/${file.id}`,
      reference: caseReference(file.id),
      form: shown,
      fields: Object.values(shown.fields),
      why,
      mayWithdraw:
        asked.state === 'waiting' && request.actor.kind === 'person' && request.actor.personId === asked.proposedBy,
      action: `/cases/${file.id}/second/${asked.id}`,
      withdrawForm: blankForm(withdrawForm, { digest: asked.digest }),
      facts: [
        {
          key: 'Case',
          text: `${kindName(file.kind)} (${categoryNames[file.category].toLowerCase()})`,
        },
        { key: 'Asked by', text: proposer },
        { key: 'Seriousness now', text: seriousnessNames[file.seriousness] },
        ...(asked.kind === 'case.lower'
          ? [
              {
                key: 'Would become',
                text: seriousnessNames[payload.to as keyof typeof seriousnessNames] ?? payload.to,
              },
              { key: 'Why', text: reason ?? '' },
            ]
          : []),
        ...(payload.response
          ? [
              {
                key: 'What was done',
                text: responseNames[payload.response as keyof typeof responseNames] ?? payload.response,
              },
            ]
          : []),
        ...(outcome ? [{ key: 'Outcome', text: outcome }] : []),
        ...(lesson ? [{ key: 'What was learnt', text: lesson }] : []),
      ],
    },
    status,
  )
}
