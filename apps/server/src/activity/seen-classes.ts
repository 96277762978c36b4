import type { ClassReads, SchoolClass } from '../people/class-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { hasRole, may, type PersonActor } from '../platform/actor.ts'

/** The sites of fewer pupils would say whose they are. */
export const fewestPupils = 4

/** A teacher’s own classes; the safeguarding lead and the headteacher see each. */
export const seenClasses = async (
  { classes, people }: { readonly classes: ClassReads; readonly people: PeopleReads },
  person: PersonActor,
): Promise<readonly SchoolClass[]> =>
  may(person, 'activity.view') && hasRole(person, 'dsl', 'deputy-dsl', 'headteacher')
    ? people.groups('class')
    : classes.taughtBy(person.personId)
