import { text, password } from '../platform/fields.ts'
import { blankForm, form, withErrors } from '../platform/form.ts'
import { get, type Page, post, redirect, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { passwordProblem } from '../people/password-rules.ts'
import type { SampleProgress } from './sample-progress.ts'
import type { SchoolService } from './school-service.ts'

export const firstSchoolForm = form({
  school_name: text('Enter the school’s name', { label: 'Name of the school', max: 120, autocomplete: 'organization' }),
  given_name: text('Enter the headteacher’s first name', { label: 'Headteacher’s first name', max: 80 }),
  family_name: text('Enter the headteacher’s last name', { label: 'Headteacher’s last name', max: 80 }),
  username: text('Enter a username for the headteacher', {
    label: 'Username',
    hint: 'Lower-case letters, numbers, dots and hyphens, such as h.whitfield',
    max: 64,
    autocomplete: 'username',
  }),
  password: password('Enter a password', {
    label: 'Password',
    hint: 'At least 12 characters. Three random words make a good one. You may paste it from a password manager.',
    autocomplete: 'new-password',
  }),
})

/** The first pages of an installation without a school. They do not exist once there is one, nor from another machine. */
export function welcomePages(parts: {
  service: SchoolService
  sample: SampleProgress
  schools: () => Promise<readonly { id: string; sample: boolean }[]>
  /** Makes what backups are encrypted to, unless there is one. @returns the identity that opens them, or null. */
  makeBackupIdentity: () => Promise<string | null>
}): Page<unknown>[] {
  const onlyAtFirst = async (local: boolean): Promise<void> => {
    if ((await parts.schools()).length > 0)
      throw new Refusal('not-found', 'There is a school here already. Go to the first page to sign in.')
    if (!local)
      throw new Refusal(
        'forbidden',
        'A school is set up from the machine that Gatehouse runs on. Open this page there, under http://localhost.',
      )
  }
  return [
    get('/welcome', { access: 'public' }, async ({ local }) => {
      const making = parts.sample.state()
      if (making.kind === 'making') return redirect('/welcome/sample')
      await onlyAtFirst(local)
      return view('school/welcome', { title: 'Welcome to Gatehouse', sampleForm: blankForm(form({})) })
    }),
    post('/welcome/sample', { access: 'public', form: form({}) }, async ({ local }) => {
      if (parts.sample.state().kind !== 'making') {
        await onlyAtFirst(local)
        parts.sample.start()
      }
      return redirect('/welcome/sample')
    }),
    get('/welcome/sample', { access: 'public' }, async ({ local }) => {
      const state = parts.sample.state()
      if (state.kind === 'idle') return redirect((await parts.schools()).length > 0 ? '/sign-in' : '/welcome')
      if (state.kind === 'made') return redirect('/sign-in')
      if (!local) throw new Refusal('forbidden', 'This page is for the machine that Gatehouse runs on.')
      return view('school/making-sample', {
        title: state.kind === 'failed' ? 'The sample school could not be made' : 'Making the sample school',
        state,
      })
    }),
    get('/welcome/school', { access: 'public' }, async ({ local }) => {
      await onlyAtFirst(local)
      return view('school/first-school', { title: 'Set up my school', form: blankForm(firstSchoolForm) })
    }),
    post('/welcome/school', { access: 'public', form: firstSchoolForm }, async ({ local, form: filled }) => {
      await onlyAtFirst(local)
      const again = (shown: typeof filled.view) =>
        view('school/first-school', { title: 'Set up my school', form: shown }, 400)
      if (!filled.ok) return again(filled.view)
      const { school_name, given_name, family_name, username, password: secret } = filled.values
      if (!/^[a-z0-9][a-z0-9.-]*$/.test(username))
        return again(
          withErrors(filled.view, {
            username: 'Username must have only lower-case letters, numbers, dots and hyphens',
          }),
        )
      const problem = passwordProblem(secret, [username, given_name, family_name, school_name])
      if (problem) return again(withErrors(filled.view, { password: problem }))
      await parts.service.create(school_name, {
        givenName: given_name,
        familyName: family_name,
        username,
        password: secret,
      })
      const identity = await parts.makeBackupIdentity()
      if (identity === null) return redirect('/sign-in', 'The school is made. Sign in as the headteacher to go on.')
      // The only place where it ever stands: it is kept nowhere.
      return view('school/backup-identity', { title: 'Keep this for your backups', identity })
    }),
  ]
}
