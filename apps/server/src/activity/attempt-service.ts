import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { schoolDaysAfter } from '../duties/school-days.ts'
import { concernKind } from '../incidents/data/concern-categories.ts'
import { type NewReport, receivingRoles } from '../incidents/report.ts'
import type { ReceivingWrites } from '../incidents/report-receive.ts'
import { aboutRoles } from '../incidents/report-routing.ts'
import type { ReportService } from '../incidents/report-service.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { allStaff, board } from '../permissions.ts'
import { type Actor, mustBeAllowed, type PersonActor, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { formatDateTime } from '../platform/format.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ActivityReads, StoredActivity } from './activity-store.ts'
import { type Attempt, attemptKey, attemptSchoolDays, concernOf, isAttempt } from './attempt.ts'
import type { AttemptReads, AttemptWrites } from './attempt-store.ts'

/** Which entry of the log is meant, and how far whoever settles it had seen what belongs to it. */
export interface SeenAttempt {
  readonly id: string
  readonly at: Date
  readonly lastAt: Date
}

interface AttemptServiceWrites extends ReceivingWrites {
  readonly attempts: AttemptWrites
  readonly activity: ActivityReads
  readonly deadlines: DeadlineWrites
}

const noAttempt = 'This entry of the web log is none that has to be reported.'

/**
 * The entry and the attempt that it belongs to, for somebody who may see it: never the person who made it.
 * @throws {Refusal} `not-found`.
 */
export async function attemptAt(
  reads: { readonly activity: ActivityReads; readonly attempts: AttemptReads },
  person: PersonActor,
  { id, at }: Pick<SeenAttempt, 'id' | 'at'>,
): Promise<{ entry: StoredActivity; attempt: Attempt }> {
  const entry = await reads.activity.get(at, id)
  const attempt = isAttempt(entry) ? await reads.attempts.containing(attemptKey(entry), entry.at) : null
  // Said in the same words, so that nobody learns from it that an attempt is theirs.
  if (!attempt || entry.personId === person.personId) throw new Refusal('not-found', noAttempt)
  return { entry, attempt }
}

export type AttemptService = ReturnType<typeof createAttemptService>
/** What becomes of attempts at misuse in the web log: a report to the headteacher, or a reason why it is none. */
export function createAttemptService(
  change: Change<AttemptServiceWrites>,
  reports: Pick<ReportService, 'receiveWithin'>,
  nameOfCategory: (category: string) => string,
) {
  const open = async (writes: AttemptServiceWrites, actor: Actor, seen: SeenAttempt) => {
    mustBeAllowed(actor, 'attempt.settle')
    const person = personOf(actor)
    const { entry } = await attemptAt(writes, person, seen)
    await writes.attempts.lock(attemptKey(entry))
    const { attempt } = await attemptAt(writes, person, seen)
    if (attempt.outcome)
      throw new Refusal('conflict', 'Somebody has settled this attempt already. Open it again to see how.')
    const dueAt = schoolDaysAfter(attempt.firstAt, attemptSchoolDays, await writes.deadlines.calendar())
    const untilAt = seen.lastAt > attempt.lastAt ? attempt.lastAt : seen.lastAt < entry.at ? entry.at : seen.lastAt
    return { person, entry, attempt, facts: { untilAt, dueAt, byId: person.personId } }
  }

  return {
    /** Makes a real report of it, that goes where reports of its kind go. @returns the report's id. */
    report: (actor: Actor, seen: SeenAttempt, words: string): Promise<string> =>
      change(actor, async writes => {
        const { person, entry, attempt, facts } = await open(writes, actor, seen)
        const kind = concernKind(concernOf(attempt.category) ?? '')
        if (!kind) throw new Refusal('not-found', noAttempt)
        const source = `activity:${attempt.id}`
        const report: NewReport = {
          kind,
          who: 'staff',
          madeBy: person.personId,
          ...(await aboutWhom(writes.people, entry)),
          danger: false,
          words: `${words}\n\nFrom the web log: ${attempt.count === 1 ? 'one request' : `${attempt.count} requests`} for ${attempt.hosts.join(', ')} (${nameOfCategory(attempt.category)}), first on ${formatDateTime(attempt.firstAt, writes.attempts.now)}. Entry ${attempt.id}. Who it was stays closed until somebody gives a reason in the web log.`,
          names: null,
          happenedWhen: 'exact',
          happenedAt: attempt.firstAt,
          place: 'school',
          wantsReply: false,
          clicked: false,
          message: null,
          formToken: null,
          source,
        }
        const { receipt, events } = await reports.receiveWithin(writes, actor, report)
        await writes.attempts.settle(attempt, { reportId: receipt.reportId }, facts)
        return changed(receipt.reportId, ...events, {
          type: 'attempt.reported',
          subject: source,
          detail: {
            category: attempt.category,
            requests: attempt.count,
            report: receipt.reportId,
            late: facts.dueAt < writes.attempts.now,
            headteacher: receipt.routing.recipients.some(({ role, content }) => role === 'headteacher' && content),
          },
        })
      }),
    /** It is no misuse, and why. */
    settle: (actor: Actor, seen: SeenAttempt, reason: string): Promise<void> =>
      change(actor, async writes => {
        const { attempt, facts } = await open(writes, actor, seen)
        await writes.attempts.settle(attempt, { reason }, facts)
        return changed(undefined, {
          type: 'attempt.settled',
          subject: `activity:${attempt.id}`,
          detail: { category: attempt.category, requests: attempt.count, late: facts.dueAt < writes.attempts.now },
        })
      }),
  }
}

/**
 * Whom the report is about, without a name: the routes keep it from them. Only people who might receive reports are barred
 * by name, since whoever is barred is named to those who receive it.
 */
async function aboutWhom(
  people: PeopleReads,
  { personId }: StoredActivity,
): Promise<Pick<NewReport, 'about' | 'aboutPeople'>> {
  if (personId === null) return { about: 'unsure' }
  const roles = await people.rolesOf(personId)
  const duty = aboutRoles.find(role => roles.includes(role))
  const adult = roles.some(role => ([...allStaff, ...board] as readonly string[]).includes(role))
  return {
    about: duty ?? (roles.includes('pupil') ? 'child' : adult ? 'adult' : 'unsure'),
    ...(roles.some(role => receivingRoles.includes(role)) ? { aboutPeople: [personId] } : {}),
  }
}
