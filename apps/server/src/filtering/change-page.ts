import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { CaseReads } from '../incidents/case-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Role, roleNames } from '../permissions.ts'
import { type Actor, may } from '../platform/actor.ts'
import type { FormView } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { whyNotDecide } from '../platform/requests.ts'
import { categoryName } from './change-forms.ts'
import { proof, standing } from './change-words.ts'
import { groupName, opensSomething, rulesOf, sentenceFor, whyNotApprove, withChange } from './filter-change.ts'
import { outcomeWords } from './filter-proof.ts'
import type { FilterChange, FilterReads } from './filter-store.ts'
import { differences } from './rule-differences.ts'

export interface ChangePageReads {
  readonly filtering: FilterReads
  readonly people: PeopleReads
  readonly ledger: LedgerReads
  readonly deadlines: DeadlineReads
  readonly cases: CaseReads
}

export const address = (id: string): string => `/internet/changes/${id}`
const resultWords = {
  passed: ['Right', 'good'],
  failed: ['Wrong', 'bad'],
  inconclusive: ['Not known', 'soon'],
} as const
const actionWords = { allow: 'open', warn: 'warned', block: 'blocked' } as const

/** How an entry about a change is told. */
const entryWords: Record<string, string> = {
  'filter-change.proposed': 'Proposed',
  'filter-change.applied-at-once': 'Put in force at once, before anybody approved it',
  'filter-change.approved': 'Approved',
  'filter-change.refused': 'Refused',
  'filter-change.withdrawn': 'Withdrawn by the proposer',
  'filter-change.rolled-back': 'Taken back',
  'filter-change.tested': 'Tested through the filter',
  'filter-change.reviewed': 'Looked at again, and kept',
}

/** One change: what it does, who decided, what was proved, and what this person may do about it. */
export async function showChange(
  request: Request<ChangePageReads>,
  decide: FormView,
  rollBack: FormView,
  status = 200,
): Promise<Reply> {
  const { actor, params, read } = request
  const id = idOf(params.id)
  const model = await read(async ({ filtering, people, ledger, deadlines, cases }) => {
    const change = await filtering.change(id)
    const inForce = await filtering.inForce()
    const of = change.content?.kind === 'rollback' ? await filtering.change(change.content.of) : null
    const tests = await filtering.testsOf(id, 3)
    const entries = await ledger.list({ subject: `filter-change:${id}`, limit: 50 })
    const names = await people.names([
      change.proposedBy,
      ...(change.decidedBy ? [change.decidedBy] : []),
      ...entries.flatMap(({ actor: by }) => (by.startsWith('person:') ? [by.slice(7)] : [])),
    ])
    const due = (await deadlines.about(`filter-change:${id}`)).filter(
      ({ state }) => state === 'open' || state === 'missed',
    )
    const caseHref = change.caseId === null ? null : await hrefFor(cases, actor, change.caseId)
    return { change, inForce, of, tests, entries, names, due, caseHref }
  })
  const { change, inForce, of, tests, entries, names, due, caseHref } = model
  const nameOf = (personId: string | null): string =>
    personId === null ? 'nobody' : (names.get(personId) ?? 'somebody no longer here')
  const before = rulesOf(inForce, 0)
  const lifted = { kind: 'rollback', of: id, caseId: null } as const
  const after =
    change.content && change.decision === 'waiting'
      ? rulesOf(withChange(inForce, id, change.emergency ? lifted : change.content), 0)
      : before
  const opens = opensSomething(before, after)
  const content = change.content
  return view(
    'filtering/change',
    {
      title: content ? sentenceFor(content, of?.content) : 'A change that was altered behind our backs',
      backHref: '/internet/changes',
      change,
      standing: standing(change),
      proof: proof(change),
      details: factsOf(change, nameOf, of, caseHref),
      // For a block that is in force already the question is what refusing it would do.
      opens: change.decision === 'waiting' && !change.emergency && opens,
      effects: change.decision === 'waiting' && !change.emergency ? differences(after, before).map(effectWords) : [],
      due: due[0] ?? null,
      whyNot: whyNot(actor, change, change.emergency ? false : opens),
      liftsWhenRefused: change.emergency && change.decision === 'waiting',
      mayWithdraw: actor.kind === 'person' && actor.personId === change.proposedBy && change.state === 'waiting',
      mayRollBack:
        may(actor, 'filter.propose') &&
        change.state === 'in-force' &&
        change.decision !== 'waiting' &&
        content !== null &&
        content.kind !== 'rollback',
      decide: { ...decide, fields: { ...decide.fields, digest: { ...decide.fields.digest, value: change.digest } } },
      form: status === 400 ? (decide.errors.length > 0 ? decide : rollBack) : undefined,
      rollBack,
      tests: tests.map(test => ({
        at: test.at,
        result: resultWords[test.result],
        rows: [...test.controls, ...test.results].map(each => ({
          who: groupName(each.group),
          asked: `${each.host}${each.path === '/' ? '' : each.path}`,
          expected: actionWords[each.expected],
          seen: outcomeWords[each.outcome],
          result: resultWords[each.result],
        })),
      })),
      timeline_items: entries.map(entry => ({
        at: entry.at,
        title: `${entryWords[entry.type] ?? entry.type}${entry.type === 'filter-change.tested' ? `: ${String(entry.detail.result)}` : ''}`,
        by: entry.actor.startsWith('person:') ? nameOf(entry.actor.slice(7)) : 'Gatehouse',
        ...(entry.type === 'filter-change.tested' && entry.detail.result === 'failed' ? { kind: 'problem' } : {}),
        ...(entry.type === 'filter-change.approved' ? { kind: 'decision' } : {}),
      })),
    },
    status,
  )
}

