import type { CalendarDate } from '@gatehouse/engine/calendar'
import { type Selectable, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { rangeOfDay } from './activity-day.ts'
import type { ActivityTables } from './activity-tables.ts'

export interface ActivityDay {
  readonly day: CalendarDate
  readonly changedAt: Date
  readonly countedAt: Date | null
  readonly requests: number
  readonly people: number
  readonly file: SealedFile | null
}
export interface SealedFile {
  readonly sealedAt: Date
  readonly keyId: string
  /** Of the file as it lies on disk, encrypted. */
  readonly sha256: string
  readonly bytes: number
  readonly rows: number
}

type Verdict = 'allow' | 'warn' | 'block'
export interface SiteFigure {
  readonly host: string
  readonly category: string
  readonly verdict: Verdict
  readonly requests: number
  /** The most that asked on one day. */
  readonly people: number
  readonly firstDay: CalendarDate
}

/** Of each kind, how many sites of a day are kept in its figures. */
const sitesKept = 1_000

export type ActivityDayReads = ReturnType<typeof activityDayReads>
/** The days of the web log and their figures, which name nobody. */
export function activityDayReads({ db, schoolId, seal }: ReadContext) {
  const rows = () => db.selectFrom('activity_day').selectAll().where('school_id', '=', schoolId)
  const within = (from: CalendarDate, to: CalendarDate) =>
    db.selectFrom('activity_daily').where('school_id', '=', schoolId).where('day', '>=', from).where('day', '<=', to)
  return {
    get: async (day: CalendarDate): Promise<ActivityDay | null> => {
      const row = await rows().where('day', '=', day).executeTakeFirst()
      return row ? dayOf(row) : null
    },
    /** A sealed file’s plain bytes. @throws {Refusal} `not-found` when its key was destroyed. */
    openFile: (keyId: string, sealed: Buffer): Promise<Buffer> => seal.openBytes(keyId, sealed),
    /** Both ends inclusive, in order of time. */
    between: async (from: CalendarDate, to: CalendarDate): Promise<ActivityDay[]> =>
      (await rows().where('day', '>=', from).where('day', '<=', to).orderBy('day').execute()).map(dayOf),
    /** Days whose figures are older than their rows, oldest first. */
    uncounted: async (limit = 50): Promise<ActivityDay[]> =>
      (
        await rows()
          .where(eb => eb.or([eb('counted_at', 'is', null), eb('counted_at', '<', eb.ref('changed_at'))]))
          .orderBy('day')
          .limit(limit)
          .execute()
      ).map(dayOf),
    /** Requests a day by what was decided, in order of time. */
    perDay: async (
      from: CalendarDate,
      to: CalendarDate,
    ): Promise<{ day: CalendarDate; verdict: Verdict; requests: number }[]> =>
      within(from, to)
        .select(({ fn }) => ['day', 'verdict', fn.sum<number>('requests').as('requests')])
        .groupBy(['day', 'verdict'])
        .orderBy('day')
        .execute()
        .then(found => found.map(row => ({ ...row, requests: Number(row.requests) }))),
    /** Requests by category and what was decided, most first. */
    byCategory: async (
      from: CalendarDate,
      to: CalendarDate,
      group?: string,
    ): Promise<{ category: string; verdict: Verdict; requests: number }[]> =>
      within(from, to)
        .select(({ fn }) => ['category', 'verdict', fn.sum<number>('requests').as('requests')])
        .$if(group !== undefined, query =>
          query.where(sql<boolean>`${group ?? ''} = any(string_to_array(groups, ','))`),
        )
        .groupBy(['category', 'verdict'])
        .orderBy(sql`sum(requests)`, 'desc')
        .execute()
        .then(found => found.map(row => ({ ...row, requests: Number(row.requests) }))),
    byGroup: async (
      from: CalendarDate,
      to: CalendarDate,
    ): Promise<{ groups: string; verdict: Verdict; requests: number }[]> =>
      within(from, to)
        .select(({ fn }) => ['groups', 'verdict', fn.sum<number>('requests').as('requests')])
        .groupBy(['groups', 'verdict'])
        .orderBy('groups')
        .execute()
        .then(found => found.map(row => ({ ...row, requests: Number(row.requests) }))),
    /** Sites of some days, most asked for first. `isNew`: only those that nobody asked for before. */
    sites: async (
      from: CalendarDate,
      to: CalendarDate,
      which: { readonly verdicts?: readonly Verdict[]; readonly isNew?: boolean; readonly host?: string },
      limit = 50,
    ): Promise<SiteFigure[]> =>
      (
        await db
          .selectFrom('activity_daily_site')
          .select(({ fn }) => [
            'host',
            'category',
            'verdict',
            fn.sum<number>('requests').as('requests'),
            fn.max<number>('people').as('people'),
            fn.min<string>('day').as('firstDay'),
          ])
          .where('school_id', '=', schoolId)
          .where('day', '>=', from)
          .where('day', '<=', to)
          .$if(which.verdicts !== undefined, query => query.where('verdict', 'in', which.verdicts ?? []))
          .$if(which.isNew === true, query => query.where('is_new', '=', true))
          .$if(which.host !== undefined, query => query.where('host', '=', which.host ?? ''))
          .groupBy(['host', 'category', 'verdict'])
          .orderBy(sql`sum(requests)`, 'desc')
          .orderBy('host')
          .limit(limit)
          .execute()
      ).map(row => ({ ...row, requests: Number(row.requests) })),
  }
}

export type ActivityDayWrites = ReturnType<typeof activityDayWrites>
export function activityDayWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  const set = (day: CalendarDate, values: Partial<Selectable<ActivityTables['activity_day']>>) =>
    tx.updateTable('activity_day').set(values).where('school_id', '=', schoolId).where('day', '=', day).execute()
  const clearFigures = async (day: CalendarDate): Promise<void> => {
    await tx.deleteFrom('activity_daily').where('school_id', '=', schoolId).where('day', '=', day).execute()
    await tx.deleteFrom('activity_daily_site').where('school_id', '=', schoolId).where('day', '=', day).execute()
  }
  return {
    ...activityDayReads({ ...context, db: tx }),
    /** Rows of these days came in or went. */
    touch: async (days: readonly CalendarDate[]): Promise<void> => {
      if (days.length === 0) return
      await tx
        .insertInto('activity_day')
        .values(days.map(day => ({ school_id: schoolId, day, changed_at: now, requests: 0, people: 0 })))
        .onConflict(conflict => conflict.columns(['school_id', 'day']).doUpdateSet({ changed_at: now }))
        .execute()
    },
    /** One at a time works on a day: others wait here until the transaction ends. */
    lock: async (day: CalendarDate): Promise<ActivityDay | null> => {
      const row = await tx
        .selectFrom('activity_day')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('day', '=', day)
        .forUpdate()
        .executeTakeFirst()
      return row ? dayOf(row) : null
    },
    /** Makes the figures of a day from its rows in the database. @returns how many requests it had. */
    count: async (day: CalendarDate): Promise<number> => {
      const { from, to } = rangeOfDay(day)
      await clearFigures(day)
      await sql`insert into activity_daily (school_id, day, groups, category, verdict, requests, people)
        select ${schoolId}, ${day}::date, array_to_string(groups, ','), category, verdict, count(*), count(distinct person_id)
          from activity where school_id = ${schoolId} and at >= ${from} and at < ${to}
         group by groups, category, verdict`.execute(tx)
      await sql`insert into activity_site (school_id, host, first_day, last_day)
        select ${schoolId}, host, ${day}::date, ${day}::date
          from activity where school_id = ${schoolId} and at >= ${from} and at < ${to} group by host
        on conflict (school_id, host) do update
          set first_day = least(activity_site.first_day, excluded.first_day), last_day = greatest(activity_site.last_day, excluded.last_day)
          where excluded.last_day > activity_site.last_day + 30 or excluded.first_day < activity_site.first_day`.execute(
        tx,
      )
      await sql`insert into activity_daily_site (school_id, day, host, verdict, category, requests, people, is_new)
        select ${schoolId}, ${day}::date, host, verdict, category, requests, people, is_new from (
          select each.*, row_number() over (partition by each.verdict = 'allow', each.is_new order by each.requests desc, each.host) as place from (
            select a.host, a.verdict, a.category, count(*) as requests, count(distinct a.person_id) as people, s.first_day = ${day}::date as is_new
              from activity a join activity_site s on s.school_id = a.school_id and s.host = a.host
             where a.school_id = ${schoolId} and a.at >= ${from} and a.at < ${to}
             group by a.host, a.verdict, a.category, s.first_day) each) placed
         where place <= ${sitesKept}`.execute(tx)
      const { rows } = await sql<{
        requests: number
        people: number
      }>`select count(*) as requests, count(distinct person_id) as people
        from activity where school_id = ${schoolId} and at >= ${from} and at < ${to}`.execute(tx)
      const { requests, people } = rows[0] ?? { requests: 0, people: 0 }
      await set(day, { counted_at: now, requests, people })
      return requests
    },
    /** Seals a file’s bytes with a key of its own. */
    sealFile: async (plain: Buffer): Promise<{ readonly keyId: string; readonly sealed: Buffer }> => {
      const keyId = await seal.newKey()
      return { keyId, sealed: await seal.seal(keyId, plain) }
    },
    /** Destroys a file’s key: it can be read nowhere again, in no backup either. */
    eraseFile: (keyId: string): Promise<void> => seal.erase(keyId),
    /** What stands in the file from now on. */
    sealed: (day: CalendarDate, file: Omit<SealedFile, 'sealedAt'>) =>
      set(day, {
        sealed_at: now,
        file_key: file.keyId,
        file_sha256: file.sha256,
        file_bytes: file.bytes,
        file_rows: file.rows,
      }),
    /** Forgets the file of a day, and with `figures` what was counted of it. */
    forget: async (day: CalendarDate, figures: boolean): Promise<void> => {
      if (figures) {
        await clearFigures(day)
        await tx.deleteFrom('activity_day').where('school_id', '=', schoolId).where('day', '=', day).execute()
      } else await set(day, { sealed_at: null, file_key: null, file_sha256: null, file_bytes: null, file_rows: null })
    },
    /** Forgets sites that nobody has asked for since `before`. @returns how many. */
    forgetSites: async (before: CalendarDate): Promise<number> => {
      const { numDeletedRows } = await tx
        .deleteFrom('activity_site')
        .where('school_id', '=', schoolId)
        .where('last_day', '<', before)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

const dayOf = (row: Selectable<ActivityTables['activity_day']>): ActivityDay => ({
  day: row.day,
  changedAt: row.changed_at,
  countedAt: row.counted_at,
  requests: row.requests,
  people: row.people,
  file:
    row.sealed_at && row.file_key && row.file_sha256
      ? {
          sealedAt: row.sealed_at,
          keyId: row.file_key,
          sha256: row.file_sha256,
          bytes: row.file_bytes ?? 0,
          rows: row.file_rows ?? 0,
        }
      : null,
})
