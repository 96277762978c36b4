import { sql } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { type Role, roles as everyRole } from '../permissions.ts'
import type { Account, Appointment, Person } from './person.ts'

/** The roles in which somebody answers for a duty, in the order in which an unowned thing looks for a person. */
export type DutyRole = Extract<
  Role,
  | 'headteacher'
  | 'deputy'
  | 'dsl'
  | 'deputy-dsl'
  | 'dpo'
  | 'senior-leader'
  | 'network-manager'
  | 'link-governor'
  | 'chair'
  | 'office'
>

export type PeopleReads = ReturnType<typeof peopleReads>
export function peopleReads({ db, schoolId, now }: ReadContext) {
  const people = () => db.selectFrom('person').selectAll().where('school_id', '=', schoolId)
  const appointments = () => db.selectFrom('appointment').selectAll().where('school_id', '=', schoolId)

  const currentAppointments = async (role: Role, at: Date): Promise<Appointment[]> =>
    (
      await appointments()
        .where('role', '=', role)
        .where('from_at', '<=', at)
        .where(eb => eb.or([eb('to_at', 'is', null), eb('to_at', '>', at)]))
        .orderBy('from_at')
        .execute()
    ).map(appointmentOf)

  const isAway = async (personId: string, at: Date): Promise<boolean> => {
    const absent = await db
      .selectFrom('absence')
      .select('id')
      .where('school_id', '=', schoolId)
      .where('person_id', '=', personId)
      .where('from_at', '<=', at)
      .where('to_at', '>', at)
      .executeTakeFirst()
    if (absent) return true
    const accounts = await db
      .selectFrom('account')
      .select('suspended_at')
      .where('school_id', '=', schoolId)
      .where('person_id', '=', personId)
      .execute()
    return accounts.length > 0 && accounts.every(account => account.suspended_at !== null)
  }

  const groupsOf = async (personId: string, at: Date = now) =>
    db
      .selectFrom('membership as m')
      .innerJoin('people_group as g', join =>
        join.onRef('g.school_id', '=', 'm.school_id').onRef('g.id', '=', 'm.group_id'),
      )
      .select(['g.id', 'g.kind', 'g.name', 'm.part'])
      .where('m.school_id', '=', schoolId)
      .where('m.person_id', '=', personId)
      .where('m.from_at', '<=', at)
      .where(eb => eb.or([eb('m.to_at', 'is', null), eb('m.to_at', '>', at)]))
      .execute()

  return {
    get: async (id: string): Promise<Person> => {
      const row = await people().where('id', '=', id).executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such person at this school.')
      return personOfRow(row)
    },
    /** Names for a list of ids, for pages; an id that is unknown is left out. */
    names: async (ids: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      if (ids.length === 0) return new Map()
      const rows = await people()
        .where('id', 'in', [...new Set(ids)])
        .execute()
      return new Map(rows.map(row => [row.id, `${row.given_name} ${row.family_name}`]))
    },
    list: async (limit = 500): Promise<Person[]> =>
      (await people().orderBy('family_name').orderBy('given_name').limit(limit).execute()).map(personOfRow),
    /** People whose given or family name starts with one of the words, for choosing a person on a form. */
    search: async (words: string, limit = 20): Promise<Person[]> => {
      const starts = words.trim().split(/\s+/).filter(Boolean).slice(0, 3)
      const rows = await people()
        .$if(starts.length > 0, query =>
          query.where(eb =>
            eb.and(
              starts.map(start =>
                eb.or([
                  eb('given_name', 'ilike', `${likeText(start)}%`),
                  eb('family_name', 'ilike', `${likeText(start)}%`),
                ]),
              ),
            ),
          ),
        )
        .orderBy('family_name')
        .orderBy('given_name')
        .limit(limit)
        .execute()
      return rows.map(personOfRow)
    },
    /** Those who hold `role` at `at` (now unless told). */
    holders: async (role: Role, at: Date = now): Promise<Appointment[]> => currentAppointments(role, at),
    /** All appointments of a role or a person, past ones too, newest first. */
    appointmentsOf: async (where: { role?: Role; personId?: string }): Promise<Appointment[]> =>
      (
        await appointments()
          .$if(where.role !== undefined, query => query.where('role', '=', where.role ?? 'guest'))
          .$if(where.personId !== undefined, query => query.where('person_id', '=', where.personId ?? ''))
          .orderBy('from_at', 'desc')
          .execute()
      ).map(appointmentOf),
    rolesOf: async (personId: string, at: Date = now): Promise<Role[]> => {
      const rows = await appointments()
        .where('person_id', '=', personId)
        .where('from_at', '<=', at)
        .where(eb => eb.or([eb('to_at', 'is', null), eb('to_at', '>', at)]))
        .execute()
      return [...new Set(rows.map(row => row.role))]
    },
    /** Away by a recorded absence, or suspended. */
    isAway: (personId: string, at: Date = now) => isAway(personId, at),
    /**
     * Who answers for `role` at this moment: the holder, else (away, suspended or vacant) the deputy named for it, else null.
     * `via` says which. @returns null when nobody does; the caller must be loud about that.
     */
    whoActsAs: async (role: Role, at: Date = now): Promise<{ personId: string; via: 'holder' | 'deputy' } | null> => {
      const current = await currentAppointments(role, at)
      for (const { personId } of current) if (!(await isAway(personId, at))) return { personId, via: 'holder' }
      for (const { deputyId } of current)
        if (deputyId && !(await isAway(deputyId, at))) return { personId: deputyId, via: 'deputy' }
      const last = (
        await appointments()
          .where('role', '=', role)
          .where('to_at', '<=', at)
          .orderBy('to_at', 'desc')
          .limit(1)
          .execute()
      )[0]
      if (last?.deputy_id && !(await isAway(last.deputy_id, at))) return { personId: last.deputy_id, via: 'deputy' }
      return null
    },
    accountsOf: async (personId: string): Promise<Account[]> =>
      (
        await db
          .selectFrom('account')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('person_id', '=', personId)
          .execute()
      ).map(accountOf),
    accountById: async (id: string): Promise<Account> => {
      const row = await db
        .selectFrom('account')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such account at this school.')
      return accountOf(row)
    },
    /** The one person here with this address, without regard to case; null for nobody, or for several. */
    personByEmail: async (email: string): Promise<string | null> => {
      const rows = await people().where(sql<boolean>`lower(email) = ${email.toLowerCase()}`).limit(2).execute()
      return rows.length === 1 ? (rows[0]?.id ?? null) : null
    },
    accountByUsername: async (username: string): Promise<Account | null> => {
      const row = await db
        .selectFrom('account')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('username', '=', username.toLowerCase())
        .executeTakeFirst()
      return row ? accountOf(row) : null
    },
    groups: (kind?: 'filter' | 'year' | 'class') =>
      db
        .selectFrom('people_group')
        .select(['id', 'kind', 'name'])
        .where('school_id', '=', schoolId)
        .$if(kind !== undefined, query => query.where('kind', '=', kind ?? 'class'))
        .orderBy('name')
        .execute(),
    groupsOf,
    /** Ids of the groups whose rules the filter takes for them. */
    filterGroupsOf: async (personId: string, at: Date = now): Promise<string[]> =>
      (await groupsOf(personId, at)).filter(({ kind }) => kind === 'filter').map(({ id }) => id),
    membersOf: async (groupId: string, at: Date = now): Promise<Person[]> =>
      (
        await people()
          .where('id', 'in', eb =>
            eb
              .selectFrom('membership')
              .select('person_id')
              .where('school_id', '=', schoolId)
              .where('group_id', '=', groupId)
              .where('from_at', '<=', at)
              .where(or => or.or([or('to_at', 'is', null), or('to_at', '>', at)])),
          )
          .orderBy('family_name')
          .orderBy('given_name')
          .execute()
      ).map(personOfRow),
    /** Everyone with a proxy password, for the gateway's bundle. */
    proxyUsers: async () =>
      db
        .selectFrom('account as a')
        .select(['a.person_id', 'a.username', 'a.proxy_hash', 'a.suspended_at'])
        .select(eb =>
          eb
            .selectFrom('membership as m')
            .innerJoin('people_group as g', join =>
              join.onRef('g.school_id', '=', 'm.school_id').onRef('g.id', '=', 'm.group_id'),
            )
            .select(({ fn, ref }) => fn.agg<string[]>('array_agg', [ref('m.group_id')]).as('ids'))
            .where('g.kind', '=', 'filter')
            .whereRef('m.school_id', '=', 'a.school_id')
            .whereRef('m.person_id', '=', 'a.person_id')
            .where('m.from_at', '<=', now)
            .where(or => or.or([or('m.to_at', 'is', null), or('m.to_at', '>', now)]))
            .as('groups'),
        )
        .where('a.school_id', '=', schoolId)
        .where('a.proxy_hash', 'is not', null)
        .execute(),
    /** Classes (not those taught), years and, of pupils alone, the date of birth: what the filter asks besides the groups. */
    filterAttributes: async (
      personIds?: readonly string[],
    ): Promise<{ personId: string; classes: string[]; years: string[]; dateOfBirth: string | null }[]> => {
      if (personIds?.length === 0) return []
      const rows = await db
        .selectFrom('person as p')
        .leftJoin('membership as m', join =>
          join
            .onRef('m.school_id', '=', 'p.school_id')
            .onRef('m.person_id', '=', 'p.id')
            .on('m.part', '=', 'member')
            .on('m.from_at', '<=', now)
            .on(eb => eb.or([eb('m.to_at', 'is', null), eb('m.to_at', '>', now)])),
        )
        .leftJoin('people_group as g', join =>
          join.onRef('g.school_id', '=', 'm.school_id').onRef('g.id', '=', 'm.group_id'),
        )
        .select(['p.id', 'p.date_of_birth', 'g.id as group_id', 'g.kind'])
        .select(({ exists, selectFrom }) =>
          exists(
            selectFrom('appointment as a')
              .select('a.id')
              .where('a.role', '=', 'pupil')
              .whereRef('a.school_id', '=', 'p.school_id')
              .whereRef('a.person_id', '=', 'p.id')
              .where('a.from_at', '<=', now)
              .where(eb => eb.or([eb('a.to_at', 'is', null), eb('a.to_at', '>', now)])),
          ).as('is_pupil'),
        )
        .where('p.school_id', '=', schoolId)
        .$if(personIds !== undefined, query => query.where('p.id', 'in', personIds ?? []))
        .orderBy('p.id')
        .orderBy('g.id')
        .execute()
      const found = new Map<
        string,
        { personId: string; classes: string[]; years: string[]; dateOfBirth: string | null }
      >()
      for (const row of rows) {
        const person = found.get(row.id) ?? {
          personId: row.id,
          classes: [],
          years: [],
          dateOfBirth: row.is_pupil ? row.date_of_birth : null,
        }
        if (row.group_id !== null && row.kind === 'class') person.classes.push(row.group_id)
        if (row.group_id !== null && row.kind === 'year') person.years.push(row.group_id)
        found.set(row.id, person)
      }
      return [...found.values()]
    },
    /** Every username with its person and filter groups, for tying another program's log to people. */
    loginNames: async (): Promise<{ username: string; personId: string; groups: string[] }[]> => {
      const { rows } = await sql<{ username: string; personId: string; groups: string[] }>`
        select a.username, a.person_id as "personId", coalesce((
          select array_agg(g.id order by g.id) from membership m join people_group g on g.school_id = m.school_id and g.id = m.group_id
           where m.school_id = a.school_id and m.person_id = a.person_id and g.kind = 'filter'
             and m.from_at <= ${now} and (m.to_at is null or m.to_at > ${now})), '{}') as groups
          from account a where a.school_id = ${schoolId}`.execute(db)
      return rows
    },
    countByRole: async (at: Date = now): Promise<ReadonlyMap<Role, number>> => {
      const rows = await db
        .selectFrom('appointment')
        .select(({ fn }) => ['role', fn.count<number>('person_id').distinct().as('count')])
        .where('school_id', '=', schoolId)
        .where('from_at', '<=', at)
        .where(eb => eb.or([eb('to_at', 'is', null), eb('to_at', '>', at)]))
        .groupBy('role')
        .execute()
      return new Map(rows.map(row => [row.role, row.count]))
    },
  }
}

