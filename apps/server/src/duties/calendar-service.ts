import { CalendarGap, type CalendarDate } from '@gatehouse/engine/calendar'
import { type Actor, mustBeAllowed } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import type { CalendarWrites } from './calendar-store.ts'
import type { DeadlineWrites } from './deadline-store.ts'
import { type HalfTerm, whyNotTerm } from './school-terms.ts'

export type CalendarService = ReturnType<typeof createCalendarService>

/**
 * Changes of the school's year. Deadlines that are still running are counted again in the same change, so that nobody
 * works to a date that the calendar no longer gives; each that moved is named in the entry by number.
 */
export function createCalendarService(change: Change<{ calendar: CalendarWrites; deadlines: DeadlineWrites }>) {
  const edit = (
    actor: Actor,
    type: string,
    detail: Record<string, string>,
    work: (calendar: CalendarWrites) => Promise<unknown>,
  ): Promise<number> =>
    change(actor, async ({ calendar, deadlines }) => {
      mustBeAllowed(actor, 'calendar.edit')
      await work(calendar)
      try {
        const moved = await deadlines.recountOpen()
        return changed(moved, { type, detail: { ...detail, deadlinesMoved: moved } })
      } catch (error) {
        if (!(error instanceof CalendarGap)) throw error
        throw new Refusal(
          'conflict',
          `A deadline that is running could not be counted any more: ${error.message}. Enter the other dates first.`,
        )
      }
    })
  return {
    /** @returns how many running deadlines moved. */
    addTerm: (actor: Actor, term: HalfTerm): Promise<number> =>
      edit(actor, 'calendar.term-added', { from: term.from, to: term.to }, async calendar => {
        const why = whyNotTerm(await calendar.halfTerms(), term)
        if (why) throw new Refusal('invalid', why)
        await calendar.addTerm(term)
      }),
    changeTerm: (actor: Actor, from: CalendarDate, term: HalfTerm): Promise<number> =>
      edit(actor, 'calendar.term-changed', { before: from, from: term.from, to: term.to }, async calendar => {
        const others = (await calendar.halfTerms()).filter(each => each.from !== from)
        const why = whyNotTerm(others, term)
        if (why) throw new Refusal('invalid', why)
        if (!(await calendar.removeTerm(from))) throw new Refusal('not-found', 'There is no such term in the calendar.')
        await calendar.addTerm(term)
      }),
    removeTerm: (actor: Actor, from: CalendarDate): Promise<number> =>
      edit(actor, 'calendar.term-removed', { from }, async calendar => {
        if (!(await calendar.removeTerm(from))) throw new Refusal('not-found', 'There is no such term in the calendar.')
      }),
    addClosure: (actor: Actor, on: CalendarDate, name: string): Promise<number> =>
      edit(actor, 'calendar.closure-added', { on }, async calendar => {
        if (!(await calendar.addClosure(on, name))) throw new Refusal('invalid', 'This day is in the calendar already')
      }),
    removeClosure: (actor: Actor, on: CalendarDate): Promise<number> =>
      edit(actor, 'calendar.closure-removed', { on }, async calendar => {
        if (!(await calendar.removeClosure(on))) throw new Refusal('not-found', 'There is no such day in the calendar.')
      }),
  }
}
