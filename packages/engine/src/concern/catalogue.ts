import { type KnownBodies, type LexiconFiles, parseLexicon, parsePattern, type RuleLine } from './lexicon-format.ts'
import { type Concern, concerns, coreConcerns } from './types.ts'

/** One rule as people read about it. */
export interface CatalogueRule {
  readonly id: string
  readonly concern: Concern
  readonly severity: number
  /** Cannot be switched off. */
  readonly isCore: boolean
  /** How it is known: by words, by its shape, or by the trained model alone. */
  readonly by: 'words' | 'shape' | 'model'
  /** Words that it finds, the first of each place, `…` where others may stand between; or what it is. */
  readonly example: string
  /** The pattern as the lexicon writes it; '' where there is none. */
  readonly pattern: string
}

const shapes: readonly Omit<CatalogueRule, 'isCore' | 'concern' | 'by' | 'pattern'>[] = [
  { id: 'personal.phone', severity: 2, example: 'a telephone number' },
  { id: 'personal.card', severity: 3, example: 'the number of a bank card' },
  { id: 'personal.postcode', severity: 2, example: 'a postcode' },
  { id: 'personal.email', severity: 1, example: 'an e-mail address' },
]

/**
 * Every rule that may decide about a text, in the order of the lexicon. Rules that only show where words stand decide
 * nothing and are left out.
 *
 * @throws {LexiconError} where the lexicon cannot be read.
 */
export function catalogueOf(files: LexiconFiles): readonly CatalogueRule[] {
  const { rules, sets } = parseLexicon(files)
  const bodies: KnownBodies = new Map()
  return [
    ...rules
      .filter(({ strength }) => strength > 0)
      .map(rule => ({
        id: rule.id,
        concern: rule.concern,
        severity: rule.severity,
        isCore: rule.conditions.includes('core'),
        by: 'words' as const,
        example: exampleOf(rule, sets, bodies),
        pattern: rule.pattern,
      })),
    ...shapes.map(shape => ({
      ...shape,
      concern: 'personal' as const,
      isCore: false,
      by: 'shape' as const,
      pattern: '',
    })),
    ...concerns.map(concern => ({
      id: `model.${concern}`,
      concern,
      severity: 0,
      isCore: coreConcerns.includes(concern),
      by: 'model' as const,
      example: 'no single words: the trained model alone, by the run of them',
      pattern: '',
    })),
  ]
}

function exampleOf({ pattern }: RuleLine, sets: ReadonlyMap<string, string>, bodies: KnownBodies): string {
  const places = parsePattern(pattern, sets, bodies).filter(({ isOptional }) => !isOptional)
  return places
    .map(({ wordings, gap }, place) => `${place > 0 && gap > 0 ? '… ' : ''}${(wordings[0] ?? []).join(' ')}`)
    .join(' ')
}
