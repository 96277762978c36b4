import { caseInWords } from './case-words.ts'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import { roleNames } from '../permissions.ts'
import { type Actor, may, personOf } from '../platform/actor.ts'
import { blankForm } from '../platform/form.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { get, type Page, post, redirect, type Request, view } from '../platform/page.ts'
import type { RequestReads } from '../platform/requests.ts'
import { withProblem, FieldProblems, resolveAll } from './case-action-page.ts'
import { withErrors } from '../platform/form.ts'
import { allowedActions, type CaseAction, caseActions, caseReference, missingToClose, partNames } from './case.ts'
import type { ActionReads } from './case-action-page.ts'
import { agencyNames, casePolicyNames, openingReasonNames, procedureNames, responseNames } from './case-parts.ts'
import { emptyForm, newCaseForm, openForm } from './case-forms.ts'
import type { CasePartReads } from './case-parts-store.ts'
import type { CasePartService } from './case-parts-service.ts'
import { closable, type CaseService, secondKinds } from './case-service.ts'
import type { Case } from './case-store.ts'
import { actorName, readingTypes, reminderTypes, sentenceOf } from './case-timeline.ts'
import type { BreachReads } from './breach-store.ts'
import { typeWords } from './evidence.ts'
import type { EvidenceReads } from './evidence-store.ts'
import type { IllegalReads } from './illegal-store.ts'
import { reportReference } from './report.ts'
import type { ReportReads } from './report-store.ts'
import type { SanctionReads } from './sanction-store.ts'
import type { SearchReads } from './search-store.ts'
import { Refusal } from '../platform/refusal.ts'

export interface CasePageReads extends ActionReads {
  readonly caseParts: CasePartReads
  readonly illegal: IllegalReads
  readonly breaches: BreachReads
  readonly evidence: EvidenceReads
  readonly sanctions: SanctionReads
  readonly searches: SearchReads
  readonly deadlines: DeadlineReads
  readonly ledger: LedgerReads
  readonly requests: RequestReads
  readonly reports: ReportReads
}

/** Where each act's page is, after `/cases/:id/`; the rest are buttons on the case itself. */
const actionPaths: Partial<Record<CaseAction, string>> = {
  resume: 'carry-on',
  offsite: 'off-site',
  person: 'people',
  parents: 'parents',
  sanction: 'sanctions',
  suspend: 'suspend',
  search: 'search',
  task: 'tasks',
  refer: 'referrals',
  decide: 'decisions',
  note: 'notes',
  lesson: 'improvements',
}
export const pathOf = (id: string, action: CaseAction): string => `/cases/${id}/${actionPaths[action] ?? action}`

/** What moves a case on: the page offers it as its one button. In hand, that is the decision, and then closing. */
const mainActions: ReadonlySet<CaseAction> = new Set(['triage', 'take', 'resume', 'reopen'])
/** What few cases need: folded away, so that the rest can be taken in at a glance. */
const seldomActions: ReadonlySet<CaseAction> = new Set([
  'policies',
  'offsite',
  'sanction',
  'search',
  'raise',
  'lower',
  'hold',
  'lesson',
])

