import { type Selectable, sql } from 'kysely'
import type { Role } from '../permissions.ts'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { isId, newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Part } from './case.ts'
import type { Agency, OpeningReason } from './case-parts.ts'
import type { Case } from './case-store.ts'
import type { CaseTables, LessonArea } from './incidents-tables.ts'

/* SQL for what hangs on a case. Callers hold a case that the actor may see (`cases.get` or `cases.lock`). */

export interface Party {
  readonly id: string
  readonly personId: string | null
  readonly part: Part
  readonly addedAt: Date
}
export interface Alert {
  readonly id: string
  readonly caseId: string
  readonly kind: 'headteacher' | 'it-contact'
  readonly role: Role
  readonly personId: string | null
  readonly madeAt: Date
  readonly acknowledgedAt: Date | null
}
export interface Task {
  readonly id: string
  readonly ownerId: string
  readonly dueOn: string
  readonly doneAt: Date | null
}
export interface Lesson {
  readonly id: string
  readonly caseId: string | null
  readonly area: LessonArea
  readonly ownerId: string
  readonly dueOn: string
  readonly madeAt: Date
  readonly doneAt: Date | null
  readonly words: string
}

export type CasePartReads = ReturnType<typeof casePartReads>
export function casePartReads({ db, schoolId, now, seal }: ReadContext) {
  const of = <
    T extends
      | 'case_party'
      | 'case_note'
      | 'case_task'
      | 'case_referral'
      | 'case_decision'
      | 'case_parent_notice'
      | 'case_alert',
  >(
    table: T,
    caseId: string,
  ) =>
    // Kysely cannot follow a union of tables; every one of these has both columns.
    db
      .selectFrom(table as 'case_note')
      .selectAll()
      .where('school_id', '=', schoolId)
      .where('case_id', '=', caseId) as unknown as { execute(): Promise<Selectable<CaseTables[T]>[]> }
  const alertOf = (row: Selectable<CaseTables['case_alert']>): Alert => ({
    id: row.id,
    caseId: row.case_id,
    kind: row.kind,
    role: row.role,
    personId: row.person_id,
    madeAt: row.made_at,
    acknowledgedAt: row.acknowledged_at,
  })
  const lessonOf = async (row: Selectable<CaseTables['case_lesson']>): Promise<Lesson> => ({
    id: row.id,
    caseId: row.case_id,
    area: row.area,
    ownerId: row.owner_id,
    dueOn: row.due_on,
    madeAt: row.made_at,
    doneAt: row.done_at,
    words: await seal.open(row.key_id, row.words),
  })
  return {
    parties: async (caseId: string): Promise<Party[]> =>
      (await of('case_party', caseId).execute()).map(row => ({
        id: row.id,
        personId: row.person_id,
        part: row.part,
        addedAt: row.added_at,
      })),
    /** With the names of those who are not in the register. */
    partyLabels: async (file: Case): Promise<ReadonlyMap<string, string>> => {
      const rows = (await of('case_party', file.id).execute()).filter(row => row.label !== null)
      return new Map(
        await Promise.all(
          rows.map(
            async (row): Promise<[string, string]> => [
              row.id,
              await seal.open(file.keyId, row.label ?? Buffer.alloc(0)),
            ],
          ),
        ),
      )
    },
    notes: async (file: Case) =>
      Promise.all(
        (await of('case_note', file.id).execute()).map(async row => ({
          id: row.id,
          at: row.at,
          authorId: row.author_id,
          words: await seal.open(file.keyId, row.words),
        })),
      ),
    countNotes: async (caseId: string): Promise<number> => (await of('case_note', caseId).execute()).length,
    tasks: async (caseId: string): Promise<Task[]> =>
      (await of('case_task', caseId).execute())
        .map(row => ({ id: row.id, ownerId: row.owner_id, dueOn: row.due_on, doneAt: row.done_at }))
        .sort((one, other) => one.dueOn.localeCompare(other.dueOn)),
    taskWords: async (file: Case): Promise<ReadonlyMap<string, string>> =>
      new Map(
        await Promise.all(
          (await of('case_task', file.id).execute()).map(
            async (row): Promise<[string, string]> => [row.id, await seal.open(file.keyId, row.words)],
          ),
        ),
      ),
    referrals: async (caseId: string) =>
      (await of('case_referral', caseId).execute()).map(row => ({
        id: row.id,
        agency: row.agency as Agency,
        made: row.made,
        at: row.at,
        recordedAt: row.recorded_at,
        byId: row.by_id,
      })),
    referralWords: async (file: Case) =>
      new Map(
        await Promise.all(
          (await of('case_referral', file.id).execute()).map(
            async (row): Promise<[string, { reference: string | null; reasons: string }]> => [
              row.id,
              {
                reference: row.reference && (await seal.open(file.keyId, row.reference)),
                reasons: await seal.open(file.keyId, row.reasons),
              },
            ],
          ),
        ),
      ),
    decisions: async (caseId: string) =>
      (await of('case_decision', caseId).execute()).map(row => ({
        id: row.id,
        kind: row.kind,
        procedure: row.procedure,
        at: row.at,
        byId: row.by_id,
      })),
    decisionWords: async (file: Case): Promise<ReadonlyMap<string, string>> =>
      new Map(
        await Promise.all(
          (await of('case_decision', file.id).execute()).map(
            async (row): Promise<[string, string]> => [row.id, await seal.open(file.keyId, row.words)],
          ),
        ),
      ),
    notices: async (caseId: string) =>
      (await of('case_parent_notice', caseId).execute()).map(({ words: _, reasons: __, ...row }) => ({
        id: row.id,
        state: row.state,
        proposedAt: row.proposed_at,
        proposedBy: row.proposed_by,
        decidedAt: row.decided_at,
        decidedBy: row.decided_by,
        givenAt: row.given_at,
      })),
    noticeWords: async (file: Case) =>
      new Map(
        await Promise.all(
          (await of('case_parent_notice', file.id).execute()).map(
            async (row): Promise<[string, { words: string; reasons: string | null }]> => [
              row.id,
              {
                words: await seal.open(file.keyId, row.words),
                reasons: row.reasons && (await seal.open(file.keyId, row.reasons)),
              },
            ],
          ),
        ),
      ),
    alerts: async (caseId: string): Promise<Alert[]> => (await of('case_alert', caseId).execute()).map(alertOf),
    /** One alert, for the person it was made for, or who acts in its role. @throws {Refusal} `not-found`. */
    alert: async (id: string): Promise<Alert> => {
      const row = isId(id)
        ? await db
            .selectFrom('case_alert')
            .selectAll()
            .where('school_id', '=', schoolId)
            .where('id', '=', id)
            .executeTakeFirst()
        : undefined
      if (!row) throw new Refusal('not-found', 'There is no such alert at this school.')
      return alertOf(row)
    },
    alertsFor: async (personId: string): Promise<Alert[]> =>
      (
        await db
          .selectFrom('case_alert')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('person_id', '=', personId)
          .where('acknowledged_at', 'is', null)
          // A case that was closed asks nobody any more.
          .where(({ exists, selectFrom }) =>
            exists(
              selectFrom('deadline')
                .select('deadline.id')
                .whereRef('deadline.school_id', '=', 'case_alert.school_id')
                .where('deadline.kind', '=', 'incident.serious-alert')
                .where('deadline.subject', '=', sql<string>`'alert:' || case_alert.id::text`)
                .where('deadline.state', 'in', ['open', 'missed']),
            ),
          )
          .orderBy('made_at')
          .limit(50)
          .execute()
      ).map(alertOf),
    /** Until when the sealed words of this case are open to this person; null when they are closed. */
    openUntil: async (caseId: string, personId: string): Promise<Date | null> => {
      const row = await db
        .selectFrom('case_opening')
        .select(({ fn }) => fn.max('until').as('until'))
        .where('school_id', '=', schoolId)
        .where('case_id', '=', caseId)
        .where('person_id', '=', personId)
        .where('evidence_id', 'is', null)
        .where('until', '>', now)
        .executeTakeFirst()
      return row?.until ?? null
    },
    lessons: async (where: { caseId?: string; open?: boolean; limit?: number }): Promise<Lesson[]> =>
      Promise.all(
        (
          await db
            .selectFrom('case_lesson')
            .selectAll()
            .where('school_id', '=', schoolId)
            .$if(where.caseId !== undefined, query => query.where('case_id', '=', where.caseId ?? ''))
            .$if(where.open === true, query => query.where('done_at', 'is', null))
            .orderBy('made_at', 'desc')
            .limit(where.limit ?? 200)
            .execute()
        ).map(lessonOf),
      ),
  }
}

