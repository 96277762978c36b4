import { may } from '../platform/actor.ts'
import { choice, dateTime, longText, optionalText, text } from '../platform/fields.ts'
import { blankForm, form, withErrors } from '../platform/form.ts'
import { formatDateTime } from '../platform/format.ts'
import { get, type Page, post, redirect, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { caseReference } from './case.ts'
import { actionPage, FieldProblems, resolveAll, resolveOne, withProblem } from './case-action-page.ts'
import { emptyForm } from './case-forms.ts'
import type { CasePageReads } from './case-pages.ts'
import { optionsOf } from './case-parts.ts'
import { sanctionRule, sanctionRules } from './data/sanction-rules.ts'
import { neverDo } from './illegal-pages.ts'
import {
  groundNames,
  grounds,
  nextSearchSteps,
  ownerNames,
  owners,
  searchStatusNames,
  searchStepNames,
  searchSteps,
} from './search.ts'
import type { SearchService } from './search-service.ts'

const searchForm = form({
  owner: choice('Select who owns the device', optionsOf(owners, ownerNames), {
    label: 'Who owns the device?',
    hint: 'Only a device of the school’s or of a pupil’s can be searched.',
  }),
  pupil: optionalText({ label: 'Which pupil?', hint: 'Full name as in the register, when it is a pupil’s' }),
  ground: choice('Select the grounds', optionsOf(grounds, groundNames), { label: 'On what grounds?' }),
  suspicion: longText('Enter what makes the suspicion reasonable', { label: 'What makes the suspicion reasonable?' }),
  rule: choice(
    'Select the published rule. There is no search without one',
    sanctionRules().map(rule => ({ value: rule.id, text: rule.rule })),
    { label: 'Which published rule does it concern?', as: 'select' },
  ),
  witness: text('Enter who was the witness', {
    label: 'Who was the witness?',
    hint: 'Another member of staff, full name as in the register',
  }),
  searchedAt: dateTime('Enter when it was searched', { label: 'When' }),
  device: text('Enter which device it is', {
    label: 'Which device is it?',
    hint: 'Make, colour, asset tag: enough to know it again',
  }),
  found: longText('Enter what was found', {
    label: 'What was found on the person or device so far?',
    hint: 'Never describe an image.',
  }),
})
const stepForm = form({
  step: choice(
    'Select what was done',
    searchSteps.map(step => ({ value: step, text: searchStepNames[step] })),
    { label: 'What was done?' },
  ),
  words: longText('Enter who did what, and where the device is now', {
    label: 'Who did what, and where is the device now?',
    max: 2000,
  }),
})
const authoriseForm = form({
  person: text('Enter whom you authorise', {
    label: 'Whom do you authorise to search?',
    hint: 'A member of staff, full name as in the register',
  }),
})

type R = CasePageReads
export const searchPages = (service: SearchService): Page<R>[] => [
  ...actionPage<R, typeof searchForm>({
    path: 'search',
    action: 'search',
    title: 'Record a search of a device',
    form: searchForm,
    button: 'Record the search',
    intro: [
      'Same day, with a witness, under a published rule. If an indecent image is suspected at any moment, stop and do not look.',
    ],
    before: async (reads, file, { actor }) => {
      await service.mustBeAuthorised(actor, file.id)
      if (await reads.illegal.path(file.id))
        throw new Refusal(
          'forbidden',
          'This case is on the illegal-content path. Nothing is searched or examined: leave the device alone and call the police.',
        )
      return {}
    },
    apply: async (request, values) => {
      const { witness, pupil } = await resolveAll(request, {
        witness: values.witness,
        pupil: values.owner === 'pupil' ? values.pupil : null,
      })
      const id = await service.record(request.actor, request.params['id'] ?? '', {
        owner: values.owner,
        ground: values.ground,
        ruleId: values.rule,
        witnessId: witness ?? '',
        pupilId: pupil,
        searchedAt: values.searchedAt,
        device: values.device,
        suspicion: values.suspicion,
        found: values.found,
      })
      return { to: `/searches/${id}`, flash: 'The search is in the register' }
    },
  }),
  get('/searches', { access: 'search.view', recorded: 'search-register.viewed' }, async ({ actor, read, now }) => {
    const { searches, authorisations, names } = await read(async reads => {
      const found = await reads.searches.register(actor)
      const given = await reads.searches.authorisations()
      return {
        searches: found,
        authorisations: given,
        names: await reads.people.names([
          ...found.map(({ searchedBy }) => searchedBy),
          ...given.map(({ personId }) => personId),
        ]),
      }
    })
    return view('incidents/search-register', {
      title: 'Searches of devices',
      marking: 'Sensitive',
      backHref: '/cases',
      searches: searches.map(search => ({
        href: `/searches/${search.id}`,
        reference: caseReference(search.id),
        at: search.searchedAt,
        owner: ownerNames[search.ownership],
        status: searchStatusNames[search.status],
        by: names.get(search.searchedBy) ?? 'Somebody no longer in the register',
      })),
      authorisations: authorisations.map(given => ({
        id: given.id,
        person: names.get(given.personId) ?? 'Somebody no longer in the register',
        from: given.from,
        to: given.to,
        running: given.to === null || given.to > now,
      })),
      mayAuthorise: may(actor, 'search.authorise'),
      now,
    })
  }),
  get('/searches/authorise', { access: 'search.authorise' }, async () => authorisePage(blankForm(authoriseForm), 200)),
  post('/searches/authorise', { access: 'search.authorise', form: authoriseForm }, async request => {
    if (!request.form.ok) return authorisePage(request.form.view, 400)
    try {
      await service.authorise(request.actor, await resolveOne(request, 'person', request.form.values.person))
    } catch (error) {
      if (error instanceof FieldProblems) return authorisePage(withErrors(request.form.view, error.problems), 400)
      if (error instanceof Refusal && error.code === 'invalid')
        return authorisePage(withProblem(request.form.view, error.sentence), 400)
      throw error
    }
    return redirect('/searches', 'Authorised')
  }),
  post(
    '/searches/authorisations/:authorisation/end',
    { access: 'search.authorise', form: emptyForm },
    async ({ actor, params }) => {
      await service.endAuthorisation(actor, params['authorisation'] ?? '')
      return redirect('/searches', 'Ended')
    },
  ),
  get('/searches/:id', { access: 'search.record', recorded: 'search.viewed' }, request =>
    searchPage(request, null, 200),
  ),
  post('/searches/:id', { access: 'search.record', form: stepForm }, async request => {
    if (!request.form.ok) return searchPage(request, request.form.view, 400)
    const { step, words } = request.form.values
    try {
      const caseId = await service.step(request.actor, request.params['id'] ?? '', step, words)
      return step === 'suspect-image'
        ? redirect(`/cases/${caseId}/illegal`, 'Stop. Follow these steps, in order.')
        : redirect(`/searches/${request.params['id']}`, 'Recorded')
    } catch (error) {
      if (error instanceof Refusal && error.code === 'conflict')
        return searchPage(request, withProblem(request.form.view, error.sentence), 409)
      throw error
    }
  }),
]

const authorisePage = (shown: ReturnType<typeof blankForm>, status: number) =>
  view(
    'incidents/case-form',
    {
      title: 'Authorise somebody to search',
      backHref: '/searches',
      form: shown,
      fields: Object.values(shown.fields),
      intro: [
        'In law the headteacher may search, and staff whom the headteacher has authorised. Tell them what they may not do: make anybody search, or look at an image.',
      ],
      facts: [],
      button: 'Authorise',
    },
    status,
  )

async function searchPage(request: Request<R>, shown: ReturnType<typeof blankForm> | null, status: number) {
  const { search, words, custody, names } = await request.read(async reads => {
    const found = await reads.searches.get(request.actor, request.params['id'] ?? '')
    const chain = await reads.searches.custody(found)
    return {
      search: found,
      words: await reads.searches.words(found),
      custody: chain,
      names: await reads.people.names([
        found.searchedBy,
        found.authorisedBy,
        found.witnessId,
        ...(found.pupilId ? [found.pupilId] : []),
        ...chain.map(({ byId }) => byId),
      ]),
    }
  })
  const nameOf = (id: string): string => names.get(id) ?? 'Somebody no longer in the register'
  const next = nextSearchSteps(search.status, search.ground)
  const model = shown ?? blankForm(stepForm)
  const step = model.fields['step']
  return view(
    'incidents/search-show',
    {
      title: `Search ${caseReference(search.id)}`,
      marking: 'Sensitive',
      backHref: `/cases/${search.caseId}`,
      form: model,
      // Only what may be done now is offered; the service refuses the rest as well.
      fields: step
        ? [
            { ...step, options: step.options?.filter(({ value }) => (next as readonly string[]).includes(value)) },
            model.fields['words'],
          ]
        : [],
      mayStep: next.length > 0,
      stopped: search.status === 'suspected-image',
      never: neverDo,
      illegalHref: `/cases/${search.caseId}/illegal`,
      status: searchStatusNames[search.status],
      facts: [
        { key: 'Device', text: words['device'] ?? '' },
        {
          key: 'Owner',
          text: search.pupilId
            ? `${ownerNames[search.ownership]}: ${nameOf(search.pupilId)}`
            : ownerNames[search.ownership],
        },
        { key: 'Grounds', text: `${groundNames[search.ground]}. ${words['suspicion'] ?? ''}` },
        { key: 'Published rule', text: sanctionRule(search.rule)?.rule ?? search.rule },
        { key: 'Searched by', text: `${nameOf(search.searchedBy)}, ${formatDateTime(search.searchedAt, request.now)}` },
        { key: 'Authorised by', text: nameOf(search.authorisedBy) },
        { key: 'Witness', text: nameOf(search.witnessId) },
        { key: 'Found', text: words['found'] ?? '' },
        {
          key: 'Parents',
          text: search.parentsToldAt ? `Told ${formatDateTime(search.parentsToldAt, request.now)}` : 'Not told yet',
        },
      ],
      custody: custody
        .map(link => ({ at: link.at, title: searchStepNames[link.step], by: nameOf(link.byId), text: link.words }))
        .reverse(),
      now: request.now,
    },
    status,
  )
}
