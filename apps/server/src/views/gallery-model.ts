import {
  text as textField,
  choice,
  choices,
  date,
  dateTime,
  file,
  longText,
  optionalText,
  password,
} from '../platform/fields.ts'
import { form, parseForm } from '../platform/form.ts'

/* Made-up people and things for the gallery: none, one, many, long names, other scripts, every state. */

const now = new Date('2026-03-03T14:40:00Z')
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000)

export const galleryPage = {
  title: 'Gallery',
  marking: 'Sensitive: safeguarding',
  backHref: '/cases',
  nav: [
    { href: '/', text: 'Today', current: true },
    { href: '/cases', text: 'Cases', current: false },
    { href: '/internet', text: 'Internet', current: false },
    { href: '/policy', text: 'The policy', current: false },
    { href: '/governors', text: 'For governors', current: false },
    { href: '/duties', text: 'Duties', current: false },
    { href: '/settings', text: 'Settings', current: false },
  ],
  school: { name: 'St Aldhelm and Our Lady’s Church of England Voluntary Aided Primary School', sample: true },
  person: { name: 'Wilhelmina Featherstonehaugh-Cholmondeley', roles: ['headteacher', 'deputy-dsl'] },
  flash: { kind: 'success', text: 'The change was approved, applied and tested from a pupil’s side.' },
  nonce: 'abc123',
  csrf: 'token',
  once: '0123456789abcdef0123456789abcdef',
  path: '/',
  url: '/?state=open',
  now,
}

const definition = form({
  title: textField('Enter a title', { label: 'What is it about?', hint: 'A few words, without names' }),
  words: longText('Enter what happened', {
    label: 'What happened?',
    hint: 'In your own words. Nobody will correct them.',
  }),
  kind: choice(
    'Select what it is about',
    [
      { value: 'content', text: 'Something seen', hint: 'A picture, a film, a page' },
      { value: 'contact', text: 'Somebody who made contact' },
    ],
    { label: 'What kind of thing is it?' },
  ),
  who: choices(
    'Select who should know',
    [
      { value: 'parents', text: 'The parents' },
      { value: 'governors', text: 'The governors' },
    ],
    { label: 'Who should know?' },
  ),
  year: choice('Select a year group', [{ value: '3', text: 'Year 3' }], { label: 'Year group', as: 'select' }),
  on: date('Enter when it happened', { label: 'When it happened', hint: 'For example, 27 3 2026' }),
  at: dateTime('Enter when you learned of it', { label: 'When you learned of it' }),
  secret: password('Enter your password', { label: 'Password', autocomplete: 'current-password' }),
  evidence: file('Choose a file', { label: 'Evidence' }),
  note: optionalText({ label: 'Anything else (optional)' }),
})
const parsed = parseForm(definition, {
  values: new Map<string, string[]>([
    ['title', ['']],
    ['words', ['رأيت شيئًا أقلقني\nand then <b>this</b>']],
    ['on', ['31', '2', '2026']],
  ]),
  files: new Map(),
})
export const galleryForm = parsed.view

const cells = (reference: string, kind: string, owner: string, due: string) => [
  { text: reference, href: `/cases/${reference}` },
  { text: kind },
  { text: owner },
  { text: due },
]

