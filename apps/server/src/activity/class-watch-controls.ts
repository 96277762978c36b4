import {
  type Control,
  type ControlReads,
  dayMs,
  failing,
  met,
  notStarted,
  overdue,
  type Proof,
} from '../policies/control.ts'
import { watchDays } from './class-watch.ts'
import type { ClassWatch, ClassWatchReads } from './class-watch-store.ts'
import { fewestPupils } from './seen-classes.ts'

export type ClassWatchControlReads = ControlReads & { readonly classWatches: ClassWatchReads }

/** A class whose pupils asked for something within these days is online now. */
const onlineMs = 7 * dayMs
/** While nobody is online, as in the holidays, the last signature speaks for so long. */
const restMs = 42 * dayMs

const classes = (count: number): string => (count === 1 ? 'class' : `${count} classes`)
const endOf = ({ to }: ClassWatch, ms: number): Date => new Date(to.getTime() + ms)

/**
 * Only somebody in the room can be vigilant, so this is attested and runs out. What the server adds: which classes were
 * online, so that a class over which nobody watched is counted, and that what was signed was shown.
 */
const watched: Control<ClassWatchControlReads> = {
  id: 'activity.class-watched',
  title: 'Teachers watch over what their class reaches when it searches freely, and sign at the end of the lesson',
  kind: 'attest',
  clauses: ['A-4.1-11'],
  evaluate: async ({ classWatches, ledger }, { now }) => {
    const newest = await classWatches.newest()
    const [last] = newest.toSorted((one, other) => other.to.getTime() - one.to.getTime())
    if (!last)
      return notStarted('No teacher has signed yet that they watched over a lesson: open What my classes look at, Now.')
    const entry = await ledger.latest(['class.watched'], `class:${last.classId}`)
    const proofs: Proof[] = [
      {
        text: 'The last signature of a teacher',
        href: `/activity/classes/${encodeURIComponent(last.classId)}/now`,
        at: last.signedAt,
        ...(entry ? { seq: entry.seq } : {}),
      },
    ]
    const online = await classWatches.online(new Date(now.getTime() - onlineMs), fewestPupils)
    if (online.length === 0) {
      const due = endOf(last, restMs)
      const why = 'No class has been online this week. A teacher signed for the last lesson that was watched over.'
      return due <= now ? overdue(due, why, last.signedAt, proofs) : met('attested', last.signedAt, due, why, proofs)
    }
    const signed = online.flatMap(({ id }) => newest.find(each => each.classId === id) ?? [])
    const never = online.length - signed.length
    if (never > 0)
      return failing(
        'attested',
        last.signedAt,
        `For ${classes(never)} of the ${online.length} that were online this week no teacher has ever signed that they watched over a lesson.`,
        proofs,
      )
    const [oldest = last] = signed.toSorted((one, other) => one.to.getTime() - other.to.getTime())
    const due = endOf(oldest, watchDays * dayMs)
    const late = signed.filter(each => endOf(each, watchDays * dayMs) <= now).length
    if (late > 0)
      return overdue(
        due,
        `For ${classes(late)} of the ${online.length} that were online this week no teacher has signed for two weeks.`,
        last.signedAt,
        proofs,
      )
    return met(
      'attested',
      oldest.signedAt,
      due,
      `For each of the ${classes(online.length)} that were online this week a teacher signed within two weeks that they watched over a lesson.`,
      proofs,
    )
  },
}

export const classWatchControls: readonly Control<ClassWatchControlReads>[] = [watched]
