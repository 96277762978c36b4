import { addCalendarMonths, endOfLondonDay, londonDate, startOfLondonDay } from '@gatehouse/engine/calendar'
import type { DeadlineWrites } from '../duties/deadline-store.ts'
import type { PeopleWrites } from '../people/people-store.ts'
import { type Actor, hasRole, mustBeAllowed, type PersonActor } from '../platform/actor.ts'
import { type Change, changed, type LedgerEvent } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import { Refusal } from '../platform/refusal.ts'
import type { MessageWrites } from '../platform/messages.ts'
import { payloadDigest, type RequestWrites } from '../platform/requests.ts'
import { reviewMonths, startReviewDeadline } from './adopt-packs.ts'
import { linkedDocument } from './linked-documents.ts'
import type { PolicyPack } from './packs/packs.ts'
import type { PolicyWrites } from './policy-store.ts'
import {
  issuedText,
  missingForProposal,
  move,
  type PolicyVersion,
  quorumOf,
  textDigest,
  type TriggerKind,
  type VersionClause,
} from './policy-version.ts'

type PolicyId = PolicyPack['id']

/** A version as a person on its page names it. */
export interface Which {
  readonly policy: PolicyId
  readonly number: number
}

interface Used {
  readonly policies: PolicyWrites
  readonly requests: RequestWrites
  readonly deadlines: DeadlineWrites
  readonly people: PeopleWrites
  readonly messages: MessageWrites
}

/** Days in which an early review must end, counted from what called for it; ours, since clause A-1-04 gives none. */
export const earlyReviewDays = 28

const subject = (policy: PolicyId): string => `policy:${policy}`
const digestOf = (version: PolicyVersion, clauses: readonly VersionClause[]): string =>
  textDigest(issuedText(version, clauses))
/** What goes to the governors: the words, before the dates of the approval stand in the header. */
const proposalOf = (version: PolicyVersion, clauses: readonly VersionClause[]) => ({
  version: version.id,
  policy: version.policy,
  number: version.number,
  words: digestOf(version, clauses),
})

