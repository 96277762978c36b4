import { sql } from 'kysely'
import type { ReadContext } from '../platform/change.ts'

/** A class in the words of the school; `id` is the group's. */
export interface SchoolClass {
  readonly id: string
  readonly name: string
}

/** Whom something for a class reaches. */
export interface ClassReach {
  readonly pupils: number
  /** Of them, those under 13, or whose date of birth nobody has entered. */
  readonly under13: number
  /** The filter groups that they are in, sorted. */
  readonly groups: readonly string[]
}

export type ClassReads = ReturnType<typeof classReads>
/** Classes as of now: who teaches one, and who is in it. */
export function classReads({ db, schoolId, now }: ReadContext) {
  const members = () =>
    db
      .selectFrom('membership as m')
      .innerJoin('people_group as g', join =>
        join.onRef('g.school_id', '=', 'm.school_id').onRef('g.id', '=', 'm.group_id').on('g.kind', '=', 'class'),
      )
      .innerJoin('person as p', join => join.onRef('p.school_id', '=', 'm.school_id').onRef('p.id', '=', 'm.person_id'))
      .where('m.school_id', '=', schoolId)
      .where('m.from_at', '<=', now)
      .where(eb => eb.or([eb('m.to_at', 'is', null), eb('m.to_at', '>', now)]))
      .where(eb =>
        eb.or([
          eb('p.left_on', 'is', null),
          eb('p.left_on', '>=', sql<string>`(${now}::timestamptz at time zone 'Europe/London')::date`),
        ]),
      )
  return {
    taughtBy: (personId: string): Promise<SchoolClass[]> =>
      members()
        .select(['g.id', 'g.name'])
        .where('m.part', '=', 'teacher')
        .where('m.person_id', '=', personId)
        .orderBy('g.name')
        .execute(),
    /** Those of which this person is a pupil. */
    attendedBy: (personId: string): Promise<SchoolClass[]> =>
      members()
        .select(['g.id', 'g.name'])
        .where('m.part', '=', 'member')
        .where('m.person_id', '=', personId)
        .orderBy('g.name')
        .execute(),
    teachersOf: async (classId: string): Promise<string[]> =>
      (
        await members()
          .select('p.id')
          .where('m.part', '=', 'teacher')
          .where('m.group_id', '=', classId)
          .orderBy('p.id')
          .execute()
      ).map(({ id }) => id),
    pupilsOf: async (classId: string): Promise<{ id: string; name: string }[]> =>
      (
        await members()
          .select(['p.id', 'p.given_name', 'p.family_name'])
          .where('m.part', '=', 'member')
          .where('m.group_id', '=', classId)
          .orderBy('p.family_name')
          .orderBy('p.given_name')
          .execute()
      ).map(row => ({ id: row.id, name: `${row.given_name} ${row.family_name}` })),
    classNames: async (ids: readonly string[]): Promise<ReadonlyMap<string, string>> =>
      ids.length === 0
        ? new Map()
        : new Map(
            (
              await db
                .selectFrom('people_group')
                .select(['id', 'name'])
                .where('school_id', '=', schoolId)
                .where('id', 'in', [...new Set(ids)])
                .execute()
            ).map(({ id, name }) => [id, name]),
          ),
    /** Of a class, or of one person where `personId` is given. */
    reach: async (who: { readonly classId: string | null; readonly personId?: string }): Promise<ClassReach> => {
      const { rows } = await sql<{ pupils: number; under13: number; groups: string[] | null }>`
        with reached as (
          select p.id, p.date_of_birth from person p where p.school_id = ${schoolId} and ${
            who.personId !== undefined
              ? sql<boolean>`p.id = ${who.personId}::uuid`
              : sql<boolean>`exists (select from membership m where m.school_id = p.school_id and m.person_id = p.id
                  and m.group_id = ${who.classId ?? ''} and m.part = 'member' and m.from_at <= ${now}
                  and (m.to_at is null or m.to_at > ${now}))`
          })
        select count(*)::int as pupils,
          (count(*) filter (where date_of_birth is null or date_of_birth > (${now}::timestamptz at time zone 'Europe/London')::date - interval '13 years'))::int as under13,
          (select array_agg(distinct m.group_id order by m.group_id) from membership m
             join people_group g on g.school_id = m.school_id and g.id = m.group_id and g.kind = 'filter'
            where m.school_id = ${schoolId} and m.person_id in (select id from reached) and m.from_at <= ${now}
              and (m.to_at is null or m.to_at > ${now})) as groups
        from reached`.execute(db)
      const [row] = rows
      return { pupils: row?.pupils ?? 0, under13: row?.under13 ?? 0, groups: row?.groups ?? [] }
    },
  }
}
