import { addCalendarDays, addCalendarMonths, type CalendarDate, londonDate } from '@gatehouse/engine/calendar'
import type { PeopleWrites } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf, systemActor } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import { Refusal } from '../platform/refusal.ts'
import type { RequestWrites } from '../platform/requests.ts'
import type { ActivityArchive, ArchiveReads, ArchiveWrites } from './activity-archive.ts'
import { rangeOfDay } from './activity-day.ts'
import type { SealedFile } from './activity-day-store.ts'
import type { HoldReads, HoldWrites } from './activity-hold-store.ts'

/*
 * How long the web log is kept, what is held longer, and what is erased before. What is deleted leaves a proof in the ledger:
 * how many rows of which days, and the keys of the sealed files that were destroyed.
 */

export const leastMonths = 1
export const mostMonths = 84
export const retentionKind = 'activity.retention'
export const retentionSubject = 'activity:retention'
/** A hold ends by itself after this long at most, in days: whoever still needs it says so again. */
export const longestHoldDays = 366

export interface RetentionWrites extends ArchiveWrites {
  readonly activityHolds: HoldWrites
  readonly requests: RequestWrites
  readonly people: PeopleWrites
}
export interface RetentionReads extends ArchiveReads {
  readonly activityHolds: HoldReads
}

export interface NewHold {
  /** null for everybody’s. */
  readonly personId: string | null
  readonly fromDay: CalendarDate
  readonly toDay: CalendarDate
  /** The last day on which it holds. */
  readonly untilDay: CalendarDate
  readonly reason: string
}

export type ActivityRetention = ReturnType<typeof createActivityRetention>

