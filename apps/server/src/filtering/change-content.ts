import { actions, type Category, categories, normaliseHost, sides, technologies } from '@gatehouse/engine'
import * as z from 'zod'

/*
 * What a change of the filter can be about. Each is stored as canonical JSON in a request, under the digest that two people
 * saw; here it is read back. Contents that replace something hold what was there when they were proposed (`before`), so that
 * the approver sees both, and approval fails if it has moved since.
 */

/** Categories that no group's rules can set: the illegal floor, which nobody opens, and what must never be blocked. */
export const settableCategories: readonly Category[] = categories.filter(
  name => name !== 'illegal' && name !== 'must-allow',
)
export const levels = ['allowed', 'certain-times', 'selected-people', 'with-permission', 'not-allowed'] as const

const action = z.enum(actions)
const category = z.enum(categories).refine(name => settableCategories.includes(name))
const host = z.string().refine(name => normaliseHost(name) === name)
const id = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/)
const name = z.string().min(1).max(100)
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/)
const some = <T extends z.ZodType>(item: T) => z.array(item).min(1).readonly()
/** A field that older contents do not have. */
const late = <T extends z.ZodType>(item: T) => item.nullish().transform(value => value ?? null)

/** The duty that answers for a change, when it is looked at again (`YYYY-MM-DD`), and the case it came from. */
const tended = { owner: z.string(), reviewOn: z.string(), caseId: z.string().nullable() }

