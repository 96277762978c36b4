import { choice, dateTime, longText, optionalText, text } from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import { get, type Page, view } from '../platform/page.ts'
import { personOf } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'
import { caseReference } from './case.ts'
import { actionPage } from './case-action-page.ts'
import type { CasePageReads } from './case-pages.ts'
import { optionsOf } from './case-parts.ts'
import { illegalSteps, stepsLeft, stepsNeeded, stepTexts, suspicionNames, suspicions } from './illegal.ts'
import type { IllegalService } from './illegal-service.ts'

const beginForm = form({
  suspicion: choice('Select what is suspected', optionsOf(suspicions, suspicionNames), {
    label: 'What is suspected?',
    hint: 'You do not need to be sure. Do not look again to check.',
  }),
})
const stepForm = form({
  at: dateTime('Enter when it was done', { label: 'When was it done?' }),
  reference: optionalText({ label: 'Reference', hint: 'The police log number, or the number of the report' }),
  words: longText('Enter who did it and how', { label: 'Who did it, and how?', max: 2000 }),
})
const addressForm = form({
  address: text('Enter the web address', {
    label: 'The web address',
    hint: 'As it was told to you. Do not open it. It is kept sealed, shown broken up, and never fetched.',
    max: 2000,
  }),
})

/** What nobody may do, said wherever somebody might. */
export const neverDo = [
  'Do not look at it, again or at all.',
  'Do not copy, photograph, print, save or forward it, not even as evidence.',
  'Do not delete it, and do not ask anybody to.',
  'Do not open a web address to check it.',
  'Do not question the child, and do not promise to keep it secret.',
]

type R = CasePageReads
export const illegalPages = (service: IllegalService): Page<R>[] => [
  get('/stop', { access: 'stop.view' }, async ({ actor }) =>
    view('incidents/stop', {
      title: 'Stop: this may be illegal',
      never: neverDo,
      steps: illegalSteps.filter(step => step !== 'police-advice').map(step => stepTexts[step]),
      signedIn: actor.kind === 'person',
    }),
  ),
  get('/cases/:id/illegal', { access: 'case.work', recorded: 'case.viewed' }, async ({ actor, params, read, now }) => {
    const { file, path, names, words } = await read(async reads => {
      const found = await reads.cases.get(actor, params['id'] ?? '')
      const on = await reads.illegal.path(found.id)
      const open = await reads.caseParts.openUntil(found.id, personOf(actor).personId)
      return {
        file: found,
        path: on,
        names: await reads.people.names(on?.steps.map(({ byId }) => byId) ?? []),
        words: on && open ? await reads.illegal.words(found) : null,
      }
    })
    const begun = path !== null
    const done = path?.steps.map(({ step }) => step) ?? []
    return view('incidents/illegal-path', {
      title: begun ? 'Illegal-content path' : 'Stop: this may be illegal',
      marking: 'Sensitive',
      backHref: `/cases/${file.id}`,
      reference: caseReference(file.id),
      caseId: file.id,
      begun,
      never: neverDo,
      suspicion: path ? (suspicionNames[path.suspicion as keyof typeof suspicionNames] ?? path.suspicion) : null,
      finishedAt: path?.finishedAt ?? null,
      hasAddress: path?.hasAddress ?? false,
      address: words?.address ?? null,
      closed: words === null,
      steps: illegalSteps.map(step => {
        const record = path?.steps.find(each => each.step === step)
        return {
          step,
          ...stepTexts[step],
          needed: path ? stepsNeeded(path).includes(step) : true,
          done: record
            ? {
                at: record.at,
                by: names.get(record.byId) ?? 'Somebody no longer in the register',
                words: words?.steps.get(step) ?? null,
              }
            : null,
          href: `/cases/${file.id}/illegal/${step}`,
        }
      }),
      left: path ? stepsLeft({ hasAddress: path.hasAddress, done }).length : null,
      now,
    })
  }),
  ...actionPage<R, typeof beginForm>({
    path: 'illegal/begin',
    action: 'illegal',
    title: 'Stop: this may be illegal',
    form: beginForm,
    button: 'Begin the illegal-content path',
    warning: true,
    intro: [...neverDo, 'From now on this case takes no file, and nothing in it can be erased. There is no way back.'],
    before: async (reads, file) => {
      if (await reads.illegal.path(file.id))
        throw new Refusal('conflict', 'This case is on the illegal-content path already.')
      return {}
    },
    apply: async ({ actor, params }, { suspicion }) => {
      await service.begin(actor, params['id'] ?? '', suspicion)
      return { to: `/cases/${params['id']}/illegal`, flash: 'Follow the steps, in order' }
    },
  }),
  ...actionPage<R, typeof addressForm>({
    path: 'illegal/address',
    action: { access: 'case.work' },
    title: 'Write down a web address',
    back: backToPath,
    form: addressForm,
    button: 'Seal it with the case',
    apply: async ({ actor, params }, { address }) => {
      await service.recordAddress(actor, params['id'] ?? '', address)
      return {
        to: backToPath(params),
        flash: 'The address is sealed with the case. Report it to the Internet Watch Foundation.',
      }
    },
  }),
  ...illegalSteps.flatMap(step =>
    actionPage<R, typeof stepForm>({
      path: `illegal/${step}`,
      action: { access: 'case.work' },
      title: stepTexts[step].text,
      back: backToPath,
      form: stepForm,
      button: 'Record this step',
      intro: [stepTexts[step].hint],
      apply: async ({ actor, params }, { at, reference, words }) => {
        if (stepTexts[step].needs === 'reference' && !reference)
          throw new Refusal(
            'invalid',
            'Enter the reference that you were given. If you were given none yet, record this step when you have it',
          )
        await service.record(
          actor,
          params['id'] ?? '',
          step,
          at,
          reference ? `Reference ${reference}. ${words}` : words,
        )
        return { to: backToPath(params), flash: 'Recorded' }
      },
    }),
  ),
]
const backToPath = (params: Readonly<Record<string, string>>): string => `/cases/${params['id']}/illegal`
