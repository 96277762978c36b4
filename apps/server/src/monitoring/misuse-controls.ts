import type { Attempt } from '../activity/attempt.ts'
import { attemptDays, attemptSchoolDays } from '../activity/attempt.ts'
import type { AttemptReads } from '../activity/attempt-store.ts'
import type { Deadline } from '../duties/deadline.ts'
import { schoolDaysAfter } from '../duties/school-days.ts'
import type { CaseFact, CaseFactReads } from '../incidents/case-facts-store.ts'
import {
  type Control,
  type ControlReads,
  dayMs,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
  termDays,
} from '../policies/control.ts'
import { lookDeadline } from './flag-service.ts'
import type { FlagReads, FlagThread } from './flag-store.ts'

export type MisuseControlReads = ControlReads & {
  readonly flags: FlagReads
  readonly attempts: AttemptReads
  readonly caseFacts: CaseFactReads
}

/** What was late is held against the school for so long. */
const lateDays = 30
/** Days for flags that start no clock of their own, by severity. Ours: “this week”, and “for the record”. */
const quietDays = 14
const weekDays = 7

/** One thing that was detected, and what became of it. */
interface FollowUp {
  readonly at: Date
  /** When it must be followed up by, while it is open. */
  readonly due: Date | null
  /** When it came to an outcome. */
  readonly doneAt: Date | null
  readonly wasLate: boolean
  readonly href: string
}
const things = (count: number): string => (count === 1 ? 'One thing' : `${count} things`)
const hasOf = (count: number): string => (count === 1 ? 'has' : 'have')

/** How a case goes on: triaged on its day, then by its next clock, until it is closed with an outcome. */
const byCase = (at: Date, fact: CaseFact, wasLate: boolean): FollowUp => ({
  at,
  due: fact.closedAt ? null : fact.triagedAt ? fact.followUpDue : fact.triageDue,
  doneAt: fact.closedAt,
  wasLate,
  href: `/cases/${fact.id}`,
})

function ofFlag(thread: FlagThread, clock: Deadline | undefined, fact: CaseFact | undefined): FollowUp {
  const { openedAt, decidedAt, state, id, severity } = thread
  const due = clock?.dueAt ?? new Date(openedAt.getTime() + (severity >= 2 ? weekDays : quietDays) * dayMs)
  const wasLate = clock ? clock.state === 'late' : decidedAt !== null && decidedAt > due
  const href = `/flags/${id}`
  // Somebody looked, and keeps an eye on it: the next flag brings it back.
  if (state === 'watch') return { at: openedAt, due: null, doneAt: null, wasLate, href }
  if (decidedAt === null) return { at: openedAt, due, doneAt: null, wasLate: false, href }
  return fact ? byCase(openedAt, fact, wasLate) : { at: openedAt, due: null, doneAt: decidedAt, wasLate, href }
}

function ofAttempt(
  { firstAt, outcome }: Attempt,
  due: Date,
  report: Deadline | undefined,
  fact: CaseFact | undefined,
): FollowUp {
  const href = '/activity/attempts'
  if (!outcome) return { at: firstAt, due, doneAt: null, wasLate: false, href }
  const wasLate = outcome.at > outcome.dueAt
  if (fact) return byCase(firstAt, fact, wasLate)
  return outcome.outcome === 'no-misuse'
    ? { at: firstAt, due: null, doneAt: outcome.at, wasLate, href }
    : { at: firstAt, due: report?.dueAt ?? null, doneAt: null, wasLate, href }
}

