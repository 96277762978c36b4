import { addCalendarDays, isCalendarDate, londonDate } from '@gatehouse/engine/calendar'
import type { JsonObject } from '@gatehouse/ledger/canonical'
import type { PeopleReads } from '../people/people-store.ts'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed } from '../platform/change.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { Refusal } from '../platform/refusal.ts'
import type { RequestWrites } from '../platform/requests.ts'
import type { Scope, ScopeWrites } from './scope-store.ts'

/*
 * No monitoring without the paperwork (D17, UK GDPR Article 35): an assessment that names the groups, advice of the data
 * protection officer, approval by the headteacher, a named lead, and a notice to the people concerned. Another group, or
 * another way, is another assessment.
 */

export const scopeRequestKind = 'monitoring.scope'

/** What Article 35(7) asks for, each in a few sentences. */
export const assessmentParts = {
  what: 'What is looked at, of whom, and by what means',
  why: 'Why it is needed, and why nothing milder would do',
  risks: 'What could go wrong for the people concerned',
  measures: 'What is done against that',
  asked: 'Whose views were asked (pupils, parents, staff), and what they said',
} as const
export type AssessmentPart = keyof typeof assessmentParts
export type Assessment = Readonly<Record<AssessmentPart, string>>

interface Writes {
  readonly scopes: ScopeWrites
  readonly requests: RequestWrites
  readonly people: PeopleReads
  readonly messages: MessageWrites
}

export type ScopeService = ReturnType<typeof createScopeService>
export function createScopeService(change: Change<Writes>) {
  const event = (type: string, scope: Pick<Scope, 'id' | 'groups'>, detail: JsonObject = {}) => ({
    type: `monitoring-scope.${type}`,
    subject: `monitoring-scope:${scope.id}`,
    detail: { groups: [...scope.groups], ...detail },
  })
  const inState = (scope: Scope, ...states: readonly Scope['state'][]): void => {
    if (!states.includes(scope.state))
      throw new Refusal(
        'conflict',
        'This assessment has moved on since you opened it. Open it again to see where it stands.',
      )
  }
  const tell = async ({ people, messages }: Writes, role: 'dpo' | 'headteacher' | 'dsl', id: string): Promise<void> => {
    const acting = await people.whoActsAs(role)
    if (acting) await messages.tell([acting.personId], 'monitoring.scope', `/monitoring/scope/${id}`)
  }

  return {
    propose: (
      actor: Actor,
      fresh: { groups: readonly string[]; assessment: Assessment; reviewOn: string },
    ): Promise<string> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'monitoring.propose-scope')
        const groups = [...new Set(fresh.groups)].sort()
        const known = new Set((await writes.people.groups('filter')).map(({ id }) => id))
        if (groups.length === 0 || groups.some(group => !known.has(group)))
          throw new Refusal('invalid', 'Select the groups that the assessment is about.')
        const today = londonDate(writes.scopes.now)
        if (!isCalendarDate(fresh.reviewOn) || fresh.reviewOn <= today || fresh.reviewOn > addCalendarDays(today, 366))
          throw new Refusal('invalid', 'The review must be on a day within the next year.')
        const request = await writes.requests.propose({
          kind: scopeRequestKind,
          subject: 'monitoring:scope',
          payload: { groups, reviewOn: fresh.reviewOn, assessment: fresh.assessment },
          reason: fresh.assessment.why,
        })
        const id = await writes.scopes.add({ requestId: request.id, groups, reviewOn: fresh.reviewOn })
        await tell(writes, 'dpo', id)
        return changed(id, event('proposed', { id, groups }, { digest: request.digest, reviewOn: fresh.reviewOn }))
      }),

    /** The data protection officer's advice, for or against; without it nobody can approve (Article 35(2)). */
    advise: (actor: Actor, id: string, advice: string): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'monitoring.advise')
        const { personId } = personOf(actor)
        const scope = await writes.scopes.scope(id)
        inState(scope, 'waiting')
        await writes.scopes.advise(id, personId, advice)
        await tell(writes, 'headteacher', id)
        return changed(undefined, event('advised', scope))
      }),

    /** @param digest of the assessment that the person was shown. */
    decide: (
      actor: Actor,
      id: string,
      verdict: 'approved' | 'refused',
      reason: string,
      digest: string,
    ): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'monitoring.approve-scope')
        const scope = await writes.scopes.scope(id)
        inState(scope, 'waiting')
        if (verdict === 'approved' && scope.advisedAt === null)
          throw new Refusal(
            'conflict',
            'The data protection officer has not advised on this yet. It cannot be approved before.',
          )
        if (verdict === 'approved' && (await writes.people.whoActsAs('dsl')) === null)
          throw new Refusal(
            'conflict',
            'Nobody is the safeguarding lead at the moment, so nobody would look. Appoint one first.',
          )
        await writes.requests.decide(await writes.requests.lock(scope.requestId), verdict, reason, digest)
        await writes.scopes.decide(id, verdict === 'approved')
        await tell(writes, 'dsl', id)
        return changed(undefined, event(verdict, scope, { digest }))
      }),

    /** How the people concerned were told. From this moment on the groups are monitored. */
    noticed: (actor: Actor, id: string, words: string): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'monitoring.notice')
        const { personId } = personOf(actor)
        const scope = await writes.scopes.scope(id)
        inState(scope, 'approved')
        await writes.scopes.notice(id, personId, words)
        return changed(undefined, event('in-force', scope))
      }),

    /** Stops monitoring these groups under this assessment, at once, by one person: less monitoring needs nobody's leave. */
    end: (actor: Actor, id: string, reason: string): Promise<void> =>
      change(actor, async writes => {
        mustBeAllowed(actor, 'monitoring.notice')
        const { personId } = personOf(actor)
        const scope = await writes.scopes.scope(id)
        inState(scope, 'approved', 'in-force')
        await writes.scopes.end(id, personId)
        return changed(undefined, event('ended', scope, { reason: reason.length }))
      }),
  }
}
