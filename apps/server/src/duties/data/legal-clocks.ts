import { readFileSync } from 'node:fs'
import type { DeadlineRule } from '@gatehouse/engine'
import { z } from 'zod'

const whole = z.number().int().nonnegative()
const simpleRule = z.discriminatedUnion('basis', [
  z.strictObject({ basis: z.literal('clock-hours'), hours: z.number().positive() }),
  z.strictObject({ basis: z.literal('calendar-days'), days: whole }),
  z.strictObject({ basis: z.literal('calendar-months'), months: whole.min(1), rollToWorkingDay: z.boolean() }),
  z.strictObject({ basis: z.literal('school-days'), days: whole }),
  z.strictObject({ basis: z.literal('working-days'), days: whole }),
])
/** The calendar's own rules, as data. */
const rule: z.ZodType<DeadlineRule> = z.union([
  simpleRule,
  z.strictObject({ basis: z.literal('first-of'), rules: z.array(simpleRule).min(2) }),
])

const limit = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('deadline'), rule }),
  /** Falls due again each time; `term` by the school's own terms. */
  z.strictObject({ kind: z.literal('recurring'), every: z.enum(['term', 'quarter', 'year', 'two-years']) }),
  /** No time is allowed: lateness is counted from the start. */
  z.strictObject({ kind: z.literal('immediate') }),
  /** The law gives no number, so nothing here may invent one. */
  z.strictObject({ kind: z.literal('without-undue-delay') }),
])

const clock = z.strictObject({
  id: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  what: z.string().min(1),
  /** The moment from which the limit is counted. */
  starts: z.string().min(1),
  limit,
  /** Whether the clock may stand still while the school waits for somebody outside it. */
  pausable: z.boolean(),
  appliesTo: z.enum(['all-schools', 'maintained-schools']),
  force: z.enum(['law', 'statutory-guidance', 'guidance', 'policy', 'provider-scheme']),
  clauses: z.array(z.string()),
  /** The longest that the law allows in the case described, counted from the same start. */
  extension: z.strictObject({ rule, when: z.string().min(1) }).optional(),
  note: z.string().optional(),
  source: z.string().min(1),
  /** The first day on which it holds, where that lies in recent years; null otherwise. */
  inForceFrom: z.iso.date().nullable(),
  recordedOn: z.iso.date(),
  /** When a person last compared it with its source; null means that nobody has. */
  checkedOn: z.iso.date().nullable(),
})
export type LegalClock = Readonly<z.infer<typeof clock>>

const pack = z.strictObject({
  asOf: z.iso.date(),
  nation: z.literal('england'),
  comment: z.string(),
  clocks: z.array(clock).min(1),
})
export type LegalClocks = Readonly<z.infer<typeof pack>>

/** A rule pack of clocks from untrusted JSON. @throws {z.ZodError} for a wrong field. @throws {Error} for an id used twice. */
export function parseLegalClocks(json: unknown): LegalClocks {
  const parsed = pack.parse(json)
  const ids = new Set<string>()
  for (const { id } of parsed.clocks) {
    if (ids.has(id)) throw new Error(`Clock ${id} is there twice`)
    ids.add(id)
  }
  return parsed
}

const shipped = parseLegalClocks(JSON.parse(readFileSync(new URL('./legal-clocks.json', import.meta.url), 'utf8')))

/** The shipped clocks of law, guidance and policy, for England. Not legal advice: each carries its source. */
export const legalClocks = (): LegalClocks => shipped

/** @throws {RangeError} if the pack has no such clock. */
export function legalClock(id: string): LegalClock {
  const found = shipped.clocks.find(each => each.id === id)
  if (!found) throw new RangeError(`There is no legal clock ${id}`)
  return found
}
