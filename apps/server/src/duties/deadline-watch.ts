import type { Deadline } from './deadline.ts'

/*
 * What a deadline asks for at one moment. Pure, and counted from the instants of the row alone, so that a worker that slept
 * over any of them, ran twice, or saw its clock step back comes to the same answer, and each thing happens once.
 *
 *   start ──── half-way ──────── near the end ── due ────────── + pace ───────── + 2 paces
 *              remind the owner  remind again    missed: owner  headteacher      chair
 *                                                and deputy
 */

export type Escalation = 'deputy' | 'headteacher' | 'chair'
/** In order; `deadline.escalation` counts how many have been told. */
export const escalations: readonly Escalation[] = ['deputy', 'headteacher', 'chair']

export type WatchStep =
  | { readonly kind: 'remind'; readonly stage: 'half-way' | 'near the end' }
  | { readonly kind: 'miss'; readonly due: Date }
  | { readonly kind: 'escalate'; readonly to: Escalation; readonly level: number }

const hourMs = 3_600_000
/** Of the time between start and due. */
const reminders = [
  { stage: 'half-way', share: 0.5 },
  { stage: 'near the end', share: 0.875 },
] as const
/** Shorter deadlines are not reminded of: the message that starts them is still fresh. */
const shortestRemindedMs = 2 * hourMs

/** How long each person up the line has before the next is told: a quarter of the whole time, from an hour to a day. */
export const escalationPaceMs = (startsAt: Date, due: Date): number =>
  Math.min(24 * hourMs, Math.max(hourMs, (due.getTime() - startsAt.getTime()) / 4))

/** @returns in the order in which they must happen; empty for what is done, paused or not due for anything. */
export function watchSteps(
  deadline: Pick<Deadline, 'state' | 'startsAt' | 'dueAt' | 'remindedAt' | 'escalation'>,
  now: Date,
): WatchStep[] {
  const { state, startsAt, dueAt: due } = deadline
  if (due === null || (state !== 'open' && state !== 'missed')) return []
  if (now <= due) {
    const wholeMs = due.getTime() - startsAt.getTime()
    if (state !== 'open' || wholeMs < shortestRemindedMs) return []
    const passed = reminders
      .map(({ stage, share }) => ({ stage, at: new Date(startsAt.getTime() + wholeMs * share) }))
      .filter(({ at }) => at <= now)
    const latest = passed.at(-1)
    return latest && (deadline.remindedAt === null || deadline.remindedAt < latest.at)
      ? [{ kind: 'remind', stage: latest.stage }]
      : []
  }
  const pace = escalationPaceMs(startsAt, due)
  const level = Math.min(escalations.length, 1 + Math.floor((now.getTime() - due.getTime()) / pace))
  const steps: WatchStep[] = state === 'open' ? [{ kind: 'miss', due }] : []
  for (const [at, to] of escalations.entries())
    if (at >= deadline.escalation && at < level) steps.push({ kind: 'escalate', to, level: at + 1 })
  return steps
}