export type CasePartWrites = ReturnType<typeof casePartWrites>
export function casePartWrites(context: WriteContext) {
  const { tx, schoolId, now, seal } = context
  const base = () => ({ school_id: schoolId, id: newId(now.getTime()) })
  return {
    ...casePartReads({ ...context, db: tx }),
    addNote: async (file: Case, authorId: string, words: string): Promise<string> => {
      const row = {
        ...base(),
        case_id: file.id,
        at: now,
        author_id: authorId,
        words: await seal.seal(file.keyId, words),
      }
      await tx.insertInto('case_note').values(row).execute()
      return row.id
    },
    addTask: async (
      file: Case,
      byId: string,
      task: { words: string; ownerId: string; dueOn: string },
    ): Promise<string> => {
      const row = {
        ...base(),
        case_id: file.id,
        words: await seal.seal(file.keyId, task.words),
        owner_id: task.ownerId,
        due_on: task.dueOn,
        made_at: now,
        made_by: byId,
        done_at: null,
        done_by: null,
      }
      await tx.insertInto('case_task').values(row).execute()
      return row.id
    },
    /** @throws {Refusal} `conflict` when it is done already or not of this case. */
    finishTask: async (caseId: string, taskId: string, byId: string): Promise<void> => {
      const { numUpdatedRows } = await tx
        .updateTable('case_task')
        .set({ done_at: now, done_by: byId })
        .where('school_id', '=', schoolId)
        .where('case_id', '=', caseId)
        .where('id', '=', idOr(taskId))
        .where('done_at', 'is', null)
        .executeTakeFirst()
      if (!numUpdatedRows) throw new Refusal('conflict', 'This task is done already, or is not one of this case.')
    },
    addReferral: async (
      file: Case,
      byId: string,
      referral: { agency: Agency; made: boolean; reference: string | null; reasons: string; at: Date },
    ): Promise<string> => {
      const row = {
        ...base(),
        case_id: file.id,
        agency: referral.agency,
        made: referral.made,
        reference: referral.reference === null ? null : await seal.seal(file.keyId, referral.reference),
        reasons: await seal.seal(file.keyId, referral.reasons),
        at: referral.at,
        recorded_at: now,
        by_id: byId,
      }
      await tx.insertInto('case_referral').values(row).execute()
      return row.id
    },
    addDecision: async (
      file: Case,
      byId: string,
      decision: { kind: 'response' | 'procedure' | 'no-action' | 'other'; procedure: string | null; words: string },
    ): Promise<string> => {
      const row = {
        ...base(),
        case_id: file.id,
        kind: decision.kind,
        procedure: decision.procedure,
        words: await seal.seal(file.keyId, decision.words),
        at: now,
        by_id: byId,
      }
      await tx.insertInto('case_decision').values(row).execute()
      return row.id
    },
    proposeNotice: async (file: Case, byId: string, words: string): Promise<string> => {
      const row = {
        ...base(),
        case_id: file.id,
        words: await seal.seal(file.keyId, words),
        proposed_at: now,
        proposed_by: byId,
        decided_at: null,
        decided_by: null,
        reasons: null,
        given_at: null,
        given_by: null,
      }
      await tx.insertInto('case_parent_notice').values(row).execute()
      return row.id
    },
    lockNotice: async (caseId: string, id: string) => {
      const row = await tx
        .selectFrom('case_parent_notice')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('case_id', '=', caseId)
        .where('id', '=', idOr(id))
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such notice in this case.')
      return row
    },
    decideNotice: async (file: Case, id: string, byId: string, safe: boolean, reasons: string): Promise<void> => {
      await tx
        .updateTable('case_parent_notice')
        .set({
          state: safe ? 'agreed' : 'unsafe',
          decided_at: now,
          decided_by: byId,
          reasons: await seal.seal(file.keyId, reasons),
        })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute()
    },
    giveNotice: (id: string, byId: string) =>
      tx
        .updateTable('case_parent_notice')
        .set({ state: 'given', given_at: now, given_by: byId })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
    lockAlert: async (id: string) => {
      const row = await tx
        .selectFrom('case_alert')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', idOr(id))
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such alert at this school.')
      return row
    },
    acknowledge: (id: string, byId: string) =>
      tx
        .updateTable('case_alert')
        .set({ acknowledged_at: now, acknowledged_by: byId })
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .execute(),
    addOpening: async (
      file: Case,
      personId: string,
      opening: { reason: OpeningReason; words: string | null; evidenceId?: string; until: Date },
    ): Promise<void> => {
      await tx
        .insertInto('case_opening')
        .values({
          ...base(),
          case_id: file.id,
          person_id: personId,
          evidence_id: opening.evidenceId ?? null,
          reason: opening.reason,
          words: opening.words === null ? null : await seal.seal(file.keyId, opening.words),
          at: now,
          until: opening.until,
        })
        .execute()
    },
    addLesson: async (
      byId: string,
      lesson: { caseId: string | null; words: string; area: LessonArea; ownerId: string; dueOn: string },
    ): Promise<string> => {
      const keyId = await seal.newKey()
      const row = {
        ...base(),
        case_id: lesson.caseId,
        key_id: keyId,
        words: await seal.seal(keyId, lesson.words),
        area: lesson.area,
        owner_id: lesson.ownerId,
        due_on: lesson.dueOn,
        made_at: now,
        made_by: byId,
        done_at: null,
        done_by: null,
      }
      await tx.insertInto('case_lesson').values(row).execute()
      return row.id
    },
    finishLesson: async (id: string, byId: string): Promise<void> => {
      const { numUpdatedRows } = await tx
        .updateTable('case_lesson')
        .set({ done_at: now, done_by: byId })
        .where('school_id', '=', schoolId)
        .where('id', '=', idOr(id))
        .where('done_at', 'is', null)
        .executeTakeFirst()
      if (!numUpdatedRows) throw new Refusal('conflict', 'This improvement is done already, or there is no such one.')
    },
  }
}

/** An id as typed in an address; what is no id matches nothing. */
export const idOr = (text: string): string => (isId(text) ? text : '00000000-0000-0000-0000-000000000000')
