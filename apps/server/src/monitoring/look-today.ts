import type { TodaySources } from '../assurance/today.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { may } from '../platform/actor.ts'
import { decideDays, whyNotDecideLook } from './look.ts'
import type { LookReads } from './look-store.ts'

/** On the first page of those who decide: somebody asks to look at a named person. */
export const lookSources: TodaySources<{ readonly looks: LookReads; readonly people: PeopleReads }> = {
  needs: [
    async ({ looks, people }, actor) => {
      if (!may(actor, 'look.authorise')) return []
      const needs = []
      for (const look of await looks.list({ waiting: true })) {
        const acting = (await people.whoActsAs(look.decider))?.personId ?? null
        if (whyNotDecideLook(look, actor, acting)) continue
        needs.push({
          text: look.urgent
            ? 'Decide: somebody looks at a child’s log at once'
            : 'Decide whether somebody may look at one person’s log',
          href: `/looks/${look.id}`,
          due: look.authorityDue ?? new Date(look.askedAt.getTime() + decideDays.ordinary * 86_400_000),
          since: look.askedAt,
        })
      }
      return needs
    },
  ],
}
