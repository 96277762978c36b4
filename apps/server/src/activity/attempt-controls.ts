import type { DeadlineReads } from '../duties/deadline-store.ts'
import { schoolDaysAfter } from '../duties/school-days.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import {
  type Control,
  dayMs,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
  termDays,
} from '../policies/control.ts'
import type { PeopleReads } from '../people/people-store.ts'
import type { ActivityReads } from './activity-store.ts'
import { attemptDays, attemptSchoolDays } from './attempt.ts'
import type { AttemptReads } from './attempt-store.ts'

export interface AttemptControlReads {
  readonly activity: ActivityReads
  readonly attempts: AttemptReads
  readonly deadlines: DeadlineReads
  readonly people: PeopleReads
  readonly ledger: LedgerReads
}

/** A log that is silent for longer shows nothing about attempts. */
const silentDays = 7
const attempts = (count: number): string => (count === 1 ? 'One attempt' : `${count} attempts`)

const misuseFromLog: Control<AttemptControlReads> = {
  id: 'incidents.misuse-from-log',
  title: 'Attempts at misuse seen in the web log are reported to the headteacher within a school day',
  kind: 'workflow',
  clauses: ['A-3.4-10'],
  evaluate: async (reads, { now }) => {
    const segment = await reads.activity.latestSegment()
    if (!segment) return notStarted('The filter has sent no log yet, so no attempt can be seen in it.')
    const calendar = await reads.deadlines.calendar()
    const found = await reads.attempts.between(new Date(now.getTime() - attemptDays * dayMs), now)
    const waiting = found
      .filter(({ outcome }) => outcome === null)
      .map(each => ({ ...each, due: schoolDaysAfter(each.firstAt, attemptSchoolDays, calendar) }))
      .sort((one, other) => one.due.getTime() - other.due.getTime())
    const past = waiting.filter(({ due }) => due < now)
    const proofs = await proofOf(reads)
    const [oldest] = past
    if (oldest)
      return overdue(
        oldest.due,
        `${attempts(past.length)} at misuse in the web log ${past.length === 1 ? 'has' : 'have'} waited for more than a school day to be reported or settled.`,
        oldest.firstAt,
        proofs,
      )
    const settled = found.flatMap(({ outcome }) => (outcome ? [outcome] : []))
    const late = settled.filter(({ at, dueAt }) => at > dueAt)
    if (late.length > 0)
      return failing(
        'measured',
        late.reduce((last, { at }) => (at > last ? at : last), new Date(0)),
        `${attempts(late.length)} of the last ${attemptDays} days ${late.length === 1 ? 'was' : 'were'} reported or settled only after a school day had passed.`,
        proofs,
      )
    const [next] = waiting
    if (next)
      return dueSoon(
        'measured',
        next.firstAt,
        next.due,
        `${attempts(waiting.length)} at misuse in the web log ${waiting.length === 1 ? 'waits' : 'wait'} to be reported or settled.`,
        proofs,
      )
    if (now.getTime() - segment.receivedAt.getTime() > silentDays * dayMs)
      return failing(
        'unknown',
        segment.receivedAt,
        'The filter has sent no log for more than a week, so nobody sees what is tried.',
      )
    const newest = await reads.attempts.latest()
    if (!newest || newest.at > newest.dueAt || now.getTime() - newest.at.getTime() > termDays * dayMs)
      return notStarted('The web log shows no serious attempt of late, so nothing shows that attempts are reported.')
    const reported = settled.filter(({ outcome }) => outcome === 'reported').length
    return met(
      'measured',
      newest.at,
      new Date(newest.at.getTime() + termDays * dayMs),
      settled.length === 0
        ? `No attempt in the last ${attemptDays} days; the last one before was reported or settled in time.`
        : `${attempts(settled.length)} in the last ${attemptDays} days: ${reported} reported, ${settled.length - reported} settled with a reason, each within a school day.`,
      proofs,
    )
  },
}

async function proofOf({ ledger }: AttemptControlReads): Promise<readonly Proof[]> {
  const entry = await ledger.latest(['attempt.reported', 'attempt.settled'])
  return entry
    ? [{ text: 'the latest attempt dealt with', href: '/activity/attempts', seq: entry.seq, at: new Date(entry.at) }]
    : []
}

export const attemptControls: readonly Control<AttemptControlReads>[] = [misuseFromLog]
