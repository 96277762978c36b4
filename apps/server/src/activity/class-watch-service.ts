import { createHash } from 'node:crypto'
import { canonicalJson } from '@gatehouse/ledger/canonical'
import type { ClassReads } from '../people/class-store.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ActivityReads, SiteCount } from './activity-store.ts'
import { type WatchOutcome, type WatchRange, whyNotWatched } from './class-watch.ts'
import type { ClassWatchWrites } from './class-watch-store.ts'
import { fewestPupils } from './seen-classes.ts'

/** What a class reached in a stretch of time: sites and figures, and no pupil. */
export interface ClassSight {
  readonly pupils: number
  /** Its sites would say whose they are. */
  readonly isTooFew: boolean
  readonly counts: { readonly allow: number; readonly warn: number; readonly block: number }
  readonly stopped: readonly SiteCount[]
  readonly sites: readonly SiteCount[]
  readonly digest: string
}

export async function classSight(
  { activity, classes }: { readonly activity: ActivityReads; readonly classes: ClassReads },
  classId: string,
  range: WatchRange,
): Promise<ClassSight> {
  const personIds = (await classes.pupilsOf(classId)).map(({ id }) => id)
  const isTooFew = personIds.length < fewestPupils
  const filter = { ...range, personIds }
  const seen = {
    counts: isTooFew ? { allow: 0, warn: 0, block: 0 } : await activity.counts(filter),
    stopped: isTooFew ? [] : await activity.sites({ ...filter, isNotAllowed: true }, 30),
    sites: isTooFew ? [] : await activity.sites({ ...filter, verdict: 'allow' }, 50),
  }
  const shown = JSON.parse(JSON.stringify({ classId, ...range, ...seen }))
  const digest = createHash('sha256').update(canonicalJson(shown)).digest('hex')
  return { pupils: personIds.length, isTooFew, ...seen, digest }
}

export type ClassWatchService = ReturnType<typeof createClassWatchService>
export const createClassWatchService = (
  change: Change<{
    readonly classWatches: ClassWatchWrites
    readonly classes: ClassReads
    readonly activity: ActivityReads
  }>,
) => ({
  /**
   * A teacher of the class signs that they watched over it.
   * @param digest of what they were shown. @throws {Refusal} `conflict` when more has come into the log since.
   */
  sign: (
    actor: Actor,
    classId: string,
    signed: WatchRange & { readonly digest: string; readonly outcome: WatchOutcome },
  ): Promise<string> =>
    change(actor, async ({ classWatches, classes, activity }) => {
      mustBeAllowed(actor, 'activity.class')
      const { personId } = personOf(actor)
      if ((await classes.taughtBy(personId)).every(({ id }) => id !== classId))
        throw new Refusal('not-found', 'There is no such class among those that you teach.')
      const range = { from: signed.from, to: signed.to }
      const why = whyNotWatched(range, classWatches.now)
      if (why) throw new Refusal('invalid', why)
      const sight = await classSight({ activity, classes }, classId, range)
      if (sight.isTooFew)
        throw new Refusal('invalid', 'There are so few pupils in this class that its sites are not shown.')
      if (sight.digest !== signed.digest)
        throw new Refusal('conflict', 'More has come into the log since you looked. Look at it again, and sign then.')
      const { allow, warn, block } = sight.counts
      const figures = { requests: allow + warn + block, stopped: warn + block, sites: sight.sites.length }
      const { digest, outcome } = signed
      const id = await classWatches.add({ classId, teacherId: personId, ...range, ...figures, digest, outcome })
      return changed(id, {
        type: 'class.watched',
        subject: `class:${classId}`,
        detail: { ...figures, digest, outcome, from: range.from.toISOString(), to: range.to.toISOString() },
      })
    }),
})
