import { choice, file, optionalText } from '../platform/fields.ts'
import { blankForm, form } from '../platform/form.ts'
import { download, get, type Page, post, view } from '../platform/page.ts'
import { caseReference } from './case.ts'
import { actionPage } from './case-action-page.ts'
import { reasonForm } from './case-forms.ts'
import type { CasePageReads } from './case-pages.ts'
import { openingReasonNames, openingReasons, optionsOf } from './case-parts.ts'
import { evidenceBytes, typeWords } from './evidence.ts'
import type { EvidenceService } from './evidence-service.ts'

const addForm = form({
  evidence: file('Select a file', {
    label: 'The file',
    hint: 'Up to 20 MB. Never an image that may be illegal: for that, go back and choose “This may be illegal: stop”.',
  }),
})
const openForm = form({
  reason: choice('Select why you are opening this', optionsOf(openingReasons, openingReasonNames), {
    label: 'Why are you opening this?',
  }),
  words: optionalText({ label: 'Anything to add' }),
})

type R = CasePageReads
export const evidencePages = (service: EvidenceService): Page<R>[] => [
  ...actionPage<R, typeof addForm>({
    path: 'evidence',
    action: 'evidence',
    title: 'Add evidence',
    form: addForm,
    button: 'Add the file',
    uploadBytes: evidenceBytes,
    mayUpload: ({ actor, params }) => service.mayUpload(actor, params['id'] ?? ''),
    intro: ['The file is fingerprinted, sealed and kept with the case. Whoever opens it says why.'],
    before: async (reads, found, { actor }) => {
      if (await reads.illegal.refusesFiles(found.id)) await service.mayUpload(actor, found.id)
      return {}
    },
    apply: async ({ actor, params }, { evidence }) => {
      const added = await service.add(actor, params['id'] ?? '', evidence)
      const scan =
        added.scan === 'clean' ? 'The scanner found nothing in it' : 'It was not scanned, because no scanner is set up'
      return {
        flash: `The file is sealed with the case. ${scan}.${added.lies ? ' It is not the kind of file that its name says.' : ''}`,
      }
    },
  }),
  get(
    '/cases/:id/evidence/:evidence',
    { access: 'evidence.open', recorded: 'case.viewed' },
    ({ actor, params, read, now }) =>
      read(async reads => {
        const found = await reads.cases.get(actor, params['id'] ?? '')
        const evidence = await reads.evidence.get(found.id, params['evidence'] ?? '')
        const names = await reads.people.names([evidence.addedBy])
        return view('incidents/case-evidence', {
          title: 'Evidence',
          marking: 'Sensitive',
          backHref: `/cases/${found.id}`,
          reference: caseReference(found.id),
          evidence,
          kind: typeWords(evidence.foundType),
          addedBy: names.get(evidence.addedBy) ?? 'Somebody no longer in the register',
          form: blankForm(openForm),
          action: `/cases/${found.id}/evidence/${evidence.id}`,
          mayErase: evidence.erasedAt === null && found.heldAt === null,
          held: found.heldAt,
          now,
        })
      }),
  ),
  post('/cases/:id/evidence/:evidence', { access: 'evidence.open', form: openForm }, async request => {
    const { actor, params } = request
    if (!request.form.ok) {
      return request.read(async reads => {
        const found = await reads.cases.get(actor, params['id'] ?? '')
        const evidence = await reads.evidence.get(found.id, params['evidence'] ?? '')
        return view(
          'incidents/case-evidence',
          {
            title: 'Evidence',
            marking: 'Sensitive',
            backHref: `/cases/${found.id}`,
            reference: caseReference(found.id),
            evidence,
            kind: typeWords(evidence.foundType),
            form: request.form.view,
            action: `/cases/${found.id}/evidence/${evidence.id}`,
            mayErase: evidence.erasedAt === null && found.heldAt === null,
            held: found.heldAt,
            now: request.now,
          },
          400,
        )
      })
    }
    const { name, content } = await service.open(
      actor,
      params['id'] ?? '',
      params['evidence'] ?? '',
      request.form.values.reason,
      request.form.values.words,
    )
    // Always as a download and never as what it claims to be, so that no browser runs or shows it.
    return download(content, 'application/octet-stream', name)
  }),
  ...actionPage<R, typeof reasonForm>({
    path: 'evidence/:evidence/erase',
    action: { access: 'evidence.erase' },
    title: 'Erase this evidence for ever',
    back: params => `/cases/${params['id']}/evidence/${params['evidence']}`,
    form: reasonForm,
    button: 'Erase it',
    warning: true,
    intro: [
      'Its key is destroyed, so that no copy in any backup can be read again. That it existed, and its fingerprint, stay in the ledger.',
    ],
    apply: async ({ actor, params }) => {
      await service.erase(actor, params['id'] ?? '', params['evidence'] ?? '')
      return { flash: 'Erased' }
    },
  }),
]
