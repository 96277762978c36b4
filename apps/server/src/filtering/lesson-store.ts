import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { type Fingerprint, fingerprintOf } from './lesson.ts'
import type { PassTables } from './pass-tables.ts'

export interface LessonSite {
  readonly id: string
  readonly lessonId: string
  readonly host: string
  readonly path: string | null
  /** What pupils follow. */
  readonly address: string
  readonly lookedOn: string | null
  readonly lookedBy: string | null
  readonly lookedAt: Date | null
  readonly fingerprint: Fingerprint | null
  readonly checkedAt: Date | null
  readonly checkResult: 'same' | 'changed' | 'unknown' | null
  readonly differences: readonly string[]
}
export interface Lesson {
  readonly id: string
  readonly classId: string
  readonly teacherId: string
  readonly topic: string
  readonly fromAt: Date
  readonly untilAt: Date
  readonly isOnly: boolean
  readonly passId: string | null
  readonly madeAt: Date
  readonly withdrawnAt: Date | null
  readonly sites: readonly LessonSite[]
}

export type LessonReads = ReturnType<typeof lessonReads>
export function lessonReads({ db, schoolId }: ReadContext) {
  const whole = async (rows: readonly Selectable<PassTables['lesson']>[]): Promise<Lesson[]> => {
    if (rows.length === 0) return []
    const sites = await db
      .selectFrom('lesson_site')
      .selectAll()
      .where('school_id', '=', schoolId)
      .where(
        'lesson_id',
        'in',
        rows.map(({ id }) => id),
      )
      .where('removed_at', 'is', null)
      .orderBy('id')
      .execute()
    return rows.map(row => ({
      id: row.id,
      classId: row.class_id,
      teacherId: row.teacher_id,
      topic: row.topic,
      fromAt: row.from_at,
      untilAt: row.until_at,
      isOnly: row.is_only,
      passId: row.pass_id,
      madeAt: row.made_at,
      withdrawnAt: row.withdrawn_at,
      sites: sites.filter(site => site.lesson_id === row.id).map(siteOfRow),
    }))
  }
  const lessons = () =>
    db.selectFrom('lesson').selectAll().where('school_id', '=', schoolId).where('withdrawn_at', 'is', null)
  return {
    lesson: async (id: string): Promise<Lesson> => {
      const row = await db
        .selectFrom('lesson')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .executeTakeFirst()
      const [found] = row ? await whole([row]) : []
      if (!found) throw new Refusal('not-found', 'There is no such lesson at this school.')
      return found
    },
    /** Not withdrawn, ending in a half-open time, the soonest first. */
    lessonsBetween: async (
      from: Date,
      to: Date,
      of: { teacherId?: string; classIds?: readonly string[] } = {},
    ): Promise<Lesson[]> =>
      whole(
        await lessons()
          .where('until_at', '>=', from)
          .where('until_at', '<', to)
          .$if(of.teacherId !== undefined, query => query.where('teacher_id', '=', of.teacherId ?? ''))
          .$if(of.classIds !== undefined, query => query.where('class_id', 'in', ['', ...(of.classIds ?? [])]))
          .orderBy('from_at')
          .limit(500)
          .execute(),
      ),
  }
}

export type LessonWrites = ReturnType<typeof lessonWrites>
export function lessonWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  const site = (lessonId: string, id: string) => ({ lessonId, id })
  const set = (
    at: ReturnType<typeof site>,
    values: Partial<Omit<Selectable<PassTables['lesson_site']>, 'fingerprint'>>,
  ) =>
    tx
      .updateTable('lesson_site')
      .set(values)
      .where('school_id', '=', schoolId)
      .where('lesson_id', '=', at.lessonId)
      .where('id', '=', at.id)
      .execute()
  return {
    ...lessonReads({ ...context, db: tx }),
    instant: (): Date => now,
    addLesson: async (lesson: {
      classId: string
      teacherId: string
      topic: string
      fromAt: Date
      untilAt: Date
      isOnly: boolean
      passId: string | null
    }): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('lesson')
        .values({
          school_id: schoolId,
          id,
          class_id: lesson.classId,
          teacher_id: lesson.teacherId,
          topic: lesson.topic,
          from_at: lesson.fromAt,
          until_at: lesson.untilAt,
          is_only: lesson.isOnly,
          pass_id: lesson.passId,
          made_at: now,
          withdrawn_at: null,
        })
        .execute()
      return id
    },
    addSites: async (
      lessonId: string,
      sites: readonly { host: string; path: string | null; address: string }[],
    ): Promise<void> => {
      if (sites.length === 0) return
      await tx
        .insertInto('lesson_site')
        .values(
          sites.map(({ host, path, address }) => ({
            school_id: schoolId,
            lesson_id: lessonId,
            id: newId(now.getTime()),
            host,
            path,
            address,
            looked_on: null,
            looked_by: null,
            looked_at: null,
            fingerprint: null,
            checked_at: null,
            check_result: null,
            removed_at: null,
          })),
        )
        .execute()
    },
    lockLesson: async (id: string): Promise<void> => {
      await tx
        .selectFrom('lesson')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .forUpdate()
        .execute()
    },
    looked: async (lessonId: string, id: string, on: string, by: string, print: Fingerprint): Promise<void> => {
      await set(site(lessonId, id), {
        looked_on: on,
        looked_by: by,
        looked_at: now,
        checked_at: now,
        check_result: print.dns ? 'same' : 'unknown',
        differences: [],
      })
      await tx
        .updateTable('lesson_site')
        .set({ fingerprint: JSON.stringify(print) })
        .where('school_id', '=', schoolId)
        .where('lesson_id', '=', lessonId)
        .where('id', '=', id)
        .execute()
    },
    checked: (lessonId: string, id: string, result: 'same' | 'changed' | 'unknown', differences: readonly string[]) =>
      set(site(lessonId, id), { checked_at: now, check_result: result, differences: [...differences] }),
    removeSite: (lessonId: string, id: string) => set(site(lessonId, id), { removed_at: now }),
    withdrawLesson: (id: string) =>
      tx
        .updateTable('lesson')
        .set({ withdrawn_at: now })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
  }
}

const siteOfRow = (row: Selectable<PassTables['lesson_site']>): LessonSite => ({
  id: row.id,
  lessonId: row.lesson_id,
  host: row.host,
  path: row.path,
  address: row.address,
  lookedOn: row.looked_on,
  lookedBy: row.looked_by,
  lookedAt: row.looked_at,
  fingerprint: fingerprintOf(row.fingerprint),
  checkedAt: row.checked_at,
  checkResult: row.check_result,
  differences: row.differences,
})
