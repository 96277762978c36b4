import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const sanctionResponses = [
  'advice',
  'repair',
  'restriction',
  'suspension-of-access',
  'behaviour-policy',
  'disciplinary-referral',
] as const
export type SanctionResponse = (typeof sanctionResponses)[number]

const rule = z.strictObject({
  id: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  appliesTo: z.enum(['pupil', 'staff', 'parent', 'community', 'anyone']),
  /** The rule in our own words, as the school publishes it. */
  rule: z.string().min(1),
  /** Where the policies say so. */
  clauses: z.array(z.string()).min(1),
  /** What a named person may decide under it. `repair`: putting it right with whoever was harmed. */
  responses: z.array(z.enum(sanctionResponses)).min(1),
})
export type SanctionRule = Readonly<z.infer<typeof rule>>

const file = z.strictObject({ asOf: z.iso.date(), comment: z.string(), rules: z.array(rule) })

const shipped = file.parse(JSON.parse(readFileSync(new URL('./sanctions.json', import.meta.url), 'utf8')))

/** The starter set of rules that a sanction may cite (clause A-2-06: none without a published rule). */
export const sanctionRules = (): readonly SanctionRule[] => shipped.rules

/** The rule with this id, as somebody may have typed or stored it; undefined if there is none. */
export const sanctionRule = (id: string): SanctionRule | undefined => shipped.rules.find(each => each.id === id)

/** Rules that reach somebody of this audience. */
export const sanctionRulesFor = (audience: SanctionRule['appliesTo']): readonly SanctionRule[] =>
  shipped.rules.filter(each => each.appliesTo === audience || each.appliesTo === 'anyone')
