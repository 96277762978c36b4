import { londonDate } from '@gatehouse/engine/calendar'
import { sql } from 'kysely'
import type { Role } from '../permissions.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'

/** One line of the register of people. */
export interface RegisterRow {
  readonly id: string
  readonly givenName: string
  readonly familyName: string
  readonly leftOn: string | null
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
  readonly usernames: readonly string[]
  readonly suspended: boolean
}
export interface RegisterFilter {
  /** Beginnings of names, or of a username. */
  readonly words?: string
  readonly role?: Role
  readonly group?: string
  /** Those who have left as well. */
  readonly left?: boolean
}
/** A username and whose it is. */
export interface AccountRow {
  readonly id: string
  readonly username: string
  readonly personId: string
  readonly name: string
  readonly leftOn: string | null
  readonly roles: readonly Role[]
  readonly suspendedAt: Date | null
  /** Waits for its first sign-in, with a password that somebody else has seen. */
  readonly temporarySince: Date | null
  readonly hasPassword: boolean
  readonly hasProxyPassword: boolean
}
export interface SessionRow {
  readonly startedAt: Date
  readonly seenAt: Date
}

const current = (alias: string, now: Date) =>
  sql<boolean>`${sql.ref(`${alias}.from_at`)} <= ${now} and (${sql.ref(`${alias}.to_at`)} is null or ${sql.ref(`${alias}.to_at`)} > ${now})`

