import { addCalendarMonths, londonDate } from '@gatehouse/engine/calendar'
import { phraseBounds } from '@gatehouse/engine/concern/school-rules'
import { type Concern, concerns } from '@gatehouse/engine/concern/types'
import { roleNames } from '../permissions.ts'
import { choice, date, hidden, hiddenDate, longText, text } from '../platform/fields.ts'
import { type Field, form } from '../platform/form.ts'
import { type PhraseContent, phraseSeverities, ruleOwners, whereNames } from './concern-rule.ts'
import { concernNames, severityNames } from './flag.ts'

/* The forms of a change of the rules. Each is filled in, shown with what it would do, and only then sent: the second form carries the first, unseen. */

const tended = {
  reason: longText('Enter why this is needed', {
    label: 'Why is it needed?',
    hint: 'Whoever decides reads this. Do not name a child.',
    max: 1000,
    rows: 4,
  }),
  owner: choice(
    'Select who answers for this change',
    ruleOwners.map(value => ({ value, text: roleNames[value] })),
    { label: 'Who answers for it?', as: 'select' },
  ),
  reviewOn: date('Enter the day on which somebody looks at this again', {
    label: 'When is it looked at again?',
    hint: 'Within a year; a term is usual. For example, 27 3 2027.',
  }),
}
const unseen = <T>(field: Field<T>): Field<T> => ({ ...field, kind: 'hidden' })
const tendedUnseen = {
  reason: unseen(tended.reason),
  owner: unseen(tended.owner),
  reviewOn: hiddenDate('Open the page again before you send it'),
}

const rule = hidden('Choose a rule on the page of rules', 80)
export const offForm = form({ rule, ...tended })
export const sendOffForm = form({ rule, ...tendedUnseen })

const severities = phraseSeverities.map(value => ({ value: String(value), text: severityNames[value] }))
const phraseFields = {
  phrase: text('Enter the words', {
    label: 'Which words?',
    hint: `Letters, digits and spaces, up to ${phraseBounds.mostWords} words. Spellings like v4pe and v a p e are found by themselves. Never a child’s name.`,
    max: 200,
  }),
  concern: choice<Concern>(
    'Select what they may mean',
    concerns.map(value => ({ value, text: concernNames[value] })),
    { label: 'What may they mean?', as: 'select' },
  ),
  severity: choice('Select how soon somebody should look', severities, {
    label: 'How soon should somebody look?',
    hint: 'Paging somebody at once stays with the rules that come with Gatehouse.',
  }),
  where: choice<PhraseContent['where']>(
    'Select where to look',
    (Object.keys(whereNames) as PhraseContent['where'][]).map(value => ({
      value,
      text: `${whereNames[value].charAt(0).toUpperCase()}${whereNames[value].slice(1)}`,
    })),
    { label: 'Where should it be looked for?' },
  ),
}
export const phraseForm = form({ ...phraseFields, ...tended })
export const sendPhraseForm = form({
  phrase: unseen(phraseFields.phrase),
  concern: unseen(phraseFields.concern),
  severity: unseen(phraseFields.severity),
  where: unseen(phraseFields.where),
  ...tendedUnseen,
})

export const keepRuleForm = form({ reviewOn: tended.reviewOn })

/** A term, about, as the three boxes of a date. */
export function usualRuleReview(now: Date): string[] {
  const [year = '', month = '', day = ''] = addCalendarMonths(londonDate(now), 4).split('-')
  return [String(Number(day)), String(Number(month)), year]
}
