import type { CalendarDate } from '@gatehouse/engine/calendar'
import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { type Extent, isPurpose, type LookAuthority, type RefusedWhy, type Target, targets } from './look.ts'
import type { MonitoringTables } from './monitoring-tables.ts'

export interface LookAccess {
  readonly id: string
  readonly authorityId: string | null
  readonly target: string
  readonly personId: string | null
  readonly byId: string
  readonly at: Date
  readonly outcome: 'opened' | 'refused'
  readonly why: RefusedWhy | null
  readonly fromDay: CalendarDate | null
  readonly toDay: CalendarDate | null
  readonly beforeAuthority: boolean
}

export type LookReads = ReturnType<typeof lookReads>
export function lookReads({ db, schoolId, seal }: ReadContext) {
  const authorities = () => db.selectFrom('look_authority').selectAll().where('school_id', '=', schoolId)
  const accesses = () => db.selectFrom('look_access').selectAll().where('school_id', '=', schoolId)
  const row = async (id: string): Promise<Selectable<MonitoringTables['look_authority']>> => {
    const found = isId(id) ? await authorities().where('id', '=', id).executeTakeFirst() : undefined
    if (!found) throw new Refusal('not-found', 'There is no such leave to look.')
    return found
  }
  return {
    get: async (id: string): Promise<LookAuthority> => authorityOf(await row(id)),
    /** Why the asker needs it, in their words. */
    reason: async (id: string): Promise<string> => {
      const { key_id, reason } = await row(id)
      return seal.open(key_id, reason)
    },
    /** Newest first. */
    list: async (
      which: { readonly askedBy?: string; readonly waiting?: boolean; readonly personId?: string },
      limit = 50,
    ): Promise<LookAuthority[]> =>
      (
        await authorities()
          .$if(which.askedBy !== undefined, query => query.where('asked_by', '=', which.askedBy ?? ''))
          .$if(which.personId !== undefined, query => query.where('person_id', '=', which.personId ?? ''))
          .$if(which.waiting === true, query => query.where('state', '=', 'waiting'))
          .orderBy('asked_at', 'desc')
          .limit(limit)
          .execute()
      ).map(authorityOf),
    /** Asked for within a half-open range. */
    askedBetween: async (from: Date, to: Date): Promise<LookAuthority[]> =>
      (await authorities().where('asked_at', '>=', from).where('asked_at', '<', to).orderBy('asked_at').execute()).map(
        authorityOf,
      ),
    /** Looks and refusals within a half-open range, oldest first. */
    accesses: async (from: Date, to: Date, limit = 10_000): Promise<LookAccess[]> =>
      (
        await accesses().where('at', '>=', from).where('at', '<', to).orderBy('at').orderBy('id').limit(limit).execute()
      ).map(accessOf),
    /** Looks that were made under one leave, newest first. */
    accessesOf: async (authorityId: string, limit = 100): Promise<LookAccess[]> =>
      (await accesses().where('authority_id', '=', authorityId).orderBy('at', 'desc').limit(limit).execute()).map(
        accessOf,
      ),
    latestAccess: async (outcome: 'opened' | 'refused'): Promise<LookAccess | null> => {
      const found = await accesses().where('outcome', '=', outcome).orderBy('at', 'desc').limit(1).executeTakeFirst()
      return found ? accessOf(found) : null
    },
  }
}

export interface NewLook {
  readonly requestId: string
  readonly target: Target
  readonly purpose: string
  readonly personId: string
  readonly isByEntry: boolean
  readonly askedBy: string
  readonly fromDay: CalendarDate
  readonly toDay: CalendarDate
  readonly what: Extent
  readonly reason: string
  readonly authorityDue: Date | null
  readonly decider: 'headteacher' | 'chair'
  readonly endsAt: Date
}

export type LookWrites = ReturnType<typeof lookWrites>
export function lookWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...lookReads({ ...context, db: tx }),
    /** The instant of this change. */
    now,
    add: async (id: string, look: NewLook): Promise<void> => {
      const keyId = await seal.newKey()
      await tx
        .insertInto('look_authority')
        .values({
          school_id: schoolId,
          id,
          request_id: look.requestId,
          target: look.target,
          purpose: look.purpose,
          person_id: look.personId,
          by_entry: look.isByEntry,
          asked_by: look.askedBy,
          asked_at: now,
          from_day: look.fromDay,
          to_day: look.toDay,
          what: look.what,
          key_id: keyId,
          reason: await seal.seal(keyId, look.reason),
          urgent: look.authorityDue !== null,
          authority_due: look.authorityDue,
          decider: look.decider,
          state: 'waiting',
          decided_by: null,
          decided_at: null,
          ends_at: look.endsAt,
        })
        .execute()
    },
    lock: async (id: string): Promise<LookAuthority> => {
      const found = isId(id)
        ? await tx
            .selectFrom('look_authority')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where('id', '=', id)
            .forUpdate()
            .executeTakeFirst()
        : undefined
      if (!found) throw new Refusal('not-found', 'There is no such leave to look.')
      return authorityOf(found)
    },
    decide: (id: string, state: 'approved' | 'refused', decidedBy: string, endsAt: Date) =>
      tx
        .updateTable('look_authority')
        .set({ state, decided_by: decidedBy, decided_at: now, ends_at: endsAt })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
    close: (id: string, state: 'withdrawn' | 'ended') =>
      tx
        .updateTable('look_authority')
        .set({ state, ends_at: now })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
    addAccess: async (access: Omit<LookAccess, 'id' | 'at'>): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('look_access')
        .values({
          school_id: schoolId,
          id,
          authority_id: access.authorityId,
          target: access.target,
          person_id: access.personId,
          by_id: access.byId,
          at: now,
          outcome: access.outcome,
          why: access.why,
          from_day: access.fromDay,
          to_day: access.toDay,
          before_authority: access.beforeAuthority,
        })
        .execute()
      return id
    },
  }
}

const authorityOf = (row: Selectable<MonitoringTables['look_authority']>): LookAuthority => {
  const target = targets.find(each => each === row.target)
  if (!target || !isPurpose(row.purpose)) throw new Error('a leave to look names a target and a purpose of the lists')
  return {
    id: row.id,
    requestId: row.request_id,
    target,
    purpose: row.purpose,
    personId: row.person_id,
    isByEntry: row.by_entry,
    askedBy: row.asked_by,
    askedAt: row.asked_at,
    fromDay: row.from_day,
    toDay: row.to_day,
    what: row.what === 'not-allowed' ? 'not-allowed' : 'everything',
    urgent: row.urgent,
    authorityDue: row.authority_due,
    decider: row.decider,
    state: row.state,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    endsAt: row.ends_at,
  }
}
const accessOf = (row: Selectable<MonitoringTables['look_access']>): LookAccess => ({
  id: row.id,
  authorityId: row.authority_id,
  target: row.target,
  personId: row.person_id,
  byId: row.by_id,
  at: row.at,
  outcome: row.outcome,
  // Only `addAccess` writes it, from the type.
  why: row.why as RefusedWhy | null,
  fromDay: row.from_day,
  toDay: row.to_day,
  beforeAuthority: row.before_authority,
})
