import { choice, hidden, longText, optionalHidden, optionalLongText, text } from '../platform/fields.ts'
import { form } from '../platform/form.ts'
import { askForm as countedAskForm } from './change-forms.ts'
import { answerNames, closeAnswers, openAnswers } from './contest.ts'

export const askForm = form({
  ...countedAskForm.fields,
  words: optionalLongText({ label: 'Why do you need it?', hint: 'You can leave this empty.', max: 500, rows: 3 }),
})
export const answerOpenForm = form({
  host: hidden('Open the page again', 253),
  answer: choice(
    'Select an answer',
    openAnswers.map(value => ({ value, text: answerNames[value] })),
    { label: 'What is the answer?' },
  ),
  words: optionalLongText({
    label: 'In your own words',
    hint: 'In words that a child understands. Needed where it stays closed.',
    max: 500,
    rows: 2,
  }),
})
export const answerCloseForm = form({
  host: hidden('Open the page again', 253),
  answer: choice(
    'Select an answer',
    closeAnswers.map(value => ({ value, text: answerNames[value] })),
    { label: 'What came of it?' },
  ),
  words: longText('Enter what you found', { label: 'What did you find?', max: 500, rows: 2 }),
})
export const shouldBeClosedForm = form({
  site: text('Enter the site', { label: 'Which site?', hint: 'Such as example.com', max: 500 }),
  category: optionalHidden(40),
  words: optionalLongText({
    label: 'What is wrong with it?',
    hint: 'You can leave this empty. Name nobody.',
    max: 1000,
    rows: 3,
  }),
})
