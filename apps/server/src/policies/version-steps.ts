import type { Permission } from '../permissions.ts'
import { type Actor, hasRole, may, type PersonActor } from '../platform/actor.ts'
import { confirmation, date, hidden, longText, text } from '../platform/fields.ts'
import { type Field, type Form, form, type FormView, type Values } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import type { PolicyService, Which } from './policy-service.ts'
import { allowedActions, type PolicyVersion, type Signature, type VersionAction } from './policy-version.ts'

/** The people who were at a meeting, by id; the page offers those in office. */
const people = (missing: string, words: { label: string; hint: string }): Field<readonly string[]> => ({
  ...words,
  kind: 'checkboxes',
  options: [],
  parse: sent => {
    const ids = [...new Set(sent.filter(isId))].slice(0, 100)
    return ids.length === 0 ? { error: missing } : { value: ids }
  },
})

/** What a step's page knows before anybody types. */
export interface StepKnows {
  readonly version: PolicyVersion
  readonly requestDigest: string
  readonly person: PersonActor
  readonly jobTitle: string
}

/** One step of a version's life as a page: its address, its form, its words, and what it does. */
export interface VersionStep<F extends Form = Form> {
  readonly path: string
  readonly action: VersionAction
  readonly access: Permission
  readonly title: string
  readonly button: string
  readonly warning?: boolean
  /** Sentences above the form. */
  readonly intro: readonly string[]
  readonly form: F
  readonly done: string
  known(knows: StepKnows): Readonly<Record<string, string | readonly string[]>>
  run(service: PolicyService, actor: PersonActor, which: Which, values: never): Promise<void>
}

const signing = form({
  name: text('Enter your name as it is to stand under the policy', {
    label: 'Your name, as it is to stand under the policy',
    max: 120,
  }),
  job_title: text('Enter your job title', { label: 'Your job title', max: 120 }),
  digest: hidden('Open this page again from the version, and sign then'),
  read: confirmation('Confirm that you have read the text', 'I have read this exact text and sign it'),
})
const signed = ({ version, person, jobTitle }: StepKnows) => ({
  name: person.name,
  job_title: jobTitle,
  digest: version.digest ?? '',
})

const describe = form({
  title: text('Enter the title', { label: 'Title', max: 200 }),
  reference: text('Enter the reference', {
    label: 'Reference',
    hint: 'It stands at the top of the issued copy.',
    max: 100,
  }),
  findings: longText('Enter what the review found', {
    label: 'What the review found',
    hint: 'Also when nothing needs to change: say what was looked at. No names of children.',
    max: 5000,
  }),
})
const consult = form({ until: date('Enter the last day for comments', { label: 'Last day for comments' }) })
const comment = form({
  words: longText('Enter your comment', {
    label: 'Your comment',
    hint: 'Name the clause, such as A-3.1-01. No names of children.',
    max: 3000,
  }),
})
const propose = form({
  reason: longText('Enter what the governors should know', { label: 'What the governors should know', max: 2000 }),
})
const approve = form({
  meeting: date('Enter the day of the meeting', { label: 'Day of the meeting' }),
  minute: text('Enter the reference of the minute', {
    label: 'Reference of the minute',
    hint: 'Such as FGB 2026-11 item 7',
    max: 120,
  }),
  present: people('Select the governors who were there', {
    label: 'Governors who were there',
    hint: 'At least half of those in office, or the meeting could not decide.',
  }),
  digest: hidden('Open this page again from the version, and decide then'),
})
const reason = form({ reason: longText('Enter why', { label: 'Why?', max: 2000 }) })
const sendBack = form({
  reason: longText('Enter why it goes back', { label: 'Why does it go back?', max: 2000 }),
  digest: hidden('Open this page again from the version, and decide then'),
})

const step = <F extends Form>(
  one: Omit<VersionStep<F>, 'run'> & {
    run(service: PolicyService, actor: PersonActor, which: Which, values: Values<F>): Promise<void>
  },
): VersionStep =>
  // The cast forgets F: the page parses with this very form before it calls `run`.
  one as unknown as VersionStep
const nothing = () => ({})