export type PolicyService = ReturnType<typeof createPolicyService>
export function createPolicyService(change: Change<Used>, clock: Clock) {
  /** One step of a version's life, under its lock. */
  const step = <R>(
    actor: PersonActor,
    { policy, number }: Which,
    action: Parameters<typeof move>[2],
    work: (
      writes: Used,
      version: PolicyVersion,
      next: PolicyVersion['state'],
    ) => Promise<{ result: R; type: string; detail?: LedgerEvent['detail']; more?: readonly LedgerEvent[] }>,
  ): Promise<R> =>
    change(actor, async writes => {
      const version = await writes.policies.lock(policy, number)
      const next = move(actor, version, action)
      const { result, type, detail, more = [] } = await work(writes, version, next)
      return changed(result, { type, subject: subject(policy), detail: { version: number, ...detail } }, ...more)
    })

  return {
    /** Opens the review: a draft with the words in force. @returns its number. @throws {Refusal} `conflict` when one is open. */
    openReview: (actor: PersonActor, policy: PolicyId, reason: 'yearly' | 'early'): Promise<number> =>
      change(actor, async ({ policies }) => {
        mustBeAllowed(actor, 'policy.lead')
        const [newest] = await policies.versions(policy)
        const live = await policies.live(policy)
        if (!newest || !live) throw new Refusal('conflict', 'There is no version of this policy to review yet.')
        if (await policies.inPreparation(policy))
          throw new Refusal('conflict', 'A review of this policy is open already. Go on with that one.')
        const number = newest.number + 1
        const id = await policies.add({
          policy,
          number,
          state: 'draft',
          title: live.title,
          reference: live.reference,
          reason,
          openedBy: actor.personId,
        })
        await policies.addClauses(id, await policies.clauses(live.id))
        return changed(number, {
          type: 'policy.review-opened',
          subject: subject(policy),
          detail: { version: number, reason, by: hasRole(actor, 'headteacher') ? 'headteacher' : 'deputy' },
        })
      }),

    /** Header and findings of a draft. */
    describe: (
      actor: PersonActor,
      which: Which,
      values: { title: string; reference: string; findings: string },
    ): Promise<void> =>
      step(actor, which, 'edit', async ({ policies }, version) => {
        await policies.set(version.id, {
          title: oneLine(values.title),
          reference: oneLine(values.reference),
          findings: values.findings,
        })
        return { result: undefined, type: 'policy.described', detail: { fields: ['title', 'reference', 'findings'] } }
      }),

    /** Other words for one clause. */
    reword: (actor: PersonActor, which: Which, clauseId: string, words: string): Promise<void> =>
      step(actor, which, 'edit', async ({ policies }, version) => {
        const clauses = await policies.clauses(version.id)
        const live = await policies.live(version.policy)
        const clause = clauses.find(each => each.id === clauseId)
        if (!clause) throw new Refusal('not-found', 'There is no such clause in this version.')
        const fresh = oneLine(words)
        const before = live ? (await policies.clauses(live.id)).find(each => each.id === clauseId) : undefined
        await policies.setWords(version.id, clauseId, fresh, before?.words === fresh ? before.since : null)
        return {
          result: undefined,
          type: 'policy.reworded',
          detail: { clause: clauseId, from: textDigest(clause.words), to: textDigest(fresh) },
        }
      }),

    consult: (actor: PersonActor, which: Which, commentsUntil: string): Promise<void> =>
      step(actor, which, 'consult', async ({ policies }, version, state) => {
        if (commentsUntil < londonDate(clock()))
          throw new Refusal('invalid', 'Comments must be possible until today or later.')
        await policies.set(version.id, {
          state,
          consulted_from: clock(),
          consulted_to: null,
          comments_until: commentsUntil,
        })
        return { result: undefined, type: 'policy.consulted', detail: { until: commentsUntil } }
      }),

    comment: (actor: PersonActor, which: Which, words: string, clauseId: string | null): Promise<void> =>
      step(actor, which, 'comment', async ({ policies }, version) => {
        await policies.addComment(version.id, clauseId, actor.personId, words)
        return { result: undefined, type: 'policy.commented', detail: clauseId ? { clause: clauseId } : {} }
      }),

    endConsultation: (actor: PersonActor, which: Which): Promise<void> =>
      step(actor, which, 'end-consultation', async ({ policies }, version, state) => {
        const comments = await policies.comments(version.id)
        await policies.set(version.id, { state, consulted_to: clock() })
        return { result: undefined, type: 'policy.consultation-ended', detail: { comments: comments.length } }
      }),

    /** To the governors. @throws {Refusal} `conflict` naming what is missing. */
    propose: (actor: PersonActor, which: Which, reason: string): Promise<void> =>
      step(actor, which, 'propose', async ({ policies, requests, people, messages }, version, state) => {
        const missing = missingForProposal(version)
        if (missing.length > 0)
          throw new Refusal('conflict', `Before this goes to the governors: ${missing.join('; ')}.`)
        const payload = proposalOf(version, await policies.clauses(version.id))
        const request = await requests.propose({
          kind: 'policy.adopt',
          subject: subject(version.policy),
          payload,
          reason,
        })
        await policies.set(version.id, {
          state,
          proposed_by: actor.personId,
          proposed_by_headteacher: hasRole(actor, 'headteacher'),
          proposed_at: clock(),
          request_id: request.id,
        })
        const governors = await governorsOn(people, londonDate(clock()))
        await messages.tell(
          [...governors].filter(id => id !== actor.personId),
          'policy',
          `/policy/${version.policy}/versions/${version.number}`,
        )
        return {
          result: undefined,
          type: 'policy.proposed',
          detail: {
            words: payload.words,
            digest: request.digest,
            by: hasRole(actor, 'headteacher') ? 'headteacher' : 'deputy',
          },
        }
      }),

    /**
     * The governing body's decision, recorded by one governor who was there and did not propose it.
     * @param meeting the people present, by id; only governors in office on that day count.
     * @throws {Refusal} `conflict` when the meeting was not quorate, or the words are not those that were proposed.
     */
    approve: (
      actor: PersonActor,
      which: Which,
      meeting: { on: string; minute: string; present: readonly string[]; digest: string },
    ): Promise<void> =>
      step(actor, which, 'decide', async ({ policies, requests, people, messages }, version, state) => {
        const request = await requests.lock(version.requestId ?? '')
        const clauses = await policies.clauses(version.id)
        if (payloadDigest(proposalOf(version, clauses)) !== request.digest)
          throw new Refusal(
            'conflict',
            'The words are not those that were proposed. Send the version back and propose it again.',
          )
        if (meeting.on < londonDate(version.proposedAt ?? clock()))
          throw new Refusal('invalid', 'The meeting must be on or after the day on which this version was proposed.')
        if (meeting.on > londonDate(clock())) throw new Refusal('invalid', 'The meeting must have taken place.')
        const inOffice = await governorsOn(people, meeting.on)
        const present = [...new Set(meeting.present)].filter(id => inOffice.has(id))
        if (!present.includes(actor.personId))
          throw new Refusal('forbidden', 'Only a governor who was at the meeting can record its approval.')
        if (inOffice.size === 0 || present.length < quorumOf(inOffice.size))
          throw new Refusal(
            'conflict',
            `The meeting was not quorate: ${present.length} of ${inOffice.size} governors were there, and ${quorumOf(inOffice.size)} are needed.`,
          )
        await requests.decide(request, 'approved', meeting.minute, meeting.digest)
        const dates = { lastReviewed: meeting.on, nextReview: addCalendarMonths(meeting.on, reviewMonths) }
        const digest = digestOf({ ...version, ...dates }, clauses)
        await policies.set(version.id, {
          state,
          approved_by: actor.personId,
          approved_at: clock(),
          meeting_on: meeting.on,
          minute_reference: oneLine(meeting.minute),
          present: present.length,
          in_office: inOffice.size,
          last_reviewed: dates.lastReviewed,
          next_review: dates.nextReview,
          digest,
        })
        const head = await people.whoActsAs('headteacher')
        if (head) await messages.tell([head.personId], 'policy', `/policy/${version.policy}/versions/${version.number}`)
        return {
          result: undefined,
          type: 'policy.approved',
          detail: {
            digest,
            meeting: meeting.on,
            present: present.length,
            inOffice: inOffice.size,
            nextReview: dates.nextReview,
          },
        }
      }),

    /** The governors send it back. */
    sendBack: (actor: PersonActor, which: Which, reason: string, digest: string): Promise<void> =>
      step(actor, which, 'decide', async ({ policies, requests }, version) => {
        const request = await requests.lock(version.requestId ?? '')
        await requests.decide(request, 'refused', reason, digest)
        await policies.set(version.id, { state: 'draft', request_id: null, proposed_at: null })
        return { result: undefined, type: 'policy.sent-back', detail: { digest } }
      }),

    /** One of the two signatures under the approved text: the headteacher's, or a governor's who is somebody else. */
    sign: (
      actor: PersonActor,
      which: Which,
      part: 'headteacher' | 'governor',
      signature: { name: string; jobTitle: string; digest: string },
    ): Promise<void> =>
      step(actor, which, 'sign', async ({ policies }, version) => {
        const entitled =
          part === 'headteacher' ? hasRole(actor, 'headteacher') : hasRole(actor, 'governor', 'link-governor', 'chair')
        if (!entitled)
          throw new Refusal(
            'forbidden',
            part === 'headteacher' ? 'Only the headteacher signs here.' : 'Only a governor signs here.',
          )
        const clauses = await policies.clauses(version.id)
        if (
          version.digest === null ||
          signature.digest !== version.digest ||
          digestOf(version, clauses) !== version.digest
        )
          throw new Refusal(
            'conflict',
            'What you were shown is not the approved text. Open it again, read it, and sign then.',
          )
        const signed = await policies.signatures(version.id)
        if (signed.some(each => each.part === part)) throw new Refusal('conflict', 'This is signed already.')
        if (signed.some(each => each.personId === actor.personId))
          throw new Refusal('forbidden', 'You signed for the other part, so somebody else must sign here.')
        await policies.addSignature(version.id, {
          part,
          personId: actor.personId,
          name: oneLine(signature.name),
          jobTitle: oneLine(signature.jobTitle),
          digest: version.digest,
          signedAt: clock(),
        })
        return { result: undefined, type: 'policy.signed', detail: { part, digest: version.digest } }
      }),

    /** Puts the version in force and on the public page; the one before is superseded in the same moment. */
    publish: (actor: PersonActor, which: Which): Promise<void> =>
      step(actor, which, 'publish', async ({ policies, deadlines }, version, state) => {
        const signatures = await policies.signatures(version.id)
        const missing = (['headteacher', 'governor'] as const).filter(
          part => !signatures.some(each => each.part === part && each.digest === version.digest),
        )
        if (missing.length > 0)
          throw new Refusal(
            'conflict',
            `It cannot be published before the ${missing.join(' and a ')} ${missing.length === 1 ? 'has' : 'have'} signed it.`,
          )
        if (digestOf(version, await policies.clauses(version.id)) !== version.digest)
          throw new Refusal('conflict', 'The words are not those that were approved, so they cannot be published.')
        const before = await policies.live(version.policy)
        if (before) await policies.set(before.id, { state: 'superseded', superseded_at: clock() })
        await policies.set(version.id, { state, published_by: actor.personId, published_at: clock() })
        await policies.startWords(version.id, version.approvedAt ?? clock())
        await deadlines.meet('policy.review', subject(version.policy))
        const next = await startReviewDeadline(deadlines, version.policy, version.lastReviewed ?? londonDate(clock()))
        const settled = await policies.settleTriggers(version)
        for (const id of settled) await deadlines.meet('policy.early-review', `policy-trigger:${id}`)
        return {
          result: undefined,
          type: 'policy.published',
          detail: {
            digest: version.digest ?? '',
            lastReviewed: version.lastReviewed,
            nextReview: version.nextReview,
            due: next.dueAt?.toISOString() ?? null,
            settled: settled.length,
          },
          more: before
            ? [
                {
                  type: 'policy.superseded',
                  subject: subject(version.policy),
                  detail: { version: before.number, by: version.number },
                },
              ]
            : [],
        }
      }),

    abandon: (actor: PersonActor, which: Which, reason: string): Promise<void> =>
      step(actor, which, 'abandon', async ({ policies, requests }, version, state) => {
        if (version.requestId) {
          const request = await requests.lock(version.requestId)
          if (request.state === 'waiting' && request.proposedBy !== actor.personId)
            throw new Refusal(
              'forbidden',
              'It waits for the governors: only the person who proposed it can withdraw it.',
            )
          if (request.state === 'waiting') await requests.decide(request, 'withdrawn', reason, request.digest)
        }
        await policies.set(version.id, { state })
        return { result: undefined, type: 'policy.abandoned', detail: { from: version.state } }
      }),

    /** Something happened that cannot wait for the yearly review (clause A-1-04); the headteacher has `earlyReviewDays` days. @returns the trigger's id. */
    callReview: (
      actor: Actor,
      policy: PolicyId,
      trigger: { kind: TriggerKind; summary: string; reference: string | null; happenedOn: string },
    ): Promise<string> =>
      change(actor, async ({ policies, deadlines }) => {
        mustBeAllowed(actor, 'policy.call-review')
        if (trigger.happenedOn > londonDate(clock()))
          throw new Refusal('invalid', 'The day on which it happened must be today or in the past.')
        let due = ''
        const id = await policies.addTrigger(
          { ...trigger, policy, raisedBy: actor.kind === 'person' ? actor.personId : null },
          async triggerId => {
            const deadline = await deadlines.start({
              kind: 'policy.early-review',
              subject: `policy-trigger:${triggerId}`,
              title: `Review policy ${policy} early`,
              link: `/policy/${policy}/versions`,
              ownerRole: 'headteacher',
              rule: { basis: 'calendar-days', days: earlyReviewDays },
            })
            due = deadline.dueAt?.toISOString() ?? ''
            return deadline.dueAt ?? endOfLondonDay(londonDate(clock()))
          },
        )
        return changed(id, {
          type: 'policy.review-called',
          subject: subject(policy),
          detail: { trigger: id, kind: trigger.kind, happened: trigger.happenedOn, due },
        })
      }),

    /** Records which version of a named paper is current, on the word of the person who looked. */
    recordDocument: (
      actor: PersonActor,
      documentId: string,
      values: { version: string; approvedOn: string; nextReview: string | null; place: string },
    ): Promise<void> =>
      change(actor, async ({ policies }) => {
        mustBeAllowed(actor, 'policy.documents')
        const document = linkedDocument(documentId)
        if (!document) throw new Refusal('not-found', 'The policies name no such paper.')
        if (values.approvedOn > londonDate(clock()))
          throw new Refusal('invalid', 'The day of approval must be today or in the past.')
        if (document.kind === 'policy' && values.nextReview === null)
          throw new Refusal('invalid', 'A policy has a day on which it is next reviewed.')
        if (values.nextReview !== null && values.nextReview <= values.approvedOn)
          throw new Refusal('invalid', 'The next review must be after the approval.')
        await policies.saveDocument({
          id: documentId,
          version: oneLine(values.version),
          approvedOn: values.approvedOn,
          nextReview: values.nextReview,
          place: oneLine(values.place),
          checkedBy: actor.personId,
        })
        return changed(undefined, {
          type: 'policy-document.recorded',
          subject: `policy-document:${documentId}`,
          detail: { approved: values.approvedOn, nextReview: values.nextReview },
        })
      }),
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** Everybody who held a governor's role at any moment of that day's start, by the register. */
export async function governorsOn(people: Pick<PeopleWrites, 'holders'>, day: string): Promise<ReadonlySet<string>> {
  const at = new Date(startOfLondonDay(day).getTime() + 12 * 3_600_000)
  const held = await Promise.all(
    (['governor', 'link-governor', 'chair'] as const).map(role => people.holders(role, at)),
  )
  return new Set(held.flat().map(({ personId }) => personId))
}
