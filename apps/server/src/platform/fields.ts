import { isCalendarDate, londonInstant } from '@gatehouse/engine/calendar'
import type { Field, Option, UploadedFile } from './form.ts'
import { isId } from './identifiers.ts'

/** Kinds of field for `form()`. Every message is a sentence for the person who filled it in. */

interface Words {
  readonly label: string
  readonly hint?: string
  readonly max?: number
  readonly autocomplete?: string
  readonly rows?: number
  readonly tooLong?: string
}
/** What an error calls a field: its label, unless that is a question, which would not read on as a sentence. */
const called = (label: string, otherwise: string): string => (label.endsWith('?') ? otherwise : label)
const lengthError = ({ label, max = 200, tooLong }: Words): string =>
  tooLong ?? `${called(label, 'Your answer')} must be ${max.toLocaleString('en-GB')} characters or fewer`

/** One line that must be filled in. `missing` starts with “Enter”. Limit 200 characters unless told. */
export const text = (missing: string, words: Words): Field<string> => textual('text', missing, words)
/** Several lines that must be filled in. Limit 5,000 characters unless told. */
export const longText = (missing: string, words: Words): Field<string> =>
  textual('textarea', missing, { max: 5000, ...words })
export const optionalText = (words: Words): Field<string | null> => optional(textual('text', '', words))
export const optionalLongText = (words: Words): Field<string | null> =>
  optional(textual('textarea', '', { max: 5000, ...words }))
export const hidden = (missing: string, max = 200): Field<string> => textual('hidden', missing, { label: 'This', max })
export const optionalHidden = (max = 200): Field<string | null> =>
  optional(textual('hidden', '', { label: 'This', max }))

/** The same field, whose value must be the id of a record: whatever else is sent reads as nothing chosen. */
export const ofRecord = (missing: string, field: Field<string>): Field<string> => ({
  ...field,
  parse: (values, files) => {
    const parsed = field.parse(values, files)
    return 'error' in parsed || isId(parsed.value) ? parsed : { error: missing }
  },
})
/** The id of a record, carried by the page. */
export const recordId = (missing: string): Field<string> => ofRecord(missing, hidden(missing, 40))
/** A day as `YYYY-MM-DD`, carried by the page. */
export const hiddenDate = (missing: string): Field<string> => {
  const field = hidden(missing, 10)
  return {
    ...field,
    parse: (values, files) => {
      const parsed = field.parse(values, files)
      return 'error' in parsed || isCalendarDate(parsed.value) ? parsed : { error: missing }
    },
  }
}

function textual(kind: 'text' | 'textarea' | 'hidden', missing: string, words: Words): Field<string> {
  const { tooLong: _, ...shown } = words
  const max = words.max ?? 200
  return {
    ...shown,
    kind,
    max,
    parse: ([typed = '']) => {
      const value = typed.trim()
      if (value === '') return { error: missing }
      if ([...value].length > max) return { error: lengthError({ ...words, max }) }
      if (kind !== 'textarea' && value.includes('\n'))
        return { error: `${called(words.label, 'Your answer')} must be on one line` }
      return { value }
    },
  }
}
const optional = <T>(field: Field<T>): Field<T | null> => ({
  ...field,
  parse: (values, files) => ((values[0] ?? '').trim() === '' ? { value: null } : field.parse(values, files)),
})

/** A secret, taken exactly as typed: never trimmed, never shown again. */
export const password = (missing: string, words: Words): Field<string> => ({
  ...words,
  kind: 'password',
  max: words.max ?? 256,
  parse: ([typed = '']) =>
    typed === ''
      ? { error: missing }
      : typed.length > (words.max ?? 256)
        ? { error: lengthError({ ...words, max: words.max ?? 256 }) }
        : { value: typed },
})

type OptionWords<V extends string> = readonly (Option & { readonly value: V })[]
type ChoiceWords = Omit<Words, 'max' | 'tooLong'> & { readonly as?: 'radios' | 'select' }

/** Exactly one of the options. `missing` starts with “Select”. */
export const choice = <V extends string>(missing: string, options: OptionWords<V>, words: ChoiceWords): Field<V> => {
  const { as = 'radios', ...shown } = words
  return {
    ...shown,
    kind: as,
    options,
    parse: ([sent]) => {
      const option = options.find(({ value }) => value === sent)
      return option ? { value: option.value } : { error: missing }
    },
  }
}
export const optionalChoice = <V extends string>(options: OptionWords<V>, words: ChoiceWords): Field<V | null> =>
  optional(choice('Select one of these, or none', options, words))

