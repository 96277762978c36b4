import { choice, dateTime, longText, optionalChoice, optionalLongText, optionalText, tick } from '../platform/fields.ts'
import {
  type Field,
  type Form,
  form,
  type FormView,
  parseForm,
  type Submission,
  type UploadedFile,
} from '../platform/form.ts'
import type { ConcernKind } from './data/concern-categories.ts'
import type { HelpAudience } from './data/help-lines.ts'
import { type NewReport, type Place, type Reporter, reporters, type When } from './report.ts'
import { largestMessage } from './report-message.ts'
import { type About, takesNoFile } from './report-routing.ts'
import { checkTopics, kindsOf, type Topic, topicsFor } from './report-topics.ts'

/*
 * The questions of the front door, one a page, in a child's words and in an adult's. The answers travel in hidden fields of
 * the next page: nothing is stored until the last one is sent.
 */

checkTopics()

export const steps = ['who', 'danger', 'topic', 'kind', 'words', 'when', 'about', 'send'] as const
export type Step = (typeof steps)[number]

/** The fields that each step asks; what a later page carries hidden. */
const fieldsOf: Readonly<Record<Step, readonly string[]>> = {
  who: ['who'],
  danger: ['danger'],
  topic: ['topic'],
  kind: ['kind'],
  words: ['words'],
  when: ['when', 'happened', 'place'],
  about: ['about', 'names'],
  send: ['message', 'clicked', 'reply'],
}

/** What was answered so far, as it stands in the fields: not checked beyond being there. */
export interface Answers {
  readonly audience: HelpAudience
  readonly who: Reporter | null
  readonly danger: boolean
  readonly topic: Topic | null
  readonly kind: ConcernKind | null
}

/** @param staff the signed-in staff form, which knows who asks. Attacker-controlled. */
export function answersIn(submission: Submission, staff: boolean): Answers {
  const sent = (name: string): string => submission.values.get(name)?.[0] ?? ''
  const who = staff ? 'staff' : (reporters.find(each => each === sent('who')) ?? null)
  const audience: HelpAudience = who === 'pupil' ? 'child' : 'adult'
  const topic = topicsFor(audience).find(({ id }) => id === sent('topic')) ?? null
  const kinds = topic ? kindsOf(topic, audience) : []
  const only = kinds.length === 1 ? kinds[0] : undefined
  return {
    audience,
    who,
    danger: sent('danger') === 'yes',
    topic,
    kind: only ?? kinds.find(({ id }) => id === sent('kind')) ?? null,
  }
}

/** The steps for these answers: the staff form knows who asks, and a topic of one kind needs no second question. */
export const stepsFor = ({ topic, audience }: Answers, staff: boolean): Step[] =>
  steps.filter(
    step => !(step === 'who' && staff) && !(step === 'kind' && topic !== null && kindsOf(topic, audience).length === 1),
  )

const isChild = ({ audience }: Answers): boolean => audience === 'child'
const options = <V extends string>(...pairs: readonly (readonly [V, string])[]) =>
  pairs.map(([value, text]) => ({ value, text }))

/** The kinds about a message that somebody got: the last page takes the message itself. */
const messageKinds: ReadonlySet<string> = new Set([
  'offensive-message',
  'unsolicited-mail',
  'scam',
  'cyberbullying',
  'offence-bullying',
  'hate',
  'virus-warning',
  'stranger-contact',
  'radicalisation',
  'staff-private-contact',
  'data-breach',
])
export const takesMessage = (kind: ConcernKind | null): boolean => kind !== null && messageKinds.has(kind.id)
/** A file only from adults: a child is not asked to save one, and pastes the words instead. */
export const takesFile = ({ kind, audience }: Pick<Answers, 'kind' | 'audience'>): boolean =>
  audience === 'adult' && kind !== null && takesMessage(kind) && !takesNoFile(kind)

