import { londonDate } from '@gatehouse/engine/calendar'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import { noticeSentences, whyNotPublish } from './closure-notice.ts'
import type { ClosureNoticeWrites } from './closure-notice-store.ts'

export type ClosureNoticeService = ReturnType<typeof createClosureNoticeService>
export const createClosureNoticeService = (change: Change<{ closureNotices: ClosureNoticeWrites }>) => ({
  /** Publishes what may be said about a period (`to` is the first day after it). Nobody writes the words: they follow from the log. */
  publish: (actor: Actor, period: { from: string; to: string }) =>
    change(actor, async ({ closureNotices }) => {
      mustBeAllowed(actor, 'notice.publish')
      const [last] = await closureNotices.published(1)
      const why = whyNotPublish(period, londonDate(closureNotices.now), last?.to ?? null)
      if (why) throw new Refusal('invalid', why)
      const counts = await closureNotices.closedBetween(period.from, period.to)
      const sentences = noticeSentences(period, counts, closureNotices.now)
      const id = await closureNotices.publish(personOf(actor).personId, { ...period, sentences })
      return changed(id, {
        type: 'closure-notice.published',
        subject: `closure-notice:${id}`,
        detail: { from: period.from, to: period.to, sentences: sentences.length },
      })
    }),
})
