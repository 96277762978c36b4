import type { ReadContext, WriteContext } from '../platform/change.ts'
import { englandBankHolidayFile } from './data/bank-holidays.ts'
import type { HalfTerm } from './school-terms.ts'

export type CalendarReads = ReturnType<typeof calendarReads>
/** The school's own year: its terms and closures, with the bank holidays that come with the product. */
export function calendarReads({ db, schoolId }: ReadContext) {
  return {
    halfTerms: async (): Promise<HalfTerm[]> =>
      (await db.selectFrom('term').selectAll().where('school_id', '=', schoolId).orderBy('from_date').execute()).map(
        row => ({ from: row.from_date, to: row.to_date, name: row.name }),
      ),
    closures: async (): Promise<{ on: string; name: string }[]> =>
      (await db.selectFrom('closure').selectAll().where('school_id', '=', schoolId).orderBy('on_date').execute()).map(
        row => ({ on: row.on_date, name: row.name }),
      ),
    bankHolidays: () => englandBankHolidayFile(),
  }
}

export type CalendarWrites = ReturnType<typeof calendarWrites>
export function calendarWrites(context: WriteContext) {
  const { tx, schoolId } = context
  return {
    ...calendarReads({ ...context, db: tx }),
    addTerm: ({ from, to, name }: HalfTerm) =>
      tx.insertInto('term').values({ school_id: schoolId, from_date: from, to_date: to, name }).execute(),
    removeTerm: async (from: string): Promise<boolean> =>
      ((await tx.deleteFrom('term').where('school_id', '=', schoolId).where('from_date', '=', from).executeTakeFirst())
        .numDeletedRows ?? 0n) > 0n,
    addClosure: async (on: string, name: string): Promise<boolean> =>
      ((
        await tx
          .insertInto('closure')
          .values({ school_id: schoolId, on_date: on, name })
          .onConflict(conflict => conflict.doNothing())
          .executeTakeFirst()
      ).numInsertedOrUpdatedRows ?? 0n) > 0n,
    removeClosure: async (on: string): Promise<boolean> =>
      ((await tx.deleteFrom('closure').where('school_id', '=', schoolId).where('on_date', '=', on).executeTakeFirst())
        .numDeletedRows ?? 0n) > 0n,
  }
}
