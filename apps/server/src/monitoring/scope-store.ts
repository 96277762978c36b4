import { londonDate } from '@gatehouse/engine/calendar'
import type { Selectable } from 'kysely'
import type { PeopleReads } from '../people/people-store.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { FlagTables } from './flag-tables.ts'

export interface Scope {
  readonly id: string
  readonly requestId: string
  readonly groups: readonly string[]
  readonly state: FlagTables['monitoring_scope']['state']
  /** 'YYYY-MM-DD': from the day after it nothing is covered any more. */
  readonly reviewOn: string
  readonly advisedBy: string | null
  readonly advisedAt: Date | null
  readonly advice: string | null
  readonly approvedAt: Date | null
  readonly notice: string | null
  readonly noticedBy: string | null
  readonly noticedAt: Date | null
  readonly endedAt: Date | null
}

/** The groups that may be monitored now, by their names. */
export async function coveredNames(reads: {
  readonly scopes: Pick<ScopeReads, 'coveredGroups'>
  readonly people: Pick<PeopleReads, 'groups'>
}): Promise<string[]> {
  const names = new Map((await reads.people.groups('filter')).map(({ id, name }) => [id, name]))
  return (await reads.scopes.coveredGroups()).map(id => names.get(id) ?? id)
}

export type ScopeReads = ReturnType<typeof scopeReads>
export function scopeReads({ db, schoolId, now }: ReadContext) {
  const rows = () => db.selectFrom('monitoring_scope').selectAll().where('school_id', '=', schoolId)
  return {
    /** Newest first. */
    scopes: async (): Promise<Scope[]> => (await rows().orderBy('id', 'desc').limit(100).execute()).map(scopeOf),
    scope: async (id: string): Promise<Scope> => {
      const row = isId(id) ? await rows().where('id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', 'There is no such assessment at this school.')
      return scopeOf(row)
    },
    /** Groups that may be monitored now: approved, the people told, and the review not past. */
    coveredGroups: async (): Promise<readonly string[]> => {
      const found = await rows().where('state', '=', 'in-force').where('review_on', '>=', londonDate(now)).execute()
      return [...new Set(found.flatMap(({ groups }) => groups))].sort()
    },
  }
}

export type ScopeWrites = ReturnType<typeof scopeWrites>
export function scopeWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  const set = (id: string, values: Partial<Omit<FlagTables['monitoring_scope'], 'school_id' | 'id'>>) =>
    tx.updateTable('monitoring_scope').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  return {
    ...scopeReads({ ...context, db: tx }),
    now,
    add: async (scope: { requestId: string; groups: readonly string[]; reviewOn: string }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('monitoring_scope')
        .values({
          school_id: schoolId,
          id,
          request_id: scope.requestId,
          groups: [...scope.groups].sort(),
          state: 'waiting',
          review_on: scope.reviewOn,
          advised_by: null,
          advised_at: null,
          advice: null,
          approved_at: null,
          notice: null,
          noticed_by: null,
          noticed_at: null,
          ended_at: null,
          ended_by: null,
        })
        .execute()
      return id
    },
    advise: (id: string, personId: string, advice: string) =>
      set(id, { advised_by: personId, advised_at: now, advice }),
    decide: (id: string, approved: boolean) =>
      set(id, approved ? { state: 'approved', approved_at: now } : { state: 'refused' }),
    notice: (id: string, personId: string, words: string) =>
      set(id, { state: 'in-force', notice: words, noticed_by: personId, noticed_at: now }),
    end: (id: string, personId: string) => set(id, { state: 'ended', ended_at: now, ended_by: personId }),
  }
}

const scopeOf = (row: Selectable<FlagTables['monitoring_scope']>): Scope => ({
  id: row.id,
  requestId: row.request_id,
  groups: row.groups,
  state: row.state,
  reviewOn: row.review_on,
  advisedBy: row.advised_by,
  advisedAt: row.advised_at,
  advice: row.advice,
  approvedAt: row.approved_at,
  notice: row.notice,
  noticedBy: row.noticed_by,
  noticedAt: row.noticed_at,
  endedAt: row.ended_at,
})