/** The form of one step. */
export function stepForm(step: Step, answers: Answers, staff: boolean): Form {
  const child = isChild(answers)
  switch (step) {
    case 'who':
      return form({
        who: choice(
          'Select who you are',
          options<Reporter>(
            ['pupil', 'A pupil'],
            ['parent', 'A parent or carer'],
            ['staff', 'I work at the school'],
            ['visitor', 'Somebody else'],
          ),
          { label: 'Who are you?', hint: 'We do not ask your name.' },
        ),
      })
    case 'danger':
      return form({
        danger: choice('Select yes or no', options(['yes', 'Yes'], ['no', 'No']), {
          label: child ? 'Is someone in danger now?' : 'Is anybody in danger now?',
          hint: child
            ? 'If yes, call 999 first. Then come back here.'
            : 'If so, call 999 first. Nobody watches this page day and night.',
        }),
      })
    case 'topic':
      return form({
        topic: choice(
          'Select what it is about',
          topicsFor(answers.audience).map(({ id, child: forChild, adult }) => ({
            value: id,
            text: child ? forChild : adult,
          })),
          { label: 'What is it about?' },
        ),
      })
    case 'kind':
      return form({
        kind: choice(
          'Select the one that fits best',
          (answers.topic ? kindsOf(answers.topic, answers.audience) : []).map(kind => ({
            value: kind.id,
            text: child ? kind.child : kind.adult,
          })),
          {
            label: child ? 'Which one is most like it?' : 'Which of these comes nearest?',
            hint: child ? 'Pick one. It is fine if you are not sure.' : 'It need not fit exactly: a person reads it.',
          },
        ),
      })
    case 'words':
      return form({
        words: longText(child ? 'Write what happened' : 'Enter what happened', {
          label: 'What happened?',
          hint: child
            ? 'Use your own words, in any language. Spelling does not matter. Do not send us rude pictures.'
            : 'In your own words, in any language. Do not describe or copy images of children; say where they are.',
          max: 5000,
          rows: 9,
          tooLong:
            'What happened must be 5,000 characters or fewer. Nothing was lost: shorten it, or send the rest as a second report',
        }),
      })
    case 'when':
      return form({
        when: choice(
          child ? 'Pick when it happened' : 'Select when it happened',
          options<When>(
            ['now', child ? 'It is happening now' : 'It is happening now'],
            ['today', 'Today'],
            ['yesterday', 'Yesterday'],
            ['week', child ? 'This week' : 'In the last week'],
            ['before', child ? 'A long time ago' : 'Longer ago'],
            ...(staff ? ([['exact', 'At a time that I know']] as const) : []),
            ['unknown', child ? 'I do not know' : 'I do not know'],
          ),
          { label: 'When did it happen?' },
        ),
        ...(staff
          ? {
              happened: {
                ...dateTime('Enter the date and time', {
                  label: 'Date and time',
                  hint: 'If you know it, for example 27 3 2026 at 14:40. Staff report within 24 hours; if it took longer, report it all the same.',
                }),
                parse: optionalInstant.parse,
              },
            }
          : {}),
        place: optionalChoice(
          options<Place>(
            ['school', 'At school'],
            ['elsewhere', child ? 'At home or somewhere else' : 'At home, online or somewhere else'],
            ['unknown', 'I do not know'],
          ),
          { label: 'Where?' },
        ),
      })
    case 'about':
      return form({
        about: choice(
          'Select who it is about',
          options<About>(
            ['nobody', child ? 'Nobody' : 'Nobody in particular'],
            ['me', 'Me'],
            ['child', child ? 'Another child' : 'A child'],
            ['adult', child ? 'A grown-up in school' : 'An adult who works or helps at the school'],
            ['headteacher', 'The headteacher'],
            [
              'dsl',
              child ? 'The person who keeps children safe (the safeguarding lead)' : 'The safeguarding lead (DSL)',
            ],
            ...(child
              ? []
              : ([
                  ['dpo', 'The data protection officer'],
                  ['network-manager', 'The network manager'],
                  ['chair', 'The chair of governors'],
                ] as const)),
            ['outside', child ? 'Someone who is not from school' : 'Somebody outside the school'],
            ['unsure', child ? 'I do not know' : 'I am not sure'],
          ),
          {
            label: 'Who is it about?',
            hint: child
              ? 'That person will not get to see it.'
              : 'Whoever it is about does not get to see it, and neither does any duty-holder whom you name.',
          },
        ),
        names: optionalText({
          label: child ? 'Their name, if you want to say it' : 'Names, if you know them and want to say them',
          max: 500,
        }),
      })
    case 'send':
      return form({
        ...(takesMessage(answers.kind)
          ? {
              message: optionalLongText({
                label: child ? 'The message, if you can copy it' : 'The message itself, pasted, if you have it',
                hint: child
                  ? 'Do not write back to it.'
                  : 'Do not answer it. Paste it with its sender and date if you can.',
                max: 20_000,
                rows: 5,
                tooLong: 'The message must be 20,000 characters or fewer. Paste the part that matters',
              }),
              ...(takesFile(answers) ? { eml: messageFile } : {}),
              clicked: tick(
                child
                  ? 'I clicked on something in it, or I told it something'
                  : 'A link in it was followed, a file opened, or details were given',
              ),
            }
          : {}),
        reply: choice(
          child ? 'Pick yes or no' : 'Select yes or no',
          options(
            ['yes', child ? 'Yes, give me three secret words' : 'Yes, give me three words to come back with'],
            ['no', 'No'],
          ),
          {
            label: child ? 'Do you want us to write back?' : 'Do you want an answer?',
            hint: child
              ? 'We will not know who you are. The words let you read what we write.'
              : staff
                ? 'Your name goes with this report. The words also let you read an answer without signing in.'
                : 'We do not know who you are; the words let you come back and read it here.',
          },
        ),
      })
  }
}
/** An .eml file, kept as it comes; not having one is no error. */
const messageFile: Field<UploadedFile | null> = {
  kind: 'file',
  label: 'Or the message as a file (.eml), if you saved one',
  parse: (_, [sent]) =>
    sent && sent.content.length > largestMessage
      ? { error: 'The message must be 1 MB or smaller. Paste its text instead' }
      : { value: sent && sent.content.length > 0 ? sent : null },
}
/** The four boxes of a date and time, none of which need be filled in unless "at a time that I know" is chosen. */
const optionalInstant = {
  parse: (values: readonly string[]): { value: Date | null } | { error: string } =>
    values.join('').trim() === '' ? { value: null } : dateTime('', { label: 'Date and time' }).parse(values, []),
}

