import { type Action, type Category, shippedGroups } from '@gatehouse/engine'
import { roleNames } from '../permissions.ts'
import { choice, choices, date, hidden, longText, optionalHidden, optionalText, text } from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import { settableCategories } from './change-content.ts'
import { ownerRoles } from './filter-change-clocks.ts'

const groups = shippedGroups.map(({ id, name }) => ({ value: id, text: name }))
/** Names of categories as people say them, where the id alone does not. */
const spoken: Readonly<Record<string, string>> = {
  unlisted: 'Sites in no list',
  none: 'No category',
  social: 'Social media',
  forums: 'Forums and blogs',
  webmail: 'Personal email',
  filesharing: 'File sharing',
  'alcohol-tobacco': 'Alcohol, smoking and vaping',
  selfharm: 'Self-harm and suicide',
  eating: 'Eating disorders',
  fraud: 'Scams and fraud',
  vpn: 'VPNs',
  proxy: 'Ways round the filter',
  doh: 'Encrypted DNS',
  'ai-chat': 'AI chat',
  shortener: 'Short links',
  'dynamic-dns': 'Unchecked home servers',
  crypto: 'Cryptocurrency',
  ads: 'Adverts and tracking',
  'must-allow': 'Help and trusted information',
}
export const categoryName = (category: string): string =>
  spoken[category] ?? category.charAt(0).toUpperCase() + category.slice(1).replaceAll('-', ' ')

const reason = longText('Enter why this is needed', {
  label: 'Why is it needed?',
  hint: 'The approver and the governors read this. Do not name a child.',
  max: 1000,
  rows: 4,
})
const owner = choice(
  'Select who answers for this change',
  ownerRoles.map(value => ({ value, text: roleNames[value] })),
  { label: 'Who answers for it?', as: 'select' },
)
const reviewOn = date('Enter the day on which somebody looks at this again', {
  label: 'When is it looked at again?',
  hint: 'For example, 27 3 2027. A term is usual.',
})
/** What every proposal says of itself, at the end of its form. */
export const tending = { reason, owner, reviewOn, case: optionalHidden(100) }
const forGroups = choices('Select at least one group', groups, { label: 'For whom?' })
const site = text('Enter the site', {
  label: 'Which site?',
  hint: 'Such as example.com, or example.com/games for a part of it. Everything beneath it is meant as well.',
  max: 500,
})

export const siteForm = form({
  site,
  action: choice<'block' | 'allow'>(
    'Select whether to open or block it',
    [
      { value: 'block', text: 'Block it' },
      { value: 'allow', text: 'Open it' },
    ],
    { label: 'What should happen?' },
  ),
  groups: forGroups,
  embeddedIn: optionalText({
    label: 'Only where these sites show it?',
    hint: 'For an opening: sites whose pages it is a part of, separated by commas. Leave it empty to open it by itself.',
    max: 500,
  }),
  ...tending,
})

export const categoryForm = form({
  category: choice<Category>(
    'Select a category',
    settableCategories.map(value => ({ value, text: categoryName(value) })),
    { label: 'Which category?', as: 'select' },
  ),
  action: choice<Action>(
    'Select what should happen',
    [
      { value: 'allow', text: 'Open' },
      { value: 'warn', text: 'Warn, and let them go on' },
      { value: 'block', text: 'Block' },
    ],
    { label: 'What should happen?' },
  ),
  groups: forGroups,
  ...tending,
})

export const blockNowForm = form({ site, groups: forGroups, ...tending })

export const sendForm = form({ digest: hidden('Open the page again before you send it') })

export const keepForm = form({ reviewOn })

export const settleForm = form({ host: hidden('Which site is meant is missing', 253) })

export const signForm = form({
  note: longText('Enter what you looked at and what you found', {
    label: 'What did you look at, and what did you find?',
    hint: 'For example: who approved what, whether openings were right, whether tests passed.',
    max: 2000,
    rows: 5,
  }),
  from: hidden('Open the page again before you sign'),
  to: hidden('Open the page again before you sign'),
  digest: hidden('Open the page again before you sign'),
})

export const askForm = form({
  host: hidden('Which site is meant is missing', 253),
  category: optionalHidden(40),
  purpose: choice<'lesson' | 'homework' | 'work' | 'other'>(
    'Choose what it is for',
    [
      { value: 'lesson', text: 'A lesson' },
      { value: 'homework', text: 'Homework' },
      { value: 'work', text: 'My job at school' },
      { value: 'other', text: 'Something else' },
    ],
    { label: 'What do you need it for?' },
  ),
})
