import type { Need, NeedSource, TodaySources } from '../assurance/today.ts'
import type { ClassReads } from '../people/class-store.ts'
import { may } from '../platform/actor.ts'
import { isReady, lookDays, readinessOf } from './lesson.ts'
import { lessonAddress } from './lesson-service.ts'
import type { LessonReads } from './lesson-store.ts'

export interface LessonTodayReads {
  readonly lessons: LessonReads
  readonly classes: ClassReads
}

const dayMs = 86_400_000

/** For the teacher: lessons of the next week whose sites are to be looked at. For a pupil: where to go in today's lessons. */
const needs: NeedSource<LessonTodayReads> = async ({ lessons, classes }, actor, now) => {
  const found: Need[] = []
  if (may(actor, 'lesson-sites.keep')) {
    const mine = await lessons.lessonsBetween(now, new Date(now.getTime() + lookDays * dayMs), {
      teacherId: actor.personId,
    })
    for (const lesson of mine.filter(each => !isReady(each.sites, each.fromAt))) {
      const hasChanged = lesson.sites.some(site => readinessOf(site, lesson.fromAt) === 'changed')
      found.push({
        text: hasChanged ? 'Look again at a site of your lesson: it has changed' : 'Look at the sites of your lesson',
        href: lessonAddress(lesson.id),
        due: lesson.fromAt,
        ...(hasChanged ? { loud: true } : {}),
      })
    }
    return found
  }
  const attended = await classes.attendedBy(actor.personId)
  if (attended.length === 0) return []
  const today = await lessons.lessonsBetween(now, new Date(now.getTime() + dayMs), {
    classIds: attended.map(({ id }) => id),
  })
  return today.map(lesson => ({
    text: 'See the sites for your lesson',
    href: lessonAddress(lesson.id),
    due: null,
    note: lesson.topic,
  }))
}

export const lessonSources: TodaySources<LessonTodayReads> = { needs: [needs] }
