import type { Deadline, DeadlineState } from '../duties/deadline.ts'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import { onwardDeadline, onwardSubject, onwardWays, type Onward } from './pack-onward.ts'

/** As the page of a pack takes it. */
interface ShownOnward {
  readonly id: string
  readonly reason: string
  readonly askedBy: string
  readonly askedAt: Date
  readonly report: { by: string; at: Date; on: string; to: string; how: string; digest: string } | null
  readonly deadline: { dueAt: Date | null; state: DeadlineState; metAt: Date | null; whose: string } | null
}

export const shownOnward = (
  deadlines: Pick<DeadlineReads, 'about'>,
  onward: readonly Onward[],
  named: (personId: string) => string,
): Promise<ShownOnward[]> =>
  Promise.all(
    onward.map(async ({ id, reason, askedBy, askedAt, report }) => {
      const deadline = (await deadlines.about(onwardSubject(id))).find(each => each.kind === onwardDeadline)
      return {
        id,
        reason,
        askedBy: named(askedBy),
        askedAt,
        report: report && { ...report, by: named(report.by), how: onwardWays[report.how] },
        deadline: deadline ? clockOf(deadline) : null,
      }
    }),
  )

const clockOf = ({ dueAt, state, metAt }: Deadline) => ({ dueAt, state, metAt, whose: 'the chair of governors' })
