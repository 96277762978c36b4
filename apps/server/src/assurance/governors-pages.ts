import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { roleNames } from '../permissions.ts'
import { type Actor, hasRole, may } from '../platform/actor.ts'
import { choice, hidden, longText } from '../platform/fields.ts'
import { blankForm, type FormView, form } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { isId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { evidenceOf, type FigureReads, groupIds, termsAt } from './figures.ts'
import { evidenceRow, evidenceRows, figureOf, shownOf } from './governors-shown.ts'
import { isClosed } from './ledger-words.ts'
import { isAsIssued } from './pack-issued.ts'
import { mayAskOnward } from './pack-onward.ts'
import { onwardPages } from './pack-onward-pages.ts'
import { shownOnward } from './pack-onward-shown.ts'
import { type Effect, effects, type PackService } from './pack-service.ts'
import type { PackReads } from './pack-store.ts'

type Reads = FigureReads & {
  readonly packs: PackReads
  readonly people: Pick<PeopleReads, 'names' | 'rolesOf'>
  readonly deadlines: Pick<DeadlineReads, 'about'>
}

const marking = 'Official – for governors'
const mostEvidence = 500

const nothing = form({})
const signForm = form({ digest: hidden('Open the pack again, and sign that one', 64) })
const askForm = form({
  question: longText('Enter your question', {
    label: 'Ask a question',
    hint: 'About figures and what is done. Do not name a child or describe one.',
    max: 2000,
  }),
})
const answerForm = form({
  question: hidden('Choose the question again', 40),
  answer: longText('Enter the answer', {
    label: 'Your answer',
    hint: 'Every governor can read it. Do not name a child or describe one.',
    max: 4000,
  }),
})
const effectOptions = (Object.entries(effects) as [Effect, string][]).map(([value, text]) => ({ value, text }))
const judgeForm = form({
  effect: choice<Effect>('Select how well the policy works', effectOptions, {
    label: 'On this record, how well does the policy work?',
    as: 'radios',
  }),
})
const inspectForm = form({ upTo: hidden('Open the log again', 12) })

export function governorsPages(service: PackService): Page<Reads>[] {
  const packPage = async (
    read: <T>(work: (reads: Reads) => Promise<T>) => Promise<T>,
    actor: Actor,
    id: string,
    refused?: FormView,
    status = 200,
  ) => {
    const model = await read(async ({ packs, people, ledger, deadlines }) => {
      const pack = await packs.get(id)
      const receipts = await packs.receipts(id)
      const questions = await packs.questions(id)
      const onward = await packs.onward(id)
      const names = await people.names([
        pack.issuedBy,
        ...receipts.map(each => each.personId),
        ...questions.flatMap(each => [each.askedBy, ...(each.answeredBy ? [each.answeredBy] : [])]),
        ...onward.flatMap(each => [each.askedBy, ...(each.report ? [each.report.by] : [])]),
      ])
      const named = (personId: string) => names.get(personId) ?? 'somebody who has left'
      const own = actor.kind === 'person' ? receipts.find(each => each.personId === actor.personId) : undefined
      return {
        pack,
        intact: await isAsIssued({ ledger }, pack),
        issuedBy: named(pack.issuedBy),
        receipts: receipts.map(each => ({ ...each, name: named(each.personId) })),
        questions: questions.map(each => ({
          ...each,
          askedBy: named(each.askedBy),
          answeredBy: each.answeredBy ? named(each.answeredBy) : null,
          form: each.answer === null && may(actor, 'pack.answer'),
        })),
        onward: await shownOnward(deadlines, onward, named),
        mayAskOnward: may(actor, 'pack.report-onward') && mayAskOnward(onward),
        mayReportOnward: may(actor, 'pack.report-onward'),
        signed: own?.signedAt ?? null,
      }
    })
    return view(
      'assurance/pack',
      {
        title: `Pack ${model.pack.number}: ${model.pack.termName}`,
        marking,
        backHref: '/governors',
        ...model,
        ...shownOf(model.pack.content.figures),
        corrections: model.pack.content.corrections,
        maySign: may(actor, 'pack.sign') && model.signed === null,
        mayJudge: may(actor, 'pack.judge'),
        ...(refused ? { form: refused } : {}),
        askForm: may(actor, 'pack.ask') ? (refused?.fields.question ? refused : blankForm(askForm, {})) : null,
        signForm: blankForm(signForm, { digest: model.pack.digest }),
        judgeForm: refused?.fields.effect ? refused : blankForm(judgeForm, {}),
      },
      status,
    )
  }

  const answerPage = async (
    read: <T>(work: (reads: Reads) => Promise<T>) => Promise<T>,
    id: string,
    questionId: string,
    shown: FormView,
    status = 200,
  ) => {
    const asked = isId(id) ? await read(({ packs }) => packs.questions(id)) : []
    const question = asked.find(each => each.id === questionId)
    if (!question) throw new Refusal('not-found', 'There is no such question.')
    return view(
      'assurance/pack-answer',
      {
        title: 'Answer a governor’s question',
        backHref: `/governors/packs/${id}`,
        question,
        form: shown,
        action: `/governors/packs/${id}/answer/${questionId}`,
      },
      status,
    )
  }

  return [
    ...onwardPages(service),
    get('/governors', { access: 'pack.view' }, async ({ actor, schoolId, read }) => {
      const content = await service.now(schoolId)
      const model = await read(async ({ packs, ledger }) => {
        const check = await ledger.latest(['ledger.verified', 'ledger.found-altered'])
        return {
          packs: (await packs.list(12)).map(({ id, number, termName, issuedAt }) => ({
            id,
            number,
            termName,
            issuedAt,
            href: `/governors/packs/${id}`,
          })),
          check: check && {
            at: check.at,
            ok: check.type === 'ledger.verified',
            says: Array.isArray(check.detail.says) ? check.detail.says.map(String) : [],
            seq: check.seq,
          },
        }
      })
      return view('assurance/governors', {
        title: 'The term for governors',
        marking,
        ...model,
        ...shownOf(content.figures),
        corrections: content.corrections,
        mayIssue: may(actor, 'pack.issue'),
        mayVerify: may(actor, 'ledger.verify'),
      })
    }),
    get('/governors/evidence/:group', { access: 'pack.view' }, async ({ params, now, read }) => {
      const id = groupIds.find(each => each === params.group)
      if (!id) throw new Refusal('not-found', 'There is no such figure.')
      const { term, entries } = await read(async reads => {
        const { term } = await termsAt(reads, now)
        return { term, entries: await evidenceOf(reads, id, term, mostEvidence + 1) }
      })
      // A list of entries is a count: where the count may not be shown, neither may they.
      const closed = entries.some(isClosed)
      const hiddenList = closed && entries.length > 0 && entries.length < 5
      return view('assurance/evidence', {
        title: 'Where the figure comes from',
        marking,
        backHref: '/governors',
        term,
        closed,
        hiddenList,
        rows: hiddenList || (closed && id === 'cases') ? [] : evidenceRows(entries.slice(0, mostEvidence)),
        more: entries.length > mostEvidence,
        kind: id,
      })
    }),
    get('/governors/incidents', { access: 'pack.view' }, async ({ actor, schoolId, now, read }) => {
      const content = await service.now(schoolId)
      const model = await read(async reads => {
        const { term } = await termsAt(reads, now)
        const inspected = await reads.ledger.latest(['incident-log.inspected'])
        const roles = inspected?.actor.startsWith('person:') ? await reads.people.rolesOf(inspected.actor.slice(7)) : []
        return {
          head: (await reads.ledger.head())?.seq ?? 0,
          closedCases: await reads.ledger.count({ types: ['case.closed'], from: term.from, to: now }),
          reopened: await reads.ledger.count({ types: ['case.reopened'], from: term.from, to: now }),
          filterChanges: (
            await reads.ledger.list({
              types: ['case.filter-change-tested', 'filter-change.tested', 'filter-drift.found', 'filter-drift.mended'],
              from: term.from,
              to: now,
              limit: 100,
            })
          ).map(entry => evidenceRow(entry, isClosed(entry))),
          inspected: inspected && {
            at: inspected.at,
            by: roles.map(role => roleNames[role]).join(', ') || 'a governor',
            upTo: inspected.detail.upTo,
          },
        }
      })
      const { groups, bars, ...shown } = shownOf(content.figures)
      return view('assurance/incidents', {
        title: 'The log of incidents',
        marking,
        backHref: '/governors',
        ...shown,
        bars: bars.filter(({ id }) => id === 'cases'),
        figures: groups.filter(({ id }) => id === 'reports' || id === 'cases'),
        closedCases: figureOf('Cases closed', model.closedCases),
        reopened: figureOf('Cases opened again', model.reopened),
        filterChanges: model.filterChanges,
        inspected: model.inspected,
        maySign: may(actor, 'pack.sign'),
        form: blankForm(inspectForm, { upTo: String(model.head) }),
      })
    }),
    post('/governors/incidents', { access: 'pack.sign', form: inspectForm }, async ({ actor, form: sent }) => {
      const upTo = sent.ok && /^\d{1,12}$/.test(sent.values.upTo) ? Number(sent.values.upTo) : null
      if (upTo === null) throw new Refusal('invalid', 'Open the log again, and sign that one.')
      await service.inspectLog(actor, upTo)
      return redirect('/governors/incidents', 'It is recorded that you looked through the log.')
    }),
    post('/governors/packs', { access: 'pack.issue', form: nothing }, async ({ actor }) => {
      const pack = await service.issue(actor)
      return redirect(`/governors/packs/${pack.id}`, `Pack ${pack.number} is issued. The governors have been told.`)
    }),
    get('/governors/packs/:id', { access: 'pack.view' }, async ({ actor, params, read }) => {
      const pack = await read(({ packs }) => packs.get(params.id ?? ''))
      await service.opened(actor, pack)
      return packPage(read, actor, pack.id)
    }),
    post(
      '/governors/packs/:id/sign',
      { access: 'pack.sign', form: signForm },
      async ({ actor, params, form: sent }) => {
        if (!sent.ok) throw new Refusal('invalid', 'Open the pack again, and sign that one.')
        await service.sign(actor, params.id ?? '', sent.values.digest)
        return redirect(`/governors/packs/${params.id}`, 'Your signature is recorded.')
      },
    ),
    post(
      '/governors/packs/:id/questions',
      { access: 'pack.ask', form: askForm },
      async ({ actor, params, form: sent, read }) => {
        if (!sent.ok) return packPage(read, actor, params.id ?? '', sent.view, 400)
        await service.ask(actor, params.id ?? '', sent.values.question)
        return redirect(`/governors/packs/${params.id}`, 'Your question is with the headteacher.')
      },
    ),
    get('/governors/packs/:id/answer/:question', { access: 'pack.answer' }, async ({ params, read }) =>
      answerPage(
        read,
        params.id ?? '',
        params.question ?? '',
        blankForm(answerForm, { question: params.question ?? '' }),
      ),
    ),
    post(
      '/governors/packs/:id/answer/:question',
      { access: 'pack.answer', form: answerForm },
      async ({ actor, params, form: sent, read }) => {
        if (!sent.ok) return answerPage(read, params.id ?? '', params.question ?? '', sent.view, 400)
        await service.answer(actor, params.id ?? '', params.question ?? '', sent.values.answer)
        return redirect(`/governors/packs/${params.id}`, 'Your answer is recorded, and whoever asked has been told.')
      },
    ),
    post(
      '/governors/packs/:id/effect',
      { access: 'pack.judge', form: judgeForm },
      async ({ actor, params, form: sent, read }) => {
        if (!sent.ok) return packPage(read, actor, params.id ?? '', sent.view, 400)
        await service.judge(actor, params.id ?? '', sent.values.effect)
        return redirect(
          `/governors/packs/${params.id}`,
          hasRole(actor, 'headteacher', 'deputy')
            ? 'Your judgement is recorded.'
            : 'The board’s review of how the policy works is recorded.',
        )
      },
    ),
  ]
}
