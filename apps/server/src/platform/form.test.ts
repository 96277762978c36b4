import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { choice, choices, confirmation, date, dateTime, longText, optionalText, password } from './fields.ts'
import { blankForm, form, parseForm, storedText, type Submission, withErrors } from './form.ts'
import { noFiles } from './submission.ts'

const reportForm = form({
  what: longText('Enter what happened', { label: 'What happened', max: 20 }),
  where: optionalText({ label: 'Where', max: 10 }),
  kind: choice(
    'Select what it is about',
    [
      { value: 'data', text: 'Data' },
      { value: 'other', text: 'Something else' },
    ] as const,
    { label: 'What is it about?' },
  ),
  when: date('Enter the day', { label: 'The day' }),
})
const sent = (fields: Record<string, string | string[]>): Submission => ({
  values: new Map(Object.entries(fields).map(([name, value]) => [name, [value].flat()])),
  files: new Map(),
})

test('a form that is filled in gives values of its own types and drops what it does not know', () => {
  const result = parseForm(
    reportForm,
    sent({ what: ' Two boys  ', kind: 'data', when: ['3', '3', '2026'], extra: 'ignored' }),
  )
  assert.ok(result.ok)
  assert.deepEqual(result.values, { what: 'Two boys', where: null, kind: 'data', when: '2026-03-03' })
})

test('all errors come at once, one a field, in page order, and what was typed is kept', () => {
  const result = parseForm(
    reportForm,
    sent({ what: 'x'.repeat(21), where: 'the far playground', when: ['31', '2', '2026'] }),
  )
  assert.equal(result.ok, false)
  assert.deepEqual(result.view.errors, [
    { text: 'What happened must be 20 characters or fewer', href: '#what' },
    { text: 'Where must be 10 characters or fewer', href: '#where' },
    { text: 'Select what it is about', href: '#kind' },
    { text: 'The day must be a real date, such as 27 3 2026', href: '#when' },
  ])
  assert.equal(result.view.fields.where?.value, 'the far playground')
  assert.deepEqual(result.view.fields.when?.value, ['31', '2', '2026'])
})

test('a field that was not sent reads as one left empty', () => {
  assert.deepEqual(
    parseForm(reportForm, sent({})).view.errors.map(error => error.text),
    ['Enter what happened', 'Select what it is about', 'Enter the day'],
  )
})

test('emoji count as one character, and any script is kept as it was typed', () => {
  const result = parseForm(reportForm, sent({ what: '👩‍👩‍👧 \u202Eمرحبا', kind: 'data', when: ['1', '1', '2026'] }))
  assert.ok(result.ok)
  assert.equal(result.values.what, '👩‍👩‍👧 \u202Eمرحبا')
})

test('a NUL and bytes that are not UTF-8 become the replacement sign and the rest is kept', () => {
  assert.equal(storedText('a\0b\r\nc\rd'), 'a\uFFFDb\nc\nd')
  const result = parseForm(
    reportForm,
    noFiles(Buffer.from('what=%FFhelp%00&kind=data&when=1&when=1&when=2026', 'latin1')),
  )
  assert.ok(result.ok)
  assert.equal(result.values.what, '\uFFFDhelp\uFFFD')
})

test('a time is London’s, in summer and in winter', () => {
  const clock = form({ at: dateTime('Enter when', { label: 'When' }) })
  const at = (values: string[]) => {
    const result = parseForm(clock, sent({ at: values }))
    return result.ok ? result.values.at.toISOString() : result.view.errors[0]?.text
  }
  assert.equal(at(['1', '7', '2026', '14:40']), '2026-07-01T13:40:00.000Z')
  assert.equal(at(['1', '12', '2026', '9.05']), '2026-12-01T09:05:00.000Z')
  assert.equal(at(['1', '12', '2026', '25:00']), 'When must be a real date and time, such as 27 3 2026 at 14:40')
})

test('a password is taken exactly as typed and never shown again', () => {
  const secret = form({
    password: password('Enter your password', { label: 'Password' }),
    sure: confirmation('Confirm it', 'I am sure'),
  })
  const result = parseForm(secret, sent({ password: '  spaces count  ' }))
  assert.equal(result.ok, false)
  assert.doesNotMatch(JSON.stringify(result.view), /spaces count/)
})

test('errors that only the service can find stand beside the field they are about', () => {
  const view = withErrors(blankForm(reportForm), { where: 'That place is not known' })
  assert.deepEqual(view.errors, [{ text: 'That place is not known', href: '#where' }])
})

test('no input makes the parser throw, and an accepted choice is always one that was offered', () => {
  const any = form({
    kind: choice('Select', [{ value: 'a', text: 'A' }] as const, { label: 'Kind' }),
    many: choices(
      null,
      [
        { value: 'x', text: 'X' },
        { value: 'y', text: 'Y' },
      ] as const,
      { label: 'Many' },
    ),
    when: date('Enter', { label: 'Day' }),
  })
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('kind', 'many', 'when', '__proto__', 'other'),
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
      ),
      fields => {
        const result = parseForm(any, sent(fields))
        if (result.ok) {
          assert.equal(result.values.kind, 'a')
          assert.ok(result.values.many.every(value => value === 'x' || value === 'y'))
        }
      },
    ),
  )
})

test('an error about a field whose label is a question is a sentence all the same', () => {
  const asked = form({
    when: date('Enter the day', { label: 'When is it looked at again?' }),
    why: longText('Enter why', { label: 'Why?', max: 3 }),
  })
  const result = parseForm(asked, sent({ when: ['31', '2', '2026'], why: 'because' }))
  assert.ok(!result.ok)
  assert.deepEqual(
    result.view.errors.map(({ text }) => text),
    ['The date must be a real date, such as 27 3 2026', 'Your answer must be 3 characters or fewer'],
  )
})
