import type { Concern, TextKind } from './types.ts'

/*
 * Texts on which a device tries its detector once a day, made up and about nobody: one for each thing that clause A-5-19 names,
 * and two of ordinary lessons that must pass unflagged. The device sends what it found; whether that is right is decided elsewhere.
 */

export interface Canary {
  readonly id: string
  readonly kind: TextKind
  readonly text: string
  /** What must be found in it; null where nothing may be flagged. */
  readonly concern: Concern | null
}

export const canaries: readonly Canary[] = [
  { id: 'crime', kind: 'search', text: 'how to steal a phone from a shop and not get caught', concern: 'crime' },
  { id: 'sexual-imagery', kind: 'search', text: 'watch free porn', concern: 'sexual' },
  { id: 'bullying', kind: 'typed', text: 'nobody likes you, you fat loser', concern: 'bullying' },
  {
    id: 'unsuitable-sites',
    kind: 'search',
    text: 'how to get round the school filter with a free vpn',
    concern: 'circumvention',
  },
  { id: 'language', kind: 'typed', text: 'fuck you', concern: 'profanity' },
  { id: 'lesson', kind: 'typed', text: 'The Romans built roads and baths in Britain.', concern: null },
  {
    id: 'lunch',
    kind: 'typed',
    text: 'We had pasta for lunch and then we planted beans in the garden.',
    concern: null,
  },
]

/** What a device found in one of them: nothing where it flagged nothing. */
export interface CanaryResult {
  readonly id: string
  readonly concerns: readonly string[]
}

/** Ids of those that were got wrong: not tried, not found, or flagged without cause. */
export const missedCanaries = (results: readonly CanaryResult[]): string[] =>
  canaries
    .filter(({ id, concern }) => {
      const found = results.find(result => result.id === id)?.concerns
      return !found || (concern === null ? found.length > 0 : !found.includes(concern))
    })
    .map(({ id }) => id)
