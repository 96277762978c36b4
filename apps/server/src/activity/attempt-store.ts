import { addCalendarDays, startOfLondonDay } from '@gatehouse/engine/calendar'
import { sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { type Attempt, type AttemptKey, type AttemptOutcome, seriousCategories } from './attempt.ts'

interface Row {
  on_day: string
  category: string
  whose: string
  id: string
  first_at: Date
  last_at: Date
  count: number
  hosts: string[]
  groups: string[]
  outcome_id: string | null
  outcome: 'reported' | 'no-misuse' | null
  report_id: string | null
  by_id: string | null
  settled_at: Date | null
  due_at: Date | null
}

export type AttemptReads = ReturnType<typeof attemptReads>
export function attemptReads({ db, schoolId, seal }: ReadContext) {
  /** Attempts between two instants, newest first; only one key's where it is given. */
  const between = async (from: Date, to: Date, key: AttemptKey | null = null, limit = 500): Promise<Attempt[]> => {
    const { rows } = await sql<Row>`
      with noteworthy as (
        select at, id, host, groups, category, (at at time zone 'Europe/London')::date as on_day,
               coalesce(person_id::text, 'site:' || host) as whose
          from activity
         where school_id = ${schoolId} and at >= ${from} and at < ${to}
           and verdict <> 'allow' and (verdict = 'block' or continued)
           and category = any(${[...seriousCategories]}::text[])
      )
      select n.on_day, n.category, n.whose, (array_agg(n.id order by n.at, n.id))[1] as id,
             min(n.at) as first_at, max(n.at) as last_at, count(*) as count,
             (array_agg(distinct n.host))[1:5] as hosts, min(n.groups) as groups,
             o.id as outcome_id, o.outcome, o.report_id, o.by_id, o.at as settled_at, o.due_at
        from noteworthy n
        left join lateral (
          select id, outcome, report_id, by_id, at, due_at from attempt_outcome
           where school_id = ${schoolId} and on_day = n.on_day and category = n.category and whose = n.whose and until_at >= n.at
           order by until_at limit 1) o on true
       where ${key === null ? sql`true` : sql`n.on_day = ${key.day}::date and n.category = ${key.category} and n.whose = ${key.whose}`}
       group by n.on_day, n.category, n.whose, o.id, o.outcome, o.report_id, o.by_id, o.at, o.due_at
       order by min(n.at) desc
       limit ${limit}`.execute(db)
    return rows.map(attemptOf)
  }
  return {
    between,
    /** The attempt to which an entry of this key and instant belongs; null where the log has none. */
    containing: async (key: AttemptKey, at: Date): Promise<Attempt | null> => {
      const found = await between(startOfLondonDay(key.day), startOfLondonDay(addCalendarDays(key.day, 1)), key)
      return found.find(each => each.firstAt <= at && at <= each.lastAt) ?? null
    },
    /** Why somebody said that it is no misuse. */
    reason: async (outcomeId: string): Promise<string | null> => {
      const row = await db
        .selectFrom('attempt_outcome')
        .select(['key_id', 'reason'])
        .where('school_id', '=', schoolId)
        .where('id', '=', outcomeId)
        .executeTakeFirst()
      return row?.key_id && row.reason ? seal.open(row.key_id, row.reason) : null
    },
    /** The entry of the web log from which a report was made. */
    ofReport: async (reportId: string): Promise<{ readonly id: string; readonly at: Date } | null> => {
      if (!isId(reportId)) return null
      const row = await db
        .selectFrom('attempt_outcome')
        .select(['activity_id', 'activity_at'])
        .where('school_id', '=', schoolId)
        .where('report_id', '=', reportId)
        .executeTakeFirst()
      return row ? { id: row.activity_id, at: row.activity_at } : null
    },
    /** What was settled last. */
    latest: async (): Promise<AttemptOutcome | null> => {
      const row = await db
        .selectFrom('attempt_outcome')
        .select(['id', 'outcome', 'report_id', 'by_id', 'at', 'due_at'])
        .where('school_id', '=', schoolId)
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row
        ? { id: row.id, outcome: row.outcome, reportId: row.report_id, byId: row.by_id, at: row.at, dueAt: row.due_at }
        : null
    },
  }
}

export type AttemptWrites = ReturnType<typeof attemptWrites>
export function attemptWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...attemptReads({ ...context, db: tx }),
    /** The instant of this change. */
    now,
    /** Two people who settle one attempt wait for each other here. */
    lock: async ({ day, category, whose }: AttemptKey): Promise<void> => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`${schoolId} ${day} ${category} ${whose}`}, 0))`.execute(
        tx,
      )
    },
    settle: async (
      attempt: Attempt,
      how: { readonly reportId: string } | { readonly reason: string },
      facts: { readonly untilAt: Date; readonly dueAt: Date; readonly byId: string },
    ): Promise<string> => {
      const id = newId(now.getTime())
      const keyId = 'reason' in how ? await seal.newKey() : null
      await tx
        .insertInto('attempt_outcome')
        .values({
          school_id: schoolId,
          id,
          activity_id: attempt.id,
          activity_at: attempt.firstAt,
          on_day: attempt.day,
          category: attempt.category,
          whose: attempt.whose,
          until_at: facts.untilAt,
          due_at: facts.dueAt,
          outcome: 'reason' in how ? 'no-misuse' : 'reported',
          report_id: 'reason' in how ? null : how.reportId,
          key_id: keyId,
          reason: 'reason' in how && keyId ? await seal.seal(keyId, how.reason) : null,
          by_id: facts.byId,
          at: now,
        })
        .execute()
      return id
    },
  }
}

const attemptOf = (row: Row): Attempt => ({
  day: row.on_day,
  category: row.category,
  whose: row.whose,
  id: row.id,
  firstAt: row.first_at,
  lastAt: row.last_at,
  count: row.count,
  hosts: row.hosts,
  groups: row.groups,
  outcome:
    row.outcome_id && row.outcome && row.by_id && row.settled_at && row.due_at
      ? {
          id: row.outcome_id,
          outcome: row.outcome,
          reportId: row.report_id,
          byId: row.by_id,
          at: row.settled_at,
          dueAt: row.due_at,
        }
      : null,
})
