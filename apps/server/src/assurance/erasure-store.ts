import type { WriteContext } from '../platform/change.ts'

export type ErasureWrites = ReturnType<typeof erasureWrites>
export const erasureWrites = ({ tx, schoolId, seal }: WriteContext) => ({
  /** Destroys a record's key. @returns false when it was destroyed before, or never was. */
  erase: async (keyId: string): Promise<boolean> => {
    const row = await tx
      .selectFrom('record_key')
      .select('wrapped')
      .where('school_id', '=', schoolId)
      .where('id', '=', keyId)
      .forUpdate()
      .executeTakeFirst()
    if (!row?.wrapped) return false
    await seal.erase(keyId)
    return true
  },
  /** Those of this school whose keys are destroyed: for the list that stands with the keys. */
  erased: async (): Promise<string[]> =>
    (
      await tx
        .selectFrom('record_key')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('wrapped', 'is', null)
        .execute()
    ).map(row => row.id),
})
