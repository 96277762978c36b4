/** A small school and lists for the tests of the decision engine. */
import { compileLists, type ListEntry } from './compile-lists.ts'
import { shippedTimes, staffFreeTime } from './matrix.ts'
import { openLists } from './open-lists.ts'
import type { Category, FilterRequest, GroupRules, HostRule, Pass, RuleSet, SchoolTimes, Service } from './types.ts'

const sources = ['toulouse', 'anna', 'ours'].map(id => ({
  id,
  name: id,
  licence: 'MIT',
  date: '2026-08-01',
  isCurated: id === 'ours',
}))
export const entry = (domain: string, category: Category, source = 'ours'): ListEntry => ({ domain, category, source })
export const listsOf = (...entries: ListEntry[]) => openLists(compileLists(entries, sources))

export const lists = listsOf(
  entry('bets.example', 'gambling'),
  entry('porn.example', 'pornography'),
  entry('vile.example', 'illegal'),
  entry('help.example', 'must-allow'),
  entry('tube.example', 'video'),
  entry('arcade.example', 'games'),
  entry('letters.example', 'webmail'),
  entry('letters.example', 'phishing', 'anna'),
  entry('mailbox.example', 'webmail'),
  entry('gab.example', 'social'),
  entry('gab.example', 'chat', 'anna'),
  entry('natter.example', 'chat'),
  entry('natter.example', 'social', 'anna'),
  entry('strangers.example', 'chat'),
  entry('strangers.example', 'pornography'),
  entry('board.example', 'forums'),
  entry('meet.example', 'chat'),
  entry('google.com', 'search'),
  entry('bing.com', 'search'),
  entry('translate.goog', 'translation'),
  entry('web.archive.org', 'translation'),
  entry('shop.example', 'filesharing', 'anna'),
)

export const services: readonly Service[] = [
  { id: 'natter', name: 'Natter', technology: 'messaging', hosts: ['natter.example'], minimumAge: 13 },
  {
    id: 'gab',
    name: 'Gab',
    technology: 'social-media',
    hosts: ['gab.example', 'gab-pictures.example'],
    minimumAge: 13,
  },
  {
    id: 'pages',
    name: 'Pages',
    technology: 'blogs',
    hosts: ['pages.example'],
    minimumAge: 13,
    ageIsForAccountsOnly: true,
  },
  { id: 'meet', name: 'Meet', hosts: ['meet.example'], minimumAge: 0 },
]

export const group = (id: string, change: Partial<GroupRules> = {}): GroupRules => ({
  id,
  name: id,
  audience: 'child',
  side: 'pupils',
  categories: {
    gambling: 'block',
    pornography: 'block',
    phishing: 'block',
    games: 'block',
    social: 'block',
    chat: 'block',
    webmail: 'block',
    downloads: 'block',
    selfharm: 'block',
    weapons: 'block',
    video: 'warn',
    forums: 'allow',
    search: 'allow',
    translation: 'allow',
    filesharing: 'warn',
  },
  unlisted: 'allow',
  sourcesNeeded: 1,
  ...change,
})
export const infants = group('infants', { audience: 'young-child', unlisted: 'block', isUnder13: true })
export const juniors = group('juniors', { isUnder13: true })
export const seniors = group('seniors')
export const staff = group('staff', {
  audience: 'adult',
  side: 'staff',
  categories: {
    ...juniors.categories,
    games: 'warn',
    webmail: 'warn',
    chat: 'warn',
    social: 'warn',
    downloads: 'warn',
    video: 'allow',
  },
})
const { side: _none, ...visitor } = group('guests', { audience: 'adult' })
export const guests: GroupRules = visitor

export const times: SchoolTimes = {
  ...shippedTimes,
  terms: [{ from: '2026-11-02', to: '2026-12-18' }],
  windows: [
    ...shippedTimes.windows,
    { id: 'lunch', name: 'Lunch', days: 'school-days', spans: [{ bell: 'lunch' }] },
    { id: 'tuesday-2', name: 'Tuesday, lesson 2', days: [2], spans: [{ bell: 'lesson-2' }] },
  ],
}
const row = (technology: 'personal-mail' | 'messaging' | 'social-media' | 'blogs') =>
  [
    { technology, side: 'staff', level: 'certain-times', window: staffFreeTime },
    { technology, side: 'pupils', level: technology === 'personal-mail' ? 'not-allowed' : 'with-permission' },
  ] as const

/** A Tuesday in term, in lesson 2 and at lunch. */
export const inLesson = new Date('2026-11-24T10:15:00Z')
export const atLunch = new Date('2026-11-24T12:30:00Z')

export const school = (change: Partial<RuleSet> = {}): RuleSet => ({
  version: 1,
  groups: [infants, juniors, seniors, staff, guests],
  hostRules: [],
  matrix: {
    cells: [
      ...row('personal-mail'),
      ...row('messaging'),
      ...row('blogs'),
      { technology: 'social-media', side: 'staff', level: 'selected-people', people: ['press-officer'] },
      { technology: 'social-media', side: 'pupils', level: 'with-permission' },
    ],
    services,
  },
  times,
  illegal: { source: 'loaded', hosts: ['floor.example'] },
  ...change,
})

export const siteRule = (
  id: string,
  action: 'allow' | 'block',
  host: string,
  more: Partial<HostRule> = {},
): HostRule => ({ id, action, host, groups: 'all', reason: 'Year 5 topic', ...more })

export const pass = (id: string, change: Partial<Pass> = {}): Pass => ({
  id,
  who: { classes: ['9b'] },
  sites: [{ host: 'arcade.example' }],
  from: '2026-11-24T10:00:00Z',
  until: '2026-11-24T10:45:00Z',
  ...change,
})

/** A senior of class 9b who is 14, in lesson 2, unless said otherwise. */
export const request = (url: string, change: Partial<FilterRequest> = {}): FilterRequest => ({
  url,
  groups: ['seniors'],
  at: inLesson,
  kind: 'page',
  personId: 'pia',
  classes: ['9b'],
  year: '9',
  turns13On: '2025-11-01',
  ...change,
})