export type RegisterReads = ReturnType<typeof registerReads>
export function registerReads({ db, schoolId, now, seal }: ReadContext) {
  const matching = ({ words = '', role, group, left = false }: RegisterFilter) => {
    const starts = words.trim().toLowerCase().split(/\s+/).filter(Boolean).slice(0, 4)
    const like = (text: string): string => `${text.replace(/[\\%_]/g, match => `\\${match}`)}%`
    return db
      .selectFrom('person as p')
      .where('p.school_id', '=', schoolId)
      .$if(!left, query => query.where(eb => eb.or([eb('p.left_on', 'is', null), eb('p.left_on', '>=', today(now))])))
      .$if(starts.length > 0, query =>
        query.where(eb =>
          eb.and(
            starts.map(start =>
              eb.or([
                eb('p.given_name', 'ilike', like(start)),
                eb('p.family_name', 'ilike', like(start)),
                eb.exists(
                  eb
                    .selectFrom('account as a')
                    .select('a.id')
                    .where('a.school_id', '=', schoolId)
                    .whereRef('a.person_id', '=', 'p.id')
                    .where('a.username', 'like', like(start)),
                ),
              ]),
            ),
          ),
        ),
      )
      .$if(role !== undefined, query =>
        query.where(eb =>
          eb.exists(
            eb
              .selectFrom('appointment as ap')
              .select('ap.id')
              .where('ap.school_id', '=', schoolId)
              .whereRef('ap.person_id', '=', 'p.id')
              .where('ap.role', '=', role ?? 'guest')
              .where(current('ap', now)),
          ),
        ),
      )
      .$if(group !== undefined, query =>
        query.where(eb =>
          eb.exists(
            eb
              .selectFrom('membership as m')
              .select('m.group_id')
              .where('m.school_id', '=', schoolId)
              .whereRef('m.person_id', '=', 'p.id')
              .where('m.group_id', '=', group ?? '')
              .where(current('m', now)),
          ),
        ),
      )
  }
  const accounts = () =>
    db
      .selectFrom('account as a')
      .innerJoin('person as p', join => join.onRef('p.school_id', '=', 'a.school_id').onRef('p.id', '=', 'a.person_id'))
      .where('a.school_id', '=', schoolId)
  return {
    count: async (filter: RegisterFilter): Promise<number> =>
      (
        await matching(filter)
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    list: async (filter: RegisterFilter, limit: number, offset = 0): Promise<RegisterRow[]> => {
      const rows = await matching(filter)
        .select(['p.id', 'p.given_name', 'p.family_name', 'p.left_on'])
        .select(eb => [
          eb
            .selectFrom('appointment as ap')
            .select(sql<Role[]>`coalesce(array_agg(distinct ap.role), '{}')`.as('roles'))
            .where('ap.school_id', '=', schoolId)
            .whereRef('ap.person_id', '=', 'p.id')
            .where(current('ap', now))
            .as('roles'),
          eb
            .selectFrom('membership as m')
            .innerJoin('people_group as g', join =>
              join.onRef('g.school_id', '=', 'm.school_id').onRef('g.id', '=', 'm.group_id'),
            )
            .select(sql<string[]>`coalesce(array_agg(distinct g.name), '{}')`.as('groups'))
            .where('m.school_id', '=', schoolId)
            .whereRef('m.person_id', '=', 'p.id')
            .where(current('m', now))
            .as('groups'),
          eb
            .selectFrom('account as a')
            .select(sql<string[]>`coalesce(array_agg(a.username order by a.username), '{}')`.as('usernames'))
            .where('a.school_id', '=', schoolId)
            .whereRef('a.person_id', '=', 'p.id')
            .as('usernames'),
          eb
            .selectFrom('account as a')
            .select(sql<boolean>`coalesce(bool_and(a.suspended_at is not null), false)`.as('suspended'))
            .where('a.school_id', '=', schoolId)
            .whereRef('a.person_id', '=', 'p.id')
            .as('suspended'),
        ])
        .orderBy('p.family_name')
        .orderBy('p.given_name')
        .orderBy('p.id')
        .limit(limit)
        .offset(offset)
        .execute()
      return rows.map(row => ({
        id: row.id,
        givenName: row.given_name,
        familyName: row.family_name,
        leftOn: row.left_on,
        roles: row.roles ?? [],
        groups: row.groups ?? [],
        usernames: row.usernames ?? [],
        suspended: row.suspended ?? false,
      }))
    },
    /** Every username with its person, by username: the register of clause A-5-09. */
    accounts: async (): Promise<AccountRow[]> =>
      (
        await accounts()
          .select([
            'a.id',
            'a.username',
            'a.person_id',
            'p.given_name',
            'p.family_name',
            'p.left_on',
            'a.suspended_at',
            'a.must_change',
            'a.password_set_at',
            'a.password_hash',
            'a.proxy_hash',
          ])
          .select(eb =>
            eb
              .selectFrom('appointment as ap')
              .select(sql<Role[]>`coalesce(array_agg(distinct ap.role), '{}')`.as('roles'))
              .where('ap.school_id', '=', schoolId)
              .whereRef('ap.person_id', '=', 'a.person_id')
              .where(current('ap', now))
              .as('roles'),
          )
          .orderBy('a.username')
          .execute()
      ).map(row => ({
        id: row.id,
        username: row.username,
        personId: row.person_id,
        name: `${row.given_name} ${row.family_name}`,
        leftOn: row.left_on,
        roles: row.roles ?? [],
        suspendedAt: row.suspended_at,
        temporarySince: row.must_change ? row.password_set_at : null,
        hasPassword: row.password_hash !== null,
        hasProxyPassword: row.proxy_hash !== null,
      })),
    /** People here now, holding one of `roles`, with no account, who joined before a day. */
    withoutAccount: async (wanted: readonly Role[], joinedBefore: string): Promise<number> =>
      (
        await db
          .selectFrom('person as p')
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .where('p.school_id', '=', schoolId)
          .where('p.joined_on', '<', joinedBefore)
          .where(eb => eb.or([eb('p.left_on', 'is', null), eb('p.left_on', '>=', today(now))]))
          .where(eb =>
            eb.exists(
              eb
                .selectFrom('appointment as ap')
                .select('ap.id')
                .where('ap.school_id', '=', schoolId)
                .whereRef('ap.person_id', '=', 'p.id')
                .where('ap.role', 'in', [...wanted])
                .where(current('ap', now)),
            ),
          )
          .where(eb =>
            eb.not(
              eb.exists(
                eb
                  .selectFrom('account as a')
                  .select('a.id')
                  .where('a.school_id', '=', schoolId)
                  .whereRef('a.person_id', '=', 'p.id'),
              ),
            ),
          )
          .executeTakeFirstOrThrow()
      ).n,
    sessions: async (personId: string): Promise<SessionRow[]> =>
      (
        await db
          .selectFrom('session')
          .select(['started_at', 'seen_at'])
          .where('school_id', '=', schoolId)
          .where('person_id', '=', personId)
          .where('ends_at', '>', now)
          .orderBy('seen_at', 'desc')
          .execute()
      ).map(row => ({ startedAt: row.started_at, seenAt: row.seen_at })),
    /** Suspended people of whom some account, or some session, is still open: none, unless something is wrong. */
    suspendedButOpen: async (): Promise<number> =>
      (
        await db
          .selectFrom('account as a')
          .select(({ fn }) => fn.count<number>('a.person_id').distinct().as('n'))
          .where('a.school_id', '=', schoolId)
          .where('a.suspended_at', 'is not', null)
          .where(eb =>
            eb.or([
              eb.exists(
                eb
                  .selectFrom('session as s')
                  .select('s.person_id')
                  .where('s.school_id', '=', schoolId)
                  .whereRef('s.person_id', '=', 'a.person_id')
                  .where('s.ends_at', '>', now),
              ),
              eb.exists(
                eb
                  .selectFrom('account as other')
                  .select('other.id')
                  .where('other.school_id', '=', schoolId)
                  .whereRef('other.person_id', '=', 'a.person_id')
                  .where('other.suspended_at', 'is', null),
              ),
            ]),
          )
          .executeTakeFirstOrThrow()
      ).n,
    /** Whoever has left and can still get in, or is still in a group. */
    leaversWithAccess: async (): Promise<string[]> =>
      (
        await db
          .selectFrom('person as p')
          .select('p.id')
          .where('p.school_id', '=', schoolId)
          .where('p.left_on', '<', today(now))
          .where(eb =>
            eb.or([
              eb.exists(
                eb
                  .selectFrom('account as a')
                  .select('a.id')
                  .where('a.school_id', '=', schoolId)
                  .whereRef('a.person_id', '=', 'p.id')
                  .where('a.suspended_at', 'is', null),
              ),
              eb.exists(
                eb
                  .selectFrom('membership as m')
                  .select('m.group_id')
                  .where('m.school_id', '=', schoolId)
                  .whereRef('m.person_id', '=', 'p.id')
                  .where(current('m', now)),
              ),
            ]),
          )
          .execute()
      ).map(({ id }) => id),
    accessNotes: async (
      personId: string,
    ): Promise<{ kind: 'suspended' | 'restored'; at: Date; byId: string; reason: string | null }[]> => {
      const rows = await db
        .selectFrom('access_note')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .orderBy('at', 'desc')
        .limit(20)
        .execute()
      return Promise.all(
        rows.map(async row => ({
          kind: row.kind,
          at: row.at,
          byId: row.by_id,
          reason: await seal.open(row.key_id, row.reason),
        })),
      )
    },
    groupSizes: async () =>
      db
        .selectFrom('people_group as g')
        .leftJoin('membership as m', join =>
          join.onRef('m.school_id', '=', 'g.school_id').onRef('m.group_id', '=', 'g.id').on(current('m', now)),
        )
        .select(({ fn }) => ['g.id', 'g.kind', 'g.name', fn.count<number>('m.person_id').as('size')])
        .where('g.school_id', '=', schoolId)
        .groupBy(['g.id', 'g.kind', 'g.name'])
        .orderBy('g.kind')
        .orderBy('g.name')
        .execute(),
    membersWithPart: async (groupId: string) =>
      db
        .selectFrom('membership as m')
        .innerJoin('person as p', join =>
          join.onRef('p.school_id', '=', 'm.school_id').onRef('p.id', '=', 'm.person_id'),
        )
        .select(['p.id', 'p.given_name', 'p.family_name', 'm.part'])
        .where('m.school_id', '=', schoolId)
        .where('m.group_id', '=', groupId)
        .where(current('m', now))
        .orderBy('m.part', 'desc')
        .orderBy('p.family_name')
        .orderBy('p.given_name')
        .execute(),
    relatives: async (personId: string) =>
      db
        .selectFrom('relation')
        .select(['adult_id', 'child_id', 'kind', 'no_contact'])
        .where('school_id', '=', schoolId)
        .where(eb => eb.or([eb('adult_id', '=', personId), eb('child_id', '=', personId)]))
        .execute(),
  }
}

export type RegisterWrites = ReturnType<typeof registerWrites>
export function registerWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  return {
    ...registerReads({ ...context, db: tx }),
    instant: (): Date => now,
    /** Holds the person's row until the transaction ends: acts on one person follow one another. */
    lockPerson: async (personId: string): Promise<void> => {
      await tx
        .selectFrom('person')
        .select('id')
        .where('school_id', '=', schoolId)
        .where('id', '=', personId)
        .forUpdate()
        .execute()
    },
    setLeft: (personId: string, lastDay: string | null) =>
      tx
        .updateTable('person')
        .set({ left_on: lastDay })
        .where('school_id', '=', schoolId)
        .where('id', '=', personId)
        .execute(),
    endMemberships: async (personId: string, groupId?: string): Promise<number> => {
      const { numUpdatedRows } = await tx
        .updateTable('membership')
        .set({ to_at: now })
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .$if(groupId !== undefined, query => query.where('group_id', '=', groupId ?? ''))
        .where(eb => eb.or([eb('to_at', 'is', null), eb('to_at', '>', now)]))
        .executeTakeFirst()
      return Number(numUpdatedRows)
    },
    noteAccess: async (
      personId: string,
      kind: 'suspended' | 'restored',
      byId: string,
      reason: string,
    ): Promise<void> => {
      const keyId = await seal.newKey()
      await tx
        .insertInto('access_note')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          person_id: personId,
          kind,
          by_id: byId,
          at: now,
          key_id: keyId,
          reason: await seal.seal(keyId, reason),
        })
        .execute()
    },
  }
}

const today = (now: Date): string => londonDate(now)
