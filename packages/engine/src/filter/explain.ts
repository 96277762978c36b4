/** Why a verdict is what it is: every line of the order that was asked, what it said, and the whole told to four readers. */
import { normaliseUrl } from './address.ts'
import { judge, questionOf, unreadable } from './decide.ts'
import type { Asked } from './order.ts'
import type { Outcome, Stage } from './outcome.ts'
import { registrableDomain } from './public-suffix.ts'
import { searchOf } from './search-engines.ts'
import { reasonFor } from './sentences.ts'
import type { Audience, CategoryLists, FilterRequest, GroupRules, Listing, RuleSet, Verdict } from './types.ts'

export interface ExplainedStep {
  /** As `docs/filter-order.md` names the line. */
  readonly asked: string
  /** The group for which it was asked, where it is asked for each. */
  readonly group?: string
  /** 0 for the address itself, 1 and more for one inside it. */
  readonly depth: number
  /** '' where the line had no answer. */
  readonly said: string
  readonly rule?: string
}

export interface Explanation {
  readonly verdict: Verdict
  /** In the order in which they were asked. */
  readonly steps: readonly ExplainedStep[]
  /** Sentences, one a line. None names a pupil, and only the technician's names ids. */
  readonly readers: {
    readonly pupil: readonly string[]
    readonly teacher: readonly string[]
    readonly safeguardingLead: readonly string[]
    readonly technician: readonly string[]
  }
}

/** The same verdict as `decide`, with its reasons. Slower: for people, not for traffic. Never throws. */
export function explain(rules: RuleSet, lists: CategoryLists, request: FilterRequest): Explanation {
  const asked: Asked[] = []
  const question = questionOf(rules, lists, request, step => asked.push(step))
  const address = normaliseUrl(request.url)
  const outcome = address.ok ? judge(question, address, 0) : unreadable(question)
  const host = address.ok ? address.host : ''
  const { verdict, category, rule, reason } = outcome
  const steps = address.ok
    ? asked.map(stepOf)
    : [{ asked: lineOf.malformed, depth: 0, said: saidOf(outcome), rule: outcome.rule }]
  const listings = !address.ok
    ? []
    : request.kind === 'page'
      ? lists.lookupPath(address.host, address.path)
      : lists.lookup(address.host)
  const facts: Facts = { rules, lists, request, outcome, host, listings }
  return {
    verdict: { verdict, category, rule, reason, host },
    steps,
    readers: {
      pupil: forPupil(facts),
      teacher: forTeacher(facts),
      safeguardingLead: forSafeguardingLead(facts),
      technician: forTechnician(facts, steps),
    },
  }
}

interface Facts {
  readonly rules: RuleSet
  readonly lists: CategoryLists
  readonly request: FilterRequest
  readonly outcome: Outcome
  readonly host: string
  readonly listings: readonly Listing[]
}

const lineOf: Readonly<Record<Stage, string>> = {
  malformed: 'Can the address be read?',
  illegal: 'Is it on the illegal floor?',
  nobody: 'Is it known who asks?',
  'must-allow': 'Is it on the must-allow list?',
  age: 'Is it a service that somebody so young may not use?',
  pass: 'Is there a pass for it now?',
  'lesson-only': 'Is this a lesson with sites of its own?',
  school: 'Has the school decided about this site?',
  matrix: 'What does the technology matrix say?',
  categories: 'What do its categories get?',
  'look-alike': 'Does its name imitate another?',
  file: 'Is it a program or an archive?',
  search: 'Are there words in the search that call for something?',
  inside: 'Is there an address inside the address?',
}

const verdictWords = { allow: 'open', warn: 'open after a warning', block: 'blocked' } as const

const saidOf = ({ verdict, category }: Outcome): string =>
  category === 'none' || category === 'unlisted' ? verdictWords[verdict] : `${verdictWords[verdict]} (${category})`

const stepOf = ({ stage, group, answer, depth }: Asked): ExplainedStep => ({
  asked: lineOf[answer?.stage ?? stage],
  ...(group === undefined ? {} : { group }),
  depth,
  said: answer === null ? '' : saidOf(answer),
  ...(answer === null ? {} : { rule: answer.rule }),
})

const groupsOf = ({ rules, request }: Facts): GroupRules[] =>
  rules.groups.filter(({ id }) => request.groups.includes(id))

/** The adult's or the child's sentence for the same outcome; what only the outcome's own reader was told stays theirs. */
const sentence = ({ outcome }: Facts, audience: Audience): string => {
  const { verdict, category, rule, reason } = outcome
  return rule.startsWith('technology:') ? reason : reasonFor({ verdict, category, rule, audience })
}

const offersHelp: ReadonlySet<string> = new Set(['selfharm', 'eating', 'violence', 'pornography', 'extremism', 'hate'])

function forPupil(facts: Facts): string[] {
  const { outcome, request } = facts
  const audience = groupsOf(facts).some(group => group.audience === 'young-child') ? 'young-child' : 'child'
  const lines = [sentence(facts, audience)]
  if (outcome.verdict === 'allow') return lines
  if (outcome.verdict === 'warn') lines.push('You may go on, and that you did is written down.')
  else if (searchOf(request.url) && outcome.stage === 'search') lines.push('You can search again with other words.')
  if (offersHelp.has(outcome.category))
    lines.push('If something worries you, tell an adult you trust, or call Childline on 0800 1111.')
  else if (outcome.verdict === 'block' && outcome.stage !== 'illegal')
    lines.push('If you need it for school, or think this is wrong, say so and somebody will answer you.')
  return lines
}

