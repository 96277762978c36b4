import { normaliseHost, technologies } from '@gatehouse/engine'
import {
  choice,
  choices,
  date,
  hidden,
  longText,
  optionalChoice,
  optionalClockTime,
  optionalHidden,
  password,
  text,
  wholeNumber,
} from '../platform/fields.ts'
import { type Field, form, type FormView, type Option } from '../platform/form.ts'
import { categoryName } from './change-forms.ts'
import { mayBeAlone } from './pass.ts'

export const technologyNames = {
  'phones-in-school': 'Phones in school',
  'phones-in-lessons': 'Phones in lessons',
  'phones-in-social-time': 'Phones in social time',
  cameras: 'Cameras',
  tablets: 'Tablets',
  'personal-mail': 'Personal email',
  'school-mail-personal': 'School email for personal use',
  messaging: 'Messaging',
  'social-media': 'Social media',
  blogs: 'Blogs',
} as const satisfies Record<(typeof technologies)[number], string>

/** One of what the page knows only when it is asked for; the service says whether it may be chosen. */
const chosen = (missing: string, label: string, hint?: string): Field<string> => ({
  kind: 'select',
  label,
  ...(hint === undefined ? {} : { hint }),
  options: [],
  parse: ([sent = '']) => (sent === '' || sent.length > 100 ? { error: missing } : { value: sent }),
})
/** Hosts offered as ticks; whatever else is sent is dropped. */
const hosts = (label: string, hint: string): Field<readonly string[]> => ({
  kind: 'checkboxes',
  label,
  hint,
  options: [],
  parse: sent => ({
    value: [...new Set(sent.filter(each => normaliseHost(each) === each && each.includes('.')))].slice(0, 20),
  }),
})

const weekdays = choices(
  'Select at least one day of the week',
  [
    { value: '1', text: 'Monday' },
    { value: '2', text: 'Tuesday' },
    { value: '3', text: 'Wednesday' },
    { value: '4', text: 'Thursday' },
    { value: '5', text: 'Friday' },
  ],
  { label: 'On which days of the week?', hint: 'For more than one day. Holidays are left out by themselves.' },
)
const firstDay = date('Enter the day of the lesson', { label: 'First day', hint: 'For example, 24 11 2026' })
const lastDay = date('Enter the last day', {
  label: 'Last day',
  hint: 'The same for one lesson',
})
/** Left empty where the lesson is chosen by its bell. */
export const from = optionalClockTime('From', '10:15')
export const to = optionalClockTime('Until', '10:15')
/** A bell's id, or null. */
export const bell: Field<string | null> = {
  kind: 'select',
  label: 'Which lesson?',
  hint: 'Or leave this and enter the times.',
  options: [],
  parse: ([sent = '']) => ({ value: sent === '' ? null : sent.slice(0, 100) }),
}
/** A class, of those that the page offers. */
export const classField = (label: string): Field<string> => chosen('Select a class', label)
const classId = chosen(
  'Select a class',
  'For which class?',
  'It opens for this class and for you, and for nobody else.',
)
const topic = text('Enter what the lesson is about', {
  label: 'Topic',
  hint: 'Such as: the history of medicine',
  max: 200,
})
const reason = longText('Enter why it is needed', {
  label: 'Why is it needed?',
  hint: 'What the class will do there. Whoever decides reads this, and so do the governors. Name no child.',
  max: 1000,
  rows: 3,
})
const sites = longText('Enter at least one site', {
  label: 'Which sites?',
  hint: 'One a line. The address of the page, copied from the browser, is better than the whole site.',
  max: 4000,
  rows: 3,
})

/** Asked again only of whoever opens something alone. */
const ownPassword: Field<string | null> = {
  ...password('', {
    label: 'Your password',
    autocomplete: 'current-password',
    hint: 'Only to open it yourself: a pupil at your computer does not know it.',
  }),
  parse: ([typed = '']) => ({ value: typed === '' ? null : typed.slice(0, 256) }),
}

export const passForm = form({
  sites,
  scope: optionalChoice<'page' | 'whole'>(
    [
      {
        value: 'page',
        text: 'Only the pages that I entered',
        hint: 'Where the filter sees only names of sites, these stay shut.',
      },
      { value: 'whole', text: 'All of each site', hint: 'Whoever decides is told so.' },
    ],
    { label: 'Pages, or whole sites?' },
  ),
  parts: hosts(
    'Parts that the page asked for',
    'These were blocked when you opened the site yourself. Tick what the page needs; most adverts are not.',
  ),
  topic,
  class: classId,
  firstDay,
  lastDay,
  weekdays,
  bell,
  from,
  to,
  reason,
  how: choice<'ask' | 'alone'>(
    'Select whether to ask or to open it yourself',
    [
      { value: 'ask', text: 'Ask the safeguarding lead' },
      {
        value: 'alone',
        text: 'Open it myself now',
        hint: 'Within what the headteacher allows. The safeguarding lead is told.',
      },
    ],
    { label: 'Who decides?' },
  ),
  password: ownPassword,
  copy: optionalHidden(40),
})

export const permissionForm = form({
  technology: choice(
    'Select what for',
    technologies.map(value => ({ value, text: technologyNames[value] })),
    { label: 'Permission for what?', as: 'select' },
  ),
  class: classId,
  person: chosen('Select for whom', 'For whom in the class?'),
  topic,
  firstDay,
  lastDay,
  weekdays,
  bell,
  from,
  to,
  reason,
})

export const decidePassForm = form({
  verdict: choice<'approved' | 'refused'>(
    'Select what you decide',
    [
      { value: 'approved', text: 'Open it' },
      { value: 'refused', text: 'Refuse it' },
    ],
    { label: 'What do you decide?' },
  ),
  reason: longText('Enter your reason', { label: 'Your reason', hint: 'The teacher reads it.', max: 1000, rows: 3 }),
  digest: hidden('Open the page again before you decide'),
})
export const endPassForm = form({ digest: hidden('Open the page again before you end it') })

export const limitsForm = form({
  categories: choices(
    null,
    mayBeAlone.map(value => ({ value, text: categoryName(value) })),
    { label: 'Which kinds of site?', hint: 'Kinds that can never be opened by one person alone are not in this list.' },
  ),
  minutes: wholeNumber({
    from: 0,
    to: 480,
    missing: 'Enter the longest time',
    label: 'For how long at most, in minutes?',
    hint: 'Of one lesson. 0 means that nobody opens anything alone.',
  }),
  perWeek: wholeNumber({
    from: 0,
    to: 50,
    missing: 'Enter how many a week',
    label: 'How many a week, for each teacher?',
    hint: 'Such as 3',
  }),
  reason: longText('Enter why', { label: 'Why?', hint: 'The governors read this.', max: 1000, rows: 3 }),
})

/** The same form, with what this page knows put into its choices. */
export function withOptions(view: FormView, options: Readonly<Record<string, readonly Option[]>>): FormView {
  const fields = Object.fromEntries(
    Object.entries(view.fields).map(([name, field]) => [
      name,
      options[name] ? { ...field, options: options[name] } : field,
    ]),
  )
  return { ...view, fields }
}
