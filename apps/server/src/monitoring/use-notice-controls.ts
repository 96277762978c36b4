import { plural } from '../platform/format.ts'
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
} from '../policies/control.ts'
import { countsUntil } from './use-notice.ts'
import type { UseNoticeReads } from './use-notice-store.ts'

export type UseNoticeControlReads = ControlReads & { readonly useNotices: UseNoticeReads }

/** Use of these days is held against the tellings before it. */
const lookedMs = 7 * dayMs
const soonMs = 14 * dayMs

/** Everybody who used the internet this week had been told before that week's first use, read by themselves or told in class. */
const toldFirst: Control<UseNoticeControlReads> = {
  id: 'monitoring.told-first',
  title: 'People are told that their use is observed before they use the school’s internet',
  kind: 'inform',
  clauses: ['A-5-24'],
  evaluate: async ({ useNotices, ledger }, { now }) => {
    const latest = await useNotices.latest()
    const observed = await useNotices.observed(new Date(now.getTime() - lookedMs))
    if (!latest)
      return notStarted(
        observed.length === 0
          ? 'Nobody has been told yet what the school sees: teachers read it out to their class, and everybody else reads it when they sign in.'
          : `${plural(observed.length, 'person', 'people')} used the internet this week, and nobody has been told yet what the school sees of it: see What we see.`,
      )
    const entry = await ledger.latest(['use-notice.told', 'use-notice.read'])
    const proofs: Proof[] = [
      { text: 'The last who were told', href: '/what-we-see', at: latest, ...(entry ? { seq: entry.seq } : {}) },
    ]
    if (observed.length === 0) {
      const due = countsUntil(latest)
      const why = 'Nobody in the register used the internet this week, so there was nobody to tell first.'
      return due <= now ? overdue(due, why, latest, proofs) : met('attested', latest, due, why, proofs)
    }
    const counting = observed.flatMap(({ toldAt, how, firstAt }) =>
      toldAt && countsUntil(toldAt) > firstAt ? [{ toldAt, how }] : [],
    )
    const untold = observed.length - counting.length
    if (untold > 0)
      return failing(
        'measured',
        latest,
        `${untold} of ${plural(observed.length, 'person', 'people')} who used the internet this week had not been told before that it is observed.`,
        proofs,
      )
    const due = countsUntil(counting.reduce((first, { toldAt }) => (toldAt < first ? toldAt : first), latest))
    const inClass = counting.filter(({ how }) => how === 'told').length
    const evidence = inClass > 0 ? 'attested' : 'measured'
    const why = `All ${observed.length} who used the internet this week had been told before: ${counting.length - inClass} read it themselves, ${inClass} were told by their teacher.`
    return due.getTime() - now.getTime() < soonMs
      ? dueSoon(evidence, latest, due, why, proofs)
      : met(evidence, latest, due, why, proofs)
  },
}

export const useNoticeControls: readonly Control<UseNoticeControlReads>[] = [toldFirst]
