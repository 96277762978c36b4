import type { TodaySources } from '../assurance/today.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { hasRole } from '../platform/actor.ts'
import type { UseNoticeReads } from './use-notice-store.ts'

/** On the first page of whoever uses the school's internet, until they have been told that it is observed. */
export const useNoticeSources: TodaySources<{
  readonly useNotices: UseNoticeReads
  readonly people: PeopleReads
}> = {
  needs: [
    async ({ useNotices, people }, actor) => {
      if (hasRole(actor, 'parent') && actor.roles.length === 1) return []
      if ((await people.groupsOf(actor.personId)).every(({ kind }) => kind !== 'filter')) return []
      return (await useNotices.told(actor.personId))
        ? []
        : [{ text: 'Read what the school sees of your internet use', href: '/what-we-see', due: null }]
    },
  ],
}
