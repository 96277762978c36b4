import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may, personOf } from '../platform/actor.ts'
import { form, type FormView, parseForm, type Submission } from '../platform/form.ts'
import { type FormRequest, get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { type HelpAudience, helpKindNames } from './data/help-lines.ts'
import { concernKind, kindName } from './data/concern-categories.ts'
import { helpShown } from './help.ts'
import type { HelpReads } from './help-store.ts'
import { guidanceSentences, nextSentences } from './report-answer.ts'
import type { ReportDrill } from './report-drill.ts'
import { largestMessage } from './report-message.ts'
import {
  answersIn,
  carried,
  checkStep,
  filledReport,
  type Step,
  stepForm,
  steps,
  stepsFor,
  takesFile,
  takesMessage,
} from './report-questions.ts'
import type { Receipt } from './report-receive.ts'
import type { ReportService } from './report-service.ts'
import type { ReportReads } from './report-store.ts'

/** Each form has its own fields; this one takes whatever is sent, and the questions parse it. */
const anyForm = form({})
type FrontReads = { help: HelpReads; people: PeopleReads; reports: ReportReads }
type Post = FormRequest<FrontReads, typeof anyForm>

/** A class of questions a minute: a school is one address to us, and a class makes a report together. */
const base = (staff: boolean): string => (staff ? '/report/staff' : '/report')

const formTokenOf = (submission: Submission): string | null => {
  const token = submission.values.get('_once')?.[0] ?? ''
  return /^[0-9a-f]{32}$/.test(token) ? token : null
}

export function reportPages(service: ReportService, drill: ReportDrill): Page<FrontReads>[] {
  /** A question, with what was answered so far. */
  const stepReply = (
    request: Pick<Request<FrontReads>, 'actor' | 'schoolId'>,
    submission: Submission,
    step: Step,
    staff: boolean,
    shown?: FormView,
    status = 200,
  ): Reply => {
    const answers = answersIn(submission, staff)
    const order = stepsFor(answers, staff)
    const questions = shown ?? parseForm(stepForm(step, answers, staff), submission).view
    const fields = Object.values(questions.fields)
    // A page not answered yet shows no error.
    const asked: FormView = shown
      ? questions
      : { fields: Object.fromEntries(fields.map(({ error: _, ...field }) => [field.name, field])), errors: [] }
    const last = step === 'send'
    const first = fields[0]
    const practice = practiceOf(request.actor, submission)
    return view(
      'incidents/report-step',
      {
        title: last
          ? takesMessage(answers.kind)
            ? 'The message, and an answer'
            : 'One last question'
          : (first?.label ?? 'Report a concern'),
        child: answers.audience === 'child',
        form: asked,
        fields: Object.values(asked.fields),
        // The first question is the heading of its page, unless the page has one of its own.
        headed: fields.length === 1 || !last,
        step,
        number: order.indexOf(step) + 1,
        count: order.length,
        carried: carried(submission, step),
        action: `${base(staff)}${last ? (takesFile(answers) ? '/message' : '/send') : ''}?school=${request.schoolId}`,
        backAction: `${base(staff)}?school=${request.schoolId}`,
        upload: last && takesFile(answers),
        danger: answers.danger,
        mayGoBack: order.indexOf(step) > 0,
        last,
        practice,
        staff,
      },
      status,
    )
  }

  const practiceOf = (actor: Actor, submission: Submission): string | null => {
    const group = submission.values.get('practice')?.[0] ?? ''
    return group !== '' && may(actor, 'report.practise') ? group : null
  }

  const answerReply = async (
    request: Pick<Request<FrontReads>, 'read' | 'now' | 'schoolId'>,
    receipt: Pick<Receipt, 'receivedAt' | 'code' | 'guidance' | 'outsideAdvice' | 'kind'>,
    audience: HelpAudience,
    reached: boolean,
    practice: { arrived: boolean } | null,
  ): Promise<Reply> => {
    const checks = await request.read(({ help }) => help.checks())
    const kinds = concernKind(receipt.kind)?.help ?? []
    return view('incidents/report-sent', {
      title: practice
        ? 'That was practice'
        : audience === 'child'
          ? 'Thank you for telling us'
          : 'Thank you. We have your report',
      child: audience === 'child',
      receivedAt: receipt.receivedAt,
      code: receipt.code,
      againHref: `/report/again?school=${request.schoolId}`,
      sentences: guidanceSentences(receipt.guidance, audience),
      urgent: receipt.guidance.some(each => each === 'call-999' || each === 'do-not-look'),
      next: nextSentences(receipt, audience, reached),
      help: helpShown(audience, kinds, checks, request.now),
      helpHref: `/help?who=${audience}&school=${request.schoolId}`,
      helpKinds: helpKindNames()
        .filter(({ id }) => kinds.includes(id))
        .map(each => each[audience]),
      practice,
    })
  }

  const step =
    (staff: boolean) =>
    async (request: Post): Promise<Reply> => {
      const { submission, now } = request
      const answers = answersIn(submission, staff)
      const order = stepsFor(answers, staff)
      const at = steps.find(each => each === submission.values.get('step')?.[0]) ?? order[0] ?? 'danger'
      if (submission.values.has('back'))
        return stepReply(request, submission, order[Math.max(0, order.indexOf(at) - 1)] ?? at, staff)
      // Somebody who works here signs in, so that the report says who made it; whoever cannot goes on as somebody else.
      const checked = checkStep(at, submission, answers, staff, now)
      if (!checked.ok) return stepReply(request, submission, at, staff, checked.view, 400)
      if (at === 'who' && answers.who === 'staff' && !practiceOf(request.actor, submission))
        return redirect('/report/staff')
      const next = order[order.indexOf(at) + 1]
      return stepReply(request, submission, next ?? 'send', staff)
    }

  const send =
    (staff: boolean) =>
    async (request: Post): Promise<Reply> => {
      const { submission, now, actor, schoolId } = request
      if (submission.files.size > 0 && !takesFile(answersIn(submission, staff)))
        throw new Refusal(
          'invalid',
          'No file can be sent with a report of this kind, and none was kept: it might hold what nobody may look at. Say in words where it is.',
        )
      const filled = filledReport(submission, staff, now)
      if (!filled.ok) return stepReply(request, submission, filled.step, staff, filled.view, 400)
      const audience = answersIn(submission, staff).audience
      const group = submission.values.get('practice')?.[0] ?? ''
      if (group !== '') {
        const { arrived, receipt } = await drill.practise(actor, group, {
          ...filled.report,
          madeBy: null,
          formToken: null,
        })
        return answerReply(request, receipt, audience, true, { arrived })
      }
      const formToken = formTokenOf(submission)
      try {
        const receipt = await service.receive(actor, {
          ...filled.report,
          madeBy: staff ? personOf(actor).personId : null,
          formToken,
        })
        return await answerReply(request, receipt, audience, receipt.routing.owner !== null, null)
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'already-done' || formToken === null) throw error
        const before = await service.receivedBefore(schoolId, formToken)
        if (!before) throw error
        return answerReply(request, before, audience, true, null)
      }
    }

  const begin = (request: Request<FrontReads>, staff: boolean): Reply => {
    const { query } = request
    const known = new Map<string, readonly string[]>()
    for (const name of ['who', 'topic', 'practice'] as const) {
      const value = query.get(name)
      if (value !== null && value.length <= 60) known.set(name, [name === 'who' && value === 'child' ? 'pupil' : value])
    }
    if (query.get('practice') && !known.has('who')) known.set('who', ['pupil'])
    const submission: Submission = { values: known, files: new Map() }
    const answers = answersIn(submission, staff)
    if (!staff && answers.who === 'staff') return redirect('/report/staff')
    return stepReply(request, submission, staff || answers.who !== null ? 'danger' : 'who', staff)
  }

  return [
    get('/report', { access: 'public' }, async request => begin(request, false)),
    post('/report', { access: 'public', form: anyForm, postsAMinute: 600 }, step(false)),
    post('/report/send', { access: 'public', form: anyForm, postsAMinute: 120 }, send(false)),
    post(
      '/report/message',
      { access: 'public', form: anyForm, uploadBytes: largestMessage, postsAMinute: 60 },
      send(false),
    ),
    get('/report/staff', { access: 'report.staff' }, async request => begin(request, true)),
    post('/report/staff', { access: 'report.staff', form: anyForm }, step(true)),
    post('/report/staff/send', { access: 'report.staff', form: anyForm }, send(true)),
    post('/report/staff/message', { access: 'report.staff', form: anyForm, uploadBytes: largestMessage }, send(true)),
    get('/report/mine', { access: 'report.staff' }, async ({ actor, read }) => {
      const made = await read(({ reports }) => reports.madeBy(personOf(actor).personId))
      return view('incidents/report-mine', {
        title: 'Your reports',
        reports: made.map(report => ({
          what: kindName(report.kind),
          receivedAt: report.receivedAt,
          acknowledgedAt: report.acknowledgedAt,
          happenedAt: report.happenedAt,
          madeLate: report.madeLate,
          junk: report.digestOn !== null,
        })),
      })
    }),
  ]
}
