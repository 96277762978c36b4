import type { Selectable } from 'kysely'
import type { Actor } from '../platform/actor.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { idOr } from './case-parts-store.ts'
import { caseVisibleTo } from './case-store.ts'
import type { CaseTables } from './incidents-tables.ts'
import type { Ground, SearchStatus, SearchStep } from './search.ts'

export interface DeviceSearch {
  readonly id: string
  readonly caseId: string
  readonly keyId: string
  readonly ownership: 'school' | 'pupil'
  readonly ground: Ground
  readonly rule: string
  readonly searchedBy: string
  readonly authorisedBy: string
  readonly witnessId: string
  readonly pupilId: string | null
  readonly searchedAt: Date
  readonly recordedAt: Date
  readonly status: SearchStatus
  readonly parentsToldAt: Date | null
}
export interface SearchAuthorisation {
  readonly id: string
  readonly personId: string
  readonly givenBy: string
  readonly from: Date
  readonly to: Date | null
}

export type SearchReads = ReturnType<typeof searchReads>
export function searchReads({ db, schoolId, now, seal }: ReadContext) {
  const rows = () => db.selectFrom('device_search').selectAll().where('school_id', '=', schoolId)
  const authorisations = () => db.selectFrom('search_authorisation').selectAll().where('school_id', '=', schoolId)
  return {
    ofCase: async (caseId: string): Promise<DeviceSearch[]> =>
      (await rows().where('case_id', '=', caseId).orderBy('recorded_at').execute()).map(searchOf),
    /** @throws {Refusal} `not-found` outside the actor's cases. */
    get: async (actor: Actor, id: string): Promise<DeviceSearch> => {
      const row = await db
        .selectFrom('device_search')
        .innerJoin('case_file', join =>
          join
            .onRef('case_file.school_id', '=', 'device_search.school_id')
            .onRef('case_file.id', '=', 'device_search.case_id'),
        )
        .selectAll('device_search')
        .where('device_search.school_id', '=', schoolId)
        .where('device_search.id', '=', idOr(id))
        .where(caseVisibleTo(actor))
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such search at this school that you may open.')
      return searchOf(row)
    },
    register: async (actor: Actor, limit = 200): Promise<DeviceSearch[]> =>
      (
        await db
          .selectFrom('device_search')
          .innerJoin('case_file', join =>
            join
              .onRef('case_file.school_id', '=', 'device_search.school_id')
              .onRef('case_file.id', '=', 'device_search.case_id'),
          )
          .selectAll('device_search')
          .where('device_search.school_id', '=', schoolId)
          .where(caseVisibleTo(actor))
          .orderBy('recorded_at', 'desc')
          .limit(limit)
          .execute()
      ).map(searchOf),
    latest: async (limit = 50): Promise<DeviceSearch[]> =>
      (await rows().orderBy('recorded_at', 'desc').limit(limit).execute()).map(searchOf),
    words: async (search: DeviceSearch): Promise<Readonly<Record<string, string>>> => {
      const row = await rows().where('id', '=', search.id).executeTakeFirstOrThrow()
      return JSON.parse(await seal.open(search.keyId, row.content)) as Record<string, string>
    },
    custody: async (search: DeviceSearch) =>
      Promise.all(
        (
          await db
            .selectFrom('search_custody')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where('search_id', '=', search.id)
            .orderBy('at')
            .execute()
        ).map(async row => ({
          step: row.step as SearchStep,
          at: row.at,
          byId: row.by_id,
          words: await seal.open(search.keyId, row.words),
        })),
      ),
    /** The headteacher's written leave for this person to search, where there is one now. */
    authorisationOf: async (personId: string, at: Date = now): Promise<SearchAuthorisation | null> => {
      const row = await authorisations()
        .where('person_id', '=', personId)
        .where('from_at', '<=', at)
        .where(eb => eb.or([eb('to_at', 'is', null), eb('to_at', '>', at)]))
        .orderBy('from_at', 'desc')
        .executeTakeFirst()
      return row ? authorisationOf(row) : null
    },
    authorisations: async (): Promise<SearchAuthorisation[]> =>
      (await authorisations().orderBy('from_at', 'desc').execute()).map(authorisationOf),
  }
}

export type SearchWrites = ReturnType<typeof searchWrites>
export function searchWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...searchReads({ ...context, db: tx }),
    authorise: async (personId: string, givenBy: string, to: Date | null): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('search_authorisation')
        .values({ school_id: schoolId, id, person_id: personId, given_by: givenBy, from_at: now, to_at: to })
        .execute()
      return id
    },
    endAuthorisation: async (id: string): Promise<string> => {
      const row = await tx
        .updateTable('search_authorisation')
        .set({ to_at: now })
        .where('school_id', '=', schoolId)
        .where('id', '=', idOr(id))
        .where(eb => eb.or([eb('to_at', 'is', null), eb('to_at', '>', now)]))
        .returning('person_id')
        .executeTakeFirst()
      if (!row) throw new Refusal('conflict', 'This leave to search has ended already.')
      return row.person_id
    },
    add: async (
      search: Omit<DeviceSearch, 'id' | 'keyId' | 'recordedAt' | 'status' | 'parentsToldAt'>,
      words: Readonly<Record<string, string>>,
    ): Promise<string> => {
      const id = newId(now.getTime())
      const keyId = await seal.newKey()
      await tx
        .insertInto('device_search')
        .values({
          school_id: schoolId,
          id,
          case_id: search.caseId,
          key_id: keyId,
          ownership: search.ownership,
          grounds: search.ground,
          rule: search.rule,
          content: await seal.seal(keyId, JSON.stringify(words)),
          searched_by: search.searchedBy,
          authorised_by: search.authorisedBy,
          witness_id: search.witnessId,
          pupil_id: search.pupilId,
          searched_at: search.searchedAt,
          recorded_at: now,
          status: 'held',
          outcome: null,
          parents_told_at: null,
        })
        .execute()
      return id
    },
    lock: async (actor: Actor, id: string): Promise<DeviceSearch> => {
      await tx
        .selectFrom('device_search')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('id', '=', idOr(id))
        .forUpdate()
        .executeTakeFirst()
      return searchReads({ ...context, db: tx }).get(actor, id)
    },
    addStep: async (
      search: DeviceSearch,
      step: SearchStep,
      status: SearchStatus,
      byId: string,
      words: string,
    ): Promise<void> => {
      await tx
        .insertInto('search_custody')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          search_id: search.id,
          step,
          at: now,
          by_id: byId,
          words: await seal.seal(search.keyId, words),
        })
        .execute()
      await tx
        .updateTable('device_search')
        .set({ status, ...(step === 'tell-parents' ? { parents_told_at: now } : {}) })
        .where('school_id', '=', schoolId)
        .where('id', '=', search.id)
        .execute()
    },
  }
}

const searchOf = (row: Selectable<CaseTables['device_search']>): DeviceSearch => ({
  id: row.id,
  caseId: row.case_id,
  keyId: row.key_id,
  ownership: row.ownership,
  // Written by the service alone, from the types.
  ground: row.grounds as Ground,
  rule: row.rule,
  searchedBy: row.searched_by,
  authorisedBy: row.authorised_by,
  witnessId: row.witness_id,
  pupilId: row.pupil_id,
  searchedAt: row.searched_at,
  recordedAt: row.recorded_at,
  status: row.status,
  parentsToldAt: row.parents_told_at,
})
const authorisationOf = (row: Selectable<CaseTables['search_authorisation']>): SearchAuthorisation => ({
  id: row.id,
  personId: row.person_id,
  givenBy: row.given_by,
  from: row.from_at,
  to: row.to_at,
})
