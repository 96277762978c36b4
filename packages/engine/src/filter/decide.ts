import { normaliseUrl } from './address.ts'
import { hostAndParents, indexOf, type ReadyRule, type RuleIndex } from './rule-index.ts'
import { reasonFor } from './sentences.ts'
import {
  type Action,
  type Audience,
  actions,
  type Category,
  type CategoryLists,
  categories,
  type FilterRequest,
  type GroupRules,
  type Listing,
  type RuleSet,
  type Verdict,
} from './types.ts'

/**
 * One request in, one verdict out. The first line of this table that has an answer decides:
 *
 * | | what | who can change it |
 * |---|---|---|
 * | 1 | an address that cannot be read → block | nobody |
 * | 2 | the illegal floor: the illegal slot's hosts, and whatever a list calls illegal → block | nobody |
 * | 3 | nobody known, or a group that does not exist → block | |
 * | 4 | the must-allow list → allow | the list's editors |
 * | 5 | the school's rules for the site: the longest host, then the longest path; block beats allow in a tie | two people |
 * | 6 | the group's strictest action among the host's categories that count | two people |
 * | 7 | the group's action for what is in no category | two people |
 *
 * A person in several groups gets the strictest of their verdicts (ties: the first group by id), so joining a group
 * never opens anything.
 *
 * A category counts if enough sources name it: the group's `sourcesNeeded`, but never more than there are sources for
 * that category at all, or switching agreement on would switch off every category with a single source. One is enough
 * if it is curated, or if the category is one where a miss does more harm than a false alarm: see `oneSourceIsEnough`.
 *
 * Never throws, whatever the address.
 */
export const decide = (rules: RuleSet, lists: CategoryLists, request: FilterRequest): Verdict => {
  const index = indexOf(rules)
  const groups = request.groups.map(id => index.groups.get(id))
  const audience = youngest(groups)
  const address = normaliseUrl(request.url)
  if (!address.ok) {
    const outcome = { verdict: 'block', category: 'none', rule: 'malformed-address' } as const
    return { ...outcome, reason: reasonFor({ ...outcome, audience }), host: '' }
  }
  const { host } = address
  const say = (outcome: Outcome, reader = audience): Verdict => ({
    verdict: outcome.verdict,
    category: outcome.category,
    rule: outcome.rule,
    reason: reasonFor({ ...outcome, audience: reader }),
    host,
  })

  const listings = lists.lookup(host)
  if (isIllegal(host, index, listings)) return say({ verdict: 'block', category: 'illegal', rule: 'illegal' })
  if (groups.length === 0 || groups.includes(undefined))
    return say({ verdict: 'block', category: 'none', rule: 'no-group' })
  if (listings.some(listing => listing.category === 'must-allow')) {
    return say({ verdict: 'allow', category: 'must-allow', rule: 'must-allow' })
  }

  const path = request.kind === 'connect' ? null : address.path
  const candidates = index.hostRules.size === 0 ? [] : rulesForSite(index, host, path, request.at)
  let strictest: { outcome: Outcome; group: GroupRules } | undefined
  for (const group of groups) {
    if (!group) continue
    const outcome = siteRule(candidates, group, listings) ?? groupAction(group, listings, lists)
    const difference = strictest ? strictness(outcome.verdict) - strictness(strictest.outcome.verdict) : 1
    const isFirstOfTie = difference === 0 && strictest !== undefined && group.id < strictest.group.id
    if (difference > 0 || isFirstOfTie) strictest = { outcome, group }
  }
  if (!strictest) return say({ verdict: 'block', category: 'none', rule: 'no-group' })
  return say(strictest.outcome, strictest.group.audience)
}

interface Outcome {
  readonly verdict: Action
  readonly category: Category | 'none'
  readonly rule: string
}

/** A sentence that is not one group's is worded for the youngest reader it may have. */
function youngest(groups: readonly (GroupRules | undefined)[]): Audience {
  if (groups.some(group => group?.audience === 'young-child')) return 'young-child'
  return groups.length > 0 && groups.every(group => group?.audience === 'adult') ? 'adult' : 'child'
}

const strictness = (action: Action): number => actions.indexOf(action)
const gravity = (category: Category): number => categories.indexOf(category)

function isIllegal(host: string, { illegalHosts }: RuleIndex, listings: readonly Listing[]): boolean {
  if (listings.some(listing => listing.category === 'illegal')) return true
  if (illegalHosts.size === 0) return false
  for (const each of hostAndParents(host)) if (illegalHosts.has(each)) return true
  return false
}

/** The live rules that cover this site, the one that wins first. Sorting needs no id: equal rules do equal things. */
function rulesForSite({ hostRules }: RuleIndex, host: string, path: string | null, at: Date): readonly ReadyRule[] {
  const found: ReadyRule[] = []
  for (const each of hostAndParents(host)) {
    const live = (hostRules.get(each) ?? []).filter(ready => at.getTime() < ready.until && covers(ready, path))
    found.push(...live.sort(byPrecedence))
  }
  return found
}

const byPrecedence = (one: ReadyRule, other: ReadyRule): number =>
  (other.path?.length ?? 0) - (one.path?.length ?? 0) ||
  strictness(other.rule.action) - strictness(one.rule.action) ||
  (one.rule.id < other.rule.id ? -1 : 1)

/** A block covers its path in any case of letters, since many servers do not tell them apart; an opening only as written. */
function covers({ path: covered, rule }: ReadyRule, path: string | null): boolean {
  if (covered === null) return true
  if (path === null) return false
  const [asked, known] = rule.action === 'block' ? [path.toLowerCase(), covered.toLowerCase()] : [path, covered]
  return asked === known || asked.startsWith(known.endsWith('/') ? known : `${known}/`)
}

function siteRule(
  candidates: readonly ReadyRule[],
  group: GroupRules,
  listings: readonly Listing[],
): Outcome | undefined {
  const ready = candidates.find(({ rule }) => rule.groups === 'all' || rule.groups.includes(group.id))
  if (!ready) return undefined
  return { verdict: ready.rule.action, category: listings[0]?.category ?? 'none', rule: `host:${ready.rule.id}` }
}

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

function counts(
  { category, sources, isCurated }: Listing,
  { sourcesNeeded }: GroupRules,
  lists: CategoryLists,
): boolean {
  if (isCurated || oneSourceIsEnough.has(category)) return true
  return sources.length >= Math.min(sourcesNeeded, lists.sourcesOf(category))
}

function groupAction(group: GroupRules, listings: readonly Listing[], lists: CategoryLists): Outcome {
  let strictest: Outcome | undefined
  for (const listing of listings) {
    if (!counts(listing, group, lists)) continue
    const { category } = listing
    const outcome = {
      verdict: group.categories[category] ?? group.unlisted,
      category,
      rule: `group:${group.id}:${category}`,
    }
    const difference = strictest ? strictness(outcome.verdict) - strictness(strictest.verdict) : 1
    const isGraver = strictest && strictest.category !== 'none' && gravity(category) < gravity(strictest.category)
    if (difference > 0 || (difference === 0 && isGraver)) strictest = outcome
  }
  if (strictest) return strictest
  return {
    verdict: group.unlisted,
    category: group.unlisted === 'allow' ? 'none' : 'unlisted',
    rule: `group:${group.id}:unlisted`,
  }
}
