import type { TodaySources } from '../assurance/today.ts'
import { may } from '../platform/actor.ts'
import { audiencesOf, lookingTime, lookingWords } from './flag.ts'
import type { FlagReads } from './flag-store.ts'

/** On the first page of those who look at flags: how many wait, and about how long they take. */
export const flagSources: TodaySources<{ readonly flags: FlagReads }> = {
  needs: [
    async ({ flags }, actor) => {
      if (!may(actor, 'flag.decide')) return []
      const audiences = audiencesOf(actor)
      const counts = await flags.countWaiting(audiences)
      const waiting = lookingTime(counts)
      if (waiting.flags === 0) return []
      const words = lookingWords(counts)
      const [first] = await flags.waiting(audiences, 1, actor.personId)
      return [
        {
          text: waiting.flags === 1 ? 'Look at a flag' : `Look at ${words.charAt(0).toLowerCase()}${words.slice(1)}`,
          href: '/flags',
          due: null,
          ...(first ? { since: first.openedAt } : {}),
          loud: (counts.get(5) ?? 0) > 0,
        },
      ]
    },
  ],
}
