import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { idOr } from './case-parts-store.ts'
import type { Case } from './case-store.ts'
import type { CaseTables } from './incidents-tables.ts'

export interface Sanction {
  readonly id: string
  readonly caseId: string
  readonly personId: string
  readonly response: string
  readonly rule: string
  readonly decidedBy: string
  readonly decidedAt: Date
  readonly reviewAt: Date
  readonly reviewedAt: Date | null
  readonly endsAt: Date | null
  readonly endedAt: Date | null
  readonly endedHow: 'ran-out' | 'lifted' | 'appeal' | null
  readonly appeal: 'none' | 'made' | 'upheld' | 'dismissed'
}
export interface Restriction {
  readonly id: string
  readonly caseId: string
  readonly sanctionId: string | null
  readonly personId: string
  readonly what: 'sign-in' | 'internet'
  readonly from: Date
  readonly until: Date | null
  readonly liftedAt: Date | null
}

export type SanctionReads = ReturnType<typeof sanctionReads>
export function sanctionReads({ db, schoolId, now, seal }: ReadContext) {
  const rows = () => db.selectFrom('sanction').selectAll().where('school_id', '=', schoolId)
  const restrictions = () => db.selectFrom('access_restriction').selectAll().where('school_id', '=', schoolId)
  return {
    ofCase: async (caseId: string): Promise<Sanction[]> =>
      (await rows().where('case_id', '=', caseId).orderBy('decided_at').execute()).map(sanctionOf),
    inCase: async (caseId: string, id: string): Promise<Sanction> => {
      const row = await rows().where('case_id', '=', idOr(caseId)).where('id', '=', idOr(id)).executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such sanction in this case.')
      return sanctionOf(row)
    },
    words: async (file: Case, id: string) => {
      const row = await rows().where('case_id', '=', file.id).where('id', '=', idOr(id)).executeTakeFirstOrThrow()
      const open = (sealed: Buffer | null) => (sealed ? seal.open(file.keyId, sealed) : Promise.resolve(null))
      return {
        reasons: await seal.open(file.keyId, row.reasons),
        alternatives: await open(row.alternatives),
        appeal: await open(row.appeal_words),
        ladoAsked: row.lado_asked,
      }
    },
    latest: async (limit = 50): Promise<Sanction[]> =>
      (await rows().orderBy('decided_at', 'desc').limit(limit).execute()).map(sanctionOf),
    /** Sanctions whose end has passed and that nothing ended, oldest first. */
    latestRunOut: async (at: Date, limit = 100): Promise<Sanction[]> =>
      (
        await rows().where('ended_at', 'is', null).where('ends_at', '<=', at).orderBy('ends_at').limit(limit).execute()
      ).map(sanctionOf),
    /** Something is taken away from this person now. For whoever decides about the internet or signing in. */
    restrictionsOn: async (personId: string): Promise<Restriction[]> =>
      (
        await restrictions()
          .where('person_id', '=', personId)
          .where('lifted_at', 'is', null)
          .where('from_at', '<=', now)
          .execute()
      ).map(restrictionOf),
    /** Everybody without internet at this moment, for the filter's rules. */
    withoutInternet: async (): Promise<string[]> =>
      (
        await restrictions()
          .where('what', '=', 'internet')
          .where('lifted_at', 'is', null)
          .where('from_at', '<=', now)
          .where(eb => eb.or([eb('until_at', 'is', null), eb('until_at', '>', now)]))
          .execute()
      ).map(row => row.person_id),
    latestRestrictions: async (limit = 50): Promise<Restriction[]> =>
      (await restrictions().orderBy('from_at', 'desc').limit(limit).execute()).map(restrictionOf),
  }
}

