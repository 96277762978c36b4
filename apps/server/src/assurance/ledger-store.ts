import { canonicalJson, type JsonObject, parseJson } from '@gatehouse/ledger/canonical'
import type { LedgerEntry } from '@gatehouse/ledger/entry'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../database.ts'
import type { ReadContext } from '../platform/change.ts'
import { entryOf } from '../platform/ledger-reads.ts'

/** Where a row stands in the order of reading: two rows of one number, which only an intruder can make, are both read. */
export interface Place {
  readonly seq: string
  readonly tuple: string
}
/** A row read as evidence: the entry it shows, or why it shows none. */
export type ReadRow = { readonly place: Place } & ({ readonly entry: LedgerEntry } | { readonly fault: string })

export interface LedgerSource {
  /** Rows after a place in order of number, at most `limit`; from the beginning without one. */
  rows(after: Place | null, limit: number): Promise<ReadRow[]>
  /** The database's own note of the last entry. */
  head(): Promise<{ seq: number; hash: string } | undefined>
  checkpoints(): Promise<{ size: number; note: string }[]>
}

interface RawRow {
  seq: string
  tuple: string
  school_id: string
  at: string | null
  actor: string
  type: string
  subject: string | null
  detail: string
  prev: string
  hash: string
}

/**
 * Reads the ledger as evidence, column by column and to the byte: times with their microseconds, details as they are
 * written. What is shown anywhere is one of these columns.
 */
export const ledgerSource = (db: Kysely<Database>, schoolId: string): LedgerSource => ({
  rows: async (after, limit) => {
    const further = after
      ? sql`and ledger_entry.seq >= ${after.seq}::bigint and (ledger_entry.seq, ctid) > (${after.seq}::bigint, ${after.tuple}::tid)`
      : sql``
    const { rows } = await sql<RawRow>`
      select seq::text as seq, ctid::text as tuple, school_id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as at,
        actor, type, subject, detail, prev, hash
      from ledger_entry where school_id = ${schoolId} ${further} order by ledger_entry.seq, ctid limit ${limit}`.execute(
      db,
    )
    return rows.map(readRow)
  },
  head: () => db.selectFrom('ledger_head').select(['seq', 'hash']).where('school_id', '=', schoolId).executeTakeFirst(),
  checkpoints: () =>
    db
      .selectFrom('ledger_checkpoint')
      .select(['size', 'note'])
      .where('school_id', '=', schoolId)
      .orderBy('size')
      .execute(),
})

function readRow(row: RawRow): ReadRow {
  const place = { seq: row.seq, tuple: row.tuple }
  const { school_id: school, actor, type, subject, prev, hash } = row
  let detail: JsonObject
  try {
    // Parsed here, and found again to the byte below: a second member of the same name or a space would not be.
    detail = parseJson(row.detail) as JsonObject
    if (canonicalJson(detail) !== row.detail)
      return { place, fault: 'details that are written otherwise than they were hashed' }
  } catch {
    return { place, fault: 'details that are no JSON' }
  }
  // What was hashed has milliseconds; more than those would be an alteration that no page shows.
  const at = row.at?.endsWith('000') ? `${row.at.slice(0, -3)}Z` : (row.at ?? 'never')
  return { place, entry: { school, seq: Number(row.seq), at, actor, type, subject, detail, prev, hash } }
}

export type AssuranceReads = ReturnType<typeof assuranceReads>
export function assuranceReads({ db, schoolId }: ReadContext) {
  const source = ledgerSource(db, schoolId)
  return {
    source,
    /** Every type of entry there is, found by steps through the index whatever the ledger's length. */
    types: async (): Promise<string[]> => {
      const { rows } = await sql<{ type: string }>`
        with recursive t as (
          (select type from ledger_entry where school_id = ${schoolId} order by type limit 1)
          union all
          select (select e.type from ledger_entry e where e.school_id = ${schoolId} and e.type > t.type order by e.type limit 1) from t where t.type is not null
        ) select type from t where type is not null`.execute(db)
      return rows.map(row => row.type)
    },
    /** The newest checkpoint over fewer than `size` entries, to go on from. */
    checkpointBefore: (size: number) =>
      db
        .selectFrom('ledger_checkpoint')
        .select(['size', 'frontier'])
        .where('school_id', '=', schoolId)
        .where('size', '<=', size)
        .orderBy('size', 'desc')
        .limit(1)
        .executeTakeFirst(),
    checkpoint: (size: number) =>
      db
        .selectFrom('ledger_checkpoint')
        .select(['size', 'at', 'note'])
        .where('school_id', '=', schoolId)
        .where('size', '=', size)
        .executeTakeFirst(),
    countCheckpoints: async (): Promise<number> =>
      (
        await db
          .selectFrom('ledger_checkpoint')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('school_id', '=', schoolId)
          .executeTakeFirstOrThrow()
      ).count,
    /** Entries of a stretch, in order, as they stand. */
    stretch: async (from: number, to: number) =>
      (
        await db
          .selectFrom('ledger_entry')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('seq', '>=', from)
          .where('seq', '<=', to)
          .orderBy('seq')
          .execute()
      ).map(entryOf),
    hashes: async (from: number, to: number): Promise<string[]> =>
      (
        await db
          .selectFrom('ledger_entry')
          .select('hash')
          .where('school_id', '=', schoolId)
          .where('seq', '>=', from)
          .where('seq', '<=', to)
          .orderBy('seq')
          .execute()
      ).map(row => row.hash),
  }
}
