import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { helpKinds } from './help-lines.ts'

/** Content, contact, conduct and commerce are the areas of risk in statutory guidance; data and technical are ours. */
export const concernCategories = ['content', 'contact', 'conduct', 'commerce', 'data', 'technical'] as const
export type ConcernCategory = (typeof concernCategories)[number]

/** From least to most. Anything from `serious` up goes to the headteacher as well (clause A-1-06). */
export const seriousnesses = ['minor', 'serious', 'very-serious'] as const
export type Seriousness = (typeof seriousnesses)[number]

/** Ways of handling that are not the ordinary one. */
export const concernPaths = ['illegal-content', 'allegation', 'data-breach', 'data-complaint'] as const
export type ConcernPath = (typeof concernPaths)[number]

const clauses = z.array(z.string()).min(1)
const category = z.strictObject({
  id: z.enum(concernCategories),
  adult: z.string().min(1),
  child: z.string().min(1),
  what: z.string().min(1),
  clauses,
})
const kind = z.strictObject({
  id: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  category: z.enum(concernCategories),
  /** Where a person starts; nothing but a person changes it. */
  seriousness: z.enum(seriousnesses),
  /** Roles that receive it, unless the holder is named in the report. */
  route: z.array(z.enum(['dsl', 'dpo', 'headteacher', 'network-manager', 'chair'])).min(1),
  path: z.enum(concernPaths).nullable(),
  adult: z.string().min(1),
  child: z.string().min(1),
  clauses,
  help: z.array(z.enum(helpKinds)).min(1),
})
export type ConcernCategoryEntry = Readonly<z.infer<typeof category>>
export type ConcernKind = Readonly<z.infer<typeof kind>>

const file = z.strictObject({
  asOf: z.iso.date(),
  comment: z.string(),
  categories: z.array(category),
  kinds: z.array(kind),
})

const shipped = file.parse(JSON.parse(readFileSync(new URL('./categories.json', import.meta.url), 'utf8')))

export const concernCategoryEntries = (): readonly ConcernCategoryEntry[] => shipped.categories

/** Every kind of concern, by category, in the order in which a form offers them. */
export const concernKinds = (): readonly ConcernKind[] => shipped.kinds

/** The kind with this id, as somebody may have typed or stored it; undefined if there is none. */
export const concernKind = (id: string): ConcernKind | undefined => shipped.kinds.find(each => each.id === id)

/** What a kind is called to an adult; a kind that this version no longer knows shows its id. */
export const kindName = (id: string): string => concernKind(id)?.adult ?? id