function forTeacher(facts: Facts): string[] {
  const { outcome } = facts
  return [sentence(facts, 'adult'), whoDecided(facts), whatCanBeDone(outcome)].filter(line => line !== '')
}

/** Which decision of the school it was, in words. */
function whoDecided({ outcome, rules, request }: Facts): string {
  const { stage, rule, category } = outcome
  const names = new Map(rules.groups.map(({ id, name }) => [id, name]))
  const groupName = (id: string): string => names.get(id) ?? id
  switch (stage) {
    case 'malformed':
      return 'An address that cannot be checked is never open.'
    case 'illegal':
      return 'It is on the illegal floor, which no person and no rule can open; trying is recorded.'
    case 'nobody':
      return 'The filter knows no group for whoever asked, and nobody unknown is let through.'
    case 'must-allow':
      return 'It is on the list of help and trusted information, which no rule of the school closes.'
    case 'age':
      return 'The service sets its own age limit of 13 or over, and for under-13s no permission changes that.'
    case 'pass':
      return 'A pass opens it to this class or person until its end.'
    case 'lesson-only':
      return 'For this lesson the class has only the sites that the teacher chose.'
    case 'school':
      return 'The school decided about this site itself, and that outranks the lists.'
    case 'matrix':
      return 'The technology matrix of the policy decides about this kind of service.'
    case 'look-alike':
      return `Its name can be taken for ${rule.slice('lookalike:'.length)}.`
    case 'file':
      return 'The school decides about programs and archives as it does about downloads.'
    case 'search':
      return 'The words of the search decided, not the search engine.'
    case 'inside':
      return 'The page shows or leads to another address, and that one decided.'
    case 'categories': {
      const adjusted = rule.startsWith('adjustment:')
      const groups = request.groups.map(groupName).join(', ')
      const group = groupName(rule.split(':')[1] ?? '')
      if (category === 'none') return `Nothing speaks against it for ${adjusted ? groups : group}.`
      const what = category === 'unlisted' ? 'sites that no list has sorted' : `the category ${category}`
      return adjusted
        ? `The school has decided otherwise for some people about ${what}.`
        : `The rules of the group ${group} decide about ${what}.`
    }
  }
}

function whatCanBeDone({ stage, verdict, category }: Outcome): string {
  if (verdict === 'allow' || stage === 'illegal' || stage === 'malformed') return ''
  if (stage === 'age') return 'An alternative without an age limit is the only way.'
  if (stage === 'nobody') return 'Signing in to the filter is the way.'
  if (stage === 'lesson-only') return 'The teacher of the lesson can add a site or end it.'
  if (offersHelp.has(category)) return 'Only the safeguarding lead or a nominee can open it, for a class and a time.'
  return 'A pass can open it for one class and one lesson: ask from this page.'
}

function forSafeguardingLead(facts: Facts): string[] {
  const { outcome, listings, lists, host } = facts
  const names = new Map(lists.sources.map(({ id, name, date }) => [id, date === '' ? name : `${name} (${date})`]))
  const lines = [sentence(facts, 'adult'), whoDecided(facts)]
  for (const { category, sources, isCurated, among } of listings) {
    const who = sources.map(id => names.get(id) ?? id).join(', ')
    const agreement = isCurated ? 'checked by people' : `${sources.length} of the ${among} that could say so`
    lines.push(`It is listed as ${category} by ${who}: ${agreement}.`)
  }
  if (listings.length === 0 && host !== '') lines.push('No list names it.')
  for (const group of groupsOf(facts))
    if (group.sourcesNeeded > 1) lines.push(`The group ${group.name} needs ${group.sourcesNeeded} sources to agree.`)
  if (outcome.stage === 'search' && offersHelp.has(outcome.category))
    lines.push('Somebody who searches for this may need help: it goes to the review queue.')
  return lines
}

function forTechnician(facts: Facts, steps: readonly ExplainedStep[]): string[] {
  const { outcome, host, listings, request, lists, rules } = facts
  const { personId, classes = [], year, turns13On, place } = request
  const known = [
    `groups ${request.groups.join(',') || 'none'}`,
    `person ${personId ?? 'unknown'}`,
    `classes ${classes.join(',') || 'none'}`,
    `year ${year ?? 'unknown'}`,
    `13 on ${turns13On ?? 'unknown'}`,
    `place ${place ?? 'school'}`,
    `kind ${request.kind}`,
  ]
  return [
    `${outcome.verdict} ${outcome.category} ${outcome.rule}`,
    `host ${host || 'unreadable'}, registered as ${host === '' ? 'nothing' : (registrableDomain(host) ?? 'nothing')}`,
    `listed ${listings.map(({ category, sources }) => `${category}=${sources.join('+')}`).join(' ') || 'nowhere'}`,
    known.join('; '),
    `rules ${rules.version}, lists ${lists.checksum}`,
    ...steps.map(
      ({ asked, group, depth, said, rule }) =>
        `${'  '.repeat(depth)}${asked}${group === undefined ? '' : ` [${group}]`} ${said === '' ? '–' : `${said} ← ${rule}`}`,
    ),
  ]
}