/** What a step's page carries hidden: every answer of the other steps, as sent. */
export function carried(submission: Submission, step: Step): { name: string; value: string }[] {
  const own = new Set(fieldsOf[step])
  const known = new Set([...Object.values(fieldsOf).flat(), 'practice'])
  return [...submission.values].flatMap(([name, values]) =>
    known.has(name) && !own.has(name) ? values.map(value => ({ name, value })) : [],
  )
}

export type Filled =
  | { readonly ok: true; readonly report: Omit<NewReport, 'madeBy' | 'formToken'> }
  /** The first step that is not answered as it must be. */
  | { readonly ok: false; readonly step: Step; readonly view: FormView }

/** All steps together, checked again: hidden fields are as much the sender's as the others. */
export function filledReport(submission: Submission, staff: boolean, now: Date): Filled {
  const answers = answersIn(submission, staff)
  const values: Record<string, unknown> = {}
  for (const step of stepsFor(answers, staff)) {
    const checked = checkStep(step, submission, answers, staff, now)
    if (!checked.ok) return { ok: false, step, view: checked.view }
    Object.assign(values, checked.values)
  }
  const { who, kind } = answers
  if (!who || !kind)
    return { ok: false, step: 'topic', view: parseForm(stepForm('topic', answers, staff), submission).view }
  const pasted = typeof values.message === 'string' ? Buffer.from(values.message) : null
  const sent = values.eml as UploadedFile | null | undefined
  return {
    ok: true,
    report: {
      kind,
      who,
      // The forms above made sure of each of these.
      about: values.about as About,
      danger: answers.danger,
      words: String(values.words),
      names: (values.names as string | null | undefined) ?? null,
      happenedWhen: values.when as When,
      happenedAt: values.when === 'exact' ? (values.happened as Date) : null,
      place: (values.place as Place | null | undefined) ?? 'unknown',
      wantsReply: values.reply === 'yes',
      clicked: values.clicked === true,
      message: sent ? { form: 'file', content: sent.content } : pasted ? { form: 'pasted', content: pasted } : null,
    },
  }
}

type Checked =
  | { readonly ok: true; readonly values: Readonly<Record<string, unknown>>; readonly view: FormView }
  | { readonly ok: false; readonly view: FormView }

/** One step, with what its fields can only say together. */
export function checkStep(step: Step, submission: Submission, answers: Answers, staff: boolean, now: Date): Checked {
  const parsed = parseForm(stepForm(step, answers, staff), submission)
  if (!parsed.ok) return { ok: false, view: parsed.view }
  const values: Readonly<Record<string, unknown>> = parsed.values
  const fault = (name: string, error: string): Checked => {
    const field = parsed.view.fields[name]
    return {
      ok: false,
      view: {
        fields: { ...parsed.view.fields, ...(field ? { [name]: { ...field, error } } : {}) },
        errors: [{ text: error, href: `#${name}` }],
      },
    }
  }
  if (step === 'when' && values.when === 'exact' && !(values.happened instanceof Date))
    return fault('happened', 'Enter the date and time, or choose another answer')
  if (step === 'when' && values.happened instanceof Date && values.happened > now)
    return fault('happened', 'Date and time must be in the past')
  return { ok: true, values, view: parsed.view }
}