/** A case as its page shows it. What is sealed is there only while this person has it open. */
async function shownCase(request: Request<CasePageReads>, file: Case) {
  const { actor } = request
  const person = personOf(actor)
  return request.read(async reads => {
    const openUntil = await reads.caseParts.openUntil(file.id, person.personId)
    const entries = await reads.ledger.list({ subject: `case:${file.id}`, limit: 300 })
    const [
      parties,
      tasks,
      referrals,
      decisions,
      notices,
      alerts,
      evidence,
      sanctions,
      searches,
      path,
      breach,
      deadlines,
      lessons,
    ] = [
      await reads.caseParts.parties(file.id),
      await reads.caseParts.tasks(file.id),
      await reads.caseParts.referrals(file.id),
      await reads.caseParts.decisions(file.id),
      await reads.caseParts.notices(file.id),
      await reads.caseParts.alerts(file.id),
      await reads.evidence.ofCase(file.id),
      await reads.sanctions.ofCase(file.id),
      await reads.searches.ofCase(file.id),
      await reads.illegal.path(file.id),
      await reads.breaches.of(file.id),
      await reads.deadlines.about(`case:${file.id}`),
      await reads.caseParts.lessons({ caseId: file.id }),
    ]
    const reportId = file.origin.startsWith('report:') && may(actor, 'report.view') ? file.origin.slice(7) : null
    const report = reportId === null ? null : await openable(reads.reports, actor, reportId)
    const waiting = (await reads.requests.about(`case:${file.id}`)).filter(
      each => each.state === 'waiting' && (secondKinds as readonly string[]).includes(each.kind),
    )
    const names = await reads.people.names([
      ...entries.flatMap(({ actor: by }) => (by.startsWith('person:') ? [by.slice(7)] : [])),
      ...parties.flatMap(({ personId }) => (personId ? [personId] : [])),
      ...tasks.map(({ ownerId }) => ownerId),
      ...alerts.flatMap(({ personId }) => (personId ? [personId] : [])),
      ...sanctions.map(({ personId }) => personId),
      ...(file.ownerId ? [file.ownerId] : []),
    ])
    const nameOf = (id: string | null) =>
      id === null ? 'nobody' : (names.get(id) ?? 'somebody no longer in the register')
    const ofTypes = (types: readonly string[]) => entries.filter(({ type }) => types.includes(type))
    const done = entries.filter(
      ({ type }) => !([...readingTypes, ...reminderTypes] as readonly string[]).includes(type),
    )
    const titles = new Map(deadlines.map(({ id, title }) => [id, title]))
    const told = (entry: (typeof entries)[number]) => {
      const deadline = entry.detail['deadline']
      const about = typeof deadline === 'string' ? titles.get(deadline) : undefined
      return {
        at: new Date(entry.at),
        title: `${sentenceOf(entry)}${about ? `: ${about.charAt(0).toLowerCase()}${about.slice(1)}` : ''}`,
        by: actorName(entry.actor, names),
      }
    }
    const words = openUntil ? await sealedWords(reads, file) : null
    const noteWords = new Map((words?.notes ?? []).map(note => [note.id, note.words]))
    const actions = allowedActions(actor, file).filter(
      action => !(path && (action === 'evidence' || action === 'illegal' || action === 'search')),
    )
    const ready = missingToClose(
      await closable({ caseParts: reads.caseParts, illegal: reads.illegal, breaches: reads.breaches }, file),
    )
    return {
      title: `Case ${caseReference(file.id)}`,
      marking: 'Sensitive',
      backHref: '/cases',
      file: {
        id: file.id,
        ...caseInWords(file),
        owner: file.ownerId
          ? `${nameOf(file.ownerId)}, as ${inSentence(roleNames[file.ownerRole])}`
          : `Nobody acts as ${inSentence(roleNames[file.ownerRole])}. Appoint somebody now.`,
        audience: file.audience.map(role => roleNames[role]),
        reportedAt: file.reportedAt,
        happenedAt: file.happenedAt,
        closedAt: file.closedAt,
        response:
          file.response === null ? null : (responseNames[file.response as keyof typeof responseNames] ?? file.response),
        policies: file.policies.map(policy => casePolicyNames[policy as keyof typeof casePolicyNames] ?? policy),
        offSite: file.offSite,
        heldAt: file.heldAt,
      },
      report,
      openUntil,
      openForm: openUntil ? null : blankForm(openForm),
      words,
      timeline: done.map(entry => ({
        ...told(entry),
        ...(typeof entry.detail['note'] === 'string' && noteWords.has(entry.detail['note'])
          ? { text: noteWords.get(entry.detail['note']) }
          : {}),
      })),
      readings: ofTypes(readingTypes).map(told),
      reminders: ofTypes(reminderTypes).map(told),
      actions: actions.map(action => ({
        action,
        href: action === 'illegal' ? `/cases/${file.id}/illegal` : pathOf(file.id, action),
        text: caseActions[action].text,
        warning: action === 'illegal',
        main:
          mainActions.has(action) ||
          (file.status === 'in-hand' && action === (ready.length === 0 ? 'close' : 'decide')),
        seldom: seldomActions.has(action),
      })),
      seldom: actions.some(action => seldomActions.has(action)),
      missing: file.status === 'in-hand' ? ready : [],
      parties: parties.map(party => ({
        part: partNames[party.part],
        who: party.personId ? nameOf(party.personId) : (words?.labels.get(party.id) ?? 'Somebody not in the register'),
      })),
      tasks: tasks.map(task => ({
        ...task,
        owner: nameOf(task.ownerId),
        words: words?.tasks.get(task.id) ?? null,
        mayFinish: task.doneAt === null && file.status !== 'closed',
      })),
      referrals: referrals.map(referral => ({
        ...referral,
        agency: agencyNames[referral.agency],
        ...words?.referrals.get(referral.id),
      })),
      decisions: decisions.map(decision => ({
        at: decision.at,
        by: nameOf(decision.byId),
        what: decision.procedure
          ? procedureNames[decision.procedure as keyof typeof procedureNames]
          : decision.kind === 'no-action'
            ? 'Nothing more is done'
            : 'Decision',
        words: words?.decisions.get(decision.id) ?? null,
      })),
      notices: notices.map(notice => ({
        ...notice,
        mayDecide:
          notice.state === 'proposed' && may(actor, 'case.agree-parents') && notice.proposedBy !== person.personId,
        mayGive: notice.state === 'agreed',
      })),
      alerts: alerts.map(alert => ({
        ...alert,
        role: roleNames[alert.role],
        person: alert.personId ? nameOf(alert.personId) : null,
      })),
      evidence: evidence.map(each => ({ ...each, kind: typeWords(each.foundType) })),
      sanctions: sanctions.map(sanction => ({ ...sanction, person: nameOf(sanction.personId) })),
      searches,
      path: path && { ...path, href: `/cases/${file.id}/illegal` },
      breach: breach && { ...breach, href: `/cases/${file.id}/breach` },
      mayChangeFilter: may(actor, 'filter.propose'),
      mayBreach: may(actor, 'breach.view') && (breach !== null || file.category === 'data'),
      lessons: lessons.map(lesson => ({ ...lesson, words: openUntil ? lesson.words : null })),
      deadlines,
      waiting: waiting.map(each => ({
        id: each.id,
        text:
          each.kind === 'case.close'
            ? 'Closing this case waits for a second person'
            : 'Lowering the seriousness waits for a second person',
        href: `/cases/${file.id}/second/${each.id}`,
      })),
      now: request.now,
    }
  })
}

