import type { Selectable } from 'kysely'
import type { ReadContext, WriteContext } from '../platform/change.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import type { SetAside } from './clause-status.ts'
import type { ClauseStatus, EvidenceKind } from './control.ts'
import type { PolicyPack } from './packs/packs.ts'
import type { PoliciesTables } from './policies-tables.ts'
import type { PolicyVersion, Signature, TriggerKind, VersionClause } from './policy-version.ts'

type PolicyId = PolicyPack['id']

export interface PolicyTrigger {
  readonly id: string
  readonly policy: PolicyId
  readonly kind: TriggerKind
  readonly summary: string
  readonly reference: string | null
  readonly happenedOn: string
  readonly raisedAt: Date
  readonly dueAt: Date
  readonly settledAt: Date | null
  readonly versionId: string | null
}

export interface RecordedDocument {
  readonly id: string
  readonly version: string
  readonly approvedOn: string
  readonly nextReview: string | null
  readonly place: string
  readonly checkedBy: string
  readonly checkedAt: Date
}

export interface ClauseMove {
  readonly clauseId: string
  /** Counted from 1 for each clause. */
  readonly number: number
  readonly at: Date
  readonly status: ClauseStatus
  readonly evidence: EvidenceKind
  readonly controlId: string | null
}

export type PolicyReads = ReturnType<typeof policyReads>
export function policyReads({ db, schoolId }: ReadContext) {
  const versions = () => db.selectFrom('policy_version').selectAll().where('school_id', '=', schoolId)
  return {
    /** The version in force; null at a school that adopted none. */
    live: async (policy: PolicyId): Promise<PolicyVersion | null> => {
      const row = await versions().where('policy', '=', policy).where('state', '=', 'published').executeTakeFirst()
      return row ? versionOf(row) : null
    },
    /** The one being prepared, if any. */
    inPreparation: async (policy: PolicyId): Promise<PolicyVersion | null> => {
      const row = await versions()
        .where('policy', '=', policy)
        .where('state', 'in', ['draft', 'consultation', 'proposed', 'approved'])
        .executeTakeFirst()
      return row ? versionOf(row) : null
    },
    /** Newest first. */
    versions: async (policy: PolicyId): Promise<PolicyVersion[]> =>
      (await versions().where('policy', '=', policy).orderBy('number', 'desc').execute()).map(versionOf),
    version: async (policy: PolicyId, number: number): Promise<PolicyVersion> => {
      const row =
        Number.isSafeInteger(number) && number < 1_000_000
          ? await versions().where('policy', '=', policy).where('number', '=', number).executeTakeFirst()
          : undefined
      if (!row) throw new Refusal('not-found', 'There is no such version of this policy.')
      return versionOf(row)
    },
    /** In printed order. */
    clauses: async (versionId: string): Promise<VersionClause[]> =>
      (
        await db
          .selectFrom('policy_clause')
          .select(['clause_id', 'section', 'words', 'since'])
          .where('school_id', '=', schoolId)
          .where('version_id', '=', versionId)
          .orderBy('position')
          .execute()
      ).map(row => ({ id: row.clause_id, section: row.section, words: row.words, since: row.since })),
    signatures: async (versionId: string): Promise<Signature[]> =>
      (
        await db
          .selectFrom('policy_signature')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('version_id', '=', versionId)
          .orderBy('part', 'desc')
          .execute()
      ).map(row => ({
        part: row.part,
        personId: row.person_id,
        name: row.name,
        jobTitle: row.job_title,
        digest: row.digest,
        signedAt: row.signed_at,
      })),
    comments: async (versionId: string) =>
      (
        await db
          .selectFrom('policy_comment')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('version_id', '=', versionId)
          .orderBy('made_at')
          .execute()
      ).map(row => ({ clauseId: row.clause_id, personId: row.person_id, words: row.words, madeAt: row.made_at })),
    /** What called for an early review, newest first. */
    triggers: async (policy: PolicyId): Promise<PolicyTrigger[]> =>
      (
        await db
          .selectFrom('policy_trigger')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('policy', '=', policy)
          .orderBy('raised_at', 'desc')
          .execute()
      ).map(triggerOf),
    documents: async (): Promise<ReadonlyMap<string, RecordedDocument>> => {
      const rows = await db.selectFrom('policy_document').selectAll().where('school_id', '=', schoolId).execute()
      return new Map(
        rows.map(row => [
          row.document_id,
          {
            id: row.document_id,
            version: row.version,
            approvedOn: row.approved_on,
            nextReview: row.next_review,
            place: row.place,
            checkedBy: row.checked_by,
            checkedAt: row.checked_at,
          },
        ]),
      )
    },
    /** From when the present words of each clause hold, over both policies in force. */
    clausesSince: async (): Promise<ReadonlyMap<string, Date>> => {
      const rows = await db
        .selectFrom('policy_clause as c')
        .innerJoin('policy_version as v', join =>
          join.onRef('v.school_id', '=', 'c.school_id').onRef('v.id', '=', 'c.version_id'),
        )
        .select(['c.clause_id', 'c.since'])
        .where('c.school_id', '=', schoolId)
        .where('v.state', '=', 'published')
        .execute()
      return new Map(rows.flatMap(row => (row.since ? [[row.clause_id, row.since] as const] : [])))
    },
    /** Clauses that do not apply here at `now`. */
    setAside: async (now: Date): Promise<ReadonlyMap<string, SetAside>> => {
      const rows = await db
        .selectFrom('clause_set_aside')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('from_at', '<=', now)
        .where('until_at', '>', now)
        .where('ended_at', 'is', null)
        .execute()
      return new Map(rows.map(row => [row.clause_id, { reason: row.reason, from: row.from_at, until: row.until_at }]))
    },
    /** How a clause's status moved, newest first. */
    moves: async (clauseId: string, limit = 50): Promise<ClauseMove[]> =>
      (
        await db
          .selectFrom('clause_status')
          .selectAll()
          .where('school_id', '=', schoolId)
          .where('clause_id', '=', clauseId)
          .orderBy('number', 'desc')
          .limit(limit)
          .execute()
      ).map(moveOf),
    /** The last recorded status of every clause. */
    lastMoves: async (): Promise<ReadonlyMap<string, ClauseMove>> => {
      const rows = await db
        .selectFrom('clause_status')
        .selectAll()
        .distinctOn('clause_id')
        .where('school_id', '=', schoolId)
        .orderBy('clause_id')
        .orderBy('number', 'desc')
        .execute()
      return new Map(rows.map(row => [row.clause_id, moveOf(row)]))
    },
  }
}

