/** Lines 2 to 10 of the order in `decide`, for one host. */
import { normaliseUrl } from './address.ts'
import { categoryOfRow, type FilterTechnology, filterTechnologies, rowOfCategory } from './matrix.ts'
import { type Outcome, outcomeOf, type Stage } from './outcome.ts'
import type { RuleIndex } from './rule-index.ts'
import { coversPath, type ReadyRule, type Site } from './site-table.ts'
import type { GroupStanding, Standing } from './standing.ts'
import {
  type Category,
  type CategoryLists,
  categories,
  type FilterRequest,
  type GroupRules,
  type Listing,
  type Service,
} from './types.ts'

export interface Question {
  readonly index: RuleIndex
  readonly lists: CategoryLists
  readonly standing: Standing
  readonly request: FilterRequest
  /** How many more addresses may be judged for this request. */
  left: number
  /** Told of every line that is asked, in order, and of its answer; null for none. */
  readonly trace?: ((step: Asked) => void) | undefined
}

export interface Asked {
  readonly stage: Stage
  /** The group for which the line was asked, where it is asked for each. */
  readonly group?: string
  readonly answer: Outcome | null
  /** 0 for the address itself, 1 and more for one inside it. */
  readonly depth: number
}

/** The first of the lines that has an answer. `path` is null where it cannot be seen. */
export function inOrder(
  question: Question,
  set: number,
  site: Site | undefined,
  path: string | null,
  depth: number,
): Outcome {
  const { lists, standing, trace } = question
  const { audience } = standing
  const listings = lists.listingsOf(set)
  const asked = (stage: Stage, answer: Outcome | null): Outcome | null => {
    trace?.({ stage, answer, depth })
    return answer
  }
  const has = (category: Category): boolean => listings.some(listing => listing.category === category)
  return (
    asked(
      'illegal',
      site?.isIllegal || has('illegal') ? outcomeOf('illegal', 'block', 'illegal', 'illegal', audience) : null,
    ) ??
    asked('nobody', standing.isKnown ? null : outcomeOf('nobody', 'block', 'none', 'no-group', audience)) ??
    asked(
      'must-allow',
      has('must-allow') ? outcomeOf('must-allow', 'allow', 'must-allow', 'must-allow', audience) : null,
    ) ??
    asked('age', ageOutcome(standing, site?.service)) ??
    asked('pass', passOutcome(standing, site, path, listings)) ??
    asked(
      'lesson-only',
      standing.only ? outcomeOf('lesson-only', 'block', 'none', `lesson-only:${standing.only.id}`, audience) : null,
    ) ??
    strictestGroup(question, listings, site, path, depth) ??
    outcomeOf('nobody', 'block', 'none', 'no-group', audience)
  )
}

/** The stricter; the first where they are equal. */
export const stricterOf = (one: Outcome, other: Outcome | null): Outcome =>
  other !== null && other.level > one.level ? other : one

/** Systems for under-13s: services that nobody younger may use, as they themselves say. */
const ageLimit = 13

function ageOutcome({ isUnder13, audience }: Standing, service: Service | undefined): Outcome | null {
  if (!isUnder13 || !service || service.minimumAge < ageLimit || service.ageIsForAccountsOnly) return null
  const row = filterTechnologies.find(each => each === service.technology)
  return outcomeOf('age', 'block', row ? categoryOfRow[row] : 'none', `age:${service.id}`, audience)
}

function passOutcome(
  { passes, audience }: Standing,
  site: Site | undefined,
  path: string | null,
  listings: readonly Listing[],
): Outcome | null {
  if (passes.size === 0) return null
  for (let at = site; at; at = at.parent)
    for (const { pass, path: covered } of at.passes)
      if (passes.has(pass) && coversPath(covered, path, 'allow'))
        return outcomeOf('pass', 'allow', listings[0]?.category ?? 'none', `pass:${pass.id}`, audience)
  return null
}

