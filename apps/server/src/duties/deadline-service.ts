import type { Role } from '../permissions.ts'
import { type Actor, systemActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent, type Read } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { type AnsweringFacts, deputiesOf, whoAnswers, whoAnswersFor } from './answering.ts'
import type { Deadline } from './deadline.ts'
import type { DeadlineReads, DeadlineWrites } from './deadline-store.ts'
import { type Escalation, watchSteps } from './deadline-watch.ts'
import type { DutyReads, DutyWrites } from './duty-store.ts'

/** What answers for a thing that waits. */
interface NeedsReads {
  readonly duties: Pick<DutyReads, 'facts'>
  readonly deadlines: Pick<DeadlineReads, 'open'>
}

/** Whether `actor` answers for `deadline` now: as holder, as acting deputy, or because nobody else is there. */
export const answersForDeadline = (facts: AnsweringFacts, deadline: Deadline, personId: string): boolean =>
  whoAnswersFor(facts, deadline)?.people.includes(personId) ?? false

/**
 * The open and missed deadlines that this person answers for, by time left; paused ones last. For *Needs you*.
 * A deadline is never given to somebody whom it is about.
 */
export async function needsOf(reads: NeedsReads, actor: Actor): Promise<Deadline[]> {
  if (actor.kind !== 'person') return []
  const facts = await reads.duties.facts()
  const open = await reads.deadlines.open(1_000)
  return open
    .filter(deadline => answersForDeadline(facts, deadline, actor.personId))
    .sort(
      (one, other) =>
        (one.dueAt?.getTime() ?? Number.POSITIVE_INFINITY) - (other.dueAt?.getTime() ?? Number.POSITIVE_INFINITY),
    )
}

const batch = 100

export type DeadlineService = ReturnType<typeof createDeadlineService>

export function createDeadlineService(
  change: Change<{ deadlines: DeadlineWrites; duties: DutyWrites; messages: MessageWrites }>,
  read: Read<{ deadlines: DeadlineReads; duties: DutyReads }>,
  clock: () => Date,
) {
  return {
    /** The worker's: notices what is due for a reminder, missed, or to be told further up. Safe at any moment, however often. */
    notice: async (schoolId: string): Promise<void> => {
      for (let more = true; more; ) {
        const due = (await read(schoolId, ({ deadlines }) => deadlines.open(5_000))).filter(
          deadline => watchSteps(deadline, clock()).length > 0,
        )
        const some = due.slice(0, batch).map(({ id }) => id)
        more = due.length > batch
        if (some.length === 0) return
        await change(systemActor(schoolId, 'worker'), async ({ deadlines, duties, messages }) => {
          const now = duties.instant()
          const facts = await duties.facts()
          const events: LedgerEvent[] = []
          for (const deadline of await deadlines.lockThese(some)) {
            const { kind, subject, dueAt } = deadline
            for (const step of watchSteps(deadline, now)) {
              if (step.kind === 'remind') {
                const told = toldAtReminder(facts, deadline, step.stage)
                await messages.tell(told, 'deadline.reminder', deadline.link)
                await deadlines.markReminded(deadline.id, deadline.escalation)
                events.push({
                  type: 'deadline.reminded',
                  subject,
                  detail: { deadline: deadline.id, kind, stage: step.stage, told: told.length },
                })
              } else if (step.kind === 'miss') {
                const told = whoAnswersFor(facts, deadline)?.people ?? []
                await messages.tell(told, 'deadline.missed', deadline.link)
                await deadlines.markMissed(deadline.id, step.due)
                events.push({
                  type: 'deadline.missed',
                  subject,
                  detail: {
                    deadline: deadline.id,
                    kind,
                    role: deadline.ownerRole,
                    missedAt: step.due.toISOString(),
                    noticedAt: now.toISOString(),
                  },
                })
              } else {
                const told = toldAt(facts, deadline, step.to)
                await messages.tell(told, 'deadline.escalated', deadline.link)
                await deadlines.markReminded(deadline.id, step.level)
                events.push({
                  type: 'deadline.escalated',
                  subject,
                  detail: {
                    deadline: deadline.id,
                    kind,
                    to: step.to,
                    told: told.length,
                    due: dueAt?.toISOString() ?? null,
                  },
                })
              }
            }
          }
          const [first, ...rest] = events
          return first
            ? changed(undefined, first, ...rest)
            : changed(undefined, { type: 'deadline.watched', detail: { found: 0 } })
        })
      }
    },
  }
}

/** Half-way the owner alone; near the end whoever would stand in as well. */
function toldAtReminder(facts: AnsweringFacts, deadline: Deadline, stage: 'half-way' | 'near the end'): string[] {
  const owners = whoAnswersFor(facts, deadline)?.people ?? []
  return stage === 'half-way'
    ? [...owners]
    : [...new Set([...owners, ...deputiesOf(facts, deadline.ownerRole, new Set(deadline.keptFrom))])]
}

/** Who is told at one step up the line; nobody twice, and never those it is about. */
function toldAt(facts: AnsweringFacts, deadline: Deadline, to: Escalation): string[] {
  const except = new Set(deadline.keptFrom)
  const owners = new Set(whoAnswersFor(facts, deadline)?.people ?? [])
  const up: readonly string[] =
    to === 'deputy' ? deputiesOf(facts, deadline.ownerRole, except) : presentIn(facts, to, except)
  return up.filter(id => !owners.has(id))
}

/** Those who answer for a post itself; nobody further up stands in for it here, for the chain goes there anyway. */
function presentIn(facts: AnsweringFacts, role: Role, except: ReadonlySet<string>): readonly string[] {
  const found = whoAnswers(facts, role, except)
  return found && (found.via === 'holder' || found.via === 'deputy' || found.via === role) ? found.people : []
}
