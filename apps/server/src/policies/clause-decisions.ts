import { addCalendarMonths, londonDate, londonInstant } from '@gatehouse/engine/calendar'
import { mustBeAllowed, type PersonActor } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import { Refusal } from '../platform/refusal.ts'
import type { RequestWrites } from '../platform/requests.ts'
import { maySetAside } from './clause-status.ts'
import { policyPacks } from './packs/packs.ts'
import type { PolicyWrites } from './policy-store.ts'

/*
 * Setting a clause aside: the headteacher says why it does not apply here and until when, and a governor decides. Never for
 * duties about illegal content, and never for longer than a year.
 */

export const setAsideKind = 'clause.set-aside'
export const clauseSubject = (clauseId: string): string => `clause:${clauseId}`

/** What is stored with the request; parsed again before it is applied. */
const payloadOf = (payload: unknown): { clause: string; until: string } => {
  if (
    typeof payload === 'object' &&
    payload !== null &&
    'clause' in payload &&
    'until' in payload &&
    typeof payload.clause === 'string' &&
    typeof payload.until === 'string'
  )
    return { clause: payload.clause, until: payload.until }
  throw new Error('a request to set a clause aside holds a clause and a day')
}

export type ClauseDecisions = ReturnType<typeof createClauseDecisions>
export const createClauseDecisions = (
  change: Change<{ policies: PolicyWrites; requests: RequestWrites }>,
  clock: Clock,
) => ({
  /** @param until the first day on which the clause applies again. @returns the request's id. */
  propose: (actor: PersonActor, clauseId: string, reason: string, until: string): Promise<string> =>
    change(actor, async ({ policies, requests }) => {
      mustBeAllowed(actor, 'clause.set-aside')
      if (!policyPacks().some(pack => pack.clauses.some(({ id }) => id === clauseId)))
        throw new Refusal('not-found', 'There is no such clause.')
      if (!maySetAside(clauseId))
        throw new Refusal(
          'forbidden',
          'This clause is about illegal content. It always applies and cannot be set aside by anybody.',
        )
      const today = londonDate(clock())
      if (until <= today) throw new Refusal('invalid', 'The day must be after today.')
      if (until > addCalendarMonths(today, 12))
        throw new Refusal('invalid', 'The day must be within a year: a clause is looked at again at least yearly.')
      await policies.lockMoves()
      const request = await requests.propose({
        kind: setAsideKind,
        subject: clauseSubject(clauseId),
        payload: { clause: clauseId, until },
        reason,
      })
      return changed(request.id, {
        type: 'clause.set-aside-proposed',
        subject: clauseSubject(clauseId),
        detail: { until, digest: request.digest },
      })
    }),

  decide: (
    actor: PersonActor,
    clauseId: string,
    requestId: string,
    verdict: 'approved' | 'refused',
    reason: string,
    digest: string,
  ): Promise<void> =>
    change(actor, async ({ policies, requests }) => {
      mustBeAllowed(actor, 'clause.decide-set-aside')
      const request = await requests.lock(requestId)
      if (request.kind !== setAsideKind || request.subject !== clauseSubject(clauseId))
        throw new Refusal('not-found', 'There is no such request about this clause.')
      await requests.decide(request, verdict, reason, digest)
      const { clause, until } = payloadOf(request.payload)
      if (verdict === 'approved') {
        if (!maySetAside(clause))
          throw new Refusal('forbidden', 'This clause is about illegal content and cannot be set aside.')
        if (until <= londonDate(clock()))
          throw new Refusal('conflict', 'The day that was asked for has passed. It must be proposed again.')
        await policies.endSetAside(clause)
        await policies.addSetAside(clause, request.reason, londonInstant(until, '00:00'), request.id)
      }
      return changed(undefined, {
        type: verdict === 'approved' ? 'clause.set-aside' : 'clause.set-aside-refused',
        subject: clauseSubject(clause),
        detail: { until, digest },
      })
    }),

  /** The clause applies again from now; one person may make the house stricter. */
  restore: (actor: PersonActor, clauseId: string): Promise<void> =>
    change(actor, async ({ policies }) => {
      mustBeAllowed(actor, 'clause.set-aside')
      const aside = await policies.setAside(clock())
      if (!aside.has(clauseId)) throw new Refusal('conflict', 'This clause is not set aside.')
      await policies.endSetAside(clauseId)
      return changed(undefined, { type: 'clause.restored', subject: clauseSubject(clauseId) })
    }),
})
