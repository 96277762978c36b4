import { addCalendarMonths, endOfLondonDay, londonDate } from '@gatehouse/engine/calendar'
import { formatDay } from '../platform/format.ts'
import { type Control, dueSoon, failing, met, overdue, unusedPower } from '../policies/control.ts'
import { onwardDeadline } from './pack-onward.ts'

/** Reports older than this say nothing of how it is kept now. */
const lookBackMonths = 12

/** A duty only where there is something to pass on: what was asked for is held against its deadline. */
export const reportedOnward: Control = {
  id: 'assurance.reported-onward',
  title: 'What the directors need to know is reported onward',
  kind: 'workflow',
  clauses: ['A-3.1-08'],
  evaluate: async ({ deadlines, ledger }, { now }) => {
    const asked = (await deadlines.latest([onwardDeadline])).filter(({ state }) => state !== 'withdrawn')
    const [next] = asked
      .filter(({ state }) => state === 'open' || state === 'missed')
      .flatMap(({ dueAt, startsAt, link }) => (dueAt ? [{ dueAt, startsAt, link }] : []))
      .sort((one, other) => one.dueAt.getTime() - other.dueAt.getTime())
    if (next) {
      const proofs = [{ text: 'The pack to be reported onward', href: next.link, at: next.startsAt }]
      return next.dueAt <= now
        ? overdue(
            next.dueAt,
            'A pack was to be reported onward to the directors, and its time has passed. The chair of governors reports it now and records it under the pack.',
            next.startsAt,
            proofs,
          )
        : dueSoon(
            'measured',
            next.startsAt,
            next.dueAt,
            `A pack is to be reported onward to the directors by ${formatDay(next.dueAt, now)}.`,
            proofs,
          )
    }
    const last = asked
      .flatMap(({ metAt, state, link }) => (metAt ? [{ metAt, state, link }] : []))
      .filter(({ metAt }) => endOfLondonDay(addCalendarMonths(londonDate(metAt), lookBackMonths)) > now)
      .sort((one, other) => other.metAt.getTime() - one.metAt.getTime())[0]
    const entry = await ledger.latest(['pack.reported-onward'])
    if (asked.length === 0) return unusedPower('Nothing had to be reported onward.')
    if (!last || !entry) return unusedPower('Nothing had to be reported onward in the last year.')
    const proofs = [{ text: 'The pack reported onward', href: last.link, seq: entry.seq, at: last.metAt }]
    return last.state === 'late'
      ? failing('measured', last.metAt, 'The last report onward to the directors was recorded after its time.', proofs)
      : met('measured', last.metAt, null, 'What was to be reported onward was reported and recorded in time.', proofs)
  },
}
