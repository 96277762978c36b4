import { type Address, normaliseUrl } from './address.ts'
import { fileKindOfPath, fileKindOfResponse, type ResponseHeaders } from './file-types.ts'
import { inOrder, type Question, stricterOf } from './order.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { indexOf } from './rule-index.ts'
import { fileOutcome, insideOutcome, lookAlikeOutcome, mayHoldMore, searchOutcome } from './stricter.ts'
import type { Answers } from './standing.ts'
import type { CategoryLists, FilterRequest, RuleSet, Verdict } from './types.ts'

/**
 * One request in, one verdict out. The first line of this table that has an answer decides; the last lines can only make it
 * stricter. `docs/filter-order.md` says the same with examples.
 *
 * | | what | who can change it |
 * |---|---|---|
 * | 1 | an address that cannot be read → block | nobody |
 * | 2 | the illegal floor: the illegal slot's hosts, and whatever a list calls illegal → block | nobody |
 * | 3 | nobody known, or a group that does not exist → block | |
 * | 4 | the must-allow list → allow | the list's editors |
 * | 5 | age: a service for 13 and over, asked for by somebody who is or may be under 13 → block; no pass, rule or row opens it | nobody |
 * | 6 | a pass that names the site → allow; in a lesson with sites of its own, everything else → block | two people, or a teacher within limits |
 * | 7 | the school's rules for the site: the longest host, then the longest path; block beats allow in a tie | two people |
 * | 8 | the technology matrix, for hosts of its rows; it stands in for the categories of the row, and for no other | two people |
 * | 9 | what the categories that count get: adjustments by person, class, year, group (the closest, then the strictest), else the group's own; the strictest category | two people |
 * | 10 | the same for what is in no category | two people |
 * | + | a name that imitates another, and programs and archives, where lines 8 to 10 decided | by lines 7 and 9 |
 * | + | the words of a search, and addresses inside the address, whatever decided but lines 1 to 4 | by search rules; as above |
 *
 * A person in several groups gets the strictest of what lines 7 to 10 say for each (ties: the first group by id), so joining a
 * group never opens anything. Passes and the closer adjustments are the person's and the same in every group.
 *
 * A category counts if enough sources name it: the group's `sourcesNeeded`, but never more than there are sources for
 * that category at all, or switching agreement on would switch off every category with a single source. One is enough
 * if it is curated, or if the category is one where a miss does more harm than a false alarm: see `oneSourceIsEnough`.
 *
 * The matrix answers for `webmail`, `chat`, `social` and `forums` of a service that it has in a row, and for the one category of
 * the row where no service names the host. A messenger that is also listed as phishing is blocked at lunch too.
 *
 * An address inside an address is judged for itself. On a page that exists to show or lead to another (a translator, a cache, a
 * redirector) it counts in full; elsewhere only for what somebody named it, since a share button is not a visit, and not at all
 * where it is said to be where the reader came from (`?ref=`); and inside a must-allow page for nothing but the illegal floor, which reaches everywhere.
 *
 * Never throws, whatever the address.
 */
export function decide(rules: RuleSet, lists: CategoryLists, request: FilterRequest): Verdict {
  const address = normaliseUrl(request.url)
  const question = questionOf(rules, lists, request)
  const { verdict, category, rule, reason } = address.ok ? judge(question, address, 0) : unreadable(question)
  return { verdict, category, rule, reason, host: address.ok ? address.host : '' }
}

/**
 * The verdict once the headers of the answer are known: that of the request, unless what came back is a program or an
 * archive that these people may not have. What must be allowed, a pass or the school's own rule opened stays open.
 */
export function decideResponse(
  rules: RuleSet,
  lists: CategoryLists,
  request: FilterRequest,
  headers: ResponseHeaders,
): Verdict {
  const asked = normaliseUrl(request.url)
  const kind = fileKindOfResponse(headers)
  if (!asked.ok || kind === null) return decide(rules, lists, request)
  const question = questionOf(rules, lists, request)
  const outcome = judge(question, asked, 0, kind)
  const { verdict, category, rule, reason } = outcome
  return { verdict, category, rule, reason, host: asked.host }
}

export const questionOf = (
  rules: RuleSet,
  lists: CategoryLists,
  request: FilterRequest,
  trace?: Question['trace'],
): Question => {
  const index = indexOf(rules)
  const standing = index.standingOf(request)
  if (standing.lists !== lists) {
    standing.lists = lists
    standing.answers = []
    standing.serviceAnswers = new Map()
  }
  return { index, lists, standing, request, left: mostJudged, trace }
}

/** Addresses that are judged for one request, those inside it included: an honest one has two or three. */
const mostJudged = 24
/** An address in an address in an address: deeper than this nothing is looked at, and a page that leads there is blocked. */
const deepest = 4

export const unreadable = ({ standing: { audience } }: Question): Outcome =>
  outcomeOf('malformed', 'block', 'none', 'malformed-address', audience)

export function judge(
  question: Question,
  address: Extract<Address, { ok: true }>,
  depth: number,
  cameAs: ReturnType<typeof fileKindOfPath> = null,
): Outcome {
  const { index, lists, standing, request, trace } = question
  const { host, path } = address
  // What cannot be seen, or is only '/', is no path; asking nothing of it keeps bare hosts quick.
  const seesPath = (depth > 0 || request.kind === 'page') && (path !== '/' || address.rest !== '')
  const set = seesPath ? lists.lookupPathSet(host, path) : lists.lookupSet(host)
  const site = index.sites(host)
  let outcome: Outcome
  if (trace || standing.only || (site && (site.isDecided || site.isIllegal))) {
    outcome = inOrder(question, set, site, seesPath ? path : null, depth)
  } else {
    const answers = site?.service ? answersOf(standing.serviceAnswers, site.service) : standing.answers
    outcome = answers[set] ?? keep(answers, set, inOrder(question, set, site?.service && site, null, depth))
  }
  if (outcome.level < 2 && (outcome.stage === 'categories' || outcome.stage === 'matrix')) {
    outcome = lookAlikeOutcome(question, host, outcome)
    const kind = cameAs ?? (seesPath ? fileKindOfPath(path) : null)
    if (kind !== null) outcome = stricterOf(outcome, fileOutcome(question, kind))
  }
  if (outcome.stage === 'illegal' || outcome.stage === 'nobody') return outcome
  if (seesPath && site?.engine && address.rest !== '' && outcome.level < 2 && outcome.stage !== 'must-allow')
    outcome = stricterOf(outcome, searchOutcome(question, site.engine, address))
  if (!mayHoldMore(address, site, seesPath)) return outcome
  return insideOutcome(question, address, site, outcome, seesPath, inner =>
    depth < deepest ? judge(question, inner, depth + 1) : null,
  )
}

function answersOf<K>(answers: Map<K, Answers>, key: K): Answers {
  const known = answers.get(key)
  if (known) return known
  const fresh: Answers = []
  answers.set(key, fresh)
  return fresh
}

function keep(answers: Answers, set: number, outcome: Outcome): Outcome {
  while (answers.length < set) answers.push(undefined)
  answers[set] = outcome
  return outcome
}
