import { seenClasses } from '../activity/seen-classes.ts'
import type { ClassReads } from '../people/class-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import { noticeVersion } from './use-notice.ts'
import type { UseNoticeWrites } from './use-notice-store.ts'

export type UseNoticeService = ReturnType<typeof createUseNoticeService>
export const createUseNoticeService = (
  change: Change<{
    readonly useNotices: UseNoticeWrites
    readonly classes: ClassReads
    readonly people: PeopleReads
  }>,
) => ({
  /** Somebody says that they read it. */
  read: (actor: Actor): Promise<void> =>
    change(actor, async ({ useNotices }) => {
      mustBeAllowed(actor, 'account.own')
      const { personId } = personOf(actor)
      await useNotices.add([personId], 'read', personId)
      return changed(undefined, {
        type: 'use-notice.read',
        subject: `person:${personId}`,
        detail: { version: noticeVersion },
      })
    }),
  /** A teacher says that they read it out to a class of theirs: it counts for those who are in the class now. @returns how many. */
  tell: (actor: Actor, classId: string): Promise<number> =>
    change(actor, async ({ useNotices, classes, people }) => {
      mustBeAllowed(actor, 'activity.class')
      const person = personOf(actor)
      if ((await seenClasses({ classes, people }, person)).every(({ id }) => id !== classId))
        throw new Refusal('not-found', 'There is no such class among yours.')
      const pupils = (await classes.pupilsOf(classId)).map(({ id }) => id)
      if (pupils.length === 0) throw new Refusal('invalid', 'There is nobody in this class to be told.')
      await useNotices.add(pupils, 'told', person.personId)
      return changed(pupils.length, {
        type: 'use-notice.told',
        subject: `class:${classId}`,
        detail: { version: noticeVersion, pupils: pupils.length },
      })
    }),
})
