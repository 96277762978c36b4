import type { Need, NeedSource, TodaySources } from '../assurance/today.ts'
import type { ClassReads } from '../people/class-store.ts'
import { may } from '../platform/actor.ts'
import { answersAll, theirs } from './contest-service.ts'
import type { ContestReads } from './contest-store.ts'

export interface ContestTodayReads {
  readonly contests: ContestReads
  readonly classes: ClassReads
}

/** An answer that somebody has not read yet; and for those who answer, what waits. */
const needs: NeedSource<ContestTodayReads> = async ({ contests, classes }, actor) => {
  const found: Need[] = []
  const answered = (await contests.contestsOf(actor.personId)).filter(
    ({ answer, readAt }) => answer !== null && readAt === null,
  )
  if (answered.length > 0)
    found.push({
      text: answered.length === 1 ? 'Read the answer about a site' : `Read ${answered.length} answers about sites`,
      href: '/blocked/answers',
      due: null,
    })
  if (!may(actor, 'contest.answer')) return found
  const close = answersAll(actor) ? await contests.unanswered('close-it') : []
  const [first] = close
  if (first)
    found.push({
      text: 'Look at a site that is open and should not be',
      href: '/internet/contests',
      due: null,
      since: first.at,
      loud: true,
      key: 'contest.close',
    })
  // The network manager has the deadline itself; a teacher is shown what their own pupils ask.
  const [waiting] = answersAll(actor) ? [] : await theirs(actor, await contests.unanswered('open-it'), classes)
  if (waiting)
    found.push({
      text: 'Answer your pupils about a closed site',
      href: '/internet/contests',
      due: null,
      since: waiting.at,
    })
  return found
}

export const contestSources: TodaySources<ContestTodayReads> = { needs: [needs] }
