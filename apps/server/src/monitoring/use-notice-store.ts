import { sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { countsUntil, noticeVersion } from './use-notice.ts'

/** Row type of `migrations/0022-use-notice.sql`. */
export interface UseNoticeTables {
  use_notice: {
    school_id: string
    person_id: string
    at: Date
    version: number
    how: 'read' | 'told'
    by_id: string
  }
}

/** Somebody whose use was observed, and when they had last been told before it. */
export interface ObservedUser {
  readonly firstAt: Date
  readonly toldAt: Date | null
  readonly how: 'read' | 'told' | null
}

export type UseNoticeReads = ReturnType<typeof useNoticeReads>
export function useNoticeReads({ db, schoolId, now }: ReadContext) {
  const rows = () =>
    db.selectFrom('use_notice').selectAll().where('school_id', '=', schoolId).where('version', '=', noticeVersion)
  return {
    /** When this person was last told, if that counts still. */
    told: async (personId: string): Promise<Date | null> => {
      const row = await rows().where('person_id', '=', personId).orderBy('at', 'desc').limit(1).executeTakeFirst()
      return row && countsUntil(row.at) > now ? row.at : null
    },
    /** Of these people, those to whom a telling counts still. */
    toldAmong: async (personIds: readonly string[]): Promise<ReadonlySet<string>> =>
      personIds.length === 0
        ? new Set()
        : new Set(
            (
              await rows()
                .where('person_id', 'in', [...new Set(personIds)])
                .execute()
            )
              .filter(({ at }) => countsUntil(at) > now)
              .map(row => row.person_id),
          ),
    latest: async (): Promise<Date | null> =>
      (await rows().orderBy('at', 'desc').limit(1).executeTakeFirst())?.at ?? null,
    /**
     * Everybody in the register who asked for something since an instant, with the first of it and the last telling before it.
     * One step in the log's index for each person, however long the log.
     */
    observed: async (since: Date): Promise<ObservedUser[]> => {
      const { rows: found } = await sql<ObservedUser>`
        select a.at as "firstAt", n.at as "toldAt", n.how
          from person p
          join lateral (select at from activity where school_id = p.school_id and person_id = p.id and at >= ${since} and at <= ${now}
                         order by at limit 1) a on true
          left join lateral (select at, how from use_notice where school_id = p.school_id and person_id = p.id
                              and version = ${noticeVersion} and at <= a.at order by at desc limit 1) n on true
         where p.school_id = ${schoolId}`.execute(db)
      return found
    },
    /** People in a filter group, by what they are: how many, and to how many of them a telling counts still. */
    byGroup: async (): Promise<{ readonly name: string; readonly people: number; readonly told: number }[]> => {
      const { rows: found } = await sql<{ name: string; people: number; dates: (Date | null)[] }>`
        select g.name, count(*)::int as people, array_agg(n.at) as dates
          from membership m join people_group g on g.school_id = m.school_id and g.id = m.group_id and g.kind = 'filter'
          left join lateral (select at from use_notice where school_id = m.school_id and person_id = m.person_id
                              and version = ${noticeVersion} order by at desc limit 1) n on true
         where m.school_id = ${schoolId} and m.part = 'member' and m.from_at <= ${now} and (m.to_at is null or m.to_at > ${now})
         group by g.name order by g.name`.execute(db)
      return found.map(({ name, people, dates }) => ({
        name,
        people,
        told: dates.filter(at => at !== null && countsUntil(at) > now).length,
      }))
    },
  }
}

export type UseNoticeWrites = ReturnType<typeof useNoticeWrites>
export function useNoticeWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  return {
    ...useNoticeReads({ ...context, db: tx }),
    add: async (personIds: readonly string[], how: 'read' | 'told', byId: string): Promise<void> => {
      if (personIds.length === 0) return
      await tx
        .insertInto('use_notice')
        .values(
          personIds.map(person_id => ({
            school_id: schoolId,
            person_id,
            at: now,
            version: noticeVersion,
            how,
            by_id: byId,
          })),
        )
        .onConflict(conflict => conflict.doNothing())
        .execute()
    },
  }
}
