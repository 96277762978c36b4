import type { Role } from '../permissions.ts'
import { hidden, optionalHidden, password, text } from '../platform/fields.ts'
import { blankForm, form, type Submission, withErrors } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { personOf } from '../platform/actor.ts'
import { Refusal } from '../platform/refusal.ts'
import { passwordProblem } from './password-rules.ts'
import { shortestPassword } from './passwords.ts'
import type { PeopleReads } from './people-store.ts'
import type { SignInService } from './sign-in-service.ts'

export const signInForm = form({
  username: text('Enter your username', { label: 'Username', max: 64, autocomplete: 'username' }),
  password: password('Enter your password', { label: 'Password', autocomplete: 'current-password' }),
  next: optionalHidden(500),
})

export const changePasswordForm = form({
  current_password: password('Enter your current password', {
    label: 'Current password',
    autocomplete: 'current-password',
  }),
  new_password: password('Enter a new password', {
    label: 'New password',
    hint: `At least ${shortestPassword} characters. Three random words make a good one. You may paste it from a password manager.`,
    autocomplete: 'new-password',
  }),
})

/** Only a path of this product: never another site, never a scheme. */
export const ownPath = (path: string | null | undefined): string =>
  path?.startsWith('/') && !path.startsWith('//') && !/[\\\s]/.test(path) ? path : '/'

/** What was typed on another page before the session ended, carried through signing in as `resume:<name>` fields. */
const resumed = (submission: Submission): { action: string; fields: { name: string; value: string }[] } | null => {
  const action = submission.values.get('resume_action')?.[0]
  if (!action) return null
  const fields = [...submission.values].flatMap(([name, values]) =>
    name.startsWith('resume:') ? values.map(value => ({ name: name.slice(7), value })) : [],
  )
  return { action: ownPath(action), fields }
}

/** One card a role, for walking into a sample school. */
export interface SampleCard {
  readonly role: Role
  readonly name: string
  readonly does: string
  readonly accountId: string
}

/**
 * Where the sample's cards come from. `cards` is empty unless the school was made as a sample and the installation holds no
 * real school; that the request is from this very machine is asked here, at each request.
 */
export interface SampleDoor {
  cards(schoolId: string): Promise<readonly SampleCard[]>
}

/** The words of the page for an address that does not exist: without the sample, this one does not. */
const noPage = 'There is no such page. Check the address, or start again from the first page.'
const cardForm = form({ card: hidden('Choose a card', 40) })

interface SignInPageReads {
  readonly people: PeopleReads
  readonly useNotices: { told(personId: string): Promise<Date | null> }
}

/** Where somebody goes who has just signed in: first to what the school sees of their use, until they have read it (A-5-24). */
const afterSignIn = async (
  { people, useNotices }: SignInPageReads,
  username: string,
  next: string,
): Promise<string> => {
  const account = await people.accountByUsername(username.trim().slice(0, 64))
  if (!account || (await useNotices.told(account.personId))) return next
  const groups = await people.filterGroupsOf(account.personId)
  return groups.length > 0 ? `/what-we-see?${new URLSearchParams({ next })}` : next
}

export const signInPages = (service: SignInService, door: SampleDoor): Page<SignInPageReads>[] => [
  get('/sign-in', { access: 'public' }, async ({ actor, query, local, schoolId }) =>
    actor.kind === 'person'
      ? redirect(ownPath(query.get('next')))
      : view('people/sign-in', {
          title: 'Sign in',
          form: blankForm(signInForm, { next: query.get('next') ?? '' }),
          cards: local ? await door.cards(schoolId) : [],
        }),
  ),
  post('/sample/sign-in', { access: 'public', form: cardForm }, async ({ local, schoolId, form: filled, read }) => {
    const cards = local ? await door.cards(schoolId) : []
    const card = filled.ok ? cards.find(each => each.role === filled.values.card) : undefined
    if (!card) throw new Refusal('not-found', noPage)
    const account = await read(({ people }) => people.accountById(card.accountId))
    return redirect('/', undefined, [{ name: 'session', value: await service.signInToSample(schoolId, account) }])
  }),
  post('/sign-in', { access: 'public', form: signInForm }, async ({ schoolId, form: filled, submission, read }) => {
    const resume = resumed(submission)
    const again = (view_: typeof filled.view, status = 400) =>
      view('people/sign-in', { title: 'Sign in', form: view_, resume }, status)
    if (!filled.ok) return again(filled.view)
    try {
      const token = await service.signIn(schoolId, filled.values.username, filled.values.password)
      const cookies = [{ name: 'session', value: token }]
      // What was typed before the session ended goes on a page of its own, to be read and sent by the person, not by us.
      if (resume)
        return {
          ...view('resume', {
            title: 'Check and send again',
            resume,
            why: 'You are signed in again. What you typed is below and has not been sent yet.',
          }),
          cookies,
        }
      const { username, next } = filled.values
      return redirect(await read(reads => afterSignIn(reads, username, ownPath(next))), undefined, cookies)
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
      return again(withErrors(filled.view, { username: error.sentence }))
    }
  }),
  post('/sign-out', { access: 'home.view', form: form({}) }, async ({ actor, sessionToken }) => {
    await service.signOut(personOf(actor), sessionToken)
    return redirect('/sign-in', 'You are signed out.', [{ name: 'session', value: null }])
  }),
  get('/account/password', { access: 'account.own' }, async () =>
    view('people/change-password', { title: 'Change your password', form: blankForm(changePasswordForm) }),
  ),
  post(
    '/account/password',
    { access: 'account.own', form: changePasswordForm },
    async ({ actor, form: filled, read }) => {
      const again = (view_: typeof filled.view) =>
        view('people/change-password', { title: 'Change your password', form: view_ }, 400)
      if (!filled.ok) return again(filled.view)
      const usernames = await read(({ people }) => people.accountsOf(personOf(actor).personId))
      const problem = passwordProblem(filled.values.new_password, [
        personOf(actor).name,
        actor.schoolId,
        ...usernames.map(({ username }) => username),
      ])
      if (problem) await service.noteRefusedPassword(personOf(actor))
      if (problem) return again(withErrors(filled.view, { new_password: problem.replace('Password', 'New password') }))
      try {
        const token = await service.changePassword(
          personOf(actor),
          filled.values.current_password,
          filled.values.new_password,
        )
        return redirect('/', 'Your password is changed. You are signed out everywhere else.', [
          { name: 'session', value: token },
        ])
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'invalid') throw error
        return again(withErrors(filled.view, { current_password: error.sentence }))
      }
    },
  ),
]
