import {
  confirmation,
  date,
  dateTime,
  hidden,
  ofRecord,
  optionalLongText,
  optionalText,
  recordId,
  text,
} from '../platform/fields.ts'
import { type Field, form, type FormView, type Option } from '../platform/form.ts'

/** A person of the register; the page fills in who may be chosen, the service decides who may be named. */
const person = (missing: string, label: string, hint?: string): Field<string> => ({
  ...ofRecord(missing, text(missing, { label, ...(hint === undefined ? {} : { hint }) })),
  kind: 'select',
  options: [],
})
const optionalPerson = (label: string, hint: string): Field<string | null> => {
  const one = person(`Select the ${label.toLowerCase()} from the list`, label, hint)
  return {
    ...one,
    parse: (values, files) => ((values[0] ?? '').trim() === '' ? { value: null } : one.parse(values, files)),
  }
}
const optionalDay = (label: string, hint: string): Field<string | null> => {
  const day = date('', { label, hint })
  return {
    ...day,
    parse: (values, files) => (values.join('').trim() === '' ? { value: null } : day.parse(values, files)),
  }
}

export const appointForm = form({
  person: person('Select who takes on the post', 'Who takes it on?'),
  deputy: optionalPerson('Deputy', 'Acts at once when the holder is away, suspended or gone'),
  reason: optionalLongText({
    label: 'Reason for an exception',
    hint: 'Only where the post should not go with another that this person holds, or the safeguarding lead is not a deputy headteacher',
    max: 1000,
    rows: 3,
  }),
  // The data protection officer may be a service from outside; these are offered for that post alone.
  provider: optionalText({
    label: 'Who provides the service',
    hint: 'Such as the local authority; leave empty for a member of staff',
    max: 120,
  }),
  contract: optionalText({ label: 'Contract or agreement', hint: 'Its reference or title', max: 200 }),
  until: optionalDay('Last day of the contract', 'For example, 31 8 2027'),
})
export const endForm = form({ appointment: recordId('Choose an appointment') })
export const deputyForm = form({
  appointment: recordId('Choose an appointment'),
  deputy: optionalPerson('Deputy', 'Acts at once when the holder is away, suspended or gone'),
})
export const absenceForm = form({
  person: person('Select who is away', 'Who is away?'),
  from: dateTime('Enter when the absence starts', { label: 'Start of the absence' }),
  to: dateTime('Enter when the absence ends', { label: 'End of the absence' }),
})
export const endAbsenceForm = form({ absence: recordId('Choose an absence') })
export const confirmForm = form({
  digest: hidden('Open the register again', 64),
  agreed: confirmation('Confirm that you have read the register', 'I have read the register, and it is right'),
})

/** The same form with the people or things that may be chosen in one of its fields. */
export const withOptions = (view: FormView, name: string, options: readonly Option[]): FormView => {
  const field = view.fields[name]
  return field ? { ...view, fields: { ...view.fields, [name]: { ...field, options } } } : view
}
