import {
  choice,
  choices,
  date,
  dateTime,
  hidden,
  longText,
  optionalChoice,
  optionalDateTime,
  optionalText,
  text,
  tick,
} from '../platform/fields.ts'
import { form, type Values } from '../platform/form.ts'
import { caseCategories, categoryNames, partNames, parts, seriousnesses, seriousnessNames } from './case.ts'
import { concernKinds } from './data/concern-categories.ts'
import {
  agencies,
  agencyNames,
  casePolicies,
  casePolicyNames,
  lessonAreaNames,
  lessonAreas,
  openingReasonNames,
  openingReasons,
  optionsOf,
  procedureNames,
  procedures,
  responseNames,
  responses,
} from './case-parts.ts'

/* What people fill in about a case. Names of people are typed as they stand in the register; `resolvePerson` finds them. */

const kindOptions = concernKinds().map(kind => ({
  value: kind.id,
  text: `${categoryNames[kind.category]}: ${kind.adult}`,
}))

export const openForm = form({
  reason: choice('Select why you are opening this', optionsOf(openingReasons, openingReasonNames), {
    label: 'Why are you opening this?',
  }),
  words: optionalText({ label: 'Anything to add', hint: 'Kept with the case, and not in the ledger' }),
})
export const newCaseForm = form({
  kind: choice('Select what kind of incident it is', kindOptions, {
    label: 'What kind of incident is it?',
    as: 'select',
  }),
  summary: longText('Enter what happened', {
    label: 'What happened?',
    hint: 'Facts, in the order in which they happened. Do not describe an image that may be illegal.',
  }),
  subject: optionalText({
    label: 'Who may have done it?',
    hint: 'Full name as in the register. They will never see this case.',
  }),
  harmed: optionalText({ label: 'Who may have been harmed?', hint: 'Full name as in the register' }),
  happenedAt: optionalDateTime({ label: 'When it happened' }),
  offSite: tick('It happened outside school'),
})
export const triageForm = form({
  category: choice('Select what it is about', optionsOf(caseCategories, categoryNames), { label: 'What is it about?' }),
  kind: choice('Select the kind', kindOptions, { label: 'What kind is it, exactly?', as: 'select' }),
  seriousness: choice('Select how serious it is', optionsOf(seriousnesses, seriousnessNames), {
    label: 'How serious is it?',
    hint: 'Lowering it afterwards takes a second person.',
  }),
  risk: choice(
    'Select whether a child is at risk now',
    [
      { value: 'no', text: 'No child is at immediate risk' },
      {
        value: 'yes',
        text: 'A child may be at immediate risk',
        hint: 'Call 999 or children’s social care first, then come back.',
      },
    ] as const,
    { label: 'Is a child at immediate risk?' },
  ),
  words: longText('Enter what you did first', { label: 'What have you done so far?' }),
})
export const noteForm = form({ words: longText('Enter the note', { label: 'Note', max: 20_000, rows: 8 }) })
export const reasonForm = form({ reason: longText('Enter why', { label: 'Why?' }) })
export const taskForm = form({
  words: longText('Enter what is to be done', { label: 'What is to be done?', max: 1000 }),
  owner: text('Enter who will do it', { label: 'Who?', hint: 'Full name of a member of staff, as in the register' }),
  dueOn: date('Enter the day by which it is done', { label: 'The day' }),
})
export const personForm = form({
  person: text('Enter who it is', {
    label: 'Who is it?',
    hint: 'Full name as in the register; or any words for somebody who is not in it',
  }),
  outside: tick('This person is not in the register'),
  part: choice('Select their part', optionsOf(parts, partNames), {
    label: 'What is their part?',
    hint: 'Somebody who may have done it can never see this case from now on.',
  }),
})
export const referralForm = form({
  agency: choice('Select the outside body', optionsOf(agencies, agencyNames), { label: 'To whom?' }),
  made: choice(
    'Select whether it was referred',
    [
      { value: 'yes', text: 'Yes, it was referred' },
      { value: 'no', text: 'No: we decided not to refer it' },
    ] as const,
    { label: 'Was it referred?' },
  ),
  at: dateTime('Enter when', { label: 'When' }),
  reference: optionalText({ label: 'Their reference', hint: 'The police log number or the like' }),
  reasons: longText('Enter the reasons', { label: 'Reasons', hint: 'Also for deciding not to refer' }),
})
export const decisionForm = form({
  kind: choice(
    'Select what was decided',
    [
      { value: 'response', text: 'How we respond' },
      { value: 'procedure', text: 'Another procedure carries it on' },
      { value: 'no-action', text: 'Nothing more is done' },
      { value: 'other', text: 'Something else' },
    ] as const,
    { label: 'What was decided?' },
  ),
  procedure: optionalChoice(optionsOf(procedures, procedureNames), {
    label: 'Which procedure?',
    as: 'select',
    hint: 'Only when another procedure carries it on',
  }),
  words: longText('Enter the decision and its reasons', {
    label: 'The decision, and why',
    hint: 'With the reference of the other procedure, where there is one',
  }),
})
export const parentsForm = form({
  words: longText('Enter what parents would be told', {
    label: 'What would parents be told?',
    hint: 'The safeguarding lead first decides whether telling them is safe for the child.',
  }),
})
export const parentsDecisionForm = form({
  safe: choice(
    'Select whether telling them is safe',
    [
      { value: 'yes', text: 'It is safe for the child: tell them' },
      { value: 'no', text: 'It is not safe: do not tell them' },
    ] as const,
    { label: 'Is telling the parents safe for the child?' },
  ),
  reasons: longText('Enter the reasons', { label: 'Reasons' }),
})
export const policiesForm = form({
  policies: choices('Select at least one policy', optionsOf(casePolicies, casePolicyNames), {
    label: 'Which policies is this handled under?',
  }),
})
export const offSiteForm = form({
  link: longText('Enter how it is linked to the school', {
    label: 'How is it linked to the school?',
    hint: 'Behaviour outside school is for the school only where it is linked to belonging to it, and only within reason.',
  }),
})
export const raiseForm = form({
  to: choice(
    'Select how serious it is',
    [
      { value: 'medium', text: 'Medium' },
      { value: 'serious', text: 'Serious', hint: 'The headteacher and the IT contact are told at once' },
    ] as const,
    { label: 'How serious is it?' },
  ),
  reason: longText('Enter why', { label: 'Why?' }),
})
export const lowerForm = form({
  to: choice(
    'Select how serious it is',
    [
      { value: 'low', text: 'Low' },
      { value: 'medium', text: 'Medium' },
    ] as const,
    { label: 'How serious is it?' },
  ),
  reason: longText('Enter why', {
    label: 'Why?',
    hint: 'A second person reads this and decides. Clocks that are running keep running.',
  }),
})
export const closeForm = form({
  response: choice('Select what was done', optionsOf(responses, responseNames), { label: 'What was done?' }),
  outcome: longText('Enter the outcome', { label: 'Outcome' }),
  lesson: longText('Enter what was learnt', {
    label: 'What do we learn from it?',
    hint: '“Nothing new, and why” is an answer too',
  }),
})
export const secondForm = form({
  verdict: choice(
    'Select your decision',
    [
      { value: 'approved', text: 'Agree' },
      { value: 'refused', text: 'Do not agree' },
    ] as const,
    { label: 'Your decision' },
  ),
  reason: longText('Enter your reason', { label: 'Your reason' }),
  digest: hidden('Open this page again', 64),
})
export const withdrawForm = form({
  reason: longText('Enter why you withdraw it', { label: 'Why do you withdraw it?' }),
  digest: hidden('Open this page again', 64),
})
export const lessonForm = form({
  words: longText('Enter the improvement', { label: 'What will be better?', max: 1000 }),
  area: choice('Select what it is about', optionsOf(lessonAreas, lessonAreaNames), { label: 'What is it about?' }),
  owner: text('Enter who will do it', { label: 'Who?', hint: 'Full name as in the register' }),
  dueOn: date('Enter the day by which it is done', { label: 'The day' }),
})
export const emptyForm = form({})

export type OpenCase = Values<typeof openForm>
export type NewCaseWords = Values<typeof newCaseForm>
export type TriageCase = Values<typeof triageForm>
export type ReferCase = Values<typeof referralForm>
export type DecideCase = Values<typeof decisionForm>
export type CloseCase = Values<typeof closeForm>
