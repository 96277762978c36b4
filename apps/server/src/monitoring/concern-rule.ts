import { addCalendarDays, londonDate } from '@gatehouse/engine/calendar'
import type { CatalogueRule } from '@gatehouse/engine/concern/catalogue'
import {
  isPlainPhrase,
  phraseWheres,
  type SchoolPhrase,
  type SchoolRules,
} from '@gatehouse/engine/concern/school-rules'
import { type Concern, concerns, coreConcerns } from '@gatehouse/engine/concern/types'
import * as z from 'zod'
import type { Role } from '../permissions.ts'
import { Refusal } from '../platform/refusal.ts'
import { concernNames } from './flag.ts'
import { logRuleOf, meant } from './log-meaning.ts'

/*
 * What a school may change about the rules for concerns, and what is said of a rule. The rules in force are what is shipped
 * with the changes in force laid on top; there is no other copy of them. Pure.
 */

/** Duties that can answer for a change of the rules. */
export const ruleOwners = ['dsl', 'deputy-dsl', 'headteacher'] as const satisfies readonly Role[]
export type RuleOwner = (typeof ruleOwners)[number]
export const phraseSeverities = [1, 2, 3, 4] as const

const tended = {
  owner: z.enum(ruleOwners),
  /** A London day: somebody looks at it again by then. */
  reviewOn: z.iso.date(),
}
const off = z.strictObject({ kind: z.literal('off'), rule: z.string().min(1).max(80), ...tended })
const phrase = z.strictObject({
  kind: z.literal('phrase'),
  concern: z.enum(concerns),
  severity: z.union(phraseSeverities.map(each => z.literal(each))),
  phrase: z.string().refine(isPlainPhrase),
  where: z.enum(['everywhere', ...phraseWheres]),
  ...tended,
})
const back = z.strictObject({ kind: z.literal('back'), of: z.uuid() })
const content = z.discriminatedUnion('kind', [off, phrase, back])

export type OffContent = Readonly<z.output<typeof off>>
export type PhraseContent = Readonly<z.output<typeof phrase>>
export type RuleChangeContent = Readonly<z.output<typeof content>>
export type TendedRuleContent = OffContent | PhraseContent

/** From the database, which an administrator could have altered: what is not of a known shape is no change at all. */
export function ruleContentOf(value: unknown): RuleChangeContent | null {
  const parsed = content.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** What a content is about: of one thing only one change waits at a time. */
export const aboutOf = (value: RuleChangeContent): string =>
  value.kind === 'off'
    ? `off:${value.rule}`
    : value.kind === 'phrase'
      ? `phrase:${value.concern}:${value.phrase}`
      : `back:${value.of}`

export type RuleChangeState = 'waiting' | 'in-force' | 'refused' | 'withdrawn' | 'ended'

/** One change in force, as the rules are made of it. */
export interface RuleChangeInForce {
  readonly id: string
  readonly content: RuleChangeContent
}

/** The id under which a school's phrase stands in flags: nothing of its words. */
export const phraseRuleId = (changeId: string): string => `school.${changeId}`

export const isPhraseRule = (rule: string): boolean => rule.startsWith('school.')

/** The rules with these changes laid on top; core rules stay on whatever stands there. */
export function rulesWith(
  changes: readonly RuleChangeInForce[],
  version: number,
  isCore: (rule: string) => boolean,
): SchoolRules {
  const switchedOff: string[] = []
  const added: SchoolPhrase[] = []
  for (const { id, content: each } of changes) {
    if (each.kind === 'off' && !isCore(each.rule)) switchedOff.push(each.rule)
    if (each.kind === 'phrase')
      added.push({
        id: phraseRuleId(id),
        concern: each.concern,
        severity: each.severity,
        phrase: each.phrase,
        ...(each.where === 'everywhere' ? {} : { where: each.where }),
      })
  }
  return { version, off: switchedOff, added }
}

/** The pile once `value` is in force too. */
export const withRuleChange = (
  inForce: readonly RuleChangeInForce[],
  id: string,
  value: RuleChangeContent,
): readonly RuleChangeInForce[] =>
  value.kind === 'back' ? inForce.filter(each => each.id !== value.of) : [...inForce, { id, content: value }]

/** A rule of the catalogue of everything that may make a flag: the detector's and the web log's. */
export interface ConcernRule {
  readonly id: string
  readonly concern: Concern
  readonly isCore: boolean
  /** What it finds, in words. */
  readonly finds: string
  /** As the lexicon writes it; '' where it is no pattern of words. */
  readonly pattern: string
}

export function concernRules(catalogue: readonly CatalogueRule[]): readonly ConcernRule[] {
  return [
    ...catalogue.map(({ id, concern, isCore, by, example, pattern }) => ({
      id,
      concern,
      isCore,
      finds: by === 'words' ? `“${example}”` : example,
      pattern,
    })),
    ...Object.entries(meant).map(([category, [concern]]) => ({
      id: logRuleOf(category),
      concern,
      isCore: coreConcerns.includes(concern),
      finds: `a page or search that the filter stopped as ${category}`,
      pattern: '',
    })),
  ]
}

/** Fewer verdicts than this say nothing about a rule. */
export const noisyFrom = 10
/** A rule that is right less often than this is put up for retirement. */
export const noisyShare = 0.1

/** How often a rule spoke, and what people said of the threads that it stands in: a verdict counts once a thread. */
export interface RuleFigures {
  readonly rule: string
  readonly flags: number
  readonly decided: number
  readonly real: number
}
export const isNoisy = ({ decided, real }: Pick<RuleFigures, 'decided' | 'real'>): boolean =>
  decided >= noisyFrom && real / decided < noisyShare

export const whereNames: Readonly<Record<PhraseContent['where'], string>> = {
  everywhere: 'everything that is looked at',
  searches: 'searches, questions to an AI and titles of pages',
  texts: 'messages and what is typed or read, not searches',
}

/** “Switch off gambling.003 (Gambling)”. */
export function ruleSentence(value: RuleChangeContent, of?: RuleChangeContent | null): string {
  if (value.kind === 'off') return `Switch off the rule ${value.rule}`
  if (value.kind === 'phrase') return `Look for “${value.phrase}” (${concernNames[value.concern].toLowerCase()})`
  if (of?.kind === 'off') return `Switch the rule ${of.rule} on again`
  if (of?.kind === 'phrase') return `Stop looking for “${of.phrase}”`
  return 'Take a change of the rules back'
}

/** @throws {Refusal} `invalid` where the day is not within the next year. */
export function mustBeReviewable(reviewOn: string, now: Date): void {
  const today = londonDate(now)
  if (reviewOn <= today || reviewOn > addCalendarDays(today, 366))
    throw new Refusal('invalid', 'The day on which it is looked at again must be within the next year')
}
