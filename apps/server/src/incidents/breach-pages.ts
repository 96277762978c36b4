import {
  choice,
  dateTime,
  longText,
  optionalDateTime,
  optionalLongText,
  optionalText,
  text,
} from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import { personOf } from '../platform/actor.ts'
import { get, type Page, view } from '../platform/page.ts'
import { caseReference } from './case.ts'
import { actionPage } from './case-action-page.ts'
import type { CasePageReads } from './case-pages.ts'
import { optionsOf } from './case-parts.ts'
import {
  lossNames,
  losses,
  missingItems,
  noticeItemNames,
  noticeItems,
  riskNames,
  risks,
  shouldTellPeople,
} from './breach.ts'
import { type BreachService, noticeOf } from './breach-service.ts'
import { kindName } from './data/concern-categories.ts'

const loss = choice('Select what happened to the data', optionsOf(losses, lossNames), {
  label: 'What happened to the data?',
})
const beginForm = form({
  loss,
  awareAt: optionalDateTime({
    label: 'When did anybody in the school first know?',
    hint: 'Leave empty if it was when it was reported. The 72 hours run from then, whoever was away.',
  }),
})
const awarenessForm = form({
  readAs: dateTime('Enter the time', { label: 'From when should awareness be read?' }),
  reason: longText('Enter why', {
    label: 'Why?',
    hint: 'The stored time and its clock stay as they are; this stands beside them.',
  }),
})
const assessForm = form({
  loss,
  risk: choice('Select the risk to people', optionsOf(risks, riskNames), {
    label: 'How likely is harm to people, and how bad?',
  }),
  words: longText('Enter how you came to this', {
    label: 'How did you come to this?',
    hint: 'Kinds of data, how many people, how easily they are known, what somebody could do with it, children',
  }),
})
const decideForm = form({
  notify: choice(
    'Select whether the regulator is told',
    [
      { value: 'yes', text: 'Tell the Information Commissioner' },
      { value: 'no', text: 'Do not tell: a risk to people is unlikely' },
    ] as const,
    { label: 'Is the regulator told?' },
  ),
  reasons: longText('Enter the reasons', { label: 'Reasons', hint: 'Kept in the register, also when nobody is told' }),
})
const noticeForm = form({
  nature: optionalLongText({ label: noticeItemNames.nature }),
  peopleCategories: optionalText({
    label: noticeItemNames.peopleCategories,
    hint: 'Such as pupils of one class, their parents, staff',
  }),
  peopleCount: optionalText({ label: noticeItemNames.peopleCount }),
  recordCategories: optionalText({
    label: noticeItemNames.recordCategories,
    hint: 'Such as names, addresses, health, safeguarding',
  }),
  recordCount: optionalText({ label: noticeItemNames.recordCount }),
  contact: optionalText({
    label: noticeItemNames.contact,
    hint: 'The data protection officer’s name, telephone and email',
  }),
  consequences: optionalLongText({ label: noticeItemNames.consequences }),
  measures: optionalLongText({ label: noticeItemNames.measures }),
  delay: optionalLongText({ label: noticeItemNames.delay, hint: 'Only when more than 72 hours have passed' }),
})
const sendForm = form({
  reference: text('Enter the regulator’s reference, or how it was sent', {
    label: 'The regulator’s reference, or how it was sent',
  }),
})
const tellForm = form({
  at: dateTime('Enter when they were told', { label: 'When were they told?' }),
  how: longText('Enter how they were told, and what', {
    label: 'How were they told, and what?',
    hint: 'In plain words: what happened, what may follow, what they can do, whom to ask',
  }),
})

