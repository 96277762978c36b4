import { may, personOf } from '../platform/actor.ts'
import { choice, longText, optionalChoice, optionalLongText, optionalText, text } from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import { get, type Page, view } from '../platform/page.ts'
import { formatDateTime } from '../platform/format.ts'
import { caseReference } from './case.ts'
import { actionPage, resolveOne } from './case-action-page.ts'
import type { CasePageReads } from './case-pages.ts'
import { optionsOf } from './case-parts.ts'
import { sanctionResponses, sanctionRule, sanctionRules } from './data/sanction-rules.ts'
import { responseWords } from './sanction.ts'
import type { SanctionService } from './sanction-service.ts'

const ruleOptions = sanctionRules().map(rule => ({ value: rule.id, text: rule.rule }))
const person = text('Enter whom it is against', {
  label: 'Against whom?',
  hint: 'Full name as in the register. They are named in the case already, as somebody who may have done it.',
})
const rule = choice('Select the published rule that was broken. There is no sanction without one', ruleOptions, {
  label: 'Which published rule was broken?',
  as: 'select',
})
const reasons = longText('Enter the reasons', {
  label: 'Reasons',
  hint: 'Why this is proportionate, and what the person said',
})
const schoolDays = optionalText({
  label: 'For how many school days?',
  hint: 'Only when something is taken away. The day of the decision is not counted; it comes back by itself after the last one.',
  max: 3,
})
const alternatives = optionalLongText({
  label: 'What else was considered?',
  hint: 'Needed for staff: suspension is not automatic, and comes after other steps',
})
const ladoAsked = optionalChoice(
  [
    { value: 'yes', text: 'Yes, their advice is in the case' },
    { value: 'no', text: 'No, it does not concern a child' },
  ] as const,
  { label: 'Was the local authority designated officer (LADO) asked?', hint: 'Needed for staff' },
)
const sanctionForm = form({
  person,
  rule,
  response: choice('Select what is decided', optionsOf(sanctionResponses, responseWords), {
    label: 'What is decided?',
  }),
  schoolDays,
  reasons,
  alternatives,
  ladoAsked,
})
const suspendForm = form({
  person,
  rule,
  schoolDays: text('Enter for how many school days', {
    label: 'For how many school days at most?',
    hint: 'It comes back by itself after the last one, and can be ended before.',
    max: 3,
  }),
  reasons,
  alternatives,
  ladoAsked,
})
const reviewForm = form({
  end: choice(
    'Select whether it ends',
    [
      { value: 'no', text: 'It goes on to its end' },
      { value: 'yes', text: 'It ends now' },
    ] as const,
    { label: 'Does it end?' },
  ),
  reason: longText('Enter why', { label: 'Why?' }),
})
const appealForm = form({ words: longText('Enter what the appeal says', { label: 'What does the appeal say?' }) })
const appealDecisionForm = form({
  upheld: choice(
    'Select your decision',
    [
      { value: 'yes', text: 'The appeal is right: the sanction ends now' },
      { value: 'no', text: 'The sanction stands' },
    ] as const,
    { label: 'Your decision' },
  ),
  reason: longText('Enter your reasons', { label: 'Your reasons' }),
})

const daysOf = (typed: string | null): number | null =>
  typed === null ? null : /^\d{1,3}$/.test(typed.trim()) ? Number(typed) : Number.NaN