/** One site for some groups. A later change about the same site and group takes the place of an earlier one. */
const hostContent = z.object({
  kind: z.literal('host'),
  /** Normalised; covers subdomains. */
  host,
  /** null for the whole site; else starts with “/”. */
  path: z.string().startsWith('/').nullable(),
  action: z.enum(['allow', 'block']),
  groups: some(z.string()),
  /** Only where a page of one of these sites embeds it; null wherever it is asked for. For openings alone. */
  embeddedIn: late(some(host)),
  ...tended,
})
/** What some groups get for one category; `unlisted` is what stands in no list. */
const categoryContent = z.object({
  kind: z.literal('category'),
  category,
  action,
  groups: some(z.string()),
  /** Group → what it had. */
  before: z.record(z.string(), action).readonly(),
  ...tended,
})
/** How many sources must agree before a listing counts for these groups. */
const agreementContent = z.object({
  kind: z.literal('agreement'),
  groups: some(z.string()),
  sourcesNeeded: z.int().min(1).max(5),
  before: z.record(z.string(), z.int()).readonly(),
  ...tended,
})
const cellState = z.object({
  level: z.enum(levels),
  window: z.string().nullable(),
  people: z.array(z.string()).readonly(),
})
/** One cell of the technology matrix. */
const cellContent = z.object({
  kind: z.literal('cell'),
  technology: z.enum(technologies),
  side: z.enum(sides),
  ...cellState.shape,
  before: cellState.nullable(),
  ...tended,
})
/** What some people get otherwise than their group. Its id among the rules is the change's own. */
const adjustmentContent = z.object({
  kind: z.literal('adjustment'),
  name,
  who: z
    .object({
      groups: z.array(z.string()).readonly(),
      classes: z.array(z.string()).readonly(),
      years: z.array(z.string()).readonly(),
      people: z.array(z.string()).readonly(),
    })
    .refine(who => Object.values(who).some(list => list.length > 0)),
  /** null for everywhere, and at all times. */
  places: some(z.string()).nullable(),
  window: z.string().nullable(),
  categories: z.partialRecord(z.enum(categories), action).readonly(),
  unlisted: action.nullable(),
  ...tended,
})
const windowState = z.object({
  name,
  days: z.union([z.enum(['every-day', 'school-days']), some(z.int().min(1).max(7))]),
  spans: some(z.union([z.object({ from: clock, to: clock }), z.object({ bell: id })])),
  /** Open all day long on the days that `days` leaves out. */
  isOpenOnOtherDays: z.boolean(),
})
/** Times of the week under a name; null takes it off. */
const windowContent = z.object({
  kind: z.literal('window'),
  id,
  window: windowState.nullable(),
  before: windowState.nullable(),
  ...tended,
})
const bell = z.object({ id, name, from: clock, to: clock })
/** The whole timetable of bells at once. */
const bellsContent = z.object({
  kind: z.literal('bells'),
  bells: z.array(bell).readonly(),
  before: z.array(bell).readonly(),
  ...tended,
})
const serviceState = z.object({
  name,
  technology: z.enum(technologies).nullable(),
  hosts: some(host),
  minimumAge: z.int().min(0).max(21),
  ageIsForAccountsOnly: z.boolean(),
})
/** A service as the sites that it lives on, and its row of the matrix; null takes the school's own off. */
const serviceContent = z.object({
  kind: z.literal('service'),
  id,
  service: serviceState.nullable(),
  before: serviceState.nullable(),
  ...tended,
})
const placeState = z.object({
  name,
  /** `10.1.0.0/16`, `fd00::/8`. */
  subnets: some(z.string().max(50)),
  /** Whose rules hold where the person cannot be asked; null where nobody unknown gets anything. */
  group: z.string().nullable(),
})
/** A network of the school; null takes it off. */
const placeContent = z.object({
  kind: z.literal('place'),
  id,
  place: placeState.nullable(),
  before: placeState.nullable(),
  ...tended,
})
const device = z.object({ address: z.string().max(50), personId: z.string().nullable() })
/** Whose device has which address, where a person cannot be asked; null takes an address off. */
const devicesContent = z.object({ kind: z.literal('devices'), devices: some(device), before: some(device), ...tended })
/** What happens to a phrase typed into a search engine. */
const searchContent = z.object({
  kind: z.literal('search'),
  phrase: z.string().min(2).max(100),
  action,
  category,
  groups: some(z.string()),
  ...tended,
})
/** Whether newly compiled lists wait for two people at this school. */
const listRuleContent = z.object({
  kind: z.literal('list-rule'),
  needsTwo: z.boolean(),
  before: z.boolean(),
  ...tended,
})
const listSize = z.object({ category: z.string(), source: z.string(), before: z.int(), after: z.int() })
/** Newly compiled lists take the place of those in force; `sizes` holds what differs. */
const listsContent = z.object({
  kind: z.literal('lists'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  domains: z.int(),
  before: z.object({ sha256: z.string(), domains: z.int() }).nullable(),
  sizes: z.array(listSize).readonly(),
  ...tended,
})
/** Takes a change off again. */
const rollbackContent = z.object({ kind: z.literal('rollback'), of: z.string(), caseId: z.string().nullable() })
/** Puts the filter back as it was at an instant: ends what came since, and puts back in force what was ended since. */
const restoreContent = z.object({
  kind: z.literal('restore'),
  at: z.iso.datetime(),
  end: z.array(z.string()).readonly(),
  reinstate: z.array(z.string()).readonly(),
  caseId: z.string().nullable(),
})

const content = z.discriminatedUnion('kind', [
  hostContent,
  categoryContent,
  agreementContent,
  cellContent,
  adjustmentContent,
  windowContent,
  bellsContent,
  serviceContent,
  placeContent,
  devicesContent,
  searchContent,
  listRuleContent,
  listsContent,
  rollbackContent,
  restoreContent,
])

export type HostContent = Readonly<z.output<typeof hostContent>>
export type CategoryContent = Readonly<z.output<typeof categoryContent>>
export type CellContent = Readonly<z.output<typeof cellContent>>
export type AdjustmentContent = Readonly<z.output<typeof adjustmentContent>>
export type ListsContent = Readonly<z.output<typeof listsContent>>
export type RestoreContent = Readonly<z.output<typeof restoreContent>>
export type RollbackContent = Readonly<z.output<typeof rollbackContent>>
export type ChangeContent = Readonly<z.output<typeof content>>
/** Contents that lie on the pile of rules, unlike those that take others off it. */
export type RuleContent = Exclude<ChangeContent, RollbackContent | RestoreContent>
export type CellState = Readonly<z.output<typeof cellState>>
export type WindowState = Readonly<z.output<typeof windowState>>
export type ServiceState = Readonly<z.output<typeof serviceState>>
export type PlaceState = Readonly<z.output<typeof placeState>>
export type ListSize = Readonly<z.output<typeof listSize>>

export const isRule = (value: ChangeContent): value is RuleContent =>
  value.kind !== 'rollback' && value.kind !== 'restore'

/** Content from the database, which an administrator could have altered: what is not of a known shape is no change at all. */
export function contentOf(value: unknown): ChangeContent | null {
  const parsed = content.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** The groups that a content names; none for those that are about everybody. */
export const groupsOf = (value: ChangeContent): readonly string[] =>
  'groups' in value ? value.groups : value.kind === 'adjustment' ? value.who.groups : []

const sorted = <T>(list: readonly T[]): T[] => [...new Set(list)].sort()

/** The content as one canonical value: names in order, each once. */
export function tidy<C extends ChangeContent>(value: C): C {
  const lists: Record<string, unknown> = {}
  for (const key of ['groups', 'people', 'embeddedIn', 'places'] as const) {
    const list = (value as Partial<Record<typeof key, readonly string[] | null>>)[key]
    if (list) lists[key] = sorted(list)
  }
  return { ...value, ...lists }
}