/** The report that a case came from, for those who may open it. */
const openable = (reports: ReportReads, actor: Actor, id: string) =>
  reports.get(actor, id).then(
    report => ({ reference: reportReference(report.id), href: `/reports/${report.id}` }),
    error => (error instanceof Refusal ? null : Promise.reject(error)),
  )

async function sealedWords({ cases, caseParts }: CasePageReads, file: Case) {
  return {
    ...(await cases.words(file)),
    notes: await caseParts.notes(file),
    labels: await caseParts.partyLabels(file),
    tasks: await caseParts.taskWords(file),
    referrals: await caseParts.referralWords(file),
    decisions: await caseParts.decisionWords(file),
    notices: await caseParts.noticeWords(file),
  }
}

export const casePages = (service: CaseService, partService: CasePartService): Page<CasePageReads>[] => [
  get('/cases/new', { access: 'case.work' }, async () =>
    view('incidents/case-new', {
      title: 'Write down an incident',
      marking: 'Sensitive',
      backHref: '/cases',
      form: blankForm(newCaseForm),
      fields: Object.values(blankForm(newCaseForm).fields),
    }),
  ),
  post('/cases/new', { access: 'case.work', form: newCaseForm }, async request => {
    const again = (form: typeof request.form.view, status: number) =>
      view(
        'incidents/case-new',
        {
          title: 'Write down an incident',
          marking: 'Sensitive',
          backHref: '/cases',
          form,
          fields: Object.values(form.fields),
        },
        status,
      )
    if (!request.form.ok) return again(request.form.view, 400)
    const { values } = request.form
    try {
      const { subject, harmed } = await resolveAll(request, { subject: values.subject, harmed: values.harmed })
      const id = await service.create(request.actor, {
        kind: values.kind,
        summary: values.summary,
        subjectId: subject,
        harmedId: harmed,
        happenedAt: values.happenedAt,
        offSite: values.offSite,
      })
      const seen = await request
        .read(({ cases }) => cases.get(request.actor, id))
        .then(
          () => true,
          error => (error instanceof Refusal ? false : Promise.reject(error)),
        )
      return redirect(
        seen ? `/cases/${id}` : '/cases',
        seen ? 'The incident is in the log' : 'The incident is in the log, with the people whose matter it is',
      )
    } catch (error) {
      if (error instanceof FieldProblems) return again(withErrors(request.form.view, error.problems), 400)
      if (error instanceof Refusal && error.code === 'invalid')
        return again(withProblem(request.form.view, error.sentence), 400)
      throw error
    }
  }),
  get('/cases/:id', { access: 'case.view', recorded: 'case.viewed' }, async request => {
    const file = await request.read(({ cases }) => cases.get(request.actor, request.params['id'] ?? ''))
    return view('incidents/case-show', await shownCase(request, file))
  }),
  post('/cases/:id/open', { access: 'case.view', form: openForm }, async request => {
    const id = request.params['id'] ?? ''
    if (!request.form.ok) {
      const file = await request.read(({ cases }) => cases.get(request.actor, id))
      return view(
        'incidents/case-show',
        { ...(await shownCase(request, file)), form: request.form.view, openForm: request.form.view },
        400,
      )
    }
    const { reason, words } = request.form.values
    await partService.open(request.actor, id, reason, words)
    return redirect(`/cases/${id}`, `Open to you for 30 minutes: ${openingReasonNames[reason].toLowerCase()}`)
  }),
  post('/cases/:id/tasks/:task/done', { access: 'case.work', form: emptyForm }, async ({ actor, params }) => {
    await partService.finishTask(actor, params['id'] ?? '', params['task'] ?? '')
    return redirect(`/cases/${params['id']}`, 'Task done')
  }),
  post('/cases/:id/parents/:notice/given', { access: 'case.work', form: emptyForm }, async ({ actor, params }) => {
    await partService.giveParents(actor, params['id'] ?? '', params['notice'] ?? '')
    return redirect(`/cases/${params['id']}`, 'Recorded: parents were told')
  }),
]

