import { type DeadlineRule, dueAt, type Pause, type SchoolCalendar } from '@gatehouse/engine/calendar'
import { type Selectable, sql } from 'kysely'
import type { Role } from '../permissions.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Deadline, DeadlineState, NewDeadline } from './deadline.ts'
import type { DutiesTables } from './duties-tables.ts'
import { englandBankHolidayFile } from './data/bank-holidays.ts'

const bankHolidays: readonly string[] = englandBankHolidayFile().holidays.map(({ date }) => date)

export type DeadlineReads = ReturnType<typeof deadlineReads>
export function deadlineReads({ db, schoolId }: ReadContext) {
  const rows = () => db.selectFrom('deadline').selectAll().where('school_id', '=', schoolId)
  return {
    get: async (id: string): Promise<Deadline> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such deadline at this school.')
      return deadlineOf(row)
    },
    about: async (subject: string): Promise<Deadline[]> =>
      (await rows().where('subject', '=', subject).orderBy('due_at').execute()).map(deadlineOf),
    /** About any of these, in any state, soonest first. */
    aboutAny: async (subjects: readonly string[]): Promise<Deadline[]> =>
      subjects.length === 0
        ? []
        : (await rows().where('subject', 'in', subjects).orderBy('due_at').execute()).map(deadlineOf),
    /** Not yet done, soonest first. */
    open: async (limit = 200): Promise<Deadline[]> =>
      (await rows().where('state', 'in', ['open', 'missed']).orderBy('due_at').limit(limit).execute()).map(deadlineOf),
    /** Of some kinds, whose due instant lies in a half-open range, in any state. */
    between: async (kinds: readonly string[], from: Date, to: Date): Promise<Deadline[]> =>
      (
        await rows()
          .where('kind', 'in', kinds)
          .where('due_at', '>=', from)
          .where('due_at', '<', to)
          .orderBy('due_at')
          .execute()
      ).map(deadlineOf),
    /** Not done, of one role. */
    openOf: async (role: Role): Promise<Deadline[]> =>
      (
        await rows().where('state', 'in', ['open', 'missed']).where('owner_role', '=', role).orderBy('due_at').execute()
      ).map(deadlineOf),
    /** What waits at each of these links: the title of the newest deadline there. */
    titles: async (links: readonly string[]): Promise<Map<string, string>> => {
      if (links.length === 0) return new Map()
      const found = await db
        .selectFrom('deadline')
        .distinctOn('link')
        .select(['link', 'title'])
        .where('school_id', '=', schoolId)
        .where('link', 'in', [...new Set(links)])
        .orderBy('link')
        .orderBy('starts_at', 'desc')
        .execute()
      return new Map(found.map(row => [row.link, row.title]))
    },
    /** Not done, and given to this person by name. */
    heldBy: async (personId: string): Promise<Deadline[]> =>
      (
        await rows()
          .where('state', 'in', ['open', 'missed'])
          .where('owner_id', '=', personId)
          .orderBy('due_at')
          .execute()
      ).map(deadlineOf),
    /** Done or past due, and due in a half-open range: for counting how a role kept its time. Withdrawn ones are left out. */
    settled: async (from: Date, to: Date): Promise<Deadline[]> =>
      (
        await rows()
          .where('state', '<>', 'withdrawn')
          .where('due_at', '>=', from)
          .where('due_at', '<', to)
          .orderBy('due_at')
          .execute()
      ).map(deadlineOf),
    latest: async (kinds: readonly string[], limit = 50): Promise<Deadline[]> =>
      (await rows().where('kind', 'in', kinds).orderBy('starts_at', 'desc').limit(limit).execute()).map(deadlineOf),
    pauses: async (id: string): Promise<{ from: Date; to: Date | null; reason: string }[]> =>
      (
        await db
          .selectFrom('deadline_pause')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('deadline_id', '=', id)
          .orderBy('from_at')
          .execute()
      ).map(row => ({ from: row.from_at, to: row.to_at, reason: row.reason })),
    /** Bank holidays of England and this school's terms and closures, for the one calendar. */
    calendar: async (): Promise<SchoolCalendar> => {
      const terms = await db
        .selectFrom('term')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('from_date')
        .execute()
      const closures = await db.selectFrom('closure').select('on_date').where('school_id', '=', schoolId).execute()
      return {
        bankHolidays,
        terms: terms.map(row => ({ from: row.from_date, to: row.to_date })),
        closures: closures.map(row => row.on_date),
      }
    },
    terms: async (): Promise<{ from: string; to: string; name: string }[]> =>
      (await db.selectFrom('term').selectAll().where('school_id', '=', schoolId).orderBy('from_date').execute()).map(
        row => ({ from: row.from_date, to: row.to_date, name: row.name }),
      ),
  }
}

