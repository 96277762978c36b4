import { type Control, type ControlReads, failing, met, notStarted, type Proof } from '../policies/control.ts'
import type { ActivityReads } from './activity-store.ts'

export type ActivityControlReads = ControlReads & { readonly activity: ActivityReads }

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
    const since = await activity.totals(new Date(now.getTime() - 24 * 3_600_000))
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

export const activityControls: readonly Control<ActivityControlReads>[] = [logged]