export function createActivityRetention(parts: {
  readonly change: Change<RetentionWrites>
  readonly read: Read<RetentionReads>
  readonly clock: Clock
  readonly archive: ActivityArchive
}) {
  const { change, read, clock, archive } = parts

  /** Deletes one day as far as nothing holds it. @returns the rows that went. */
  const forgetDay = (schoolId: string, day: CalendarDate): Promise<number> =>
    change(systemActor(schoolId, 'worker'), async writes => {
      const { activity, activityDays, activityHolds } = writes
      const known = await activityDays.lock(day)
      const holds = (await activityHolds.active(londonDate(clock()))).filter(
        ({ fromDay, toDay }) => fromDay <= day && day <= toDay,
      )
      if (holds.some(({ personId }) => personId === null)) throw new Refusal('already-done', 'The whole day is held.')
      const people = holds.flatMap(({ personId }) => (personId === null ? [] : [personId]))
      const range = rangeOfDay(day)
      let gone = 0
      let destroyed: SealedFile | null = null
      if (known?.file) {
        const others =
          people.length === 0 ? known.file.rows : await archive.countOthers(activityDays, schoolId, known, people)
        if (people.length === 0) await activityDays.eraseFile(known.file.keyId)
        else if (others > 0)
          await archive.unseal(writes, schoolId, known, row => row.personId !== null && people.includes(row.personId))
        if (others > 0 || people.length === 0) destroyed = known.file
        gone += others
      }
      gone += await activity.remove(range, people.length > 0 ? { keep: people } : {})
      if (gone === 0 && people.length > 0) throw new Refusal('already-done', 'Only what is held is left.')
      const held = people.length > 0 ? await activityDays.count(day) : 0
      if (held === 0) await activityDays.forget(day, true)
      const days = await activity.dropEmptyDays(range.to)
      return changed(gone, {
        type: 'activity.deleted',
        subject: `activity:${day}`,
        detail: {
          rows: gone,
          held,
          from: range.from.toISOString(),
          to: range.to.toISOString(),
          days,
          months: await activityHolds.months(),
          ...(destroyed ? { key: destroyed.keyId, sha256: destroyed.sha256 } : {}),
        },
      })
    }).catch(error => {
      if (error instanceof Refusal && error.code === 'already-done') return 0
      throw error
    })

  return {
    /** Deletes each day that is older than is kept, as far as nothing holds it. @returns the rows deleted; 0 writes nothing. */
    forget: async (schoolId: string): Promise<number> => {
      const today = londonDate(clock())
      const days = await read(schoolId, async ({ activity, activityDays, activityHolds }) => {
        const before = addCalendarMonths(today, -(await activityHolds.months()))
        const known = (await activityDays.between('2015-01-01', addCalendarDays(before, -1))).map(({ day }) => day)
        // Rows of before days were noted by day.
        const oldest = await activity.oldest()
        return oldest && londonDate(oldest) < before && !known.includes(londonDate(oldest))
          ? [londonDate(oldest), ...known]
          : known
      })
      let rows = 0
      for (const day of days) rows += await forgetDay(schoolId, day)
      if (days.length > 0)
        await change(systemActor(schoolId, 'worker'), async ({ activityDays, activityHolds }) => {
          const before = addCalendarMonths(today, -(await activityHolds.months()))
          if ((await activityDays.forgetSites(before)) === 0) throw new Refusal('already-done', 'None.')
          return changed(undefined, { type: 'activity.sites-forgotten', subject: retentionSubject, detail: { before } })
        }).catch(error =>
          error instanceof Refusal && error.code === 'already-done' ? undefined : Promise.reject(error),
        )
      return rows
    },

    /** @returns the request’s id; somebody else decides it. */
    proposeMonths: (actor: Actor, months: number, reason: string): Promise<string> =>
      change(actor, async ({ requests }) => {
        mustBeAllowed(actor, 'activity.keep')
        mustBeMonths(months)
        const request = await requests.propose({
          kind: retentionKind,
          subject: retentionSubject,
          payload: { months },
          reason,
        })
        return changed(request.id, {
          type: 'activity.retention-proposed',
          subject: retentionSubject,
          detail: { months, digest: request.digest },
        })
      }),
    decideMonths: (
      actor: Actor,
      requestId: string,
      verdict: 'approved' | 'refused',
      reason: string,
      digest: string,
    ): Promise<void> =>
      change(actor, async ({ requests, activityHolds }) => {
        mustBeAllowed(actor, 'activity.keep')
        const request = await requests.lock(requestId)
        if (request.kind !== retentionKind) throw new Refusal('not-found', 'There is no such request.')
        await requests.decide(request, verdict, reason, digest)
        const months = monthsOf(request.payload)
        if (verdict === 'approved') await activityHolds.setMonths(requestId, months)
        return changed(undefined, {
          type: verdict === 'approved' ? 'activity.retention-set' : 'activity.retention-refused',
          subject: retentionSubject,
          detail: { months, digest },
        })
      }),

    hold: (actor: Actor, hold: NewHold): Promise<string> =>
      change(actor, async ({ activityHolds, people }) => {
        mustBeAllowed(actor, 'activity.hold')
        const { personId: byId } = personOf(actor)
        const today = londonDate(clock())
        if (hold.toDay < hold.fromDay) throw new Refusal('invalid', 'The last day must not be before the first.')
        if (hold.untilDay < today) throw new Refusal('invalid', 'The day until which it is held must not have passed.')
        if (hold.untilDay > addCalendarDays(today, longestHoldDays))
          throw new Refusal('invalid', 'A hold lasts a year at most. Hold it again if it is still needed then.')
        if (hold.personId !== null) await people.get(hold.personId)
        const id = await activityHolds.add({ ...hold, byId })
        return changed(id, {
          type: 'activity.held',
          subject: `hold:${id}`,
          detail: { from: hold.fromDay, to: hold.toDay, until: hold.untilDay, one: hold.personId !== null },
        })
      }),
    endHold: (actor: Actor, id: string): Promise<void> =>
      change(actor, async ({ activityHolds }) => {
        mustBeAllowed(actor, 'activity.hold')
        await activityHolds.end(id, personOf(actor).personId)
        return changed(undefined, { type: 'activity.hold-ended', subject: `hold:${id}` })
      }),

    /**
     * Erases one person’s part of the whole log, a day at a time: rows are deleted, sealed days are written again without them,
     * and the old files’ keys destroyed. What a hold covers stays. A decision that the right to erasure asks for (UK GDPR
     * Article 17) is made before; this carries it out.
     */
    erasePerson: async (actor: Actor, personId: string): Promise<{ rows: number; days: number; held: number }> => {
      mustBeAllowed(actor, 'activity.erase')
      const today = londonDate(clock())
      const days = await read(actor.schoolId, ({ activityDays }) => activityDays.between('2015-01-01', today))
      const total = { rows: 0, days: 0, held: 0 }
      for (const { day } of days) {
        const gone = await change(actor, async writes => {
          const { activity, activityDays, activityHolds } = writes
          const isHeld = (await activityHolds.active(today)).some(
            hold => hold.fromDay <= day && day <= hold.toDay && (hold.personId === null || hold.personId === personId),
          )
          if (isHeld) throw new Refusal('conflict', 'held')
          const known = await activityDays.lock(day)
          const range = rangeOfDay(day)
          let rows = await activity.remove(range, { only: personId })
          const key = known?.file?.keyId
          if (
            known?.file &&
            (await archive.countOthers(activityDays, actor.schoolId, known, [personId])) < known.file.rows
          ) {
            const before = known.file.rows
            let kept = 0
            await archive.unseal(writes, actor.schoolId, known, row => {
              const keeps = row.personId !== personId
              if (keeps) kept += 1
              return keeps
            })
            rows += before - kept
          }
          if (rows === 0) throw new Refusal('already-done', 'none')
          await activityDays.touch([day])
          return changed(rows, {
            type: 'activity.person-erased',
            subject: `person:${personId}`,
            detail: { day, rows, ...(key ? { key } : {}) },
          })
        }).catch(error => {
          if (error instanceof Refusal && error.code === 'already-done') return 0
          if (error instanceof Refusal && error.code === 'conflict') return null
          throw error
        })
        if (gone === null) total.held += 1
        else if (gone > 0) {
          total.rows += gone
          total.days += 1
        }
      }
      return total
    },
  }
}

const mustBeMonths = (months: number): void => {
  if (!Number.isInteger(months) || months < leastMonths || months > mostMonths)
    throw new Refusal('invalid', `The log is kept from ${leastMonths} to ${mostMonths} months.`)
}
function monthsOf(payload: unknown): number {
  if (typeof payload === 'object' && payload !== null && 'months' in payload && typeof payload.months === 'number') {
    mustBeMonths(payload.months)
    return payload.months
  }
  throw new Error('a request about keeping the log holds months')
}
