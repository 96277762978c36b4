import { choice, choices, confirmation, date, hidden, longText, optionalText, text } from '../platform/fields.ts'
import { form, type FormView, type Option } from '../platform/form.ts'
import { roleNames } from '../permissions.ts'
import { plainRoles } from './account-rules.ts'

const roleOptions = plainRoles.map(role => ({ value: role, text: roleNames[role] }))

export const newPersonForm = form({
  given_name: text('Enter the first name', { label: 'First name', max: 80 }),
  family_name: text('Enter the last name', { label: 'Last name', max: 80 }),
  email: optionalText({ label: 'Email address', hint: 'Leave empty for pupils', max: 254, autocomplete: 'off' }),
  roles: choices('Select at least one role', roleOptions, {
    label: 'Roles',
    hint: 'Posts such as safeguarding lead or network manager are named under Duties, with their deputies.',
  }),
  group: text('Select what they get on the internet', { label: 'Internet group', max: 60 }),
})
export const giveRoleForm = form({ role: choice('Select a role', roleOptions, { label: 'Role', as: 'select' }) })
export const endRoleForm = form({ role: hidden('Select a role', 40) })
export const joinGroupForm = form({
  group: text('Select a group', { label: 'Group or class', max: 60 }),
  part: choice(
    'Select the part',
    [
      { value: 'member', text: 'Is in it' },
      { value: 'teacher', text: 'Teaches it' },
    ] as const,
    { label: 'Part' },
  ),
})
export const leaveGroupForm = form({ group: hidden('Select a group', 60) })
export const leaveForm = form({
  last_day: date('Enter the last day', { label: 'Last day at school', hint: 'For example, 19 12 2026' }),
  sure: confirmation('Tick the box to go on', 'All access, posts and groups end with this day'),
})
export const issueForm = form({
  username: text('Enter a username', {
    label: 'Username',
    hint: 'Lower-case letters, numbers, dots and hyphens',
    max: 63,
    autocomplete: 'off',
  }),
})
export const resetForm = form({
  account: hidden('Select an account', 40),
  why: choice(
    'Select why',
    [
      { value: 'forgotten', text: 'It was forgotten' },
      { value: 'suspected', text: 'Somebody else may know it' },
      { value: 'revealed', text: 'It had to be told to support' },
    ] as const,
    { label: 'Why is it replaced?' },
  ),
})
export const proxyForm = form({ account: hidden('Select an account', 40) })
export const suspendForm = form({
  reason: longText('Enter the reason', { label: 'Reason', hint: 'Kept sealed with the person', max: 1000, rows: 3 }),
})
export const reconcileForm = form({
  digest: hidden('Open this page again', 64),
  compared: confirmation(
    'Tick the box to confirm',
    'I compared this list with the roll of pupils and staff, and it is right',
  ),
})
export const classForm = form({ name: text('Enter the name of the class', { label: 'Name of the class', max: 60 }) })

/** A text field shown as a list to choose from: the options are the school’s own, so the form cannot know them. */
export const asSelect = (view: FormView, name: string, options: readonly Option[]): FormView => {
  const field = view.fields[name]
  return field ? { ...view, fields: { ...view.fields, [name]: { ...field, kind: 'select', options } } } : view
}
