/** What can only make a verdict stricter: names that imitate others, files, the words of a search, addresses inside an address. */
import { type Address, normaliseUrl } from './address.ts'
import type { FileKind } from './file-types.ts'
import { imitatedBy, signsOfImitation } from './look-alike.ts'
import { addressesInside, mayHoldAddress, mostInside } from './nested.ts'
import { type Question, stricterOf } from './order.ts'
import { type Outcome, outcomeOf, strictness } from './outcome.ts'
import { registrableDomain } from './public-suffix.ts'
import { type SearchEngine, wordsOf } from './search-engines.ts'
import { categoriesOfWords, plainWords, schoolSearchRule } from './search-words.ts'
import type { Site } from './site-table.ts'
import type { GroupStanding, Standing } from './standing.ts'
import type { Action, CategoryLists } from './types.ts'

type Readable = Extract<Address, { ok: true }>

/** Staff, governors and guests: adults who are not pupils. Sixth-formers read as adults and are filtered as pupils. */
const isAdult = ({ rules }: GroupStanding): boolean => rules.audience === 'adult' && rules.side !== 'pupils'

function strictestOf(standing: Standing, answer: (group: GroupStanding) => Outcome | null): Outcome | null {
  let strictest: Outcome | null = null
  for (const group of standing.groups) {
    const outcome = answer(group)
    if (outcome && (!strictest || outcome.level > strictest.level)) strictest = outcome
  }
  return strictest
}

/** A name that imitates one of the must-allow list, of a service or of those that thieves imitate: closed to pupils, adults are warned. */
export function lookAlikeOutcome({ standing, index, lists, trace }: Question, host: string, before: Outcome): Outcome {
  const signs = signsOfImitation(host)
  if (signs === 0) return before
  const imitated = imitatedBy(host, name => index.sites(name)?.isImitated === true || isMustAllow(lists, name), signs)
  if (imitated === null) return before
  const outcome = strictestOf(standing, group =>
    outcomeOf(
      'look-alike',
      isAdult(group) ? 'warn' : 'block',
      'phishing',
      `lookalike:${imitated}`,
      group.rules.audience,
    ),
  )
  trace?.({ stage: 'look-alike', answer: outcome, depth: 0 })
  return stricterOf(before, outcome)
}

function isMustAllow(lists: CategoryLists, domain: string): boolean {
  const set = lists.lookupSet(domain)
  return set !== 0 && lists.listingsOf(set).some(({ category }) => category === 'must-allow')
}

/** A program gets what the group gets of `downloads`. An archive is blocked where they are, and otherwise open without a warning. */
export function fileOutcome({ standing, trace }: Question, kind: FileKind): Outcome | null {
  const outcome = strictestOf(standing, group => {
    const action = group.of('downloads').verdict
    const verdict: Action = kind === 'archive' && action === 'warn' ? 'allow' : action
    return outcomeOf('file', verdict, 'downloads', `file:${kind}`, group.rules.audience)
  })
  trace?.({ stage: 'file', answer: outcome, depth: 0 })
  return outcome
}

/**
 * The school's own search rule for the words, or else what the group gets of the categories of the shipped phrases. Adults are
 * warned where pupils are stopped: staff look up what worries them.
 */
export function searchOutcome(
  { standing, index, trace }: Question,
  { engine, engineHost }: { readonly engine: SearchEngine; readonly engineHost: string },
  { host, path, rest }: Readable,
): Outcome | null {
  const query = wordsOf(engine, engineHost, host, path, rest)
  if (query === null) return null
  const words = plainWords(query)
  const shipped = categoriesOfWords(words)
  const outcome = strictestOf(standing, group => {
    const { audience } = group.rules
    const own = schoolSearchRule(words, index.searchRules, group.rules.id)
    if (own) return outcomeOf('search', own.action, own.category, `search:${own.id}`, audience)
    let strictest: Outcome | null = null
    for (const category of shipped) {
      const action = group.of(category).verdict
      const verdict = isAdult(group) && action === 'block' ? 'warn' : action
      if (!strictest || strictness(verdict) > strictest.level)
        strictest = outcomeOf('search', verdict, category, `search:${category}`, audience)
    }
    return strictest
  })
  trace?.({ stage: 'search', answer: outcome, depth: 0 })
  return outcome
}

const carries = (site: Site | undefined, path: string | null): boolean =>
  site?.carriers.some(
    ({ paths }) =>
      paths === undefined || (path !== null && paths.some(each => path === each || path.startsWith(`${each}/`))),
  ) ?? false

/** False only where {@link insideOutcome} has nothing to add. */
export const mayHoldMore = (address: Readable, site: Site | undefined, seesPath: boolean): boolean =>
  (site !== undefined && site.carriers.length > 0) || (seesPath && mayHoldAddress(address))

/**
 * The strictest of an address and those inside it, each judged by `judge` (null where that is too deep). What counts of an inner
 * verdict is said in `decide`.
 */
export function insideOutcome(
  question: Question,
  address: Readable,
  site: Site | undefined,
  outer: Outcome,
  seesPath: boolean,
  judge: (inner: Readable) => Outcome | null,
): Outcome {
  const isCarrier = carries(site, seesPath ? address.path : null)
  if (!isCarrier && !seesPath) return outer
  const { audience } = question.standing
  const inside = addressesInside(seesPath ? address : { ...address, path: '/', rest: '' }, isCarrier)
  if (inside.length === 0) return outer
  const tooMuch = (): Outcome => outcomeOf('inside', 'block', 'none', 'inside:malformed-address', audience)
  const own = registrableDomain(address.host)
  let strictest = inside.length >= mostInside && isCarrier ? tooMuch() : outer
  for (const { text, isOrigin } of inside) {
    const inner = normaliseUrl(text)
    if (!inner.ok) continue
    question.left -= 1
    const found = question.left < 0 ? null : judge(inner)
    if (!found) {
      if (isCarrier) strictest = stricterOf(strictest, tooMuch())
      if (question.left < 0) break
      continue
    }
    if (found.stage === 'illegal') return found
    if (outer.stage === 'must-allow') continue
    if (!isCarrier && (isOrigin || isUnnamed(found) || (own !== null && registrableDomain(inner.host) === own)))
      continue
    if (found.level > strictest.level) {
      const rule = found.rule.startsWith('inside:') ? found.rule : `inside:${found.rule}`
      strictest = outcomeOf('inside', found.verdict, found.category, rule, audience)
    }
  }
  question.trace?.({ stage: 'inside', answer: strictest === outer ? null : strictest, depth: 0 })
  return strictest
}

/** Closed for want of anything known of it, and not for what it is. */
const isUnnamed = ({ category, stage }: Outcome): boolean =>
  category === 'unlisted' || (category === 'none' && stage !== 'school')