/** In the order in which they come in a version's life. */
export const versionSteps: readonly VersionStep[] = [
  step({
    path: 'describe',
    action: 'edit',
    access: 'policy.edit',
    title: 'What the review found',
    button: 'Save',
    intro: [],
    form: describe,
    done: 'Saved.',
    known: ({ version }) => ({ title: version.title, reference: version.reference, findings: version.findings ?? '' }),
    run: (service, actor, which, values) => service.describe(actor, which, values),
  }),
  step({
    path: 'consult',
    action: 'consult',
    access: 'policy.lead',
    title: 'Ask for comments',
    button: 'Ask for comments',
    intro: ['Staff and governors can read the draft and comment on it. Nobody can change its words meanwhile.'],
    form: consult,
    done: 'The draft is out for comment.',
    known: nothing,
    run: (service, actor, which, { until }) => service.consult(actor, which, until),
  }),
  step({
    path: 'comment',
    action: 'comment',
    access: 'policy.comment',
    title: 'Comment on the draft',
    button: 'Send the comment',
    intro: [],
    form: comment,
    done: 'Your comment is recorded.',
    known: nothing,
    run: (service, actor, which, { words }) => service.comment(actor, which, words, null),
  }),
  step({
    path: 'end-consultation',
    action: 'end-consultation',
    access: 'policy.lead',
    title: 'Close the consultation',
    button: 'Close the consultation',
    intro: ['The draft can be edited again, in the light of the comments.'],
    form: form({}),
    done: 'The consultation is closed.',
    known: nothing,
    run: (service, actor, which) => service.endConsultation(actor, which),
  }),
  step({
    path: 'propose',
    action: 'propose',
    access: 'policy.lead',
    title: 'Put it to the governors',
    button: 'Put it to the governors',
    intro: ['The governors approve exactly these words. You cannot approve them yourself.'],
    form: propose,
    done: 'The governors have it.',
    known: nothing,
    run: (service, actor, which, values) => service.propose(actor, which, values.reason),
  }),
  step({
    path: 'approve',
    action: 'decide',
    access: 'policy.approve',
    title: 'Record the governors’ approval',
    button: 'Record the approval',
    intro: [
      'Only a governor who was at the meeting, and did not propose this version, can record it.',
      'The day of the meeting becomes the day of the last review, and the next review is due twelve months later.',
    ],
    form: approve,
    done: 'The approval is recorded. The headteacher and a governor sign next.',
    known: ({ requestDigest }) => ({ digest: requestDigest }),
    run: (service, actor, which, { meeting, minute, present, digest }) =>
      service.approve(actor, which, { on: meeting, minute, present, digest }),
  }),
  step({
    path: 'send-back',
    action: 'decide',
    access: 'policy.approve',
    title: 'Send it back',
    button: 'Send it back',
    intro: ['It becomes a draft again.'],
    form: sendBack,
    done: 'The version is a draft again.',
    known: ({ requestDigest }) => ({ digest: requestDigest }),
    run: (service, actor, which, values) => service.sendBack(actor, which, values.reason, values.digest),
  }),
  step({
    path: 'sign-headteacher',
    action: 'sign',
    access: 'policy.sign',
    title: 'Sign as headteacher',
    button: 'Sign',
    intro: ['Your signature is bound to the digest of the exact text.'],
    form: signing,
    done: 'You have signed.',
    known: signed,
    run: (service, actor, which, { name, job_title, digest }) =>
      service.sign(actor, which, 'headteacher', { name, jobTitle: job_title, digest }),
  }),
  step({
    path: 'sign-governor',
    action: 'sign',
    access: 'policy.sign',
    title: 'Sign for the governing body',
    button: 'Sign',
    intro: ['Your signature is bound to the digest of the exact text.'],
    form: signing,
    done: 'You have signed.',
    known: signed,
    run: (service, actor, which, { name, job_title, digest }) =>
      service.sign(actor, which, 'governor', { name, jobTitle: job_title, digest }),
  }),
  step({
    path: 'publish',
    action: 'publish',
    access: 'policy.publish',
    title: 'Publish it',
    button: 'Publish',
    intro: ['This version comes into force and stands on the public page at once. The one before is superseded.'],
    form: form({}),
    done: 'Published.',
    known: nothing,
    run: (service, actor, which) => service.publish(actor, which),
  }),
  step({
    path: 'abandon',
    action: 'abandon',
    access: 'policy.lead',
    title: 'Give this version up',
    button: 'Give it up',
    warning: true,
    intro: ['The version in force stays in force, and its review stays due.'],
    form: reason,
    done: 'This version is given up.',
    known: nothing,
    run: (service, actor, which, values) => service.abandon(actor, which, values.reason),
  }),
]

/** The steps that this person can take with this version now. */
export const openSteps = (actor: Actor, version: PolicyVersion, signatures: readonly Signature[]): VersionStep[] => {
  const actions = allowedActions(actor, version)
  const isSigned = (part: Signature['part']): boolean => signatures.some(each => each.part === part)
  const own = actor.kind === 'person' ? actor.personId : ''
  return versionSteps.filter(({ path, action, access }) => {
    if (!actions.includes(action) || !may(actor, access)) return false
    if (path === 'propose') return version.findings !== null && version.consultedTo !== null
    if (path === 'approve' || path === 'send-back') return version.proposedBy !== own
    if (path === 'sign-headteacher')
      return (
        !isSigned('headteacher') &&
        hasRole(actor, 'headteacher') &&
        !signatures.some(({ personId }) => personId === own)
      )
    if (path === 'sign-governor')
      return (
        !isSigned('governor') &&
        hasRole(actor, 'governor', 'link-governor', 'chair') &&
        !signatures.some(({ personId }) => personId === own)
      )
    if (path === 'publish') return isSigned('headteacher') && isSigned('governor')
    return true
  })
}

/** The form with the people that can be chosen in it, those who were chosen staying chosen. */
export const withPeople = (
  view: FormView,
  name: string,
  options: readonly { value: string; text: string }[],
): FormView => {
  const field = view.fields[name]
  return field ? { ...view, fields: { ...view.fields, [name]: { ...field, options } } } : view
}
