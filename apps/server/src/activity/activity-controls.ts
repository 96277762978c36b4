import {
  addCalendarDays,
  type CalendarDate,
  CalendarGap,
  isSchoolDay,
  londonDate,
  type SchoolCalendar,
  startOfLondonDay,
  weekdayOf,
} from '@gatehouse/engine/calendar'
import type { LedgerEntry } from '@gatehouse/ledger/entry'
import { schoolDaysAfter } from '../duties/school-days.ts'
import { type Role, technical } from '../permissions.ts'
import {
  type Control,
  type ControlReads,
  type ControlState,
  dueSoon,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
} from '../policies/control.ts'
import type { ActivityDay, ActivityDayReads } from './activity-day-store.ts'
import type { ActivityReads } from './activity-store.ts'

export type ActivityControlReads = ControlReads & {
  readonly activity: ActivityReads
  readonly activityDays: ActivityDayReads
}

/** The filter is asked every hour, and what it answers must stand in the log: after two hours of silence nobody knows. */
const silentMs = 2 * 3_600_000

const logged: Control<ActivityControlReads> = {
  id: 'activity.logged',
  title: 'Every request that the filter decides about is logged',
  kind: 'record',
  clauses: ['A-5-20', 'B-internet-access-01'],
  evaluate: async ({ activity, ledger }, { now }) => {
    const probe = await activity.latestProbe()
    if (!probe?.lastProbeAt)
      return notStarted('No request has come through the filter into the log yet. Start Gatehouse with “serve”.')
    const entry = await ledger.latest(['activity.received'], `segment:${probe.id}`)
    const proofs: Proof[] = [
      {
        text: 'A request of the filter’s own, found again in the log',
        at: probe.lastProbeAt,
        ...(entry ? { seq: entry.seq } : {}),
      },
    ]
    const due = new Date(probe.lastProbeAt.getTime() + silentMs)
    if (due <= now)
      return failing(
        'unknown',
        probe.lastProbeAt,
        'What is asked for through the filter has not reached the log for more than two hours.',
        proofs,
      )
    const since = await activity.totals(new Date(now.getTime() - 24 * 3_600_000), 'gateway')
    if (since.rejected > 0)
      return failing(
        'measured',
        now,
        `${since.rejected} lines of the last day could not be read, so the log has a gap.`,
        proofs,
      )
    return met(
      'measured',
      probe.lastProbeAt,
      due,
      `Requests made through the filter arrive in the log: ${since.lines.toLocaleString('en-GB')} lines in the last day, none refused.`,
      proofs,
    )
  },
}

/** School days in which a day of the log is reviewed. Ours; the clauses say “regularly”. */
const reviewSchoolDays = 1
/** Days that are looked back over. */
const reviewedDays = 14

/** School days in the log of the last two weeks, before today. */
async function loggedSchoolDays({ activityDays, deadlines }: ActivityControlReads, now: Date): Promise<ActivityDay[]> {
  const today = londonDate(now)
  const calendar = await deadlines.calendar()
  const days = await activityDays.between(addCalendarDays(today, -reviewedDays), addCalendarDays(today, -1))
  return days.filter(({ day }) => isDayOfSchool(day, calendar))
}

/**
 * Whether each school day of the last two weeks that is in the log was reviewed by the end of the next.
 * @param by whose reviews count, and how they are called: all of them where it is not given.
 */