export const gallery = {
  rtl: 'رأيت شيئًا على الإنترنت أقلقني ولا أعرف ماذا أفعل 😟',
  needs: [
    {
      text: 'Take a report about a pupil’s safety',
      detail: 'Came in yesterday at 2:10pm from a member of staff',
      dueAt: hours(-3),
      verb: 'Open',
      href: '/reports/1',
    },
    {
      text: 'Decide on a change: block example-games.test for juniors',
      detail: 'Asked for by Gwen Okafor',
      dueAt: hours(5),
      verb: 'Decide',
      href: '/changes/2',
    },
    { text: 'Confirm the register of duties for this year', dueAt: hours(300), verb: 'Confirm', href: '/duties' },
    { text: 'Read 2 messages', verb: 'Read', href: '/messages' },
  ],
  happened: [
    {
      at: hours(-1),
      text: 'The filter was tested from a pupil’s side and from a teacher’s, and did what its rules say.',
      href: '/tests/4',
    },
    {
      at: hours(-26),
      text: 'Case 2026-014 was closed by the safeguarding lead, with the headteacher as second person.',
    },
    {
      at: hours(-700),
      text: 'Supercalifragilisticexpialidocious-antidisestablishmentarianism-floccinaucinihilipilification.test was opened for staff.',
    },
  ],
  beats: [
    {
      name: 'The gateway filters',
      state: 'ok',
      text: 'Asked 2 minutes ago as a pupil: blocked what it should, opened what it should.',
      href: '/heartbeat',
      checks: [...Array<string>(38).fill('ok'), 'failed', 'ok'],
    },
    {
      name: 'Mail goes out',
      state: 'failing',
      text: 'The mail server has not answered since 9:20am. 3 messages wait.',
      checks: ['ok', 'ok', 'failed', 'failed', 'failed'],
    },
    {
      name: 'Ledger checkpoints',
      state: 'unknown',
      text: 'No checkpoint has been signed yet.',
      checks: ['unknown', 'unknown'],
    },
  ],
  statuses: ['met', 'due', 'overdue', 'failing', 'not-started', 'not-applicable'],
  seals: [
    { status: 'met', evidence: 'measured', at: hours(-3) },
    { status: 'met', evidence: 'attested', by: 'the site manager', at: hours(-2600), due: hours(1500) },
    { status: 'due', evidence: 'attested', due: hours(90) },
    { status: 'overdue', evidence: 'attested', due: hours(-90) },
    { status: 'failing', evidence: 'measured', at: hours(-1) },
    { status: 'not-started', evidence: 'unknown' },
    { status: 'not-applicable', why: 'The school lends no laptops' },
  ],
  deadlines: [
    { state: 'open', dueAt: hours(5), whose: 'the safeguarding lead' },
    { state: 'open', dueAt: hours(-50) },
    { state: 'met', dueAt: hours(5), metAt: hours(-1) },
    { state: 'late', dueAt: hours(-5), metAt: hours(-1) },
    { state: 'withdrawn' },
    { state: 'open', dueAt: null },
  ],
  clauses: [
    {
      id: 'A-3.2-11',
      number: '3.2.11',
      href: '/policy/A/A-3.2-11',
      text: 'Every report of a concern reaches the safeguarding lead within a day, and the person who made it hears that it has.',
      seal: { status: 'met', evidence: 'measured', at: hours(-3) },
    },
    {
      id: 'A-4.1-10',
      number: '4.1.10',
      href: '/policy/A/A-4.1-10',
      text: 'Nobody may switch off the filtering of illegal material.',
      seal: { status: 'failing', evidence: 'measured', at: hours(-1) },
    },
    {
      id: 'A-7-02',
      number: '7.2',
      href: '/policy/A/A-7-02',
      text: 'Parents are told before photographs are published.',
      seal: { status: 'not-started', evidence: 'unknown' },
    },
    { id: 'A-8-01', number: '8.1', text: 'The public document shows a clause without its seal.' },
  ],
  figures: [
    {
      label: 'Reports this term',
      value: 41,
      note: '33 were acknowledged within a day',
      tone: 'good',
      state: 'On time',
      href: '/governors/reports',
    },
    { label: 'Serious cases', suppressed: true, note: 'Small numbers are not shown, so that nobody can be recognised' },
    {
      label: 'Clauses overdue',
      value: 1284,
      tone: 'bad',
      state: 'Look at these first',
      href: '/policy?status=overdue',
    },
    { label: 'Filter tests', words: 'None yet', tone: 'soon', state: 'Not done' },
    { label: 'Staff who signed', value: null },
  ],
  bars: {
    caption: 'Cases by kind',
    heading: 'Kind',
    unit: 'cases',
    rows: [
      { label: 'Content', value: 24, href: '/governors/cases?kind=content' },
      { label: 'Conduct between pupils on a platform that the school does not run', value: 11, tone: 'soon' },
      { label: 'Contact', suppressed: true },
      { label: 'Commerce', value: 0 },
    ],
  },
  filters: {
    action: '/cases',
    fields: [
      { name: 'q', kind: 'text', label: 'Reference', value: '' },
      {
        name: 'state',
        kind: 'select',
        label: 'State',
        value: 'open',
        options: [
          { value: 'open', text: 'Open' },
          { value: 'closed', text: 'Closed' },
        ],
      },
    ],
  },
  table: {
    caption: 'Open cases',
    csvHref: '/cases.csv',
    columns: [
      { text: 'Case', sortHref: '/cases?sort=reference', sorted: 'descending' },
      { text: 'Kind' },
      { text: 'Owner', sortHref: '/cases?sort=owner' },
      { text: 'Time left' },
    ],
    rows: [
      cells('2026-014', 'Contact', 'Wilhelmina Featherstonehaugh-Cholmondeley', '5 hours left'),
      cells('2026-013', 'Data', 'محمد بن عبد الله', '2 days late'),
      cells('2026-012', 'Technical', 'Jo Lee', 'Paused'),
    ],
  },
  matrix: {
    caption: 'Who may use what',
    wide: true,
    columns: ['Service', 'Infants', 'Juniors', 'Staff', 'Governors', 'Guests', 'Personal devices'].map(text => ({
      text,
    })),
    rows: ['Messaging', 'Games'].map(name =>
      [name, 'never', 'never', 'certain times', 'certain times', 'never', 'with permission'].map(text => ({ text })),
    ),
  },
  timeline: [
    {
      at: hours(-1),
      title: 'Closed',
      by: 'the headteacher',
      kind: 'decision',
      text: 'Both families agree.\nThe lesson goes to the staff meeting.',
    },
    { at: hours(-20), title: 'Passed its deadline', kind: 'problem' },
    { at: hours(-48), title: 'Opened from a report', by: 'Gatehouse', href: '/reports/1', kind: 'quiet' },
    { at: hours(-9000), title: 'Something a year ago', text: 'رأيت شيئًا' },
  ],
  facts: [
    { key: 'Owner', text: 'Wilhelmina Featherstonehaugh-Cholmondeley', change: { href: '/cases/1/owner' } },
    { key: 'Who can see it', text: 'Safeguarding lead and headteacher' },
    { key: 'Came from', text: 'A report', href: '/reports/1' },
  ],
}
