import type { ReadContext, WriteContext } from '../platform/change.ts'

export interface SignedWeek {
  /** 'YYYY-MM-DD', a Monday. */
  readonly week: string
  readonly by: string
  readonly at: Date
  readonly digest: string
  readonly note: string
}

export type WeekReads = ReturnType<typeof weekReads>
export function weekReads({ db, schoolId, now }: ReadContext) {
  return {
    now,
    /** Signatures of the weeks from `from` on, newest first. */
    signedSince: async (from: string): Promise<SignedWeek[]> =>
      (
        await db
          .selectFrom('monitoring_week')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('week', '>=', from)
          .orderBy('signed_at', 'desc')
          .limit(200)
          .execute()
      ).map(row => ({ week: row.week, by: row.signed_by, at: row.signed_at, digest: row.digest, note: row.note })),
  }
}

export type WeekWrites = ReturnType<typeof weekWrites>
export function weekWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  return {
    ...weekReads({ ...context, db: tx }),
    sign: (week: { week: string; by: string; digest: string; note: string }) =>
      tx
        .insertInto('monitoring_week')
        .values({
          school_id: schoolId,
          week: week.week,
          signed_by: week.by,
          signed_at: now,
          digest: week.digest,
          note: week.note,
        })
        .execute(),
  }
}
