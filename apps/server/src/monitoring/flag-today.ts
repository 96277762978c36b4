import type { TodaySources } from '../assurance/today.ts'
import { may } from '../platform/actor.ts'
import { audiencesOf, lookingTime, lookingWords } from './flag.ts'
import type { FlagReads } from './flag-store.ts'

/** “2 of them at once.” The line that sums up 14 flags must not hide the one that cannot wait. */
const graveWords = (grave: number, all: number): string =>
  grave < all ? `${grave} of them at once.` : grave === 1 ? 'At once.' : 'All of them at once.'

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
      const grave = counts.get(5) ?? 0
      const [first] = await flags.waiting(audiences, 1, actor.personId)
      return [
        {
          text: waiting.flags === 1 ? 'Look at a flag' : `Look at ${words.charAt(0).toLowerCase()}${words.slice(1)}`,
          href: '/flags',
          due: null,
          ...(first ? { since: first.openedAt } : {}),
          ...(grave > 0 ? { note: graveWords(grave, waiting.flags), loud: true } : {}),
        },
      ]
    },
  ],
}
