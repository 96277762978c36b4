import type { Concern, Detector } from './types.ts'

/*
 * What a school changes about the rules: which are off, and phrases of its own. Its form is here, for the server that signs
 * it and the device that obeys it.
 */

/** What a school may look for by itself: plain words, in the lexicon's own form, so that what two people decided is what is looked for. */
export interface SchoolPhrase {
  readonly id: string
  readonly concern: Concern
  /** Nobody is paged at once by a word that a school chose: 5 stays with the lexicon. */
  readonly severity: PhraseSeverity
  readonly phrase: string
  readonly where?: PhraseWhere
}
export type PhraseSeverity = 1 | 2 | 3 | 4
/** Only in searches, questions to an AI and titles, or only in what is written or read. */
export const phraseWheres = ['searches', 'texts'] as const
export type PhraseWhere = (typeof phraseWheres)[number]

export interface SchoolRules {
  /** Grows by one with every decision: two sets that say the same may still be two decisions. 0: nothing was ever decided. */
  readonly version: number
  readonly off: readonly string[]
  readonly added: readonly SchoolPhrase[]
}
export const unchangedRules: SchoolRules = { version: 0, off: [], added: [] }

/** Bounds of a phrase: long enough not to be an accident, short enough to be typed again. */
export const phraseBounds = { fewestLetters: 3, mostCharacters: 60, mostWords: 8 } as const
/** So many phrases may a school look for at once, and so many rules may be off. */
export const mostPhrases = 100
export const mostOff = 300

/** Lower-case words of letters and digits with one space between. */
const phrasePattern = /^[a-z0-9]+(?: [a-z0-9]+){0,7}$/
/** An id of a rule, as the lexicon and the school's own changes write them. */
const ruleIdPattern = /^[a-z-]{2,20}\.[a-z0-9-]{1,40}$/
export const isRuleId = (text: string): boolean => ruleIdPattern.test(text)

/**
 * What was typed in the lexicon's simple form: capitals, accents and apostrophes are dropped, since the detector reads past
 * them, and nothing else is guessed at.
 */
export function plainPhrase(
  typed: string,
): { readonly ok: true; readonly phrase: string } | { readonly ok: false; readonly error: string } {
  const { fewestLetters, mostCharacters, mostWords } = phraseBounds
  const no = (error: string) => ({ ok: false as const, error })
  // Before anything is done with it: what is typed may be of any length.
  if (typed.length > 4 * mostCharacters) return no(`The phrase must be ${mostCharacters} characters or fewer`)
  const phrase = typed
    .normalize('NFD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .trim()
    .replace(/ +/g, ' ')
  if (phrase === '') return no('Enter the phrase')
  const strange = /[^a-z0-9 ]/u.exec(phrase)?.[0]
  if (strange !== undefined)
    return no(
      /[\p{L}\p{N}\p{P}\p{S}]/u.test(strange)
        ? `Only letters from a to z, digits and spaces can be looked for, not “${strange}”`
        : 'Only letters from a to z, digits and spaces can be looked for; there is a sign in it that cannot be seen',
    )
  if (phrase.length > mostCharacters) return no(`The phrase must be ${mostCharacters} characters or fewer`)
  if (phrase.split(' ').length > mostWords) return no(`The phrase must be ${mostWords} words or fewer`)
  if (phrase.replaceAll(' ', '').length < fewestLetters)
    return no(`The phrase must have at least ${fewestLetters} letters: shorter ones stand in other words`)
  return { ok: true, phrase }
}

/** Whether a phrase is in the form that {@link plainPhrase} gives: nothing else is ever looked for. */
export const isPlainPhrase = (text: string): boolean =>
  text.length <= phraseBounds.mostCharacters && phrasePattern.test(text)

/** What a flag names: the detector with the school's decisions in it. */
export const detectorName = ({ version }: Pick<Detector, 'version'>, rules: SchoolRules): string =>
  rules.version === 0 ? version : `${version} school-${rules.version}`