/** Any number of the options, at least one where `missing` is given. */
export const choices = <V extends string>(
  missing: string | null,
  options: OptionWords<V>,
  words: Omit<ChoiceWords, 'as'>,
): Field<readonly V[]> => ({
  ...words,
  kind: 'checkboxes',
  options,
  parse: sent => {
    const value = options.filter(option => sent.includes(option.value)).map(option => option.value)
    return missing !== null && value.length === 0 ? { error: missing } : { value }
  },
})

/** A box that must be ticked. */
export const confirmation = (missing: string, sentence: string): Field<true> => ({
  kind: 'checkboxes',
  label: '',
  options: [{ value: 'yes', text: sentence }],
  parse: sent => (sent.includes('yes') ? { value: true } : { error: missing }),
})
export const tick = (sentence: string, hint?: string): Field<boolean> => ({
  kind: 'checkboxes',
  label: '',
  options: [{ value: 'yes', text: sentence, ...(hint === undefined ? {} : { hint }) }],
  parse: sent => ({ value: sent.includes('yes') }),
})

/** A day, from three boxes (day, month, year) sent under one name in that order, as `YYYY-MM-DD`. */
export const date = (missing: string, words: Omit<Words, 'max'>): Field<string> => ({
  ...words,
  kind: 'date',
  parse: ([day = '', month = '', year = '']) => {
    if (`${day}${month}${year}`.trim() === '') return { error: missing }
    const value = calendarDate(day, month, year)
    return value ? { value } : { error: `${called(words.label, 'The date')} must be a real date, such as 27 3 2026` }
  },
})

/** An instant, from four boxes (day, month, year, time as 14:40) under one name; the time is London's. */
export const dateTime = (missing: string, words: Omit<Words, 'max'>): Field<Date> => ({
  ...words,
  kind: 'datetime',
  parse: ([day = '', month = '', year = '', time = '']) => {
    if (`${day}${month}${year}${time}`.trim() === '') return { error: missing }
    const onDate = calendarDate(day, month, year)
    const atTime = timeOfDay(time)
    return onDate && atTime
      ? { value: londonInstant(onDate, atTime) }
      : { error: `${called(words.label, 'The time')} must be a real date and time, such as 27 3 2026 at 14:40` }
  },
})
export const optionalDateTime = (words: Omit<Words, 'max'>): Field<Date | null> => {
  const field = dateTime('', words)
  return {
    ...field,
    parse: (values, files) => (values.join('').trim() === '' ? { value: null } : field.parse(values, files)),
  }
}

/** A time of day as 'HH:MM', London's. @param example stands in the hint and in the error. */
export const clockTime = (label: string, example: string): Field<string> => ({
  kind: 'text',
  label,
  hint: `For example, ${example}`,
  max: 5,
  parse: ([typed = '']) => {
    const value = timeOfDay(typed)
    return value ? { value } : { error: `${called(label, 'The time')} must be a time, such as ${example}` }
  },
})
export const optionalClockTime = (label: string, example: string): Field<string | null> =>
  optional(clockTime(label, example))

function timeOfDay(typed: string): string | null {
  const parts = /^\s*([01]?\d|2[0-3])[:.]([0-5]\d)\s*$/.exec(typed)
  return parts ? `${String(parts[1]).padStart(2, '0')}:${parts[2]}` : null
}

/** A number of up to four digits. Without `missing`, one left empty is told the bounds. */
export const wholeNumber = ({
  from,
  to,
  missing,
  ...words
}: Pick<Words, 'label' | 'hint'> & {
  readonly from: number
  readonly to: number
  readonly missing?: string
}): Field<number> => ({
  ...words,
  kind: 'text',
  max: 4,
  parse: ([typed = '']) => {
    const digits = typed.trim()
    if (digits === '' && missing !== undefined) return { error: missing }
    const value = /^\d{1,4}$/.test(digits) ? Number(digits) : Number.NaN
    return value >= from && value <= to
      ? { value }
      : { error: `${called(words.label, 'The number')} must be a whole number from ${from} to ${to}` }
  },
})

function calendarDate(day: string, month: string, year: string): string | null {
  const numbers = [day, month, year].map(part => (/^\s*\d{1,4}\s*$/.test(part) ? Number(part) : Number.NaN))
  const [d = Number.NaN, m = Number.NaN, y = Number.NaN] = numbers
  if (!(y >= 1900 && y <= 2200)) return null
  const instant = new Date(Date.UTC(y, m - 1, d))
  if (instant.getUTCFullYear() !== y || instant.getUTCMonth() !== m - 1 || instant.getUTCDate() !== d) return null
  return instant.toISOString().slice(0, 10)
}

/** One file; bounded by the page's upload limit before it gets here. */
export const file = (missing: string, words: Omit<Words, 'max'>): Field<UploadedFile> => ({
  ...words,
  kind: 'file',
  parse: (_, [sent]) => (sent && sent.content.length > 0 ? { value: sent } : { error: missing }),
})
