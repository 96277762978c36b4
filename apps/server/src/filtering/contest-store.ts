import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import type { CloseAnswer, OpenAnswer } from './contest.ts'
import type { PassTables } from './pass-tables.ts'

export interface Contest {
  readonly id: string
  readonly kind: 'open-it' | 'close-it'
  readonly host: string
  readonly category: string
  readonly purpose: 'lesson' | 'homework' | 'work' | 'other' | null
  readonly personId: string | null
  readonly words: string | null
  readonly at: Date
  readonly reportId: string | null
  readonly answer: OpenAnswer | CloseAnswer | null
  readonly answerWords: string | null
  readonly answeredAt: Date | null
  readonly readAt: Date | null
}

export type ContestReads = ReturnType<typeof contestReads>
export function contestReads({ db, schoolId, seal }: ReadContext) {
  const rows = () => db.selectFrom('contest').selectAll().where('school_id', '=', schoolId)
  const whole = (found: readonly Selectable<PassTables['contest']>[]): Promise<Contest[]> =>
    Promise.all(
      found.map(async row => ({
        id: row.id,
        kind: row.kind,
        host: row.host,
        category: row.category,
        purpose: row.purpose,
        personId: row.person_id,
        words: row.words && row.key_id ? await seal.open(row.key_id, row.words) : null,
        at: row.at,
        reportId: row.report_id,
        answer: row.answer,
        answerWords: row.answer_words,
        answeredAt: row.answered_at,
        readAt: row.read_at,
      })),
    )
  return {
    /** Without an answer, the oldest first. */
    unanswered: async (kind: Contest['kind'], host?: string): Promise<Contest[]> =>
      whole(
        await rows()
          .where('kind', '=', kind)
          .where('answer', 'is', null)
          .$if(host !== undefined, query => query.where('host', '=', host ?? ''))
          .orderBy('at')
          .limit(500)
          .execute(),
      ),
    /** Of one person, newest first. */
    contestsOf: async (personId: string): Promise<Contest[]> =>
      whole(await rows().where('person_id', '=', personId).orderBy('at', 'desc').limit(50).execute()),
  }
}

export type ContestWrites = ReturnType<typeof contestWrites>
export function contestWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...contestReads({ ...context, db: tx }),
    instant: (): Date => now,
    addContest: async (
      contest: Pick<Contest, 'kind' | 'host' | 'category' | 'purpose' | 'personId' | 'words' | 'reportId'>,
    ): Promise<string> => {
      const id = newId(now.getTime())
      const keyId = contest.words === null ? null : await seal.newKey()
      await tx
        .insertInto('contest')
        .values({
          school_id: schoolId,
          id,
          kind: contest.kind,
          host: contest.host,
          category: contest.category,
          purpose: contest.purpose,
          person_id: contest.personId,
          key_id: keyId,
          words: keyId && contest.words !== null ? await seal.seal(keyId, contest.words) : null,
          at: now,
          report_id: contest.reportId,
          answer: null,
          answer_words: null,
          answered_by: null,
          answered_at: null,
          read_at: null,
        })
        .execute()
      return id
    },
    answerContests: (ids: readonly string[], answer: OpenAnswer | CloseAnswer, words: string | null, by: string) =>
      tx
        .updateTable('contest')
        .set({ answer, answer_words: words, answered_by: by, answered_at: now })
        .where('school_id', '=', schoolId)
        .where('id', 'in', [...ids])
        .where('answer', 'is', null)
        .execute(),
    markAnswersRead: (personId: string) =>
      tx
        .updateTable('contest')
        .set({ read_at: now })
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .where('answer', 'is not', null)
        .where('read_at', 'is', null)
        .execute(),
  }
}
