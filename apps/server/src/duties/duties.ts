import type { PeopleReads } from '../people/people-store.ts'
import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { CheckpointReads } from '../platform/checkpoints.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { MessageReads, MessageWrites } from '../platform/messages.ts'
import type { Page } from '../platform/page.ts'
import { calendarPages } from './calendar-pages.ts'
import { createCalendarService } from './calendar-service.ts'
import { calendarReads, calendarWrites } from './calendar-store.ts'
import { checkpointMailPages, createCheckpointMail, type SettingsWrites } from './checkpoint-mail-pages.ts'
import { deadlinePages } from './deadline-pages.ts'
import { createDeadlineService } from './deadline-service.ts'
import { deadlineReads, deadlineWrites } from './deadline-store.ts'
import { dutiesControls } from './duties-controls.ts'
import { dutyPages } from './duty-pages.ts'
import { createDutyService, type DutyChange } from './duty-service.ts'
import type { HandOver } from './hand-over.ts'
import { dutyReads, dutyWrites } from './duty-store.ts'
import { reviewControls } from './review-controls.ts'
import { reviewPages } from './review-pages.ts'
import type { FiguresOf } from './review-figures.ts'
import { createReviewService } from './review-service.ts'
import { reviewReads, reviewWrites } from './review-store.ts'
import { messagePages } from './message-pages.ts'
import { createMessageService } from './message-service.ts'

export const dutyControls = [...dutiesControls, ...reviewControls]

/*
 * The domain's own joining, so that compose needs a line for each kind of thing.
 */

export const dutiesReads = (context: ReadContext) => ({
  deadlines: deadlineReads(context),
  duties: dutyReads(context),
  calendar: calendarReads(context),
  reviews: reviewReads(context),
})
export const dutiesWrites = (context: WriteContext) => ({
  deadlines: deadlineWrites(context),
  duties: dutyWrites(context),
  calendar: calendarWrites(context),
  reviews: reviewWrites(context),
})
export type DutiesReads = ReturnType<typeof dutiesReads>
export type DutiesWrites = ReturnType<typeof dutiesWrites>

export function joinDuties<
  R extends DutiesReads & { people: PeopleReads; messages: MessageReads; checkpoints: CheckpointReads },
  W extends DutiesWrites & DutyChange & { messages: MessageWrites; school: SettingsWrites },
>(parts: {
  readonly change: Change<W>
  readonly read: Read<R>
  readonly clock: Clock
  readonly mailConfigured: boolean
  /** What else moves with a post: each domain that gives things to people by name brings one. */
  readonly handOvers: readonly HandOver<W>[]
  /** The term's figures, for records that are judged by them. */
  readonly figuresOf: FiguresOf
}) {
  const { change, read, clock } = parts
  const duties = createDutyService<W>(change, read, parts.handOvers)
  const deadlines = createDeadlineService(change, read, clock)
  const calendar = createCalendarService(change)
  const messages = createMessageService(change)
  const reviews = createReviewService(change, read, clock, parts.figuresOf)
  const pages: readonly Page<R>[] = [
    ...dutyPages(duties),
    ...deadlinePages(),
    ...messagePages(messages),
    ...calendarPages(calendar),
    ...reviewPages(reviews, parts.figuresOf),
    ...checkpointMailPages(createCheckpointMail(change), parts.mailConfigured),
  ]
  const jobs: readonly SchoolJob[] = [
    { name: 'duties.deadlines', everySeconds: 30, run: deadlines.notice },
    { name: 'duties.register', everySeconds: 60, run: duties.watch },
    { name: 'duties.plan', everySeconds: 300, run: reviews.plan },
  ]
  return { services: { duties, deadlines, calendar, messages, reviews }, pages, jobs }
}
