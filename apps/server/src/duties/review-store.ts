import { canonicalJson } from '@gatehouse/ledger/canonical'
import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Role } from '../permissions.ts'
import { personOf } from '../platform/actor.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { DutiesTables } from './duties-tables.ts'
import type { Review, ReviewVersion, ReviewWords } from './review.ts'

export type ReviewReads = ReturnType<typeof reviewReads>
export function reviewReads({ db, schoolId, seal }: ReadContext) {
  const rows = () => db.selectFrom('review').selectAll().where('school_id', '=', schoolId)
  const versionRow = async (id: string, version: number) => {
    const row = await db
      .selectFrom('review_version')
      .selectAll()
      .where('school_id', '=', schoolId)
      .where('review_id', '=', id)
      .where('version', '=', version)
      .executeTakeFirst()
    if (!row) throw new Refusal('not-found', 'There is no such version of this record.')
    return row
  }
  return {
    get: async (id: string): Promise<Review> => {
      const row = isId(id) ? await rows().where('id', '=', id).executeTakeFirst() : undefined
      if (!row) throw new Refusal('not-found', 'There is no such record at this school.')
      return reviewOf(row)
    },
    /** Latest held first. */
    list: async (kinds: readonly string[], limit = 100): Promise<Review[]> =>
      (
        await rows()
          .where('kind', 'in', kinds)
          .orderBy('held_on', 'desc')
          .orderBy('made_at', 'desc')
          .limit(limit)
          .execute()
      ).map(reviewOf),
    versions: async (id: string): Promise<ReviewVersion[]> =>
      (
        await db
          .selectFrom('review_version')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('review_id', '=', id)
          .orderBy('version', 'desc')
          .execute()
      ).map(versionOf),
    version: async (id: string, version: number): Promise<ReviewVersion> => versionOf(await versionRow(id, version)),
    /** What a version says. @throws {Refusal} `not-found` once its key was destroyed. */
    words: async (id: string, version: number): Promise<ReviewWords> => {
      const { key_id } = await rows().where('id', '=', id).executeTakeFirstOrThrow()
      // Only `write` below seals these, from the type.
      return JSON.parse(await seal.open(key_id, (await versionRow(id, version)).words)) as ReviewWords
    },
    /** Whose newest version nobody has signed, oldest first; kinds that need no signature are among them. */
    unsigned: async (): Promise<Review[]> =>
      (
        await rows()
          .where(eb => eb.or([eb('signed_version', 'is', null), eb('signed_version', '<>', eb.ref('version'))]))
          .orderBy('made_at')
          .limit(200)
          .execute()
      ).map(reviewOf),
  }
}

export type ReviewWrites = ReturnType<typeof reviewWrites>
export function reviewWrites(context: WriteContext) {
  const { tx, schoolId, now, actor, seal } = context
  const reads = reviewReads({ ...context, db: tx })
  const write = async (
    id: string,
    keyId: string,
    version: number,
    words: ReviewWords,
    posts: readonly Role[],
    people: readonly string[],
  ): Promise<string> => {
    const text = canonicalJson({ topics: [...words.topics], fields: words.fields, result: words.result })
    const digest = createHash('sha256').update(text).digest('hex')
    await tx
      .insertInto('review_version')
      .values({
        school_id: schoolId,
        review_id: id,
        version,
        words: await seal.seal(keyId, text),
        digest,
        posts: [...posts],
        people: [...people],
        written_by: personOf(actor).personId,
        written_at: now,
        signed_by: null,
        signed_at: null,
      })
      .execute()
    return digest
  }
  return {
    ...reads,
    instant: (): Date => now,
    make: async (
      review: { kind: string; item: string; heldOn: string; complete: boolean },
      words: ReviewWords,
      posts: readonly Role[],
      people: readonly string[],
    ): Promise<{ id: string; digest: string }> => {
      const id = newId(now.getTime())
      const keyId = await seal.newKey()
      await tx
        .insertInto('review')
        .values({
          school_id: schoolId,
          id,
          kind: review.kind,
          item: review.item,
          held_on: review.heldOn,
          made_by: personOf(actor).personId,
          made_at: now,
          key_id: keyId,
          signed_version: null,
          completed_at: review.complete ? now : null,
        })
        .execute()
      return { id, digest: await write(id, keyId, 1, words, posts, people) }
    },
    lock: async (id: string): Promise<Review> => {
      const row = isId(id)
        ? await tx
            .selectFrom('review')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where('id', '=', id)
            .forUpdate()
            .executeTakeFirst()
        : undefined
      if (!row) throw new Refusal('not-found', 'There is no such record at this school.')
      return reviewOf(row)
    },
    /** A new version: what was signed before stays readable, and counts no longer. */
    rewrite: async (
      review: Review,
      words: ReviewWords,
      posts: readonly Role[],
      people: readonly string[],
    ): Promise<string> => {
      const { key_id } = await tx
        .selectFrom('review')
        .select('key_id')
        .where('school_id', '=', schoolId)
        .where('id', '=', review.id)
        .executeTakeFirstOrThrow()
      await tx
        .updateTable('review')
        .set({ version: review.version + 1, signed_version: null })
        .where('school_id', '=', schoolId)
        .where('id', '=', review.id)
        .execute()
      return write(review.id, key_id, review.version + 1, words, posts, people)
    },
    sign: async (review: Review): Promise<void> => {
      await tx
        .updateTable('review_version')
        .set({ signed_by: personOf(actor).personId, signed_at: now })
        .where('school_id', '=', schoolId)
        .where('review_id', '=', review.id)
        .where('version', '=', review.version)
        .execute()
      await tx
        .updateTable('review')
        .set(({ fn, ref, val }) => ({
          signed_version: review.version,
          completed_at: fn.coalesce(ref('completed_at'), val(now)),
        }))
        .where('school_id', '=', schoolId)
        .where('id', '=', review.id)
        .execute()
    },
  }
}

const reviewOf = (row: Selectable<DutiesTables['review']>): Review => ({
  id: row.id,
  kind: row.kind,
  item: row.item,
  heldOn: row.held_on,
  madeBy: row.made_by,
  madeAt: row.made_at,
  version: row.version,
  signedVersion: row.signed_version,
  completedAt: row.completed_at,
})
const versionOf = (row: Selectable<DutiesTables['review_version']>): ReviewVersion => ({
  version: row.version,
  digest: row.digest,
  // Only `write` fills the column, from the type.
  posts: row.posts as Role[],
  people: row.people,
  writtenBy: row.written_by,
  writtenAt: row.written_at,
  signedBy: row.signed_by,
  signedAt: row.signed_at,
})
