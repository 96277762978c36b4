import type { AskerAttributes } from '@gatehouse/engine'
import { addCalendarMonths, type CalendarDate, londonDate } from '@gatehouse/engine/calendar'
import type { PeopleReads } from '../people/people-store.ts'

/*
 * What the filter is told of a person besides the groups, and no more: the classes they are in (never those they teach), the
 * year where the register has one, and the day on which a pupil turns 13, which age-limited services wait for. Whoever has no
 * date of birth in the register has none here, and counts as under 13 where they are a pupil.
 */

/** For whoever has turned 13 already the day itself says nothing more, so it is not passed on. */
const longAgo: CalendarDate = '2000-01-01'

/** The day of the thirteenth birthday, as far as the filter needs it. Born on 29 February: 1 March. */
export function turns13On(dateOfBirth: CalendarDate | null, today: CalendarDate): CalendarDate | null {
  if (dateOfBirth === null) return null
  const birthday = dateOfBirth.endsWith('-02-29') ? `${dateOfBirth.slice(0, 4)}-03-01` : dateOfBirth
  const day = addCalendarMonths(birthday, 13 * 12)
  return day <= today ? longAgo : day
}

/** The year of a group of kind `year`: its id is `year-4` or `year-r`. null for any other. */
function yearOf(groupIds: readonly string[]): string | null {
  for (const id of groupIds) {
    const found = /^year-(\d{1,2}|r)$/.exec(id)?.[1]
    if (found) return found.toUpperCase()
  }
  return null
}

export type FilterPeopleReads = Pick<PeopleReads, 'filterAttributes'>

/** Everybody in the register, or these people, by id. */
export const filterPeople = async (
  people: FilterPeopleReads,
  now: Date,
  personIds?: readonly string[],
): Promise<ReadonlyMap<string, AskerAttributes>> =>
  new Map(
    (await people.filterAttributes(personIds)).map(each => [
      each.personId,
      {
        classes: each.classes,
        year: yearOf(each.years),
        turns13On: turns13On(each.dateOfBirth, londonDate(now)),
      },
    ]),
  )
