import type { DeadlineReads } from '../duties/deadline-store.ts'
import type { PeopleReads } from '../people/people-store.ts'
import type { LedgerEvent } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { type FlagAudience, ladderFor, type Rung, type Severity } from './flag.ts'
import { isInHours, monitoringSettings, type OwnSettings } from './monitoring-settings.ts'
import type { PagedThing } from './paging-channel.ts'
import type { PagingWrites } from './paging-store.ts'

/* One ladder for whatever cannot wait: a grave flag, or a report whose words are grave. Who is paged, and after whom. */

/** What decides who is paged next, and whether somebody answers for that step. */
export interface LadderReads {
  readonly people: Pick<PeopleReads, 'whoActsAs'>
  readonly deadlines: Pick<DeadlineReads, 'calendar'>
  readonly school: OwnSettings
}
export interface LadderWrites {
  readonly messages: Pick<MessageWrites, 'tell'>
  readonly paging: Pick<PagingWrites, 'page'>
}

/** What somebody is paged about, in one of its rounds. */
export interface Ladder {
  readonly about: PagedThing
  readonly severity: Severity
  readonly round: number
  readonly steps: readonly Rung[]
  /** Who is paged at this step, or null: whom it is about never is, whatever post they hold. */
  who(step: Rung): Promise<string | null>
}

/** The steps of each audience's ladder, as they hold at this hour. */
export async function laddersAt(
  { school, deadlines }: LadderReads,
  now: Date,
): Promise<(audience: FlagAudience) => readonly Rung[]> {
  const settings = monitoringSettings((await school.own()).settings)
  const inHours = isInHours(now, settings, await deadlines.calendar())
  return audience => ladderFor(audience, settings, inHours)
}

/** Whether anybody answers for this step or a later one. */
export async function isAnybodyLeft({ steps, who }: Pick<Ladder, 'steps' | 'who'>, rung: number): Promise<boolean> {
  const left = await Promise.all(steps.slice(rung).map(who))
  return left.some(personId => personId !== null)
}

/** Which step comes next, once the last has gone unanswered for long enough; null while there is nothing to do. */
export async function nextStep(
  ladder: Pick<Ladder, 'steps' | 'who'>,
  last: { readonly rung: number; readonly at: Date } | undefined,
  begun: Date,
  now: Date,
): Promise<number | null> {
  const rung = (last?.rung ?? -1) + 1
  const step = ladder.steps[rung]
  if (!step || now.getTime() - (last?.at ?? begun).getTime() < step.afterMinutes * 60_000) return null
  // Where nobody answers for what is left of the ladder, there is nothing to write down every few seconds.
  return (await isAnybodyLeft(ladder, rung)) ? rung : null
}

/** Pages the first, from this step on, that somebody answers for: in the product, by mail, and by every proven channel. */
export async function pageFrom(
  { messages, paging }: LadderWrites,
  { about, severity, round, steps, who }: Ladder,
  from: number,
): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = []
  const subject = `${about.kind}:${about.id}`
  for (const [rung, step] of steps.entries()) {
    if (rung < from) continue
    const detail = { severity, round, rung, role: step.role }
    const personId = await who(step)
    if (personId === null) {
      events.push({ type: `${about.kind}.page-failed`, subject, detail })
      continue
    }
    const channels = await paging.page(about, round, rung, personId)
    await messages.tell([personId], `${about.kind}.page`, `/${about.kind}s/${about.id}`)
    return [...events, { type: `${about.kind}.paged`, subject, detail: { ...detail, channels } }]
  }
  // Nobody answers for any step: what stands by itself is told all the same.
  if (from === 0) await paging.page(about, round, 0, null)
  return events
}