export type PolicyWrites = ReturnType<typeof policyWrites>
export function policyWrites(context: WriteContext) {
  const { tx, schoolId, now } = context
  const set = (id: string, values: Partial<Omit<Selectable<PoliciesTables['policy_version']>, 'school_id' | 'id'>>) =>
    tx.updateTable('policy_version').set(values).where('school_id', '=', schoolId).where('id', '=', id).execute()
  return {
    ...policyReads({ ...context, db: tx }),
    set,
    add: async (
      version: Pick<PolicyVersion, 'policy' | 'number' | 'state' | 'title' | 'reference' | 'reason'> &
        Partial<PolicyVersion>,
    ): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('policy_version')
        .values({
          school_id: schoolId,
          id,
          policy: version.policy,
          number: version.number,
          state: version.state,
          title: version.title,
          reference: version.reference,
          reason: version.reason,
          opened_by: version.openedBy ?? null,
          opened_at: now,
          findings: null,
          consulted_from: null,
          consulted_to: null,
          comments_until: null,
          proposed_by: null,
          proposed_by_headteacher: null,
          proposed_at: null,
          request_id: null,
          approved_by: null,
          approved_at: null,
          meeting_on: null,
          minute_reference: null,
          present: null,
          in_office: null,
          last_reviewed: version.lastReviewed ?? null,
          next_review: version.nextReview ?? null,
          date_precision: version.datePrecision ?? 'day',
          digest: version.digest ?? null,
          published_by: null,
          published_at: version.publishedAt ?? null,
          superseded_at: null,
        })
        .execute()
      return id
    },
    addClauses: (versionId: string, clauses: readonly VersionClause[]) =>
      tx
        .insertInto('policy_clause')
        .values(
          clauses.map((clause, position) => ({
            school_id: schoolId,
            version_id: versionId,
            clause_id: clause.id,
            position,
            section: clause.section,
            words: clause.words,
            since: clause.since,
          })),
        )
        .execute(),
    /** Holds the row until the transaction ends. */
    lock: async (policy: PolicyId, number: number): Promise<PolicyVersion> => {
      const row = await tx
        .selectFrom('policy_version')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('policy', '=', policy)
        .where('number', '=', number)
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such version of this policy.')
      return versionOf(row)
    },
    setWords: (versionId: string, clauseId: string, words: string, since: Date | null) =>
      tx
        .updateTable('policy_clause')
        .set({ words, since })
        .where('school_id', '=', schoolId)
        .where('version_id', '=', versionId)
        .where('clause_id', '=', clauseId)
        .execute(),
    /** The words that this version brings hold from `since`. */
    startWords: (versionId: string, since: Date) =>
      tx
        .updateTable('policy_clause')
        .set({ since })
        .where('school_id', '=', schoolId)
        .where('version_id', '=', versionId)
        .where('since', 'is', null)
        .execute(),
    addSignature: (versionId: string, signature: Signature) =>
      tx
        .insertInto('policy_signature')
        .values({
          school_id: schoolId,
          version_id: versionId,
          part: signature.part,
          person_id: signature.personId,
          name: signature.name,
          job_title: signature.jobTitle,
          digest: signature.digest,
          signed_at: signature.signedAt,
        })
        .execute(),
    addComment: (versionId: string, clauseId: string | null, personId: string, words: string) =>
      tx
        .insertInto('policy_comment')
        .values({
          school_id: schoolId,
          id: newId(now.getTime()),
          version_id: versionId,
          clause_id: clauseId,
          person_id: personId,
          words,
          made_at: now,
        })
        .execute(),
    addTrigger: async (
      trigger: {
        policy: PolicyId
        kind: TriggerKind
        summary: string
        reference: string | null
        happenedOn: string
        raisedBy: string | null
      },
      dueAt: (id: string) => Promise<Date>,
    ): Promise<string> => {
      const id = newId(now.getTime())
      await tx
        .insertInto('policy_trigger')
        .values({
          school_id: schoolId,
          id,
          policy: trigger.policy,
          kind: trigger.kind,
          summary: trigger.summary,
          reference: trigger.reference,
          happened_on: trigger.happenedOn,
          raised_by: trigger.raisedBy,
          raised_at: now,
          due_at: await dueAt(id),
          version_id: null,
          settled_at: null,
        })
        .execute()
      return id
    },
    /** Every open trigger that was raised before the version was proposed is settled by it. @returns their ids. */
    settleTriggers: async (version: PolicyVersion): Promise<string[]> =>
      (
        await tx
          .updateTable('policy_trigger')
          .set({ version_id: version.id, settled_at: now })
          .where('school_id', '=', schoolId)
          .where('policy', '=', version.policy)
          .where('settled_at', 'is', null)
          .where('raised_at', '<=', version.proposedAt ?? now)
          .returning('id')
          .execute()
      ).map(row => row.id),
    saveDocument: (document: Omit<RecordedDocument, 'checkedAt'>) => {
      const row = {
        version: document.version,
        approved_on: document.approvedOn,
        next_review: document.nextReview,
        place: document.place,
        checked_by: document.checkedBy,
        checked_at: now,
      }
      return tx
        .insertInto('policy_document')
        .values({ school_id: schoolId, document_id: document.id, ...row })
        .onConflict(conflict => conflict.columns(['school_id', 'document_id']).doUpdateSet(row))
        .execute()
    },
    addSetAside: (clauseId: string, reason: string, until: Date, requestId: string) =>
      tx
        .insertInto('clause_set_aside')
        .values({
          school_id: schoolId,
          clause_id: clauseId,
          from_at: now,
          until_at: until,
          reason,
          request_id: requestId,
          ended_at: null,
        })
        .execute(),
    endSetAside: (clauseId: string) =>
      tx
        .updateTable('clause_set_aside')
        .set({ ended_at: now })
        .where('school_id', '=', schoolId)
        .where('clause_id', '=', clauseId)
        .where('ended_at', 'is', null)
        .execute(),
    /** Waits for whoever else records moves of this school, so that none is recorded twice. */
    lockMoves: () =>
      tx
        .selectFrom('policy_version')
        .select('id')
        .where('school_id', '=', schoolId)
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .execute(),
    addMoves: (moves: readonly ClauseMove[]) =>
      tx
        .insertInto('clause_status')
        .values(
          moves.map(move => ({
            school_id: schoolId,
            clause_id: move.clauseId,
            number: move.number,
            at: now,
            status: move.status,
            evidence: move.evidence,
            control_id: move.controlId,
          })),
        )
        .execute(),
  }
}