export interface NewPerson {
  readonly givenName: string
  readonly familyName: string
  readonly email?: string
  readonly externalId?: string
  readonly dateOfBirth?: string
  readonly joinedOn: string
}

export type PeopleWrites = ReturnType<typeof peopleWrites>
export function peopleWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  return {
    ...peopleReads({ ...context, db: tx }),
    addPerson: async (person: NewPerson): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('person')
        .values({
          school_id: schoolId,
          id,
          given_name: person.givenName,
          family_name: person.familyName,
          email: person.email ?? null,
          external_id: person.externalId ?? null,
          date_of_birth: person.dateOfBirth ?? null,
          joined_on: person.joinedOn,
          left_on: null,
          created_at: now,
        })
        .execute()
      return id
    },
    appoint: async (
      personId: string,
      role: Role,
      options: { from?: Date; to?: Date; deputyId?: string } = {},
    ): Promise<string> => {
      if (!everyRole.includes(role)) throw new Refusal('invalid', `“${role}” is not a role.`)
      const id = newId(now.getTime())
      await tx
        .insertInto('appointment')
        .values({
          school_id: schoolId,
          id,
          person_id: personId,
          role,
          from_at: options.from ?? now,
          to_at: options.to ?? null,
          deputy_id: options.deputyId ?? null,
        })
        .execute()
      return id
    },
    lockAppointment: async (id: string): Promise<Appointment> => {
      const row = await tx
        .selectFrom('appointment')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such appointment at this school.')
      return appointmentOf(row)
    },
    endAppointment: (id: string, at: Date) =>
      tx.updateTable('appointment').set({ to_at: at }).where('school_id', '=', schoolId).where('id', '=', id).execute(),
    setDeputy: (id: string, deputyId: string | null) =>
      tx
        .updateTable('appointment')
        .set({ deputy_id: deputyId })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
    recordAbsence: async (personId: string, from: Date, to: Date): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('absence')
        .values({ school_id: schoolId, id, person_id: personId, from_at: from, to_at: to })
        .execute()
      return id
    },
    addGroup: (id: string, kind: 'filter' | 'year' | 'class', name: string) =>
      tx.insertInto('people_group').values({ school_id: schoolId, id, kind, name }).execute(),
    addMember: (groupId: string, personId: string, part: 'member' | 'teacher' = 'member', from: Date = now) =>
      tx
        .insertInto('membership')
        .values({ school_id: schoolId, group_id: groupId, person_id: personId, from_at: from, to_at: null, part })
        .execute(),
    relate: (adultId: string, childId: string) =>
      tx.insertInto('relation').values({ school_id: schoolId, adult_id: adultId, child_id: childId }).execute(),
    addAccount: async (
      personId: string,
      username: string,
      hashes: { password?: string; proxy?: string; mustChange?: boolean },
    ): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('account')
        .values({
          school_id: schoolId,
          id,
          person_id: personId,
          username: username.toLowerCase(),
          password_hash: hashes.password ?? null,
          proxy_hash: hashes.proxy ?? null,
          must_change: hashes.mustChange ?? false,
          first_failed_at: null,
          locked_until: null,
          suspended_at: null,
          password_set_at: hashes.password ? now : null,
          created_at: now,
        })
        .execute()
      return id
    },
    lockAccount: async (username: string): Promise<Account | null> => {
      const row = await tx
        .selectFrom('account')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('username', '=', username.toLowerCase())
        .forUpdate()
        .executeTakeFirst()
      return row ? accountOf(row) : null
    },
    setAttempts: (accountId: string, failedCount: number, firstFailedAt: Date | null, lockedUntil: Date | null) =>
      tx
        .updateTable('account')
        .set({ failed_count: failedCount, first_failed_at: firstFailedAt, locked_until: lockedUntil })
        .where('school_id', '=', schoolId)
        .where('id', '=', accountId)
        .execute(),
    setPassword: (accountId: string, hash: string, mustChange = false) =>
      tx
        .updateTable('account')
        .set({
          password_hash: hash,
          must_change: mustChange,
          password_set_at: now,
          failed_count: 0,
          first_failed_at: null,
          locked_until: null,
        })
        .where('school_id', '=', schoolId)
        .where('id', '=', accountId)
        .execute(),
    setProxyPassword: (accountId: string, hash: string) =>
      tx
        .updateTable('account')
        .set({ proxy_hash: hash })
        .where('school_id', '=', schoolId)
        .where('id', '=', accountId)
        .execute(),
    suspend: (personId: string, at: Date | null) =>
      tx
        .updateTable('account')
        .set({ suspended_at: at })
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .execute(),
    openSession: (session: {
      tokenHash: Buffer
      personId: string
      accountId: string
      endsAt: Date
      previousSeenAt: Date | null
    }) =>
      tx
        .insertInto('session')
        .values({
          school_id: schoolId,
          token_hash: session.tokenHash,
          person_id: session.personId,
          account_id: session.accountId,
          started_at: now,
          seen_at: now,
          previous_seen_at: session.previousSeenAt,
          ends_at: session.endsAt,
        })
        .execute(),
    lastSeen: async (personId: string): Promise<Date | null> => {
      const row = await tx
        .selectFrom('session')
        .select(({ fn }) => fn.max('seen_at').as('at'))
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .executeTakeFirst()
      return row?.at ?? null
    },
    closeSession: (tokenHash: Buffer) =>
      tx.deleteFrom('session').where('school_id', '=', schoolId).where('token_hash', '=', tokenHash).execute(),
    /** Ends every session of a person, but for the one with `exceptHash`. @returns how many. */
    closeSessionsOf: async (personId: string, exceptHash?: Buffer): Promise<number> => {
      const { numDeletedRows } = await tx
        .deleteFrom('session')
        .where('school_id', '=', schoolId)
        .where('person_id', '=', personId)
        .$if(exceptHash !== undefined, query => query.where('token_hash', '!=', exceptHash ?? Buffer.alloc(0)))
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

const likeText = (text: string): string => text.replace(/[\\%_]/g, match => `\\${match}`)

const personOfRow = (row: {
  id: string
  given_name: string
  family_name: string
  email: string | null
  joined_on: string
  left_on: string | null
}): Person => ({
  id: row.id,
  givenName: row.given_name,
  familyName: row.family_name,
  name: `${row.given_name} ${row.family_name}`,
  email: row.email,
  joinedOn: row.joined_on,
  leftOn: row.left_on,
})
const appointmentOf = (row: {
  id: string
  person_id: string
  role: Role
  from_at: Date
  to_at: Date | null
  deputy_id: string | null
}): Appointment => ({
  id: row.id,
  personId: row.person_id,
  role: row.role,
  from: row.from_at,
  to: row.to_at,
  deputyId: row.deputy_id,
})
const accountOf = (row: {
  id: string
  person_id: string
  username: string
  password_hash: string | null
  must_change: boolean
  failed_count: number
  first_failed_at: Date | null
  locked_until: Date | null
  suspended_at: Date | null
  proxy_hash: string | null
}): Account => ({
  id: row.id,
  personId: row.person_id,
  username: row.username,
  passwordHash: row.password_hash,
  mustChange: row.must_change,
  failedCount: row.failed_count,
  firstFailedAt: row.first_failed_at,
  lockedUntil: row.locked_until,
  suspendedAt: row.suspended_at,
  hasProxyPassword: row.proxy_hash !== null,
})
