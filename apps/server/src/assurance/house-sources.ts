import type { Deadline } from '../duties/deadline.ts'
import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { LedgerReads } from '../platform/ledger-reads.ts'
import { timeAgo } from '../platform/format.ts'
import type { MessageReads } from '../platform/messages.ts'
import type { Need, NeedSource, TodaySources, WorkingSource } from './today.ts'

/*
 * What the house itself contributes to the first page: deadlines, messages, the ledger. What belongs to a domain (reports,
 * requests for a decision, vacancies, the gateway) that domain contributes.
 */

export interface HouseReads {
  readonly deadlines: Pick<DeadlineReads, 'openOf' | 'heldBy'>
  readonly messages: Pick<MessageReads, 'countUnread'>
  readonly ledger: Pick<LedgerReads, 'head' | 'latest'>
}

const deadlineNeeds: NeedSource<HouseReads> = async ({ deadlines }, actor) => {
  const mine: Deadline[] = [...(await deadlines.heldBy(actor.personId))]
  for (const role of actor.roles) mine.push(...(await deadlines.openOf(role)).filter(({ ownerId }) => ownerId === null))
  return mine
    .filter(({ keptFrom }) => !keptFrom.includes(actor.personId))
    .map(
      (deadline): Need => ({
        text: deadline.title,
        href: deadline.link,
        due: deadline.dueAt,
        since: deadline.startsAt,
        key: `${deadline.link} ${deadline.kind}`,
      }),
    )
}

const messageNeeds: NeedSource<HouseReads> = async ({ messages }, actor) => {
  const unread = await messages.countUnread(actor.personId)
  return unread === 0
    ? []
    : [{ text: unread === 1 ? 'Read a message' : `Read ${unread} messages`, href: '/messages', due: null }]
}

/** A checkpoint older than a day and an hour is late: one is made each day. */
const checkpointHours = 25

const ledgerWorking: WorkingSource<HouseReads> = async ({ ledger }, _, now) => {
  const last = await ledger.latest(['ledger.checkpointed'])
  const item = { id: 'ledger', name: 'Ledger checkpoint', href: '/ledger' }
  if (!last) return [{ ...item, state: 'unknown', says: 'none signed yet' }]
  const ageMs = now.getTime() - new Date(last.at).getTime()
  return [
    {
      ...item,
      state: ageMs <= checkpointHours * 3_600_000 ? 'working' : 'late',
      says: `last signed ${timeAgo(last.at, now)}`,
    },
  ]
}

export const houseSources: TodaySources<HouseReads> = {
  needs: [deadlineNeeds, messageNeeds],
  working: [ledgerWorking],
}
