import type { PeopleReads } from '../people/people-store.ts'
import type { Permission } from '../permissions.ts'
import type { Actor } from '../platform/actor.ts'
import { blankForm, type Form, type FormView, type Values, withErrors } from '../platform/form.ts'
import { get, type MayUpload, type Page, post, redirect, type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { allowedActions, caseActions, caseReference, type CaseAction } from './case.ts'
import { type FoundPerson, resolvePerson } from './case-people.ts'
import type { Case, CaseReads } from './case-store.ts'

/* One act on a case is one page: a short form, its button, and back to the case. */

export interface ActionReads {
  readonly cases: CaseReads
  readonly people: PeopleReads
}
/** Errors by field, thrown by an act that found them after the form itself was right. */
export class FieldProblems extends Error {
  readonly problems: Readonly<Record<string, string>>
  constructor(problems: Readonly<Record<string, string>>) {
    super('field problems')
    this.problems = problems
  }
}

interface ActionPage<R extends ActionReads, F extends Form> {
  /** After `/cases/:id/`. */
  readonly path: string
  /** Checked against the table of moves when the form is shown; a permission alone for what is decided elsewhere. */
  readonly action: CaseAction | { readonly access: Permission }
  readonly title: string
  /** Where the back link leads, when not to the case. */
  readonly back?: (params: Readonly<Record<string, string>>) => string
  readonly form: F
  readonly button: string
  readonly warning?: boolean
  /** Sentences above the form. */
  readonly intro?: readonly string[]
  readonly uploadBytes?: number
  readonly mayUpload?: MayUpload<R>
  /** What is already known, and more for the page. May refuse. */
  readonly before?: (
    reads: R,
    file: Case,
    request: Request<R>,
  ) => Promise<{
    known?: Readonly<Record<string, string | readonly string[]>>
    facts?: readonly { readonly name: string; readonly value: string }[]
    intro?: readonly string[]
  }>
  readonly apply: (request: Request<R>, values: Values<F>) => Promise<{ readonly to?: string; readonly flash: string }>
}

export function actionPage<R extends ActionReads, F extends Form>(page: ActionPage<R, F>): Page<R>[] {
  const path = `/cases/:id/${page.path}`
  const { action } = page
  const access = typeof action === 'string' ? caseActions[action].needs : action.access
  const show = async (request: Request<R>, formView: FormView | null, status: number): Promise<Reply> => {
    const { file, extra } = await request.read(async reads => {
      const found = await reads.cases.get(request.actor, request.params['id'] ?? '')
      return { file: found, extra: (await page.before?.(reads, found, request)) ?? {} }
    })
    if (formView === null && typeof action === 'string') mustBeAllowedNow(request.actor, file, action)
    const shown = formView ?? blankForm(page.form, extra.known)
    return view(
      'incidents/case-form',
      {
        title: page.title,
        marking: 'Sensitive',
        backHref: page.back?.(request.params) ?? `/cases/${file.id}`,
        reference: caseReference(file.id),
        form: shown,
        fields: Object.values(shown.fields),
        intro: [...(page.intro ?? []), ...(extra.intro ?? [])],
        facts: extra.facts ?? [],
        button: page.button,
        warning: page.warning ?? false,
        upload: page.uploadBytes !== undefined,
      },
      status,
    )
  }
  return [
    get<R>(path, { access, recorded: 'case.viewed' }, request => show(request, null, 200)),
    post<R, F>(
      path,
      {
        access,
        form: page.form,
        ...(page.uploadBytes === undefined ? {} : { uploadBytes: page.uploadBytes }),
        ...(page.mayUpload ? { mayUpload: page.mayUpload } : {}),
      },
      async request => {
        if (!request.form.ok) return show(request, request.form.view, 400)
        try {
          const { to, flash } = await page.apply(request, request.form.values)
          return redirect(to ?? `/cases/${request.params['id']}`, flash)
        } catch (error) {
          if (error instanceof FieldProblems) return show(request, withErrors(request.form.view, error.problems), 400)
          // What was typed stays on the page when the answer is no.
          if (error instanceof Refusal && (error.code === 'invalid' || error.code === 'conflict'))
            return show(request, withProblem(request.form.view, error.sentence), error.code === 'invalid' ? 400 : 409)
          throw error
        }
      },
    ),
  ]
}

/** A problem that belongs to no one field, shown at the first. */
export const withProblem = (form: FormView, sentence: string): FormView => {
  const first = Object.values(form.fields).find(field => field.kind !== 'hidden')
  return first
    ? withErrors(form, { [first.name]: sentence })
    : { ...form, errors: [{ text: sentence, href: '#main-content' }] }
}

export function mustBeAllowedNow(actor: Actor, file: Case, action: CaseAction): void {
  if (!allowedActions(actor, file).includes(action))
    throw new Refusal(
      'conflict',
      'This cannot be done to the case now, or not by your role. Go back to the case to see what can.',
    )
}

/** Finds each named person. @throws {FieldProblems} with all that were not found. */
export async function resolveAll<N extends string>(
  request: Request<ActionReads>,
  typed: Readonly<Record<N, string | null>>,
): Promise<Record<N, string | null>> {
  const found: Partial<Record<N, string | null>> = {}
  const problems: Record<string, string> = {}
  for (const [name, words] of Object.entries(typed) as [N, string | null][]) {
    const result: FoundPerson | null =
      words === null ? null : await request.read(({ people }) => resolvePerson(people, words))
    if (result !== null && 'problem' in result) problems[name] = result.problem
    else found[name] = result?.id ?? null
  }
  if (Object.keys(problems).length > 0) throw new FieldProblems(problems)
  // Every name was found or was not given.
  return found as Record<N, string | null>
}
export async function resolveOne(request: Request<ActionReads>, name: string, words: string): Promise<string> {
  const { [name]: id } = await resolveAll(request, { [name]: words })
  if (!id) throw new FieldProblems({ [name]: 'Enter who it is' })
  return id
}
