import { londonDate } from '@gatehouse/engine/calendar'
import { roleNames } from '../permissions.ts'
import { type Actor, may, personOf } from '../platform/actor.ts'
import { choice, date, longText, optionalText, text } from '../platform/fields.ts'
import { blankForm, type Form, form, type FormView, withErrors } from '../platform/form.ts'
import { get, type Page, post, redirect, type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { linkedDocument, linkedDocuments } from './linked-documents.ts'
import { policyNotes } from './packs/packs.ts'
import { type PolicyPageReads, policyNamed } from './policy-pages.ts'
import { governorsOn, type PolicyService, type Which } from './policy-service.ts'
import {
  allowedActions,
  changesBetween,
  headerOf,
  inWords,
  missingForProposal,
  type PolicyVersion,
  triggerKinds,
} from './policy-version.ts'
import { openSteps, type VersionStep, versionSteps, withPeople } from './version-steps.ts'

const triggerNames = {
  incident: 'A serious incident',
  law: 'A change of law or guidance',
  technology: 'A new technology',
  threat: 'A fresh threat',
} as const

const openForm = form({
  reason: choice(
    'Select why the review is opened',
    [
      { value: 'yearly' as const, text: 'It is the yearly review' },
      { value: 'early' as const, text: 'It is brought forward' },
    ],
    { label: 'Why is the review opened?' },
  ),
})
const triggerForm = form({
  kind: choice(
    'Select what happened',
    triggerKinds.map(value => ({ value, text: triggerNames[value] })),
    { label: 'What happened?' },
  ),
  summary: longText('Enter what happened and why the policy should be looked at', {
    label: 'What happened, and why should the policy be looked at?',
    hint: 'No names of people.',
    max: 2000,
  }),
  reference: optionalText({
    label: 'The record behind it, if there is one',
    hint: 'Such as the number of a case or a change, or the name of the law.',
    max: 120,
  }),
  happened: date('Enter the day on which it happened', { label: 'On which day did it happen?' }),
})
const rewordForm = form({
  words: longText('Enter the words of the clause', {
    label: 'Words of the clause',
    hint: 'Speak of roles, never of people by name.',
    max: 1000,
  }),
})
const documentForm = form({
  version: text('Enter its version or reference', { label: 'Version or reference', max: 120 }),
  approved: date('Enter the day on which it was approved', {
    label: 'Approved on',
    hint: 'For an Act: the day from which it applied, or of its last change.',
  }),
  next: { ...date('Enter the day of its next review', { label: 'Next review', hint: 'Leave empty for an Act.' }) },
  place: text('Enter where it is kept', { label: 'Where it is kept', hint: 'An address or a folder.', max: 300 }),
})
const optionalNext = {
  ...documentForm,
  fields: {
    ...documentForm.fields,
    next: {
      ...documentForm.fields.next,
      parse: (values: readonly string[]) =>
        values.join('').trim() === '' ? { value: null } : documentForm.fields.next.parse(values, []),
    },
  },
} satisfies Form

type Visit = Request<PolicyPageReads>

/** A page with one form. */
const formPage = (
  model: {
    title: string
    intro?: readonly string[]
    form: FormView
    button: string
    backHref: string
    warning?: boolean
  },
  status = 200,
): Reply => view('policies/form', { intro: [], ...model }, status)

/** A refusal that names what to put right is shown on the form, with what was typed. */
async function tried(
  work: () => Promise<Reply>,
  form: FormView,
  again: (view: FormView) => Promise<Reply> | Reply,
): Promise<Reply> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
    const first = Object.keys(form.fields)[0]
    if (first === undefined) throw error
    return again(withErrors(form, { [first]: error.sentence }))
  }
}

const whichOf = (params: Readonly<Record<string, string>>): Which => ({
  policy: policyNamed(params['pack']).id,
  number: /^\d{1,6}$/.test(params['number'] ?? '') ? Number(params['number']) : -1,
})
const pathOf = ({ policy, number }: Which): string => `/policy/${policy}/versions/${number}`

/** Newest first: what each version is and what came of it. */
const rowOf = (version: PolicyVersion) => ({
  ...version,
  stateWords: inWords(version.state),
  href: pathOf(version),
  header: headerOf(version),
})