async function followUps(reads: MisuseControlReads, now: Date): Promise<FollowUp[]> {
  const { flags, attempts, caseFacts, deadlines } = reads
  const since = new Date(now.getTime() - termDays * dayMs)
  const threads = await flags.openedSince(since)
  // Whatever the filter stopped waits only so long in the list of attempts.
  const found = await attempts.between(new Date(now.getTime() - attemptDays * dayMs), now)
  const reports = found.flatMap(({ outcome }) => (outcome?.reportId ? [outcome.reportId] : []))
  const origins = [...threads.map(({ id }) => `flag:${id}`), ...reports.map(id => `report:${id}`)]
  const facts = new Map((await caseFacts.facts({ since, origins })).map(fact => [fact.origin, fact]))
  // By what they are about: a clock in school days may run out only after a holiday of six weeks.
  const clocks = Map.groupBy(await deadlines.aboutAny(origins), ({ subject }) => subject)
  const calendar = await deadlines.calendar()
  return [
    ...threads.map(thread => {
      const subject = `flag:${thread.id}`
      const clock = clocks.get(subject)?.findLast(({ kind, state }) => kind === lookDeadline && state !== 'withdrawn')
      return ofFlag(thread, clock, facts.get(subject))
    }),
    ...found.map(attempt => {
      const subject = `report:${attempt.outcome?.reportId ?? ''}`
      const waiting = clocks.get(subject)?.find(({ state }) => state === 'open' || state === 'missed')
      return ofAttempt(
        attempt,
        schoolDaysAfter(attempt.firstAt, attemptSchoolDays, calendar),
        waiting,
        facts.get(subject),
      )
    }),
  ]
}

const followedUp: Control<MisuseControlReads> = {
  id: 'monitoring.misuse-followed-up',
  title: 'Whatever monitoring and the filter detect is followed up in time, to an outcome',
  kind: 'workflow',
  clauses: ['B-internet-access-03'],
  evaluate: async (reads, { now }) => {
    const all = await followUps(reads, now)
    if (all.length === 0)
      return notStarted(
        'Nothing has been flagged, and no serious attempt is in the web log, so nothing shows that it is followed up.',
      )
    const done = all
      .flatMap(each => (each.doneAt ? [{ ...each, doneAt: each.doneAt }] : []))
      .sort((one, other) => other.doneAt.getTime() - one.doneAt.getTime())
    const entry = await reads.ledger.latest(['flag.not-a-concern', 'attempt.settled', 'case.closed'])
    const proofs: Proof[] = done.slice(0, 3).map(({ href, doneAt }, n) => ({
      text: 'Followed up to an outcome',
      href,
      at: doneAt,
      ...(n === 0 && entry ? { seq: entry.seq } : {}),
    }))
    const open = all
      .flatMap(each => (each.due ? [{ ...each, due: each.due }] : []))
      .sort((one, other) => one.due.getTime() - other.due.getTime())
    const late = open.filter(({ due }) => due <= now)
    const [oldest] = late
    if (oldest)
      return overdue(
        oldest.due,
        `${things(late.length)} that ${late.length === 1 ? 'was' : 'were'} detected ${hasOf(late.length)} not been followed up in time.`,
        done[0]?.doneAt ?? null,
        proofs,
      )
    const wasLate = all.filter(
      ({ wasLate: isLate, at }) => isLate && now.getTime() - at.getTime() < lateDays * dayMs,
    ).length
    if (wasLate > 0)
      return failing(
        'measured',
        done[0]?.doneAt ?? null,
        `${things(wasLate)} of the last ${lateDays} days ${wasLate === 1 ? 'was' : 'were'} looked at only after the time for it had passed.`,
        proofs,
      )
    const [next] = open
    const [last] = done
    if (!last)
      return next
        ? dueSoon(
            'measured',
            next.at,
            next.due,
            'What was detected is being followed up; nothing has come to an outcome yet.',
          )
        : notStarted('What was detected is being watched, and nothing has come to an outcome yet.')
    const waiting = all.length - done.length
    return met(
      'measured',
      last.doneAt,
      next?.due ?? new Date(last.doneAt.getTime() + termDays * dayMs),
      `Of ${all.length} that were detected ${done.length} came to an outcome${waiting === 0 ? '' : `, and ${waiting} ${waiting === 1 ? 'is' : 'are'} being followed up in time`}.`,
      proofs,
    )
  },
}

export const misuseControls: readonly Control<MisuseControlReads>[] = [followedUp]
