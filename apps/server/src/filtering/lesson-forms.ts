import { choices, date, hidden, longText, text, tick } from '../platform/fields.ts'
import { type Field, form } from '../platform/form.ts'
import { bell, classField, from, to } from './pass-forms.ts'

const sites = longText('Enter at least one site', {
  label: 'Which sites?',
  hint: 'One a line, as the address of the page that the class shall go to.',
  max: 8000,
  rows: 4,
})
export const lessonForm = form({
  class: classField('For which class?'),
  topic: text('Enter what the lesson is about', { label: 'Topic', hint: 'The class reads this.', max: 200 }),
  day: date('Enter the day of the lesson', { label: 'Day', hint: 'For example, 24 11 2026' }),
  bell,
  from,
  to,
  sites,
  only: tick(
    'These are the only sites open to the class for that time',
    'Help pages stay open. Where a site is blocked for the class now, the safeguarding lead decides first.',
  ),
})
export const addSitesForm = form({ sites })
/** Site ids, as the page offers them; the service knows which are the lesson's. */
const looked: Field<readonly string[]> = {
  ...choices(null, [], { label: 'Which did you look at?' }),
  parse: sent =>
    sent.length === 0 ? { error: 'Select at least one site that you looked at' } : { value: sent.slice(0, 50) },
}
export const lookForm = form({
  looked,
  on: date('Enter the day on which you looked', { label: 'On which day?', hint: 'Today, or in the last seven days' }),
  sure: {
    ...tick('I looked at them myself, followed what the class will follow, and they are right for this class'),
    parse: (sent: readonly string[]) =>
      sent.includes('yes') ? { value: true } : { error: 'Say that you looked at them yourself' },
  } satisfies Field<boolean>,
})
export const removeSiteForm = form({ site: hidden('Open the page again', 40) })
export const withdrawLessonForm = form({})
