import { choice, choices, date, hidden, longText, optionalLongText } from '../platform/fields.ts'
import { type Field, form } from '../platform/form.ts'
import { type Role, roleNames } from '../permissions.ts'
import type { ReviewKind } from './review-kinds.ts'

/** The form of one kind of record: every kind sends the same names, and those it does not ask for stay empty. */
export const reviewForm = (kind: ReviewKind) =>
  form({
    held_on: date('Enter the day', {
      label: kind.items ? 'Day of the check' : kind.mayAttend.length > 0 ? 'Day on which it was held' : 'Day',
      hint: 'For example, 24 11 2026',
    }),
    item: kind.items
      ? choice('Select what was checked', kind.items, { label: 'What was checked', as: 'select' })
      : none,
    result: kind.items
      ? choice<'in-order' | 'needs-action'>(
          'Select whether it is in order',
          [
            { value: 'in-order', text: 'In order' },
            { value: 'needs-action', text: 'Something must be done' },
          ],
          { label: 'Result' },
        )
      : none,
    posts:
      kind.mayAttend.length > 0
        ? choices<Role>(
            kind.mustAttend.length > 0 ? 'Select who was there' : null,
            kind.mayAttend.map(role => ({ value: role, text: roleNames[role] })),
            { label: kind.mustAttend.length > 0 ? 'Who was there' : 'With whom' },
          )
        : noChoices<Role>(),
    topics:
      kind.topics.length > 0
        ? choices('Select what it was about', kind.topics, { label: 'What it was about' })
        : noChoices<string>(),
    ...Object.fromEntries(
      kind.fields.map(({ name, missing, ...words }): [string, Field<string | null>] => [
        `words_${name}`,
        missing ? longText(missing, words) : optionalLongText(words),
      ]),
    ),
  })

const none: Field<null> = { kind: 'hidden', label: '', parse: () => ({ value: null }) }
function noChoices<V extends string>(): Field<readonly V[]> {
  return { kind: 'checkboxes', label: '', options: [], parse: () => ({ value: [] }) }
}

export const signForm = form({ digest: hidden('Open the record again', 64) })
