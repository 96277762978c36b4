import { choice, hidden, longText } from './fields.ts'
import { form } from './form.ts'

/* What is asked of those who decide about somebody else's change, withdraw their own, or want one taken back. */

export const decideForm = form({
  verdict: choice<'approved' | 'refused'>(
    'Select whether you approve it',
    [
      { value: 'approved', text: 'Approve it' },
      { value: 'refused', text: 'Refuse it' },
    ],
    { label: 'What do you decide?' },
  ),
  reason: longText('Enter your reason', { label: 'Your reason', max: 1000, rows: 3 }),
  digest: hidden('Open the page again before you decide'),
})

export const withdrawForm = form({ digest: hidden('Open the page again before you withdraw it') })

export const takeBackForm = form({
  reason: longText('Enter why it should be taken back', {
    label: 'Why should it be taken back?',
    hint: 'Somebody else decides. Do not name a child.',
    max: 1000,
    rows: 3,
  }),
})
