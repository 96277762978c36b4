import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'

/** A site that should be open to everybody and was found blocked for a group. */
export interface Overblock {
  readonly host: string
  readonly group: string
  readonly category: string
  /** The rule of the verdict. */
  readonly rule: string
  /** Ids of the lists that name it in that category; none where no list did. */
  readonly sources: readonly string[]
}
export interface StoredOverblock extends Overblock {
  readonly id: string
  readonly since: Date
  readonly seenAt: Date
  readonly endedAt: Date | null
}

export type OverblockReads = ReturnType<typeof overblockReads>
export function overblockReads({ db, schoolId }: ReadContext) {
  const rows = () => db.selectFrom('filter_overblock').selectAll().where('school_id', '=', schoolId)
  const stored = (row: Awaited<ReturnType<ReturnType<typeof rows>['execute']>>[number]): StoredOverblock => ({
    id: row.id,
    host: row.host,
    group: row.group_id,
    category: row.category,
    rule: row.rule,
    sources: row.sources,
    since: row.since,
    seenAt: row.seen_at,
    endedAt: row.ended_at,
  })
  return {
    /** Blocked now, the longest first. */
    openOverblocks: async (limit = 500): Promise<StoredOverblock[]> =>
      (await rows().where('ended_at', 'is', null).orderBy('since').orderBy('host').limit(limit).execute()).map(stored),
    /** Blocked once and open again, the latest first. */
    endedOverblocks: async (limit: number): Promise<StoredOverblock[]> =>
      (await rows().where('ended_at', 'is not', null).orderBy('ended_at', 'desc').limit(limit).execute()).map(stored),
  }
}

export function overblockWrites({ tx, schoolId, now }: WriteContext) {
  return {
    /** Writes down one whole look: new ones begin, known ones are seen again, the rest have ended. */
    overblocksSeen: async (found: readonly Overblock[]): Promise<{ begun: number; ended: number }> => {
      const open = await tx
        .selectFrom('filter_overblock')
        .select(['id', 'host', 'group_id'])
        .where('school_id', '=', schoolId)
        .where('ended_at', 'is', null)
        .execute()
      const key = (host: string, group: string): string => `${host} ${group}`
      const wanted = new Set(found.map(({ host, group }) => key(host, group)))
      const known = new Set(open.map(row => key(row.host, row.group_id)))
      const over = open.filter(row => !wanted.has(key(row.host, row.group_id))).map(({ id }) => id)
      const still = open.filter(row => wanted.has(key(row.host, row.group_id))).map(({ id }) => id)
      const begun = found.filter(({ host, group }) => !known.has(key(host, group)))
      const update = (ids: readonly string[], set: { ended_at: Date } | { seen_at: Date }) =>
        tx.updateTable('filter_overblock').set(set).where('school_id', '=', schoolId).where('id', 'in', ids).execute()
      if (over.length > 0) await update(over, { ended_at: now })
      if (still.length > 0) await update(still, { seen_at: now })
      for (let from = 0; from < begun.length; from += 1000)
        await tx
          .insertInto('filter_overblock')
          .values(
            begun.slice(from, from + 1000).map(each => ({
              school_id: schoolId,
              id: newId(now.getTime()),
              host: each.host,
              group_id: each.group,
              category: each.category,
              rule: each.rule,
              sources: [...each.sources],
              since: now,
              seen_at: now,
              ended_at: null,
            })),
          )
          .execute()
      return { begun: begun.length, ended: over.length }
    },
  }
}
