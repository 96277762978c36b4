import type { TodaySources } from '../assurance/today.ts'
import { may } from '../platform/actor.ts'
import { minutesFor, type Severity } from './flag.ts'
import { audiencesOf } from './flag-pages.ts'
import type { FlagReads } from './flag-store.ts'

/** On the first page of those who look at flags: how many wait, and about how long they take. */
export const flagSources: TodaySources<{ readonly flags: FlagReads }> = {
  needs: [
    async ({ flags }, actor) => {
      if (!may(actor, 'flag.decide')) return []
      const audiences = audiencesOf(actor)
      const counts = await flags.countWaiting(audiences)
      const all = [...counts].flatMap(([severity, count]) =>
        Array.from({ length: count }, (): { severity: Severity } => ({ severity })),
      )
      if (all.length === 0) return []
      const [first] = await flags.waiting(audiences, 1, actor.personId)
      return [
        {
          text: all.length === 1 ? 'Look at a flag' : `Look at ${all.length} flags, about ${minutesFor(all)} minutes`,
          href: '/flags',
          due: null,
          ...(first ? { since: first.openedAt } : {}),
          loud: (counts.get(5) ?? 0) > 0,
        },
      ]
    },
  ],
}
