import { endOfLondonDay, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import type { LedgerEntry } from '@gatehouse/ledger/entry'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { DutyReads } from '../duties/duty-store.ts'
import { registerOf } from '../duties/duty-register.ts'
import { caseCategories, categoryNames } from '../incidents/case.ts'
import { roleNames } from '../permissions.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import type { ClauseService } from '../policies/clause-service.ts'
import { totalsOf } from '../policies/clause-service.ts'
import type { ClauseStatus } from '../policies/control.ts'
import { atLeast, suppress, suppressOne } from './suppression.ts'

/*
 * The term in figures, as governors get it: counted from the ledger and the registers, small numbers already hidden. What is not in
 * here cannot be shown, printed or frozen into a pack.
 */

export type Tone = 'good' | 'soon' | 'bad' | 'quiet'
export interface Cell {
  readonly id: string
  readonly label: string
  /** null where it is from 1 to 4 and may not be shown. */
  readonly value: number | null
  readonly tone: Tone
}
export const groupIds = ['reports', 'cases', 'time', 'filter', 'clauses', 'duties'] as const
export type GroupId = (typeof groupIds)[number]
export interface Group {
  readonly id: GroupId
  readonly title: string
  /** null where it would give a hidden number away; `least` then says as much as can be said. */
  readonly total: number | null
  readonly least: number
  /** The same total a term before; null where that was hidden or there was none. */
  readonly before: number | null
  readonly cells: readonly Cell[]
  /** One honest sentence; colour never says more than this. */
  readonly says: string
  readonly tone: Tone
  /** What a governor may ask next. */
  readonly ask: string
}
export interface Figures {
  readonly term: Term
  readonly ledger: { readonly entries: number; readonly head: string }
  readonly groups: readonly Group[]
}
export interface Term {
  readonly name: string
  readonly from: Date
  readonly to: Date
}

export interface FigureReads {
  readonly ledger: LedgerReads
  readonly deadlines: Pick<DeadlineReads, 'settled' | 'terms'>
  readonly duties: Pick<DutyReads, 'facts'>
}

/** The term of `now`, or the last that ended; and the one before it. In a school without a calendar, the last 90 days. */
export async function termsAt(
  { deadlines }: { readonly deadlines: Pick<DeadlineReads, 'terms'> },
  now: Date,
): Promise<{ term: Term; before: Term | null }> {
  const today = londonDate(now)
  const begun = (await deadlines.terms()).filter(({ from }) => from <= today)
  const asTerm = ({ name, from, to }: { name: string; from: string; to: string }): Term => ({
    name,
    from: startOfLondonDay(from),
    to: endOfLondonDay(to),
  })
  const last = begun.at(-1)
  if (!last)
    return {
      term: { name: 'The last 90 days', from: new Date(now.getTime() - 90 * 86_400_000), to: now },
      before: null,
    }
  const before = begun.at(-2)
  return { term: asTerm(last), before: before ? asTerm(before) : null }
}

/** More entries of a kind than this in one term are beyond any school that this can be. */
const mostCounted = 50_000
const evidenceTypes: Readonly<Record<GroupId, readonly string[]>> = {
  reports: ['report.received'],
  cases: ['case.opened'],
  time: ['deadline.missed'],
  filter: [
    'filter-change.approved',
    'filter-change.refused',
    'filter-change.applied-at-once',
    'filter-change.rolled-back',
    'filter-change.tested',
    'filter-drift.found',
  ],
  clauses: ['clause.moved'],
  duties: ['appointment.made', 'appointment.ended', 'duty.watched'],
}
/** The entries that a figure was counted from. */
export const evidenceOf = (
  reads: Pick<FigureReads, 'ledger'>,
  group: GroupId,
  term: Term,
  limit: number,
): Promise<LedgerEntry[]> => reads.ledger.list({ types: evidenceTypes[group], from: term.from, to: term.to, limit })

export async function figuresOf(
  reads: FigureReads,
  clauses: Awaited<ReturnType<ClauseService['of']>>,
  term: Term,
  before: Term | null,
  now: Date,
): Promise<Figures> {
  // To the end of this very millisecond: an entry of now counts.
  const to = new Date(Math.min(term.to.getTime(), now.getTime() + 1))
  const within = { from: term.from, to }
  const count = (types: readonly string[], when: { from: Date; to: Date } = within) =>
    reads.ledger.count({ types, ...when })
  const head = await reads.ledger.head()
  const earlier = async (types: readonly string[]): Promise<number | null> =>
    before ? suppressOne(await count(types, before)) : null

  const reports = suppressOne(await count(evidenceTypes.reports))
  const opened = await openedIn(reads, within, now)
  const byCategory = caseCategories.map(category => opened.filter(({ detail }) => detail.category === category).length)
  const cases = suppress(byCategory)

  const settled = (await reads.deadlines.settled(within.from, within.to)).filter(each => each.state !== 'open')
  const kept = settled.filter(({ state }) => state === 'met').length
  const late = settled.filter(({ state }) => state === 'late').length
  const missed = settled.filter(({ state }) => state === 'missed').length

  const tests = await reads.ledger.list({ types: ['filter-change.tested'], ...within, limit: mostCounted })
  // A test whose positive control failed proves nothing, and is no pass.
  const failed = tests.filter(({ detail }) => detail.result !== 'passed').length
  const approved = await count(['filter-change.approved'])
  const refused = await count(['filter-change.refused'])
  const atOnce = await count(['filter-change.applied-at-once'])
  const drift = await count(['filter-drift.found'])

  const { byStatus, all, withoutControl } = totalsOf(clauses.clauses)
  const vacant = registerOf(await reads.duties.facts()).filter(({ duty, state }) => duty.required && state === 'vacant')

  const group = (given: Omit<Group, 'least' | 'before' | 'cells'> & Partial<Group>): Group => ({
    least: given.total ?? 0,
    before: null,
    cells: [],
    ...given,
  })
  const cell = (id: string, label: string, value: number | null, tone: Tone = 'quiet'): Cell => ({
    id,
    label,
    value,
    tone,
  })
  return {
    term,
    ledger: { entries: head?.seq ?? 0, head: head?.hash ?? '' },
    groups: [
      group({
        id: 'reports',
        title: 'Concerns reported',
        total: reports,
        least: reports ?? 1,
        before: await earlier(evidenceTypes.reports),
        says:
          reports === 0
            ? 'Nobody reported anything. In a school that rarely means that nothing happened.'
            : 'More reports are no bad sign: they mean that people know where to turn.',
        tone: reports === 0 ? 'soon' : 'quiet',
        ask: 'Do pupils in every class know how to report, and when did we last try it?',
      }),
      group({
        id: 'cases',
        title: 'Cases opened, by kind',
        total: cases.total,
        least: atLeast(cases),
        before: before ? suppressOne((await openedIn(reads, before, now)).length) : null,
        cells: caseCategories.map((category, n) => cell(category, categoryNames[category], cases.cells[n] ?? null)),
        says: 'Counts from 1 to 4 are not shown, so that no child can be picked out.',
        tone: 'quiet',
        ask: 'What did we change because of what these cases taught us?',
      }),
      group({
        id: 'time',
        title: 'Deadlines',
        total: kept + late + missed,
        cells: [
          cell('kept', 'Kept', kept, 'good'),
          cell('late', 'Done late', late, late > 0 ? 'soon' : 'quiet'),
          cell('missed', 'Missed and still not done', missed, missed > 0 ? 'bad' : 'quiet'),
        ],
        says:
          missed > 0
            ? `${missed} ${missed === 1 ? 'deadline' : 'deadlines'} passed with nothing done.`
            : late > 0
              ? `Everything was done, ${late} late.`
              : kept > 0
                ? 'Everything due this term was done in time.'
                : 'Nothing fell due this term.',
        tone: missed > 0 ? 'bad' : late > 0 ? 'soon' : kept > 0 ? 'good' : 'quiet',
        ask: 'Which deadlines are missed again and again, and what stands in the way?',
      }),
      group({
        id: 'filter',
        title: 'Changes of the filter, and tests',
        total: approved + refused + atOnce,
        cells: [
          cell('approved', 'Changes approved by a second person', approved),
          cell('refused', 'Changes refused', refused),
          cell('at-once', 'Emergency changes, approved afterwards', atOnce, atOnce > 0 ? 'soon' : 'quiet'),
          cell('tests-passed', 'Tests from the pupil’s side that passed', tests.length - failed, 'good'),
          cell('tests-failed', 'Tests that failed or proved nothing', failed, failed > 0 ? 'bad' : 'quiet'),
          cell('drift', 'Times the gateway ran other rules than the approved ones', drift, drift > 0 ? 'bad' : 'quiet'),
        ],
        says:
          tests.length === 0
            ? 'No test of the filter was made this term, so nothing shows that it works.'
            : failed > 0 || drift > 0
              ? 'Not every test passed, or the gateway ran other rules for a time.'
              : `All ${tests.length} tests passed.`,
        tone: tests.length === 0 ? 'soon' : failed > 0 || drift > 0 ? 'bad' : 'good',
        ask: 'Who tests the filter as a pupil sees it, and what happens when a test fails?',
      }),
      group({
        id: 'clauses',
        title: 'Clauses of the policies, by status',
        total: all,
        cells: (Object.entries(byStatus) as [ClauseStatus, number][]).map(([status, value]) =>
          cell(status, clauseWords[status].label, value, value > 0 ? clauseWords[status].tone : 'quiet'),
        ),
        says: `${withoutControl} of ${all} clauses have nothing yet that carries them out.`,
        tone: byStatus.failing > 0 || byStatus.overdue > 0 ? 'bad' : withoutControl > 0 ? 'soon' : 'good',
        ask: 'For the clauses that nothing carries: who does it by hand, or should the policy stop promising it?',
      }),
      group({
        id: 'duties',
        title: 'Required posts that are vacant',
        total: vacant.length,
        says:
          vacant.length === 0
            ? 'Every required post is held.'
            : `Vacant: ${vacant.map(({ duty }) => roleNames[duty.role]).join(', ')}.`,
        tone: vacant.length === 0 ? 'good' : 'bad',
        ask: 'Does each of these have a deputy who would act tomorrow?',
      }),
    ],
  }
}

/** A case belongs to the term in which it was reported, however late it was written down. */
async function openedIn(
  { ledger }: Pick<FigureReads, 'ledger'>,
  { from, to }: { from: Date; to: Date },
  now: Date,
): Promise<LedgerEntry[]> {
  const recorded = await ledger.list({
    types: evidenceTypes.cases,
    from,
    to: new Date(now.getTime() + 1),
    limit: mostCounted,
  })
  const reported = ({ at, detail }: LedgerEntry): number =>
    typeof detail.reportedAt === 'string' ? Date.parse(detail.reportedAt) : Date.parse(at)
  return recorded.filter(entry => reported(entry) >= from.getTime() && reported(entry) < to.getTime())
}

const clauseWords: Readonly<Record<ClauseStatus, { label: string; tone: Tone }>> = {
  met: { label: 'Met', tone: 'good' },
  due: { label: 'Due soon', tone: 'soon' },
  overdue: { label: 'Overdue', tone: 'bad' },
  failing: { label: 'Failing', tone: 'bad' },
  'not-started': { label: 'Not started', tone: 'quiet' },
  'not-applicable': { label: 'Does not apply', tone: 'quiet' },
}

/** A figure of an issued pack that would read otherwise today. */
export interface Correction {
  readonly pack: number
  readonly title: string
  readonly was: string
  readonly now: string
}
const shown = (value: number | null): string =>
  value === null ? 'a number that is not shown' : value.toLocaleString('en-GB')

/** Counts of what happened can change after the term (a late entry); how things stand at the moment of issue is no correction. */
const historical: readonly GroupId[] = ['reports', 'cases', 'time', 'filter']
export function correctionsTo(
  issued: { readonly number: number; readonly figures: Figures },
  again: Figures,
): Correction[] {
  return issued.figures.groups
    .filter(({ id }) => historical.includes(id))
    .flatMap(before => {
      const after = again.groups.find(({ id }) => id === before.id)
      if (!after) return []
      const pairs = [
        { title: before.title, was: before.total, now: after.total },
        ...before.cells.map(cell => ({
          title: `${before.title}: ${cell.label}`,
          was: cell.value,
          now: after.cells.find(({ id }) => id === cell.id)?.value ?? null,
        })),
      ]
      return pairs
        .filter(({ was, now }) => was !== now)
        .map(({ title, was, now }) => ({ pack: issued.number, title, was: shown(was), now: shown(now) }))
    })
}
