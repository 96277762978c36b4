import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { Refusal } from '../platform/refusal.ts'
import { idOr } from './case-parts-store.ts'
import type { CaseTables } from './incidents-tables.ts'

export interface Evidence {
  readonly id: string
  readonly caseId: string
  readonly keyId: string
  readonly sizeBytes: number
  readonly claimedType: string
  readonly foundType: string
  readonly lies: boolean
  readonly sha256: string
  readonly scan: 'clean' | 'not-scanned'
  readonly addedAt: Date
  readonly addedBy: string
  readonly erasedAt: Date | null
}

export type EvidenceReads = ReturnType<typeof evidenceReads>
export function evidenceReads({ db, schoolId, seal }: ReadContext) {
  const rows = () => db.selectFrom('evidence_file').selectAll().where('school_id', '=', schoolId)
  return {
    ofCase: async (caseId: string): Promise<Evidence[]> =>
      (await rows().where('case_id', '=', caseId).orderBy('added_at').execute()).map(evidenceOf),
    get: async (caseId: string, id: string): Promise<Evidence> => {
      const row = await rows().where('case_id', '=', idOr(caseId)).where('id', '=', idOr(id)).executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such evidence in this case.')
      return evidenceOf(row)
    },
    nameOf: async (evidence: Evidence): Promise<string> => {
      const row = await rows().where('id', '=', evidence.id).executeTakeFirstOrThrow()
      return seal.open(evidence.keyId, row.name)
    },
    unseal: (evidence: Pick<Evidence, 'keyId'>, sealed: Buffer): Promise<Buffer> =>
      seal.openBytes(evidence.keyId, sealed),
  }
}

export type EvidenceWrites = ReturnType<typeof evidenceWrites>
export function evidenceWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...evidenceReads({ ...context, db: tx }),
    seal,
    add: async (evidence: Omit<Evidence, 'addedAt' | 'erasedAt'> & { name: string }): Promise<void> => {
      await tx
        .insertInto('evidence_file')
        .values({
          school_id: schoolId,
          id: evidence.id,
          case_id: evidence.caseId,
          key_id: evidence.keyId,
          name: await seal.seal(evidence.keyId, evidence.name),
          size_bytes: evidence.sizeBytes,
          claimed_type: evidence.claimedType,
          found_type: evidence.foundType,
          lies: evidence.lies,
          sha256: evidence.sha256,
          scan: evidence.scan,
          added_at: now,
          added_by: evidence.addedBy,
          erased_at: null,
          erased_by: null,
        })
        .execute()
    },
    erase: async (evidence: Evidence, byId: string): Promise<void> => {
      await seal.erase(evidence.keyId)
      await tx
        .updateTable('evidence_file')
        .set({ erased_at: now, erased_by: byId })
        .where('school_id', '=', schoolId)
        .where('id', '=', evidence.id)
        .execute()
    },
  }
}

const evidenceOf = (row: Selectable<CaseTables['evidence_file']>): Evidence => ({
  id: row.id,
  caseId: row.case_id,
  keyId: row.key_id,
  sizeBytes: row.size_bytes,
  claimedType: row.claimed_type,
  foundType: row.found_type,
  lies: row.lies,
  sha256: row.sha256,
  scan: row.scan,
  addedAt: row.added_at,
  addedBy: row.added_by,
  erasedAt: row.erased_at,
})
