import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../database.ts'
import { newId } from './identifiers.ts'
import { Refusal } from './refusal.ts'

/*
 * What a child said, case notes and evidence are encrypted with a key per record (AES-256-GCM, NIST SP 800-38D), and that
 * key is wrapped with the installation's field key. Destroying the wrapped key erases the record from rows, files and
 * write-ahead log at once; a restore applies the list of erased keys again (see `restore`).
 * Layout of every sealed value: 12 bytes nonce, ciphertext, 16 bytes tag.
 */

export interface SealReads {
  /** @throws {Refusal} `not-found` when the record's key was destroyed. */
  open(recordKeyId: string, sealed: Buffer): Promise<string>
  openBytes(recordKeyId: string, sealed: Buffer): Promise<Buffer>
}
export interface SealWrites extends SealReads {
  /** Makes a new record key and gives its id. */
  newKey(): Promise<string>
  seal(recordKeyId: string, content: string | Buffer): Promise<Buffer>
  /** Destroys the key: what it sealed can never be read again. */
  erase(recordKeyId: string): Promise<void>
}

export function encrypt(key: Buffer, content: Buffer, associated: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(associated))
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
}

/** @throws {Error} when the value was altered, cut, or sealed for another record. */
export function decrypt(key: Buffer, sealed: Buffer, associated: string): Buffer {
  if (sealed.length < 28) throw new Error(`a sealed value has at least 28 bytes, this one ${sealed.length}`)
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(associated))
  decipher.setAuthTag(sealed.subarray(sealed.length - 16))
  return Buffer.concat([decipher.update(sealed.subarray(12, sealed.length - 16)), decipher.final()])
}

/** The keys of the records that one transaction touches, each unwrapped once. @throws {Refusal} `not-found`, with `gone`, for an erased one. */
function recordKeys(db: Kysely<Database>, schoolId: string, fieldKey: Buffer) {
  const known = new Map<string, Buffer>()
  return {
    known,
    of: async (id: string, gone: string): Promise<Buffer> => {
      const before = known.get(id)
      if (before) return before
      const row = await db
        .selectFrom('record_key')
        .select('wrapped')
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row?.wrapped) throw new Refusal('not-found', gone)
      const key = decrypt(fieldKey, row.wrapped, `${schoolId}/${id}`)
      known.set(id, key)
      return key
    },
  }
}
type RecordKeys = ReturnType<typeof recordKeys>

export const sealReads = (db: Kysely<Database>, schoolId: string, fieldKey: Buffer): SealReads =>
  readsWith(recordKeys(db, schoolId, fieldKey))

function readsWith(keys: RecordKeys): SealReads {
  const openBytes = async (id: string, sealed: Buffer): Promise<Buffer> =>
    decrypt(await keys.of(id, 'This record was erased; only the fact that it existed remains.'), sealed, id)
  return { openBytes, open: async (id, sealed) => (await openBytes(id, sealed)).toString('utf8') }
}

/** @param erased takes the ids of the keys that are destroyed, for the list outside the database. */
export function sealWrites(
  db: Kysely<Database>,
  schoolId: string,
  fieldKey: Buffer,
  now: Date,
  erased: string[] = [],
): SealWrites {
  const keys = recordKeys(db, schoolId, fieldKey)
  return {
    ...readsWith(keys),
    newKey: async () => {
      const id = newId(now.getTime())
      const key = randomBytes(32)
      await db
        .insertInto('record_key')
        .values({
          school_id: schoolId,
          id,
          wrapped: encrypt(fieldKey, key, `${schoolId}/${id}`),
          made_at: now,
          erased_at: null,
        })
        .execute()
      keys.known.set(id, key)
      return id
    },
    seal: async (id, content) =>
      encrypt(await keys.of(id, 'This record was erased; nothing can be added to it.'), Buffer.from(content), id),
    erase: async id => {
      keys.known.delete(id)
      erased.push(id)
      await db
        .updateTable('record_key')
        .set({ wrapped: null, erased_at: now })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute()
    },
  }
}
