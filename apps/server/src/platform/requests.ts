import { createHash } from 'node:crypto'
import { canonicalJson, type JsonValue, parseJson } from '@gatehouse/ledger/canonical'
import type { Actor } from './actor.ts'
import { personOf } from './actor.ts'
import type { ReadContext, WriteContext } from './change.ts'
import { newId } from './identifiers.ts'
import { Refusal } from './refusal.ts'

/*
 * One mechanism for whatever one person proposes and another decides. The payload is stored as canonical JSON with its
 * digest; what is approved is exactly the digest that the decider was shown, and what is applied is that payload. People
 * are counted, never accounts: the proposer's person can not decide.
 */

export interface PendingRequest {
  readonly id: string
  /** Such as `filter.change`, `case.close`, `case.lower`, `policy.adopt`. */
  readonly kind: string
  /** `<kind>:<id>` of what it is about. */
  readonly subject: string
  /** null where somebody has made it no JSON: its digest is another then, so nobody can decide about it. */
  readonly payload: JsonValue
  readonly digest: string
  readonly reason: string
  readonly proposedBy: string
  readonly proposedAt: Date
  readonly state: 'waiting' | 'approved' | 'refused' | 'withdrawn'
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  readonly decisionReason: string | null
}

/** The stored payload with its digest; null where somebody has made it no JSON that a proposal could hold. */
export function storedPayload(text: string): { readonly payload: JsonValue; readonly digest: string } | null {
  try {
    const payload = parseJson(text)
    return { payload, digest: payloadDigest(payload) }
  } catch {
    return null
  }
}

/** A proposal as it is stored. JSON keeps what such shapes hold; a member that is undefined is left out. */
export const asPayload = (content: object): JsonValue => parseJson(JSON.stringify(content))

export const payloadDigest = (payload: JsonValue): string =>
  createHash('sha256').update(canonicalJson(payload)).digest('hex')

/** Why `actor` may not decide `request` now, or null. The page and the decision ask the same question; permission is asked by kind. */
export function whyNotDecide(actor: Actor, request: Pick<PendingRequest, 'state' | 'proposedBy'>): string | null {
  if (request.state !== 'waiting') return `This was already ${request.state}.`
  if (actor.kind !== 'person') return 'Only a person who is signed in can decide this.'
  if (actor.personId === request.proposedBy) return 'You proposed this, so somebody else must decide it.'
  return null
}

export type RequestReads = ReturnType<typeof requestReads>
export function requestReads({ db, schoolId }: ReadContext) {
  const rows = () => db.selectFrom('request').selectAll().where('school_id', '=', schoolId)
  return {
    get: async (id: string): Promise<PendingRequest> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such request at this school.')
      return requestOf(row)
    },
    waiting: async (kinds?: readonly string[]): Promise<PendingRequest[]> =>
      (
        await rows()
          .where('state', '=', 'waiting')
          .$if(kinds !== undefined, query => query.where('kind', 'in', kinds ?? []))
          .orderBy('proposed_at')
          .execute()
      ).map(requestOf),
    about: async (subject: string): Promise<PendingRequest[]> =>
      (await rows().where('subject', '=', subject).orderBy('proposed_at', 'desc').execute()).map(requestOf),
  }
}

export type RequestWrites = ReturnType<typeof requestWrites>
export function requestWrites({ tx, schoolId, now, actor }: WriteContext) {
  return {
    /** @returns the stored request; `digest` is what a decider must name. */
    propose: async (request: {
      kind: string
      subject: string
      payload: JsonValue
      reason: string
    }): Promise<PendingRequest> => {
      const person = personOf(actor)
      const row = {
        school_id: schoolId,
        id: newId(now.getTime()),
        kind: request.kind,
        subject: request.subject,
        payload: canonicalJson(request.payload),
        digest: payloadDigest(request.payload),
        reason: request.reason,
        proposed_by: person.personId,
        proposed_at: now,
      }
      await tx.insertInto('request').values(row).execute()
      return requestOf({ ...row, state: 'waiting', decided_by: null, decided_at: null, decision_reason: null })
    },
    /** Holds the row until the transaction ends, so that of two people deciding at once one wins and the other is told. */
    lock: async (id: string): Promise<PendingRequest> => {
      const row = await tx
        .selectFrom('request')
        .selectAll()
        .where('school_id', '=', schoolId)
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (!row) throw new Refusal('not-found', 'There is no such request at this school.')
      return requestOf(row)
    },
    /**
     * @param digest the digest that the decider was shown. What is withdrawn takes no effect, so its payload need not be whole:
     *   a proposal that somebody altered can be taken back and made again.
     * @throws {Refusal} `conflict` when it was decided meanwhile, is the decider's own, or is not what was shown.
     */
    decide: async (
      request: PendingRequest,
      verdict: 'approved' | 'refused' | 'withdrawn',
      reason: string,
      digest: string,
    ): Promise<void> => {
      const person = personOf(actor)
      if (verdict === 'withdrawn') {
        if (request.state !== 'waiting') throw new Refusal('conflict', `This was already ${request.state}.`)
        if (person.personId !== request.proposedBy)
          throw new Refusal('forbidden', 'Only the person who proposed this can withdraw it.')
      } else {
        const why = whyNotDecide(actor, request)
        if (why) throw new Refusal(person.personId === request.proposedBy ? 'forbidden' : 'conflict', why)
      }
      const isWhole = verdict === 'withdrawn' || payloadDigest(request.payload) === request.digest
      if (digest !== request.digest || !isWhole) {
        throw new Refusal(
          'conflict',
          'What you were shown is not what is waiting now. Open it again, read it, and decide then.',
        )
      }
      await tx
        .updateTable('request')
        .set({ state: verdict, decided_by: person.personId, decided_at: now, decision_reason: reason })
        .where('school_id', '=', schoolId)
        .where('id', '=', request.id)
        .execute()
    },
  }
}

interface RequestRow {
  id: string
  kind: string
  subject: string
  payload: string
  digest: string
  reason: string
  proposed_by: string
  proposed_at: Date
  state: PendingRequest['state']
  decided_by: string | null
  decided_at: Date | null
  decision_reason: string | null
}
const requestOf = (row: RequestRow): PendingRequest => ({
  id: row.id,
  kind: row.kind,
  subject: row.subject,
  payload: storedPayload(row.payload)?.payload ?? null,
  digest: row.digest,
  reason: row.reason,
  proposedBy: row.proposed_by,
  proposedAt: row.proposed_at,
  state: row.state,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at,
  decisionReason: row.decision_reason,
})
