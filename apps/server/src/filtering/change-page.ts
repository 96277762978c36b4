import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { CaseReads } from '../incidents/case-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, may } from '../platform/actor.ts'
import type { FormView } from '../platform/form.ts'
import { isId } from '../platform/identifiers.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { type Reply, type Request, view } from '../platform/page.ts'
import { Refusal } from '../platform/refusal.ts'
import { whyNotDecide } from '../platform/requests.ts'
import { isRule, type ChangeContent } from './change-content.ts'
import { factsOf, namesIn } from './change-facts.ts'
import { sentenceFor } from './change-sentences.ts'
import { proof, standing } from './change-words.ts'
import { effectOf, groupName, isReversible, whyNotApprove } from './filter-change.ts'
import { outcomeWords } from './filter-proof.ts'
import type { FilterChange, FilterReads } from './filter-store.ts'
import { filterDifferences } from './rule-differences.ts'
import { replayModel } from './replay-words.ts'
import type { Replays } from './replay-service.ts'

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
  'filter-change.ended': 'Ended, when the filter was put back as it was on an earlier day',
  'filter-change.reinstated': 'In force again, when the filter was put back as it was on an earlier day',
  'filter-change.tested': 'Tested through the filter',
  'filter-change.reviewed': 'Looked at again, and kept',
}

/** What somebody may do here, as forms. */
export interface ChangeForms {
  readonly decide: FormView
  readonly rollBack: FormView
  readonly keep: FormView
}

/** One change: what it does, who decided, what was proved, and what this person may do about it. */
export async function showChange(
  request: Request<ChangePageReads>,
  replays: Replays,
  forms: ChangeForms,
  status = 200,
): Promise<Reply> {
  const { actor, params, read, schoolId, now } = request
  const { decide, rollBack, keep } = forms
  const id = idOf(params.id)
  const model = await read(async ({ filtering, people, ledger, deadlines, cases }) => {
    const change = await filtering.change(id)
    const inForce = await filtering.inForce()
    const surroundings = await filtering.surroundings()
    const { content } = change
    const of = content?.kind === 'rollback' ? await filtering.change(content.of) : null
    const moved = content?.kind === 'restore' ? await changesOf(filtering, [...content.end, ...content.reinstate]) : []
    const reinstated = content?.kind === 'restore' ? await filtering.pile(content.reinstate) : []
    const tests = await filtering.testsOf(id, 3)
    const entries = await ledger.list({ subject: `filter-change:${id}`, limit: 50 })
    const mayName = may(actor, 'people.view')
    const names = await people.names([
      change.proposedBy,
      ...(change.decidedBy ? [change.decidedBy] : []),
      ...(mayName && content ? namesIn(content) : []),
      ...entries.flatMap(({ actor: by }) => (by.startsWith('person:') ? [by.slice(7)] : [])),
    ])
    const classes = new Map((await people.groups('class')).map(each => [each.id, each.name]))
    const due = (await deadlines.about(`filter-change:${id}`)).filter(
      ({ state }) => state === 'open' || state === 'missed',
    )
    const caseHref = change.caseId === null ? null : await hrefFor(cases, actor, change.caseId)
    return {
      change,
      inForce,
      surroundings,
      of,
      moved,
      reinstated,
      tests,
      entries,
      names,
      classes,
      due,
      caseHref,
      mayName,
    }
  })
  const { change, inForce, surroundings, of, moved, reinstated, tests, entries, names, classes, due, caseHref } = model
  const nameOf = (personId: string | null): string =>
    personId === null ? 'nobody' : (names.get(personId) ?? 'somebody no longer here')
  const content = change.content
  const lifted: ChangeContent = { kind: 'rollback', of: id, caseId: null }
  const found =
    content && change.decision === 'waiting'
      ? effectOf(inForce, id, change.emergency ? lifted : content, surroundings, reinstated)
      : null
  const opens = found?.opens ?? false
  const replayed = content
    ? await replays.ensure({
        schoolId,
        digest: change.digest,
        content,
        own: id,
        isWaiting: change.decision === 'waiting',
      })
    : null
  const mayRollBack =
    may(actor, 'filter.propose') &&
    change.state === 'in-force' &&
    change.decision !== 'waiting' &&
    isReversible(content)
  const mayKeep = mayRollBack && content !== null && isRule(content)
  return view(
    'filtering/change',
    {
      title: content ? sentenceFor(content, of?.content) : 'A change that was altered behind our backs',
      backHref: '/internet/changes',
      change,
      standing: standing(change),
      proof: proof(change),
      details: factsOf({
        change,
        nameOf,
        className: each => classes.get(each) ?? each,
        mayName: model.mayName,
        of: of && { text: of.content ? sentenceFor(of.content) : 'a change', href: address(of.id) },
        caseHref,
        address,
      }),
      moved: moved.map(each => ({
        text: each.content ? sentenceFor(each.content) : 'A change that was altered',
        href: address(each.id),
        what: content?.kind === 'restore' && content.end.includes(each.id) ? 'is taken off' : 'is put back in force',
      })),
      // For a block that is in force already the question is what refusing it would do.
      opens: change.decision === 'waiting' && !change.emergency && opens,
      effects:
        found && !change.emergency ? filterDifferences(found.after, found.before).map(effectWords).slice(0, 60) : [],
      replay: replayModel(replayed, { now, className: each => classes.get(each) ?? each }),
      due: due[0] ?? null,
      whyNot: whyNot(actor, change, change.emergency ? false : opens),
      liftsWhenRefused: change.emergency && change.decision === 'waiting',
      mayWithdraw: actor.kind === 'person' && actor.personId === change.proposedBy && change.state === 'waiting',
      mayRollBack,
      mayKeep,
      decide: { ...decide, fields: { ...decide.fields, digest: { ...decide.fields.digest, value: change.digest } } },
      form: status === 400 ? [decide, rollBack, keep].find(({ errors }) => errors.length > 0) : undefined,
      rollBack,
      keep,
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

export const changesOf = async (filtering: FilterReads, ids: readonly string[]): Promise<FilterChange[]> => {
  const found: FilterChange[] = []
  for (const id of ids) found.push(await filtering.change(id))
  return found
}

/** “… was approved” of the drift's sentences, turned round: what it will be, and what it is. */
export const effectWords = (sentence: string): string =>
  sentence
    .replace(/ is “(.*)”, and “(.*)” was approved$/, ': from “$1” to “$2”')
    .replace(/ needs (\d+) sources, and (\d+) was approved$/, ' needs $2 sources instead of $1')
    .replace(/^the (.*) was not approved$/, 'the $1 is taken out')
    .replace(/^the approved (.*) is missing$/, 'the $1 is added')
    .replace(/^the (.*) is not as it was approved$/, 'the $1 is changed')

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

/** One line of a list of changes. */
export const listed = (change: FilterChange, by: string) => ({
  id: change.id,
  href: address(change.id),
  text: change.content ? sentenceFor(change.content) : 'Altered behind our backs',
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
