import { type NeedSource, sayings, type TodaySources } from '../assurance/today.ts'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import { may } from '../platform/actor.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { whyNotDecide } from '../platform/requests.ts'
import { addressOf, passDeadline } from './pass-service.ts'
import type { PassReads } from './pass-store.ts'

export interface PassTodayReads {
  readonly passes: PassReads
  readonly deadlines: DeadlineReads
  readonly ledger: LedgerReads
}

/** Passes that wait for this person: by the time of the decision, or of the lesson where that is sooner. */
const needs: NeedSource<PassTodayReads> = async ({ passes, deadlines }, actor) => {
  if (!may(actor, 'pass.decide')) return []
  const found = []
  for (const pass of await passes.waiting()) {
    if (whyNotDecide(actor, { state: 'waiting', proposedBy: pass.askedBy })) continue
    const due =
      (await deadlines.about(`pass:${pass.id}`)).find(({ kind }) => kind === passDeadline)?.dueAt ?? pass.fromAt
    found.push({
      text: 'Decide about a pass for a lesson',
      href: addressOf(pass.id),
      due: due < pass.fromAt ? due : pass.fromAt,
      since: pass.askedAt,
      ...(pass.fromAt < due ? { note: 'The lesson begins before the two school days are over.' } : {}),
    })
  }
  const alone = (await passes.passes({ states: ['granted', 'ended'], limit: 200 })).filter(
    pass => pass.alone && pass.kind === 'sites' && pass.decidedBy === null && pass.askedBy !== actor.personId,
  )
  for (const pass of alone)
    found.push({
      text: 'Look at a pass that a teacher opened alone',
      href: addressOf(pass.id),
      due: null,
      since: pass.askedAt,
    })
  return found
}

export const passSources: TodaySources<PassTodayReads> = {
  needs: [needs],
  happened: [
    sayings<PassTodayReads>([
      {
        type: 'pass.illegal-asked',
        mayKnow: actor => may(actor, 'pass.decide'),
        one: () => 'Somebody asked for a pass for what is listed as illegal content',
        many: count => `${count} times somebody asked for a pass for what is listed as illegal content`,
      },
      {
        type: 'pass.granted',
        mayKnow: actor => may(actor, 'pass.oversee'),
        one: () => 'A pass was granted',
        many: count => `${count} passes were granted`,
        listHref: '/internet/passes',
        href: entry => `/internet/passes/${entry.subject?.slice(5) ?? ''}`,
      },
    ]),
  ],
}
