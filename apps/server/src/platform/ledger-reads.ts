import type { LedgerEntry } from '@gatehouse/ledger/entry'
import type { ReadContext } from './change.ts'

export type LedgerReads = ReturnType<typeof ledgerReads>

/** Narrow reads of the ledger, for controls, timelines and the ledger's own pages. `at` is an instant; detail is parsed. */
export function ledgerReads({ db, schoolId }: ReadContext) {
  const entries = () => db.selectFrom('ledger_entry').selectAll().where('school_id', '=', schoolId)
  return {
    head: () =>
      db.selectFrom('ledger_head').select(['seq', 'hash']).where('school_id', '=', schoolId).executeTakeFirst(),
    /** The newest entry of any of these types, about this subject where one is given. */
    latest: async (types: readonly string[], subject?: string) => {
      let newest: LedgerEntry | undefined
      // A type at a time: each is one step in its index, also where a type has never been used in a long ledger.
      for (const type of types) {
        const row = await entries()
          .where('type', '=', type)
          .$if(subject !== undefined, query => query.where('subject', '=', subject ?? ''))
          .orderBy('seq', 'desc')
          .limit(1)
          .executeTakeFirst()
        if (row && (newest === undefined || row.seq > newest.seq)) newest = entryOf(row)
      }
      return newest
    },
    /** Newest first. */
    list: async (where: {
      types?: readonly string[]
      subject?: string
      from?: Date
      to?: Date
      before?: number
      limit: number
    }) =>
      (
        await entries()
          .$if(where.types !== undefined, query => query.where('type', 'in', where.types ?? []))
          .$if(where.subject !== undefined, query => query.where('subject', '=', where.subject ?? ''))
          .$if(where.from !== undefined, query => query.where('at', '>=', where.from ?? new Date(0)))
          .$if(where.to !== undefined, query => query.where('at', '<', where.to ?? new Date(0)))
          .$if(where.before !== undefined, query => query.where('seq', '<', where.before ?? 0))
          .orderBy('seq', 'desc')
          .limit(where.limit)
          .execute()
      ).map(entryOf),
    count: async (where: { types: readonly string[]; from?: Date; to?: Date }) => {
      const row = await db
        .selectFrom('ledger_entry')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('school_id', '=', schoolId)
        .where('type', 'in', where.types)
        .$if(where.from !== undefined, query => query.where('at', '>=', where.from ?? new Date(0)))
        .$if(where.to !== undefined, query => query.where('at', '<', where.to ?? new Date(0)))
        .executeTakeFirstOrThrow()
      return row.count
    },
    checkpoints: () =>
      db
        .selectFrom('ledger_checkpoint')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('size', 'desc')
        .execute(),
  }
}

interface LedgerRow {
  seq: number
  at: Date
  actor: string
  type: string
  subject: string | null
  detail: string
  prev: string
  hash: string
  school_id: string
}

/** A row as the entry that was hashed. */
export const entryOf = (row: LedgerRow): LedgerEntry => ({
  school: row.school_id,
  seq: row.seq,
  at: row.at.toISOString(),
  actor: row.actor,
  type: row.type,
  subject: row.subject,
  detail: JSON.parse(row.detail),
  prev: row.prev,
  hash: row.hash,
})
