import type { CalendarDate } from '@gatehouse/engine/calendar'
import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { MonitoringTables } from './monitoring-tables.ts'

export interface WatcherReport {
  readonly id: string
  readonly reader: 'headteacher' | 'chair'
  /** Both inclusive. */
  readonly fromDay: CalendarDate
  readonly toDay: CalendarDate
  readonly madeAt: Date
  readonly looks: number
  readonly refused: number
  readonly beforeAuthority: number
  readonly digest: string
  readonly dueAt: Date
  readonly readBy: string | null
  readonly readAt: Date | null
}

export type WatcherReads = ReturnType<typeof watcherReads>
export function watcherReads({ db, schoolId, seal }: ReadContext) {
  const rows = () => db.selectFrom('watcher_report').selectAll().where('school_id', '=', schoolId)
  const one = async (id: string): Promise<Selectable<MonitoringTables['watcher_report']>> => {
    const row = isId(id) ? await rows().where('id', '=', id).executeTakeFirst() : undefined
    if (!row) throw new Refusal('not-found', 'There is no such report on those who look.')
    return row
  }
  return {
    get: async (id: string): Promise<WatcherReport> => reportOf(await one(id)),
    note: async (id: string): Promise<string | null> => {
      const { key_id, note } = await one(id)
      return key_id && note ? seal.open(key_id, note) : null
    },
    /** Newest first. */
    list: async (reader?: 'headteacher' | 'chair', limit = 20): Promise<WatcherReport[]> =>
      (
        await rows()
          .$if(reader !== undefined, query => query.where('reader', '=', reader ?? 'chair'))
          .orderBy('from_day', 'desc')
          .limit(limit)
          .execute()
      ).map(reportOf),
  }
}

export type WatcherWrites = ReturnType<typeof watcherWrites>
export function watcherWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...watcherReads({ ...context, db: tx }),
    now,
    /** @returns the report's id, or null where the one for this half term was made before. */
    add: async (report: Omit<WatcherReport, 'id' | 'madeAt' | 'readBy' | 'readAt'>): Promise<string | null> => {
      const id = newId(now.getTime())
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('watcher_report')
        .values({
          school_id: schoolId,
          id,
          reader: report.reader,
          from_day: report.fromDay,
          to_day: report.toDay,
          made_at: now,
          looks: report.looks,
          refused: report.refused,
          before_authority: report.beforeAuthority,
          digest: report.digest,
          due_at: report.dueAt,
          read_by: null,
          read_at: null,
          key_id: null,
          note: null,
        })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      return Number(numInsertedOrUpdatedRows) > 0 ? id : null
    },
    lock: async (id: string): Promise<WatcherReport> => {
      const row = await tx
        .selectFrom('watcher_report')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such report on those who look.')
      return reportOf(row)
    },
    read: async (id: string, personId: string, note: string): Promise<void> => {
      const keyId = await seal.newKey()
      await tx
        .updateTable('watcher_report')
        .set({ read_by: personId, read_at: now, key_id: keyId, note: await seal.seal(keyId, note) })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute()
    },
  }
}

const reportOf = (row: Selectable<MonitoringTables['watcher_report']>): WatcherReport => ({
  id: row.id,
  reader: row.reader,
  fromDay: row.from_day,
  toDay: row.to_day,
  madeAt: row.made_at,
  looks: row.looks,
  refused: row.refused,
  beforeAuthority: row.before_authority,
  digest: row.digest,
  dueAt: row.due_at,
  readBy: row.read_by,
  readAt: row.read_at,
})