const versionOf = (row: Selectable<PoliciesTables['policy_version']>): PolicyVersion => ({
  id: row.id,
  policy: row.policy,
  number: row.number,
  state: row.state,
  title: row.title,
  reference: row.reference,
  reason: row.reason,
  openedBy: row.opened_by,
  openedAt: row.opened_at,
  findings: row.findings,
  consultedFrom: row.consulted_from,
  consultedTo: row.consulted_to,
  commentsUntil: row.comments_until,
  proposedBy: row.proposed_by,
  proposedByHeadteacher: row.proposed_by_headteacher ?? false,
  proposedAt: row.proposed_at,
  requestId: row.request_id,
  approvedBy: row.approved_by,
  approvedAt: row.approved_at,
  meetingOn: row.meeting_on,
  minuteReference: row.minute_reference,
  present: row.present,
  inOffice: row.in_office,
  lastReviewed: row.last_reviewed,
  nextReview: row.next_review,
  datePrecision: row.date_precision,
  digest: row.digest,
  publishedAt: row.published_at,
  supersededAt: row.superseded_at,
})
const triggerOf = (row: Selectable<PoliciesTables['policy_trigger']>): PolicyTrigger => ({
  id: row.id,
  policy: row.policy,
  kind: row.kind,
  summary: row.summary,
  reference: row.reference,
  happenedOn: row.happened_on,
  raisedAt: row.raised_at,
  dueAt: row.due_at,
  settledAt: row.settled_at,
  versionId: row.version_id,
})
const moveOf = (row: Selectable<PoliciesTables['clause_status']>): ClauseMove => ({
  clauseId: row.clause_id,
  number: row.number,
  at: row.at,
  status: row.status,
  evidence: row.evidence,
  controlId: row.control_id,
})
