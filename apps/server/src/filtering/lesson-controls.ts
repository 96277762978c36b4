import {
  type Control,
  type ControlReads,
  dayMs,
  dueSoon,
  met,
  notStarted,
  overdue,
  type Proof,
} from '../policies/control.ts'
import { isReady, readinessOf } from './lesson.ts'
import { lessonAddress } from './lesson-service.ts'
import type { Lesson, LessonReads } from './lesson-store.ts'

export type LessonControlReads = ControlReads & { readonly lessons: LessonReads }

/** Lessons this long ago still speak; after that the last signature has run out. Half a term. */
const countsMs = 42 * dayMs
const aheadMs = 7 * dayMs

/** When a teacher last signed for a site of it. */
const signedAt = ({ sites }: Lesson): Date | null =>
  sites.reduce<Date | null>((last, { lookedAt }) => (lookedAt && (!last || lookedAt > last) ? lookedAt : last), null)
/** Whether every site had been looked at within the week before it, and before it began. */
const wasReady = (lesson: Lesson): boolean =>
  isReady(lesson.sites, lesson.fromAt) &&
  lesson.sites.every(({ lookedAt }) => lookedAt !== null && lookedAt <= lesson.fromAt)
const proofOf = (lesson: Lesson, text: string, at: Date): Proof => ({ text, href: lessonAddress(lesson.id), at })

/**
 * Only a teacher can say that a site is right for a class, so this is attested, and runs out. What the server adds is that a
 * site which may have changed since does not count until somebody has looked again. The route for what should not be there
 * stands on every lesson's page.
 */
const lessonSites: Control<LessonControlReads> = {
  id: 'filtering.lesson-sites',
  title: 'Pupils are led to sites that their teacher looked at within a week of the lesson',
  kind: 'attest',
  clauses: ['A-3.5-12', 'A-4.1-10'],
  evaluate: async ({ lessons, ledger }, { now }) => {
    const all = await lessons.lessonsBetween(
      new Date(now.getTime() - 4 * countsMs),
      new Date(now.getTime() + 3 * countsMs),
    )
    const begun = all.filter(({ fromAt }) => fromAt <= now && now.getTime() - fromAt.getTime() < countsMs)
    const coming = all.filter(({ fromAt }) => fromAt > now && fromAt.getTime() - now.getTime() <= aheadMs)
    const unready = begun.filter(lesson => !wasReady(lesson)).at(-1)
    if (unready)
      return overdue(
        unready.fromAt,
        'A lesson was held with sites that nobody had looked at in the week before it.',
        signedAt(unready),
        [proofOf(unready, 'The lesson', unready.fromAt)],
      )
    const signed = all.flatMap(lesson => {
      const at = signedAt(lesson)
      return at && (lesson.fromAt > now || wasReady(lesson)) ? [{ lesson, at }] : []
    })
    const last = signed.sort((one, other) => one.at.getTime() - other.at.getTime()).at(-1)
    if (!last)
      return notStarted('No teacher has looked at the sites of a lesson yet: open Internet, Passes, My lessons.')
    const due = new Date(last.at.getTime() + countsMs)
    const entry = await ledger.latest(['lesson-sites.looked-at'], `lesson-sites:${last.lesson.id}`)
    const proofs = [
      { ...proofOf(last.lesson, 'The last signature of a teacher', last.at), ...(entry ? { seq: entry.seq } : {}) },
    ]
    const changed = coming.find(({ sites, fromAt }) => sites.some(site => readinessOf(site, fromAt) === 'changed'))
    if (changed)
      return dueSoon(
        'attested',
        last.at,
        changed.fromAt,
        'A site changed since a teacher looked at it for a lesson; it must be looked at again before that.',
        [proofOf(changed, 'The lesson', now), ...proofs],
      )
    if (due <= now)
      return overdue(due, 'No teacher has signed for the sites of a lesson for half a term.', last.at, proofs)
    return met(
      'attested',
      last.at,
      due,
      `${signed.length} ${signed.length === 1 ? 'lesson has' : 'lessons have'} sites that the teacher looked at, compared since with the lists, and with DNS where a resolver is set.`,
      proofs,
    )
  },
}

export const lessonControls: readonly Control<LessonControlReads>[] = [lessonSites]
