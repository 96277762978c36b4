import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { AssuranceTables } from './assurance-tables.ts'
import type { Correction, Figures } from './figures.ts'
import { onwardReads, onwardWrites } from './pack-onward-store.ts'

/** What a pack froze. Dates in it are ISO 8601. */
export interface PackContent {
  readonly figures: Figures
  readonly corrections: readonly Correction[]
}
export interface Pack {
  readonly id: string
  readonly number: number
  readonly termName: string
  readonly from: Date
  readonly to: Date
  readonly issuedAt: Date
  readonly issuedBy: string
  /** As signed for, to the byte. */
  readonly text: string
  readonly digest: string
  readonly content: PackContent
}
export interface Receipt {
  readonly personId: string
  readonly readAt: Date
  readonly signedAt: Date | null
}
export interface Question {
  readonly id: string
  readonly packId: string
  readonly askedBy: string
  readonly askedAt: Date
  readonly question: string
  readonly answeredBy: string | null
  readonly answeredAt: Date | null
  readonly answer: string | null
}

export type PackReads = ReturnType<typeof packReads>
export function packReads(context: ReadContext) {
  const { db, schoolId, seal } = context
  const rows = () => db.selectFrom('governors_pack').selectAll().where('school_id', '=', schoolId)
  return {
    ...onwardReads(context),
    list: async (limit = 50): Promise<Pack[]> =>
      (await rows().orderBy('number', 'desc').limit(limit).execute()).map(packOf),
    latest: async (): Promise<Pack | null> => {
      const row = await rows().orderBy('number', 'desc').limit(1).executeTakeFirst()
      return row ? packOf(row) : null
    },
    get: async (id: string): Promise<Pack> => {
      const row = isId(id) ? await rows().where('id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', 'There is no such pack at this school.')
      return packOf(row)
    },
    receipts: async (packId: string): Promise<Receipt[]> =>
      (
        await db
          .selectFrom('pack_receipt')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('pack_id', '=', packId)
          .orderBy('read_at')
          .execute()
      ).map(row => ({ personId: row.person_id, readAt: row.read_at, signedAt: row.signed_at })),
    questions: async (packId: string): Promise<Question[]> => {
      const found = await db
        .selectFrom('pack_question')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('pack_id', '=', packId)
        .orderBy('asked_at')
        .execute()
      return Promise.all(
        found.map(async row => ({
          id: row.id,
          packId: row.pack_id,
          askedBy: row.asked_by,
          askedAt: row.asked_at,
          question: await seal.open(row.key_id, row.question),
          answeredBy: row.answered_by,
          answeredAt: row.answered_at,
          answer: row.answer ? await seal.open(row.key_id, row.answer) : null,
        })),
      )
    },
    unanswered: async (): Promise<{ id: string; packId: string; askedAt: Date }[]> =>
      (
        await db
          .selectFrom('pack_question')
          .select(['id', 'pack_id', 'asked_at'])
          .where('school_id', '=', schoolId)
          .where('answered_at', 'is', null)
          .orderBy('asked_at')
          .execute()
      ).map(row => ({ id: row.id, packId: row.pack_id, askedAt: row.asked_at })),
  }
}

export type PackWrites = ReturnType<typeof packWrites>
export function packWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  const reads = packReads({ ...context, db: tx })
  return {
    ...reads,
    ...onwardWrites(context),
    now,
    add: async (pack: Omit<Pack, 'id' | 'number' | 'issuedAt' | 'content'>): Promise<Pack> => {
      const number = ((await reads.latest())?.number ?? 0) + 1
      const id = newId(now.getTime())
      await tx
        .insertInto('governors_pack')
        .values({
          school_id: schoolId,
          id,
          number,
          term_name: pack.termName,
          from_at: pack.from,
          to_at: pack.to,
          issued_at: now,
          issued_by: pack.issuedBy,
          content: pack.text,
          digest: pack.digest,
        })
        .execute()
      return reads.get(id)
    },
    /** @returns false when this person read it before. */
    read: async (packId: string, personId: string): Promise<boolean> => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('pack_receipt')
        .values({ school_id: schoolId, pack_id: packId, person_id: personId, read_at: now, signed_at: null })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      return Number(numInsertedOrUpdatedRows) > 0
    },
    sign: (packId: string, personId: string) =>
      tx
        .updateTable('pack_receipt')
        .set({ signed_at: now })
        .where('school_id', '=', schoolId)
        .where('pack_id', '=', packId)
        .where('person_id', '=', personId)
        .where('signed_at', 'is', null)
        .execute(),
    ask: async (packId: string, personId: string, words: string): Promise<string> => {
      const id = newId(now.getTime())
      const keyId = await seal.newKey()
      await tx
        .insertInto('pack_question')
        .values({
          school_id: schoolId,
          id,
          pack_id: packId,
          key_id: keyId,
          asked_by: personId,
          asked_at: now,
          question: await seal.seal(keyId, words),
          answered_by: null,
          answered_at: null,
          answer: null,
        })
        .execute()
      return id
    },
    /** @throws {Refusal} `not-found` or `conflict` when it was answered meanwhile. */
    answer: async (
      packId: string,
      questionId: string,
      personId: string,
      words: string,
    ): Promise<{ askedBy: string }> => {
      const row = isId(questionId)
        ? await tx
            .selectFrom('pack_question')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where('pack_id', '=', packId)
            .where('id', '=', questionId)
            .forUpdate()
            .executeTakeFirst()
        : undefined
      if (!row) throw new Refusal('not-found', 'There is no such question.')
      if (row.answered_at)
        throw new Refusal(
          'conflict',
          'This question was answered a moment ago. Read that answer first; a further question can be asked.',
        )
      await tx
        .updateTable('pack_question')
        .set({ answered_by: personId, answered_at: now, answer: await seal.seal(row.key_id, words) })
        .where('school_id', '=', schoolId)
        .where('id', '=', questionId)
        .execute()
      return { askedBy: row.asked_by }
    },
  }
}

const packOf = (row: Selectable<AssuranceTables['governors_pack']>): Pack => {
  // Only `issue` writes the column, from the types; times come back as they were frozen.
  const parsed = JSON.parse(row.content) as {
    figures: Omit<Figures, 'term'> & { term: { name: string; from: string; to: string } }
    corrections: Correction[]
  }
  const { term } = parsed.figures
  return {
    id: row.id,
    number: row.number,
    termName: row.term_name,
    from: row.from_at,
    to: row.to_at,
    issuedAt: row.issued_at,
    issuedBy: row.issued_by,
    text: row.content,
    digest: row.digest,
    content: {
      corrections: parsed.corrections,
      figures: { ...parsed.figures, term: { name: term.name, from: new Date(term.from), to: new Date(term.to) } },
    },
  }
}