type R = CasePageReads
const back = (params: Readonly<Record<string, string>>): string => `/cases/${params['id']}/breach`
export const breachPages = (service: BreachService): Page<R>[] => [
  get('/breaches', { access: 'breach.view', recorded: 'breach-register.viewed' }, async ({ actor, read, now }) => {
    const breaches = await read(({ breaches: found }) => found.register(actor))
    return view('incidents/breach-register', {
      title: 'Register of personal-data breaches',
      marking: 'Sensitive',
      backHref: '/cases',
      breaches: breaches.map(breach => ({
        href: `/cases/${breach.caseId}/breach`,
        reference: caseReference(breach.caseId),
        kind: kindName(breach.kind),
        awareAt: breach.awareAt,
        risk: breach.risk ? riskNames[breach.risk] : 'Not assessed yet',
        told: breach.notifiedAt
          ? 'Told'
          : breach.notify === false
            ? 'Not told, with reasons'
            : breach.notify
              ? 'To be told'
              : 'Not decided',
        notifiedAt: breach.notifiedAt,
      })),
      now,
    })
  }),
  get('/cases/:id/breach', { access: 'breach.view', recorded: 'case.viewed' }, async ({ actor, params, read, now }) => {
    const { file, breach, entries, deadline, names, open } = await read(async reads => {
      const found = await reads.cases.get(actor, params['id'] ?? '')
      const one = await reads.breaches.of(found.id)
      const said = one ? await reads.breaches.entries(found) : []
      return {
        file: found,
        breach: one,
        entries: said,
        deadline: (await reads.deadlines.about(`case:${found.id}`)).find(({ kind }) => kind === 'breach.ico') ?? null,
        names: await reads.people.names(said.map(({ byId }) => byId)),
        open: await reads.caseParts.openUntil(found.id, personOf(actor).personId),
      }
    })
    const notices = entries.filter(({ kind }) => kind === 'notice')
    const last = notices.at(-1)
    const base = `/cases/${file.id}/breach`
    return view('incidents/breach-show', {
      title: breach ? 'Personal-data breach' : 'Is this a personal-data breach?',
      marking: 'Sensitive',
      backHref: `/cases/${file.id}`,
      reference: caseReference(file.id),
      base,
      breach,
      deadline,
      risk: breach?.risk ? riskNames[breach.risk] : null,
      lossName: breach ? lossNames[breach.loss] : null,
      tellPeople: breach?.risk ? shouldTellPeople(breach.risk) : false,
      missing: last
        ? missingItems(noticeOf(last.content), deadline?.dueAt != null && now > deadline.dueAt).map(
            item => noticeItemNames[item],
          )
        : null,
      open: open !== null,
      entries: entries.map(entry => ({
        at: entry.at,
        title: entryTitles[entry.kind](entry.version),
        by: names.get(entry.byId) ?? 'Somebody no longer in the register',
        items: open
          ? Object.entries(entry.content)
              .filter(([, words]) => words !== '')
              .map(([name, words]) => ({ key: itemNames[name] ?? name, text: words }))
          : [],
      })),
      now,
    })
  }),
  ...actionPage<R, typeof beginForm>({
    path: 'breach/begin',
    action: { access: 'breach.work' },
    title: 'Enter it in the register of breaches',
    back,
    form: beginForm,
    button: 'Start the 72 hours',
    apply: async ({ actor, params }, values) => {
      await service.begin(actor, params['id'] ?? '', values.loss, values.awareAt)
      return { to: back(params), flash: 'Registered. The 72 hours run.' }
    },
  }),
  ...actionPage<R, typeof awarenessForm>({
    path: 'breach/awareness',
    action: { access: 'breach.work' },
    title: 'Annotate the time of awareness',
    back,
    form: awarenessForm,
    button: 'Add the annotation',
    apply: async ({ actor, params }, { readAs, reason }) => {
      await service.annotateAwareness(actor, params['id'] ?? '', readAs, reason)
      return { to: back(params), flash: 'Annotated; the stored time and its clock are unchanged' }
    },
  }),
  ...actionPage<R, typeof assessForm>({
    path: 'breach/assess',
    action: { access: 'breach.work' },
    title: 'Assess the risk to people',
    back,
    form: assessForm,
    button: 'Record the assessment',
    before: async (reads, file) => {
      const breach = await reads.breaches.of(file.id)
      return { known: { ...(breach ? { loss: breach.loss } : {}), ...(breach?.risk ? { risk: breach.risk } : {}) } }
    },
    apply: async ({ actor, params }, values) => {
      await service.assess(actor, params['id'] ?? '', values)
      return { to: back(params), flash: 'Assessment recorded' }
    },
  }),
  ...actionPage<R, typeof decideForm>({
    path: 'breach/decide',
    action: { access: 'breach.work' },
    title: 'Is the regulator told?',
    back,
    form: decideForm,
    button: 'Record the decision',
    apply: async ({ actor, params }, { notify, reasons }) => {
      await service.decide(actor, params['id'] ?? '', notify === 'yes', reasons)
      return {
        to: back(params),
        flash: notify === 'yes' ? 'Write and send the notice now' : 'Recorded, with the reasons',
      }
    },
  }),
  ...actionPage<R, typeof noticeForm>({
    path: 'breach/notice',
    action: { access: 'breach.work' },
    title: 'The notice to the regulator',
    back,
    form: noticeForm,
    button: 'Keep this version',
    intro: ['Send what you know within 72 hours; the rest may follow. Every version is kept.'],
    before: async (reads, file) => {
      const last = (await reads.breaches.of(file.id))
        ? (await reads.breaches.entries(file)).findLast(({ kind }) => kind === 'notice')
        : undefined
      return last ? { known: last.content } : {}
    },
    apply: async ({ actor, params }, values) => {
      const notice = Object.fromEntries(noticeItems.map(item => [item, values[item] ?? '']))
      const version = await service.draft(actor, params['id'] ?? '', noticeOf(notice))
      return { to: back(params), flash: `Version ${version} is kept` }
    },
  }),
  ...actionPage<R, typeof sendForm>({
    path: 'breach/send',
    action: { access: 'breach.work' },
    title: 'The notice was sent',
    back,
    form: sendForm,
    button: 'Record that it was sent',
    intro: ['Gatehouse sends nothing itself. Use the regulator’s own form or telephone, then record it here.'],
    apply: async ({ actor, params }, { reference }) => {
      const missing = await service.send(actor, params['id'] ?? '', reference)
      return {
        to: back(params),
        flash:
          missing.length === 0
            ? 'Recorded as sent, complete'
            : 'Recorded as sent. Some items are still missing: send them as soon as they are known.',
      }
    },
  }),
  ...actionPage<R, typeof tellForm>({
    path: 'breach/tell',
    action: { access: 'breach.work' },
    title: 'The people concerned were told',
    back,
    form: tellForm,
    button: 'Record it',
    apply: async ({ actor, params }, { at, how }) => {
      await service.tellPeople(actor, params['id'] ?? '', how, at)
      return { to: back(params), flash: 'Recorded' }
    },
  }),
]

const entryTitles = {
  awareness: () => 'Time of awareness annotated',
  assessment: (version: number) => `Assessment ${version}`,
  decision: () => 'Decision',
  notice: (version: number) => `Notice, version ${version}`,
  'notice-sent': () => 'Sent to the regulator',
  'people-told': () => 'People told',
} as const
const itemNames: Readonly<Record<string, string>> = {
  ...noticeItemNames,
  readAs: 'To be read as',
  reason: 'Why',
  loss: 'What happened to the data',
  risk: 'Risk',
  words: 'How it was assessed',
  notify: 'Regulator told',
  reasons: 'Reasons',
  version: 'Version',
  reference: 'Reference',
  how: 'How',
  at: 'When',
}