export async function reviewState(
  reads: ActivityControlReads,
  now: Date,
  by?: { readonly words: string; readonly counts: (entry: LedgerEntry) => Promise<boolean> },
): Promise<ControlState> {
  const { deadlines, ledger } = reads
  const calendar = await deadlines.calendar()
  const days = (await loggedSchoolDays(reads, now)).map(({ day }) => day)
  const entries: LedgerEntry[] = []
  for (const entry of await ledger.list({ types: ['activity.reviewed'], limit: 100 }))
    if (!by || (await by.counts(entry))) entries.push(entry)
  const seen = new Map(entries.map(entry => [entry.subject, entry]))
  const [latest] = entries
  const who = by ? ` by ${by.words}` : ''
  const proofs: Proof[] = latest
    ? [{ text: 'The latest review', href: '/activity/review', seq: latest.seq, at: new Date(latest.at) }]
    : []
  const waiting = days
    .filter(day => !seen.has(`activity:${day}`))
    .map(day => ({ day, due: schoolDaysAfter(startOfLondonDay(day), reviewSchoolDays, calendar) }))
  const late = waiting.find(({ due }) => due < now)
  if (late)
    return overdue(
      late.due,
      `The web log of ${waiting.filter(({ due }) => due < now).length === 1 ? 'a school day' : 'some school days'} was not reviewed${who} by the end of the next.`,
      latest ? new Date(latest.at) : null,
      proofs,
    )
  const [next] = waiting
  if (next)
    return dueSoon(
      'measured',
      startOfLondonDay(next.day),
      next.due,
      `The web log of the last school day waits to be reviewed${who}.`,
      proofs,
    )
  const last = days.at(-1)
  const done = last ? seen.get(`activity:${last}`) : undefined
  if (!last || !done)
    return notStarted('There is no school day in the web log of the last two weeks, so nothing to review.')
  return met(
    'measured',
    new Date(done.at),
    schoolDaysAfter(startOfLondonDay(last), reviewSchoolDays + 1, calendar),
    `The web log of each school day of the last two weeks was reviewed${who} by the end of the next.`,
    proofs,
  )
}

const reviewed: Control<ActivityControlReads> = {
  id: 'activity.reviewed',
  title: 'Somebody reviews each school day’s web log by the end of the next',
  kind: 'workflow',
  clauses: ['A-5-21', 'B-internet-access-02'],
  evaluate: (reads, { now }) => reviewState(reads, now),
}

const observed: Control<ActivityControlReads> = {
  id: 'activity.observed',
  title:
    'What people do on the school’s systems is recorded under who they are, and technical staff look at it each school day',
  kind: 'record',
  clauses: ['A-5-23'],
  evaluate: async (reads, { now }) => {
    const known = new Map<string, boolean>()
    const isTechnical = async ({ actor, at }: LedgerEntry): Promise<boolean> => {
      const held = known.get(actor)
      if (held !== undefined) return held
      const roles = actor.startsWith('person:') ? await reads.people.rolesOf(actor.slice(7), new Date(at)) : []
      const found = roles.some(role => (technical as readonly Role[]).includes(role))
      known.set(actor, found)
      return found
    }
    const state = await reviewState(reads, now, { words: 'technical staff', counts: isTechnical })
    if (state.status !== 'met') return state
    const nameless = (await loggedSchoolDays(reads, now)).find(
      ({ countedAt, requests, people }) => countedAt !== null && requests > 0 && people === 0,
    )
    return nameless
      ? failing(
          'measured',
          startOfLondonDay(nameless.day),
          'On a school day of the last two weeks the log could say of no request whose it was, so it records no user’s activity.',
          state.proofs,
        )
      : state
  },
}

/** Monday to Friday where no terms or holidays are entered. */
export function isDayOfSchool(day: CalendarDate, calendar: SchoolCalendar): boolean {
  const isWeekday = weekdayOf(day) >= 1 && weekdayOf(day) <= 5
  if (calendar.terms.length === 0) return isWeekday
  try {
    return isSchoolDay(day, calendar)
  } catch (error) {
    if (error instanceof CalendarGap) return isWeekday
    throw error
  }
}

/** What comes from nowhere yet is said, and not carried: each would need a source of its own. */
const missingSource = (id: string, title: string, clause: string, why: string): Control<ActivityControlReads> => ({
  id,
  title,
  kind: 'evaluate',
  clauses: [clause],
  evaluate: async () => notStarted(why),
})
const networkData = missingSource(
  'activity.network-data',
  'Figures of the school’s own network',
  'A-1-09',
  'No data of the school’s own network comes in: the log holds web requests and names asked for, and nothing from switches, Wi-Fi or the firewall. Until such a source sends its log here, nobody can judge by it.',
)
const everySystem = missingSource(
  'activity.every-system',
  'Use of the network, the internet, the learning platform and mail, watched together',
  'A-3.4-09',
  'Web use is logged and reviewed each school day. No log of the learning platform comes in, and none of mail or of the network itself, so their use is not watched here.',
)

export const activityControls: readonly Control<ActivityControlReads>[] = [
  logged,
  reviewed,
  observed,
  networkData,
  everySystem,
]
