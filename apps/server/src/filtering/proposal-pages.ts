import type { Values } from '../platform/form.ts'
import { blankForm, type Form, type FormView, type Option, withErrors } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import { get, type Page, post, type Reply, redirect, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { asSelect } from '../people/people-forms.ts'
import type { ChangePageReads } from './change-page.ts'
import type { FilterChangeService } from './filter-change-service.ts'
import type { Proposal } from './filter-proposal.ts'
import { usualReview } from './proposal-forms.ts'
import { WrongField } from './proposal-typed.ts'

/*
 * One page a kind of proposal: a form, which is laid aside as a draft and shown with what it would do before anybody else
 * hears of it. The kinds differ in their form, in what is already known, and in how what was typed becomes a proposal.
 */

type Known = Readonly<Record<string, string | readonly string[]>>
interface Place {
  readonly reads: ChangePageReads
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly now: Date
}

export interface ProposalKind<F extends Form> {
  readonly path: string
  readonly form: F
  /** Fields in the order of the page; all of the form's unless told. */
  readonly backHref: string
  /** Which field says what is wrong with the whole. */
  readonly field: string
  /** @throws {Refusal} `not-found` where the page is about something that is not there. */
  readonly about: (place: Place) => Promise<{ readonly title: string; readonly lead?: string; readonly known: Known }>
  readonly proposal: (values: Values<F>, place: Place) => Promise<DistributedOmit<Proposal, keyof Tended>>
}
type Tended = Pick<Proposal, 'reason' | 'owner' | 'reviewOn' | 'caseId'>
/** `Omit` for each member of a union. */
type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

interface TendedValues {
  readonly reason: string
  readonly owner: Tended['owner']
  readonly reviewOn: string
  readonly case: string | null
}

/** Two pages: the form, and what happens when it is sent. */
export function proposalPages<F extends Form>(
  service: FilterChangeService,
  kind: ProposalKind<F>,
): Page<ChangePageReads>[] {
  const show = async (request: Request<ChangePageReads>, sent?: FormView, status = 200): Promise<Reply> => {
    const { params, query, now } = request
    const { title, lead, form } = await request.read(async reads => {
      const about = await kind.about({ reads, params, query, now })
      const blank =
        sent ?? blankForm(kind.form, { owner: 'network-manager', reviewOn: usualReview(now), ...about.known })
      return { title: about.title, lead: about.lead, form: await withChoices(reads, blank) }
    })
    return view(
      'filtering/propose',
      {
        title,
        lead,
        form: form,
        fields: Object.keys(kind.form.fields).map(name => form.fields[name]),
        backHref: kind.backHref,
      },
      status,
    )
  }
  return [
    get(kind.path, { access: 'filter.propose' }, request => show(request)),
    post(kind.path, { access: 'filter.propose', form: kind.form }, async request => {
      const { actor, form, params, query, now } = request
      if (!form.ok) return show(request, form.view, 400)
      try {
        // Every form of a kind ends with `tending`, which the type of the kind cannot say.
        const tended = form.values as unknown as TendedValues
        const asked = await request.read(reads => kind.proposal(form.values, { reads, params, query, now }))
        const proposal = {
          ...asked,
          reason: tended.reason,
          owner: tended.owner,
          reviewOn: tended.reviewOn,
          caseId: caseOf(tended.case),
        } as Proposal
        return redirect(draftAddress(await service.draft(actor, proposal)))
      } catch (error) {
        return show(request, told(form.view, error, kind.field), 400)
      }
    }),
  ]
}

export const draftAddress = (id: string): string => `/internet/proposals/${id}`
export const caseOf = (typed: string | null): string | null => (typed !== null && isId(typed) ? typed : null)

/** The refusal beside the field that it is about; any other error goes on. */
export function told(form: FormView, error: unknown, field: string): FormView {
  if (error instanceof WrongField && form.fields[error.field])
    return withErrors(form, { [error.field]: error.sentence })
  if (error instanceof Refusal && (error.code === 'invalid' || error.code === 'conflict'))
    return withErrors(form, { [field]: error.sentence })
  throw error
}

/** Texts whose choices are the school's own become selects. */
async function withChoices({ filtering, people }: ChangePageReads, form: FormView): Promise<FormView> {
  const { rules, places } = await filtering.filter()
  const named = (items: readonly { id: string; name: string }[]): Option[] =>
    items.map(({ id, name }) => ({ value: id, text: name }))
  const choices: Record<string, Option[]> = {
    window: named(rules.times?.windows ?? []),
    place: named(places),
    classId: named(await people.groups('class')),
  }
  return Object.entries(choices).reduce((shown, [name, options]) => asSelect(shown, name, options), form)
}
