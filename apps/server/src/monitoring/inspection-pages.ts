import type { PeopleReads } from '../people/people-store.ts'
import { choice, longText, text } from '../platform/fields.ts'
import { blankForm, form, type FormView } from '../platform/form.ts'
import { get, type Page, post, type Reply, type Request, redirect, view } from '../platform/page.ts'
import { type InspectionReads, type InspectionService, ownerNames, owners } from './inspection.ts'
import { isPurpose, purposeNames, purposes } from './look.ts'

export interface InspectionPageReads {
  readonly inspections: InspectionReads
  readonly people: PeopleReads
}

const inspectForm = form({
  owner: choice(
    'Select whose device it is',
    owners.map(value => ({ value, text: ownerNames[value] })),
    { label: 'Whose device is it?', hint: 'Only what the school owns or leases may be inspected.', as: 'radios' },
  ),
  purpose: choice(
    'Select what it is for',
    purposes.map(value => ({ value, text: purposeNames[value] })),
    { label: 'What is it for?', as: 'radios' },
  ),
  device: text('Enter which device', { label: 'Which device?', hint: 'Such as its number or name', max: 100 }),
  why: longText('Enter why', { label: 'Why?', max: 1000, rows: 3 }),
  found: longText('Enter what you looked at and found', {
    label: 'What did you look at, and find?',
    max: 2000,
    rows: 4,
  }),
})

/** Who looked into which device of the school, why and what they found. */
export function inspectionPages(service: InspectionService): Page<InspectionPageReads>[] {
  const show = ({ read }: Pick<Request<InspectionPageReads>, 'read'>, filled: FormView | null): Promise<Reply> =>
    read(async ({ inspections, people }) => {
      const found = await inspections.list()
      const names = await people.names(found.map(({ byId }) => byId))
      return view(
        'monitoring/inspections',
        {
          title: 'Inspections of devices',
          marking: 'Official – sensitive: personal',
          inspect: filled ?? blankForm(inspectForm),
          ...(filled ? { form: filled } : {}),
          rows: await Promise.all(
            found.map(async each => {
              const [device = '', why = '', ...rest] = (await inspections.words(each.id)).split('\n')
              return {
                at: each.at,
                by: names.get(each.byId) ?? 'Somebody no longer here',
                device,
                owner: ownerNames[each.owner],
                purpose: isPurpose(each.purpose) ? purposeNames[each.purpose] : each.purpose,
                why,
                found: rest.join(' '),
                isRefused: each.outcome === 'refused',
              }
            }),
          ),
        },
        filled ? 400 : 200,
      )
    })
  return [
    get('/inspections', { access: 'device.inspect' }, request => show(request, null)),
    post('/inspections', { access: 'device.inspect', form: inspectForm }, async request => {
      const { actor, form: sent } = request
      if (!sent.ok) return show(request, sent.view)
      const { why, found, ...rest } = sent.values
      // One line each, so that the three can be told apart again.
      await service.record(actor, { ...rest, why: why.replace(/\s+/g, ' '), found: found.replace(/\s+/g, ' ') })
      return redirect('/inspections', 'It is written down.')
    }),
  ]
}
