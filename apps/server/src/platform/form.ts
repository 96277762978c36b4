/*
 * The one form parser. A form is a list of fields; parsing gives values, or all errors, one a field, in page order, in words
 * for the person. What was typed is kept in the view model and shown again. Unknown fields are dropped.
 */

/** What arrives: each field's values in the order sent, and the files. Attacker-controlled. */
export interface Submission {
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly files: ReadonlyMap<string, readonly UploadedFile[]>
}
export interface UploadedFile {
  readonly name: string
  /** What the sender says it is; never trusted. */
  readonly claimedType: string
  readonly content: Buffer
}

export interface Option {
  readonly value: string
  readonly text: string
  readonly hint?: string
}
export type FieldKind =
  | 'text'
  | 'textarea'
  | 'radios'
  | 'checkboxes'
  | 'select'
  | 'date'
  | 'datetime'
  | 'password'
  | 'file'
  | 'hidden'
  | 'email'

type Parsed<T> = { readonly value: T } | { readonly error: string }

export interface Field<T> {
  readonly kind: FieldKind
  readonly label: string
  readonly hint?: string
  readonly options?: readonly Option[]
  readonly autocomplete?: string
  /** Characters. */
  readonly max?: number
  readonly rows?: number
  parse(values: readonly string[], files: readonly UploadedFile[]): Parsed<T>
}

/** What the templates get for one field; `value` is a string, or strings for checkboxes. Passwords and files are never shown again. */
export interface FieldView {
  readonly name: string
  readonly kind: FieldKind
  readonly label: string
  readonly hint?: string
  readonly options?: readonly Option[]
  readonly autocomplete?: string
  readonly max?: number
  readonly rows?: number
  readonly value: string | readonly string[]
  readonly error?: string
}
export interface FormView {
  readonly fields: Readonly<Record<string, FieldView>>
  /** For the summary, in page order; `href` leads to the field. */
  readonly errors: readonly { readonly text: string; readonly href: string }[]
}

type Fields = Readonly<Record<string, Field<unknown>>>
export interface Form<F extends Fields = Fields> {
  readonly fields: F
}
export type Values<F> =
  F extends Form<infer S> ? { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never } : never

export type FormResult<F extends Form> =
  | { readonly ok: true; readonly values: Values<F>; readonly view: FormView }
  | {
      readonly ok: false
      readonly view: FormView /** Adds errors found beyond the form, such as a wrong password. */
      readonly values?: undefined
    }

export const form = <F extends Fields>(fields: F): Form<F> => ({ fields })

/** Longest field of any form, in characters; more is cut off before parsing, and the field's own limit names the error. */
export const longestField = 100_000

/**
 * The words of a field as stored: line ends become \n, and NUL, which no store can hold, becomes the replacement sign.
 * Everything else stays as typed: right-to-left marks, emoji and any script.
 */
export const storedText = (typed: string): string =>
  typed.replace(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD').toWellFormed()

export function parseForm<F extends Form>(definition: F, submission: Submission): FormResult<F> {
  const values: Record<string, unknown> = {}
  const problems: Record<string, string> = {}
  for (const [name, field] of Object.entries(definition.fields)) {
    const raw = (submission.values.get(name) ?? []).map(text => storedText(text.slice(0, longestField)))
    const parsed = field.parse(raw, submission.files.get(name) ?? [])
    if ('error' in parsed) problems[name] = parsed.error
    else values[name] = parsed.value
  }
  const typed = (name: string) =>
    (submission.values.get(name) ?? []).map(text => storedText(text.slice(0, longestField)))
  const view = formView(definition, typed, problems)
  // The cast only says what the loop did: every field of the definition has a value of its own type.
  return view.errors.length === 0 ? { ok: true, values: values as Values<F>, view } : { ok: false, view }
}

/** The form before anybody typed, with what is already known. */
export const blankForm = (
  definition: Form,
  known: Readonly<Record<string, string | readonly string[]>> = {},
): FormView => formView(definition, name => (known[name] === undefined ? [] : [known[name]].flat()), {})

/** The same form with errors that only the service could find. */
export function withErrors(view: FormView, problems: Readonly<Record<string, string>>): FormView {
  const fields = Object.fromEntries(
    Object.entries(view.fields).map(([name, field]) => [
      name,
      problems[name] === undefined ? field : { ...field, error: problems[name] },
    ]),
  )
  return { fields, errors: summary(fields) }
}

function formView(
  definition: Form,
  typed: (name: string) => readonly string[],
  problems: Readonly<Record<string, string>>,
): FormView {
  const fields = Object.fromEntries(
    Object.entries(definition.fields).map(([name, field]): [string, FieldView] => {
      const { parse: _, ...shown } = field
      const values = field.kind === 'password' || field.kind === 'file' ? [] : typed(name)
      const value =
        field.kind === 'checkboxes'
          ? values
          : field.kind === 'date' || field.kind === 'datetime'
            ? values
            : (values[0] ?? '')
      return [name, { ...shown, name, value, ...(problems[name] === undefined ? {} : { error: problems[name] }) }]
    }),
  )
  return { fields, errors: summary(fields) }
}

const summary = (fields: Readonly<Record<string, FieldView>>): FormView['errors'] =>
  Object.values(fields).flatMap(field =>
    field.error === undefined ? [] : [{ text: field.error, href: `#${field.name}` }],
  )
