import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** What a clause asks: something to be done, something never done, leave to do something, or a right over somebody. */
export const clauseTypes = ['duty', 'ban', 'permission', 'power'] as const
export type ClauseType = (typeof clauseTypes)[number]

/** Who a clause speaks to, in the policy's words. */
export const clauseActors = [
  'school',
  'headteacher',
  'governor',
  'staff',
  'pupil',
  'parent',
  'system',
  'technician',
  'network-manager',
  'dsl',
  'dpo',
  'guest',
  'community-user',
] as const
export type ClauseActor = (typeof clauseActors)[number]

export const clauseModes = ['enforce', 'workflow', 'record', 'inform', 'attest', 'evaluate'] as const
export type ClauseMode = (typeof clauseModes)[number]

export const clauseModules = [
  'incidents',
  'education',
  'usage',
  'access',
  'dataprotection',
  'transfer',
  'infrastructure',
  'email',
  'monitoring',
  'governance',
  'filtering',
  'training',
  'images',
  'agreements',
  'policy',
  'assets',
  'marking',
  'devices',
] as const
export type ClauseModule = (typeof clauseModules)[number]

/**
 * When a clause must act, for machines. At least one part is present, and all that are present hold:
 * `{"on":"joining","every":"year"}` is on joining and yearly after that; `{"continuous":true,"every":"term"}`
 * holds all the time and is checked termly; `{"within":"24h"}` is a limit from the moment it is noticed.
 */
const interval = z
  .strictObject({
    every: z.enum(['day', 'week', 'half-term', 'quarter', 'term', 'year']).optional(),
    /** True where only days on which the school is open count. */
    school: z.literal(true).optional(),
    within: z.enum(['immediate', '24h', '72h', 'without-delay', '20-school-days', '1-calendar-month']).optional(),
    on: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      .optional(),
    continuous: z.literal(true).optional(),
  })
  .refine(parts => parts.every ?? parts.within ?? parts.on ?? parts.continuous, 'An interval must say when')
export type ClauseInterval = z.infer<typeof interval>

const clause = z.strictObject({
  id: z.string().regex(/^[AB]-[A-Za-z0-9.-]+$/),
  /** The heading in the printed policy, kept as a label: some mislead (note T4). */
  section: z.string().min(1),
  actor: z.enum(clauseActors),
  /** The obligation in our own words, speaking of roles and never of people or products. */
  text: z.string().min(1),
  /** The policy's own cadence in words, with our default where it gives none. */
  cadence: z.string().min(1),
  /** Null where nothing is ever due: options, and powers used at any time. */
  interval: interval.nullable(),
  /** True where the policy says "regularly" or the like and the interval is a default of ours (note T1). */
  intervalDefault: z.boolean(),
  /** True where the policy names no rhythm at all and we suggest one; nobody fails the policy's text by choosing another. */
  intervalSuggested: z.boolean(),
  record: z.string().min(1),
  capability: z.string().min(1),
  mode: z.enum(clauseModes),
  module: z.enum(clauseModules),
  type: z.enum(clauseTypes),
  /** Clauses of either policy that state the same duty; one control serves them all. */
  sameAs: z.array(z.string()),
})
export type PackClause = Readonly<z.infer<typeof clause>>

const pack = z.strictObject({
  id: z.enum(['A', 'B']),
  title: z.string().min(1),
  /** First day of the printed month of adoption. */
  adopted: z.iso.date(),
  /** Last day of the printed month of the next review. */
  nextReview: z.iso.date(),
  /** The printed policies give months and no days. */
  datePrecision: z.literal('month'),
  reference: z.string().min(1),
  sections: z.array(z.string().min(1)),
  clauses: z.array(clause).min(1),
})
export type PolicyPack = Readonly<z.infer<typeof pack>>

const note = z.strictObject({
  id: z.string().regex(/^[DLT]\d+$/),
  /** `disagreement` between or inside the policies, `law-moved` since 2019, or a `trap` in the text itself. */
  kind: z.enum(['disagreement', 'law-moved', 'trap']),
  title: z.string().min(1),
  clauses: z.array(z.string()).min(1),
  /** What is wrong with the text, and the reading that the product takes. Not legal advice. */
  note: z.string().min(1),
})
export type PolicyNote = Readonly<z.infer<typeof note>>

const notes = z.strictObject({ asOf: z.iso.date(), notes: z.array(note) })
/** Notes on the packs as the law stood on `asOf`. */
export type PolicyNotes = Readonly<z.infer<typeof notes>>

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))

/**
 * Checks what one clause cannot say alone.
 * @throws {Error} naming the clause, where an id is used twice, a heading is unknown, or `sameAs` is one-sided or dangling.
 */
export function checkPacks(packs: readonly PolicyPack[]): void {
  const clauses = new Map<string, PackClause>()
  for (const each of packs) {
    for (const one of each.clauses) {
      if (clauses.has(one.id)) throw new Error(`Clause ${one.id} is used twice`)
      if (!one.id.startsWith(`${each.id}-`)) throw new Error(`Clause ${one.id} is in policy ${each.id}`)
      if (!each.sections.includes(one.section)) throw new Error(`Clause ${one.id} has an unknown section`)
      clauses.set(one.id, one)
    }
  }
  for (const one of clauses.values()) {
    for (const other of one.sameAs) {
      if (other === one.id) throw new Error(`Clause ${one.id} is the same as itself`)
      if (!clauses.get(other)?.sameAs.includes(one.id))
        throw new Error(`Clause ${one.id} names ${other} as the same, which does not name it back`)
    }
  }
}

/** A pack from untrusted JSON. @throws {z.ZodError} that names each wrong field. */
export const parsePack = (json: unknown): PolicyPack => pack.parse(json)

function loadPacks(): readonly PolicyPack[] {
  const packs = [parsePack(read('./policy-a.json')), parsePack(read('./policy-b.json'))]
  checkPacks(packs)
  return packs
}

const shippedPacks = loadPacks()
const shippedNotes: PolicyNotes = notes.parse(read('./policy-notes.json'))

/** Both shipped policies, A then B, clauses in printed order. Parsed and checked once, when the module loads. */
export const policyPacks = (): readonly PolicyPack[] => shippedPacks

/** What is known to be wrong, dated or contradictory in the packs, and how each is read. */
export const policyNotes = (): PolicyNotes => shippedNotes
