import { londonDate } from '@gatehouse/engine/calendar'
import { sql } from 'kysely'
import { type Role, roles } from '../permissions.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { ledgerReads } from '../platform/ledger-reads.ts'
import type { AnsweringFacts, HeldPost } from './answering.ts'
import { dutyRoleNames } from './data/duty-roles.ts'
import { type Cover, covers } from './duty-cover.ts'

/** Roles that many hold and that answer for nothing. */
const withoutDuties: readonly Role[] = ['pupil', 'parent', 'community', 'guest', 'supplier']
const withDuties: readonly Role[] = roles.filter(role => !withoutDuties.includes(role))

export interface AppointmentNote {
  readonly appointmentId: string
  readonly kind: 'conflict' | 'not-deputy-head' | 'service'
  readonly text: string
  readonly provider: string | null
  /** Last day of the contract, `YYYY-MM-DD`. */
  readonly untilDate: string | null
  readonly writtenBy: string | null
  readonly at: Date
}
export interface Confirmation {
  readonly at: Date
  readonly confirmedBy: string
  readonly digest: string
  readonly vacancies: number
}

export type DutyReads = ReturnType<typeof dutyReads>
export function dutyReads(context: ReadContext) {
  const { db, schoolId, now } = context
  const ledger = ledgerReads(context)
  return {
    /** Everything that says who answers for what at `at` (now unless told): three queries, whatever is asked of it. */
    facts: async (at: Date = now): Promise<AnsweringFacts> => {
      const current = await db
        .selectFrom('appointment')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('role', 'in', withDuties)
        .where('from_at', '<=', at)
        .where(eb => eb.or([eb('to_at', 'is', null), eb('to_at', '>', at)]))
        .orderBy('from_at')
        .orderBy('id')
        .execute()
      const held = new Set(current.map(row => row.role))
      const empty = dutyRoleNames.filter(role => !held.has(role))
      const ended =
        empty.length === 0
          ? []
          : await db
              .selectFrom('appointment')
              .distinctOn('role')
              .selectAll()
              .where('school_id', '=', schoolId)
              .where('role', 'in', empty)
              .where('to_at', '<=', at)
              .orderBy('role')
              .orderBy('to_at', 'desc')
              .execute()
      const people = [
        ...new Set([...current, ...ended].flatMap(row => [row.person_id, ...(row.deputy_id ? [row.deputy_id] : [])])),
      ]
      const { rows: away } =
        people.length === 0
          ? { rows: [] }
          : await sql<{ id: string }>`
        select p.id from person p where p.school_id = ${schoolId} and p.id = any(${people}::uuid[]) and (
          p.left_on < ${londonDate(at)}
          or exists (select from absence a where a.school_id = p.school_id and a.person_id = p.id and a.from_at <= ${at} and a.to_at > ${at})
          or (exists (select from account c where c.school_id = p.school_id and c.person_id = p.id)
            and not exists (select from account c where c.school_id = p.school_id and c.person_id = p.id and c.suspended_at is null)))`.execute(
              db,
            )
      const post = (row: (typeof current)[number], endedAt: Date | null): HeldPost => ({
        appointmentId: row.id,
        personId: row.person_id,
        role: row.role,
        from: row.from_at,
        endedAt,
        deputyId: row.deputy_id,
      })
      return {
        posts: [...current.map(row => post(row, null)), ...ended.map(row => post(row, row.to_at))],
        away: new Set(away.map(row => row.id)),
      }
    },
    /** Current appointments of people whose last day has passed. */
    leaversPosts: async (): Promise<{ appointmentId: string; personId: string; role: Role; leftOn: string }[]> =>
      (
        await db
          .selectFrom('appointment as a')
          .innerJoin('person as p', join =>
            join.onRef('p.school_id', '=', 'a.school_id').onRef('p.id', '=', 'a.person_id'),
          )
          .select(['a.id', 'a.person_id', 'a.role', 'p.left_on'])
          .where('a.school_id', '=', schoolId)
          .where('p.left_on', '<', londonDate(now))
          .where(eb => eb.or([eb('a.to_at', 'is', null), eb('a.to_at', '>', now)]))
          .orderBy('a.from_at')
          .limit(200)
          .execute()
      ).map(row => ({ appointmentId: row.id, personId: row.person_id, role: row.role, leftOn: row.left_on ?? '' })),
    /** How each post stood when that was last written to the ledger. */
    lastCover: async (): Promise<Map<Role, Cover>> => {
      const types = covers.map(cover => `duty.${cover}`)
      const found = await Promise.all(
        dutyRoleNames.map(async role => [role, await ledger.latest(types, `role:${role}`)] as const),
      )
      return new Map(
        found.flatMap(([role, entry]) => (entry ? [[role, entry.type.slice('duty.'.length) as Cover] as const] : [])),
      )
    },
    notesOf: async (appointmentIds: readonly string[]): Promise<AppointmentNote[]> =>
      appointmentIds.length === 0
        ? []
        : (
            await db
              .selectFrom('appointment_note')
              .selectAll()
              .where('school_id', '=', schoolId)
              .where('appointment_id', 'in', appointmentIds)
              .orderBy('at', 'desc')
              .execute()
          ).map(row => ({
            appointmentId: row.appointment_id,
            kind: row.kind,
            text: row.text,
            provider: row.provider,
            untilDate: row.until_date,
            writtenBy: row.written_by,
            at: row.at,
          })),
    lastConfirmation: async (): Promise<Confirmation | null> => {
      const row = await db
        .selectFrom('duty_confirmation')
        .selectAll()
        .where('school_id', '=', schoolId)
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row ? { at: row.at, confirmedBy: row.confirmed_by, digest: row.digest, vacancies: row.vacancies } : null
    },
    absencesFrom: async (from: Date): Promise<{ id: string; personId: string; from: Date; to: Date }[]> =>
      (
        await db
          .selectFrom('absence')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('to_at', '>', from)
          .orderBy('from_at')
          .limit(200)
          .execute()
      ).map(row => ({ id: row.id, personId: row.person_id, from: row.from_at, to: row.to_at })),
    /** People who may be named for a post: at the school now, and neither pupil nor guest. */
    candidates: async (): Promise<{ id: string; name: string; roles: Role[] }[]> => {
      const rows = await db
        .selectFrom('person as p')
        .innerJoin('appointment as a', join =>
          join.onRef('a.school_id', '=', 'p.school_id').onRef('a.person_id', '=', 'p.id'),
        )
        .select(['p.id', 'p.given_name', 'p.family_name'])
        .select(({ fn, ref }) => fn.agg<Role[]>('array_agg', [ref('a.role')]).as('roles'))
        .where('p.school_id', '=', schoolId)
        .where('a.role', 'in', withDuties)
        .where('a.from_at', '<=', now)
        .where(eb => eb.or([eb('a.to_at', 'is', null), eb('a.to_at', '>', now)]))
        .where(eb => eb.or([eb('p.left_on', 'is', null), eb('p.left_on', '>=', londonDate(now))]))
        .groupBy(['p.id', 'p.given_name', 'p.family_name'])
        .orderBy('p.family_name')
        .orderBy('p.given_name')
        .limit(1000)
        .execute()
      return rows.map(row => ({ id: row.id, name: `${row.given_name} ${row.family_name}`, roles: row.roles }))
    },
  }
}

