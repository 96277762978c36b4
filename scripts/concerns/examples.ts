import { type Concern, concerns, parentOf } from '../../packages/engine/src/concern/index.ts'
import type { LexiconText } from '../../packages/engine/src/concern/lexicon-format.ts'
import { parsePattern } from '../../packages/engine/src/concern/lexicon-format.ts'
import { drawsFrom } from './draws.ts'
import { benignSources, type LabelledLine } from './labelled.ts'

/** A text to learn from: for each concern 1 (is one), -1 (is none) or 0 (not judged). */
export interface Example {
  readonly text: string
  readonly sides: Int8Array
  readonly weight: number
}

const at = (concern: Concern): number => concerns.indexOf(concern)
const rare: readonly Concern[] = [
  'grooming',
  'nudes',
  'extremism',
  'weapons',
  'eating',
  'gambling',
  'circumvention',
  'crime',
  'personal',
]

/**
 * What a set says of each concern. A set that judged hatred alone says nothing of profanity; concerns that hardly occur in
 * a set count as absent there.
 */
const judges: Readonly<
  Record<string, { readonly against: readonly Concern[]; readonly weight: number; readonly share: number }>
> = {
  davidson: { against: ['hate', 'profanity', ...rare], weight: 0.6, share: 0.6 },
  edos: { against: ['misogyny', ...rare], weight: 0.7, share: 1 },
  stormfront: {
    against: ['hate', 'selfharm', 'grooming', 'nudes', 'eating', 'gambling', 'circumvention', 'personal'],
    weight: 0.7,
    share: 1,
  },
  hatemojibuild: { against: ['hate'], weight: 2, share: 1 },
  convabuse: { against: ['bullying', 'sexual', 'hate', 'selfharm', ...rare], weight: 1, share: 1 },
  toxicspans: {
    against: ['selfharm', 'grooming', 'nudes', 'eating', 'gambling', 'circumvention', 'personal'],
    weight: 0.7,
    share: 1,
  },
  'toxigen-prompts': { against: ['hate'], weight: 2, share: 1 },
  cssrs: { against: [], weight: 0.3, share: 1 },
  'suicidewatch-teens': {
    against: ['selfharm', 'grooming', 'extremism', 'weapons', 'circumvention', 'personal', 'hate'],
    weight: 6,
    share: 1,
  },
  'jigsaw-5k': { against: ['bullying', 'selfharm', ...rare], weight: 1, share: 1 },
  counselchat: {
    against: ['hate', 'extremism', 'weapons', 'gambling', 'circumvention', 'personal', 'crime', 'profanity'],
    weight: 1,
    share: 1,
  },
  'ailuminate-demo': { against: ['bullying', 'gambling', 'circumvention', 'eating'], weight: 2, share: 1 },
  'presidio-synth': { against: concerns, weight: 1, share: 1 },
  goemotions: { against: ['selfharm', ...rare], weight: 0.5, share: 0.5 },
  'openstax-train': { against: concerns, weight: 1, share: 0.6 },
  'literature-train': { against: concerns, weight: 1, share: 1 },
  'oak-train': { against: concerns, weight: 1.2, share: 0.5 },
  headlines: { against: concerns, weight: 1.5, share: 1 },
  'queries-wellformed': { against: concerns, weight: 4, share: 1 },
  'sms-ham': { against: concerns, weight: 20, share: 1 },
  taskmaster: { against: concerns, weight: 2, share: 1 },
}

/** The benchmark's own hazard codes, where they are finer than the set's labels. */
const hazards: Readonly<Record<string, Concern>> = { iwp: 'weapons', ncr: 'crime', cse: 'grooming', ssh: 'selfharm' }

export function exampleOf(line: LabelledLine): Example | null {
  const judge = judges[line.source]
  if (judge === undefined || shareOf(line.id) >= judge.share) return null
  const sides = new Int8Array(concerns.length)
  for (const concern of judge.against) sides[at(concern)] = -1
  for (const label of line.labels) {
    // Every hateful line of that forum is labelled extremism too, which says nothing new.
    if (line.source === 'stormfront' && label === 'extremism') continue
    sides[at(label)] = 1
    if (line.source === 'edos' && label === 'hate') sides[at('misogyny')] = 1
  }
  if (line.source === 'ailuminate-demo') {
    const hazard = Object.entries(hazards).find(([code]) => line.orig.toLowerCase().includes(code))
    if (hazard) sides[at(hazard[1])] = 1
  }
  return { text: line.text.slice(0, 1500), sides, weight: judge.weight }
}

/** A number from 0 to 1 that depends on the id alone. */
export function shareOf(id: string): number {
  let hash = 0x811c9dc5
  for (let n = 0; n < id.length; n++) hash = Math.imul(hash ^ id.charCodeAt(n), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296
}

/** Concerns that a text about one may well belong to too: not judged. */
const near: Readonly<Partial<Record<Concern, readonly Concern[]>>> = {
  selfharm: ['bullying', 'eating'],
  eating: ['selfharm'],
  bullying: ['hate', 'misogyny', 'violence', 'selfharm', 'profanity', 'sexual', 'grooming'],
  hate: ['bullying', 'misogyny', 'extremism', 'violence', 'profanity'],
  misogyny: ['bullying', 'sexual', 'profanity', 'violence'],
  sexual: ['nudes', 'grooming', 'misogyny', 'profanity'],
  nudes: ['grooming', 'bullying'],
  grooming: ['nudes', 'sexual', 'bullying', 'personal'],
  violence: ['weapons', 'bullying', 'crime', 'extremism'],
  weapons: ['violence', 'extremism', 'crime'],
  drugs: ['crime'],
  crime: ['drugs', 'violence', 'weapons'],
  extremism: ['hate', 'violence', 'weapons'],
  personal: ['grooming', 'crime'],
  profanity: ['bullying', 'sexual', 'hate'],
}

/** A line that was written for training: a concern, or `none`. */
export function seedExample(label: string, text: string, weight: number): Example {
  const sides = new Int8Array(concerns.length).fill(-1)
  const concern = concerns.find(name => name === label)
  if (concern !== undefined) {
    for (const other of near[concern] ?? []) sides[at(other)] = 0
    sides[at(concern)] = 1
    const parent = parentOf[concern]
    if (parent !== undefined) sides[at(parent)] = 1
  } else if (label !== 'none') throw new Error(`expected a concern or none as a seed's label, found “${label}”`)
  return { text, sides, weight }
}

/** Wordings of the lexicon's strong rules, drawn by a fixed sequence: they teach the model what the rules stand for. */
export function* ruleExamples({ rules, sets }: LexiconText, each: number): Generator<Example> {
  const draw = drawsFrom(20261122)
  const fillers = ['so', 'just', 'really', 'like', 'the', 'my', 'all', 'now', 'actually', 'him', 'her', 'that']
  for (const rule of rules) {
    if (rule.strength < 3) continue
    const parts = parsePattern(rule.pattern, sets)
    for (let n = 0; n < each; n++) {
      const words: string[] = []
      for (const part of parts) {
        if (part.isOptional && draw(2) === 0) continue
        if (part.gap > 0 && draw(3) === 0) words.push(fillers[draw(fillers.length)] ?? '')
        words.push(...(part.wordings[draw(part.wordings.length)] ?? []))
      }
      yield seedExample(rule.concern, words.join(' '), 0.7)
    }
  }
}

export const isBenign = (source: string): boolean => benignSources.includes(source)
