import { addCalendarDays, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import type { DeadlineReads, DeadlineWrites } from '../duties/deadline-store.ts'
import { schoolDaysAfter } from '../duties/school-days.ts'
import { startSchoolDays } from '../duties/start-school-days.ts'
import type { PeopleReads, PeopleWrites } from '../people/people-store.ts'
import { type Actor, hasRole, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import type { LookAccess, LookReads, LookWrites } from './look-store.ts'
import { accessesDigest, type HalfTermOf, type Heads, readDays, readerOf } from './watcher-report.ts'
import type { WatcherReads, WatcherReport, WatcherWrites } from './watcher-store.ts'

const watcherDeadline = 'watchers.report'
const readers = ['headteacher', 'chair'] as const

export interface WatcherServiceReads {
  readonly looks: LookReads
  readonly people: PeopleReads
  readonly deadlines: DeadlineReads
  readonly watchers: WatcherReads
}

/** Whoever was headteacher at any time of a half-open range. */
export async function headsBetween(people: PeopleReads, from: Date, to: Date): Promise<Heads> {
  const held = await people.appointmentsOf({ role: 'headteacher' })
  return new Set(
    held.filter(each => each.from < to && (each.to === null || each.to > from)).map(({ personId }) => personId),
  )
}

/** What a reader is shown of a period, both days inclusive. */
export async function accessesFor(
  { looks, people }: Pick<WatcherServiceReads, 'looks' | 'people'>,
  reader: 'headteacher' | 'chair',
  fromDay: string,
  toDay: string,
): Promise<LookAccess[]> {
  const from = startOfLondonDay(fromDay)
  const to = startOfLondonDay(addCalendarDays(toDay, 1))
  const heads = await headsBetween(people, from, to)
  return (await looks.accesses(from, to)).filter(access => readerOf(access, heads) === reader)
}

/** Why this person may not read and sign it, or null. */
export function whyNotReadReport(actor: Actor, report: Pick<WatcherReport, 'reader' | 'readBy'>): string | null {
  if (report.readBy !== null) return 'Somebody has read and signed this.'
  if (!hasRole(actor, report.reader))
    return report.reader === 'chair'
      ? 'Only the chair of governors reads and signs this: it is about the headteacher.'
      : 'Only the headteacher reads and signs this.'
  return null
}

export type WatcherService = ReturnType<typeof createWatcherService>

/** Makes the half-termly reports on those who look, and takes the signatures of those who read them. */
export function createWatcherService(
  change: Change<{
    readonly looks: LookWrites
    readonly watchers: WatcherWrites
    readonly people: PeopleWrites
    readonly deadlines: DeadlineWrites
    readonly messages: MessageWrites
  }>,
  read: Read<WatcherServiceReads>,
  clock: Clock,
) {
  const make = (schoolId: string, half: HalfTermOf, reader: 'headteacher' | 'chair'): Promise<void> =>
    change(systemActor(schoolId, 'worker'), async ({ looks, watchers, people, deadlines, messages }) => {
      const toDay = addCalendarDays(half.to, -1)
      const accesses = await accessesFor({ looks, people }, reader, half.from, toDay)
      const calendar = await deadlines.calendar()
      const dueAt = schoolDaysAfter(watchers.now, readDays, calendar)
      const report = {
        reader,
        fromDay: half.from,
        toDay,
        looks: accesses.filter(({ outcome }) => outcome === 'opened').length,
        refused: accesses.filter(({ outcome }) => outcome === 'refused').length,
        beforeAuthority: accesses.filter(({ beforeAuthority }) => beforeAuthority).length,
        digest: accessesDigest(accesses),
        dueAt,
      }
      const id = await watchers.add(report)
      if (id === null) throw new Refusal('already-done', 'Made before.')
      await startSchoolDays(deadlines, readDays, {
        kind: watcherDeadline,
        subject: `watchers:${id}`,
        title: reader === 'chair' ? 'Read who looked for or at the headteacher' : 'Read who looked at whose log',
        link: `/watchers/${id}`,
        ownerRole: reader,
      })
      const acting = await people.whoActsAs(reader)
      await messages.tell(acting ? [acting.personId] : [], 'watchers.report', `/watchers/${id}`)
      return changed(undefined, {
        type: 'watchers.reported',
        subject: `watchers:${id}`,
        detail: {
          reader,
          from: half.from,
          to: toDay,
          looks: report.looks,
          refused: report.refused,
          beforeAuthority: report.beforeAuthority,
          digest: report.digest,
          told: acting !== null,
        },
      })
    }).catch(error => (error instanceof Refusal && error.code === 'already-done' ? undefined : Promise.reject(error)))

  return {
    /** Makes what is due: for each half term that ended in the last year, a report for each of the two readers. */
    plan: async (schoolId: string): Promise<void> => {
      const today = londonDate(clock())
      const { halves, made } = await read(schoolId, async ({ deadlines, watchers }) => ({
        halves: await deadlines.terms(),
        made: await watchers.list(undefined, 100),
      }))
      for (const half of halves.filter(each => each.to <= today && each.to > addCalendarDays(today, -120)))
        for (const reader of readers)
          if (!made.some(report => report.reader === reader && report.fromDay === half.from))
            await make(schoolId, half, reader)
    },
    /** @param digest of what was on the page. @param note what the reader does to support those who look. */
    sign: (actor: Actor, id: string, digest: string, note: string): Promise<void> =>
      change(actor, async ({ watchers, deadlines }) => {
        mustBeAllowed(actor, 'look.review')
        const { personId } = personOf(actor)
        const report = await watchers.lock(id)
        const why = whyNotReadReport(actor, report)
        if (why) throw new Refusal(report.readBy === null ? 'forbidden' : 'conflict', why)
        if (digest !== report.digest) throw new Refusal('conflict', 'Open the report again, read it, and sign then.')
        await watchers.read(id, personId, note)
        await deadlines.meet(watcherDeadline, `watchers:${id}`)
        return changed(undefined, {
          type: 'watchers.read',
          subject: `watchers:${id}`,
          detail: { reader: report.reader, digest, looks: report.looks, refused: report.refused },
        })
      }),
  }
}
