import { type Control, type ControlReads, failing } from '../policies/control.ts'
import type { FilterReads } from './filter-store.ts'
import { isDead } from './filter-watch-store.ts'

/**
 * The same control, which cannot be met by measurement while the gateway does not answer: what was decided about a filter
 * that is not running filters nothing. What the pulse found dead it has written down as a whole round that failed.
 */
export const needsGateway = <R extends ControlReads & { readonly filtering: FilterReads }>(
  control: Control<R>,
): Control<R> => ({
  ...control,
  evaluate: async (reads, context) => {
    const state = await control.evaluate(reads, context)
    if (state.status !== 'met' || state.evidence !== 'measured') return state
    const [round] = await reads.filtering.heartbeats(1)
    return round && isDead(round)
      ? failing('measured', round.at, 'The filter is not running, so nothing that was decided about it holds.', [
          { text: 'The last round of requests through the filter', href: '/internet/heartbeat', at: round.at },
        ])
      : state
  },
})
