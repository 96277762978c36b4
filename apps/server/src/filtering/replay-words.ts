import { formatDate, formatNumber, plural } from '../platform/format.ts'
import type { ReplaySide } from './replay.ts'
import { replayedDays, type ReplayState } from './replay-service.ts'

/** What stands on a page about a replay; null where there is none to show. */
export function replayModel(
  state: ReplayState | null,
  words: { readonly now: Date; readonly className: (id: string) => string },
) {
  if (state === null) return null
  if (state.kind === 'failed') return { state: 'failed' as const }
  if (state.kind === 'running') return { state: 'running' as const, requests: state.requests }
  const { result, madeAt } = state.replay
  return {
    state: 'done' as const,
    at: madeAt,
    says: replaySentence(result),
    asked: `${plural(result.requests, 'request')} of the last ${replayedDays} days, decided once by the rules as they were and once with this change.`,
    nothing: result.requests === 0,
    sides: [
      { title: 'Would newly be blocked', ...sideModel(result.newlyBlocked, words.className) },
      { title: 'Would newly be open', ...sideModel(result.newlyOpen, words.className) },
    ].filter(side => side.requests > 0),
    warned: result.newlyWarned,
  }
}

/** “Would newly block 412 requests by 61 people in 3 lessons; would newly open 9.” */
export function replaySentence(result: {
  readonly requests: number
  readonly newlyBlocked: ReplaySide
  readonly newlyOpen: ReplaySide
  readonly newlyWarned: number
}): string {
  const { newlyBlocked, newlyOpen, newlyWarned } = result
  if (result.requests === 0) return 'There are no requests of these days to try it on.'
  if (newlyBlocked.requests === 0 && newlyOpen.requests === 0 && newlyWarned === 0)
    return 'Not one request of these days would have come out otherwise.'
  const side = ({ requests, people, lessonCount }: ReplaySide): string =>
    requests === 0
      ? 'nothing'
      : `${plural(requests, 'request')}${people > 0 ? ` by ${plural(people, 'person', 'people')}` : ''}${lessonCount > 0 ? `, in ${plural(lessonCount, 'lesson')}` : ''}`
  return `It would have newly blocked ${side(newlyBlocked)}; newly opened ${side(newlyOpen)}${newlyWarned > 0 ? `; newly warned about ${plural(newlyWarned, 'request')}` : ''}.`
}

const sideModel = (side: ReplaySide, className: (id: string) => string) => ({
  requests: side.requests,
  hosts: side.hosts.map(({ host, requests }) => ({ host, text: formatNumber(requests) })),
  lessons: side.lessons.map(lesson => ({
    text: `${className(lesson.classId)}, ${lesson.period}, ${formatDate(lesson.on)}`,
    requests: formatNumber(lesson.requests),
    people: formatNumber(lesson.people),
  })),
  otherLessons: side.lessonCount - side.lessons.length,
})
