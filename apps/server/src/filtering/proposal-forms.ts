import {
  type Action,
  type Category,
  type CellLevel,
  shippedGroups,
  type Technology,
  technologies,
} from '@gatehouse/engine'
import { addCalendarMonths, londonDate } from '@gatehouse/engine/calendar'
import {
  choice,
  choices,
  dateTime,
  longText,
  optionalChoice,
  optionalLongText,
  optionalText,
  text,
  tick,
} from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import { categoryName, tending } from './change-forms.ts'
import { levels, settableCategories } from './change-content.ts'
import { levelNames, technologyNames } from './technology-names.ts'

/*
 * The forms of everything about the filter that takes two people, besides sites and categories. Fields whose choices are the
 * school's own (times, places, classes) are texts here, and the page makes selects of them.
 */

/** A term, about: when a change is looked at again unless somebody says otherwise. As the three boxes of a date. */
export function usualReview(now: Date): string[] {
  const [year = '', month = '', day = ''] = addCalendarMonths(londonDate(now), 4).split('-')
  return [String(Number(day)), String(Number(month)), year]
}

const groups = shippedGroups.map(({ id, name }) => ({ value: id, text: name }))
const actionOptions: { value: Action; text: string }[] = [
  { value: 'allow', text: 'Open' },
  { value: 'warn', text: 'Warn, and let them go on' },
  { value: 'block', text: 'Block' },
]
const forGroups = choices('Select at least one group', groups, { label: 'For whom?' })
const categoryOptions = settableCategories.map(value => ({ value, text: categoryName(value) }))
const window = optionalText({ label: 'At which times?', max: 60 })
const usernames = (label: string, hint: string) => optionalLongText({ label, hint, max: 4000, rows: 4 })
const remove = (sentence: string) => tick(sentence)

export const cellForm = form({
  level: choice<CellLevel>(
    'Select what the table should say',
    levels.map(value => ({ value, text: levelNames[value] })),
    { label: 'What should the table say?' },
  ),
  window,
  people: usernames('For whom, by username?', 'One a line. Only for “For selected people”.'),
  ...tending,
})

export const adjustmentForm = form({
  name: text('Enter what this is called', {
    label: 'What is it called?',
    hint: 'Such as “Games club” or “Year 6 film project”. Do not name a child.',
    max: 100,
  }),
  groups: choices(null, groups, { label: 'For which groups?' }),
  classId: optionalText({ label: 'For which class?', max: 60 }),
  year: optionalText({ label: 'For which year?', hint: 'R, or 1 to 13', max: 2 }),
  people: usernames('For which people, by username?', 'One a line'),
  place: optionalText({ label: 'Where?', hint: 'Everywhere, unless you choose a network', max: 60 }),
  window,
  categories: choices<Category>('Select at least one category', categoryOptions, { label: 'Which categories?' }),
  action: choice<Action>('Select what should happen', actionOptions, { label: 'What do they get instead?' }),
  ...tending,
})

export const windowForm = form({
  name: text('Enter what these times are called', { label: 'What are these times called?', max: 100 }),
  days: choice<'school-days' | 'every-day' | 'weekdays'>(
    'Select the days',
    [
      { value: 'school-days', text: 'School days', hint: 'Monday to Friday in term, without closures' },
      { value: 'every-day', text: 'Every day' },
      { value: 'weekdays', text: 'Some days of the week' },
    ],
    { label: 'On which days?' },
  ),
  weekdays: choices(
    null,
    ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((name, n) => ({
      value: String(n + 1),
      text: name,
    })),
    { label: 'Which days of the week?', hint: 'Only for some days of the week' },
  ),
  spans: longText('Enter at least one time', {
    label: 'When?',
    hint: 'One a line: the name of a bell, such as Lunch, or times such as 16:00 to 18:00. A time that ends before it begins goes past midnight.',
    max: 1000,
    rows: 4,
  }),
  others: tick('All day long on the other days as well'),
  remove: remove('Take these times off'),
  ...tending,
})

