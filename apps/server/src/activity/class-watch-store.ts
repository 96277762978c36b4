import { type Selectable, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import type { ActivityTables } from './activity-tables.ts'
import type { WatchOutcome, WatchRange } from './class-watch.ts'

export interface ClassWatch extends WatchRange {
  readonly id: string
  readonly classId: string
  readonly teacherId: string
  readonly signedAt: Date
  readonly requests: number
  readonly stopped: number
  readonly sites: number
  readonly outcome: WatchOutcome
}

export type ClassWatchReads = ReturnType<typeof classWatchReads>
export function classWatchReads({ db, schoolId, now }: ReadContext) {
  const rows = () => db.selectFrom('class_watch').selectAll().where('school_id', '=', schoolId)
  return {
    now,
    /** The newest of one class. */
    lastOf: async (classId: string): Promise<ClassWatch | null> => {
      const row = await rows().where('class_id', '=', classId).orderBy('to_at', 'desc').limit(1).executeTakeFirst()
      return row ? watchOf(row) : null
    },
    /** The newest of each class. */
    newest: async (): Promise<ClassWatch[]> =>
      (await rows().distinctOn('class_id').orderBy('class_id').orderBy('to_at', 'desc').execute()).map(watchOf),
    /** Classes of which at least so many of today's pupils asked for something since an instant. */
    online: async (since: Date, fewest: number): Promise<{ readonly id: string; readonly name: string }[]> =>
      (
        await sql<{ id: string; name: string }>`
          select g.id, g.name from people_group g join membership m on m.school_id = g.school_id and m.group_id = g.id
           where g.school_id = ${schoolId} and g.kind = 'class' and m.part = 'member' and m.from_at <= ${now}
             and (m.to_at is null or m.to_at > ${now})
             and exists (select from activity a
                          where a.school_id = m.school_id and a.person_id = m.person_id and a.at >= ${since} and a.at <= ${now})
           group by g.id, g.name having count(*) >= ${fewest} order by g.name`.execute(db)
      ).rows,
  }
}

export type ClassWatchWrites = ReturnType<typeof classWatchWrites>
export function classWatchWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  return {
    ...classWatchReads({ ...context, db: tx }),
    add: async (watch: Omit<ClassWatch, 'id' | 'signedAt'> & { readonly digest: string }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('class_watch')
        .values({
          school_id: schoolId,
          id,
          class_id: watch.classId,
          teacher_id: watch.teacherId,
          from_at: watch.from,
          to_at: watch.to,
          signed_at: now,
          requests: watch.requests,
          stopped: watch.stopped,
          sites: watch.sites,
          digest: watch.digest,
          outcome: watch.outcome,
        })
        .execute()
      return id
    },
  }
}

const watchOf = (row: Selectable<ActivityTables['class_watch']>): ClassWatch => ({
  id: row.id,
  classId: row.class_id,
  teacherId: row.teacher_id,
  from: row.from_at,
  to: row.to_at,
  signedAt: row.signed_at,
  requests: row.requests,
  stopped: row.stopped,
  sites: row.sites,
  outcome: row.outcome,
})
