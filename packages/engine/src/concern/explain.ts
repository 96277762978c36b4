import { bitOf } from './lexicon.ts'
import type { Concern } from './types.ts'
import type { Evidence, Judged } from './weighing.ts'

/** What each concern is called in a sentence. */
export const concernWords: Readonly<Record<Concern, string>> = {
  selfharm: 'self-harm or suicide',
  grooming: 'grooming or unsafe contact',
  nudes: 'nude pictures or sextortion',
  extremism: 'extremism',
  weapons: 'weapons',
  violence: 'violence',
  eating: 'an eating disorder',
  sexual: 'sexual content',
  bullying: 'bullying or abuse',
  hate: 'hatred of a group',
  misogyny: 'hatred of women',
  drugs: 'drugs, alcohol or vaping',
  crime: 'crime or fraud',
  gambling: 'gambling',
  personal: 'personal data being shared',
  circumvention: 'getting round the filter',
  profanity: 'coarse language',
}

const against: readonly (readonly [string, string])[] = [
  ['lesson', 'words of a lesson'],
  ['fiction', 'words of a story'],
  ['news', 'words of the news'],
  ['game', 'words of a game'],
  ['sport', 'words of sport'],
  ['cook', 'words of cooking'],
  ['tech', 'words of computing'],
  ['joke', 'signs of a joke'],
  ['help', 'words of advice or help'],
]

/** One sentence: what was found by which part, and what speaks against it. */
export function explain(evidence: Evidence, { flag, categories }: Judged): string {
  const [best] = categories
  if (best === undefined) return 'Nothing of concern was found.'
  const found = evidence.found.get(best.name) ?? (best.name === 'hate' ? evidence.found.get('misogyny') : undefined)
  const hits = found?.hits ?? []
  const named = hits.filter(({ words }) => words !== '').slice(0, 2)
  const shape = hits.find(({ words }) => words === '')
  const parts: string[] = []
  if (named.length > 0) {
    const words = named.map(({ words: said, id }) => `“${said}” (rule ${id})`).join(' and ')
    parts.push(`${words}${evidence.hasFirst ? ' in a text in the first person' : ''}`)
  } else if (shape) parts.push(`a number or address (${shape.id})`)
  const model = found?.model ?? 0
  const heard = (found?.heard ?? []).map(words => `“${words}”`).join(' and ')
  if (named.length === 0 && !shape)
    parts.push(`the trained model alone, by the run of the words${heard === '' ? '' : `, most by ${heard}`}`)
  else if (model >= 0.6) parts.push('the trained model agrees')
  const doubts: string[] = []
  for (const [context, words] of against) if ((evidence.contexts & bitOf(context)) !== 0) doubts.push(words)
  if (hits.some(({ isQuoted }) => isQuoted)) doubts.push('quotation marks')
  if (hits.some(({ isNegated }) => isNegated)) doubts.push('a “not”')
  if (named.length > 0 && model <= -0.4) doubts.push('the trained model, which reads it as harmless')
  if (hits.some(({ isDisguised }) => isDisguised)) parts.push('letters were disguised or misspelt')
  const start = flag
    ? `Suggests ${concernWords[best.name]}`
    : `Not flagged, though it touches on ${concernWords[best.name]}`
  const speaks = doubts.length > 0 ? `; against it: ${doubts.join(', ')}` : ''
  return `${start}: ${parts.join('; ')}${speaks}.`
}
