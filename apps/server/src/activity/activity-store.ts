import { type QueryResult, type RawBuilder, type Selectable, sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import { londonDaysOf } from './activity-day.ts'
import { activityDayWrites } from './activity-day-store.ts'
import type { ActivityRow } from './activity-line.ts'
import { segmentReads, segmentWrites } from './activity-segment-store.ts'
import type { ActivityTables } from './activity-tables.ts'

export interface ActivityFilter {
  /** Half-open. */
  readonly from: Date
  readonly to: Date
  readonly verdict?: 'allow' | 'warn' | 'block'
  readonly category?: string
  readonly group?: string
  /** A host and what lies beneath it. */
  readonly host?: string
  readonly personId?: string
  /** What was blocked or warned about. */
  readonly isNotAllowed?: boolean
  /** Only these people, as the members of a class; nobody where it is empty. */
  readonly personIds?: readonly string[]
}
export interface ActivityPlace {
  readonly at: Date
  readonly id: string
}
export type StoredActivity = ActivityRow

export interface SiteCount {
  readonly host: string
  readonly category: string
  readonly verdict: 'allow' | 'warn' | 'block'
  readonly requests: number
  readonly people: number
}

/** A request as a replay needs it. */
export interface LoggedRequest {
  /** Of the first of them. */
  readonly at: Date
  readonly personId: string | null
  readonly groups: readonly string[]
  readonly host: string
  readonly path: string
  readonly kind: 'page' | 'connect' | 'dns'
  readonly count: number
}

export type ActivityReads = ReturnType<typeof activityReads>
export function activityReads(context: ReadContext) {
  const { db, schoolId, now } = context
  const matching = (filter: ActivityFilter) =>
    db
      .selectFrom('activity')
      .where('school_id', '=', schoolId)
      .where('at', '>=', filter.from)
      .where('at', '<', filter.to)
      .$if(filter.verdict !== undefined, query => query.where('verdict', '=', filter.verdict ?? 'allow'))
      .$if(filter.category !== undefined, query => query.where('category', '=', filter.category ?? ''))
      .$if(filter.group !== undefined, query => query.where(sql<boolean>`${filter.group ?? ''} = any(groups)`))
      .$if(filter.host !== undefined, query =>
        query.where(eb =>
          eb.or([eb('host', '=', filter.host ?? ''), eb('host', 'like', `%.${likeText(filter.host ?? '')}`)]),
        ),
      )
      .$if(filter.personId !== undefined, query => query.where('person_id', '=', filter.personId ?? ''))
      .$if(filter.isNotAllowed === true, query => query.where('verdict', '<>', 'allow'))
      .$if(filter.personIds !== undefined, query =>
        query.where(sql<boolean>`person_id = any(${[...(filter.personIds ?? [])]}::uuid[])`),
      )
  return {
    ...segmentReads(context),
    /** Newest first; `after` is where the page before ended. */
    list: async (filter: ActivityFilter, limit: number, after?: ActivityPlace): Promise<StoredActivity[]> =>
      (
        await matching(filter)
          .selectAll()
          .$if(after !== undefined, query =>
            query.where(sql<boolean>`(at, id) < (${after?.at ?? now}, ${after?.id ?? ''}::uuid)`),
          )
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute()
      ).map(rowOf),
    get: async (at: Date, id: string): Promise<StoredActivity> => {
      const row = await db
        .selectFrom('activity')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('at', '=', at)
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such entry in the web log.')
      return rowOf(row)
    },
    counts: async (filter: ActivityFilter): Promise<{ allow: number; warn: number; block: number }> => {
      // All from the key alone, the few that were not allowed from their own index: 5 ms instead of 36 for 83,000 rows of a day.
      const { all } = await matching(filter)
        .select(({ fn }) => fn.countAll<number>().as('all'))
        .executeTakeFirstOrThrow()
      const rows = await matching(filter)
        .where('verdict', '<>', 'allow')
        .select(({ fn }) => ['verdict', fn.countAll<number>().as('count')])
        .groupBy('verdict')
        .execute()
      const count = (verdict: string): number => rows.find(row => row.verdict === verdict)?.count ?? 0
      return { allow: all - count('warn') - count('block'), warn: count('warn'), block: count('block') }
    },
    /**
     * What was asked for between two instants, equal requests of one person within a quarter of an hour added up: for
     * replaying them through other rules. In batches of up to 10,000, in no order; only the recent days are here.
     */
    requests: async function* (from: Date, to: Date): AsyncGenerator<readonly LoggedRequest[]> {
      await sql`declare activity_requests no scroll cursor for
        select min(at) as at, person_id as "personId", groups, host, path, case kind when 'websocket' then 'page' else kind end as kind, count(*) as count
          from activity
         where school_id = ${schoolId} and at >= ${from} and at < ${to} and kind in ('page', 'connect', 'websocket', 'dns')
         group by person_id, groups, host, path, case kind when 'websocket' then 'page' else kind end, date_bin('15 minutes', at, timestamptz '2000-01-01 00:00+00')`.execute(
        db,
      )
      for (;;) {
        const { rows } = await sql<LoggedRequest>`fetch 10000 from activity_requests`.execute(db)
        if (rows.length > 0) yield rows
        if (rows.length < 10_000) break
      }
      await sql`close activity_requests`.execute(db)
    },
    /** Of one person: what was not allowed and was asked for by a page of this site, or of one beneath it. Their own to ask for. */
    blockedFrom: async (asked: {
      personId: string
      referrerHost: string
      from: Date
      to: Date
    }): Promise<{ host: string; category: string; count: number }[]> =>
      db
        .selectFrom('activity')
        .select(({ fn }) => ['host', 'category', fn.countAll<number>().as('count')])
        .where('school_id', '=', schoolId)
        .where('person_id', '=', asked.personId)
        .where('at', '>=', asked.from)
        .where('at', '<', asked.to)
        .where('verdict', '<>', 'allow')
        .where(eb =>
          eb.or([
            eb('referrer_host', '=', asked.referrerHost),
            eb('referrer_host', 'like', `%.${likeText(asked.referrerHost)}`),
          ]),
        )
        .groupBy(['host', 'category'])
        .orderBy('count', 'desc')
        .limit(100)
        .execute(),
    /** Sites that a filter finds in the recent days, most asked for first, without any person. */
    sites: async (filter: ActivityFilter, limit: number): Promise<SiteCount[]> =>
      matching(filter)
        .select(({ fn }) => [
          'host',
          'category',
          'verdict',
          fn.countAll<number>().as('requests'),
          fn.count<number>('person_id').distinct().as('people'),
        ])
        .groupBy(['host', 'category', 'verdict'])
        .orderBy('requests', 'desc')
        .orderBy('host')
        .limit(limit)
        .execute(),
    /** Of a range in the recent days: open sites that nobody asked for on any day counted before. */
    newSites: async ({ from, to }: { readonly from: Date; readonly to: Date }, limit: number): Promise<SiteCount[]> =>
      matching({ from, to, verdict: 'allow' })
        .where(eb =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('activity_site as s')
                .select('s.host')
                .where('s.school_id', '=', schoolId)
                .whereRef('s.host', '=', 'activity.host'),
            ),
          ),
        )
        .select(({ fn }) => [
          'host',
          'category',
          'verdict',
          fn.countAll<number>().as('requests'),
          fn.count<number>('person_id').distinct().as('people'),
        ])
        .groupBy(['host', 'category', 'verdict'])
        .orderBy('people', 'desc')
        .orderBy('host')
        .limit(limit)
        .execute(),
    /** Categories that were blocked or warned about, most first; no person. */
    categories: async (
      from: Date,
      to: Date,
      limit = 20,
    ): Promise<{ category: string; verdict: string; count: number }[]> =>
      db
        .selectFrom('activity')
        .select(({ fn }) => ['category', 'verdict', fn.countAll<number>().as('count')])
        .where('school_id', '=', schoolId)
        .where('at', '>=', from)
        .where('at', '<', to)
        .where('verdict', '!=', 'allow')
        .groupBy(['category', 'verdict'])
        .orderBy('count', 'desc')
        .limit(limit)
        .execute(),
    hasRows: async ({ from, to }: { readonly from: Date; readonly to: Date }): Promise<boolean> =>
      (await db
        .selectFrom('activity')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('at', '>=', from)
        .where('at', '<', to)
        .limit(1)
        .executeTakeFirst()) !== undefined,
    /** All rows of a range in batches, in no order. One at a time in one transaction. */
    stream: async function* ({
      from,
      to,
    }: {
      readonly from: Date
      readonly to: Date
    }): AsyncGenerator<readonly StoredActivity[]> {
      await sql`declare activity_stream no scroll cursor for
        select * from activity where school_id = ${schoolId} and at >= ${from} and at < ${to}`.execute(db)
      for (;;) {
        const { rows } = await sql<Selectable<ActivityTables['activity']>>`fetch 5000 from activity_stream`.execute(db)
        if (rows.length > 0) yield rows.map(rowOf)
        if (rows.length < 5_000) break
      }
      await sql`close activity_stream`.execute(db)
    },
    oldest: async (): Promise<Date | null> =>
      (
        await db
          .selectFrom('activity')
          .select('at')
          .where('school_id', '=', schoolId)
          .orderBy('at')
          .limit(1)
          .executeTakeFirst()
      )?.at ?? null,
  }
}

