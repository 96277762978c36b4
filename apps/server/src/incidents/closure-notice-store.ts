import { startOfLondonDay } from '@gatehouse/engine/calendar'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { categoryNames } from './case.ts'
import type { ClosedCount } from './closure-notice.ts'

export interface ClosureNotice {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly sentences: readonly string[]
  readonly publishedAt: Date
}

export type ClosureNoticeReads = ReturnType<typeof closureNoticeReads>
export function closureNoticeReads({ db, schoolId }: ReadContext) {
  return {
    published: async (limit = 20): Promise<ClosureNotice[]> =>
      (
        await db
          .selectFrom('closure_notice')
          .selectAll()
          .where('school_id', '=', schoolId)
          .orderBy('to_on', 'desc')
          .limit(limit)
          .execute()
      ).map(row => ({
        id: row.id,
        from: row.from_on,
        to: row.to_on,
        sentences: row.sentences,
        publishedAt: row.published_at,
      })),
    /** Cases closed in a period of London days, by category. Numbers of the whole school; whoever shows them suppresses small ones. */
    closedBetween: async (from: string, to: string): Promise<ClosedCount[]> => {
      const rows = await db
        .selectFrom('case_file')
        .select(({ fn }) => ['category', fn.countAll<number>().as('count')])
        .where('school_id', '=', schoolId)
        .where('closed_at', '>=', startOfLondonDay(from))
        .where('closed_at', '<', startOfLondonDay(to))
        .groupBy('category')
        .execute()
      return rows
        .map(row => ({ category: categoryNames[row.category], count: row.count }))
        .sort((one, other) => one.category.localeCompare(other.category))
    },
    firstClosed: async (): Promise<Date | null> => {
      const row = await db
        .selectFrom('case_file')
        .select(({ fn }) => fn.min('closed_at').as('at'))
        .where('school_id', '=', schoolId)
        .executeTakeFirst()
      return row?.at ?? null
    },
  }
}

export type ClosureNoticeWrites = ReturnType<typeof closureNoticeWrites>
export function closureNoticeWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  return {
    ...closureNoticeReads({ ...context, db: tx }),
    /** The instant of this change. */
    now,
    publish: async (
      byId: string,
      notice: { from: string; to: string; sentences: readonly string[] },
    ): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('closure_notice')
        .values({
          school_id: schoolId,
          id,
          from_on: notice.from,
          to_on: notice.to,
          sentences: [...notice.sentences],
          published_at: now,
          published_by: byId,
        })
        .execute()
      return id
    },
  }
}
