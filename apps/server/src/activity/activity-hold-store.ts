import type { CalendarDate } from '@gatehouse/engine/calendar'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'

/** Calendar months, where a school has not decided otherwise (trap L20 of the systems). */
export const usualMonths = 12

export interface ActivityHold {
  readonly id: string
  /** null for everybody’s. */
  readonly personId: string | null
  readonly fromDay: CalendarDate
  readonly toDay: CalendarDate
  readonly untilDay: CalendarDate
  readonly byId: string
  readonly at: Date
  readonly endedAt: Date | null
}

export type HoldReads = ReturnType<typeof holdReads>
/** How long the log is kept, and what is held longer. */
export function holdReads({ db, schoolId, seal }: ReadContext) {
  const rows = () => db.selectFrom('activity_hold').selectAll().where('school_id', '=', schoolId)
  return {
    /** Calendar months that the log is kept. */
    months: async (): Promise<number> =>
      (
        await db
          .selectFrom('activity_retention')
          .select('months')
          .where('school_id', '=', schoolId)
          .orderBy('at', 'desc')
          .orderBy('request_id', 'desc')
          .limit(1)
          .executeTakeFirst()
      )?.months ?? usualMonths,
    /** Holds that hold on a day. */
    active: async (today: CalendarDate): Promise<ActivityHold[]> =>
      (await rows().where('ended_at', 'is', null).where('until_day', '>=', today).orderBy('at').execute()).map(holdOf),
    /** Newest first, ended ones too. */
    list: async (limit = 100): Promise<ActivityHold[]> =>
      (await rows().orderBy('at', 'desc').limit(limit).execute()).map(holdOf),
    reason: async (id: string): Promise<string> => {
      const row = isId(id) ? await rows().where('id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', 'There is no such hold.')
      return seal.open(row.key_id, row.reason)
    },
  }
}

export type HoldWrites = ReturnType<typeof holdWrites>
export function holdWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...holdReads({ ...context, db: tx }),
    setMonths: (requestId: string, months: number) =>
      tx
        .insertInto('activity_retention')
        .values({ school_id: schoolId, request_id: requestId, months, at: now })
        .execute(),
    add: async (hold: {
      personId: string | null
      fromDay: CalendarDate
      toDay: CalendarDate
      untilDay: CalendarDate
      reason: string
      byId: string
    }): Promise<string> => {
      const id = newId(now.getTime())
      const keyId = await seal.newKey()
      await tx
        .insertInto('activity_hold')
        .values({
          school_id: schoolId,
          id,
          person_id: hold.personId,
          from_day: hold.fromDay,
          to_day: hold.toDay,
          until_day: hold.untilDay,
          key_id: keyId,
          reason: await seal.seal(keyId, hold.reason),
          by_id: hold.byId,
          at: now,
          ended_at: null,
          ended_by: null,
        })
        .execute()
      return id
    },
    end: async (id: string, byId: string): Promise<void> => {
      const { numUpdatedRows } = await tx
        .updateTable('activity_hold')
        .set({ ended_at: now, ended_by: byId })
        .where('school_id', '=', schoolId)
        .where('id', '=', isId(id) ? id : '00000000-0000-0000-0000-000000000000')
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      if (Number(numUpdatedRows) === 0) throw new Refusal('conflict', 'This hold was ended before.')
    },
  }
}

const holdOf = (row: {
  id: string
  person_id: string | null
  from_day: string
  to_day: string
  until_day: string
  by_id: string
  at: Date
  ended_at: Date | null
}): ActivityHold => ({
  id: row.id,
  personId: row.person_id,
  fromDay: row.from_day,
  toDay: row.to_day,
  untilDay: row.until_day,
  byId: row.by_id,
  at: row.at,
  endedAt: row.ended_at,
})
