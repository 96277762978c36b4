import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import type { LineCheck } from './help.ts'

export type HelpReads = ReturnType<typeof helpReads>
export function helpReads({ db, schoolId }: ReadContext) {
  return {
    /** The newest check of each line. */
    checks: async (): Promise<ReadonlyMap<string, LineCheck>> => {
      const rows = await db
        .selectFrom('help_check')
        .selectAll()
        .distinctOn('line_id')
        .where('school_id', '=', schoolId)
        .orderBy('line_id')
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return new Map(
        rows.map(row => [row.line_id, { digest: row.digest, right: row.right_now, at: row.at, byId: row.by_id }]),
      )
    },
    guidance: async (): Promise<{ digest: string; publishedAt: Date; publishedBy: string } | null> => {
      const row = await db
        .selectFrom('reporting_guidance')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('published_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row ? { digest: row.digest, publishedAt: row.published_at, publishedBy: row.published_by } : null
    },
    /** People who confirmed that they read this text. */
    receipts: async (digest: string): Promise<ReadonlyMap<string, Date>> => {
      const rows = await db
        .selectFrom('reporting_guidance_receipt')
        .select(['person_id', 'at'])
        .where('school_id', '=', schoolId)
        .where('digest', '=', digest)
        .execute()
      return new Map(rows.map(row => [row.person_id, row.at]))
    },
  }
}

export type HelpWrites = ReturnType<typeof helpWrites>
export function helpWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  return {
    ...helpReads({ ...context, db: tx }),
    addCheck: (lineId: string, digest: string, right: boolean, byId: string) =>
      tx
        .insertInto('help_check')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          line_id: lineId,
          digest,
          right_now: right,
          at: now,
          by_id: byId,
        })
        .execute(),
    publish: (digest: string, byId: string) =>
      tx
        .insertInto('reporting_guidance')
        .values({ school_id: schoolId, id: newId(now.getTime()), digest, published_at: now, published_by: byId })
        .execute(),
    addReceipt: async (digest: string, personId: string): Promise<boolean> => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('reporting_guidance_receipt')
        .values({ school_id: schoolId, person_id: personId, digest, at: now })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      return Number(numInsertedOrUpdatedRows) > 0
    },
  }
}