/** “… was approved” of the drift's sentences, turned round: what it will be, and what it is. */
const effectWords = (sentence: string): string =>
  sentence
    .replace(/ is “(\w+)”, and “(\w+)” was approved$/, ': from “$1” to “$2”')
    .replace(/^the rule (.*) was not approved$/, 'the rule $1 is taken out')
    .replace(/^the approved rule (.*) is missing$/, 'the rule $1 is added')

function whyNot(actor: Actor, change: FilterChange, opens: boolean): string | null {
  if (change.decision !== 'waiting') return null
  return whyNotDecide(actor, { state: change.decision, proposedBy: change.proposedBy }) ?? whyNotApprove(actor, opens)
}

/** The case's page, for whoever may open it; null for everybody else. */
const hrefFor = (cases: CaseReads, actor: Actor, id: string): Promise<string | null> =>
  may(actor, 'case.view')
    ? cases.get(actor, id).then(
        file => `/cases/${file.id}`,
        error => (error instanceof Refusal ? null : Promise.reject(error)),
      )
    : Promise.resolve(null)

function factsOf(
  change: FilterChange,
  nameOf: (id: string | null) => string,
  of: FilterChange | null,
  caseHref: string | null,
) {
  const { content } = change
  const rows: { key: string; text: string; href?: string }[] = []
  if (content?.kind === 'host') {
    rows.push({ key: 'Site', text: `${content.host}${content.path ?? ''} and everything beneath it` })
    rows.push({ key: 'What happens', text: content.action === 'block' ? 'It is blocked' : 'It is open' })
  }
  if (content?.kind === 'category') {
    rows.push({ key: 'Category', text: categoryName(content.category) })
    rows.push({
      key: 'What happens',
      text: { allow: 'It is open', warn: 'People are warned, and may go on', block: 'It is blocked' }[content.action],
    })
    rows.push({
      key: 'Before',
      text: Object.entries(content.before)
        .map(([group, action]) => `${groupName(group)}: ${actionWords[action]}`)
        .join('; '),
    })
  }
  if (content && content.kind !== 'rollback') {
    rows.push({ key: 'For', text: content.groups.map(groupName).join(', ') })
    rows.push({ key: 'Answers for it', text: roleNames[content.owner as Role] ?? content.owner })
    rows.push({ key: 'Looked at again on', text: dayWords(content.reviewOn) })
  }
  if (of)
    rows.push({ key: 'Takes back', text: of.content ? sentenceFor(of.content) : 'a change', href: address(of.id) })
  if (change.endedBy) rows.push({ key: 'Taken back by', text: 'another change', href: address(change.endedBy) })
  rows.push({ key: 'Proposed by', text: nameOf(change.proposedBy) })
  rows.push({ key: 'Why', text: change.reason })
  if (change.decidedBy)
    rows.push({ key: change.decision === 'approved' ? 'Approved by' : 'Decided by', text: nameOf(change.decidedBy) })
  if (change.decisionReason) rows.push({ key: 'Reason for the decision', text: change.decisionReason })
  if (change.caseId) rows.push({ key: 'Came from', text: 'A case', ...(caseHref === null ? {} : { href: caseHref }) })
  return rows
}
const dayWords = (date: string): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${date}T12:00:00Z`),
  )

/** One line of a list of changes. */
export const listed = (change: FilterChange, by: string) => ({
  id: change.id,
  href: address(change.id),
  text: change.content
    ? change.content.kind === 'rollback'
      ? 'Take back an earlier change'
      : sentenceFor(change.content)
    : 'Altered behind our backs',
  at: change.proposedAt,
  by,
  standing: standing(change),
  proof: proof(change),
})

/** @throws {Refusal} `not-found`. */
export function idOf(text: string | undefined): string {
  if (text === undefined || !isId(text))
    throw new Refusal('not-found', 'There is no such change of the filter at this school.')
  return text
}