export type DeadlineWrites = ReturnType<typeof deadlineWrites>
export function deadlineWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  const reads = deadlineReads({ ...context, db: tx })
  const set = (id: string, values: Partial<Selectable<DutiesTables['deadline']>>) => {
    const { rule: _, ...plain } = values
    return tx.updateTable('deadline').set(plain).where('school_id', '=', schoolId).where('id', '=', id).execute()
  }
  const recompute = async (id: string): Promise<void> => {
    const deadline = await reads.get(id)
    const pauses: Pause[] = await reads.pauses(id)
    await set(id, { due_at: dueAt(deadline.startsAt, deadline.rule, await reads.calendar(), pauses) })
  }
  return {
    ...reads,
    /** Starts a clock. Say so in the event of the change that starts it (`detail.due`). @returns the deadline as stored. */
    start: async (deadline: NewDeadline): Promise<Deadline> => {
      const startsAt = deadline.startsAt ?? now
      const due = dueAt(startsAt, deadline.rule, await reads.calendar())
      const id = newId(now.getTime())
      await tx
        .insertInto('deadline')
        .values({
          school_id: schoolId,
          id,
          kind: deadline.kind,
          subject: deadline.subject,
          title: deadline.title,
          link: deadline.link,
          owner_role: deadline.ownerRole,
          owner_id: deadline.ownerId ?? null,
          rule: JSON.stringify(deadline.rule),
          starts_at: startsAt,
          due_at: due,
          met_at: null,
          missed_at: null,
          noticed_at: null,
          reminded_at: null,
          kept_from: [...new Set(deadline.keptFrom ?? [])],
        })
        .execute()
      return reads.get(id)
    },
    /** Marks every deadline of this kind about this subject as done at `at`: `met` if in time, else `late` with the true times. @returns them. */
    meet: async (kind: string, subject: string, at: Date = now): Promise<Deadline[]> => {
      const waiting = await tx
        .selectFrom('deadline')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('kind', '=', kind)
        .where('subject', '=', subject)
        .where('state', 'in', ['open', 'missed'])
        .forUpdate()
        .execute()
      for (const row of waiting) {
        const late = row.due_at !== null && at > row.due_at
        await set(row.id, {
          state: late ? 'late' : 'met',
          met_at: at,
          ...(late && row.missed_at === null ? { missed_at: row.due_at, noticed_at: now } : {}),
        })
      }
      return Promise.all(waiting.map(row => reads.get(row.id)))
    },
    withdraw: (kind: string, subject: string) =>
      tx
        .updateTable('deadline')
        .set({ state: 'withdrawn' })
        .where('school_id', '=', schoolId)
        .where('kind', '=', kind)
        .where('subject', '=', subject)
        .where('state', 'in', ['open', 'missed'])
        .execute(),
    giveTo: (id: string, ownerRole: Role, ownerId: string | null) =>
      set(id, { owner_role: ownerRole, owner_id: ownerId }),
    /** Counts every running deadline again after the calendar changed. Those past due are left as they are. @returns how many moved. */
    recountOpen: async (): Promise<number> => {
      const calendar = await reads.calendar()
      const open = (
        await tx
          .selectFrom('deadline')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('state', '=', 'open')
          .where('due_at', '>', now)
          .forUpdate()
          .execute()
      ).map(deadlineOf)
      let moved = 0
      for (const { id, startsAt, rule, dueAt: before } of open) {
        if (!dependsOnCalendar(rule)) continue
        const after = dueAt(startsAt, rule, calendar, await reads.pauses(id))
        if (after?.getTime() === before?.getTime()) continue
        await set(id, { due_at: after })
        moved++
      }
      return moved
    },
    /** From now on these people are neither told nor shown the deadlines of these subjects, done ones included. */
    keepFrom: async (subjects: readonly string[], personIds: readonly string[]): Promise<void> => {
      if (subjects.length === 0 || personIds.length === 0) return
      await tx
        .updateTable('deadline')
        .set({
          kept_from: sql<
            string[]
          >`(select array_agg(distinct each) from unnest(kept_from || ${[...personIds]}::uuid[]) as each)`,
        })
        .where('school_id', '=', schoolId)
        .where('subject', 'in', subjects)
        .execute()
    },
    pause: async (id: string, reason: string): Promise<void> => {
      await tx
        .insertInto('deadline_pause')
        .values({ school_id: schoolId, deadline_id: id, from_at: now, to_at: null, reason })
        .execute()
      await recompute(id)
    },
    resume: async (id: string): Promise<void> => {
      await tx
        .updateTable('deadline_pause')
        .set({ to_at: now })
        .where('school_id', '=', schoolId)
        .where('deadline_id', '=', id)
        .where('to_at', 'is', null)
        .execute()
      await recompute(id)
    },
    /** The worker's: the due instant passed with nothing done. `missed_at` is the due instant itself, however late it is noticed. */
    markMissed: (id: string, due: Date) => set(id, { state: 'missed', missed_at: due, noticed_at: now }),
    markReminded: (id: string, escalation: number) => set(id, { reminded_at: now, escalation }),
    /** Open, unpaused, and past due. Holds the rows. */
    overdue: async (limit = 100): Promise<Deadline[]> =>
      (
        await tx
          .selectFrom('deadline')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('state', '=', 'open')
          .where('due_at', '<', now)
          .orderBy('due_at')
          .limit(limit)
          .forUpdate()
          .skipLocked()
          .execute()
      ).map(deadlineOf),
    /** Holds these rows until the transaction ends, and gives them as they now stand. */
    lockThese: async (ids: readonly string[]): Promise<Deadline[]> =>
      ids.length === 0
        ? []
        : (
            await tx
              .selectFrom('deadline')
              .selectAll()
              .where('school_id', '=', schoolId)
              .where('id', 'in', ids)
              .orderBy('due_at')
              .forUpdate()
              .execute()
          ).map(deadlineOf),
    /** Gives what a person was given by name, and is not done, to another. @returns how many moved. */
    moveOpen: async (fromPersonId: string, toPersonId: string | null, role?: Role): Promise<number> => {
      const { numUpdatedRows } = await tx
        .updateTable('deadline')
        .set({ owner_id: toPersonId })
        .where('school_id', '=', schoolId)
        .where('owner_id', '=', fromPersonId)
        .where('state', 'in', ['open', 'missed'])
        .$if(role !== undefined, query => query.where('owner_role', '=', role ?? ''))
        .executeTakeFirst()
      return Number(numUpdatedRows)
    },
    addTerm: (name: string, from: string, to: string) =>
      tx.insertInto('term').values({ school_id: schoolId, from_date: from, to_date: to, name }).execute(),
    addClosure: (on: string, name: string) =>
      tx.insertInto('closure').values({ school_id: schoolId, on_date: on, name }).execute(),
  }
}

/** Clock hours and calendar days are counted the same whatever the school's year is like. */
const dependsOnCalendar = (rule: DeadlineRule): boolean =>
  rule.basis === 'school-days' ||
  rule.basis === 'working-days' ||
  (rule.basis === 'calendar-months' && rule.rollToWorkingDay) ||
  (rule.basis === 'first-of' && rule.rules.some(dependsOnCalendar))

const deadlineOf = (row: Selectable<DutiesTables['deadline']>): Deadline => ({
  id: row.id,
  kind: row.kind,
  subject: row.subject,
  title: row.title,
  link: row.link,
  // Only `start` and `giveTo` write these two, from the types.
  ownerRole: row.owner_role as Role,
  ownerId: row.owner_id,
  rule: row.rule as DeadlineRule,
  startsAt: row.starts_at,
  dueAt: row.due_at,
  state: row.state as DeadlineState,
  metAt: row.met_at,
  missedAt: row.missed_at,
  noticedAt: row.noticed_at,
  remindedAt: row.reminded_at,
  escalation: row.escalation,
  keptFrom: row.kept_from,
})
