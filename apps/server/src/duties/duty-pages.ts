import type { PeopleReads } from '../people/people-store.ts'
import { isCurrent } from '../people/person.ts'
import { type Role, roleNames } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import { blankForm, type FormView, withErrors } from '../platform/form.ts'
import { formatDate, formatList } from '../platform/format.ts'
import { type FormRequest, get, type Page, post, redirect, type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { conflictsWith, type DutyRoleName, dutyRoleNames, dutyRoles } from './data/duty-roles.ts'
import {
  absenceForm,
  appointForm,
  confirmForm,
  deputyForm,
  endAbsenceForm,
  endForm,
  withOptions,
} from './duty-forms.ts'
import { missingAtSetUp, type Post, postProblem, registerOf } from './duty-register.ts'
import { type DutyService, registerDigest } from './duty-service.ts'
import type { DutyReads } from './duty-store.ts'

interface PageReads {
  readonly duties: DutyReads
  readonly people: PeopleReads
}

const isDutyRole = (role: string): role is DutyRoleName => (dutyRoleNames as readonly string[]).includes(role)
const dutyRole = (role: string | undefined): DutyRoleName => {
  if (role === undefined || !isDutyRole(role)) throw new Refusal('not-found', 'There is no such post in the register.')
  return role
}

/** What a post's state is called, and how it looks. */
export const problemWords = { vacant: 'Vacant', uncovered: 'Nobody is acting', 'no-deputy': 'No deputy named' } as const
const stateOf = (held: Post): { text: string; kind: 'good' | 'soon' | 'bad' | 'quiet' } => {
  const problem = postProblem(held)
  if (problem === 'vacant' || problem === 'uncovered') return { text: problemWords[problem], kind: 'bad' }
  if (held.state === 'away') return { text: 'Deputy is acting', kind: 'soon' }
  if (held.state === 'uncovered') return { text: 'Away', kind: 'soon' }
  if (problem === 'no-deputy') return { text: problemWords[problem], kind: 'soon' }
  return held.state === 'vacant' ? { text: 'Not filled', kind: 'quiet' } : { text: 'Held', kind: 'good' }
}

/** How a choice is shown: name and the posts that the person holds already. */
const choiceOf = (person: { id: string; name: string; roles: readonly Role[] }) => ({
  value: person.id,
  text: `${person.name} (${person.roles.map(role => roleNames[role]).join(', ')})`,
})

export const dutyPages = (service: Omit<DutyService, 'release'>): Page<PageReads>[] => {
  const register = async (
    request: Pick<Request<PageReads>, 'actor' | 'now' | 'read'>,
    forms: { absence?: FormView; confirm?: FormView } = {},
    status = 200,
  ): Promise<Reply> => {
    const { actor, now } = request
    const model = await request.read(async ({ duties, people }) => {
      const facts = await duties.facts()
      const posts = registerOf(facts)
      const absences = await duties.absencesFrom(now)
      const confirmation = await duties.lastConfirmation()
      const names = await people.names([
        ...posts
          .flatMap(each => [
            ...each.holders.flatMap(({ personId, deputyId }) => [personId, deputyId ?? '']),
            ...each.answers,
          ])
          .filter(Boolean),
        ...absences.map(({ personId }) => personId),
        ...(confirmation ? [confirmation.confirmedBy] : []),
      ])
      const everybody = await duties.candidates()
      // Whoever keeps the register records anybody's absence; everyone else their own.
      const candidates = may(actor, 'duties.manage')
        ? everybody
        : everybody.filter(({ id }) => actor.kind === 'person' && id === actor.personId)
      return { posts, absences, names, confirmation, candidates, digest: registerDigest(facts) }
    })
    const { posts, names, confirmation, candidates } = model
    const name = (id: string): string => names.get(id) ?? 'Somebody who is no longer in the register'
    const rows = posts.map(each => ({
      role: each.duty.role,
      title: roleNames[each.duty.role],
      alsoCalled: each.duty.alsoCalled,
      holders: each.holders.map(holder => ({
        name: name(holder.personId),
        from: holder.from,
        deputy: holder.deputyId ? name(holder.deputyId) : null,
        away: holder.away,
      })),
      state: stateOf(each),
      acting:
        each.state === 'away' || each.state === 'uncovered' || each.state === 'vacant' ? each.answers.map(name) : [],
      required: each.duty.required,
    }))
    const loud = posts.filter(each => postProblem(each) === 'vacant' || postProblem(each) === 'uncovered')
    return view(
      'duties/register',
      {
        title: 'Who answers for what',
        rows,
        loud: loud.map(each => ({
          title: roleNames[each.duty.role],
          href: `/duties/${each.duty.role}`,
          problem: postProblem(each),
        })),
        missing: missingAtSetUp(posts).map(each => roleNames[each.duty.role]),
        absences: model.absences.map(({ id, personId, from, to }) => ({
          id,
          name: name(personId),
          from,
          to,
          mine: actor.kind === 'person' && actor.personId === personId,
        })),
        confirmation: confirmation && {
          at: confirmation.at,
          by: name(confirmation.confirmedBy),
          vacancies: confirmation.vacancies,
          same: confirmation.digest === model.digest,
        },
        manage: may(actor, 'duties.manage'),
        reviews: may(actor, 'reviews.view'),
        form: forms.absence?.errors.length ? forms.absence : forms.confirm,
        absenceForm: withOptions(forms.absence ?? blankForm(absenceForm), 'person', candidates.map(choiceOf)),
        confirmForm: may(actor, 'duties.confirm')
          ? (forms.confirm ?? blankForm(confirmForm, { digest: model.digest }))
          : null,
      },
      status,
    )
  }

  const showPost = async (
    request: Pick<Request<PageReads>, 'actor' | 'now' | 'read'>,
    role: DutyRoleName,
    form?: FormView,
    status = 200,
  ): Promise<Reply> => {
    const { actor, now } = request
    const duty = dutyRoles().find(each => each.role === role)
    const model = await request.read(async ({ duties, people }) => {
      const held = registerOf(await duties.facts()).find(each => each.duty.role === role)
      const history = await people.appointmentsOf({ role })
      const notes = await duties.notesOf(history.map(({ id }) => id))
      const names = await people.names(
        [
          ...history.flatMap(({ personId, deputyId }) => [personId, deputyId ?? '']),
          ...notes.map(({ writtenBy }) => writtenBy ?? ''),
          ...(held?.answers ?? []),
        ].filter(Boolean),
      )
      return { held, history, notes, names, candidates: may(actor, 'duties.manage') ? await duties.candidates() : [] }
    })
    const { held, history, notes, names, candidates } = model
    if (!held || !duty) throw new Refusal('not-found', 'There is no such post in the register.')
    const name = (id: string): string => names.get(id) ?? 'Somebody who is no longer in the register'
    const shown = history.map(each => ({
      id: each.id,
      name: name(each.personId),
      from: each.from,
      to: each.to,
      current: isCurrent(each, now),
      deputy: each.deputyId ? name(each.deputyId) : null,
      notes: notes.filter(({ appointmentId }) => appointmentId === each.id),
      deputyForm: withOptions(
        blankForm(deputyForm, { appointment: each.id, deputy: each.deputyId ?? '' }),
        'deputy',
        candidates.filter(({ id }) => id !== each.personId).map(choiceOf),
      ),
    }))
    const blank = blankForm(appointForm)
    const choices = candidates.filter(
      ({ id, roles }) =>
        !roles.includes(role) &&
        !(actor.kind === 'person' && actor.personId === id) &&
        !conflictsWith(role, roles).some(({ severity }) => severity === 'refuse'),
    )
    const filled = withOptions(
      withOptions(form ?? blank, 'person', choices.map(choiceOf)),
      'deputy',
      candidates.map(choiceOf),
    )
    return view(
      'duties/post',
      {
        title: roleNames[role],
        backHref: '/duties',
        duty,
        role,
        state: stateOf(held),
        answers: formatList(held.answers.map(name)),
        current: shown.filter(({ current }) => current),
        past: shown.filter(({ current }) => !current),
        manage: may(actor, 'duties.manage'),
        form: filled,
        excluded: candidates.length - choices.length,
      },
      status,
    )
  }

  /** Runs what a form asks for; a refusal that names what is wrong is shown beside the field. */
  const trying = async (
    filled: FormView,
    field: string,
    again: (form: FormView) => Promise<Reply>,
    work: () => Promise<Reply>,
  ): Promise<Reply> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
      return again(withErrors(filled, { [field]: error.sentence }))
    }
  }

  const appoint = (role: DutyRoleName) =>
    post(
      `/duties/${role}/appoint`,
      { access: 'duties.manage', form: appointForm },
      async (request: FormRequest<PageReads, typeof appointForm>) => {
        const { actor, form: filled } = request
        const again = (shown: FormView) => showPost(request, role, shown, 400)
        if (!filled.ok) return again(filled.view)
        const { person, deputy, reason, provider, contract, until } = filled.values
        if (provider && !contract)
          return again(
            withErrors(filled.view, { contract: 'Enter the contract or agreement under which the service is given' }),
          )
        return trying(filled.view, 'person', again, async () => {
          await service.appoint(actor, {
            role,
            personId: person,
            deputyId: deputy,
            reason,
            service: provider && contract ? { provider, contract, untilDate: until } : null,
          })
          return redirect(`/duties/${role}`, 'The register is changed, and those it concerns have been told.')
        })
      },
    )

  return [
    get('/duties', { access: 'duties.view' }, request => register(request)),
    post('/duties/confirm', { access: 'duties.confirm', form: confirmForm }, async request => {
      if (!request.form.ok) return register(request, { confirm: request.form.view }, 400)
      await service.confirm(request.actor, request.form.values.digest)
      return redirect(
        '/duties',
        `The register is confirmed. It is due again in a year, on ${formatDate(new Date(request.now.getTime() + 365 * 86_400_000))}.`,
      )
    }),
    post('/duties/absence', { access: 'duties.view', form: absenceForm }, async request => {
      const filled = request.form
      const again = (absence: FormView) => register(request, { absence }, 400)
      if (!filled.ok) return again(filled.view)
      const { person, from, to } = filled.values
      return trying(filled.view, 'to', again, async () => {
        await service.recordAbsence(request.actor, person, from, to)
        return redirect('/duties', 'The absence is recorded. The deputy acts from its start.')
      })
    }),
    post('/duties/absence/end', { access: 'duties.view', form: endAbsenceForm }, async request => {
      if (!request.form.ok) return register(request, {}, 400)
      await service.endAbsence(request.actor, request.form.values.absence)
      return redirect('/duties', 'The absence has ended.')
    }),
    get('/duties/:role', { access: 'duties.view' }, request => showPost(request, dutyRole(request.params['role']))),
    ...dutyRoleNames.map(appoint),
    post('/duties/:role/end', { access: 'duties.manage', form: endForm }, async request => {
      const role = dutyRole(request.params['role'])
      if (!request.form.ok) return showPost(request, role, undefined, 400)
      await service.end(request.actor, request.form.values.appointment)
      return redirect(
        `/duties/${role}`,
        'The appointment has ended. What was waiting has moved to whoever answers now.',
      )
    }),
    post('/duties/:role/deputy', { access: 'duties.manage', form: deputyForm }, async request => {
      const role = dutyRole(request.params['role'])
      if (!request.form.ok) return showPost(request, role, undefined, 400)
      try {
        await service.setDeputy(request.actor, request.form.values.appointment, request.form.values.deputy)
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        throw new Refusal('conflict', error.sentence, { cause: error })
      }
      return redirect(
        `/duties/${role}`,
        request.form.values.deputy ? 'The deputy is named, and has been told.' : 'There is no deputy now.',
      )
    }),
  ]
}

/** Whether somebody must be shown on the first page, to headteacher and chair, that a post is empty. */
export async function vacanciesFor(
  reads: Pick<PageReads, 'duties'>,
  actor: Actor,
): Promise<{ title: string; href: string; problem: 'vacant' | 'uncovered' }[]> {
  if (!may(actor, 'duties.confirm')) return []
  return registerOf(await reads.duties.facts()).flatMap(each => {
    const problem = postProblem(each)
    return problem === 'vacant' || problem === 'uncovered'
      ? [{ title: roleNames[each.duty.role], href: `/duties/${each.duty.role}`, problem }]
      : []
  })
}
