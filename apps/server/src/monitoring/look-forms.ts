import { choice, date, hidden, longText, text, tick } from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import { extentNames, extents, mostDays, mostScopeDays, purposeNames, purposes, usualDays } from './look.ts'

const dayOptions = ['1', '2', '3', '5', String(mostDays)] as const
const asked = {
  purpose: choice(
    'Select what it is for',
    purposes.map(value => ({ value, text: purposeNames[value] })),
    { label: 'What is it for?', hint: 'The policy lists these and no others.', as: 'radios' },
  ),
  from: date('Enter the first day of the log that you need', { label: 'First day that you need' }),
  to: date('Enter the last day of the log that you need', {
    label: 'Last day that you need',
    hint: `At most ${mostScopeDays} days in all.`,
  }),
  what: choice(
    'Select how much of it you need',
    extents.map(value => ({ value, text: extentNames[value] })),
    { label: 'How much of it do you need?', as: 'radios' },
  ),
  days: choice(
    'Select for how long',
    dayOptions.map(value => ({ value, text: value === '1' ? '1 school day' : `${value} school days` })),
    { label: 'For how long do you need it?', hint: `Usually ${usualDays} school days.`, as: 'radios' },
  ),
  reason: longText('Enter why you need to look', {
    label: 'Why this person, and why now?',
    hint: 'Only you and whoever decides read this.',
    max: 1000,
    rows: 4,
  }),
}
const urgent = {
  urgent: tick(
    'A child may come to harm: I look now, and leave follows within a school day',
    'Only for the safeguarding lead and a pupil. The headteacher is told at once, and it stands in the half-termly report.',
  ),
}
const username = { username: text('Enter the username of the person', { label: 'Username', max: 64 }) }
const entry = {
  entry: hidden('Which entry is meant is missing', 40),
  at: hidden('Which entry is meant is missing', 40),
}

export const lookForm = form({ ...username, ...asked })
export const urgentLookForm = form({ ...username, ...asked, ...urgent })
/** From one entry of the log to whoever is behind it. */
export const entryForm = form({ ...entry, ...asked })
export const urgentEntryForm = form({ ...entry, ...asked, ...urgent })

export const decideForm = form({
  verdict: choice(
    'Select whether you give leave',
    [
      { value: 'approved', text: 'Yes, for this purpose and these days' },
      { value: 'refused', text: 'No' },
    ] as const,
    { label: 'Do you give leave?', as: 'radios' },
  ),
  reason: longText('Enter why', { label: 'Why?', max: 1000, rows: 3 }),
  digest: hidden('Open this again and read it'),
})
export const signForm = form({
  digest: hidden('Open the report again and read it'),
  note: longText('Enter what you saw and what you do about it', {
    label: 'What did you see, and how do you support those who look?',
    hint: 'Such as: whom you spoke to, what was looked at for no good reason, who needs help with what they saw.',
    max: 3000,
    rows: 5,
  }),
})
export const nothingForm = form({})
