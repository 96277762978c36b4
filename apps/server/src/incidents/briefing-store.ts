import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import type { BriefingId } from './briefing-texts.ts'

export type BriefingReads = ReturnType<typeof briefingReads>
export function briefingReads({ db, schoolId }: ReadContext) {
  return {
    /** What was last given out; null when it never was. */
    given: async (briefing: BriefingId): Promise<{ digest: string; at: Date; byId: string } | null> => {
      const row = await db
        .selectFrom('briefing_given')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('briefing', '=', briefing)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row ? { digest: row.digest, at: row.at, byId: row.by_id } : null
    },
    /** By person, when they last answered all questions of this very text right. */
    receipts: async (briefing: BriefingId, digest: string): Promise<ReadonlyMap<string, Date>> => {
      const rows = await db
        .selectFrom('briefing_receipt')
        .select(({ fn }) => ['person_id', fn.max('at').as('at')])
        .where('school_id', '=', schoolId)
        .where('briefing', '=', briefing)
        .where('digest', '=', digest)
        .groupBy('person_id')
        .execute()
      return new Map(rows.map(row => [row.person_id, row.at]))
    },
    /** By person, when they last answered this one question right, in this wording. */
    answers: async (briefing: BriefingId, question: string, digest: string): Promise<ReadonlyMap<string, Date>> => {
      const rows = await db
        .selectFrom('briefing_answer')
        .select(({ fn }) => ['person_id', fn.max('at').as('at')])
        .where('school_id', '=', schoolId)
        .where('briefing', '=', briefing)
        .where('question', '=', question)
        .where('digest', '=', digest)
        .groupBy('person_id')
        .execute()
      return new Map(rows.map(row => [row.person_id, row.at]))
    },
  }
}

export type BriefingWrites = ReturnType<typeof briefingWrites>
export function briefingWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  return {
    ...briefingReads({ ...context, db: tx }),
    /** The instant of this change. */
    now,
    give: (briefing: BriefingId, digest: string, byId: string) =>
      tx
        .insertInto('briefing_given')
        .values({ school_id: schoolId, id: newId(now.getTime()), briefing, digest, at: now, by_id: byId })
        .execute(),
    addAnswers: async (
      briefing: BriefingId,
      personId: string,
      right: readonly { readonly question: string; readonly digest: string }[],
    ): Promise<void> => {
      if (right.length === 0) return
      await tx
        .insertInto('briefing_answer')
        .values(right.map(each => ({ school_id: schoolId, person_id: personId, briefing, ...each, at: now })))
        .onConflict(conflict => conflict.doNothing())
        .execute()
    },
    addReceipt: (briefing: BriefingId, digest: string, personId: string) =>
      tx
        .insertInto('briefing_receipt')
        .values({ school_id: schoolId, person_id: personId, briefing, digest, at: now })
        .onConflict(conflict => conflict.doNothing())
        .execute(),
  }
}