function strictestGroup(
  question: Question,
  listings: readonly Listing[],
  site: Site | undefined,
  path: string | null,
  depth: number,
): Outcome | undefined {
  let strictest: Outcome | undefined
  for (const group of question.standing.groups) {
    const decided = site?.isDecided ? siteRule(question, site, path, group.rules, listings) : null
    question.trace?.({ stage: 'school', group: group.rules.id, answer: decided, depth })
    const outcome = decided ?? groupAnswer(group, listings, site?.service)
    if (!decided) question.trace?.({ stage: outcome.stage, group: group.rules.id, answer: outcome, depth })
    if (!strictest || outcome.level > strictest.level) strictest = outcome
  }
  return strictest
}

/** The live rule that wins for this site and group. */
function siteRule(
  { request }: Question,
  site: Site,
  path: string | null,
  group: GroupRules,
  listings: readonly Listing[],
): Outcome | null {
  const now = request.at.getTime()
  for (let at: Site | undefined = site; at; at = at.parent)
    for (const ready of at.rules) {
      const { rule } = ready
      // At a time that is none, an opening with an end has ended and a block has not.
      if (!(now < ready.until) && !(Number.isNaN(now) && rule.action === 'block')) continue
      if (rule.groups !== 'all' && !rule.groups.includes(group.id)) continue
      if (!coversPath(ready.path, path, rule.action) || !isEmbedded(ready, request)) continue
      const category = listings[0]?.category ?? 'none'
      return outcomeOf('school', rule.action, category, `host:${rule.id}`, group.audience)
    }
  return null
}

/** The referrer is as good as the browser that sends it: enough for an opening that the school has chosen. */
function isEmbedded({ embeddedIn }: ReadyRule, { referrer }: FilterRequest): boolean {
  if (embeddedIn === null) return true
  const address = referrer === undefined ? null : normaliseUrl(referrer)
  if (!address?.ok) return false
  return embeddedIn.some(host => address.host === host || address.host.endsWith(`.${host}`))
}

/** What one row of the matrix stands in for, where a service is in the row: the services of talk, whichever list calls them what. */
const talk: ReadonlySet<Category> = new Set<Category>(['webmail', 'chat', 'social', 'forums'])

const filterRow = (service: Service | undefined): FilterTechnology | undefined =>
  filterTechnologies.find(row => row === service?.technology)

/** Lines 8 to 10 for one group. */
function groupAnswer(group: GroupStanding, listings: readonly Listing[], service: Service | undefined): Outcome {
  const serviceRow = filterRow(service)
  const fromRow = serviceRow ? group.row(serviceRow) : undefined
  let strictest: Outcome | undefined
  if (serviceRow && fromRow) {
    const isNamed = fromRow.verdict !== 'allow' || listings.length > 0
    strictest = { ...fromRow, category: isNamed ? categoryOfRow[serviceRow] : 'none' }
  }
  for (const listing of listings) {
    const { category } = listing
    if (!counts(listing, group.rules) || (fromRow && talk.has(category))) continue
    const row = service ? undefined : rowOfCategory[category]
    const fromCategoryRow = row ? group.row(row) : undefined
    const outcome = fromCategoryRow ? { ...fromCategoryRow, category } : group.of(category)
    const difference = strictest ? outcome.level - strictest.level : 1
    const isGraver = strictest && strictest.category !== 'none' && gravity(category) < gravity(strictest.category)
    if (difference > 0 || (difference === 0 && isGraver)) strictest = outcome
  }
  return strictest ?? group.of('unlisted')
}

const gravity = (category: Category): number => categories.indexOf(category)

/** One source's word is enough for these: a missed one costs more than a site shut by mistake. */
const oneSourceIsEnough: ReadonlySet<Category> = new Set<Category>([
  'illegal',
  'extremism',
  'selfharm',
  'eating',
  'fraud',
  'phishing',
  'malware',
  // A way round the filter opens everything else.
  'vpn',
  'proxy',
  'doh',
  'tor',
])

function counts({ category, sources, isCurated, among }: Listing, { sourcesNeeded }: GroupRules): boolean {
  if (isCurated || oneSourceIsEnough.has(category)) return true
  return sources.length >= Math.min(sourcesNeeded, among)
}
