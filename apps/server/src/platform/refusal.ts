/** Every answer that is a "no" to a person. Anything else that is thrown is a fault. */
export const refusalCodes = [
  'not-found',
  'forbidden',
  'conflict',
  'invalid',
  'already-done',
  'too-many',
  'unavailable',
] as const
export type RefusalCode = (typeof refusalCodes)[number]

/** An answer to a person, shown as a page; never logged as a fault. */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** A sentence for the person: what was expected, what was found, what to do next. Holds no personal data. */
  readonly sentence: string
  constructor(code: RefusalCode, sentence: string, options?: ErrorOptions) {
    super(`${code}: ${sentence}`, options)
    this.name = 'Refusal'
    this.code = code
    this.sentence = sentence
  }
}