export type ActivityWrites = ReturnType<typeof activityWrites>
export function activityWrites(context: WriteContext) {
  const { tx, schoolId } = context
  const days = activityDayWrites(context)
  /** @returns null when one of them is there already: then none was added. */
  const allNew = async (insert: RawBuilder<unknown>): Promise<QueryResult<unknown> | null> => {
    await sql`savepoint all_new`.execute(tx)
    try {
      return await insert.execute(tx)
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      await sql`rollback to savepoint all_new`.execute(tx)
      return null
    }
  }
  return {
    ...activityReads({ ...context, db: tx }),
    ...segmentWrites(context),
    /**
     * Adds rows, each once; one with an id that is there already is left alone.
     * @param isNew none is thought to be there: then PostgreSQL need not look for each before it writes it, which takes it a
     *   fifth less time. Where one is there after all, all of them are looked for.
     * @returns how many were new.
     */
    add: async (rows: readonly ActivityRow[], isNew = false): Promise<number> => {
      const partitions = new Set(rows.map(({ at }) => at.toISOString().slice(0, 10)))
      for (const day of partitions) await sql`select activity_make_day(${day}::date)`.execute(tx)
      let added = 0
      for (let from = 0; from < rows.length; from += batch) {
        const insert = insertOf(schoolId, rows.slice(from, from + batch))
        const done = (isNew ? await allNew(insert) : null) ?? (await sql`${insert} on conflict do nothing`.execute(tx))
        added += Number(done.numAffectedRows ?? 0)
      }
      if (added > 0) await days.touch(londonDaysOf(rows))
      return added
    },
    /**
     * Deletes the rows of a range; with `keep`, all but those of these people. With `only`, this person's alone.
     * @returns how many went.
     */
    remove: async (
      { from, to }: { readonly from: Date; readonly to: Date },
      which: { readonly keep?: readonly string[]; readonly only?: string } = {},
    ): Promise<number> => {
      const { numDeletedRows } = await tx
        .deleteFrom('activity')
        .where('school_id', '=', schoolId)
        .where('at', '>=', from)
        .where('at', '<', to)
        .$if(which.keep !== undefined, query =>
          query.where(sql<boolean>`(person_id is null or person_id <> all(${[...(which.keep ?? [])]}::uuid[]))`),
        )
        .$if(which.only !== undefined, query => query.where('person_id', '=', which.only ?? ''))
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
    dropEmptyDays: async (before: Date): Promise<number> => {
      const { rows } = await sql<{
        n: number
      }>`select activity_drop_empty_days(${before.toISOString().slice(0, 10)}::date) as n`.execute(tx)
      return rows[0]?.n ?? 0
    },
  }
}

const batch = 10_000
/** PostgreSQL's manual, appendix A: `unique_violation`. */
const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505'

/**
 * One parameter a column: 18 columns of 10,000 rows would pass the limit of 65,535 parameters. What a few values say of
 * thousands of rows (group, method, verdict and the like) is sent once for each combination, and a row has its number.
 */
function insertOf(schoolId: string, rows: readonly ActivityRow[]): RawBuilder<unknown> {
  const kinds: ActivityRow[] = []
  const numbers = new Map<string, number>()
  const numberOf = (row: ActivityRow): string => {
    const { groups, kind, method, category, verdict, rule, continued, term, referrerHost, place, source } = row
    // PostgreSQL takes no text with U+0000 in it, so what stands between two of them is one value; null is no text.
    const maybe = [term, referrerHost, place].map(value => (value === null ? '' : `+${value}`)).join('\0')
    const key = `${groups.join()}\0${kind}\0${method}\0${category}\0${verdict}\0${rule}\0${continued}\0${source}\0${maybe}`
    let number = numbers.get(key)
    if (number === undefined) {
      number = kinds.push(row)
      numbers.set(key, number)
    }
    return String(number)
  }
  const each = (of: (row: ActivityRow) => string | null): string => arrayText(rows, of)
  const few = (of: (row: ActivityRow) => string | null): string => arrayText(kinds, of)
  // Numbered first: it fills the list of kinds.
  const numbered = each(numberOf)
  return sql`insert into activity (school_id, at, id, person_id, groups, kind, method, host, path, category, verdict, rule, continued,
      term, referrer_host, place, device, source)
    select ${schoolId}, to_timestamp(at / 1000.0), id, person_id, coalesce(string_to_array(nullif(groups, ''), ','), '{}'), kind, method, host, path,
      category, verdict, rule, continued, term, referrer_host, place, device, source
    from unnest(${each(row => String(row.at.getTime()))}::bigint[], ${each(row => row.id)}::uuid[], ${each(row => row.personId)}::uuid[],
      ${each(row => row.host)}::text[], ${each(row => row.path)}::text[], ${each(row => row.device)}::text[], ${numbered}::int[])
      as t(at, id, person_id, host, path, device, number)
    join unnest(${few(row => row.groups.join(','))}::text[], ${few(row => row.kind)}::text[], ${few(row => row.method)}::text[],
      ${few(row => row.category)}::text[], ${few(row => row.verdict)}::text[], ${few(row => row.rule)}::text[],
      ${few(row => (row.continued ? 't' : 'f'))}::boolean[], ${few(row => row.term)}::text[], ${few(row => row.referrerHost)}::text[],
      ${few(row => row.place)}::text[], ${few(row => row.source)}::text[])
      with ordinality as k(groups, kind, method, category, verdict, rule, continued, term, referrer_host, place, source, n) on k.n = t.number`
}
/** An array as PostgreSQL reads it (its manual, 8.15.2); the driver's own way of writing one takes three times as long. */
function arrayText<T>(rows: readonly T[], of: (row: T) => string | null): string {
  let text = '{'
  for (const row of rows) {
    const value = of(row)
    if (text.length > 1) text += ','
    text += value === null ? 'NULL' : /["\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`
  }
  return `${text}}`
}
const likeText = (text: string): string => text.replace(/[\\%_]/g, match => `\\${match}`)

const rowOf = (row: Selectable<ActivityTables['activity']>): StoredActivity => ({
  at: row.at,
  id: row.id,
  personId: row.person_id,
  groups: row.groups,
  kind: row.kind,
  method: row.method,
  host: row.host,
  path: row.path,
  category: row.category,
  verdict: row.verdict,
  rule: row.rule,
  continued: row.continued,
  term: row.term,
  referrerHost: row.referrer_host,
  place: row.place,
  device: row.device,
  source: row.source,
})
