/** What the detector looks for, the graver first. These names stand in every output. */
export const concerns = [
  'selfharm',
  'grooming',
  'nudes',
  'extremism',
  'weapons',
  'violence',
  'eating',
  'sexual',
  'bullying',
  'hate',
  'misogyny',
  'drugs',
  'crime',
  'gambling',
  'personal',
  'circumvention',
  'profanity',
] as const
export type Concern = (typeof concerns)[number]

/** A finer concern always comes with its parent, scored no higher. */
export const parentOf: Readonly<Partial<Record<Concern, Concern>>> = {
  eating: 'selfharm',
  misogyny: 'hate',
  nudes: 'sexual',
  weapons: 'violence',
}

/** Of these the core can never be switched off, nor the trained model where it decides alone. */
export const coreConcerns: readonly Concern[] = ['selfharm', 'grooming', 'extremism']

/** The four areas of risk of KCSIE (paras 163–165). */
export const areaOf: Readonly<Record<Concern, 'content' | 'contact' | 'conduct' | 'commerce'>> = {
  selfharm: 'content',
  eating: 'content',
  sexual: 'content',
  violence: 'content',
  weapons: 'content',
  extremism: 'content',
  drugs: 'content',
  hate: 'content',
  misogyny: 'content',
  grooming: 'contact',
  nudes: 'conduct',
  bullying: 'conduct',
  personal: 'conduct',
  circumvention: 'conduct',
  profanity: 'conduct',
  crime: 'conduct',
  gambling: 'commerce',
}

/** Where the words come from: `typed` into a page, a `search`, a `message` sent, a `prompt` to an AI chat and its `answer`, a page's `title`, what was `read`. */
export const textKinds = ['typed', 'search', 'message', 'prompt', 'answer', 'title', 'read'] as const
export type TextKind = (typeof textKinds)[number]

export const ageBands = ['primary', 'secondary', 'adult'] as const
export type AgeBand = (typeof ageBands)[number]

export interface ConcernText {
  /** As it came; may be broken UTF-16 and of any length. */
  readonly text: string
  readonly kind: TextKind
  readonly age: AgeBand
}

/** [from, to, concern]: half-open UTF-16 code-unit offsets into the text as it came. */
export type ConcernSpan = readonly [from: number, to: number, concern: Concern]

export interface ConcernResult {
  readonly flag: boolean
  /** 0 nothing; 1 note; 2 look this week; 3 look today; 4 look within the hour; 5 page somebody now. */
  readonly severity: 0 | 1 | 2 | 3 | 4 | 5
  /** Best first; scores from 0 to 1 with three decimals. Empty where nothing was found. */
  readonly categories: readonly { readonly name: Concern; readonly score: number }[]
  readonly spans: readonly ConcernSpan[]
  /**
   * Ids of the rules that decided: of each flagged concern those that count for more than a mention, or `model.<concern>`
   * where the trained model decided alone. Empty where nothing is flagged.
   */
  readonly rules: readonly string[]
  /** One sentence for the person who decides: what was found, and what speaks for and against. */
  readonly why: string
}

/** A detector ready to be asked. Never throws; its time grows in line with the length of the text. */
export interface Detector {
  readonly version: string
  detect(text: ConcernText): ConcernResult
}