export const bellsForm = form({
  bells: longText('Enter the bells', {
    label: 'The bells of a school day',
    hint: 'One a line, such as: Lesson 1 09:00 to 10:00',
    max: 3000,
    rows: 12,
  }),
  ...tending,
})

export const serviceForm = form({
  name: text('Enter the name of the service', { label: 'What is it called?', max: 100 }),
  technology: optionalChoice<Technology>(
    technologies.map(value => ({ value, text: technologyNames[value] })),
    { label: 'Which row of the technology table?', as: 'select' },
  ),
  hosts: longText('Enter at least one site', {
    label: 'On which sites does it live?',
    hint: 'One a line, such as example.com. Everything beneath each is meant as well.',
    max: 5000,
    rows: 6,
  }),
  minimumAge: text('Enter the lowest age, or 0', {
    label: 'From which age, in its own terms?',
    hint: '0 where it sets none. Nobody under 13 gets a service that sets an age, whatever the permission.',
    max: 2,
  }),
  remove: remove('Take this service off'),
  ...tending,
})

export const placeForm = form({
  name: text('Enter the name of the network', {
    label: 'What is it called?',
    hint: 'Such as “Wi-Fi for guests”',
    max: 100,
  }),
  subnets: longText('Enter at least one range of addresses', {
    label: 'Which addresses?',
    hint: 'One range a line, such as 10.1.0.0/16',
    max: 2000,
    rows: 3,
  }),
  group: optionalChoice(groups, {
    label: 'Whose rules hold for somebody who cannot be asked for a name?',
    hint: 'Choose nothing, and whoever is not known gets nothing there.',
    as: 'select',
  }),
  remove: remove('Take this network off'),
  ...tending,
})

export const devicesForm = form({
  devices: longText('Enter at least one device', {
    label: 'Whose device has which address?',
    hint: 'One a line: the IP or hardware address and a username, such as 10.1.2.3 ada.lovelace. A minus sign for the username takes an address off.',
    max: 20_000,
    rows: 8,
  }),
  ...tending,
})

export const searchForm = form({
  phrase: text('Enter the words', {
    label: 'Which words?',
    hint: 'As typed into a search engine; whole words. Do not name a child.',
    max: 100,
  }),
  action: choice<Action>('Select what should happen', actionOptions, { label: 'What should happen?' }),
  category: choice<Category>('Select a category', categoryOptions, {
    label: 'What do they count as?',
    hint: 'For the record and the reason that is shown',
    as: 'select',
  }),
  groups: forGroups,
  ...tending,
})

export const agreementForm = form({
  groups: forGroups,
  sourcesNeeded: choice<'1' | '2' | '3'>(
    'Select how many sources',
    [
      { value: '1', text: 'One is enough', hint: 'Blocks the most. Right for the youngest.' },
      { value: '2', text: 'Two', hint: 'Fewer sites blocked by mistake' },
      { value: '3', text: 'Three' },
    ],
    { label: 'How many lists must name a site before it counts?' },
  ),
  ...tending,
})

export const listRuleForm = form({
  needsTwo: choice<'yes' | 'no'>(
    'Select how new lists take effect',
    [
      { value: 'no', text: 'When they are compiled', hint: 'A new gambling site is blocked the same day' },
      { value: 'yes', text: 'When two people have agreed to them' },
    ],
    { label: 'How do new lists take effect?' },
  ),
  ...tending,
})

export const listsForm = form({ ...tending })

export const backForm = form({
  at: dateTime('Enter the day and the time', {
    label: 'As it was when?',
    hint: 'For example, 27 3 2026 at 14:40',
  }),
  reason: longText('Enter why', {
    label: 'Why should it go back?',
    hint: 'The approver and the governors read this. Do not name a child.',
    max: 1000,
    rows: 3,
  }),
})
