/**
 * The technology matrix as shipped: the twenty cells of Policy A, section 9, and the times that they need. It is the
 * rules: a cell that the filter carries out decides what is open, and the page that shows the table reads these.
 *
 * | row | staff | pupils | carried out by |
 * |---|---|---|---|
 * | phones in school | certain times (A-9-02) | with permission (A-9-03) | people |
 * | phones in lessons | certain times (A-9-04) | not allowed (A-9-05) | people |
 * | phones in social time | allowed (A-9-06) | not allowed (A-9-07) | people |
 * | cameras | selected people (A-9-08) | not allowed (A-9-09) | people |
 * | tablets | certain times (A-9-10) | with permission (A-9-11) | people; their traffic is filtered as any other |
 * | personal mail | certain times (A-9-12) | not allowed (A-9-13) | the filter |
 * | school mail for personal use | selected people (A-9-14) | with permission (A-9-15) | the mail gateway: no address tells it apart |
 * | messaging | certain times (A-9-16) | with permission (A-9-17) | the filter |
 * | social media | selected people (A-9-18) | with permission (A-9-19) | the filter |
 * | blogs | certain times (A-9-20) | with permission (A-9-21) | the filter |
 */
import { shippedServices } from './services.generated.ts'
import type { Category, CellLevel, SchoolTimes, Side, Technology, TechnologyCell, TechnologyMatrix } from './types.ts'

/** The rows that the filter carries out. */
export const filterTechnologies = [
  'personal-mail',
  'messaging',
  'social-media',
  'blogs',
] as const satisfies Technology[]
export type FilterTechnology = (typeof filterTechnologies)[number]

/** What a verdict by a row is called in the output. */
export const categoryOfRow = {
  'personal-mail': 'webmail',
  messaging: 'chat',
  'social-media': 'social',
  blogs: 'forums',
} as const satisfies Record<FilterTechnology, Category>

/**
 * The row that decides about a host for being listed in a category, where no service names the host. `forums` has none:
 * it holds message boards as well as blogs, and the policy speaks of blogs.
 */
export const rowOfCategory: Readonly<Partial<Record<Category, FilterTechnology>>> = {
  webmail: 'personal-mail',
  chat: 'messaging',
  social: 'social-media',
}

/** Out of lessons: lunch, and outside the school day, all day where there is no school. */
export const staffFreeTime = 'staff-free-time'

/** Until a school enters its own: a day of five lessons, no term dates, so every Monday to Friday. */
export const shippedTimes: SchoolTimes = {
  bells: [
    { id: 'before-school', name: 'Before school', from: '00:00', to: '08:40' },
    { id: 'registration', name: 'Registration', from: '08:40', to: '09:00' },
    { id: 'lesson-1', name: 'Lesson 1', from: '09:00', to: '10:00' },
    { id: 'lesson-2', name: 'Lesson 2', from: '10:00', to: '10:45' },
    { id: 'break', name: 'Break', from: '10:45', to: '11:00' },
    { id: 'lesson-3', name: 'Lesson 3', from: '11:00', to: '12:00' },
    { id: 'lunch', name: 'Lunch', from: '12:00', to: '13:00' },
    { id: 'lesson-4', name: 'Lesson 4', from: '13:00', to: '14:15' },
    { id: 'lesson-5', name: 'Lesson 5', from: '14:15', to: '15:20' },
    { id: 'after-school', name: 'After school', from: '15:20', to: '00:00' },
  ],
  terms: [],
  closures: [],
  windows: [
    {
      id: staffFreeTime,
      name: 'Lunch, and outside the school day',
      days: 'school-days',
      isOpenOnOtherDays: true,
      spans: [{ bell: 'lunch' }, { bell: 'before-school' }, { bell: 'after-school' }],
    },
  ],
}

const cell = (technology: Technology, side: Side, level: CellLevel): TechnologyCell =>
  level === 'certain-times'
    ? { technology, side, level, window: staffFreeTime }
    : level === 'selected-people'
      ? { technology, side, level, people: [] }
      : { technology, side, level }

const row = (technology: Technology, staff: CellLevel, pupils: CellLevel): TechnologyCell[] => [
  cell(technology, 'staff', staff),
  cell(technology, 'pupils', pupils),
]

export const shippedMatrix: TechnologyMatrix = {
  cells: [
    ...row('phones-in-school', 'certain-times', 'with-permission'),
    ...row('phones-in-lessons', 'certain-times', 'not-allowed'),
    ...row('phones-in-social-time', 'allowed', 'not-allowed'),
    ...row('cameras', 'selected-people', 'not-allowed'),
    ...row('tablets', 'certain-times', 'with-permission'),
    ...row('personal-mail', 'certain-times', 'not-allowed'),
    ...row('school-mail-personal', 'selected-people', 'with-permission'),
    ...row('messaging', 'certain-times', 'with-permission'),
    ...row('social-media', 'selected-people', 'with-permission'),
    ...row('blogs', 'certain-times', 'with-permission'),
  ],
  services: shippedServices,
}