type R = CasePageReads
export const sanctionPages = (service: SanctionService): Page<R>[] => [
  ...actionPage<R, typeof sanctionForm>({
    path: 'sanctions',
    action: 'sanction',
    title: 'Record a sanction',
    form: sanctionForm,
    button: 'I decide this',
    intro: ['You decide this yourself, by name, under a published rule. Software proposes nothing here.'],
    before: async (reads, file) => ({
      facts: (await reads.cases.responsesTo(file.kind)).map(({ response, count }) => ({
        name: `Done before: ${response}`,
        value: `${count} of the last closed cases of this kind`,
      })),
    }),
    apply: async (request, values) => {
      await service.decide(request.actor, request.params['id'] ?? '', 'sanction', {
        personId: await resolveOne(request, 'person', values.person),
        ruleId: values.rule,
        response: values.response,
        schoolDays: daysOf(values.schoolDays),
        reasons: values.reasons,
        alternatives: values.alternatives,
        ladoAsked: values.ladoAsked === null ? null : values.ladoAsked === 'yes',
      })
      return { flash: 'The decision is recorded' }
    },
  }),
  ...actionPage<R, typeof suspendForm>({
    path: 'suspend',
    action: 'suspend',
    title: 'Suspend access now',
    form: suspendForm,
    button: 'Suspend now',
    warning: true,
    intro: ['The person is signed out everywhere at once and cannot sign in until it ends.'],
    apply: async (request, values) => {
      await service.decide(request.actor, request.params['id'] ?? '', 'suspend', {
        personId: await resolveOne(request, 'person', values.person),
        ruleId: values.rule,
        response: 'suspension-of-access',
        schoolDays: daysOf(values.schoolDays),
        reasons: values.reasons,
        alternatives: values.alternatives,
        ladoAsked: values.ladoAsked === null ? null : values.ladoAsked === 'yes',
      })
      return { flash: 'Suspended' }
    },
  }),
  get(
    '/cases/:id/sanctions/:sanction',
    { access: 'case.view', recorded: 'case.viewed' },
    async ({ actor, params, read, now }) => {
      const { file, sanction, words, names } = await read(async reads => {
        const found = await reads.cases.get(actor, params['id'] ?? '')
        const one = await reads.sanctions.inCase(found.id, params['sanction'] ?? '')
        const open = await reads.caseParts.openUntil(found.id, personOf(actor).personId)
        return {
          file: found,
          sanction: one,
          words: open ? await reads.sanctions.words(found, one.id) : null,
          names: await reads.people.names([one.personId, one.decidedBy]),
        }
      })
      const base = `/cases/${file.id}/sanctions/${sanction.id}`
      const links = [
        ...(sanction.endedAt === null && may(actor, 'case.sanction')
          ? [{ href: `${base}/review`, text: 'Review it' }]
          : []),
        ...(sanction.appeal === 'none' && may(actor, 'case.work')
          ? [{ href: `${base}/appeal`, text: 'Record an appeal' }]
          : []),
        ...(sanction.appeal === 'made' && may(actor, 'case.sanction') && personOf(actor).personId !== sanction.decidedBy
          ? [{ href: `${base}/appeal-decision`, text: 'Decide the appeal' }]
          : []),
      ]
      const facts = [
        { key: 'Against', text: names.get(sanction.personId) ?? 'Somebody no longer in the register' },
        { key: 'Published rule', text: sanctionRule(sanction.rule)?.rule ?? sanction.rule },
        {
          key: 'Decided by',
          text: `${names.get(sanction.decidedBy) ?? 'Somebody no longer in the register'}, ${formatDateTime(sanction.decidedAt, now)}`,
        },
        { key: 'Ends', text: sanction.endsAt ? formatDateTime(sanction.endsAt, now) : 'Takes nothing away' },
        {
          key: 'State',
          text: sanction.endedAt
            ? `Ended ${formatDateTime(sanction.endedAt, now)} (${endWords[sanction.endedHow ?? 'lifted']})`
            : sanction.endsAt
              ? 'Running'
              : 'Done',
        },
        {
          key: 'Review',
          text: sanction.reviewedAt
            ? `Reviewed ${formatDateTime(sanction.reviewedAt, now)}`
            : `By ${formatDateTime(sanction.reviewAt, now)}`,
        },
        { key: 'Appeal', text: appealWords[sanction.appeal] },
        ...(words
          ? [
              { key: 'Reasons', text: words.reasons },
              ...(words.alternatives ? [{ key: 'Also considered', text: words.alternatives }] : []),
              ...(words.appeal ? [{ key: 'The appeal says', text: words.appeal }] : []),
            ]
          : []),
      ]
      return view('incidents/case-facts', {
        title: responseWords[sanction.response as keyof typeof responseWords] ?? 'Sanction',
        marking: 'Sensitive',
        backHref: `/cases/${file.id}`,
        reference: caseReference(file.id),
        facts,
        links,
        closed: words === null,
      })
    },
  ),
  ...actionPage<R, typeof reviewForm>({
    path: 'sanctions/:sanction/review',
    action: { access: 'case.sanction' },
    title: 'Review what was taken away',
    back: backToSanction,
    form: reviewForm,
    button: 'Record the review',
    apply: async ({ actor, params }, { end, reason }) => {
      await service.review(actor, params['id'] ?? '', params['sanction'] ?? '', end === 'yes', reason)
      return { to: backToSanction(params), flash: 'Review recorded' }
    },
  }),
  ...actionPage<R, typeof appealForm>({
    path: 'sanctions/:sanction/appeal',
    action: { access: 'case.work' },
    title: 'Record an appeal',
    back: backToSanction,
    form: appealForm,
    button: 'Record the appeal',
    apply: async ({ actor, params }, { words }) => {
      await service.appeal(actor, params['id'] ?? '', params['sanction'] ?? '', words)
      return { to: backToSanction(params), flash: 'Appeal recorded' }
    },
  }),
  ...actionPage<R, typeof appealDecisionForm>({
    path: 'sanctions/:sanction/appeal-decision',
    action: { access: 'case.sanction' },
    title: 'Decide the appeal',
    back: backToSanction,
    form: appealDecisionForm,
    button: 'Record the decision',
    intro: ['Whoever decided the sanction cannot hear the appeal.'],
    apply: async ({ actor, params }, { upheld, reason }) => {
      await service.decideAppeal(actor, params['id'] ?? '', params['sanction'] ?? '', upheld === 'yes', reason)
      return { to: backToSanction(params), flash: 'Appeal decided' }
    },
  }),
]

const backToSanction = (params: Readonly<Record<string, string>>): string =>
  `/cases/${params['id']}/sanctions/${params['sanction']}`
const endWords = { 'ran-out': 'it ran out', lifted: 'it was ended', appeal: 'after an appeal' } as const
const appealWords = { none: 'None', made: 'Waiting for a decision', upheld: 'Upheld', dismissed: 'Dismissed' } as const