/** Alerts name no case's content: only that a serious one is open. */
export const alertPages = (partService: CasePartService): Page<CasePageReads>[] => [
  get('/alerts/:id', { access: 'alert.acknowledge', recorded: 'alert.viewed' }, async request => {
    const alert = await request.read(async reads => {
      const found = await reads.caseParts.alert(request.params['id'] ?? '')
      const acting = await reads.people.whoActsAs(found.role)
      if (!mayAnswer(request.actor, found.personId, found.role, acting?.personId ?? null))
        throw new Refusal('not-found', 'There is no such alert at this school.')
      const deadline = (await reads.deadlines.about(`alert:${found.id}`))[0]
      const caseHref = await reads.cases.get(request.actor, found.caseId).then(
        file => `/cases/${file.id}`,
        error => (error instanceof Refusal ? null : Promise.reject(error)),
      )
      return { ...found, deadline, caseHref }
    })
    return view('incidents/case-alert', {
      title: 'A serious incident is open',
      marking: 'Sensitive',
      backHref: '/',
      alert,
      role: roleNames[alert.role],
    })
  }),
  post('/alerts/:id', { access: 'alert.acknowledge', form: emptyForm }, async ({ actor, params }) => {
    await partService.acknowledge(actor, params['id'] ?? '')
    return redirect('/', 'Thank you. It is recorded that you know.')
  }),
]
const mayAnswer = (actor: Actor, alerted: string | null, role: string, acting: string | null): boolean =>
  actor.kind === 'person' &&
  (actor.personId === alerted || actor.personId === acting || (actor.roles as readonly string[]).includes(role))

/** “Safeguarding lead (DSL)” within a sentence: only its first letter changes. */
const inSentence = (words: string): string => `${words.charAt(0).toLowerCase()}${words.slice(1)}`
