import { reasonFor } from './sentences.ts'
import { type Action, type Audience, actions, type Category } from './types.ts'

/** Where in the order of `decide` an answer was found. */
export type Stage =
  | 'malformed'
  | 'illegal'
  | 'nobody'
  | 'must-allow'
  | 'age'
  | 'pass'
  | 'lesson-only'
  | 'school'
  | 'matrix'
  | 'categories'
  | 'look-alike'
  | 'file'
  | 'search'
  | 'inside'

/** A verdict without its host, made once and given many times. */
export interface Outcome {
  readonly verdict: Action
  readonly category: Category | 'none'
  readonly rule: string
  readonly reason: string
  readonly stage: Stage
  /** 0 allow, 1 warn, 2 block. */
  readonly level: number
}

export const strictness = (action: Action): number => actions.indexOf(action)

export const outcomeOf = (
  stage: Stage,
  verdict: Action,
  category: Category | 'none',
  rule: string,
  audience: Audience,
  detail = '',
): Outcome => ({
  verdict,
  category,
  rule,
  reason: reasonFor({ verdict, category, rule, audience, detail }),
  stage,
  level: strictness(verdict),
})
