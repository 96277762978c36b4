import type { DeadlineWrites } from '../duties/deadline-store.ts'
import { startSchoolDays } from '../duties/start-school-days.ts'
import type { Role } from '../permissions.ts'

/** Duties that can answer for a change of the filter. */
export const ownerRoles = ['network-manager', 'dsl', 'senior-leader', 'headteacher'] as const satisfies readonly Role[]
export type OwnerRole = (typeof ownerRoles)[number]

export const emergencyDeadline = 'change.emergency-approval'
export const reviewDeadline = 'filter.change-review'

interface ClockWrites {
  readonly deadlines: Pick<DeadlineWrites, 'start'>
}

/** One school day; where no terms are entered, one working day. */
export async function startApprovalClock({ deadlines }: ClockWrites, id: string): Promise<string> {
  const { dueAt } = await startSchoolDays(deadlines, 1, {
    kind: emergencyDeadline,
    subject: `filter-change:${id}`,
    title: 'Approve a block that was made at once',
    link: `/internet/changes/${id}`,
    ownerRole: 'dsl',
  })
  return dueAt?.toISOString() ?? ''
}

/** At the end of the London day on which it was to be looked at again. */
export async function startReviewClock(
  { deadlines }: ClockWrites,
  id: string,
  { owner, reviewOn }: { readonly owner: string; readonly reviewOn: string },
): Promise<void> {
  await deadlines.start({
    kind: reviewDeadline,
    subject: `filter-change:${id}`,
    title: 'Look again at a change of the filter',
    link: `/internet/changes/${id}`,
    ownerRole: ownerRoles.find(role => role === owner) ?? 'network-manager',
    rule: { basis: 'calendar-days', days: 0 },
    startsAt: new Date(`${reviewOn}T12:00:00Z`),
  })
}