export const versionPages = (service: PolicyService): Page<PolicyPageReads>[] => {
  const stepPage = async (request: Visit, step: VersionStep, filled?: FormView): Promise<Reply> => {
    const which = whichOf(request.params)
    const actor = personOf(request.actor)
    const { version, signatures, requestDigest, governors } = await request.read(
      async ({ policies, requests, people }) => {
        const found = await policies.version(which.policy, which.number)
        const inOffice = step.path === 'approve' ? [...(await governorsOn(people, londonDate(request.now)))] : []
        const names = await people.names(inOffice)
        return {
          version: found,
          signatures: await policies.signatures(found.id),
          requestDigest: found.requestId ? (await requests.get(found.requestId)).digest : '',
          governors: inOffice
            .map(value => ({ value, text: names.get(value) ?? 'A governor' }))
            .toSorted((a, b) => a.text.localeCompare(b.text)),
        }
      },
    )
    if (!openSteps(request.actor, version, signatures).includes(step))
      throw new Refusal('conflict', `This cannot be done by you now: the version is ${inWords(version.state)}.`)
    const role = actor.roles.find(each => ['headteacher', 'chair', 'link-governor', 'governor'].includes(each))
    const form =
      filled ??
      blankForm(step.form, step.known({ version, requestDigest, person: actor, jobTitle: role ? roleNames[role] : '' }))
    return formPage(
      {
        title: step.title,
        intro: step.intro,
        form: withPeople(form, 'present', governors),
        button: step.button,
        backHref: pathOf(which),
        ...(step.warning ? { warning: true } : {}),
      },
      filled ? 400 : 200,
    )
  }

  return [
    get('/policy/:pack/versions', { access: 'policy.status' }, async ({ actor, params, read, now }) => {
      const pack = policyNamed(params['pack'])
      const { versions, triggers, live, open } = await read(async ({ policies }) => ({
        versions: await policies.versions(pack.id),
        triggers: await policies.triggers(pack.id),
        live: await policies.live(pack.id),
        open: await policies.inPreparation(pack.id),
      }))
      return view('policies/versions', {
        title: `Versions and reviews of policy ${pack.id}`,
        pack: pack.id,
        versions: versions.map(rowOf),
        triggers: triggers.map(each => ({
          ...each,
          kindName: triggerNames[each.kind],
          late: each.settledAt ? each.settledAt > each.dueAt : each.dueAt < now,
        })),
        live,
        open: open && rowOf(open),
        mayOpen: may(actor, 'policy.lead') && open === null && live !== null,
        mayCall: may(actor, 'policy.call-review'),
        backHref: `/policy/${pack.id}`,
        marking: 'Internal',
      })
    }),
    get('/policy/:pack/versions/new', { access: 'policy.lead' }, async ({ params }) => {
      const pack = policyNamed(params['pack'])
      return formPage({
        title: `Open the review of policy ${pack.id}`,
        intro: [
          'A draft is made with the words in force. A review always ends in a new version, with changed words or the same, and its findings.',
        ],
        form: blankForm(openForm),
        button: 'Open the review',
        backHref: `/policy/${pack.id}/versions`,
      })
    }),
    post(
      '/policy/:pack/versions/new',
      { access: 'policy.lead', form: openForm },
      async ({ actor, params, form: filled }) => {
        const pack = policyNamed(params['pack'])
        if (!filled.ok)
          return formPage(
            {
              title: `Open the review of policy ${pack.id}`,
              form: filled.view,
              button: 'Open the review',
              backHref: `/policy/${pack.id}/versions`,
            },
            400,
          )
        const number = await service.openReview(personOf(actor), pack.id, filled.values.reason)
        return redirect(pathOf({ policy: pack.id, number }), 'The review is open.')
      },
    ),
    get('/policy/:pack/triggers/new', { access: 'policy.call-review' }, async ({ params }) => {
      const pack = policyNamed(params['pack'])
      return formPage({
        title: 'Call for an early review',
        intro: ['A policy is looked at before its yearly review when something important has changed.'],
        form: blankForm(triggerForm),
        button: 'Call for the review',
        backHref: `/policy/${pack.id}/versions`,
      })
    }),
    post(
      '/policy/:pack/triggers/new',
      { access: 'policy.call-review', form: triggerForm },
      async ({ actor, params, form: filled }) => {
        const pack = policyNamed(params['pack'])
        const again = (form: FormView) =>
          formPage(
            {
              title: 'Call for an early review',
              form,
              button: 'Call for the review',
              backHref: `/policy/${pack.id}/versions`,
            },
            400,
          )
        if (!filled.ok) return again(filled.view)
        const { kind, summary, reference, happened } = filled.values
        return tried(
          async () => {
            await service.callReview(actor, pack.id, { kind, summary, reference, happenedOn: happened })
            return redirect(
              `/policy/${pack.id}/versions`,
              'The early review is called for, and the headteacher has a deadline.',
            )
          },
          filled.view,
          again,
        )
      },
    ),

    get('/policy/:pack/versions/:number', { access: 'policy.status' }, async ({ actor, params, read }) => {
      const which = whichOf(params)
      const { version, before, clauses, signatures, comments, names } = await read(async ({ policies, people }) => {
        const found = await policies.version(which.policy, which.number)
        const all = await policies.versions(which.policy)
        const earlier = all.find(
          each => each.number < found.number && (each.state === 'published' || each.state === 'superseded'),
        )
        const made = await policies.comments(found.id)
        return {
          version: found,
          before: earlier ? { number: earlier.number, clauses: await policies.clauses(earlier.id) } : null,
          clauses: await policies.clauses(found.id),
          signatures: await policies.signatures(found.id),
          comments: made,
          names: await people.names(
            [found.openedBy, found.proposedBy, found.approvedBy, ...made.map(each => each.personId)].filter(
              id => id !== null,
            ),
          ),
        }
      })
      const nameOf = (id: string | null): string => (id ? (names.get(id) ?? 'Somebody who has left') : 'Gatehouse')
      return view('policies/version', {
        title: `Policy ${which.policy}, version ${version.number}`,
        pack: which.policy,
        version: rowOf(version),
        by: {
          opened: nameOf(version.openedBy),
          proposed: nameOf(version.proposedBy),
          approved: nameOf(version.approvedBy),
        },
        signatures,
        comments: comments.map(each => ({ ...each, by: nameOf(each.personId) })),
        changes: before ? changesBetween(before.clauses, clauses) : [],
        comparedWith: before?.number,
        clauses: mayEdit(actor, version) ? clauses : null,
        missing: version.state === 'draft' ? missingForProposal(version) : [],
        steps: openSteps(actor, version, signatures).map(({ path, title }) => ({
          href: `${pathOf(which)}/${path}`,
          title,
        })),
        backHref: `/policy/${which.policy}/versions`,
        marking: 'Internal',
      })
    }),
    ...versionSteps.flatMap(step => [
      get<PolicyPageReads>(`/policy/:pack/versions/:number/${step.path}`, { access: step.access }, request =>
        stepPage(request, step),
      ),
      post<PolicyPageReads, Form>(
        `/policy/:pack/versions/:number/${step.path}`,
        { access: step.access, form: step.form },
        async request => {
          const { actor, params, form: filled } = request
          if (!filled.ok) return stepPage(request, step, filled.view)
          return tried(
            async () => {
              // The values were parsed by this very step's form.
              await step.run(service, personOf(actor), whichOf(params), filled.values as never)
              return redirect(pathOf(whichOf(params)), step.done)
            },
            filled.view,
            form => stepPage(request, step, form),
          )
        },
      ),
    ]),
    get('/policy/:pack/versions/:number/clause/:clause', { access: 'policy.edit' }, async ({ params, read }) => {
      const which = whichOf(params)
      const clause = await read(async ({ policies }) =>
        (await policies.clauses((await policies.version(which.policy, which.number)).id)).find(
          ({ id }) => id === params['clause'],
        ),
      )
      if (!clause) throw new Refusal('not-found', 'There is no such clause in this version.')
      return formPage({
        title: `Clause ${clause.id}`,
        intro: [clause.section],
        form: blankForm(rewordForm, { words: clause.words }),
        button: 'Save these words',
        backHref: pathOf(which),
      })
    }),
    post(
      '/policy/:pack/versions/:number/clause/:clause',
      { access: 'policy.edit', form: rewordForm },
      async ({ actor, params, form: filled }) => {
        const which = whichOf(params)
        if (!filled.ok)
          return formPage(
            {
              title: `Clause ${params['clause']}`,
              form: filled.view,
              button: 'Save these words',
              backHref: pathOf(which),
            },
            400,
          )
        await service.reword(personOf(actor), which, params['clause'] ?? '', filled.values.words)
        return redirect(`${pathOf(which)}#${params['clause']}`, `Clause ${params['clause']} is saved.`)
      },
    ),

    get('/policy/:pack/documents', { access: 'policy.status' }, async ({ actor, params, read, now }) => {
      const pack = policyNamed(params['pack'])
      const { recorded, names } = await read(async ({ policies, people }) => {
        const found = await policies.documents()
        return { recorded: found, names: await people.names([...found.values()].map(({ checkedBy }) => checkedBy)) }
      })
      return view('policies/documents', {
        title: `Papers that policy ${pack.id} refers to`,
        pack: pack.id,
        documents: linkedDocuments
          .filter(({ policy }) => policy === pack.id)
          .map(document => {
            const found = recorded.get(document.id)
            return {
              ...document,
              recorded: found && {
                ...found,
                by: names.get(found.checkedBy) ?? 'Somebody',
                late: found.nextReview !== null && found.nextReview < londonDate(now),
              },
            }
          }),
        // References to law that has moved since the policy was written.
        dated: policyNotes()
          .notes.filter(note => note.kind === 'law-moved' && note.clauses.some(id => id.startsWith(`${pack.id}-`)))
          .map(note => ({ ...note, clauses: note.clauses.filter(id => id.startsWith(`${pack.id}-`)) })),
        mayRecord: may(actor, 'policy.documents'),
        backHref: `/policy/${pack.id}`,
        marking: 'Internal',
      })
    }),
    get('/policy/:pack/documents/:document', { access: 'policy.documents' }, async ({ params, read }) => {
      const pack = policyNamed(params['pack'])
      const document = linkedDocument(params['document'] ?? '')
      if (!document || document.policy !== pack.id) throw new Refusal('not-found', 'This policy names no such paper.')
      const known = await read(async ({ policies }) => (await policies.documents()).get(document.id))
      const boxes = (day: string | null | undefined): string[] =>
        day
          ? day
              .split('-')
              .reverse()
              .map(part => String(Number(part)))
          : []
      return formPage({
        title: document.title,
        intro: ['You say that you have looked at it today.'],
        form: blankForm(
          optionalNext,
          known
            ? {
                version: known.version,
                approved: boxes(known.approvedOn),
                next: boxes(known.nextReview),
                place: known.place,
              }
            : {},
        ),
        button: 'Record it',
        backHref: `/policy/${pack.id}/documents`,
      })
    }),
    post(
      '/policy/:pack/documents/:document',
      { access: 'policy.documents', form: optionalNext },
      async ({ actor, params, form: filled }) => {
        const pack = policyNamed(params['pack'])
        const document = linkedDocument(params['document'] ?? '')
        if (!document || document.policy !== pack.id) throw new Refusal('not-found', 'This policy names no such paper.')
        const again = (form: FormView) =>
          formPage({ title: document.title, form, button: 'Record it', backHref: `/policy/${pack.id}/documents` }, 400)
        if (!filled.ok) return again(filled.view)
        const { version, approved, next, place } = filled.values
        return tried(
          async () => {
            await service.recordDocument(personOf(actor), document.id, {
              version,
              approvedOn: approved,
              nextReview: next,
              place,
            })
            return redirect(`/policy/${pack.id}/documents`, `${document.title} is recorded.`)
          },
          filled.view,
          again,
        )
      },
    ),
  ]
}

const mayEdit = (actor: Actor, version: PolicyVersion): boolean => allowedActions(actor, version).includes('edit')