export type DutyWrites = ReturnType<typeof dutyWrites>
export function dutyWrites(context: WriteContext) {
  const { tx, schoolId, now, actor } = context
  return {
    ...dutyReads({ ...context, db: tx }),
    /** The one instant of this change. */
    instant: (): Date => now,
    /** One change of the register at a time, so that two people cannot each end the other's cover. */
    lockRegister: () => sql`select pg_advisory_xact_lock(hashtextextended(${`duties/${schoolId}`}, 0))`.execute(tx),
    note: (
      appointmentId: string,
      note: Pick<AppointmentNote, 'kind' | 'text'> & { provider?: string | null; untilDate?: string | null },
    ) =>
      tx
        .insertInto('appointment_note')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          appointment_id: appointmentId,
          kind: note.kind,
          text: note.text,
          provider: note.provider ?? null,
          until_date: note.untilDate ?? null,
          written_by: actor.kind === 'person' ? actor.personId : null,
          at: now,
        })
        .execute(),
    confirm: (confirmedBy: string, digest: string, vacancies: number) =>
      tx
        .insertInto('duty_confirmation')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          at: now,
          confirmed_by: confirmedBy,
          digest,
          vacancies,
        })
        .execute(),
    endAbsence: (id: string, at: Date) =>
      tx
        .updateTable('absence')
        .set({ to_at: at })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .where('from_at', '<', at)
        .execute(),
  }
}