export type SanctionWrites = ReturnType<typeof sanctionWrites>
export function sanctionWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...sanctionReads({ ...context, db: tx }),
    add: async (
      file: Case,
      sanction: {
        personId: string
        response: string
        rule: string
        decidedBy: string
        reasons: string
        reviewAt: Date
        endsAt: Date | null
        alternatives: string | null
        ladoAsked: boolean | null
      },
    ): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('sanction')
        .values({
          school_id: schoolId,
          id,
          case_id: file.id,
          person_id: sanction.personId,
          response: sanction.response,
          rule: sanction.rule,
          decided_by: sanction.decidedBy,
          decided_at: now,
          reasons: await seal.seal(file.keyId, sanction.reasons),
          starts_at: now,
          review_at: sanction.reviewAt,
          ends_at: sanction.endsAt,
          alternatives: sanction.alternatives === null ? null : await seal.seal(file.keyId, sanction.alternatives),
          lado_asked: sanction.ladoAsked,
          ended_at: null,
          ended_how: null,
          reviewed_at: null,
          appeal_words: null,
          appeal_decided_by: null,
        })
        .execute()
      return id
    },
    restrict: async (
      file: Case,
      restriction: { sanctionId: string; personId: string; what: 'sign-in' | 'internet'; until: Date | null },
    ): Promise<void> => {
      await tx
        .insertInto('access_restriction')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          case_id: file.id,
          sanction_id: restriction.sanctionId,
          person_id: restriction.personId,
          what: restriction.what,
          from_at: now,
          until_at: restriction.until,
          lifted_at: null,
          lifted_by: null,
        })
        .execute()
    },
    lock: async (caseId: string, id: string): Promise<Sanction> => {
      const row = await tx
        .selectFrom('sanction')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('case_id', '=', idOr(caseId))
        .where('id', '=', idOr(id))
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such sanction in this case.')
      return sanctionOf(row)
    },
    set: async (
      file: Pick<Case, 'keyId'>,
      id: string,
      values: Partial<
        Pick<
          Selectable<CaseTables['sanction']>,
          'ended_at' | 'ended_how' | 'reviewed_at' | 'review_at' | 'appeal' | 'appeal_decided_by' | 'ends_at'
        >
      > & { appealWords?: string },
    ): Promise<void> => {
      const { appealWords, ...plain } = values
      await tx
        .updateTable('sanction')
        .set({
          ...plain,
          ...(appealWords === undefined ? {} : { appeal_words: await seal.seal(file.keyId, appealWords) }),
        })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute()
    },
    /** Ends what a sanction took away. @returns the people and what they get back. */
    lift: async (sanctionId: string, by: string): Promise<Restriction[]> => {
      const lifted = await tx
        .updateTable('access_restriction')
        .set({ lifted_at: now, lifted_by: by })
        .where('school_id', '=', schoolId)
        .where('sanction_id', '=', sanctionId)
        .where('lifted_at', 'is', null)
        .returningAll()
        .execute()
      return lifted.map(restrictionOf)
    },
    /** Sanctions whose end has passed and that nothing ended. Holds the rows. */
    runOut: async (limit = 100): Promise<Sanction[]> =>
      (
        await tx
          .selectFrom('sanction')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('ended_at', 'is', null)
          .where('ends_at', '<=', now)
          .orderBy('ends_at')
          .limit(limit)
          .forUpdate()
          .skipLocked()
          .execute()
      ).map(sanctionOf),
  }
}

const sanctionOf = (row: Selectable<CaseTables['sanction']>): Sanction => ({
  id: row.id,
  caseId: row.case_id,
  personId: row.person_id,
  response: row.response,
  rule: row.rule,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at,
  reviewAt: row.review_at,
  reviewedAt: row.reviewed_at,
  endsAt: row.ends_at,
  endedAt: row.ended_at,
  endedHow: row.ended_how,
  appeal: row.appeal,
})
const restrictionOf = (row: Selectable<CaseTables['access_restriction']>): Restriction => ({
  id: row.id,
  caseId: row.case_id,
  sanctionId: row.sanction_id,
  personId: row.person_id,
  what: row.what,
  from: row.from_at,
  until: row.until_at,
  liftedAt: row.lifted_at,
})
