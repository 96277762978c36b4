import type { Need, TodaySources } from '../assurance/today.ts'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import { hasRole, may } from '../platform/actor.ts'
import { ownState, readersOf } from './briefing-readers.ts'
import type { BriefingReads } from './briefing-store.ts'
import { briefings } from './briefing-texts.ts'

/** On the first page: briefings that this person has to answer, and for the headteacher those to give out and to chase. */
export const briefingSources: TodaySources<{
  readonly briefings: BriefingReads
  readonly people: PeopleReads
  readonly deadlines: DeadlineReads
}> = {
  needs: [
    async (reads, actor, now) => {
      const needs: Need[] = []
      for (const briefing of briefings()) {
        const href = `/briefings/${briefing.id}`
        if (may(actor, 'briefing.take') && hasRole(actor, ...briefing.roles)) {
          const state = await ownState(reads, briefing, actor.personId, now)
          if (state.state !== 'current' && (state.givenAt !== null || state.passedAt !== null))
            needs.push({
              text: `Read and answer: ${briefing.title}`,
              href,
              due: state.due,
              ...(state.givenAt ? { since: state.givenAt } : {}),
              note: state.passedAt
                ? 'Your answers hold for a year, and are due again.'
                : 'Five minutes, and three questions.',
            })
        }
        if (!may(actor, 'briefing.oversee') || !hasRole(actor, 'headteacher')) continue
        const { all, givenAt, changed } = await readersOf(reads, briefing, now)
        const late = all.filter(({ state }) => state === 'late').length
        if (!givenAt && all.length > 0)
          needs.push({
            text: `Give out a briefing: ${briefing.title}`,
            href: '/briefings',
            key: `give ${href}`,
            due: null,
            note: changed
              ? 'Its text changed, so what people answered before no longer holds.'
              : 'Nobody was given it yet.',
          })
        else if (late > 0)
          needs.push({
            text: `Remind ${late === 1 ? 'one person who is' : `${late} people who are`} late with a briefing`,
            href: '/briefings',
            key: `chase ${href}`,
            due: null,
            note: briefing.title,
          })
      }
      return needs
    },
  ],
}
