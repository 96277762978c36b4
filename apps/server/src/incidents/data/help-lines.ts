import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Kinds of harm by which help is found. */
export const helpKinds = [
  'self-harm',
  'eating',
  'bullying',
  'abuse',
  'sexual',
  'images',
  'hate',
  'radicalisation',
  'money',
  'drugs',
  'harmful-content',
  'data',
  'technical',
] as const
export type HelpKind = (typeof helpKinds)[number]
export type HelpAudience = 'child' | 'adult'

const entry = z.strictObject({
  id: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  audience: z.enum(['child', 'adult']),
  /** `any` stands before everything else, in the order of the file. */
  kinds: z.array(z.enum(['any', ...helpKinds])).min(1),
  name: z.string().min(1),
  phone: z
    .string()
    .regex(/^[0-9 ]+$/)
    .nullable(),
  /** What to do to reach it by text message, in words. */
  sms: z.string().nullable(),
  /** Plain text without a scheme: shown and copied, never fetched by the product. */
  web: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+(\/[a-z0-9/-]*)?$/)
    .nullable(),
  /** For a child, at a reading age of nine. */
  says: z.string().min(1),
  recordedOn: z.iso.date(),
  /** When a person last checked it with the organisation; null means that nobody has. */
  checkedOn: z.iso.date().nullable(),
  /** True where it was written down without reading the organisation's own page. */
  secondHand: z.boolean(),
})
export type HelpLine = Readonly<z.infer<typeof entry>>

const file = z.strictObject({
  asOf: z.iso.date(),
  nation: z.literal('united-kingdom'),
  comment: z.string(),
  kinds: z.array(z.strictObject({ id: z.enum(helpKinds), child: z.string().min(1), adult: z.string().min(1) })),
  entries: z.array(entry),
})

const shipped = file.parse(JSON.parse(readFileSync(new URL('./help.json', import.meta.url), 'utf8')))

/** Each kind of harm, with the words by which a child and an adult know it. */
export const helpKindNames = (): readonly { readonly id: HelpKind; readonly child: string; readonly adult: string }[] =>
  shipped.kinds

/** Everything that ships, in the order of the file. */
export const helpLines = (): readonly HelpLine[] => shipped.entries

/**
 * Where `audience` finds help, each line once: 999 first, then (for a child) Childline, then what fits `kinds` in the
 * order given. Without kinds, only the lines for everything.
 */
export function helpFor(audience: HelpAudience, kinds: readonly HelpKind[] = []): readonly HelpLine[] {
  const lines = shipped.entries.filter(each => each.audience === audience)
  const found = (['any', ...kinds] as const).flatMap(kind => lines.filter(each => each.kinds.includes(kind)))
  return [...new Set(found)]
}
